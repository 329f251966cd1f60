// Which signature goes with a key, and how it is written: TS-0003 10.1.1.3 has the first, RFC 5758, RFC 4055 and RFC
// 8410 the others. Certificates are signed through WebCrypto (certificate.ts), CRLs and OCSP responses here.
import { type KeyObject, sign } from 'node:crypto';
import { nothing, objectIdentifier, sequence } from './der.ts';

interface SignatureKind {
  /** As WebCrypto calls it. */
  readonly webcrypto: { readonly name: string; readonly namedCurve?: string; readonly hash?: string };
  /** Of AlgorithmIdentifier, dotted. */
  readonly algorithm: string;
  /** As node:crypto calls it; null where the algorithm has its own. */
  readonly hash: 'sha256' | 'sha384' | 'sha512' | null;
}

const ecdsa = (namedCurve: string, size: 256 | 384 | 512, arc: number): SignatureKind => ({
  webcrypto: { name: 'ECDSA', namedCurve, hash: `SHA-${size}` },
  algorithm: `1.2.840.10045.4.3.${arc}`,
  hash: `sha${size}`,
});

const rsa: SignatureKind = {
  webcrypto: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  algorithm: '1.2.840.113549.1.1.11',
  hash: 'sha256',
};

const ed25519: SignatureKind = {
  webcrypto: { name: 'EdDSA', namedCurve: 'Ed25519' },
  algorithm: '1.3.101.112',
  hash: null,
};

export function signatureKind(key: KeyObject): SignatureKind {
  if (key.asymmetricKeyType === 'rsa') return rsa;
  if (key.asymmetricKeyType === 'ed25519') return ed25519;
  const { namedCurve } = key.asymmetricKeyDetails ?? {};
  if (namedCurve === 'secp384r1') return ecdsa('P-384', 384, 3);
  if (namedCurve === 'secp521r1') return ecdsa('P-521', 512, 4);
  return ecdsa('P-256', 256, 2);
}

/** AlgorithmIdentifier: parameters are NULL with RSA (RFC 4055 5) and absent elsewhere (RFC 5758 3.2, RFC 8410 3). */
export function algorithmIdentifier(key: KeyObject): Uint8Array {
  const kind = signatureKind(key);
  return sequence(objectIdentifier(kind.algorithm), ...(kind === rsa ? [nothing] : []));
}

/** What stands in the BIT STRING of a signature. The key stays where it is: no WebCrypto gets a copy. */
export function signatureOver(signed: Uint8Array, key: KeyObject): Uint8Array {
  return sign(signatureKind(key).hash, signed, key);
}
