// The usual carrier: NOTIFYs over HTTP, to the terminating end-point itself or to the CSE that passes them on.
import type { Carrier } from '../endpoint/carrier.ts';
import { type HopOptions, httpSender } from './http-sender.ts';
import { type NotifyOptions, notifyCarrier } from './notify-carrier.ts';

export interface HttpCarrierOptions extends NotifyOptions, HopOptions {}

/**
 * A carrier for targets behind one HTTP server.
 *
 * @param baseUrl `http:` or `https:`, with the path below which the CSE's addresses lie, if it is not the root.
 * @throws E2EKeyError OPTION_INVALID for any other URL.
 * @example
 * ```ts
 * import { httpCarrier } from 'e2ekey/onem2m';
 * const carrier = httpCarrier('https://cse.example', { from: 'cse-relative' }); // through our registrar CSE
 * ```
 */
export function httpCarrier(baseUrl: string, options: HttpCarrierOptions = {}): Carrier {
  const { to: _to, from: _from, releaseVersion: _release, ...hop } = options;
  return notifyCarrier(httpSender(baseUrl, hop), options);
}
