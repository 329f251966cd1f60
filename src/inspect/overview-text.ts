// Several files for people: a line for each with what is amiss in it, what belongs together, and what to mend first. Knows
// the reports, and no terminal: how emphasis is shown is the caller's.
import type { Relation } from './compared.ts';
import { type Paint, visible } from './emphasis.ts';
import type { Severity } from './findings.ts';
import { headline } from './headline.ts';
import type { FileReport } from './inspect.ts';
import type { Repair } from './repairs.ts';
import { clauseText, fieldText, findingText, formatReport, shorten, titleOf } from './text.ts';
import { indent } from './text-rows.ts';
import type { TogetherReport } from './together.ts';

export interface Overview extends TogetherReport {
  /** The folder, where one was named and nothing else; null elsewhere. */
  readonly folder: string | null;
  /** What in the folders was not looked at, each with the reason. */
  readonly passedOver: readonly string[];
}

/** As lines, without a line feed at the end: a line for each file, and its errors and warnings below it. */
export function formatOverview(overview: Overview, paint: Paint): string {
  const { files } = overview;
  const width = Math.min(maxNameWidth, Math.max(...files.map(({ file }) => file.length), 0));
  const lines = files.flatMap(report => fileLines(report, width, paint));
  return [paint('heading', visible(countsText(overview))), '', ...lines, ...sections(overview, paint)].join(
    '\n',
  );
}

/** The same with everything that is in each file. */
export function formatDetails(overview: Overview, paint: Paint): string {
  const reports = overview.files.map(report => formatReport(report, paint)).join('\n\n');
  return [reports, ...sections(overview, paint)].join('\n');
}

function sections({ together, passedOver, fixFirst }: Overview, paint: Paint): string[] {
  const section = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : ['', paint('heading', title), ...indent(lines)];
  return [
    ...section('What belongs together', relationLines(together)),
    ...section('Not looked at', passedOver.map(visible)),
    ...section(
      'Fix first',
      fixFirst.map((repair, index) => repairLine(repair, index, paint)),
    ),
  ];
}

/** Names that are longer move the rest of their own line. */
const maxNameWidth = 32;

function countsText({ folder, files }: Overview): string {
  const counts = Map.groupBy(files, verdictOf);
  const count = (verdict: Verdict) => counts.get(verdict)?.length ?? 0;
  const where = folder === null ? '' : `${folder}: `;
  return `${where}${files.length} files: ${count('good')} in order, ${count('warning')} with warnings, ${count('error')} with errors`;
}

type Verdict = 'error' | 'warning' | 'good';

function verdictOf({ findings }: FileReport): Verdict {
  const has = (wanted: Severity) => findings.some(({ severity }) => severity === wanted);
  return has('error') ? 'error' : has('warning') ? 'warning' : 'good';
}

const marks: Readonly<Record<Verdict, string>> = { error: '✗', warning: '!', good: '✓' };

function fileLines(report: FileReport, width: number, paint: Paint): string[] {
  const verdict = verdictOf(report);
  const about = [titleOf(report), ...headline(report)].join(': ');
  const line = `${report.file.padEnd(width)}  ${about}`;
  // Notes are in order; --details has them.
  const findings = report.findings.filter(({ severity }) => severity !== 'note');
  return [
    `${paint(verdict, marks[verdict])} ${visible(shorten(line))}`,
    ...findings.map(finding => `    ${paint(finding.severity, visible(shorten(findingText(finding))))}`),
  ];
}

function relationLines(relations: readonly Relation[]): string[] {
  return relations.map(({ text }) => visible(shorten(text)));
}

function repairLine(repair: Repair, index: number, paint: Paint): string {
  const { file, field, message, clause, advice, more, dependents } = repair;
  const others = [
    dependents > 0 ? `${dependents} certificate${dependents === 1 ? '' : 's'} of end-points below it` : null,
    more > 0 ? `${more} more error${more === 1 ? '' : 's'}` : null,
  ].filter(part => part !== null);
  const aside = others.length === 0 ? '' : ` [${others.join(', ')}]`;
  const number = `${index + 1}.`.padStart(3);
  // Of the whole file it says nothing more.
  const where = field === 'file' ? '' : `${fieldText(field)}: `;
  const todo = advice === null ? '' : ` → ${advice}`;
  return `${number} ${paint('error', visible(file))}: ${visible(shorten(`${where}${message}${clauseText(clause)}${todo}${aside}`))}`;
}
