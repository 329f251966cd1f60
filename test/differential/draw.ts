// Drawing from fast-check, in the words that the generator is written in.
import { hash } from 'node:crypto';
import fc from 'fast-check';

export interface Draw {
  one<T>(list: readonly T[]): T;
  /** Both ends included. */
  number(least: number, most: number): number;
  /** True once in `n` times. */
  oneIn(n: number): boolean;
  /** Some of the list, at least `least`, in its order. */
  some<T>(list: readonly T[], least?: number): readonly T[];
  shuffled<T>(list: readonly T[]): readonly T[];
}

/** Values that `make` draws the parts of. */
export function drawn<T>(make: (draw: Draw) => T): fc.Arbitrary<T> {
  return fc.gen().map(value => {
    // Not fc.integer: its bias towards the ends would make some rules rare.
    const number = (least: number, most: number): number =>
      least + Math.floor(value(fraction) * (most - least + 1));
    const one = <E>(list: readonly E[]): E => list[number(0, list.length - 1)] as E;
    return make({
      one,
      number,
      oneIn: n => number(1, n) === 1,
      some(list, least = 0) {
        const count = number(least, list.length);
        const chosen = new Set(shuffled([...list.keys()], number).slice(0, count));
        return list.filter((_, index) => chosen.has(index));
      },
      shuffled: list => shuffled(list, number),
    });
  });
}

/** Without end. Each value has a seed of its own: in one stream of fast-check they would overlap. */
export function* valuesOf<T>(
  arbitraryAt: (index: number) => fc.Arbitrary<T>,
  seed: number,
): Generator<T, never> {
  for (let index = 0; ; index++) {
    const own = Buffer.from(hash('sha256', `${seed} ${index}`), 'hex').readInt32BE();
    yield* fc.sample(arbitraryAt(index), { seed: own, numRuns: 1 });
  }
}

/** 0 up to, but not, 1; even to 2⁻³⁰. */
const fraction = (): fc.Arbitrary<number> =>
  fc.noBias(fc.nat({ max: 2 ** 30 - 1 })).map(numerator => numerator / 2 ** 30);

function shuffled<T>(list: readonly T[], number: (least: number, most: number) => number): T[] {
  const left = [...list];
  return list.map(() => left.splice(number(0, left.length - 1), 1)[0] as T);
}
