// How the two sides come to the terms of one session (TS-0003 8.4.2 B.2g, C.6b, C.6c.1): the originator's random object, and
// what a receiver demands of it. Keeps nothing, and opens nothing.
import type { Random } from '../../crypto/random.ts';
import { refuse } from '../../errors.ts';
import { writeTimestamp } from '../../onem2m/timestamp.ts';
import { type Encryption, encryptions, hmacSha256 } from './algorithms.ts';
import type { PairwiseESPrimKey } from './keys.ts';
import type { ObjectHeader } from './object.ts';
import { type OriginatorRandObject, type ReceiverRandObject, readOriginatorRand } from './rand-object.ts';
import type { SessionTerms } from './session.ts';

/**
 * The originator's random object for a new session. It ends with the receiver's (B.2g: not later), and not by the clock
 * of a device, which is often wrong.
 *
 * @throws E2EKeyError ESPRIM_UNSUPPORTED_OPTION for an algorithm that the receiver does not take.
 */
export function newOriginatorRand(
  { keyGenerations, algorithms, expires }: ReceiverRandObject,
  encryption: Encryption,
  random: Random,
): OriginatorRandObject {
  if (!keyGenerations.includes(hmacSha256) || !algorithms.includes(encryptions[encryption].id))
    return refuse(
      'ESPRIM_UNSUPPORTED_OPTION',
      `the receiver takes esks ${keyGenerations}, espa ${algorithms}; ${encryption} is not among them`,
    );
  const hex = (size: number) => Buffer.from(random(size)).toString('hex');
  const json = {
    esri: `u.${hex(16)}`,
    // xs:NCName begins with no digit.
    esrv: `x${hex(16)}`,
    esrx: writeTimestamp(new Date(expires)),
    esk: hmacSha256,
    // One algorithm for one session: see SessionTerms.
    espa: [encryptions[encryption].id],
  };
  return readOriginatorRand(json, 0);
}

/**
 * The terms that the first object of a session proposes to its receiver.
 *
 * @param receiverRand the one that `rri` names
 * @param now milliseconds since 1970
 * @throws E2EKeyError ESPRIM_UNKNOWN_ORIG_RAND_ID, ESPRIM_UNSUPPORTED_OPTION.
 */
export function proposedTerms(
  { ori, oro, protection, encryption }: ObjectHeader,
  key: PairwiseESPrimKey,
  receiverRand: ReceiverRandObject,
  now: number,
): SessionTerms {
  if (oro === null || oro.id !== ori)
    return refuse(
      'ESPRIM_UNKNOWN_ORIG_RAND_ID',
      'the originatorESPrimRandObject (ori) is not known here, and oro does not bring it',
    );
  if (oro.expires <= now)
    refuse('ESPRIM_UNKNOWN_ORIG_RAND_ID', 'the originatorESPrimRandObject (oro) has expired');
  if (oro.expires > receiverRand.expires)
    refuse(
      'ESPRIM_UNKNOWN_ORIG_RAND_ID',
      'the originatorESPrimRandObject (oro) ends later than the receiverESPrimRandObject (TS-0003 8.4.2 C.6b.2.i)',
    );
  if (!receiverRand.keyGenerations.includes(oro.keyGeneration))
    refuse(
      'ESPRIM_UNSUPPORTED_OPTION',
      `esk is ${oro.keyGeneration}, none of the receiver's (TS-0003 8.4.2 C.6b.2.ii)`,
    );
  if (!oro.algorithms.every(id => receiverRand.algorithms.includes(id)))
    refuse(
      'ESPRIM_UNSUPPORTED_OPTION',
      "espa of oro names algorithms that are not the receiver's (TS-0003 8.4.2 C.6c.1)",
    );
  if (encryption !== null && !oro.algorithms.includes(encryptions[encryption].id))
    refuse(
      'ESPRIM_UNSUPPORTED_OPTION',
      `enc is ${encryption}, which oro does not name (TS-0003 8.4.2 C.6c.1)`,
    );
  return { key, protection, encryption: encryption ?? 'A256GCM', receiverRand, originatorRand: oro };
}
