// A NOTIFY in, its response out (TS-0004 7.5.1.2.12), for any binding and any framework. Knows the primitive
// and the rules for answering it; the E2EKey procedure behind it is the endpoint's.
import type { Origin } from '../endpoint/carrier.ts';
import { refuse } from '../errors.ts';
import { faultResponse } from './fault-response.ts';
import { type RequestPrimitive, type ResponsePrimitive, refusal, respond } from './primitive.ts';
import { procedureOf } from './request-identifier.ts';
import { responseStatuses } from './response-status-code.ts';
import { securityInfo, securityInfoType } from './security-info.ts';

/** The side of an Endpoint that answers. */
export interface AnsweringEndpoint {
  /** Message 1 or 3 in, message 2 or 4 out; rejects with an E2EKeyError that says what to tell the peer. */
  answer(from: Origin, message: Uint8Array): Promise<Uint8Array>;
}

/** Releases that have m2m:securityInfo and were looked at (TS-0004 6.4.1). */
const releaseVersions = ['2a', '3', '4', '5'];

/**
 * Answers a NOTIFY that carries an E2EKey Message. Never rejects: whatever is wrong with the request, and
 * whatever goes wrong behind it, is a response primitive.
 *
 * @param origin `hop` as the binding knows it; From and the procedure's name are taken from the request.
 * @param now milliseconds since 1970, for Request Expiration Timestamp.
 */
export async function answerNotify(
  endpoint: AnsweringEndpoint,
  request: RequestPrimitive,
  origin: Pick<Origin, 'hop'>,
  now: number = Date.now(),
): Promise<ResponsePrimitive> {
  const {
    operation,
    from,
    requestExpirationTimestamp: expiration,
    releaseVersionIndicator: release,
  } = request;
  if (operation !== 'notify')
    return refusal(
      request,
      'OPERATION_NOT_ALLOWED',
      `an E2EKey Message comes by NOTIFY, not by ${operation} (TS-0004 7.5.1.2.12)`,
    );
  if (release !== undefined && !releaseVersions.includes(release))
    return refusal(
      request,
      'RELEASE_VERSION_NOT_SUPPORTED',
      `releaseVersionIndicator is none of ${releaseVersions.join(', ')}`,
    );
  // Message 3 finds its pending handshake by From (TS-0001 11.4.3).
  if (from === undefined) return refusal(request, 'BAD_REQUEST', 'from is missing (TS-0001 11.4.3)');

  try {
    const expires = expiration === undefined ? Infinity : parseExpiration(expiration, now);
    if (expires <= now)
      return refuse('REQUEST_EXPIRED', 'requestExpirationTimestamp has passed (TS-0001 8.1.2)');
    const type = securityInfoType(request.content);
    if (type !== 6)
      return refusal(
        request,
        'NOT_IMPLEMENTED',
        `m2m:seci.sit is ${type}; only ESCertKE Messages (6) are answered here`,
      );
    const message = securityInfo.unwrap(request.content);
    const procedure = procedureOf(request.requestIdentifier);
    const answer = await endpoint.answer(
      { hop: origin.hop, claimed: from, ...(procedure !== undefined && { procedure }) },
      message,
    );
    return respond(request, responseStatuses.OK.rsc, securityInfo.wrap(answer));
  } catch (error) {
    return faultResponse(request, error);
  }
}

/** m2m:absRelTimestamp (TS-0004 6.3.3): UTC as `YYYYMMDDThhmmss` with an optional fraction, or milliseconds from now. */
function parseExpiration(text: string, now: number): number {
  if (/^[+-]?\d{1,15}$/.test(text)) return now + Number(text);
  const fields = text.match(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(?:,(\d{1,6}))?$/);
  if (fields === null)
    return refuse('REQUEST_INVALID', 'requestExpirationTimestamp is no m2m:absRelTimestamp (TS-0004 6.3.3)');
  const [, year, month, day, hour, minute, second, fraction = '0'] = fields;
  const expires = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction}Z`);
  if (Number.isNaN(expires))
    return refuse('REQUEST_INVALID', 'requestExpirationTimestamp is no date and time (TS-0004 6.3.3)');
  return expires;
}
