// The signature schemes of ServerKeyExchange and CertificateVerify (RFC 5246 §7.4.1.4.1, RFC 8422).
import { type KeyObject, sign, verify } from 'node:crypto';
import { refuse } from '../errors.ts';
import { ecdsaSha256, signatureSchemeNames } from '../wire/numbers.ts';

export interface SignatureScheme {
  /** SignatureScheme number, two bytes on the wire. */
  readonly id: number;
  readonly name: string;
  readonly hash: 'sha256';
  readonly keyType: 'ec';
}

export const signatureSchemes: readonly SignatureScheme[] = [
  { id: ecdsaSha256, name: signatureSchemeNames[ecdsaSha256] ?? '', hash: 'sha256', keyType: 'ec' },
];

export function schemeFits(scheme: number, key: KeyObject): boolean {
  return signatureSchemes.some(({ id, keyType }) => id === scheme && keyType === key.asymmetricKeyType);
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
 * The only maker of a VerifiedSignature. OpenSSL re-encodes an ECDSA signature before it verifies it, so BER
 * forms and trailing bytes are refused with it.
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
  if (!verifies(known.hash, bytes, key, signature))
    refuse('SIGNATURE_INVALID', `the signature in ${what} does not verify with the certificate's key`);
  return Object.freeze({}) as VerifiedSignature;
}

function verifies(hash: string, bytes: Uint8Array, key: KeyObject, signature: Uint8Array): boolean {
  try {
    return verify(hash, bytes, key, signature);
  } catch {
    return false;
  }
}

/** Signs unhashed bytes; ECDSA signatures in the DER form of TLS. */
export function signWith(key: KeyObject, scheme: number, bytes: Uint8Array): Uint8Array {
  const known = signatureSchemes.find(({ id }) => id === scheme);
  if (known === undefined) throw new RangeError(`no signature scheme ${scheme}`);
  return sign(known.hash, bytes, key);
}
