// That docs/operations.md has the figures of every way, and how they get there.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { describeFinding, document, withFigures } from './report.ts';
import type { Result } from './run.ts';
import { wayNames, ways } from './ways.ts';

const result: Result = {
  way: 'notify',
  procedures: 2000,
  keys: 1500,
  failed: new Map([
    ['CARRIER_FAILED', 100],
    ['REQUEST_EXPIRED', 400],
  ]),
  lapsed: 800,
  onOneSide: 50,
  sentAgain: 1234,
  longest: 0.987,
  requests: 9000,
  lost: 1700,
  leftovers: 0,
  findings: [],
};
const marks = [
  '<!-- begin: written by `scripts/evidence carriers` -->',
  '<!-- end: written by `scripts/evidence carriers` -->',
];

test('figures stand between the marks, and nothing else changes', () => {
  const text = withFigures(`before\n${marks[0]}\nold\n${marks[1]}\nafter`, '7', [result]);
  assert.ok(text.startsWith(`before\n${marks[0]}\n\nOn every hop 10 % of the requests`));
  assert.ok(
    text.endsWith(
      `\n| NOTIFY through a transit CSE | 2,000 | 1,500 (75.0 %) | REQUEST_EXPIRED 400, CARRIER_FAILED 100 | 1,234 | 0.99 | 800 | 50 | 9,000 | 1,700 | 0 |\n\n${marks[1]}\nafter`,
    ),
    text,
  );
  assert.match(text, /Seed 7; 0 findings/);
});

test('without the marks, once each, nothing is written', () => {
  for (const text of ['', marks[0], marks[1], [...marks, ...marks].join('\n')])
    assert.throws(() => withFigures(text ?? '', '1', [result]), /needs the lines/);
});

test(`${document} has a row for every way, without findings`, () => {
  const text = readFileSync(new URL(`../../${document}`, import.meta.url), 'utf8');
  const [, inside = ''] = text.split(marks[0] ?? '');
  const [figures = ''] = inside.split(marks[1] ?? '');
  assert.match(figures, /; 0 findings\.\n/);
  for (const way of wayNames) assert.ok(figures.includes(`\n| ${ways[way]} | `), way);
});

test('a finding says by what it is seen again', () => {
  assert.equal(
    describeFinding('notify', '7', { procedure: 3, problem: 'x' }),
    'notify, seed 7, procedure 3: x',
  );
  assert.equal(describeFinding('notify', '7', { procedure: null, problem: 'x' }), 'notify, seed 7: x');
});
