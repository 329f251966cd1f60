// The signatures that bind a certificate to this handshake, in both roles: ServerKeyExchange and CertificateVerify; and
// that message 3 is authenticated before the ephemeral key is used.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TrustAnchors } from '../../src/certificates/trust.ts';
import { advance } from '../../src/handshake/handshake.ts';
import { authenticateMessage3 } from '../../src/handshake/terminating.ts';
import type { AuthenticatedMessage3 } from '../../src/handshake/turn.ts';
import { keyFor, makeAuthority, otherKey } from '../../src/testing/certificate-maker.ts';
import { inRecords, messagesOf, protectedPartOf } from './flights.ts';
import {
  answer,
  begin,
  cae1,
  cseB,
  cseBEntry,
  done,
  exported,
  goOn,
  initiatingEnd,
  message4Of,
  runProcedure,
  sent,
  terminatingEnd,
  time,
  variants,
} from './lab.ts';
import { certified, everything, knowsCertified, opening, party, read, suite } from './parties.ts';
import { refused } from './refused.ts';
import { type InitiatingScript, scriptedInitiating } from './scripted-initiating.ts';
import { scriptedTerminating, type TerminatingScript } from './scripted-terminating.ts';

const [variant] = variants;
assert.ok(variant);

/** ServerKeyExchange signs 32 bytes of each random and then the parameters. */
const serverSignatures: readonly { rule: string; script: TerminatingScript }[] = [
  {
    rule: "by another key than the certificate's",
    script: { own: { chain: cseB.chain, key: keyFor('thief') } },
  },
  { rule: 'over the client random of another handshake', script: { signs: bytes => flip(bytes, 0) } },
  { rule: 'over the server random of another handshake', script: { signs: bytes => flip(bytes, 32) } },
  { rule: 'over another curve', script: { signs: bytes => flip(bytes, 66) } },
  { rule: "over another's ephemeral key", script: { signs: bytes => flip(bytes, bytes.length - 1) } },
  { rule: 'over the parameters alone', script: { signs: bytes => bytes.subarray(64) } },
  {
    rule: 'over the randoms in the other order',
    script: {
      signs: bytes => Buffer.concat([bytes.subarray(32, 64), bytes.subarray(0, 32), bytes.subarray(64)]),
    },
  },
  { rule: 'of no bytes', script: { signed: signed => ({ ...signed, signature: new Uint8Array() }) } },
  {
    rule: 'in another form than DER',
    script: { signed: signed => ({ ...signed, signature: new Uint8Array(64).fill(1) }) },
  },
];

for (const { rule, script } of serverSignatures)
  test(`a signature in ServerKeyExchange is refused: ${rule} (RFC 8422 §5.4)`, () => {
    const end = initiatingEnd();
    const turn1 = begin(end, variant);
    const { message2 } = scriptedTerminating(turn1.message, script);
    refused(() => goOn(end, turn1.state, message2), 'SIGNATURE_INVALID', /ServerKeyExchange/);
  });

/** CertificateVerify signs every handshake message before it. */
const clientSignatures: readonly { rule: string; script: InitiatingScript }[] = [
  {
    rule: "by another key than the certificate's",
    script: { own: { chain: cae1.chain, key: keyFor('thief') } },
  },
  { rule: 'over another ClientHello', script: { signs: bytes => flip(bytes, 10) } },
  { rule: 'over another ClientKeyExchange', script: { signs: bytes => flip(bytes, bytes.length - 1) } },
  { rule: 'without ClientKeyExchange', script: { signs: bytes => bytes.subarray(0, bytes.length - 70) } },
  { rule: 'over message 3 alone', script: { signs: bytes => bytes.subarray(bytes.length - 70) } },
  { rule: 'over nothing', script: { signs: () => new Uint8Array() } },
  { rule: 'of no bytes', script: { signed: signed => ({ ...signed, signature: new Uint8Array() }) } },
];

for (const { rule, script } of clientSignatures)
  test(`a signature in CertificateVerify is refused: ${rule} (RFC 5246 §7.4.8)`, () => {
    const end = terminatingEnd();
    const scripted = scriptedInitiating(script);
    const turn2 = answer(end, scripted.message1);
    const { message3 } = scripted.answer(turn2.message);
    refused(() => goOn(end, turn2.state, message3), 'SIGNATURE_INVALID', /CertificateVerify/);
  });

for (const scheme of [0x0203, 0x0503, 0x0401])
  test(`CertificateVerify under scheme 0x${scheme.toString(16)}, which was not listed, is refused (RFC 5246 §7.4.8)`, () => {
    const end = terminatingEnd();
    const scripted = scriptedInitiating({ signed: signed => ({ ...signed, scheme }) });
    const turn2 = answer(end, scripted.message1);
    const { message3 } = scripted.answer(turn2.message);
    refused(() => goOn(end, turn2.state, message3), 'PARAMETER_ILLEGAL', /CertificateRequest did not list/);
  });

test("a scheme that does not fit the certificate's key is refused (RFC 5246 §7.4.3)", () => {
  const elsewhere = makeAuthority({ subject: 'elsewhere' });
  const names = ['dns:cse-b.m2m.example.com'];
  const { der, key } = elsewhere.issue({ subject: 'ed25519 cse', names, key: otherKey('Ed25519') });
  const entry = { ...cseBEntry, trust: TrustAnchors.fromCertificates([elsewhere.der]) };
  const end = initiatingEnd({ entry, certificateProfile: 'rfc5280' });
  const turn1 = begin(end, variant);
  const { message2 } = scriptedTerminating(turn1.message, {
    own: { chain: [der], key },
    scheme: 0x0807,
    signed: signed => ({ ...signed, scheme: 0x0403 }),
  });
  refused(() => goOn(end, turn1.state, message2), 'PARAMETER_ILLEGAL', /does not fit the certificate's key/);
});

for (const { suiteName, ownKey, scheme } of [
  { suiteName: 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256', ownKey: otherKey(2048), scheme: 0x0804 },
  { suiteName: 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', ownKey: keyFor('b'), scheme: 0x0403 },
  { suiteName: 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', ownKey: otherKey('Ed25519'), scheme: 0x0807 },
])
  test(`ServerKeyExchange signed with scheme 0x${scheme.toString(16)} is none of ${suiteName} (RFC 5246 §7.4.2)`, () => {
    const a = party('a', { ...everything, own: [certified('a')], knows: [knowsCertified('b')] });
    const turn1 = opening(a);
    const { message2 } = scriptedTerminating(turn1.message, {
      suite: suite(suiteName),
      own: certified('b', ownKey),
      scheme,
    });
    refused(
      () => read(a, turn1.state, message2),
      'PARAMETER_ILLEGAL',
      /ServerKeyExchange is signed with a scheme that is not for ECDHE_/,
    );
  });

test('messages of another procedure of the same two end-points are refused (replay)', () => {
  const [a, b] = [initiatingEnd(), terminatingEnd()];
  const procedure = () => {
    const turn1 = begin(a, variant);
    const turn2 = answer(b, turn1.message);
    const turn3 = sent(goOn(a, turn1.state, turn2.message));
    return { turn1, turn2, turn3, turn4: done(goOn(b, turn2.state, turn3.message)) };
  };
  const [one, other] = [procedure(), procedure()];
  refused(() => goOn(a, one.turn1.state, other.turn2.message), 'SIGNATURE_INVALID', /ServerKeyExchange/);
  refused(() => goOn(b, one.turn2.state, other.turn3.message), 'SIGNATURE_INVALID', /CertificateVerify/);
  refused(() => goOn(a, one.turn3.state, message4Of(other.turn4)), 'RECORD_UNAUTHENTIC', /does not open/);
  const mixed = Buffer.concat([
    inRecords(messagesOf(one.turn3.message)),
    protectedPartOf(other.turn3.message),
  ]);
  refused(() => goOn(b, one.turn2.state, mixed), 'RECORD_UNAUTHENTIC', /does not open/);
});

test('message 3 is authenticated with public operations only, and what that gave is not done twice', () => {
  const { terminating, turn2, turn3, turn4 } = runProcedure(variant);
  const { state } = turn2;
  assert.ok(state.waitingFor === 'message 3');
  const input = { message: turn3.message, time };
  assert.ok(state.ephemeral);
  const ephemeral = { ...state.ephemeral, scalar: state.ephemeral.scalar.copy() };
  ephemeral.scalar.wipe();
  const { authentication } = authenticateMessage3(terminating.profile, { ...state, ephemeral }, input);
  assert.equal(authentication?.peer.entity, '//m2m.example.com/cse-a/Cae1');
  const authenticated = authenticateMessage3(terminating.profile, state, input);
  const session = (): unknown => {
    const turn = advance(terminating.profile, state, { ...input, authenticated });
    assert.ok(turn.kind === 'done');
    return exported(turn.session);
  };
  assert.deepEqual(session(), exported(turn4.session));
  refused(session, 'MESSAGE_UNEXPECTED', /the flight ends/);
});

test('authentication of another handshake, or of other bytes, is not taken over', () => {
  const one = runProcedure(variant);
  const { terminating, turn2, turn3 } = one;
  assert.ok(turn2.state.waitingFor === 'message 3');
  const { profile } = terminating;
  const input = { message: turn3.message, time };
  const authenticated: AuthenticatedMessage3 = authenticateMessage3(profile, turn2.state, input);
  const sameState = { ...turn2.state };
  refused(
    () => advance(profile, sameState, { ...input, authenticated }),
    'INTERNAL',
    /for another handshake/,
  );
  const sameBytes = Uint8Array.from(turn3.message);
  refused(
    () => advance(profile, turn2.state, { message: sameBytes, time, authenticated }),
    'INTERNAL',
    /for another handshake/,
  );
});

test('what nobody authenticated here, or under another profile, is not taken over as authenticated', () => {
  const { terminating, turn2, turn3 } = runProcedure(variant);
  const { profile } = terminating;
  const { state } = turn2;
  assert.ok(state.waitingFor === 'message 3');
  const input = { message: turn3.message, time };
  const authenticated = authenticateMessage3(profile, state, input);
  const elsewhere = { ...profile };
  for (const [under, claimed] of [
    [profile, { ...authenticated }],
    [profile, { ...authenticated, authentication: null }],
    [elsewhere, authenticated],
    [profile, authenticateMessage3(elsewhere, state, input)],
  ] as const)
    refused(
      () => advance(under, state, { ...input, authenticated: claimed }),
      'INTERNAL',
      /for another handshake/,
    );
});

function flip(bytes: Uint8Array, at: number): Uint8Array {
  return Uint8Array.from(bytes).with(at, (bytes[at] ?? 0) ^ 1);
}
