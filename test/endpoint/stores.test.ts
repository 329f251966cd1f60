// One suite for every store, then what only the SQLite store promises.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createSecretKey } from 'node:crypto';
import { once } from 'node:events';
import fs, { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { memoryStore } from '../../src/endpoint/memory-store.ts';
import { sqliteStore } from '../../src/endpoint/sqlite-store.ts';
import {
  type AnswerRow,
  type KeyRow,
  keyKeptAfterExpiry,
  type PendingLimits,
  type PendingRow,
  type StatusRow,
  type Store,
} from '../../src/endpoint/store.ts';
import { sqlite } from '../../src/endpoint/stores.ts';
import { E2EKeyError, type FaultCode } from '../../src/errors.ts';
import type { KeyState } from '../../src/keys/pairwise-e2e-key.ts';

const folder = mkdtempSync(join(tmpdir(), 'e2ekey-stores-'));
after(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
const newFile = () => join(folder, `${++files}.db`);

const t0 = 1_800_000_000_000;
const endpoint = '//m2m.example.com/cse-b';
const elsewhere = '//m2m.example.com/cse-c';
const entity = '//m2m.example.com/cse-a/Cae1';
const hop = 'the neighbour';
const roomy: PendingLimits = { perEndpoint: 1000, perHop: 1000, perOriginator: 1000 };

const id = (n: number) => n.toString(16).padStart(32, '0');
const digest = (n: number) => n.toString(16).padStart(64, '0');
const answer = (n: number, but: Partial<AnswerRow> = {}): AnswerRow => ({
  digest: digest(n),
  endpoint,
  sealed: Uint8Array.of(1, n),
  expires: t0 + 1000,
  ...but,
});
const pending = (n: number, but: Partial<PendingRow> = {}): PendingRow => ({
  id: id(n),
  endpoint,
  originator: entity,
  hop,
  procedure: '',
  expires: t0 + 1000,
  sealed: Uint8Array.of(2, n),
  ...but,
});
const key = (n: number, but: Partial<KeyRow> = {}): KeyRow => ({
  id: id(n).toUpperCase(),
  separatedId: id(n + 100).toUpperCase(),
  endpoint,
  entity,
  state: 'unconfirmed',
  exportIndicator: true,
  created: t0,
  confirmBy: t0 + 600,
  expires: t0 + 5000,
  details: '{"role":"terminating"}',
  sealed: Uint8Array.of(3, n),
  ...but,
});
const number = (n: number) => n.toString(16).padStart(40, '0');
const status = (n: number, but: Partial<StatusRow> = {}): StatusRow => ({
  endpoint,
  kind: 'crl',
  id: digest(1),
  number: number(n),
  thisUpdate: t0 + n,
  nextUpdate: t0 + 1000,
  fetched: t0 + n,
  der: Uint8Array.of(4, n),
  ...but,
});
const statusesOf = async (store: Store, after = 0) =>
  (await store.statuses(endpoint, after)).map(({ revision: _, ...row }) => row);
const nothing = new Uint8Array(0);
const sought = { endpoint, originator: entity, hop, procedure: '' };

const refusal =
  (code: FaultCode, words = /./) =>
  (error: unknown) =>
    error instanceof E2EKeyError && error.code === code && words.test(error.message);

/** Writes rows as a completed request does; each call is another request. */
let requests = 1_000_000;
const write = (store: Store, rows: { pending?: PendingRow; key?: KeyRow }, limits = roomy, now = t0) =>
  store.complete({ answer: answer(++requests), ...rows }, limits, now);
const stateOf = async (store: Store, n: number) => (await store.key(endpoint, id(n).toUpperCase()))?.state;
const ids = (rows: { id: string }[]) => rows.map(row => Number.parseInt(row.id, 16));

function storeSuite(kind: string, open: () => Store): void {
  const rule = (name: string, body: (store: Store, t: TestContext) => Promise<void>) =>
    test(`${kind}: ${name}`, async t => {
      const store = open();
      t.after(() => store.close());
      await body(store, t);
    });

  rule('one of many callers claims a request, the others find it in hand', async store => {
    const claims = await Promise.all(Array.from({ length: 20 }, () => store.claim(digest(1), t0, 100)));
    assert.equal(claims.filter(({ claim }) => claim === 'ours').length, 1);
    assert.equal(claims.filter(({ claim }) => claim === 'in hand').length, 19);
    assert.deepEqual(await store.claim(digest(2), t0, 100), { claim: 'ours' });
  });

  rule('a claim goes to the next caller when its lease has run out, and not before', async store => {
    await store.claim(digest(1), t0, 100);
    assert.equal((await store.claim(digest(1), t0 + 99, 100)).claim, 'in hand');
    assert.equal((await store.claim(digest(1), t0 + 100, 100)).claim, 'ours');
    assert.equal((await store.claim(digest(1), t0 + 199, 100)).claim, 'in hand');
  });

  rule('an abandoned request may be claimed again', async store => {
    await store.claim(digest(1), t0, 100);
    await store.abandon(digest(1));
    await store.abandon(digest(7));
    assert.equal((await store.claim(digest(1), t0, 100)).claim, 'ours');
  });

  rule('the same bytes get the same answer until it expires', async store => {
    await store.claim(digest(1), t0, 100);
    assert.deepEqual(await store.complete({ answer: answer(1) }, roomy, t0), answer(1));
    assert.deepEqual(await store.claim(digest(1), t0 + 999, 100), { claim: 'answered', answer: answer(1) });
    assert.deepEqual(await store.claim(digest(1), t0 + 1000, 100), { claim: 'ours' });
    const second = answer(1, { sealed: Uint8Array.of(9), expires: t0 + 3000 });
    await store.complete({ answer: second }, roomy, t0 + 1000);
    assert.deepEqual(await store.claim(digest(1), t0 + 1001, 100), { claim: 'answered', answer: second });
  });

  rule('a look finds what a claim would find, and claims nothing', async store => {
    const answered = { claim: 'answered', answer: answer(1) };
    assert.equal(await store.look(digest(1), t0), null);
    assert.deepEqual(await store.claim(digest(1), t0, 100), { claim: 'ours' });
    assert.deepEqual(await store.look(digest(1), t0 + 99), { claim: 'in hand' });
    assert.equal(await store.look(digest(1), t0 + 100), null);
    await store.complete({ answer: answer(1) }, roomy, t0);
    assert.deepEqual(await store.look(digest(1), t0 + 999), answered);
    assert.equal(await store.look(digest(2), t0), null);
    assert.equal(await store.look(digest(1), t0 + 1000), null);
    assert.deepEqual(await store.claim(digest(1), t0 + 1000, 100), { claim: 'ours' });
  });

  rule('an answer is replaced when it has expired out of order', async store => {
    await store.complete({ answer: answer(1, { expires: t0 + 9000 }) }, roomy, t0);
    await store.complete({ answer: answer(2) }, roomy, t0);
    const second = answer(2, { sealed: Uint8Array.of(9), expires: t0 + 3000 });
    assert.deepEqual(await store.complete({ answer: second }, roomy, t0 + 1000), second);
    assert.deepEqual(await store.claim(digest(2), t0 + 1001, 100), { claim: 'answered', answer: second });
  });

  rule('completing ends the claim', async store => {
    await store.claim(digest(1), t0, 100_000);
    await store.complete({ answer: answer(1) }, roomy, t0);
    assert.equal((await store.claim(digest(1), t0 + 1000, 100)).claim, 'ours');
  });

  rule(
    'when a lease ran out and two callers answer, the first answer stands and the second writes nothing',
    async store => {
      await store.claim(digest(1), t0, 100);
      await store.claim(digest(1), t0 + 100, 100_000);
      await store.complete({ answer: answer(1) }, roomy, t0 + 150);
      const late = { answer: answer(1, { sealed: Uint8Array.of(9) }), pending: pending(5), key: key(6) };
      assert.deepEqual(await store.complete(late, roomy, t0 + 160), answer(1));
      assert.deepEqual(await store.claim(digest(1), t0 + 200, 100), { claim: 'answered', answer: answer(1) });
      assert.deepEqual(await store.candidates(sought, t0, 4), []);
      assert.equal(await stateOf(store, 6), undefined);
    },
  );

  rule('answer, pending handshake and key are written together and come back as they were', async store => {
    await store.complete(
      { answer: answer(1), pending: pending(2), key: key(3, { exportIndicator: false }) },
      roomy,
      t0,
    );
    assert.deepEqual(await store.candidates(sought, t0, 4), [pending(2)]);
    assert.deepEqual(await store.key(endpoint, key(3).id), key(3, { exportIndicator: false }));
    assert.deepEqual(await store.claim(digest(1), t0, 100), { claim: 'answered', answer: answer(1) });
  });

  rule(
    'all of a completion or nothing: a key that is there already keeps answer and pending handshake out',
    async store => {
      await store.putKey(key(3, { state: 'revoked' }));
      await store.claim(digest(1), t0, 100);
      const completion = { answer: answer(1), pending: pending(2), key: key(3) };
      await assert.rejects(store.complete(completion, roomy, t0), refusal('STORE_FAILED'));
      assert.equal(await stateOf(store, 3), 'revoked');
      assert.deepEqual(await store.candidates(sought, t0, 4), []);
      assert.equal((await store.claim(digest(1), t0, 100)).claim, 'in hand');
    },
  );

  rule('neither a pending handshake nor a key is overwritten', async store => {
    await write(store, { pending: pending(2), key: key(3) });
    await assert.rejects(write(store, { pending: pending(2, { originator: 'x' }) }), refusal('STORE_FAILED'));
    await assert.rejects(store.putKey(key(3, { state: 'active' })), refusal('STORE_FAILED'));
    assert.equal(await stateOf(store, 3), 'unconfirmed');
    assert.deepEqual(await store.candidates(sought, t0, 4), [pending(2)]);
  });

  rule('a store keeps its own copy of the rows', async store => {
    const rows = { answer: answer(1), pending: pending(2), key: key(3) };
    const stands = await store.complete(rows, roomy, t0);
    const put = key(4);
    await store.putKey(put);
    const claimed = await store.claim(digest(1), t0, 100);
    const seen = await store.look(digest(1), t0);
    const read = [
      await store.key(endpoint, put.id),
      ...(await store.keys(endpoint, { limit: 9 })),
      ...(await store.candidates(sought, t0, 4)),
    ];
    const again = await store.complete({ answer: answer(1) }, roomy, t0);
    const given = [rows.answer, rows.pending, rows.key, put, stands, again, ...read];
    for (const row of given) row?.sealed.fill(0);
    for (const found of [claimed, seen]) if (found?.claim === 'answered') found.answer.sealed.fill(0);
    assert.deepEqual(await store.claim(digest(1), t0, 100), { claim: 'answered', answer: answer(1) });
    assert.deepEqual(await store.candidates(sought, t0, 4), [pending(2)]);
    assert.deepEqual(await store.keys(endpoint, { limit: 9 }), [key(3), key(4)]);
  });

  const limitCases = [
    ['perEndpoint', (n: number) => pending(n, { hop: `hop ${n}`, originator: `originator ${n}` })],
    ['perHop', (n: number) => pending(n, { originator: `originator ${n}` })],
    ['perOriginator', (n: number) => pending(n)],
  ] as const;
  for (const [limit, row] of limitCases)
    rule(
      `${limit} is the most pending handshakes that are taken; above it nothing is written and the claim ends`,
      async store => {
        const limits = { ...roomy, [limit]: 3 };
        for (const n of [1, 2, 3]) await write(store, { pending: row(n) }, limits);
        await store.claim(digest(1), t0, 100_000);
        await assert.rejects(
          store.complete({ answer: answer(1), pending: row(4), key: key(4) }, limits, t0),
          refusal('TOO_MANY_PENDING', new RegExp(`${limit} \\(3 pending`)),
        );
        await assert.rejects(store.requireRoom(row(4), limits, t0 + 999), refusal('TOO_MANY_PENDING'));
        assert.equal(await stateOf(store, 4), undefined);
        assert.equal(await store.consume(id(4), t0), false);
        assert.deepEqual(await store.claim(digest(1), t0, 100), { claim: 'ours' });
        // One that is used up, and those that expire, make room.
        assert.equal(await store.consume(id(2), t0), true);
        await store.requireRoom(row(5), limits, t0);
        await write(store, { pending: row(5) }, limits);
        await assert.rejects(
          write(store, { pending: row(6) }, limits, t0 + 999),
          refusal('TOO_MANY_PENDING'),
        );
        await store.requireRoom(row(7), limits, t0 + 1000);
        for (const n of [7, 8, 9])
          await write(store, { pending: { ...row(n), expires: t0 + 2000 } }, limits, t0 + 1000);
        await assert.rejects(
          write(store, { pending: row(10) }, limits, t0 + 1000),
          refusal('TOO_MANY_PENDING'),
        );
      },
    );

  rule('an answer without a pending handshake is written whatever the limits', async store => {
    const none = { perEndpoint: 0, perHop: 0, perOriginator: 0 };
    await write(store, { key: key(1) }, none);
    await assert.rejects(write(store, { pending: pending(1) }, none), refusal('TOO_MANY_PENDING'));
  });

  rule('a limit counts only its own end-point, hop and originator', async store => {
    const limits = { perEndpoint: 4, perHop: 2, perOriginator: 1 };
    await write(store, { pending: pending(1) }, limits);
    await write(store, { pending: pending(2, { originator: 'another' }) }, limits);
    await write(store, { pending: pending(3, { hop: 'another' }) }, limits);
    await write(store, { pending: pending(4, { endpoint: elsewhere }) }, limits);
    await assert.rejects(
      write(store, { pending: pending(5, { originator: 'third' }) }, limits),
      refusal('TOO_MANY_PENDING', /perHop/),
    );
    await assert.rejects(
      write(store, { pending: pending(5, { hop: 'another' }) }, limits),
      refusal('TOO_MANY_PENDING', /perOriginator/),
    );
  });

  rule('expired pending handshakes make room even when one made before them lives longer', async store => {
    const limits = { ...roomy, perHop: 2 };
    await write(store, { pending: pending(1, { expires: t0 + 9000 }) }, limits);
    await write(store, { pending: pending(2) }, limits);
    await write(store, { pending: pending(3, { expires: t0 + 9000 }) }, limits, t0 + 1000);
    await assert.rejects(
      write(store, { pending: pending(4) }, limits, t0 + 1000),
      refusal('TOO_MANY_PENDING'),
    );
  });

  rule(
    'candidates are those of the originator and end-point, unexpired, newest first, at most as many as wanted',
    async store => {
      for (const n of [1, 2, 3, 4, 5])
        await write(store, { pending: pending(n, { expires: t0 + (n === 4 ? 500 : 1000) }) });
      await write(store, { pending: pending(6, { originator: 'another' }) });
      await write(store, { pending: pending(7, { endpoint: elsewhere }) });
      assert.deepEqual(ids(await store.candidates(sought, t0, 9)), [5, 4, 3, 2, 1]);
      assert.deepEqual(ids(await store.candidates(sought, t0 + 500, 3)), [5, 3, 2]);
      assert.deepEqual(ids(await store.candidates(sought, t0 + 1000, 9)), []);
    },
  );

  rule(
    'candidates of the named procedure come first, then those through the same hop, then the newest',
    async store => {
      await write(store, { pending: pending(1, { procedure: 'p', hop: 'other' }) });
      await write(store, { pending: pending(2, { procedure: 'p' }) });
      await write(store, { pending: pending(3, { procedure: 'q' }) });
      await write(store, { pending: pending(4) });
      await write(store, { pending: pending(5, { hop: 'other' }) });
      await write(store, { pending: pending(6, { procedure: 'q', hop: 'other' }) });
      const order = async (procedure: string) => ids(await store.candidates({ ...sought, procedure }, t0, 9));
      assert.deepEqual(await order('p'), [2, 1, 4, 3, 6, 5]);
      assert.deepEqual(await order('unknown'), [4, 3, 2, 6, 5, 1]);
      assert.deepEqual(await order(''), [4, 3, 2, 6, 5, 1]);
    },
  );

  rule(
    'forged message 1s under an honest From through other hops do not push the honest one out of the candidates',
    async store => {
      const limits = { ...roomy, perOriginator: 4 };
      await write(store, { pending: pending(1) }, limits);
      for (let n = 2; n < 30; n++) await write(store, { pending: pending(n, { hop: `hop ${n}` }) }, limits);
      assert.equal(ids(await store.candidates(sought, t0, 4))[0], 1);
    },
  );

  rule('one of many callers consumes a pending handshake', async store => {
    await write(store, { pending: pending(1) });
    await write(store, { pending: pending(2) });
    const won = await Promise.all(Array.from({ length: 20 }, () => store.consume(id(1), t0)));
    assert.equal(won.filter(Boolean).length, 1);
    assert.deepEqual(ids(await store.candidates(sought, t0, 9)), [2]);
  });

  rule('an expired or unknown pending handshake cannot be consumed', async store => {
    await write(store, { pending: pending(1) });
    assert.equal(await store.consume(id(1), t0 + 1000), false);
    assert.equal(await store.consume(id(9), t0), false);
  });

  rule('a key is found by end-point and id', async store => {
    await store.putKey(key(1));
    await store.putKey(key(1, { endpoint: elsewhere, entity: 'other', state: 'active' }));
    assert.deepEqual(await store.key(endpoint, key(1).id), key(1));
    assert.equal((await store.key(elsewhere, key(1).id))?.state, 'active');
    assert.equal(await store.key(endpoint, key(2).id), null);
  });

  rule('a key is found by end-point and the kid of its separated keys, in every state', async store => {
    await store.putKey(key(1));
    await store.putKey(key(2, { endpoint: elsewhere, separatedId: key(1).separatedId }));
    assert.deepEqual(await store.keyBySeparatedId(endpoint, key(1).separatedId), key(1));
    assert.equal((await store.keyBySeparatedId(elsewhere, key(1).separatedId))?.id, key(2).id);
    assert.equal(await store.keyBySeparatedId(endpoint, key(2).separatedId), null);
    assert.equal(await store.keyBySeparatedId(endpoint, key(1).id), null);
    assert.equal(await store.moveKey(endpoint, key(1).id, 'unconfirmed', 'revoked'), true);
    assert.equal((await store.keyBySeparatedId(endpoint, key(1).separatedId))?.state, 'revoked');
    assert.deepEqual((await store.keyBySeparatedId(endpoint, key(1).separatedId))?.sealed, nothing);
  });

  rule('a key found by its separated kid is forgotten with it', async store => {
    await store.putKey(key(1, { confirmBy: t0 + 100 }));
    await store.sweep(t0 + 100);
    assert.equal(await store.keyBySeparatedId(endpoint, key(1).separatedId), null);
  });

  rule('keys are listed by state on request, as their rows have it', async store => {
    await store.putKey(key(1, { state: 'active' }));
    await store.putKey(key(2, { state: 'superseded' }));
    await store.putKey(key(3, { state: 'active', entity: 'other' }));
    assert.deepEqual(ids(await store.keys(endpoint, { limit: 9, state: 'active' })), [1, 3]);
    assert.deepEqual(ids(await store.keys(endpoint, { limit: 9, state: 'active', entity })), [1]);
    assert.deepEqual(ids(await store.keys(endpoint, { limit: 9, state: 'superseded', entity })), [2]);
    assert.deepEqual(ids(await store.keys(endpoint, { limit: 9, state: 'revoked' })), []);
    assert.deepEqual(ids(await store.keys(endpoint, { limit: 1, state: 'active', after: key(1).id })), [3]);
  });

  rule(
    'keys are listed by page in the order of their ids, of one end-point and on request of one entity',
    async store => {
      for (const n of [5, 3, 1, 4, 2]) await store.putKey(key(n, { entity: n % 2 === 0 ? 'even' : entity }));
      await store.putKey(key(6, { endpoint: elsewhere }));
      assert.deepEqual(ids(await store.keys(endpoint, { limit: 2 })), [1, 2]);
      assert.deepEqual(ids(await store.keys(endpoint, { limit: 2, after: key(2).id })), [3, 4]);
      assert.deepEqual(ids(await store.keys(endpoint, { limit: 2, after: key(4).id })), [5]);
      assert.deepEqual(await store.keys(endpoint, { limit: 2, after: key(5).id }), []);
      assert.deepEqual(ids(await store.keys(endpoint, { limit: 9, entity: 'even' })), [2, 4]);
      assert.deepEqual(ids(await store.keys(endpoint, { limit: 1, entity: 'even', after: key(2).id })), [4]);
      assert.deepEqual(ids(await store.keys(endpoint, { limit: 9, entity: 'nobody' })), []);
    },
  );

  rule('a key moves only from the state that is named, for one caller', async store => {
    await store.putKey(key(1, { state: 'active' }));
    assert.equal(await store.moveKey(endpoint, key(1).id, 'unconfirmed', 'expired'), false);
    assert.equal(await store.moveKey(elsewhere, key(1).id, 'active', 'revoked'), false);
    const moves = await Promise.all(
      [1, 2, 3].map(() => store.moveKey(endpoint, key(1).id, 'active', 'revoked')),
    );
    assert.equal(moves.filter(Boolean).length, 1);
    assert.deepEqual(await store.key(endpoint, key(1).id), key(1, { state: 'revoked', sealed: nothing }));
    assert.equal(await store.moveKey(endpoint, key(9).id, 'active', 'revoked'), false);
  });

  rule('a key that is revoked or expired loses its secret, a superseded one keeps it', async store => {
    const dead = { sealed: nothing };
    for (const [n, to] of (['revoked', 'expired', 'superseded'] as const).entries()) {
      await store.putKey(key(n, { state: 'active' }));
      assert.equal(await store.moveKey(endpoint, key(n).id, 'active', to), true);
      const moved = key(n, { state: to, ...(to === 'superseded' ? {} : dead) });
      assert.deepEqual(await store.key(endpoint, moved.id), moved);
    }
    await store.putKey(key(3, { state: 'active', entity: 'other' }));
    await store.putKey(key(4, { entity: 'other' }));
    assert.equal(await store.activateKey(endpoint, key(4).id, t0), true);
    assert.deepEqual(await store.key(endpoint, key(3).id), key(3, { state: 'superseded', entity: 'other' }));
  });

  rule('activating a key supersedes the active keys with the same entity and no others', async store => {
    await store.putKey(key(1, { state: 'active' }));
    await store.putKey(key(2, { state: 'active', entity: 'other' }));
    await store.putKey(key(3, { state: 'active', endpoint: elsewhere }));
    await store.putKey(key(4));
    await store.putKey(key(5, { state: 'revoked' }));
    await store.putKey(key(6, { state: 'active', exportIndicator: false }));
    await store.putKey(key(7));
    assert.equal(await store.activateKey(endpoint, key(7).id, t0), true);
    const states = await Promise.all([1, 2, 4, 5, 6, 7].map(n => stateOf(store, n)));
    assert.deepEqual(states, ['superseded', 'active', 'unconfirmed', 'revoked', 'superseded', 'active']);
    assert.equal((await store.key(elsewhere, key(3).id))?.state, 'active');
  });

  rule('a key made without the export indicator never supersedes one made with it', async store => {
    await store.putKey(key(1, { state: 'active' }));
    await store.putKey(key(2, { state: 'active', exportIndicator: false }));
    await store.putKey(key(3, { exportIndicator: false }));
    assert.equal(await store.activateKey(endpoint, key(3).id, t0), true);
    assert.deepEqual(await Promise.all([1, 2, 3].map(n => stateOf(store, n))), [
      'active',
      'superseded',
      'active',
    ]);
  });

  rule(
    'only an unconfirmed key within its times is activated, once, and a refused one supersedes nothing',
    async store => {
      const states: KeyState[] = ['active', 'superseded', 'revoked', 'expired'];
      await store.putKey(key(1, { state: 'active' }));
      for (const [n, state] of states.entries())
        await store.putKey(key(10 + n, { state, entity: `entity ${n}` }));
      for (const n of states.keys())
        assert.equal(await store.activateKey(endpoint, key(10 + n).id, t0), false);
      assert.deepEqual(await Promise.all([10, 11, 12, 13].map(n => stateOf(store, n))), states);

      await store.putKey(key(2));
      await store.putKey(key(3, { expires: t0 + 500 }));
      assert.equal(await store.activateKey(endpoint, key(2).id, t0 + 600), false);
      assert.equal(await store.activateKey(endpoint, key(3).id, t0 + 500), false);
      assert.equal(await store.activateKey(elsewhere, key(2).id, t0), false);
      assert.equal(await store.activateKey(endpoint, key(9).id, t0), false);
      assert.equal(await stateOf(store, 1), 'active');
      const won = await Promise.all([1, 2, 3].map(() => store.activateKey(endpoint, key(2).id, t0 + 599)));
      assert.deepEqual(won.filter(Boolean), [true]);
      assert.equal(await stateOf(store, 1), 'superseded');
    },
  );

  rule('a sweep forgets what expired and nothing else', async store => {
    await store.claim(digest(1), t0, 100);
    await store.claim(digest(2), t0, 101);
    await write(store, { pending: pending(1, { expires: t0 + 100 }) });
    await write(store, { pending: pending(2, { expires: t0 + 101 }) });
    await store.complete({ answer: answer(3, { expires: t0 + 100 }) }, roomy, t0);
    await store.complete({ answer: answer(4, { expires: t0 + 101 }) }, roomy, t0);
    await store.sweep(t0 + 100);
    // Asked as of an earlier time, so that only what was really forgotten is missing.
    assert.deepEqual(ids(await store.candidates(sought, t0, 9)), [2]);
    const claims = await Promise.all([1, 2, 3, 4].map(n => store.claim(digest(n), t0, 100)));
    assert.deepEqual(
      claims.map(({ claim }) => claim),
      ['ours', 'in hand', 'ours', 'answered'],
    );
  });

  rule('expired answers and pending handshakes make way for new ones without a sweep', async store => {
    for (let n = 1; n <= 200; n++) {
      const expires = t0 + n + 1;
      await store.complete(
        { answer: answer(n, { expires }), pending: pending(n, { expires }) },
        roomy,
        t0 + n,
      );
    }
    // Asked as of an earlier time, so that only what was really forgotten is missing.
    for (let n = 1; n <= 100; n++) {
      assert.equal((await store.claim(digest(n), t0, 100)).claim, 'ours');
      assert.equal(await store.consume(id(n), t0), false);
    }
  });

  rule('a sweep expires keys past their time, but a revoked key stays revoked', async store => {
    const late = { confirmBy: t0 + 9000, expires: t0 + 100 };
    await store.putKey(key(1, { expires: t0 + 100, state: 'active', endpoint: elsewhere }));
    await store.putKey(key(2, { confirmBy: t0 + 101 }));
    await store.putKey(key(3, { confirmBy: t0 + 100, state: 'active' }));
    const states: KeyState[] = ['unconfirmed', 'active', 'superseded', 'revoked', 'expired'];
    for (const [n, state] of states.entries()) await store.putKey(key(10 + n, { ...late, state }));
    await store.putKey(key(4, { expires: t0 + 101, state: 'active' }));
    await store.sweep(t0 + 100);
    assert.equal((await store.key(elsewhere, key(1).id))?.state, 'expired');
    assert.deepEqual(await Promise.all([2, 3, 4].map(n => stateOf(store, n))), [
      'unconfirmed',
      'active',
      'active',
    ]);
    assert.deepEqual(await Promise.all([10, 11, 12, 13, 14].map(n => stateOf(store, n))), [
      'expired',
      'expired',
      'expired',
      'revoked',
      'expired',
    ]);
  });

  rule('a sweep takes the secret of a key that expires, and of no other', async store => {
    const states = ['unconfirmed', 'active', 'superseded'] as const;
    const late = { confirmBy: t0 + 9000, expires: t0 + 100 };
    for (const [n, state] of states.entries()) {
      await store.putKey(key(n, { ...late, state }));
      await store.putKey(key(10 + n, { ...late, expires: t0 + 101, state }));
    }
    await store.sweep(t0 + 100);
    for (const [n, state] of states.entries()) {
      const expired = key(n, { ...late, state: 'expired', sealed: nothing });
      assert.deepEqual(await store.key(endpoint, expired.id), expired);
      const alive = key(10 + n, { ...late, expires: t0 + 101, state });
      assert.deepEqual(await store.key(endpoint, alive.id), alive);
    }
  });

  rule('a sweep forgets a key that was not confirmed in time, and no confirmed one', async store => {
    const states = ['unconfirmed', 'active', 'superseded', 'revoked', 'expired'] as const;
    for (const [n, state] of states.entries())
      await store.putKey(key(n, { confirmBy: t0 + 100, state, entity: state }));
    await store.putKey(key(5, { confirmBy: t0 + 100, expires: t0 + 100, entity: 'unconfirmed' }));
    await store.sweep(t0 + 99);
    assert.equal(await stateOf(store, 0), 'unconfirmed');
    await store.sweep(t0 + 100);
    const left = await store.keys(endpoint, { limit: 9 });
    assert.deepEqual(
      left.map(({ state }) => state),
      states.slice(1),
    );
    assert.deepEqual(await store.keys(endpoint, { limit: 9, entity: 'unconfirmed' }), []);
  });

  rule('a sweep forgets a key of whatever state 30 days after it expired, and not before', async store => {
    assert.equal(keyKeptAfterExpiry, 30 * 86_400_000);
    const states = ['unconfirmed', 'active', 'superseded', 'revoked', 'expired'] as const;
    const gone = t0 + 100 + keyKeptAfterExpiry;
    for (const [n, state] of states.entries()) {
      await store.putKey(key(n, { state, confirmBy: gone + 1, expires: t0 + 100 }));
      await store.putKey(key(10 + n, { state, confirmBy: gone + 1, expires: t0 + 101 }));
    }
    // The first sweep since they expired: none of them is `expired` by an earlier one.
    await store.sweep(gone);
    assert.deepEqual(ids(await store.keys(endpoint, { limit: 99 })), [10, 11, 12, 13, 14]);
  });

  rule(
    'status information comes back as it was, of one end-point, and of each thing the newest',
    async store => {
      const response = status(5, { kind: 'ocsp' });
      for (const row of [status(1), status(2, { id: digest(2) }), response, status(3)])
        assert.equal(await store.putStatus(row), true);
      assert.equal(await store.putStatus(status(9, { endpoint: elsewhere })), true);
      assert.deepEqual(await statusesOf(store), [status(2, { id: digest(2) }), response, status(3)]);
      const [other] = await store.statuses(elsewhere, 0);
      assert.equal(other?.number, number(9));
    },
  );

  const held = status(0x10, { thisUpdate: t0 + 50 });
  for (const [name, but, isTaken] of [
    ['the same', {}, false],
    ['a lower number', { number: number(0xf) }, false],
    ['a lower number, and later', { number: number(0xf), thisUpdate: t0 + 51 }, false],
    ['earlier', { thisUpdate: t0 + 49 }, false],
    ['a higher number, but earlier', { number: number(0x11), thisUpdate: t0 + 49 }, false],
    ['a higher number of the same time', { number: number(0x11) }, true],
    ['the same number, later', { thisUpdate: t0 + 51 }, true],
    ['a number with more digits, later', { number: number(0x100), thisUpdate: t0 + 51 }, true],
  ] as const)
    rule(
      `status information never goes back: ${name}: ${isTaken ? 'taken' : 'refused'} (RFC 5280 5.2.3)`,
      async store => {
        await store.putStatus(held);
        const row = { ...held, ...but, der: Uint8Array.of(9), nextUpdate: t0 + 9000, fetched: t0 + 99 };
        assert.equal(await store.putStatus(row), isTaken);
        assert.deepEqual(await statusesOf(store), [isTaken ? row : held]);
      },
    );

  rule(
    'what was written later has a higher revision, and is found by it, also after a sweep',
    async store => {
      await store.putStatus(status(1));
      await store.putStatus(status(1, { id: digest(2), kind: 'ocsp', nextUpdate: t0 + 10 }));
      const first = (await store.statuses(endpoint, 0)).map(({ revision }) => revision);
      const [one = 0, two = 0] = first;
      assert.ok(one > 0 && two > one);
      assert.deepEqual(await statusesOf(store, two), []);
      await store.sweep(t0 + 10);
      await store.putStatus(status(2));
      const [newer, ...others] = await store.statuses(endpoint, two);
      assert.deepEqual([newer?.number, others], [number(2), []]);
      assert.ok((newer?.revision ?? 0) > two);
    },
  );

  rule(
    'a sweep forgets OCSP responses past their time, and no CRL, which an older one could replace',
    async store => {
      await store.putStatus(status(1));
      await store.putStatus(status(2, { kind: 'ocsp', nextUpdate: t0 + 100 }));
      await store.putStatus(status(3, { kind: 'ocsp', id: digest(3), nextUpdate: t0 + 101 }));
      await store.sweep(t0 + 100);
      const kept = [status(1), status(3, { kind: 'ocsp', id: digest(3), nextUpdate: t0 + 101 })];
      assert.deepEqual(await statusesOf(store), kept);
      await store.sweep(t0 + 10_000_000_000);
      assert.deepEqual(await statusesOf(store), [status(1)]);
    },
  );

  rule('a store keeps its own copy of status information', async store => {
    const put = status(1);
    await store.putStatus(put);
    const [read] = await store.statuses(endpoint, 0);
    for (const row of [put, read]) row?.der.fill(0);
    assert.deepEqual(await statusesOf(store), [status(1)]);
  });

  rule('texts from outside keep their meaning whatever they hold', async store => {
    const odd = ['"', "'", '\\', 'a","b', '%', "x'); DROP TABLE pending; --", '〇', '', '__proto__'];
    for (const [n, text] of odd.entries())
      await write(store, { pending: pending(n + 1, { originator: text, hop: text, procedure: text }) });
    for (const [n, text] of odd.entries()) {
      const found = await store.candidates({ endpoint, originator: text, hop: text, procedure: text }, t0, 9);
      assert.deepEqual(found, [pending(n + 1, { originator: text, hop: text, procedure: text })]);
    }
  });

  rule('texts from outside that would run together are counted apart', async store => {
    const limits = { ...roomy, perOriginator: 1 };
    await write(store, { pending: pending(1, { hop: 'a', originator: 'b","c' }) }, limits);
    await write(store, { pending: pending(2, { hop: 'a","b', originator: 'c' }) }, limits);
  });

  rule('a closed store refuses everything, and closing it again does nothing', async store => {
    await store.putKey(key(1));
    await store.close();
    await store.close();
    for (const call of everyCall(store))
      await assert.rejects(call, refusal('STORE_FAILED', /^the (memory|SQLite) store/));
  });
}

const everyCall = (store: Store): (() => Promise<unknown>)[] => [
  () => store.look(digest(1), t0),
  () => store.claim(digest(1), t0, 100),
  () => store.abandon(digest(1)),
  () => store.requireRoom(sought, roomy, t0),
  () => store.complete({ answer: answer(1), pending: pending(1), key: key(1) }, roomy, t0),
  () => store.candidates(sought, t0, 4),
  () => store.consume(id(1), t0),
  () => store.putKey(key(2)),
  () => store.key(endpoint, key(1).id),
  () => store.keyBySeparatedId(endpoint, key(1).separatedId),
  () => store.keys(endpoint, { limit: 9 }),
  () => store.keys(endpoint, { limit: 9, entity }),
  () => store.moveKey(endpoint, key(1).id, 'active', 'revoked'),
  () => store.activateKey(endpoint, key(1).id, t0),
  () => store.putStatus(status(2)),
  () => store.statuses(endpoint, 0),
  () => store.sweep(t0),
];

storeSuite('memory', memoryStore);
storeSuite('SQLite', () => sqliteStore(newFile()));

const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
const storeModule = new URL('../../src/endpoint/sqlite-store.ts', import.meta.url).href;

/** Runs a program in a process of its own; resolves with what it printed. */
async function run(program: string): Promise<{ printed: string; signal: string | null }> {
  const args = ['--input-type=module', '--eval', program];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  const [, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { printed, signal };
}

/** The beginning of a program that has `store` open on the file. */
const opening = (file: string) => `
  import { sqliteStore } from ${JSON.stringify(storeModule)};
  const store = sqliteStore(${JSON.stringify(file)});
  const sealed = new Uint8Array(1);`;

/** A raw connection to a store's file, for what only an intruder or a later version would do. */
function tamper(file: string, sql: string): void {
  const db = new DatabaseSync(file);
  db.exec(sql);
  db.close();
}

test('SQLite: a file that is opened again has everything in it', async () => {
  const file = newFile();
  const first = sqliteStore(file);
  await first.complete({ answer: answer(1), pending: pending(2), key: key(3) }, roomy, t0);
  await first.claim(digest(4), t0, 100);
  await first.close();
  const second = sqliteStore(file);
  assert.deepEqual(await second.claim(digest(1), t0, 100), { claim: 'answered', answer: answer(1) });
  assert.deepEqual(await second.candidates(sought, t0, 4), [pending(2)]);
  assert.deepEqual(await second.key(endpoint, key(3).id), key(3));
  assert.equal((await second.claim(digest(4), t0, 100)).claim, 'in hand');
  await second.close();
});

test('SQLite: two connections to one file share one store', async t => {
  const file = newFile();
  const [one, two] = [sqliteStore(file), sqliteStore(file)];
  t.after(() => Promise.all([one.close(), two.close()]));
  await write(one, { pending: pending(1), key: key(1) });
  assert.deepEqual(await two.candidates(sought, t0, 4), [pending(1)]);
  assert.equal((await one.claim(digest(1), t0, 100)).claim, 'ours');
  assert.equal((await two.claim(digest(1), t0, 100)).claim, 'in hand');
  assert.deepEqual((await Promise.all([one.consume(id(1), t0), two.consume(id(1), t0)])).sort(), [
    false,
    true,
  ]);
  assert.equal(await two.activateKey(endpoint, key(1).id, t0), true);
  assert.equal(await stateOf(one, 1), 'active');
});

test('SQLite: of several processes on one new file one claims each request and one consumes each handshake', async () => {
  const [processes, rounds] = [3, 40];
  // Each process starts when all of them have the store open, which they tell each other by keys.
  const program = `${opening(newFile())}
    const key = { endpoint: 'ready', separatedId: '', entity: '', state: 'active', exportIndicator: true, details: '', sealed };
    await store.putKey({ ...key, id: String(process.pid), created: 0, confirmBy: 0, expires: 0 });
    const deadline = Date.now() + 20_000;
    while ((await store.keys('ready', { limit: 9 })).length < ${processes} && Date.now() < deadline);

    const claimed = [], consumed = [];
    const limits = { perEndpoint: 99, perHop: 99, perOriginator: 99 };
    for (let n = 0; n < ${rounds}; n++) {
      if ((await store.claim('request ' + n, 0, 9)).claim !== 'ours') continue;
      claimed.push(n);
      const row = { endpoint: 'e', expires: 9, sealed };
      const pending = { ...row, id: String(n), originator: 'o', hop: 'h', procedure: '' };
      await store.complete({ answer: { ...row, digest: 'another ' + n }, pending }, limits, 0);
    }
    for (let n = 0; n < ${rounds}; n++) if (await store.consume(String(n), 0)) consumed.push(n);
    await store.close();
    process.stdout.write(JSON.stringify({ claimed, consumed }));`;
  const results = await Promise.all(Array.from({ length: processes }, () => run(program)));
  const won = results.map(({ printed }) => JSON.parse(printed) as { claimed: number[]; consumed: number[] });
  const all = Array.from({ length: rounds }, (_, n) => n);
  const inOrder = (numbers: number[]) => numbers.sort((a, b) => a - b);
  assert.deepEqual(inOrder(won.flatMap(({ claimed }) => claimed)), all);
  assert.deepEqual(inOrder(won.flatMap(({ consumed }) => consumed)), all);
});

test('SQLite: a process that is killed loses nothing that was acknowledged, and leaves the store usable', async () => {
  const file = newFile();
  const { signal } = await run(`${opening(file)}
    await store.claim(${JSON.stringify(digest(7))}, ${t0}, 100);
    const answer = { digest: ${JSON.stringify(digest(1))}, endpoint: ${JSON.stringify(endpoint)}, expires: ${t0 + 1000}, sealed };
    await store.complete({ answer }, { perEndpoint: 1, perHop: 1, perOriginator: 1 }, ${t0});
    process.kill(process.pid, 'SIGKILL');`);
  assert.equal(signal, 'SIGKILL');
  const store = sqliteStore(file);
  assert.equal((await store.claim(digest(1), t0, 100)).claim, 'answered');
  assert.equal((await store.claim(digest(7), t0 + 100, 100)).claim, 'ours');
  await store.close();
});

test('SQLite: importing the store does not load node:sqlite', async () => {
  const { printed } = await run(`
    await import(${JSON.stringify(storeModule)});
    process.stdout.write(String(process.moduleLoadList.filter(name => name.includes('sqlite')).length));`);
  assert.equal(printed, '0');
});

const onPosix = { skip: process.platform === 'win32' && 'file modes are POSIX' };
const modeOf = (file: string) => (statSync(file).mode & 0o777).toString(8);

test('SQLite: nobody else may read the file and its log', onPosix, async t => {
  const file = newFile();
  const umask = process.umask(0);
  t.after(() => process.umask(umask));
  const store = sqliteStore(file);
  await store.putKey(key(1));
  for (const suffix of ['', '-wal', '-shm']) assert.equal(modeOf(file + suffix), '600');
  await store.close();
});

test(
  'SQLite: a new file is private from its first moment on, and an existing one is not opened twice',
  onPosix,
  async t => {
    const file = newFile();
    const umask = process.umask(0);
    const [opened, changed] = [t.mock.method(fs, 'openSync'), t.mock.method(fs, 'chmodSync')];
    syncBuiltinESMExports();
    t.after(() => {
      process.umask(umask);
      t.mock.restoreAll();
      syncBuiltinESMExports();
    });
    const first = sqliteStore(file);
    assert.deepEqual([modeOf(file), opened.mock.callCount(), changed.mock.callCount()], ['600', 1, 0]);
    // Closing a second descriptor would drop the locks of the first.
    const second = sqliteStore(file);
    assert.equal(opened.mock.callCount(), 1);
    await Promise.all([first.close(), second.close()]);
  },
);

test('SQLite: what was committed is kept through a loss of power, whatever SQLite was built to do', async t => {
  const executed = t.mock.method(DatabaseSync.prototype, 'exec');
  await sqliteStore(newFile()).close();
  const texts = executed.mock.calls.map(call => call.arguments[0]);
  assert.ok(texts.includes('PRAGMA synchronous = FULL'));
});

test('SQLite: the access of others to an existing file and its log is taken away', onPosix, async () => {
  const file = newFile();
  const first = sqliteStore(file);
  await first.putKey(key(1));
  for (const suffix of ['', '-wal', '-shm']) chmodSync(file + suffix, 0o644);
  const second = sqliteStore(file);
  for (const suffix of ['', '-wal', '-shm']) assert.equal(modeOf(file + suffix), '600');
  await Promise.all([first.close(), second.close()]);
});

test('SQLite: a file of a later schema is refused and left as it is', async () => {
  const file = newFile();
  await sqliteStore(file).close();
  tamper(file, 'PRAGMA user_version = 99');
  const before = readFileSync(file);
  assert.throws(
    () => sqliteStore(file),
    refusal('STORE_FAILED', /^the store file .* has schema version 99 and this version of e2ekey knows 3 /),
  );
  assert.deepEqual(readFileSync(file), before);
});

test('SQLite: a file of schema 1 is brought to the present one, and its keys keep everything', async t => {
  const file = newFile();
  const first = sqliteStore(file);
  await first.complete({ answer: answer(1), pending: pending(2), key: key(3) }, roomy, t0);
  await first.close();
  // What schemas 2 and 3 have added goes again.
  tamper(
    file,
    'DROP TABLE status; DROP INDEX keyBySeparatedId; ALTER TABLE pairwiseKey DROP COLUMN separatedId; PRAGMA user_version = 1',
  );
  const store = sqliteStore(file);
  t.after(() => store.close());
  assert.deepEqual(await store.key(endpoint, key(3).id), key(3, { separatedId: '' }));
  assert.deepEqual(await store.candidates(sought, t0, 4), [pending(2)]);
  assert.deepEqual(await store.claim(digest(1), t0, 100), { claim: 'answered', answer: answer(1) });
  assert.equal(await store.keyBySeparatedId(endpoint, key(3).separatedId), null);
  await store.putKey(key(4));
  assert.deepEqual(await store.keyBySeparatedId(endpoint, key(4).separatedId), key(4));
  const again = sqliteStore(file);
  assert.deepEqual(await again.keyBySeparatedId(endpoint, key(4).separatedId), key(4));
  await again.close();
});

test('SQLite: a file of schema 2 is brought to the present one, and takes status information', async t => {
  const file = newFile();
  const first = sqliteStore(file);
  await first.putKey(key(3));
  await first.close();
  tamper(file, 'DROP TABLE status; PRAGMA user_version = 2');
  const store = sqliteStore(file);
  t.after(() => store.close());
  assert.deepEqual(await store.key(endpoint, key(3).id), key(3));
  assert.equal(await store.putStatus(status(1)), true);
  const again = sqliteStore(file);
  assert.deepEqual(await statusesOf(again), [status(1)]);
  assert.equal(await again.putStatus(status(2)), true);
  await again.close();
  assert.deepEqual(await statusesOf(store), [status(2)]);
});

test("SQLite: somebody else's database is refused and left as it is", () => {
  for (const sql of ['CREATE TABLE theirs (x)', 'PRAGMA user_version = 1', 'PRAGMA application_id = 1']) {
    const file = newFile();
    tamper(file, sql);
    const before = readFileSync(file);
    assert.throws(
      () => sqliteStore(file),
      refusal('STORE_FAILED', /^the file .* is a database of something else/),
    );
    assert.deepEqual(readFileSync(file), before);
  }
});

test('SQLite: what is no database, or cannot be opened, is refused with the reason', () => {
  const file = newFile();
  writeFileSync(file, 'a'.repeat(1000));
  assert.throws(() => sqliteStore(file), refusal('STORE_FAILED', /cannot be opened: file is not a database/));
  assert.throws(() => sqliteStore(folder), refusal('STORE_FAILED', /cannot be opened: /));
  assert.throws(
    () => sqliteStore(join(folder, 'missing', 'store.db')),
    refusal('STORE_FAILED', /cannot be opened: ENOENT/),
  );
});

test('SQLite: every name is the name of a file, also one that SQLite reads in its own way', async t => {
  const home = process.cwd();
  t.after(() => process.chdir(home));
  process.chdir(folder);
  for (const name of [':memory:', 'file:named.db?mode=memory']) {
    const store = sqliteStore(name);
    await store.putKey(key(1));
    await store.close();
    const again = sqliteStore(name);
    assert.equal(await stateOf(again, 1), 'unconfirmed');
    await again.close();
  }
});

test('SQLite: a store that breaks in use fails with its cause', async t => {
  const file = newFile();
  const store = sqliteStore(file);
  t.after(() => store.close());
  tamper(
    file,
    'DROP TABLE claim; DROP TABLE answer; DROP TABLE pending; DROP TABLE pairwiseKey; DROP TABLE status',
  );
  for (const call of everyCall(store))
    await assert.rejects(
      call,
      (error: unknown) =>
        refusal('STORE_FAILED', /^the SQLite store could not /)(error) &&
        (error as Error).cause instanceof Error,
    );
});

test('SQLite: a failure in the middle of a completion undoes all of it and leaves the store usable', async t => {
  const file = newFile();
  const store = sqliteStore(file);
  t.after(() => store.close());
  tamper(file, "CREATE TRIGGER broken BEFORE INSERT ON answer BEGIN SELECT RAISE(ABORT, 'broken'); END");
  await assert.rejects(write(store, { pending: pending(1), key: key(1) }), refusal('STORE_FAILED'));
  assert.deepEqual(await store.candidates(sought, t0, 4), []);
  assert.equal(await stateOf(store, 1), undefined);
  tamper(file, 'DROP TRIGGER broken');
  await write(store, { pending: pending(1), key: key(1) });
  assert.equal(await stateOf(store, 1), 'unconfirmed');
});

test('SQLite: the sealed ephemeral key of a consumed handshake is overwritten in the file', async () => {
  const file = newFile();
  const store = sqliteStore(file);
  const sealed = Buffer.from('sealed ephemeral key '.repeat(20));
  await write(store, { pending: pending(1, { sealed }) });
  await store.close();
  assert.ok(readFileSync(file).includes('sealed ephemeral key'));
  const again = sqliteStore(file);
  assert.equal(await again.consume(id(1), t0), true);
  await again.close();
  assert.equal(readFileSync(file).includes('sealed ephemeral key'), false);
});

test('SQLite: the sealed secret of a revoked key is overwritten in the file, and so is that of an expired one', async () => {
  const file = newFile();
  const store = sqliteStore(file);
  const sealed = [1, 2].map(n => Buffer.from(`sealed pairwise key ${n} `.repeat(9)));
  for (const [n, secret] of sealed.entries())
    await store.putKey(key(n, { state: 'active', sealed: secret, expires: t0 + 100 + n }));
  await store.close();
  for (const secret of sealed) assert.ok(readFileSync(file).includes(secret));

  const again = sqliteStore(file);
  assert.equal(await again.moveKey(endpoint, key(1).id, 'active', 'revoked'), true);
  await again.sweep(t0 + 100);
  assert.deepEqual(await Promise.all([0, 1].map(n => stateOf(again, n))), ['expired', 'revoked']);
  await again.close();
  assert.equal(readFileSync(file).includes('sealed pairwise key'), false);
});

test('SQLite: a look waits for nobody who writes', async t => {
  const file = newFile();
  const store = sqliteStore(file);
  const other = new DatabaseSync(file);
  t.after(() => Promise.all([store.close(), other.close()]));
  await store.complete({ answer: answer(1) }, roomy, t0);
  other.exec('BEGIN IMMEDIATE');
  assert.deepEqual(await store.look(digest(1), t0), { claim: 'answered', answer: answer(1) });
  assert.equal(await store.look(digest(2), t0), null);
  other.exec('ROLLBACK');
});

test('SQLite: a store whose newest key was sealed with another sealing key is refused, and left as it is', async () => {
  const file = newFile();
  const [ours, theirs] = [1, 2].map(byte => createSecretKey(Buffer.alloc(32, byte)));
  if (ours === undefined || theirs === undefined) throw new Error('no keys');
  const { store, sealer } = sqlite(file, { sealWith: ours });
  const row = key(1, { state: 'active' });
  const { id, endpoint: end, entity: other, expires } = row;
  const place = { table: 'key', id, endpoint: end, entity: other, waitingFor: '', expires } as const;
  await store.putKey({ ...row, sealed: sealer.seal(place, Buffer.from('secret')) });
  await store.close();
  assert.throws(() => sqlite(file, { sealWith: theirs }), refusal('OPTION_INVALID', /another sealing key/));
  for (const keys of [{ sealWith: ours }, { sealWith: theirs, previous: [ours] }])
    await sqlite(file, keys).store.close();
});
