// The service behind TLS of its own: who may connect, what a hop is then, and what a connection may hold.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { Carrier } from '../../src/endpoint/carrier.ts';
import { credentials, trust } from '../../src/endpoint/credentials.ts';
import { Endpoint } from '../../src/endpoint/endpoint.ts';
import { E2EKeyError } from '../../src/errors.ts';
import { httpCarrier } from '../../src/onem2m/http-carrier.ts';
import { readConfig } from '../../src/service/config.ts';
import { type Service, startService } from '../../src/service/service.ts';
import { within } from '../within.ts';
import { type HopLab, hopLab } from './hop-lab.ts';
import { cae1, certs, configFile, cseB, unheard } from './lab.ts';

test('without listen.tls.trust a hop needs no certificate', async t => {
  const lab = await hopLab(t);
  const { service } = await start(t, { tls: lab.server });
  assert.match(service.url, /^https:\/\/127\.0\.0\.1:\d+$/);
  assert.ok(await establish(t, hopTo(service, lab, null)));
});

test('with listen.tls.trust a hop without a certificate from there is not let in, and that is told', async t => {
  const lab = await hopLab(t);
  const { service, refusals } = await start(t, { tls: { ...lab.server, trust: lab.trust } });
  for (const client of [null, lab.stranger]) {
    await assert.rejects(establish(t, hopTo(service, lab, client)), { code: 'CARRIER_FAILED' });
    const told = new Set(refusals.splice(0).map(({ message }) => message.replace(/[A-Z_]+$/, '')));
    assert.deepEqual(
      [...told],
      ['SECURITY_ASSOCIATION_REQUIRED: the TLS of the hop failed: '],
      `${client?.certificate}`,
    );
  }
  assert.ok(await establish(t, hopTo(service, lab, lab.clients[0])));
  assert.deepEqual(refusals, []);
});

test("the certificate is the hop's identity: limits.perHop counts by it, and not by the address", async t => {
  const lab = await hopLab(t);
  const { service } = await start(t, { tls: { ...lab.server, trust: lab.trust } }, { limits: { perHop: 1 } });
  const [one, two] = lab.clients;
  await assert.rejects(establish(t, afterMessage2(hopTo(service, lab, one))), { code: 'INTERNAL' });
  await assert.rejects(establish(t, hopTo(service, lab, one)), { code: 'TOO_MANY_PENDING' });
  assert.ok(await establish(t, hopTo(service, lab, two)));
});

test('whoever connects and begins no TLS is cut off after times.request', async t => {
  const lab = await hopLab(t);
  const { service } = await start(t, { tls: lab.server }, { times: { request: 1 } });
  await within(closed(await open(t, service)), 'the connection to be cut off');
});

test('a TLS handshake that never ends does not keep the service from closing', async t => {
  const lab = await hopLab(t);
  const { service } = await start(t, { tls: lab.server });
  const socket = await open(t, service);
  await within(service.close(), 'the service to close');
  await within(closed(socket), 'the connection to close');
});

async function start(
  t: TestContext,
  listen: object,
  settings: object = {},
): Promise<{ service: Service; refusals: E2EKeyError[] }> {
  const refusals: E2EKeyError[] = [];
  const { file } = configFile(t, { listen: { port: 0, ...listen }, ...settings });
  const service = await startService(readConfig(file, {}), {
    onKey: () => undefined,
    onRefusal: error => void refusals.push(error),
    ...unheard,
    onReceiving: () => undefined,
    onCseFault: () => undefined,
  });
  t.after(() => service.close());
  return { service, refusals };
}

const file = (name: string) => readFileSync(name, 'utf8');

function hopTo({ port }: Service, { trust: anchor }: HopLab, client: HopLab['server'] | null): Carrier {
  return httpCarrier(`https://localhost:${port}`, {
    ca: file(anchor),
    ...(client !== null && { cert: file(client.certificate), key: file(client.key) }),
  });
}

/** Leaves a handshake pending at the other end. */
function afterMessage2(carrier: Carrier): Carrier {
  return {
    async deliver(delivery) {
      await carrier.deliver(delivery);
      throw new E2EKeyError('INTERNAL', 'message 2 is enough');
    },
  };
}

async function establish(t: TestContext, carrier: Carrier): Promise<string> {
  const endpoint = new Endpoint({
    id: cae1,
    credential: credentials.fromPem(file(certs('cae1.pem')), file(certs('cae1.key'))),
    peers: [
      {
        entity: cseB,
        flavour: 'cse-id',
        identifier: 'cse-b.m2m.example.com',
        trust: trust.anchors(file(certs('root.pem'))),
      },
    ],
    times: { retransmission: 1 },
  });
  t.after(() => endpoint.close());
  return (await endpoint.establish(cseB, carrier)).id;
}

async function open(t: TestContext, { port }: Service): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port }).on('error', () => undefined);
  t.after(() => socket.destroy());
  await within(new Promise(resolve => socket.once('connect', resolve)), 'a connection');
  return socket.resume();
}

/** Broken counts as closed. */
function closed(socket: Socket): Promise<unknown> {
  return socket.closed ? Promise.resolve() : new Promise(resolve => socket.once('close', resolve));
}
