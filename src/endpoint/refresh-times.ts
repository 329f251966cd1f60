// When status information is fetched again: well before it ends, and at no moment that many would choose together. Knows
// no clock of its own.
import type { Random } from '../crypto/random.ts';

/** All in milliseconds. No server of an authority is asked more often. */
const shortestPause = 60_000;
/** So long at the most is a server left in peace that fails. */
const longestPause = 60 * 60_000;
/** Authorities put out a list before its time when something has happened (RFC 5280 5.1.2.5): nobody would see it. */
const longestRest = 24 * 60 * 60_000;

/** One place that is asked again and again. */
export class RefreshTimes {
  readonly #random: Random;
  #due = 0;
  #failures = 0;
  #plannedFor: unknown = null;

  constructor(random: Random) {
    this.#random = random;
  }

  /** At a time that is further away than any that is chosen here, the clock was ahead when it was. */
  isDue(now: number): boolean {
    return this.#due <= now || this.#due - now > longestRest;
  }

  /**
   * Something is held since `fetched`, and ends at `until`: what comes after it is fetched at a random moment in the
   * third quarter of that time. The same thing is planned for once.
   */
  plan(held: unknown, fetched: number, until: number): void {
    if (held === this.#plannedFor) return;
    this.#plannedFor = held;
    this.#rest(fetched, until);
  }

  /** It was fetched, and is still the same or not. */
  succeeded(held: unknown, now: number, until: number): void {
    this.#plannedFor = held;
    this.#rest(now, until);
  }

  /** Nothing of use came: each further pause is twice as long. */
  failed(now: number): void {
    const pause = Math.min(shortestPause * 2 ** this.#failures, longestPause);
    this.#failures += 1;
    this.#due = now + pause * (1 + this.#chance() / 2);
  }

  #rest(from: number, until: number): void {
    this.#failures = 0;
    const rest = Math.min(until - from, longestRest) * (0.5 + 0.25 * this.#chance());
    this.#due = from + Math.max(rest, shortestPause);
  }

  /** From 0 to below 1. */
  #chance(): number {
    return Buffer.from(this.#random(4)).readUInt32BE() / 2 ** 32;
  }
}
