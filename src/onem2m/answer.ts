// What a response primitive says to the initiating end-point: the Answer that its carrier hands over.
import type { Answer } from '../endpoint/carrier.ts';
import { refuse } from '../errors.ts';
import { debugOf, type ResponsePrimitive } from './primitive.ts';
import { securityInfo } from './security-info.ts';
import { isObject } from './serialisation/json.ts';

/**
 * @throws E2EKeyError CARRIER_FAILED for a successful response whose m2m:seci cannot be read. Of an error
 * response, the Response Status Code is enough.
 */
export function answerOf(response: ResponsePrimitive): Answer {
  const { responseStatusCode: rsc, content } = response;
  return {
    message: isObject(content) && 'm2m:seci' in content ? messageIn(content, rsc) : null,
    rsc,
    debug: debugOf(response),
  };
}

function messageIn(content: unknown, rsc: number): Uint8Array | null {
  try {
    return securityInfo.unwrap(content);
  } catch (error) {
    if (rsc >= 4000) return null;
    const reason = error instanceof Error ? error.message : 'it cannot be read';
    return refuse('CARRIER_FAILED', `the response has a wrong content: ${reason}`, { cause: error });
  }
}
