// Points in time as oneM2M writes them: m2m:timestamp and m2m:absRelTimestamp (TS-0004 6.3.3). Knows no clock, and not
// what a time-stamp is for.

/**
 * Reads an m2m:timestamp: UTC as `YYYYMMDDThhmmss`, or `YYYYMMDDThhmmss,ffffff` with one to six digits of a second, of
 * which milliseconds are kept.
 *
 * @returns null for anything else, a day that the calendar does not have included (TS-0004 6.3.3).
 */
export function readTimestamp(text: string): Date | null {
  const fields = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(?:,(\d{1,6}))?$/.exec(text);
  if (fields === null) return null;
  const [, year, month, day, hour, minute, second, fraction = '0'] = fields;
  const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction}Z`);
  // A 31 February would be read as a day in March; what is no date at all has no day either.
  return date.getUTCDate() === Number(day) ? date : null;
}

/**
 * Reads an m2m:absRelTimestamp: an m2m:timestamp, or milliseconds from `now` on, at most 15 digits.
 *
 * @param now milliseconds since 1970
 * @returns milliseconds since 1970; null for anything else.
 */
export function readAbsRelTimestamp(text: string, now: number): number | null {
  if (/^[+-]?\d{1,15}$/.test(text)) return now + Number(text);
  return readTimestamp(text)?.getTime() ?? null;
}

/** UTC as `YYYYMMDDThhmmss`, for years 0 to 9999; a fraction of the second is left out, so nothing lasts longer. */
export function writeTimestamp(date: Date): string {
  return date.toISOString().replace(/[-:]|\.\d+Z$/g, '');
}
