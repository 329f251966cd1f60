// Files of e2ekey itself, which stand beside certificates and keys. Says what each is by its form, judges nothing, and takes
// nothing out of it: two of the four are secret.
import { isObject } from '../onem2m/serialisation/json.ts';

/**
 * `register`: what an authority has revoked (pki revoke). `configuration`: that of serve. `key-store`: a database of
 * established keys. `secret`: octets that may be a sealing key or a pre-shared key; nobody can tell.
 */
export interface OwnFile {
  readonly kind: 'own-file';
  readonly what: 'register' | 'configuration' | 'key-store' | 'secret';
  /** In bytes; of a secret in hex, the bytes that it stands for. */
  readonly size: number;
}

export function ownOctets(bytes: Uint8Array): OwnFile | null {
  const begin = Buffer.from(bytes.subarray(0, 72));
  if (begin.toString('latin1', 0, 16) !== 'SQLite format 3\0' || begin.toString('latin1', 68) !== 'E2EK')
    return null;
  return { kind: 'own-file', what: 'key-store', size: bytes.length };
}

/** @param json what the text holds; null where it is none. */
export function ownJson(json: unknown, size: number): OwnFile | null {
  if (!isObject(json)) return null;
  const isRegister = Number.isSafeInteger(json.crlNumber) && Array.isArray(json.revoked);
  if (isRegister) return { kind: 'own-file', what: 'register', size };
  const isConfiguration =
    typeof json.id === 'string' &&
    isObject(json.listen) &&
    ('credential' in json || Array.isArray(json.peers));
  return isConfiguration ? { kind: 'own-file', what: 'configuration', size } : null;
}

/** A sealing key has 32 bytes; pre-shared keys stand in hex, and one of less than 16 bytes protects nothing. */
export function possibleSecret(bytes: Uint8Array, text: string): OwnFile | null {
  const line = text.trim();
  const isHex = line.length % 2 === 0 && /^[0-9A-Fa-f]{32,128}$/.test(line);
  const isBinary = bytes.length === 32 && /[^\P{Cc}\s]|\uFFFD/u.test(text);
  if (!isHex && !isBinary) return null;
  return { kind: 'own-file', what: 'secret', size: isHex ? line.length / 2 : bytes.length };
}
