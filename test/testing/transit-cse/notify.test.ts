// NOTIFYs and other requests that leave the CSE: to an AE here, to the next hop.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { id, policy, registered, rsc, start } from './lab.ts';

const message = { 'm2m:seci': { sit: 6, eckm: 'FgMB' } };
const open = { pv: policy([['all'], 16]), pvs: policy([['all'], 63]) };

async function reachable(cse: Awaited<ReturnType<typeof start>>, poa: string[]) {
  const ae = await registered(cse, 'Cae', { rr: true, ...(poa.length > 0 && { poa }) });
  const { ri } = rsc(await ae.create('Cae', 'acp', open), 2001);
  rsc(await ae.update('Cae', 'ae', { acpi: [ri] }), 2004);
  return ae;
}

test('a NOTIFY to an <AE> goes to its point of access, and the response comes back (TS-0004 7.3.3.9.1)', async t => {
  const cse = await start(t, {}, () => ({ responseStatusCode: 2000, content: { answer: 1 } }));
  await reachable(cse, ['http://ae.example/poa']);
  const { responseStatusCode, content } = await cse.as('/cse-a/Cother').notify('/cse-t/-/cae', message);
  assert.deepEqual([responseStatusCode, content], [2000, { answer: 1 }]);
  const [{ request, origin, target } = assert.fail()] = cse.sent;
  assert.deepEqual([origin, target], ['http://ae.example', '/poa']);
  assert.deepEqual([request.to, request.from, request.content], ['/cse-t/-/cae', '/cse-a/Cother', message]);
});

test('the points of access are tried in turn (TS-0004 7.3.3.9.1)', async t => {
  const cse = await start(t, {}, ({ origin }) => {
    if (origin === 'http://a.example') throw new Error('nobody listens');
    return { responseStatusCode: origin === 'http://b.example' ? 5103 : 4000 };
  });
  await reachable(cse, [
    'http://a.example',
    'no URL',
    'http://b.example',
    'http://c.example',
    'http://d.example',
  ]);
  rsc(await cse.as('/cse-a/Cother').notify('Cae', message), 4000);
  assert.deepEqual(
    cse.sent.map(({ origin }) => origin),
    ['http://a.example', 'http://b.example', 'http://c.example'],
  );
});

test('an AE that cannot be reached: 5103 (TS-0004 7.3.3.9.1)', async t => {
  for (const poa of [[], ['http://a.example']]) {
    const cse = await start(t, {}, () => {
      throw new Error('nobody listens');
    });
    await reachable(cse, poa);
    rsc(await cse.as('/cse-a/Cother').notify('Cae', message), 5103);
  }
});

test('a stem becomes SP-relative on the way, other forms stay (TS-0004 7.3.2.6)', async t => {
  const cse = await start(t, { routes: { '//m2m.example.com/cse-b': 'http://b.example/base/' } });
  for (const from of ['Cae1', 'Sae1', '/cse-a/Cae1', `${id}/Cae1`])
    rsc(await cse.as(from).notify('/cse-b', message), 2000);
  assert.deepEqual(
    cse.sent.map(({ request }) => request.from),
    ['/cse-t/Cae1', '/Sae1', '/cse-a/Cae1', `${id}/Cae1`],
  );
  assert.deepEqual([cse.sent[0]?.origin, cse.sent[0]?.target], ['http://b.example', '/base/~/cse-b']);
  rsc(await cse.as('C').notify('/cse-b', message), 4000);
});

test('every operation is passed on, with all that it says', async t => {
  const cse = await start(t, { routes: { '//m2m.example.com/cse-b': 'http://b.example' } });
  const other = cse.as('/cse-a/Cae1');
  const more = { resultContent: 1, requestExpirationTimestamp: '20300101T000001' };
  rsc(await other.create('/cse-b/-/in', 'cin', { con: 'a' }, more), 2000);
  rsc(await other.retrieve('/cse-b/-/in/la'), 2000);
  rsc(await other.update('/cse-b/-/in', 'cnt', { mni: 1 }), 2000);
  rsc(await other.delete('//m2m.example.com/cse-b/-/in'), 2000);
  assert.deepEqual(
    cse.sent.map(({ request, target }) => [request.operation, request.resourceType, target]),
    [
      ['create', 4, '/~/cse-b/-/in?rcn=1'],
      ['retrieve', undefined, '/~/cse-b/-/in/la'],
      ['update', undefined, '/~/cse-b/-/in'],
      ['delete', undefined, '/_/m2m.example.com/cse-b/-/in'],
    ],
  );
  assert.equal(cse.sent[0]?.request.requestExpirationTimestamp, '20300101T000001');
});

test('without a next hop: 4004; from a next hop that is not there: 5103', async t => {
  const cse = await start(t, { routes: { '//m2m.example.com/cse-b': 'http://b.example' } }, () => {
    throw new Error('nobody listens');
  });
  rsc(await cse.as('/cse-a').notify('/cse-b', message), 5103);
  rsc(await cse.as('/cse-a').notify('/cse-c', message), 4004);
  rsc(await cse.as('/cse-a').notify('//other.example/cse-b', message), 4004);
});

test('who never answers is waited for a minute, or until nobody waits any more', async t => {
  const cse = await start(
    t,
    { routes: { '//m2m.example.com/cse-b': 'http://b.example' } },
    (_, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  );
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const late = cse.as('/cse-a').notify('/cse-b', message);
  await turn();
  t.mock.timers.tick(60_000);
  rsc(await late, 5103);
  const gone = new AbortController();
  const left = cse.cse.request({ operation: 'notify', to: '/cse-b', content: message }, gone.signal);
  await turn();
  gone.abort();
  rsc(await left, 5103);
});

test('a CSE that is its own next hop ends: 1000 requests are under way at most', async t => {
  let ask:
    | ((request: Parameters<typeof cse.cse.request>[0]) => ReturnType<typeof cse.cse.request>)
    | undefined;
  const cse = await start(t, { routes: { '//m2m.example.com/cse-b': 'http://b.example' } }, ({ request }) =>
    ask === undefined ? { responseStatusCode: 5000 } : ask(request),
  );
  ask = cse.cse.request;
  rsc(await cse.as('/cse-a').notify('/cse-b', message), 5103);
  assert.equal(cse.sent.length, 1000);
});

test('what came by for the CSE itself is recorded like what was passed on', async t => {
  const cse = await start(t);
  const ae = await registered(cse, 'Cae');
  rsc(await ae.create('Cae', 'cnt', { rn: 'in' }), 2001);
  const con = JSON.stringify({ op: 5, to: '//m2m.example.com/cse-b', pc: message });
  rsc(await ae.create('-/cae/in', 'cin', { con }), 2001);
  rsc(await ae.create('-/cae/in', 'cin', { con: 'no primitive' }), 2001);
  assert.deepEqual(
    cse.cse.passages.map(({ ordinal, request, message: bytes, responses }) => [
      ordinal,
      request.operation,
      bytes && [...bytes],
      responses[0]?.responseStatusCode,
    ]),
    [
      [1, 'create', null, 2001],
      [2, 'create', null, 2001],
      [3, 'create', [0x16, 3, 1], 2001],
      [4, 'create', null, 2001],
    ],
  );
});

test('a message in an instance is corrupted like one in a NOTIFY', async t => {
  const cse = await start(t, {
    mischief: ({ message: bytes }) => (bytes === null ? null : { kind: 'corrupt request', bit: 0 }),
  });
  const ae = await registered(cse, 'Cae');
  rsc(await ae.create('Cae', 'cnt', { rn: 'in' }), 2001);
  const con = JSON.stringify({ op: 5, to: '//m2m.example.com/cse-b', pc: message });
  rsc(await ae.create('-/cae/in', 'cin', { con }), 2001);
  const stored = JSON.parse(String(rsc(await ae.retrieve('-/cae/in/la'), 2000).con));
  assert.deepEqual([...Buffer.from(stored.pc['m2m:seci'].eckm, 'base64')], [0x96, 3, 1]);
});
