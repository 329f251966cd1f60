// That docs/search.md tells of the searches that are planned; its figures are those of the evidence run.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fullPlan } from './plan.ts';
import { report } from './report.ts';

test('docs/search.md is what scripts/evidence search writes, up to the figures', () => {
  const result = { sequences: 0, ended: { answer: 0, Session: 0, Connection: 0 }, findings: [] };
  const written = readFileSync(new URL('../../docs/search.md', import.meta.url), 'utf8');
  const due = report(fullPlan.map(planned => ({ ...planned, result })));
  assert.deepEqual(withoutFigures(written), withoutFigures(due));
});

function withoutFigures(document: string): string[] {
  return document.replace(/\b\d[\d,]*\b/g, 'N').split('\n');
}
