// The receiver's random object as it stands in the e2eSecInfo of its resource at a CSE (TS-0003 8.4.2 B.2a to B.2c).
// Nobody vouches for it: a wrong one makes a session key that the receiver does not have.
import { refuse } from '../../errors.ts';
import { debugOf, type ResponsePrimitive } from '../../onem2m/primitive.ts';
import { type ReceiverRandObject, readReceiverRand } from './rand-object.ts';

/** Security Usage Identifiers that mean ESPrim (TS-0004 6.3.4.2.39). */
export const esprimFeatures: readonly number[] = [13, 23, 33, 43];

/**
 * sharedReceiverESPrimRandObject in the response to a RETRIEVE of an `<AE>`, `<CSEBase>` or `<remoteCSE>`; null where
 * the receiver gives each originator its own.
 *
 * @throws E2EKeyError CARRIER_FAILED for an error response, ESPRIM_UNSUPPORTED_OPTION for a resource that does not
 * announce ESPrim (B.2c.1), ESPRIM_MALFORMED for a wrong random object.
 */
export function receiverRandIn(response: ResponsePrimitive, now: number): ReceiverRandObject | null {
  const { responseStatusCode: rsc, content } = response;
  if (rsc >= 4000)
    return refuse('CARRIER_FAILED', `the receiver's resource cannot be read: ${debugOf(response) ?? rsc}`);
  const [resource] = Object.values(objectOf(content));
  const { esf, esro } = objectOf(objectOf(resource).esi);
  if (!Array.isArray(esf) || !esf.some(feature => esprimFeatures.includes(Number(feature))))
    return refuse(
      'ESPRIM_UNSUPPORTED_OPTION',
      'the receiver does not announce ESPrim in e2eSecInfo (TS-0003 8.4.2 B.2c)',
    );
  return esro === undefined ? null : readReceiverRand(esro, now);
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
