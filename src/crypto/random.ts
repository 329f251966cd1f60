// Unpredictable bytes. Knows nothing of what they are for.
import { randomFillSync } from 'node:crypto';
import { wipe } from './secrets.ts';

/** Bytes of the given number, unpredictable; replaced by a fixed source in golden transcripts. */
export type Random = (size: number) => Uint8Array;

// A handshake draws 32 bytes a few times, and each call to the system's generator costs as much as hashing a
// kilobyte: one call fills a pool. What was handed out is wiped in it.
const pool = new Uint8Array(1024);
let used = pool.length;

/** From OpenSSL's generator. The caller owns the bytes. */
export function systemRandom(size: number): Uint8Array {
  if (size > pool.length) return randomFillSync(new Uint8Array(size));
  if (used + size > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const drawn = pool.subarray(used, used + size);
  const bytes = Uint8Array.from(drawn);
  wipe(drawn);
  used += size;
  return bytes;
}
