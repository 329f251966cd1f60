// Which key protects, and which one opens (TS-0003 8.4.2 A, C.6a): keys that an Endpoint has made, in every state of their
// life and in both profiles, and keys that were provisioned.
import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import type { Endpoint } from '../../../src/endpoint/endpoint.ts';
import type { StoredKey } from '../../../src/endpoint/key-ring.ts';
import type { Sealer } from '../../../src/endpoint/sealing.ts';
import { memory } from '../../../src/endpoint/stores.ts';
import { separatedKeys } from '../../../src/keys/protection-keys.ts';
import { keyFor, purposeOf } from '../../../src/keys/purpose.ts';
import { notifyCarrier } from '../../../src/onem2m/notify-carrier.ts';
import { requestHandler } from '../../../src/onem2m/request-handler.ts';
import { endpointKeys, type KeyHolder, provisionedKeys } from '../../../src/protection/esprim/keys.ts';
import { readOriginatorRand, readReceiverRand } from '../../../src/protection/esprim/rand-object.ts';
import { Session } from '../../../src/protection/esprim/session.ts';
import { directSender } from '../../../src/testing/direct-sender.ts';
import { fixedClock, initiatingEndpoint, stores, terminatingEndpoint } from '../../endpoint/lab.ts';
import { codeOf, contentOf, debugIn, Hand, objectIn, randOf, securityInfoIn } from './hand.ts';
import { cae1, cseB, established, exchange, keysOf, kpsa, provisioned } from './lab.ts';

const retrieve = { operation: 'retrieve', to: '/cse-b/-/secret' } as const;
const hour = 3_600_000;

const stateOf = async (endpoint: Endpoint, id: string) => (await endpoint.key(id))?.state;

/** Two Endpoints with a key, which both have, and one clock. */
async function ends(t: TestContext) {
  const clock = fixedClock();
  const made = await established(t, { clock });
  const [key] = await made.terminating.keys();
  assert.ok(key?.secret != null);
  return { ...made, clock, key, kid: separatedKeys({ id: key.id, secret: key.secret }).id };
}

/** Makes another key between them. */
async function again({ initiating, terminating }: { initiating: Endpoint; terminating: Endpoint }) {
  const handler = requestHandler({ endpoint: terminating, targets: [terminating.id] });
  const sender = directSender(request => handler.answer(request, { hop: 'test' }));
  return initiating.establish(terminating.id, notifyCarrier(sender));
}

test('separated: the kid is not pairwiseE2EKeyID, and the keys are for ESPrim and for nothing else', async t => {
  const { initiating, key, kid } = await ends(t);
  const current = await endpointKeys(initiating).current(cseB);
  assert.deepEqual([current.id, current.entity], [kid, cseB]);
  assert.notEqual(kid, key.id);
  assert.deepEqual(
    [purposeOf(current.secret), current.authentication && purposeOf(current.authentication)],
    ['ESPrim', 'message authentication'],
  );
});

test('literal: pairwiseE2EKey itself under its own ID, without a key to authenticate only', async t => {
  const { initiating, terminating, key } = await ends(t);
  const originator = endpointKeys(initiating, { profile: 'literal' });
  const receiver = endpointKeys(terminating, { profile: 'literal' });
  const current = await originator.current(cseB);
  assert.deepEqual([current.id, current.authentication], [key.id, null]);
  assert.deepEqual(current.secret.export(), key.secret?.export());
  assert.equal(
    (await exchange({ keys: { originator, receiver } }).client.send(retrieve)).responseStatusCode,
    2000,
  );
  assert.equal(await stateOf(terminating, key.id), 'active');
});

test('a kid of one profile is an unknown key in the other, and not a bad MAC', async t => {
  const both = await ends(t);
  for (const [one, other] of [
    ['literal', 'separated'],
    ['separated', 'literal'],
  ] as const) {
    const originator = endpointKeys(both.initiating, { profile: one });
    const receiver = endpointKeys(both.terminating, { profile: other });
    const lab = exchange({ keys: { originator, receiver } });
    assert.equal(await codeOf(lab.client.send(retrieve)), 'ESPRIM_UNKNOWN_KEY_ID');
    assert.equal(await stateOf(both.terminating, both.key.id), 'unconfirmed');
  }
});

test('a kid is found in upper and lower case, and nothing else is', async t => {
  const { terminating, key, kid } = await ends(t);
  const keys = endpointKeys(terminating);
  for (const found of [kid, kid.toLowerCase()]) assert.equal((await keys.find(found))?.id, kid);
  for (const none of [key.id, '', '%', `${kid} `, kid.slice(1)]) assert.equal(await keys.find(none), null);
});

test('KEY_UNCONFIRMED: a key that the other side may not have protects nothing, and opens', async t => {
  const { terminating, kid } = await ends(t);
  const keys = endpointKeys(terminating);
  assert.equal(await codeOf(keys.current(cae1)), 'KEY_UNCONFIRMED');
  const key = await keys.find(kid);
  assert.equal(key?.entity, cae1);
  if (key !== null) await keys.opened(key);
  assert.equal((await keys.current(cae1)).id, kid);
});

test('an object that does not open leaves an unconfirmed key as it is', async t => {
  const both = await ends(t);
  const lab = exchange({ keys: keysOf(both) });
  const rand = await randOf(lab);
  const forged = new Hand(rand, { kid: both.kid, secret: createSecretKey(Buffer.alloc(32)) });
  const response = await lab.notify(contentOf(forged.object()));
  assert.equal(debugIn(response).split(':')[0], 'ESPRIM_BAD_MAC');
  assert.equal(await stateOf(both.terminating, both.key.id), 'unconfirmed');
});

test('nor does one with the From of somebody else make it active', async t => {
  const both = await ends(t);
  const lab = exchange({ keys: keysOf(both) });
  const secret = (await endpointKeys(both.initiating).current(cseB)).secret;
  const hand = new Hand(await randOf(lab), { kid: both.kid, secret });
  const response = await lab.notify(contentOf(hand.object({ inner: { fr: cseB } })));
  assert.equal(response.responseStatusCode, 4116);
  assert.equal(await stateOf(both.terminating, both.key.id), 'unconfirmed');
});

for (const [what, code, state, end] of [
  ['revoked', 'KEY_REVOKED', 'revoked', both => both.terminating.revoke(both.key.id)],
  ['past its lifetime', 'KEY_EXPIRED', 'expired', async both => both.clock.advance(400 * 24 * hour)],
] as const satisfies readonly (readonly [
  string,
  string,
  string,
  (both: Awaited<ReturnType<typeof ends>>) => Promise<unknown>,
])[])
  test(`${code}, 4112: a key that is ${what} opens nothing and protects nothing`, async t => {
    const both = await ends(t);
    const keys = keysOf(both);
    const lab = exchange({ keys, client: { sessionLifetime: 999 * 24 * hour } });
    assert.equal((await lab.client.send(retrieve)).responseStatusCode, 2000);
    const { secret } = await keys.originator.current(cseB);
    await end(both);
    // The session has not expired, but its key is no more.
    const hand = new Hand(await randOf(lab), { kid: both.kid, secret });
    const response = await lab.notify(contentOf(hand.object()));
    assert.deepEqual([response.responseStatusCode, debugIn(response).split(':')[0]], [4112, code]);
    assert.equal(lab.dispatched.length, 1);
    assert.equal(await codeOf(keys.receiver.current(cae1)), code);
    assert.equal(await stateOf(both.terminating, both.key.id), state);
  });

test('KEY_REVOKED: a session that runs ends with its key, on either side', async t => {
  for (const side of ['terminating', 'initiating'] as const) {
    const both = await ends(t);
    const lab = exchange({ keys: keysOf(both) });
    await lab.client.send(retrieve);
    await both[side].revoke(both.key.id);
    assert.equal(await codeOf(lab.client.send(retrieve)), 'KEY_REVOKED');
    assert.equal(lab.dispatched.length, 1);
  }
});

test('KEY_EXPIRED, 4112: an unconfirmed key that nobody has used in time (confirmBy)', async t => {
  const both = await ends(t);
  const lab = exchange({ keys: keysOf(both) });
  both.clock.advance(11 * 60_000);
  assert.equal(await codeOf(lab.client.send(retrieve)), 'KEY_EXPIRED');
  assert.deepEqual([lab.dispatched.length, await stateOf(both.terminating, both.key.id)], [0, 'expired']);
});

test('a key that lapsed or was revoked while its object was opened dispatches nothing', async t => {
  for (const [end, code] of [
    [(both: Awaited<ReturnType<typeof ends>>) => both.terminating.revoke(both.key.id), 'KEY_REVOKED'],
    [async (both: Awaited<ReturnType<typeof ends>>) => both.clock.advance(11 * 60_000), 'KEY_EXPIRED'],
    [
      async (both: Awaited<ReturnType<typeof ends>>) => {
        both.clock.advance(11 * 60_000);
        await both.terminating.sweep();
      },
      'KEY_EXPIRED',
    ],
  ] as const) {
    const both = await ends(t);
    const { originator, receiver } = keysOf(both);
    const find = async (kid: string) => {
      const key = await receiver.find(kid);
      await end(both);
      return key;
    };
    const lab = exchange({ keys: { originator, receiver: { ...receiver, find } } });
    assert.equal(await codeOf(lab.client.send(retrieve)), code);
    assert.equal(lab.dispatched.length, 0);
  }
});

test('of two objects that open at the same time under a key that was revoked meanwhile none is dispatched', async t => {
  const both = await ends(t);
  const { originator, receiver } = keysOf(both);
  const { secret } = await originator.current(cseB);
  const revoked = Promise.withResolvers<void>();
  let found = 0;
  const find = async (kid: string) => {
    const key = await receiver.find(kid);
    if (++found === 2) {
      await both.terminating.revoke(both.key.id);
      revoked.resolve();
    }
    await revoked.promise;
    return key;
  };
  const lab = exchange({ keys: { originator, receiver: { ...receiver, find } } });
  const hand = new Hand(await randOf(lab), { kid: both.kid, secret });
  const objects = [hand.object(), hand.object()];
  const responses = await Promise.all(objects.map(object => lab.notify(contentOf(object))));
  for (const response of responses) assert.equal(debugIn(response).split(':')[0], 'KEY_REVOKED');
  assert.equal(lab.dispatched.length, 0);
});

test('the other way round the same key serves: who terminated the procedure sends requests', async t => {
  const both = await ends(t);
  await exchange({ keys: keysOf(both) }).client.send(retrieve);
  const { originator, receiver } = keysOf(both);
  const lab = exchange({
    handler: { id: cae1, keys: originator },
    client: { from: cseB, to: cae1, keys: receiver },
  });
  lab.between = request => lab.handler.answer(request);
  assert.equal((await lab.client.send({ ...retrieve, to: '-' })).responseStatusCode, 2000);
  assert.deepEqual(
    lab.dispatched.map(({ originator: { entity } }) => entity),
    [cseB],
  );
});

test('a superseded key opens what is on its way, and protects nothing more', async t => {
  const both = await ends(t);
  const keys = keysOf(both);
  const lab = exchange({ keys });
  await lab.client.send(retrieve);
  const { secret } = await keys.originator.current(cseB);
  const late = new Hand(await randOf(lab), { kid: both.kid, secret });

  both.clock.advance(1000);
  const next = await again(both);
  assert.equal((await lab.client.send(retrieve)).responseStatusCode, 2000);
  assert.equal(await stateOf(both.terminating, next.id), 'active');
  assert.equal(await stateOf(both.terminating, both.key.id), 'superseded');

  const response = await lab.notify(contentOf(late.object()));
  assert.equal(response.responseStatusCode, 2000, debugIn(response));
  const kids = lab.seen
    .filter(({ request }) => securityInfoIn({ content: request.content }).sit === 5)
    .map(
      ({ request }) =>
        JSON.parse(Buffer.from(objectIn(request).split('.')[0] ?? '', 'base64url').toString()).kid,
    );
  assert.deepEqual(
    kids.map(kid => kid === both.kid),
    [true, false, true],
  );
  assert.notEqual((await keys.receiver.current(cae1)).id, both.kid);
});

test('a key that becomes active at the other side meanwhile is no failure', async t => {
  const both = await ends(t);
  const keys = keysOf(both);
  const hands = exchange({ keys });
  const { secret } = await keys.originator.current(cseB);
  const hand = new Hand(await randOf(hands), { kid: both.kid, secret });
  const objects = Array.from({ length: 5 }, () => hand.object());
  const responses = await Promise.all(objects.map(object => hands.notify(contentOf(object))));
  assert.deepEqual(
    responses.map(({ responseStatusCode }) => responseStatusCode),
    Array(5).fill(2000),
  );
  assert.equal(await stateOf(both.terminating, both.key.id), 'active');
});

test('of two processes on one store each finds the key that the other has confirmed', async t => {
  const open = stores.SQLite?.(t);
  assert.ok(open !== undefined);
  const clock = fixedClock();
  const initiating = initiatingEndpoint(t, { clock });
  const one = terminatingEndpoint(t, { clock, store: open() });
  const other = terminatingEndpoint(t, { clock, store: open() });
  await again({ initiating, terminating: one });
  const originator = endpointKeys(initiating);
  const lab = exchange({ keys: { originator, receiver: endpointKeys(other) } });
  assert.equal((await lab.client.send(retrieve)).responseStatusCode, 2000);
  assert.equal((await endpointKeys(one).current(cae1)).id, (await originator.current(cseB)).id);
  await one.revoke((await one.keys())[0]?.id ?? '');
  assert.equal(await codeOf(lab.client.send(retrieve)), 'KEY_REVOKED');
});

test('the secret of a key is unsealed once, however many primitives it protects, and its state looked at each time', async t => {
  const { store, sealer } = memory();
  let opened = 0;
  const counting: Sealer = {
    seal: (row, secret) => sealer.seal(row, secret),
    open: (row, sealed) => {
      if (row.table === 'key') opened++;
      return sealer.open(row, sealed);
    },
  };
  const made = await established(t, { store: { store, sealer: counting } });
  const { client } = exchange({ keys: keysOf(made) });
  opened = 0;
  for (let n = 0; n < 5; n++) assert.equal((await client.send(retrieve)).responseStatusCode, 2000);
  assert.equal(opened, 2);
  const [key] = await made.terminating.keys();
  await made.terminating.revoke(key?.id ?? '');
  assert.equal(await codeOf(client.send(retrieve)), 'KEY_REVOKED');
});

test('KEY_UNKNOWN: no key with an entity', async t => {
  const { initiating } = await ends(t);
  assert.equal(await codeOf(endpointKeys(initiating).current('//m2m.example.com/cse-x')), 'KEY_UNKNOWN');
  assert.equal(await codeOf(provisioned().originator.current('//m2m.example.com/cse-x')), 'KEY_UNKNOWN');
});

test('of 2000 keys that are used one after the other 1024 derived ones are remembered, each right', async () => {
  const secretOf = (n: number) => createSecretKey(Buffer.alloc(32, n % 251));
  const stored = (n: number) =>
    ({
      id: n.toString(16).padStart(32, '0').toUpperCase(),
      entity: cae1,
      state: 'active',
      secret: secretOf(n),
    }) as StoredKey;
  const holder: KeyHolder = {
    key: async id => stored(Number.parseInt(id, 16)),
    keyBySeparatedId: async () => null,
    activeKey: async entity => stored(Number(entity)),
    keys: async () => [],
    confirm: async () => true,
  };
  const keys = endpointKeys(holder, { profile: 'literal' });
  const first = await keys.current('0');
  assert.equal(await keys.current('0'), first);
  for (let n = 1; n < 2000; n++)
    assert.deepEqual((await keys.current(String(n))).secret.export(), secretOf(n).export());
  const anew = await keys.current('0');
  assert.notEqual(anew, first);
  assert.deepEqual(anew.secret.export(), first.secret.export());
});

test('provisioned keys are found by entity and by kid, and are one for each', async () => {
  const key = Buffer.alloc(32, 7);
  const keys = provisionedKeys([
    { entity: cae1, ...kpsa },
    { entity: cseB, id: 'our-own', pairwiseESPrimKey: key },
  ]);
  const derived = await keys.current(cae1);
  assert.equal(await keys.find(derived.id), derived);
  const literal = await keys.find('our-own');
  assert.equal(await keys.current(cseB), literal);
  assert.deepEqual([literal?.secret.export(), literal?.authentication], [key, null]);
  assert.equal(await keys.find('unknown'), null);
  await keys.opened(derived);
});

test('a salt that is absent is that of RFC 5869 §2.2, zeros', async () => {
  const { master } = kpsa;
  const [absent, zeros] = [{}, { salt: new Uint8Array(32) }].map(salt =>
    provisionedKeys([{ entity: cae1, master, ...salt }]).current(cae1),
  );
  assert.equal((await absent)?.id, (await zeros)?.id);
});

test('OPTION_INVALID: two provisioned keys with one entity or one kid, and keys that are too short', () => {
  const entity = cae1;
  const pairwiseESPrimKey = Buffer.alloc(32, 7);
  for (const wrong of [
    [
      { entity, ...kpsa },
      { entity: '//M2M.example.com/cse-a/Cae1', id: 'x', pairwiseESPrimKey },
    ],
    [
      { entity, id: 'x', pairwiseESPrimKey },
      { entity: cseB, id: 'x', pairwiseESPrimKey },
    ],
    [{ entity, master: Buffer.alloc(15) }],
    [{ entity, id: 'x', pairwiseESPrimKey: Buffer.alloc(15) }],
  ])
    assert.throws(() => provisionedKeys(wrong), { code: 'OPTION_INVALID' });
  assert.throws(() => provisionedKeys([{ entity: 'Cae1', ...kpsa }]), { code: 'REQUEST_INVALID' });
});

test('KEY_PURPOSE_WRONG: a key that was made for something else is provisioned for nothing, and has no session', () => {
  const other = keyFor('ESData encryption', Buffer.alloc(32, 7));
  for (const wrong of [
    { entity: cae1, id: 'x', pairwiseESPrimKey: other },
    { entity: cae1, master: other },
  ])
    assert.throws(() => provisionedKeys([wrong]), { code: 'KEY_PURPOSE_WRONG' });
  const rand = { esri: 'u.r1', esrv: 'x0', esrx: '20300101T000000', espa: [12] };
  const terms = {
    encryption: 'A256GCM',
    receiverRand: readReceiverRand({ ...rand, esks: [1] }, 0),
    originatorRand: readOriginatorRand({ ...rand, esk: 1 }, 0),
  } as const;
  const esprim = keyFor('ESPrim', Buffer.alloc(32, 7));
  const authentication = keyFor('message authentication', Buffer.alloc(32, 7));
  for (const [protection, secret, own] of [
    ['encryption', other, authentication],
    ['encryption', authentication, authentication],
    ['encryption', createSecretKey(Buffer.alloc(32)), authentication],
    ['authentication', esprim, esprim],
    ['authentication', esprim, other],
  ] as const) {
    const key = { id: 'x', entity: cae1, secret, authentication: own };
    // A key of the wrong type does not compile; at run time it is refused as well.
    assert.throws(() => new Session({ ...terms, protection, key: key as never }), {
      code: 'KEY_PURPOSE_WRONG',
    });
  }
});
