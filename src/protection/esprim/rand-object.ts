// receiverESPrimRandObject and originatorESPrimRandObject (TS-0003 8.4.3.1, TS-0004 6.3.5.50 to .52): read, and written
// in the one byte form that sessionESPrimKey is derived from. Who makes them, and when they are believed, is not
// decided here.
import { refuse } from '../../errors.ts';
import { readAbsRelTimestamp } from '../../onem2m/timestamp.ts';

/** A random object, as both ends have to see it. */
interface RandObject<Json> {
  /** esprimRandID. */
  readonly id: string;
  /** esprimRandExpiry, milliseconds since 1970; of a relative one counted from when it was read. */
  readonly expires: number;
  /** esprimProtocolAndAlgIDs. */
  readonly algorithms: readonly number[];
  /** Under short names, in the order of the standard's tables. */
  readonly json: Json;
  /**
   * What goes into sessionESPrimKey: UTF-8 of the JSON without white space. The standard names no byte form, and a CSE
   * on the way writes the members of e2eSecInfo in any order and 12 as 12.0.
   */
  readonly bytes: Uint8Array;
}

export interface ReceiverRandJson {
  readonly esri: string;
  readonly esrv: string;
  readonly esrx: string;
  readonly esks: readonly number[];
  readonly espa: readonly number[];
}

export interface OriginatorRandJson {
  readonly esri: string;
  readonly esrv: string;
  readonly esrx: string;
  readonly esk: number;
  readonly espa: readonly number[];
}

export interface ReceiverRandObject extends RandObject<ReceiverRandJson> {
  /** esprimKeyGenAlgIDs. */
  readonly keyGenerations: readonly number[];
}

export interface OriginatorRandObject extends RandObject<OriginatorRandJson> {
  /** esprimKeyGenAlgID. */
  readonly keyGeneration: number;
}

/**
 * @param now when it came, milliseconds since 1970
 * @throws E2EKeyError ESPRIM_MALFORMED naming the member that is missing, wrong or not known.
 */
export function readReceiverRand(value: unknown, now: number): ReceiverRandObject {
  const { esri, esrv, esrx, esks, espa } = membersOf(value, receiverMembers, 'receiverESPrimRandObject');
  const json: ReceiverRandJson = {
    ...common({ esri, esrv, esrx }),
    esks: algorithmsOf(esks, 'esks'),
    espa: algorithmsOf(espa, 'espa'),
  };
  return { ...randObject(json, now), keyGenerations: json.esks };
}

/** As `readReceiverRand`. */
export function readOriginatorRand(value: unknown, now: number): OriginatorRandObject {
  const { esri, esrv, esrx, esk, espa } = membersOf(value, originatorMembers, 'originatorESPrimRandObject');
  const [keyGeneration = 0] = algorithmsOf([esk], 'esk');
  const json: OriginatorRandJson = {
    ...common({ esri, esrv, esrx }),
    esk: keyGeneration,
    espa: algorithmsOf(espa, 'espa'),
  };
  return { ...randObject(json, now), keyGeneration };
}

const receiverMembers = ['esri', 'esrv', 'esrx', 'esks', 'espa'];
const originatorMembers = ['esri', 'esrv', 'esrx', 'esk', 'espa'];

/** Longest identifier or value of another end-point's random object: ours have 60 and 33 characters. */
const maxNameLength = 128;
/** xs:NCName in its ASCII part; what is outside would be one text in two encodings (TS-0004 6.3.5.50). */
const name = /^[A-Za-z_][A-Za-z0-9._-]*$/;
/** Algorithms that one object may list; three are known. */
const maxAlgorithms = 16;

function randObject<Json extends { esri: string; esrx: string; espa: readonly number[] }>(
  json: Json,
  now: number,
) {
  const expires = readAbsRelTimestamp(json.esrx, now);
  if (expires === null)
    return refuse(
      'ESPRIM_MALFORMED',
      'esrx of the random object is no m2m:absRelTimestamp (TS-0004 6.3.5.50)',
    );
  return { id: json.esri, expires, algorithms: json.espa, json, bytes: Buffer.from(JSON.stringify(json)) };
}

function membersOf(value: unknown, known: readonly string[], what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return refuse('ESPRIM_MALFORMED', `the ${what} is missing or no JSON object (TS-0003 8.4.3.1)`);
  // The canonical bytes would leave it out, and two ends that know different members would never agree.
  const other = Object.keys(value).find(member => !known.includes(member));
  return other === undefined
    ? { ...value }
    : refuse('ESPRIM_MALFORMED', `the ${what} has the unknown member ${JSON.stringify(other.slice(0, 40))}`);
}

function common(
  members: Record<'esri' | 'esrv' | 'esrx', unknown>,
): Record<'esri' | 'esrv' | 'esrx', string> {
  const { esri, esrv, esrx } = members;
  return { esri: nameOf(esri, 'esri'), esrv: nameOf(esrv, 'esrv'), esrx: textOf(esrx, 'esrx') };
}

function nameOf(value: unknown, member: string): string {
  const text = textOf(value, member);
  return name.test(text)
    ? text
    : refuse('ESPRIM_MALFORMED', `${member} of the random object is no xs:NCName (TS-0004 6.3.5.50)`);
}

function textOf(value: unknown, member: string): string {
  return typeof value === 'string' && value.length <= maxNameLength
    ? value
    : refuse('ESPRIM_MALFORMED', `${member} of the random object is missing or too long (TS-0003 8.4.3.1)`);
}

function algorithmsOf(value: unknown, member: string): number[] {
  const isList = Array.isArray(value) && value.length > 0 && value.length <= maxAlgorithms;
  if (!isList || !value.every(each => Number.isSafeInteger(each)))
    return refuse('ESPRIM_MALFORMED', `${member} of the random object names no algorithms (TS-0003 8.4.3.1)`);
  return value;
}
