import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import { test } from 'node:test';
import {
  pathOfAddress,
  readRequest,
  readResponse,
  writeNotify,
  writeResponse,
} from '../../src/onem2m/http-binding.ts';

const body = Buffer.from('{"m2m:seci":{"sit":6,"eckm":"FgMB"}}');
const content = { 'm2m:seci': { sit: 6, eckm: 'FgMB' } };
const headers: IncomingHttpHeaders = { 'content-type': 'application/json', 'x-m2m-origin': 'Cae1' };
const read = (changed: Partial<Parameters<typeof readRequest>[0]>) =>
  readRequest({ method: 'POST', path: '/~/cse-b', headers, body, ...changed });
const refusedWith = (changed: Partial<Parameters<typeof readRequest>[0]>) => {
  const response = read(changed);
  assert.ok('responseStatusCode' in response);
  return response;
};

test('a POST without resource type is a NOTIFY, its body the content (TS-0009 6.2.1, 6.5)', () => {
  assert.deepEqual(read({}), { operation: 'notify', to: '/cse-b', from: 'Cae1', content });
});

test('each X-M2M header is the primitive parameter of TS-0009 6.4; an empty one is none', () => {
  const all = {
    'x-m2m-origin': '/cse-a/Cae1',
    'x-m2m-ri': 'r1',
    'x-m2m-rvi': '3',
    'x-m2m-ot': '20261122T210000',
    'x-m2m-ret': '5000',
    'x-m2m-rst': '6000',
  };
  assert.deepEqual(read({ headers: { ...headers, ...all } }), {
    operation: 'notify',
    to: '/cse-b',
    from: '/cse-a/Cae1',
    requestIdentifier: 'r1',
    releaseVersionIndicator: '3',
    originatingTimestamp: '20261122T210000',
    requestExpirationTimestamp: '5000',
    resultExpirationTimestamp: '6000',
    content,
  });
  assert.deepEqual(read({ headers: { ...headers, 'x-m2m-origin': '', 'x-m2m-ri': '' } }), {
    operation: 'notify',
    to: '/cse-b',
    content,
  });
});

test('the path forms of TS-0009 6.2.2.1 are CSE-relative, SP-relative and absolute, both ways', () => {
  for (const [path, to] of [
    ['/Cae1', 'Cae1'],
    ['/-', '-'],
    ['/~/cse-b', '/cse-b'],
    ['/~/cse-b/-', '/cse-b/-'],
    ['/_/m2m.example.com/cse-b/Cae1', '//m2m.example.com/cse-b/Cae1'],
  ] as const) {
    const request = read({ path });
    assert.equal('to' in request && request.to, to);
    assert.equal(pathOfAddress(to), path);
  }
});

test('a path is decoded once, its query and fragment are no part of the address (TS-0009 6.2.2)', () => {
  for (const [path, to] of [
    ['/%7E/cse-b?rcn=1', '/cse-b'],
    ['/~/cse%2Db#rr', '/cse-b'],
    ['/a%2525', 'a%25'],
  ] as const) {
    const request = read({ path });
    assert.equal('to' in request && request.to, to);
  }
  assert.equal(pathOfAddress('a%b/c d'), '/a%25b/c%20d');
});

test('a wrongly encoded path is 4000 (RFC 3986 2.1)', () => {
  for (const path of ['/%', '/%zz', '/%ff']) assert.equal(refusedWith({ path }).responseStatusCode, 4000);
});

test('methods and the resource type tell the operation (TS-0009 6.2.1, 6.4.3)', () => {
  const typed = { ...headers, 'content-type': 'application/json;ty=2' };
  for (const [method, expected, used] of [
    ['POST', 'create', typed],
    ['POST', 'notify', { ...headers, 'content-type': 'application/json; charset=utf-8' }],
    ['GET', 'retrieve', headers],
    ['PUT', 'update', headers],
    ['DELETE', 'delete', headers],
  ] as const) {
    const request = read({ method, headers: used });
    assert.equal('operation' in request && request.operation, expected);
  }
  assert.equal(refusedWith({ method: 'PATCH' }).responseStatusCode, 4005);
});

test('the JSON media types of TS-0004 6.7 are taken, any other body is 4015', () => {
  for (const type of [
    'application/json',
    'Application/JSON; charset=UTF-8',
    'application/vnd.onem2m-ntfy+json',
    'application/vnd.onem2m-res+json',
  ])
    assert.ok('content' in read({ headers: { ...headers, 'content-type': type } }), type);
  for (const type of [
    undefined,
    '',
    'application/xml',
    'application/cbor',
    'text/plain',
    'application/jsonp',
    'application/vnd.onem2m-prsp+json',
  ]) {
    const { 'content-type': _, ...rest } = headers;
    const response = refusedWith({ headers: type === undefined ? rest : { ...rest, 'content-type': type } });
    assert.equal(response.responseStatusCode, 4015, `${type}`);
    assert.match(JSON.stringify(response.content), /UNSUPPORTED_MEDIA_TYPE: Content-Type/);
  }
});

test('no body is no content, whatever its media type', () => {
  assert.deepEqual(read({ body: new Uint8Array(), headers: { 'x-m2m-origin': 'Cae1' } }), {
    operation: 'notify',
    to: '/cse-b',
    from: 'Cae1',
  });
});

test('a body that is no JSON is 4000 and keeps the identifier of its request (TS-0004 7.2.1.2)', () => {
  const response = refusedWith({
    body: Buffer.from('{'),
    headers: { ...headers, 'x-m2m-ri': 'r1', 'x-m2m-rvi': '4' },
  });
  assert.equal(response.responseStatusCode, 4000);
  assert.equal(response.requestIdentifier, 'r1');
  assert.equal(response.releaseVersionIndicator, '4');
  assert.deepEqual(response.content, { 'm2m:dbg': 'REQUEST_INVALID: the content is not JSON (TS-0004 8.4)' });
});

test('a parameter above 512 characters is 4000 and is not repeated', () => {
  for (const name of ['x-m2m-origin', 'x-m2m-ri', 'x-m2m-rvi', 'x-m2m-ret']) {
    assert.ok('operation' in read({ headers: { ...headers, [name]: 'x'.repeat(512) } }));
    const response = refusedWith({ headers: { ...headers, [name]: 'x'.repeat(513) } });
    assert.equal(response.responseStatusCode, 4000);
    assert.ok(JSON.stringify(response).length < 200);
  }
});

test('a NOTIFY is written as it is read', () => {
  const request = {
    operation: 'notify',
    to: '//m2m.example.com/cse-b',
    from: 'Cae1',
    requestIdentifier: 'r1',
    content,
  } as const;
  const { path, headers: written, body } = writeNotify(request);
  const names = Object.entries(written);
  assert.equal(written['Content-Type'], 'application/json');
  const lower = Object.fromEntries(names.map(([name, value]) => [name.toLowerCase(), String(value)]));
  assert.deepEqual(readRequest({ method: 'POST', path, headers: lower, body }), request);
});

test('a response has X-M2M-RSC, the mapped status and a Content-Type with its body (TS-0009 6.3.2, 6.4)', () => {
  assert.deepEqual(
    writeResponse({
      responseStatusCode: 4106,
      requestIdentifier: 'r1',
      releaseVersionIndicator: '3',
      content: { 'm2m:dbg': 'é' },
    }),
    {
      status: 403,
      headers: {
        'X-M2M-RSC': '4106',
        'X-M2M-RI': 'r1',
        'X-M2M-RVI': '3',
        'Content-Type': 'application/json',
      },
      body: Buffer.from('{"m2m:dbg":"é"}'),
    },
  );
  assert.deepEqual(writeResponse({ responseStatusCode: 2000 }), {
    status: 200,
    headers: { 'X-M2M-RSC': '2000' },
    body: null,
  });
});

test('X-M2M-RSC tells the result, not the HTTP status (TS-0009 6.4.17)', () => {
  assert.deepEqual(
    readResponse({
      status: 403,
      headers: {
        'x-m2m-rsc': '2000',
        'x-m2m-ri': 'r1',
        'x-m2m-rvi': '3',
        'content-type': 'application/json',
      },
      body,
    }),
    { responseStatusCode: 2000, requestIdentifier: 'r1', releaseVersionIndicator: '3', content },
  );
});

test('a response without a Response Status Code is none (TS-0009 6.4.17)', () => {
  for (const rsc of [undefined, '', '200', '20000', 'OK', '2000, 2000', '9000', '0x7d'])
    assert.throws(
      () =>
        readResponse({
          status: 502,
          headers: rsc === undefined ? {} : { 'x-m2m-rsc': rsc },
          body: new Uint8Array(),
        }),
      { code: 'CARRIER_FAILED' },
      rsc,
    );
});

test('a content that cannot be read fails a success and is left out of an error', () => {
  for (const [type, wrong] of [
    ['application/json', '{'],
    ['text/html', '<p>{}</p>'],
    ['application/json', '{"a":1,"a":2}'],
  ] as const) {
    const response = (rsc: string) => ({
      status: 200,
      headers: { 'x-m2m-rsc': rsc, 'content-type': type },
      body: Buffer.from(wrong),
    });
    assert.throws(() => readResponse(response('2000')), { code: 'CARRIER_FAILED' });
    assert.deepEqual(readResponse(response('5103')), { responseStatusCode: 5103 });
  }
});
