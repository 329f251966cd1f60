// A generated chain, and how its parts are reached and written. Knows no rules: what a right chain holds is drawn in
// right-chains.ts, what is wrong with others is in rules/.
import { createPublicKey, hash } from 'node:crypto';
import type { Purpose } from '../../src/certificates/index.ts';
import {
  bitString,
  der,
  integer,
  objectIdentifier,
  sequence,
  yes,
} from '../../src/testing/certificate-maker.ts';
import { contentOf, type Draft, elementsOf } from './drafts.ts';
import type { Form } from './names.ts';

export interface Chain {
  time: Date;
  purpose: Purpose;
  /** Leaf first, anchor last. */
  readonly path: Draft[];
  /** Certificates that lead nowhere, or not by themselves. */
  readonly detours: Draft[];
  /** Whether the peer presents the intermediates; else they are configured. */
  presented: boolean;
  /** What is special about this chain, for those who explain a judge. */
  readonly features: Set<Feature>;
}

export type Feature =
  | Detour
  | 'self-issued certificate'
  | 'RSASSA-PSS'
  | 'Ed25519'
  | 'wildcard'
  | 'name constraints'
  | `constrained ${Form}`
  | `constrained ${Form} in the anchor`
  | `${Form} name`;

/** Kinds of certificates beside the path that do not end in a circle. */
export const straightDetours = [
  'a cross-certificate of an unknown root',
  'an expired certificate of the same authority',
  'another authority with the same name',
  'a certificate that leads nowhere',
  'the anchor itself',
] as const;
type Detour = (typeof straightDetours)[number] | 'a cross-certificate from below';

export const id = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  cRLDistributionPoints: '2.5.29.31',
  certificatePolicies: '2.5.29.32',
  policyMappings: '2.5.29.33',
  authorityKeyIdentifier: '2.5.29.35',
  policyConstraints: '2.5.29.36',
  extKeyUsage: '2.5.29.37',
  inhibitAnyPolicy: '2.5.29.54',
} as const;

export const purposeId = {
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  codeSigning: '1.3.6.1.5.5.7.3.3',
  emailProtection: '1.3.6.1.5.5.7.3.4',
  any: '2.5.29.37.0',
} as const;

/** Bits of KeyUsage, from the first. */
export const usage = {
  digitalSignature: 0x80,
  contentCommitment: 0x40,
  keyEncipherment: 0x20,
  keyAgreement: 0x08,
  keyCertSign: 0x04,
  cRLSign: 0x02,
} as const;

export function leafOf({ path }: Chain): Draft {
  return at(path, 0);
}

export function anchorOf({ path }: Chain): Draft {
  return at(path, path.length - 1);
}

/** From the anchor's subject down; self-issued ones too. */
export function intermediatesOf({ path }: Chain): Draft[] {
  return path.slice(1, -1);
}

export function at(path: readonly Draft[], index: number): Draft {
  const draft = path[index];
  if (draft === undefined)
    throw new RangeError(`a path of ${path.length} certificates has no number ${index}`);
  return draft;
}

export function setExtension(draft: Draft, extension: string, value: Uint8Array, critical = false): void {
  draft.extensions.set(extension, { critical, value });
}

/** KeyUsage in DER. */
export function keyUsageOf(...bits: readonly number[]): Uint8Array {
  const octet = bits.reduce((all, bit) => all | bit, 0);
  return bitString(Buffer.of(octet), octet === 0 ? 0 : Math.log2(octet & -octet));
}

export function keyPurposesOf(...purposes: readonly string[]): Uint8Array {
  return sequence(...purposes.map(purpose => objectIdentifier(purpose)));
}

export function basicConstraintsOf(cA: boolean, pathLen: number | null = null): Uint8Array {
  return sequence(...(cA ? [yes] : []), ...(pathLen === null ? [] : [integer(pathLen)]));
}

/** GeneralNames that the certificate has in its subjectAltName. */
export function namesOf(draft: Draft): readonly Uint8Array[] {
  const value = draft.extensions.get(id.subjectAltName)?.value;
  return value === undefined ? [] : elementsOf(contentOf(value));
}

export function setNames(draft: Draft, names: readonly Uint8Array[]): void {
  const { critical = false } = draft.extensions.get(id.subjectAltName) ?? {};
  setExtension(draft, id.subjectAltName, sequence(...names), critical);
}

/** The octets are nobody's business but ours (RFC 5280 4.2.1.2 has two common methods). */
export function keyIdentifierOf({ key }: Draft): Uint8Array {
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return Buffer.from(hash('sha256', spki), 'hex').subarray(0, 20);
}

export function identifyAuthority(draft: Draft): void {
  const value = sequence(der(0x80, keyIdentifierOf(draft.issuer ?? draft)));
  setExtension(draft, id.authorityKeyIdentifier, value);
}
