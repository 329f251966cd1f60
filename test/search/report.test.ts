// That docs/search.md tells of the searches that are planned, with their figures: how many sequences there are in one
// flight follows from the plan. The others are those of the evidence run.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { caseOf } from './cases.ts';
import { alphabet } from './letters.ts';
import { fullPlan } from './plan.ts';
import { distinctInOneFlight, report } from './report.ts';
import { type Search, search, sizeOf } from './search.ts';

/** How it is written: how many led on, and how many there are over the whole handshake, is known only behind a search. */
const unknown = Number.NaN;

test('docs/search.md is what scripts/evidence search writes, up to the figures that only a search has', () => {
  const ended = { answer: unknown, Session: unknown, Connection: unknown };
  const due = report(
    fullPlan.map(planned => {
      const sequences = planned.extent === 'flight' ? sizeOf(planned) : unknown;
      return { ...planned, result: { sequences, ended, findings: [] } };
    }),
  );
  const written = readFileSync(new URL('../../docs/search.md', import.meta.url), 'utf8').split('\n');
  const lines = due.split('\n');
  for (const [index, line] of lines.entries()) assert.match(written[index] ?? '', withAnyFigures(line));
  assert.equal(written.length, lines.length);
});

test('a sequence that stands in several searches of one flight is one of the distinct ones', () => {
  const of = caseOf('PSK', 'initiating');
  const flights: Search[] = [
    { of, message: 2, extent: 'flight', length: 2 },
    { of, message: 2, extent: 'flight', length: 3, alphabet: 'hkDw' },
    { of, message: 2, extent: 'flight', length: 3, alphabet: 'hDSF', framing: 'halved' },
    { of, message: 2, extent: 'flight', length: 3, alphabet: 'Dkh', guess: 'heard' },
    { of, message: 4, extent: 'flight', length: 2, alphabet: 'SF' },
  ];
  const tried = new Set<string>();
  for (const planned of flights) search(planned, (_, sequence) => tried.add(sequence));
  assert.equal(distinctInOneFlight(flights), tried.size);
  assert.equal(distinctInOneFlight(flights.slice(0, 1)), alphabet.length + alphabet.length ** 2);
});

/** Figures where the line has those that are not known. */
function withAnyFigures(line: string): RegExp {
  const literal = line.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${literal.replaceAll(String(unknown), '\\d[\\d,]*')}$`);
}
