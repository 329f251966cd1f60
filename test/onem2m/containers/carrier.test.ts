import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { E2EKeyError } from '../../../src/errors.ts';
import { ContainerCarrier } from '../../../src/onem2m/containers/carrier.ts';
import { instanceOf } from '../../../src/onem2m/containers/instance.ts';
import { wellKnownName } from '../../../src/onem2m/containers/names.ts';
import { type RequestPrimitive, type ResponsePrimitive, respond } from '../../../src/onem2m/primitive.ts';
import type { Sender } from '../../../src/onem2m/sender.ts';
import { VirtualTime } from '../../carriers/virtual-time.ts';
import {
  cae1,
  cseB,
  fixedClock,
  initiatingEndpoint,
  refusal,
  terminatingEndpoint,
} from '../../endpoint/lab.ts';
import { within } from '../../within.ts';
import { deliveryOf } from '../fake-sender.ts';
import { interrupted, meet, overHttp, recording, startCse } from './lab.ts';

const isInstance = ({ operation, resourceType }: RequestPrimitive) =>
  operation === 'create' && resourceType === 4;

test('procedures at the same time find their own answers', async t => {
  const cse = await startCse(t);
  const { initiating, terminating, carrier, receiver } = await meet(t, cse, { way: 'polling' });
  await receiver.open();
  const keys = await Promise.all(Array.from({ length: 6 }, () => initiating.establish(cseB, carrier)));
  assert.equal(new Set(keys.map(({ id }) => id)).size, 6);
  for (const { id, secret } of keys) assert.ok((await terminating.key(id))?.secret?.equals(secret));
});

test('by notification the inbox is not looked at while notifications come', async t => {
  const cse = await startCse(t);
  const sender = recording(overHttp(cse));
  const { initiating, carrier, receiver } = await meet(t, cse, {
    way: 'notification',
    initiatingSender: sender,
    carrier: { pollInterval: 60_000 },
  });
  await receiver.open();
  await initiating.establish(cseB, carrier);
  assert.deepEqual(
    sender.sent.filter(({ to }) => to.endsWith('/la')),
    [],
  );
});

test('a lost notification is made good by a look at the inbox', async t => {
  let lost = 0;
  const cse = await startCse(t, {
    deliver: async () => {
      lost++;
      throw new Error('lost');
    },
  });
  const { carrier, receiver } = await meet(t, cse, { way: 'notification' });
  const initiating = initiatingEndpoint(t, { times: { delivery: 2_000 } });
  await receiver.open();
  assert.equal((await initiating.establish(cseB, carrier)).state, 'active');
  assert.ok(lost > 0);
});

test('a notification that comes twice is one message', async t => {
  const cse = await startCse(t);
  const sender = recording(overHttp(cse));
  const { initiating, terminating, carrier, receiver } = await meet(t, cse, {
    way: 'notification',
    terminatingSender: sender,
  });
  await receiver.open();
  const notified = receiver.notified.bind(receiver);
  receiver.notified = async request => {
    await notified(request);
    return notified(request);
  };
  const { id } = await initiating.establish(cseB, carrier);
  assert.ok(await terminating.key(id));
  assert.equal(sender.sent.filter(isInstance).length, 2, 'two messages, two answers');
});

test('a terminating end-point without an inbox is said, with what the CSE answered', async t => {
  const cse = await startCse(t);
  const { initiating, carrier } = await meet(t, cse, { way: 'polling' });
  await assert.rejects(
    initiating.establish(cseB, carrier),
    refusal('CARRIER_FAILED', /has no inbox at this CSE/),
  );
  await carrier.close();
  assert.deepEqual(cse.resources, []);
});

test('after a failure half-way nothing is left behind, whatever request was the last', async t => {
  for (let failing = 1; failing <= 8; failing++) {
    const cse = await startCse(t);
    const inner = overHttp(cse);
    let sent = 0;
    let dead = true;
    const sender: Sender = {
      async send(request, signal) {
        if (dead && ++sent >= failing) {
          // Half of them reach the CSE, and only the answer is lost.
          if (failing % 2 === 0 && sent === failing) await inner.send(request, signal);
          throw new E2EKeyError('CARRIER_FAILED', 'the line is dead');
        }
        return inner.send(request, signal);
      },
    };
    const { carrier, receiver } = await meet(t, cse, { way: 'polling', initiatingSender: sender });
    const initiating = initiatingEndpoint(t, { times: { delivery: 30 } });
    await receiver.open();
    await assert.rejects(initiating.establish(cseB, carrier));
    dead = false;
    await carrier.close();
    await receiver.close();
    assert.deepEqual(cse.resources, [], `request ${failing}`);
  }
});

test('a CREATE whose answer was lost is made again', async t => {
  const cse = await startCse(t);
  const inner = overHttp(cse);
  const lost = new Set<string>();
  const sender: Sender = {
    async send(request, signal) {
      const response = await inner.send(request, signal);
      const kind = `${request.operation} ${request.resourceType}`;
      if (request.operation !== 'create' || isInstance(request) || lost.has(kind)) return response;
      lost.add(kind);
      throw new E2EKeyError('CARRIER_FAILED', 'the answer is lost');
    },
  };
  const { initiating, carrier, receiver } = await meet(t, cse, { way: 'polling', initiatingSender: sender });
  await receiver.open();
  // One attempt for each of AE, ACP and container: more than the procedure makes for one message.
  await assert.rejects(initiating.establish(cseB, carrier), refusal('CARRIER_FAILED'));
  assert.equal((await initiating.establish(cseB, carrier)).state, 'active');
  await carrier.close();
  await receiver.close();
  assert.deepEqual(cse.resources, []);
});

test('a CSE that has lost our inbox gets it anew when a message is sent again', async t => {
  const cse = await startCse(t);
  const inner = overHttp(cse);
  let wiped = false;
  const sender: Sender = {
    async send(request, signal) {
      const response = await inner.send(request, signal);
      if (isInstance(request) && !wiped) {
        wiped = true;
        const [ae = ''] = cse.resources.filter(address => /-[0-9a-f]{16}$/.test(address));
        const { responseStatusCode } = await cse.request({
          operation: 'delete',
          to: ae,
          from: `C${ae.split('/').at(-1)}`,
          requestIdentifier: 'wipe',
          releaseVersionIndicator: '3',
        });
        assert.equal(responseStatusCode, 2002);
      }
      return response;
    },
  };
  const { carrier, receiver } = await meet(t, cse, { way: 'polling', initiatingSender: sender });
  await receiver.open();
  const initiating = initiatingEndpoint(t, { times: { delivery: 200 } });
  assert.equal((await initiating.establish(cseB, carrier)).state, 'active');
  assert.ok(wiped);
});

test('one carrier is one initiating end-point’s', async t => {
  const cse = await startCse(t);
  const { initiating, carrier, receiver } = await meet(t, cse, { way: 'polling' });
  await receiver.open();
  await initiating.establish(cseB, carrier);
  await assert.rejects(
    carrier.deliver({
      from: '//m2m.example.com/cse-a/Cae2',
      to: cseB,
      message: new Uint8Array(1),
      ordinal: 1,
      procedure: 'p',
      signal: AbortSignal.timeout(2000),
    }),
    refusal('OPTION_INVALID', /is \/\/m2m\.example\.com\/cse-a\/Cae1's/),
  );
});

test('an answer that does not come ends with the signal', async t => {
  const cse = await startCse(t);
  const { carrier, receiver } = await meet(t, cse, { way: 'polling' });
  await receiver.open();
  await receiver.close();
  const { terminating } = await meet(t, cse, { way: 'polling' });
  // Somebody else's inbox under the well-known name, in which nobody looks.
  const from = 'Cother';
  const base = { from, requestIdentifier: 'x', releaseVersionIndicator: '3' } as const;
  const name = wellKnownName(terminating.id);
  const made = [
    await cse.request({
      ...base,
      operation: 'create',
      to: '-',
      resourceType: 2,
      content: { 'm2m:ae': { rn: name, api: 'Nx', rr: false, srv: ['3'] } },
    }),
    await cse.request({
      ...base,
      operation: 'create',
      to: `-/${name}`,
      resourceType: 1,
      content: {
        'm2m:acp': {
          rn: 'acp',
          pv: { acr: [{ acor: ['all'], acop: 1 }] },
          pvs: { acr: [{ acor: [from], acop: 63 }] },
        },
      },
    }),
    await cse.request({
      ...base,
      operation: 'create',
      to: `-/${name}`,
      resourceType: 3,
      content: { 'm2m:cnt': { rn: 'in', acpi: [`-/${name}/acp`] } },
    }),
  ];
  assert.deepEqual(
    made.map(({ responseStatusCode }) => responseStatusCode),
    [2001, 2001, 2001],
  );
  const initiating = initiatingEndpoint(t, { times: { delivery: 30 } });
  await assert.rejects(initiating.establish(cseB, carrier), refusal('REQUEST_EXPIRED', /no answer/));
});

test('end-points at different CSEs meet through both, by their SP-relative addresses', async t => {
  const near = '//m2m.example.com/cse-a';
  const routes: Record<string, string> = {};
  const far = await startCse(t, { id: cseB, routes });
  const middle = await startCse(t, { id: '//m2m.example.com/cse-t', routes: { [cseB]: far.url } });
  const first = await startCse(t, { id: near, routes: { [cseB]: middle.url } });
  const back = await startCse(t, { id: '//m2m.example.com/cse-u', routes: { [near]: first.url } });
  routes[near] = back.url;
  const { initiating, terminating, carrier, receiver } = await meet(t, first, {
    way: 'polling',
    terminatingSender: overHttp(far),
  });
  await receiver.open();
  const { id } = await initiating.establish(cseB, carrier);
  assert.ok(await terminating.key(id));
  await carrier.close();
  await receiver.close();
  assert.deepEqual([...first.resources, ...far.resources], []);
});

test('wrong options are named', () => {
  const sender: Sender = { send: () => Promise.reject(new Error('not reached')) };
  for (const [options, sentence] of [
    [{ cseBase: '' }, /cseBase/],
    [{ cseBase: 'x/' }, /cseBase/],
    [{ originator: 'Xae' }, /originator/],
    [{ pollInterval: 0 }, /pollInterval/],
    [{ pollInterval: 60_001 }, /pollInterval/],
    [{ writers: [] }, /writers/],
    [{ receive: { pointOfAccess: 'mqtt://x' } }, /pointOfAccess/],
  ] as const)
    assert.throws(() => new ContainerCarrier(sender, options), refusal('OPTION_INVALID', sentence));
});

test('a closed carrier takes no more messages, and is closed twice without harm', async t => {
  const cse = await startCse(t);
  const { initiating, carrier, receiver } = await meet(t, cse, { way: 'polling' });
  await receiver.open();
  await initiating.establish(cseB, carrier);
  await carrier.close();
  await carrier.close();
  await assert.rejects(initiating.establish(cseB, carrier), refusal('OPTION_INVALID', /closed/));
});

test('the terminating clock is its own: what it holds unconfirmed goes at its deadline', async t => {
  const cse = await startCse(t);
  const clock = fixedClock();
  const terminating = terminatingEndpoint(t, { clock });
  const { initiating, carrier, receiver } = await meet(t, cse, { way: 'polling', terminating });
  await receiver.open();
  const { id } = await initiating.establish(cseB, carrier);
  assert.equal((await terminating.key(id))?.state, 'unconfirmed');
  clock.advance(601_000);
  await terminating.sweep();
  assert.equal(await terminating.key(id), null);
  assert.equal(initiating.id, cae1);
});

test('a carrier that was closed before its first message sends nothing', async () => {
  const sender = recording({ send: () => Promise.reject(new Error('not reached')) });
  const carrier = new ContainerCarrier(sender);
  await carrier.close();
  await assert.rejects(
    carrier.deliver(deliveryOf()),
    refusal('OPTION_INVALID', /ContainerCarrier was closed/),
  );
  assert.deepEqual(sender.sent, []);
});

test('without a subscription there is nothing to be notified of', async () => {
  const carrier = new ContainerCarrier({ send: () => Promise.reject(new Error('not reached')) });
  const { responseStatusCode } = await carrier.notified({ operation: 'notify', to: 'x' });
  assert.equal(responseStatusCode, 4004);
});

/** A terminating end-point that never answers, although the CSE takes whatever is written to it. */
async function unanswered(t: TestContext) {
  const cse = await startCse(t);
  const sender = recording(
    interrupted({ send: cse.request }, request => (isInstance(request) ? respond(request, 2001) : null)),
  );
  const carrier = new ContainerCarrier(sender, { pollInterval: 1 });
  t.after(() => carrier.close());
  const put = async (primitive: RequestPrimitive | ResponsePrimitive) => {
    const [inbox = assert.fail()] = cse.resources.filter(address => address.endsWith('/in'));
    const from = `C${inbox.split('/').at(-2)}`;
    const content = instanceOf(primitive);
    const { responseStatusCode } = await cse.request({
      operation: 'create',
      to: inbox,
      from,
      requestIdentifier: 'x',
      resourceType: 4,
      content,
    });
    assert.equal(responseStatusCode, 2001);
  };
  return { carrier, sender, put };
}

test('a message that nobody answers ends with its signal, which may have been aborted before', async t => {
  const { carrier, sender } = await unanswered(t);
  const caller = new AbortController();
  const delivering = carrier.deliver(deliveryOf({ signal: caller.signal }));
  while (!sender.sent.some(isInstance)) await new Promise(setImmediate);
  caller.abort();
  await assert.rejects(
    within(delivering, 'the end of a delivery'),
    refusal('REQUEST_EXPIRED', /no answer came into our inbox/),
  );
  const signal = AbortSignal.abort();
  await assert.rejects(
    within(carrier.deliver(deliveryOf({ signal, procedure: 'p2' })), 'the end of a delivery'),
    refusal('REQUEST_EXPIRED'),
  );
});

test('a request in our inbox is no answer, nor is a response to something else', async t => {
  const { carrier, sender, put } = await unanswered(t);
  const delivering = carrier.deliver(deliveryOf());
  while (!sender.sent.some(isInstance)) await new Promise(setImmediate);
  const requestIdentifier = 'e2ekey-p1-1';
  await put({ operation: 'notify', to: 'x', requestIdentifier });
  await put({ responseStatusCode: 4000, requestIdentifier: 'e2ekey-p1-3' });
  await put({ responseStatusCode: 4000 });
  while (sender.sent.filter(({ operation }) => operation === 'delete').length < 3)
    await new Promise(setImmediate);
  await put({ responseStatusCode: 4106, requestIdentifier, content: { 'm2m:dbg': 'right' } });
  assert.deepEqual(await delivering, { message: null, rsc: 4106, debug: 'right' });
});

test('of the answers that may still come 1024 are remembered', async t => {
  const { carrier, sender } = await unanswered(t);
  const looks = () =>
    sender.sent.filter(({ operation, to }) => operation === 'retrieve' && to.endsWith('/in')).length;
  const give = (procedure: number) =>
    assert.rejects(carrier.deliver(deliveryOf({ procedure: `p${procedure}`, signal: AbortSignal.abort() })));
  const ready = new AbortController();
  const first = carrier.deliver(deliveryOf({ procedure: 'p0', signal: ready.signal }));
  while (!sender.sent.some(isInstance)) await new Promise(setImmediate);
  ready.abort();
  await assert.rejects(first);
  await give(1);
  assert.equal(looks(), 1, 'nobody answered the one before');
  for (let procedure = 2; procedure <= 1024; procedure++) await give(procedure);
  assert.equal(looks(), 1);
  await give(1024);
  assert.equal(looks(), 2, 'a repeat of what is remembered looks whether the inbox is there');
  await give(0);
  assert.equal(looks(), 2, 'the oldest is forgotten');
});

test('what the CSE refuses is told as it said it, and no other inbox is tried', async t => {
  const cse = await startCse(t);
  const sender = recording(
    interrupted({ send: cse.request }, request =>
      isInstance(request) ? respond(request, 4103, { 'm2m:dbg': 'not you' }) : null,
    ),
  );
  const { initiating, carrier } = await meet(t, cse, { way: 'polling', initiatingSender: sender });
  await assert.rejects(initiating.establish(cseB, carrier), refusal('CARRIER_FAILED', /4103 \(not you\)/));
  assert.equal(sender.sent.filter(isInstance).length, 1);
});

test('an inbox that is not found where it was is looked for again, with the next message', async t => {
  const near = '//m2m.example.com/cse-a';
  const far = await startCse(t, { id: cseB });
  const cse = await startCse(t, { id: near, routes: { [cseB]: far.url } });
  const sender = recording(overHttp(cse));
  const { initiating, carrier, receiver } = await meet(t, cse, { way: 'polling', initiatingSender: sender });
  await receiver.open();
  await initiating.establish(cseB, carrier);
  await receiver.close();
  await assert.rejects(initiating.establish(cseB, carrier), refusal('CARRIER_FAILED', /no inbox/));
  sender.sent.length = 0;
  await assert.rejects(initiating.establish(cseB, carrier), refusal('CARRIER_FAILED', /no inbox/));
  assert.equal(new Set(sender.sent.filter(isInstance).map(({ to }) => to)).size, 2);
});

test('an inbox that could not be reached may be there: the message is sent again, also where another answered NOT_FOUND', async t => {
  const cse = await startCse(t);
  const inner = overHttp(cse);
  let lost = 0;
  const sender: Sender = {
    async send(request, signal) {
      if (!isInstance(request)) return inner.send(request, signal);
      if (request.to.startsWith('-/')) return respond(request, 4004);
      if (lost++ < 2) return respond(request, 5103);
      return inner.send({ ...request, to: request.to.replace('/cse-b/', '') }, signal);
    },
  };
  const { initiating, carrier, receiver } = await meet(t, cse, { way: 'polling', initiatingSender: sender });
  await receiver.open();
  assert.equal((await initiating.establish(cseB, carrier)).state, 'active');
  assert.equal(lost, 4);
});

test("towards another service provider's end-point our inbox has its absolute address (TS-0001 7.2)", async t => {
  const cse = await startCse(t);
  const sent = recording(overHttp(cse));
  const { carrier } = await meet(t, cse, { way: 'polling', initiatingSender: sent });
  const delivery = {
    from: cae1,
    to: '//other.example/cse-x',
    message: new Uint8Array(1),
    ordinal: 1,
    procedure: 'p',
    signal: new AbortController().signal,
  } as const;
  assert.equal((await carrier.deliver(delivery)).rsc, 4004);
  const { content } = sent.sent.find(isInstance) ?? {};
  assert.match(JSON.stringify(content), /\/\/m2m\.example\.com\/cse-m\/-\/e2ekey-/);
  await carrier.close();
});

test('what another process has made under our name is not ours to remove', async t => {
  const cse = await startCse(t);
  const first = await meet(t, cse, { way: 'polling' });
  await first.receiver.open();
  const second = await meet(t, cse, { way: 'polling' });
  await second.receiver.open();
  await first.receiver.close();
  const { initiating, carrier } = second;
  assert.equal((await initiating.establish(cseB, carrier)).state, 'active');
});

const retrieve = {
  operation: 'retrieve',
  to: cseB,
  from: cae1,
  requestIdentifier: 'r1',
  releaseVersionIndicator: '3',
} as const;

test('any request gets its response through containers, also several at a time', async t => {
  const cse = await startCse(t);
  const { carrier, receiver } = await meet(t, cse, { way: 'polling' });
  await receiver.open();
  const identifiers = ['a', 'b', 'c'];
  const responses = await Promise.all(
    identifiers.map(requestIdentifier =>
      carrier.send({ ...retrieve, requestIdentifier }, AbortSignal.timeout(10_000)),
    ),
  );
  // The receiver shows no <CSEBase>: its answer is what counts.
  assert.deepEqual(
    responses.map(({ responseStatusCode, requestIdentifier }) => [responseStatusCode, requestIdentifier]),
    identifiers.map(each => [4005, each]),
  );
});

test('a request without From or Request Identifier, or with a Response Type, is not sent (TS-0004 7.3.2.1)', async () => {
  const sender = recording({ send: () => Promise.reject(new Error('not reached')) });
  const carrier = new ContainerCarrier(sender);
  const { from, requestIdentifier, ...others } = retrieve;
  for (const request of [
    { ...others, from },
    { ...others, requestIdentifier },
    { ...retrieve, responseType: { responseTypeValue: 2, notificationUri: ['/cse-a/Cother'] } },
  ])
    await assert.rejects(
      carrier.send(request, new AbortController().signal),
      refusal('OPTION_INVALID', /From, a Request Identifier and no Response Type/),
    );
  assert.deepEqual(sender.sent, []);
});

test('a CSE that has lost our inbox gets it anew with the request after one that was refused or not answered', async t => {
  const cse = await startCse(t);
  const { carrier, receiver } = await meet(t, cse, { way: 'polling' });
  await receiver.open();
  const send = (requestIdentifier: string, time = 10_000) =>
    carrier.send({ ...retrieve, requestIdentifier }, AbortSignal.timeout(time));
  const lose = async (what: RegExp) => {
    const [to = assert.fail()] = cse.resources.filter(address => what.test(address));
    const from = `C${to.split('/')[1]}`;
    const wiped = await cse.request({ operation: 'delete', to, from, requestIdentifier: 'wipe' });
    assert.equal(wiped.responseStatusCode, 2002);
  };
  const codes = [await send('r1')];
  await lose(/-[0-9a-f]{16}$/);
  codes.push(await send('r2'), await send('r3'));
  await lose(/-[0-9a-f]{16}\/in$/);
  await assert.rejects(send('r4', 200), refusal('REQUEST_EXPIRED'));
  codes.push(await send('r5'));
  assert.deepEqual(
    codes.map(({ responseStatusCode }) => responseStatusCode),
    [4005, 4106, 4005, 4005],
  );
});

test('whoever waits for an answer when the carrier is closed waits no longer', async t => {
  const { carrier, sender } = await unanswered(t);
  const waiting = assert.rejects(
    carrier.send(retrieve, new AbortController().signal),
    refusal('OPTION_INVALID', /ContainerCarrier was closed/),
  );
  while (!sender.sent.some(isInstance)) await new Promise(setImmediate);
  await carrier.close();
  await within(waiting, 'the end of a request');
});

test('an answer is waited for at most ten minutes, whatever the signal says', async t => {
  const cse = await startCse(t);
  using time = new VirtualTime(Date.now());
  const began = time.now;
  const carrier = new ContainerCarrier(
    interrupted({ send: cse.request }, request => (isInstance(request) ? respond(request, 2001) : null)),
    { pollInterval: 60_000 },
  );
  await time.settle(
    assert.rejects(
      carrier.send(retrieve, new AbortController().signal),
      refusal('REQUEST_EXPIRED', /no answer came into our inbox/),
    ),
  );
  assert.equal(Math.round((time.now - began) / 1000), 600);
  await time.settle(carrier.close());
});
