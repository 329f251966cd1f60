// TS-0009 V3.9.1: how request and response primitives are HTTP messages, at both ends. The table of the lines is
// docs/conformance.md. What a request has to be, whatever the binding, is in ts-0004.test.ts.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import {
  pathOfAddress,
  readRequest,
  readResponse,
  writeRequest,
  writeResponse,
} from '../../src/onem2m/http-binding.ts';
import { httpSender } from '../../src/onem2m/http-sender.ts';
import type { Operation, RequestPrimitive } from '../../src/onem2m/primitive.ts';
import { httpStatus } from '../../src/onem2m/response-status-code.ts';
import { serialisations } from '../../src/onem2m/serialisation/serialisation.ts';
import { begin } from '../endpoint/lab.ts';
import { ask, goodHeaders, hostCseB } from './hosts.ts';

const content = { 'm2m:seci': { sit: 6, eckm: 'FgMB' } };
const notify: RequestPrimitive = {
  operation: 'notify',
  to: '//m2m.example.com/cse-b',
  from: '//m2m.example.com/cse-a/Cae1',
  requestIdentifier: 'r1',
  releaseVersionIndicator: '3',
  content,
};
/** One message 1: whoever sends it again gets the same answer, and counts once. */
const message1 = JSON.stringify({
  'm2m:seci': { sit: 6, eckm: Buffer.from(begin().message1).toString('base64') },
});

/** The request that an HTTP message is, or the response that refuses it. */
const read = (changed: Partial<Parameters<typeof readRequest>[0]>) =>
  readRequest({
    method: 'POST',
    path: '/~/cse-b',
    headers: { 'content-type': 'application/json', 'x-m2m-ri': 'r1' },
    body: Buffer.from(JSON.stringify(content)),
    ...changed,
  });

const refused = (changed: Partial<Parameters<typeof readRequest>[0]>) => {
  const response = read(changed);
  return 'responseStatusCode' in response ? response.responseStatusCode : null;
};

/** What our Sender sends, and what it makes of a response with these headers and this body. */
async function exchanged(
  t: TestContext,
  request: RequestPrimitive,
  headers: Record<string, string>,
  body = '',
) {
  const received: { message: IncomingMessage; body: string }[] = [];
  const server = createServer(async (message, reply) => {
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk);
    received.push({ message, body: Buffer.concat(chunks).toString() });
    reply.writeHead(200, headers).end(body);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const sender = httpSender(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const response = await sender.send(request, AbortSignal.timeout(10_000));
  const [sent] = received;
  assert.ok(sent !== undefined);
  return { ...sent, response };
}

test('6.2.1: every operation has its method', () => {
  for (const [operation, method] of [
    ['create', 'POST'],
    ['retrieve', 'GET'],
    ['update', 'PUT'],
    ['delete', 'DELETE'],
    ['notify', 'POST'],
  ] as const satisfies readonly [Operation, string][]) {
    const resource = operation === 'create' ? { resourceType: 4 } : {};
    assert.equal(writeRequest({ ...notify, operation, ...resource }).method, method);
    const contentType = operation === 'create' ? 'application/json;ty=4' : 'application/json';
    const request = read({ method, headers: { 'content-type': contentType, 'x-m2m-ri': 'r1' } });
    assert.equal('operation' in request && request.operation, operation);
  }
});

test('6.2.1: a POST is a CREATE with a resource type in Content-Type, and a NOTIFY without', () => {
  for (const [contentType, operation, resourceType] of [
    ['application/json', 'notify', undefined],
    ['application/json; charset=utf-8', 'notify', undefined],
    ['application/vnd.onem2m-ntfy+json', 'notify', undefined],
    ['application/json;ty=4', 'create', 4],
    ['application/vnd.onem2m-res+json; ty=3', 'create', 3],
    ['application/json; charset=utf-8; ty=10001', 'create', 10001],
  ] as const) {
    const request = read({ headers: { 'content-type': contentType, 'x-m2m-ri': 'r1' } });
    assert.ok('operation' in request, contentType);
    assert.deepEqual([request.operation, request.resourceType], [operation, resourceType], contentType);
  }
});

test('6.2.1: any other method is no operation', async t => {
  for (const method of ['PATCH', 'HEAD', 'OPTIONS', 'TRACE', 'BREW'])
    assert.equal(refused({ method }), 4005, method);
  const { hosts, touched } = await hostCseB(t);
  for (const { name, url } of hosts)
    for (const method of ['PATCH', 'OPTIONS']) {
      const { status, headers } = await ask(url, { method, body: message1 });
      // A method without meaning is none of the plug-in's routes, and so its host's.
      assert.deepEqual(
        [status, headers['x-m2m-rsc']],
        name === 'fastify' ? [404, undefined] : [405, '4005'],
        `${name} ${method}`,
      );
    }
  assert.deepEqual(touched, []);
});

test('6.2.2.1: To and the path of the request-target are one another, in all six forms', () => {
  for (const [to, path] of [
    ['CSEBase/ae12/cont27/contInst696', '/CSEBase/ae12/cont27/contInst696'],
    ['cin00856', '/cin00856'],
    ['/CSE178/CSEBase/ae12/cont27/contInst696', '/~/CSE178/CSEBase/ae12/cont27/contInst696'],
    ['/CSE178/cin00856', '/~/CSE178/cin00856'],
    [
      '//mym2msp.org/CSE178/CSEBase/ae12/cont27/contInst696',
      '/_/mym2msp.org/CSE178/CSEBase/ae12/cont27/contInst696',
    ],
    ['//mym2msp.org/CSE178/cin00856', '/_/mym2msp.org/CSE178/cin00856'],
  ] as const) {
    assert.equal(pathOfAddress(to), path);
    assert.equal(writeRequest({ ...notify, to }).target, path);
    // The first row of the table has a slash at its end.
    for (const written of [path, `${path}/`, `http://cse.example:8080${path}`]) {
      const request = read({ path: written });
      assert.equal('to' in request && request.to, to, written);
    }
  }
});

test('6.2.2.1: the end-point is reached under every form of its address', async t => {
  const { hosts } = await hostCseB(t);
  for (const { name, url } of hosts)
    for (const path of [
      '/-',
      '/~/cse-b',
      '/~/cse-b/-',
      '/_/m2m.example.com/cse-b',
      '/_/m2m.example.com/cse-b/-',
      `${url}/~/cse-b`,
      '/e2EKeyCSE',
      '/-/e2EKeyCSE',
      '/~/cse-b/-/e2EKeyCSE',
      '/_/m2m.example.com/cse-b/-/e2EKeyCSE',
    ]) {
      const { headers, body } = await ask(url, { path, body: message1 });
      assert.equal(headers['x-m2m-rsc'], '2000', `${name} ${path} ${body}`);
    }
});

test('6.2.2.2: Response Type and Result Content stand in the query, and once', () => {
  const written = writeRequest({ ...notify, responseType: { responseTypeValue: 3 }, resultContent: 1 });
  assert.equal(written.target, '/_/m2m.example.com/cse-b?rt=3&rcn=1');
  const request = read({ path: '/~/cse-b?rt=3&rcn=1' });
  assert.ok('operation' in request);
  assert.deepEqual(
    [request.to, request.responseType, request.resultContent],
    ['/cse-b', { responseTypeValue: 3 }, 1],
  );
  for (const query of ['rt=3&rt=3', 'rcn=1&rcn=1', 'rt=x', 'rcn=x', 'rt=3+3'])
    assert.equal(refused({ path: `/~/cse-b?${query}` }), 4000, query);
});

test('6.2.3: requests are of HTTP/1.1', async t => {
  const { message } = await exchanged(t, notify, { 'X-M2M-RSC': '2000' });
  assert.equal(message.httpVersion, '1.1');
});

test('6.3.1: responses are of HTTP/1.1', async t => {
  const { hosts } = await hostCseB(t);
  for (const { name, url } of hosts) assert.equal((await ask(url)).httpVersion, '1.1', name);
});

/** Table 6.3.2-1, by HTTP status. */
const statusTable: Readonly<Record<number, readonly number[]>> = {
  200: [2000, 2002, 2004],
  201: [2001],
  202: [1000, 1001, 1002],
  400: [4000, 4102, 4110, 4120, 4122, 4123, 4143, 6010, 6022, 6023, 6024],
  403: [
    4101, 4103, 5105, 5203, 5205, 4106, 4107, 4108, 4109, 4111, 4112, 4113, 4114, 4115, 4116, 4117, 4126,
    4127, 5208, 5214, 5215, 5218, 5222,
  ],
  404: [4004, 4118, 4119, 4121, 5103, 5107, 6003, 6005],
  405: [4005],
  406: [5207],
  409: [4104, 4105, 4124, 5106, 5219, 5220, 6028],
  415: [4015],
  500: [5000, 5204, 5209, 5210, 5211, 5212, 5216, 5217, 5221, 6020, 6021, 6025, 6026],
  501: [4001, 4125, 5001, 5206],
  504: [4008, 6030, 6031],
};

test('6.3.2: every Response Status Code has the HTTP status of the table', () => {
  const wrong = Object.entries(statusTable).flatMap(([status, codes]) =>
    codes
      .filter(code => httpStatus(code) !== Number(status))
      .map(code => `${code}: ${httpStatus(code)}, not ${status}`),
  );
  assert.deepEqual(wrong, []);
});

test('6.3.2: the Response Status Code is that of X-M2M-RSC, whatever the HTTP status', () => {
  for (const [status, rsc] of [
    [200, 4004],
    [500, 2000],
    [403, 4106],
  ] as const) {
    const response = readResponse({ status, headers: { 'x-m2m-rsc': `${rsc}` }, body: Buffer.alloc(0) });
    assert.equal(response.responseStatusCode, rsc);
  }
});

test('6.4.0: headers that are not known are passed over', async t => {
  const { hosts } = await hostCseB(t);
  for (const { name, url } of hosts) {
    const headers = { 'X-M2M-Unknown': '1', 'X-Other': 'a, b', 'If-Match': '"x"' };
    const answer = await ask(url, { headers, body: message1 });
    assert.equal(answer.headers['x-m2m-rsc'], '2000', name);
  }
  const response = readResponse({
    status: 200,
    headers: { 'x-m2m-rsc': '2000', 'x-m2m-unknown': '1', etag: '"x"' },
    body: Buffer.alloc(0),
  });
  assert.deepEqual(response, { responseStatusCode: 2000 });
});

test('6.4.1: a request names its host, and the target in origin-form', async t => {
  const { message } = await exchanged(t, notify, { 'X-M2M-RSC': '2000' });
  assert.match(message.headers.host ?? '', /^127\.0\.0\.1:\d+$/);
  assert.equal(message.url, '/_/m2m.example.com/cse-b');
});

test('6.4.2: the response is of a media type that Accept names', async t => {
  const { hosts } = await hostCseB(t);
  for (const { name, url } of hosts)
    for (const [accept, expected] of [
      [undefined, 'application/json'],
      ['*/*', 'application/json'],
      ['application/json', 'application/json'],
      ['application/xml', 'application/xml'],
      ['application/cbor', 'application/cbor'],
      ['application/vnd.onem2m-res+cbor', 'application/vnd.onem2m-res+cbor'],
      ['text/html, application/xml;q=0.5, application/cbor;q=0.9', 'application/cbor'],
    ] as const) {
      const { headers, body: received } = await ask(url, { headers: { Accept: accept }, body: message1 });
      assert.equal(headers['x-m2m-rsc'], '2000', `${name} ${accept}`);
      assert.equal(headers['content-type'], expected, `${name} ${accept}`);
      const kind = /json|xml|cbor/.exec(expected)?.[0] as keyof typeof serialisations;
      assert.ok('m2m:seci' in (serialisations[kind].read(received) as object), `${name} ${accept}`);
    }
});

test('6.4.3: what has a body has a Content-Type, and what has none has none', async t => {
  for (const [serialisation, mediaType] of [
    ['json', 'application/json'],
    ['xml', 'application/xml'],
    ['cbor', 'application/cbor'],
  ] as const)
    assert.equal(writeRequest(notify, serialisation).headers['Content-Type'], mediaType);
  const { content: _, ...empty } = notify;
  assert.ok(!('Content-Type' in writeRequest(empty).headers));
  const { hosts } = await hostCseB(t);
  for (const { name, url } of hosts) {
    assert.equal((await ask(url, { body: message1 })).headers['content-type'], 'application/json', name);
    // Whoever gives up is answered without a content.
    const body = '{"m2m:seci":{"sit":6,"eckm":"FQMDAAICKA=="}}';
    const { headers, body: received } = await ask(url, { body });
    assert.deepEqual([headers['content-type'], received.length], [undefined, 0], name);
  }
});

test('6.4.3: the resource type of a CREATE is appended to Content-Type', () => {
  const create = writeRequest({ ...notify, operation: 'create', resourceType: 3 }, 'xml');
  assert.match(String(create.headers['Content-Type']), /^application\/xml; ?ty=3$/);
  for (const type of ['application/vnd.onem2m-res+xml; ty=3', 'application/vnd.onem2m-res+json; ty=3']) {
    const request = read({ headers: { 'content-type': type, 'x-m2m-ri': 'r1' }, body: Buffer.alloc(0) });
    assert.equal('resourceType' in request && request.resourceType, 3, type);
  }
});

test('6.4.5: Content-Length is the length of the body, of requests and of responses', async t => {
  const { message, body } = await exchanged(t, notify, { 'X-M2M-RSC': '2000' });
  assert.equal(message.headers['content-length'], String(Buffer.byteLength(body)));
  const { hosts } = await hostCseB(t);
  for (const { name, url } of hosts) {
    const answer = await ask(url, { body: message1 });
    assert.equal(answer.headers['content-length'], String(answer.body.length), name);
  }
});

/** The parameters that have a header of their own. */
const parameterHeaders = [
  ['6.4.7', 'from', 'X-M2M-Origin', '/cse-a/Cae1'],
  ['6.4.8', 'requestIdentifier', 'X-M2M-RI', 'r7'],
  ['6.4.12', 'originatingTimestamp', 'X-M2M-OT', '20261122T120000'],
  ['6.4.13', 'resultExpirationTimestamp', 'X-M2M-RST', '20991122T120000,5'],
  ['6.4.14', 'requestExpirationTimestamp', 'X-M2M-RET', '60000'],
  ['6.4.22', 'releaseVersionIndicator', 'X-M2M-RVI', '2a'],
] as const;

function mapped(clause: (typeof parameterHeaders)[number][0]): void {
  for (const [, parameter, header, value] of parameterHeaders.filter(row => row[0] === clause)) {
    const { headers } = writeRequest({ ...notify, [parameter]: value });
    assert.equal(headers[header], value);
    const good = { 'content-type': 'application/json', 'x-m2m-ri': 'r1' };
    const request = read({ headers: { ...good, [header.toLowerCase()]: value } });
    assert.ok('operation' in request);
    assert.equal(request[parameter], value);
    if (parameter === 'requestIdentifier' || parameter === 'releaseVersionIndicator') {
      const response = { responseStatusCode: 2000, [parameter]: value };
      assert.equal(writeResponse(response, {}).headers[header], value);
      const received = { 'x-m2m-rsc': '2000', [header.toLowerCase()]: value };
      assert.deepEqual(readResponse({ status: 200, headers: received, body: Buffer.alloc(0) }), response);
    }
  }
}

test('6.4.7: X-M2M-Origin is From', () => mapped('6.4.7'));
test('6.4.8: X-M2M-RI is the Request Identifier, of requests and of responses', () => mapped('6.4.8'));
test('6.4.12: X-M2M-OT is the Originating Timestamp', () => mapped('6.4.12'));
test('6.4.13: X-M2M-RST is the Result Expiration Timestamp', () => mapped('6.4.13'));
test('6.4.14: X-M2M-RET is the Request Expiration Timestamp', () => mapped('6.4.14'));
test('6.4.22: X-M2M-RVI is the Release Version Indicator, of requests and of responses', () =>
  mapped('6.4.22'));

test('6.4.11: X-M2M-RTU has the notification targets, with & between', () => {
  const notificationUri = ['/cse-a/Cae1/in', 'http://127.0.0.1:8080/x'];
  const { target, headers } = writeRequest({
    ...notify,
    responseType: { responseTypeValue: 2, notificationUri },
  });
  assert.equal(target, '/_/m2m.example.com/cse-b?rt=2');
  assert.equal(headers['X-M2M-RTU'], '/cse-a/Cae1/in&http://127.0.0.1:8080/x');
  const request = read({
    path: '/~/cse-b?rt=2',
    headers: {
      'x-m2m-ri': 'r1',
      'content-type': 'application/json',
      'x-m2m-rtu': String(headers['X-M2M-RTU']),
    },
  });
  assert.ok('operation' in request);
  assert.deepEqual(request.responseType, { responseTypeValue: 2, notificationUri });
});

test('6.4.17: every response has its Response Status Code, and none without one is taken for a response', async t => {
  const { hosts } = await hostCseB(t);
  for (const { name, url } of hosts) {
    const good = await ask(url, { body: message1 });
    assert.deepEqual([good.status, good.headers['x-m2m-rsc']], [200, '2000'], name);
    const bad = await ask(url, { body: '{' });
    assert.deepEqual([bad.status, bad.headers['x-m2m-rsc']], [400, '4000'], name);
  }
  for (const rsc of [undefined, '', 'OK', '200', '20000', '0000'])
    assert.throws(
      () => readResponse({ status: 200, headers: { 'x-m2m-rsc': rsc }, body: Buffer.alloc(0) }),
      { code: 'CARRIER_FAILED' },
      rsc,
    );
});

test('6.5: the body is the content, in every serialisation, both ways', async t => {
  for (const [mediaType, { read: readContent, write }] of [
    ['application/json', serialisations.json],
    ['application/xml', serialisations.xml],
    ['application/cbor', serialisations.cbor],
  ] as const) {
    const headers = { 'content-type': mediaType, 'x-m2m-ri': 'r1' };
    const request = read({ headers, body: write(content) });
    assert.deepEqual('content' in request && request.content, content, mediaType);
    const response = writeResponse({ responseStatusCode: 2000, content }, { accept: mediaType });
    assert.deepEqual(readContent(response.body ?? Buffer.alloc(0)), content, mediaType);
  }
  const { body, response } = await exchanged(
    t,
    notify,
    { ...goodHeaders, 'X-M2M-RSC': '2000' },
    JSON.stringify(content),
  );
  assert.equal(body, JSON.stringify(content));
  assert.deepEqual(response.content, content);
});

test('6.5: a primitive without content has no body', () => {
  const { content: _, ...empty } = notify;
  assert.equal(writeRequest(empty).body.length, 0);
  assert.equal(writeResponse({ responseStatusCode: 2000 }, {}).body, null);
  const request = read({ body: Buffer.alloc(0) });
  assert.ok('operation' in request && !('content' in request));
});
