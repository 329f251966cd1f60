// One key out of another by one HMAC-SHA-256 (RFC 2104), as most derivations of oneM2M are. Knows no label.
import { createHmac, type KeyObject } from 'node:crypto';
import { wipe } from '../crypto/secrets.ts';
import { type KeyFor, type KeyPurpose, keyFor } from './purpose.ts';

/** HMAC-SHA-256(key, input[0] ‖ input[1] ‖ …), 32 bytes; texts in UTF-8. That the key may be used so is the caller's to see to. */
export function derivedKey<P extends KeyPurpose>(
  purpose: P,
  key: KeyObject,
  ...input: readonly (string | Uint8Array)[]
): KeyFor<P> {
  const hmac = createHmac('sha256', key);
  for (const part of input) hmac.update(part);
  const secretDigest = hmac.digest();
  const derived = keyFor(purpose, secretDigest);
  wipe(secretDigest);
  return derived;
}
