import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { E2EKeyError } from '../../../src/errors.ts';
import { instanceOf } from '../../../src/onem2m/containers/instance.ts';
import { ownName, wellKnownName } from '../../../src/onem2m/containers/names.ts';
import { ContainerReceiver } from '../../../src/onem2m/containers/receiver.ts';
import { type RequestPrimitive, respond } from '../../../src/onem2m/primitive.ts';
import type { Sender } from '../../../src/onem2m/sender.ts';
import type { TransitCse } from '../../../src/testing/transit-cse/transit-cse.ts';
import { cae1, cseB, refusal } from '../../endpoint/lab.ts';
import { within } from '../../within.ts';
import { interrupted, meet, overHttp, recording, startCse, type Way } from './lab.ts';

const inbox = `-/${wellKnownName(cseB)}/in`;
const replyTo = `-/${ownName(cae1, Buffer.alloc(8))}/in`;

/** What our carrier would put into the inbox, with an alert for a message: it needs no handshake. */
const request: RequestPrimitive = {
  operation: 'notify',
  to: cseB,
  from: cae1,
  requestIdentifier: 'r1',
  releaseVersionIndicator: '3',
  responseType: { responseTypeValue: 2, notificationUri: [replyTo] },
  content: { 'm2m:seci': { sit: 6, eckm: 'FQMDAAICKA==' } },
};

async function opened(t: TestContext, way: Way = 'polling') {
  const cse = await startCse(t);
  const sender = recording(overHttp(cse));
  await register(cse, 'somebody');
  const { receiver, faults } = await meet(t, cse, { way, terminatingSender: sender });
  await receiver.open();
  return { cse, sender, receiver, faults };
}

async function register(cse: TransitCse, rn: string): Promise<void> {
  const { responseStatusCode } = await cse.request({
    operation: 'create',
    to: '-',
    from: 'Csomebody',
    requestIdentifier: 'x',
    releaseVersionIndicator: '3',
    resourceType: 2,
    content: { 'm2m:ae': { rn, api: 'Nx', rr: false, srv: ['3'] } },
  });
  assert.equal(responseStatusCode, 2001);
}

async function put(cse: TransitCse, content: unknown): Promise<void> {
  const { responseStatusCode } = await cse.request({
    operation: 'create',
    to: inbox,
    from: 'Csomebody',
    requestIdentifier: 'x',
    releaseVersionIndicator: '3',
    resourceType: 4,
    content,
  });
  assert.equal(responseStatusCode, 2001);
}

async function settled(condition: () => boolean): Promise<void> {
  let isLate = false;
  const settling = (async () => {
    while (!condition() && !isLate) await new Promise(resolve => setTimeout(resolve, 2));
  })();
  await within(settling, 'an instance').finally(() => {
    isLate = true;
  });
}

const written = (sent: readonly RequestPrimitive[]) =>
  sent.filter(({ resourceType }) => resourceType === 4).map(({ to }) => to);

test('the answer goes into the inbox that the request names, if it is the originator’s', async t => {
  const { cse, sender } = await opened(t);
  await put(cse, instanceOf(request));
  await settled(() => written(sender.sent).length > 0);
  assert.deepEqual(written(sender.sent), [replyTo]);
});

for (const [what, wrong, sentence] of [
  ['names another’s inbox', { ...request, from: '//m2m.example.com/cse-a/Cae2' }, /rt\.nu is no inbox of/],
  ['names no inbox', { ...request, responseType: { responseTypeValue: 2 } }, /rt\.nu is no inbox of/],
] as const)
  test(`a request that ${what} is not answered, and reported`, async t => {
    const { cse, sender, faults } = await opened(t);
    await put(cse, instanceOf(wrong));
    await settled(() => faults.length > 0);
    assert.ok(refusal('REQUEST_INVALID', sentence)(faults[0]));
    assert.deepEqual(written(sender.sent), []);
  });

for (const [what, con, sentence] of [
  ['no JSON', 'x', /is not JSON/],
  ['a response', '{"rsc":2000,"rqi":"r"}', /a response came into our inbox/],
  ['no operation', '{"op":9,"to":"x"}', /op is no operation/],
  ['a list', '[]', /there is no request primitive/],
  ['nothing', undefined, /JSON/],
] as const)
  test(`an instance with ${what} is deleted and reported, and the next is answered`, async t => {
    const { cse, sender, faults } = await opened(t);
    await put(cse, { 'm2m:cin': con === undefined ? { con: '' } : { con } });
    await settled(() => faults.length > 0);
    assert.ok(refusal('REQUEST_INVALID', sentence)(faults[0]));
    await put(cse, instanceOf(request));
    await settled(() => written(sender.sent).length > 0);
  });

test('a content that the CSE has read and written anew is understood', async t => {
  const { cse, sender } = await opened(t);
  const { 'm2m:cin': cin } = instanceOf(request) as { 'm2m:cin': { con: string } };
  await put(cse, { 'm2m:cin': { con: JSON.parse(cin.con) } });
  await settled(() => written(sender.sent).length > 0);
});

test('who notifies us does not choose what we delete', async t => {
  const { sender, receiver } = await opened(t, 'notification');
  const { 'm2m:cin': cin } = instanceOf(request) as { 'm2m:cin': object };
  let count = 0;
  for (const rn of ['sub', 'la', '..', '../acp', 'a/b', '', 7]) {
    const { responseStatusCode } = await receiver.notified({
      operation: 'notify',
      to: 'x',
      requestIdentifier: 'notify',
      content: { 'm2m:sgn': { nev: { rep: { 'm2m:cin': { ...cin, ri: `id${count++}`, rn } } } } },
    });
    assert.equal(responseStatusCode, 2000);
  }
  const deleted = sender.sent.filter(({ operation, to }) => operation === 'delete' && to.startsWith(inbox));
  assert.deepEqual(deleted, []);
});

test('a notification target says which request it does not take (TS-0004 7.5.1.1)', async t => {
  const { receiver } = await opened(t, 'notification');
  const base = { to: 'x', requestIdentifier: 'r' };
  const answers = [
    await receiver.notified({ ...base, operation: 'retrieve' }),
    await receiver.notified({ ...base, operation: 'notify' }),
    await receiver.notified({ ...base, operation: 'notify', content: { 'm2m:seci': {} } }),
    await receiver.notified({ ...base, operation: 'notify', content: { 'm2m:sgn': { vrq: true } } }),
    await receiver.notified({ ...base, operation: 'notify', content: { 'm2m:sgn': { sud: true } } }),
  ];
  assert.deepEqual(
    answers.map(({ responseStatusCode }) => responseStatusCode),
    [4005, 4000, 4000, 2000, 2000],
  );
});

test('a name that somebody else has at the CSE is said', async t => {
  const cse = await startCse(t);
  await register(cse, wellKnownName(cseB));
  const { receiver } = await meet(t, cse, { way: 'polling' });
  await assert.rejects(receiver.open(), refusal('CARRIER_FAILED', /is there already/));
});

test('what an earlier process has left is taken away first', async t => {
  const cse = await startCse(t);
  let isDead = false;
  const crashed = await meet(t, cse, {
    way: 'polling',
    terminatingSender: interrupted(overHttp(cse), () =>
      isDead ? Promise.reject(new E2EKeyError('CARRIER_FAILED', 'the process has ended')) : null,
    ),
  });
  await crashed.receiver.open();
  isDead = true;
  const { initiating, carrier, receiver } = await meet(t, cse, { way: 'polling' });
  await receiver.open();
  assert.equal((await initiating.establish(cseB, carrier)).state, 'active');
});

test('whoever has taken his inbox along is nobody’s fault; any other refusal of an answer is told', async t => {
  for (const [status, count] of [
    [4004, 0],
    [4103, 1],
  ] as const) {
    const cse = await startCse(t);
    await register(cse, 'somebody');
    const { receiver, faults } = await meet(t, cse, {
      way: 'polling',
      terminatingSender: interrupted(overHttp(cse), asked =>
        asked.resourceType === 4 ? respond(asked, status, { 'm2m:dbg': 'no' }) : null,
      ),
    });
    await receiver.open();
    await put(cse, instanceOf(request));
    await settled(() => !cse.resources.some(address => address.includes('/in/')));
    await receiver.close();
    assert.equal(faults.length, count);
    if (count > 0) assert.ok(refusal('CARRIER_FAILED', new RegExp(`${status}: no`))(faults[0]));
  }
});

test('a limit per hop counts by who created the instance, as the CSE says', async t => {
  const cse = await startCse(t);
  await register(cse, 'somebody');
  const hops: string[] = [];
  const receiver = new ContainerReceiver(
    overHttp(cse),
    {
      takes: () => true,
      answer: async (asked, { hop }) => {
        hops.push(hop);
        assert.equal(asked.responseType, undefined);
        return respond(asked, 2000);
      },
    },
    { id: cseB, pollInterval: 1 },
  );
  t.after(() => receiver.close().catch(() => undefined));
  await receiver.open();
  await put(cse, { 'm2m:cin': { ...(instanceOf(request) as { 'm2m:cin': object })['m2m:cin'], cr: null } });
  await settled(() => hops.length > 0);
  assert.deepEqual(hops, ['container Csomebody']);
  await receiver.close();
});

test('a CSE that was started anew without our inbox has it again within half a minute', async t => {
  const cse = await startCse(t);
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { receiver } = await meet(t, cse, { way: 'polling' });
  await receiver.open();
  const from = `C${wellKnownName(cseB)}`;
  const { responseStatusCode } = await cse.request({
    operation: 'delete',
    to: `-/${wellKnownName(cseB)}`,
    from,
    requestIdentifier: 'x',
    releaseVersionIndicator: '3',
  });
  assert.equal(responseStatusCode, 2002);
  t.mock.timers.tick(30_000);
  await settled(() => cse.resources.some(address => address.endsWith('/in')));
  await receiver.close();
  assert.deepEqual(cse.resources, []);
});

test('a request whose instance comes twice is handled once, and answered twice', async t => {
  const cse = await startCse(t);
  await register(cse, 'somebody');
  const codes = [2000, 4000, 2000];
  const handled: RequestPrimitive[] = [];
  const sender = recording(overHttp(cse));
  const handler = {
    takes: () => true,
    async answer(request: RequestPrimitive) {
      handled.push(request);
      await new Promise(resolve => setTimeout(resolve, 20));
      return respond(request, codes[handled.length - 1] ?? 5000);
    },
  };
  const receiver = new ContainerReceiver(sender, handler, { id: cseB, pollInterval: 5 });
  t.after(() => receiver.close().catch(() => undefined));
  await receiver.open();
  const other = { ...request, requestIdentifier: 'r2' };
  for (const [put_, written_, handled_] of [
    [[request, request], 2, 1],
    [[request], 3, 1],
    [[other], 4, 2],
    // What was refused is tried again.
    [[other], 5, 3],
  ] as const) {
    await Promise.all(put_.map(each => put(cse, instanceOf(each))));
    await settled(() => written(sender.sent).length === written_);
    assert.equal(handled.length, handled_);
  }
});

test('of the requests that were answered 512 are remembered', async t => {
  const cse = await startCse(t);
  let handled = 0;
  const sender: Sender = interrupted({ send: cse.request }, each =>
    each.resourceType === 4 ? respond(each, 2001) : null,
  );
  const handler = {
    takes: () => true,
    async answer(each: RequestPrimitive) {
      handled++;
      return respond(each, 2000);
    },
  };
  const receiver = new ContainerReceiver(sender, handler, { id: cseB });
  t.after(() => receiver.close());
  await receiver.open();
  let instances = 0;
  const notify = async (requestIdentifier: string) => {
    const cin = { ...instanceOf({ ...request, requestIdentifier }) } as { 'm2m:cin': object };
    const rep = { 'm2m:cin': { ...cin['m2m:cin'], ri: `cin-${++instances}` } };
    await receiver.notified({ operation: 'notify', to: 'x', content: { 'm2m:sgn': { nev: { rep } } } });
    await new Promise(setImmediate);
  };
  await notify('r0');
  for (let each = 1; each < 512; each++) await notify(`r${each}`);
  await notify('r0');
  assert.equal(handled, 512);
  await notify('r512');
  await notify('r0');
  assert.equal(handled, 514);
});
