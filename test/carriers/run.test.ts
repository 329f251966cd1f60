// Procedures over every way and a bad network: where the initiating end-point has a key, the other one has the same;
// where it has none, what the other one has is never used; nobody waits for ever, and nothing is left.
// scripts/carriers.ts runs more of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run } from './run.ts';
import { wayNames, ways } from './ways.ts';

const procedures = 40;

for (const way of wayNames)
  test(`${procedures} procedures over a bad network: ${ways[way]} (TS-0001 11.4.3)`, async () => {
    const result = await run({ way, procedures, seed: 'test' });
    const { findings, leftovers, keys, failed, longest, lost, sentAgain } = result;
    assert.deepEqual(findings, []);
    assert.equal(leftovers, 0);
    assert.equal(keys + [...failed.values()].reduce((sum, times) => sum + times, 0), procedures);
    assert.ok(longest <= 1.001, `longest: ${longest}`);
    // A network that does nothing, or lets nothing pass, would show nothing.
    assert.ok(lost > 0 && sentAgain > 0 && keys > procedures / 2, `${lost} lost, ${keys} keys`);
  });

test('over a network that loses nothing every procedure gives a key', async () => {
  for (const way of wayNames) {
    const unreliability = { delay: [1, 20] } as const;
    const { findings, keys, sentAgain } = await run({ way, procedures: 5, seed: 'test', unreliability });
    assert.deepEqual([way, findings, keys, sentAgain], [way, [], 5, 0]);
  }
});

test('over a network that loses everything no procedure gives one, and each ends in its time', async () => {
  const plan = { way: 'notify', procedures: 5, seed: 'test', unreliability: { loss: 1 } } as const;
  const { findings, keys, failed, lapsed } = await run(plan);
  assert.deepEqual([findings, keys, lapsed], [[], 0, 0]);
  assert.deepEqual([...failed], [['REQUEST_EXPIRED', 5]]);
});

test('the same seed is the same course of events', async () => {
  const plan = { way: 'containers-notification', procedures: 10, seed: 'again' } as const;
  assert.deepEqual(await run(plan), await run(plan));
});
