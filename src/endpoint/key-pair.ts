// Does a private key belong to a public one? Knows no certificate.
import { createPublicKey, type KeyObject } from 'node:crypto';
import { schemeFits, signatureSchemes, signWith, verifySignature } from '../crypto/signatures.ts';

export function isKeyPair(privateKey: KeyObject, publicKey: KeyObject): boolean {
  return privateKey.type === 'private' && isSameKey(createPublicKey(privateKey), publicKey);
}

/**
 * Two public keys. The kinds are compared first: `KeyObject.equals` of two kinds leaves an error in the queue of
 * OpenSSL, and the next key that is read is refused for it.
 */
export function isSameKey(one: KeyObject, other: KeyObject): boolean {
  return one.asymmetricKeyType === other.asymmetricKeyType && one.equals(other);
}

/** The file of a private key may hold the public key as well, which a damaged one goes on to claim. */
export function signsForItsPublicKey(privateKey: KeyObject): boolean {
  const scheme = signatureSchemes.find(({ id }) => schemeFits(id, privateKey))?.id;
  // Of a kind that signs nothing in TLS: refused where the credential is made.
  if (scheme === undefined) return true;
  const probe = Buffer.from('e2ekey');
  try {
    const signature = signWith(privateKey, scheme, probe);
    verifySignature('the probe', { scheme, signature }, createPublicKey(privateKey), probe);
    return true;
  } catch {
    return false;
  }
}
