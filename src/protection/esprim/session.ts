// One ESPrim session: a sessionESPrimKey, how long it serves, and what was seen under it (TS-0003 8.4.2 B.2h, C.6b).
import type { CryptoKey } from 'jose';
import { refuse } from '../../errors.ts';
import { deriveSessionESPrimKey } from '../../keys/session-esprim-key.ts';
import { type Encryption, encryptions, type Protection } from './algorithms.ts';
import type { PairwiseESPrimKey } from './keys.ts';
import type { Direction, ObjectHeader } from './object.ts';
import type { OriginatorRandObject, ReceiverRandObject } from './rand-object.ts';

/**
 * Objects that one side takes, or makes, under one session key. Far below the 2^32 that random initialisation vectors
 * allow (RFC 7518 §8.4), since the receiver remembers each; a new session costs one HMAC and no message.
 */
export const maxObjects = 65_536;

/** How long after the first time an originator may send a request again by itself, milliseconds. */
export const repeatedWithin = 60_000;

export interface SessionTerms {
  readonly key: PairwiseESPrimKey;
  readonly protection: Protection;
  /** The one `enc` of this session: under a second one, the key of the first would begin with its own. */
  readonly encryption: Encryption;
  readonly receiverRand: ReceiverRandObject;
  readonly originatorRand: OriginatorRandObject;
}

export class Session {
  readonly terms: SessionTerms;
  readonly cryptoKey: CryptoKey;
  readonly #seen = new Set<string>();
  #made = 0;

  /** @throws E2EKeyError ESPRIM_UNSUPPORTED_OPTION where the key has no use without encryption. */
  constructor(terms: SessionTerms) {
    this.terms = terms;
    this.cryptoKey = sessionKey(terms);
  }

  /** When the originator's random object ends, which is no later than the receiver's; milliseconds since 1970. */
  get expires(): number {
    return this.terms.originatorRand.expires;
  }

  /** The header of an object of this session. */
  header(
    direction: Direction,
    { oro = null, rro = null }: Partial<Pick<ObjectHeader, 'oro' | 'rro'>>,
  ): ObjectHeader {
    const { key, protection, encryption, originatorRand, receiverRand } = this.terms;
    return {
      protection,
      encryption: protection === 'encryption' ? encryption : null,
      kid: key.id,
      direction,
      ori: originatorRand.id,
      rri: receiverRand.id,
      oro,
      rro,
    };
  }

  /** Does a header name this session, its key and its algorithm? */
  isOf({ kid, ori, rri, protection, encryption }: ObjectHeader): boolean {
    const { terms } = this;
    return (
      kid === terms.key.id &&
      ori === terms.originatorRand.id &&
      rri === terms.receiverRand.id &&
      protection === terms.protection &&
      (encryption ?? terms.encryption) === terms.encryption
    );
  }

  /** Objects that are remembered. */
  get taken(): number {
    return this.#seen.size;
  }

  /**
   * Counts an object that is to be made, and gives its sequence number.
   *
   * @throws E2EKeyError KEY_EXHAUSTED when the session has made all that it may.
   */
  next(): number {
    return this.isUsedUp
      ? refuse('KEY_EXHAUSTED', `the session has protected ${maxObjects} primitives, all that it may`)
      : this.#made++;
  }

  get isUsedUp(): boolean {
    return this.#made >= maxObjects;
  }

  /**
   * Takes note of an object that was opened. In one step, so that of two copies that were opened at the same time only
   * one is taken.
   *
   * @param unique its initialisation vector or sequence number
   * @throws E2EKeyError ESPRIM_REPLAYED for one that was taken before; ESPRIM_UNKNOWN_ORIG_RAND_ID when the session has
   * taken all that it may, at which an originator begins a new one.
   */
  take(unique: string): void {
    if (this.#seen.has(unique)) refuse('ESPRIM_REPLAYED', 'the ESPrim Object was received before');
    if (this.#seen.size >= maxObjects)
      refuse(
        'ESPRIM_UNKNOWN_ORIG_RAND_ID',
        `the session has taken ${maxObjects} primitives, all that it may`,
      );
    this.#seen.add(unique);
  }
}

function sessionKey({ key, protection, encryption, receiverRand, originatorRand }: SessionTerms): CryptoKey {
  const [receiver, originator] = [receiverRand.bytes, originatorRand.bytes];
  if (protection === 'encryption')
    return deriveSessionESPrimKey(
      key.secret,
      'ESPrim',
      receiver,
      originator,
      encryptions[encryption].keySize,
    ).toCryptoKey('AES-GCM', false, ['encrypt', 'decrypt']);
  if (key.authentication === null)
    return refuse(
      'ESPRIM_UNSUPPORTED_OPTION',
      `key ${key.id} has one use, encryption; primitives are not authenticated with it alone`,
    );
  return deriveSessionESPrimKey(
    key.authentication,
    'message authentication',
    receiver,
    originator,
    32,
  ).toCryptoKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']);
}
