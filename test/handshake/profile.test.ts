// What a profile must hold, and what stands in it where the options say nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Peers } from '../../src/certificates/trust.ts';
import { suites } from '../../src/crypto/suites.ts';
import { accept } from '../../src/handshake/handshake.ts';
import { makeProfile, type ProfileOptions } from '../../src/handshake/profile.ts';
import { begin, cae1Entry, cseB, initiatingEnd } from './lab.ts';
import { refused } from './refused.ts';

const credential = { chain: cseB.chain, schemes: [0x0403] };
const peers = new Peers([cae1Entry]);

test("a profile has TS-0003 10.2.3's suites, P-256 and ECDSA with SHA-256, and fresh randomness", () => {
  const { random, ...profile } = makeProfile({ credential, peers });
  assert.deepEqual(profile, {
    credential,
    peers,
    expected: false,
    suites,
    groups: [23],
    signatureSchemes: [0x0403],
    certificateProfile: 'onem2m',
    requireExportIndicator: false,
    serverName: null,
  });
  assert.equal(random(32).length, 32);
  assert.notDeepEqual(random(32), random(32));
});

const wrong: readonly { rule: string; options: Partial<ProfileOptions>; sentence: RegExp }[] = [
  { rule: 'no certificate', options: { credential: { chain: [], schemes: [] } }, sentence: /credential/ },
  { rule: 'no suite', options: { suites: [] }, sentence: /suites/ },
  { rule: 'no group', options: { groups: [] }, sentence: /groups/ },
  { rule: 'a group that is not supported', options: { groups: [23, 24] }, sentence: /groups: 24/ },
  { rule: 'no signature scheme', options: { signatureSchemes: [] }, sentence: /signatureSchemes/ },
  {
    rule: 'a scheme that is not supported',
    options: { signatureSchemes: [0x0203] },
    sentence: /signatureSchemes: 515/,
  },
];

for (const { rule, options, sentence } of wrong)
  test(`a profile with ${rule} is refused`, () => {
    refused(() => makeProfile({ credential, peers, ...options }), 'OPTION_INVALID', sentence);
  });

test('a credential whose signer can make no offered scheme ends in NOTHING_IN_COMMON (RFC 5246 §7.4.3)', () => {
  const profile = makeProfile({ credential: { chain: cseB.chain, schemes: [0x0804] }, peers });
  const { message } = begin(initiatingEnd(), { encryptThenMac: true });
  refused(() => accept(profile, message), 'NOTHING_IN_COMMON', /signature_algorithms/);
});

test('a chain that fits into no E2EKey Message is refused when the profile is made, not when a peer is answered', () => {
  const { profile } = initiatingEnd();
  const chain = [...profile.credential.chain, new Uint8Array(60 * 1024)];
  assert.throws(() => makeProfile({ ...profile, credential: { ...profile.credential, chain } }), {
    code: 'OPTION_INVALID',
    message: /chain has \d+ bytes/,
  });
});
