// Keys as the store has them: whose secret comes back, and whose does not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeyRing } from '../../src/endpoint/key-ring.ts';
import type { Sealer } from '../../src/endpoint/sealing.ts';
import { memory } from '../../src/endpoint/stores.ts';
import type { PairwiseE2EKey } from '../../src/keys/pairwise-e2e-key.ts';
import { separatedKeys } from '../../src/keys/protection-keys.ts';
import { cae1, complete, cseB, terminatingEndpoint } from './lab.ts';

const minute = 60_000;

/** A key ring with one key of a finished procedure in the named state, and how often a secret was opened. */
async function ringWith(key: PairwiseE2EKey, state: PairwiseE2EKey['state']) {
  const { store, sealer } = memory();
  const opened: string[] = [];
  const counting: Sealer = {
    seal: sealer.seal,
    open(row, sealed) {
      opened.push(row.id);
      return sealer.open(row, sealed);
    },
  };
  const ring = new KeyRing(cseB, { store, sealer: counting });
  await store.putKey({ ...ring.toRow(key), state });
  const both = async (now: Date) => {
    const found = await ring.find(key.id, now);
    const [listed] = await ring.list({ limit: 1 }, now);
    assert.deepEqual({ ...found, secret: null }, { ...listed, secret: null });
    return [found, listed] as const;
  };
  return { ring, store, opened, both };
}

for (const state of ['unconfirmed', 'active', 'superseded'] as const)
  test(`a key that is ${state} comes with its secret until its time is over, and without it from then on`, async t => {
    const key = await complete(terminatingEndpoint(t));
    const { both, opened } = await ringWith(key, state);
    const end = state === 'unconfirmed' ? key.confirmBy : key.expires;
    for (const found of await both(new Date(end.getTime() - 1))) {
      assert.equal(found?.state, state);
      assert.ok(found.secret?.equals(key.secret));
    }
    assert.equal(opened.length, 2);
    for (const found of await both(end)) {
      assert.equal(found?.state, 'expired');
      assert.equal(found.secret, null);
    }
    assert.equal(opened.length, 2);
  });

for (const state of ['revoked', 'expired'] as const)
  test(`a key that is ${state} comes without its secret, although the store has it still`, async t => {
    const key = await complete(terminatingEndpoint(t));
    const { both, opened } = await ringWith(key, state);
    for (const now of [key.created, key.expires])
      for (const found of await both(now)) {
        assert.equal(found?.state, state);
        assert.equal(found.secret, null);
        assert.deepEqual([found.entity, found.peer, found.suite], [key.entity, key.peer, key.suite]);
      }
    assert.deepEqual(opened, []);
  });

test('a key that is revoked, or swept after its time, is read without its secret from then on', async t => {
  const key = await complete(terminatingEndpoint(t));
  for (const [state, end] of [
    ['revoked', async ({ ring }: Awaited<ReturnType<typeof ringWith>>) => void (await ring.revoke(key.id))],
    [
      'expired',
      ({ store }: Awaited<ReturnType<typeof ringWith>>) => store.sweep(key.expires.getTime() + minute),
    ],
  ] as const) {
    const lab = await ringWith(key, 'active');
    await end(lab);
    assert.equal((await lab.store.key(cseB, key.id))?.sealed.length, 0);
    for (const found of await lab.both(key.created)) {
      assert.equal(found?.state, state);
      assert.equal(found.secret, null);
    }
  }
});

test('a key is found by the kid of its separated keys, as by its ID', async t => {
  const key = await complete(terminatingEndpoint(t));
  const { ring } = await ringWith(key, 'active');
  const kid = separatedKeys(key).id;
  for (const found of [kid, kid.toLowerCase()])
    assert.equal((await ring.findBySeparatedId(found, key.created))?.id, key.id);
  assert.equal(await ring.findBySeparatedId(key.id, key.created), null);
  assert.equal((await ring.findBySeparatedId(kid, key.expires))?.secret, null);
});

test('a key of before there were kids is found by its ID and by no kid', async t => {
  const key = await complete(terminatingEndpoint(t));
  const { ring, store } = await ringWith({ ...key, id: 'F'.repeat(32) }, 'active');
  await store.putKey({ ...ring.toRow(key), separatedId: '' });
  assert.equal((await ring.find(key.id, key.created))?.id, key.id);
  assert.equal(await ring.findBySeparatedId('', key.created), null);
});

test('the active key of an entity is one that is active now', async t => {
  const key = await complete(terminatingEndpoint(t));
  for (const state of ['unconfirmed', 'superseded', 'revoked', 'expired'] as const) {
    const { ring } = await ringWith(key, state);
    assert.equal(await ring.findActive(key.entity, key.created), null);
  }
  const { ring } = await ringWith(key, 'active');
  assert.equal((await ring.findActive(key.entity, key.created))?.id, key.id);
  assert.equal(await ring.findActive(cae1, key.created), null);
  assert.equal(await ring.findActive(key.entity, key.expires), null);
});

test('of several active keys one made with the export indicator goes first, then the newest', async t => {
  const key = await complete(terminatingEndpoint(t));
  const { ring, store } = await ringWith(key, 'expired');
  for (const [id, exportIndicator, age, earlier] of [
    ['A', true, 3, 0],
    ['B', true, 2, 0],
    ['C', false, 1, 0],
    ['D', true, 0, minute],
  ] as const) {
    const created = new Date(key.created.getTime() - age);
    const expires = new Date(key.expires.getTime() - earlier);
    const row = ring.toRow({ ...key, id: id.repeat(32), exportIndicator, created, expires });
    await store.putKey({ ...row, state: 'active' });
  }
  const foundAt = async (time: number) => (await ring.findActive(key.entity, new Date(time)))?.id[0];
  const end = key.expires.getTime();
  assert.deepEqual([await foundAt(end - minute - 1), await foundAt(end - minute)], ['D', 'B']);
});
