// Reads DER (X.690 clauses 8, 10 and 11), strictly and within bounds. Knows how values are encoded; knows no
// structure of X.509, which its callers spell out element by element. BER is refused: two encodings of one
// value would mean two readings of one certificate.
import type { E2EKeyError, FaultCode } from '../errors.ts';
import { errorAbout } from './finding.ts';

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
  enumerated: 0x0a,
  utf8String: 0x0c,
  relativeObjectIdentifier: 0x0d,
  numericString: 0x12,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  visibleString: 0x1a,
  universalString: 0x1c,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Identifier octet of a context-specific element, primitive or constructed. */
export const contextPrimitive = (number: number): number => 0x80 | number;
export const contextConstructed = (number: number): number => 0xa0 | number;

/** What the bytes are to be: the fault if they are not, and the clause that has its ASN.1. */
export interface DocumentKind {
  readonly code: FaultCode;
  readonly clause: string;
}

const certificateDocument: DocumentKind = { code: 'CERTIFICATE_MALFORMED', clause: 'RFC 5280 4.1' };

/** CERTIFICATE_MALFORMED for bytes that are no certificate: nothing is known of them but the field. */
export function malformed(
  field: string,
  problem: string,
  { accepted, clause }: Rule,
  cause?: unknown,
): E2EKeyError {
  return errorAbout({ code: certificateDocument.code, field, problem, accepted, clause }, cause);
}

/** One element whose inside was not looked at. */
export interface DerElement {
  readonly tag: number;
  /** The element with its header. */
  readonly der: Buffer;
  readonly content: Buffer;
}

/** What is accepted in an element, and the clause that says so. */
export interface Rule {
  readonly accepted: string;
  readonly clause: string;
}

/** A rule that every document has; its clause is the one that has the ASN.1. */
type CommonRule = Omit<Rule, 'clause'> & { readonly clause?: never };

/** Names an element in error messages: a field by its ASN.1 name, an item of a list by its index. */
type ElementName = string | number;

/**
 * Reads `bytes` as the contents that `read` asks for, and nothing after them.
 *
 * @param name starts the path in error messages, `tbsCertificate.extensions.2`; may be empty.
 * @throws E2EKeyError with path and offset; CERTIFICATE_MALFORMED where `document` says nothing else.
 */
export function readDer<T>(
  bytes: Uint8Array,
  name: string,
  read: (reader: DerReader) => T,
  document = certificateDocument,
): T {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return DerReader.over(whole, name, read, document);
}

/** A position in the contents of one constructed element. Made by `readDer`. */
export class DerReader {
  readonly #bytes: Buffer;
  readonly #end: number;
  readonly #name: ElementName;
  readonly #parent: DerReader | null;
  readonly #depth: number;
  readonly #document: DocumentKind;
  #position: number;

  private constructor(
    bytes: Buffer,
    start: number,
    end: number,
    name: ElementName,
    parent: DerReader | null,
    document: DocumentKind,
  ) {
    this.#bytes = bytes;
    this.#position = start;
    this.#end = end;
    this.#name = name;
    this.#parent = parent;
    this.#depth = parent === null ? 0 : parent.#depth + 1;
    this.#document = document;
  }

  static over<T>(bytes: Buffer, name: string, read: (reader: DerReader) => T, document: DocumentKind): T {
    return new DerReader(bytes, 0, bytes.length, name, null, document).#readAll(read);
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

  /** The content of an OCTET STRING that holds DER, which `read` reads, as of extnValue (RFC 5280 4.1). */
  octetStringHolding(name: ElementName, read: (content: DerReader) => void): Buffer {
    const start = this.#open(name, tag.octetString);
    this.#inside(start, name, read);
    return this.#bytes.subarray(start, this.#position);
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
  setOf<T>(
    name: ElementName,
    most: number,
    item: (items: DerReader, index: number) => T,
    identifier: number = tag.set,
  ): T[] {
    return this.constructed(identifier, name, items => {
      const bytes = items.#bytes;
      let previous = items.#position;
      let start = previous;
      return items.#items({ least: 1, most }, (_, index) => {
        const value = item(items, index);
        const end = items.#position;
        if (bytes.compare(bytes, start, end, previous, start) > 0)
          items.fail(index, 'a SET OF out of order', rules.setOf, start);
        previous = start;
        start = end;
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
    return {
      tag: identifier,
      der: this.#bytes.subarray(start, this.#position),
      content: this.#bytes.subarray(content, this.#position),
    };
  }

  /** The content octets of a primitive element. */
  primitive(identifier: number, name: ElementName): Buffer {
    const content = this.#open(name, identifier);
    return this.#bytes.subarray(content, this.#position);
  }

  /** BOOLEAN DEFAULT FALSE: absent is false, and FALSE must be absent (X.690 11.1, 11.5). */
  booleanDefaultFalse(name: ElementName, identifier: number = tag.boolean): boolean {
    if (this.next !== identifier) return false;
    const start = this.#position;
    const content = this.primitive(identifier, name);
    if (content.length !== 1 || content[0] !== 0xff)
      this.fail(name, 'a BOOLEAN that is not encoded as TRUE', rules.booleanDefaultFalse, start);
    return true;
  }

  /** INTEGER as its two's complement octets, fewest possible (X.690 8.3.2). */
  integer(name: ElementName, identifier: number = tag.integer): Buffer {
    const start = this.#position;
    const content = this.primitive(identifier, name);
    const first = content[0];
    const second = content[1];
    if (first === undefined) return this.fail(name, 'an INTEGER without content', rules.integer, start);
    if (second !== undefined && ((first === 0x00 && second < 0x80) || (first === 0xff && second >= 0x80)))
      this.fail(name, 'an INTEGER with a superfluous leading octet', rules.integer, start);
    return content;
  }

  /** A non-negative INTEGER up to 2³¹−1. */
  smallInteger(name: ElementName, identifier: number = tag.integer): number {
    const start = this.#position;
    const content = this.integer(name, identifier);
    if (content.length > 4 || (content[0] ?? 0) >= 0x80)
      this.fail(name, 'an INTEGER that is negative or above 2147483647', rules.smallInteger, start);
    return content.readUIntBE(0, content.length);
  }

  /** BIT STRING; the unused bits are zero (X.690 11.2.1). */
  bitString(
    name: ElementName,
    identifier: number = tag.bitString,
  ): { readonly unusedBits: number; readonly bytes: Buffer } {
    const start = this.#position;
    const content = this.primitive(identifier, name);
    const unusedBits = content[0];
    if (unusedBits === undefined || unusedBits > 7 || (content.length === 1 && unusedBits > 0))
      return this.fail(name, 'a BIT STRING with a wrong count of unused bits', rules.bitString, start);
    const last = content[content.length - 1] ?? 0;
    if ((last & ((1 << unusedBits) - 1)) !== 0)
      this.fail(name, 'a BIT STRING whose unused bits are not zero', rules.unusedBits, start);
    return { unusedBits, bytes: content.subarray(1) };
  }

  /** BIT STRING made of whole octets: keys and signatures. */
  octetBitString(name: ElementName): Buffer {
    const start = this.#position;
    const { unusedBits, bytes } = this.bitString(name);
    if (unusedBits !== 0)
      this.fail(name, 'a BIT STRING that ends inside an octet', rules.octetBitString, start);
    return bytes;
  }

  /** BIT STRING of named bits, without trailing zero bits (X.690 11.2.2): the numbers of the bits set. */
  namedBits(name: ElementName, identifier: number = tag.bitString): ReadonlySet<number> {
    const start = this.#position;
    const { unusedBits, bytes } = this.bitString(name, identifier);
    const last = bytes[bytes.length - 1];
    if (last !== undefined && (last & (1 << unusedBits)) === 0)
      this.fail(name, 'a BIT STRING of named bits that ends in zero bits', rules.namedBits, start);
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
    return this.#arcs(name, identifier, dotted);
  }

  /** RELATIVE-OID in dotted form (X.690 8.20). */
  relativeObjectIdentifier(name: ElementName): string {
    return this.#arcs(name, tag.relativeObjectIdentifier, relative);
  }

  #arcs(name: ElementName, identifier: number, read: ReadArcs): string {
    const start = this.#position;
    const content = this.#open(name, identifier);
    const length = this.#position - content;
    if (length === 0 || length > maxObjectIdentifierLength)
      this.fail(name, `an OBJECT IDENTIFIER of ${length} octets`, rules.objectIdentifierLength, start);
    return (
      read(this.#bytes, content, this.#position) ??
      this.fail(name, 'an OBJECT IDENTIFIER with a badly encoded arc', rules.objectIdentifier, start)
    );
  }

  /**
   * UTCTime or GeneralizedTime in the one form that RFC 5280 4.1.2.5 leaves of each: with seconds, in UTC. Issuers have
   * to take GeneralizedTime from 2050 only; who reads has to be able to process both.
   */
  time(name: ElementName): Date {
    const start = this.#position;
    const general = this.next === tag.generalizedTime;
    const content = this.primitive(general ? tag.generalizedTime : tag.utcTime, name);
    const parts = (general ? generalizedTime : utcTime).exec(content.toString('latin1'));
    if (parts === null) return this.fail(name, 'a time in another form', rules.time, start);
    const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1).map(Number);
    const fullYear = general ? year : year + (year < 50 ? 2000 : 1900);
    const time = new Date(0);
    time.setUTCFullYear(fullYear, month - 1, day);
    time.setUTCHours(hour, minute, second);
    // Date carries over what is out of range, so 31 February shows as another month.
    if (
      time.getUTCMonth() !== month - 1 ||
      time.getUTCDate() !== day ||
      hour > 23 ||
      minute > 59 ||
      second > 59
    )
      this.fail(name, 'a time that does not exist', rules.time, start);
    return time;
  }

  /** Refuses the element `name` of this one; `rule` is what is accepted, and by which clause. */
  fail(name: ElementName, problem: string, rule: Rule | CommonRule, offset = this.#position): never {
    const field = [...this.#path(), name].filter(part => part !== '').join('.');
    const { code, clause } = this.#document;
    throw errorAbout({
      code,
      field,
      problem: `${problem}, at offset ${offset}`,
      accepted: rule.accepted,
      clause: rule.clause ?? clause,
    });
  }

  #path(): ElementName[] {
    return this.#parent === null ? [this.#name] : [...this.#parent.#path(), this.#name];
  }

  #items<T>(bounds: { least: number; most: number }, item: (items: DerReader, index: number) => T): T[] {
    const values: T[] = [];
    while (this.#position < this.#end) {
      if (values.length === bounds.most)
        this.fail('', `more than ${bounds.most} items`, {
          accepted: `at most ${bounds.most}`,
          clause: 'our bound',
        });
      values.push(item(this, values.length));
    }
    if (values.length < bounds.least) this.fail('', 'an empty list', rules.nonEmpty);
    return values;
  }

  #readAll<T>(read: (reader: DerReader) => T): T {
    const value = read(this);
    if (this.#position !== this.#end)
      this.fail('', `${this.#end - this.#position} octets too many`, rules.contents);
    return value;
  }

  #inside<T>(start: number, name: ElementName, read: (fields: DerReader) => T): T {
    const inner = new DerReader(this.#bytes, start, this.#position, name, this, this.#document);
    if (inner.#depth > maxNesting) this.fail(name, `nested deeper than ${maxNesting}`, rules.nesting, start);
    return inner.#readAll(read);
  }

  /** Steps over an element and returns where its contents begin; they end at the new position. */
  #open(name: ElementName, identifier: number): number {
    this.#expect(name, identifier);
    return this.#take(name);
  }

  #expect(name: ElementName, identifier: number): void {
    if (this.next !== identifier)
      this.fail(name, `${describe(this.next)} instead of ${describe(identifier)}`, {
        accepted: describe(identifier),
      });
  }

  /** The only place that reads headers and moves the position. Returns where the contents of the element begin. */
  #take(name: ElementName): number {
    const start = this.#position;
    this.#need(2, start, name);
    if (((this.#bytes[start] ?? 0) & 0x1f) === 0x1f)
      this.fail(name, 'a tag number above 30', rules.tagNumber, start);
    let length = this.#bytes[start + 1] ?? 0;
    let content = start + 2;
    if (length >= 0x80) {
      const octets = length & 0x7f;
      // Three octets reach 16 MiB, beyond every bound of the callers.
      if (octets === 0 || octets > 3)
        this.fail(name, 'an indefinite or oversized length', rules.length, start + 1);
      this.#need(octets, content, name);
      length = this.#bytes.readUIntBE(content, octets);
      content += octets;
      if (length < 0x80 || length < 2 ** (8 * (octets - 1)))
        this.fail(name, 'a length that is not in its shortest form', rules.length, start + 1);
    }
    this.#need(length, content, name);
    this.#position = content + length;
    return content;
  }

  #need(octets: number, from: number, name: ElementName): void {
    const left = Math.max(0, this.#end - from);
    if (left < octets)
      this.fail(name, `${octets} octets needed where ${left} are left`, rules.contents, from);
  }
}

const rules = {
  tagNumber: { accepted: 'tag numbers up to 30', clause: 'X.690 8.1.2.4' },
  length: { accepted: 'the shortest form of a definite length up to 16777215', clause: 'X.690 10.1' },
  contents: { accepted: 'elements that fill the one that holds them', clause: 'X.690 8.1.3' },
  nesting: { accepted: `${maxNesting} levels`, clause: 'our bound' },
  nonEmpty: { accepted: 'at least one item' },
  setOf: { accepted: 'the items in the order of their encodings', clause: 'X.690 11.6' },
  booleanDefaultFalse: { accepted: 'TRUE as FF, and FALSE left out', clause: 'X.690 11.1, 11.5' },
  integer: { accepted: 'the fewest octets, at least one', clause: 'X.690 8.3.2' },
  smallInteger: { accepted: '0 to 2147483647', clause: 'our bound' },
  bitString: { accepted: '0 to 7 unused bits, in the last octet', clause: 'X.690 8.6.2' },
  unusedBits: { accepted: 'unused bits that are zero', clause: 'X.690 11.2.1' },
  namedBits: { accepted: 'the bits up to the last that is set', clause: 'X.690 11.2.2' },
  octetBitString: { accepted: 'whole octets' },
  objectIdentifier: { accepted: 'each arc in the fewest octets', clause: 'X.690 8.19.2' },
  objectIdentifierLength: { accepted: `1 to ${maxObjectIdentifierLength} octets`, clause: 'our bound' },
  time: {
    accepted: 'UTCTime or GeneralizedTime in UTC, with seconds and without fractions',
    clause: 'RFC 5280 4.1.2.5',
  },
} as const satisfies Record<string, Rule | CommonRule>;

const utcTime = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/;
const generalizedTime = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/;

/** The arcs of an identifier in dotted form; null where one is badly encoded. */
type ReadArcs = (bytes: Uint8Array, start: number, end: number) => string | null;

/** X.690 8.19.4: the first number stands for two arcs, of which the upper one is 0, 1 or 2. */
function dotted(bytes: Uint8Array, start: number, end: number): string | null {
  const arcs = arcsOf(bytes, start, end);
  const first = arcs?.[0];
  if (arcs === null || first === undefined) return null;
  const upper = first < 40 ? 0 : first < 80 ? 1 : 2;
  arcs[0] = typeof first === 'bigint' ? first - 80n : first - 40 * upper;
  return `${upper}.${arcs.join('.')}`;
}

function relative(bytes: Uint8Array, start: number, end: number): string | null {
  return arcsOf(bytes, start, end)?.join('.') ?? null;
}

/** Null where an arc is cut off or has a superfluous leading octet. */
function arcsOf(bytes: Uint8Array, start: number, end: number): (number | bigint)[] | null {
  const arcs: (number | bigint)[] = [];
  let first = start;
  for (let index = start; index < end; index++) {
    const octet = bytes[index] ?? 0;
    if (index === first && octet === 0x80) return null;
    if (octet >= 0x80) continue;
    // Seven octets of seven bits still fit a double exactly.
    arcs.push(index - first < 7 ? small(bytes, first, index) : large(bytes, first, index));
    first = index + 1;
  }
  return first === end ? arcs : null;
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
