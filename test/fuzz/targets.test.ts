// A short run of every target, the same inputs each time; E2EKEY_FUZZ for more of each group. Full size:
// scripts/evidence fuzz (docs/fuzzing.md).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzz, type Result, sharesOf } from './fuzzer.ts';
import { describeFinding } from './report.ts';
import { type Group, outcomeOf } from './target.ts';
import { targets, targetsOf } from './targets.ts';

const inputs = Number(process.env.E2EKEY_FUZZ ?? 8000);
const groups: readonly Group[] = ['messages', 'states', 'certificates', 'revocation'];

/**
 * How many different outcomes the short run comes to at least, and how many inputs are taken; a good half of what it was
 * when this was written, so that a generator that has become shallow shows.
 */
const depths: Readonly<Record<string, { readonly outcomes: number; readonly taken: number }>> = {
  declarations: { outcomes: 39, taken: 174 },
  records: { outcomes: 7, taken: 31 },
  annotation: { outcomes: 2, taken: 18 },
  'engine, message 1': { outcomes: 39, taken: 63 },
  'engine, message 2': { outcomes: 110, taken: 40 },
  'engine, message 3': { outcomes: 117, taken: 25 },
  'engine, message 4': { outcomes: 16, taken: 37 },
  contents: { outcomes: 4, taken: 10 },
  requests: { outcomes: 9, taken: 178 },
  responses: { outcomes: 3, taken: 32 },
  identifiers: { outcomes: 14, taken: 35 },
  PEM: { outcomes: 9, taken: 71 },
  'credential files': { outcomes: 9, taken: 15 },
  'sealing keys': { outcomes: 2, taken: 5 },
  inspect: { outcomes: 31, taken: 107 },
  'stored states': { outcomes: 54, taken: 418 },
  'stored peers': { outcomes: 2, taken: 29 },
  'sealed rows': { outcomes: 3, taken: 17 },
  certificates: { outcomes: 148, taken: 116 },
  'raw public keys': { outcomes: 25, taken: 60 },
  chains: { outcomes: 262, taken: 2059 },
  peers: { outcomes: 130, taken: 2 },
  CRLs: { outcomes: 105, taken: 120 },
  'OCSP responses': { outcomes: 98, taken: 90 },
  status: { outcomes: 125, taken: 3370 },
  staples: { outcomes: 130, taken: 230 },
};

const shares = new Map(groups.flatMap(group => [...sharesOf(targetsOf(group), inputs)]));
const areas = Map.groupBy(targets, ({ name }) => name.split(':')[0] ?? name);

for (const [area, ofArea] of areas)
  test(`${area}: only what may come out does, and the inputs reach deep`, async () => {
    const results: Result[] = [];
    for (const target of ofArea)
      results.push(await fuzz(target, { seed: 'short', inputs: shares.get(target) ?? 1 }));
    const findings = results.flatMap(result => result.findings);
    assert.equal(findings.map(describeFinding).join('\n\n'), '');
    const outcomes = new Set(results.flatMap(({ tally }) => [...tally.outcomes]));
    const taken = results.reduce((sum, { tally }) => sum + tally.taken, 0);
    const depth = depths[area] ?? assert.fail(`no depth is stated for ${area}`);
    assert.ok(outcomes.size >= depth.outcomes, `${outcomes.size} different outcomes`);
    assert.ok(taken >= depth.taken, `${taken} inputs were taken`);
  });

test('every target takes an input that nobody changed', async () => {
  for (const target of targets.filter(({ name }) => !name.startsWith('chains: anchors'))) {
    const outcomes = await Promise.all(target.seeds.map(seed => outcomeOf(target, seed.bytes)));
    assert.ok(
      outcomes.some(({ code }) => code === null),
      target.name,
    );
  }
});
