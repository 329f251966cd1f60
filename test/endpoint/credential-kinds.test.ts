// The whole procedure with every kind of credential and every store: what the key is bound to and how it was made, also
// as it is read back; restarts, repeats and two processes at once.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { suites, usesEphemeralKey } from '../../src/crypto/suites.ts';
import type { Endpoint } from '../../src/endpoint/endpoint.ts';
import { establishedReport } from '../../src/endpoint/report.ts';
import { beginWith, type Kind, kinds } from './kinds.ts';
import {
  cae1,
  cseB,
  initiatingEndpoint,
  lineToEndpoint,
  type OpenStore,
  onlyKey,
  stores,
  terminatingEndpoint,
} from './lab.ts';

for (const kind of kinds)
  for (const [storeName, makeStore] of Object.entries(stores)) {
    const rule = (name: string, body: (t: TestContext, open: OpenStore) => Promise<void>) =>
      test(`${kind.name}, ${storeName}: ${name}`, t => body(t, makeStore(t)));

    rule('both ends have one key, bound to the other, and read it back as it was made', async (t, open) => {
      const initiating = initiatingEndpoint(t, { ...kind.initiating, store: makeStore(t)() });
      const terminating = terminatingEndpoint(t, { ...kind.terminating, store: open() });
      const key = await initiating.establish(cseB, lineToEndpoint(terminating));
      await terminating.close();
      const other = await onlyKey(terminatingEndpoint(t, { ...kind.terminating, store: open() }));
      assert.ok(other.secret.equals(key.secret));
      assert.deepEqual([key.id, key.entity, other.entity], [other.id, cseB, cae1]);
      assert.deepEqual({ ...(await onlyKey(initiating)), secret: null }, { ...key, secret: null });
      for (const [made, known] of [
        [key, kind.cseB],
        [other, kind.cae1],
      ] as const) {
        const suite = suites.find(({ name }) => name === made.suite) ?? assert.fail();
        assert.equal(made.by, kind.by);
        assert.equal(made.forwardSecrecy, usesEphemeralKey(suite));
        assert.equal(made.group, usesEphemeralKey(suite) ? 'secp256r1' : null);
        assert.equal(made.exportIndicator, true);
        assert.deepEqual(made.peer, { ...made.peer, flavour: known.flavour, id: nameIn(known) });
        assert.equal(made.peer.subject === null, known.flavour === 'raw' || known.flavour === 'psk');
        assert.equal(made.peer.fingerprint === null, known.flavour === 'psk');
        const { by, forwardSecrecy, group, peer } = establishedReport(made);
        assert.deepEqual([by, forwardSecrecy, group], [made.by, made.forwardSecrecy, made.group]);
        assert.equal(peer?.id, made.entity);
      }
    });

    rule('another process answers message 3, and a third one its repeat', async (t, open) => {
      const start = () => terminatingEndpoint(t, { ...kind.terminating, store: open() });
      const procedure = beginWith(kind);
      const first = start();
      const message2 = await first.answer(cae1, procedure.message1);
      assert.deepEqual(await first.answer(cae1, procedure.message1), message2);
      await first.close();
      const message3 = procedure.message3(message2);
      const second = start();
      const message4 = await second.answer(cae1, message3);
      await second.close();
      const third = start();
      assert.deepEqual(await third.answer(cae1, message3), message4);
      assert.deepEqual(await third.answer(cae1, procedure.message1), message2);
      const key = procedure.finish(message4);
      const stored = await onlyKey(third);
      assert.ok(stored.secret.equals(key.secret));
      assert.equal(stored.by, kind.by);
    });

    rule(
      'message 3 to two processes at once, again and again: one key and one message 4',
      async (t, open) => {
        const made: string[] = [];
        const onKey = ({ id }: { id: string }) => void made.push(id);
        const start = () => terminatingEndpoint(t, { ...kind.terminating, store: open(), onKey });
        const [one, other] = [start(), start()];
        const procedure = beginWith(kind);
        const message3 = procedure.message3(await one.answer(cae1, procedure.message1));
        const [first, ...rest] = await Promise.all(
          [one, other, one, other].map((endpoint: Endpoint) => endpoint.answer(cae1, message3)),
        );
        assert.ok(first);
        for (const answer of rest) assert.deepEqual(answer, first);
        assert.deepEqual(made, [procedure.finish(first).id]);
        assert.equal((await onlyKey(other)).id, made[0]);
      },
    );
  }

/** What authenticated the peer, as the key says it. */
function nameIn(entry: Kind['cae1']): string | null | undefined {
  switch (entry.flavour) {
    case 'raw':
      return entry.pin;
    case 'psk':
      return entry.pskIdentity;
    default:
      return entry.identifier ?? entry.entity;
  }
}
