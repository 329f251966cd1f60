// The service against connections that are no requests: what they hold, for how long, and that it goes on.
import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { failureDocument } from '../../src/cli/failure.ts';
import type { E2EKeyError } from '../../src/errors.ts';
import type { PairwiseE2EKey } from '../../src/keys/pairwise-e2e-key.ts';
import { readConfig } from '../../src/service/config.ts';
import { openEndpoint } from '../../src/service/endpoint.ts';
import { type Service, startService } from '../../src/service/service.ts';
import { run } from '../cli/run.ts';
import { notify, post } from '../refusals/notify.ts';
import { within } from '../within.ts';
import { asCae1, cae1, certs, configFile, cseB, sqliteStore, unheard } from './lab.ts';

const head = (length: number) =>
  `POST /~/cse-b HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nX-M2M-Origin: ${cae1}\r\nX-M2M-RI: r1\r\nContent-Length: ${length}\r\n\r\n`;

test('a key is told to onKey, a refusal to onRefusal, and the process goes on', async t => {
  const { service, keys, refusals } = await start(t);
  await notify(service.url, cae1, Buffer.from('GET / HTTP/1.1'));
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
  const endpoint = openEndpoint(config, { onKey: () => undefined, ...unheard });
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

test('whoever stops in the middle of a body is cut off after times.request as well, 4008', async t => {
  const { service, refusals } = await start(t, configFile(t, { times: { request: 1 } }).file);
  const socket = await open(t, service);
  let received = '';
  socket.on('data', chunk => {
    received += chunk;
  });
  socket.write(`${head(100)}${'x'.repeat(50)}`);
  await within(closed(socket), 'the connection to be cut off');
  assert.match(received, /^HTTP\/1\.1 408 .*^X-M2M-RSC: 4008\r$.*within 1 s"}$/ms);
  assert.deepEqual(refusals.map(documented), [['REQUEST_INVALID', 4008]]);
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
  ['a RETRIEVE of e2EKeyCSE', { path: '/~/cse-b/-/e2EKeyCSE' }, 405, 4005],
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

test('whatever is no NOTIFY to the target has its Response Status Code (TS-0004 6.6.3, TS-0009 6.3), and is told', async t => {
  const { service, refusals } = await start(t);
  for (const [name, { path, headers, ...request }, status, rsc] of others) {
    const response = await fetch(`${service.url}${path}`, {
      ...request,
      headers: { 'X-M2M-RI': 'r1', 'X-M2M-RVI': '3', ...headers },
    });
    assert.equal(response.status, status, name);
    assert.equal(response.headers.get('X-M2M-RSC'), String(rsc), name);
    assert.equal(response.headers.get('X-M2M-RI'), 'r1', name);
    assert.equal(response.headers.get('X-M2M-RVI'), '3', name);
    const text = await response.text();
    assert.equal(response.headers.get('Content-Length'), String(Buffer.byteLength(text)), name);
    assert.match(JSON.parse(text)['m2m:dbg'], /^[A-Z_]+: \S/, name);
    assert.deepEqual(refusals.splice(0).map(documented), [['REQUEST_INVALID', rsc]], name);
  }
});

test('whatever is wrong with a NOTIFY to the target is told once, with its sentence', async t => {
  const { service, refusals } = await start(t);
  const sent: readonly [
    body: string,
    headers: Record<string, string>,
    code: string,
    rsc: number,
    said: RegExp,
  ][] = [
    ['{', {}, 'REQUEST_INVALID', 4000, /^the content is not JSON/],
    ['{"m2m:seci":{"sit":6}}', {}, 'REQUEST_INVALID', 4000, /^m2m:seci\.eckm is missing/],
    ['{}', { 'Content-Type': 'text/plain' }, 'REQUEST_INVALID', 4015, /^UNSUPPORTED_MEDIA_TYPE: /],
    ['{}', { 'X-M2M-RVI': '1' }, 'REQUEST_INVALID', 4001, /^RELEASE_VERSION_NOT_SUPPORTED: /],
    ['x'.repeat(96 * 1024 + 1), {}, 'MESSAGE_TOO_LARGE', 4102, /^the body has more than/],
    ['{"m2m:seci":{"sit":6,"eckm":"FgMB"}}', {}, 'MESSAGE_MALFORMED', 4102, /./],
  ];
  for (const [body, headers, code, rsc, said] of sent) {
    const answer = await post(service.url, { 'X-M2M-Origin': cae1, ...headers }, body);
    assert.equal(answer.rsc, rsc, String(said));
    const [refusal, ...others] = refusals.splice(0);
    assert.deepEqual([refusal && documented(refusal), others], [[code, rsc], []]);
    assert.match(refusal?.message ?? '', said);
  }
});

test('a RETRIEVE of the <CSEBase> shows e2eSecInfo and where we are reached (TS-0001 9.6.3)', async t => {
  const { service, refusals } = await start(t);
  for (const path of ['/~/cse-b', '/~/cse-b/-', '/-', '/_/M2M.Example.com/cse-b?rcn=1']) {
    const response = await fetch(`${service.url}${path}`, {
      headers: { 'X-M2M-RI': 'r1', 'X-M2M-RVI': '3', 'X-M2M-Origin': cae1 },
    });
    assert.equal(response.headers.get('X-M2M-RSC'), '2000', path);
    const { 'm2m:cb': shown } = JSON.parse(await response.text());
    assert.deepEqual([shown.csi, shown.poa, shown.esi.esf], ['/cse-b', [service.url], [43, 44, 45]]);
  }
  assert.deepEqual(refusals, []);
});

test('where it listens on every address, the <CSEBase> names no point of access', async t => {
  const { service } = await start(t, configFile(t, { listen: { host: '0.0.0.0', port: 0 } }).file);
  const response = await fetch(`http://127.0.0.1:${service.port}/-`, {
    headers: { 'X-M2M-RI': 'r1', 'X-M2M-RVI': '3', 'X-M2M-Origin': cae1 },
  });
  assert.deepEqual(JSON.parse(await response.text())['m2m:cb'].poa, []);
});

test('a service for an AE has no <CSEBase>: a RETRIEVE is 4005', async t => {
  const { service } = await start(t, configFile(t, { id: `${cseB}/Cae9`, credential: aeCredential }).file);
  const response = await fetch(`${service.url}/~/cse-b/Cae9`, {
    headers: { 'X-M2M-RI': 'r1', 'X-M2M-RVI': '3', 'X-M2M-Origin': cae1 },
  });
  assert.equal(response.headers.get('X-M2M-RSC'), '4005');
});

test('a request that is refused for its target is answered before its body is there', async t => {
  const { service } = await start(t);
  const socket = await open(t, service);
  const answered = new Promise(resolve => socket.once('data', resolve));
  socket.write(head(100).replace('/~/cse-b', '/~/cse-c'));
  const answer = String(await within(answered, 'the answer'));
  assert.match(answer, /^HTTP\/1\.1 404 .*^X-M2M-RSC: 4004\r$/ms);
  // Nobody waits for the rest of it.
  assert.match(answer, /^Connection: close\r$/m);
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
  const leaving: readonly [leave: (socket: Socket) => unknown, answer: RegExp][] = [
    [socket => socket.end(head(100)), /^/],
    [socket => socket.write(head(100), () => socket.resetAndDestroy()), /^/],
    [
      socket => socket.write(Buffer.from('16030100050100000100', 'hex')),
      /^HTTP\/1\.1 400 .*^X-M2M-RSC: 4000\r$/ms,
    ],
    [socket => socket.write(Buffer.alloc(1000, 0xff)), /^HTTP\/1\.1 400 .*^X-M2M-RSC: 4000\r$/ms],
    [
      socket => socket.write(`GET / HTTP/1.1\r\n${'X-Long: 0123456789\r\n'.repeat(2000)}`),
      /^HTTP\/1\.1 431 .*^X-M2M-RSC: 4000\r$/ms,
    ],
  ];
  for (const [leave, answer] of leaving) {
    const socket = await open(t, service);
    let received = '';
    socket.on('data', chunk => {
      received += chunk;
    });
    const gone = closed(socket);
    leave(socket);
    await within(gone, 'the connection to close');
    assert.match(received, answer);
  }
  await honestProcedure(service);
});

test('close ends connections that are kept alive', async t => {
  const { service } = await start(t);
  await notify(service.url, cae1, Buffer.of(0));
  await within(service.close(), 'the service to close');
});

/** An AE may have the raw public key of anybody. */
const aeCredential = { key: certs('cae2.key') };

/** What the line of JSON says: the code, and the Response Status Code of the answer. */
function documented(error: E2EKeyError): unknown[] {
  const { error: shown } = failureDocument(error, 'terminating', null) as { error: Record<string, unknown> };
  return [shown.code, shown.rsc];
}

interface Started {
  readonly service: Service;
  readonly keys: readonly PairwiseE2EKey[];
  readonly refusals: E2EKeyError[];
}

async function start(t: TestContext, file = configFile(t).file): Promise<Started> {
  const [keys, refusals] = [[] as PairwiseE2EKey[], [] as E2EKeyError[]];
  const service = await startService(readConfig(file, {}), {
    onKey: key => void keys.push(key),
    onRefusal: error => void refusals.push(error),
    ...unheard,
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
  const { code, stderr } = await run('establish', service.url, ...asCae1);
  assert.equal(code, 0, stderr);
}
