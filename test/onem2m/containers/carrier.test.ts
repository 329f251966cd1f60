import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E2EKeyError } from '../../../src/errors.ts';
import { ContainerCarrier } from '../../../src/onem2m/containers/carrier.ts';
import { wellKnownName } from '../../../src/onem2m/containers/names.ts';
import type { RequestPrimitive } from '../../../src/onem2m/primitive.ts';
import type { Sender } from '../../../src/onem2m/sender.ts';
import {
  cae1,
  cseB,
  fixedClock,
  initiatingEndpoint,
  refusal,
  terminatingEndpoint,
} from '../../endpoint/lab.ts';
import { meet, overHttp, recording, startCse } from './lab.ts';

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
  const { initiating, carrier, receiver } = await meet(t, cse, { way: 'notification' });
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
    const sender: Sender = {
      async send(request, signal) {
        if (request.operation !== 'delete' && ++sent >= failing) {
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
      signal: new AbortController().signal,
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
