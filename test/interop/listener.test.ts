// What the listener does with a connection after its handshake.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { ApplicationData } from '../../src/interop/application-data.ts';
import { initiateOver } from '../../src/interop/connection.ts';
import { listen } from '../../src/interop/listener.ts';
import { within } from '../within.ts';
import { initiatingEnd, terminatingEnd } from './tls-end.ts';

test('a GET in several pieces is answered with the report, and the connection is closed', async t => {
  const { data } = await finished(t);
  for (const piece of ['G', 'ET / HTTP/1.1\r\nHost: x\r\n', '\r', '\n']) data.write(Buffer.from(piece));
  const response = Buffer.from((await within(data.read(), 'the response')) ?? []).toString();
  const [head = '', body = ''] = response.split('\r\n\r\n');
  assert.match(head, /^HTTP\/1\.1 200 OK\r\nContent-Type: application\/json\r\n/);
  assert.match(head, new RegExp(`Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close$`));
  assert.equal(JSON.parse(body).status, 'established');
  assert.equal('exported' in JSON.parse(body), false);
  assert.equal(await within(data.read(), 'close_notify'), null);
});

for (const [name, bytes] of Object.entries({
  'another method': Buffer.from('POST / HTTP/1.1\r\n\r\n'),
  'a head of more than 8 KiB': Buffer.from(`GET /${'x'.repeat(8192)}`),
}))
  test(`${name} is not answered: the connection is closed`, async t => {
    const { data } = await finished(t);
    data.write(bytes);
    assert.equal(await within(data.read(), 'close_notify'), null);
  });

test('whoever asks byte by byte, or sends empty records, is cut off in time', async t => {
  const { data, ended } = await finished(t, 300);
  const dripping = setInterval(() => data.write(new Uint8Array(1).fill(0x47).subarray(0, 0)), 20);
  t.after(() => clearInterval(dripping));
  await within(ended, 'the connection to end');
});

async function finished(
  t: TestContext,
  timeout = 60_000,
): Promise<{ data: ApplicationData; ended: Promise<unknown> }> {
  const listener = await listen({
    host: '127.0.0.1',
    port: 0,
    endpoint: terminatingEnd({ timeout }),
    keyLifetime: 3_600_000,
    onOutcome: () => undefined,
  });
  const socket = connect({ host: '127.0.0.1', port: listener.port }).on('error', () => undefined);
  const ended = new Promise(resolve => socket.once('close', resolve));
  t.after(async () => {
    socket.destroy();
    await within(listener.close(), 'the listener to close');
  });
  const { data } = await within(initiateOver(socket, initiatingEnd({ timeout })), 'the handshake');
  return { data, ended };
}
