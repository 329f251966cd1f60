// The signature schemes of ServerKeyExchange and CertificateVerify (RFC 5246 §7.4.1.4.1, RFC 8422, RFC 8446 §4.2.3)
// as data: adding one is one row.
import { constants, type KeyObject, sign, verify } from 'node:crypto';
import { refuse } from '../errors.ts';
import { ecdsaSha256, ecdsaSign, rsaSign, signatureSchemeNames } from '../wire/numbers.ts';
import type { KeyExchange } from './suites.ts';

export interface SignatureScheme {
  /** SignatureScheme number, two bytes on the wire. */
  readonly id: number;
  readonly name: string;
  /** Null for Ed25519, which hashes by itself. */
  readonly hash: 'sha256' | 'sha384' | 'sha512' | null;
  readonly keyType: 'ec' | 'rsa' | 'ed25519';
  /** RSASSA-PSS with a salt as long as the hash (RFC 8446 §4.2.3), not PKCS #1 v1.5. */
  readonly pss: boolean;
  /** `onem2m`: TS-0003 10.1.1; `interop`: for foreign TLS stacks in the lab. */
  readonly profile: 'onem2m' | 'interop';
}

const row = (
  id: number,
  keyType: SignatureScheme['keyType'],
  hash: SignatureScheme['hash'],
  options: { pss?: true; profile?: 'onem2m' } = {},
): SignatureScheme => ({
  id,
  name: signatureSchemeNames[id] ?? '',
  hash,
  keyType,
  pss: options.pss ?? false,
  profile: options.profile ?? 'interop',
});

/** Best first. In TLS 1.2 an ECDSA scheme does not fix the curve. */
export const signatureSchemes: readonly SignatureScheme[] = [
  row(ecdsaSha256, 'ec', 'sha256', { profile: 'onem2m' }),
  row(0x0503, 'ec', 'sha384'),
  row(0x0603, 'ec', 'sha512'),
  row(0x0807, 'ed25519', null),
  row(0x0804, 'rsa', 'sha256', { pss: true }),
  row(0x0805, 'rsa', 'sha384', { pss: true }),
  row(0x0806, 'rsa', 'sha512', { pss: true }),
  row(0x0401, 'rsa', 'sha256'),
  row(0x0501, 'rsa', 'sha384'),
  row(0x0601, 'rsa', 'sha512'),
];

export function schemeByName(name: string): SignatureScheme | undefined {
  return signatureSchemes.find(scheme => scheme.name === name);
}

export function schemeFits(scheme: number, key: KeyObject): boolean {
  return signatureSchemes.some(({ id, keyType }) => id === scheme && keyType === key.asymmetricKeyType);
}

/** Whether a key that signs with this scheme authenticates the terminating end-point in such a suite (RFC 8422 §2). */
export function schemeAuthenticates(scheme: number, keyExchange: KeyExchange): boolean {
  const keyType = signatureSchemes.find(({ id }) => id === scheme)?.keyType;
  return keyType !== undefined && keyExchange === (keyType === 'rsa' ? 'ECDHE_RSA' : 'ECDHE_ECDSA');
}

/**
 * The ClientCertificateType (RFC 5246 §7.4.4) of whoever signs with this scheme: ecdsa_sign for EdDSA as well
 * (RFC 8422 §5.5).
 */
export function clientCertificateTypeOf(scheme: number): number | undefined {
  const keyType = signatureSchemes.find(({ id }) => id === scheme)?.keyType;
  return keyType && (keyType === 'rsa' ? rsaSign : ecdsaSign);
}

declare const signatureBrand: unique symbol;
/** Proof that the holder of a certificate's private key signed this handshake. */
export interface VerifiedSignature {
  readonly [signatureBrand]: true;
}

/** For a state that could be stored only after its signature had been verified; called by handshake/state.ts alone. */
export function verifiedBeforeStorage(): VerifiedSignature {
  return Object.freeze({}) as VerifiedSignature;
}

/**
 * The only maker of a VerifiedSignature, but for what was stored. OpenSSL re-encodes an ECDSA signature before it
 * verifies it, so BER forms and trailing bytes are refused with it (signatures.test.ts has each, on each curve).
 *
 * @throws E2EKeyError PARAMETER_ILLEGAL for a scheme that does not fit the key, SIGNATURE_INVALID.
 */
export function verifySignature(
  what: string,
  { scheme, signature }: { scheme: number; signature: Uint8Array },
  key: KeyObject,
  bytes: Uint8Array,
): VerifiedSignature {
  const known = signatureSchemes.find(({ id }) => id === scheme);
  if (known === undefined || !schemeFits(scheme, key))
    return refuse(
      'PARAMETER_ILLEGAL',
      `${what} is signed with a scheme that does not fit the certificate's key`,
    );
  if (!verifies(known, bytes, key, signature))
    refuse('SIGNATURE_INVALID', `the signature in ${what} does not verify with the certificate's key`);
  return Object.freeze({}) as VerifiedSignature;
}

function verifies(
  scheme: SignatureScheme,
  bytes: Uint8Array,
  key: KeyObject,
  signature: Uint8Array,
): boolean {
  if (!isWholeSignature(key, signature)) return false;
  try {
    return verify(scheme.hash, bytes, { key, ...paddingOf(scheme) }, signature);
  } catch {
    return false;
  }
}

/**
 * RFC 8017 §8.1.2, §8.2.2, step 1: an RSA signature has the size of the modulus. OpenSSL takes one of RSASSA-PSS without
 * its leading zeros as well, a second form of the same signature.
 */
export function isWholeSignature(key: KeyObject, signature: Uint8Array): boolean {
  const { modulusLength } = key.asymmetricKeyDetails ?? {};
  return modulusLength === undefined || signature.length === Math.ceil(modulusLength / 8);
}

/** Signs unhashed bytes; ECDSA signatures in the DER form of TLS. */
export function signWith(key: KeyObject, scheme: number, bytes: Uint8Array): Uint8Array {
  const known = signatureSchemes.find(({ id }) => id === scheme);
  if (known === undefined) throw new RangeError(`no signature scheme ${scheme}`);
  return sign(known.hash, bytes, { key, ...paddingOf(known) });
}

function paddingOf({ keyType, pss }: SignatureScheme) {
  if (keyType !== 'rsa') return {};
  return pss
    ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
    : { padding: constants.RSA_PKCS1_PADDING };
}
