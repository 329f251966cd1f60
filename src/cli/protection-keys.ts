// The shared keys of `protect` and `unprotect`: of a key store, or derived from a master key in a file. Which are meant,
// and whether they may be used; knows no object.

import type { StoredKey } from '../endpoint/key-ring.ts';
import { refuse } from '../errors.ts';
import { deriveEndToEndKeys } from '../keys/end-to-end.ts';
import { type KeyProfile, separatedKeys } from '../keys/protection-keys.ts';
import { type PairwiseCredentials, pairwiseCredentials } from '../protection/esdata/pairwise-credentials.ts';
import {
  type EsPrimKeys,
  endpointKeys,
  type PairwiseESPrimKey,
  provisionedKeys,
  refuseDead,
} from '../protection/esprim/keys.ts';
import { readPresharedKey } from './credential-files.ts';
import { absoluteOf, type HeldKeys, heldKeyOptions, openHeldKeys } from './key-store.ts';
import type { OptionTable, Values } from './options.ts';

export const protectionKeyOptions = {
  key: {
    type: 'text',
    placeholder: 'ID',
    repeatable: true,
    about: 'A key of the store: its pairwiseE2EKeyID, or the kid of the keys derived from it.',
  },
  entity: {
    type: 'text',
    placeholder: 'ENTITY',
    repeatable: true,
    about: 'The other end-point, absolute: the active key with it, and to open any key with it.',
  },
  ...heldKeyOptions,
  'master-file': {
    type: 'text',
    placeholder: 'FILE',
    about:
      'Instead of a store, a master key that both end-points were given (Kpsa, TS-0003 10.3.6): 16 bytes or more in hex, in the first line.',
  },
  salt: {
    type: 'text',
    placeholder: 'HEX',
    about: 'The salt that was given with it; default none.',
  },
  'key-profile': {
    type: 'text',
    placeholder: 'PROFILE',
    oneOf: ['separated', 'literal'],
    about:
      'For ESPrim with a key of the store: a key derived from pairwiseE2EKey (default), or pairwiseE2EKey itself, for peers that know no derivation.',
  },
} as const satisfies OptionTable;

type KeyValues = Values<typeof protectionKeyOptions>;

/** A shared key, and what a report says of it. */
export interface SharedKey {
  /** pairwiseE2EKeyID; null for a master key. */
  readonly keyId: string | null;
  /** Of the keys derived from it. */
  readonly kid: string;
  /** The other end-point, absolute form; null for a master key without --entity. */
  readonly entity: string | null;
  readonly credentials: PairwiseCredentials;
  /** For ESPrim; null for a master key without --entity. */
  readonly esprim: PairwiseESPrimKey | null;
}

export interface SharedKeys {
  /** Our own identity, absolute form; null where none is given, with a master key. */
  readonly id: string | null;
  /**
   * Those to protect with, in the order of the options.
   *
   * @throws E2EKeyError KEY_UNKNOWN, KEY_UNCONFIRMED, KEY_EXPIRED or KEY_REVOKED.
   */
  chosen(): Promise<SharedKey[]>;
  /**
   * The one whose derived keys have this kid, if it is among those that are meant; null for any other.
   *
   * @throws E2EKeyError KEY_EXPIRED or KEY_REVOKED.
   */
  find(kid: string): Promise<SharedKey | null>;
  /** The same for ESPrim; null for a master key without --entity. */
  readonly esprim: EsPrimKeys | null;
  /** For the sentence on a key that was not found: the options that left others out; else empty. */
  readonly narrowing: string;
  /** Something was opened with it: the other end-point has it too, which makes an unconfirmed key active. */
  opened(key: SharedKey): Promise<void>;
  close(): Promise<void>;
}

/**
 * The shared keys that the options name; null where they name none.
 *
 * @throws E2EKeyError OPTION_INVALID naming the option, STORE_FAILED.
 */
export function openSharedKeys(values: KeyValues, clock: () => Date): SharedKeys | null {
  const masterFile = values['master-file'];
  if (masterFile === undefined && values.salt !== undefined)
    refuse('OPTION_INVALID', '--salt is for --master-file, which is missing');
  if (masterFile !== undefined) return masterKeys(masterFile, values);
  const held = openHeldKeys(values, clock);
  if (held !== null) return storedKeys(held, values);
  for (const name of ['key', 'entity'] as const)
    if (values[name].length > 0)
      refuse('OPTION_INVALID', `--${name} names a key of a store: --config or --store is missing`);
  return null;
}

function storedKeys(held: HeldKeys, values: KeyValues): SharedKeys {
  const profile: KeyProfile = values['key-profile'] ?? 'separated';
  const esprim = endpointKeys(held, { profile });
  const entities = values.entity.map(entity => absoluteOf('--entity', entity));
  const ids = values.key.map(id => id.toUpperCase());
  const wanted = new Set(ids);
  refuseTwice('--entity', entities);
  refuseTwice('--key', ids);

  const shared = async (stored: StoredKey): Promise<SharedKey> => {
    if (stored.secret === null) return refuseDead(stored);
    const { id: keyId, entity, expires, secret } = stored;
    const keys = separatedKeys({ id: keyId, secret });
    return {
      keyId,
      kid: keys.id,
      entity,
      credentials: pairwiseCredentials(keys, expires),
      esprim: await esprim.find(profile === 'literal' ? keyId : keys.id),
    };
  };
  /** No other key than those that were asked for, whatever an object names. */
  const isMeant = ({ id, entity }: StoredKey, kid: string): boolean =>
    (wanted.size === 0 || wanted.has(id) || wanted.has(kid.toUpperCase())) &&
    (entities.length === 0 || entities.includes(entity));

  return {
    id: held.id,
    async chosen() {
      const byId = values.key.map(async id => {
        const stored = (await held.key(id)) ?? (await held.keyBySeparatedId(id));
        return shared(requireUsable(stored ?? refuse('KEY_UNKNOWN', `there is no key ${id} in the store`)));
      });
      const byEntity = entities.map(async entity => {
        const { id: kid } = await endpointKeys(held).current(entity);
        return shared(requireUsable((await held.keyBySeparatedId(kid)) ?? refuseGone(kid)));
      });
      const chosen = await Promise.all([...byId, ...byEntity]);
      // A key has two names, and its entity is a third.
      refuseTwice(
        '--key and --entity: key',
        chosen.map(({ keyId }) => keyId ?? ''),
      );
      return chosen;
    },
    async find(kid) {
      const stored = await held.keyBySeparatedId(kid);
      return stored === null || !isMeant(stored, kid) ? null : shared(stored);
    },
    esprim: {
      ...esprim,
      async find(kid) {
        const stored = await (profile === 'literal' ? held.key(kid) : held.keyBySeparatedId(kid));
        return stored === null || !isMeant(stored, kid) ? null : esprim.find(kid);
      },
    },
    narrowing: narrowingOf(values),
    async opened({ esprim: key }) {
      if (key !== null) await esprim.opened(key);
    },
    close: () => held.close(),
  };
}

function refuseTwice(option: string, names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) refuse('OPTION_INVALID', `${option} ${twice} is given twice`);
}

function narrowingOf({ key, entity }: KeyValues): string {
  const options = [key.length > 0 ? ['--key'] : [], entity.length > 0 ? ['--entity'] : []].flat();
  return options.length === 0 ? '' : `; ${options.join(' and ')} left out every other key of the store`;
}

/** Whom a key that was superseded protects for is told by the newer one. */
function requireUsable(stored: StoredKey): StoredKey {
  const { id, state, entity } = stored;
  switch (state) {
    case 'active':
      return stored;
    case 'unconfirmed':
      return refuse(
        'KEY_UNCONFIRMED',
        `key ${id} is unconfirmed: only the first message from ${entity} will show that it has the key too`,
      );
    case 'superseded':
      return refuse('KEY_EXPIRED', `key ${id} was superseded: it opens, and protects nothing more`);
    default:
      return refuseDead(stored);
  }
}

function refuseGone(kid: string): never {
  return refuse('KEY_UNKNOWN', `the key with the kid ${kid} is not in the store any more`);
}

function masterKeys(file: string, values: KeyValues): SharedKeys {
  for (const name of ['config', 'store', 'seal', 'key-profile'] as const)
    if (values[name] !== undefined)
      refuse('OPTION_INVALID', `--${name} does not go with --master-file, which needs no store`);
  if (values.key.length > 0) refuse('OPTION_INVALID', '--key names a key of a store; --master-file is one');
  if (values.entity.length > 1)
    refuse('OPTION_INVALID', '--entity is given twice; one other end-point has the key of --master-file');
  const [entity = null] = values.entity.map(named => absoluteOf('--entity', named));
  const master = readPresharedKey(file, '--master-file');
  if ((master.symmetricKeySize ?? 0) < minMasterSize)
    refuse('OPTION_INVALID', `--master-file ${file}: a master key has ${minMasterSize} bytes or more`);
  const salt = saltOf(values.salt ?? '');
  const esprim = entity === null ? null : provisionedKeys([{ entity, master, salt }]);
  const keys = deriveEndToEndKeys(master, salt);
  const shared = async (): Promise<SharedKey> => ({
    keyId: null,
    kid: keys.id,
    entity,
    credentials: pairwiseCredentials(keys),
    esprim: (await esprim?.find(keys.id)) ?? null,
  });
  return {
    id: values.origin === undefined ? null : absoluteOf('--origin', values.origin),
    chosen: async () => [await shared()],
    find: async kid => (kid === keys.id ? shared() : null),
    esprim,
    narrowing: '',
    opened: async () => undefined,
    close: async () => undefined,
  };
}

/** The shortest key that a derivation takes. */
const minMasterSize = 16;
/** Longer ones are hashed by HMAC, and nobody means that. */
const maxSaltSize = 64;

function saltOf(hex: string): Buffer {
  return /^(?:[0-9a-fA-F]{2})*$/.test(hex) && hex.length / 2 <= maxSaltSize
    ? Buffer.from(hex, 'hex')
    : refuse('OPTION_INVALID', `--salt is not at most ${maxSaltSize} bytes in hex`);
}
