// BER (X.690 clause 8) to what the strict reader of DER takes: lengths definite and shortest, OCTET STRINGs in one
// piece. Java, NSS and Windows write PKCS #12 files with indefinite lengths, as RFC 7292 allows. Knows no structure;
// certificates are never brought into another form.
import { refuse } from '../errors.ts';

/** A PKCS #12 file has some 10 levels between two of its OCTET STRINGs; each is a call of this function. */
const maxNesting = 32;

/**
 * One element and nothing after it, with the same contents.
 *
 * @param what names the bytes in the sentence.
 * @throws E2EKeyError OPTION_INVALID for bytes that are cut off or no BER.
 */
export function toDefiniteLengths(bytes: Uint8Array, what: string): Buffer {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { der, end } = element({ bytes: whole, what }, 0, whole.length, 0);
  return end === whole.length ? der : damaged(what, end, `${whole.length - end} octets too many`);
}

interface Source {
  readonly bytes: Buffer;
  readonly what: string;
}

interface Element {
  readonly der: Buffer;
  readonly end: number;
}

function element(source: Source, start: number, limit: number, depth: number): Element {
  const { bytes, what } = source;
  const identifier = bytes[start] ?? 0;
  const header = lengthAt(source, start, limit);
  if (depth > maxNesting) damaged(what, start, `nested deeper than ${maxNesting}`);
  const isConstructed = (identifier & 0x20) !== 0;
  if (!isConstructed && header.length !== null) {
    const end = header.content + header.length;
    return { der: encode(identifier, [bytes.subarray(header.content, end)]), end };
  }
  if (!isConstructed) damaged(what, start, 'an indefinite length of a primitive element');
  const { children, end } = childrenOf(source, header, limit, depth);
  return identifier === constructedOctetString
    ? { der: encode(primitiveOctetString, children.map(octetsOf)), end }
    : { der: encode(identifier, children), end };
}

const constructedOctetString = 0x24;
const primitiveOctetString = 0x04;

interface Header {
  readonly content: number;
  /** Null for the indefinite form (X.690 8.1.3.6). */
  readonly length: number | null;
}

function childrenOf(source: Source, { content, length }: Header, limit: number, depth: number) {
  const children: Buffer[] = [];
  const last = length === null ? limit : content + length;
  let position = content;
  while (length === null ? !isEndOfContents(source.bytes, position) : position < last) {
    const child = element(source, position, last, depth + 1);
    children.push(child.der);
    position = child.end;
  }
  return { children, end: length === null ? position + 2 : position };
}

/** X.690 8.1.5. */
function isEndOfContents(bytes: Buffer, position: number): boolean {
  return bytes[position] === 0 && bytes[position + 1] === 0;
}

/** The only place that reads headers. A tag number above 30 is in no structure that is read here. */
function lengthAt({ bytes, what }: Source, start: number, limit: number): Header {
  const first = bytes[start + 1];
  if (first === undefined || start + 2 > limit || ((bytes[start] ?? 0) & 0x1f) === 0x1f)
    return damaged(what, start, 'no element');
  if (first === 0x80) return { content: start + 2, length: null };
  const octets = first < 0x80 ? 0 : first & 0x7f;
  const content = start + 2 + octets;
  // Four octets reach 4 GiB, beyond the bound of every file.
  const length =
    octets === 0 ? first : octets > 4 || content > limit ? limit : bytes.readUIntBE(start + 2, octets);
  return content + length <= limit
    ? { content, length }
    : damaged(what, start, 'an element that is longer than what holds it');
}

function octetsOf(der: Buffer): Buffer {
  return der.subarray(der.length - contentLength(der));
}

function contentLength(der: Buffer): number {
  const first = der[1] ?? 0;
  return first < 0x80 ? first : der.readUIntBE(2, first & 0x7f);
}

function encode(identifier: number, contents: readonly Buffer[]): Buffer {
  const length = contents.reduce((sum, content) => sum + content.length, 0);
  return Buffer.concat([Buffer.of(identifier, ...lengthOctets(length)), ...contents]);
}

function lengthOctets(length: number): number[] {
  if (length < 0x80) return [length];
  const octets = [length >>> 24, (length >>> 16) & 0xff, (length >>> 8) & 0xff, length & 0xff];
  const shortest = octets.slice(octets.findIndex(octet => octet !== 0));
  return [0x80 | shortest.length, ...shortest];
}

function damaged(what: string, offset: number, problem: string): never {
  refuse('OPTION_INVALID', `${what} is cut off or damaged: ${problem}, at offset ${offset}`);
}
