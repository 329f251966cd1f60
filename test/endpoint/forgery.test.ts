// From may be forged: nobody who can do no more than that stops the honest procedure (TS-0001 11.4.3 correlates
// message 3 with message 1 by From alone).
import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { test } from 'node:test';
import { Peers } from '../../src/certificates/trust.ts';
import type { Origin } from '../../src/endpoint/carrier.ts';
import { credentials } from '../../src/endpoint/credentials.ts';
import type { Endpoint } from '../../src/endpoint/endpoint.ts';
import { memory } from '../../src/endpoint/stores.ts';
import { fatalAlertRecord } from '../../src/wire/alerts.ts';
import {
  beginWith,
  type Kind,
  presharedKinds,
  pskPeer,
  publicKeyInfoOf,
  rawCredentialOf,
  rawPublicKeys,
  x509,
} from './kinds.ts';
import {
  begin,
  cae1,
  credentialOf,
  onlyKey,
  type Procedure,
  type ProcedureOptions,
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
const guessed = createSecretKey(new Uint8Array(32));

type Forger = (endpoint: Endpoint, from: Origin, kind: Kind) => Promise<unknown>;

const message1: Forger = (endpoint, from, kind) => endpoint.answer(from, beginWith(kind).message1);
const several: Forger = async (endpoint, from, kind) => {
  for (let n = 0; n < flood; n++) await message1(endpoint, from, kind);
};
/** A message 3 that has to be refused. */
const message3 =
  (make: (endpoint: Endpoint, from: Origin, kind: Kind) => Promise<Uint8Array> | Uint8Array): Forger =>
  async (endpoint, from, kind) =>
    assert.rejects(endpoint.answer(from, await make(endpoint, from, kind)));
/** With a pending handshake of the forger's own under the same From. */
const ownMessage3 = (forger: () => ProcedureOptions, make = honestMessage3) =>
  message3(async (endpoint, from, kind) => {
    const procedure = beginWith(kind, forger());
    return make(procedure, await endpoint.answer(from, procedure.message1));
  });
function honestMessage3(procedure: Procedure, message2: Uint8Array): Uint8Array {
  return procedure.message3(message2);
}

const anyKind: Readonly<Record<string, Forger>> = {
  'one message 1': message1,
  'as many messages 1 as there is room for': several,
  'a garbage message 3': message3(() => Buffer.from([22, 3, 3, 0, 4, 11, 0, 0, 0])),
  'a message 3 of another handshake of the same peer': message3((_endpoint, _from, kind) => {
    const procedure = beginWith(kind);
    return procedure.message3(strangersMessage2(procedure.message1, kind));
  }),
  'an alert in the place of message 3': message3(() => fatalAlertRecord(40)),
  'a message 3 of the attacker with a wrong Finished': (endpoint, _from, kind) =>
    // His own pending handshake is used up by it, and no other.
    ownMessage3(() => ({}), withWrongFinished)(endpoint, otherHop, kind),
};
const forgeries = new Map<Kind, Readonly<Record<string, Forger>>>([
  [
    x509,
    {
      ...anyKind,
      'a message 3 with a certificate of the attacker': ownMessage3(() => ({
        credential: credentialOf('cae2'),
      })),
      'a message 3 with the right name under another root': ownMessage3(() => ({
        credential: credentialOf('other-cae1'),
      })),
      'a message 3 with the stolen certificate and another key': ownMessage3(() => ({
        credential: stolen(),
      })),
    },
  ],
  [
    rawPublicKeys,
    {
      ...anyKind,
      'a message 3 with a raw public key of the attacker': ownMessage3(() => ({
        credential: rawCredentialOf('cae2'),
      })),
      'a message 3 with the pinned key and a signature by another': ownMessage3(() => ({
        credential: credentials.rawWithSigner(publicKeyInfoOf('cae1'), credentialOf('cae2').signer),
      })),
    },
  ],
  ...presharedKinds.map(
    kind =>
      [
        kind,
        {
          ...anyKind,
          'a message 3 with a guessed pre-shared key': ownMessage3(() => ({ presharedKey: guessed })),
          'a message 3 with an unknown psk_identity': ownMessage3(() => ({
            peers: new Peers([{ ...pskPeer.cseB, pskIdentity: 'KpsaId-Cae9' }]),
          })),
        },
      ] as const,
  ),
]);

for (const [kind, itsForgeries] of forgeries)
  for (const [storeName, makeStore] of Object.entries(stores))
    for (const [name, forge] of Object.entries(itsForgeries))
      test(`${kind.name}, ${storeName}: ${name} under an honest From, before and after, does not stop the honest procedure`, async t => {
        for (const from of [sameHop, otherHop, sameName])
          for (const moment of ['before', 'between'] as const) {
            const endpoint = terminatingEndpoint(t, { ...kind.terminating, store: makeStore(t)() });
            const procedure = beginWith(kind);
            if (moment === 'before') await forge(endpoint, from, kind);
            const message2 = await endpoint.answer(honest, procedure.message1);
            if (moment === 'between') await forge(endpoint, from, kind);
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
    for (let n = 0; n <= flood; n++) await message1(endpoint, { hop: `hop ${hop}`, claimed: cae1 }, x509);
  await several(endpoint, sameHop, x509);
  const message3 = procedure.message3(message2);
  procedure.finish(await endpoint.answer({ hop: 'honest', claimed: cae1 }, message3));
});

for (const kind of [rawPublicKeys, ...presharedKinds])
  test(`${kind.name}: a handshake that nothing names is found among as many forged ones as may be pending`, async t => {
    for (const before of [0, 3, flood]) {
      const endpoint = terminatingEndpoint(t, kind.terminating);
      for (let n = 0; n < before; n++) await message1(endpoint, sameHop, kind);
      const procedure = beginWith(kind);
      const message2 = await endpoint.answer(sameHop, procedure.message1);
      for (let n = before; n < flood; n++) await message1(endpoint, sameHop, kind);
      procedure.finish(await endpoint.answer(sameHop, procedure.message3(message2)));
      await onlyKey(endpoint);
    }
  });

test('message 3 may come by another hop than message 1', async t => {
  const endpoint = terminatingEndpoint(t);
  const procedure = begin();
  const message2 = await endpoint.answer(honest, procedure.message1);
  await several(endpoint, otherHop, x509);
  procedure.finish(await endpoint.answer({ ...honest, hop: 'other' }, procedure.message3(message2)));
});

test('message 3 that names its procedure is found by another hop too, however many were forged there', async t => {
  const endpoint = terminatingEndpoint(t);
  const procedure = begin();
  const message2 = await endpoint.answer(honest, procedure.message1);
  for (let n = 0; n <= flood; n++) await message1(endpoint, otherHop, x509);
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

test('a certificate that is refused is refused once, however many handshakes are pending', async t => {
  const { store, sealer } = memory();
  let opened = 0;
  const counting: typeof sealer = {
    seal: (row, secret) => sealer.seal(row, secret),
    open(row, sealed) {
      opened += 1;
      return sealer.open(row, sealed);
    },
  };
  const endpoint = terminatingEndpoint(t, { store: { store, sealer: counting } });
  await several(endpoint, honest, x509);
  const stranger = begin({ credential: credentialOf('other-cae1') });
  const message3 = stranger.message3(await endpoint.answer(honest, stranger.message1));
  await assert.rejects(endpoint.answer(honest, message3), refusal('CERTIFICATE_UNTRUSTED'));
  assert.equal(opened, 1);
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
