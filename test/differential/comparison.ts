// The judges compared with the truth: how often who was right, and every disagreement with the clause that decides it.
import type { Finding } from '../../src/errors.ts';
import type { Case } from './cases.ts';
import { explain } from './explanations.ts';
import type { Judge, Opinion } from './judges/judge.ts';
import type { Demand } from './rules/rule.ts';
import { rules } from './rules/rules.ts';

interface JudgeTally {
  /** Right chains that it accepts, and wrong ones that it refuses. */
  accepted: number;
  refused: number;
}

export interface RuleTally {
  readonly name: string;
  readonly clause: string;
  readonly demand: Demand;
  /** Alone or with another. */
  broken: number;
  alone: number;
  /** By judge, of those broken alone. */
  readonly refusedAlone: Map<Judge['name'], number>;
}

/** One row of the table. */
export interface Disagreement {
  readonly judge: Judge['name'];
  readonly verdict: 'accepts' | 'refuses';
  readonly what: string;
  readonly clause: string;
  readonly why: string;
  count: number;
}

export class Comparison {
  total = 0;
  right = 0;
  wrong = 0;
  readonly judges = new Map<Judge['name'], JudgeTally>();
  readonly rules: ReadonlyMap<string, RuleTally> = new Map(
    rules.map(({ name, clause, demand }) => [
      name,
      { name, clause, demand, broken: 0, alone: 0, refusedAlone: new Map() },
    ]),
  );
  readonly disagreements = new Map<string, Disagreement>();
  /** Sentences: our verdict or finding is wrong, or a disagreement has no explanation. */
  readonly problems: string[] = [];

  add(one: Case, finding: Finding | null, opinions: ReadonlyMap<Judge['name'], Opinion>): void {
    this.total += 1;
    if (one.isRight) this.right += 1;
    else this.wrong += 1;
    for (const { name } of one.broken) {
      const tally = this.rules.get(name);
      if (tally === undefined) throw new Error(`there is no rule ${name}`);
      tally.broken += 1;
      if (one.broken.length > 1) continue;
      tally.alone += 1;
      for (const [judge, { accepts }] of opinions)
        if (!accepts) tally.refusedAlone.set(judge, (tally.refusedAlone.get(judge) ?? 0) + 1);
    }
    const ours = ourProblem(one, finding);
    if (ours !== null) this.problems.push(ours);
    for (const [judge, opinion] of opinions) this.#compare(one, judge, opinion);
  }

  #compare(one: Case, judge: Judge['name'], { accepts, reason }: Opinion): void {
    const tally = this.judges.get(judge) ?? { accepted: 0, refused: 0 };
    this.judges.set(judge, tally);
    if (accepts === one.isRight) {
      tally[accepts ? 'accepted' : 'refused'] += 1;
      return;
    }
    if (accepts) {
      for (const { name, clause, demand } of one.broken)
        if (demand !== 'must be accepted') this.#count(judge, 'accepts', name, clause, demand);
      return;
    }
    const explanations = explain(judge, reason, one);
    if (explanations === null)
      this.problems.push(`${judge} refuses ${nameOf(one)}, without explanation: ${reason}`);
    for (const { what, clause, why } of explanations ?? []) this.#count(judge, 'refuses', what, clause, why);
  }

  #count(
    judge: Judge['name'],
    verdict: Disagreement['verdict'],
    what: string,
    clause: string,
    why: string,
  ): void {
    const key = JSON.stringify([judge, verdict, what]);
    const row = this.disagreements.get(key) ?? { judge, verdict, what, clause, why, count: 0 };
    row.count += 1;
    this.disagreements.set(key, row);
  }
}

/** What is wrong with our own verdict; null if nothing. */
export function ourProblem(one: Case, finding: Finding | null): string | null {
  const said = finding === null ? 'accept' : `refuse (${finding.field}: ${finding.problem})`;
  if ((finding === null) !== one.isRight) return `we ${said} ${nameOf(one)}`;
  // With certificates beside the path, the finding may be about one of those.
  if (finding === null || one.hasDetours || one.broken.some(({ field }) => field.test(finding.field)))
    return null;
  return `we ${said} ${nameOf(one)}, which is another field`;
}

function nameOf({ broken, features }: Case): string {
  const names = broken.length === 0 ? 'a right chain' : broken.map(({ name }) => `“${name}”`).join(' and ');
  return `${names} (${[...features].join(', ')})`;
}
