// The comparison as Markdown.
import type { Comparison, Disagreement, RuleTally } from './comparison.ts';
import type { Judge } from './judges/judge.ts';
import type { Demand } from './rules/rule.ts';

/** What the demands mean, in the order in which their rules are listed. */
const demands: Readonly<Record<Demand, string>> = {
  'must be refused': 'Any validator has to refuse: RFC 5280 6.1, or a MUST for whoever processes the field.',
  'is not conforming':
    'No certificate may be so. RFC 5280 does not bind a validator to notice; we do, since two readings of one certificate are an attack.',
  'is not in the profile': 'It may be so; profile `rfc5280` leaves it out, or bounds it.',
  'must be accepted': 'It looks wrong and is not; a validator that refuses it refuses right certificates.',
};

export function report(comparison: Comparison, judges: readonly Judge[], seed: number): string {
  const { total, right, wrong } = comparison;
  const names = judges.map(({ name }) => name);
  const rules = [...comparison.rules.values()];
  const least = Math.min(...rules.map(({ broken }) => broken));
  return [
    '# Path validation beside other validators',
    '',
    '<!-- begin: scripts/evidence differential -->',
    '',
    `Written by \`scripts/evidence differential\`, seed ${seed}. A generator makes chains of 2 to 5 certificates that are right by construction, with key kinds, names, constraints, purposes, self-issued certificates and detours drawn; then it breaks no rule, one, or two in different certificates. So the truth is known before any validator is asked, and our verdict (profile \`rfc5280\`) has to be the truth each time, with a finding that names the field. Where another judge differs from it, a table says which clause decides.`,
    '',
    `**${total} chains**: ${right} to be accepted, ${wrong} to be refused. ${rules.length} rules, each broken ${least} times or more. Our verdict was wrong ${comparison.problems.length} times.`,
    '',
    ...table(
      ['judge', 'version', 'right accepted', 'wrong refused', 'what was asked'],
      [
        [
          'e2ekey',
          '',
          `${right} of ${right}`,
          `${wrong} of ${wrong}`,
          '`validatePath` with profile `rfc5280`',
        ],
        ...judges.map(({ name, version, about }) => {
          const { accepted = 0, refused = 0 } = comparison.judges.get(name) ?? {};
          return [name, version, `${accepted} of ${right}`, `${refused} of ${wrong}`, about];
        }),
      ],
    ),
    '',
    '## Refused by others, accepted by us',
    '',
    'Every one of them has a reason in `test/differential/explanations.ts`; one without fails the run.',
    '',
    ...disagreementTable(comparison, 'refuses'),
    '',
    '## Accepted by others, refused by us',
    '',
    'A chain that breaks two rules is counted with both.',
    '',
    ...disagreementTable(comparison, 'accepts'),
    '',
    '## The rules, and how often each was broken',
    '',
    'The columns of the judges count refusals among the chains in which the rule was broken alone.',
    ...Object.entries(demands).flatMap(([demand, meaning]) => [
      '',
      `### What ${demand}`,
      '',
      meaning,
      '',
      ...table(
        ['rule', 'clause', 'broken', 'alone', 'e2ekey', ...names],
        rules.filter(rule => rule.demand === demand).map(rule => ruleRow(rule, names)),
      ),
    ]),
    '',
    '<!-- end -->',
    '',
  ].join('\n');
}

function ruleRow(rule: RuleTally, judges: readonly Judge['name'][]): string[] {
  const { name, clause, demand, broken, alone, refusedAlone } = rule;
  const ours = demand === 'must be accepted' ? 0 : alone;
  return [
    name,
    clause,
    ...[broken, alone, ours, ...judges.map(judge => refusedAlone.get(judge) ?? 0)].map(String),
  ];
}

function disagreementTable({ disagreements }: Comparison, verdict: Disagreement['verdict']): string[] {
  const rows = [...disagreements.values()]
    .filter(row => row.verdict === verdict)
    .toSorted((a, b) => a.judge.localeCompare(b.judge) || b.count - a.count);
  const last = verdict === 'refuses' ? 'because the judge' : 'what was broken';
  return table(
    ['judge', 'chains', 'case', 'clause that decides', last],
    rows.map(({ judge, count, what, clause, why }) => [judge, String(count), what, clause, why]),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}
