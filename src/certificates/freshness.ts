// Until when what was said of a certificate's status counts, and the words in which a status is refused; the same for
// CRLs and for OCSP responses.
import type { Objection } from './finding.ts';

/** How far an issuer's clock may be ahead of ours, in milliseconds: what was just signed has to be usable. */
const clockTolerance = 5 * 60_000;

export interface Period {
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
}

/** Times of status information know seconds and not their parts; both ends belong to the period. */
export function isFresh({ thisUpdate, nextUpdate }: Period, time: Date): boolean {
  return !isAhead(thisUpdate, time) && Math.floor(time.getTime() / 1000) * 1000 <= nextUpdate.getTime();
}

/** Does it come from the future? */
export function isAhead(said: Date, time: Date): boolean {
  return said.getTime() - clockTolerance > time.getTime();
}

export function notRevoked(problem: string, clause: string): Objection {
  return {
    code: 'CERTIFICATE_REVOKED',
    field: 'status',
    problem,
    accepted: 'a certificate that is not revoked',
    clause,
  };
}

export function statusUnknown(field: string, problem: string, accepted: string, clause: string): Objection {
  return { code: 'CERTIFICATE_STATUS_UNKNOWN', field, problem, accepted, clause };
}
