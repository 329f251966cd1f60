// Message authentication without encryption (a JWS with a key of its own): readable, whole, in order of nobody but each
// once. Nothing of it is in TS-0003 8.4, and nobody takes it unless he says so.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deriveEndToEndKeys } from '../../../src/keys/end-to-end.ts';
import { deriveSessionESPrimKey } from '../../../src/keys/session-esprim-key.ts';
import { provisionedKeys } from '../../../src/protection/esprim/keys.ts';
import {
  base64url,
  codeOf,
  contentOf,
  debugIn,
  type Hand,
  handWith,
  type Json,
  objectIn,
  securityInfoIn,
} from './hand.ts';
import { cae1, cseB, type Exchange, exchange, kpsa } from './lab.ts';

const retrieve = { operation: 'retrieve', to: '/cse-b/-/readable' } as const;
const both = { protections: ['encryption', 'authentication'] } as const;
const { messageAuthentication } = deriveEndToEndKeys(kpsa.master, kpsa.salt);

const authenticating = (options: Parameters<typeof exchange>[0] = {}): Exchange =>
  exchange({
    ...options,
    client: { protection: 'authentication' },
    handler: { ...both, ...options.handler },
  });

const partsOf = (object: string) =>
  object
    .split('.')
    .slice(0, 2)
    .map(part => JSON.parse(Buffer.from(part, 'base64url').toString()) as Json);

/** sessionESPrimKey of a hand's session, from the key for authentication. */
const keyOf = ({ receiverRand, originatorRand }: Hand) =>
  deriveSessionESPrimKey(
    messageAuthentication,
    'message authentication',
    Buffer.from(JSON.stringify(receiverRand)),
    Buffer.from(JSON.stringify(originatorRand)),
    32,
  );

test('a primitive that is authenticated only can be read by everybody, in both directions', async () => {
  const lab = authenticating();
  const response = await lab.client.send({ ...retrieve, requestIdentifier: 'inner-1' });
  assert.equal(response.responseStatusCode, 2000);
  const { request, response: answer } = lab.seen[1] ?? {};
  const [header, inner] = partsOf(objectIn(request ?? {}));
  assert.deepEqual(inner, { op: 2, to: '/cse-b/-/readable', fr: cae1, rqi: 'inner-1', rvi: '3' });
  assert.deepEqual(
    [header?.alg, header?.seq, header?.cty, header?.enc],
    ['HS256', 0, 'vnd.onem2m-preq+json', undefined],
  );
  const [answered] = partsOf(objectIn(answer ?? {}));
  assert.deepEqual([answered?.alg, answered?.seq, answered?.cty], ['HS256', 0, 'vnd.onem2m-prsp+json']);
  assert.equal(lab.dispatched[0]?.originator.protection, 'authentication');
});

test('objects are counted from 0 on, by either side', async () => {
  const lab = authenticating();
  for (let n = 0; n < 3; n++) await lab.client.send(retrieve);
  const numbers = lab.seen
    .slice(1)
    .map(({ request, response }) => [request, response].map(each => partsOf(objectIn(each))[0]?.seq));
  assert.deepEqual(numbers, [
    [0, 0],
    [1, 1],
    [2, 2],
  ]);
});

test('nobody takes it by default', async () => {
  const lab = exchange({ client: { protection: 'authentication' } });
  assert.equal(await codeOf(lab.client.send(retrieve)), 'ESPRIM_UNSUPPORTED_OPTION');
  assert.equal(lab.dispatched.length, 0);
});

test('who takes nothing else takes no encryption', async () => {
  const lab = exchange({ handler: { protections: ['authentication'] } });
  assert.equal(await codeOf(lab.client.send(retrieve)), 'ESPRIM_UNSUPPORTED_OPTION');
  assert.equal(lab.dispatched.length, 0);
});

test('in the literal profile one key has one use, encryption', async () => {
  const pairwiseESPrimKey = Buffer.alloc(32, 7);
  const keys = {
    originator: provisionedKeys([{ entity: cseB, id: 'x', pairwiseESPrimKey }]),
    receiver: provisionedKeys([{ entity: cae1, id: 'x', pairwiseESPrimKey }]),
  };
  assert.equal(await codeOf(authenticating({ keys }).client.send(retrieve)), 'ESPRIM_UNSUPPORTED_OPTION');
  // The receiver refuses by itself, whoever asks.
  const lab = exchange({ keys, handler: both });
  const hand = await handWith(lab, { kid: 'x' });
  const response = await lab.notify(contentOf(hand.signed(keyOf(hand))));
  assert.equal(debugIn(response).split(':')[0], 'ESPRIM_UNSUPPORTED_OPTION');
});

test('every bit of it is whole: header, primitive and MIC', async () => {
  const lab = authenticating();
  const hand = await handWith(lab);
  const object = hand.signed(keyOf(hand), { header: { oro: hand.originatorRand } });
  for (const [at, part] of object.split('.').entries()) {
    const bytes = Buffer.from(part, 'base64url');
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const response = await lab.notify(contentOf(object.split('.').with(at, base64url(changed)).join('.')));
      assert.ok(response.responseStatusCode >= 4000);
    }
  }
  assert.equal(lab.dispatched.length, 0);
  assert.equal((await lab.notify(contentOf(object))).responseStatusCode, 2000);
});

test('it is authenticated with a key of its own: neither the key for encryption, nor a MIC that is cut short', async () => {
  const lab = authenticating();
  const hand = await handWith(lab);
  const shortened = (parts: string[]) => parts.with(2, (parts[2] ?? '').slice(0, 8));
  for (const object of [
    hand.signed(hand.sessionKey()),
    hand.signed(Buffer.alloc(32)),
    hand.signed(keyOf(hand), { parts: shortened }),
    hand.signed(keyOf(hand), { parts: parts => parts.with(2, '') }),
  ]) {
    const response = await lab.notify(contentOf(object));
    assert.equal(debugIn(response).split(':')[0], 'ESPRIM_BAD_MAC', debugIn(response));
  }
  assert.equal(lab.dispatched.length, 0);
});

test('ESPRIM_UNSUPPORTED_OPTION: a JWS with another algorithm than HS256, or with what a JWE has', async () => {
  for (const header of [
    { alg: 'none' },
    { alg: 'HS512' },
    { alg: 'ES256' },
    { alg: 'dir' },
    { enc: 'A256GCM' },
    { b64: false, crit: ['b64'] },
    { jwk: {} },
  ] as Json[]) {
    const lab = authenticating();
    const hand = await handWith(lab);
    const response = await lab.notify(contentOf(hand.signed(keyOf(hand), { header })));
    assert.equal(debugIn(response).split(':')[0], 'ESPRIM_UNSUPPORTED_OPTION', JSON.stringify(header));
  }
});

test('ESPRIM_MALFORMED: without a number by which a replay is told', async () => {
  for (const seq of [undefined, null, -1, 1.5, '0', 2 ** 53, [0], {}]) {
    const lab = authenticating();
    const hand = await handWith(lab);
    const response = await lab.notify(contentOf(hand.signed(keyOf(hand), { header: { seq } })));
    assert.equal(debugIn(response).split(':')[0], 'ESPRIM_MALFORMED', JSON.stringify(seq));
  }
  const lab = authenticating();
  const hand = await handWith(lab);
  for (const at of [1, 2]) {
    const parts = (three: string[]) => three.with(at, `${three[at]}=`);
    const response = await lab.notify(contentOf(hand.signed(keyOf(hand), { parts })));
    assert.match(debugIn(response), /^ESPRIM_MALFORMED: the (payload|MIC) is not base64url/);
  }
});

test('a number is taken once, however the object is written; others may come in any order', async () => {
  const lab = authenticating();
  const hand = await handWith(lab);
  const key = keyOf(hand);
  const statuses: unknown[] = [];
  for (const seq of [7, 3, 7, 3, 0])
    statuses.push((await lab.notify(contentOf(hand.signed(key, { header: { seq } })))).responseStatusCode);
  assert.deepEqual(statuses, [2000, 2000, 4105, 4105, 2000]);
});

test('neither a request nor a response is taken for the other', async () => {
  const lab = authenticating();
  await lab.client.send(retrieve);
  const { response } = lab.seen[1] ?? {};
  const back = await lab.notify(contentOf(objectIn(response ?? {})));
  assert.equal(debugIn(back).split(':')[0], 'ESPRIM_MISDIRECTED');
  lab.between = async (request, on) =>
    securityInfoIn({ content: request.content }).sit === 5
      ? { responseStatusCode: 2000, content: request.content }
      : on(request);
  assert.equal(await codeOf(lab.client.send(retrieve)), 'ESPRIM_MISDIRECTED');
});
