// That time which passes only when nothing else is left to do is like time that passes by itself, for those who wait.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { VirtualTime } from './virtual-time.ts';

test('timers fire in the order of their times, and of one time in the order in which they were set', async () => {
  using time = new VirtualTime(1000);
  const fired: [number, number][] = [];
  for (const after of [3, 1, 2, 1, 0]) setTimeout(() => fired.push([after, Date.now()]), after);
  await time.pass(10);
  assert.deepEqual(fired, [
    [1, 1001],
    [1, 1001],
    [0, 1001],
    [2, 1002],
    [3, 1003],
  ]);
  assert.equal(time.now, 1010);
});

test('a promise is waited for as long as a timer can settle it, and no longer', async () => {
  using time = new VirtualTime(0);
  assert.equal(await time.settle(delay(5000, 'value')), 'value');
  assert.equal(time.now, 5000);
  await assert.rejects(time.settle(Promise.withResolvers().promise), /nothing is left/);
  await assert.rejects(time.settle(delay(1).then(() => Promise.reject(new Error('its own')))), /its own/);
});

test('what was cleared or aborted does not fire, and is not left', async () => {
  using time = new VirtualTime(0);
  const fired: string[] = [];
  clearTimeout(setTimeout(() => fired.push('timeout'), 1));
  const interval = setInterval(() => fired.push('interval'), 10);
  const ended = new AbortController();
  const waiting = delay(50, undefined, { signal: ended.signal });
  setTimeout(() => ended.abort(), 25);
  await assert.rejects(time.settle(waiting), { name: 'AbortError' });
  assert.deepEqual([fired, time.now, time.timers], [['interval', 'interval'], 25, 1]);
  clearInterval(interval);
  assert.equal(time.timers, 0);
  await assert.rejects(delay(50, undefined, { signal: ended.signal }), { name: 'AbortError' });
  assert.equal(time.timers, 0);
});

test('timers that do not keep the process alive are told from those that do', () => {
  using time = new VirtualTime(0);
  setTimeout(() => {}, 1);
  setTimeout(() => {}, 1).unref();
  AbortSignal.timeout(1);
  delay(1, undefined, { ref: false });
  assert.deepEqual([time.timers, time.timersThatKeepAlive], [4, 1]);
});

test('AbortSignal.timeout aborts with a TimeoutError', async () => {
  using time = new VirtualTime(0);
  const signal = AbortSignal.timeout(30);
  await time.pass(29);
  assert.equal(signal.aborted, false);
  await time.pass(1);
  assert.equal(signal.reason.name, 'TimeoutError');
});

test('afterwards everything is as it was', async () => {
  const before = [setTimeout, clearTimeout, setInterval, clearInterval, Date.now, AbortSignal.timeout, delay];
  const time = new VirtualTime(0);
  time[Symbol.dispose]();
  assert.deepEqual(
    [setTimeout, clearTimeout, setInterval, clearInterval, Date.now, AbortSignal.timeout, delay],
    before,
  );
  await delay(1);
});
