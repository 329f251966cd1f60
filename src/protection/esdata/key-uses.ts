// How often a key has encrypted directly, and how often it may. AES-GCM with random initialisation vectors falls when one
// comes twice under one key; what the count is kept in is the caller's.
import { refuse } from '../../errors.ts';

/** TS-0003 8.5.2.2.1, RFC 7518 §8.4: no more objects than this are encrypted with one key. */
const maxUses = 2 ** 32;
/** The half of it: both end-points that share a key encrypt with it, and each counts its own. */
const usualLimit = 2 ** 31;

/**
 * The count of one key, to 2^31 where no limit is given. Who keeps keys longer than a process lives stores `count`, before the object is given away,
 * and begins with it.
 *
 * @example
 * ```ts
 * import { KeyUses } from 'e2ekey/protection';
 * const uses = new KeyUses({ count: 1000, limit: 1_000_000 });
 * ```
 */
export class KeyUses {
  readonly limit: number;
  #count: number;

  /** @throws E2EKeyError OPTION_INVALID for a count or limit that is no whole number from 0 to 2^32. */
  constructor({ count = 0, limit = usualLimit }: { readonly count?: number; readonly limit?: number } = {}) {
    for (const [name, value] of Object.entries({ count, limit }))
      if (!Number.isInteger(value) || value < 0 || value > maxUses)
        refuse(
          'OPTION_INVALID',
          `${name} of a key's uses is no whole number from 0 to 2^32 (TS-0003 8.5.2.2.1)`,
        );
    this.#count = count;
    this.limit = limit;
  }

  get count(): number {
    return this.#count;
  }

  /**
   * One more, counted before it is used: what fails has been counted, and two at once do not share the last one.
   *
   * @throws E2EKeyError KEY_EXHAUSTED when there is none left.
   */
  take(): void {
    if (this.#count >= this.limit)
      refuse(
        'KEY_EXHAUSTED',
        `the key has been used ${this.limit} times, and may not be used again (TS-0003 8.5.2.2.1)`,
      );
    this.#count += 1;
  }
}
