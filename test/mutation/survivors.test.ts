// Checks whose removal no other test notices.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { suites } from '../../src/crypto/suites.ts';
import type { Store } from '../../src/endpoint/store.ts';
import { memory } from '../../src/endpoint/stores.ts';
import { refuse } from '../../src/errors.ts';
import {
  begin,
  cae1,
  complete,
  initiatingEndpoint,
  lineToEndpoint,
  peer,
  refusal,
  seeded,
  stores,
  terminatingEndpoint,
} from '../endpoint/lab.ts';
import { begin as beginHandshake, goOn, initiatingEnd } from '../handshake/lab.ts';
import { refused } from '../handshake/refused.ts';
import { scriptedTerminating } from '../handshake/scripted-terminating.ts';

test('ServerKeyExchange under a scheme that was not offered is refused (RFC 5246 §7.4.3)', () => {
  for (const scheme of [0x0203, 0x0503, 0x0401]) {
    const end = initiatingEnd();
    const { message, state } = beginHandshake(end);
    const { message2 } = scriptedTerminating(message, { signed: signed => ({ ...signed, scheme }) });
    refused(() => goOn(end, state, message2), 'PARAMETER_ILLEGAL', /was not offered/);
  }
});

for (const [storeName, makeStore] of Object.entries(stores))
  test(`${storeName}: the same bytes to two end-points in one store are two requests`, async t => {
    const open = makeStore(t);
    const one = terminatingEndpoint(t, { store: open() });
    const id = '//m2m.example.com/cse-c';
    const other = terminatingEndpoint(t, { id, store: open(), random: seeded('another end-point') });
    const { message1 } = begin();
    const [message2, its] = [await one.answer(cae1, message1), await other.answer(cae1, message1)];
    assert.notDeepEqual(its, message2);
  });

test('the terminating end-point is the one that is meant, and no other peer that we know', async t => {
  const entity = '//m2m.example.com/cse-c';
  const cseC = { ...peer.cseB, entity, identifier: 'cse-c.m2m.example.com' };
  const initiating = initiatingEndpoint(t, { peers: [peer.cseB, cseC] });
  const line = lineToEndpoint(terminatingEndpoint(t));
  await assert.rejects(initiating.establish(entity, line), refusal('IDENTITY_MISMATCH'));
  assert.deepEqual(await initiating.keys(), []);
});

test('a request that failed for a reason of ours is given up at once', async t => {
  const { store, sealer } = memory();
  const failing: Pick<Store, 'requireRoom'> = {
    requireRoom: async () => refuse('STORE_FAILED', 'the disk is full'),
  };
  const abandoned: string[] = [];
  const observed = new Proxy(store, {
    get(target, name) {
      if (name in failing) return Reflect.get(failing, name);
      if (name === 'abandon') return async (digest: string) => void abandoned.push(digest);
      return (Reflect.get(target, name) as () => unknown).bind(target);
    },
  });
  const terminating = terminatingEndpoint(t, { store: { store: observed, sealer } });
  await assert.rejects(terminating.answer(cae1, begin().message1), refusal('STORE_FAILED'));
  assert.equal(abandoned.length, 1);
});

test('a failure of ours behind a used-up handshake is not remembered as the answer', async t => {
  const cbc = suites.filter(({ protection }) => protection.kind === 'cbc');
  const healthy = seeded(t.name);
  let broken = false;
  const terminating = terminatingEndpoint(t, {
    suites: cbc,
    random: size => (broken ? refuse('INTERNAL', 'no randomness') : healthy(size)),
  });
  const procedure = begin({ suites: cbc });
  const message3 = procedure.message3(await terminating.answer(cae1, procedure.message1));
  broken = true;
  await assert.rejects(terminating.answer(cae1, message3), refusal('INTERNAL'));
  broken = false;
  await assert.rejects(terminating.answer(cae1, message3), refusal('PENDING_UNKNOWN'));
  await complete(terminating);
});
