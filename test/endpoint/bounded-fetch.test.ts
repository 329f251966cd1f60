// The HTTP client of status information against servers that answer too much, too slowly, or something else.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { boundedFetch, type StatusRequest } from '../../src/endpoint/bounded-fetch.ts';
import { within } from '../within.ts';
import { refusal } from './lab.ts';

const most = 1000;

test('a body of status 200 comes as it is, up to the last octet that is allowed', async t => {
  const body = Buffer.alloc(most, 0xa5);
  for (const answer of [
    (response: ServerResponse) => response.setHeader('Content-Length', most).end(body),
    (response: ServerResponse) => response.write(body.subarray(1), () => response.end(body.subarray(0, 1))),
  ]) {
    const { get } = await server(t, (_, response) => void answer(response));
    assert.deepEqual(Buffer.from(await get()), body);
  }
});

test('a body that is said to be as it is comes as it is', async t => {
  for (const encoding of ['identity', 'Identity', '']) {
    const { get } = await server(
      t,
      (_, response) => void response.writeHead(200, { 'Content-Encoding': encoding }).end('x'),
    );
    assert.deepEqual(Buffer.from(await get()), Buffer.from('x'));
  }
});

test('a request has its body and its headers, asks for no encoding, and keeps no connection', async t => {
  const asked = Promise.withResolvers<{ request: IncomingMessage; body: Buffer }>();
  const { get } = await server(t, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    asked.resolve({ request, body: Buffer.concat(chunks) });
    response.end('x');
  });
  const body = Buffer.from('question');
  await get({ method: 'POST', body, headers: { 'Content-Type': 'application/ocsp-request' } });
  const { request, body: sent } = await asked.promise;
  assert.deepEqual(sent, body);
  const { method, headers } = request;
  assert.deepEqual(
    [method, headers['content-type'], headers['accept-encoding'], headers.connection, headers.cookie],
    ['POST', 'application/ocsp-request', 'identity', 'close', undefined],
  );
});

for (const [name, listener, sentence] of [
  [
    'too much, with its length',
    (_, response) => response.end(Buffer.alloc(most + 1)),
    /more than 1000 octets/,
  ],
  ['endless chunks', (_, response) => pour(response), /more than 1000 octets/],
  [
    'a redirect',
    (_, response) => response.writeHead(302, { Location: 'http://127.0.0.1/elsewhere' }).end(),
    /status 302, where 200 is due/,
  ],
  [
    'a redirect with a body that does not end',
    (_, response) => pour(response.writeHead(302, { Location: '/' })),
    /status 302/,
  ],
  ['no content', (_, response) => response.writeHead(204).end(), /status 204/],
  ['a part', (_, response) => response.writeHead(206).end('x'), /status 206/],
  ['a failure', (_, response) => response.writeHead(503).end('x'), /status 503/],
  [
    'gzip',
    (_, response) => response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync(Buffer.alloc(100))),
    /an encoded body/,
  ],
] as const satisfies readonly (readonly [string, RequestListener, RegExp])[])
  test(`refused: ${name}`, async t => {
    const { get, closed } = await server(t, listener);
    await assert.rejects(within(get(), 'the refusal'), refusal('CARRIER_FAILED', sentence));
    await within(closed(), 'the connection to close');
  });

for (const [name, begin] of [
  ['nothing', () => undefined],
  ['a head without end', (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\nX-Slow: ')],
  ['half a body', (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx')],
] as const)
  test(`a server that sends ${name} is left when the signal says so`, async t => {
    const { url, closed } = await tcpServer(t, begin);
    const late = new AbortController();
    const fetched = boundedFetch(requestTo(url, { signal: late.signal }));
    setTimeout(() => late.abort(), 50);
    await assert.rejects(within(fetched, 'the end'), /abort/i);
    await within(closed(), 'the connection to close');
  });

for (const [name, begin] of [
  ['closes', (socket: Socket) => socket.end()],
  ['breaks off in the body', (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx')],
  [
    'changes the protocol',
    (socket: Socket) =>
      socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'),
  ],
  ['speaks something else', (socket: Socket) => socket.end('220 mail.example ESMTP\r\n')],
] as const)
  test(`a server that ${name} is a failure`, async t => {
    const { url } = await tcpServer(t, begin);
    await assert.rejects(within(boundedFetch(requestTo(url)), 'the failure'));
  });

test('whoever is not there is a failure', async () => {
  await assert.rejects(within(boundedFetch(requestTo('http://127.0.0.1:1/')), 'the failure'), /ECONNREFUSED/);
});

/** Writes as long as somebody reads. */
function pour(response: ServerResponse): void {
  const more = () => {
    while (!response.destroyed && response.write(Buffer.alloc(100)));
  };
  response.on('drain', more);
  more();
}

function requestTo(url: string, but: Partial<StatusRequest> = {}): StatusRequest {
  const signal = new AbortController().signal;
  return { url: new URL(url), method: 'GET', headers: {}, body: new Uint8Array(0), most, signal, ...but };
}

interface Served {
  readonly url: string;
  readonly get: (but?: Partial<StatusRequest>) => Promise<Uint8Array>;
  /** Resolves when the connection is gone that came first. */
  readonly closed: () => Promise<unknown>;
}

async function server(t: TestContext, listener: RequestListener): Promise<Served> {
  return served(t, createServer(listener));
}

async function tcpServer(t: TestContext, begin: (socket: Socket) => unknown): Promise<Served> {
  return served(
    t,
    createTcpServer(socket => socket.on('error', () => undefined).once('data', () => begin(socket))),
  );
}

async function served(t: TestContext, listening: ReturnType<typeof createTcpServer>): Promise<Served> {
  const sockets: Socket[] = [];
  const gone = Promise.withResolvers<void>();
  listening.on('connection', (socket: Socket) => {
    sockets.push(socket);
    socket.once('close', () => gone.resolve());
  });
  listening.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    listening.close();
  });
  const url = `http://127.0.0.1:${(listening.address() as AddressInfo).port}/`;
  return { url, get: but => boundedFetch(requestTo(url, but)), closed: () => gone.promise };
}
