// PKCS #12 files with any structure (RFC 7292), bag by bag: for what no program writes. Knows no reader.
import type { KeyObject } from 'node:crypto';
import {
  der,
  integer,
  objectIdentifier,
  octetString,
  sequence,
} from '../../src/testing/certificate-maker.ts';

const explicit = (content: Uint8Array) => der(0xa0, content);
const bag = (number: number, value: Uint8Array) =>
  sequence(objectIdentifier(`1.2.840.113549.1.12.10.1.${number}`), explicit(value));

/** SafeBags (RFC 7292 4.2). */
export const bagOf = {
  key: (key: KeyObject) => bag(1, key.export({ format: 'der', type: 'pkcs8' })),
  /** EncryptedPrivateKeyInfo in DER. */
  shroudedKey: (info: Uint8Array) => bag(2, info),
  certificate: (certificate: { readonly der: Uint8Array }) =>
    bag(3, sequence(objectIdentifier('1.2.840.113549.1.9.22.1'), explicit(octetString(certificate.der)))),
  crl: bag(4, sequence(objectIdentifier('1.2.840.113549.1.9.23.1'), explicit(octetString()))),
  secret: bag(5, sequence(objectIdentifier('1.2.3'), explicit(octetString()))),
  safeContents: (...bags: readonly Uint8Array[]) => bag(6, sequence(...bags)),
} as const;

/** ContentInfo of type data. */
export const data = (content: Uint8Array): Uint8Array =>
  sequence(objectIdentifier('1.2.840.113549.1.7.1'), explicit(octetString(content)));

/** ContentInfo of another type. */
export const contentInfo = (type: string, content: Uint8Array): Uint8Array =>
  sequence(objectIdentifier(type), explicit(content));

/** A PFX of AuthenticatedSafe elements, and whatever stands in the place of the MAC. */
export function pfx(safes: readonly Uint8Array[], ...macData: readonly Uint8Array[]): Uint8Array {
  return sequence(integer(3), data(sequence(...safes)), ...macData);
}

/** Neither encrypted nor with a MAC; each list of bags is one SafeContents. */
export function pkcs12Of(...lists: readonly (readonly Uint8Array[])[]): Uint8Array {
  return pfx(lists.map(bags => data(sequence(...bags))));
}
