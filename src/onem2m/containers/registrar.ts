// The CSE at which an end-point of the container carrier is registered, as that end-point talks to it: From, Request
// Identifier, release, a limit of time. Knows no resources.
import { randomBytes } from 'node:crypto';
import { E2EKeyError, refuse } from '../../errors.ts';
import { debugOf, type RequestPrimitive, type ResponsePrimitive } from '../primitive.ts';
import type { Sender } from '../sender.ts';
import { isObject, type JsonObject } from '../serialisation/json.ts';

export type CseRequest = Pick<RequestPrimitive, 'operation' | 'to' | 'resourceType' | 'content'>;

/** Longest wait for one response, in milliseconds; a `<pollingChannel>` holds its response back for longer. */
const requestTime = 8_000;
/**
 * Milliseconds of silence before a request is sent again, doubled each time, while the earlier ones may still be
 * answered: what comes into an inbox does not wait long for a request that was lost, and a slow CSE has its time.
 */
const firstSilence = 500;

export class Registrar {
  /** AE-ID-Stem; another one from the CSE's answer to our registration on. */
  originator: string;
  readonly #sender: Sender;
  readonly #releaseVersion: string;
  readonly #prefix = randomBytes(6).toString('hex');
  #count = 0;

  constructor(sender: Sender, originator: string, releaseVersion: string) {
    this.#sender = sender;
    this.originator = originator;
    this.#releaseVersion = releaseVersion;
  }

  /**
   * Sends a request, again and again while there is silence. Each of ours may come twice: what a CREATE finds there is
   * removed and made anew, and of two instances with the same message one is answered as the other.
   *
   * @param silence milliseconds before it is sent for the second time
   * @throws E2EKeyError as the Sender's, REQUEST_EXPIRED after `time` milliseconds.
   */
  async request(
    request: CseRequest,
    signal: AbortSignal | null,
    time: number = requestTime,
    silence: number = firstSilence,
  ): Promise<ResponsePrimitive> {
    const answered = new AbortController();
    const limits = [answered.signal, AbortSignal.timeout(time), ...(signal === null ? [] : [signal])];
    const limit = AbortSignal.any(limits);
    const primitive = {
      ...request,
      from: this.originator,
      requestIdentifier: `${this.#prefix}-${++this.#count}`,
      releaseVersionIndicator: this.#releaseVersion,
    };
    const answer = Promise.withResolvers<ResponsePrimitive>();
    let again: NodeJS.Timeout | undefined;
    const send = (pause: number) => {
      this.#sender.send(primitive, limit).then(answer.resolve, answer.reject);
      again = setTimeout(send, pause, 2 * pause).unref();
    };
    send(silence);
    try {
      return await answer.promise;
    } finally {
      clearTimeout(again);
      answered.abort();
    }
  }
}

export function succeeded({ responseStatusCode }: ResponsePrimitive): boolean {
  return responseStatusCode >= 2000 && responseStatusCode < 3000;
}

export function refusedBy({ operation, to }: CseRequest, response: ResponsePrimitive): never {
  const debug = debugOf(response);
  const error = new E2EKeyError(
    'CARRIER_FAILED',
    `the CSE answered ${operation.toUpperCase()} ${to} with ${response.responseStatusCode}${debug === null ? '' : `: ${debug}`}`,
  );
  error.notice = { ...error.notice, rscReceived: response.responseStatusCode };
  throw error;
}

/** The attributes of the one resource in a response's content (TS-0004 8.4.2), which has this member. */
export function attributesOf(member: string, { content }: Pick<ResponsePrimitive, 'content'>): JsonObject {
  const resource = isObject(content) ? content[member] : undefined;
  return isObject(resource) ? resource : refuse('CARRIER_FAILED', `the CSE's answer holds no ${member}`);
}
