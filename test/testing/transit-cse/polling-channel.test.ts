import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { policy, registered, rsc, start } from './lab.ts';

/** An AE with a polling channel that everybody may notify. */
async function scene(t: TestContext, attributes: object = {}) {
  const cse = await start(t);
  const ae = await registered(cse, 'Cae', attributes);
  const acp = rsc(
    await ae.create('Cae', 'acp', { pv: policy([['all'], 63]), pvs: policy([['all'], 63]) }),
    2001,
  );
  rsc(await ae.update('Cae', 'ae', { acpi: [acp.ri] }), 2004);
  const { ri } = rsc(await ae.create('Cae', 'pch', { rn: 'pch' }), 2001);
  return { ...cse, ae, pcu: `${ri}/pcu`, other: await registered(cse, 'Cother') };
}

const answer = (rqi: string, pc: unknown = { ok: true }) => ({ 'm2m:rsp': { rsc: 2000, rqi, pc } });

test('a NOTIFY to an AE comes out of its channel, and the response goes back (TS-0004 7.4.22.2)', async t => {
  const { ae, other, pcu } = await scene(t);
  const response = other.notify('Cae', { 'm2m:seci': { sit: 6 } }, { requestIdentifier: 'n1' });
  assert.deepEqual((await ae.retrieve(pcu)).content, {
    'm2m:rqp': {
      op: 5,
      to: 'Cae',
      fr: '/cse-t/Cother',
      rqi: 'n1',
      rvi: '3',
      pc: { 'm2m:seci': { sit: 6 } },
    },
  });
  assert.deepEqual(await ae.notify(pcu, answer('n1'), { requestIdentifier: 'r9' }), {
    responseStatusCode: 2000,
    requestIdentifier: 'r9',
    releaseVersionIndicator: '3',
  });
  const { responseStatusCode, content, requestIdentifier } = await response;
  assert.deepEqual([responseStatusCode, content, requestIdentifier], [2000, { ok: true }, 'n1']);
});

test('who asks before there is anything waits, and requests come out in their order', async t => {
  const { ae, other, pcu } = await scene(t);
  const poll = ae.retrieve('-/cae/pch/pcu');
  await turn();
  const responses = ['a', 'b', 'c'].map(requestIdentifier => other.notify('Cae', {}, { requestIdentifier }));
  assert.equal(rsc(await poll, 2000).rqi, 'a');
  for (const rqi of ['b', 'c']) assert.equal(rsc(await ae.retrieve(pcu), 2000).rqi, rqi);
  for (const rqi of ['c', 'a', 'b']) rsc(await ae.notify(pcu, answer(rqi, rqi)), 2000);
  assert.deepEqual(await Promise.all(responses.map(async response => (await response).content)), [
    'a',
    'b',
    'c',
  ]);
});

test('of requests with one identifier, the first that came out is answered first', async t => {
  const { ae, other, pcu } = await scene(t);
  const responses = [1, 2].map(n => other.notify('Cae', { n }, { requestIdentifier: 'same' }));
  for (const n of [1, 2]) assert.deepEqual(rsc(await ae.retrieve(pcu), 2000).pc, { n });
  for (const n of [1, 2]) rsc(await ae.notify(pcu, answer('same', n)), 2000);
  assert.deepEqual(await Promise.all(responses.map(async response => (await response).content)), [1, 2]);
});

test('who waits until his deadline is told 4008 (TS-0004 7.4.22.2.2)', async t => {
  const { ae, pcu } = await scene(t);
  t.mock.timers.enable({ apis: ['setTimeout'] });
  for (const [more, wait] of [
    [{ requestExpirationTimestamp: '5000' }, 5_000],
    [{}, 20_000],
    [{ requestExpirationTimestamp: '20301231T000000' }, 60_000],
  ] as const) {
    let isOver = false;
    const poll = ae.retrieve(pcu, more).finally(() => {
      isOver = true;
    });
    await turn();
    t.mock.timers.tick(wait - 1);
    await turn();
    assert.equal(isOver, false);
    t.mock.timers.tick(1);
    rsc(await poll, 4008);
  }
});

test('who waits no longer gets nothing that the next one would miss', async t => {
  const { cse, ae, other, pcu } = await scene(t);
  const gone = new AbortController();
  const poll = cse.request({ operation: 'retrieve', to: pcu, from: 'Cae' }, gone.signal);
  await turn();
  gone.abort();
  rsc(await poll, 4008);
  const response = other.notify('Cae', {}, { requestIdentifier: 'n1' });
  assert.equal(rsc(await ae.retrieve(pcu), 2000).rqi, 'n1');
  rsc(await ae.notify(pcu, answer('n1')), 2000);
  rsc(await response, 2000);
});

test('a request that has not come out of the channel cannot be answered', async t => {
  const { ae, other, pcu } = await scene(t);
  const response = other.notify('Cae', {}, { requestIdentifier: 'n1' });
  await turn();
  rsc(await ae.notify(pcu, answer('n1')), 4000);
  rsc(await ae.retrieve(pcu), 2000);
  rsc(await ae.notify(pcu, answer('n1')), 2000);
  rsc(await response, 2000);
});

test('a request that is never answered ends with 5103, and is forgotten', async t => {
  const { ae, other, pcu } = await scene(t);
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const response = other.notify('Cae', {}, { requestIdentifier: 'n1' });
  await turn();
  t.mock.timers.tick(60_000);
  rsc(await response, 5103);
  rsc(await ae.notify(pcu, answer('n1')), 4000);
  const next = other.notify('Cae', {}, { requestIdentifier: 'n2' });
  assert.equal(rsc(await ae.retrieve(pcu), 2000).rqi, 'n2');
  rsc(await ae.notify(pcu, answer('n2')), 2000);
  rsc(await next, 2000);
});

test('a channel holds 1000 requests', async t => {
  const { cse, other } = await scene(t);
  const responses = Array.from({ length: 1000 }, () => other.notify('Cae', {}));
  await turn();
  rsc(await other.notify('Cae', {}), 5103);
  await cse.close();
  for (const response of responses) rsc(await response, 5103);
});

test('of more than 8 who wait, the first is told 4008', async t => {
  const { cse, ae, pcu } = await scene(t);
  const polls = Array.from({ length: 9 }, () => ae.retrieve(pcu));
  rsc(await (polls[0] ?? assert.fail()), 4008);
  await cse.close();
});

test('a channel is its AE’s alone, whatever the policies say (TS-0004 7.4.21.2, 7.4.22.2)', async t => {
  const { other, pcu } = await scene(t);
  rsc(await other.retrieve(pcu), 4103);
  rsc(await other.notify(pcu, answer('n1')), 4103);
  rsc(await other.retrieve('-/cae/pch'), 4103);
  rsc(await other.delete('-/cae/pch'), 4103);
  rsc(await other.create('Cae', 'pch'), 4103);
});

test('an AE has one channel (TS-0001 9.6.5)', async t => {
  const { ae } = await scene(t);
  rsc(await ae.create('Cae', 'pch', { rn: 'second' }), 4105);
});

test('a <pollingChannelURI> takes RETRIEVE and NOTIFY with m2m:rsp (TS-0004 7.4.22.2, 7.5.1.2.7)', async t => {
  const { ae, pcu } = await scene(t);
  rsc(await ae.create(pcu, 'cnt'), 4005);
  rsc(await ae.update(pcu, 'pch', { lbl: ['a'] }), 4005);
  rsc(await ae.delete(pcu), 4005);
  rsc(await ae.retrieve(`${pcu}/pcu`), 4004);
  for (const content of [undefined, {}, { 'm2m:sgn': {} }, { 'm2m:rsp': {} }, answer('n1')])
    rsc(await ae.notify(pcu, content), 4000);
});

test('a channel that is deleted ends all waiting', async t => {
  const { ae, other, pcu } = await scene(t);
  const poll = ae.retrieve(pcu);
  await turn();
  const delivered = other.notify('Cae', {});
  rsc(await poll, 2000);
  const waiting = [other.notify('Cae', {}), delivered];
  await turn();
  rsc(await ae.delete('-/cae/pch'), 2002);
  for (const response of waiting) rsc(await response, 5103);

  rsc(await ae.create('Cae', 'pch', { rn: 'pch' }), 2001);
  const last = ae.retrieve('-/cae/pch/pcu');
  await turn();
  rsc(await ae.delete('Cae'), 2002);
  rsc(await last, 4008);
});

test('an AE that can be reached is reached without its channel (TS-0001 9.6.5)', async t => {
  const { other, sent } = await scene(t, { rr: true, poa: ['http://ae.example'] });
  rsc(await other.notify('Cae', {}), 2000);
  assert.equal(sent.length, 1);
});

test('a notification comes through the channel, and needs no verification (TS-0004 7.4.8.2.1)', async t => {
  const { ae, other, pcu, sent } = await scene(t);
  rsc(await ae.create('Cae', 'sub', { nu: ['Cae'], enc: { net: [3] } }), 2001);
  rsc(await other.create('Cae', 'cnt', { rn: 'new' }), 2001);
  const { fr, rqi, pc } = rsc(await ae.retrieve(pcu), 2000);
  assert.equal(fr, '/cse-t');
  const { nev } = (pc as { 'm2m:sgn': { nev: { net: number; rep: { 'm2m:cnt': { rn: string } } } } })[
    'm2m:sgn'
  ];
  assert.deepEqual([nev.net, nev.rep['m2m:cnt'].rn], [3, 'new']);
  rsc(await ae.notify(pcu, answer(String(rqi))), 2000);
  assert.deepEqual(sent, []);
});
