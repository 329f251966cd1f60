import assert from 'node:assert/strict';
import { test } from 'node:test';
import fastify, { type InjectOptions } from 'fastify';
import { cseBase } from '../../src/onem2m/cse-base.ts';
import { e2eKeyPlugin } from '../../src/onem2m/fastify.ts';
import { type FakeEndpoint, fakeEndpoint, refusingEndpoint } from './fake-endpoint.ts';

const cse = '//m2m.example.com/cse-b';
const headers = {
  'content-type': 'application/json',
  'x-m2m-origin': '/cse-a/Cae1',
  'x-m2m-ri': 'r1',
  'x-m2m-rvi': '3',
};
const payload = '{"m2m:seci":{"sit":6,"eckm":"FgMB"}}';

/** A host with the plug-in, and the answer to one request that is right except for what the test changes. */
async function inject(changed: InjectOptions, endpoint: FakeEndpoint = fakeEndpoint(), targets = [cse]) {
  const host = fastify();
  await host.register(e2eKeyPlugin, { endpoint, targets });
  const response = await host.inject({ method: 'POST', url: '/~/cse-b', headers, payload, ...changed });
  await host.close();
  return {
    ...response,
    status: response.statusCode,
    rsc: response.headers['x-m2m-rsc'],
    body: response.body,
    asked: endpoint.asked.length,
  };
}

test('a NOTIFY for the target is answered by the end-point (TS-0009 6.3, 6.4)', async () => {
  const response = await inject({});
  assert.equal(response.status, 200);
  assert.equal(response.rsc, '2000');
  assert.equal(response.headers['x-m2m-ri'], 'r1');
  assert.equal(response.headers['x-m2m-rvi'], '3');
  assert.equal(response.headers['content-type'], 'application/json');
  assert.equal(response.body, '{"m2m:seci":{"sit":6,"eckm":"AQMW"}}');
});

test('a CSEBase is reached in every form of its address (TS-0009 6.2.2.1, TS-0001 7.2)', async () => {
  for (const url of [
    '/_/m2m.example.com/cse-b',
    '/_/m2m.example.com/cse-b/-',
    '/_/M2M.Example.COM/cse-b',
    '/~/cse-b',
    '/~/cse-b/-',
    '/-',
    '/%7E/cse-b',
    '/~/cse%2Db',
    '/~/cse-b?x=1',
    '/~/cse-b/',
    '/_/m2m.example.com/cse-b/',
  ])
    assert.equal((await inject({ url })).rsc, '2000', url);
});

test('an AE is reached in every form of its address (TS-0009 6.2.2.1, TS-0001 7.2)', async () => {
  for (const url of ['/_/m2m.example.com/cse-b/Cae17', '/~/cse-b/Cae17', '/Cae17'])
    assert.equal((await inject({ url }, fakeEndpoint(), [`${cse}/Cae17`])).rsc, '2000', url);
  for (const url of ['/_/m2m.example.com/Sae', '/~/Sae', '/Sae'])
    assert.equal((await inject({ url }, fakeEndpoint(), ['//m2m.example.com/Sae'])).rsc, '2000', url);
});

test('NOTIFY and CREATE to e2EKeyCSE of a CSEBase are answered by the end-point (TS-0003 8.7.2.2, TS-0004 6.8)', async () => {
  const created = { ...headers, 'content-type': 'application/json;ty=4' };
  for (const url of [
    '/_/m2m.example.com/cse-b/-/e2EKeyCSE',
    '/_/M2M.example.com/cse-b/e2EKeyCSE',
    '/~/cse-b/-/e2EKeyCSE',
    '/~/cse-b/e2EKeyCSE',
    '/-/e2EKeyCSE',
    '/e2EKeyCSE',
  ]) {
    const notified = await inject({ url });
    assert.deepEqual([notified.rsc, notified.status], ['2000', 200], url);
    const response = await inject({ url, headers: created });
    assert.deepEqual([response.rsc, response.status], ['2001', 201], url);
    assert.equal(response.body, '{"m2m:seci":{"sit":6,"eckm":"AQMW"}}');
  }
  const atAe = await inject({ url: '/~/cse-b/Cae17/e2EKeyCSE' }, fakeEndpoint(), [`${cse}/Cae17`]);
  assert.equal(atAe.rsc, undefined);
});

test("a service provider's name of any length is reached, in any case (RFC 1035 2.3.4, RFC 4343)", async () => {
  const host = [60, 60, 60, 50, 3].map(length => 'a'.repeat(length)).join('.');
  for (const name of [host, host.toUpperCase(), `A${host.slice(1)}`])
    for (const path of ['cse-b', 'cse-b/', 'cse-b/-', 'cse-b/-/e2EKeyCSE']) {
      const response = await inject({ url: `/_/${name}/${path}` }, fakeEndpoint(), [`//${host}/cse-b`]);
      assert.equal(response.rsc, '2000', path);
    }
  for (const url of [`/_/${host}/CSE-B`, `/_/${host}/cse-b/x`, `/_/${host}b/cse-b`, `/_/${host}%2Fcse-b`])
    assert.equal((await inject({ url }, fakeEndpoint(), [`//${host}/cse-b`])).rsc, undefined, url);
});

test('a RETRIEVE of the CSEBase shows it where the plug-in was given it (TS-0001 9.6.3)', async () => {
  const host = fastify();
  const shown = cseBase({ id: cse, certificates: [] }, { pointOfAccess: [], created: new Date(0) });
  await host.register(e2eKeyPlugin, { endpoint: fakeEndpoint(), targets: [cse], cseBase: () => shown });
  const { 'content-type': _, ...asking } = headers;
  for (const url of ['/~/cse-b', '/_/m2m.example.com/cse-b', '/-', '/cse-b', '/~/cse-b/cse-b?rcn=1']) {
    const response = await host.inject({ method: 'GET', url, headers: asking });
    assert.equal(response.headers['x-m2m-rsc'], '2000', url);
    assert.deepEqual(response.json(), shown);
  }
  assert.equal((await host.inject({ method: 'HEAD', url: '/~/cse-b' })).statusCode, 404);
  await host.close();
});

test("whatever is no NOTIFY to a target is the host's (fastify's 404 here)", async () => {
  for (const changed of [
    { url: '/~/cse-c' },
    { url: '/~/CSE-B' },
    { url: '/~/cse-b/other' },
    { url: '/_/other.example.com/cse-b' },
    { url: '/_/m2m.example.com/' },
    { url: '/' },
    { url: '/~/%' },
    { method: 'GET' },
    { method: 'PUT' },
    { method: 'DELETE' },
    { headers: { ...headers, 'content-type': 'application/json;ty=2' } },
  ] as const) {
    const response = await inject(changed);
    assert.equal(response.rsc, undefined, JSON.stringify(changed));
    assert.ok(response.status >= 400);
    assert.equal(response.asked, 0);
  }
});

test('the host keeps its own routes, body parsers and error handling', async () => {
  const host = fastify();
  host.setErrorHandler((_error, _request, reply) => reply.code(418).send('host'));
  host.post('/~/cse-b', async request => ({ host: request.body }));
  host.post('/*', async request => ({ rest: request.body }));
  host.get('/~/cse-b', async () => 'retrieved');
  await host.register(e2eKeyPlugin, { endpoint: fakeEndpoint(), targets: [cse] });

  const created = { ...headers, 'content-type': 'application/json;ty=2' };
  const answer = async (options: InjectOptions) =>
    (await host.inject({ headers, payload: '{"a":1}', ...options })).body;
  assert.equal(await answer({ method: 'POST', url: '/~/cse-b', headers: created }), '{"host":{"a":1}}');
  assert.equal(
    await answer({ method: 'POST', url: '/_/m2m.example.com/cse-b', headers: created }),
    '{"rest":{"a":1}}',
  );
  assert.equal(await answer({ method: 'POST', url: '/_/other.example.com/cse-b' }), '{"rest":{"a":1}}');
  assert.equal(await answer({ method: 'GET', url: '/~/cse-b', payload: '' }), 'retrieved');
  assert.equal(await answer({ method: 'POST', url: '/x', payload: '{' }), 'host');
  assert.equal(
    await answer({ method: 'POST', url: '/~/cse-b', payload }),
    '{"m2m:seci":{"sit":6,"eckm":"AQMW"}}',
  );
  await host.close();
});

test('a fastify CSE of a few routes gains E2EKey by registering the plug-in, and stays the CSE that it was', async () => {
  const host = fastify();
  host.addContentTypeParser(
    /^application\/json;.*ty=/,
    { parseAs: 'string' },
    async (_: unknown, body: string) => JSON.parse(body),
  );
  const registered: unknown[] = [];
  host.get('/~/cse-b', async () => ({ 'm2m:cb': { ty: 5, csi: '/cse-b', esi: { esf: [43, 44, 45] } } }));
  host.post('/~/cse-b', async (request, reply) => {
    registered.push(request.body);
    return reply.code(201).header('X-M2M-RSC', '2001').send({});
  });
  host.post('/~/cse-b/Cae1', async (_request, reply) => reply.header('X-M2M-RSC', '2000').send());
  const endpoint = fakeEndpoint();
  await host.register(e2eKeyPlugin, { endpoint, targets: [cse] });

  const ask = (url: string, options: InjectOptions = {}) =>
    host.inject({ method: 'POST', url, headers, payload, ...options });
  assert.match((await ask('/~/cse-b')).body, /AQMW/);
  assert.match((await ask('/~/cse-b/-/e2EKeyCSE')).body, /AQMW/);
  assert.equal(endpoint.asked.length, 2);
  const { body } = await host.inject({ method: 'GET', url: '/~/cse-b' });
  assert.deepEqual(JSON.parse(body)['m2m:cb'].esi, { esf: [43, 44, 45] });
  const ae = { 'm2m:ae': { api: 'N1', rr: true } };
  const created = { ...headers, 'content-type': 'application/json;ty=2' };
  assert.equal((await ask('/~/cse-b', { headers: created, payload: ae })).headers['x-m2m-rsc'], '2001');
  assert.deepEqual(registered, [ae]);
  const elsewhere = await ask('/~/cse-b/Cae1', { payload: { 'm2m:sgn': {} } });
  assert.deepEqual([elsewhere.statusCode, elsewhere.body], [200, '']);
  assert.equal(endpoint.asked.length, 2);
  await host.close();
});

test("a refusal of the host's own hooks stays the host's", async () => {
  const host = fastify();
  host.setErrorHandler((_error, _request, reply) => reply.code(401).send('host'));
  host.addHook('onRequest', async () => {
    throw new Error('not authorised');
  });
  const endpoint = fakeEndpoint();
  await host.register(e2eKeyPlugin, { endpoint, targets: [cse] });
  const response = await host.inject({ method: 'POST', url: '/~/cse-b', headers, payload });
  assert.equal(response.statusCode, 401);
  assert.equal(response.body, 'host');
  assert.deepEqual(endpoint.asked, []);
  await host.close();
});

test('below a prefix the addresses are the same, and two end-points share one server', async () => {
  const host = fastify();
  const [b, c] = [fakeEndpoint(), fakeEndpoint(() => Uint8Array.of(0x15))];
  await host.register(e2eKeyPlugin, { prefix: '/in', endpoint: b, targets: [cse] });
  await host.register(e2eKeyPlugin, { endpoint: c, targets: ['//other.example.com/cse-b'] });
  const body = async (url: string) => (await host.inject({ method: 'POST', url, headers, payload })).body;
  assert.match(await body('/in/_/m2m.example.com/cse-b'), /AQMW/);
  assert.match(await body('/_/other.example.com/cse-b'), /FQ==/);
  assert.match(await body('/_/m2m.example.com/cse-b'), /404/);
  await host.close();
});

test('targets are absolute identifiers, at least one, and without an address in common', async () => {
  for (const targets of [[], ['cse-b'], ['/cse-b'], [''], [cse, cse], [cse, '//other.example.com/cse-b']])
    await assert.rejects(inject({}, fakeEndpoint(), targets), { code: 'OPTION_INVALID' }, String(targets));
});

test('every malformed request has its RSC and HTTP status, and never reaches the end-point', async () => {
  const seci = (members: string) => `{"m2m:seci":{${members}}}`;
  const { 'x-m2m-origin': _, ...anonymous } = headers;
  const { 'content-type': __, ...untyped } = headers;
  for (const [name, changed, rsc, status] of [
    ['no body (TS-0004 6.3.5.48)', { payload: '' }, '4000', 400],
    ['not JSON (TS-0004 8.4)', { payload: '<seci/>' }, '4000', 400],
    ['cut off', { payload: payload.slice(0, -2) }, '4000', 400],
    ['not UTF-8 (RFC 8259 8.1)', { payload: Buffer.from('{"é":1}', 'latin1') }, '4000', 400],
    ['a name twice (TS-0004 8.4.2)', { payload: seci('"sit":6,"eckm":"FgMB","eckm":"FgMC"') }, '4000', 400],
    ['a NOTIFY of something else', { payload: '{"m2m:sgn":{}}' }, '4000', 400],
    ['wrapped in m2m:rqp (TS-0004 8.4.2)', { payload: `{"m2m:rqp":{"pc":${payload}}}` }, '4000', 400],
    ['no sit (TS-0004 6.3.5.48)', { payload: seci('"eckm":"FgMB"') }, '4000', 400],
    ['sit as text', { payload: seci('"sit":"6","eckm":"FgMB"') }, '4000', 400],
    ['sit beyond all numbers', { payload: seci('"sit":1e999,"eckm":"FgMB"') }, '4000', 400],
    ['sit of 5000 digits', { payload: seci(`"sit":${'9'.repeat(5000)},"eckm":"FgMB"`) }, '4000', 400],
    ['another sit (TS-0004 6.3.4.2.35)', { payload: seci('"sit":5,"epo":"x"') }, '5001', 501],
    ['no eckm (TS-0004 6.3.5.48)', { payload: seci('"sit":6') }, '4000', 400],
    ['base64url (RFC 4648 §4)', { payload: seci('"sit":6,"eckm":"_-8="') }, '4000', 400],
    ['no padding', { payload: seci('"sit":6,"eckm":"Fg"') }, '4000', 400],
    [
      'epo beside eckm (TS-0004 Table 6.3.5.48-1)',
      { payload: seci('"sit":6,"eckm":"FgMB","epo":"x"') },
      '4000',
      400,
    ],
    ['a prototype', { payload: '{"__proto__":{"m2m:seci":{"sit":6,"eckm":"FgMB"}}}' }, '4000', 400],
    ['90000 brackets', { payload: '['.repeat(45_000) + ']'.repeat(45_000) }, '4000', 400],
    [
      '65537 bytes of message',
      { payload: seci(`"sit":6,"eckm":"${Buffer.alloc(65537).toString('base64')}"`) },
      '4102',
      400,
    ],
    ['98305 bytes of body', { payload: `${payload}${' '.repeat(98_305 - payload.length)}` }, '4102', 400],
    ['plain text (TS-0009 6.4.3)', { headers: { ...headers, 'content-type': 'text/plain' } }, '4015', 415],
    ['no Content-Type (TS-0009 6.4.3)', { headers: untyped, payload: Buffer.from(payload) }, '4015', 415],
    ['a Content-Type that is none', { headers: { ...headers, 'content-type': '///' } }, '4015', 415],
    ['no From (TS-0001 11.4.3)', { headers: anonymous }, '4000', 400],
    ['release 1 (TS-0004 6.4.1)', { headers: { ...headers, 'x-m2m-rvi': '1' } }, '4001', 501],
    ['expired (TS-0001 8.1.2)', { headers: { ...headers, 'x-m2m-ret': '20200101T000000' } }, '4008', 504],
    [
      'a wrong Content-Length (TS-0009 6.4.5)',
      { headers: { ...headers, 'content-length': '99' } },
      '4000',
      400,
    ],
    ['a From of 600 characters', { headers: { ...headers, 'x-m2m-origin': 'C'.repeat(600) } }, '4000', 400],
  ] as const) {
    const response = await inject(changed);
    assert.equal(response.rsc, rsc, name);
    assert.equal(response.status, status, name);
    // What is repeated has a bound, so a request of which one header is too long gets none back.
    if (!name.includes('600')) assert.equal(response.headers['x-m2m-ri'], 'r1', name);
    assert.match(JSON.parse(response.body)['m2m:dbg'], /^[A-Z_]+: \S/, name);
    assert.equal(response.asked, 0, name);
  }
});

test('64 KiB of message, and 96 KiB of body, pass', async () => {
  const message = Buffer.alloc(65536, 1);
  const response = await inject({
    payload: `{"m2m:seci":{"sit":6,"eckm":"${message.toString('base64')}"}}`.padEnd(98_304),
  });
  assert.equal(response.rsc, '2000');
  assert.equal(JSON.parse(response.body)['m2m:seci'].eckm, message.toString('base64'));
});

test('a fault of the end-point has its RSC, its HTTP status, alert and reason', async () => {
  const alert = Uint8Array.of(0x15, 3, 3, 0, 2, 2, 42);
  const response = await inject(
    {},
    refusingEndpoint('IDENTITY_MISMATCH', 'the certificate names another', alert),
  );
  assert.equal(response.rsc, '4106');
  assert.equal(response.status, 403);
  assert.deepEqual(JSON.parse(response.body), {
    'm2m:seci': { sit: 6, eckm: Buffer.from(alert).toString('base64') },
    'm2m:dbg': 'IDENTITY_MISMATCH: the certificate names another',
  });
});

test('a response without content has no body, and no media type', async () => {
  const alert = refusingEndpoint('ALERT_RECEIVED', 'bad_certificate');
  const response = await inject({}, alert);
  assert.deepEqual([response.rsc, response.body], ['2000', '']);
  assert.equal(response.headers['content-type'], undefined);
});

test('what the peer is not told is in the log of the host', async () => {
  const lines: string[] = [];
  const host = fastify({ logger: { level: 'error', stream: { write: line => void lines.push(line) } } });
  const failing = fakeEndpoint(() => Promise.reject(new TypeError('broken inside')));
  await host.register(e2eKeyPlugin, { prefix: '/a', endpoint: failing, targets: [cse] });
  await host.register(e2eKeyPlugin, {
    prefix: '/b',
    endpoint: refusingEndpoint('STORE_FAILED', 'disk full'),
    targets: [cse],
  });
  await host.register(e2eKeyPlugin, {
    prefix: '/c',
    endpoint: refusingEndpoint('FINISHED_INVALID', 'wrong'),
    targets: [cse],
  });
  for (const prefix of ['/a', '/b', '/c']) {
    const { body } = await host.inject({ method: 'POST', url: `${prefix}/~/cse-b`, headers, payload });
    assert.doesNotMatch(body, /broken inside|disk full/);
  }
  assert.equal(lines.length, 2);
  assert.match(lines[0] ?? '', /broken inside/);
  assert.match(lines[1] ?? '', /disk full/);
  await host.close();
});

test('the hop is the network address: IPv4 whole, IPv6 by its /64 (RFC 6177)', async () => {
  for (const [remoteAddress, hop] of [
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:0:1:2:3:4:5', '2001:db8:0:1::/64'],
    ['2001:db8::5', '2001:db8:0:0::/64'],
    ['2001:0DB8:0:1::', '2001:db8:0:1::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::1.2.3.4', '0:0:0:0::/64'],
  ] as const) {
    const endpoint = fakeEndpoint();
    await inject({ remoteAddress }, endpoint);
    assert.equal(endpoint.asked[0]?.from.hop, hop);
  }
});
