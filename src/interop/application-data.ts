// Application data under the keys of a finished handshake: enough for a stock TLS stack to ask for the report
// of its handshake and to close in good order, or to be told what is wrong. Record 0 of ours was Finished.
import type { Socket } from 'node:net';
import type { Random } from '../crypto/random.ts';
import { protect, type RecordProtection, unprotect } from '../crypto/record-protection.ts';
import { E2EKeyError, refuse } from '../errors.ts';
import { maxWarnings } from '../handshake/flight.ts';
import type { Connection, Session } from '../handshake/session.ts';
import { Alert, alertLevel, closeNotify, noRenegotiation } from '../wire/alerts.ts';
import { decode, encode } from '../wire/codec.ts';
import { contentType, handshakeType, tls12 } from '../wire/numbers.ts';
import { maxPlaintext, TlsRecord } from '../wire/records.ts';
import type { FlightStream } from './flight-stream.ts';

export class ApplicationData {
  readonly #socket: Socket;
  readonly #stream: FlightStream;
  readonly #write: RecordProtection;
  readonly #read: RecordProtection;
  readonly #random: Random;
  /** The handshake message by which this peer would begin a new handshake. */
  readonly #beginning: number;
  #written = 1;
  /** Sequence number of the record that comes next. */
  #received: number;
  #renegotiationRefused = false;

  /** `received`: protected records of the peer so far, which its Finished came in. */
  constructor(
    socket: Socket,
    stream: FlightStream,
    finished: Session | Connection,
    received: number,
    random: Random,
  ) {
    const { write, read } = finished.recordProtection();
    this.#socket = socket;
    this.#stream = stream;
    this.#received = received;
    this.#write = write;
    this.#read = read;
    this.#random = random;
    this.#beginning = finished.role === 'initiating' ? handshakeType.helloRequest : handshakeType.clientHello;
  }

  /**
   * The next application data; null when the peer has closed.
   *
   * @throws E2EKeyError for whatever else comes, once the peer has been told by a fatal alert and our side is
   * closed; CARRIER_FAILED when the connection breaks.
   */
  async read(): Promise<Uint8Array | null> {
    try {
      return await this.#nextData();
    } catch (error) {
      if (error instanceof E2EKeyError && error.alert !== null) this.#end(alertLevel.fatal, error.alert);
      throw error;
    }
  }

  async #nextData(): Promise<Uint8Array | null> {
    for (let warnings = 0; ; ) {
      const bytes = await this.#stream.record();
      if (bytes === null) return null;
      const record = decode(TlsRecord, bytes);
      // Before it is opened: in the clear, as the only records of this type were, it would not open.
      if (record.type === contentType.changeCipherSpec)
        return refuse('MESSAGE_UNEXPECTED', 'ChangeCipherSpec after the handshake');
      const fragment = unprotect(this.#read, this.#received++, record);
      if (record.type === contentType.applicationData) return fragment;
      if (record.type === contentType.handshake) {
        this.#refuseRenegotiation(fragment);
        continue;
      }
      const { level, description } = decode(Alert, fragment);
      if (level === alertLevel.fatal || description === closeNotify) return null;
      if (++warnings > maxWarnings)
        refuse('MESSAGE_UNEXPECTED', `more than ${maxWarnings} warning alerts without application data`);
    }
  }

  write(bytes: Uint8Array): void {
    for (let start = 0; start < bytes.length; start += maxPlaintext)
      this.#send(contentType.applicationData, bytes.subarray(start, start + maxPlaintext));
  }

  /** close_notify and the end of our side (RFC 5246 §7.2.1). */
  close(): void {
    this.#end(alertLevel.warning, closeNotify);
  }

  /** RFC 5246 §7.2.2: a new handshake is declined once, by a warning; whoever insists is not worth an answer more. */
  #refuseRenegotiation(fragment: Uint8Array): void {
    if (fragment[0] !== this.#beginning)
      refuse('MESSAGE_UNEXPECTED', 'a handshake message after the handshake that begins no new one');
    if (this.#renegotiationRefused)
      refuse('MESSAGE_UNEXPECTED', 'a second renegotiation after one was declined');
    this.#renegotiationRefused = true;
    this.#alert(alertLevel.warning, noRenegotiation);
  }

  /** The last that the peer hears of us: our side has ended then, and nothing follows a fatal alert. */
  #end(level: Alert['level'], description: number): void {
    this.#alert(level, description);
    this.#socket.end();
  }

  #alert(level: Alert['level'], description: number): void {
    if (this.#socket.writable) this.#send(contentType.alert, encode(Alert, { level, description }));
  }

  #send(type: number, fragment: Uint8Array): void {
    const record = protect(this.#write, this.#written++, { type, version: tls12, fragment }, this.#random);
    this.#socket.write(encode(TlsRecord, record));
  }
}
