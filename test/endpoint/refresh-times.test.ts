import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RefreshTimes } from '../../src/endpoint/refresh-times.ts';
import { day, hour, minute } from './revocation-lab.ts';

/** Randomness that gives this part of what there is, from 0 to below 1. */
const part = (chance: number) => () => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(Math.floor(chance * 2 ** 32));
  return bytes;
};
/** The first moment at which it is due, to a tenth of a second; looked for up to two days. */
function dueAt(times: RefreshTimes): number {
  let [early, late] = [-1, 2 * day];
  while (late - early > 0.01) {
    const middle = (early + late) / 2;
    if (times.isDue(middle)) late = middle;
    else early = middle;
  }
  return Math.round(late / 100) * 100;
}

test('what was never there is due at once', () => {
  assert.equal(new RefreshTimes(part(0)).isDue(0), true);
});

for (const [chance, wanted] of [
  [0, 5 * hour],
  [0.5, 6.25 * hour],
  [0.999_999, 7.5 * hour],
] as const)
  test(`what is held is fetched anew in the third quarter of its time, at a random moment: ${chance}`, () => {
    const times = new RefreshTimes(part(chance));
    times.plan({}, 0, 10 * hour);
    assert.equal(dueAt(times), wanted);
  });

test('what is valid for long is fetched anew within a day all the same', () => {
  const times = new RefreshTimes(part(0.999_999));
  times.plan({}, 0, 365 * day);
  assert.equal(dueAt(times), 18 * hour);
});

test('what ends soon, or has ended, is not fetched more than once a minute', () => {
  for (const until of [1, -1, -day]) {
    const times = new RefreshTimes(part(0));
    times.succeeded({}, 0, until);
    assert.equal(dueAt(times), minute);
  }
});

test('the same thing is planned for once, another one anew', () => {
  const times = new RefreshTimes(part(0));
  const held = {};
  times.plan(held, 0, 10 * hour);
  times.failed(5 * hour);
  times.plan(held, 0, 10 * hour);
  assert.equal(dueAt(times), 5 * hour + minute);
  times.plan({}, 0, 20 * hour);
  assert.equal(dueAt(times), 10 * hour);
});

test('a moment that is further away than a day is one of a clock that was ahead', () => {
  const times = new RefreshTimes(part(0));
  times.failed(10 * day);
  assert.equal(times.isDue(0), true);
  assert.equal(times.isDue(10 * day), false);
  times.succeeded({}, 0, 365 * day);
  assert.equal(times.isDue(0), false);
});

test('after failures the pause doubles up to an hour, by up to a half longer; a success ends that', () => {
  const pauses = (chance: number) => {
    const times = new RefreshTimes(part(chance));
    return Array.from({ length: 9 }, () => {
      times.failed(0);
      return dueAt(times) / minute;
    });
  };
  assert.deepEqual(pauses(0), [1, 2, 4, 8, 16, 32, 60, 60, 60]);
  assert.deepEqual(pauses(0.999_999), [1.5, 3, 6, 12, 24, 48, 90, 90, 90]);
  const times = new RefreshTimes(part(0));
  for (let n = 0; n < 5; n++) times.failed(0);
  times.succeeded({}, 0, 10 * hour);
  times.failed(0);
  assert.equal(dueAt(times), minute);
});
