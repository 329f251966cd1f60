// What is checked of every request before it is looked at what it asks for: the parameters beside its content
// (TS-0004 7.3.2.1). Knows no target and no content.
import { refuse } from '../errors.ts';
import { faultResponse } from './fault-response.ts';
import { type RequestPrimitive, type ResponsePrimitive, refusal } from './primitive.ts';
import { releaseVersions } from './release-version.ts';
import { readAbsRelTimestamp } from './timestamp.ts';

/** Of a valid request, what answering it needs. */
export interface Validity {
  readonly from: string;
  /** When its result is of no use any more, in milliseconds since 1970. */
  readonly resultExpires: number;
}

/** Or the response that refuses it. */
export function validityOf(request: RequestPrimitive, now: number): Validity | ResponsePrimitive {
  const {
    from,
    releaseVersionIndicator: release,
    responseType,
    requestExpirationTimestamp,
    resultExpirationTimestamp,
    operationExecutionTime,
  } = request;
  if (release !== undefined && !releaseVersions.some(known => known === release))
    return refusal(
      request,
      'RELEASE_VERSION_NOT_SUPPORTED',
      `releaseVersionIndicator (X-M2M-RVI) is none of ${releaseVersions.join(', ')}`,
    );
  // Message 3 finds its pending handshake by From (TS-0001 11.4.3).
  if (from === undefined)
    return refusal(request, 'BAD_REQUEST', 'From (X-M2M-Origin) is missing (TS-0004 7.3.2.1)');
  const unanswerable = responseType && refuseResponseType(request, responseType.responseTypeValue);
  if (unanswerable) return unanswerable;
  // Whoever wants it later must not believe that it waits.
  if (operationExecutionTime !== undefined)
    return refusal(
      request,
      'NOT_IMPLEMENTED',
      'Operation Execution Time (X-M2M-OET) is not supported (TS-0004 7.3.2.1)',
    );
  try {
    inTime('requestExpirationTimestamp (X-M2M-RET)', requestExpirationTimestamp, now);
    const resultExpires = inTime('resultExpirationTimestamp (X-M2M-RST)', resultExpirationTimestamp, now);
    return { from, resultExpires };
  } catch (error) {
    return faultResponse(request, error);
  }
}

/**
 * The response is the answer, and it is given at once: who would not look at it must not lose it in silence. Blocking
 * (3) is what we do, and flexible (4) leaves it to us.
 */
function refuseResponseType(request: RequestPrimitive, value: number): ResponsePrimitive | null {
  switch (value) {
    case 3:
    case 4:
      return null;
    case 1:
      return refusal(
        request,
        'NON_BLOCKING_SYNCH_REQUEST_NOT_SUPPORTED',
        'Response Type (rt) is 1; there is no <request> resource here (TS-0004 7.3.2.2)',
      );
    case 2:
    case 5:
      return refusal(
        request,
        'NOT_IMPLEMENTED',
        `Response Type (rt) is ${value}; the answer is in the response itself, with 3 (TS-0004 7.3.2.1)`,
      );
    default:
      return refusal(
        request,
        'BAD_REQUEST',
        `Response Type (rt) is ${value}, none of 1 to 5 (TS-0004 6.3.4.2.6)`,
      );
  }
}

/** When a time-stamp ends, in milliseconds since 1970; never, without one. */
function inTime(name: string, timestamp: string | undefined, now: number): number {
  if (timestamp === undefined) return Infinity;
  const expires = readAbsRelTimestamp(timestamp, now);
  if (expires === null) return refuse('REQUEST_INVALID', `${name} is no m2m:absRelTimestamp (TS-0004 6.3.3)`);
  return expires > now ? expires : refuse('REQUEST_EXPIRED', `${name} has passed (TS-0004 7.3.2.1)`);
}
