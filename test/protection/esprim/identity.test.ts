// Who speaks: the inner From is the identity that the key is bound to (TS-0001 11.4.2, TS-0004 Table 7.6.2-1), and what
// else of an inner request counts or does not (TS-0004 7.6.2).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E2EKeyError } from '../../../src/errors.ts';
import type { ResponsePrimitive } from '../../../src/onem2m/primitive.ts';
import { provisionedKeys } from '../../../src/protection/esprim/keys.ts';
import {
  codeOf,
  contentOf,
  debugIn,
  Hand,
  handWith,
  type Json,
  objectIn,
  randOf,
  securityInfoIn,
} from './hand.ts';
import { cae1, cseB, exchange, kpsa, provisioned } from './lab.ts';

const retrieve = { operation: 'retrieve', to: '/cse-b/-/secret' } as const;
const somebodyElse: unknown[] = [
  '//m2m.example.com/cse-a/Cae2',
  '//m2m.example.com/cse-a',
  '//other.example.com/cse-a/Cae1',
  cseB,
  // Relative to the receiver, not to the originator.
  'Cae1',
  '/cse-b/Cae1',
  '/cse-a/Cae1/x',
  '//m2m.example.com/cse-a/cae1',
  'nobody at all',
  undefined,
];

test('ESPRIM_IMPERSONATION_ERROR, 4116: From of the inner request is somebody else, or missing', async () => {
  for (const fr of somebodyElse) {
    const lab = exchange();
    const hand = await handWith(lab);
    const object = hand.object({ inner: { fr } });
    const response = await lab.notify(contentOf(object));
    assert.equal(response.responseStatusCode, 4116, String(fr));
    assert.equal(lab.dispatched.length, 0);
    // The session is known: the error is secured (TS-0001 11.4.2 C.6a.1), and says nothing outside its object.
    assert.equal(debugIn(response), '');
    const { header, inner } = hand.open(objectIn(response));
    assert.equal(header.cty, 'vnd.onem2m-prsp+json');
    assert.equal(inner.rsc, 4116);
    assert.match((inner.pc as Json)['m2m:dbg'] as string, /^ESPRIM_IMPERSONATION_ERROR: From of the inner/);
    const again = await lab.notify(contentOf(object));
    assert.equal(debugIn(again).split(':')[0], 'ESPRIM_REPLAYED');
  }
});

test('every form of From that names the originator is taken, and dispatched as it came', async () => {
  for (const fr of [cae1, '/cse-a/Cae1', '//M2M.example.COM/cse-a/Cae1']) {
    const lab = exchange();
    const response = await lab.notify(contentOf((await handWith(lab)).object({ inner: { fr } })));
    assert.equal(response.responseStatusCode, 2000, fr);
    assert.deepEqual(
      lab.dispatched.map(({ request, originator }) => [request.from, originator.entity]),
      [[fr, cae1]],
    );
  }
});

test('ESPRIM_IMPERSONATION_ERROR: an originator whose key is bound to somebody else at the receiver is told, protected', async () => {
  const { originator } = provisioned();
  const receiver = provisionedKeys([{ entity: '//m2m.example.com/cse-a/Cae2', ...kpsa }]);
  const lab = exchange({ keys: { originator, receiver } });
  await assert.rejects(
    lab.client.send(retrieve),
    (error: unknown) =>
      error instanceof E2EKeyError &&
      error.code === 'ESPRIM_IMPERSONATION_ERROR' &&
      error.notice.rscReceived === 4116,
  );
  assert.equal(lab.dispatched.length, 0);
  // From anybody on the way it would be another matter: a response that is none.
  lab.between = async () => ({ responseStatusCode: 4116, content: contentOf('forged') });
  assert.equal(await codeOf(lab.client.send(retrieve)), 'ESPRIM_MALFORMED');
});

test('the outer From is nobody’s word: who speaks is told by the key', async () => {
  const lab = exchange();
  const response = await lab.notify(
    contentOf((await handWith(lab)).object()),
    '//m2m.example.com/cse-a/Cae9',
  );
  assert.equal(response.responseStatusCode, 2000);
  assert.equal(lab.dispatched[0]?.originator.entity, cae1);
});

test('the response type of an inner request says nothing (TS-0004 7.6.2 K)', async () => {
  for (const rtv of [1, 2, 3, 4, 5]) {
    const lab = exchange();
    const hand = await handWith(lab);
    const inner = { rt: { rtv, nu: ['http://127.0.0.1/'] }, ec: 2, da: true };
    const response = await lab.notify(contentOf(hand.object({ inner })));
    assert.equal(hand.open(objectIn(response)).inner.rsc, 2000);
    assert.equal(lab.dispatched.length, 1);
  }
});

test('the times of an inner request are those that count, and the refusal is protected', async () => {
  const cases: [Json, number][] = [
    [{ rqet: '20261122T115959' }, 4008],
    [{ rset: '20261122T115959' }, 4008],
    [{ rqet: '0', ot: '20261122T120000' }, 4008],
    [{ rqet: '60000', ot: '20261122T115900' }, 4008],
    [{ rqet: '60000', ot: '20261122T115901' }, 2000],
    [{ rqet: 'soon' }, 4000],
    [{ oet: '20261122T130000' }, 5001],
    [{ rvi: '99' }, 4001],
    [{ rqet: '20261122T120001', rset: '20261122T120001' }, 2000],
  ];
  for (const [times, rsc] of cases) {
    const lab = exchange();
    const hand = new Hand(await randOf(lab));
    const response = await lab.notify(contentOf(hand.object({ inner: times })));
    assert.equal(response.responseStatusCode, 2000);
    const { inner } = hand.open(objectIn(response));
    assert.equal(inner.rsc, rsc, JSON.stringify(times));
    assert.equal(lab.dispatched.length, rsc === 2000 ? 1 : 0);
    assert.equal(inner.rset, times.rset);
  }
});

test('a time from now on is counted from when the request was made, since whoever holds it back would put it off', async () => {
  for (const name of ['rqet', 'rset', 'oet']) {
    const lab = exchange();
    const hand = await handWith(lab);
    const response = await lab.notify(contentOf(hand.object({ inner: { [name]: '60000' } })));
    const { rsc, pc } = hand.open(objectIn(response)).inner;
    assert.equal(rsc, 4000);
    assert.match(JSON.stringify(pc), /REQUEST_INVALID: .* there is no Originating Timestamp/);
    assert.equal(lab.dispatched.length, 0);
  }
  const lab = exchange();
  const inner = { rset: '+60000', ot: '20261122T115959' };
  await lab.notify(contentOf((await handWith(lab)).object({ inner })));
  assert.equal(lab.dispatched[0]?.request.resultExpirationTimestamp, '20261122T120059');
});

test('what of an inner request has no member of ours is dispatched under its short name, and sent so', async () => {
  const lab = exchange();
  const others = { fc: { lbl: ['x'] }, tkns: ['a.b.c'] };
  await lab.client.send({ ...retrieve, others });
  assert.deepEqual(lab.dispatched[0]?.request.others, others);
});

test('a request that reads as a response as well is none when it is sent back', async () => {
  const lab = exchange();
  lab.between = async (request, on) =>
    securityInfoIn({ content: request.content }).sit === 5
      ? { responseStatusCode: 2000, content: request.content }
      : on(request);
  const code = await codeOf(lab.client.send({ ...retrieve, others: { rsc: 2000 } }));
  assert.equal(code, 'ESPRIM_MISDIRECTED');
});

test('OPTION_INVALID: a content that JSON has no form for', async () => {
  const lab = exchange();
  const loop: Record<string, unknown> = {};
  loop.self = loop;
  for (const content of [loop, 10n])
    assert.equal(await codeOf(lab.client.send({ ...retrieve, content })), 'OPTION_INVALID');
});

test('what does not open as a primitive is not quoted in the refusal, which everybody can read', async () => {
  const lab = exchange();
  const response = await lab.notify(
    contentOf((await handWith(lab)).object({ plaintext: '{"secret":"secret"}' })),
  );
  assert.equal(response.responseStatusCode, 5210);
  assert.ok(!JSON.stringify(response).includes('secret'));
});

test('what dispatching rejects with is told to us, and to the originator no more than that it failed', async () => {
  const failure = new Error('the secret of the database');
  const lab = exchange({ handler: { dispatch: () => Promise.reject(failure) } });
  const response = await lab.client.send(retrieve);
  assert.equal(response.responseStatusCode, 5000);
  assert.ok(!JSON.stringify(response).includes('database'));
  assert.deepEqual(lab.faults, [failure]);
});

test('what was dispatched and is no response, or has no form in JSON, is our failure and said under the key', async () => {
  const made = [
    {},
    { responseStatusCode: 'x' },
    { responseStatusCode: 7 },
    { responseStatusCode: 2000, content: 10n },
  ] as unknown as ResponsePrimitive[];
  for (const each of made) {
    const lab = exchange({ handler: { dispatch: async () => each } });
    assert.equal((await lab.client.send(retrieve)).responseStatusCode, 5000);
    assert.equal(lab.faults.length, 1);
  }
});

test('the response that is dispatched has the Request Identifier of its request, whatever was dispatched', async () => {
  const dispatch = async () => ({ responseStatusCode: 2004, requestIdentifier: 'of another', content: 1 });
  const lab = exchange({ handler: { dispatch } });
  const response = await lab.client.send({ ...retrieve, requestIdentifier: 'ours' });
  assert.deepEqual(
    [response.responseStatusCode, response.requestIdentifier, response.content],
    [2004, 'ours', 1],
  );
});
