// The service at a CSE that comes late, never answers, or wants to know who it is; what is told of it, and when.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import type { E2EKeyError } from '../../src/errors.ts';
import { readConfig } from '../../src/service/config.ts';
import { type Service, startService } from '../../src/service/service.ts';
import { type TransitCse, transitCse } from '../../src/testing/transit-cse/transit-cse.ts';
import { within } from '../within.ts';
import { type HopLab, hopLab } from './hop-lab.ts';
import { configFile, unheard } from './lab.ts';

test('a CSE that is away is told of once and tried again until it is there', async t => {
  let attempts = 0;
  const third = Promise.withResolvers<void>();
  const cse = await startCse(t);
  // Hangs up at first, then lets everything through.
  const door = createServer(socket => {
    attempts += 1;
    if (attempts === 3) third.resolve();
    if (attempts < 3) socket.destroy();
    else forward(t, socket, cse);
  });
  const url = `http://127.0.0.1:${await portOf(t, door)}`;
  const { faults, receiving } = await start(t, { cse: url });
  await within(third.promise, 'the third attempt');
  const [of, inbox] = await within(receiving, 'the inbox');
  assert.equal(of, url);
  assert.match(inbox, /^\/cse-t\/-\/e2ekey-[0-9a-f]{32}\/in$/);
  assert.deepEqual(
    faults.map(([at, { code, message }]) => [at, code, message]),
    [[url, 'CARRIER_FAILED', `no answer from ${url}: ECONNRESET`]],
  );
});

test('a CSE that answers nothing does not keep the service from closing', async t => {
  const asked = Promise.withResolvers<void>();
  const server = createHttpServer(() => asked.resolve());
  const { service } = await start(t, { cse: `http://127.0.0.1:${await portOf(t, server)}` });
  await within(asked.promise, 'a request to the CSE');
  await within(service.close(), 'the service to close');
});

test('what is no message in the inbox is a refusal, and no fault of the CSE', async t => {
  const cse = await startCse(t);
  const { refused, refusals, faults, receiving } = await start(t, { cse: cse.url });
  const [, inbox] = await within(receiving, 'the inbox');
  const request = (to: string, resourceType: number, content: object) =>
    cse.request({ operation: 'create', to, from: 'Cx', requestIdentifier: 'r1', resourceType, content });
  await request('-', 2, { 'm2m:ae': { rn: 'x', api: 'Nx', rr: false, srv: ['3'] } });
  await request(inbox, 4, { 'm2m:cin': { con: '{}' } });
  await within(refused, 'a refusal');
  assert.deepEqual([refusals.map(({ code }) => code), faults], [['REQUEST_INVALID'], []]);
});

test('certificate and key authenticate us to the CSE; without them it does not let us in, and that is told', async t => {
  const lab = await hopLab(t);
  const cse = await startCse(t);
  const url = `https://localhost:${await portOf(t, doorman(t, lab, cse))}`;
  const [client] = lab.clients;
  const unknown = await start(t, { cse: url, trust: lab.trust });
  assert.equal((await within(unknown.faulted, 'a fault')).code, 'CARRIER_FAILED');
  assert.deepEqual(cse.resources, []);
  await unknown.service.close();
  const known = await start(t, { cse: url, trust: lab.trust, ...client });
  await within(known.receiving, 'the inbox');
  await known.service.close();
  assert.deepEqual([known.faults, cse.resources], [[], []]);
});

interface Started {
  readonly service: Service;
  readonly refusals: readonly E2EKeyError[];
  readonly refused: Promise<void>;
  readonly faults: readonly (readonly [cse: string, E2EKeyError])[];
  readonly faulted: Promise<E2EKeyError>;
  readonly receiving: Promise<readonly [cse: string, inbox: string]>;
}

async function start(t: TestContext, containers: object): Promise<Started> {
  const [refusals, faults] = [[] as E2EKeyError[], [] as [string, E2EKeyError][]];
  const refused = Promise.withResolvers<void>();
  const faulted = Promise.withResolvers<E2EKeyError>();
  const receiving = Promise.withResolvers<readonly [string, string]>();
  const { file } = configFile(t, { carriers: { containers: [{ pollInterval: 10, ...containers }] } });
  const service = await startService(readConfig(file, {}), {
    onKey: () => undefined,
    ...unheard,
    onRefusal: error => {
      refusals.push(error);
      refused.resolve();
    },
    onReceiving: (cse, inbox) => receiving.resolve([cse, inbox]),
    onCseFault: (cse, error) => {
      faults.push([cse, error]);
      faulted.resolve(error);
    },
  });
  t.after(() => service.close());
  return {
    service,
    refusals,
    refused: refused.promise,
    faults,
    faulted: faulted.promise,
    receiving: receiving.promise,
  };
}

async function startCse(t: TestContext): Promise<TransitCse> {
  const cse = await transitCse({ id: '//m2m.example.com/cse-t' });
  t.after(() => cse.close());
  return cse;
}

/** TLS before a CSE, for those alone whom the lab vouches for. */
function doorman(t: TestContext, { trust, server }: HopLab, cse: TransitCse): Server {
  const file = (name: string) => readFileSync(name, 'utf8');
  const own = { cert: file(server.certificate), key: file(server.key), ca: file(trust) };
  return createTlsServer({ ...own, requestCert: true, rejectUnauthorized: true }, socket =>
    forward(t, socket, cse),
  );
}

function forward(t: TestContext, socket: Socket, { url }: TransitCse): void {
  const behind = connect({ host: '127.0.0.1', port: Number(new URL(url).port) });
  for (const end of [socket, behind]) {
    end.on('error', () => undefined);
    t.after(() => end.destroy());
  }
  socket.pipe(behind).pipe(socket);
}

async function portOf(t: TestContext, server: Server): Promise<number> {
  t.after(() => server.close());
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
