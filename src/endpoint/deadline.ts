// An end to waiting. Whoever is waited for (a carrier, a signer) may heed the signal or not.
import type { E2EKeyError } from '../errors.ts';

export interface Deadline {
  readonly signal: AbortSignal;
  /** Must be called when nobody waits any more. */
  clear(): void;
  /** For what nobody waits for: it does not keep the process alive. */
  unref(): void;
}

/**
 * Aborts after so many milliseconds, or with `outer`. Unlike that of AbortSignal.timeout, its timer keeps the
 * process alive: whoever waits gets an answer, even where nothing else is left to happen.
 */
export function startDeadline(milliseconds: number, outer?: AbortSignal): Deadline {
  const controller = new AbortController();
  const abort = () => controller.abort();
  const timer = setTimeout(abort, milliseconds);
  outer?.addEventListener('abort', abort);
  if (outer?.aborted) abort();
  return {
    signal: controller.signal,
    clear: () => {
      clearTimeout(timer);
      outer?.removeEventListener('abort', abort);
    },
    unref: () => void timer.unref(),
  };
}

/** What `work` gives, or `late` once the signal says so. */
export async function inTime<T>(signal: AbortSignal, work: Promise<T>, late: () => E2EKeyError): Promise<T> {
  const ended = Promise.withResolvers<never>();
  const end = () => ended.reject(late());
  signal.addEventListener('abort', end);
  if (signal.aborted) end();
  try {
    return await Promise.race([work, ended.promise]);
  } finally {
    signal.removeEventListener('abort', end);
  }
}
