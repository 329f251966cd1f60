// A TCP stream cut into flights: which bytes of a TLS stack are message 1, 2, 3 or 4. Reads records and gathers them;
// where a flight ends among them is flight-borders.ts.
import type { Socket } from 'node:net';
import { E2EKeyError, refuse } from '../errors.ts';
import { encodeMessage, message } from '../wire/messages.ts';
import { contentType, tls12 } from '../wire/numbers.ts';
import {
  checkRecordHeader,
  encodeRecords,
  maxMessageSize,
  maxRecords,
  recordHeaderSize,
} from '../wire/records.ts';
import { FlightBorders, type Ordinal } from './flight-borders.ts';

/** A TLS server may ask for a handshake that is already on its way (RFC 5246 §7.4.1.1); a flood of it is refused. */
const maxHelloRequests = 4;

export class FlightStream {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #buffered: Uint8Array = new Uint8Array();

  #began = false;

  constructor(socket: Socket) {
    this.#chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  }

  /** Whether the peer has sent anything yet. */
  get began(): boolean {
    return this.#began;
  }

  /**
   * The records of one E2EKey Message. A record or message that cannot belong to it ends it early, so that the
   * handshake can say what is wrong instead of waiting for more.
   *
   * @returns null when the stream ends before the first byte of the flight.
   * @throws E2EKeyError MESSAGE_TOO_LARGE above 64 KiB, CARRIER_FAILED when the stream ends inside a record.
   */
  async flight(ordinal: Ordinal): Promise<Uint8Array | null> {
    const borders = new FlightBorders(ordinal);
    const records: Uint8Array[] = [];
    let size = 0;
    let helloRequests = 0;
    for (;;) {
      const record = await this.record();
      if (record === null) return records.length === 0 ? null : Buffer.concat(records);
      // Dropped between whole messages only, and before the handshake sees it: it is in no transcript.
      if (
        fromServer(ordinal) &&
        borders.betweenMessages &&
        helloRequest.equals(record) &&
        ++helloRequests <= maxHelloRequests
      )
        continue;
      size += record.length;
      if (size > maxMessageSize) refuse('MESSAGE_TOO_LARGE', `a flight of more than ${maxMessageSize} bytes`);
      records.push(record);
      if (borders.endWith(record) || records.length > maxRecords) return Buffer.concat(records);
    }
  }

  /** The next record with its header; null at the end of the stream. */
  async record(): Promise<Uint8Array | null> {
    if (!(await this.#fill(recordHeaderSize))) return null;
    const [type = 0, major = 0, minor = 0, high = 0, low = 0] = this.#buffered;
    checkRecordHeader(type, major * 256 + minor, high * 256 + low);
    const size = recordHeaderSize + high * 256 + low;
    await this.#fill(size);
    const record = this.#buffered.subarray(0, size);
    this.#buffered = this.#buffered.subarray(size);
    return record;
  }

  /** Waits for so many bytes; false when the stream ends before the first of them. */
  async #fill(size: number): Promise<boolean> {
    const pieces = [this.#buffered];
    let available = this.#buffered.length;
    while (available < size) {
      const { value, done } = await this.#chunks.next().catch(cause => {
        throw new E2EKeyError('CARRIER_FAILED', 'the connection broke', { cause });
      });
      if (done) {
        if (available === 0) return false;
        return refuse('CARRIER_FAILED', 'the connection ended inside a TLS record');
      }
      this.#began = true;
      pieces.push(value);
      available += value.length;
    }
    // Once, not piece by piece: a peer that sends single bytes would have all before them copied each time.
    if (pieces.length > 1) this.#buffered = Buffer.concat(pieces);
    return true;
  }
}

function fromServer(ordinal: Ordinal): boolean {
  return ordinal === 2 || ordinal === 4;
}

/** Exactly one HelloRequest, which is empty, in a record of its own; of its version nobody else would see anything. */
const helloRequest = Buffer.concat(
  encodeRecords(contentType.handshake, tls12, encodeMessage(message.helloRequest, {})),
);
