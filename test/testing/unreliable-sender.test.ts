// The bad network: what it loses, repeats, holds back and delays, and that nobody waits behind his signal.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { RequestPrimitive } from '../../src/onem2m/primitive.ts';
import type { Sender } from '../../src/onem2m/sender.ts';
import { type Unreliability, unreliableSender } from '../../src/testing/unreliable-sender.ts';
import { VirtualTime } from '../carriers/virtual-time.ts';
import { refusal } from '../endpoint/lab.ts';
import { Draw } from '../fuzz/draw.ts';

const requestOf = (requestIdentifier: string): RequestPrimitive => ({
  operation: 'notify',
  to: '-',
  requestIdentifier,
});
const never = () => new AbortController().signal;

/** The other side, which answers at once with the number of its requests. */
function otherSide() {
  const arrived: { readonly name: string; readonly at: number; readonly signal: AbortSignal }[] = [];
  const sender: Sender = {
    async send({ requestIdentifier: name = '' }, signal) {
      arrived.push({ name, at: Date.now(), signal });
      return { responseStatusCode: 2000, content: arrived.length };
    },
  };
  return { arrived, sender };
}

/** Numbers that are drawn in this order, and 0.99 behind them: then nothing happens. */
function drawn(...numbers: number[]): Pick<Unreliability, 'random'> {
  return { random: () => numbers.shift() ?? 0.99 };
}

test('what the network does nothing to arrives once, and its response comes back', async () => {
  const { arrived, sender } = otherSide();
  const network = unreliableSender(sender);
  assert.equal((await network.send(requestOf('a'), never())).content, 1);
  assert.deepEqual(
    arrived.map(({ name }) => name),
    ['a'],
  );
  assert.deepEqual(network.tally, {
    requests: 1,
    lostRequests: 0,
    lostResponses: 0,
    duplicated: 0,
    heldBack: 0,
    waiting: 0,
  });
});

for (const [what, numbers, arrives] of [
  ['request', [0.5, 0, 0.5, 0.5], 0],
  ['response', [0.5, 0.5, 0.5, 0, 0.5, 0.5], 1],
] as const)
  test(`a lost ${what} is silence until the signal, and no longer`, async () => {
    using time = new VirtualTime(0);
    const { arrived, sender } = otherSide();
    const network = unreliableSender(sender, { loss: 0.1, ...drawn(...numbers) });
    const signal = AbortSignal.timeout(30_000);
    const sending = network.send(requestOf('a'), signal);
    await time.pass(29_999);
    assert.deepEqual([network.tally.waiting, arrived.length], [1, arrives]);
    await assert.rejects(time.settle(sending), refusal('REQUEST_EXPIRED'));
    assert.equal(time.now, 30_000);
    const { lostRequests, lostResponses, waiting } = network.tally;
    assert.deepEqual([lostRequests, lostResponses, waiting], [1 - arrives, arrives, 0]);
    assert.deepEqual([getEventListeners(signal, 'abort').length, time.timers], [0, 0]);
  });

test('a broken connection is an error at once', async () => {
  const network = unreliableSender(otherSide().sender, { loss: 1, broken: 1 });
  await assert.rejects(
    network.send(requestOf('a'), never()),
    refusal('CARRIER_FAILED', /broke off with the request/),
  );
});

test('a request that comes twice reaches the other side twice, and one answer comes back', async () => {
  using time = new VirtualTime(0);
  const { arrived, sender } = otherSide();
  const network = unreliableSender(sender, { duplication: 1, delay: [5, 50] });
  const { content } = await time.settle(network.send(requestOf('a'), never()));
  await time.pass(1_000);
  assert.deepEqual([arrived.length, network.tally.duplicated, typeof content], [2, 1, 'number']);
});

test('what is held back arrives behind the next one', async () => {
  using time = new VirtualTime(0);
  const { arrived, sender } = otherSide();
  const network = unreliableSender(sender, { reordering: 0.1, ...drawn(0.5, 0.5, 0) });
  const first = network.send(requestOf('first'), never());
  await time.pass(100);
  const second = network.send(requestOf('second'), never());
  await time.settle(Promise.all([first, second]));
  assert.deepEqual(
    arrived.map(({ name }) => name),
    ['second', 'first'],
  );
  assert.equal(network.tally.heldBack, 1);
});

test('what is held back with nobody behind it arrives after a second', async () => {
  using time = new VirtualTime(0);
  const { arrived, sender } = otherSide();
  const network = unreliableSender(sender, { reordering: 0.1, ...drawn(0.5, 0.5, 0) });
  await time.settle(network.send(requestOf('first'), never()));
  assert.deepEqual(
    arrived.map(({ at }) => at),
    [1001],
  );
});

test('delays lie between the least and the most', async () => {
  using time = new VirtualTime(0);
  const { arrived, sender } = otherSide();
  const draw = new Draw('delays');
  const random = () => draw.below(1000) / 1000;
  const network = unreliableSender(sender, { delay: [20, 80], random });
  await time.settle(
    Promise.all(Array.from({ length: 200 }, (_, index) => network.send(requestOf(`${index}`), never()))),
  );
  const times = arrived.map(({ at }) => at);
  assert.ok(Math.min(...times) >= 20 && Math.min(...times) < 25 && Math.max(...times) <= 80);
  assert.ok(Math.max(...times) > 75 && time.now <= 160);
});

test('shares are what was asked for, and the same for the same random numbers', async () => {
  const tallies = [1, 2].map(async () => {
    const draw = new Draw('shares');
    const random = () => draw.below(2 ** 32) / 2 ** 32;
    const { sender } = otherSide();
    const network = unreliableSender(sender, { loss: 0.1, broken: 1, duplication: 0.1, random });
    for (let index = 0; index < 2000; index++)
      await network.send(requestOf('a'), never()).catch(() => undefined);
    return network.tally;
  });
  const [tally, again] = await Promise.all(tallies);
  assert.deepEqual(tally, again);
  const { requests = 0, lostRequests = 0, lostResponses = 0, duplicated = 0 } = tally ?? {};
  assert.equal(requests, 2000);
  for (const count of [lostRequests, lostResponses, duplicated])
    assert.ok(count > 140 && count < 280, `${count}`);
});

test('the other side is told when nobody waits any more, and a request under way arrives all the same', async () => {
  using time = new VirtualTime(0);
  const { arrived, sender } = otherSide();
  const waiting: Sender = {
    async send(request, signal) {
      await sender.send(request, signal);
      return new Promise(() => {});
    },
  };
  const network = unreliableSender(waiting, { delay: [50, 50] });
  const early = network.send(requestOf('early'), AbortSignal.timeout(100));
  const late = network.send(requestOf('late'), AbortSignal.timeout(10));
  await assert.rejects(time.settle(late), refusal('REQUEST_EXPIRED'));
  await assert.rejects(time.settle(early), refusal('REQUEST_EXPIRED'));
  const [first, second] = arrived;
  assert.deepEqual([first?.name, first?.at, first?.signal.aborted], ['early', 50, true]);
  assert.deepEqual([second?.name, second?.at, second?.signal.aborted], ['late', 50, false]);
  await time.pass(10_000);
  assert.equal(second?.signal.aborted, true);
});

test('a signal that is aborted already sends nothing', async () => {
  const { arrived, sender } = otherSide();
  await assert.rejects(
    unreliableSender(sender).send(requestOf('a'), AbortSignal.abort()),
    refusal('REQUEST_EXPIRED'),
  );
  assert.equal(arrived.length, 0);
});

test('an error of the other side comes back', async () => {
  const network = unreliableSender({ send: () => Promise.reject(new RangeError('its own')) });
  await assert.rejects(network.send(requestOf('a'), never()), RangeError);
});

for (const [option, wrong] of [
  ['loss', { loss: 1.1 }],
  ['broken', { broken: -0.1 }],
  ['duplication', { duplication: Number.NaN }],
  ['reordering', { reordering: 2 }],
  ['delay', { delay: [-1, 5] }],
  ['delay', { delay: [6, 5] }],
] as const)
  test(`${option} out of its range is refused: ${Object.values(wrong).flat().join(' to ')}`, () => {
    assert.throws(
      () => unreliableSender(otherSide().sender, wrong),
      refusal('OPTION_INVALID', new RegExp(`^${option} `)),
    );
  });

test('a request under way does not keep the process alive', async () => {
  const file = fileURLToPath(new URL('../../src/testing/unreliable-sender.ts', import.meta.url));
  const source = `import { unreliableSender } from ${JSON.stringify(file)};
    const sender = unreliableSender({ send: async () => ({ responseStatusCode: 2000 }) }, { delay: [60000, 60000], reordering: 1 });
    sender.send({ operation: 'notify', to: '-' }, new AbortController().signal);`;
  await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', source], { timeout: 10_000 });
});
