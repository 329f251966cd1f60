// What a profile must hold, and what stands in it where the options say nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Peers } from '../../src/certificates/trust.ts';
import { groupByName, groups } from '../../src/crypto/key-exchange.ts';
import { suites, usesPresharedKey } from '../../src/crypto/suites.ts';
import { accept, initiate } from '../../src/handshake/handshake.ts';
import { type Credential, isUsable, makeProfile, type ProfileOptions } from '../../src/handshake/profile.ts';
import { begin, cae1Entry, cseB, initiatingEnd } from './lab.ts';
import { knowsPreshared } from './parties.ts';
import { refused } from './refused.ts';

const credential: Credential = { type: 'x509', chain: cseB.chain, schemes: [0x0403], curve: 23 };
const peers = new Peers([cae1Entry]);
const having = (change: Partial<Credential>): Partial<ProfileOptions> => ({
  credentials: [{ ...credential, ...change }],
});

test("a profile has TS-0003 10.2's suites, P-256 and ECDSA with SHA-256, and fresh randomness", () => {
  const { random, ...profile } = makeProfile({ credentials: [credential], peers });
  assert.deepEqual(profile, {
    credentials: [credential],
    peers,
    expected: false,
    suites: suites.filter(suite => suite.profile === 'onem2m'),
    groups: [groupByName('secp256r1')],
    signatureSchemes: [0x0403],
    certificateProfile: 'onem2m',
    requireExportIndicator: false,
    extendedMasterSecret: 'required',
    clientAuthentication: 'require',
    requestStatus: false,
    pskIdentityHint: '',
    hideUnknownPskIdentities: false,
    serverName: null,
  });
  assert.ok(profile.suites.every(({ keyExchange }) => keyExchange !== 'ECDHE_RSA'));
  assert.equal(random(32).length, 32);
  assert.notDeepEqual(random(32), random(32));
});

test('a profile needs no credential where there is a peer with a pre-shared key', () => {
  const preshared = new Peers([knowsPreshared('a', 'initiating')]);
  assert.deepEqual(makeProfile({ peers: preshared }).credentials, []);
});

const [withCertificates, withPresharedKeys] = [false, true].map(preshared =>
  suites.filter(suite => usesPresharedKey(suite) === preshared),
);
const presharedPeers = new Peers([knowsPreshared('a', 'initiating')]);
const usable: readonly {
  rule: string;
  options: Partial<ProfileOptions>;
  certificates: boolean;
  presharedKeys: boolean;
}[] = [
  { rule: 'a credential and peers with certificates', options: {}, certificates: true, presharedKeys: false },
  {
    rule: 'a credential and peers with both',
    options: { peers: new Peers([cae1Entry, knowsPreshared('b', 'initiating')]) },
    certificates: true,
    presharedKeys: true,
  },
  {
    rule: 'a credential, and nobody known by a certificate',
    options: { peers: presharedPeers },
    certificates: false,
    presharedKeys: true,
  },
  {
    rule: 'peers with both, and no credential',
    options: { peers: new Peers([cae1Entry, knowsPreshared('b', 'initiating')]), credentials: [] },
    certificates: false,
    presharedKeys: true,
  },
  ...(['request', 'none'] as const).map(clientAuthentication => ({
    rule: `nobody known by a certificate, and authentication not required (${clientAuthentication})`,
    options: { peers: presharedPeers, clientAuthentication },
    certificates: true,
    presharedKeys: true,
  })),
];

for (const { rule, options, certificates, presharedKeys } of usable)
  test(`a suite is usable where both ends have what it takes (RFC 4279 §2, RFC 5246 §7.4.4): ${rule}`, () => {
    const profile = makeProfile({ credentials: [credential], peers, suites, ...options });
    for (const suite of withCertificates ?? []) assert.equal(isUsable(profile, suite), certificates);
    for (const suite of withPresharedKeys ?? []) assert.equal(isUsable(profile, suite), presharedKeys);
  });

const wrong: readonly { rule: string; options: Partial<ProfileOptions>; sentence: RegExp }[] = [
  {
    rule: 'neither a credential nor a peer with a pre-shared key',
    options: { credentials: [] },
    sentence: /there is neither a credential nor a peer with a pre-shared key/,
  },
  { rule: 'no certificate', options: having({ chain: [] }), sentence: /the credential has no certificate/ },
  {
    rule: 'two raw public keys in one credential',
    options: having({ type: 'raw', chain: [Uint8Array.of(1), Uint8Array.of(2)] }),
    sentence: /the credential has more than one raw public key/,
  },
  {
    rule: 'a credential whose signer can make no scheme of it',
    options: having({ schemes: [0x0804] }),
    sentence: /the credential has no signature scheme that the profile allows/,
  },
  { rule: 'an empty staple', options: having({ staple: new Uint8Array() }), sentence: /staple .* is empty/ },
  { rule: 'no suite', options: { suites: [] }, sentence: /the profile allows no suites/ },
  { rule: 'no group', options: { groups: [] }, sentence: /the profile allows no groups/ },
  {
    rule: 'no signature scheme',
    options: { signatureSchemes: [], credentials: [] },
    sentence: /the profile allows no signatureSchemes/,
  },
  {
    rule: 'a scheme that is not supported',
    options: { signatureSchemes: [0x0403, 0x0203] },
    sentence: /signatureSchemes: 515/,
  },
  {
    rule: 'a hint of more than 1024 bytes',
    options: { pskIdentityHint: `${'ä'.repeat(512)}.` },
    sentence: /pskIdentityHint: at most 1024 bytes/,
  },
];

for (const { rule, options, sentence } of wrong)
  test(`a profile with ${rule} is refused`, () => {
    const all = { credentials: [credential], peers, ...options };
    refused(() => makeProfile(all), 'OPTION_INVALID', sentence);
  });

test('nothing is offered where nobody would be taken for a peer', () => {
  const profile = makeProfile({ credentials: [credential], peers: new Peers([]) });
  refused(() => initiate(profile), 'OPTION_INVALID', /none of them is for certificates/);
});

test('every one of several credentials is looked at', () => {
  const credentials = [credential, { ...credential, chain: [] }];
  refused(() => makeProfile({ credentials, peers }), 'OPTION_INVALID', /no certificate/);
});

test('a credential of another scheme than is offered ends in NOTHING_IN_COMMON (RFC 5246 §7.4.3)', () => {
  const credentials = [{ ...credential, schemes: [0x0503] }];
  const profile = makeProfile({ credentials, peers, groups, signatureSchemes: [0x0403, 0x0503] });
  const { message } = begin(initiatingEnd(), { encryptThenMac: true });
  refused(() => accept(profile, message), 'NOTHING_IN_COMMON', /signature_algorithms/);
});

test('chain and staple that fit into no E2EKey Message are refused when the profile is made, not when a peer is answered', () => {
  const most = 60 * 1024;
  const made = (chain: number, staple?: number) => () =>
    makeProfile({
      ...having({
        chain: [new Uint8Array(chain)],
        ...(staple !== undefined && { staple: new Uint8Array(staple) }),
      }),
      peers,
    });
  for (const fitting of [made(most), made(most - 2000, 2000)]) assert.doesNotThrow(fitting);
  for (const [tooLarge, size] of [
    [made(most + 1), most + 1],
    [made(most - 2000, 2001), most + 1],
    [made(1, most), most + 1],
  ] as const)
    refused(tooLarge, 'OPTION_INVALID', new RegExp(`chain and staple have ${size} bytes`));
});
