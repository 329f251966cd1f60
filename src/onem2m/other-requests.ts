// What an HTTP server that takes nothing but the NOTIFYs to its targets says to every other request. Knows no
// framework, and looks at no body.
import { addressesOf } from './address.ts';
import { readRequest } from './http-binding.ts';
import { type ResponsePrimitive, refusal } from './primitive.ts';

/**
 * The refusal of a request that is no NOTIFY to a target: OPERATION_NOT_ALLOWED at a target, NOT_FOUND anywhere
 * else (TS-0004 6.6.3.4). Never throws.
 *
 * @param targets absolute identifiers of the `<CSEBase>` and `<AE>` that are answered for
 */
export function refuseOther(
  targets: readonly string[],
  message: Omit<Parameters<typeof readRequest>[0], 'body'>,
): ResponsePrimitive {
  const request = readRequest({ ...message, body: new Uint8Array() });
  if (!('operation' in request)) return request;
  return targets.flatMap(addressesOf).some(address => sameTarget(address, request.to))
    ? refusal(request, 'OPERATION_NOT_ALLOWED', `this target takes NOTIFY, not ${request.operation}`)
    : refusal(request, 'NOT_FOUND', 'there is no such target here');
}

/** The service provider's name is compared without regard to case (RFC 4343). */
function sameTarget(one: string, other: string): boolean {
  const [a, b] = [one, other].map(address => address.replace(/^\/\/[^/]+/, host => host.toLowerCase()));
  return a === b;
}
