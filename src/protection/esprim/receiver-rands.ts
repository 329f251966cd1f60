// The receiverESPrimRandObjects that we issue (TS-0003 8.4.2 B.1, B.2e), known again without being remembered: anybody
// may ask for one, and a table of what was issued could be filled by anybody.
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import type { Random } from '../../crypto/random.ts';
import { equalInConstantTime } from '../../crypto/secrets.ts';
import { readTimestamp, writeTimestamp } from '../../onem2m/timestamp.ts';
import { type Encryption, encryptions, hmacSha256 } from './algorithms.ts';
import { type ReceiverRandObject, readReceiverRand } from './rand-object.ts';

export interface ReceiverRandOptions {
  readonly encryptions: readonly Encryption[];
  /** How long an object serves, milliseconds. */
  readonly lifetimes: { readonly unique: number; readonly shared: number };
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly random: Random;
}

/** Bytes of the random part, and of the tag, of an identifier. */
const partSize = 16;

export class ReceiverRands {
  readonly #secret: KeyObject;
  readonly #options: ReceiverRandOptions;
  #shared: ReceiverRandObject | null = null;

  /** The secret is this object's own: what another process, or the one before, has issued is unknown here. */
  constructor(options: ReceiverRandOptions) {
    this.#secret = createSecretKey(options.random(32));
    this.#options = options;
  }

  /** One for a single originator, on request. */
  unique(): ReceiverRandObject {
    return this.#issue('u', this.#options.lifetimes.unique);
  }

  /** The one that all originators share, for `e2eSecInfo`; another one when half of its time is over. */
  shared(): ReceiverRandObject {
    const { clock, lifetimes } = this.#options;
    if (this.#shared === null || this.#shared.expires - clock() < lifetimes.shared / 2)
      this.#shared = this.#issue('s', lifetimes.shared);
    return this.#shared;
  }

  /** The object with this esprimRandID; null if we have not issued it or its time is over. */
  find(id: string): ReceiverRandObject | null {
    const [, kind, expiry = '', random, tag = ''] =
      /^([us])\.(\d{8}T\d{6})\.([0-9a-f]{32})\.([0-9a-f]{32})$/.exec(id) ?? [];
    const issued = `${kind}.${expiry}.${random}`;
    if (kind === undefined || !equalInConstantTime(Buffer.from(tag, 'hex'), this.#mac('identifier', issued)))
      return null;
    const rand = this.#object(id, expiry);
    return rand.expires > this.#options.clock() ? rand : null;
  }

  #issue(kind: 'u' | 's', lifetime: number): ReceiverRandObject {
    const { clock, random } = this.#options;
    const expiry = writeTimestamp(new Date(clock() + lifetime));
    const issued = `${kind}.${expiry}.${Buffer.from(random(partSize)).toString('hex')}`;
    return this.#object(`${issued}.${this.#mac('identifier', issued).toString('hex')}`, expiry);
  }

  #object(id: string, esrx: string): ReceiverRandObject {
    const json = {
      esri: id,
      // xs:NCName begins with no digit.
      esrv: `x${this.#mac('value', id).toString('hex')}`,
      esrx,
      esks: [hmacSha256],
      espa: this.#options.encryptions.map(name => encryptions[name].id),
    };
    return readReceiverRand(json, readTimestamp(esrx)?.getTime() ?? 0);
  }

  #mac(what: 'identifier' | 'value', text: string): Buffer {
    return createHmac('sha256', this.#secret).update(`${what} ${text}`).digest().subarray(0, partSize);
  }
}
