// A TLS 1.2 end-point, in either role, that says what a script tells it to say, at any time and with valid
// cryptography: what is left out of a script is honest, so that a refusal has one reason. Made from wire/ and crypto/
// without the handshake, whose judgements it is there to test. For tests alone: it believes everybody.
import { protect, type RecordProtection, unprotect } from '../../crypto/record-protection.ts';
import { usesEphemeralKey, usesPresharedKey } from '../../crypto/suites.ts';
import { E2EKeyError } from '../../errors.ts';
import { alertName } from '../../wire/alerts.ts';
import { handshakeHeaderSize, messageName } from '../../wire/messages.ts';
import { contentType, handshakeType } from '../../wire/numbers.ts';
import { recordHeaderSize } from '../../wire/records.ts';
import type { MessageName } from './contents.ts';
import { Knowledge, type MisbehavingPeerOptions } from './knowledge.ts';
import { type Edit, inRecords, type Piece, piecesOf, type Step } from './steps.ts';

/** The records of one direction: in the clear until its ChangeCipherSpec. */
interface Direction {
  readonly protection: RecordProtection | null;
  readonly sequence: number;
}

const clear: Direction = { protection: null, sequence: 0 };

/**
 * A TLS 1.2 end-point that can be told to misbehave.
 *
 * @example
 * ```ts
 * import { MisbehavingPeer, without } from 'e2ekey/testing';
 * import { readFileSync } from 'node:fs';
 * declare function exchange(message: Uint8Array): Uint8Array;
 * const credential = { chain: readFileSync('chain.pem', 'utf8'), key: readFileSync('chain.key', 'utf8') };
 * const peer = new MisbehavingPeer({ role: 'initiating', credential });
 * peer.receive(exchange(peer.send()));
 * peer.receive(exchange(peer.send(without('CertificateVerify'))));
 * console.log(peer.alert); // { level: 'fatal', name: 'unexpected_message' }
 * ```
 */
export class MisbehavingPeer {
  #knowledge: Knowledge;
  #write: Direction = clear;
  #read: Direction = clear;
  #flights = 0;
  /** Bytes that came and are not yet a whole record; handshake bytes that are not yet a whole message. */
  #bytes: Uint8Array = new Uint8Array();
  #handshake: Uint8Array = new Uint8Array();
  #received: readonly string[] = [];
  #alert: PeerAlert | null = null;
  #finished: 'right' | 'wrong' | null = null;

  /**
   * `knowledge` is what a copy begins with.
   *
   * @throws RangeError for options that do not fit each other.
   */
  constructor(options: MisbehavingPeerOptions, knowledge: Knowledge = new Knowledge(options)) {
    this.#knowledge = knowledge;
  }

  /** Another one that knows the same and goes its own way from here: for trying several things at one point. */
  copy(): MisbehavingPeer {
    const copy = new MisbehavingPeer(this.#knowledge.options, this.#knowledge.copy());
    copy.#write = this.#write;
    copy.#read = this.#read;
    copy.#flights = this.#flights;
    copy.#bytes = this.#bytes;
    copy.#handshake = this.#handshake;
    copy.#received = this.#received;
    copy.#alert = this.#alert;
    copy.#finished = this.#finished;
    return copy;
  }

  /** What an honest end-point would send as its next flight (RFC 5246 §7.3), step by step. */
  get honest(): readonly Step[] {
    const { options, asked, suite } = this.#knowledge;
    const finish = ['ChangeCipherSpec', 'Finished'] as const;
    if (options.role === 'terminating') {
      if (this.#flights > 0) return finish;
      const keyExchange: MessageName[] = usesEphemeralKey(suite) ? ['ServerKeyExchange'] : [];
      return usesPresharedKey(suite)
        ? ['ServerHello', ...keyExchange, 'ServerHelloDone']
        : ['ServerHello', 'Certificate', ...keyExchange, 'CertificateRequest', 'ServerHelloDone'];
    }
    if (this.#flights === 0) return ['ClientHello'];
    const certificate: MessageName[] = asked ? ['Certificate'] : [];
    const verify: MessageName[] = asked && options.credential ? ['CertificateVerify'] : [];
    return [...certificate, 'ClientKeyExchange', ...verify, ...finish];
  }

  /** The next flight as the bytes of its records: the honest one, as it is edited. */
  send(edit: Edit = honest => honest): Uint8Array {
    const steps = edit(this.honest);
    this.#flights += 1;
    return this.say(...steps);
  }

  /** Any steps as the bytes of their records, between flights or instead of one. */
  say(...steps: readonly Step[]): Uint8Array {
    return Buffer.concat(
      steps.flatMap(step =>
        piecesOf(step, this.#knowledge)
          .flatMap(inRecords)
          .map(piece => this.#put(piece)),
      ),
    );
  }

  /** What the other side sent, in pieces of any size; whatever it is, it is not judged. */
  receive(bytes: Uint8Array): void {
    this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes]);
    for (;;) {
      const [type = 0, major = 0, minor = 0, high = 0, low = 0] = this.#bytes;
      const size = recordHeaderSize + high * 256 + low;
      if (this.#bytes.length < recordHeaderSize || this.#bytes.length < size) return;
      const fragment = this.#bytes.subarray(recordHeaderSize, size);
      this.#bytes = this.#bytes.subarray(size);
      this.#take(type, major * 256 + minor, fragment);
    }
  }

  /** Names of what came, in order: handshake messages, `ChangeCipherSpec`, `alert`, `application data`. */
  get received(): readonly string[] {
    return this.#received;
  }

  /** The first fatal alert that came, or a warning if there was no other; null for none. */
  get alert(): PeerAlert | null {
    return this.#alert;
  }

  /** Whether the other side's Finished came, and whether it was right for what was said. */
  get finished(): 'right' | 'wrong' | null {
    return this.#finished;
  }

  /** What an honest end-point would export now (RFC 5705, without context). */
  export(label: string, size: number): Uint8Array {
    return this.#knowledge.export(label, size);
  }

  #put({ type, version, fragment, changesKeys, inTheClear, alter = same }: Piece): Uint8Array {
    let content = fragment;
    const { protection, sequence } = this.#write;
    if (protection !== null && !inTheClear) {
      content = protect(protection, sequence, { type, version, fragment }, this.#knowledge.random).fragment;
      this.#write = { protection, sequence: sequence + 1 };
    }
    if (changesKeys) this.#write = { protection: this.#knowledge.protectionOf('us'), sequence: 0 };
    const header = Buffer.of(type, version >> 8, version, content.length >> 8, content.length);
    return alter(Buffer.concat([header, content]));
  }

  #take(type: number, version: number, sealed: Uint8Array): void {
    const fragment = this.#open(type, version, sealed);
    if (fragment === null) this.#note('a record that does not open');
    else if (type === contentType.handshake) this.#takeHandshake(fragment);
    else if (type === contentType.changeCipherSpec) {
      this.#note('ChangeCipherSpec');
      this.#read = { protection: this.#knowledge.protectionOf('them'), sequence: 0 };
    } else if (type === contentType.alert) {
      const [level = 0, description = 0] = fragment;
      this.#note('alert');
      if (this.#alert?.level !== 'fatal')
        this.#alert = { level: level === 2 ? 'fatal' : 'warning', name: alertName(description) };
    } else this.#note(type === contentType.applicationData ? 'application data' : `a record of type ${type}`);
  }

  #open(type: number, version: number, fragment: Uint8Array): Uint8Array | null {
    const { protection, sequence } = this.#read;
    if (protection === null) return fragment;
    this.#read = { protection, sequence: sequence + 1 };
    try {
      return unprotect(protection, sequence, { type, version, fragment });
    } catch (error) {
      if (error instanceof E2EKeyError) return null;
      throw error;
    }
  }

  #takeHandshake(fragment: Uint8Array): void {
    this.#handshake = Buffer.concat([this.#handshake, fragment]);
    for (;;) {
      const [type = 0, high = 0, middle = 0, low = 0] = this.#handshake;
      const size = handshakeHeaderSize + high * 65536 + middle * 256 + low;
      if (this.#handshake.length < handshakeHeaderSize || this.#handshake.length < size) return;
      const message = this.#handshake.subarray(0, size);
      this.#handshake = this.#handshake.subarray(size);
      this.#note(messageName(type));
      if (type === handshakeType.finished) {
        const due = this.#knowledge.verifyData('them');
        this.#finished = Buffer.from(due).equals(message.subarray(handshakeHeaderSize)) ? 'right' : 'wrong';
      }
      // RFC 5246 §7.4.1.1: HelloRequest is in no transcript.
      if (type !== handshakeType.helloRequest) this.#knowledge.say(message, 'them');
    }
  }

  #note(what: string): void {
    this.#received = [...this.#received, what];
  }
}

/** An alert of the other side (RFC 5246 §7.2). */
export interface PeerAlert {
  readonly level: 'warning' | 'fatal';
  readonly name: string;
}

function same(bytes: Uint8Array): Uint8Array {
  return bytes;
}
