// Reads DER (X.690 clauses 8, 10 and 11), strictly and within bounds. Knows how values are encoded; knows no
// structure of X.509, which its callers spell out element by element. BER is refused: two encodings of one
// value would mean two readings of one certificate.
import { refuse } from '../errors.ts';

/** Deepest nesting that is opened; a certificate needs 9, a hostile one would like to fill the stack. */
const maxNesting = 16;
/** Longest OBJECT IDENTIFIER in octets; UUID-based ones (ITU-T X.667) take 20. */
const maxObjectIdentifierLength = 64;

/** Identifier octets (X.690 8.1.2) of the universal types that X.509 uses. */
export const tag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Identifier octet of a context-specific element, primitive or constructed. */
export const contextPrimitive = (number: number): number => 0x80 | number;
export const contextConstructed = (number: number): number => 0xa0 | number;

/** One element whose inside was not looked at. */
export interface DerElement {
  readonly tag: number;
  /** The element with its header. */
  readonly der: Uint8Array;
  readonly content: Uint8Array;
}

/** Names an element in error messages: a field by its ASN.1 name, an item of a list by its index. */
type ElementName = string | number;

/**
 * Reads `bytes` as the contents that `read` asks for, and nothing after them.
 *
 * @param name starts the path in error messages, `tbsCertificate.extensions.2`; may be empty.
 * @throws E2EKeyError CERTIFICATE_MALFORMED, with path and offset.
 */
export function readDer<T>(bytes: Uint8Array, name: string, read: (reader: DerReader) => T): T {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return DerReader.over(whole, name, read);
}

/** A position in the contents of one constructed element. Made by `readDer`. */
export class DerReader {
  readonly #bytes: Buffer;
  readonly #end: number;
  readonly #name: ElementName;
  readonly #parent: DerReader | null;
  readonly #depth: number;
  #position: number;

  private constructor(
    bytes: Buffer,
    start: number,
    end: number,
    name: ElementName,
    parent: DerReader | null,
  ) {
    this.#bytes = bytes;
    this.#position = start;
    this.#end = end;
    this.#name = name;
    this.#parent = parent;
    this.#depth = parent === null ? 0 : parent.#depth + 1;
  }

  static over<T>(bytes: Buffer, name: string, read: (reader: DerReader) => T): T {
    return new DerReader(bytes, 0, bytes.length, name, null).#readAll(read);
  }

  /** Identifier octet of the next element; null at the end. */
  get next(): number | null {
    return this.#position < this.#end ? (this.#bytes[this.#position] ?? null) : null;
  }

  sequence<T>(name: ElementName, read: (fields: DerReader) => T): T {
    return this.constructed(tag.sequence, name, read);
  }

  /** A constructed element with this identifier octet: an EXPLICIT tag, or an IMPLICIT SEQUENCE. */
  constructed<T>(identifier: number, name: ElementName, read: (fields: DerReader) => T): T {
    const start = this.#open(name, identifier);
    return this.#inside(start, name, read);
  }

  /** An OCTET STRING that holds DER, as extnValue does (RFC 5280 4.1). */
  octetStringHolding<T>(name: ElementName, read: (content: DerReader) => T): T {
    const start = this.#open(name, tag.octetString);
    return this.#inside(start, name, read);
  }

  /** SEQUENCE OF under any identifier octet, at least `least` and at most `most` items. */
  listOf<T>(
    identifier: number,
    name: ElementName,
    bounds: { least: number; most: number },
    item: (items: DerReader, index: number) => T,
  ): T[] {
    return this.constructed(identifier, name, items => items.#items(bounds, item));
  }

  /** SET OF, whose items DER orders by their encodings (X.690 11.6). */
  setOf<T>(name: ElementName, most: number, item: (items: DerReader, index: number) => T): T[] {
    return this.constructed(tag.set, name, items => {
      let previous: Buffer = Buffer.alloc(0);
      return items.#items({ least: 1, most }, (_, index) => {
        const start = items.#position;
        const value = item(items, index);
        const encoding = items.#bytes.subarray(start, items.#position);
        if (Buffer.compare(previous, encoding) > 0) items.fail(index, 'a SET OF out of DER order', start);
        previous = encoding;
        return value;
      });
    });
  }

  /** What `read` read, together with its encoding: a signature covers bytes, never a re-encoding. */
  withEncoding<T>(read: () => T): { readonly value: T; readonly der: Uint8Array } {
    const start = this.#position;
    const value = read();
    return { value, der: this.#bytes.subarray(start, this.#position) };
  }

  /** Whatever element comes next, unopened. */
  any(name: ElementName): DerElement {
    const start = this.#position;
    const identifier = this.next ?? 0;
    const content = this.#take(name);
    return { tag: identifier, der: this.#bytes.subarray(start, this.#position), content };
  }

  /** The content octets of a primitive element. */
  primitive(identifier: number, name: ElementName): Buffer {
    this.#expect(name, identifier);
    return this.#take(name);
  }

  /** BOOLEAN DEFAULT FALSE: absent is false, and FALSE must be absent (X.690 11.1, 11.5). */
  booleanDefaultFalse(name: ElementName): boolean {
    if (this.next !== tag.boolean) return false;
    const start = this.#position;
    const content = this.primitive(tag.boolean, name);
    if (content.length !== 1 || content[0] !== 0xff)
      this.fail(name, 'a BOOLEAN with a default of FALSE that is not encoded as TRUE', start);
    return true;
  }

  /** INTEGER as its two's complement octets, fewest possible (X.690 8.3.2). */
  integer(name: ElementName, identifier: number = tag.integer): Buffer {
    const start = this.#position;
    const content = this.primitive(identifier, name);
    const [first, second] = content;
    if (first === undefined) return this.fail(name, 'an INTEGER without content', start);
    if (second !== undefined && ((first === 0x00 && second < 0x80) || (first === 0xff && second >= 0x80)))
      this.fail(name, 'an INTEGER with a superfluous leading octet', start);
    return content;
  }

  /** A non-negative INTEGER up to 2³¹−1. */
  smallInteger(name: ElementName, identifier: number = tag.integer): number {
    const start = this.#position;
    const content = this.integer(name, identifier);
    if (content.length > 4 || (content[0] ?? 0) >= 0x80)
      this.fail(name, 'an INTEGER that is negative or above 2147483647', start);
    return content.readUIntBE(0, content.length);
  }

  /** BIT STRING; the unused bits are zero (X.690 11.2.1). */
  bitString(name: ElementName): { readonly unusedBits: number; readonly bytes: Buffer } {
    const start = this.#position;
    const content = this.primitive(tag.bitString, name);
    const unusedBits = content[0];
    if (unusedBits === undefined || unusedBits > 7 || (content.length === 1 && unusedBits > 0))
      return this.fail(name, 'a BIT STRING with a wrong count of unused bits', start);
    const last = content[content.length - 1] ?? 0;
    if ((last & ((1 << unusedBits) - 1)) !== 0)
      this.fail(name, 'a BIT STRING whose unused bits are not zero', start);
    return { unusedBits, bytes: content.subarray(1) };
  }

  /** BIT STRING made of whole octets: keys and signatures. */
  octetBitString(name: ElementName): Buffer {
    const start = this.#position;
    const { unusedBits, bytes } = this.bitString(name);
    if (unusedBits !== 0) this.fail(name, 'a BIT STRING that ends inside an octet', start);
    return bytes;
  }

  /** BIT STRING of named bits, without trailing zero bits (X.690 11.2.2): the numbers of the bits set. */
  namedBits(name: ElementName): ReadonlySet<number> {
    const start = this.#position;
    const { unusedBits, bytes } = this.bitString(name);
    const last = bytes[bytes.length - 1];
    if (last !== undefined && (last & (1 << unusedBits)) === 0)
      this.fail(name, 'a BIT STRING of named bits that ends in zero bits', start);
    const set = new Set<number>();
    for (const [index, octet] of bytes.entries())
      for (let bit = 0; bit < 8; bit++) if ((octet & (0x80 >> bit)) !== 0) set.add(index * 8 + bit);
    return set;
  }

  octetString(name: ElementName, identifier: number = tag.octetString): Buffer {
    return this.primitive(identifier, name);
  }

  /** OBJECT IDENTIFIER in dotted form. */
  objectIdentifier(name: ElementName, identifier: number = tag.objectIdentifier): string {
    const start = this.#position;
    const content = this.primitive(identifier, name);
    if (content.length === 0 || content.length > maxObjectIdentifierLength)
      this.fail(
        name,
        `an OBJECT IDENTIFIER of ${content.length} octets (1 to ${maxObjectIdentifierLength})`,
        start,
      );
    const text = dotted(content);
    return text ?? this.fail(name, 'an OBJECT IDENTIFIER with a badly encoded arc', start);
  }

  /**
   * UTCTime or GeneralizedTime in the one form that RFC 5280 4.1.2.5 leaves of each: with seconds, in UTC,
   * UTCTime through 2049 and GeneralizedTime from 2050.
   */
  time(name: ElementName): Date {
    const start = this.#position;
    const general = this.next === tag.generalizedTime;
    const content = this.primitive(general ? tag.generalizedTime : tag.utcTime, name);
    const parts = (general ? generalizedTime : utcTime).exec(content.toString('latin1'));
    if (parts === null) return this.fail(name, 'a time that is not in the form of RFC 5280 4.1.2.5', start);
    const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1).map(Number);
    const fullYear = general ? year : year + (year < 50 ? 2000 : 1900);
    if (general && year < 2050) this.fail(name, 'a GeneralizedTime before 2050', start);
    const time = new Date(Date.UTC(fullYear, month - 1, day, hour, minute, second));
    // Date.UTC carries over what is out of range, so 31 February shows as another month.
    if (
      time.getUTCMonth() !== month - 1 ||
      time.getUTCDate() !== day ||
      hour > 23 ||
      minute > 59 ||
      second > 59
    )
      this.fail(name, 'a time that does not exist', start);
    return time;
  }

  /** Refuses the element `name` of this one. */
  fail(name: ElementName, what: string, offset = this.#position): never {
    const path = [...this.#path(), name].filter(part => part !== '').join('.');
    return refuse('CERTIFICATE_MALFORMED', `${path}: ${what}, at offset ${offset}`);
  }

  #path(): ElementName[] {
    return this.#parent === null ? [this.#name] : [...this.#parent.#path(), this.#name];
  }

  #items<T>(bounds: { least: number; most: number }, item: (items: DerReader, index: number) => T): T[] {
    const values: T[] = [];
    while (this.#position < this.#end) {
      if (values.length === bounds.most) this.fail('', `more than ${bounds.most} items`);
      values.push(item(this, values.length));
    }
    if (values.length < bounds.least) this.fail('', 'an empty list');
    return values;
  }

  #readAll<T>(read: (reader: DerReader) => T): T {
    const value = read(this);
    if (this.#position !== this.#end) this.fail('', `${this.#end - this.#position} octets too many`);
    return value;
  }

  #inside<T>(start: number, name: ElementName, read: (fields: DerReader) => T): T {
    const inner = new DerReader(this.#bytes, start, this.#position, name, this);
    if (inner.#depth > maxNesting) this.fail(name, `nested deeper than ${maxNesting}`, start);
    return inner.#readAll(read);
  }

  /** Steps over an element and returns where its contents begin; they end at the new position. */
  #open(name: ElementName, identifier: number): number {
    this.#expect(name, identifier);
    const content = this.#take(name);
    return this.#position - content.length;
  }

  #expect(name: ElementName, identifier: number): void {
    if (this.next !== identifier)
      this.fail(name, `${describe(this.next)} instead of ${describe(identifier)}`);
  }

  /** The only place that reads headers and moves the position. Returns the contents of the next element. */
  #take(name: ElementName): Buffer {
    const start = this.#position;
    const need = (octets: number, from: number): void => {
      if (this.#end - from < octets)
        this.fail(name, `${octets} octets needed where ${Math.max(0, this.#end - from)} are left`, from);
    };
    need(2, start);
    if (((this.#bytes[start] ?? 0) & 0x1f) === 0x1f) this.fail(name, 'a tag number above 30', start);
    let length = this.#bytes[start + 1] ?? 0;
    let content = start + 2;
    if (length >= 0x80) {
      const octets = length & 0x7f;
      // Three octets reach 16 MiB, beyond every bound of the callers.
      if (octets === 0 || octets > 3) this.fail(name, 'an indefinite or oversized length', start + 1);
      need(octets, content);
      length = this.#bytes.readUIntBE(content, octets);
      content += octets;
      if (length < 0x80 || length < 2 ** (8 * (octets - 1)))
        this.fail(name, 'a length that is not in its shortest form', start + 1);
    }
    need(length, content);
    this.#position = content + length;
    return this.#bytes.subarray(content, this.#position);
  }
}

const utcTime = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/;
const generalizedTime = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/;

/** X.690 8.19; null where an arc is cut off or has a superfluous leading octet. */
function dotted(content: Uint8Array): string | null {
  const arcs: string[] = [];
  let start = 0;
  for (const [index, octet] of content.entries()) {
    if (index === start && octet === 0x80) return null;
    if (octet >= 0x80) continue;
    // Seven octets of seven bits still fit a double exactly.
    const arc = index - start < 7 ? small(content, start, index) : large(content, start, index);
    if (start > 0) arcs.push(`${arc}`);
    else if (arc < 80) arcs.push(`${Math.floor(Number(arc) / 40)}.${Number(arc) % 40}`);
    else arcs.push(`2.${BigInt(arc) - 80n}`);
    start = index + 1;
  }
  return start === content.length ? arcs.join('.') : null;
}

function small(content: Uint8Array, from: number, to: number): number {
  let arc = 0;
  for (let index = from; index <= to; index++) arc = arc * 128 + ((content[index] ?? 0) & 0x7f);
  return arc;
}

function large(content: Uint8Array, from: number, to: number): bigint {
  let arc = 0n;
  for (let index = from; index <= to; index++) arc = arc * 128n + BigInt((content[index] ?? 0) & 0x7f);
  return arc;
}

function describe(identifier: number | null): string {
  if (identifier === null) return 'nothing';
  const known = Object.entries(tag).find(([, value]) => value === identifier);
  return known === undefined ? `tag 0x${identifier.toString(16).padStart(2, '0')}` : known[0];
}
