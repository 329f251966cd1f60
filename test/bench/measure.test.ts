import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measure } from '../../src/bench/measure.ts';

test('a contender runs as many at a time as it says, and at least as often as is asked for', async () => {
  let running = 0;
  const inFlight: number[] = [];
  const run = async () => {
    inFlight.push(++running);
    await new Promise(setImmediate);
    running--;
  };
  const effort = { warmUp: 0, rounds: 1, runsPerRound: 10 };
  await measure([{ name: 'four at a time', run, atOnce: 4 }], effort);
  assert.equal(inFlight.length, 12);
  assert.equal(Math.max(...inFlight), 4);
  inFlight.length = 0;
  const [measured] = await measure([{ name: 'one by one', run }], effort);
  assert.equal(inFlight.length, 10);
  assert.equal(Math.max(...inFlight), 1);
  assert.equal(measured?.ratio, 1);
});
