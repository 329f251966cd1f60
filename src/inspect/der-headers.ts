// The first headers of something in ASN.1, by which one tells what it is: leniently, in BER as well as in DER, and where
// the end is missing. What is inside is read by the strict readers of certificates/, or through endpoint/ber.ts.
import { tag } from '../certificates/der.ts';

export interface Header {
  readonly tag: number;
  /** Where the contents begin, and where they would end, which may be behind the bytes. */
  readonly content: number;
  readonly end: number;
}

/** The header at `start`; null where there is none, one of more than three octets of length, or another tag. */
export function headerAt(bytes: Uint8Array, start: number, wanted: number | null = null): Header | null {
  const [identifier, first] = [bytes[start], bytes[start + 1]];
  if (identifier === undefined || first === undefined) return null;
  if (wanted !== null && identifier !== wanted) return null;
  if (first < 0x80) return { tag: identifier, content: start + 2, end: start + 2 + first };
  // An indefinite length: the end is somewhere in what follows.
  if (first === 0x80) return { tag: identifier, content: start + 2, end: bytes.length };
  const octets = first & 0x7f;
  const content = start + 2 + octets;
  if (octets > 3 || content > bytes.length) return null;
  const length = bytes.subarray(start + 2, content).reduce((sum, octet) => sum * 256 + octet, 0);
  return { tag: identifier, content, end: content + length };
}

/** The first elements in the contents of `outer`, at most eight, as far as their headers are there. */
export function elementsIn(bytes: Uint8Array, outer: Header): readonly Header[] {
  const elements: Header[] = [];
  let next = headerAt(bytes, outer.content);
  while (next !== null && next.content <= outer.end && elements.length < maxElements) {
    elements.push(next);
    next = next.end < outer.end ? headerAt(bytes, next.end) : null;
  }
  return elements;
}

const maxElements = 8;

/**
 * What the outermost header says and the bytes do not hold; null where both agree, or there is no such header.
 *
 * @param words what it is, for the sentence.
 */
export function lengthProblem(bytes: Uint8Array, words: string): string | null {
  const outer = headerAt(bytes, 0, tag.sequence);
  if (outer === null || bytes[1] === 0x80 || outer.end === bytes.length) return null;
  return outer.end > bytes.length
    ? `${words} of ${outer.end} bytes, of which ${bytes.length} are there: the end is cut off`
    : `${words} of ${outer.end} bytes, with ${bytes.length - outer.end} more behind it`;
}
