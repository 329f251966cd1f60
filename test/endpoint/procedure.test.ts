// The whole procedure between two Endpoints, for every store and every signer, and the life of its key.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Endpoint } from '../../src/endpoint/endpoint.ts';
import { establishedReport } from '../../src/endpoint/report.ts';
import type { EndpointOptions } from '../../src/endpoint/settings.ts';
import { keyKeptAfterExpiry } from '../../src/endpoint/store.ts';
import type { PairwiseE2EKey } from '../../src/keys/pairwise-e2e-key.ts';
import {
  begin,
  type Clock,
  cae1,
  complete,
  cseB,
  fixedClock,
  initiatingEndpoint,
  type LabOptions,
  lineToEndpoint,
  type OpenStore,
  onlyKey,
  peer,
  refusal,
  signers,
  stores,
  terminatingEndpoint,
  watched,
  without,
} from './lab.ts';

interface Pair {
  readonly initiating: Endpoint;
  readonly terminating: Endpoint;
  readonly clock: Clock;
  readonly open: OpenStore;
  readonly options: { readonly initiating: LabOptions; readonly terminating: LabOptions };
}

const minute = 60_000;
const applicationLayerProtocolNegotiation = 16;
const establish = ({ initiating, terminating }: Pair) =>
  initiating.establish(cseB, lineToEndpoint(terminating));
const stateAt = async (endpoint: Endpoint, { id }: PairwiseE2EKey) => (await endpoint.key(id))?.state;

for (const [storeName, makeStore] of Object.entries(stores))
  for (const [signerName, credential] of Object.entries(signers)) {
    const rule = (name: string, body: (pair: Pair, t: TestContext) => Promise<void>, times = {}) =>
      test(`${storeName}, ${signerName}: ${name}`, async t => {
        const clock = fixedClock();
        const open = makeStore(t);
        const initiatingOptions = { credential: credential('cae1'), clock, store: makeStore(t)(), times };
        const terminatingOptions = { credential: credential('cse-b'), clock, times };
        await body(
          {
            initiating: initiatingEndpoint(t, initiatingOptions),
            terminating: terminatingEndpoint(t, { ...terminatingOptions, store: open() }),
            clock,
            open,
            options: { initiating: initiatingOptions, terminating: terminatingOptions },
          },
          t,
        );
      });

    rule('both ends have the same key, active at the initiating one (TS-0003 8.7.2.2 C.2)', async pair => {
      const key = await establish(pair);
      const other = await onlyKey(pair.terminating);
      assert.match(key.id, /^[0-9A-F]{32}$/);
      assert.equal(other.id, key.id);
      assert.ok(other.secret.equals(key.secret));
      assert.equal(key.secret.symmetricKeySize, 32);
      assert.deepEqual([key.entity, key.role, key.state], [cseB, 'initiating', 'active']);
      assert.deepEqual([other.entity, other.role, other.state], [cae1, 'terminating', 'unconfirmed']);
      assert.deepEqual([key.exportIndicator, other.exportIndicator], [true, true]);
      const stored = await onlyKey(pair.initiating);
      assert.ok(stored.secret.equals(key.secret));
      assert.deepEqual({ ...stored, secret: null }, { ...key, secret: null });
      assert.equal(await pair.terminating.key('0'.repeat(32)), null);
      assert.equal((await pair.terminating.key(key.id.toLowerCase()))?.id, key.id);
    });

    rule('the first use of an unconfirmed key makes it active, once', async pair => {
      const key = await establish(pair);
      assert.equal(await pair.terminating.confirm(key.id), true);
      assert.equal(await stateAt(pair.terminating, key), 'active');
      assert.equal(await pair.terminating.confirm(key.id), false);
    });

    rule('a new key supersedes the one before when it becomes active, not earlier', async pair => {
      const first = await establish(pair);
      await pair.terminating.confirm(first.id);
      const second = await establish(pair);
      assert.equal(await stateAt(pair.initiating, first), 'superseded');
      assert.equal(await stateAt(pair.initiating, second), 'active');
      assert.equal(await stateAt(pair.terminating, first), 'active');
      await pair.terminating.confirm(second.id);
      assert.equal(await stateAt(pair.terminating, first), 'superseded');
      assert.equal(await stateAt(pair.terminating, second), 'active');
    });

    rule('a key without the export indicator does not supersede one with it', async pair => {
      const { terminating } = pair;
      const withIndicator = await establish(pair);
      await terminating.confirm(withIndicator.id);
      const unmarked = await complete(
        terminating,
        begin({ edit: without(applicationLayerProtocolNegotiation) }),
      );
      assert.equal(unmarked.exportIndicator, false);
      assert.equal(await terminating.confirm(unmarked.id), true);
      assert.equal(await stateAt(terminating, withIndicator), 'active');
      assert.equal(await stateAt(terminating, unmarked), 'active');
    });

    rule(
      'an unconfirmed key that is not used in time expires and cannot be activated',
      async pair => {
        const key = await establish(pair);
        pair.clock.advance(5 * minute - 1);
        assert.equal(await stateAt(pair.terminating, key), 'unconfirmed');
        pair.clock.advance(1);
        assert.equal(await stateAt(pair.terminating, key), 'expired');
        assert.equal(await pair.terminating.confirm(key.id), false);
        assert.equal(await stateAt(pair.initiating, key), 'active');
        await pair.terminating.sweep();
        assert.equal(await pair.terminating.key(key.id), null);
      },
      { confirmation: 5 * minute },
    );

    rule(
      'a key ends with its lifetime, at both ends',
      async pair => {
        const key = await establish(pair);
        await pair.terminating.confirm(key.id);
        assert.equal(key.expires.getTime(), pair.clock().getTime() + 60 * minute);
        pair.clock.advance(60 * minute);
        assert.equal(await stateAt(pair.initiating, key), 'expired');
        assert.equal(await stateAt(pair.terminating, key), 'expired');
      },
      { keyLifetime: 60 * minute },
    );

    rule('a revoked key stays revoked', async pair => {
      const key = await establish(pair);
      for (const endpoint of [pair.initiating, pair.terminating]) {
        assert.equal(await endpoint.revoke(key.id.toLowerCase()), true);
        assert.equal(await endpoint.revoke(key.id), false);
        assert.equal(await endpoint.confirm(key.id), false);
        assert.equal(await stateAt(endpoint, key), 'revoked');
      }
      pair.clock.advance(key.expires.getTime() + keyKeptAfterExpiry - 1 - pair.clock().getTime());
      for (const endpoint of [pair.initiating, pair.terminating]) {
        assert.equal(await stateAt(endpoint, key), 'revoked');
        await endpoint.sweep();
        assert.equal(await stateAt(endpoint, key), 'revoked');
      }
    });

    rule('when message 4 is lost for good, neither end has an active key', async pair => {
      const line = lineToEndpoint(pair.terminating, async ({ ordinal }, pass) => {
        const answer = await pass();
        return ordinal === 3 ? { message: null, rsc: 5103, debug: null } : answer;
      });
      await assert.rejects(pair.initiating.establish(cseB, line), refusal('CARRIER_FAILED'));
      assert.deepEqual(await pair.initiating.keys(), []);
      assert.equal((await onlyKey(pair.terminating)).state, 'unconfirmed');
      // And a new procedure is not in its way.
      assert.equal((await establish(pair)).state, 'active');
    });

    rule('a handshake and its key outlive a restart of the terminating end-point', async (pair, t) => {
      const { open, options } = pair;
      const procedure = begin();
      const message2 = await pair.terminating.answer(cae1, procedure.message1);
      await pair.terminating.close();
      const restarted = terminatingEndpoint(t, { ...options.terminating, store: open() });
      const message3 = procedure.message3(message2);
      const message4 = await restarted.answer(cae1, message3);
      const key = procedure.finish(message4);
      await restarted.close();
      const again = terminatingEndpoint(t, { ...options.terminating, store: open() });
      assert.ok((await onlyKey(again)).secret.equals(key.secret));
      assert.deepEqual(await again.answer(cae1, message3), message4);
    });
  }

test('keys are listed by ID, by pages, by entity, at most 1000 at once', async t => {
  const terminating = terminatingEndpoint(t, { peers: [peer.cae1, peer.cae2] });
  for (let n = 0; n < 3; n++) await complete(terminating);
  const all = (await terminating.keys()).map(({ id }) => id);
  assert.equal(all.length, 3);
  assert.deepEqual(all, all.toSorted());
  const [first] = await terminating.keys({ limit: 1 });
  assert.equal(first?.id, all[0]);
  const rest = await terminating.keys({ after: all[0] ?? '', limit: 5000, entity: cae1 });
  assert.deepEqual(
    rest.map(({ id }) => id),
    all.slice(1),
  );
  assert.equal((await terminating.keys({ limit: 0 })).length, 1);
  assert.deepEqual(await terminating.keys({ entity: '//m2m.example.com/cse-a/Cae2' }), []);
});

test('the report of a procedure says everything about the key but the key', async t => {
  const pair = { initiating: initiatingEndpoint(t), terminating: terminatingEndpoint(t) };
  const key = await pair.initiating.establish(cseB, lineToEndpoint(pair.terminating));
  assert.deepEqual(establishedReport(key), {
    status: 'established',
    role: 'initiating',
    keyId: key.id,
    keyWithheld: null,
    by: 'certificate',
    forwardSecrecy: true,
    suite: 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
    group: 'secp256r1',
    extendedMasterSecret: true,
    exportIndicator: true,
    peer: {
      flavour: 'cse-id',
      id: cseB,
      subject: key.peer.subject,
      fingerprint: key.peer.fingerprint,
    },
    statusBy: null,
    expires: '2026-12-22T12:00:00.000Z',
  });
});

test('onKey is given each new key before message 4 goes out and before establish resolves', async t => {
  const seen: string[] = [];
  const onKey: EndpointOptions['onKey'] = async ({ role, id }) => {
    await new Promise(resolve => setImmediate(resolve));
    seen.push(`${role} ${id}`);
  };
  const line = lineToEndpoint(terminatingEndpoint(t, { onKey }), async ({ ordinal }, pass) => {
    const answer = await pass();
    seen.push(`answer ${ordinal}`);
    return answer;
  });
  const initiating = initiatingEndpoint(t, { onKey });
  const { id } = await initiating.establish(cseB, line);
  assert.deepEqual(seen, ['answer 1', `terminating ${id}`, 'answer 3', `initiating ${id}`]);
});

test('close lets the requests in hand finish', async t => {
  const gate = Promise.withResolvers<void>();
  const slow = watched('cse-b', () => gate.promise);
  const terminating = terminatingEndpoint(t, { credential: slow.credential });
  const answering = terminating.answer(cae1, begin().message1);
  const closing = terminating.close();
  gate.resolve();
  assert.ok((await answering).length > 0);
  await closing;
  await assert.rejects(terminating.answer(cae1, begin().message1), refusal('STORE_FAILED', /closed/));
});
