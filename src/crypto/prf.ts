// The TLS 1.2 pseudo-random function (RFC 5246 §5). Knows no label and no key.
import { createHmac, type KeyObject } from 'node:crypto';
import { wipe } from './secrets.ts';
import type { PrfHash } from './suites.ts';

/** PRF(secret, label, seed)[0..size-1] with P_hash of the given hash; label in ASCII. */
export function prf(
  hash: PrfHash,
  secret: Uint8Array | KeyObject,
  label: string,
  seed: Uint8Array,
  size: number,
): Uint8Array {
  const labelAndSeed = Buffer.concat([Buffer.from(label, 'ascii'), seed]);
  const output = new Uint8Array(size);
  const made: Uint8Array[] = [];
  let a: Uint8Array = labelAndSeed;
  for (let filled = 0; filled < size; ) {
    a = createHmac(hash, secret).update(a).digest();
    const block = createHmac(hash, secret).update(a).update(labelAndSeed).digest();
    output.set(block.subarray(0, size - filled), filled);
    filled += block.length;
    made.push(a, block);
  }
  wipe(...made);
  return output;
}
