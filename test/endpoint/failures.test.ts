// Our own failures: signer, store, the caller's callback. They blame nobody else, nothing is half written, and
// they are not remembered as answers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Peers } from '../../src/certificates/trust.ts';
import { credentials } from '../../src/endpoint/credentials.ts';
import type { AnswerRow, KeyRow, PendingRow, Store } from '../../src/endpoint/store.ts';
import { memory, type SealedStore } from '../../src/endpoint/stores.ts';
import { supply } from '../../src/endpoint/supplying.ts';
import { E2EKeyError } from '../../src/errors.ts';
import { accept } from '../../src/handshake/handshake.ts';
import { makeProfile } from '../../src/handshake/profile.ts';
import { fatalAlertRecord } from '../../src/wire/alerts.ts';
import {
  begin,
  cae1,
  cae2,
  complete,
  credentialOf,
  cseB,
  initiatingEndpoint,
  lineToEndpoint,
  onlyKey,
  peer,
  refusal,
  stores,
  terminatingEndpoint,
} from './lab.ts';

const internalError = (code: 'SIGNER_FAILED' | 'STORE_FAILED' | 'INTERNAL') => (error: unknown) => {
  assert.ok(refusal(code)(error));
  assert.ok(error instanceof E2EKeyError);
  assert.deepEqual([error.rsc, error.blame], [5000, 'own']);
  assert.deepEqual(error.notice.record, fatalAlertRecord(80));
  return true;
};

interface Breakable {
  readonly store: SealedStore;
  /** The next call of this operation fails. */
  break(operation: keyof Store, thrown?: Error): void;
  /** Runs before the next call of this operation. */
  before(operation: keyof Store, run: () => Promise<unknown>): void;
}

function breakable({ store, sealer }: SealedStore): Breakable {
  const due = new Map<string, () => Promise<unknown>>();
  const proxy = new Proxy(store, {
    get(target, name: string) {
      const method = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>;
      return async (...args: unknown[]) => {
        const first = due.get(name);
        due.delete(name);
        await first?.();
        return method.apply(target, args);
      };
    },
  });
  return {
    store: { store: proxy, sealer },
    break: (operation, thrown = new E2EKeyError('STORE_FAILED', 'the disk is full')) =>
      void due.set(operation, () => Promise.reject(thrown)),
    before: (operation, run) => void due.set(operation, run),
  };
}

for (const [storeName, makeStore] of Object.entries(stores)) {
  for (const operation of ['claim', 'requireRoom', 'complete'] as const)
    test(`${storeName}: ${operation} fails at message 1: nothing is written, and the same request succeeds later`, async t => {
      const broken = breakable(makeStore(t)());
      const terminating = terminatingEndpoint(t, { store: broken.store, limits: { perOriginator: 1 } });
      const procedure = begin();
      broken.break(operation);
      await assert.rejects(terminating.answer(cae1, procedure.message1), internalError('STORE_FAILED'));
      // There is room for one: the failed request has taken none.
      await complete(terminating, procedure);
    });

  for (const operation of ['claim', 'candidates', 'consume'] as const)
    test(`${storeName}: ${operation} fails at message 3: nothing is written, and the same request succeeds later`, async t => {
      const broken = breakable(makeStore(t)());
      const terminating = terminatingEndpoint(t, { store: broken.store });
      const procedure = begin();
      const message3 = procedure.message3(await terminating.answer(cae1, procedure.message1));
      broken.break(operation);
      await assert.rejects(terminating.answer(cae1, message3), internalError('STORE_FAILED'));
      assert.deepEqual(await terminating.keys(), []);
      procedure.finish(await terminating.answer(cae1, message3));
      await onlyKey(terminating);
    });

  test(`${storeName}: complete fails at message 3: no key, the handshake is used up, and the next procedure succeeds`, async t => {
    const broken = breakable(makeStore(t)());
    const made: string[] = [];
    const terminating = terminatingEndpoint(t, {
      store: broken.store,
      onKey: ({ id }) => void made.push(id),
    });
    const procedure = begin();
    const message3 = procedure.message3(await terminating.answer(cae1, procedure.message1));
    broken.break('complete');
    await assert.rejects(terminating.answer(cae1, message3), internalError('STORE_FAILED'));
    assert.deepEqual([await terminating.keys(), made], [[], []]);
    // The ephemeral key was used, and is not used again.
    await assert.rejects(terminating.answer(cae1, message3), refusal('PENDING_UNKNOWN'));
    const key = await initiatingEndpoint(t).establish(cseB, lineToEndpoint(terminating));
    assert.deepEqual(made, [key.id]);
  });

  test(`${storeName}: abandon fails after another failure: that failure is the one that is told`, async t => {
    const broken = breakable(makeStore(t)());
    const terminating = terminatingEndpoint(t, { store: broken.store });
    const { message1 } = begin({ edit: hello => ({ ...hello, version: 0x0302 }) });
    broken.break('abandon');
    await assert.rejects(terminating.answer(cae1, message1), refusal('VERSION_UNSUPPORTED'));
  });

  for (const operation of ['putKey', 'activateKey'] as const)
    test(`${storeName}: ${operation} fails at the initiating end-point: the key before it stays the one in use`, async t => {
      const broken = breakable(makeStore(t)());
      const initiating = initiatingEndpoint(t, { store: broken.store });
      const terminating = terminatingEndpoint(t);
      const before = await initiating.establish(cseB, lineToEndpoint(terminating));
      broken.break(operation);
      await assert.rejects(
        initiating.establish(cseB, lineToEndpoint(terminating)),
        // The terminating end-point has its key and is told nothing.
        error =>
          refusal('STORE_FAILED')(error) && error instanceof E2EKeyError && error.notice.record === null,
      );
      const active = (await initiating.keys()).filter(({ state }) => state === 'active');
      assert.deepEqual(
        active.map(({ id }) => id),
        [before.id],
      );
    });

  test(`${storeName}: whatever a foreign store throws is INTERNAL, without its text`, async t => {
    const broken = breakable(makeStore(t)());
    const terminating = terminatingEndpoint(t, { store: broken.store });
    broken.break('claim', new TypeError('password=4711'));
    await assert.rejects(terminating.answer(cae1, begin().message1), error => {
      assert.ok(internalError('INTERNAL')(error));
      assert.doesNotMatch(String(error), /4711/);
      return true;
    });
  });

  for (const [how, sign] of Object.entries({
    'at once': () => {
      throw new Error('the PIN of the token is 4711');
    },
    later: () => Promise.reject(new Error('the PIN of the token is 4711')),
    "with a peer's fault": () => {
      throw new E2EKeyError('PEER_NOT_ALLOWED', 'the token said 4711');
    },
  }))
    test(`${storeName}: a signer that fails ${how} is SIGNER_FAILED, not remembered, and takes no room`, async t => {
      const { chain, signer } = credentialOf('cse-b');
      let works = false;
      const credential = credentials.withSigner(chain, {
        schemes: signer.schemes,
        sign: (scheme, bytes) => (works ? signer.sign(scheme, bytes) : sign()),
      });
      const terminating = terminatingEndpoint(t, {
        credential,
        store: makeStore(t)(),
        limits: { perOriginator: 1 },
      });
      const procedure = begin();
      await assert.rejects(terminating.answer(cae1, procedure.message1), error => {
        assert.ok(internalError('SIGNER_FAILED')(error));
        assert.doesNotMatch(String(error), /4711/);
        return true;
      });
      works = true;
      await complete(terminating, procedure);
    });
}

test('when the signer fails, the ephemeral key that waited for it is wiped', async () => {
  const credential = credentialOf('cse-b');
  const profile = makeProfile({ credentials: [credential], peers: new Peers([peer.cae1]) });
  const turn = accept(profile, begin().message1);
  assert.ok(turn.kind === 'sign' && turn.state.waitingFor === 'signature over message 2');
  const { bytes } = turn.state.ephemeral.scalar;
  assert.ok(bytes.some(byte => byte !== 0));
  const sign = () => Promise.reject(new Error('no token'));
  const supplies = { credentials: [{ ...credential, signer: { schemes: [], sign } }], presharedKey: null };
  await assert.rejects(supply(turn, profile, supplies), refusal('SIGNER_FAILED'));
  assert.ok(bytes.every(byte => byte === 0));
});

test('a signature is made with the credential that was chosen, and with no other', async () => {
  const credential = credentialOf('cse-b');
  const profile = makeProfile({ credentials: [credential], peers: new Peers([peer.cae1]) });
  const turn = accept(profile, begin().message1);
  assert.ok(turn.kind === 'sign');
  const supplies = { credentials: [credential], presharedKey: null };
  await assert.rejects(supply({ ...turn, credential: 1 }, profile, supplies), refusal('SIGNER_FAILED'));
});

const elsewhere = '//m2m.example.com/cse-c';

test('a pending handshake that stands in another row than its own is STORE_FAILED', async t => {
  const changes: readonly ((row: PendingRow) => Partial<PendingRow>)[] = [
    () => ({ id: '0'.repeat(32) }),
    () => ({ endpoint: elsewhere }),
    () => ({ originator: cae2 }),
    ({ expires }) => ({ expires: expires + 1 }),
  ];
  for (const change of changes) {
    const { store, sealer } = memory();
    const read = store.candidates.bind(store);
    const candidates: Store['candidates'] = async (...args) =>
      (await read(...args)).map(row => ({ ...row, ...change(row) }));
    const terminating = terminatingEndpoint(t, {
      store: { store: Object.assign(store, { candidates }), sealer },
    });
    const procedure = begin();
    const message3 = procedure.message3(await terminating.answer(cae1, procedure.message1));
    await assert.rejects(terminating.answer(cae1, message3), internalError('STORE_FAILED'));
  }
});

test('a remembered answer that stands in another row than its own is STORE_FAILED', async t => {
  const changes: readonly ((row: AnswerRow) => Partial<AnswerRow>)[] = [
    () => ({ digest: '0'.repeat(64) }),
    () => ({ endpoint: elsewhere }),
    ({ expires }) => ({ expires: expires + 1 }),
  ];
  for (const change of changes) {
    const { store, sealer } = memory();
    const read = store.look.bind(store);
    const look: Store['look'] = async (...args) => {
      const seen = await read(...args);
      return seen?.claim === 'answered'
        ? { ...seen, answer: { ...seen.answer, ...change(seen.answer) } }
        : seen;
    };
    const terminating = terminatingEndpoint(t, { store: { store: Object.assign(store, { look }), sealer } });
    const { message1 } = begin();
    await terminating.answer(cae1, message1);
    await assert.rejects(terminating.answer(cae1, message1), internalError('STORE_FAILED'));
  }
});

test('onKey that fails does so after the key is stored: a repeat gets message 4', async t => {
  const terminating = terminatingEndpoint(t, {
    onKey: () => {
      throw new Error('the text of the callback');
    },
  });
  const procedure = begin();
  const message3 = procedure.message3(await terminating.answer(cae1, procedure.message1));
  await assert.rejects(terminating.answer(cae1, message3), internalError('INTERNAL'));
  const key = procedure.finish(await terminating.answer(cae1, message3));
  assert.equal((await onlyKey(terminating)).id, key.id);
});

test('a key that becomes active while it is revoked is revoked all the same', async t => {
  for (const call of [1, 2, 3]) {
    const broken = breakable(memory());
    const terminating = terminatingEndpoint(t, { store: broken.store });
    const { id } = await complete(terminating);
    let before: () => Promise<unknown> = () => terminating.confirm(id);
    for (let later = call; later > 1; later--) {
      const next = before;
      before = async () => broken.before('moveKey', next);
    }
    broken.before('moveKey', before);
    assert.equal(await terminating.revoke(id), true);
    assert.equal((await terminating.key(id))?.state, 'revoked');
  }
});

test('a key whose secret was changed in the store, or its row, is STORE_FAILED', async t => {
  const changes: readonly ((row: KeyRow) => KeyRow)[] = [
    row => ({ ...row, sealed: row.sealed.map(byte => byte ^ 1) }),
    row => ({ ...row, id: 'F'.repeat(32) }),
    row => ({ ...row, endpoint: elsewhere }),
    row => ({ ...row, entity: cae2 }),
    row => ({ ...row, expires: row.expires + 1 }),
    row => ({ ...row, details: '{' }),
  ];
  for (const change of changes) {
    const { store, sealer } = memory();
    const key: Store['key'] = async (...args) =>
      change(await Object.getPrototypeOf(store).key.apply(store, args));
    const terminating = terminatingEndpoint(t, { store: { store: Object.assign(store, { key }), sealer } });
    const { id } = await complete(terminating);
    await assert.rejects(terminating.key(id), refusal('STORE_FAILED'));
  }
});
