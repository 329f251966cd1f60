// A store together with what seals its secrets: an endpoint never has the one without the other.
import type { KeyObject } from 'node:crypto';
import { refuse } from '../errors.ts';
import { memoryStore } from './memory-store.ts';
import { createSealer, ephemeralSealer, isSealedWith, type Sealer } from './sealing.ts';
import { sqliteStore } from './sqlite-store.ts';
import type { Store } from './store.ts';

export interface SealedStore {
  readonly store: Store;
  readonly sealer: Sealer;
}

/** For one process: everything is forgotten at its end, and the sealing key with it. */
export function memory(): SealedStore {
  return { store: memoryStore(), sealer: ephemeralSealer() };
}

export interface SealOptions {
  /** The sealing key, a secret KeyObject of 32 bytes. A database store without one is refused. */
  readonly sealWith: KeyObject;
  /** Sealing keys of the past, which only open. */
  readonly previous?: readonly KeyObject[];
}

/**
 * One file, which several processes of one machine may share.
 *
 * @throws E2EKeyError STORE_FAILED if the file cannot be opened; OPTION_INVALID for sealing keys that the newest key in
 * it was not sealed with: what is made under another would supersede keys that then nobody opens.
 */
export function sqlite(file: string, { sealWith, previous = [] }: SealOptions): SealedStore {
  const keys = { current: sealWith, previous };
  const sealer = createSealer(keys);
  const store = sqliteStore(file);
  const newest = store.newestSealed();
  if (newest === null || isSealedWith(keys, newest)) return { store, sealer };
  store.close();
  return refuse('OPTION_INVALID', `the keys in ${file} were sealed with another sealing key`);
}
