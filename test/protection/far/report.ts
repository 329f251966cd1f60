// What protection through a CSE came to, as the tables of docs/operations.md.
import type { Changes, DataResult, Plan, Result, WayResult } from './run.ts';
import { dataWays, ways } from './ways.ts';

export const document = 'docs/operations.md';

const begin = '<!-- begin: written by `scripts/evidence protection` -->';
const end = '<!-- end: written by `scripts/evidence protection` -->';

/**
 * The document with the figures between its two marks.
 *
 * @throws Error when the marks are not there, once each.
 */
export function withFigures(text: string, plan: Plan, result: Result): string {
  const [before, inside, ...others] = text.split(begin);
  const [, after, ...rest] = inside?.split(end) ?? [];
  if (before === undefined || after === undefined || others.length + rest.length > 0)
    throw new Error(`${document} needs the lines ${begin} and ${end}, once each`);
  return `${before}${begin}\n\n${figures(plan, result)}\n\n${end}${after}`;
}

function figures({ seed, atOnce }: Plan, result: Result): string {
  return [
    `${atOnce} at a time. Seed ${seed}; ${result.findings.length} findings.`,
    '',
    '| way of the ESPrim Objects | exchanges | rate, of that of plain ones | exchanges through a deviating CSE | requests replayed, as they were and changed | changed bytes of objects, all refused | of what is around them: refused | the same primitive all the same | HTTP messages of the CSE | MB searched |',
    '|---|---|---|---|---|---|---|---|---|---|',
    ...result.ways.map(wayRow),
    '',
    '| way of the contents | key for each | contents | rate, of that of plain ones | changed bytes, all refused | HTTP messages of the CSE | MB searched |',
    '|---|---|---|---|---|---|---|',
    ...result.dataWays.map(dataRow),
  ].join('\n');
}

function wayRow({ way, count, ratio, deviating, replayed, changes, messages, bytes }: WayResult): string {
  return row([
    ways[way],
    shown(count),
    ratio.toFixed(2),
    shown(deviating),
    shown(replayed),
    ...changed(changes),
    shown(messages),
    megabytes(bytes),
  ]);
}

function changed({ inside, refused, same }: Changes): string[] {
  return [inside, refused, same].map(shown);
}

function dataRow({ way, level, count, ratio, changed, messages, bytes }: DataResult): string {
  return row([
    dataWays[way],
    level === 'container' ? 'container' : 'instance',
    shown(count),
    ratio.toFixed(2),
    shown(changed),
    shown(messages),
    megabytes(bytes),
  ]);
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function shown(value: number): string {
  return value.toLocaleString('en');
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
