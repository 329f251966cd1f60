import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Deviation, deviations } from '../../../src/testing/transit-cse/deviations.ts';
import { cseB } from '../../endpoint/lab.ts';
import { meet, startCse, type Way, ways } from './lab.ts';

for (const way of ways)
  test(`a key is made through containers by ${way}, and nothing is left at the CSE`, async t => {
    const cse = await startCse(t);
    const { initiating, terminating, carrier, receiver, faults } = await meet(t, cse, { way });
    await receiver.open();
    const key = await initiating.establish(cseB, carrier);
    const stored = await terminating.key(key.id);
    assert.ok(stored?.secret?.equals(key.secret));
    await carrier.close();
    await receiver.close();
    assert.deepEqual(cse.resources, []);
    assert.deepEqual(faults, []);
  });

const all = Object.keys(deviations) as Deviation[];
const withoutChannel = all.filter(name => name !== 'noPollingChannel');

for (const way of ways) {
  const fitting = way === 'polling channel' ? withoutChannel : all;
  for (const deviation of fitting)
    test(`a key is made by ${way} through a CSE with the deviation ${deviation}`, t =>
      makeKey(t, way, [deviation]));
  test(`a key is made by ${way} through a CSE with ${fitting.length} deviations together`, t =>
    makeKey(t, way, fitting));
}

async function makeKey(t: import('node:test').TestContext, way: Way, list: readonly Deviation[]) {
  const cse = await startCse(t, { deviations: list });
  const options = list.includes('noDash') ? { cseBase: 'base' } : {};
  const { initiating, terminating, carrier, receiver } = await meet(t, cse, {
    way,
    carrier: options,
    receiver: options,
  });
  await receiver.open();
  const key = await initiating.establish(cseB, carrier);
  assert.ok((await terminating.key(key.id))?.secret?.equals(key.secret));
  await carrier.close();
  await receiver.close();
  assert.deepEqual(cse.resources, []);
}
