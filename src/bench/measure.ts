// How a benchmark is measured: contenders take turns in one run, only CPU time counts, and each is judged by its
// least disturbed round, since what else the machine does adds to CPU time and never takes from it. Absolute times
// mean little; the ratios are the result.
import type { Procedure } from './procedures.ts';

export interface Contender {
  readonly name: string;
  readonly run: Procedure;
  /**
   * How many run at a time, 1 unless given. Work for other threads takes turns with waiting when it comes one by one, and
   * what waking them costs is the machine's mood.
   */
  readonly atOnce?: number;
}

export interface Measurement {
  readonly name: string;
  /** CPU microseconds of user and system time for one run, in the round that took least. */
  readonly cpuMicroseconds: number;
  /** How often it runs per CPU second of the first contender's one: above 1 is faster than the first. */
  readonly ratio: number;
}

export interface Effort {
  /** Runs of each contender before anything is measured: chains seen, code compiled. */
  readonly warmUp: number;
  readonly rounds: number;
  readonly runsPerRound: number;
}

/** Measures every contender in turn, round by round; the first is the one that the others are compared with. */
export async function measure(
  contenders: readonly Contender[],
  { warmUp, rounds, runsPerRound }: Effort,
): Promise<Measurement[]> {
  for (const contender of contenders) await repeat(contender, warmUp);
  const samples = contenders.map((): number[] => []);
  for (let round = 0; round < rounds; round++)
    for (const [index, contender] of contenders.entries()) {
      const before = process.cpuUsage();
      const runs = await repeat(contender, runsPerRound);
      const { user, system } = process.cpuUsage(before);
      samples[index]?.push((user + system) / runs);
    }
  const least = samples.map(rounds => Math.min(...rounds));
  return contenders.map(({ name }, index) => ({
    name,
    cpuMicroseconds: Math.round(least[index] ?? 0),
    ratio: round2((least[0] ?? 0) / (least[index] ?? 1)),
  }));
}

/** At least so many times; resolves with how often it was. */
async function repeat({ run, atOnce = 1 }: Contender, times: number): Promise<number> {
  const turns = Math.ceil(times / atOnce);
  for (let turn = 0; turn < turns; turn++) await Promise.all(Array.from({ length: atOnce }, run));
  return turns * atOnce;
}

function round2(value: number): number {
  return Math.round(value * 100) / 100;
}
