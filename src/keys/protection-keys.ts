// From pairwiseE2EKey to the keys that protect primitives and data. TS-0003 8.7.1 says that they are derived and 8.4.2
// that pairwiseESPrimKey is provisioned so, and neither says how: two profiles. Knows nothing of a key's life.
import type { KeyObject } from 'node:crypto';
import { refuse } from '../errors.ts';
import { requireObject, requireText } from '../identifiers/given.ts';
import { deriveEndToEndKeys, type EndToEndKeys, endToEndKeysId } from './end-to-end.ts';
import { type KeyFor, keyFor } from './purpose.ts';

/**
 * `separated`: a key of its own for each use, for two ends that both have this rule.
 * `literal`: pairwiseESPrimKey is pairwiseE2EKey itself, for any other peer.
 */
export type KeyProfile = 'separated' | 'literal';

/** pairwiseE2EKeyID, 32 hex digits in any case, and pairwiseE2EKey, 32 bytes. */
interface IdentifiedKey {
  readonly id: string;
  readonly secret: KeyObject;
}

/**
 * The end-to-end keys (TS-0003 10.3.6.2) with pairwiseE2EKey in the place of Kpsa, and the 16 bytes of
 * pairwiseE2EKeyID as salt. They have an id of their own.
 *
 * @throws E2EKeyError OPTION_INVALID for an id that is no pairwiseE2EKeyID.
 */
export function separatedKeys(key: IdentifiedKey): EndToEndKeys {
  const salt = Buffer.from(checkedId(key), 'hex');
  return deriveEndToEndKeys(key.secret, salt);
}

/** The id of `separatedKeys`, and nothing else. @throws E2EKeyError as `separatedKeys`. */
export function separatedKeysId(key: IdentifiedKey): string {
  const salt = Buffer.from(checkedId(key), 'hex');
  return endToEndKeysId(key.secret, salt);
}

/**
 * pairwiseE2EKey as pairwiseESPrimKey, and nothing else: with one key in two uses there would be no ESData beside
 * ESPrim. The id is pairwiseE2EKeyID in upper case.
 *
 * @throws E2EKeyError OPTION_INVALID for an id that is no pairwiseE2EKeyID.
 */
export function literalKey(key: IdentifiedKey): { readonly id: string; readonly esprim: KeyFor<'ESPrim'> } {
  return { id: checkedId(key), esprim: keyFor('ESPrim', key.secret) };
}

/** `Buffer.from` reads hex up to the first digit that is none: a salt that is shorter, or absent. */
function checkedId(key: IdentifiedKey): string {
  const id = requireText(requireObject(key, 'the key').id, 'the id of the key');
  return /^[0-9A-Fa-f]{32}$/.test(id)
    ? id.toUpperCase()
    : refuse('OPTION_INVALID', 'the id of the key is no pairwiseE2EKeyID: such a one has 32 hex digits');
}
