// Every kind of credential that the two end-points may have, with every suite for it: what each rule of the
// handshake has to hold for. The X.509 certificates of TS-0003 alone are `variants` of lab.ts.
import { createPrivateKey, createPublicKey, hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { PeerEntry } from '../../src/certificates/trust.ts';
import { type Group, groupByName } from '../../src/crypto/key-exchange.ts';
import { schemeByName } from '../../src/crypto/signatures.ts';
import { type Suite, suiteByName, suites } from '../../src/crypto/suites.ts';
import { niUri } from '../../src/identifiers/public-key-identifier.ts';
import { ecdsaSha256, secp384r1, secp521r1 } from '../../src/wire/numbers.ts';
import {
  cae1,
  cae1Entry,
  certificatesOf,
  cseB,
  cseBEntry,
  type LabCredential,
  p256,
  type Variant,
  variants,
  variantsOf,
} from './lab.ts';

export interface KindVariant extends Variant {
  readonly kind: string;
  /** Null without ephemeral key. */
  readonly group: Group | null;
}

export type Ends = Pick<Variant, 'initiating' | 'terminating'>;

/** The identity that both end-points have for their pre-shared key. */
export const pskIdentity = 'lab-Cae1-cse-b';

/** The raw public key of a credential's private key. */
export function rawOf({ chain: _, key, ...credential }: LabCredential): LabCredential {
  const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return { ...credential, type: 'raw', chain: [publicKey], key };
}

/** An entry that knows the peer by this raw public key alone. */
export function pinned({ entity }: PeerEntry, { chain: [publicKey = new Uint8Array()] }: LabCredential) {
  return { entity, flavour: 'raw', pin: niUri(hash('sha256', publicKey, 'buffer')) } as const;
}

const rawCae1 = rawOf(cae1);
const rawCseB = rawOf(cseB);

export const rawEnds: Ends = {
  initiating: { own: rawCae1, entry: pinned(cseBEntry, rawCseB) },
  terminating: { own: rawCseB, entry: pinned(cae1Entry, rawCae1) },
};
export const rawTerminatingEnds: Ends = {
  initiating: { entry: pinned(cseBEntry, rawCseB) },
  terminating: { own: rawCseB },
};
export const rawInitiatingEnds: Ends = {
  initiating: { own: rawCae1 },
  terminating: { entry: pinned(cae1Entry, rawCae1) },
};
export const presharedEnds: Ends = {
  initiating: {
    own: null,
    entry: { entity: cseBEntry.entity, flavour: 'psk', pskIdentity, roles: ['terminating'] },
  },
  terminating: {
    own: null,
    entry: { entity: cae1Entry.entity, flavour: 'psk', pskIdentity, roles: ['initiating'] },
  },
};

/** The same with something to say in `psk_identity_hint`. */
const hintingEnds: Ends = {
  ...presharedEnds,
  terminating: { ...presharedEnds.terminating, pskIdentityHint: 'the key of the lab' },
};

type KeyType = 'rsa2048' | 'ed25519' | 'p384' | 'p521';

const curves: Readonly<Partial<Record<KeyType, number>>> = { p384: secp384r1, p521: secp521r1 };

/** Certificates with another key than TS-0003 10.1.1.1 has, and one signature scheme. */
export function interopEnds(keyType: KeyType, scheme: string, groups: readonly Group[] = [p256]): Ends {
  const schemes = [named(schemeByName, scheme).id];
  const lab = { certificateProfile: 'rfc5280', signatureSchemes: schemes, groups } as const;
  const own = (name: string): LabCredential => {
    const text = (ending: string) =>
      readFileSync(new URL(`credentials/${name}-${keyType}.${ending}`, import.meta.url), 'utf8');
    const curve = curves[keyType] ?? null;
    return { chain: certificatesOf(text('pem')), key: createPrivateKey(text('key')), schemes, curve };
  };
  return {
    initiating: { ...lab, own: own('cae1') },
    terminating: { ...lab, own: own('cse-b') },
  };
}

function withRawKeys({ initiating, terminating }: Ends): Ends {
  const [a, b] = [initiating, terminating].map(({ own }) => rawOf(own ?? missing('a credential')));
  if (a === undefined || b === undefined) return missing('a credential');
  return {
    initiating: { ...initiating, own: a, entry: pinned(cseBEntry, b) },
    terminating: { ...terminating, own: b, entry: pinned(cae1Entry, a) },
  };
}

/** An RSA certificate for the one that asks, an ECDSA certificate for the one that answers. */
function mixedEnds(): Ends {
  const { initiating, terminating } = interopEnds('rsa2048', 'rsa_pss_rsae_sha256');
  const signatureSchemes = [ecdsaSha256, ...(initiating.signatureSchemes ?? [])];
  return {
    initiating: { ...initiating, signatureSchemes },
    terminating: { ...terminating, signatureSchemes, own: cseB },
  };
}

function onem2m(keyExchange: Suite['keyExchange']): readonly Suite[] {
  return suites.filter(suite => suite.keyExchange === keyExchange && suite.profile === 'onem2m');
}

function kind(
  name: string | { readonly kind: string; readonly name: string },
  inQuestion: readonly (Suite | string)[],
  ends: Ends,
  group: Group | null = p256,
): readonly KindVariant[] {
  const of = typeof name === 'string' ? { kind: name, name } : name;
  return inQuestion
    .map(suite => (typeof suite === 'string' ? named(suiteByName, suite) : suite))
    .flatMap(suite => variantsOf(suite, ends))
    .map(variant => ({ ...variant, ...of, name: `${of.name}, ${variant.name}`, group }));
}

function ofGroup(group: Group): readonly KindVariant[] {
  // The certificates have P-256 keys, which the list of groups is about as well (RFC 8422 §5.1).
  const certificates = { groups: [group, p256] };
  const { initiating, terminating } = presharedEnds;
  const groups = [group];
  return [
    ...kind(group.name, [ecdsaGcm128], { initiating: certificates, terminating: certificates }, group),
    ...kind(
      { kind: group.name, name: `pre-shared key and ${group.name}` },
      [pskCbc],
      { initiating: { ...initiating, groups }, terminating: { ...terminating, groups } },
      group,
    ),
  ];
}

function named<T>(find: (name: string) => T | undefined, name: string): T {
  return find(name) ?? missing(name);
}

function missing(name: string): never {
  throw new Error(`there is no ${name}`);
}

const ecdsaGcm128 = 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256';
const ecdsaGcm256 = 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384';
const ecdsaChaCha20 = 'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256';
const rsaGcm128 = 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256';
const pskGcm = 'TLS_PSK_WITH_AES_128_GCM_SHA256';
const pskCbc = 'TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256';

const p384 = named(groupByName, 'secp384r1');
const p521 = named(groupByName, 'secp521r1');
const moreRsaSchemes = [
  'rsa_pss_rsae_sha384',
  'rsa_pss_rsae_sha512',
  'rsa_pkcs1_sha256',
  'rsa_pkcs1_sha384',
  'rsa_pkcs1_sha512',
];

/** Those of one kind stand together. */
export const allVariants: readonly KindVariant[] = [
  ...variants.map(variant => ({ ...variant, kind: 'X.509 certificates', group: p256 })),
  ...kind('raw public keys', onem2m('ECDHE_ECDSA'), rawEnds),
  ...kind('X.509 initiating and raw terminating', onem2m('ECDHE_ECDSA'), rawTerminatingEnds),
  ...kind('raw initiating and X.509 terminating', onem2m('ECDHE_ECDSA'), rawInitiatingEnds),
  ...kind('pre-shared key', onem2m('PSK'), presharedEnds, null),
  ...kind('pre-shared key with a hint', [pskGcm], hintingEnds, null),
  ...kind('pre-shared key and ECDHE', onem2m('ECDHE_PSK'), presharedEnds),
  ...kind('pre-shared key and ECDHE with a hint', [pskCbc], hintingEnds),
  ...[named(groupByName, 'x25519'), p384, p521].flatMap(ofGroup),
  ...kind(
    'RSA certificates',
    suites.filter(({ keyExchange }) => keyExchange === 'ECDHE_RSA'),
    interopEnds('rsa2048', 'rsa_pss_rsae_sha256'),
  ),
  ...moreRsaSchemes.flatMap(scheme =>
    kind(
      { kind: 'RSA certificates', name: `RSA certificates and ${scheme}` },
      [rsaGcm128],
      interopEnds('rsa2048', scheme),
    ),
  ),
  ...kind('raw RSA keys', [rsaGcm128], withRawKeys(interopEnds('rsa2048', 'rsa_pss_rsae_sha256'))),
  ...kind('RSA initiating and ECDSA terminating', [ecdsaGcm128], mixedEnds()),
  ...kind('Ed25519 certificates', [ecdsaGcm128, ecdsaChaCha20], interopEnds('ed25519', 'ed25519')),
  ...kind('raw Ed25519 keys', [ecdsaGcm128], withRawKeys(interopEnds('ed25519', 'ed25519'))),
  ...kind('P-384 certificates', [ecdsaGcm256], interopEnds('p384', 'ecdsa_secp384r1_sha384', [p384]), p384),
  ...kind('P-521 certificates', [ecdsaGcm256], interopEnds('p521', 'ecdsa_secp521r1_sha512', [p521]), p521),
];

/** One of each kind. */
export const kinds: readonly KindVariant[] = allVariants.filter(
  (variant, index) => allVariants.findIndex(({ kind }) => kind === variant.kind) === index,
);
