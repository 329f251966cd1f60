// The algorithms of ESData (TS-0003 8.5.3.2, 8.5.3.3) as data: which there are, and which a key may be used with. It is
// the key that decides; what a header says has to agree. Knows no object and no use of a key.
import type { KeyObject } from 'node:crypto';
import { refuse } from '../../errors.ts';

/** Bytes of the content encryption key (Table 8.5.3.2-4). */
export const contentEncryptions = { A256GCM: 32, A192GCM: 24, A128GCM: 16 } as const;
export type ContentEncryption = keyof typeof contentEncryptions;

/** Bytes of the key (Table 8.5.3.2-3). */
const keyWraps = { A256KW: 32, A192KW: 24, A128KW: 16 } as const;
export type KeyWrap = keyof typeof keyWraps;

/** Strongest first: the first is what is made where nobody chose. */
const keyAgreements = ['ECDH-ES+A256KW', 'ECDH-ES+A192KW', 'ECDH-ES+A128KW'] as const;
export type KeyAgreement = (typeof keyAgreements)[number];

export type KeyManagement = 'dir' | KeyWrap | 'RSA-OAEP-256' | KeyAgreement;

/** Fewest bytes of the key: those of the hash (RFC 7518 §3.2). */
const macs = { HS512: 64, HS384: 48, HS256: 32 } as const;
export type MacAlgorithm = keyof typeof macs;

const rsaSignatures = ['RS256', 'RS384', 'RS512'] as const;
/** By the name that Node.js has for the curve; Table 8.5.3.3-2 gives each one hash. */
const ecdsaSignatures = { prime256v1: 'ES256', secp384r1: 'ES384', secp521r1: 'ES512' } as const;
export type SignatureAlgorithm =
  | (typeof rsaSignatures)[number]
  | (typeof ecdsaSignatures)[keyof typeof ecdsaSignatures];

/** Curves of `epk` and of the keys they meet (RFC 7518 §6.2.1.1): what Node.js calls them. */
const curves = { 'P-256': 'prime256v1', 'P-384': 'secp384r1', 'P-521': 'secp521r1' } as const;
type Curve = keyof typeof curves;

/** Bytes of a coordinate (RFC 7518 §6.2.1.2). */
const coordinateSizes = { 'P-256': 32, 'P-384': 48, 'P-521': 66 } as const satisfies Record<Curve, number>;

/** NIST SP 800-131A; also what RFC 7518 §3.3 and §4.3 demand. */
const minModulusLength = 2048;

const managements: readonly string[] = ['dir', ...Object.keys(keyWraps), 'RSA-OAEP-256', ...keyAgreements];
const signings: readonly string[] = [
  ...Object.keys(macs),
  ...rsaSignatures,
  ...Object.values(ecdsaSignatures),
];

export function isKeyManagement(alg: unknown): alg is KeyManagement {
  return typeof alg === 'string' && managements.includes(alg);
}

export function isKeyAgreement(alg: KeyManagement): boolean {
  return keyAgreements.some(name => name === alg);
}

export function isContentEncryption(enc: unknown): enc is ContentEncryption {
  return typeof enc === 'string' && Object.hasOwn(contentEncryptions, enc);
}

export function isMac(alg: MacAlgorithm | SignatureAlgorithm): alg is MacAlgorithm {
  return Object.hasOwn(macs, alg);
}

export function isSigning(alg: unknown): alg is MacAlgorithm | SignatureAlgorithm {
  return typeof alg === 'string' && signings.includes(alg);
}

/**
 * The one `enc` of a key that encrypts directly: its size says which. A longer key is never cut, so no key is the
 * beginning of another one in use.
 */
export function contentEncryptionOf(key: KeyObject): ContentEncryption {
  return bySize(contentEncryptions, key, 'direct encryption takes');
}

/** The one `alg` of a key that wraps keys (RFC 3394): its size says which. */
export function keyWrapOf(key: KeyObject): KeyWrap {
  return bySize(keyWraps, key, 'key wrap takes');
}

/** The one `alg` of a key for MICs: what the caller chose, or the longest hash that the key is long enough for. */
export function macOf(key: KeyObject, chosen: MacAlgorithm | undefined): MacAlgorithm {
  const size = key.symmetricKeySize ?? 0;
  const fitting = namesOf(macs).filter(alg => macs[alg] <= size);
  const alg = chosen ?? fitting[0];
  return alg !== undefined && fitting.includes(alg)
    ? alg
    : unfit(
        `${chosen ?? 'HS256'} needs a key of ${macs[chosen ?? 'HS256']} bytes or more, not ${size}`,
        'RFC 7518 §3.2',
      );
}

/** What a public or private key may encrypt and decrypt content encryption keys with; the first where nobody chose. */
export function keyManagementsOf(key: KeyObject): readonly [KeyManagement, ...KeyManagement[]] {
  if (key.asymmetricKeyType === 'rsa') return requireModulus(key, ['RSA-OAEP-256']);
  if (curveOf(key) !== null) return keyAgreements;
  return unfit(
    `${kindOf(key)} manages no keys; RSA and the curves P-256, P-384 and P-521 do`,
    'TS-0003 8.5.3.2',
  );
}

/** What a public or private key may verify and make signatures with; the first where nobody chose. */
export function signaturesOf(key: KeyObject): readonly [SignatureAlgorithm, ...SignatureAlgorithm[]] {
  if (key.asymmetricKeyType === 'rsa') return requireModulus(key, rsaSignatures);
  const curve = key.asymmetricKeyDetails?.namedCurve;
  const alg = namesOf(ecdsaSignatures).find(name => name === curve);
  if (key.asymmetricKeyType === 'ec' && alg !== undefined) return [ecdsaSignatures[alg]];
  return unfit(
    `${kindOf(key)} makes no signature; RSA and the curves P-256, P-384 and P-521 do`,
    'TS-0003 8.5.3.3',
  );
}

/** `crv` of the key in a JWK; null for a key on none of the three curves. */
export function curveOf(key: KeyObject): string | null {
  const curve = key.asymmetricKeyDetails?.namedCurve;
  return key.asymmetricKeyType === 'ec'
    ? (namesOf(curves).find(name => curves[name] === curve) ?? null)
    : null;
}

/** Null for anything that is none of the three curves. */
export function coordinateSize(crv: unknown): number | null {
  return namesOf(coordinateSizes).includes(crv as Curve) ? coordinateSizes[crv as Curve] : null;
}

/** What the caller chose, if the key may be used with it; the first where nobody chose. */
export function chosenOf<A extends string>(allowed: readonly [A, ...A[]], chosen: A | undefined): A {
  if (chosen === undefined || allowed.includes(chosen)) return chosen ?? allowed[0];
  return unfit(`${chosen} does not fit the key, which fits ${allowed.join(', ')}`, 'TS-0003 8.5.3');
}

function bySize<A extends string>(sizes: Readonly<Record<A, number>>, key: KeyObject, what: string): A {
  const alg = namesOf(sizes).find(name => sizes[name] === key.symmetricKeySize);
  return alg ?? unfit(`${what} a key of 16, 24 or 32 bytes, not ${key.symmetricKeySize}`, 'TS-0003 8.5.3.2');
}

function requireModulus<T>(key: KeyObject, algorithms: T): T {
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  return bits >= minModulusLength
    ? algorithms
    : unfit(`the RSA key has ${bits} bits, fewer than ${minModulusLength}`, 'RFC 7518 §3.3, §4.3');
}

function kindOf(key: KeyObject): string {
  return `a key of type ${key.asymmetricKeyDetails?.namedCurve ?? key.asymmetricKeyType ?? key.type}`;
}

function unfit(problem: string, clause: string): never {
  return refuse('ESDATA_ALGORITHM_UNFIT', `${problem} (${clause})`);
}

function namesOf<A extends string>(table: Readonly<Record<A, unknown>>): A[] {
  return Object.keys(table) as A[];
}
