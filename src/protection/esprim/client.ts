// The originating side of ESPrim (TS-0003 8.4.2 B.2, C.1 to C.4, C.10 to C.12): protects a request, sends it in an outer
// NOTIFY through whatever carries primitives, and opens the response.
import { randomUUID } from 'node:crypto';
import { type Random, systemRandom } from '../../crypto/random.ts';
import { inTime, startDeadline } from '../../endpoint/deadline.ts';
import { E2EKeyError, type FaultCode, faultTable, refuse } from '../../errors.ts';
import { toAbsolute } from '../../identifiers/entity.ts';
import { writeAddress } from '../../onem2m/address.ts';
import type { NotifyOptions } from '../../onem2m/notify-carrier.ts';
import { debugOf, type RequestPrimitive, type ResponsePrimitive } from '../../onem2m/primitive.ts';
import { responseStatuses } from '../../onem2m/response-status-code.ts';
import type { Sender } from '../../onem2m/sender.ts';
import { longRequest, shortRequest } from '../../onem2m/short-names.ts';
import {
  type Encryption,
  encryptions,
  isEncryption,
  isProtection,
  type Protection,
  protections,
} from './algorithms.ts';
import { receiverRandIn } from './announcement.ts';
import { readInnerResponse, writeInner } from './inner.ts';
import type { EsPrimKeys, PairwiseESPrimKey } from './keys.ts';
import { makeObject, openObject, readObject } from './object.ts';
import { type ReceiverRandObject, readReceiverRand } from './rand-object.ts';
import { maxObjectLength, unwrapObject, unwrapRand, wrapObject, wrapRandRequest } from './security-info.ts';
import { repeatedWithin, Session } from './session.ts';
import { newOriginatorRand } from './session-terms.ts';

export interface EsPrimClientOptions {
  /** Our own identity, absolute form; the other end-point's key is bound to it. */
  readonly from: string;
  /** The receiving end-point, absolute form: the `<CSEBase>` or `<AE>` that outer primitives go to. */
  readonly to: string;
  readonly keys: EsPrimKeys;
  /** What takes primitives there: `httpSender`, a `ContainerCarrier`, or one of one's own. */
  readonly sender: Sender;
  /** `encryption` unless given; `authentication` leaves primitives readable, for a receiver that takes that. */
  readonly protection?: Protection;
  /** `A256GCM` unless given. */
  readonly encryption?: Encryption;
  /** How outer primitives name the two ends, and their release version. */
  readonly outer?: NotifyOptions;
  /**
   * Address of the receiver's `<AE>`, `<CSEBase>` or `<remoteCSE>`, whose e2eSecInfo is looked at for a shared random
   * object first (TS-0003 8.4.2 B.2a); without it the receiver is asked for one.
   */
  readonly announcedAt?: string;
  /** Milliseconds that a session serves at most; an hour unless given. */
  readonly sessionLifetime?: number;
  readonly clock?: () => number;
  readonly random?: Random;
}

/** What is sent: an inner request without what the client sees to. */
export type InnerRequest = Omit<RequestPrimitive, 'from' | 'responseType'>;

/** The session in use. */
interface Current {
  readonly session: Session;
  /** When it began, milliseconds since 1970. */
  readonly began: number;
  /** The receiver is known to have the originator's random object. */
  isKnown: boolean;
  /** The receiver does not know it (any more). */
  isForgotten: boolean;
  /** Brought by a response (rro): the next request begins a session with it. */
  next: ReceiverRandObject | null;
}

/** Refusals at which the receiver has forgotten a session, or never had it: a new one may be all that is needed. */
const sessionUnknown: readonly FaultCode[] = ['ESPRIM_UNKNOWN_ORIG_RAND_ID', 'ESPRIM_UNKNOWN_RECV_RAND_ID'];

/** How long a receiver may take to give its random object, milliseconds. */
const beginTime = 30_000;

export class EsPrimClient {
  readonly #options: Required<Omit<EsPrimClientOptions, 'announcedAt'>> &
    Pick<EsPrimClientOptions, 'announcedAt'>;
  #current: Promise<Current> | null = null;
  /** What the receiver has forgotten may still stand in its e2eSecInfo. */
  #refusedRand: string | null = null;

  /** @throws E2EKeyError OPTION_INVALID naming the option that is wrong, REQUEST_INVALID for what is no identity. */
  constructor(options: EsPrimClientOptions) {
    if (typeof options.keys?.current !== 'function' || typeof options.sender?.send !== 'function')
      refuse('OPTION_INVALID', 'keys or sender is missing: EsPrimKeys, and a Sender');
    this.#options = {
      protection: 'encryption',
      encryption: 'A256GCM',
      outer: {},
      sessionLifetime: 3_600_000,
      clock: Date.now,
      random: systemRandom,
      ...options,
      from: toAbsolute(options.from, options.from),
      to: toAbsolute(options.to, options.to),
    };
    const { protection, encryption, sessionLifetime } = this.#options;
    if (!isProtection(protection))
      refuse('OPTION_INVALID', `protection is none of ${protections.join(', ')}`);
    if (!isEncryption(encryption))
      refuse('OPTION_INVALID', `encryption is none of ${Object.keys(encryptions).join(', ')}`);
    if (!(sessionLifetime > 0)) refuse('OPTION_INVALID', 'sessionLifetime is no number of milliseconds');
  }

  /**
   * Sends a request that no CSE between can read or change, and resolves with the response, which none could read or
   * change either. From is ours, and a Request Identifier is made unless given.
   *
   * @throws E2EKeyError: KEY_UNKNOWN, KEY_UNCONFIRMED, KEY_EXPIRED, KEY_REVOKED if there is no key to use;
   * CARRIER_FAILED and REQUEST_EXPIRED of the way; the receiver's refusal under its own code (`notice.rscReceived`),
   * which nobody vouches for unless it came protected; ESPRIM_BAD_MAC, ESPRIM_MISDIRECTED and others for a response
   * that is none to this request.
   */
  async send(request: InnerRequest, options: { signal?: AbortSignal } = {}): Promise<ResponsePrimitive> {
    const inner: RequestPrimitive = {
      releaseVersionIndicator: '3',
      requestIdentifier: randomUUID(),
      ...request,
      from: this.#options.from,
    };
    requireRequest(inner);
    const signal = options.signal ?? new AbortController().signal;
    const { clock } = this.#options;
    const started = clock();
    try {
      return await this.#exchange(inner, signal);
    } catch (error) {
      if (!(error instanceof E2EKeyError) || !sessionUnknown.includes(error.code)) throw error;
      // Once, and not later than the receiver remembers the first, which it may have carried out: anybody on the way can
      // have written this refusal.
      if (clock() - started > repeatedWithin) throw error;
      return await this.#exchange(inner, signal);
    }
  }

  async #exchange(inner: RequestPrimitive, signal: AbortSignal): Promise<ResponsePrimitive> {
    const key = await this.#options.keys.current(this.#options.to);
    const { current, sequence } = await this.#sessionFor(key, signal);
    const { session } = current;
    // C.3: as long as this could be the first object that the receiver gets.
    const oro = current.isKnown ? null : session.terms.originatorRand;
    const header = session.header('request', { oro });
    const object = await makeObject(header, session.cryptoKey, writeInner(inner), sequence);
    if (object.length > maxObjectLength)
      return refuse(
        'OPTION_INVALID',
        `the ESPrim Object has ${object.length} characters; at most ${maxObjectLength} can be sent`,
      );
    const { requestExpirationTimestamp, resultExpirationTimestamp } = inner;
    const outer = await this.#notify(wrapObject(object), signal, {
      ...(requestExpirationTimestamp !== undefined && { requestExpirationTimestamp }),
      ...(resultExpirationTimestamp !== undefined && { resultExpirationTimestamp }),
    });
    if (!hasSecurityInfo(outer)) {
      const code = codeOf(outer);
      // A random object that was changed on its way to us makes a session that never works.
      if (sessionUnknown.includes(code) || (code === 'ESPRIM_BAD_MAC' && !current.isKnown)) {
        current.isForgotten = true;
        // Who has forgotten a session may have forgotten what it gave out under it.
        current.next = null;
        this.#refusedRand = session.terms.receiverRand.id;
      }
      return refuseAs(outer);
    }
    const response = await this.#open(outer, current, inner);
    current.isKnown = true;
    // What stands outside the object, its Response Status Code too, anybody on the way may have written.
    return codes.has(response.responseStatusCode) ? refuseAs(response) : response;
  }

  /** C.10, C.11. */
  async #open(
    { content }: ResponsePrimitive,
    current: Current,
    inner: RequestPrimitive,
  ): Promise<ResponsePrimitive> {
    const { session } = current;
    const object = readObject(unwrapObject(content), this.#options.clock());
    const { header } = object;
    if (!session.isOf(header))
      return refuse('ESPRIM_MISDIRECTED', 'the ESPrim Object of the response is of another session');
    if (header.direction === 'request')
      return refuse('ESPRIM_MISDIRECTED', 'a request came where a response is due (cty)');
    const response = readInnerResponse(await openObject(object, session.cryptoKey));
    session.take(object.unique);
    if (response.requestIdentifier !== inner.requestIdentifier)
      return refuse('ESPRIM_MISDIRECTED', 'the inner response is to another request (Request Identifier)');
    if (header.rro !== null) current.next = header.rro;
    return response;
  }

  /** The session to use, and a place in it: one of several exchanges at a time begins a new one for all. */
  async #sessionFor(
    key: PairwiseESPrimKey,
    signal: AbortSignal,
  ): Promise<{ readonly current: Current; readonly sequence: number }> {
    const begin = (next: ReceiverRandObject | null = null) => this.#begin(key, next);
    this.#current =
      this.#current?.then(
        current => (this.#serves(current, key) ? current : begin(current.next)),
        () => begin(),
      ) ?? begin();
    const current = await inTime(signal, this.#current, late);
    // Others that waited for the same session may have used it up.
    return current.session.isUsedUp
      ? this.#sessionFor(key, signal)
      : { current, sequence: current.session.next() };
  }

  #serves({ session, began, isForgotten, next }: Current, key: PairwiseESPrimKey): boolean {
    const { clock, sessionLifetime } = this.#options;
    return (
      !isForgotten &&
      next === null &&
      session.terms.key.id === key.id &&
      !session.isUsedUp &&
      clock() - began < sessionLifetime
    );
  }

  /** B.2g, B.2h. For all that wait for the session, so no single one's signal ends it. */
  async #begin(key: PairwiseESPrimKey, next: ReceiverRandObject | null): Promise<Current> {
    const { protection, encryption, clock, random } = this.#options;
    const isOver = next === null || next.expires <= clock();
    const receiverRand = isOver ? await this.#askedRand() : next;
    const originatorRand = newOriginatorRand(receiverRand, encryption, random);
    const session = new Session({ key, protection, encryption, receiverRand, originatorRand });
    return { session, began: clock(), isKnown: false, isForgotten: false, next: null };
  }

  async #askedRand(): Promise<ReceiverRandObject> {
    const { signal, clear } = startDeadline(beginTime);
    try {
      return await inTime(signal, this.#receiverRand(signal), late);
    } finally {
      clear();
    }
  }

  /** B.2a to B.2f. */
  async #receiverRand(signal: AbortSignal): Promise<ReceiverRandObject> {
    const { announcedAt, clock } = this.#options;
    if (announcedAt !== undefined) {
      const announced = receiverRandIn(
        await this.#send({ operation: 'retrieve', to: announcedAt }, signal),
        clock(),
      );
      const isNew = announced?.id !== this.#refusedRand;
      if (announced !== null && isNew && announced.expires > clock()) return announced;
    }
    const response = await this.#notify(wrapRandRequest(), signal);
    if (!hasSecurityInfo(response)) return refuseAs(response);
    return readReceiverRand(unwrapRand(response.content), clock());
  }

  #notify(
    content: object,
    signal: AbortSignal,
    times: Partial<RequestPrimitive> = {},
  ): Promise<ResponsePrimitive> {
    const { to, outer } = this.#options;
    return this.#send(
      { operation: 'notify', to: writeAddress(to, outer.to ?? 'absolute'), ...times, content },
      signal,
    );
  }

  #send(request: RequestPrimitive, signal: AbortSignal): Promise<ResponsePrimitive> {
    const { from, outer, sender } = this.#options;
    return sender.send(
      {
        ...request,
        from: writeAddress(from, outer.from ?? 'absolute'),
        // Independent of the inner one (TS-0001 Table 11.4.2-1), which is nobody's business.
        requestIdentifier: randomUUID(),
        releaseVersionIndicator: outer.releaseVersion ?? '3',
      },
      signal,
    );
  }
}

/** Under the key it would be our fault all the same, and be told as the receiver's. */
function requireRequest(inner: RequestPrimitive): void {
  try {
    longRequest(shortRequest(inner));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : '';
    refuse('OPTION_INVALID', `what is to be sent is no request primitive: ${reason}`, { cause });
  }
}

function late(): E2EKeyError {
  return new E2EKeyError('REQUEST_EXPIRED', 'the receiver gave no random object in time');
}

/** Without it the response is a refusal that nobody vouches for, or a CSE on the way has dropped what it held. */
function hasSecurityInfo({ content }: ResponsePrimitive): boolean {
  return typeof content === 'object' && content !== null && 'm2m:seci' in content;
}

/** By the Response Status Codes of TS-0004 Table 7.6.2-1; others are the way's. */
const codes = new Map<number, FaultCode>(
  (
    [
      'ESPRIM_UNSUPPORTED_OPTION',
      'ESPRIM_UNKNOWN_KEY_ID',
      'ESPRIM_UNKNOWN_ORIG_RAND_ID',
      'ESPRIM_UNKNOWN_RECV_RAND_ID',
      'ESPRIM_BAD_MAC',
      'ESPRIM_IMPERSONATION_ERROR',
      'ESPRIM_DECRYPTION_ERROR',
      'ESPRIM_ENCRYPTION_ERROR',
    ] as const
  ).map(code => [responseStatuses[code].rsc, code]),
);

/** Several of our codes share a Response Status Code; the receiver names its own in m2m:dbg. */
function codeOf(response: ResponsePrimitive): FaultCode {
  const { responseStatusCode: rsc } = response;
  const [, name = ''] = /^([A-Z0-9_]+):/.exec(debugOf(response) ?? '') ?? [];
  const isOurs = Object.hasOwn(faultTable, name) && /^(ESPRIM|KEY)_/.test(name);
  if (isOurs && faultTable[name as FaultCode].rsc === rsc) return name as FaultCode;
  return codes.get(rsc) ?? 'CARRIER_FAILED';
}

function refuseAs(response: ResponsePrimitive): never {
  const { responseStatusCode: rsc } = response;
  const reason = debugOf(response) ?? (rsc < 4000 ? 'without m2m:seci; a CSE on the way may drop it' : '');
  const error = new E2EKeyError(
    codeOf(response),
    `the answer is response status code ${rsc}${reason === '' ? '' : `: ${reason}`}`,
  );
  error.notice = { record: null, alertReceived: null, rscReceived: rsc };
  throw error;
}
