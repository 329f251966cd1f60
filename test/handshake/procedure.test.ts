// The four messages between two honest end-points (TS-0003 8.7.2.2): what both ends have when they are over.
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { suites, usesPresharedKey } from '../../src/crypto/suites.ts';
import { E2EKeyError } from '../../src/errors.ts';
import { accept, advance } from '../../src/handshake/handshake.ts';
import { annotate } from '../../src/wire/annotate.ts';
import { allVariants, kinds, pskIdentity } from './kinds.ts';
import {
  answer,
  begin,
  done,
  exported,
  goOn,
  initiatingEnd,
  labPresharedKey,
  message4Of,
  runProcedure,
  sent,
  signed,
  terminatingEnd,
  time,
  variants,
} from './lab.ts';

for (const variant of allVariants) {
  const { name, suite, encryptThenMac, group } = variant;

  test(`both ends export the same 48 bytes (TS-0003 10.3.1): ${name}`, () => {
    const { turn4, end } = runProcedure(variant);
    const bytes = exported(end.session);
    assert.equal(bytes.length, 48);
    assert.ok(bytes.some(byte => byte !== 0));
    assert.deepEqual(bytes, exported(turn4.session));
  });

  test(`both sessions say what was negotiated, by what, and with whom: ${name}`, () => {
    const { turn2, turn3, turn4, end } = runProcedure(variant);
    for (const { state } of [turn2, turn3])
      assert.equal('negotiated' in state && state.negotiated.encryptThenMac, encryptThenMac);
    for (const { session } of [turn4, end]) {
      assert.equal(session.by, usesPresharedKey(suite) ? 'psk' : 'certificate');
      assert.equal(session.suite, suite.name);
      assert.equal(session.group, group?.name ?? null);
      assert.equal(session.forwardSecrecy, group !== null);
      assert.equal(session.exportIndicator, true);
      assert.equal(session.extendedMasterSecret, true);
      assert.equal(session.stapledResponse, null);
    }
    assert.deepEqual([end.session.role, end.session.peer.entity], ['initiating', '//m2m.example.com/cse-b']);
    assert.deepEqual(
      [turn4.session.role, turn4.session.peer.entity],
      ['terminating', '//m2m.example.com/cse-a/Cae1'],
    );
  });

  test(`each peer is what its entry says, and vouched for by nothing else (TS-0003 8.1.2.5): ${name}`, () => {
    const { turn4, end } = runProcedure(variant);
    for (const [{ session }, { entry = null }, { own }, flavour, id] of [
      [end, variant.initiating, variant.terminating, 'cse-id', 'cse-b.m2m.example.com'],
      [turn4, variant.terminating, variant.initiating, 'ae-id', '//m2m.example.com/cse-a/Cae1'],
    ] as const) {
      const { peer } = session;
      switch (entry?.flavour) {
        case 'psk':
          assert.deepEqual([peer.flavour, peer.id, peer.fingerprint], ['psk', pskIdentity, null]);
          break;
        case 'raw': {
          const [publicKey = new Uint8Array()] = own?.chain ?? [];
          assert.deepEqual([peer.flavour, peer.id], ['raw', entry.pin]);
          assert.equal(peer.fingerprint, hash('sha256', publicKey));
          break;
        }
        default:
          assert.deepEqual([peer.flavour, peer.id], [flavour, id]);
          assert.ok(peer.subject !== null && peer.validUntil !== null && peer.path.length === 2);
          continue;
      }
      assert.deepEqual([peer.subject, peer.validUntil, peer.path], [null, null, []]);
    }
  });

  test(`each end writes with the keys that the other reads with (RFC 5246 §6.3): ${name}`, () => {
    const { turn4, end } = runProcedure(variant);
    const [near, far] = [end.session.recordProtection(), turn4.session.recordProtection()];
    assert.deepEqual(near.write, far.read);
    assert.deepEqual(near.read, far.write);
    assert.notDeepEqual(near.write.keys, near.read.keys);
  });
}

test('every suite has a variant, and those of CBC one in each order of MAC and encryption', () => {
  for (const { name, protection } of suites) {
    const orders = allVariants.filter(({ suite }) => suite.name === name).map(each => each.encryptThenMac);
    assert.equal(new Set(orders).size, protection.kind === 'cbc' ? 2 : 1, name);
  }
});

for (const variant of kinds) {
  test(`two procedures share no secret: randoms and ephemeral keys are fresh each time: ${variant.kind}`, () => {
    const { initiating: a, terminating: b } = runProcedure(variant);
    const ids = [1, 2].map(() => {
      const turn1 = begin(a, variant);
      const turn2 = answer(b, turn1.message);
      const turn3 = sent(goOn(a, turn1.state, turn2.message));
      return exported(done(goOn(b, turn2.state, turn3.message)).session).toString('hex');
    });
    assert.notEqual(ids[0], ids[1]);
  });

  test(`a step keeps nothing of the buffers that it was given, which may be used again: ${variant.kind}`, () => {
    const { initiating: a, terminating: b } = runProcedure(variant);
    const overwritten = <T>(received: Uint8Array, step: (copy: Uint8Array) => T): T => {
      const copy = Uint8Array.from(received);
      const turn = step(copy);
      copy.fill(0xaa);
      return turn;
    };
    const turn1 = begin(a, variant);
    const asked2 = overwritten(turn1.message, copy => accept(b.profile, copy));
    const turn2 = sent(signed(b, asked2));
    const asked3 = overwritten(turn2.message, copy =>
      advance(a.profile, turn1.state, { message: copy, time }),
    );
    const turn3 = sent(signed(a, asked3));
    const asked4 = overwritten(turn3.message, copy =>
      advance(b.profile, turn2.state, { message: copy, time }),
    );
    const turn4 = done(signed(b, asked4));
    const end = done(overwritten(message4Of(turn4), copy => goOn(a, turn3.state, copy)));
    assert.deepEqual(exported(end.session), exported(turn4.session));
  });
}

/** What travels in messages 2 and 3, by how the end-points authenticate themselves. */
const withCertificates = [
  ['ServerHello', 'Certificate', 'ServerKeyExchange', 'CertificateRequest', 'ServerHelloDone'],
  ['Certificate', 'ClientKeyExchange', 'CertificateVerify', '[ChangeCipherSpec]', 'Finished (protected)'],
];
const withPresharedKey = ['ClientKeyExchange', '[ChangeCipherSpec]', 'Finished (protected)'];

for (const { clause, kind, messages } of [
  {
    clause: 'RFC 5246 §7.3 figure 1 with both ends authenticated',
    kind: 'X.509 certificates',
    messages: withCertificates,
  },
  { clause: 'RFC 7250 §4 figure 4', kind: 'raw public keys', messages: withCertificates },
  {
    clause: 'RFC 4279 §2 without a hint',
    kind: 'pre-shared key',
    messages: [['ServerHello', 'ServerHelloDone'], withPresharedKey],
  },
  {
    clause: 'RFC 4279 §2 with a hint',
    kind: 'pre-shared key with a hint',
    messages: [['ServerHello', 'ServerKeyExchange', 'ServerHelloDone'], withPresharedKey],
  },
  {
    clause: 'RFC 5489 §2',
    kind: 'pre-shared key and ECDHE',
    messages: [['ServerHello', 'ServerKeyExchange', 'ServerHelloDone'], withPresharedKey],
  },
])
  test(`the messages of ${clause} travel: ${kind}`, () => {
    const found = kinds.find(each => each.kind === kind) ?? assert.fail();
    const { turn1, turn2, turn3, turn4 } = runProcedure(found);
    assert.deepEqual(
      [turn1.message, turn2.message, turn3.message, message4Of(turn4)].map(
        flight => annotate(flight).messages,
      ),
      [['ClientHello'], ...messages, ['[ChangeCipherSpec]', 'Finished (protected)']],
    );
  });

const [variant] = variants;
assert.ok(variant);

test('each end says what it waits for at each pause', () => {
  const { turn1, turn2, turn3 } = runProcedure(variant);
  assert.deepEqual(
    [turn1, turn2, turn3].map(({ state }) => state.waitingFor),
    ['message 2', 'message 3', 'message 4'],
  );
});

test('the same state and message lead to the same turn, up to the bytes of fresh randomness', () => {
  const { terminating, turn2, turn3, turn4 } = runProcedure(variant);
  const again = advance(terminating.profile, turn2.state, { message: turn3.message, time });
  assert.ok(again.kind === 'done');
  assert.deepEqual(again.message, turn4.message);
  assert.deepEqual(exported(again.session), exported(turn4.session));
});

test('a terminating end-point takes the first of its own suites that is offered (RFC 5246 §7.4.1.3)', () => {
  const backwards = variants.map(({ suite }) => suite).reverse();
  const [ccm8] = backwards.filter(({ protection }) => 'tagSize' in protection && protection.tagSize === 8);
  assert.ok(ccm8);
  const first = begin(initiatingEnd({ suites: backwards }), variant);
  for (const suites of [[ccm8], backwards, [...backwards].reverse()]) {
    const { state } = answer(terminatingEnd({ suites }), first.message);
    assert.equal('negotiated' in state && state.negotiated.suite, suites[0]);
  }
});

test('server_name is sent when the profile has a host name, and may be ignored (RFC 6066 §3)', () => {
  const serverName = 'cse-b.m2m.example.com';
  const { turn1, turn4, end } = runProcedure(variant, { initiating: { serverName } });
  assert.ok(Buffer.from(turn1.message).includes(serverName));
  assert.deepEqual(exported(end.session), exported(turn4.session));
});

test('an input that the state does not wait for is our own mistake, and leads nowhere', () => {
  const { initiating, terminating, turn1, turn2, turn3 } = runProcedure(variant);
  const asked = advance(initiating.profile, turn1.state, { message: turn2.message, time });
  const begun = accept(terminating.profile, turn1.message);
  assert.ok(asked.kind === 'sign' && begun.kind === 'sign');
  for (const { state } of [turn1, turn2, turn3])
    assert.throws(() => advance(initiating.profile, state, { signature: new Uint8Array(70) }), internal);
  for (const { state } of [asked, begun])
    assert.throws(() => advance(initiating.profile, state, { message: turn2.message, time }), internal);
  for (const { state } of [turn1, turn2, turn3, asked, begun])
    assert.throws(() => advance(initiating.profile, state, { presharedKey: labPresharedKey }), internal);
});

test('a handshake that waits for a pre-shared key takes nothing else, and one without certificates none', () => {
  const found = kinds.find(({ kind }) => kind === 'pre-shared key') ?? assert.fail();
  const { initiating, terminating, turn1, turn2, turn3 } = runProcedure(found);
  const asked3 = advance(initiating.profile, turn1.state, { message: turn2.message, time });
  const asked4 = advance(terminating.profile, turn2.state, { message: turn3.message, time });
  assert.ok(asked3.kind === 'need' && asked4.kind === 'need');
  assert.deepEqual([asked3.what, asked4.what], Array(2).fill({ pskIdentity, identityHint: null }));
  for (const { state } of [asked3, asked4]) {
    assert.throws(() => advance(initiating.profile, state, { message: turn2.message, time }), internal);
    assert.throws(() => advance(initiating.profile, state, { signature: new Uint8Array(70) }), internal);
  }
});

test('a closed session exports nothing and protects nothing', () => {
  const { end } = runProcedure(variant);
  end.session.close();
  assert.throws(() => exported(end.session), internal);
  assert.throws(() => end.session.recordProtection(), internal);
  end.session.close();
});

test("the session's master secret is its own: wiping the state that it came from leaves it whole", () => {
  const { turn3, turn4, end } = runProcedure(variant);
  assert.ok(turn3.state.waitingFor === 'message 4');
  turn3.state.masterSecret.wipe();
  assert.deepEqual(exported(end.session), exported(turn4.session));
});

test('labels of the handshake itself are not exported under (RFC 5705 §4)', () => {
  const { end } = runProcedure(variant);
  assert.throws(() => end.session.export('key expansion', 48), RangeError);
});

function internal(error: unknown): boolean {
  return error instanceof E2EKeyError && error.code === 'INTERNAL';
}
