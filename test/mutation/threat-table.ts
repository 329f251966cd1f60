// The mutations as the table of docs/threat-model.md: which attack is stopped where, and by which test it shows.
import type { Mutation } from './mutation.ts';

export const threatModel = 'docs/threat-model.md';

const heading = '## Checks and the tests that hold them';
const begin = '<!-- begin: written by `node scripts/mutation.ts --write` -->';
const end = '<!-- end -->';

/** What the document holds where it does not exist yet. */
export const emptyThreatModel = `${heading}\n\n${begin}\n${end}\n`;

/**
 * The document with the table between its two marks.
 *
 * @throws Error when the marks are not there, once each.
 */
export function withThreatTable(document: string, mutations: readonly Mutation[]): string {
  const [before, inside, ...others] = document.split(begin);
  const [, after, ...rest] = inside?.split(end) ?? [];
  if (before === undefined || after === undefined || others.length + rest.length > 0)
    throw new Error(`${threatModel} needs the lines ${begin} and ${end}, once each`);
  return `${before}${begin}\n${threatTable(mutations)}${end}${after}`;
}

function threatTable(mutations: readonly Mutation[]): string {
  const folders = Map.groupBy(mutations, ({ file }) => file.split('/').slice(0, 2).join('/'));
  const sections = [...folders].map(([folder, rows]) =>
    [
      `### ${folder}`,
      '',
      '| attack or accident | clause | where | the test that fails without the check |',
      '|---|---|---|---|',
      ...rows.map(row),
      '',
    ].join('\n'),
  );
  const intro = `Each of the ${mutations.length} checks below is taken out of the sources in turn, and the test beside it has to fail.`;
  return `\n${intro}\n\n${sections.join('\n')}`;
}

function row({ name, file, attack, clause, test, caughtBy }: Mutation): string {
  const cells = [`${attack} (\`${name}\`)`, clause, `\`${file}\``, `\`${test}\`: ${caughtBy}`];
  return `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
