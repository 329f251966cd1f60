// That docs/operations.md has the figures of every way, and how they get there.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { document, withFigures } from './report.ts';
import type { Plan, Result } from './run.ts';
import { dataWayNames, dataWays, wayNames, ways } from './ways.ts';

const plan: Plan = {
  seed: '7',
  ways: ['notify'],
  dataWays: ['retrieve'],
  exchanges: 1000,
  atOnce: 20,
  changes: 'every',
  patience: 1000,
};
const common = { count: 1000, ratio: 0.5, messages: 20_000, bytes: 12_345_678 };
const result: Result = {
  ways: [
    {
      way: 'notify',
      ...common,
      deviating: 100,
      replayed: 1000,
      changes: { inside: 2600, refused: 170, same: 230 },
    },
  ],
  dataWays: [{ way: 'retrieve', level: 'contentInstance', ...common, changed: 1500 }],
  findings: [],
};
const marks = [
  '<!-- begin: written by `scripts/evidence protection` -->',
  '<!-- end: written by `scripts/evidence protection` -->',
];

test('figures stand between the marks, and nothing else changes', () => {
  const text = withFigures(`before\n${marks[0]}\nold\n${marks[1]}\nafter`, plan, result);
  assert.ok(text.startsWith(`before\n${marks[0]}\n\n20 at a time. Seed 7; 0 findings.\n`), text);
  assert.ok(
    text.includes(
      '\n| NOTIFY through a transit CSE | 1,000 | 0.50 | 100 | 1,000 | 2,600 | 170 | 230 | 20,000 | 12.3 |\n',
    ),
    text,
  );
  assert.ok(
    text.endsWith(
      `\n| \`<oldest>\`, retrieved and deleted | instance | 1,000 | 0.50 | 1,500 | 20,000 | 12.3 |\n\n${marks[1]}\nafter`,
    ),
    text,
  );
});

test('without the marks, once each, nothing is written', () => {
  for (const text of ['', marks[0], marks[1], [...marks, ...marks].join('\n')])
    assert.throws(() => withFigures(text ?? '', plan, result), /needs the lines/);
});

test(`${document} has a row for every way, without findings`, () => {
  const text = readFileSync(new URL(`../../../${document}`, import.meta.url), 'utf8');
  const [, inside = ''] = text.split(marks[0] ?? '');
  const [figures = ''] = inside.split(marks[1] ?? '');
  assert.match(figures, /; 0 findings\.\n/);
  for (const way of wayNames) assert.ok(figures.includes(`\n| ${ways[way]} | `), way);
  for (const way of dataWayNames)
    for (const level of ['container', 'instance'])
      assert.ok(figures.includes(`\n| ${dataWays[way]} | ${level} | `), way);
});
