// Bounds on what a message 3 costs that anybody may send: places while the store of pre-shared keys takes its time, how
// often that is asked, how many pending handshakes are tried, and that nothing is left behind.
import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { Peers } from '../../src/certificates/trust.ts';
import type { Endpoint } from '../../src/endpoint/endpoint.ts';
import { memory, type SealedStore } from '../../src/endpoint/stores.ts';
import type { PresharedKeys } from '../../src/endpoint/supplying.ts';
import { encodeState, type State } from '../../src/handshake/state.ts';
import { beginWith, presharedKeys, presharedKinds, pskIdentity, pskPeer } from './kinds.ts';
import {
  begin,
  cae1,
  type LabOptions,
  type ProcedureOptions,
  refusal,
  terminatingEndpoint,
  watched,
} from './lab.ts';
import { withFlippedEnd } from './refusals.ts';

const kind = presharedKinds[0] ?? assert.fail();
const otherIdentity: ProcedureOptions = {
  peers: new Peers([{ ...pskPeer.cseB, pskIdentity: 'KpsaId-Cae9' }]),
};
const otherKey: ProcedureOptions = { presharedKey: createSecretKey(Buffer.alloc(32, 9)) };

/** An end-point with pre-shared keys, what its key store was asked for, and how many pending handshakes were opened. */
function counting(t: TestContext, options: LabOptions = {}, find: PresharedKeys = presharedKeys) {
  const asked: string[] = [];
  const { store, sealer } = memory();
  let opened = 0;
  const countingStore: SealedStore = {
    store,
    sealer: {
      ...sealer,
      open(row, sealed) {
        if (row.table === 'pending') opened += 1;
        return sealer.open(row, sealed);
      },
    },
  };
  const endpoint = terminatingEndpoint(t, {
    ...kind.terminating,
    store: countingStore,
    presharedKey: identity => {
      asked.push(identity);
      return find(identity);
    },
    ...options,
  });
  return { endpoint, asked, opened: () => opened };
}

/** Messages 1 of others under the same From, and then a message 3. */
async function behind(endpoint: Endpoint, others: number, options: ProcedureOptions = {}) {
  const procedure = beginWith(kind, options);
  const message2 = await endpoint.answer(cae1, procedure.message1);
  for (let n = 0; n < others; n++) await endpoint.answer(cae1, beginWith(kind).message1);
  return { procedure, message3: procedure.message3(message2) };
}

test('a flood of messages 3 that waits for a slow key store is bounded, and takes no place of message 1', async t => {
  const answered = Promise.withResolvers<void>();
  const { endpoint, asked } = counting(
    t,
    { limits: { perEndpoint: 9, perHop: 9, perOriginator: 2 } },
    async identity => {
      await answered.promise;
      return presharedKeys(identity);
    },
  );
  const { procedure, message3 } = await behind(endpoint, 0);
  const honest = endpoint.answer(cae1, message3);
  const forged = assert.rejects(
    endpoint.answer(cae1, withFlippedEnd(message3)),
    refusal('RECORD_UNAUTHENTIC'),
  );
  const oneMore = Uint8Array.from(message3).with(-2, (message3.at(-2) ?? 0) ^ 1);
  await assert.rejects(endpoint.answer(cae1, oneMore), refusal('TOO_MANY_PENDING', /perOriginator/));
  await endpoint.answer(cae1, beginWith(kind).message1);
  answered.resolve();
  procedure.finish(await honest);
  await forged;
  assert.equal(asked.length, 2);
  // Their places are free again.
  await assert.rejects(endpoint.answer(cae1, oneMore), refusal('RECORD_UNAUTHENTIC'));
});

test('a flood of messages 1 that waits for a slow signer takes no place of message 3', async t => {
  const signing = Promise.withResolvers<void>();
  let slow = false;
  const { credential } = watched('cse-b', async () => slow && signing.promise);
  const limits = { perEndpoint: 9, perHop: 9, perOriginator: 2 };
  const endpoint = terminatingEndpoint(t, { credential, limits });
  const procedure = begin();
  const message3 = procedure.message3(await endpoint.answer(cae1, procedure.message1));
  slow = true;
  const waiting = [begin(), begin()].map(({ message1 }) => endpoint.answer(cae1, message1));
  procedure.finish(await endpoint.answer(cae1, message3));
  signing.resolve();
  await Promise.all(waiting);
});

for (const [how, find] of [
  ['at once', presharedKeys],
  ['later', async (identity: string) => presharedKeys(identity)],
] as const)
  test(`the key store, which answers ${how}, is asked once for a message 3, however many handshakes are pending`, async t => {
    const { endpoint, asked, opened } = counting(t, {}, find);
    const { message3 } = await behind(endpoint, 3, otherKey);
    await assert.rejects(endpoint.answer(cae1, message3), refusal('RECORD_UNAUTHENTIC'));
    assert.deepEqual([asked, opened()], [[pskIdentity], 4]);
    // Another message 3 is another question: a key may have come meanwhile.
    const honest = await behind(endpoint, 0);
    honest.procedure.finish(await endpoint.answer(cae1, honest.message3));
    assert.deepEqual(asked, [pskIdentity, pskIdentity]);
  });

test('an identity that is in no entry is refused at the first pending handshake, and nobody is asked (RFC 4279 §2)', async t => {
  const { endpoint, asked, opened } = counting(t);
  const { message3 } = await behind(endpoint, 3, otherIdentity);
  await assert.rejects(endpoint.answer(cae1, message3), refusal('PSK_UNKNOWN', /no peer has/));
  assert.deepEqual([asked, opened()], [[], 1]);
});

test('an identity whose key is not there is refused at the first pending handshake (RFC 4279 §2)', async t => {
  const { endpoint, asked, opened } = counting(t, {}, () => null);
  const { message3 } = await behind(endpoint, 3);
  await assert.rejects(endpoint.answer(cae1, message3), refusal('PSK_UNKNOWN', /there is no pre-shared key/));
  assert.deepEqual([asked, opened()], [[pskIdentity], 1]);
});

test('a key store that fails ends message 3 at the first pending handshake', async t => {
  const { endpoint, asked, opened } = counting(t, {}, () => assert.fail('no key store'));
  const { message3 } = await behind(endpoint, 3);
  await assert.rejects(endpoint.answer(cae1, message3), refusal('STORE_FAILED'));
  assert.deepEqual([asked, opened()], [[pskIdentity], 1]);
});

test('where unknown identities are hidden, one costs as many tries as a wrong key, and hides no honest handshake (RFC 4279 §2)', async t => {
  for (const stranger of [otherIdentity, otherKey]) {
    const { endpoint, asked, opened } = counting(t, { hideUnknownPskIdentities: true });
    const { message3 } = await behind(endpoint, 3, stranger);
    await assert.rejects(endpoint.answer(cae1, message3), { code: 'PSK_UNKNOWN', alert: 51 });
    assert.deepEqual([asked.length, opened()], [1, 4]);
    const honest = await behind(endpoint, 1);
    honest.procedure.finish(await endpoint.answer(cae1, honest.message3));
  }
});

test('a stored handshake that waits for something else than message 3 is STORE_FAILED', async t => {
  const procedure = begin();
  let stored: State | null = null;
  const { store, sealer } = memory();
  const open: typeof sealer.open = (row, sealed) =>
    row.table === 'pending' && stored ? encodeState(stored) : sealer.open(row, sealed);
  const endpoint = terminatingEndpoint(t, { store: { store, sealer: { ...sealer, open } } });
  const message3 = procedure.message3(await endpoint.answer(cae1, procedure.message1));
  stored = procedure.state;
  await assert.rejects(endpoint.answer(cae1, message3), refusal('STORE_FAILED'));
  stored = null;
  procedure.finish(await endpoint.answer(cae1, message3));
});

test('no timer is left once message 1 and message 3 are answered or refused', async t => {
  const timers = () => process.getActiveResourcesInfo().filter(name => name === 'Timeout').length;
  const before = timers();
  const { endpoint } = counting(t);
  const { procedure, message3 } = await behind(endpoint, 0);
  assert.equal(timers(), before);
  await assert.rejects(endpoint.answer(cae1, withFlippedEnd(message3)));
  assert.equal(timers(), before);
  procedure.finish(await endpoint.answer(cae1, message3));
  assert.equal(timers(), before);
  const { credential } = watched('cse-b', () => Promise.reject(new Error('no signature')));
  await assert.rejects(terminatingEndpoint(t, { credential }).answer(cae1, begin().message1));
  assert.equal(timers(), before);
});
