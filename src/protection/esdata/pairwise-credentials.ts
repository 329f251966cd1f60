// The ESData credentials of two end-points that share one master key: made by the E2EKey procedure, or provisioned
// (TS-0003 8.5.2.2.2). Finds them in an end-point's store; what is opened and made with them is elsewhere.
import { refuse } from '../../errors.ts';
import { writeCredentialId } from '../../identifiers/credential-id.ts';
import { requireObject } from '../../identifiers/given.ts';
import type { EndToEndKeys } from '../../keys/end-to-end.ts';
import { separatedKeys } from '../../keys/protection-keys.ts';
import { endpointKeys, type KeyHolder, refuseDead } from '../esprim/keys.ts';
import type { CredentialName, DirectKey, MicKey, WrappingKey } from './credentials.ts';
import { KeyUses } from './key-uses.ts';

/** One key for each use, under the types 14, 15 and 16 of Credential-IDs; uses of the first are counted in this process. */
export interface PairwiseCredentials {
  readonly encryption: DirectKey;
  readonly keyWrap: WrappingKey;
  readonly mic: MicKey;
}

/**
 * The credentials that follow from end-to-end keys (TS-0003 10.3.6).
 *
 * @param expires end of the key that these were derived from, if it has one
 * @throws E2EKeyError OPTION_INVALID for keys whose id is none.
 * @example
 * ```ts
 * import { deriveEndToEndKeys } from 'e2ekey/keys';
 * import { encrypt, pairwiseCredentials } from 'e2ekey/protection';
 * const kpsa = crypto.getRandomValues(new Uint8Array(32));
 * const salt = crypto.getRandomValues(new Uint8Array(16));
 * const { encryption } = pairwiseCredentials(deriveEndToEndKeys(kpsa, salt));
 * const envelope = await encrypt(Buffer.from('21.5'), [encryption]);
 * ```
 */
export function pairwiseCredentials(keys: EndToEndKeys, expires?: Date): PairwiseCredentials {
  requireObject(keys, 'keys');
  const life = expires === undefined ? {} : { expires };
  return {
    encryption: {
      id: writeCredentialId(14, keys.id),
      key: keys.attributeConfidentiality,
      uses: new KeyUses(),
      ...life,
    },
    keyWrap: { id: writeCredentialId(15, keys.id), key: keys.keyWrapping, ...life },
    mic: { id: writeCredentialId(16, keys.id), key: keys.attributeAuthenticity, ...life },
  };
}

/** The credentials that an end-point shares with one entity. The two searches go where something is opened. */
export interface EndpointCredentials {
  /**
   * Those to protect with.
   *
   * @throws E2EKeyError KEY_UNKNOWN, KEY_UNCONFIRMED, KEY_EXPIRED or KEY_REVOKED: there are none that may be used.
   */
  current(): Promise<PairwiseCredentials>;
  readonly decryptWith: (name: CredentialName) => Promise<DirectKey | WrappingKey | null>;
  readonly verifyWith: (name: CredentialName) => Promise<MicKey | null>;
  /** Something was opened with one of them: the other end-point has the key too, which makes an unconfirmed one active. */
  opened(credential: { readonly id?: string }): Promise<void>;
}

/**
 * The credentials of the keys that an Endpoint has made with one entity. An object under the key of another entity is
 * not opened with them: its Credential-ID is unknown.
 *
 * @param entity in absolute form
 * @example
 * ```ts
 * import { endpointCredentials, openContentInstance, type ProtectedContent } from 'e2ekey/protection';
 * const { decryptWith, opened } = endpointCredentials(endpoint, '//m2m.example.com/cse-b/Cae1');
 * const open = async (instance: ProtectedContent) => {
 *   const { content, decryptedWith } = await openContentInstance(instance, { decryptWith });
 *   if (decryptedWith !== null) await opened(decryptedWith);
 *   return content;
 * };
 * ```
 */
export function endpointCredentials(holder: KeyHolder, entity: string): EndpointCredentials {
  const pairwise = endpointKeys(holder);
  const remembered = new Map<string, PairwiseCredentials>();

  const ofKid = async (kid: string): Promise<PairwiseCredentials | null> => {
    // Asked each time: a key that was revoked or has expired since opens nothing more. One of another entity, dead or
    // alive, is none of these.
    const stored = await holder.keyBySeparatedId(kid);
    if (stored === null || stored.entity !== entity) return null;
    if (stored.secret === null) return refuseDead(stored);
    const made =
      remembered.get(stored.id) ??
      pairwiseCredentials(separatedKeys({ id: stored.id, secret: stored.secret }), stored.expires);
    // Last used, last forgotten: with a key in use its count would be forgotten.
    remembered.delete(stored.id);
    remembered.set(stored.id, made);
    const [oldest = ''] = remembered.keys();
    if (remembered.size > maxRemembered) remembered.delete(oldest);
    return made;
  };

  const search =
    <C>(choices: Readonly<Record<string, (found: PairwiseCredentials) => C>>) =>
    async ({ kid }: CredentialName): Promise<C | null> => {
      const [, type = '', id = ''] = /^(\d\d)-([0-9A-F]{32})$/.exec(kid ?? '') ?? [];
      const choose = choices[type];
      const found = choose === undefined ? null : await ofKid(id);
      return choose === undefined || found === null ? null : choose(found);
    };

  return {
    async current() {
      const { id } = await pairwise.current(entity);
      return (await ofKid(id)) ?? refuse('KEY_UNKNOWN', `the key with ${entity} is not there any more`);
    },
    decryptWith: search<DirectKey | WrappingKey>({
      14: ({ encryption }) => encryption,
      15: ({ keyWrap }) => keyWrap,
    }),
    verifyWith: search({ 16: ({ mic }) => mic }),
    async opened({ id }) {
      const key = await pairwise.find(id?.slice('14-'.length) ?? '');
      if (key !== null) await pairwise.opened(key);
    },
  };
}

/** Keys with one entity whose credentials are remembered: the current one, and those that were superseded. */
const maxRemembered = 64;
