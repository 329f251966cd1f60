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
import { Backlog } from './backlog.ts';
import type { MessageName } from './contents.ts';
import { Knowledge, type MisbehavingPeerOptions } from './knowledge.ts';
import { type Edit, inRecords, type Piece, piecesOf, type Step } from './steps.ts';

/** The records of one direction: in the clear until its ChangeCipherSpec. */
interface Direction {
  readonly protection: RecordProtection | null;
  readonly sequence: number;
}

const clear: Direction = { protection: null, sequence: 0 };

/** By its header; an honest handshake has no message of that size, and what declares 16 MiB would be waited for. */
const maxMessage = 65_536;
/** Of what comes; an honest handshake has some ten, and a flood of them is told by its beginning. */
const maxReceived = 4096;

/** What a copy begins with, which nobody else can give. */
const known = Symbol('known');
type Heritage = MisbehavingPeerOptions & { readonly [known]?: Knowledge };

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
  /** Not yet a whole record. */
  #bytes = new Backlog();
  /** Of handshake records, not yet a whole message; null when they are followed no more. */
  #handshake: Backlog | null = new Backlog();
  #received: string[] = [];
  #alert: PeerAlert | null = null;
  #finished: 'right' | 'wrong' | null = null;

  /** @throws RangeError for an option that is not known, or that does not fit the others. */
  constructor(options: MisbehavingPeerOptions) {
    this.#knowledge = (options as Heritage)[known] ?? new Knowledge(options);
  }

  /** Another one that knows the same and goes its own way from here: for trying several things at one point. */
  copy(): MisbehavingPeer {
    const heritage: Heritage = { ...this.#knowledge.options, [known]: this.#knowledge.copy() };
    const copy = new MisbehavingPeer(heritage);
    copy.#write = this.#write;
    copy.#read = this.#read;
    copy.#flights = this.#flights;
    copy.#bytes = this.#bytes.copy();
    copy.#handshake = this.#handshake?.copy() ?? null;
    copy.#received = [...this.#received];
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

  /**
   * The next flight as the bytes of its records: the honest one, as it is edited.
   *
   * @throws RangeError as `say` does, or of the edit: for a step that this flight has not.
   */
  send(edit: Edit = honest => honest): Uint8Array {
    const steps = edit(this.honest);
    this.#flights += 1;
    return this.say(...steps);
  }

  /**
   * Any steps as the bytes of their records, between flights or instead of one.
   *
   * @throws RangeError for the name of no step; for a record of more than 65,535 bytes, which is what its length has room
   * for; and for one of more than 2^14 bytes under keys (RFC 5246 §6.2.1).
   */
  say(...steps: readonly Step[]): Uint8Array {
    return Buffer.concat(
      steps.flatMap(step =>
        piecesOf(step, this.#knowledge)
          .flatMap(inRecords)
          .map(piece => this.#put(piece)),
      ),
    );
  }

  /**
   * What the other side sent, in pieces of any size; whatever it is, it is not judged. Behind a handshake message of more
   * than 64 KiB no other is read.
   *
   * @throws TypeError for what are no bytes.
   */
  receive(bytes: Uint8Array): void {
    if (!(bytes instanceof Uint8Array)) throw new TypeError('receive takes bytes, in a Uint8Array');
    this.#bytes.add(bytes);
    for (;;) {
      const { waiting } = this.#bytes;
      const [type = 0, major = 0, minor = 0, high = 0, low = 0] = waiting;
      const size = recordHeaderSize + high * 256 + low;
      if (waiting.length < recordHeaderSize || waiting.length < size) return;
      this.#take(type, major * 256 + minor, this.#bytes.take(size).subarray(recordHeaderSize));
    }
  }

  /**
   * Names of what came, in order and as it goes on: handshake messages, `ChangeCipherSpec`, `alert`, `application data`.
   * The first 4096; behind them only alerts are read.
   */
  get received(): readonly string[] {
    return this.#received;
  }

  /** The first fatal alert that came, or the last warning if there was none; null for no alert. */
  get alert(): PeerAlert | null {
    return this.#alert;
  }

  /** Whether the other side's Finished came, and whether the first one was right for what was said. */
  get finished(): 'right' | 'wrong' | null {
    return this.#finished;
  }

  /**
   * What an honest end-point would export now, in so many bytes (RFC 5705, without context).
   *
   * @throws RangeError for a label that the handshake uses itself (`client finished`, `server finished`, `master secret`,
   * `extended master secret`, `key expansion`).
   */
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
    if (content.length > 0xffff)
      throw new RangeError(`a record of ${content.length} bytes: its length has room for 65535`);
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
    const backlog = this.#handshake;
    backlog?.add(fragment);
    while (backlog !== null) {
      const { waiting } = backlog;
      const [type = 0, high = 0, middle = 0, low = 0] = waiting;
      const size = handshakeHeaderSize + high * 65536 + middle * 256 + low;
      if (waiting.length < handshakeHeaderSize) return;
      if (size > maxMessage || this.#received.length === maxReceived) {
        this.#note('a handshake message of more than 64 KiB');
        this.#handshake = null;
        return;
      }
      if (waiting.length < size) return;
      const message = backlog.take(size);
      this.#note(messageName(type));
      if (type === handshakeType.finished && this.#finished === null) {
        const due = this.#knowledge.verifyData('them');
        this.#finished = Buffer.from(due).equals(message.subarray(handshakeHeaderSize)) ? 'right' : 'wrong';
      }
      // RFC 5246 §7.4.1.1: HelloRequest is in no transcript.
      if (type !== handshakeType.helloRequest) this.#knowledge.say(message, 'them');
    }
  }

  #note(what: string): void {
    if (this.#received.length < maxReceived) this.#received.push(what);
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
