// The originating side: which responses it takes (TS-0003 8.4.2 C.10, C.11), what its outer primitives say (TS-0001
// Table 11.4.2-1), and several requests at a time. The responses are made by hand, by somebody who has the key.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { E2EKeyError } from '../../../src/errors.ts';
import type { RequestPrimitive } from '../../../src/onem2m/primitive.ts';
import { EsPrimClient, type EsPrimClientOptions } from '../../../src/protection/esprim/client.ts';
import { EsPrimHandler, type EsPrimHandlerOptions } from '../../../src/protection/esprim/handler.ts';
import { maxObjects, Session } from '../../../src/protection/esprim/session.ts';
import { answerByHand, type Changes, codeOf, contentOf, type Json, securityInfoIn } from './hand.ts';
import { cae1, cseB, exchange, provisioned } from './lab.ts';

const retrieve = { operation: 'retrieve', to: '/cse-b/-/secret' } as const;

/** What becomes of a request whose response has these changes. */
async function responseWith(changes: Changes, edit = (object: string) => object) {
  const lab = exchange();
  answerByHand(lab, (hand, request) => edit(hand.response(request, changes)));
  return codeOf(lab.client.send(retrieve));
}

test('a response made by hand is taken, so that the refusals below are those of what is changed in it', async () => {
  assert.equal(await responseWith({}), null);
  assert.equal(await responseWith({ header: { cty: undefined } }), null);
});

const refused: [string, Changes][] = [
  ['ESPRIM_MISDIRECTED', { header: { kid: '00'.repeat(16) } }],
  ['ESPRIM_MISDIRECTED', { header: { ori: 'u.other' } }],
  ['ESPRIM_MISDIRECTED', { header: { rri: 'u.other' } }],
  ['ESPRIM_MISDIRECTED', { header: { enc: 'A128GCM' } }],
  ['ESPRIM_MISDIRECTED', { header: { cty: 'vnd.onem2m-preq+json' } }],
  ['ESPRIM_MISDIRECTED', { inner: { rqi: 'of another request' } }],
  ['ESPRIM_MISDIRECTED', { inner: { rqi: undefined } }],
  ['ESPRIM_MISDIRECTED', { inner: { rsc: undefined } }],
  ['ESPRIM_MISDIRECTED', { inner: { rsc: '2000' } }],
  ['ESPRIM_MISDIRECTED', { plaintext: 'no primitive' }],
  ['ESPRIM_BAD_MAC', { key: Buffer.alloc(32) }],
  ['ESPRIM_MALFORMED', { iv: Buffer.alloc(16) }],
  ['ESPRIM_MALFORMED', { headerText: '{"alg":"dir","alg":"dir"}' }],
  ['ESPRIM_UNSUPPORTED_OPTION', { header: { alg: 'none' } }],
  ['ESPRIM_UNSUPPORTED_OPTION', { header: { zip: 'DEF' } }],
  ['ESPRIM_UNSUPPORTED_OPTION', { header: { crit: ['x'] } }],
];

test('a response that is not that of the session, or not to the request, is refused (TS-0003 8.4.2 C.11a)', async () => {
  for (const [code, changes] of refused)
    assert.equal(await responseWith(changes), code, JSON.stringify(changes));
});

test('a response that is authenticated only is not taken where encryption was begun with', async () => {
  const lab = exchange();
  answerByHand(lab, (hand, { inner }) =>
    hand.signed(hand.sessionKey(), {
      header: { cty: 'vnd.onem2m-prsp+json', oro: undefined },
      inner: { rsc: 2000, rqi: inner.rqi },
    }),
  );
  assert.equal(await codeOf(lab.client.send(retrieve)), 'ESPRIM_MISDIRECTED');
});

test('a response in other elements of securityInfo than its type has is refused (TS-0004 7.5.1.2.11, 7.5.1.2.13)', async () => {
  const contents: [number, Json, string][] = [
    [5, { sit: 4, epo: 'x' }, 'ESPRIM_MALFORMED'],
    [5, { sit: 5 }, 'ESPRIM_MALFORMED'],
    [5, { sit: 5, epo: 'x', ero: {} }, 'ESPRIM_MALFORMED'],
    [5, { sit: 6, eckm: 'FgMB' }, 'ESPRIM_MALFORMED'],
    [3, { sit: 3 }, 'ESPRIM_MALFORMED'],
    [3, { sit: 5, epo: 'x' }, 'ESPRIM_MALFORMED'],
    [3, { sit: 4 }, 'ESPRIM_MALFORMED'],
    [3, { sit: 4, ero: 'x' }, 'ESPRIM_MALFORMED'],
    [3, { sit: 4, ero: {}, epo: 'x' }, 'ESPRIM_MALFORMED'],
  ];
  for (const [kind, seci, code] of contents) {
    const lab = exchange();
    lab.between = async (request, on) =>
      securityInfoIn({ content: request.content }).sit === kind
        ? { responseStatusCode: 2000, content: { 'm2m:seci': seci } }
        : on(request);
    assert.equal(await codeOf(lab.client.send(retrieve)), code, JSON.stringify(seci));
  }
});

test('CARRIER_FAILED: a CSE on the way that answers and drops the content, to either request', async () => {
  for (const kind of [3, 5])
    for (const content of [undefined, null, '', {}, { 'm2m:dbg': 'x' }]) {
      const lab = exchange();
      lab.between = async (request, on) =>
        securityInfoIn({ content: request.content }).sit === kind
          ? { responseStatusCode: 2000, content }
          : on(request);
      await assert.rejects(lab.client.send(retrieve), { code: 'CARRIER_FAILED' });
    }
});

test('a refusal has the code that the receiver names, its sentence and its Response Status Code', async () => {
  const cases: [number, string | undefined, string][] = [
    [4112, 'KEY_REVOKED: key 1 was revoked', 'KEY_REVOKED'],
    [4112, 'KEY_EXPIRED: key 1 has expired', 'KEY_EXPIRED'],
    [4112, undefined, 'ESPRIM_UNKNOWN_KEY_ID'],
    [4105, 'ESPRIM_REPLAYED: x', 'ESPRIM_REPLAYED'],
    [4105, undefined, 'CARRIER_FAILED'],
    [5210, 'ESPRIM_MISDIRECTED: x', 'ESPRIM_MISDIRECTED'],
    [5210, undefined, 'ESPRIM_DECRYPTION_ERROR'],
    // Not a code of its Response Status Code, not ours, or not one that a receiver has.
    [4112, 'ESPRIM_BAD_MAC: x', 'ESPRIM_UNKNOWN_KEY_ID'],
    [4115, '__proto__: x', 'ESPRIM_BAD_MAC'],
    [5103, 'CARRIER_FAILED: x', 'CARRIER_FAILED'],
    [5000, 'STORE_FAILED: x', 'CARRIER_FAILED'],
  ];
  for (const [responseStatusCode, debug, code] of cases) {
    const lab = exchange();
    lab.between = async (request, on) =>
      securityInfoIn({ content: request.content }).sit === 5
        ? { responseStatusCode, content: { 'm2m:dbg': debug } }
        : on(request);
    await assert.rejects(lab.client.send(retrieve), (error: unknown) => {
      assert.ok(error instanceof E2EKeyError);
      assert.deepEqual([error.code, error.notice.rscReceived], [code, responseStatusCode], `${debug}`);
      if (debug !== undefined) assert.ok(error.message.includes(debug));
      return true;
    });
  }
});

test('the receiver’s own refusals of inner requests are responses, whatever their code', async () => {
  for (const responseStatusCode of [2001, 4004, 4103, 5000, 6010]) {
    const lab = exchange({ handler: { dispatch: async () => ({ responseStatusCode }) } });
    assert.equal((await lab.client.send(retrieve)).responseStatusCode, responseStatusCode);
  }
});

test('an outer request has the times of the inner one, its own Request Identifier, and nothing else of it (TS-0001 Table 11.4.2-1)', async () => {
  const lab = exchange();
  await lab.client.send({
    ...retrieve,
    operation: 'create',
    resourceType: 4,
    resultContent: 1,
    requestIdentifier: 'inner-1',
    originatingTimestamp: '20261122T115958',
    requestExpirationTimestamp: '20991122T120500',
    resultExpirationTimestamp: '20991122T120600',
    content: { 'm2m:cin': { con: 'secret' } },
  });
  const sent: Partial<RequestPrimitive> = lab.seen[1]?.request ?? {};
  const { content, requestIdentifier, ...outer } = sent;
  assert.deepEqual(outer, {
    operation: 'notify',
    to: cseB,
    from: cae1,
    releaseVersionIndicator: '3',
    requestExpirationTimestamp: '20991122T120500',
    resultExpirationTimestamp: '20991122T120600',
  });
  assert.ok(requestIdentifier !== undefined && requestIdentifier !== 'inner-1');
  assert.deepEqual(Object.keys(securityInfoIn({ content })), ['sit', 'epo']);
  assert.equal(lab.dispatched[0]?.request.requestIdentifier, 'inner-1');
});

test('outer primitives name the two ends in the form that is wanted, the inner one in its absolute form', async () => {
  const lab = exchange({
    client: { outer: { to: 'sp-relative', from: 'sp-relative', releaseVersion: '4' } },
  });
  await lab.client.send(retrieve);
  for (const { request } of lab.seen)
    assert.deepEqual(
      [request.to, request.from, request.releaseVersionIndicator],
      ['/cse-b', '/cse-a/Cae1', '4'],
    );
  assert.equal(lab.dispatched[0]?.request.from, cae1);
});

test('From of an inner request is ours, whatever the caller says', async () => {
  const lab = exchange();
  const request = { ...retrieve, from: '//m2m.example.com/cse-a/Cae2' };
  await lab.client.send(request);
  assert.equal(lab.dispatched[0]?.request.from, cae1);
});

test('several requests at a time begin one session', async () => {
  const lab = exchange();
  const responses = await Promise.all(
    Array.from({ length: 20 }, (_, n) => lab.client.send({ ...retrieve, requestIdentifier: `r${n}` })),
  );
  assert.deepEqual(
    responses.map(({ requestIdentifier }) => requestIdentifier),
    Array.from({ length: 20 }, (_, n) => `r${n}`),
  );
  const kinds = lab.seen.map(({ request }) => securityInfoIn({ content: request.content }).sit);
  assert.deepEqual(kinds, [3, ...Array<number>(20).fill(5)]);
});

test('whoever gives up while a session begins does not give it up for the others', async () => {
  const lab = exchange();
  const gate = Promise.withResolvers<void>();
  lab.between = async (request, on) => {
    await gate.promise;
    return on(request);
  };
  const impatient = new AbortController();
  const first = codeOf(lab.client.send(retrieve, { signal: impatient.signal }));
  const second = lab.client.send(retrieve);
  impatient.abort();
  gate.resolve();
  assert.equal(await first, 'REQUEST_EXPIRED');
  assert.equal((await second).responseStatusCode, 2000);
});

test('a session that could not begin is begun by the next request', async () => {
  const lab = exchange();
  lab.between = async () => ({ responseStatusCode: 5103 });
  assert.equal(await codeOf(lab.client.send(retrieve)), 'CARRIER_FAILED');
  lab.between = (request, on) => on(request);
  assert.equal((await lab.client.send(retrieve)).responseStatusCode, 2000);
});

test('KEY_EXHAUSTED reaches no caller, however many requests come at the end of a session', async t => {
  // Sessions of few objects: the limit itself is in bounds.test.ts.
  const made = new WeakMap<Session, number>();
  const few = 3;
  t.mock.method(Session.prototype, 'next', function (this: Session) {
    const count = made.get(this) ?? 0;
    if (count >= few) throw new E2EKeyError('KEY_EXHAUSTED', 'the session of the test is used up');
    made.set(this, count + 1);
    return count;
  });
  t.mock.getter(Session.prototype, 'isUsedUp', function (this: Session) {
    return (made.get(this) ?? 0) >= few;
  });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 6 }), async bursts => {
      const lab = exchange();
      for (const burst of bursts) {
        const codes = await Promise.all(
          Array.from({ length: burst }, () => codeOf(lab.client.send(retrieve))),
        );
        assert.deepEqual(codes, Array(burst).fill(null));
      }
      const total = bursts.reduce((sum, burst) => sum + burst, 0);
      assert.equal(lab.dispatched.length, total);
    }),
    { numRuns: 20, seed: 8 },
  );
  assert.ok(few < maxObjects);
});

test('OPTION_INVALID: options of a client that are none', () => {
  const make = (options: Json) =>
    new EsPrimClient({
      from: cae1,
      to: cseB,
      keys: provisioned().originator,
      sender: { send: async () => ({ responseStatusCode: 5103 }) },
      ...(options as Partial<EsPrimClientOptions>),
    });
  const wrong: [Json, RegExp][] = [
    [{ keys: undefined }, /keys or sender/],
    [{ sender: {} }, /keys or sender/],
    [{ encryption: 'A256CBC-HS512' }, /encryption/],
    [{ encryption: undefined }, /encryption/],
    [{ protection: 'Encryption' }, /protection/],
    [{ protection: undefined }, /protection/],
    [{ protection: 'none' }, /protection/],
    [{ sessionLifetime: 0 }, /sessionLifetime/],
    [{ sessionLifetime: Number.NaN }, /sessionLifetime/],
  ];
  for (const [options, message] of wrong)
    assert.throws(() => make(options), { code: 'OPTION_INVALID', message });
  for (const options of [{ from: 'Cae1' }, { to: '/cse-b' }, { to: 'x y' }])
    assert.throws(() => make(options), { code: 'REQUEST_INVALID' });
});

test('OPTION_INVALID: options of a handler that are none', () => {
  const make = (options: Json) =>
    new EsPrimHandler({
      id: cseB,
      keys: provisioned().receiver,
      dispatch: async () => ({ responseStatusCode: 2000 }),
      ...(options as Partial<EsPrimHandlerOptions>),
    });
  const wrong: [Json, RegExp][] = [
    [{ keys: {} }, /keys or dispatch/],
    [{ dispatch: undefined }, /keys or dispatch/],
    [{ encryptions: [] }, /encryptions/],
    [{ encryptions: ['A256GCM', 'A256CBC-HS512'] }, /encryptions/],
    [{ protections: [] }, /protections/],
    [{ protections: ['encryption', 'none'] }, /protections/],
  ];
  for (const [options, message] of wrong)
    assert.throws(() => make(options), { code: 'OPTION_INVALID', message });
  assert.throws(() => make({ id: 'cse-b' }), { code: 'REQUEST_INVALID' });
});

test('a response’s object is bounded before it is read', async () => {
  const lab = exchange();
  lab.between = async (request, on) =>
    securityInfoIn({ content: request.content }).sit === 5
      ? { responseStatusCode: 2000, content: contentOf('A'.repeat(90 * 1024 + 1)) }
      : on(request);
  await assert.rejects(lab.client.send(retrieve), { code: 'ESPRIM_MALFORMED', message: /at most 92160/ });
});

test('OPTION_INVALID: what is no request is not sent', async () => {
  const none = [null, 5, {}, { operation: 'foo', to: 'x' }, { operation: 'retrieve', to: 7 }];
  for (const each of none as never[]) {
    const lab = exchange();
    assert.equal(await codeOf(lab.client.send(each)), 'OPTION_INVALID');
    assert.deepEqual(lab.seen, []);
  }
});
