// m2m:timestamp and m2m:absRelTimestamp (TS-0004 6.3.3).

/** UTC as `YYYYMMDDThhmmss`. */
export function writeTimestamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/[-:]|\.\d+Z$/g, '');
}

/**
 * Milliseconds since 1970 of a point in time, or of one that is so many milliseconds from `now`; null for anything
 * else.
 */
export function readTimestamp(value: unknown, now: number): number | null {
  if (typeof value !== 'string') return null;
  if (/^[+-]?\d{1,12}$/.test(value)) return now + Number(value);
  const fields = value.match(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(?:,(\d{1,6}))?$/);
  if (fields === null) return null;
  const [, year, month, day, hour, minute, second, fraction = '0'] = fields;
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction}Z`);
  return Number.isNaN(time) ? null : time;
}
