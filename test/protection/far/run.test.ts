// A small run of what scripts/evidence protection does at full size: two processes, and a CSE that records and changes
// what it handles.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run } from './run.ts';
import { dataWayNames, wayNames } from './ways.ts';

const seed = process.env.E2EKEY_SEED ?? '1';

test('a CSE between two end-points reads nothing that they protect, and changes nothing unnoticed (TS-0003 8.4.1, 8.5.1)', async () => {
  const result = await run({
    seed,
    ways: wayNames,
    dataWays: dataWayNames,
    exchanges: 8,
    atOnce: 8,
    changes: 4,
    patience: null,
  });
  assert.deepEqual(result.findings, [], `E2EKEY_SEED=${seed}`);
  assert.deepEqual(
    result.ways.map(({ count, replayed }) => [count, replayed]),
    wayNames.map(() => [8, 8]),
  );
  for (const { way, changes } of result.ways) assert.ok(changes.inside > 0, way);
  assert.deepEqual(
    result.dataWays.map(({ count, changed }) => [count, changed]),
    dataWayNames.flatMap(() => [
      [8, 16],
      [8, 16],
    ]),
  );
});
