// Application data under the keys of a finished handshake: enough for a stock TLS stack to ask for the report
// of its handshake and to close in good order. Record 0 of each direction was Finished.
import type { Socket } from 'node:net';
import type { Random } from '../crypto/random.ts';
import { protect, type RecordProtection, unprotect } from '../crypto/record-protection.ts';
import { refuse } from '../errors.ts';
import type { Session } from '../handshake/session.ts';
import { Alert, alertLevel, closeNotify } from '../wire/alerts.ts';
import { decode, encode } from '../wire/codec.ts';
import { contentType, tls12 } from '../wire/numbers.ts';
import { maxPlaintext, TlsRecord } from '../wire/records.ts';
import type { FlightStream } from './flight-stream.ts';

export class ApplicationData {
  readonly #socket: Socket;
  readonly #stream: FlightStream;
  readonly #write: RecordProtection;
  readonly #read: RecordProtection;
  readonly #random: Random;
  #written = 1;
  #received = 1;

  constructor(socket: Socket, stream: FlightStream, session: Session, random: Random) {
    const { write, read } = session.recordProtection();
    this.#socket = socket;
    this.#stream = stream;
    this.#write = write;
    this.#read = read;
    this.#random = random;
  }

  /** The next application data; null when the peer has closed. */
  async read(): Promise<Uint8Array | null> {
    for (;;) {
      const bytes = await this.#stream.record();
      if (bytes === null) return null;
      const record = decode(TlsRecord, bytes);
      const fragment = unprotect(this.#read, this.#received++, record);
      if (record.type === contentType.applicationData) return fragment;
      if (record.type !== contentType.alert)
        return refuse('MESSAGE_UNEXPECTED', `a record of type ${record.type} after the handshake`);
      const { level, description } = decode(Alert, fragment);
      if (level === alertLevel.fatal || description === closeNotify) return null;
    }
  }

  write(bytes: Uint8Array): void {
    for (let start = 0; start < bytes.length; start += maxPlaintext)
      this.#send(contentType.applicationData, bytes.subarray(start, start + maxPlaintext));
  }

  /** close_notify and the end of our side (RFC 5246 §7.2.1). */
  close(): void {
    if (this.#socket.writable)
      this.#send(contentType.alert, encode(Alert, { level: alertLevel.warning, description: closeNotify }));
    this.#socket.end();
  }

  #send(type: number, fragment: Uint8Array): void {
    const record = protect(this.#write, this.#written++, { type, version: tls12, fragment }, this.#random);
    this.#socket.write(encode(TlsRecord, record));
  }
}
