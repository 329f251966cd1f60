// Every request that reaches an E2EKey end-point, answered: a primitive in, a primitive out. For any framework and
// any binding; knows neither, and leaves to notify-handler.ts what a message is.
import type { Origin } from '../endpoint/carrier.ts';
import type { CseBase } from './cse-base.ts';
import { faultResponse } from './fault-response.ts';
import { type AnsweringEndpoint, type AnsweringEsPrim, answerNotify } from './notify-handler.ts';
import { type RequestPrimitive, type ResponsePrimitive, refusal, respond } from './primitive.ts';
import { validityOf } from './request-validity.ts';
import { responseStatuses } from './response-status-code.ts';
import { type Targets, targetAt, targetsOf } from './targets.ts';

export interface RequestHandlerOptions {
  readonly endpoint: AnsweringEndpoint;
  /** Takes the protected primitives that come for the same targets; without it they are NOT_IMPLEMENTED. */
  readonly esprim?: AnsweringEsPrim;
  /** Absolute identifiers of the `<CSEBase>` and `<AE>` that the end-point answers for. */
  readonly targets: readonly string[];
  /**
   * What a RETRIEVE of a `<CSEBase>` among the targets shows, made anew for each. For a CSE that is nothing but an
   * end-point; without it a RETRIEVE is not taken, and is the host's.
   */
  readonly cseBase?: () => CseBase;
}

export interface RequestHandler {
  /**
   * Is it for the end-point? A NOTIFY to a target, in every form of address, or a NOTIFY or CREATE to the virtual
   * child e2EKeyCSE of a `<CSEBase>`.
   */
  takes(request: Pick<RequestPrimitive, 'operation' | 'to'>): boolean;

  /**
   * The response to a request, also to one that is not taken: OPERATION_NOT_ALLOWED at a target, NOT_FOUND anywhere
   * else (TS-0004 7.3.3.1). Never rejects.
   *
   * The response is all that there is: whoever sends it somewhere else, because the originator asked for that,
   * leaves out `responseType`.
   *
   * @param origin `hop` is the neighbour that the request came from, by the identity of its security association or
   * its network address: limits count per hop
   * @param onFault told what the peer is not: failures of our own
   */
  answer(
    request: RequestPrimitive,
    origin: Pick<Origin, 'hop'>,
    onFault?: (error: unknown) => void,
  ): Promise<ResponsePrimitive>;
}

/**
 * @throws E2EKeyError OPTION_INVALID for targets that are no identifiers, or have a CSE-relative address in common.
 * @example
 * ```ts
 * import { requestHandler, type RequestPrimitive } from 'e2ekey/onem2m';
 * const handler = requestHandler({ endpoint, targets: [endpoint.id] });
 * export async function dispatch(request: RequestPrimitive, hop: string) {
 *   if (handler.takes(request)) return handler.answer(request, { hop });
 *   return; // what this CSE does with every other request
 * }
 * ```
 */
export function requestHandler({ endpoint, ...options }: RequestHandlerOptions): RequestHandler {
  const { takes, answer } = targetHandler(options);
  return { takes, answer: (request, origin, onFault) => answer(endpoint, request, origin, onFault) };
}

/** A `RequestHandler` that is told the end-point with each request. */
export interface TargetHandler extends Pick<RequestHandler, 'takes'> {
  answer(
    endpoint: AnsweringEndpoint,
    ...request: Parameters<RequestHandler['answer']>
  ): Promise<ResponsePrimitive>;
}

/** @throws E2EKeyError as `requestHandler`. */
export function targetHandler({
  targets,
  esprim,
  cseBase,
}: Omit<RequestHandlerOptions, 'endpoint'>): TargetHandler {
  const known = targetsOf(targets, cseBase !== undefined);
  return {
    takes: ({ operation, to }) => targetAt(known, to)?.operations.includes(operation) ?? false,

    async answer(endpoint, request, { hop }, onFault) {
      const refused = refuseTarget(known, request, targets);
      if (refused !== null) return refused;
      return request.operation === 'retrieve' && cseBase !== undefined
        ? showCseBase(cseBase, request, onFault)
        : answerNotify(endpoint, request, { hop }, { onFault, esprim });
    },
  };
}

function refuseTarget(
  known: Targets,
  request: RequestPrimitive,
  targets: readonly string[],
): ResponsePrimitive | null {
  const target = targetAt(known, request.to);
  if (target === undefined)
    return refusal(
      request,
      'NOT_FOUND',
      `there is no ${JSON.stringify(request.to.slice(0, maxShownTarget))} here; this end-point is ${targets[0]} (TS-0001 7.2; over HTTP the path of an absolute address begins with /_/: TS-0009 6.2.2.1)`,
    );
  if (!target.operations.includes(request.operation))
    return refusal(
      request,
      'OPERATION_NOT_ALLOWED',
      `${request.operation} is not for this target; ${target.kind} takes ${target.operations.join(' and ')} (TS-0004 7.5.1.2.12)`,
    );
  return null;
}

/** Enough of a target to recognise it by. */
const maxShownTarget = 80;

/** Result Content of a RETRIEVE that our `<CSEBase>`, which has no children, is the whole answer to (TS-0004 6.3.4.2.7). */
const wholeResource: readonly number[] = [1, 4, 5];

/** Result Content of other operations (TS-0001 Table 8.1.2-1). */
const notForRetrieve: readonly number[] = [0, 2, 3, 9];

function showCseBase(
  cseBase: () => CseBase,
  request: RequestPrimitive,
  onFault?: (error: unknown) => void,
): ResponsePrimitive {
  const validity = validityOf(request, Date.now());
  if ('responseStatusCode' in validity) return validity;
  const { resultContent = 1 } = request;
  if (notForRetrieve.includes(resultContent))
    return refusal(
      request,
      'BAD_REQUEST',
      `Result Content (rcn) is ${resultContent}, which is not for RETRIEVE (TS-0004 7.3.2.1)`,
    );
  if (!wholeResource.includes(resultContent))
    return refusal(
      request,
      'NOT_IMPLEMENTED',
      `Result Content (rcn) is ${resultContent}; ${wholeResource.join(', ')} show this <CSEBase> (TS-0004 6.3.4.2.7)`,
    );
  try {
    return respond(request, responseStatuses.OK.rsc, cseBase());
  } catch (error) {
    onFault?.(error);
    return faultResponse(request, error);
  }
}
