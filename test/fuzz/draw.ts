// Numbers that are the same for the same seed, fast enough for a million inputs. Knows nothing of what is drawn with
// them; not for secrets.
import { hash } from 'node:crypto';

/** sfc32 (small fast counter): 128 bits of state, which the seed's SHA-256 fills. */
export class Draw {
  #a: number;
  #b: number;
  #c: number;
  #counter: number;

  constructor(seed: string) {
    const state = hash('sha256', seed, 'buffer');
    [this.#a, this.#b, this.#c, this.#counter] = [0, 4, 8, 12].map(at => state.readInt32LE(at)) as [
      number,
      number,
      number,
      number,
    ];
  }

  /** 0 up to, but not, `end`; `end` is at most 2^32. */
  below(end: number): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return Math.floor(((sum >>> 0) / 2 ** 32) * end);
  }

  /** True once in `n` times. */
  oneIn(n: number): boolean {
    return this.below(n) === 0;
  }

  /** @throws RangeError for an empty list. */
  one<T>(list: readonly T[]): T {
    if (list.length === 0) throw new RangeError('nothing to draw from');
    return list[this.below(list.length)] as T;
  }

  octets(size: number): Uint8Array {
    const bytes = Buffer.alloc(size);
    for (let at = 0; at < size; at++) bytes[at] = this.below(256);
    return bytes;
  }
}
