// What hashing costs, counted in calls of the compression function, and idle ones that make up a difference: the time
// that something took is not to tell what was in it. Knows no record and no key.
import { createHash } from 'node:crypto';
import type { PrfHash } from './suites.ts';

/** Bytes that a hash takes in at a time, and that it adds at least: one byte and the length (FIPS 180-4 §5.1). */
const hashShapes = { sha256: { block: 64, padding: 9 }, sha384: { block: 128, padding: 17 } } as const;

/** What a hash takes in at a time; an HMAC key is as long, or made so (RFC 2104 §2). */
export function hashBlockSize(hash: PrfHash): number {
  return hashShapes[hash].block;
}

/** Calls of the compression function for so many bytes. */
export function hashBlocks(hash: PrfHash, size: number): number {
  const { block, padding } = hashShapes[hash];
  return Math.ceil((size + padding) / block);
}

/** Seventeen blocks of 64 bytes, or nine of 128: all that anybody here makes up for, and one that is always spent. */
const idle = new Uint8Array(9 * 128);

/** One more than asked for: a call that is made only sometimes would show as much as the blocks themselves. */
export function spendHashBlocks(hash: PrfHash, blocks: number): void {
  const { block, padding } = hashShapes[hash];
  createHash(hash)
    .update(idle.subarray(0, (blocks + 1) * block - padding))
    .digest();
}
