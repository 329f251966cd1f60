import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { type Deviation, deviations } from '../../../src/testing/transit-cse/deviations.ts';
import { transitCse } from '../../../src/testing/transit-cse/transit-cse.ts';
import {
  type Answering,
  type Binding,
  id,
  originator,
  policy,
  registered,
  registration,
  rsc,
  start,
} from './lab.ts';

const message = { 'm2m:seci': { sit: 6, eckm: 'FgMB' } };
const routes = { '//m2m.example.com/cse-b': 'http://b.example' };

/** A test with requests in this process, and the same with requests over HTTP. */
function testBoth(name: string, rule: (t: TestContext, binding: Binding) => Promise<void>): void {
  for (const binding of ['in process', 'over HTTP'] as const)
    test(`${name}, ${binding}`, t => rule(t, binding));
}

/** A transit CSE that departs in one point, with an AE that everybody may notify. */
async function deviating(
  t: TestContext,
  binding: Binding,
  deviation: Deviation | readonly Deviation[],
  answer?: Answering,
) {
  const cse = await start(t, { routes, deviations: [deviation].flat() }, answer, binding);
  const ae = await registered(cse, 'Cae', { rr: true, poa: ['http://ae.example/poa'] });
  const { ri } = rsc(
    await ae.create('Cae', 'acp', { pv: policy([['all'], 63]), pvs: policy([['Cae'], 63]) }),
    2001,
  );
  rsc(await ae.update('Cae', 'ae', { acpi: [ri] }), 2004);
  rsc(await ae.create('Cae', 'cnt', { rn: 'in', acpi: [ri] }), 2001);
  return { ...cse, ae, policyId: ri, other: cse.as('/cse-a/Cother') };
}

test('each deviation has a sentence that says what is done', () => {
  assert.equal(Object.keys(deviations).length, 15);
  for (const sentence of Object.values(deviations)) assert.match(sentence, /^[`A-Z].{20,}\.$|4004/);
});

test('docs/transit-cse.md has each deviation, and no other', () => {
  const text = readFileSync(new URL('../../../docs/transit-cse.md', import.meta.url), 'utf8');
  const [, table = ''] = text.split('| deviation | |');
  assert.deepEqual(
    [...table.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name),
    Object.keys(deviations),
  );
});

testBoth('verificationTargetWithoutSlash', async (t, binding) => {
  const { ae, sent } = await deviating(t, binding, 'verificationTargetWithoutSlash');
  const subscription = { nu: ['http://n.example/inbox'], enc: { net: [3] } };
  rsc(await ae.create('-/cae/in', 'sub', subscription), 2001);
  rsc(await ae.create('-/cae/in', 'cin', { con: 'a' }), 2001);
  assert.deepEqual(
    sent.map(({ target }) => target),
    ['inbox', '/inbox'],
  );
});

test('verificationTargetWithoutSlash goes so over the wire', async t => {
  const lines: string[] = [];
  const listener = createServer(socket =>
    socket.once('data', data => {
      lines.push(String(data).split('\r\n', 1)[0] ?? '');
      socket.end('HTTP/1.1 200 OK\r\nX-M2M-RSC: 2000\r\nContent-Length: 0\r\n\r\n');
    }),
  );
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  t.after(() => listener.close());
  const address = listener.address();
  const nu = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/inbox`;
  for (const on of [true, false]) {
    const cse = await transitCse({ id, deviations: on ? ['verificationTargetWithoutSlash'] : [] });
    t.after(() => cse.close());
    const ae = await registered({ as: from => originator(cse, from) }, 'Cae');
    rsc(await ae.create('Cae', 'sub', { nu: [nu] }), 2001);
  }
  assert.deepEqual(lines, ['POST inbox HTTP/1.1', 'POST /inbox HTTP/1.1']);
});

testBoth('verificationWithoutRepresentation', async (t, binding) => {
  const { ae, sent } = await deviating(t, binding, 'verificationWithoutRepresentation');
  const { ri } = rsc(await ae.create('-/cae/in', 'sub', { nu: ['http://n.example'] }), 2001);
  assert.deepEqual(sent[0]?.request.content, { 'm2m:sgn': { vrq: true, sur: `/cse-t/${ri}`, cr: 'Cae' } });
});

testBoth('notifySwallowed', async (t, binding) => {
  const { other, sent } = await deviating(t, binding, 'notifySwallowed');
  for (const to of ['/cse-t/Cae', '/cse-b'])
    assert.deepEqual(await other.notify(to, message), {
      responseStatusCode: 2000,
      requestIdentifier: 'r1',
      releaseVersionIndicator: '3',
    });
  rsc(await other.retrieve('/cse-b'), 2000);
  assert.deepEqual(
    sent.map(({ request }) => request.operation),
    ['retrieve'],
  );
});

testBoth('notifyOnlyNotifications', async (t, binding) => {
  const { other, sent } = await deviating(t, binding, 'notifyOnlyNotifications');
  for (const to of ['/cse-t/Cae', '/cse-b']) {
    rsc(await other.notify(to, message), 4000);
    rsc(await other.notify(to, undefined), 4000);
    rsc(await other.notify(to, { 'm2m:sgn': {} }), 2000);
    rsc(await other.notify(to, { 'm2m:rsp': {} }), 2000);
  }
  assert.equal(sent.length, 4);
});

testBoth('what is refused is not swallowed', async (t, binding) => {
  const { other, sent } = await deviating(t, binding, ['notifySwallowed', 'notifyOnlyNotifications']);
  rsc(await other.notify('/cse-t/Cae', message), 4000);
  rsc(await other.notify('/cse-t/Cae', { 'm2m:sgn': {} }), 2000);
  assert.deepEqual(sent, []);
});

testBoth('responseContentDropped', async (t, binding) => {
  for (const answer of [
    () => ({ responseStatusCode: 2000, content: message }),
    () => ({ responseStatusCode: 4103 }),
    () => {
      throw new Error('nobody listens');
    },
  ]) {
    const { other, sent } = await deviating(t, binding, 'responseContentDropped', answer);
    for (const to of ['/cse-t/Cae', '/cse-b']) {
      const { responseStatusCode, content } = await other.notify(to, message);
      assert.deepEqual([responseStatusCode, content], [2000, undefined]);
    }
    assert.equal(sent.length, 2);
  }
});

testBoth('sameNotificationIdentifier and notificationWithoutReleaseVersion', async (t, binding) => {
  const { ae, other, sent } = await deviating(t, binding, [
    'sameNotificationIdentifier',
    'notificationWithoutReleaseVersion',
  ]);
  rsc(await ae.create('-/cae/in', 'sub', { nu: ['http://n.example'], enc: { net: [3] } }), 2001);
  for (const con of ['a', 'b']) rsc(await ae.create('-/cae/in', 'cin', { con }), 2001);
  rsc(await other.notify('/cse-t/Cae', message), 2000);
  assert.deepEqual(
    sent.map(({ request }) => [request.requestIdentifier, request.releaseVersionIndicator]),
    [
      ['notify', undefined],
      ['notify', undefined],
      ['notify', undefined],
      ['r1', '3'],
    ],
  );
});

testBoth('targetAppendedToPointOfAccess', async (t, binding) => {
  const { ae, other, sent } = await deviating(t, binding, 'targetAppendedToPointOfAccess');
  rsc(await other.notify('/cse-t/-/cae', message), 2000);
  rsc(await ae.create('-/cae/in', 'sub', { nu: ['Cae', 'http://n.example/x'], enc: { net: [3] } }), 2001);
  sent.length = 1;
  rsc(await ae.create('-/cae/in', 'cin', { con: 'a' }), 2001);
  assert.deepEqual(
    sent.map(({ target }) => target),
    ['/poa//cse-t/-/cae', '/poa/Cae', '/x'],
  );
});

testBoth('originatorSpRelative', async (t, binding) => {
  const { cse, sent } = await deviating(t, binding, 'originatorSpRelative');
  for (const from of [`${id}/Cae1`, '//m2m.example.com/Sae1', '/cse-a/Cae1', 'Cae1'])
    await cse.request({ operation: 'notify', to: '/cse-b', from, content: message });
  assert.deepEqual(
    sent.map(({ request }) => request.from),
    ['/cse-t/Cae1', '/Sae1', '/cse-a/Cae1', '/cse-t/Cae1'],
  );
});

testBoth('largeContentRefused', async (t, binding) => {
  const { ae, other } = await deviating(t, binding, 'largeContentRefused');
  const sized = (length: number) => ({
    con: 'a'.repeat(length - JSON.stringify({ 'm2m:cin': { con: '' } }).length),
  });
  rsc(await ae.create('-/cae/in', 'cin', sized(65536)), 2001);
  rsc(await ae.create('-/cae/in', 'cin', sized(65537)), 4000);
  rsc(await other.create('/cse-b/-/in', 'cin', sized(65537)), 4000);
});

testBoth('policyRequired', async (t, binding) => {
  const { ae, policyId } = await deviating(t, binding, 'policyRequired');
  rsc(await ae.create('Cae', 'cnt', { rn: 'closed' }), 2001);
  for (const response of [
    ae.retrieve('-/cae/closed'),
    ae.create('-/cae/closed', 'cin', { con: 'a' }),
    ae.update('-/cae/closed', 'cnt', { mni: 1 }),
    ae.delete('-/cae/closed'),
  ])
    rsc(await response, 4103);
  rsc(await ae.create('Cae', 'cnt', { rn: 'open', acpi: [policyId] }), 2001);
  rsc(await ae.create('-/cae/open', 'cin', { con: 'a' }), 2001);
  rsc(await ae.create('Cae', 'pch', { rn: 'pch' }), 2001);
  rsc(await ae.retrieve('-/cae/pch'), 2000);
  rsc(await ae.delete('Cae'), 2002);
});

testBoth('policyRequired leaves an <AE> open to its own AE, which has no policy yet', async (t, binding) => {
  const cse = await start(t, { deviations: ['policyRequired'] }, undefined, binding);
  const ae = await registered(cse, 'Cae');
  rsc(await ae.create('Cae', 'acp', { pv: policy([['Cae'], 63]), pvs: policy([['Cae'], 63]) }), 2001);
  rsc(await cse.as('/cse-a/Cother').retrieve('Cae'), 4103);
  rsc(await ae.delete('Cae'), 2002);
});

testBoth('noPollingChannel', async (t, binding) => {
  const { ae, other } = await deviating(t, binding, 'noPollingChannel');
  rsc(await ae.create('Cae', 'pch', { rn: 'pch' }), 5001);
  assert.deepEqual(rsc(await other.retrieve('/cse-t/-'), 2000).srt, [5, 1, 2, 3, 4, 23]);
});

testBoth('noDash', async (t, binding) => {
  const cse = await start(t, { deviations: ['noDash'], cseBaseName: 'root' }, undefined, binding);
  rsc(await cse.as('Cae').create('-', 'ae', registration), 4004);
  const ae = cse.as('Cae');
  rsc(await ae.create('root', 'ae', { ...registration, rn: 'ae' }), 2001);
  rsc(await ae.retrieve('/cse-t/-/ae'), 4004);
  rsc(await ae.retrieve('/cse-t/root/ae'), 2000);
});

testBoth('aeIdAssigned', async (t, binding) => {
  const cse = await start(t, { deviations: ['aeIdAssigned'] }, undefined, binding);
  const { aei, ri } = rsc(await cse.as('Smine').create('-', 'ae', { ...registration, rn: 'ae' }), 2001);
  assert.match(String(aei), /^C\d+$/);
  assert.equal(ri, aei);
  rsc(await cse.as('Smine').retrieve('-'), 4106);
  rsc(await cse.as(String(aei)).delete('-/ae'), 2002);
});

testBoth('all deviations at once leave a CSE in which an AE finds its instances', async (t, binding) => {
  const cse = await start(t, { deviations: Object.keys(deviations) as Deviation[] }, undefined, binding);
  const { aei } = rsc(await cse.as('Cmine').create('base', 'ae', { ...registration, rn: 'ae' }), 2001);
  const ae = cse.as(String(aei));
  const own = policy([[String(aei)], 63]);
  const { ri } = rsc(await ae.create('base/ae', 'acp', { pv: own, pvs: own }), 2001);
  rsc(await ae.create('base/ae', 'cnt', { rn: 'in', acpi: [ri] }), 2001);
  rsc(await ae.create('base/ae/in', 'cin', { con: 'a' }), 2001);
  assert.equal(rsc(await ae.retrieve('base/ae/in/la'), 2000).con, 'a');
  rsc(await ae.delete('base/ae'), 2002);
  assert.deepEqual(cse.cse.resources, []);
});
