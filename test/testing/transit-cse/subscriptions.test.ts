import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { TransitCseOptions } from '../../../src/testing/transit-cse/transit-cse.ts';
import { type Answering, registered, rsc, start } from './lab.ts';

const url = 'http://ae.example/inbox?q=1';

/** An AE with a container and a subscription to it. */
async function subscribed(
  t: TestContext,
  subscription: object,
  options: Partial<TransitCseOptions> = {},
  answer?: Answering,
) {
  const cse = await start(t, options, answer);
  const ae = await registered(cse, 'Cae', { poa: ['http://ae.example/poa'], rr: true });
  rsc(await ae.create('Cae', 'cnt', { rn: 'in' }), 2001);
  const sub = rsc(await ae.create('-/cae/in', 'sub', { rn: 'sub', ...subscription }), 2001);
  const notifications = () =>
    cse.sent.map(({ request }) => (request.content as { 'm2m:sgn': unknown })['m2m:sgn']);
  return { ...cse, ae, sub, notifications };
}

test('a new instance is told to the target, whole (TS-0004 7.5.1.2.2)', async t => {
  const { ae, sub, sent, notifications } = await subscribed(
    t,
    { nu: [url], enc: { net: [3] }, nct: 1 },
    { verifySubscriptions: false },
  );
  const instance = rsc(await ae.create('-/cae/in', 'cin', { rn: 'm', con: 'a' }), 2001);
  assert.deepEqual(notifications(), [
    { nev: { rep: { 'm2m:cin': instance }, net: 3 }, sur: `/cse-t/${sub.ri}` },
  ]);
  const [outgoing] = sent;
  assert.deepEqual([outgoing?.origin, outgoing?.target], ['http://ae.example', '/inbox?q=1']);
  const { operation, to, from, requestIdentifier, releaseVersionIndicator } = outgoing?.request ?? {};
  assert.deepEqual(
    [operation, to, from, requestIdentifier, releaseVersionIndicator],
    ['notify', url, '/cse-t', 'cse-t-n1', '3'],
  );
});

test('each event goes to those who asked for it; without criteria that is the update (TS-0004 6.3.4.2.19)', async t => {
  const { ae, sent, notifications } = await subscribed(
    t,
    { nu: ['http://default.example'] },
    { verifySubscriptions: false },
  );
  for (const net of [1, 2, 3, 4])
    rsc(await ae.create('-/cae/in', 'sub', { nu: [`http://n${net}.example`], enc: { net: [net] } }), 2001);
  sent.length = 0;
  const events = () => {
    const all = sent.map(({ origin }, at) => [
      origin.slice(7, -8),
      (notifications()[at] as { nev: { net: number } }).nev.net,
    ]);
    sent.length = 0;
    return all;
  };
  rsc(await ae.create('-/cae/in', 'cin', { rn: 'm', con: 'a' }), 2001);
  assert.deepEqual(events(), [['n3', 3]]);
  rsc(await ae.delete('-/cae/in/m'), 2002);
  assert.deepEqual(events(), [['n4', 4]]);
  rsc(await ae.update('-/cae/in', 'cnt', { mni: 1 }), 2004);
  assert.deepEqual(events(), [
    ['default', 1],
    ['n1', 1],
  ]);
  for (const con of ['a', 'b']) rsc(await ae.create('-/cae/in', 'cin', { con }), 2001);
  // Who makes room is told of nothing (TS-0004 7.4.7.2.1).
  assert.deepEqual(events(), [
    ['n3', 3],
    ['n3', 3],
  ]);
  rsc(await ae.delete('-/cae/in'), 2002);
  assert.deepEqual(events(), [['n2', 2]]);
});

test('what ends by itself is told like what is deleted (TS-0004 7.3.3.5)', async t => {
  const { ae, clock, notifications } = await subscribed(
    t,
    { nu: [url], enc: { net: [4] } },
    { verifySubscriptions: false },
  );
  rsc(await ae.create('-/cae/in', 'cin', { con: 'a', et: '20300101T000001' }), 2001);
  clock.now += 1000;
  rsc(await ae.retrieve('-/cae/in'), 2000);
  assert.equal(notifications().length, 1);
});

test('every target is told; `ct` in a URL is no part of it (TS-0004 Table 7.4.8.1-3)', async t => {
  const { ae, sent } = await subscribed(
    t,
    { nu: ['http://a.example/n?ct=json', 'http://b.example?q=1&ct=cbor', 'Cae'], enc: { net: [3] } },
    { verifySubscriptions: false },
  );
  rsc(await ae.create('-/cae/in', 'cin', { con: 'a' }), 2001);
  assert.deepEqual(
    sent.map(({ origin, target }) => origin + target),
    ['http://a.example/n', 'http://b.example/?q=1', 'http://ae.example/poa'],
  );
});

test('a notification that nobody takes changes nothing', async t => {
  const { ae, cse } = await subscribed(
    t,
    { nu: [url, '-/nobody'], enc: { net: [3] } },
    { verifySubscriptions: false },
    () => {
      throw new Error('nobody listens');
    },
  );
  rsc(await ae.create('-/cae/in', 'cin', { con: 'a' }), 2001);
  assert.equal(cse.resources.length, 4);
});

test('each target is asked whether it wants to be told, except the originator himself (TS-0004 7.5.1.2.3)', async t => {
  const { sub, sent, notifications } = await subscribed(t, { nu: [url, 'Cae', '-/cae', '/cse-t/Cae'] });
  assert.deepEqual(notifications(), [
    { nev: { rep: { 'm2m:sub': sub }, net: 3 }, vrq: true, sur: `/cse-t/${sub.ri}`, cr: 'Cae' },
  ]);
  assert.equal(sent[0]?.target, '/inbox?q=1');
});

test('a target that does not agree: 5204, and there is no subscription (TS-0004 7.4.8.2.1)', async t => {
  for (const answer of [
    () => ({ responseStatusCode: 4103 }),
    () => {
      throw new Error('nobody listens');
    },
  ]) {
    const cse = await start(t, {}, answer);
    const ae = await registered(cse, 'Cae');
    rsc(await ae.create('Cae', 'cnt', { rn: 'in' }), 2001);
    rsc(await ae.create('-/cae/in', 'sub', { nu: [url] }), 5204);
    assert.deepEqual(cse.cse.resources, ['base/cae', 'base/cae/in']);
  }
});

test('another AE as target is asked at its point of access', async t => {
  const cse = await start(t);
  const ae = await registered(cse, 'Cae');
  await registered(cse, 'Cother', { poa: ['http://other.example'], rr: true });
  rsc(await ae.create('Cae', 'sub', { nu: ['Cother'] }), 2001);
  assert.deepEqual(
    cse.sent.map(({ origin }) => origin),
    ['http://other.example'],
  );
  rsc(await ae.create('Cae', 'sub', { nu: ['Cnobody'] }), 5204);
});

test('without verification nobody is asked', async t => {
  const { sent } = await subscribed(t, { nu: [url] }, { verifySubscriptions: false });
  assert.deepEqual(sent, []);
});

test('what a subscription may say (TS-0004 Table 7.4.8.1-3)', async t => {
  const cse = await start(t);
  const ae = await registered(cse, 'Cae');
  rsc(await ae.create('Cae', 'cnt', { rn: 'in' }), 2001);
  rsc(await ae.create('-/cae/in', 'cin', { rn: 'm', con: 'a' }), 2001);
  for (const attributes of [
    {},
    { nu: [] },
    { nu: url },
    { nu: [url], enc: { net: [7] } },
    { nu: [url], enc: { net: [] } },
    { nu: [url], enc: { atr: ['mni'] } },
    { nu: [url], nct: 2 },
    { nu: [url], exc: 1 },
  ])
    rsc(await ae.create('-/cae/in', 'sub', attributes), 4000);
  rsc(await ae.create('-/cae/in/m', 'sub', { nu: [url] }), 5203);
  rsc(await ae.create('-/cae/in', 'sub', { nu: [url], enc: {} }), 2001);
});
