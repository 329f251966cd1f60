// The two times of a CRL and of an OCSP response: since when what it says is known to be so, and when there is something
// newer at the latest (RFC 5280 5.1.2.4, 5.1.2.5; RFC 6960 2.4).
import { refuse } from '../errors.ts';

/** Whole seconds are kept. */
export interface StatusTimes {
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
}

/** From now, or from a time that is given, for some days, unless the end is given too. */
export function timesFrom(
  thisUpdate: Date | undefined,
  nextUpdate: Date | undefined,
  days: number,
): StatusTimes {
  const begin = thisUpdate ?? new Date();
  return { thisUpdate: begin, nextUpdate: nextUpdate ?? new Date(begin.getTime() + days * 24 * 3600 * 1000) };
}

/** @throws E2EKeyError OPTION_INVALID for times that cannot be stated, or are in the wrong order. */
export function statableTimes(times: StatusTimes): StatusTimes {
  const thisUpdate = statable('thisUpdate', times.thisUpdate);
  const nextUpdate = statable('nextUpdate', times.nextUpdate);
  if (!(thisUpdate < nextUpdate)) refuse('OPTION_INVALID', 'nextUpdate must be later than thisUpdate');
  return { thisUpdate, nextUpdate };
}

/**
 * UTCTime begins with 1950, GeneralizedTime has four digits for the year (RFC 5280 4.1.2.5).
 *
 * @param name of the field, for the sentence.
 * @throws E2EKeyError OPTION_INVALID for another year.
 */
export function statable(name: string, date: Date): Date {
  const year = date.getUTCFullYear();
  return year >= 1950 && year <= 9999
    ? new Date(Math.floor(date.getTime() / 1000) * 1000)
    : refuse('OPTION_INVALID', `${name} must lie in the years 1950 to 9999`);
}
