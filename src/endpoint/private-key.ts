// One private key in one of its forms: PKCS #8 (RFC 5958), plain or encrypted, SEC1 (RFC 5915), PKCS #1 (RFC 8017), the
// encrypted PEM of RFC 1421, JWK (RFC 7517). Bytes in, KeyObject out; what is decrypted on the way is wiped.
import { createPrivateKey, type JsonWebKeyInput, type KeyObject, type PrivateKeyInput } from 'node:crypto';
import { readDer } from '../certificates/der.ts';
import { refuse } from '../errors.ts';
import { type FilePassword, readPasswordEncryption } from './password-encryption.ts';

/** @throws E2EKeyError OPTION_INVALID for what is no private key, or one of a kind that Node does not know. */
export function privateKeyFrom(input: PrivateKeyInput | JsonWebKeyInput): KeyObject {
  return readable(input) ?? refuse('OPTION_INVALID', 'the private key is malformed, or of an unknown kind');
}

/**
 * EncryptedPrivateKeyInfo (RFC 5958 3) in DER.
 *
 * @throws E2EKeyError OPTION_INVALID without a password, with a wrong one, and for an encryption that is not opened.
 */
export function encryptedPrivateKey(der: Uint8Array, password: FilePassword): KeyObject {
  const { decrypt, encrypted } = readDer(
    der,
    'EncryptedPrivateKeyInfo',
    whole =>
      whole.sequence('', fields => ({
        decrypt: readPasswordEncryption(fields, 'encryptionAlgorithm'),
        encrypted: fields.octetString('encryptedData'),
      })),
    { code: 'OPTION_INVALID', clause: 'RFC 5958 3' },
  );
  const plain = decrypt(encrypted, password);
  // A wrong password can leave octets that look padded, and are no key.
  const key = plain && readable({ key: plain, format: 'der', type: 'pkcs8' });
  plain?.fill(0);
  return key ?? notOpened(password);
}

/**
 * The PEM text of one private key with the header lines of RFC 1421 §4.6, which OpenSSL wrote before PKCS #8.
 *
 * @throws as `encryptedPrivateKey`.
 */
export function oldEncryptedPrivateKey(pem: string, password: FilePassword): KeyObject {
  const key = password.try(({ utf8 }) => readable({ key: pem, format: 'pem', passphrase: utf8 }));
  return key ?? notOpened(password);
}

function readable(input: PrivateKeyInput | JsonWebKeyInput): KeyObject | null {
  try {
    return createPrivateKey(input);
  } catch {
    return null;
  }
}

function notOpened({ isGiven }: FilePassword): never {
  refuse(
    'OPTION_INVALID',
    isGiven
      ? 'the password does not open the private key, or the key is damaged'
      : 'the private key is encrypted, and no password is given',
  );
}
