// Distinguished names and general names (RFC 5280 4.1.2.4, 4.2.1.6): what they say, and how they are shown.
// Does not know which of them identifies anybody (flavours.ts) nor which are allowed (name-constraints.ts).
import { isAscii, isUtf8 } from 'node:buffer';
import { contextConstructed, contextPrimitive, type DerElement, type DerReader, tag } from './der.ts';

/** Relative distinguished names in a name, and attributes in one of them; real names have about 8, and 1. */
const maxRelativeNames = 32;
const maxAttributes = 8;
/** Octets of one value, where RFC 5280 Appendix A.1 has 64 to 256; normalising a longer one takes long. */
const maxAttributeSize = 1024;

/** A distinguished name. */
export interface Name {
  readonly der: Uint8Array;
  /** In the manner of RFC 4514, safe to show: whatever is no visible character is escaped. */
  readonly text: string;
  readonly isEmpty: boolean;
  /** Two names match when these are the same, part by part (RFC 5280 7.1); the outermost comes first. */
  readonly comparable: readonly string[];
  /** The values of its emailAddress attributes (RFC 5280 4.2.1.10 constrains them). */
  readonly emailAddresses: readonly string[];
}

export function sameName(one: Name, other: Name): boolean {
  return Buffer.compare(one.der, other.der) === 0 || nameKey(one) === nameKey(other);
}

/** The same text for names that match, and for no others. */
export function nameKey({ comparable }: Name): string {
  return comparable.join('\n');
}

export type GeneralName =
  | { readonly form: 'dns'; readonly value: string }
  | { readonly form: 'uri'; readonly value: string }
  | { readonly form: 'email'; readonly value: string }
  /** 4 or 16 octets; in name constraints 8 or 32, address and mask. */
  | { readonly form: 'ip'; readonly bytes: Uint8Array }
  | { readonly form: 'directory'; readonly name: Name }
  | { readonly form: 'registeredId'; readonly value: string }
  | {
      readonly form: 'other';
      readonly typeId: string;
      /** The DER inside the EXPLICIT tag. */
      readonly value: Uint8Array;
      /** Where the value is a RELATIVE-OID: the arcs of type-id and value together (TS-0003 10.1.1.4); null if not. */
      readonly objectIdentifier: string | null;
    }
  | { readonly form: 'x400' | 'ediParty'; readonly bytes: Uint8Array };

/** Name ::= RDNSequence. */
export function readName(reader: DerReader, field: string | number): Name {
  const { value: parts, der } = reader.withEncoding(() =>
    reader.listOf(tag.sequence, field, { least: 0, most: maxRelativeNames }, (names, index) =>
      readAttributes(names, index),
    ),
  );
  return new DecodedName(der, parts);
}

/** RelativeDistinguishedName, comparable as a part of a `Name` is. */
export function readRelativeName(reader: DerReader, field: string, identifier: number): string {
  return comparablePart(readAttributes(reader, field, identifier));
}

function readAttributes(
  reader: DerReader,
  field: string | number,
  identifier?: number,
): readonly Attribute[] {
  return reader.setOf(
    field,
    maxAttributes,
    (attributes, position) =>
      attributes.sequence(position, fields => ({
        type: fields.objectIdentifier('type'),
        value: readAttributeValue(fields),
      })),
    identifier,
  );
}

function comparablePart(attributes: readonly Attribute[]): string {
  return attributes.map(comparableAttribute).sort().join('+');
}

/** Most names are only compared: what they say is worked out when somebody asks. */
class DecodedName implements Name {
  readonly der: Uint8Array;
  readonly #parts: readonly (readonly Attribute[])[];
  #text: string | undefined;
  #comparable: readonly string[] | undefined;

  constructor(der: Uint8Array, parts: readonly (readonly Attribute[])[]) {
    this.der = der;
    this.#parts = parts;
  }

  get isEmpty(): boolean {
    return this.#parts.length === 0;
  }

  get comparable(): readonly string[] {
    this.#comparable ??= this.#parts.map(comparablePart);
    return this.#comparable;
  }

  get emailAddresses(): readonly string[] {
    return this.#parts
      .flat()
      .flatMap(({ type, value }) => (type === emailAddress ? [textOf(value) ?? ''] : []));
  }

  get text(): string {
    this.#text ??= this.#parts
      .toReversed()
      .map(attributes => attributes.map(({ type, value }) => attributeText(type, value)).join('+'))
      .join(',');
    return this.#text;
  }
}

interface Attribute {
  readonly type: string;
  readonly value: DerElement;
}

function readAttributeValue(fields: DerReader): DerElement {
  const value = fields.any('value');
  if (value.content.length > maxAttributeSize)
    fields.fail('value', `${value.content.length} octets`, {
      accepted: `at most ${maxAttributeSize}`,
      clause: 'our bound',
    });
  if (!strings.has(value.tag) && !otherValues.has(value.tag))
    fields.fail('value', 'a value of no type that attributes have', {
      accepted: 'a string of text, in primitive form, or another universal type',
      clause: 'RFC 5280 4.1.2.4, X.690 10.2',
    });
  // What stands in no character set would be shown and compared as a replacement character, like any other such.
  if (strings.get(value.tag)?.isWellFormed(value.content) === false)
    fields.fail('value', 'octets that its string type does not have', {
      accepted: 'UTF-8 in UTF8String, ASCII in PrintableString and IA5String',
      clause: 'RFC 5280 4.1.2.4',
    });
  return value;
}

/**
 * RFC 5280 7.1: strings of text match without regard to case, kind of string, superfluous spaces, and characters that
 * nobody sees (RFC 4518 2.2). The kinds that are deprecated (4.1.2.4) count as well. Otherwise writing a name in one of
 * them, or with a soft hyphen, would lead past an excluded subtree.
 */
function comparableAttribute({ type, value }: Attribute): string {
  const text = textOf(value);
  if (text === null) return `${type}=#${value.der.toString('hex')}`;
  // Upper case after lower case brings together what has several forms in one of them (ß and ss, σ and ς).
  const folded = text.replace(unseen, '').normalize('NFKC').toLowerCase().toUpperCase().normalize('NFKC');
  return `${type}=${JSON.stringify(folded.replace(/[\s\x85]+/gu, ' ').trim())}`;
}

/** RFC 4518 2.2: format and control characters, but those that are spaces, and what stands for a hyphen or an object. */
const unseen = /[\p{Cf}\p{Default_Ignorable_Code_Point}\u1806\ufffc]|(?![\s\x85])\p{Cc}/gu;

/** Null for what is no string of text. */
function textOf({ tag: form, content }: DerElement): string | null {
  return strings.get(form)?.decode(content) ?? null;
}

/** Types of attribute values that are compared as bytes, such as x500UniqueIdentifier and postalAddress. */
const otherValues: ReadonlySet<number> = new Set([
  tag.boolean,
  tag.integer,
  tag.bitString,
  tag.octetString,
  tag.null,
  tag.objectIdentifier,
  tag.utcTime,
  tag.generalizedTime,
  tag.sequence,
  tag.set,
]);

interface StringType {
  readonly isWellFormed: (content: Uint8Array) => boolean;
  readonly decode: (content: Buffer) => string;
}

const ascii: StringType = { isWellFormed: isAscii, decode: content => content.toString('latin1') };

/** By tag. TeletexString is taken for Latin-1, as everybody does. */
const strings: ReadonlyMap<number, StringType> = new Map([
  [tag.utf8String, { isWellFormed: isUtf8, decode: content => content.toString('utf8') }],
  [tag.printableString, ascii],
  [tag.ia5String, ascii],
  [tag.numericString, ascii],
  [tag.visibleString, ascii],
  [tag.teletexString, { isWellFormed: () => true, decode: content => content.toString('latin1') }],
  [
    tag.bmpString,
    {
      isWellFormed: content => content.length % 2 === 0,
      decode: content => Buffer.from(content).swap16().toString('utf16le'),
    },
  ],
  [
    tag.universalString,
    { isWellFormed: content => utf32(content) !== null, decode: content => utf32(content) ?? '' },
  ],
]);

function utf32(content: Uint8Array): string | null {
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  let text = '';
  for (let offset = 0; offset < content.length; offset += 4) {
    const point = offset + 4 > content.length ? Number.NaN : view.getUint32(offset);
    if (!(point <= 0x10ffff)) return null;
    text += String.fromCodePoint(point);
  }
  return text;
}

/** PKCS #9 emailAddress (RFC 5280 Appendix A.1). */
const emailAddress = '1.2.840.113549.1.9.1';

/** GeneralName; the tags are IMPLICIT, but EXPLICIT around Name, which is a CHOICE. */
export function readGeneralName(
  reader: DerReader,
  field: string | number,
  use: 'name' | 'constraint',
): GeneralName {
  switch (reader.next) {
    case contextConstructed(0):
      return reader.constructed(contextConstructed(0), field, fields => {
        const typeId = fields.objectIdentifier('type-id');
        return {
          form: 'other',
          typeId,
          ...fields.constructed(contextConstructed(0), 'value', otherValue(typeId)),
        };
      });
    case contextPrimitive(1):
      return { form: 'email', value: readText(reader, field, 1, use) };
    case contextPrimitive(2):
      return { form: 'dns', value: readText(reader, field, 2, use) };
    case contextConstructed(3):
      return { form: 'x400', bytes: reader.any(field).der };
    case contextConstructed(4):
      return {
        form: 'directory',
        name: reader.constructed(contextConstructed(4), field, fields => readName(fields, '')),
      };
    case contextConstructed(5):
      return { form: 'ediParty', bytes: reader.any(field).der };
    case contextPrimitive(6):
      return { form: 'uri', value: readText(reader, field, 6, use) };
    case contextPrimitive(7): {
      const bytes = reader.octetString(field, contextPrimitive(7));
      const addressLength = use === 'name' ? bytes.length : bytes.length / 2;
      if (addressLength !== 4 && addressLength !== 16)
        reader.fail(field, `an iPAddress of ${bytes.length} octets`, {
          accepted: use === 'name' ? '4 or 16 octets' : '8 or 32 octets, address and mask',
          clause: use === 'name' ? 'RFC 5280 4.2.1.6' : 'RFC 5280 4.2.1.10',
        });
      return { form: 'ip', bytes };
    }
    case contextPrimitive(8):
      return { form: 'registeredId', value: reader.objectIdentifier(field, contextPrimitive(8)) };
    default:
      return reader.fail(field, 'no form of GeneralName', {
        accepted: 'tags 0 to 8',
        clause: 'RFC 5280 4.2.1.6',
      });
  }
}

/** How a device's object identifier is written (TS-0003 10.1.1.4): the higher arcs as type-id, the others as RELATIVE-OID. */
function otherValue(typeId: string) {
  return (inside: DerReader): { value: Uint8Array; objectIdentifier: string | null } => {
    const isRelative = inside.next === tag.relativeObjectIdentifier;
    const { value, der } = inside.withEncoding(() =>
      isRelative ? inside.relativeObjectIdentifier('') : inside.any(''),
    );
    return { value: der, objectIdentifier: typeof value === 'string' ? `${typeId}.${value}` : null };
  };
}

/**
 * IA5String of visible characters. RFC 5280 would let control characters in; a NUL or a line break in a
 * name serves only to have it read differently by two programs. A constraint may be empty: it covers all names.
 */
function readText(
  reader: DerReader,
  field: string | number,
  number: number,
  use: 'name' | 'constraint',
): string {
  const text = reader.primitive(contextPrimitive(number), field).toString('latin1');
  const rule = { accepted: 'visible ASCII characters, at least one', clause: 'RFC 5280 4.2.1.6' };
  if (!/^[\x21-\x7e]*$/.test(text)) reader.fail(field, 'a name with another character', rule);
  if (text === '' && use === 'name') reader.fail(field, 'an empty name', rule);
  return text;
}

// RFC 4514 section 3, and serialNumber, which device certificates use.
const attributeKeywords: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'STREET',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '0.9.2342.19200300.100.1.1': 'UID',
  '0.9.2342.19200300.100.1.25': 'DC',
};

function attributeText(type: string, value: DerElement): string {
  const keyword = attributeKeywords[type];
  const text = keyword === undefined ? null : textOf(value);
  return `${keyword ?? type}=${text === null ? `#${value.der.toString('hex')}` : escapeText(text)}`;
}

/** RFC 4514 2.4; besides, every control, format and private character, so that a log line stays a log line. */
function escapeText(text: string): string {
  return text
    .replace(/[\\,+"<>;=]/g, '\\$&')
    .replace(/^[ #]|(?<!\\) $/g, '\\$&')
    .replace(/(?:(?! )[\p{C}\p{Z}])+/gu, characters =>
      encodeURIComponent(characters.toWellFormed()).replaceAll('%', '\\').toLowerCase(),
    );
}
