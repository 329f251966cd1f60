// The receiving side of ESPrim (TS-0003 8.4.2 C.5 to C.9, TS-0004 7.6.2 steps I to M): opens a request, hands it on,
// protects the response. In the order of the standard's steps; nothing of an object is acted on before all of it held.
import { type Random, systemRandom } from '../../crypto/random.ts';
import { E2EKeyError, refuse } from '../../errors.ts';
import { namesEntity, toAbsolute } from '../../identifiers/entity.ts';
import { faultResponse } from '../../onem2m/fault-response.ts';
import { type RequestPrimitive, type ResponsePrimitive, refusal, respond } from '../../onem2m/primitive.ts';
import { validityOf } from '../../onem2m/request-validity.ts';
import { responseStatuses } from '../../onem2m/response-status-code.ts';
import { securityInfoType } from '../../onem2m/security-info.ts';
import { longResponse, shortResponse } from '../../onem2m/short-names.ts';
import {
  type Encryption,
  encryptions,
  isEncryption,
  isProtection,
  type Protection,
  protections,
} from './algorithms.ts';
import { readInnerRequest, withPointsInTime, writeInner } from './inner.ts';
import type { EsPrimKeys, PairwiseESPrimKey } from './keys.ts';
import { makeObject, type ObjectHeader, openObject, type ReadObject, readObject } from './object.ts';
import type { OriginatorRandObject, ReceiverRandJson } from './rand-object.ts';
import { ReceiverRands } from './receiver-rands.ts';
import {
  maxObjectLength,
  receiverRandRequest,
  unwrapObject,
  unwrapRandRequest,
  wrapObject,
  wrapRand,
} from './security-info.ts';
import { repeatedWithin, Session } from './session.ts';
import { proposedTerms } from './session-terms.ts';
import { Sessions } from './sessions.ts';

/** Who sent an inner primitive, as its key proves. */
export interface EsPrimOriginator {
  /** Absolute form; the inner From is the same. */
  readonly entity: string;
  /** pairwiseESPrimKeyID. */
  readonly keyId: string;
  readonly protection: Protection;
}

export interface EsPrimHandlerOptions {
  /** Our own identity, absolute form. */
  readonly id: string;
  readonly keys: EsPrimKeys;
  /**
   * What is done with an inner request; its response goes back protected. What it rejects with is told to `onFault`,
   * and to the originator as INTERNAL_SERVER_ERROR.
   */
  readonly dispatch: (request: RequestPrimitive, originator: EsPrimOriginator) => Promise<ResponsePrimitive>;
  /** Encryptions that are taken, best first; all three unless given. */
  readonly encryptions?: readonly Encryption[];
  /** What is taken; `['encryption']` unless given. With `authentication`, primitives may travel readable. */
  readonly protections?: readonly Protection[];
  /** Milliseconds that a random object of ours serves: one for a single originator, the shared one; an hour each unless given. */
  readonly lifetimes?: { readonly unique?: number; readonly shared?: number };
  readonly clock?: () => number;
  readonly random?: Random;
}

const hour = 3_600_000;
/** esrx is in whole seconds. */
const minLifetime = 1000;
/** What was taken is remembered as long, and no secret of a receiver is worth more. */
const maxLifetime = 365 * 24 * hour;

/** Answers m2m:securityInfo 3 and 5; `requestHandler` of `e2ekey/onem2m` hands it what comes for its end-point. */
export class EsPrimHandler {
  readonly #options: Required<Omit<EsPrimHandlerOptions, 'lifetimes' | 'random'>>;
  readonly #lifetimes: { readonly unique: number; readonly shared: number };
  readonly #rands: ReceiverRands;
  readonly #sessions: Sessions;
  #latest = 0;

  /** @throws E2EKeyError OPTION_INVALID naming the option that is wrong. */
  constructor(options: EsPrimHandlerOptions) {
    if (typeof options.dispatch !== 'function' || typeof options.keys?.find !== 'function')
      refuse('OPTION_INVALID', 'keys or dispatch is missing: EsPrimKeys, and a function');
    this.#options = {
      ...options,
      id: toAbsolute(options.id, options.id),
      encryptions: options.encryptions ?? (Object.keys(encryptions) as Encryption[]),
      protections: options.protections ?? ['encryption'],
      clock: options.clock ?? Date.now,
    };
    if (this.#options.encryptions.length === 0 || !this.#options.encryptions.every(isEncryption))
      refuse(
        'OPTION_INVALID',
        `encryptions names none, or others than ${Object.keys(encryptions).join(', ')}`,
      );
    if (this.#options.protections.length === 0 || !this.#options.protections.every(isProtection))
      refuse('OPTION_INVALID', `protections names none, or others than ${protections.join(', ')}`);
    const { unique = hour, shared = hour } = options.lifetimes ?? {};
    for (const [name, lifetime] of Object.entries({ unique, shared }))
      if (!(lifetime >= minLifetime && lifetime <= maxLifetime))
        refuse('OPTION_INVALID', `lifetimes.${name} is no time of a second to a year, in milliseconds`);
    this.#lifetimes = { unique, shared };
    this.#rands = new ReceiverRands({
      encryptions: this.#options.encryptions,
      lifetimes: this.#lifetimes,
      clock: () => this.#clock(),
      random: options.random ?? systemRandom,
    });
    this.#sessions = new Sessions(() => this.#clock());
  }

  /** sharedReceiverESPrimRandObject for our `e2eSecInfo` (TS-0003 8.4.2 B.1), to be published anew before it expires. */
  get sharedReceiverESPrimRandObject(): ReceiverRandJson {
    return this.#rands.shared().json;
  }

  /**
   * Answers an outer NOTIFY whose securityInfoType is 3 or 5. Never rejects: whatever is wrong is a response.
   *
   * @param onFault told what the peer is not: failures of our own
   */
  async answer(request: RequestPrimitive, onFault?: (error: unknown) => void): Promise<ResponsePrimitive> {
    try {
      if (securityInfoType(request.content) === receiverRandRequest) {
        unwrapRandRequest(request.content);
        return respond(request, responseStatuses.OK.rsc, wrapRand(this.#rands.unique().json));
      }
      const object = readObject(unwrapObject(request.content), this.#options.clock());
      return await this.#answerObject(request, object, onFault);
    } catch (error) {
      if (!(error instanceof E2EKeyError) || error.blame === 'own' || error.blame === 'caller')
        onFault?.(error);
      return faultResponse(request, error);
    }
  }

  async #answerObject(
    outer: RequestPrimitive,
    object: ReadObject,
    onFault?: (error: unknown) => void,
  ): Promise<ResponsePrimitive> {
    const { header } = object;
    const key = await this.#keyOf(header);
    const found = this.#sessions.find(key, header) ?? this.#newSession(header, key);
    this.#refuseOtherTerms(header, found);
    const plaintext = await openObject(object, found.cryptoKey);
    // From here on the peer is who shares the key; nothing of what it says was acted on before. Another object may have
    // begun the same session meanwhile.
    const session = this.#sessions.take(header, found, object.unique);
    this.#refuseOtherTerms(header, session);
    const inner = readInnerRequest(plaintext);
    if (inner.from === undefined || !namesEntity(inner.from, key.entity, this.#options.id))
      return this.#secured(
        outer,
        session,
        writeInner(impersonation(inner)),
        responseStatuses.ESPRIM_IMPERSONATION_ERROR.rsc,
      );
    if (inner.requestIdentifier === undefined)
      return refuse('ESPRIM_MISDIRECTED', 'the inner request has no Request Identifier (TS-0004 7.2.1.1)');
    if (header.oro !== null && header.oro.id !== header.ori) this.#beginNext(header, header.oro, session);
    // What the originator has sent again may come as long as the random object does that it then got.
    const { unique, shared } = this.#lifetimes;
    const until = this.#clock() + Math.max(unique, shared) + 2 * repeatedWithin;
    this.#sessions.takeRequest(key.entity, inner.requestIdentifier, until);
    await this.#options.keys.opened(key);
    const originator = { entity: key.entity, keyId: key.id, protection: header.protection };
    const response = await this.#dispatch(inner, originator, onFault);
    return this.#secured(outer, session, response, responseStatuses.OK.rsc);
  }

  /** Never goes back: with a clock that is set back, what was forgotten because it had ended would be due again. */
  #clock(): number {
    this.#latest = Math.max(this.#latest, this.#options.clock());
    return this.#latest;
  }

  /** C.6a. */
  async #keyOf({ kid }: ObjectHeader): Promise<PairwiseESPrimKey> {
    const key = await this.#options.keys.find(kid);
    return (
      key ??
      refuse(
        'ESPRIM_UNKNOWN_KEY_ID',
        'the pairwiseESPrimKeyID (kid) is not known here (TS-0004 Table 7.6.2-1)',
      )
    );
  }

  /** C.6b and the first half of C.6c. */
  #newSession(header: ObjectHeader, key: PairwiseESPrimKey): Session {
    if (!this.#options.protections.includes(header.protection))
      refuse('ESPRIM_UNSUPPORTED_OPTION', `${header.protection} alone is not taken here`);
    const receiverRand =
      this.#rands.find(header.rri) ??
      refuse(
        'ESPRIM_UNKNOWN_RECV_RAND_ID',
        'the receiverESPrimRandObject (rri) is not known here, or has expired',
      );
    return new Session(proposedTerms(header, key, receiverRand, this.#clock()));
  }

  /** In-band refresh (8.4.2 C.6b.2, 8.4.3.2): the next session under the same random object of ours. */
  #beginNext(header: ObjectHeader, oro: OriginatorRandObject, { terms }: Session): void {
    const next = { ...header, ori: oro.id };
    this.#sessions.begin(
      next,
      new Session(proposedTerms(next, terms.key, terms.receiverRand, this.#clock())),
    );
  }

  /** A session has one key, one algorithm and one pair of random objects, whatever a later header says. */
  #refuseOtherTerms(header: ObjectHeader, { terms, expires }: Session): void {
    const { protection, encryption, originatorRand } = terms;
    if (expires <= this.#clock()) refuse('ESPRIM_UNKNOWN_ORIG_RAND_ID', 'the session has expired');
    if (header.protection !== protection || (header.encryption ?? encryption) !== encryption)
      refuse('ESPRIM_UNSUPPORTED_OPTION', 'the session began with another algorithm');
    const { oro, ori } = header;
    if (oro?.id === ori && !Buffer.from(oro.bytes).equals(originatorRand.bytes))
      refuse(
        'ESPRIM_UNKNOWN_ORIG_RAND_ID',
        'oro is another originatorESPrimRandObject under an identifier in use',
      );
    if (header.direction === 'response')
      refuse('ESPRIM_MISDIRECTED', 'a response came where a request is due (cty)');
  }

  async #dispatch(
    inner: RequestPrimitive,
    originator: EsPrimOriginator,
    onFault?: (error: unknown) => void,
  ): Promise<Buffer> {
    let request: RequestPrimitive;
    try {
      request = withPointsInTime(inner);
      // Response Type of an inner request says nothing (TS-0004 7.6.2 K); its times are the ones that nobody can change.
      const { responseType: _, ...timed } = request;
      const validity = validityOf(timed, this.#options.clock());
      if ('responseStatusCode' in validity) return writeInner(validity);
    } catch (error) {
      return writeInner(faultResponse(inner, error));
    }
    try {
      const { responseStatusCode, content } = await this.#options.dispatch(request, originator);
      const response = respond(request, responseStatusCode, content);
      // What the originator could not read is our fault, and said to be.
      longResponse(shortResponse(response));
      return writeInner(response);
    } catch (error) {
      onFault?.(error);
      return writeInner(refusal(request, 'INTERNAL_SERVER_ERROR', 'the request could not be carried out'));
    }
  }

  /** TS-0001 11.4.2 C.6a.1, C.9: what is said to an originator who has a session is said under its key. */
  async #secured(
    outer: RequestPrimitive,
    session: Session,
    response: Uint8Array,
    rsc: number,
  ): Promise<ResponsePrimitive> {
    const isEnding = session.terms.receiverRand.expires - this.#clock() < this.#lifetimes.unique / 4;
    // In-band refresh (TS-0003 8.4.3.2): the next session needs no request for a random object.
    const rro = isEnding ? this.#rands.unique() : null;
    const header = session.header('response', { rro });
    const object = await makeObject(header, session.cryptoKey, response, session.next());
    return object.length <= maxObjectLength
      ? respond(outer, rsc, wrapObject(object))
      : refuse(
          'ESPRIM_ENCRYPTION_ERROR',
          `the ESPrim Object of the response has ${object.length} characters; at most ${maxObjectLength} are sent`,
        );
  }
}

/** Said under the session's key, so that nobody on the way can say it, or read whom it is about. */
function impersonation(inner: RequestPrimitive): ResponsePrimitive {
  return refusal(
    inner,
    'ESPRIM_IMPERSONATION_ERROR',
    'From of the inner primitive is not the identity that the key is bound to',
  );
}
