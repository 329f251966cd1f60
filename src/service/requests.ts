// Every request to the service, answered, and every refusal told: by the end-point with all that it knows, before it
// with the sentence of the response. Knows no binding.
import type { Endpoint } from '../endpoint/endpoint.ts';
import { E2EKeyError, type FaultCode, faultTable } from '../errors.ts';
import { parseAbsolute } from '../identifiers/entity.ts';
import { type CseBaseOptions, cseBase } from '../onem2m/cse-base.ts';
import type { AnsweringEndpoint } from '../onem2m/notify-handler.ts';
import { debugOf, type ResponsePrimitive } from '../onem2m/primitive.ts';
import { type RequestHandler, targetHandler } from '../onem2m/request-handler.ts';

type OnRefusal = (error: E2EKeyError) => void;

/** A service for a CSE shows a `<CSEBase>`, one for an AE has none. */
export function serviceRequests(
  endpoint: Endpoint,
  shown: CseBaseOptions,
  onRefusal: OnRefusal,
): RequestHandler {
  const { takes, answer } = targetHandler({
    targets: [endpoint.id],
    ...(parseAbsolute(endpoint.id).ae === null && { cseBase: () => cseBase(endpoint, shown) }),
  });
  return {
    takes,
    async answer(request, origin) {
      let isTold = false;
      // One for each request: whether the end-point has refused it is not to be seen in the response.
      const telling: AnsweringEndpoint = {
        answer: (...message) =>
          endpoint.answer(...message).catch(error => {
            if (error instanceof E2EKeyError) {
              isTold = true;
              onRefusal(error);
            }
            throw error;
          }),
      };
      const response = await answer(telling, request, origin);
      if (!isTold) tellRefusal(response, onRefusal);
      return response;
    },
  };
}

/** Tells of a response that refuses something. */
export function tellRefusal(response: ResponsePrimitive, onRefusal: OnRefusal): void {
  const { responseStatusCode } = response;
  if (responseStatusCode < 4000) return;
  const debug = debugOf(response) ?? '';
  const [, name = '', sentence = ''] = /^([A-Z_]+): (.*)$/s.exec(debug) ?? [];
  // Names of Response Status Codes are not in the fault table; they stay in the sentence.
  const error = Object.hasOwn(faultTable, name)
    ? new E2EKeyError(name as FaultCode, sentence)
    : new E2EKeyError('REQUEST_INVALID', debug);
  error.notice = { ...error.notice, rscReceived: responseStatusCode };
  onRefusal(error);
}
