// CBOR serialisation of a primitive's content (TS-0004 8.5, RFC 7049 §2): the types that JSON has, and no others.
// Knows nothing of what the content means, and takes whatever length its caller has bounded.
//
// TS-0004 contradicts itself: 8.5.1 has text as major type 3, the examples of 8.5.2 hold byte strings. The rule is
// followed: a byte string may be the text, or what the text is base64 of, and no reader could tell.
import type { EncodeOptions } from 'cbor2';
import { SequenceEvents } from 'cbor2/decoder';
import { encode } from 'cbor2/encoder';
import { refuse } from '../../errors.ts';
import { maxDepth, maxItems } from './bounds.ts';

/** RFC 7049 §2.1. */
const majorType = { unsigned: 0, negative: 1, text: 3, array: 4, map: 5, simpleOrFloat: 7 } as const;
/** Additional information of what has no length, and of the break that ends it (RFC 7049 §2.2). */
const indefinite = 31;

/**
 * Indefinite lengths and floating-point numbers of every size are taken (RFC 7049 §2.2, §2.3); a floating-point
 * number that is whole is that number, as in JSON.
 *
 * @throws E2EKeyError REQUEST_INVALID for what is not one CBOR item, is nested deeper than 32 levels or has more than
 * 8192 items, holds one name twice, or anything but maps with text for names, arrays, text, true, false, null and
 * finite numbers.
 */
export function readCbor(bytes: Uint8Array): unknown {
  const next = itemsOf(bytes);
  const content = readValue(next() ?? endedEarly(), next, 0);
  if (next() !== undefined)
    return refuse('REQUEST_INVALID', 'bytes stand behind the CBOR of the content (TS-0004 8.5)');
  return content;
}

/** @throws E2EKeyError OPTION_INVALID for a content that is no JSON. */
export function writeCbor(content: unknown): Buffer {
  try {
    return Buffer.from(encode(content, writing));
  } catch (cause) {
    return refuse('OPTION_INVALID', 'the content cannot be written in CBOR: it is no JSON', { cause });
  }
}

const writing: EncodeOptions = {
  // TS-0004 8.5.1: whole numbers are of major type 0 or 1, floating-point numbers of 32 or 64 bits, not of 16.
  float64: true,
  simplifyNegativeZero: true,
  rejectUndefined: true,
};

type Item = NonNullable<ReturnType<SequenceEvents['read']>>;
type Next = () => Item | undefined;

/** The head of one item after the other; of text its value too. */
function itemsOf(bytes: Uint8Array): Next {
  const events = new SequenceEvents(bytes);
  let count = 0;
  return () => {
    let item: Item | undefined;
    try {
      item = events.read();
    } catch (cause) {
      return refuse('REQUEST_INVALID', 'the content is not CBOR (TS-0004 8.5)', { cause });
    }
    if (item !== undefined && ++count > maxItems)
      return refuse('REQUEST_INVALID', `the content has more than ${maxItems} items`);
    return item;
  };
}

function readValue([major, information, value]: Item, next: Next, depth: number): unknown {
  if (depth === maxDepth && (major === majorType.array || major === majorType.map))
    return refuse('REQUEST_INVALID', `the content is nested deeper than ${maxDepth} levels`);
  switch (major) {
    case majorType.unsigned:
    case majorType.negative:
      return typeof value === 'number'
        ? value
        : refuse('REQUEST_INVALID', 'the content holds a whole number beyond 2^53 - 1 (RFC 7049 §4.2)');
    case majorType.text:
      return information === indefinite ? readChunks(next) : value;
    case majorType.array:
      return readArray(Number(value), next, depth + 1);
    case majorType.map:
      return readMap(Number(value), next, depth + 1);
    case majorType.simpleOrFloat:
      if (value === true || value === false || value === null || Number.isFinite(value)) return value;
  }
  return refuse(
    'REQUEST_INVALID',
    'the content holds a byte string, a tag or a value that JSON does not have (TS-0004 8.5.1)',
  );
}

/** @param length Infinity where a break ends the array */
function readArray(length: number, next: Next, depth: number): unknown[] {
  const entries: unknown[] = [];
  while (entries.length < length) {
    const item = next() ?? endedEarly();
    if (isBreak(item) && length === Infinity) break;
    entries.push(readValue(item, next, depth));
  }
  return entries;
}

/** @param length Infinity where a break ends the map */
function readMap(length: number, next: Next, depth: number): unknown {
  const members = new Map<string, unknown>();
  while (members.size < length) {
    const item = next() ?? endedEarly();
    if (isBreak(item) && length === Infinity) break;
    if (item[0] !== majorType.text)
      return refuse('REQUEST_INVALID', 'the content holds a name that is not text (TS-0004 8.5.1)');
    const name = String(readValue(item, next, depth));
    if (members.has(name))
      return refuse(
        'REQUEST_INVALID',
        `the content holds the name ${JSON.stringify(name.slice(0, 40))} twice (TS-0004 8.4.2)`,
      );
    members.set(name, readValue(next() ?? endedEarly(), next, depth));
  }
  return Object.fromEntries(members);
}

/** RFC 7049 §2.2.2; that each chunk is text is seen to by the decoder. */
function readChunks(next: Next): string {
  let text = '';
  for (let item = next(); item !== undefined; item = next()) {
    if (isBreak(item)) return text;
    text += String(item[2]);
  }
  return endedEarly();
}

function isBreak([major, information]: Item): boolean {
  return major === majorType.simpleOrFloat && information === indefinite;
}

function endedEarly(): never {
  return refuse('REQUEST_INVALID', 'the CBOR of the content ends early (TS-0004 8.5)');
}
