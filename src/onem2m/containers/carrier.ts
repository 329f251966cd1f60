// The initiating side of the container carrier: each message becomes an instance in the terminating end-point's inbox,
// its answer comes as an instance in ours. Works through any CSE that keeps containers (facts of deployed ones:
// docs/carriers.md), and trusts none. When a message is sent again is the procedure's business.
import { randomBytes } from 'node:crypto';
import type { Answer, Carrier, Delivery } from '../../endpoint/carrier.ts';
import { E2EKeyError, refuse } from '../../errors.ts';
import { parseAbsolute } from '../../identifiers/entity.ts';
import { answerOf } from '../answer.ts';
import { debugOf, type RequestPrimitive, type ResponsePrimitive, refusal } from '../primitive.ts';
import { requestIdentifier } from '../request-identifier.ts';
import { responseStatuses } from '../response-status-code.ts';
import { securityInfo } from '../security-info.ts';
import type { Sender } from '../sender.ts';
import { Inbox } from './inbox.ts';
import { type Instance, instanceOf } from './instance.ts';
import { inboxCandidates, ownName } from './names.ts';
import { type ContainerOptions, containerSettings } from './options.ts';
import { succeeded } from './registrar.ts';

export interface ContainerCarrierOptions extends ContainerOptions {
  /**
   * Address of the terminating end-point's inbox, as our CSE knows it. Unless given it is looked for below the
   * same `<CSEBase>` as ours and below that of the CSE in the end-point's identity.
   */
  readonly inboxOf?: (entity: string) => string;
}

/** The two entities of a request, absolute form. */
type Ends = Readonly<Record<'from' | 'to', string>>;

/** Answers that somebody waits for, or may come back for; the oldest go first. */
const maxExpected = 1024;

/** Longest wait for one answer whatever the signal says, in milliseconds: that of `httpSender`. */
const maxWait = 600_000;

/**
 * A carrier through containers of a CSE. It makes its own resources there with the first message, for one
 * initiating end-point; `close` removes them. Serves any number of procedures at once.
 *
 * @example
 * ```ts
 * import { Endpoint, type EndpointOptions } from 'e2ekey';
 * import { ContainerCarrier, httpSender } from 'e2ekey/onem2m';
 * async function makeKey(options: EndpointOptions) {
 *   const endpoint = new Endpoint(options);
 *   await using carrier = new ContainerCarrier(httpSender('https://cse.example'));
 *   return endpoint.establish('//m2m.example.com/cse-b', carrier);
 * }
 * ```
 */
export class ContainerCarrier implements Carrier, Sender, AsyncDisposable {
  readonly #sender: Sender;
  readonly #options: ContainerCarrierOptions;
  readonly #expected = new Map<string, PromiseWithResolvers<ResponsePrimitive>>();
  readonly #inboxes = new Map<string, string>();
  readonly #closing = new AbortController();
  #waiting = 0;
  /** The CSE refused our last instance, or its answer did not come: it may have lost our inbox. */
  #isInDoubt = false;
  #inbox: { readonly of: string; readonly box: Inbox } | null = null;

  /** @throws E2EKeyError OPTION_INVALID naming the option that is wrong. */
  constructor(sender: Sender, options: ContainerCarrierOptions = {}) {
    containerSettings(options, 'e2ekey');
    this.#sender = sender;
    this.#options = options;
  }

  async deliver(delivery: Delivery): Promise<Answer> {
    const { from, to, message, signal } = delivery;
    const response = await this.send(
      {
        operation: 'notify',
        to,
        from,
        requestIdentifier: requestIdentifier(delivery),
        releaseVersionIndicator: this.#options.releaseVersion ?? '3',
        content: securityInfo.wrap(message),
      },
      signal,
    );
    return answerOf(response);
  }

  /**
   * Puts any request into the inbox of the entity that `to` names in its absolute form, and waits for the response.
   * Sent again under its Request Identifier, it gets the response to either.
   *
   * @throws E2EKeyError OPTION_INVALID for a request without From or Request Identifier, or with a Response Type, which
   * is the carrier's; CARRIER_FAILED, REQUEST_EXPIRED.
   */
  async send(request: RequestPrimitive, signal: AbortSignal): Promise<ResponsePrimitive> {
    const { from, to, requestIdentifier: rqi, responseType } = request;
    if (from === undefined || rqi === undefined || responseType !== undefined)
      return refuse(
        'OPTION_INVALID',
        'a request through containers has From, a Request Identifier and no Response Type',
      );
    const { box } = this.#inboxFor(from);
    const check = this.#expected.has(rqi) || this.#isInDoubt;
    const answer = this.#expect(rqi);
    this.#waiting++;
    try {
      const replyTo = await box.ready(signal, check);
      box.wake();
      const ends = { from, to };
      const refused = await this.#put(box, ends, signal, {
        ...request,
        responseType: {
          responseTypeValue: nonBlockingAsynchronous,
          notificationUri: [addressFor(replyTo, ends)],
        },
      });
      this.#isInDoubt = refused !== null;
      const response = refused ?? (await this.#untilAborted(answer, signal));
      this.#expected.delete(rqi);
      return response;
    } finally {
      this.#waiting--;
    }
  }

  /** Answers a NOTIFY that came to our point of access (`receive: { pointOfAccess }`). Never rejects. */
  async notified(request: RequestPrimitive): Promise<ResponsePrimitive> {
    return this.#inbox?.box.notified(request) ?? refusal(request, 'NOT_FOUND', 'we have no subscription');
  }

  /**
   * Removes what was made at the CSE. No message is taken afterwards, and whoever waits for an answer waits no longer
   * (OPTION_INVALID).
   *
   * @throws E2EKeyError CARRIER_FAILED if the CSE does not let us, or cannot be reached.
   */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#inbox?.box.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #inboxFor(entity: string): { readonly box: Inbox } {
    // A procedure that still runs must not make anew what was removed.
    if (this.#closing.signal.aborted) return refuse('OPTION_INVALID', closed);
    if (this.#inbox === null) {
      const name = ownName(entity, randomBytes(8));
      const box = new Inbox(this.#sender, name, containerSettings(this.#options, name), {
        take: instance => this.#take(instance),
        // What is no answer of ours is nobody's: the procedure sends its message again.
        onFault: () => undefined,
        wanted: () => this.#waiting > 0,
      });
      this.#inbox = { of: entity, box };
    }
    return this.#inbox.of === entity
      ? this.#inbox
      : refuse(
          'OPTION_INVALID',
          `this ContainerCarrier is ${this.#inbox.of}'s; another end-point has its own`,
        );
  }

  #expect(rqi: string): Promise<ResponsePrimitive> {
    const expected = this.#expected.get(rqi) ?? Promise.withResolvers<ResponsePrimitive>();
    this.#expected.set(rqi, expected);
    for (const oldest of this.#expected.keys()) {
      if (this.#expected.size <= maxExpected) break;
      this.#expected.delete(oldest);
    }
    return expected.promise;
  }

  async #untilAborted(answer: Promise<ResponsePrimitive>, signal: AbortSignal): Promise<ResponsePrimitive> {
    const ended = Promise.withResolvers<never>();
    const expire = () =>
      ended.reject(new E2EKeyError('REQUEST_EXPIRED', 'no answer came into our inbox in time'));
    const late = () => {
      this.#isInDoubt = true;
      expire();
    };
    const close = () => ended.reject(new E2EKeyError('OPTION_INVALID', closed));
    const timer = setTimeout(late, maxWait).unref();
    if (signal.aborted) expire();
    if (this.#closing.signal.aborted) close();
    signal.addEventListener('abort', late, { once: true });
    this.#closing.signal.addEventListener('abort', close, { once: true });
    try {
      return await Promise.race([answer, ended.promise]);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', late);
      this.#closing.signal.removeEventListener('abort', close);
    }
  }

  async #take({ primitive }: Instance): Promise<void> {
    if (!('operation' in primitive))
      this.#expected.get(primitive.requestIdentifier ?? '')?.resolve(primitive);
  }

  /** The CSE's refusal, or null when the message is in the inbox. */
  async #put(box: Inbox, { from, to }: Ends, signal: AbortSignal, request: RequestPrimitive) {
    const { cseBase = '-', inboxOf } = this.#options;
    const named = inboxOf?.(to);
    const known = this.#inboxes.get(to);
    const candidates = named === undefined ? inboxCandidates(to, from, cseBase) : [named];
    const refusals: ResponsePrimitive[] = [];
    for (const inbox of new Set([...(known === undefined ? [] : [known]), ...candidates])) {
      const response = await box.put(inbox, instanceOf(request), signal);
      if (succeeded(response)) {
        this.#inboxes.set(to, inbox);
        return null;
      }
      refusals.push(response);
      if (!notThere.includes(response.responseStatusCode)) return response;
    }
    // What could not be reached may be there all the same: the message is sent again.
    const { TARGET_NOT_REACHABLE, NOT_FOUND } = responseStatuses;
    const unreached = refusals.some(
      ({ responseStatusCode }) => responseStatusCode === TARGET_NOT_REACHABLE.rsc,
    );
    const debug = refusals.map(debugOf).find(text => text !== null);
    return {
      responseStatusCode: (unreached ? TARGET_NOT_REACHABLE : NOT_FOUND).rsc,
      content: {
        'm2m:dbg': `${to} has no inbox at this CSE${debug === undefined ? '' : `: ${debug}`}`,
      },
    };
  }
}

const closed = 'this ContainerCarrier was closed';

/** nonBlockingRequestAsynch (TS-0004 6.3.4.2.6): the response goes where the request says. */
const nonBlockingAsynchronous = 2;

/** Our inbox as the other end-point's CSE knows it: absolute for another service provider's (TS-0001 7.2). */
function addressFor(inbox: string, { from, to }: Ends): string {
  const [ours, theirs] = [from, to].map(entity => parseAbsolute(entity).serviceProvider);
  return ours !== theirs && /^\/[^/]/.test(inbox) ? `//${ours}${inbox}` : inbox;
}

/** By which a CSE says that the address leads nowhere, itself or on the way. */
const notThere: readonly number[] = [
  responseStatuses.NOT_FOUND.rsc,
  responseStatuses.TARGET_NOT_REACHABLE.rsc,
];
