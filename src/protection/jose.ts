// Strict reading of JOSE objects before a library sees them: what may stand in a part, and once only. Libraries take
// the last of two members with one name, unpadded leftovers and header parameters that they do not know; whoever reads
// along may then have seen another object than we open. Knows no algorithm and no key.
import { E2EKeyError, type FaultCode, refuse } from '../errors.ts';
import { readJson } from '../onem2m/serialisation/json.ts';

export type JoseHeader = Readonly<Record<string, unknown>>;

/** Longest header part, in characters: two random objects and their identifiers have some 600. */
const maxHeaderLength = 8 * 1024;

/** Bytes of the initialisation vector and the tag of AES-GCM (RFC 7518 §5.3). */
export const ivSize = 12;
export const tagSize = 16;

/** Which of our codes says that an object cannot be read. */
export type Malformed = Extract<FaultCode, 'ESPRIM_MALFORMED' | 'ESDATA_MALFORMED'>;

/** The parts of a compact serialisation (RFC 7515 §7.1, RFC 7516 §7.1): `count` of them, in canonical base64url. */
export function compactParts(object: string, count: 3 | 5, code: Malformed): string[] {
  const parts = object.split('.', count + 1);
  if (parts.length !== count)
    return refuse(
      code,
      `the object has not the ${count} parts of a compact ${count === 5 ? 'JWE' : 'JWS'} (RFC 7515, RFC 7516 §7.1)`,
    );
  return parts;
}

/**
 * A protected header: JSON in UTF-8 in base64url.
 *
 * @throws E2EKeyError with `code` for anything else, a name that stands there twice included (RFC 7515 §4).
 */
export function joseHeader(part: string, code: Malformed): JoseHeader {
  if (part.length > maxHeaderLength)
    return refuse(code, `the protected header has more than ${maxHeaderLength} characters`);
  const bytes = base64urlBytes(part, 'the protected header', code);
  try {
    const header = readJson(bytes);
    if (typeof header === 'object' && header !== null && !Array.isArray(header)) return header as JoseHeader;
  } catch (cause) {
    const reason = cause instanceof E2EKeyError ? `: ${cause.message}` : '';
    return refuse(code, `the protected header cannot be read${reason}`, { cause });
  }
  return refuse(code, 'the protected header is no JSON object (RFC 7515 §4)');
}

/** The bytes of a part that is canonical base64url. */
export function base64urlBytes(part: string, what: string, code: Malformed): Buffer {
  requireBase64url(part, what, code);
  return Buffer.from(part, 'base64url');
}

/**
 * One text for one value: padding, characters of other alphabets and stray bits at the end would let an object be
 * changed without its signature or its replay being noticed.
 */
export function requireBase64url(part: string, what: string, code: Malformed): void {
  // Node.js reads both alphabets, ends at `=` and leaves out what is in neither. To read and count is the cheapest way to
  // see that: a regular expression takes twice as long, and of a long part more than its decryption.
  const isWhole =
    !part.includes('+') &&
    !part.includes('/') &&
    Buffer.byteLength(part) === part.length &&
    Buffer.from(part, 'base64url').length === Math.floor((part.length * 3) / 4);
  if (!isWhole || !lastCharacters[part.length % 4]?.includes(part.at(-1) ?? ''))
    refuse(code, `${what} is not base64url without padding (RFC 7515 §2)`);
}

/**
 * What the text may end with, by the characters that are left over after groups of four (RFC 4648 §3.5, §5): none stand
 * for one alone; of two the last has four bits that are zero, of three two.
 */
const lastCharacters = [
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_',
  null,
  'AQgw',
  'AEIMQUYcgkosw048',
] as const;

/** A peer's value in a message of ours: only its beginning. */
export function shown(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 40) ?? 'missing';
}
