// The fuzzer: makes inputs for targets in turn, the same ones for the same seed, and keeps as further seeds those that
// ended as none before. What became of an input stands in for the path it took: the sentences of the refusals name
// field and place. Knows no target; prints nothing.
import { Draw } from './draw.ts';
import { mutate, type Spares, sparesOf } from './mutate.ts';
import type { Part } from './part.ts';
import { reduce } from './reduce.ts';
import { type Outcome, outcomeOf, type Target } from './target.ts';

export interface Finding {
  readonly target: string;
  readonly seed: string;
  /** The how manieth input of its target. */
  readonly input: number;
  readonly error: unknown;
  /** As small as the reducer gets it. */
  readonly bytes: Uint8Array;
}

/** What became of the inputs of one target. */
export interface Tally {
  readonly target: string;
  inputs: number;
  taken: number;
  /** Refused, by code. */
  readonly refused: Map<string, number>;
  /** Different ones: code and sentence. */
  readonly outcomes: Set<string>;
}

interface FuzzOptions {
  readonly seed: string;
  readonly inputs: number;
  /** Told of each input before it is taken, so that whoever waits for one that does not end knows it. */
  readonly before?: (bytes: Uint8Array) => void;
}

export interface Result {
  readonly tally: Tally;
  readonly findings: readonly Finding[];
}

/** Kept inputs of one target; a set that grows for ever would be slower and not better. */
const maxKept = 300;
const maxKeptParts = 2000;
/** An E2EKey Message has 64 KiB at most, a body 96: what is above is refused by its size alone. */
export const maxSize = 100_000;
/** The same mistake comes out again and again. */
const maxFindings = 5;

/** How many of the inputs each target gets: by its weight, and one at least. */
export function sharesOf(targets: readonly Target[], inputs: number): ReadonlyMap<Target, number> {
  const weights = targets.reduce((sum, { weight = 1 }) => sum + weight, 0);
  return new Map(
    targets.map(target => [target, Math.max(1, Math.ceil((inputs * (target.weight ?? 1)) / weights))]),
  );
}

/** The same inputs, outcomes and findings each time, unless the target draws something itself. */
export async function fuzz(target: Target, { seed, inputs, before }: FuzzOptions): Promise<Result> {
  const tally: Tally = { target: target.name, inputs: 0, taken: 0, refused: new Map(), outcomes: new Set() };
  const findings: Finding[] = [];
  for (const input of inputsOf(target, seed, tally)) {
    if (tally.inputs >= inputs || findings.length >= maxFindings) break;
    tally.inputs++;
    const bytes = input.bytes.subarray(0, maxSize);
    before?.(bytes);
    try {
      count(tally, await outcomeOf(target, bytes));
    } catch (error) {
      const reduced = await reduce(target, input, error);
      findings.push({ target: target.name, seed, input: tally.inputs, error, bytes: reduced });
    }
  }
  return { tally, findings };
}

/** Without end; what `tally` has when the next one is asked for decides whether the last one is kept. */
function* inputsOf(target: Target, seed: string, tally: Tally): Generator<Part, never> {
  const draw = new Draw(`${seed} ${target.name}`);
  const { seeds } = target;
  const spares: Spares = sparesOf([...seeds, ...(target.spares ?? [])]);
  const kept: Part[] = [];
  for (let outcomes = 0; ; ) {
    const drawn =
      target.draw !== undefined && draw.oneIn(seeds.length === 0 ? 2 : 6) ? target.draw(draw) : null;
    const from =
      kept.length > 0 && draw.oneIn(2) ? draw.one(kept) : seeds.length > 0 ? draw.one(seeds) : null;
    const base = drawn ?? from ?? target.draw?.(draw);
    if (base === undefined) throw new RangeError(`${target.name} has no inputs to begin with`);
    const input = drawn !== null && draw.oneIn(2) ? drawn : mutate(base, spares, draw);
    yield input;
    if (tally.outcomes.size > outcomes && input.count <= maxKeptParts && kept.length < maxKept)
      kept.push(input);
    outcomes = tally.outcomes.size;
  }
}

function count(tally: Tally, { code, what }: Outcome): void {
  if (code === null) tally.taken++;
  else tally.refused.set(code, (tally.refused.get(code) ?? 0) + 1);
  tally.outcomes.add(`${code ?? 'taken'}: ${what}`);
}
