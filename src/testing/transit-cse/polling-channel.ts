// The queue behind a `<pollingChannelURI>` (TS-0004 7.4.22): requests wait for somebody who asks, who asks waits for
// requests, and responses come back beside them. Knows no resources and no rights.
import { E2EKeyError } from '../../errors.ts';
import type { RequestPrimitive, ResponsePrimitive } from '../../onem2m/primitive.ts';

/** Requests that wait or are unanswered; whoever never asks fills no memory. */
const maxRequests = 1000;
/** Polls that wait at once: one AE has one, and a lost connection or two. */
const maxPolls = 8;

interface Entry {
  readonly request: RequestPrimitive;
  readonly response: PromiseWithResolvers<ResponsePrimitive>;
}

export class PollingChannel {
  readonly #waiting: Entry[] = [];
  readonly #unanswered = new Set<Entry>();
  readonly #polls: PromiseWithResolvers<Entry | null>[] = [];

  /**
   * Puts a request into the channel and resolves with what the AE answers.
   *
   * @throws E2EKeyError CARRIER_FAILED when the channel is full, or when `signal` is aborted before the answer.
   */
  async send(request: RequestPrimitive, signal: AbortSignal): Promise<ResponsePrimitive> {
    if (this.#unanswered.size >= maxRequests)
      throw new E2EKeyError('CARRIER_FAILED', 'the polling channel holds no more requests');
    const entry = { request, response: Promise.withResolvers<ResponsePrimitive>() };
    this.#unanswered.add(entry);
    const poll = this.#polls.shift();
    if (poll === undefined) this.#waiting.push(entry);
    else poll.resolve(entry);
    const abort = () =>
      entry.response.reject(
        new E2EKeyError('CARRIER_FAILED', 'the AE gave no answer through its polling channel'),
      );
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    try {
      return await entry.response.promise;
    } finally {
      signal.removeEventListener('abort', abort);
      this.#unanswered.delete(entry);
      const at = this.#waiting.indexOf(entry);
      if (at !== -1) this.#waiting.splice(at, 1);
    }
  }

  /** The oldest request that waits, or the next one that comes; null when `signal` is aborted before. */
  async poll(signal: AbortSignal): Promise<RequestPrimitive | null> {
    const first = this.#waiting.shift();
    if (first !== undefined) return first.request;
    const poll = Promise.withResolvers<Entry | null>();
    this.#polls.push(poll);
    if (this.#polls.length > maxPolls) this.#polls.shift()?.resolve(null);
    const abort = () => {
      const at = this.#polls.indexOf(poll);
      if (at !== -1) this.#polls.splice(at, 1);
      poll.resolve(null);
    };
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    try {
      const entry = await poll.promise;
      return entry?.request ?? null;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** Nobody asks and nobody is answered any more. */
  close(): void {
    for (const poll of this.#polls.splice(0)) poll.resolve(null);
    for (const { response } of this.#unanswered)
      response.reject(new E2EKeyError('CARRIER_FAILED', 'the polling channel was deleted'));
  }

  /** Gives a response to the oldest request of its identifier that was polled; false if there is none. */
  answer(response: ResponsePrimitive): boolean {
    for (const entry of this.#unanswered) {
      if (entry.request.requestIdentifier !== response.requestIdentifier || this.#waiting.includes(entry))
        continue;
      this.#unanswered.delete(entry);
      entry.response.resolve(response);
      return true;
    }
    return false;
  }
}
