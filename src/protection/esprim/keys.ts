// The pairwiseESPrimKeys of an end-point (TS-0003 8.4.2 A): made by the E2EKey procedure, or provisioned. Says which key
// protects towards whom and which one a kid names; knows no object.
import type { KeyObject } from 'node:crypto';
import type { KeyName, KeyStatus, StoredKey } from '../../endpoint/key-ring.ts';
import { refuse } from '../../errors.ts';
import { toAbsolute } from '../../identifiers/entity.ts';
import { deriveEndToEndKeys } from '../../keys/end-to-end.ts';
import { type KeyProfile, literalKey, separatedKeys } from '../../keys/protection-keys.ts';
import { type KeyFor, keyFor } from '../../keys/purpose.ts';

export interface PairwiseESPrimKey {
  /** pairwiseESPrimKeyID, `kid` of the objects. */
  readonly id: string;
  /** The other end-point, absolute form: nobody else may speak under this key. */
  readonly entity: string;
  readonly secret: KeyFor<'ESPrim'>;
  /** For primitives that are authenticated only; null in the literal profile, where one key has one use. */
  readonly authentication: KeyFor<'message authentication'> | null;
}

/** Where the two sides of ESPrim find their keys. */
export interface EsPrimKeys {
  /**
   * The key to protect with towards an entity.
   *
   * @throws E2EKeyError KEY_UNKNOWN, KEY_UNCONFIRMED, KEY_EXPIRED or KEY_REVOKED: there is none that may be used.
   */
  current(entity: string): Promise<PairwiseESPrimKey>;
  /**
   * The key that a kid names, to open with; null for one that was never there.
   *
   * @throws E2EKeyError KEY_EXPIRED or KEY_REVOKED.
   */
  find(kid: string): Promise<PairwiseESPrimKey | null>;
  /** An object under this key was opened: the other end-point has it too. */
  opened(key: PairwiseESPrimKey): Promise<void>;
}

/** What is needed of an Endpoint. */
export interface KeyHolder {
  key(id: string): Promise<StoredKey | null>;
  keyBySeparatedId(id: string): Promise<StoredKey | null>;
  activeKey(entity: string): Promise<StoredKey | null>;
  keys(page: { entity?: string; limit?: number }): Promise<StoredKey[]>;
  confirm(id: string): Promise<boolean>;
  /** As the others, without the secret: asked with each message, where it is there. */
  keyStatus?(name: KeyName): Promise<KeyStatus | null>;
}

/** Keys whose derived keys are remembered. */
const maxRemembered = 1024;

/**
 * The keys that an Endpoint has made. The first object that opens makes an unconfirmed key active; a superseded one
 * still opens what is on its way, and protects nothing more.
 *
 * @param options.profile `separated` (the default) uses keys derived from pairwiseE2EKey, one for each use; `literal`
 * uses pairwiseE2EKey itself, as TS-0003 8.4.2 can be read, for ESPrim and for nothing else
 * @example
 * ```ts
 * import { EsPrimClient, endpointKeys } from 'e2ekey/protection';
 * import { httpSender } from 'e2ekey/onem2m';
 * const client = new EsPrimClient({ from: endpoint.id, to: '//m2m.example.com/cse-b', keys: endpointKeys(endpoint), sender: httpSender('http://127.0.0.1:8080') });
 * const response = await client.send({ operation: 'retrieve', to: '/cse-b/-/temperature' });
 * console.log(response.responseStatusCode, response.content);
 * ```
 */
export function endpointKeys(holder: KeyHolder, options: { profile?: KeyProfile } = {}): EsPrimKeys {
  const { profile = 'separated' } = options;
  const remembered = new Map<string, PairwiseESPrimKey>();

  const pairwise = (stored: StoredKey, secret: KeyObject): PairwiseESPrimKey => {
    const known = remembered.get(stored.id);
    if (known !== undefined) return known;
    const key = deriveFrom(profile, { id: stored.id, entity: stored.entity, secret });
    remembered.set(stored.id, key);
    for (const oldest of remembered.keys()) {
      if (remembered.size <= maxRemembered) break;
      remembered.delete(oldest);
    }
    return key;
  };
  const unconfirmed = new WeakMap<PairwiseESPrimKey, string>();

  /** The key, if it was used before and lives still: its state is looked at each time, its secret once. */
  const usedBefore = async (name: KeyName): Promise<PairwiseESPrimKey | null> => {
    const status = (await holder.keyStatus?.(name)) ?? null;
    if (status === null || status.state === 'revoked' || status.state === 'expired') return null;
    return remembered.get(status.id) ?? null;
  };

  return {
    async current(entity) {
      const known = await usedBefore({ activeWith: entity });
      if (known !== null) return known;
      const stored = await holder.activeKey(entity);
      if (stored === null || stored.secret === null)
        return refuseCurrent(await holder.keys({ entity }), entity);
      return pairwise(stored, stored.secret);
    },

    async find(kid) {
      const known = await usedBefore(profile === 'literal' ? { id: kid } : { separatedId: kid });
      if (known !== null) return known;
      const stored = await (profile === 'literal' ? holder.key(kid) : holder.keyBySeparatedId(kid));
      if (stored === null) return null;
      if (stored.secret === null) return refuseDead(stored);
      const key = pairwise(stored, stored.secret);
      if (stored.state === 'unconfirmed') unconfirmed.set(key, stored.id);
      return key;
    },

    async opened(key) {
      const id = unconfirmed.get(key);
      if (id === undefined) return;
      if (!(await holder.confirm(id))) {
        // Another message may have been faster, or the deadline or a revocation.
        const stored = await holder.key(id);
        if (stored === null) return refuse('KEY_EXPIRED', `key ${id} has expired`);
        if (stored.secret === null) return refuseDead(stored);
      }
      // Not before: others that were opened at the same time wait for the same answer.
      unconfirmed.delete(key);
    },
  };
}

function deriveFrom(
  profile: KeyProfile,
  { id, entity, secret }: { id: string; entity: string; secret: KeyObject },
): PairwiseESPrimKey {
  if (profile === 'literal') {
    const literal = literalKey({ id, secret });
    return { id: literal.id, entity, secret: literal.esprim, authentication: null };
  }
  const { id: kid, messageConfidentiality, messageAuthentication } = separatedKeys({ id, secret });
  return { id: kid, entity, secret: messageConfidentiality, authentication: messageAuthentication };
}

/** Why a key is used neither to protect nor to open any more. */
export function refuseDead({ id, state }: Pick<StoredKey, 'id' | 'state'>): never {
  return state === 'revoked'
    ? refuse('KEY_REVOKED', `key ${id} was revoked`)
    : refuse('KEY_EXPIRED', `key ${id} has expired`);
}

/** Which of an entity's keys comes nearest to one that could be used. */
function refuseCurrent(keys: readonly StoredKey[], entity: string): never {
  if (keys.some(({ state }) => state === 'unconfirmed'))
    return refuse(
      'KEY_UNCONFIRMED',
      `the key with ${entity} is unconfirmed: only its first message to us will show that it has the key too`,
    );
  const dead = keys.find(({ state }) => state === 'revoked') ?? keys[0];
  return dead === undefined
    ? refuse('KEY_UNKNOWN', `there is no key with ${entity}; establish one first`)
    : refuseDead(dead);
}

/** A key that both end-points were given, without certificates (TS-0003 8.4.2 A, provisioned). */
export type ProvisionedKey = {
  /** The other end-point, absolute form. */
  readonly entity: string;
} & (
  | {
      /** Kpsa or another master key, at least 16 bytes: keys for each use are derived from it. */
      readonly master: Uint8Array | KeyObject;
      /** Given to both ends with it; absent, zeros (RFC 5869 §2.2). */
      readonly salt?: Uint8Array;
    }
  | {
      /** pairwiseESPrimKeyID. */
      readonly id: string;
      /** pairwiseESPrimKey itself, 32 bytes. */
      readonly pairwiseESPrimKey: Uint8Array | KeyObject;
    }
);

/**
 * Keys that were provisioned, one for each entity, for as long as this object is used.
 *
 * @throws E2EKeyError OPTION_INVALID for two keys with one entity or one kid, and for a key that is too short.
 */
export function provisionedKeys(provisioned: readonly ProvisionedKey[]): EsPrimKeys {
  const byEntity = new Map<string, PairwiseESPrimKey>();
  const byKid = new Map<string, PairwiseESPrimKey>();
  for (const each of provisioned) {
    const key = readProvisioned(each);
    if (byEntity.has(key.entity) || byKid.has(key.id))
      refuse('OPTION_INVALID', `there are two keys with ${key.entity}, or with the kid ${key.id}`);
    byEntity.set(key.entity, key);
    byKid.set(key.id, key);
  }
  return {
    current: async entity => byEntity.get(entity) ?? refuse('KEY_UNKNOWN', `there is no key with ${entity}`),
    find: async kid => byKid.get(kid) ?? null,
    opened: async () => undefined,
  };
}

function readProvisioned(provisioned: ProvisionedKey): PairwiseESPrimKey {
  const entity = toAbsolute(provisioned.entity, provisioned.entity);
  if ('pairwiseESPrimKey' in provisioned) {
    const { id, pairwiseESPrimKey } = provisioned;
    return { id, entity, secret: keyFor('ESPrim', pairwiseESPrimKey), authentication: null };
  }
  const keys = deriveEndToEndKeys(provisioned.master, provisioned.salt ?? new Uint8Array());
  return {
    id: keys.id,
    entity,
    secret: keys.messageConfidentiality,
    authentication: keys.messageAuthentication,
  };
}
