// A random object of ESPrim (TS-0003 8.4.3.1) as it is shown, and what is amiss with it. It holds no secret: what it adds
// to the session key travels in the clear.
import { E2EKeyError, type FaultCode } from '../errors.ts';
import { isObject } from '../onem2m/serialisation/json.ts';
import { type Encryption, encryptions } from '../protection/esprim/algorithms.ts';
import {
  type OriginatorRandObject,
  type ReceiverRandObject,
  readOriginatorRand,
  readReceiverRand,
} from '../protection/esprim/rand-object.ts';
import { error, type Finding, refused, warning } from './findings.ts';

export interface RandomObjectReport {
  readonly whose: 'originator' | 'receiver';
  /** esprimRandID. */
  readonly id: string;
  /** As the first character of the identifier says by our convention; null in that of others. */
  readonly shared: boolean | null;
  /** esprimRandExpiry, ISO 8601; of a relative one counted from the time of inspecting. */
  readonly expires: string;
  /** esprimKeyGenAlgIDs. */
  readonly keyGenerations: readonly number[];
  /** esprimProtocolAndAlgIDs, by the name of each that is known. */
  readonly algorithms: readonly string[];
}

export function isRandomObject(value: unknown): boolean {
  return isObject(value) && 'esri' in value && 'esrv' in value;
}

/** Null for one that cannot be read, which has a finding. */
export function reportRandomObject(
  value: unknown,
  time: Date,
): { readonly report: RandomObjectReport | null; readonly findings: Finding[] } {
  const whose = isObject(value) && 'esk' in value ? 'originator' : 'receiver';
  try {
    const now = time.getTime();
    const rand = whose === 'originator' ? readOriginatorRand(value, now) : readReceiverRand(value, now);
    return { report: reportOf(rand, whose), findings: [...findingsOf(rand, whose, time)] };
  } catch (thrown) {
    if (!(thrown instanceof E2EKeyError)) throw thrown;
    return { report: null, findings: [refused(thrown, 'random object', 'TS-0003 8.4.3.1')] };
  }
}

/** @param code under which the end-point that issued it, or that is sent it, would refuse. */
export function expiryFinding(
  { expires }: Pick<ReceiverRandObject, 'expires'>,
  field: string,
  code: FaultCode,
  time: Date,
): Finding | null {
  return expires <= time.getTime()
    ? error(code, `${field}.esrx`, `it served until ${isoOf(expires)}`, 'TS-0003 8.4.2 C.6b')
    : null;
}

function reportOf(
  rand: OriginatorRandObject | ReceiverRandObject,
  whose: RandomObjectReport['whose'],
): RandomObjectReport {
  return {
    whose,
    id: rand.id,
    shared: rand.id.startsWith('s.') ? true : rand.id.startsWith('u.') ? false : null,
    expires: isoOf(rand.expires),
    keyGenerations: generationsOf(rand),
    algorithms: rand.algorithms.map(id => nameOf(id) ?? String(id)),
  };
}

function* findingsOf(
  rand: OriginatorRandObject | ReceiverRandObject,
  whose: RandomObjectReport['whose'],
  time: Date,
): Generator<Finding> {
  const field = 'random object';
  const code = whose === 'originator' ? 'ESPRIM_UNKNOWN_ORIG_RAND_ID' : 'ESPRIM_UNKNOWN_RECV_RAND_ID';
  const expiry = expiryFinding(rand, field, code, time);
  if (expiry !== null) yield expiry;
  const unknown = rand.algorithms.filter(id => nameOf(id) === undefined);
  if (unknown.length > 0)
    yield warning(`${field}.espa`, `${unknown.join(', ')} is no algorithm of ESPrim`, 'TS-0004 6.3.4.2.41');
  if (!generationsOf(rand).includes(1))
    yield error(
      'ESPRIM_UNSUPPORTED_OPTION',
      `${field}.${whose === 'originator' ? 'esk' : 'esks'}`,
      'does not name 1, HMAC-SHA-256, the only derivation that there is',
      'TS-0004 6.3.4.2.40',
    );
}

function generationsOf(rand: OriginatorRandObject | ReceiverRandObject): readonly number[] {
  return 'keyGeneration' in rand ? [rand.keyGeneration] : rand.keyGenerations;
}

function nameOf(id: number): Encryption | undefined {
  return (Object.keys(encryptions) as Encryption[]).find(name => encryptions[name].id === id);
}

/** Years that a date does not have stand in objects of others. */
function isoOf(milliseconds: number): string {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? 'a time beyond all calendars' : date.toISOString();
}
