import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import {
  type NotificationListenerOptions,
  notificationListener,
} from '../../../src/onem2m/containers/listener.ts';
import { httpSender } from '../../../src/onem2m/http-sender.ts';
import { type RequestPrimitive, respond } from '../../../src/onem2m/primitive.ts';
import { refusal } from '../../endpoint/lab.ts';
import { within } from '../../within.ts';

async function listening(t: TestContext, options: Partial<NotificationListenerOptions> = {}) {
  const taken: RequestPrimitive[] = [];
  const listener = await notificationListener({ host: '127.0.0.1', port: 0, ...options }, async request => {
    taken.push(request);
    return respond(request, 2000);
  });
  t.after(() => listener.close());
  return { listener, taken };
}

const notification: RequestPrimitive = {
  operation: 'notify',
  to: '//m2m.example.com/cse-a/Cae1',
  from: '/cse-m',
  requestIdentifier: 'n1',
  releaseVersionIndicator: '3',
  content: { 'm2m:sgn': { vrq: true } },
};

test('a notification is taken under any path', async t => {
  const { listener, taken } = await listening(t);
  for (const path of ['', '/some/path']) {
    const { responseStatusCode } = await httpSender(listener.url + path).send(
      notification,
      AbortSignal.timeout(5_000),
    );
    assert.equal(responseStatusCode, 2000);
  }
  assert.equal(taken.length, 2);
});

test('an address that cannot be listened on is OPTION_INVALID', async t => {
  const { listener } = await listening(t);
  const port = Number(new URL(listener.url).port);
  await assert.rejects(listening(t, { port }), refusal('OPTION_INVALID', /^pointOfAccess: cannot listen on/));
});

test('256 connections are taken at once, one more is closed', async t => {
  const { listener } = await listening(t);
  const port = Number(new URL(listener.url).port);
  const sockets: Socket[] = [];
  t.after(() => {
    for (const socket of sockets) socket.destroy();
  });
  const closed = Promise.withResolvers<number>();
  for (let count = 1; count <= 257; count++) {
    const socket = connect(port, '127.0.0.1');
    sockets.push(socket);
    socket.once('close', () => closed.resolve(count)).on('error', () => undefined);
    await within(new Promise(resolve => socket.once('connect', resolve)), 'a connection');
  }
  assert.equal(await within(closed.promise, 'a connection to be closed'), 257);
});
