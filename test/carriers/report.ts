// What runs over a bad network came to: findings as text, figures as the table of docs/operations.md.
import type { Finding } from './judge.ts';
import { badNetwork, type Result } from './run.ts';
import { type Way, ways } from './ways.ts';

export const document = 'docs/operations.md';

const begin = '<!-- begin: written by `scripts/evidence carriers` -->';
const end = '<!-- end: written by `scripts/evidence carriers` -->';

/** With the procedure by which it is seen again. */
export function describeFinding(way: Way, seed: string, { procedure, problem }: Finding): string {
  return `${way}, seed ${seed}${procedure === null ? '' : `, procedure ${procedure}`}: ${problem}`;
}

/** A run as a JSON document. */
export function resultDocument(seed: string, results: readonly Result[]): object {
  return { seed, ways: results.map(result => ({ ...result, failed: Object.fromEntries(result.failed) })) };
}

/**
 * The document with the figures between its two marks.
 *
 * @throws Error when the marks are not there, once each.
 */
export function withFigures(text: string, seed: string, results: readonly Result[]): string {
  const [before, inside, ...others] = text.split(begin);
  const [, after, ...rest] = inside?.split(end) ?? [];
  if (before === undefined || after === undefined || others.length + rest.length > 0)
    throw new Error(`${document} needs the lines ${begin} and ${end}, once each`);
  return `${before}${begin}\n\n${figures(seed, results)}\n\n${end}${after}`;
}

function figures(seed: string, results: readonly Result[]): string {
  const { loss, broken, duplication, reordering, delay } = badNetwork;
  const [least, most] = delay;
  const findings = results.reduce((sum, result) => sum + result.findings.length, 0);
  return [
    `On every hop ${percent(loss)} of the requests and of the responses are lost (${percent(broken)} of them with a broken connection, the others in silence), ${percent(duplication)} of the requests come twice, ${percent(reordering)} are overtaken, and each takes ${least} to ${most} milliseconds. Seed ${seed}; ${findings} findings.`,
    '',
    '| way | procedures | keys | no key, by reason | messages sent again | longest procedure, of its time limit | keys unused, gone at their deadline | of these, on the terminating side alone | requests | lost | left over |',
    '|---|---|---|---|---|---|---|---|---|---|---|',
    ...results.map(row),
  ].join('\n');
}

function row(result: Result): string {
  const failed = [...result.failed]
    .toSorted(([, one], [, other]) => other - one)
    .map(([code, times]) => `${code} ${count(times)}`)
    .join(', ');
  const cells = [
    ways[result.way],
    count(result.procedures),
    `${count(result.keys)} (${((100 * result.keys) / result.procedures).toFixed(1)} %)`,
    failed === '' ? '–' : failed,
    count(result.sentAgain),
    result.longest.toFixed(2),
    count(result.lapsed),
    count(result.onOneSide),
    count(result.requests),
    count(result.lost),
    count(result.leftovers),
  ];
  return `| ${cells.join(' | ')} |`;
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

function count(value: number): string {
  return value.toLocaleString('en');
}
