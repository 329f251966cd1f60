// The terminating side of the container carrier: takes the messages in our inbox to the end-point and puts its answers
// into the inboxes of those who asked.
import { hash } from 'node:crypto';
import { refuse } from '../../errors.ts';
import { toAbsolute } from '../../identifiers/entity.ts';
import type { RequestPrimitive, ResponsePrimitive } from '../primitive.ts';
import type { RequestHandler } from '../request-handler.ts';
import { responseStatuses } from '../response-status-code.ts';
import type { Sender } from '../sender.ts';
import { Inbox } from './inbox.ts';
import { type Instance, instanceOf } from './instance.ts';
import { isInboxOf, wellKnownName } from './names.ts';
import { type ContainerOptions, containerSettings } from './options.ts';
import { refusedBy, succeeded } from './registrar.ts';

export interface ContainerReceiverOptions extends ContainerOptions {
  /** Our own identity as end-point, absolute: initiating end-points find our inbox by it. */
  readonly id: string;
  /** Told of what could not be answered: wrong instances, a CSE that does not answer. */
  readonly onFault?: (error: unknown) => void;
}

/** Answers that are remembered, for requests whose CREATE comes twice; a copy comes within seconds. */
const maxAnswers = 512;

/** Milliseconds between two looks whether our inbox is still there: a CSE may start anew without it. */
const checkInterval = 30_000;

/**
 * @example
 * ```ts
 * import type { Endpoint } from 'e2ekey';
 * import { ContainerReceiver, httpSender, requestHandler } from 'e2ekey/onem2m';
 * async function answerThroughContainers(endpoint: Endpoint) {
 *   const handler = requestHandler({ endpoint, targets: [endpoint.id] });
 *   const receiver = new ContainerReceiver(httpSender('https://cse.example'), handler, { id: endpoint.id });
 *   await receiver.open();
 *   return receiver; // receiver.close() removes what it made at the CSE
 * }
 * ```
 */
export class ContainerReceiver implements AsyncDisposable {
  readonly #inbox: Inbox;
  readonly #handler: RequestHandler;
  readonly #id: string;
  readonly #onFault: (error: unknown) => void;
  /** By the request, while it is in hand and after a success: who sent its instance may have sent it twice. */
  readonly #answers = new Map<string, Promise<ResponsePrimitive>>();
  #checking: NodeJS.Timeout | null = null;

  /** @throws E2EKeyError OPTION_INVALID naming the option that is wrong. */
  constructor(sender: Sender, handler: RequestHandler, options: ContainerReceiverOptions) {
    this.#id = toAbsolute(options.id, options.id);
    const name = wellKnownName(this.#id);
    this.#handler = handler;
    this.#onFault = options.onFault ?? (() => undefined);
    this.#inbox = new Inbox(sender, name, containerSettings(options, name), {
      take: instance => this.#answer(instance),
      onFault: this.#onFault,
      wanted: () => true,
    });
  }

  /**
   * Makes the inbox at the CSE and answers from now on.
   *
   * @returns the address at which others find it
   * @throws E2EKeyError CARRIER_FAILED if the CSE refuses or cannot be reached; may be called again then.
   */
  async open(): Promise<string> {
    const address = await this.#inbox.ready(null, false);
    this.#checking ??= setInterval(() => {
      this.#inbox.ready(null, true).catch(this.#onFault);
    }, checkInterval).unref();
    return address;
  }

  /** Answers a NOTIFY that came to our point of access (`receive: { pointOfAccess }`). Never rejects. */
  notified(request: RequestPrimitive): Promise<ResponsePrimitive> {
    return this.#inbox.notified(request);
  }

  /**
   * Answers what is in hand and removes what was made at the CSE.
   *
   * @throws E2EKeyError CARRIER_FAILED if the CSE does not let us, or cannot be reached.
   */
  async close(): Promise<void> {
    if (this.#checking !== null) clearInterval(this.#checking);
    await this.#inbox.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #answer({ primitive, creator }: Instance): Promise<void> {
    if (!('operation' in primitive)) return refuse('REQUEST_INVALID', 'a response came into our inbox');
    const { responseType, ...request } = primitive;
    const [replyTo = ''] = responseType?.notificationUri ?? [];
    // From is claimed; so is where the answer goes, but the two must fit.
    const originator = toAbsolute(request.from ?? '', this.#id);
    if (!isInboxOf(originator, replyTo))
      return refuse('REQUEST_INVALID', `rt.nu is no inbox of ${originator}`);
    const response = await this.#answerOnce(request, `container ${creator}`);
    const put = { operation: 'create', to: replyTo } as const;
    const placed = await this.#inbox.put(replyTo, instanceOf(response), null);
    // Whoever has gone meanwhile has taken his inbox along.
    if (!succeeded(placed) && placed.responseStatusCode !== responseStatuses.NOT_FOUND.rsc)
      refusedBy(put, placed);
  }

  /**
   * One request is handled once, as often as its instance comes: an ESPrim Object would be refused as a replay, and the
   * originator might hear of that first.
   */
  async #answerOnce(request: RequestPrimitive, hop: string): Promise<ResponsePrimitive> {
    const mark = hash('sha256', JSON.stringify(request));
    const known = this.#answers.get(mark);
    if (known !== undefined) return known;
    const answering = this.#handler.answer(request, { hop });
    this.#answers.set(mark, answering);
    for (const oldest of this.#answers.keys()) {
      if (this.#answers.size <= maxAnswers) break;
      this.#answers.delete(oldest);
    }
    const response = await answering;
    // What was refused may be taken when it is sent again.
    if (!succeeded(response)) this.#answers.delete(mark);
    return response;
  }
}
