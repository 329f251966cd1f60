// sessionESPrimKey (TS-0003 8.4.2, 10.3.8.2): what protects the primitives of one ESPrim session. Knows the random
// objects as bytes; what they say is in protection/esprim.
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { wipe } from '../crypto/secrets.ts';
import { type KeyFor, requirePurpose } from './purpose.ts';

/** TS-0003 10.3.8.2. */
const label = 'oneM2M HMAC-SHA256 sessionESPrimKey derivation algorithm';

/**
 * HMAC-SHA-256(pairwiseESPrimKey, receiverESPrimRandObject ‖ originatorESPrimRandObject ‖ label). The derived key is
 * handed over as it is, and not as a KeyFor: an algorithm of its own is chosen for each session.
 *
 * @param pairwiseKey of one of the two purposes that have sessions
 * @param receiverRand, originatorRand the objects in their canonical bytes
 * @param size bytes of the key, 16, 24 or 32: the leftmost, since the standard says nothing of shorter keys
 * @throws E2EKeyError KEY_PURPOSE_WRONG for a key that was made for something else.
 */
export function deriveSessionESPrimKey(
  pairwiseKey: KeyFor<'ESPrim'> | KeyFor<'message authentication'>,
  purpose: 'ESPrim' | 'message authentication',
  receiverRand: Uint8Array,
  originatorRand: Uint8Array,
  size: 16 | 24 | 32,
): KeyObject {
  const secretDigest = createHmac('sha256', requirePurpose(pairwiseKey, purpose))
    .update(receiverRand)
    .update(originatorRand)
    .update(label)
    .digest();
  const key = createSecretKey(secretDigest.subarray(0, size));
  wipe(secretDigest);
  return key;
}
