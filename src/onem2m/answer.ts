// What a response primitive says to the initiating end-point: the Answer that its carrier hands over.
import type { Answer } from '../endpoint/carrier.ts';
import { refuse } from '../errors.ts';
import { debugText, type ResponsePrimitive } from './primitive.ts';
import { securityInfo } from './security-info.ts';

/**
 * @throws E2EKeyError CARRIER_FAILED for a successful response whose m2m:seci cannot be read. Of an error
 * response, the Response Status Code is enough.
 */
export function answerOf({ responseStatusCode: rsc, content }: ResponsePrimitive): Answer {
  const members = new Map(typeof content === 'object' && content !== null ? Object.entries(content) : []);
  const debug = members.get('m2m:dbg');
  return {
    message: members.has('m2m:seci') ? messageIn(content, rsc) : null,
    rsc,
    debug: typeof debug === 'string' ? debugText(debug) : null,
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
