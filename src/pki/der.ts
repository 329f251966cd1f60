// Writes the elements of DER that CRLs and their extensions are put together from, and signature algorithms. Knows no
// structure; why no library writes them is in crl.ts.
import { tag } from '../certificates/der.ts';
import { objectIdentifier as objectIdentifierBlock } from './general-name.ts';

/** One element in DER; its content may be in parts. */
export function element(identifier: number, ...content: readonly Uint8Array[]): Uint8Array {
  const octets = Buffer.concat(content);
  return Buffer.concat([Buffer.of(identifier), lengthOctets(octets.length), octets]);
}

/** X.690 8.1.3, 10.1: as few octets as possible. */
function lengthOctets(length: number): Uint8Array {
  if (length < 0x80) return Buffer.of(length);
  const octets = hexOctets(length.toString(16));
  return Buffer.concat([Buffer.of(0x80 | octets.length), octets]);
}

function hexOctets(hex: string): Buffer {
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
}

export function sequence(...content: readonly Uint8Array[]): Uint8Array {
  return element(tag.sequence, ...content);
}

/** INTEGER; not negative, as all numbers here. */
export function integer(value: number | bigint): Uint8Array {
  const octets = hexOctets(value.toString(16));
  const sign = (octets[0] ?? 0) >= 0x80 ? Buffer.of(0) : Buffer.of();
  return element(tag.integer, sign, octets);
}

export function enumerated(value: number): Uint8Array {
  return element(tag.enumerated, Buffer.of(value));
}

function octetString(content: Uint8Array): Uint8Array {
  return element(tag.octetString, content);
}

/** BIT STRING of whole octets. */
export function bitString(content: Uint8Array): Uint8Array {
  return element(tag.bitString, Buffer.of(0), content);
}

export const nothing = element(tag.null);

/** @throws E2EKeyError OPTION_INVALID for what is none in dotted form. */
export function objectIdentifier(dotted: string): Uint8Array {
  return new Uint8Array(objectIdentifierBlock(dotted).toBER());
}

/** UTCTime through the year 2049, GeneralizedTime from 2050 (RFC 5280 4.1.2.5). */
export function time(date: Date): Uint8Array {
  return date.getUTCFullYear() < 2050
    ? element(tag.utcTime, Buffer.from(digits(date).slice(2), 'latin1'))
    : generalizedTime(date);
}

function generalizedTime(date: Date): Uint8Array {
  return element(tag.generalizedTime, Buffer.from(digits(date), 'latin1'));
}

/** YYYYMMDDHHMMSSZ. */
function digits(date: Date): string {
  return date.toISOString().replace(/[-:T]|\.\d+/g, '');
}

/** RFC 5280 4.1.2.9; none here is critical. */
export function extension(id: string, value: Uint8Array): Uint8Array {
  return sequence(objectIdentifier(id), octetString(value));
}
