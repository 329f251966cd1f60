// A TCP stream cut into flights: which bytes of a TLS stack are message 1, 2, 3 or 4. Looks at record and
// handshake headers only; whether the messages are the right ones is the handshake's business.
import type { Socket } from 'node:net';
import { E2EKeyError, refuse } from '../errors.ts';
import { handshakeHeaderSize } from '../wire/messages.ts';
import { contentType, handshakeType } from '../wire/numbers.ts';
import { checkRecordHeader, maxMessageSize, recordHeaderSize } from '../wire/records.ts';

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
  async flight(ordinal: 1 | 2 | 3 | 4): Promise<Uint8Array | null> {
    const { last, before }: { last: number | null; before: readonly number[] } = flights[ordinal];
    const records: Uint8Array[] = [];
    let size = 0;
    /** The header of the message that is arriving, as far as it has come, and how much of its body is to come. */
    let header: number[] = [];
    let left = 0;
    let protectedNow = false;
    let helloRequests = 0;
    for (;;) {
      const record = await this.record();
      if (record === null) return records.length === 0 ? null : Buffer.concat(records);
      // Dropped between whole messages only, and before the handshake sees it: it is in no transcript.
      if (
        fromServer(ordinal) &&
        !protectedNow &&
        header.length === 0 &&
        isHelloRequest(record) &&
        ++helloRequests <= maxHelloRequests
      )
        continue;
      size += record.length;
      if (size > maxMessageSize) refuse('MESSAGE_TOO_LARGE', `a flight of more than ${maxMessageSize} bytes`);
      records.push(record);
      if (record[0] === contentType.changeCipherSpec && !protectedNow) {
        protectedNow = true;
        continue;
      }
      if (record[0] !== contentType.handshake || protectedNow) {
        // A warning alert in the clear is passed over by the handshake; the flight goes on behind it.
        if (
          record[0] === contentType.alert &&
          !protectedNow &&
          record[recordHeaderSize] === 1 &&
          record[recordHeaderSize + 1] !== 0
        )
          continue;
        return Buffer.concat(records);
      }
      for (let at = recordHeaderSize; at < record.length; ) {
        if (header.length < handshakeHeaderSize) {
          header.push(record[at++] ?? 0);
          if (header.length < handshakeHeaderSize) continue;
          const [type = 0, high = 0, middle = 0, low = 0] = header;
          left = high * 65536 + middle * 256 + low;
          if (type !== last && !before.includes(type)) return Buffer.concat(records);
          if (left > maxMessageSize) return Buffer.concat(records);
        }
        const taken = Math.min(left, record.length - at);
        at += taken;
        left -= taken;
        if (left > 0) break;
        if (header[0] === last) return Buffer.concat(records);
        header = [];
      }
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

function fromServer(ordinal: 1 | 2 | 3 | 4): boolean {
  return ordinal === 2 || ordinal === 4;
}

/** Exactly one HelloRequest, which is empty, in a record of its own. */
function isHelloRequest(record: Uint8Array): boolean {
  return (
    record[0] === contentType.handshake &&
    record.length === recordHeaderSize + handshakeHeaderSize &&
    record.subarray(recordHeaderSize).every(byte => byte === handshakeType.helloRequest)
  );
}
