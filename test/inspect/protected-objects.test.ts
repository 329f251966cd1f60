import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from '../../src/inspect/inspect.ts';
import { formatReport } from '../../src/inspect/text.ts';
import {
  contentInstance,
  credentials,
  encoded,
  envelopes,
  esprimContents,
  madeAt,
  plaintext,
  withHeader,
} from './protected-material.ts';

const esprim = await esprimContents();

function report(content: unknown, time = madeAt) {
  return inspect('FILE', Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)), time);
}

/** Severity, code and field of each finding. */
function findings(content: unknown, time?: Date): string[] {
  return report(content, time).findings.map(({ severity, code, field }) =>
    [severity, code ?? '-', field].join(' '),
  );
}

test('objects are recognised by their form: ESPrim by its header, ESData in each serialisation, content instances', async () => {
  const cin = await contentInstance(1);
  for (const [content, kind] of [
    [esprim.request, 'esprim-object'],
    [`\n ${esprim.response}\r\n`, 'esprim-object'],
    [envelopes.direct, 'esdata-envelope'],
    [envelopes.wrapped, 'esdata-envelope'],
    [envelopes.flattened, 'esdata-envelope'],
    [envelopes.mic, 'esdata-envelope'],
    [envelopes.mics, 'esdata-envelope'],
    [cin, 'content-instance'],
    [Object.values(cin)[0], 'content-instance'],
    [esprim.rand, 'random-object'],
  ] as const) {
    assert.equal(report(content).kind, kind);
    assert.deepEqual(findings(content), [], kind);
  }
});

test('an object that is cut off is still one, and what only looks like one is not', () => {
  for (const length of [40, 60, 120, 150, 188]) {
    const cut = report(envelopes.direct.slice(0, length));
    assert.equal(cut.kind, 'esdata-envelope', String(length));
    assert.equal(cut.findings[0]?.code, 'ESDATA_MALFORMED');
  }
  assert.equal(report(esprim.request.slice(0, -60)).kind, 'esprim-object');
  for (const other of ['1.2.3', 'www.example.com', encoded('{"name":"x"}'), '{"payload":"x"}', '{"cnf":"a"}'])
    assert.equal(report(other).kind, 'not-recognised', other);
});

test('the contents of ESPrim in primitives are recognised by securityInfoType (TS-0004 6.3.5.48)', async () => {
  const kinds = esprim.contents.map(content => {
    const inspected = report({ op: 5, to: '/cse-b', fr: 'Cae1', rqi: 'r1', pc: content });
    assert.ok(inspected.kind === 'primitive');
    assert.deepEqual(inspected.parameters, { op: 5, to: '/cse-b', fr: 'Cae1', rqi: 'r1' });
    assert.deepEqual(inspected.findings, []);
    return inspected.content?.kind;
  });
  assert.deepEqual(kinds, ['random-object-request', 'random-object', 'esprim-object', 'esprim-object']);
  const created = report({ op: 1, ty: 4, to: '/cse-b/greenhouse', pc: await contentInstance(2) });
  assert.ok(created.kind === 'primitive');
  assert.equal(created.content?.kind, 'content-instance');
});

test('an element that belongs to another securityInfoType is an error (TS-0004 Table 6.3.5.48-1)', () => {
  for (const seci of [
    { sit: 3, epo: esprim.request },
    { sit: 4, epo: esprim.request },
    { sit: 5, ero: esprim.rand },
    { sit: 5 },
  ])
    assert.deepEqual(findings({ 'm2m:seci': seci }), ['error ESPRIM_MALFORMED content']);
});

test('what an ESPrim reader refuses is an error under its code (TS-0003 8.4.3.2)', () => {
  const { request } = esprim;
  for (const [object, code] of [
    [withHeader(request, { alg: 'none' }), 'ESPRIM_UNSUPPORTED_OPTION'],
    [withHeader(request, { alg: 'A256KW' }), 'ESPRIM_UNSUPPORTED_OPTION'],
    [withHeader(request, { enc: 'A128CBC-HS256' }), 'ESPRIM_UNSUPPORTED_OPTION'],
    [withHeader(request, { crit: ['x'] }), 'ESPRIM_UNSUPPORTED_OPTION'],
    [withHeader(request, { zip: 'DEF' }), 'ESPRIM_UNSUPPORTED_OPTION'],
    [withHeader(request, { kid: 7 }), 'ESPRIM_MALFORMED'],
    [withHeader(request, { oro: { esri: 'x' } }), 'ESPRIM_MALFORMED'],
    [request.slice(0, request.lastIndexOf('.')), 'ESPRIM_MALFORMED'],
    [`${request}=`, 'ESPRIM_MALFORMED'],
    [request.replace('..', '.AA.'), 'ESPRIM_MALFORMED'],
  ] as const)
    assert.deepEqual(findings(object), [`error ${code} object`], code);
  const [, ...rest] = request.split('.');
  const twice = [encoded('{"alg":"dir","alg":"dir","ori":"a","rri":"b"}'), ...rest].join('.');
  const [finding] = report(twice).findings;
  assert.equal(finding?.code, 'ESPRIM_MALFORMED');
  assert.match(finding?.message ?? '', /"alg" twice/);
});

test('a random object past its time is an error, wherever it stands (TS-0003 8.4.2 C.6b)', () => {
  const late = new Date('2026-11-22T13:00:00Z');
  const early = new Date(late.getTime() - 1);
  assert.deepEqual(findings(esprim.rand, early), []);
  assert.deepEqual(findings(esprim.rand, late), ['error ESPRIM_UNKNOWN_RECV_RAND_ID random object.esrx']);
  assert.deepEqual(findings(esprim.request, late), ['error ESPRIM_UNKNOWN_ORIG_RAND_ID object.oro.esrx']);
  assert.deepEqual(findings(withHeader(esprim.response, { rro: esprim.rand }), late), [
    'error ESPRIM_UNKNOWN_RECV_RAND_ID object.rro.esrx',
  ]);
});

test('what does not fit together in an ESPrim Object is said (TS-0003 Table 8.4.3.2-2)', async () => {
  const { request, response, rand } = esprim;
  assert.deepEqual(findings(withHeader(request, { enc: 'A128GCM' })), [
    'error ESPRIM_UNSUPPORTED_OPTION object.enc',
  ]);
  assert.deepEqual(findings(withHeader(request, { rro: rand })), ['warning - object.rro']);
  assert.deepEqual(findings(withHeader(request, { ori: 'u.other' })), ['note - object.oro']);
  assert.deepEqual(findings(withHeader(response, { cty: undefined })), ['note - object.cty']);
  const { oro } = JSON.parse(Buffer.from(request.split('.')[0] ?? '', 'base64url').toString()) as {
    oro: object;
  };
  assert.deepEqual(findings(withHeader(response, { oro })), ['warning - object.oro']);
  const readable = await esprimContents('authentication');
  assert.deepEqual(findings(readable.request), ['note - object.alg']);
});

test('a random object says whose it is and what it offers (TS-0004 6.3.5.50)', () => {
  const inspected = report(esprim.rand);
  assert.ok(inspected.kind === 'random-object');
  assert.deepEqual(inspected.randomObject, {
    whose: 'receiver',
    id: esprim.rand.esri,
    shared: false,
    expires: '2026-11-22T13:00:00.000Z',
    keyGenerations: [1],
    algorithms: ['A256GCM', 'A192GCM', 'A128GCM'],
  });
  const { esks: _, ...common } = esprim.rand;
  const originator = report({ ...common, esri: 'n.1', esk: 1, espa: [12, 99] });
  assert.ok(originator.kind === 'random-object');
  assert.deepEqual(originator.randomObject?.whose, 'originator');
  assert.deepEqual(originator.randomObject?.shared, null);
  assert.deepEqual(findings({ ...common, esk: 1, espa: [12, 99] }), ['warning - random object.espa']);
  assert.deepEqual(findings({ ...common, esk: 2 }), ['error ESPRIM_UNSUPPORTED_OPTION random object.esk']);
  assert.deepEqual(findings({ ...esprim.rand, more: 1 }), ['error ESPRIM_MALFORMED random object']);
});

test('what an ESData reader refuses is an error under its code (TS-0003 8.5.3)', () => {
  const { direct, mic, wrapped } = envelopes;
  for (const [object, code] of [
    [withHeader(direct, { alg: 'none' }), 'ESDATA_UNSUPPORTED'],
    [withHeader(direct, { alg: 'ECDH-ES' }), 'ESDATA_UNSUPPORTED'],
    [withHeader(direct, { enc: 'A256CBC-HS512' }), 'ESDATA_UNSUPPORTED'],
    [withHeader(direct, { crit: ['x'] }), 'ESDATA_UNSUPPORTED'],
    [withHeader(mic, { b64: false }), 'ESDATA_UNSUPPORTED'],
    [withHeader(mic, { alg: 'none' }), 'ESDATA_UNSUPPORTED'],
    [`${encoded({ alg: 'none' })}.eyJ9.`, 'ESDATA_MALFORMED'],
    [direct.slice(0, direct.lastIndexOf('.')), 'ESDATA_MALFORMED'],
    [`${mic}=`, 'ESDATA_MALFORMED'],
    [wrapped.replace('"iv":', '"iv":"AAAA","iv":'), 'ESDATA_MALFORMED'],
    [wrapped.replace('"tag":"', '"tag":"A'), 'ESDATA_MALFORMED'],
  ] as const) {
    const [finding, ...more] = report(object).findings;
    assert.deepEqual([finding?.severity, more], ['error', []], object);
    assert.ok(
      finding?.code === code || finding?.code === 'ESDATA_UNSUPPORTED',
      `${finding?.code} of ${object}`,
    );
  }
});

test('a key of another use than the algorithm is an error, no Credential-ID a warning (TS-0003 Table 12.3.2.1-1)', () => {
  const { direct, mic } = envelopes;
  const value = credentials.mic.id.slice(3);
  for (const [object, kid] of [
    [direct, `16-${value}`],
    [direct, `15-${value}`],
    [direct, `13-${value}`],
    [mic, `14-${value}`],
    [mic, `51-${value}`],
  ] as const)
    assert.deepEqual(findings(withHeader(object, { kid })), ['error ESDATA_ALGORITHM_UNFIT object.kid'], kid);
  assert.deepEqual(findings(withHeader(direct, { kid: 'key 1' })), ['warning - object.kid']);
  assert.deepEqual(findings(withHeader(direct, { kid: undefined })), ['warning - object']);
  const { wrapped } = envelopes;
  assert.deepEqual(findings(wrapped.replace('"kid":"15-', '"kid":"14-')), [
    'error ESDATA_ALGORITHM_UNFIT object.recipients.0.kid',
  ]);
});

test('a content instance is read as its contentInfo says, and one from the future is a warning (TS-0004 6.3.3)', async () => {
  for (const contentSecurity of [1, 2, 3] as const) {
    const inspected = report(await contentInstance(contentSecurity));
    assert.ok(inspected.kind === 'content-instance');
    assert.equal(inspected.contentInfo, `text/plain:0:${contentSecurity}`);
    assert.equal(inspected.object?.sort, 'JWE');
    assert.deepEqual(inspected.findings, []);
  }
  const early = new Date(madeAt.getTime() - 1000);
  assert.deepEqual(findings(await contentInstance(1), early), ['warning - object.cpa.creationTime']);
  const { con } = Object.values(await contentInstance(1))[0] as unknown as { con: string };
  for (const [cnf, code] of [
    ['text/plain:0', 'ESDATA_MALFORMED'],
    ['text/plain:0:2', 'ESDATA_MALFORMED'],
    ['text/plain:0:4', 'ESDATA_UNSUPPORTED'],
    ['nothing', 'ESDATA_MALFORMED'],
  ] as const)
    assert.deepEqual(findings({ 'm2m:cin': { cnf, con } }), [`error ${code} object`], cnf);
  assert.deepEqual(findings({ 'm2m:cin': { cnf: 7, con } }), ['error ESDATA_MALFORMED cnf, con']);
  // An Envelope that was taken out of its instance has the parameter, and is one all the same.
  assert.deepEqual(findings(con), []);
});

test('nothing of a parameter that is not in the profile is shown, and nothing that a key would open', () => {
  const jwk = { kty: 'oct', k: encoded('a key that does not belong there') };
  const object = withHeader(envelopes.direct, { jwk, epk: { kty: 'EC', crv: 'P-256', d: jwk.k } });
  const shown = JSON.stringify(report(object)) + formatReport(report(object));
  assert.ok(!shown.includes(jwk.k));
  assert.match(shown, /"name":"jwk","value":null/);
  for (const one of [envelopes.direct, envelopes.wrapped, esprim.request]) {
    const text = JSON.stringify(report(one)) + formatReport(report(one));
    assert.ok(!text.includes(plaintext) && !text.includes('greenhouse'));
  }
  // What is only authenticated, everybody can read.
  assert.match(formatReport(report(envelopes.mic)), /readable +"the window is open"/);
});

test('what is shown of an object is bounded, however long it is', () => {
  const [, ...rest] = envelopes.direct.split('.');
  const many = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`n${index}`, 'x']));
  const long = { alg: 'dir', enc: 'A256GCM', kid: 'k'.repeat(2000), ...many };
  const inspected = report([encoded(long), ...rest].join('.'));
  assert.ok(inspected.kind === 'esdata-envelope');
  const [header] = inspected.object.headers;
  assert.equal(header?.parameters?.length, 32);
  assert.ok(header?.parameters?.every(({ value }) => (value ?? '').length <= 301));
  const recipients = Array.from({ length: 40 }, () => ({ header: { alg: 'A256KW' }, encrypted_key: 'AAAA' }));
  const crowd = report({ protected: encoded({ enc: 'A256GCM' }), ciphertext: '', recipients });
  assert.ok(crowd.kind === 'esdata-envelope');
  assert.equal(crowd.object.headers.length, 17);
  assert.equal(crowd.findings[0]?.code, 'ESDATA_MALFORMED');
  const payload = report(`${encoded({ alg: 'HS256' })}.${encoded('x'.repeat(100_000))}.AAAA`);
  assert.ok(payload.kind === 'esdata-envelope');
  assert.equal(payload.object.payload?.length, 201);
});
