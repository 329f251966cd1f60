// One place that status information is fetched from again and again, because it is configured: never because a peer
// named it. What is fetched is judged by its kind (crl-source.ts, staple-source.ts).
import { E2EKeyError, refuse } from '../errors.ts';
import type { StatusFetch, StatusRequest } from './bounded-fetch.ts';
import { inTime, startDeadline } from './deadline.ts';
import { asE2EKeyError } from './failure.ts';
import type { RefreshTimes } from './refresh-times.ts';
import type { Told } from './revocation-event.ts';

export interface StatusSource {
  readonly of: 'list' | 'staple';
  /** The issuer of the list, or our certificate. */
  readonly subject: string;
  readonly request: Omit<StatusRequest, 'signal'>;
  readonly times: RefreshTimes;
  /** The newest that there is; null for nothing. */
  held(): Held | null;
  /**
   * Judges what came, and takes it into use; what is to be told of it, or null where it is what is there already.
   *
   * @throws E2EKeyError for what is not to be used.
   */
  take(bytes: Uint8Array, time: Date): Told | null;
}

export interface Held {
  /** Another object for another content. */
  readonly content: object;
  /** Milliseconds since 1970. */
  readonly fetched: number;
  readonly until: number;
}

/** How long one exchange may take, in milliseconds. */
const longestExchange = 10_000;

/**
 * Fetches and takes what is due; what is to be told of that, or null.
 *
 * @param closing ends the exchange, of which nothing is told then.
 */
export async function refreshFrom(
  source: StatusSource,
  fetch: StatusFetch,
  clock: () => Date,
  closing: AbortSignal,
): Promise<Told | null> {
  const { times, request, of, subject } = source;
  const before = source.held();
  const begun = clock().getTime();
  // A row of the store may say what it likes of its own time.
  if (before !== null) times.plan(before.content, Math.min(before.fetched, begun), before.until);
  if (!times.isDue(begun)) return null;
  const about = { of, subject, source: sourceName(request.url) };
  let bytes: Uint8Array;
  try {
    bytes = await exchange(request, fetch, closing);
  } catch (error) {
    if (closing.aborted) return null;
    times.failed(begun);
    const { code, message } = asFetchError(error);
    return { event: 'refresh failed', ...about, code, message };
  }
  const time = clock();
  try {
    const taken = source.take(bytes, time);
    const held = source.held();
    if (held !== null) times.succeeded(held.content, time.getTime(), held.until);
    return taken;
  } catch (error) {
    times.failed(time.getTime());
    const { code, message } = asE2EKeyError(error);
    return { event: 'refresh refused', ...about, code, message };
  }
}

async function exchange(
  request: StatusSource['request'],
  fetch: StatusFetch,
  closing: AbortSignal,
): Promise<Uint8Array> {
  const { signal, clear, unref } = startDeadline(longestExchange, closing);
  unref();
  let bytes: Uint8Array;
  try {
    bytes = await inTime(signal, fetch({ ...request, signal }), late);
  } finally {
    clear();
  }
  // Whoever brings a fetch of his own has promised it.
  if (bytes.length > request.most) refuse('CARRIER_FAILED', `the body has more than ${request.most} octets`);
  return bytes;
}

function late(): E2EKeyError {
  return new E2EKeyError('CARRIER_FAILED', `no answer within ${longestExchange / 1000} s`);
}

function asFetchError(error: unknown): E2EKeyError {
  if (error instanceof E2EKeyError) return error;
  const reason = error instanceof Error ? error.message : 'unknown reason';
  return new E2EKeyError('CARRIER_FAILED', `nothing came: ${reason}`, { cause: error });
}

/** A query may hold what is nobody's business. */
export function sourceName({ origin, pathname }: URL): string {
  return `${origin}${pathname}`;
}

/** @throws E2EKeyError OPTION_INVALID for what is no http: or https: URL, and for one with a user name or password. */
export function sourceUrl(option: string, text: string): URL {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol))
    return refuse('OPTION_INVALID', `${option}: no http: or https: URL`);
  return url.username === '' && url.password === ''
    ? url
    : refuse('OPTION_INVALID', `${option}: a URL with a user name or a password`);
}
