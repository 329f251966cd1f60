// Each contender of the benchmarks of ESPrim, ESData and the derivations does its work, and the first is what the others
// are compared with.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { benchmarks } from '../../src/bench/benchmarks.ts';
import { derivations } from '../../src/bench/derivations.ts';
import { esdataBenches } from '../../src/bench/esdata.ts';
import { esprimBench } from '../../src/bench/esprim.ts';
import { makeBenchLab } from '../../src/bench/lab.ts';
import { measure } from '../../src/bench/measure.ts';

const twice = { warmUp: 0, rounds: 1, runsPerRound: 2 };

test('ESPrim: jose alone, a session, and the whole exchange with each place of the key', async t => {
  const temporary = mkdtempSync(join(tmpdir(), 'e2ekey-bench-test-'));
  t.after(() => rmSync(temporary, { recursive: true, force: true }));
  const before = process.env.TMPDIR;
  process.env.TMPDIR = temporary;
  t.after(() => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  });
  const { contenders, end } = await esprimBench(await makeBenchLab(), 10);
  const measured = await measure(contenders, twice);
  assert.deepEqual(
    measured.map(({ name }) => name.split(/[:,] /).at(0)),
    [
      'jose alone',
      'primitives protected and opened in a session',
      'EsPrimClient and EsPrimHandler',
      'the same',
      'the same',
    ],
  );
  assert.equal(readdirSync(temporary).length, 1);
  await end();
  assert.ok(existsSync(temporary));
  assert.deepEqual(readdirSync(temporary), []);
});

for (const { name, contenders } of esdataBenches)
  test(`ESData, ${name}: jose alone, and beside it what makes and opens the Envelope`, async () => {
    const [alone, ...others] = await measure(await contenders(), twice);
    assert.match(alone?.name ?? '', /^jose alone: /);
    assert.ok(others.length > 0);
  });

test('derivations: beside one HMAC', async () => {
  const [first, ...others] = await measure(derivations(), twice);
  assert.match(first?.name ?? '', /^one HMAC-SHA-256 /);
  assert.equal(others.length, 3);
});

test('what is demanded of ESPrim is said', () => {
  const demanding = benchmarks.filter(({ name }) => name.startsWith('esprim-'));
  assert.equal(demanding.length, 2);
  for (const { about } of demanding) assert.match(about, /at most 1\.5 times .* at least 0\.67 ×/);
});

test('every benchmark has a name of its own', () => {
  assert.equal(new Set(benchmarks.map(({ name }) => name)).size, benchmarks.length);
});
