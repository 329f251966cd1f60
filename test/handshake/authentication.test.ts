// Who the other end-point is, in both roles: its certificate and its identity. What makes a chain valid is tested in
// test/certificates, the signature that binds both to this handshake in signatures.test.ts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TrustAnchors } from '../../src/certificates/trust.ts';
import type { FaultCode } from '../../src/errors.ts';
import { advance } from '../../src/handshake/handshake.ts';
import { keyFor, makeAuthority, otherKey } from '../../src/testing/certificate-maker.ts';
import { message } from '../../src/wire/messages.ts';
import { edit } from './flights.ts';
import {
  answer,
  begin,
  cae1,
  cae1Entry,
  cseB,
  cseBEntry,
  type EndOptions,
  goOn,
  initiatingEnd,
  type LabCredential,
  labCredential,
  runProcedure,
  terminatingEnd,
  variants,
} from './lab.ts';
import { certified, everything, knowsCertified, party, read, shakeHands } from './parties.ts';
import { refused } from './refused.ts';
import { scriptedInitiating } from './scripted-initiating.ts';
import { scriptedTerminating } from './scripted-terminating.ts';

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
    sentence: /accepted: the identity in a peer entry/,
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
    options: { maxDepth: 0 },
    code: 'CERTIFICATE_UNTRUSTED',
    sentence: /at most 0 intermediate/,
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
    sentence: /accepted: the identity in a peer entry/,
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
    options: { maxDepth: 0 },
    code: 'CERTIFICATE_UNTRUSTED',
    sentence: /at most 0 intermediate/,
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

test('a refused certificate leaves the handshake with its finding: which certificate, which field, by which clause', () => {
  const end = initiatingEnd(trustingElsewhere);
  const turn1 = begin(end, variant);
  const { message2 } = scriptedTerminating(turn1.message, { own: expiredCse });
  const error = refused(() => goOn(end, turn1.state, message2), 'CERTIFICATE_EXPIRED', /./);
  const { code, position, field, clause } = error.finding ?? {};
  assert.deepEqual(
    [code, position, field, clause],
    ['CERTIFICATE_EXPIRED', 0, 'validity', 'RFC 5280 6.1.3 (a)(2)'],
  );
});

test('certificates are judged by the profile of the end-point that judges (TS-0003 10.1.1)', () => {
  const holdings = { a: certified('a', otherKey('P-384')), b: certified('b', otherKey('P-384')) };
  const end = (name: 'a' | 'b', certificateProfile: 'onem2m' | 'rfc5280') =>
    party(name, {
      ...everything,
      own: [holdings[name]],
      knows: [knowsCertified(name === 'a' ? 'b' : 'a')],
      certificateProfile,
    });
  const [a, b] = [end('a', 'rfc5280'), end('b', 'rfc5280')];
  const { turn1, turn2, turn3 } = shakeHands(a, b);
  const strict = { a: end('a', 'onem2m'), b: end('b', 'onem2m') };
  refused(() => read(strict.a, turn1.state, turn2.message), 'CERTIFICATE_UNSUPPORTED', /P-256|10\.1\.1/);
  refused(() => read(strict.b, turn2.state, turn3.message), 'CERTIFICATE_UNSUPPORTED', /P-256|10\.1\.1/);
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
