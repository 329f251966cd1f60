// m2m:securityInfo of ESPrim (TS-0004 6.3.5.48, 7.5.1.2.11, 7.5.1.2.13): the content of outer primitives. Knows nothing
// of what is in the objects.
import { refuse } from '../../errors.ts';
import { securityInfoOf } from '../../onem2m/security-info.ts';
import type { ReceiverRandJson } from './rand-object.ts';

/** securityInfoType (TS-0004 6.3.4.2.35). */
export const receiverRandRequest = 3;
export const receiverRandResponse = 4;
export const esprimObject = 5;

/** Longest ESPrim Object, in characters: what fits into a body of 96 KiB with room for the JSON around it. */
export const maxObjectLength = 90 * 1024;

export function wrapRandRequest(): object {
  return { 'm2m:seci': { sit: receiverRandRequest } };
}

export function wrapRand(rand: ReceiverRandJson): object {
  return { 'm2m:seci': { sit: receiverRandResponse, ero: rand } };
}

export function wrapObject(object: string): object {
  return { 'm2m:seci': { sit: esprimObject, epo: object } };
}

/** @throws E2EKeyError ESPRIM_MALFORMED for anything else than a request for a random object. */
export function unwrapRandRequest(content: unknown): void {
  membersOf(content, receiverRandRequest, []);
}

/** The receiverESPrimRandObject, unread. */
export function unwrapRand(content: unknown): unknown {
  return membersOf(content, receiverRandResponse, ['ero']).ero;
}

/** @throws E2EKeyError ESPRIM_MALFORMED for what holds no ESPrim Object, or one that is too long. */
export function unwrapObject(content: unknown): string {
  const { epo } = membersOf(content, esprimObject, ['epo']);
  if (typeof epo !== 'string')
    return refuse('ESPRIM_MALFORMED', 'm2m:seci.epo is missing or no string (TS-0004 6.3.5.48)');
  return epo.length <= maxObjectLength
    ? epo
    : refuse(
        'ESPRIM_MALFORMED',
        `m2m:seci.epo has ${epo.length} characters; at most ${maxObjectLength} are taken`,
      );
}

/** TS-0004 Table 6.3.5.48-1: an optional element is present only for its own securityInfoType. */
function membersOf(content: unknown, type: number, elements: readonly string[]): Record<string, unknown> {
  const { sit, ...members } = securityInfoOf(content);
  if (sit !== type) return refuse('ESPRIM_MALFORMED', `m2m:seci.sit is not ${type} (TS-0004 6.3.4.2.35)`);
  const other = Object.keys(members).find(name => !elements.includes(name));
  return other === undefined
    ? members
    : refuse(
        'ESPRIM_MALFORMED',
        `m2m:seci holds ${JSON.stringify(other.slice(0, 40))}, which does not belong to sit ${type} (TS-0004 6.3.5.48)`,
      );
}
