// A key store that a command opens: the one of a service's configuration, or one of its own. Finds keys and says why one
// cannot be used; knows nothing of what is done with them.
import { statSync } from 'node:fs';
import { KeyRing } from '../endpoint/key-ring.ts';
import { readSealingKey } from '../endpoint/sealing.ts';
import { type SealedStore, sqlite } from '../endpoint/stores.ts';
import { E2EKeyError, refuse } from '../errors.ts';
import { toAbsolute } from '../identifiers/entity.ts';
import type { KeyHolder } from '../protection/esprim/keys.ts';
import { readConfig, type ServiceConfig } from '../service/config.ts';
import { readBytes, refuseIrregular, unreadableBy } from './input-file.ts';
import type { OptionTable, Values } from './options.ts';

export const storeOptions = {
  store: {
    type: 'text',
    placeholder: 'sqlite:FILE',
    about: 'The key store, one SQLite file; with --seal and --origin.',
  },
  seal: {
    type: 'text',
    placeholder: 'FILE',
    about: 'Its sealing key: 32 bytes, or 64 hex digits (openssl rand -hex 32).',
  },
} as const satisfies OptionTable;

export const heldKeyOptions = {
  config: {
    type: 'text',
    placeholder: 'FILE',
    about: "A service's configuration: its identity, its store and its sealing key.",
  },
  ...storeOptions,
  origin: {
    type: 'text',
    placeholder: 'ENTITY',
    about: 'Our own identity, absolute: whose keys in the store are meant.',
  },
} as const satisfies OptionTable;

type HeldKeyValues = Values<typeof heldKeyOptions>;

/** The keys of one end-point, for as long as a command runs. */
export interface HeldKeys extends KeyHolder {
  /** Our own identity, absolute form. */
  readonly id: string;
  close(): Promise<void>;
}

/**
 * Opens the store that the options name; null where they name none.
 *
 * @throws E2EKeyError OPTION_INVALID naming the option, STORE_FAILED.
 */
export function openHeldKeys(values: HeldKeyValues, clock: () => Date): HeldKeys | null {
  const { config, store, seal, origin } = values;
  if (config === undefined) {
    if (store === undefined) {
      if (seal !== undefined) refuse('OPTION_INVALID', '--seal is for --store, which is missing');
      return null;
    }
    if (origin === undefined)
      return refuse('OPTION_INVALID', '--origin is missing: it says whose keys in the store are meant');
    return heldKeys(absoluteOf('--origin', origin), openExisting({ store, seal }, '--'), clock);
  }
  for (const [name, value] of Object.entries({ store, seal, origin }))
    if (value !== undefined) refuse('OPTION_INVALID', `--${name} does not go with --config, which says it`);
  const { id, store: configured, seal: configuredSeal } = readServiceConfig(config);
  if (configured === 'memory:')
    refuse('OPTION_INVALID', `--config ${config}: store is memory:, where no other process finds a key`);
  const sealed = openExisting({ store: configured, seal: configuredSeal }, `--config ${config}: `);
  return heldKeys(id, sealed, clock);
}

/**
 * The configuration of a service, from the file of --config and the environment.
 *
 * @throws E2EKeyError OPTION_INVALID naming the file, and why it cannot be read, or the setting.
 */
export function readServiceConfig(file: string): ServiceConfig {
  refuseIrregular('--config', file);
  try {
    return readConfig(file, process.env);
  } catch (error) {
    // Only what could not be read has a cause of node:fs.
    if (!(error instanceof E2EKeyError && error.cause instanceof Error && 'errno' in error.cause))
      throw error;
    return refuse('OPTION_INVALID', `--config ${file}: ${unreadableBy(error.cause)}`, { cause: error.cause });
  }
}

interface StoreAndSeal {
  readonly store: string;
  readonly seal: string | undefined;
}

/**
 * Opens a store, and makes it if it is not there.
 *
 * @param prefix goes before `store` and `seal` in the sentences
 * @throws E2EKeyError OPTION_INVALID naming the option, STORE_FAILED.
 */
export function openSealedStore({ store, seal }: StoreAndSeal, prefix = '--'): SealedStore {
  const file = fileOf(store, prefix);
  if (seal === undefined)
    return refuse('OPTION_INVALID', `${prefix}seal is missing: a store holds keys only sealed`);
  const size = sizeOf(file);
  // SQLite takes an empty file, and one of a byte, for a database to be made, and writes over it.
  if (size !== null && size < leastDatabaseSize)
    refuse('OPTION_INVALID', `${prefix}store ${store}: the file is no store`);
  const content = readBytes(`${prefix}seal`, seal);
  try {
    return sqlite(file, { sealWith: readSealingKey(content) });
  } catch (cause) {
    if (!(cause instanceof E2EKeyError) || cause.code !== 'OPTION_INVALID') throw cause;
    return refuse('OPTION_INVALID', `${prefix}seal ${seal}: ${cause.message}`, { cause });
  } finally {
    content.fill(0);
  }
}

/** An absolute identifier that an option gives. */
export function absoluteOf(option: string, entity: string): string {
  try {
    return toAbsolute(entity, entity);
  } catch (cause) {
    return refuse('OPTION_INVALID', `${option} ${entity}: no absolute CSE-ID or AE-ID (TS-0001 7.2)`, {
      cause,
    });
  }
}

/** A mistyped name would make an empty store, and every key unknown. */
function openExisting(named: StoreAndSeal, prefix: string): SealedStore {
  if (sizeOf(fileOf(named.store, prefix)) === null)
    refuse('OPTION_INVALID', `${prefix}store ${named.store}: no such file`);
  return openSealedStore(named, prefix);
}

/** The smallest page of SQLite; a database has one at least. */
const leastDatabaseSize = 512;

/** In bytes; null where there is no file. Without opening it, which would drop the locks of others in this process. */
function sizeOf(file: string): number | null {
  return statSync(file, { throwIfNoEntry: false })?.size ?? null;
}

function fileOf(store: string, prefix: string): string {
  const [, file] = /^sqlite:(.+)$/s.exec(store) ?? [];
  return file ?? refuse('OPTION_INVALID', `${prefix}store must be sqlite:FILE, not ${JSON.stringify(store)}`);
}

function heldKeys(id: string, sealed: SealedStore, clock: () => Date): HeldKeys {
  const ring = new KeyRing(id, sealed);
  return {
    id,
    key: keyId => ring.find(keyId, clock()),
    keyBySeparatedId: kid => ring.findBySeparatedId(kid, clock()),
    activeKey: entity => ring.findActive(entity, clock()),
    keys: page => ring.list({ ...page, limit: page.limit ?? 100 }, clock()),
    // A pretended time changes nothing in the store.
    confirm: keyId => ring.confirm(keyId, new Date()),
    close: () => sealed.store.close(),
  };
}
