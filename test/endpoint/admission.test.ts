// Who may ask, and how much: From, peers, roles, limits and expiry, before anything is spent on a request.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Peers } from '../../src/certificates/trust.ts';
import type { Origin } from '../../src/endpoint/carrier.ts';
import { memory, type SealedStore } from '../../src/endpoint/stores.ts';
import { makeExtension } from '../../src/wire/codec.ts';
import { clientExtension } from '../../src/wire/extensions.ts';
import { rawPeer } from './kinds.ts';
import {
  begin,
  cae1,
  cae2,
  complete,
  credentialOf,
  cseB,
  fixedClock,
  onlyKey,
  peer,
  refusal,
  stores,
  terminatingEndpoint,
  watched,
} from './lab.ts';

/** A store that lists what is asked of it. */
function listening(): { store: SealedStore; asked: string[] } {
  const asked: string[] = [];
  const { store, sealer } = memory();
  const listened = new Proxy(store, {
    get(target, name) {
      const method = Reflect.get(target, name) as (...args: unknown[]) => unknown;
      return (...args: unknown[]) => {
        asked.push(String(name));
        return method.apply(target, args);
      };
    },
  });
  return { store: { store: listened, sealer }, asked };
}

for (const from of [cae1, '/cse-a/Cae1', '//M2M.EXAMPLE.COM/cse-a/Cae1'])
  test(`From ${from} is the peer (TS-0001 7.2)`, async t => {
    const terminating = terminatingEndpoint(t);
    await complete(terminating, begin(), from);
    assert.equal((await onlyKey(terminating)).entity, cae1);
  });

test('an AE-ID-Stem in From is read in our own CSE (TS-0001 7.2)', async t => {
  // cse-b has no AE; the AE Cae1 of cse-a asks another AE of that CSE.
  const terminating = terminatingEndpoint(t, { id: cae2, credential: credentialOf('cae2') });
  const sender = begin({ expected: false, peers: new Peers([peer.cae2]) });
  await complete(terminating, sender, 'Cae1');
  assert.equal((await onlyKey(terminating)).entity, cae1);
  await assert.rejects(
    terminating.answer('Cae9', begin().message1),
    refusal('PEER_NOT_ALLOWED', /cse-a\/Cae9/),
  );
});

test('the path of From is compared exactly, its host without regard to case (TS-0001 7.2)', async t => {
  const terminating = terminatingEndpoint(t);
  for (const from of [
    '//m2m.example.com/cse-a/CAE1',
    '//m2m.example.com/CSE-A/Cae1',
    '//m2m.example.org/cse-a/Cae1',
  ])
    await assert.rejects(terminating.answer(from, begin().message1), refusal('PEER_NOT_ALLOWED'));
});

test('our own identity in From is refused, in every form', async t => {
  const { credential, asked } = watched('cae2');
  const terminating = terminatingEndpoint(t, { id: cae2, credential, peers: [peer.everyAe] });
  for (const from of [cae2, '/cse-a/Cae2', 'Cae2', '//m2m.EXAMPLE.com/cse-a/Cae2'])
    await assert.rejects(terminating.answer(from, begin().message1), refusal('PEER_NOT_ALLOWED', /itself/));
  assert.equal(asked(), 0);
});

test('whoever has no peer entry is refused before anything is signed or written', async t => {
  const { credential, asked } = watched('cse-b');
  const { store, asked: written } = listening();
  const terminating = terminatingEndpoint(t, { credential, store });
  await assert.rejects(terminating.answer(cae2, begin().message1), refusal('PEER_NOT_ALLOWED'));
  const nobody = terminatingEndpoint(t, { credential, store, peers: [] });
  await assert.rejects(nobody.answer({ hop: 'a' }, begin().message1), refusal('PEER_NOT_ALLOWED', /anybody/));
  assert.equal(asked(), 0);
  assert.deepEqual(written, []);
});

test('an entry for every AE lets in whomever its anchors vouch for, and no CSE', async t => {
  const terminating = terminatingEndpoint(t, { peers: [peer.everyAe] });
  await complete(terminating, begin({ credential: credentialOf('cae2') }), cae2);
  assert.equal((await onlyKey(terminating)).entity, cae2);
  await assert.rejects(
    terminating.answer('//m2m.example.com/cse-a', begin().message1),
    refusal('PEER_NOT_ALLOWED'),
  );
});

test('without From the certificate says who it is', async t => {
  const terminating = terminatingEndpoint(t, { peers: [peer.cae1, peer.cae2] });
  await complete(terminating, begin({ credential: credentialOf('cae2') }), { hop: 'a' });
  assert.equal((await onlyKey(terminating)).entity, cae2);
  const other = begin({ credential: credentialOf('other-cae1') });
  const message2 = await terminating.answer({ hop: 'a' }, other.message1);
  await assert.rejects(
    terminating.answer({ hop: 'a' }, other.message3(message2)),
    refusal('CERTIFICATE_UNTRUSTED'),
  );
});

test('without From, whoever may only terminate does not steer the handshake of who initiates (TS-0003 8.1.2.4)', async t => {
  const { clientCertificateType } = clientExtension;
  const [x509, raw] = [0, 2];
  const procedure = begin({
    edit: hello => ({
      ...hello,
      extensions: [...hello.extensions, makeExtension(clientCertificateType, [raw, x509])],
    }),
  });
  const peers = [{ ...rawPeer.cae2, roles: ['terminating'] as const }, peer.cae1];
  const terminating = terminatingEndpoint(t, { peers });
  await complete(terminating, procedure, { hop: 'a' });
  assert.equal((await onlyKey(terminating)).entity, cae1);
});

test('without From an identity that has no entry is PEER_NOT_ALLOWED, not a mismatch', async t => {
  const terminating = terminatingEndpoint(t);
  const stranger = begin({ credential: credentialOf('cae2') });
  const message2 = await terminating.answer({ hop: 'a' }, stranger.message1);
  await assert.rejects(
    terminating.answer({ hop: 'a' }, stranger.message3(message2)),
    refusal('PEER_NOT_ALLOWED'),
  );
});

test('a hop that is called like a peer is not that peer', async t => {
  const terminating = terminatingEndpoint(t);
  const procedure = begin();
  const message3 = procedure.message3(await terminating.answer({ hop: cae1 }, procedure.message1));
  await assert.rejects(
    terminating.answer({ hop: cae1, claimed: cae1 }, message3),
    refusal('PENDING_UNKNOWN'),
  );
});

test('a peer that may only be the terminating end-point is refused before anything is signed (TS-0003 8.1.2)', async t => {
  const { credential, asked } = watched('cse-b');
  const peers = [{ ...peer.cae1, roles: ['terminating'] as const }];
  const terminating = terminatingEndpoint(t, { credential, peers });
  await assert.rejects(terminating.answer(cae1, begin().message1), refusal('PEER_NOT_ALLOWED'));
  assert.equal(asked(), 0);
});

test('without From message 3 takes the hop of its message 1', async t => {
  const terminating = terminatingEndpoint(t);
  const procedure = begin();
  const message3 = procedure.message3(await terminating.answer({ hop: 'a' }, procedure.message1));
  await assert.rejects(terminating.answer({ hop: 'b' }, message3), refusal('PENDING_UNKNOWN'));
  procedure.finish(await terminating.answer({ hop: 'a' }, message3));
});

const warning = (description: number) => Buffer.of(21, 3, 3, 0, 2, 1, description);
const [unrecognizedName, noCertificate] = [112, 41];

test('a warning before message 1 or 3 ends nothing (RFC 5246 §7.2.2)', async t => {
  const terminating = terminatingEndpoint(t);
  const procedure = begin();
  const answer = (message: Uint8Array, ...warnings: readonly number[]) =>
    terminating.answer(cae1, Buffer.concat([...warnings.map(warning), message]));
  const message2 = await answer(procedure.message1, unrecognizedName, noCertificate);
  procedure.finish(await answer(procedure.message3(message2), unrecognizedName));
});

test('close_notify and a fatal alert end what they stand before, also behind a warning (RFC 5246 §7.2.1, §7.2.2)', async t => {
  const { store, asked } = listening();
  const terminating = terminatingEndpoint(t, { store });
  const { message1 } = begin();
  for (const alert of [warning(0), Buffer.of(21, 3, 3, 0, 2, 2, 0), Buffer.of(21, 3, 3, 0, 2, 2, 112)])
    for (const before of [[], [warning(unrecognizedName)]])
      for (const after of [[], [message1]])
        await assert.rejects(
          terminating.answer(cae1, Buffer.concat([...before, alert, ...after])),
          refusal('ALERT_RECEIVED'),
        );
  assert.deepEqual(asked, []);
});

test('what is too large, no TLS or an alert is neither hashed nor written', async t => {
  const { store, asked } = listening();
  const terminating = terminatingEndpoint(t, { store });
  await assert.rejects(
    terminating.answer(cae1, new Uint8Array(65_537)),
    refusal('MESSAGE_TOO_LARGE', /65537/),
  );
  await assert.rejects(terminating.answer(cae1, new Uint8Array(65_536)), refusal('MESSAGE_MALFORMED'));
  await assert.rejects(terminating.answer(cae1, Buffer.of(21, 3, 3, 0, 2, 2, 40)), refusal('ALERT_RECEIVED'));
  await assert.rejects(
    terminating.answer(cae1, Buffer.of(21, 3, 3, 0, 2, 7, 40)),
    refusal('MESSAGE_MALFORMED'),
  );
  assert.deepEqual(asked, []);
});

for (const [storeName, makeStore] of Object.entries(stores)) {
  const limited = {
    perOriginator: { limits: { perOriginator: 2 }, others: { hop: 'a', claimed: cae2 } },
    perHop: { limits: { perHop: 2 }, others: { hop: 'b', claimed: cae1 } },
    perEndpoint: { limits: { perEndpoint: 2 }, others: null },
  } as const satisfies Record<string, { limits: object; others: Origin | null }>;
  for (const [limit, { limits, others }] of Object.entries(limited))
    test(`${storeName}: one more than ${limit} is refused without a signature, until one has expired`, async t => {
      const clock = fixedClock();
      const { credential, asked } = watched('cse-b');
      const terminating = terminatingEndpoint(t, {
        clock,
        credential,
        limits,
        peers: [peer.cae1, peer.cae2],
        store: makeStore(t)(),
        times: { pending: 1000 },
      });
      const from = { hop: 'a', claimed: cae1 };
      for (let n = 0; n < 2; n++) await terminating.answer(from, begin().message1);
      const { message1 } = begin();
      await assert.rejects(
        terminating.answer(from, message1),
        refusal('TOO_MANY_PENDING', new RegExp(limit)),
      );
      assert.equal(asked(), 2);
      if (others) await terminating.answer(others, begin().message1);
      clock.advance(1000);
      await terminating.answer(from, message1);
    });

  test(`${storeName}: a finished handshake makes room`, async t => {
    const terminating = terminatingEndpoint(t, { limits: { perOriginator: 1 }, store: makeStore(t)() });
    for (let n = 0; n < 3; n++) await complete(terminating);
  });

  test(`${storeName}: message 3 after its time finds nothing; a moment before, its handshake`, async t => {
    const clock = fixedClock();
    const terminating = terminatingEndpoint(t, { clock, store: makeStore(t)(), times: { pending: 1000 } });
    const [early, late] = [begin(), begin()];
    const messages = [];
    for (const procedure of [early, late])
      messages.push(procedure.message3(await terminating.answer(cae1, procedure.message1)));
    const [message3OfEarly, message3OfLate] = messages as [Uint8Array, Uint8Array];
    clock.advance(999);
    early.finish(await terminating.answer(cae1, message3OfEarly));
    clock.advance(1);
    await assert.rejects(terminating.answer(cae1, message3OfLate), refusal('PENDING_UNKNOWN'));
    await terminating.sweep();
    await assert.rejects(terminating.answer(cae1, message3OfLate), refusal('PENDING_UNKNOWN'));
  });
}

test('two end-points in one store do not see each other', async t => {
  const open = (stores.memory ?? assert.fail())(t);
  const one = terminatingEndpoint(t, { store: open() });
  const other = terminatingEndpoint(t, { store: open(), id: '//m2m.example.com/cse-c' });
  const procedure = begin();
  const message3 = procedure.message3(await one.answer(cae1, procedure.message1));
  await assert.rejects(other.answer(cae1, message3), refusal('PENDING_UNKNOWN'));
  procedure.finish(await one.answer(cae1, message3));
  assert.deepEqual(await other.keys(), []);
  assert.equal(one.id, cseB);
});
