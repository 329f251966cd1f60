// The Carrier to the virtual child `e2EKeyCSE` of the terminating `<CSEBase>`, which TS-0003 8.7.2.2 names as an
// example: the same content as in a NOTIFY to the `<CSEBase>` itself, by NOTIFY or by CREATE. Knows no binding.
import type { Answer, Carrier, Delivery } from '../endpoint/carrier.ts';
import { refuse } from '../errors.ts';
import { parseAbsolute } from '../identifiers/entity.ts';
import { e2eKeyCseOf, writeAddress } from './address.ts';
import { answerOf } from './answer.ts';
import type { NotifyOptions } from './notify-carrier.ts';
import { requestIdentifier } from './request-identifier.ts';
import { securityInfo } from './security-info.ts';
import type { Sender } from './sender.ts';

export interface E2EKeyCseOptions extends NotifyOptions {
  /** NOTIFY unless given. */
  readonly operation?: 'notify' | 'create';
}

/**
 * A CREATE names a type, and this child has no number: `<contentInstance>` is one that every CSE on the way knows
 * (TS-0004 6.3.4.2.1), and the terminating end-point does not look at it.
 */
const createdType = 4;

/** For terminating end-points that are CSEs: an AE has no such child (deliver: OPTION_INVALID). */
export function e2eKeyCseCarrier(sender: Sender, options: E2EKeyCseOptions = {}): Carrier {
  const { operation = 'notify' } = options;
  return {
    async deliver(delivery: Delivery): Promise<Answer> {
      if (parseAbsolute(delivery.to).ae !== null)
        return refuse('OPTION_INVALID', `${delivery.to} is an AE; e2EKeyCSE is a child of a <CSEBase>`);
      const response = await sender.send(
        {
          operation,
          to: e2eKeyCseOf(writeAddress(delivery.to, options.to ?? 'absolute')),
          from: writeAddress(delivery.from, options.from ?? 'absolute'),
          requestIdentifier: requestIdentifier(delivery),
          releaseVersionIndicator: options.releaseVersion ?? '3',
          ...(operation === 'create' && { resourceType: createdType }),
          content: securityInfo.wrap(delivery.message),
        },
        delivery.signal,
      );
      return answerOf(response);
    },
  };
}
