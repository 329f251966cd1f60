// Protection through a CSE, over every way: the plan of a run and its result. Knows nothing of what is judged.
import { cae2, cseB } from '../../endpoint/lab.ts';
import { contentsOver } from './contents.ts';
import { exchangesOver } from './exchanges.ts';
import { Meeting } from './meeting.ts';
import type { Level } from './originator.ts';
import type { DataWay, Way } from './ways.ts';

export interface Plan {
  readonly seed: string;
  readonly ways: readonly Way[];
  readonly dataWays: readonly DataWay[];
  /** Protected exchanges, or contents, of each way. */
  readonly exchanges: number;
  readonly atOnce: number;
  /** Changed bytes for each kind of object and for what is around it: every one of them, or so many that are drawn. */
  readonly changes: 'every' | number;
  /**
   * Milliseconds that an answer is waited for that may never come, where a changed byte leads to silence; null leaves
   * those bytes out, and nothing hangs on the speed of the machine.
   */
  readonly patience: number | null;
}

/** What became of changed bytes. */
export interface Changes {
  /** Bytes of objects; nothing came of any. */
  readonly inside: number;
  /** Of what is around them: not accepted, or without an effect. */
  readonly refused: number;
  readonly same: number;
}

interface Common {
  readonly count: number;
  /** Protected ones in a second, divided by those that were not. */
  readonly ratio: number;
  /** HTTP messages that the CSE handled, and bytes of them that were searched. */
  readonly messages: number;
  readonly bytes: number;
}

export interface WayResult extends Common {
  readonly way: Way;
  /** Exchanges through a CSE with deviations. */
  readonly deviating: number;
  readonly changes: Changes;
  /** Recorded requests that came once more, and once more with one byte changed; all refused. */
  readonly replayed: number;
}

export interface DataResult extends Common {
  readonly way: DataWay;
  readonly level: Exclude<Level, 'none'>;
  /** Changed bytes of contents; none opened. */
  readonly changed: number;
}

export interface Result {
  readonly ways: readonly WayResult[];
  readonly dataWays: readonly DataResult[];
  readonly findings: readonly string[];
}

/** @param progress told what was done */
export async function run(plan: Plan, progress: (line: string) => void = () => {}): Promise<Result> {
  const findings: string[] = [];
  const ways: WayResult[] = [];
  const dataWays: DataResult[] = [];
  // e2EKeyCSE is the child of a <CSEBase>: there the receiver is a CSE.
  for (const [receiver, those, data] of [
    [cae2, plan.ways.filter(way => way !== 'e2ekeycse'), plan.dataWays],
    [cseB, plan.ways.filter(way => way === 'e2ekeycse'), []],
  ] as const) {
    if (those.length + data.length === 0) continue;
    const meeting = await Meeting.begin(plan, receiver);
    try {
      for (const way of those) {
        const result = await exchangesOver(meeting, way);
        ways.push(result);
        progress(`${way}: ${result.count} exchanges, ${result.changes.inside} changed bytes of objects`);
      }
      for (const way of data)
        for (const level of ['container', 'contentInstance'] as const) {
          const result = await contentsOver(meeting, way, level);
          dataWays.push(result);
          progress(`${way}, key per ${level}: ${result.count} contents`);
        }
    } finally {
      await meeting.end();
    }
    findings.push(...meeting.findings);
  }
  return { ways, dataWays, findings };
}
