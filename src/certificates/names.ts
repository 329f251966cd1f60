// Distinguished names and general names (RFC 5280 4.1.2.4, 4.2.1.6): what they say, and how they are shown.
// Does not know which of them identifies anybody (flavours.ts) nor which are allowed (name-constraints.ts).
import { contextConstructed, contextPrimitive, type DerElement, type DerReader, tag } from './der.ts';

/** Relative distinguished names in a name, and attributes in one of them; real names have about 8, and 1. */
const maxRelativeNames = 32;
const maxAttributes = 8;

/** A distinguished name. Two names are the same when their encodings are (stricter than RFC 5280 7.1). */
export interface Name {
  readonly der: Uint8Array;
  /** In the manner of RFC 4514, safe to show: whatever is no visible character is escaped. */
  readonly text: string;
  readonly isEmpty: boolean;
}

export type GeneralName =
  | { readonly form: 'dns'; readonly value: string }
  | { readonly form: 'uri'; readonly value: string }
  | { readonly form: 'email'; readonly value: string }
  /** 4 or 16 octets; in name constraints 8 or 32, address and mask. */
  | { readonly form: 'ip'; readonly bytes: Uint8Array }
  | { readonly form: 'directory'; readonly name: Name }
  | { readonly form: 'registeredId'; readonly value: string }
  /** `value` is the DER inside the EXPLICIT tag. */
  | { readonly form: 'other'; readonly typeId: string; readonly value: Uint8Array }
  | { readonly form: 'x400' | 'ediParty'; readonly bytes: Uint8Array };

/** Name ::= RDNSequence. */
export function readName(reader: DerReader, field: string | number): Name {
  const { value: parts, der } = reader.withEncoding(() =>
    reader.listOf(tag.sequence, field, { least: 0, most: maxRelativeNames }, (names, index) =>
      names.setOf(index, maxAttributes, (attributes, position) =>
        attributes.sequence(position, fields => ({
          type: fields.objectIdentifier('type'),
          value: fields.any('value'),
        })),
      ),
    ),
  );
  let text: string | undefined;
  return {
    der,
    isEmpty: parts.length === 0,
    get text() {
      text ??= parts
        .toReversed()
        .map(attributes => attributes.map(({ type, value }) => attributeText(type, value)).join('+'))
        .join(',');
      return text;
    },
  };
}

/** GeneralName; the tags are IMPLICIT, but EXPLICIT around Name, which is a CHOICE. */
export function readGeneralName(
  reader: DerReader,
  field: string | number,
  use: 'name' | 'constraint',
): GeneralName {
  switch (reader.next) {
    case contextConstructed(0):
      return reader.constructed(contextConstructed(0), field, fields => ({
        form: 'other',
        typeId: fields.objectIdentifier('type-id'),
        value: fields.constructed(contextConstructed(0), 'value', inside => inside.any('').der),
      }));
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
        reader.fail(field, `an iPAddress of ${bytes.length} octets (RFC 5280 4.2.1.6)`);
      return { form: 'ip', bytes };
    }
    case contextPrimitive(8):
      return { form: 'registeredId', value: reader.objectIdentifier(field, contextPrimitive(8)) };
    default:
      return reader.fail(field, 'no form of GeneralName');
  }
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
  if (!/^[\x21-\x7e]*$/.test(text)) reader.fail(field, 'a name with a character that is not visible ASCII');
  if (text === '' && use === 'name') reader.fail(field, 'an empty name');
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
  const isText =
    value.tag === tag.utf8String || value.tag === tag.printableString || value.tag === tag.ia5String;
  const hex = `#${Buffer.from(value.der).toString('hex')}`;
  if (keyword === undefined || !isText) return `${keyword ?? type}=${hex}`;
  try {
    return `${keyword}=${escapeText(utf8.decode(value.content))}`;
  } catch {
    return `${keyword}=${hex}`;
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** RFC 4514 2.4; besides, every control, format and private character, so that a log line stays a log line. */
function escapeText(text: string): string {
  return text
    .replace(/[\\,+"<>;=]/g, character => `\\${character}`)
    .replace(/^[ #]|(?<!\\) $/g, character => `\\${character}`)
    .replace(/(?! )[\p{C}\p{Z}]/gu, character =>
      [...Buffer.from(character, 'utf8')].map(octet => `\\${octet.toString(16).padStart(2, '0')}`).join(''),
    );
}
