// The Carrier of the standard: each message a blocking NOTIFY to the `<CSEBase>` or `<AE>` of the terminating
// end-point, its answer the content of the response (TS-0001 11.4.3, TS-0004 7.5.1.2.12). Knows no binding.
import type { Answer, Carrier, Delivery } from '../endpoint/carrier.ts';
import { type AddressForm, writeAddress } from './address.ts';
import { answerOf } from './answer.ts';
import type { ReleaseVersion } from './release-version.ts';
import { requestIdentifier } from './request-identifier.ts';
import { securityInfo } from './security-info.ts';
import type { Sender } from './sender.ts';

export interface NotifyOptions {
  /**
   * How the target is addressed. Absolute (the default) names it in every service provider's domain; a CSE
   * that knows only its own domain takes `sp-relative`.
   */
  readonly to?: Exclude<AddressForm, 'cse-relative'>;
  /**
   * How the originator names itself. Absolute (the default) suits the terminating end-point and a transit
   * CSE; a registrar CSE refuses its own AE under anything but the AE-ID-Stem, `cse-relative` (TS-0004 7.3.2.1).
   */
  readonly from?: AddressForm;
  /** X-M2M-RVI; `3` unless given. */
  readonly releaseVersion?: ReleaseVersion;
}

/**
 * Sends no Request Expiration Timestamp: the clock of a device is often wrong, and whoever waits no longer
 * closes the connection.
 */
export function notifyCarrier(sender: Sender, options: NotifyOptions = {}): Carrier {
  return {
    async deliver(delivery: Delivery): Promise<Answer> {
      const response = await sender.send(
        {
          operation: 'notify',
          to: writeAddress(delivery.to, options.to ?? 'absolute'),
          from: writeAddress(delivery.from, options.from ?? 'absolute'),
          requestIdentifier: requestIdentifier(delivery),
          releaseVersionIndicator: options.releaseVersion ?? '3',
          content: securityInfo.wrap(delivery.message),
        },
        delivery.signal,
      );
      return answerOf(response);
    },
  };
}
