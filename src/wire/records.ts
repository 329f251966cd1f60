// The record layer's outside (RFC 5246 §6.2): five bytes of header and a fragment. An E2EKey Message is the
// records of one flight, one after the other. What is inside a protected fragment is crypto's business.
import { refuse } from '../errors.ts';
import { encode, named, type Of, Reader, type ReaderOptions, struct, vector } from './codec.ts';
import { contentType, contentTypeNames, versionNames } from './numbers.ts';

/** RFC 5246 §6.2.1: a fragment in the clear has at most 2^14 bytes. */
export const maxPlaintext = 2 ** 14;

/** RFC 5246 §6.2.3: what protection may add at most. */
const maxCiphertext = maxPlaintext + 2048;

export const recordHeaderSize = 5;

/** TLSPlaintext and TLSCiphertext, RFC 5246 §6.2 */
export const TlsRecord = struct('TlsRecord', 'RFC 5246 §6.2.1', {
  type: named(1, contentTypeNames),
  version: named(2, versionNames),
  fragment: vector(2, 0, 0xffff),
});
export type TlsRecord = Of<typeof TlsRecord>;

/**
 * A flight has five messages, and stacks write one or two records for each. So many leave room for one of 4 KiB in
 * records of one byte, and bound what the records of one message cost.
 */
export const maxRecords = 4096;

/** An E2EKey Message has at most 64 KiB: room for a chain of certificates, and a bound on what is parsed. */
export const maxMessageSize = 65_536;

/**
 * Cuts an E2EKey Message into its records; the whole message must be used up.
 *
 * @throws E2EKeyError MESSAGE_TOO_LARGE before anything is parsed; MESSAGE_MALFORMED; MESSAGE_UNEXPECTED for an
 * unknown content type; RECORD_OVERFLOW.
 */
export function readRecords(message: Uint8Array, options?: ReaderOptions): TlsRecord[] {
  checkMessageSize(message.length);
  const reader = new Reader(message, options);
  const records: TlsRecord[] = [];
  while (reader.left > 0) {
    reader.enter(`TlsRecord ${records.length}`);
    const record = TlsRecord.read(reader);
    checkRecordHeader(record.type, record.version, record.fragment.length);
    // RFC 5246 §6.2.1: zero-length fragments are for application data alone; they would cost without advancing.
    if (record.fragment.length === 0 && record.type !== contentType.applicationData)
      reader.fail('an empty record');
    reader.leave(record, TlsRecord.shape);
    records.push(record);
    if (records.length > maxRecords)
      refuse('MESSAGE_TOO_LARGE', `an E2EKey Message of more than ${maxRecords} records`);
  }
  return records;
}

/** What can be said of an E2EKey Message before anything in it is looked at. */
export function checkMessageSize(size: number): void {
  if (size > maxMessageSize)
    refuse('MESSAGE_TOO_LARGE', `an E2EKey Message of ${size} bytes; ${maxMessageSize} are allowed`);
  if (size === 0) refuse('MESSAGE_MALFORMED', 'an E2EKey Message without a TLS record');
}

/** What can be said of a record from its header alone; a TCP listener asks before it waits for the rest. */
export function checkRecordHeader(type: number, version: number, size: number): void {
  if (version >> 8 !== 3)
    refuse(
      'MESSAGE_MALFORMED',
      `a record of version 0x${version.toString(16)}, which is not TLS${isText(type, version) ? ' but text, such as HTTP' : ''}`,
    );
  // RFC 5246 §6: a record type that is not expected is answered with unexpected_message.
  if (contentTypeNames[type] === undefined)
    refuse('MESSAGE_UNEXPECTED', `a TLS record of the unknown content type ${type}`);
  if (size > maxCiphertext)
    refuse('RECORD_OVERFLOW', `a record fragment of ${size} bytes; ${maxCiphertext} are allowed`);
}

/** Three printable bytes of ASCII. */
function isText(type: number, version: number): boolean {
  return [type, version >> 8, version & 0xff].every(byte => byte >= 0x20 && byte < 0x7f);
}

/** Puts handshake bytes into as many records as they need. */
export function encodeRecords(type: number, version: number, bytes: Uint8Array): Uint8Array[] {
  const records: Uint8Array[] = [];
  for (let start = 0; start < bytes.length; start += maxPlaintext)
    records.push(encode(TlsRecord, { type, version, fragment: bytes.subarray(start, start + maxPlaintext) }));
  return records;
}
