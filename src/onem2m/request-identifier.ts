// The Request Identifier that our carriers give a NOTIFY. It names the procedure, so that the terminating
// end-point can try the right pending handshake first; whoever else writes identifiers may use any form.
import type { Delivery } from '../endpoint/carrier.ts';

export function requestIdentifier({ procedure, ordinal }: Pick<Delivery, 'procedure' | 'ordinal'>): string {
  return `e2ekey-${procedure}-${ordinal}`;
}

/** `Delivery.procedure` out of a Request Identifier, if it has our form and the name at most 64 characters. */
export function procedureOf(identifier: string | undefined): string | undefined {
  return identifier?.match(/^e2ekey-([A-Za-z0-9._~-]{1,64})-[13]$/)?.[1];
}
