// A single attribute of a resource, protected beside others that are not (TS-0003 8.5.1: all or part of an attribute
// value): its value replaced by an Envelope that names the resource and the attribute. Knows no resource type.
import { refuse } from '../../errors.ts';
import { requireDate, requireObject } from '../../identifiers/given.ts';
import { maxDepth } from '../../onem2m/serialisation/bounds.ts';
import { readJson, writeJson } from '../../onem2m/serialisation/json.ts';
import type { JoseHeader } from '../jose.ts';
import {
  type DataProtection,
  misplaced,
  type Opened,
  type OpeningOptions,
  openBound,
  protectBound,
} from './bound.ts';

/** Which attribute of which resource; by the same names at both ends. */
export interface AttributePlace {
  /** The resource's identifier, 1 to 512 characters. */
  readonly resource: string;
  /** The attribute's name, short or long. */
  readonly attribute: string;
}

export interface OpenedAttribute extends Opened {
  readonly value: unknown;
}

/**
 * Protects the value of an attribute: with `attributeConfidentiality` of the end-to-end keys encrypted, with
 * `attributeAuthenticity` readable by everybody (TS-0003 10.3.6), or with other credentials.
 *
 * @param value whatever JSON brings back as it was: no Date, no Map, no NaN, nothing that is undefined
 * @returns the value that stands in the resource instead: compact, or JSON where there are several recipients or
 * signatures.
 * @throws E2EKeyError as `encrypt` and `sign`.
 * @example
 * ```ts
 * import { endpointCredentials, protectAttribute } from 'e2ekey/protection';
 * const { encryption } = await endpointCredentials(endpoint, '//m2m.example.com/cse-b').current();
 * const place = { resource: '/cse-b/Cae1/lamp', attribute: 'brightness' };
 * const brightness = await protectAttribute(40, place, { encryptFor: [encryption] });
 * ```
 */
export async function protectAttribute(
  value: unknown,
  place: AttributePlace,
  protection: DataProtection,
  { time = new Date() }: { readonly time?: Date } = {},
): Promise<string> {
  if (!isJson(value, 0))
    return refuse(
      'OPTION_INVALID',
      `value: JSON brings back null, true, false, texts, finite numbers, and lists and plain objects of these, to ${maxDepth} levels`,
    );
  const { resource, attribute } = placeIn({ ...place }, 'OPTION_INVALID');
  const options = { time: requireDate(time, 'time'), contentType: 'json' };
  return protectBound(writeJson(value), protection, options, 'atr', { resource, attribute });
}

/**
 * Opens the value of the attribute at this place; one that was made for another is not authentic here.
 *
 * @throws E2EKeyError as `decrypt`, `verify` and `decryptThenVerify`.
 */
export async function openAttribute(
  envelope: string,
  place: AttributePlace,
  options: OpeningOptions,
): Promise<OpenedAttribute> {
  const { resource, attribute } = placeIn({ ...place }, 'OPTION_INVALID');
  requireObject(options, 'options');
  const { payload, place: made, ...opened } = await openBound(envelope, 'atr', readPlace, () => options);
  if (made.resource !== resource || made.attribute !== attribute)
    return misplaced('it was made for another attribute');
  return { ...opened, value: valueIn(payload) };
}

/** Of NaN JSON makes null, of a Map an empty object, of a Date a text; what contains itself has more levels than any. */
function isJson(value: unknown, level: number): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value !== 'object') return Number.isFinite(value);
  if (level === maxDepth) return false;
  if (Array.isArray(value)) return [...value].every(item => isJson(item, level + 1));
  const parent = Object.getPrototypeOf(value);
  const isPlain = parent === null || Object.getPrototypeOf(parent) === null;
  return isPlain && Object.values(value).every(member => isJson(member, level + 1));
}

/** Says nothing of what it cannot read, which was encrypted. */
function valueIn(payload: Uint8Array): unknown {
  try {
    return readJson(payload);
  } catch {
    return refuse('ESDATA_MALFORMED', 'the value is authentic, and no JSON that can be read');
  }
}

const maxNameLength = 512;

function readPlace(atr: JoseHeader): AttributePlace {
  const place = placeIn(atr, 'ESDATA_MALFORMED');
  return Object.keys(atr).length === 2
    ? place
    : refuse('ESDATA_MALFORMED', 'atr: there is more than resource, attribute and creationTime');
}

function placeIn(
  { resource, attribute }: JoseHeader,
  code: 'OPTION_INVALID' | 'ESDATA_MALFORMED',
): AttributePlace {
  const isName = (name: unknown): name is string =>
    typeof name === 'string' && name !== '' && name.length <= maxNameLength;
  return isName(resource) && isName(attribute)
    ? { resource, attribute }
    : refuse(code, `atr: resource or attribute is no text of 1 to ${maxNameLength} characters`);
}
