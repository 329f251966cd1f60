// A Sender without a network: hands requests to somebody in the same process. What is handed over is a copy, so that
// the two sides share nothing but what they say.
import { inTime } from '../endpoint/deadline.ts';
import { E2EKeyError } from '../errors.ts';
import type { RequestPrimitive, ResponsePrimitive } from '../onem2m/primitive.ts';
import type { Sender } from '../onem2m/sender.ts';

/**
 * @param answer the other side; it may be slow, and whoever sends stops waiting with his signal all the same
 * @example
 * ```ts
 * import type { Endpoint } from 'e2ekey';
 * import { notifyCarrier, requestHandler } from 'e2ekey/onem2m';
 * import { directSender } from 'e2ekey/testing';
 * function establishInProcess(initiating: Endpoint, terminating: Endpoint) {
 *   const handler = requestHandler({ endpoint: terminating, targets: [terminating.id] });
 *   const sender = directSender(request => handler.answer(request, { hop: 'test' }));
 *   return initiating.establish(terminating.id, notifyCarrier(sender));
 * }
 * ```
 */
export function directSender(
  answer: (request: RequestPrimitive, signal: AbortSignal) => Promise<ResponsePrimitive>,
): Sender {
  return {
    async send(request, signal) {
      if (signal.aborted) throw late();
      return structuredClone(await inTime(signal, answer(structuredClone(request), signal), late));
    },
  };
}

function late(): E2EKeyError {
  return new E2EKeyError('REQUEST_EXPIRED', 'the other side gave no answer in time');
}
