// One flight: the handshake messages of one E2EKey Message, in their records. FlightReader is the only reader
// of messages, so their order, the transcript and "nothing left over" cannot be forgotten. It is asked for
// the message that must come next and never dispatches on the one that came.

import type { Random } from '../crypto/random.ts';
import { protect, type RecordProtection, unprotect } from '../crypto/record-protection.ts';
import { E2EKeyError, refuse } from '../errors.ts';
import { Alert, alertLevel, alertName, closeNotify } from '../wire/alerts.ts';
import { decode, encode } from '../wire/codec.ts';
import { encodeMessage, type HandshakeMessage, handshakeHeaderSize, messageName } from '../wire/messages.ts';
import { contentType, tls12 } from '../wire/numbers.ts';
import { encodeRecords, maxMessageSize, maxPlaintext, readRecords, TlsRecord } from '../wire/records.ts';

/** Warning alerts that are passed over in one flight (unrecognized_name is the common one): a flood is refused. */
export const maxWarnings = 4;

const changeCipherSpec = Uint8Array.of(1);

/** The last message goes on in another protected record, which a stream of records may still bring. */
export class FlightIncomplete extends E2EKeyError {
  constructor(due: string) {
    super('MESSAGE_MALFORMED', `the flight ends inside ${due}`);
  }
}

export class FlightReader {
  readonly #records: TlsRecord[];
  readonly #strictVersion: boolean;
  #next = 0;
  /** Handshake bytes of records that were read and not yet asked for. */
  #buffered: Uint8Array = new Uint8Array();
  #protection: RecordProtection | undefined;
  #sequence = 0;
  #warnings = 0;
  readonly #transcript: Transcript;

  /** `transcript`: every handshake message before this flight, or empty for message 1. */
  constructor(message: Uint8Array, transcript: Uint8Array) {
    this.#records = readRecords(message);
    this.#transcript = new Transcript(transcript);
    this.#strictVersion = transcript.length > 0;
  }

  /** All handshake messages read so far, this flight's and those before, with headers, without records. */
  get transcript(): Uint8Array {
    return this.#transcript.bytes;
  }

  /** The next handshake message, which must be this one. */
  expect<T>({ type, body }: HandshakeMessage<T>): T {
    const [received] = this.#fill(1, messageName(type));
    if (received !== type)
      refuse('MESSAGE_UNEXPECTED', `${messageName(received ?? 0)} where ${messageName(type)} is due`);
    const [, high = 0, middle = 0, low = 0] = this.#fill(handshakeHeaderSize, messageName(type));
    const size = handshakeHeaderSize + high * 65536 + middle * 256 + low;
    if (size > maxMessageSize)
      refuse(
        'MESSAGE_MALFORMED',
        `${messageName(type)} of ${size} bytes by its length; ${maxMessageSize} are allowed`,
      );
    const message = this.#fill(size, messageName(type)).subarray(0, size);
    this.#buffered = this.#buffered.subarray(size);
    const value = decode(body, message.subarray(handshakeHeaderSize));
    this.#transcript.add(message);
    return value;
  }

  /** Whether this message is the next, for the few that may be there or not. */
  follows({ type }: HandshakeMessage<unknown>): boolean {
    return this.#fill(1, messageName(type))[0] === type;
  }

  /**
   * ChangeCipherSpec and then a message under the new keys. No handshake byte may be left before it: a message
   * that spans the key change would be half unprotected (RFC 5246 §7.1; early ChangeCipherSpec, CVE-2014-0224).
   */
  expectProtected<T>(message: HandshakeMessage<T>, protection: RecordProtection): T {
    if (this.#buffered.length > 0)
      refuse('MESSAGE_UNEXPECTED', 'handshake bytes are left over before ChangeCipherSpec');
    const record = this.#record('ChangeCipherSpec');
    if (record.type !== contentType.changeCipherSpec)
      refuse('MESSAGE_UNEXPECTED', `${messageName(message.type)} is not preceded by ChangeCipherSpec`);
    if (record.fragment.length !== 1 || record.fragment[0] !== 1)
      refuse('MESSAGE_MALFORMED', 'ChangeCipherSpec is not the one byte 1 (RFC 5246 §7.1)');
    this.#protection = protection;
    return this.expect(message);
  }

  /** Nothing may follow the last message of a flight. */
  end(): void {
    const left = this.#records.length - this.#next;
    if (this.#buffered.length > 0 || left > 0)
      refuse(
        'MESSAGE_UNEXPECTED',
        `${left} records and ${this.#buffered.length} handshake bytes are left over after the flight`,
      );
  }

  /** Takes handshake records until there are so many bytes, and passes over warnings. */
  #fill(size: number, due: string): Uint8Array {
    const pieces = [this.#buffered];
    for (let available = this.#buffered.length; available < size; ) {
      const { type, fragment } = this.#record(due);
      if (type !== contentType.handshake)
        refuse('MESSAGE_UNEXPECTED', `a record of type ${type} where ${due} is due`);
      // RFC 5246 §6.2.1: zero-length handshake fragments are not sent; they would cost without advancing.
      if (fragment.length === 0) refuse('MESSAGE_MALFORMED', `an empty handshake record where ${due} is due`);
      pieces.push(fragment);
      available += fragment.length;
    }
    // Once, not piece by piece: in records of one byte all before would be copied each time.
    if (pieces.length > 1) this.#buffered = Buffer.concat(pieces);
    return this.#buffered;
  }

  /** The next record that is no alert, in the clear. */
  #record(due: string): { type: number; fragment: Uint8Array } {
    for (let warned = false; ; warned = true) {
      const record = this.#records[this.#next++];
      if (record === undefined) {
        if (this.#protection && (warned || this.#buffered.length > 0)) throw new FlightIncomplete(due);
        if (this.#buffered.length === 0)
          return refuse('MESSAGE_UNEXPECTED', `the flight ends where ${due} is due`);
        return refuse('MESSAGE_MALFORMED', `the flight ends inside ${due}`);
      }
      const { type } = record;
      if (type === contentType.alert) {
        this.#alert(this.#open(record), due);
        continue;
      }
      // Facts of the field: ClientHello's record version is anything from 3.0 on (RFC 5246 E.1).
      if (this.#strictVersion && record.version !== tls12)
        refuse(
          'VERSION_UNSUPPORTED',
          `a record of version 0x${record.version.toString(16)}; E2EKey Messages are TLS 1.2`,
        );
      return { type, fragment: this.#open(record) };
    }
  }

  #open(record: TlsRecord): Uint8Array {
    if (this.#protection) return unprotect(this.#protection, this.#sequence++, record);
    if (record.fragment.length > maxPlaintext)
      refuse(
        'RECORD_OVERFLOW',
        `a record of ${record.fragment.length} bytes in the clear; ${maxPlaintext} are allowed`,
      );
    return record.fragment;
  }

  #alert(fragment: Uint8Array, due: string): void {
    const { level, description } = decode(Alert, fragment);
    if (this.#buffered.length > 0) refuse('MESSAGE_UNEXPECTED', `an alert inside ${due}`);
    if (level === alertLevel.warning && description !== closeNotify) {
      if (++this.#warnings > maxWarnings)
        refuse('MESSAGE_UNEXPECTED', `more than ${maxWarnings} warning alerts in one flight`);
      return;
    }
    const error = new E2EKeyError(
      'ALERT_RECEIVED',
      `the peer ended the handshake where ${due} was due: ${alertName(description)}`,
    );
    error.notice = { ...error.notice, alertReceived: description };
    throw error;
  }
}

/** Handshake messages being written: they go into the transcript at once and into records when framed. */
export class FlightWriter {
  readonly #transcript: Transcript;
  /** Where in the transcript this flight begins. */
  readonly start: number;

  /** `start` is given where the flight was begun before a pause. */
  constructor(transcript: Uint8Array, start = transcript.length) {
    this.#transcript = new Transcript(transcript);
    this.start = start;
  }

  get transcript(): Uint8Array {
    return this.#transcript.bytes;
  }

  add<T>(message: HandshakeMessage<T>, value: T): void {
    this.#transcript.add(encodeMessage(message, value));
  }

  /** The flight so far: one handshake message a record, as small stacks like it best. */
  clear(): Uint8Array {
    const records: Uint8Array[] = [];
    for (let rest = this.transcript.subarray(this.start); rest.length > 0; ) {
      const [, high = 0, middle = 0, low = 0] = rest;
      const size = handshakeHeaderSize + high * 65536 + middle * 256 + low;
      records.push(...encodeRecords(contentType.handshake, tls12, rest.subarray(0, size)));
      rest = rest.subarray(size);
    }
    return Buffer.concat(records);
  }

  /** ChangeCipherSpec and one message under new keys, both as records; the message enters the transcript. */
  protected<T>(
    message: HandshakeMessage<T>,
    value: T,
    protection: RecordProtection,
    random: Random,
  ): Uint8Array {
    const fragment = encodeMessage(message, value);
    this.#transcript.add(fragment);
    return Buffer.concat([
      encode(TlsRecord, { type: contentType.changeCipherSpec, version: tls12, fragment: changeCipherSpec }),
      encode(
        TlsRecord,
        protect(protection, 0, { type: contentType.handshake, version: tls12, fragment }, random),
      ),
    ]);
  }
}

/** Handshake messages with their headers, one after the other; joined when somebody looks. */
class Transcript {
  #parts: Uint8Array[];

  constructor(before: Uint8Array) {
    this.#parts = [before];
  }

  add(message: Uint8Array): void {
    this.#parts.push(message);
  }

  get bytes(): Uint8Array {
    const [first, ...rest] = this.#parts;
    if (first && rest.length === 0) return first;
    const joined = Buffer.concat(this.#parts);
    this.#parts = [joined];
    return joined;
  }
}
