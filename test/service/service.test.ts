// The service against connections that are no requests: what they hold, for how long, and that it goes on.
import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { E2EKeyError } from '../../src/errors.ts';
import type { PairwiseE2EKey } from '../../src/keys/pairwise-e2e-key.ts';
import { readConfig } from '../../src/service/config.ts';
import { openEndpoint } from '../../src/service/endpoint.ts';
import { type Service, startService } from '../../src/service/service.ts';
import { run } from '../cli/run.ts';
import { notify } from '../refusals/notify.ts';
import { within } from '../within.ts';
import { asCae1, cae1, configFile, sqliteStore } from './lab.ts';

const head = (length: number) =>
  `POST /~/cse-b HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nX-M2M-Origin: ${cae1}\r\nContent-Length: ${length}\r\n\r\n`;

test('a key is told to onKey, a refusal to onRefusal, and the process goes on', async t => {
  const { service, keys, refusals } = await start(t);
  await notify(urlOf(service), cae1, Buffer.from('GET / HTTP/1.1'));
  await honestProcedure(service);
  assert.deepEqual(
    refusals.map(({ code }) => code),
    ['MESSAGE_MALFORMED'],
  );
  assert.deepEqual(
    keys.map(({ entity, state }) => [entity, state]),
    [[cae1, 'unconfirmed']],
  );
});

test('keys of the SQLite store are there again after a restart', async t => {
  const { file } = configFile(t, sqliteStore);
  const config = readConfig(file, {});
  const { service, keys } = await start(t, file);
  await honestProcedure(service);
  await service.close();
  const endpoint = openEndpoint(config, () => {});
  t.after(() => endpoint.close());
  assert.deepEqual(
    (await endpoint.keys()).map(({ id, secret }) => [id, secret?.export()]),
    keys.map(({ id, secret }) => [id, secret?.export()]),
  );
});

for (const [name, first] of [
  ['its head', 'POST /~/cse-b HTTP/1.1\r\nX-Slow: '],
  // More than arrives in the time that this test has.
  ['its body', head(90_000)],
] as const)
  test(`whoever sends ${name} byte by byte is cut off after times.request`, async t => {
    const { service } = await start(t, configFile(t, { times: { request: 1 } }).file);
    const socket = await open(t, service);
    socket.write(first);
    const dripping = setInterval(() => socket.write('x'), 50);
    t.after(() => clearInterval(dripping));
    await within(closed(socket), 'the connection to be cut off');
    await honestProcedure(service);
  });

test('whoever stops in the middle of a body is cut off after times.request as well', async t => {
  const { service } = await start(t, configFile(t, { times: { request: 1 } }).file);
  const socket = await open(t, service);
  let received = '';
  socket.on('data', chunk => {
    received += chunk;
  });
  socket.write(`${head(100)}${'x'.repeat(50)}`);
  await within(closed(socket), 'the connection to be cut off');
  assert.match(received, /^HTTP\/1\.1 408 /);
});

const others: readonly [string, RequestInit & { readonly path: string }, number, number][] = [
  ['a NOTIFY to another target', { path: '/~/cse-c', method: 'POST', body: '{}' }, 404, 4004],
  [
    'a NOTIFY to the CSE of this name elsewhere',
    { path: '/_/other.example.com/cse-b', method: 'POST' },
    404,
    4004,
  ],
  ['a NOTIFY to a resource below', { path: '/~/cse-b/x', method: 'POST' }, 404, 4004],
  ['a RETRIEVE of nothing we know', { path: '/' }, 404, 4004],
  ['a RETRIEVE of the target', { path: '/~/cse-b?rcn=1' }, 405, 4005],
  ['a RETRIEVE by its absolute address', { path: '/_/M2M.Example.com/cse-b' }, 405, 4005],
  ['an UPDATE of the target', { path: '/-', method: 'PUT', body: '{}' }, 405, 4005],
  ['a DELETE of the target', { path: '/~/cse-b/-', method: 'DELETE' }, 405, 4005],
  [
    'a CREATE at the target',
    { path: '/~/cse-b', method: 'POST', body: '{', headers: { 'Content-Type': 'application/json;ty=2' } },
    405,
    4005,
  ],
  ['a method that is no operation', { path: '/~/cse-b', method: 'PATCH' }, 405, 4005],
  ['a body of an unknown type', { path: '/x', method: 'PUT', body: '<x/>' }, 404, 4004],
  ['a path that is wrongly encoded', { path: '/~/%' }, 400, 4000],
];

test('whatever is no NOTIFY to the target has its Response Status Code (TS-0004 6.6.3, TS-0009 6.3)', async t => {
  const { service, refusals } = await start(t);
  for (const [name, { path, headers, ...request }, status, rsc] of others) {
    const response = await fetch(`${urlOf(service)}${path}`, {
      ...request,
      headers: { 'X-M2M-RI': 'r1', 'X-M2M-RVI': '3', ...headers },
    });
    assert.equal(response.status, status, name);
    assert.equal(response.headers.get('X-M2M-RSC'), String(rsc), name);
    assert.equal(response.headers.get('X-M2M-RI'), 'r1', name);
    assert.equal(response.headers.get('X-M2M-RVI'), '3', name);
    assert.match(JSON.parse(await response.text())['m2m:dbg'], /^[A-Z_]+: \S/, name);
  }
  assert.deepEqual(refusals, []);
});

test('a request that is refused for its target is answered before its body is there', async t => {
  const { service } = await start(t);
  const socket = await open(t, service);
  const answered = new Promise(resolve => socket.once('data', resolve));
  socket.write(head(100).replace('/~/cse-b', '/~/cse-c'));
  assert.match(String(await within(answered, 'the answer')), /^HTTP\/1\.1 404 .*^x-m2m-rsc: 4004\r$/ims);
});

test('limits.connections: further connections are closed at once', async t => {
  const { service } = await start(t, configFile(t, { limits: { connections: 20 } }).file);
  const sockets = await Promise.all(Array.from({ length: 300 }, () => open(t, service)));
  let held = sockets.length;
  const dropped = Promise.withResolvers<void>();
  for (const socket of sockets)
    void closed(socket).then(() => {
      held -= 1;
      if (held === 20) dropped.resolve();
    });
  await within(dropped.promise, 'all but 20 to be closed');
  const gone = Promise.all(sockets.map(closed));
  for (const socket of sockets) socket.destroy();
  await gone;
  await honestProcedure(service);
});

test('half a request, a broken connection, TLS to the HTTP port, garbage: the next request is answered', async t => {
  const { service } = await start(t);
  const leaving: readonly ((socket: Socket) => unknown)[] = [
    socket => socket.end(head(100)),
    socket => socket.write(head(100), () => socket.resetAndDestroy()),
    socket => socket.write(Buffer.from('16030100050100000100', 'hex')),
    socket => socket.write(Buffer.alloc(1000, 0xff)),
    socket => socket.write(`GET / HTTP/1.1\r\n${'X-Long: 0123456789\r\n'.repeat(2000)}`),
  ];
  for (const leave of leaving) {
    const socket = await open(t, service);
    const gone = closed(socket);
    leave(socket);
    await within(gone, 'the connection to close');
  }
  await honestProcedure(service);
});

test('close ends connections that are kept alive', async t => {
  const { service } = await start(t);
  await notify(urlOf(service), cae1, Buffer.of(0));
  await within(service.close(), 'the service to close');
});

interface Started {
  readonly service: Service;
  readonly keys: readonly PairwiseE2EKey[];
  readonly refusals: readonly E2EKeyError[];
}

async function start(t: TestContext, file = configFile(t).file): Promise<Started> {
  const [keys, refusals] = [[] as PairwiseE2EKey[], [] as E2EKeyError[]];
  const service = await startService(readConfig(file, {}), {
    onKey: key => void keys.push(key),
    onRefusal: error => void refusals.push(error),
    onReceiving: () => undefined,
    onCseFault: () => undefined,
  });
  t.after(() => service.close());
  return { service, keys, refusals };
}

async function open(t: TestContext, { host, port }: Service): Promise<Socket> {
  const socket = connect({ host, port }).on('error', () => undefined);
  t.after(() => socket.destroy());
  await within(new Promise(resolve => socket.once('connect', resolve)), 'a connection');
  return socket.resume();
}

/** Broken counts as closed. */
function closed(socket: Socket): Promise<unknown> {
  return socket.closed ? Promise.resolve() : new Promise(resolve => socket.once('close', resolve));
}

async function honestProcedure(service: Service): Promise<void> {
  const { code, stderr } = await run('establish', urlOf(service), ...asCae1);
  assert.equal(code, 0, stderr);
}

function urlOf({ host, port }: Service): string {
  return `http://${host}:${port}`;
}
