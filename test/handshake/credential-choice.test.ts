// What the two end-points have in common: suite, group, and the credential and scheme that either signs with. Among
// what is in common the terminating end-point's order decides.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Group, groupByName } from '../../src/crypto/key-exchange.ts';
import { schemeByName } from '../../src/crypto/signatures.ts';
import type { Suite } from '../../src/crypto/suites.ts';
import { accept, advance } from '../../src/handshake/handshake.ts';
import { otherKey } from '../../src/testing/certificate-maker.ts';
import { clientExtension } from '../../src/wire/extensions.ts';
import { type ClientHello, message } from '../../src/wire/messages.ts';
import { find, messagesOf } from './flights.ts';
import { beginWith, exported, terminatingEnd, time } from './lab.ts';
import {
  answered,
  certified,
  everything,
  type Holding,
  knowsCertified,
  knowsRaw,
  opening,
  type Party,
  type PartyOptions,
  party,
  raw,
  shakeHands,
  suite,
} from './parties.ts';
import { refused } from './refused.ts';
import { scriptedInitiating } from './scripted-initiating.ts';
import { scriptedTerminating } from './scripted-terminating.ts';

const ecdsaSuite = suite('TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256');
const ecdsaCbc = suite('TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256');
const rsaSuite = suite('TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256');
const [p256, p384, x25519] = ['secp256r1', 'secp384r1', 'x25519'].map(
  name => groupByName(name) ?? assert.fail(),
);
assert.ok(p256 && p384 && x25519);
const scheme = (name: string): number => schemeByName(name)?.id ?? assert.fail(name);

const keys = { rsa: otherKey(2048), ed25519: otherKey('Ed25519'), p384: otherKey('P-384') };
const of = (name: 'a' | 'b') => ({
  p256: certified(name),
  rsa: certified(name, keys.rsa),
  ed25519: certified(name, keys.ed25519),
  p384: certified(name, keys.p384),
});
const [ofA, ofB] = [of('a'), of('b')];

const initiating = (options: PartyOptions = {}): Party =>
  party('a', { ...everything, own: [ofA.p256], knows: [knowsCertified('b')], ...options });
const terminating = (options: PartyOptions = {}): Party =>
  party('b', { ...everything, own: [ofB.p256], knows: [knowsCertified('a')], ...options });

/** What message 1 of `a` leads to at `b`: the suite, the group, and what ServerKeyExchange is signed with. */
function choice(a: Party, b: Party, change = (hello: ClientHello) => hello) {
  const turn1 = beginWith(opening(a), change);
  const turn = accept(b.profile, turn1.message);
  assert.ok(turn.kind === 'sign' && turn.state.waitingFor === 'signature over message 2');
  const { suite: agreed, group } = turn.state.negotiated;
  return { suite: agreed.name, group: group?.name, credential: turn.credential, scheme: turn.scheme };
}

const without =
  ({ type }: { type: number }) =>
  (hello: ClientHello): ClientHello => ({
    ...hello,
    extensions: hello.extensions.filter(extension => extension.type !== type),
  });

test("of the suites in common it is the terminating end-point's first (RFC 5246 §7.4.1.3)", () => {
  const orders = [
    [ecdsaSuite, ecdsaCbc],
    [ecdsaCbc, ecdsaSuite],
  ] as const;
  for (const suites of orders)
    for (const theirs of orders)
      assert.equal(choice(initiating({ suites: theirs }), terminating({ suites })).suite, suites[0].name);
});

test("of the groups in common it is the terminating end-point's first (RFC 8422 §5.1)", () => {
  const orders: readonly (readonly [Group, ...Group[]])[] = [
    [p256, x25519],
    [x25519, p256],
  ];
  for (const groups of orders)
    for (const theirs of orders)
      assert.equal(choice(initiating({ groups: theirs }), terminating({ groups })).group, groups[0].name);
  const b = terminating({ groups: [p384, x25519] });
  assert.equal(choice(initiating({ groups: [p256, x25519] }), b).group, 'x25519');
  const unrestricted = choice(initiating({ groups: [p256] }), b, without(clientExtension.supportedGroups));
  assert.equal(unrestricted.group, 'secp384r1');
});

test('no group in common is told with those that are possible (RFC 8422 §5.1)', () => {
  const { message: message1 } = opening(initiating({ groups: [p256] }));
  refused(
    () => accept(terminating({ groups: [x25519, p384] }).profile, message1),
    'NOTHING_IN_COMMON',
    /ClientHello\.supported_groups has none of x25519, secp384r1 /,
  );
});

test('a suite is passed over for which the initiating end-point takes no credential of ours (RFC 8422 §2)', () => {
  const b = terminating({ own: [ofB.p256, ofB.rsa], suites: [ecdsaSuite, rsaSuite] });
  const chosen = (suites: readonly Suite[]) => choice(initiating({ suites }), b);
  const rsa = { suite: rsaSuite.name, credential: 1, scheme: scheme('rsa_pss_rsae_sha256') };
  const ecdsa = { suite: ecdsaSuite.name, credential: 0, scheme: scheme('ecdsa_secp256r1_sha256') };
  const group = 'secp256r1';
  assert.deepEqual(chosen([rsaSuite]), { ...rsa, group });
  assert.deepEqual(chosen([ecdsaSuite]), { ...ecdsa, group });
  assert.deepEqual(chosen([rsaSuite, ecdsaSuite]), { ...ecdsa, group });
  const onlyRsaSchemes = initiating({
    own: [ofA.rsa],
    suites: [ecdsaSuite, rsaSuite],
    signatureSchemes: [scheme('rsa_pkcs1_sha256')],
  });
  assert.deepEqual(choice(onlyRsaSchemes, b), { ...rsa, scheme: scheme('rsa_pkcs1_sha256'), group });
});

const schemeChoices: readonly {
  rule: string;
  own: readonly Holding[];
  offered: readonly string[];
  ours?: readonly string[];
  chosen: { credential: number; scheme: string };
}[] = [
  {
    rule: "our key's best, whatever the order of the list",
    own: [ofB.p256],
    offered: ['ecdsa_secp521r1_sha512', 'ecdsa_secp256r1_sha256'],
    chosen: { credential: 0, scheme: 'ecdsa_secp256r1_sha256' },
  },
  {
    rule: 'one that the list has',
    own: [ofB.p256],
    offered: ['ecdsa_secp384r1_sha384'],
    chosen: { credential: 0, scheme: 'ecdsa_secp384r1_sha384' },
  },
  {
    rule: 'one that our profile has',
    own: [ofB.p256],
    offered: ['ecdsa_secp256r1_sha256', 'ecdsa_secp384r1_sha384'],
    ours: ['ecdsa_secp384r1_sha384'],
    chosen: { credential: 0, scheme: 'ecdsa_secp384r1_sha384' },
  },
  {
    rule: 'Ed25519 in a suite for ECDSA (RFC 8422 §5.5)',
    own: [ofB.ed25519],
    offered: ['ecdsa_secp256r1_sha256', 'ed25519'],
    chosen: { credential: 0, scheme: 'ed25519' },
  },
  {
    rule: 'the second credential where the list has nothing for the first',
    own: [ofB.ed25519, ofB.p256],
    offered: ['ecdsa_secp256r1_sha256'],
    chosen: { credential: 1, scheme: 'ecdsa_secp256r1_sha256' },
  },
];

for (const { rule, own, offered, ours, chosen } of schemeChoices)
  test(`ServerKeyExchange is signed with what signature_algorithms allows (RFC 5246 §7.4.1.4.1): ${rule}`, () => {
    const a = initiating({
      suites: [ecdsaSuite],
      signatureSchemes: offered.map(scheme),
    });
    const b = terminating({ own, ...(ours && { signatureSchemes: ours.map(scheme) }) });
    const { credential, scheme: agreed } = choice(a, b);
    assert.deepEqual({ credential, scheme: agreed }, { ...chosen, scheme: scheme(chosen.scheme) });
  });

test("a credential is taken only if its key's curve is among the groups (RFC 8422 §5.1)", () => {
  const a = initiating({ suites: [ecdsaSuite], groups: [p256] });
  assert.equal(choice(a, terminating({ own: [ofB.p384, ofB.p256] })).credential, 1);
  assert.equal(choice(a, terminating({ own: [ofB.ed25519] })).credential, 0);
  const b = terminating({ own: [ofB.p384] });
  refused(
    () => accept(b.profile, opening(a).message),
    'NOTHING_IN_COMMON',
    /ClientHello\.supported_groups lacks the curve of our certificate's key \(RFC 8422 §5\.1\)/,
  );
  assert.equal(choice(a, b, without(clientExtension.supportedGroups)).credential, 0);
  const both = initiating({ suites: [ecdsaSuite], groups: [p256, p384] });
  assert.equal(choice(both, b).group, 'secp256r1');
});

test('no credential or no scheme in common is told with the field (RFC 5246 §7.4.1.4.1)', () => {
  const rsaOnly = terminating({ own: [ofB.rsa] });
  refused(
    () => accept(rsaOnly.profile, opening(initiating({ suites: [ecdsaSuite] })).message),
    'NOTHING_IN_COMMON',
    /ClientHello\.cipherSuites has none that is allowed here and that we have a credential for/,
  );
  const sha512 = initiating({
    suites: [rsaSuite],
    own: [ofA.rsa],
    signatureSchemes: [scheme('rsa_pkcs1_sha512')],
  });
  const sha256 = terminating({ own: [ofB.rsa], signatureSchemes: [scheme('rsa_pkcs1_sha256')] });
  refused(
    () => accept(sha256.profile, opening(sha512).message),
    'NOTHING_IN_COMMON',
    /ClientHello\.signature_algorithms has none that our key is for/,
  );
});

/** What message 2 of `b` leads to at `a`: what CertificateVerify is signed with. */
function answer(a: Party, b: Party) {
  const turn1 = opening(a);
  const turn2 = answered(b, turn1.message);
  const turn = advance(a.profile, turn1.state, { message: turn2.message, time });
  assert.ok(turn.kind === 'sign');
  return { credential: turn.credential, scheme: turn.scheme };
}

const ownCredentials = [ofA.rsa, ofA.ed25519, ofA.p256];
const requests: readonly { schemes: readonly string[]; credential: number; scheme: string }[] = [
  { schemes: ['ecdsa_secp256r1_sha256'], credential: 2, scheme: 'ecdsa_secp256r1_sha256' },
  { schemes: ['ecdsa_secp256r1_sha256', 'ed25519'], credential: 1, scheme: 'ed25519' },
  { schemes: ['ecdsa_secp256r1_sha256', 'rsa_pkcs1_sha256'], credential: 0, scheme: 'rsa_pkcs1_sha256' },
];

for (const { schemes, ...chosen } of requests)
  test(`CertificateVerify is signed with the first credential that ${schemes.join(' and ')} allow (RFC 5246 §7.4.4)`, () => {
    const a = initiating({ own: ownCredentials, suites: [ecdsaSuite] });
    const b = terminating({ signatureSchemes: schemes.map(scheme) });
    assert.deepEqual(answer(a, b), { ...chosen, scheme: scheme(chosen.scheme) });
  });

test('the credential is of the type that ServerHello chose, also where another one comes first (RFC 7250 §4.2)', () => {
  const a = initiating({ own: [ofA.p256, raw('a')] });
  const b = terminating({ knows: [knowsRaw('a')] });
  assert.equal(answer(a, b).credential, 1);
  assert.equal(answer(a, terminating()).credential, 0);
});

test('a request that none of our credentials fits is told with its field (RFC 5246 §7.4.4)', () => {
  const read = (own: readonly Holding[], schemes: readonly string[]) => () =>
    answer(initiating({ own, suites: [ecdsaSuite] }), terminating({ signatureSchemes: schemes.map(scheme) }));
  refused(
    read([ofA.rsa], ['ecdsa_secp256r1_sha256']),
    'NOTHING_IN_COMMON',
    /CertificateRequest\.certificateTypes has none/,
  );
  refused(
    read([ofA.ed25519], ['ecdsa_secp256r1_sha256']),
    'NOTHING_IN_COMMON',
    /CertificateRequest\.signatureSchemes has none/,
  );
});

test('a scheme that the profile rules out is not signed with, whatever is asked for (RFC 5246 §7.4.4)', () => {
  const a = initiating({ signatureSchemes: [scheme('ecdsa_secp256r1_sha256')] });
  const turn1 = opening(a);
  const { message2 } = scriptedTerminating(turn1.message, {
    own: ofB.p256,
    request: request => ({ ...request, signatureSchemes: [scheme('ecdsa_secp384r1_sha384')] }),
  });
  refused(
    () => advance(a.profile, turn1.state, { message: message2, time }),
    'NOTHING_IN_COMMON',
    /CertificateRequest\.signatureSchemes has none/,
  );
});

test('CertificateRequest names the types and schemes of the profile, and no authority (RFC 5246 §7.4.4)', () => {
  const signatureSchemes = ['rsa_pss_rsae_sha256', 'ecdsa_secp256r1_sha256', 'ed25519'].map(scheme);
  const b = terminating({ signatureSchemes });
  const { message: message2 } = answered(b, opening(initiating({ suites: [ecdsaSuite] })).message);
  assert.deepEqual(find(messagesOf(message2), message.certificateRequest), {
    certificateTypes: [1, 64],
    signatureSchemes,
    authorities: [],
  });
});

for (const [name, own] of Object.entries(ofB))
  test(`both ends export the same key with another kind of key at either end: ${name}`, () => {
    const a = initiating({ own: [ofA[name as keyof typeof ofA]] });
    const { turn4, end } = shakeHands(a, terminating({ own: [own] }));
    assert.deepEqual(exported(end.session), exported(turn4.session));
  });

test('an initiating end-point that speaks TLS 1.3 alone is told so (TS-0003 10.2.1)', () => {
  // With GREASE and the signalling values, as stacks send them.
  const cipherSuites = [0x1a1a, 0x1301, 0x1302, 0x1303, 0x00ff, 0x5600];
  refused(
    () =>
      accept(
        terminatingEnd().profile,
        scriptedInitiating({ clientHello: hello => ({ ...hello, cipherSuites }) }).message1,
      ),
    'NOTHING_IN_COMMON',
    /those of TLS 1\.3 alone/,
  );
});
