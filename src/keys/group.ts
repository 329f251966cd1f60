// The key of one member of a group that an agent authenticates for (TS-0003 Annex B.1, informative, and the contribution
// behind it). Knows no group and no agent.
import type { KeyObject } from 'node:crypto';
import { refuse } from '../errors.ts';
import { requireBytes } from '../identifiers/given.ts';
import { derivedKey } from './derived-key.ts';
import { identifierOctets } from './identifier-octets.ts';
import { type KeyFor, keyFor } from './purpose.ts';

/** The source says only that Rand is random: of a fixed length, so that no identifier ends in it. */
const randSize = 16;

/**
 * Ksx, the M2M Group Secure Connection Key: HMAC-SHA-256(Kpsaxi, label ‖ Enrolee-Ax-ID ‖ Rand), 32 bytes. KsxID is KpsaxiID.
 *
 * @param kpsa Kpsaxi, shared by the member and the infrastructure node: at least 16 bytes
 * @param enroleeId CSE-ID or AE-ID of the member, in UTF-8 and NFKC
 * @param rand 16 bytes that the infrastructure node has drawn and sent to the member
 * @throws E2EKeyError KEY_PURPOSE_WRONG for a Kpsa that was made for another purpose than derivation, OPTION_INVALID for
 * one that is too short, for an identifier that is empty, too long or not well-formed, and for a Rand of another length.
 */
export function deriveGroupKey(
  kpsa: Uint8Array | KeyObject,
  enroleeId: string,
  rand: Uint8Array,
): KeyFor<'derivation'> {
  if (requireBytes(rand, 'Rand').length !== randSize)
    return refuse('OPTION_INVALID', `Rand has ${rand.length} bytes, not ${randSize}`);
  return derivedKey(
    'derivation',
    keyFor('derivation', kpsa),
    'oneM2M Group Secure Connection Key derivation',
    identifierOctets('the Enrolee-Ax-ID', enroleeId),
    rand,
  );
}
