// All procedures of one way, round after round.
import type { Unreliability } from '../../src/testing/unreliable-sender.ts';
import { makeParties } from './parties.ts';
import { type RoundResult, runRound } from './round.ts';
import type { Way } from './ways.ts';

/** Of every hop. */
export const badNetwork = {
  loss: 0.1,
  broken: 0.2,
  duplication: 0.1,
  reordering: 0.1,
  delay: [2, 100],
} as const satisfies Unreliability;

export interface Plan {
  readonly way: Way;
  readonly procedures: number;
  readonly seed: string;
  /** `badNetwork` unless given. */
  readonly unreliability?: Omit<Unreliability, 'random'>;
}

export interface Result extends RoundResult {
  readonly way: Way;
}

/** Procedures of one round: a flaw that adds up shows, and what is remembered stays small. */
const roundSize = 200;
const initiatingParties = 6;

/** @param progress told how many procedures are done */
export async function run(plan: Plan, progress: (done: number) => void = () => {}): Promise<Result> {
  const { way, procedures, seed, unreliability = badNetwork } = plan;
  const parties = await makeParties(initiatingParties);
  const rounds: RoundResult[] = [];
  for (let first = 1; first <= procedures; first += roundSize) {
    const size = Math.min(roundSize, procedures - first + 1);
    const round = { way, procedures: size, first, seed: `${seed} ${way} ${first}`, unreliability };
    rounds.push(await runRound(round, parties));
    progress(first + size - 1);
  }
  return { way, ...sumOf(rounds) };
}

function sumOf(rounds: readonly RoundResult[]): RoundResult {
  const sum = (of: (round: RoundResult) => number) => rounds.reduce((total, round) => total + of(round), 0);
  const failed = new Map<string, number>();
  for (const [code, times] of rounds.flatMap(round => [...round.failed]))
    failed.set(code, (failed.get(code) ?? 0) + times);
  return {
    procedures: sum(({ procedures }) => procedures),
    keys: sum(({ keys }) => keys),
    failed,
    lapsed: sum(({ lapsed }) => lapsed),
    onOneSide: sum(({ onOneSide }) => onOneSide),
    sentAgain: sum(({ sentAgain }) => sentAgain),
    longest: Math.max(...rounds.map(({ longest }) => longest)),
    requests: sum(({ requests }) => requests),
    lost: sum(({ lost }) => lost),
    leftovers: sum(({ leftovers }) => leftovers),
    findings: rounds.flatMap(({ findings }) => findings),
  };
}
