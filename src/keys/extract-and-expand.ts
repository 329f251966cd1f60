// Key extraction and expansion of TS-0003 10.3.6: HMACs in a chain, the label another for each block. Knows no label
// and no key by name. HKDF-Expand of a library cannot make this: it has one info for all blocks (RFC 5869 §2.3).
import { createHmac, type KeyObject } from 'node:crypto';
import { wipe } from '../crypto/secrets.ts';
import { refuse } from '../errors.ts';
import { requireBytes } from '../identifiers/given.ts';
import { type KeyFor, type KeyPurpose, keyFor } from './purpose.ts';

/** HMAC-Hash: TS-0003 Table 9.2.3.3-1 names SHA-256 and SHA-512. */
const hashes = ['sha256', 'sha512'] as const;
export type DerivationHash = (typeof hashes)[number];

/** One block of an expansion, and what its key is for. */
interface Block {
  /** In ASCII, without terminator. */
  readonly label: string;
  readonly purpose: KeyPurpose;
}

/**
 * HMAC-Hash(salt, material), as HKDF-Extract has it (RFC 5869 §2.2): the salt is the key of the HMAC. An empty salt
 * is an absent one, HashLen zeros, since HMAC fills up its key with zeros.
 *
 * @throws E2EKeyError KEY_PURPOSE_WRONG for a key that protects something, OPTION_INVALID for less than 16 bytes, for
 * another hash and for a salt that is no bytes.
 */
export function extract(
  hash: DerivationHash,
  salt: Uint8Array,
  material: Uint8Array | KeyObject,
): KeyFor<'derivation'> {
  if (!hashes.includes(hash))
    return refuse('OPTION_INVALID', 'hash: sha256 and sha512 are possible (TS-0003 Table 9.2.3.3-1)');
  requireBytes(salt, 'the salt');
  const secretMaterial = keyFor('derivation', material).export();
  const masterSecret = createHmac(hash, salt).update(secretMaterial).digest();
  const master = keyFor('derivation', masterSecret);
  wipe(secretMaterial, masterSecret);
  return master;
}

/** T(n) = HMAC-Hash(master, T(n-1) ‖ label ‖ n), from n = 1 and the empty T(0) on (TS-0003 10.3.6.2). */
export function expand<const Blocks extends readonly Block[]>(
  hash: DerivationHash,
  master: KeyFor<'derivation'>,
  blocks: Blocks,
): { [N in keyof Blocks]: KeyFor<Blocks[N]['purpose']> } {
  const secretBlocks: Uint8Array[] = [new Uint8Array()];
  const keys = blocks.map(({ label, purpose }, index) => {
    const secretBlock = createHmac(hash, master)
      .update(secretBlocks[index] ?? '')
      .update(label)
      .update(Uint8Array.of(index + 1))
      .digest();
    secretBlocks.push(secretBlock);
    return keyFor(purpose, secretBlock.subarray(0, maxSizes[purpose]));
  });
  wipe(...secretBlocks);
  // `map` forgets that there is one key for each block, in their order.
  return keys as unknown as { [N in keyof Blocks]: KeyFor<Blocks[N]['purpose']> };
}

/** AES has no longer keys; of a block of SHA-512 they are the leftmost bytes. */
const maxSizes: { readonly [P in KeyPurpose]?: number } = { 'ESData encryption': 32, 'ESData key wrap': 32 };
