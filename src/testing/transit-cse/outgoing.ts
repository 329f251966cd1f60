// What leaves the transit CSE: a request to a base URL, or to a URL as it stands. Knows where a request goes and what
// deviations make of it on the way, and no sockets.
import { E2EKeyError, refuse } from '../../errors.ts';
import { writeRequest } from '../../onem2m/http-binding.ts';
import type { RequestPrimitive, ResponsePrimitive } from '../../onem2m/primitive.ts';

/** A request and where it goes. */
export interface Outgoing {
  readonly request: RequestPrimitive;
  /** Scheme and authority, `http://127.0.0.1:8080`. */
  readonly origin: string;
  /** Request-target of the HTTP request (RFC 9112 3.2), with its query. */
  readonly target: string;
}

/** Takes a request to its destination; rejects when there is no oneM2M response. */
export type Deliver = (outgoing: Outgoing, signal: AbortSignal) => Promise<ResponsePrimitive>;

/** Requests under way at once: an AE whose point of access is this CSE would make it ask itself for ever. */
const maxUnderWay = 1000;
/** Milliseconds for one response, longer than any procedure waits. */
const maxWait = 60_000;

export class Outbox {
  readonly #deliver: Deliver;
  readonly #closing: AbortSignal;
  #underWay = 0;

  constructor(deliver: Deliver, closing: AbortSignal) {
    this.#deliver = deliver;
    this.#closing = closing;
  }

  /** Below a base URL, the address is the path (TS-0009 6.2.2.1). */
  async toBase(
    base: string,
    request: RequestPrimitive,
    signal: AbortSignal | null,
  ): Promise<ResponsePrimitive> {
    const { origin, target } = partsOf(base);
    const path = writeRequest({ ...request, content: undefined }).target;
    return this.#send({ request, origin, target: target.replace(/\/+$/, '') + path }, signal);
  }

  /** To a URL as it stands: a point of access, a notification target. */
  async toUrl(
    url: string,
    request: RequestPrimitive,
    signal: AbortSignal | null,
    rewrite: (target: string) => string = target => target,
  ): Promise<ResponsePrimitive> {
    const { origin, target } = partsOf(url);
    return this.#send({ request, origin, target: rewrite(target) }, signal);
  }

  /** Aborted with the CSE, with `signal`, and when nobody waits so long. */
  async limited<T>(signal: AbortSignal | null, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), maxWait).unref();
    try {
      return await work(AbortSignal.any([late.signal, this.#closing, ...(signal === null ? [] : [signal])]));
    } finally {
      clearTimeout(timer);
    }
  }

  async #send(outgoing: Outgoing, signal: AbortSignal | null): Promise<ResponsePrimitive> {
    if (this.#underWay >= maxUnderWay)
      return refuse('CARRIER_FAILED', `${maxUnderWay} requests of this CSE are under way`);
    this.#underWay++;
    // Who delivers in this process may ask this CSE again: not on the same stack.
    await null;
    try {
      return await this.limited(signal, limit => this.#deliver(outgoing, limit));
    } catch (error) {
      throw new E2EKeyError('CARRIER_FAILED', 'the next hop gave no oneM2M response', { cause: error });
    } finally {
      this.#underWay--;
    }
  }
}

function partsOf(url: string): { origin: string; target: string } {
  const [, origin, target = ''] = url.match(/^([a-z][a-z0-9+.-]*:\/\/[^/?#]+)([^#]*)/i) ?? [];
  if (origin === undefined) return refuse('CARRIER_FAILED', `${JSON.stringify(url.slice(0, 80))} is no URL`);
  return { origin, target: target.startsWith('/') ? target : `/${target}` };
}
