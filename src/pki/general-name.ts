// Writes names in the forms of RFC 5280 4.2.1.6 that a lab needs, for subjectAltName and for the subtrees of name
// constraints alike. Knows no flavours (identity.ts); names are read in certificates/names.ts.
import { type BaseBlock, Constructed, fromBER, OctetString, Primitive, Sequence } from 'asn1js';
import { isObjectIdentifier } from '../certificates/flavours.ts';
import type { GeneralName } from '../certificates/names.ts';
import { refuse } from '../errors.ts';

type Name<Form extends GeneralName['form']> = Extract<GeneralName, { form: Form }>;

/** A name as it is read, without what follows from the rest of it. */
export type WritableName =
  | Name<'dns'>
  | Name<'uri'>
  | Name<'registeredId'>
  | Omit<Name<'other'>, 'objectIdentifier'>;

export function generalName(name: WritableName): BaseBlock {
  switch (name.form) {
    case 'dns':
      return primitive(contextSpecific, 2, Buffer.from(name.value, 'ascii'));
    case 'uri':
      return primitive(contextSpecific, 6, Buffer.from(name.value, 'ascii'));
    case 'registeredId':
      return primitive(contextSpecific, 8, objectIdentifierOctets(name.value));
    case 'other':
      return constructed(0, [objectIdentifier(name.typeId), constructed(0, [fromBER(name.value).result])]);
  }
}

/** The value of subjectAltName: GeneralNames in DER. */
export function generalNames(names: readonly WritableName[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new Sequence({ value: names.map(generalName) }).toBER());
}

/** RELATIVE-OID in DER (X.690 8.20). */
export function relativeObjectIdentifier(arcs: readonly string[]): Uint8Array {
  return new Uint8Array(primitive(universal, 13, bounded(octets(arcs.map(BigInt)))).toBER());
}

/** HardwareModuleName in DER (RFC 4108 5): the type of the module, and the octets of its serial number. */
export function hardwareModuleName(type: string, serialNumber: Uint8Array): Uint8Array {
  const serial = new OctetString({ valueHex: serialNumber });
  return new Uint8Array(new Sequence({ value: [objectIdentifier(type), serial] }).toBER());
}

/** @throws E2EKeyError OPTION_INVALID for what is none in dotted form, or longer than readers take. */
export function objectIdentifier(dotted: string): BaseBlock {
  return primitive(universal, 6, objectIdentifierOctets(dotted));
}

function objectIdentifierOctets(dotted: string): Uint8Array {
  if (!isObjectIdentifier(dotted))
    refuse('OPTION_INVALID', `${JSON.stringify(dotted)} is no object identifier in dotted form`);
  const [first = 0n, second = 0n, ...rest] = dotted.split('.').map(BigInt);
  return bounded(octets([first * 40n + second, ...rest]));
}

/** X.690 8.19.2. asn1js takes no RELATIVE-OID with an arc over 32 bits, and serial numbers may have them. */
function octets(arcs: readonly bigint[]): Uint8Array {
  return Buffer.concat(
    arcs.map(arc => {
      const digits = [Number(arc & 0x7fn)];
      for (let left = arc >> 7n; left > 0n; left >>= 7n) digits.unshift(Number(left & 0x7fn) | 0x80);
      return Buffer.from(digits);
    }),
  );
}

/** What certificates/der.ts reads; an identifier of ten arcs has about 15 octets. */
const maxObjectIdentifierLength = 64;

function bounded(content: Uint8Array): Uint8Array {
  return content.length <= maxObjectIdentifierLength
    ? content
    : refuse(
        'OPTION_INVALID',
        `an object identifier of ${content.length} octets; at most ${maxObjectIdentifierLength} are possible`,
      );
}

const universal = 1;
const contextSpecific = 3;

function primitive(tagClass: number, tagNumber: number, content: Uint8Array): BaseBlock {
  return new Primitive({ idBlock: { tagClass, tagNumber }, valueHex: content });
}

function constructed(tagNumber: number, value: BaseBlock[]): BaseBlock {
  return new Constructed({ idBlock: { tagClass: contextSpecific, tagNumber }, value });
}
