// Where a flight ends among the records of a TLS stream, told from record and handshake headers alone. Whether the
// messages are the right ones is the handshake's business; that what came can be none of the flight is told at once,
// so that whoever sent it is not waited for.
import { maxWarnings } from '../handshake/flight.ts';
import { alertLevel, closeNotify } from '../wire/alerts.ts';
import { handshakeHeaderSize } from '../wire/messages.ts';
import { contentType, handshakeType } from '../wire/numbers.ts';
import { maxMessageSize, maxPlaintext, recordHeaderSize } from '../wire/records.ts';

/** The handshake message that ends each flight, and those that may stand before it. */
const flights = {
  1: { last: handshakeType.clientHello, before: [] },
  2: {
    last: handshakeType.serverHelloDone,
    before: [
      handshakeType.serverHello,
      handshakeType.certificate,
      handshakeType.certificateStatus,
      handshakeType.serverKeyExchange,
      handshakeType.certificateRequest,
    ],
  },
  3: {
    last: null,
    before: [handshakeType.certificate, handshakeType.clientKeyExchange, handshakeType.certificateVerify],
  },
  4: { last: null, before: [] },
} as const satisfies Record<number, { last: number | null; before: readonly number[] }>;

/** Of an E2EKey Message. */
export type Ordinal = keyof typeof flights;

/** Follows the records of one flight. */
export class FlightBorders {
  readonly #ordinal: Ordinal;
  /** The header of the message that is arriving, as far as it has come, and how much of its body is to come. */
  #header: number[] = [];
  #left = 0;
  /** Type of the last message that is whole. */
  #last: number | null = null;
  #protected = false;
  #warnings = 0;

  constructor(ordinal: Ordinal) {
    this.#ordinal = ordinal;
  }

  /** In the clear, and no message has begun. */
  get betweenMessages(): boolean {
    return this.#header.length === 0 && !this.#protected;
  }

  /** Whether the flight is whole with this record, or the record none of it: the handshake has to see what there is. */
  endWith(record: Uint8Array): boolean {
    const [type, major, minor] = record;
    // Behind ChangeCipherSpec only the handshake can see what a record holds.
    if (this.#protected || record.length === recordHeaderSize) return true;
    if (type === contentType.alert)
      return this.#header.length > 0 || !isWarning(record) || ++this.#warnings > maxWarnings;
    if (this.#ordinal !== 1 && (major !== 3 || minor !== 3)) return true;
    if (type === contentType.changeCipherSpec) {
      this.#protected = this.#changeIsDue;
      return !this.#protected;
    }
    return (
      type !== contentType.handshake ||
      record.length > recordHeaderSize + maxPlaintext ||
      this.#follow(record)
    );
  }

  /** Which of the messages before it are due depends on what was agreed on; that there is one does not. */
  get #changeIsDue(): boolean {
    if (this.#header.length > 0) return false;
    return (
      this.#ordinal === 4 ||
      this.#last === handshakeType.clientKeyExchange ||
      this.#last === handshakeType.certificateVerify
    );
  }

  /** Follows the handshake messages that a record in the clear goes on with. */
  #follow(record: Uint8Array): boolean {
    const { last, before }: { last: number | null; before: readonly number[] } = flights[this.#ordinal];
    for (let at = recordHeaderSize; at < record.length; ) {
      if (this.#header.length < handshakeHeaderSize) {
        this.#header.push(record[at++] ?? 0);
        if (this.#header.length < handshakeHeaderSize) continue;
        const [type = 0, high = 0, middle = 0, low = 0] = this.#header;
        this.#left = high * 65536 + middle * 256 + low;
        if ((type !== last && !before.includes(type)) || this.#left > maxMessageSize) return true;
      }
      const taken = Math.min(this.#left, record.length - at);
      at += taken;
      this.#left -= taken;
      if (this.#left > 0) return false;
      this.#last = this.#header[0] ?? null;
      if (this.#last === last) return true;
      this.#header = [];
    }
    return false;
  }
}

/** A warning other than close_notify: the handshake passes over it, and the flight goes on behind it. */
function isWarning(record: Uint8Array): boolean {
  const [level, description] = record.subarray(recordHeaderSize);
  return (
    record.length === recordHeaderSize + 2 && level === alertLevel.warning && description !== closeNotify
  );
}
