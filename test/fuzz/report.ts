// What a run of the fuzzer found and did: findings as text, figures as the table of docs/fuzzing.md.
import type { Finding, Result, Tally } from './fuzzer.ts';
import type { Group } from './target.ts';

export const document = 'docs/fuzzing.md';

const begin = '<!-- begin: written by `scripts/evidence fuzz` -->';
const end = '<!-- end -->';

/** Everything that it takes to see it again. */
export function describeFinding({ target, seed, input, error, bytes }: Finding): string {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return [
    `${target}, seed ${seed}, input ${input}`,
    `hex: ${Buffer.from(bytes).toString('hex')}`,
    stack,
  ].join('\n');
}

/** A run as a JSON document. */
export function resultDocument(seed: string, results: readonly Result[]): object {
  return {
    seed,
    targets: results.map(({ tally: { target, inputs, taken, refused, outcomes } }) => ({
      target,
      inputs,
      taken,
      refused: Object.fromEntries(refused),
      outcomes: outcomes.size,
    })),
    findings: results.flatMap(({ findings }) =>
      findings.map(({ target, input, error, bytes }) => ({
        target,
        input,
        hex: Buffer.from(bytes).toString('hex'),
        error: String(error),
      })),
    ),
  };
}

/** What was run. */
export interface Run {
  readonly seed: string;
  readonly groups: ReadonlyMap<Group, readonly Tally[]>;
  readonly findings: readonly Finding[];
}

const titles: Readonly<Record<Group, string>> = {
  messages: 'Messages: wire, engine, oneM2M, files',
  states: 'Stored states',
  certificates: 'Certificates',
  revocation: 'Revocation: CRLs, OCSP responses, staples',
};

/**
 * The document with the figures between its two marks.
 *
 * @throws Error when the marks are not there, once each.
 */
export function withFigures(text: string, run: Run): string {
  const [before, inside, ...others] = text.split(begin);
  const [, after, ...rest] = inside?.split(end) ?? [];
  if (before === undefined || after === undefined || others.length + rest.length > 0)
    throw new Error(`${document} needs the lines ${begin} and ${end}, once each`);
  return `${before}${begin}\n\n${figures(run)}\n${end}${after}`;
}

function figures({ seed, groups, findings }: Run): string {
  const sections = [...groups].map(([group, tallies]) => {
    const inputs = tallies.reduce((sum, tally) => sum + tally.inputs, 0);
    const areas = Map.groupBy(tallies, ({ target }) => target.split(':')[0] ?? target);
    return [
      `### ${titles[group]}`,
      '',
      `${inputs} inputs.`,
      '',
      '| area | targets | inputs | different outcomes | taken | refused, by code |',
      '|---|---|---|---|---|---|',
      ...[...areas].map(([area, ofArea]) => row(area, ofArea)),
      '',
    ].join('\n');
  });
  return `Seed ${seed}; ${findings.length} findings.\n\n${sections.join('\n')}`;
}

function row(area: string, tallies: readonly Tally[]): string {
  const sum = (of: (tally: Tally) => number) => tallies.reduce((total, tally) => total + of(tally), 0);
  const outcomes = new Set(tallies.flatMap(tally => [...tally.outcomes]));
  const codes = new Map<string, number>();
  for (const [code, times] of tallies.flatMap(({ refused }) => [...refused]))
    codes.set(code, (codes.get(code) ?? 0) + times);
  const refused = [...codes]
    .toSorted(([, one], [, other]) => other - one)
    .map(([code, times]) => `${code} ${times}`)
    .join(', ');
  const cells = [
    area,
    tallies.length,
    sum(({ inputs }) => inputs),
    outcomes.size,
    sum(({ taken }) => taken),
    refused,
  ];
  return `| ${cells.join(' | ')} |`;
}
