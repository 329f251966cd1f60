import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import { test } from 'node:test';
import {
  pathOfAddress,
  readRequest,
  readResponse,
  writeRequest,
  writeResponse,
} from '../../src/onem2m/http-binding.ts';

const body = Buffer.from('{"m2m:seci":{"sit":6,"eckm":"FgMB"}}');
const content = { 'm2m:seci': { sit: 6, eckm: 'FgMB' } };
const headers: IncomingHttpHeaders = {
  'content-type': 'application/json',
  'x-m2m-origin': 'Cae1',
  'x-m2m-ri': 'r1',
};
const read = (changed: Partial<Parameters<typeof readRequest>[0]>) =>
  readRequest({ method: 'POST', path: '/~/cse-b', headers, body, ...changed });
const refusedWith = (changed: Partial<Parameters<typeof readRequest>[0]>) => {
  const response = read(changed);
  assert.ok('responseStatusCode' in response);
  return response;
};

test('a POST without resource type is a NOTIFY, its body the content (TS-0009 6.2.1, 6.5)', () => {
  assert.deepEqual(read({}), {
    operation: 'notify',
    to: '/cse-b',
    from: 'Cae1',
    requestIdentifier: 'r1',
    content,
  });
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
  assert.deepEqual(read({ headers: { ...headers, 'x-m2m-origin': '', 'x-m2m-rvi': '' } }), {
    operation: 'notify',
    to: '/cse-b',
    requestIdentifier: 'r1',
    content,
  });
});

test('a request without Request Identifier is 4000, and is told which header is missing (TS-0009 6.4.8)', () => {
  const { 'x-m2m-ri': _, ...others } = headers;
  for (const without of [others, { ...others, 'x-m2m-ri': '' }]) {
    const response = refusedWith({ headers: without });
    assert.equal(response.responseStatusCode, 4000);
    assert.match(JSON.stringify(response.content), /BAD_REQUEST: X-M2M-RI is missing/);
  }
});

test('a parameter that is given twice is 4000: who takes the first sees another than who takes the last (RFC 9110 5.3)', () => {
  for (const name of ['x-m2m-origin', 'x-m2m-ri', 'x-m2m-rvi', 'x-m2m-ret']) {
    // As node:http joins them.
    const response = refusedWith({ headers: { ...headers, [name]: 'Cae1, Cae2' } });
    assert.equal(response.responseStatusCode, 4000, name);
    assert.match(JSON.stringify(response.content), /X-M2M-\w+ is given more than once/);
  }
  assert.ok('operation' in read({ headers: { ...headers, 'x-m2m-ret': '20300101T000000,5' } }));
});

test('the path forms of TS-0009 6.2.2.1 are CSE-relative, SP-relative and absolute, both ways', () => {
  for (const [path, to] of [
    ['/Cae1', 'Cae1'],
    ['/-', '-'],
    ['/cse-b/in/one', 'cse-b/in/one'],
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

test('a slash at the end is no part of the address, and the absolute form is taken (TS-0009 Table 6.2.2.1-1)', () => {
  for (const [path, to] of [
    ['/CSEBase/in/', 'CSEBase/in'],
    ['/~/cse-b/', '/cse-b'],
    ['/_/m2m.example.com/cse-b/?rcn=1', '//m2m.example.com/cse-b'],
    ['/', ''],
    ['http://cse.example:8080/~/cse-b?rcn=1', '/cse-b'],
    ['HTTPS://cse.example', ''],
  ] as const) {
    const request = read({ path });
    assert.equal('to' in request && request.to, to, path);
  }
});

test('rt and rcn of the query, X-M2M-RTU and ty are parameters, both ways (TS-0009 6.2.2.2, 6.4.3, 6.4.11)', () => {
  const request = {
    operation: 'create',
    to: '/cse-b/in',
    from: 'Cae1',
    requestIdentifier: 'r1',
    resourceType: 4,
    resultContent: 3,
    responseType: { responseTypeValue: 2, notificationUri: ['/cse-b/a', 'http://127.0.0.1:1/x'] },
    content: { 'm2m:cin': { con: 'x' } },
  } as const;
  const { method, target, headers: written, body } = writeRequest(request);
  assert.equal(target, '/~/cse-b/in?rt=2&rcn=3');
  assert.equal(written['Content-Type'], 'application/json;ty=4');
  assert.equal(written['X-M2M-RTU'], '/cse-b/a&http://127.0.0.1:1/x');
  assert.deepEqual(readRequest({ method, path: target, headers: lowerCase(written), body }), request);
});

test('a parameter of the query that is no number of its kind, or stands twice, is 4000 (TS-0004 7.3.2.1)', () => {
  for (const query of [
    'rt=0',
    'rt=6',
    'rt=22',
    'rt=x',
    'rt=2&rt=3',
    'rt=2,3',
    'rcn=x',
    'rcn=-1',
    'rcn=100',
    'rcn=1&rcn=1',
    'rcn=1.0',
  ]) {
    const response = refusedWith({ path: `/~/cse-b?${query}` });
    assert.equal(response.responseStatusCode, 4000, query);
    assert.match(JSON.stringify(response.content), /BAD_REQUEST: (rt|rcn) in the query/);
  }
  for (const query of ['', 'rt=', 'rcn', 'fu=1&ty=3+4', 'drt=2'])
    assert.deepEqual(read({ path: `/~/cse-b?${query}` }), read({}), query);
});

test('where a response goes is of no account when it is waited for (TS-0004 Table 6.4.1-1)', () => {
  assert.deepEqual(read({ headers: { ...headers, 'x-m2m-rtu': '/cse-b/a' } }), read({}));
  const request = read({ path: '/~/cse-b?rt=3' });
  assert.deepEqual('responseType' in request && request.responseType, { responseTypeValue: 3 });
});

test('8 notification targets of 512 characters are read, more are 4000', () => {
  const withTargets = (...targets: string[]) => ({
    path: '/~/cse-b?rt=2',
    headers: { ...headers, 'x-m2m-rtu': targets.join('&') },
  });
  assert.ok('operation' in read(withTargets(...Array<string>(8).fill('x'.repeat(512)))));
  for (const targets of [Array<string>(9).fill('x'), ['x', 'x'.repeat(513)]])
    assert.equal(refusedWith(withTargets(...targets)).responseStatusCode, 4000);
});

test('a CREATE without a resource type that is a number is 4000 (TS-0004 7.3.2.1)', () => {
  for (const [parameter, type] of [
    ['ty=2', 2],
    [' ty = 28 ', 28],
    ['charset=utf-8;ty=10002', 10002],
  ] as const) {
    const request = read({ headers: { ...headers, 'content-type': `application/json;${parameter}` } });
    assert.equal('resourceType' in request && request.resourceType, type, parameter);
  }
  for (const parameter of ['ty=', 'ty=x', 'ty=4x', 'ty=-1', 'ty=4.0', 'ty=123456', 'ty=4;ty=3', 'ty=4 3']) {
    const response = refusedWith({
      headers: { ...headers, 'content-type': `application/json;${parameter}` },
    });
    assert.equal(response.responseStatusCode, 4000, parameter);
    assert.match(JSON.stringify(response.content), /ty in Content-Type/);
  }
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

test('a content is read in the serialisation of its Content-Type (TS-0004 6.7), any other body is 4015', () => {
  const xml = Buffer.from(
    '<m2m:seci xmlns:m2m="http://www.onem2m.org/xml/protocols"><sit>6</sit><eckm>FgMB</eckm></m2m:seci>',
  );
  const cbor = Buffer.from('a1686d326d3a73656369a263736974066465636b6d6446674d42', 'hex');
  for (const [type, written] of [
    ['application/json', body],
    ['Application/JSON; charset=UTF-8', body],
    ['application/vnd.onem2m-ntfy+json', body],
    ['application/vnd.onem2m-res+json', body],
    ['application/xml', xml],
    ['application/vnd.onem2m-ntfy+xml;charset=utf-8', xml],
    ['application/cbor', cbor],
    ['application/vnd.onem2m-res+cbor', cbor],
  ] as const)
    assert.deepEqual(read({ headers: { ...headers, 'content-type': type }, body: written }), read({}), type);
  for (const type of [
    undefined,
    '',
    'text/plain',
    'application/jsonp',
    'application/vnd.onem2m-prsp+json',
    'application/json; charset=latin1',
    'application/xml; charset=utf-16',
  ]) {
    const { 'content-type': _, ...rest } = headers;
    const response = refusedWith({ headers: type === undefined ? rest : { ...rest, 'content-type': type } });
    assert.equal(response.responseStatusCode, 4015, `${type}`);
    assert.match(JSON.stringify(response.content), /UNSUPPORTED_MEDIA_TYPE: Content-Type/);
  }
  for (const [type, written] of [
    ['application/xml', body],
    ['application/cbor', body],
    ['application/json', xml],
    ['application/cbor', xml],
    ['application/json', cbor],
  ] as const)
    assert.equal(
      refusedWith({ headers: { ...headers, 'content-type': type }, body: written }).responseStatusCode,
      4000,
    );
});

test('a content that is encoded is 4015 (RFC 9110 8.4)', () => {
  for (const encoding of ['gzip', 'identity, gzip', 'br'])
    assert.equal(
      refusedWith({ headers: { ...headers, 'content-encoding': encoding } }).responseStatusCode,
      4015,
    );
  assert.deepEqual(read({ headers: { ...headers, 'content-encoding': 'Identity' } }), read({}));
});

test('a request whose response could not be written is 5207, whatever else is right with it (TS-0004 7.3.2.1)', () => {
  for (const accept of ['text/html', 'application/json;q=0', 'application/vnd.onem2m-preq+json']) {
    const response = refusedWith({ headers: { ...headers, accept } });
    assert.equal(response.responseStatusCode, 5207, accept);
    assert.match(JSON.stringify(response.content), /NOT_ACCEPTABLE: Accept/);
    // It is told so in JSON.
    assert.equal(writeResponse(response, { accept }).headers['Content-Type'], 'application/json');
  }
  assert.ok('operation' in read({ headers: { ...headers, accept: 'text/html, application/xml;q=0.1' } }));
});

test('no body is no content, whatever its media type', () => {
  assert.deepEqual(read({ body: new Uint8Array(), headers: { 'x-m2m-origin': 'Cae1', 'x-m2m-ri': 'r1' } }), {
    operation: 'notify',
    to: '/cse-b',
    from: 'Cae1',
    requestIdentifier: 'r1',
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

test('a request is written as it is read, with any operation, in any serialisation (TS-0009 6.2, 6.4.2)', () => {
  for (const serialisation of [undefined, 'json', 'xml', 'cbor'] as const)
    for (const operation of ['notify', 'retrieve', 'update', 'delete'] as const) {
      const request = {
        operation,
        to: '//m2m.example.com/cse-b',
        from: 'Cae1',
        requestIdentifier: 'r1',
        originatingTimestamp: '20261122T210000',
        content,
      };
      const { method, target, headers: written, body } = writeRequest(request, serialisation);
      const mediaType = `application/${serialisation ?? 'json'}`;
      assert.equal(written.Accept, mediaType);
      assert.equal(written['Content-Type'], mediaType);
      assert.equal(written['Content-Length'], body.length);
      assert.deepEqual(readRequest({ method, path: target, headers: lowerCase(written), body }), request);
    }
});

test('a request without content has no Content-Type', () => {
  const { headers: written, body } = writeRequest({
    operation: 'retrieve',
    to: '/cse-b',
    requestIdentifier: 'r1',
  });
  assert.equal(written['Content-Type'], undefined);
  assert.equal(body.length, 0);
});

test('a response has X-M2M-RSC, the mapped status and a Content-Type with its body (TS-0009 6.3.2, 6.4)', () => {
  assert.deepEqual(
    writeResponse(
      {
        responseStatusCode: 4106,
        requestIdentifier: 'r1',
        releaseVersionIndicator: '3',
        content: { 'm2m:dbg': 'é' },
      },
      {},
    ),
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
  assert.deepEqual(writeResponse({ responseStatusCode: 2000 }, { accept: 'application/xml' }), {
    status: 200,
    headers: { 'X-M2M-RSC': '2000' },
    body: null,
  });
});

test('a response is in what the request accepts, or in what it came in (TS-0009 6.4.2, 6.4.3)', () => {
  for (const [requestHeaders, mediaType] of [
    [{}, 'application/json'],
    [{ 'content-type': 'application/xml' }, 'application/xml'],
    [{ 'content-type': 'application/vnd.onem2m-ntfy+cbor', accept: '*/*' }, 'application/cbor'],
    [{ 'content-type': 'application/xml', accept: 'application/cbor' }, 'application/cbor'],
    [{ accept: 'application/vnd.onem2m-res+xml' }, 'application/vnd.onem2m-res+xml'],
    [{ 'content-type': 'text/plain' }, 'application/json'],
  ] as const) {
    const {
      status,
      headers: written,
      body,
    } = writeResponse({ responseStatusCode: 2000, content }, requestHeaders);
    assert.equal(written['Content-Type'], mediaType);
    assert.ok(body);
    assert.deepEqual(readResponse({ status, headers: lowerCase(written), body }), {
      responseStatusCode: 2000,
      content,
    });
  }
});

test('a content that the serialisation cannot hold is written in JSON, and says so', () => {
  const { headers: written, body } = writeResponse(
    { responseStatusCode: 2000, content: { 'not global': 1 } },
    { accept: 'application/xml' },
  );
  assert.equal(written['Content-Type'], 'application/json');
  assert.equal(body?.toString(), '{"not global":1}');
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
    ['application/xml', '{}'],
    ['application/cbor', '{}'],
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

/** As node:http gives them to the other side. */
function lowerCase(written: Readonly<Record<string, unknown>>): IncomingHttpHeaders {
  return Object.fromEntries(
    Object.entries(written).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
}
