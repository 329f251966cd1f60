// An m2m:securityInfo in a request, its answer in the response (TS-0004 7.5.1.2.11 to 7.5.1.2.13), for any binding and any
// framework. Knows the primitive and the rules for answering it; the E2EKey procedure behind it is the endpoint's, and
// ESPrim the protection's.
import type { Origin } from '../endpoint/carrier.ts';
import { E2EKeyError, refuse } from '../errors.ts';
import { faultResponse } from './fault-response.ts';
import { type RequestPrimitive, type ResponsePrimitive, refusal, respond } from './primitive.ts';
import { procedureOf } from './request-identifier.ts';
import { validityOf } from './request-validity.ts';
import { responseStatuses } from './response-status-code.ts';
import { securityInfo, securityInfoType } from './security-info.ts';

/** The side of an Endpoint that answers. */
export interface AnsweringEndpoint {
  /** Message 1 or 3 in, message 2 or 4 out; rejects with an E2EKeyError that says what to tell the peer. */
  answer(from: Origin, message: Uint8Array): Promise<Uint8Array>;
}

/** What answers for ESPrim; an `EsPrimHandler` of `e2ekey/protection` is one. */
export interface AnsweringEsPrim {
  /** Answers a NOTIFY with securityInfoType 3 or 5. Never rejects. */
  answer(request: RequestPrimitive, onFault?: (error: unknown) => void): Promise<ResponsePrimitive>;
}

/** securityInfoType of what ESPrim sends: the request for a random object, and its object (TS-0004 6.3.4.2.35). */
const esprimTypes: readonly number[] = [3, 5];

export interface AnswerOptions {
  /** Without it ESPrim is not implemented here. */
  readonly esprim?: AnsweringEsPrim | undefined;
  /** Told what the peer is not: our own failures. */
  readonly onFault?: ((error: unknown) => void) | undefined;
  /** Milliseconds since 1970, for the expiration time-stamps. */
  readonly clock?: () => number;
}

/**
 * Answers a NOTIFY, or a CREATE at e2EKeyCSE, that carries an E2EKey Message. Never rejects: whatever is wrong with the
 * request, and whatever goes wrong behind it, is a response primitive.
 *
 * @param origin `hop` as the binding knows it; From and the procedure's name are taken from the request.
 */
export async function answerNotify(
  endpoint: AnsweringEndpoint,
  request: RequestPrimitive,
  origin: Pick<Origin, 'hop'>,
  { onFault, esprim, clock = Date.now }: AnswerOptions = {},
): Promise<ResponsePrimitive> {
  const validity = validityOf(request, clock());
  if ('responseStatusCode' in validity) return validity;
  if (request.operation === 'create' && request.resourceType === undefined)
    return refusal(request, 'BAD_REQUEST', 'Resource Type (ty) of the CREATE is missing (TS-0004 7.3.2.1)');

  try {
    const type = securityInfoType(request.content);
    if (esprim !== undefined && esprimTypes.includes(type))
      return request.operation === 'notify'
        ? await esprim.answer(request, onFault)
        : refusal(request, 'OPERATION_NOT_ALLOWED', 'ESPrim comes in a NOTIFY (TS-0001 11.4.2)');
    if (type !== 6)
      return refusal(
        request,
        'NOT_IMPLEMENTED',
        `m2m:seci.sit is ${type}; ${esprim === undefined ? 'only ESCertKE Messages (6) are' : 'ESCertKE Messages (6) and ESPrim (3, 5) are'} answered here`,
      );
    const message = securityInfo.unwrap(request.content);
    const procedure = procedureOf(request.requestIdentifier);
    const answer = await endpoint.answer(
      { hop: origin.hop, claimed: validity.from, ...(procedure !== undefined && { procedure }) },
      message,
    );
    // The originator has given up, and its retransmission gets the same answer.
    if (clock() >= validity.resultExpires)
      return refuse(
        'REQUEST_EXPIRED',
        'resultExpirationTimestamp (X-M2M-RST) passed before there was an answer (TS-0001 8.1.2)',
      );
    const success = request.operation === 'create' ? responseStatuses.CREATED : responseStatuses.OK;
    return respond(request, success.rsc, securityInfo.wrap(answer));
  } catch (error) {
    if (!(error instanceof E2EKeyError) || error.blame === 'own' || error.blame === 'caller')
      onFault?.(error);
    return faultResponse(request, error);
  }
}
