// From may be forged: nobody who can do no more than that stops the honest procedure (TS-0001 11.4.3 correlates
// message 3 with message 1 by From alone).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Peers } from '../../src/certificates/trust.ts';
import type { Origin } from '../../src/endpoint/carrier.ts';
import type { Endpoint } from '../../src/endpoint/endpoint.ts';
import { fatalAlertRecord } from '../../src/wire/alerts.ts';
import {
  begin,
  cae1,
  credentialOf,
  onlyKey,
  type Procedure,
  peer,
  refusal,
  stores,
  terminatingEndpoint,
  without,
} from './lab.ts';
import { stolen, strangersMessage2, withFlippedEnd, withWrongFinished } from './refusals.ts';

const honest: Origin = { hop: 'honest', claimed: cae1, procedure: 'honest procedure' };
const sameHop: Origin = { hop: 'honest', claimed: cae1 };
const otherHop: Origin = { hop: 'other', claimed: cae1 };
/** Whoever reads the messages on the way knows the name of the procedure as well. */
const sameName: Origin = { hop: 'other', claimed: cae1, procedure: 'honest procedure' };
/** Limits.perOriginator is 8: so many forged ones leave room for the honest one. */
const flood = 7;

type Forger = (endpoint: Endpoint, from: Origin) => Promise<unknown>;

const message1: Forger = (endpoint, from) => endpoint.answer(from, begin().message1);
const several: Forger = async (endpoint, from) => {
  for (let n = 0; n < flood; n++) await message1(endpoint, from);
};
/** A message 3 that has to be refused. */
const message3 =
  (make: (endpoint: Endpoint, from: Origin) => Promise<Uint8Array> | Uint8Array): Forger =>
  async (endpoint, from) =>
    assert.rejects(endpoint.answer(from, await make(endpoint, from)));
/** With a pending handshake of the forger's own under the same From. */
const ownMessage3 = (forger: () => Procedure) =>
  message3(async (endpoint, from) => {
    const procedure = forger();
    return procedure.message3(await endpoint.answer(from, procedure.message1));
  });

const forgeries: Readonly<Record<string, Forger>> = {
  'one message 1': message1,
  'as many messages 1 as there is room for': several,
  'a garbage message 3': message3(() => Buffer.from([22, 3, 3, 0, 4, 11, 0, 0, 0])),
  'a message 3 with a certificate of the attacker': ownMessage3(() =>
    begin({ credential: credentialOf('cae2') }),
  ),
  'a message 3 with the right name under another root': ownMessage3(() =>
    begin({ credential: credentialOf('other-cae1') }),
  ),
  'a message 3 with the stolen certificate and another key': ownMessage3(() =>
    begin({ credential: stolen() }),
  ),
  'a message 3 of another handshake of the same peer': message3(() => {
    const procedure = begin();
    return procedure.message3(strangersMessage2(procedure.message1));
  }),
  'an alert in the place of message 3': message3(() => fatalAlertRecord(40)),
  'a message 3 of the attacker with a wrong Finished': async endpoint => {
    // His own pending handshake is used up by it, and no other.
    const procedure = begin();
    const from = { hop: 'other', claimed: cae1 };
    const bad = withWrongFinished(procedure, await endpoint.answer(from, procedure.message1));
    await assert.rejects(endpoint.answer(from, bad), refusal('FINISHED_INVALID'));
  },
};

for (const [storeName, makeStore] of Object.entries(stores))
  for (const [name, forge] of Object.entries(forgeries))
    test(`${storeName}: ${name} under an honest From, before and after, does not stop the honest procedure`, async t => {
      for (const from of [sameHop, otherHop, sameName])
        for (const moment of ['before', 'between'] as const) {
          const endpoint = terminatingEndpoint(t, { store: makeStore(t)() });
          const procedure = begin();
          if (moment === 'before') await forge(endpoint, from);
          const message2 = await endpoint.answer(honest, procedure.message1);
          if (moment === 'between') await forge(endpoint, from);
          const key = procedure.finish(await endpoint.answer(honest, procedure.message3(message2)));
          assert.equal((await onlyKey(endpoint)).id, key.id);
          await endpoint.close();
        }
    });

test('however many hops forge messages 1, message 3 on the way of its message 1 is found', async t => {
  const endpoint = terminatingEndpoint(t);
  const procedure = begin();
  const message2 = await endpoint.answer({ hop: 'honest', claimed: cae1 }, procedure.message1);
  for (let hop = 0; hop < 3; hop++)
    for (let n = 0; n <= flood; n++) await message1(endpoint, { hop: `hop ${hop}`, claimed: cae1 });
  await several(endpoint, sameHop);
  const message3 = procedure.message3(message2);
  procedure.finish(await endpoint.answer({ hop: 'honest', claimed: cae1 }, message3));
});

test('message 3 may come by another hop than message 1', async t => {
  const endpoint = terminatingEndpoint(t);
  const procedure = begin();
  const message2 = await endpoint.answer(honest, procedure.message1);
  await several(endpoint, otherHop);
  procedure.finish(await endpoint.answer({ ...honest, hop: 'other' }, procedure.message3(message2)));
});

test('message 3 that names its procedure is found by another hop too, however many were forged there', async t => {
  const endpoint = terminatingEndpoint(t);
  const procedure = begin();
  const message2 = await endpoint.answer(honest, procedure.message1);
  for (let n = 0; n <= flood; n++) await message1(endpoint, otherHop);
  procedure.finish(await endpoint.answer({ ...honest, hop: 'other' }, procedure.message3(message2)));
});

test('a forged message 1 without the indicator to export pairwiseE2EKey does not stop a peer that needs it', async t => {
  const endpoint = terminatingEndpoint(t, { peers: [{ ...peer.cae1, exportIndicator: 'required' }] });
  const procedure = begin();
  const message2 = await endpoint.answer(honest, procedure.message1);
  await endpoint.answer(honest, begin({ edit: without(16) }).message1);
  procedure.finish(await endpoint.answer(sameHop, procedure.message3(message2)));
});

test('a handshake is used up by its message 3: a second, different one finds nothing', async t => {
  const endpoint = terminatingEndpoint(t);
  const procedure = begin();
  const message2 = await endpoint.answer(honest, procedure.message1);
  procedure.finish(await endpoint.answer(honest, procedure.message3(message2)));
  await assert.rejects(endpoint.answer(honest, procedure.message3(message2)), refusal('PENDING_UNKNOWN'));
  assert.equal((await endpoint.keys()).length, 1);
});

test('the ephemeral key of message 2 is used once, also when its message 3 fails after CertificateVerify', async t => {
  for (const spoil of [
    withWrongFinished,
    (good: Procedure, message2: Uint8Array) => withFlippedEnd(good.message3(message2)),
  ]) {
    const endpoint = terminatingEndpoint(t);
    const procedure = begin();
    const message2 = await endpoint.answer(honest, procedure.message1);
    await assert.rejects(endpoint.answer(honest, spoil(procedure, message2)));
    await assert.rejects(endpoint.answer(honest, procedure.message3(message2)), refusal('PENDING_UNKNOWN'));
    assert.deepEqual(await endpoint.keys(), []);
  }
});

test('our own certificate is no peer, whatever hop it comes from', async t => {
  const endpoint = terminatingEndpoint(t, {
    id: cae1,
    credential: credentialOf('cae1'),
    peers: [peer.everyAe],
  });
  const reflected = begin({ peers: new Peers([peer.everyAe]), expected: false });
  const message2 = await endpoint.answer({ hop: 'mirror' }, reflected.message1);
  const message3 = reflected.message3(message2);
  await assert.rejects(endpoint.answer({ hop: 'mirror' }, message3), refusal('PEER_NOT_ALLOWED', /our own/));
  assert.deepEqual(await endpoint.keys(), []);
});
