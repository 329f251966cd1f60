// Requests to the CSE over a network that loses them: sent again while there is silence, and without harm where both
// arrive.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E2EKeyError } from '../../../src/errors.ts';
import { Registrar } from '../../../src/onem2m/containers/registrar.ts';
import type { RequestPrimitive, ResponsePrimitive } from '../../../src/onem2m/primitive.ts';
import type { Sender } from '../../../src/onem2m/sender.ts';
import { VirtualTime } from '../../carriers/virtual-time.ts';
import { cseB, refusal } from '../../endpoint/lab.ts';
import { meet, overHttp, recording, startCse, type Way } from './lab.ts';

interface Silent extends Sender {
  readonly sent: { readonly at: number; readonly request: RequestPrimitive; readonly signal: AbortSignal }[];
}

/** Far more often than in the time of any request. */
const mostSent = 8;

/** Says nothing until the request was sent so often. */
function silent(answers: (ordinal: number) => Promise<ResponsePrimitive> | null): Silent {
  const sent: Silent['sent'][number][] = [];
  return {
    sent,
    send(request, signal) {
      sent.push({ at: Date.now(), request, signal });
      if (sent.length > mostSent) throw new Error('it is sent again for ever');
      return answers(sent.length) ?? untilAborted(signal);
    },
  };
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new E2EKeyError('REQUEST_EXPIRED', 'no answer')));
  });
}

const response: ResponsePrimitive = { responseStatusCode: 2000 };
const look = { operation: 'retrieve', to: '-' } as const;
const times = ({ sent }: Silent) => sent.map(({ at }) => at);

test('a request is sent again while there is silence, behind pauses that double, as the same request', async () => {
  using time = new VirtualTime(0);
  const sender = silent(ordinal => (ordinal < 4 ? null : Promise.resolve(response)));
  const registrar = new Registrar(sender, 'Cx', '3');
  assert.equal(await time.settle(registrar.request(look, null)), response);
  assert.deepEqual(times(sender), [0, 500, 1500, 3500]);
  const [first, ...others] = sender.sent;
  for (const { request } of others) assert.deepEqual(request, first?.request);
  assert.ok(sender.sent.every(({ signal }) => signal.aborted));
  assert.equal(time.timersThatKeepAlive, 0);
  await time.pass(60_000);
  assert.deepEqual([sender.sent.length, time.timers], [4, 0]);
});

test('an answer to an earlier one counts as well: a slow CSE has its time', async () => {
  using time = new VirtualTime(0);
  const slow = new Promise<ResponsePrimitive>(resolve => setTimeout(() => resolve(response), 3000));
  const sender = silent(ordinal => (ordinal === 1 ? slow : null));
  assert.equal(await time.settle(new Registrar(sender, 'Cx', '3').request(look, null)), response);
  assert.equal(time.now, 3000);
});

test('silence ends with the time of the request, or with the signal', async () => {
  using time = new VirtualTime(0);
  const registrar = new Registrar(
    silent(() => null),
    'Cx',
    '3',
  );
  await assert.rejects(time.settle(registrar.request(look, null)), refusal('REQUEST_EXPIRED'));
  assert.equal(time.now, 8000);
  const signal = AbortSignal.timeout(100);
  await assert.rejects(time.settle(registrar.request(look, signal)), refusal('REQUEST_EXPIRED'));
  assert.equal(time.now, 8100);
});

test('an error is no silence', async () => {
  using time = new VirtualTime(0);
  const sender = silent(() => Promise.reject(new E2EKeyError('CARRIER_FAILED', 'refused')));
  const registrar = new Registrar(sender, 'Cx', '3');
  await assert.rejects(time.settle(registrar.request(look, null)), refusal('CARRIER_FAILED'));
  await time.pass(60_000);
  assert.deepEqual(times(sender), [0]);
});

const isCreate = ({ operation, resourceType }: RequestPrimitive) =>
  operation === 'create' && resourceType !== 4;

for (const way of ['polling', 'polling channel', 'notification'] as const satisfies readonly Way[])
  test(`what is there because a CREATE came twice is taken as it is, and not removed: ${way}`, async t => {
    const cse = await startCse(t);
    const inner = overHttp(cse);
    /** Every CREATE comes twice, and the second answer is the one that comes back. */
    const twice = recording({
      async send(request, signal) {
        if (isCreate(request)) await inner.send(request, signal);
        return inner.send(request, signal);
      },
    });
    const { initiating, terminating, carrier, receiver } = await meet(t, cse, {
      way,
      initiatingSender: twice,
      terminatingSender: twice,
    });
    await receiver.open();
    const { id } = await initiating.establish(cseB, carrier);
    assert.ok(await terminating.key(id));
    const removed = twice.sent.filter(
      ({ operation, to }) => operation === 'delete' && !/\/in\/[^/]+$/.test(to),
    );
    assert.deepEqual(removed, []);
    await carrier.close();
    await receiver.close();
    assert.deepEqual(cse.resources, []);
  });

test('what an earlier process has left under our name is not taken for ours: its policy is not ours', async t => {
  const cse = await startCse(t);
  let isDead = false;
  // Before what closes it.
  t.after(() => {
    isDead = false;
  });
  const inner = overHttp(cse);
  const crashed = await meet(t, cse, {
    way: 'polling',
    receiver: { writers: ['Cnobody'] },
    terminatingSender: {
      send: (request, signal) => (isDead ? untilAborted(signal) : inner.send(request, signal)),
    },
  });
  await crashed.receiver.open();
  isDead = true;
  const { initiating, carrier, receiver } = await meet(t, cse, { way: 'polling' });
  await receiver.open();
  assert.equal((await initiating.establish(cseB, carrier)).state, 'active');
});
