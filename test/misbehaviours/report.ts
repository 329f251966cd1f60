// The answers of the stacks as Markdown.
import { type Misbehaviour, roleOf } from '../../src/testing/misbehaving/misbehaviour.ts';
import { type Explanation, explain, ourAnswer } from './explanations.ts';
import type { Answer } from './run.ts';

/** A misbehaviour, and the answers of the stacks by their names. */
export interface Row {
  readonly misbehaviour: Misbehaviour;
  readonly answers: ReadonlyMap<string, Answer>;
}

/** Differences without an explanation, one line each. */
export function unexplained(rows: readonly Row[]): string[] {
  return rows.flatMap(({ misbehaviour, answers }) =>
    [...answers].flatMap(([stack, { says }]) =>
      differs(misbehaviour, says) && explain(stack, misbehaviour, says) === null
        ? [`${misbehaviour.name} (${misbehaviour.rule}): ${stack} ${says}, we ${ourAnswer(misbehaviour)}`]
        : [],
    ),
  );
}

/** Explanations that explain nothing of it. */
export function unused(explanations: readonly Explanation[], rows: readonly Row[]): Explanation[] {
  const used = new Set(
    rows.flatMap(({ misbehaviour, answers }) =>
      [...answers].map(([stack, { says }]) =>
        differs(misbehaviour, says) ? explain(stack, misbehaviour, says) : null,
      ),
    ),
  );
  return explanations.filter(explanation => !used.has(explanation));
}

export function report(rows: readonly Row[], versions: ReadonlyMap<string, string>): string {
  const stacks = [...versions.keys()];
  const reasons: string[] = [];
  const place = (misbehaviour: Misbehaviour, stack: string, answer: Answer | undefined): string => {
    const { says = 'not run' } = answer ?? {};
    const [, lack] = /^not supported: (.+)$/.exec(says) ?? [];
    const cell = lack === undefined ? says.replace(/^taken/, '**taken**') : 'not supported';
    if (lack === undefined && !differs(misbehaviour, says)) return cell;
    const why = lack ?? explain(stack, misbehaviour, says)?.why ?? 'unexplained';
    if (!reasons.includes(why)) reasons.push(why);
    return `${cell} (${reasons.indexOf(why) + 1})`;
  };
  const tables = ([1, 2, 3, 4] as const).flatMap(message => {
    const ofMessage = rows.filter(({ misbehaviour }) => misbehaviour.message === message);
    const [first] = ofMessage;
    if (first === undefined) return [];
    // Those of one rule that everybody answers alike stand together.
    const groups = Map.groupBy(ofMessage, ({ misbehaviour, answers }) =>
      JSON.stringify([
        misbehaviour.rule,
        misbehaviour.clause,
        ours(misbehaviour),
        ...stacks.map(stack => place(misbehaviour, stack, answers.get(stack))),
      ]),
    );
    return [
      `### In message ${message}, as ${roleOf(first.misbehaviour)} end-point`,
      '',
      ...table(
        ['misbehaviour', 'clause', 'our answer', ...stacks.map(stack => `${stack} ${versions.get(stack)}`)],
        [...groups].map(([group, of]) => {
          const [rule = '', ...cells] = JSON.parse(group) as string[];
          return [named(rule, of), ...cells];
        }),
      ),
      '',
    ];
  });
  return [
    ...table(
      ['stack', 'misbehaviours', 'refused by it', 'with our alert', 'taken', 'not supported by it'],
      stacks.map(stack => summary(stack, `${versions.get(stack)}`, rows)),
    ),
    '',
    ...tables,
    '### Why they differ',
    '',
    'The stack',
    '',
    ...reasons.map((why, index) => `${index + 1}. ${why}`),
  ].join('\n');
}

/** How many stand for a group in a table, where the rest is counted. */
const shown = 3;

function named(rule: string, group: readonly Row[]): string {
  const names = group.map(({ misbehaviour }) => misbehaviour.name);
  const [only] = names;
  if (only !== undefined && names.length === 1) return only;
  const more = names.length > shown ? [`and ${names.length - shown} more`] : [];
  return `*${rule}*: ${[...names.slice(0, shown), ...more].join('; ')}`;
}

/** From what we answer. */
function differs(misbehaviour: Misbehaviour, says: string): boolean {
  return says !== ourAnswer(misbehaviour) && !says.startsWith('not supported');
}

function ours(misbehaviour: Misbehaviour): string {
  const { code, onStream = code } = misbehaviour;
  if (onStream === null) return '**taken**';
  return onStream === 'waits' ? `waits; ${code}` : `${onStream}, ${ourAnswer(misbehaviour)}`;
}

function summary(stack: string, version: string, rows: readonly Row[]): string[] {
  const said = rows.flatMap(({ misbehaviour, answers }) => {
    const says = answers.get(stack)?.says;
    return says === undefined ? [] : [{ misbehaviour, says }];
  });
  const count = (which: (one: (typeof said)[number]) => boolean) => String(said.filter(which).length);
  return [
    `${stack} ${version}`,
    count(() => true),
    count(({ says }) => !says.startsWith('taken') && !says.startsWith('not supported')),
    count(({ says, misbehaviour }) => says === ourAnswer(misbehaviour) && says !== 'taken'),
    count(({ says }) => says.startsWith('taken')),
    count(({ says }) => says.startsWith('not supported')),
  ];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}
