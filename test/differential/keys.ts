// The keys of generated certificates: few, made once and used again, since making one costs more than ten signatures.
import { constants, type KeyObject, sign } from 'node:crypto';
import {
  algorithms,
  der,
  integer,
  keyFor,
  objectIdentifier,
  otherKey,
  sequence,
} from '../../src/testing/certificate-maker.ts';

/** Those of profile rfc5280 in src/certificates/algorithms.ts. */
export type KeyKind = 'P-256' | 'P-384' | 'P-521' | 'RSA' | 'Ed25519';

export type Digest = 'sha256' | 'sha384' | 'sha512';

/** How an issuer signs with its key. */
interface SignatureScheme {
  /** AlgorithmIdentifier in DER. */
  readonly algorithm: Uint8Array;
  readonly sign: (toBeSigned: Uint8Array) => Uint8Array;
}

const made = new Map<string, KeyObject>();

/** The private key of this kind in this place of a path; nobody else in the path has it. */
export function keyOf(kind: KeyKind, place: string): KeyObject {
  const name = `${kind} ${place}`;
  const key = made.get(name) ?? (kind === 'P-256' ? keyFor(name) : otherKey(kind === 'RSA' ? 2048 : kind));
  made.set(name, key);
  return key;
}

/** @param pss RSASSA-PSS in place of PKCS #1 v1.5, where the key is an RSA key. */
export function schemeOf(key: KeyObject, digest: Digest, pss: boolean): SignatureScheme {
  if (key.asymmetricKeyType === 'ed25519')
    return { algorithm: sequence(objectIdentifier('1.3.101.112')), sign: bytes => sign(null, bytes, key) };
  const bits = digest.slice(3) as '256' | '384' | '512';
  if (key.asymmetricKeyType === 'ec')
    return { algorithm: algorithms[`ecdsaWithSha${bits}`], sign: bytes => sign(digest, bytes, key) };
  if (!pss) return { algorithm: algorithms[`rsaWithSha${bits}`], sign: bytes => sign(digest, bytes, key) };
  const saltLength = Number(bits) / 8;
  return {
    algorithm: pssAlgorithm(digest, saltLength),
    sign: bytes => signPss(bytes, key, digest, saltLength),
  };
}

export function signPss(bytes: Uint8Array, key: KeyObject, digest: Digest, saltLength: number): Uint8Array {
  return sign(digest, bytes, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });
}

/** RFC 4055 3.1, with one hash throughout. */
export function pssAlgorithm(digest: Digest, saltLength: number): Uint8Array {
  const arc = { sha256: 1, sha384: 2, sha512: 3 }[digest];
  const hash = sequence(objectIdentifier(`2.16.840.1.101.3.4.2.${arc}`));
  const mask = sequence(objectIdentifier('1.2.840.113549.1.1.8'), hash);
  const parameters = sequence(der(0xa0, hash), der(0xa1, mask), der(0xa2, integer(saltLength)));
  return sequence(objectIdentifier('1.2.840.113549.1.1.10'), parameters);
}
