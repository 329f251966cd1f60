// Who the other end-point is, in both roles: its certificate, its identity, and the signature that binds both to
// this handshake. What makes a chain valid is tested in test/certificates.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TrustAnchors } from '../../src/certificates/trust.ts';
import type { FaultCode } from '../../src/errors.ts';
import { advance } from '../../src/handshake/handshake.ts';
import { authenticateMessage3 } from '../../src/handshake/terminating.ts';
import type { AuthenticatedMessage3 } from '../../src/handshake/turn.ts';
import { keyFor, makeAuthority, otherKey } from '../../src/testing/certificate-maker.ts';
import { message } from '../../src/wire/messages.ts';
import { edit, inRecords, messagesOf, protectedPartOf } from './flights.ts';
import {
  answer,
  begin,
  cae1,
  cae1Entry,
  cseB,
  cseBEntry,
  done,
  type EndOptions,
  exported,
  goOn,
  initiatingEnd,
  type LabCredential,
  labCredential,
  message4Of,
  runProcedure,
  sent,
  terminatingEnd,
  time,
  variants,
} from './lab.ts';
import { refused } from './refused.ts';
import { type InitiatingScript, scriptedInitiating } from './scripted-initiating.ts';
import { scriptedTerminating, type TerminatingScript } from './scripted-terminating.ts';

const [variant] = variants;
assert.ok(variant);

/** Another public key infrastructure, with credentials for the same identities and for others. */
const elsewhere = makeAuthority({ subject: 'elsewhere' });
const elsewhereTrust = TrustAnchors.fromCertificates([elsewhere.der]);
const issued = (options: Parameters<typeof elsewhere.issue>[0]): LabCredential => {
  const { der, key } = elsewhere.issue(options);
  return { chain: [der], key };
};
const strangerCse = issued({ subject: 'stranger cse', names: ['dns:cse-b.m2m.example.com'] });
const expiredCse = issued({
  subject: 'expired cse',
  names: ['dns:cse-b.m2m.example.com'],
  notAfter: new Date('2026-06-01T00:00:00Z'),
});
const futureCse = issued({
  subject: 'future cse',
  names: ['dns:cse-b.m2m.example.com'],
  notBefore: new Date('2099-01-01T00:00:00Z'),
});
const otherCse = issued({ subject: 'other cse', names: ['dns:cse-c.m2m.example.com'] });
const trustingElsewhere = { entry: { ...cseBEntry, trust: elsewhereTrust } };
const damaged = { chain: [Uint8Array.of(0x30, 3, 1, 2, 3)], key: keyFor('damaged') };

interface Case {
  readonly rule: string;
  readonly own: LabCredential;
  readonly code: FaultCode;
  readonly sentence: RegExp;
  readonly options?: EndOptions;
}

const terminatingCredentials: readonly Case[] = [
  { rule: 'no trust anchor vouches for it', own: strangerCse, code: 'CERTIFICATE_UNTRUSTED', sentence: /./ },
  {
    rule: 'it has expired',
    own: expiredCse,
    options: trustingElsewhere,
    code: 'CERTIFICATE_EXPIRED',
    sentence: /./,
  },
  {
    rule: 'it is not valid yet',
    own: futureCse,
    options: trustingElsewhere,
    code: 'CERTIFICATE_EXPIRED',
    sentence: /./,
  },
  {
    rule: 'it is for another CSE',
    own: otherCse,
    options: trustingElsewhere,
    code: 'IDENTITY_MISMATCH',
    sentence: /cse-c/,
  },
  { rule: 'it is for an AE', own: cae1, code: 'IDENTITY_MISMATCH', sentence: /8\.1\.2\.5/ },
  {
    rule: 'nobody in particular is expected, and no entry is for it',
    own: cae1,
    options: { expected: false },
    code: 'PEER_NOT_ALLOWED',
    sentence: /fits no peer entry/,
  },
  {
    rule: 'its entry does not allow the role',
    own: cseB,
    options: { entry: { ...cseBEntry, roles: ['initiating'] } },
    code: 'PEER_NOT_ALLOWED',
    sentence: /terminating/,
  },
  { rule: 'it is no certificate', own: damaged, code: 'CERTIFICATE_MALFORMED', sentence: /./ },
  {
    rule: 'its path is longer than the profile allows',
    own: cseB,
    options: { maxDepth: 2 },
    code: 'CERTIFICATE_UNTRUSTED',
    sentence: /./,
  },
];

for (const { rule, own, code, sentence, options } of terminatingCredentials)
  test(`the terminating end-point's certificate is refused with ${code}: ${rule} (TS-0003 8.1.2)`, () => {
    const end = initiatingEnd(options);
    const turn1 = begin(end, variant);
    const { message2 } = scriptedTerminating(turn1.message, { own });
    refused(() => goOn(end, turn1.state, message2), code, sentence);
  });

const initiatingCredentials: readonly Case[] = [
  {
    rule: 'no trust anchor vouches for it',
    own: labCredential('other-cae1'),
    code: 'CERTIFICATE_UNTRUSTED',
    sentence: /./,
  },
  { rule: 'it has expired', own: labCredential('cae1-expired'), code: 'CERTIFICATE_EXPIRED', sentence: /./ },
  { rule: 'it is for another AE', own: labCredential('cae2'), code: 'IDENTITY_MISMATCH', sentence: /Cae2/ },
  { rule: 'it is for a CSE', own: cseB, code: 'IDENTITY_MISMATCH', sentence: /8\.1\.2\.5/ },
  {
    rule: 'nobody in particular is expected, and no entry is for it',
    own: labCredential('cae2'),
    options: { expected: false },
    code: 'PEER_NOT_ALLOWED',
    sentence: /fits no peer entry/,
  },
  {
    rule: 'its entry does not allow the role',
    own: cae1,
    options: { entry: { ...cae1Entry, roles: ['terminating'] } },
    code: 'PEER_NOT_ALLOWED',
    sentence: /initiating/,
  },
  { rule: 'it is no certificate', own: damaged, code: 'CERTIFICATE_MALFORMED', sentence: /./ },
  {
    rule: 'its path is longer than the profile allows',
    own: cae1,
    options: { maxDepth: 2 },
    code: 'CERTIFICATE_UNTRUSTED',
    sentence: /./,
  },
];

for (const { rule, own, code, sentence, options } of initiatingCredentials)
  test(`the initiating end-point's certificate is refused with ${code}: ${rule} (TS-0003 8.1.2)`, () => {
    const end = terminatingEnd(options);
    const scripted = scriptedInitiating({ own });
    const turn2 = answer(end, scripted.message1);
    const { message3 } = scripted.answer(turn2.message);
    refused(() => goOn(end, turn2.state, message3), code, sentence);
  });

test('certificates are judged at the time that comes with the message, in both roles', () => {
  const { initiating, terminating, turn1, turn2, turn3 } = runProcedure(variant);
  const later = new Date('2200-01-01T00:00:00Z');
  const message2 = { message: turn2.message, time: later };
  refused(() => advance(initiating.profile, turn1.state, message2), 'CERTIFICATE_EXPIRED', /./);
  const message3 = { message: turn3.message, time: later };
  refused(() => advance(terminating.profile, turn2.state, message3), 'CERTIFICATE_EXPIRED', /./);
});

const none = (messages: Uint8Array[]) => edit(messages, message.certificate, () => ({ certificates: [] }));

test('an empty certificate list of the terminating end-point is refused (RFC 5246 §7.4.2)', () => {
  const end = initiatingEnd();
  const turn1 = begin(end, variant);
  const { message2 } = scriptedTerminating(turn1.message, { messages: none });
  refused(() => goOn(end, turn1.state, message2), 'PEER_CERTIFICATE_MISSING', /./);
});

test('an empty certificate list of the initiating end-point is refused (TS-0003 8.7.2.2: mutual authentication)', () => {
  const end = terminatingEnd();
  const turn2 = answer(end, scriptedInitiating().message1);
  const { message3 } = scriptedInitiating({ messages: none }).answer(turn2.message);
  refused(() => goOn(end, turn2.state, message3), 'PEER_CERTIFICATE_MISSING', /./);
  // As TLS has it for a client without certificate: no CertificateVerify either (RFC 5246 §7.4.6).
  const anonymous = scriptedInitiating({ messages: messages => none(messages.slice(0, 2)) }).answer(
    turn2.message,
  );
  refused(() => goOn(end, turn2.state, anonymous.message3), 'PEER_CERTIFICATE_MISSING', /sent none/);
});

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
  const own = issued({ subject: 'rsa cse', names: ['dns:cse-b.m2m.example.com'], key: otherKey(2048) });
  const end = initiatingEnd({ ...trustingElsewhere, certificateProfile: 'rfc5280' });
  const turn1 = begin(end, variant);
  const { message2 } = scriptedTerminating(turn1.message, { own });
  refused(() => goOn(end, turn1.state, message2), 'PARAMETER_ILLEGAL', /does not fit the certificate's key/);
});

test("no export indicator is refused where the initiating peer's entry requires it (TS-0003 Table 8.7.2.2-1)", () => {
  const end = terminatingEnd({ entry: { ...cae1Entry, exportIndicator: 'required' } });
  const alpn = 16;
  const scripted = scriptedInitiating({
    clientHello: hello => ({ ...hello, extensions: hello.extensions.filter(({ type }) => type !== alpn) }),
  });
  const turn2 = answer(end, scripted.message1);
  const { message3 } = scripted.answer(turn2.message);
  refused(() => goOn(end, turn2.state, message3), 'EXPORT_INDICATOR_MISSING', /missing and required/);
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
  const wiped = { ...state, scalar: state.scalar.copy() };
  wiped.scalar.wipe();
  assert.equal(
    authenticateMessage3(terminating.profile, wiped, input).peer.entity,
    '//m2m.example.com/cse-a/Cae1',
  );
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

function flip(bytes: Uint8Array, at: number): Uint8Array {
  return Uint8Array.from(bytes).with(at, (bytes[at] ?? 0) ^ 1);
}
