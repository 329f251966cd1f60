// Asks all judges about many cases, two at a time.
import { cases } from './cases.ts';
import { Comparison } from './comparison.ts';
import type { Judge } from './judges/judge.ts';
import { ourFinding } from './judges/ours.ts';

/** A process and a thread wait for each case; small machines have two cores. */
const atOnce = 2;

/** @param progress is told how many were compared so far. */
export async function compare(
  judges: readonly Judge[],
  seed: number,
  count: number,
  progress: (comparison: Comparison) => void,
): Promise<Comparison> {
  const comparison = new Comparison();
  const source = cases(seed);
  let taken = 0;
  const work = async (): Promise<void> => {
    while (taken < count) {
      taken += 1;
      const { value: one } = source.next();
      const finding = ourFinding(one.question);
      const opinions = await Promise.all(
        judges.map(async judge => [judge.name, await judge.judge(one.question)] as const),
      );
      comparison.add(one, finding, new Map(opinions));
      progress(comparison);
    }
  };
  try {
    await Promise.all(Array.from({ length: atOnce }, work));
  } finally {
    await Promise.all(judges.map(judge => judge.end()));
  }
  return comparison;
}
