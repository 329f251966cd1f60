import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cae1, cseB, established, exchange, keysOf } from './lab.ts';

const retrieve = { operation: 'retrieve', to: '/cse-b/-/temperature' } as const;

test('an inner primitive reaches the receiver, and its response the originator (TS-0003 8.4.2 C)', async () => {
  const { client, dispatched, faults } = exchange();
  const response = await client.send({ ...retrieve, requestIdentifier: 'inner-1' });
  assert.deepEqual(response, {
    responseStatusCode: 2000,
    requestIdentifier: 'inner-1',
    releaseVersionIndicator: '3',
    content: { 'm2m:cin': { con: 'answer' } },
  });
  const [only] = dispatched;
  assert.deepEqual(only?.request, {
    ...retrieve,
    from: cae1,
    requestIdentifier: 'inner-1',
    releaseVersionIndicator: '3',
  });
  assert.deepEqual([only?.originator.entity, only?.originator.protection], [cae1, 'encryption']);
  assert.deepEqual(faults, []);
});

test('a CSE between them sees nothing of the inner primitives (TS-0003 8.4.1)', async () => {
  const { client, seen } = exchange();
  await client.send({
    ...retrieve,
    operation: 'create',
    content: { 'm2m:cin': { con: 'nobody reads this' } },
  });
  const text = JSON.stringify(seen);
  for (const secret of ['nobody reads this', 'answer', 'temperature'])
    for (const form of [
      secret,
      Buffer.from(secret).toString('base64url').slice(0, -2),
      Buffer.from(secret).toString('hex'),
    ])
      assert.ok(!text.includes(form), form);
});

test('the first protected exchange makes an unconfirmed key active', async t => {
  const ends = await established(t);
  const key = await ends.terminating.keys();
  assert.equal(key[0]?.state, 'unconfirmed');
  const { client } = exchange({ keys: keysOf(ends) });
  assert.equal((await client.send(retrieve)).responseStatusCode, 2000);
  assert.equal((await ends.terminating.keys())[0]?.state, 'active');
  assert.equal(ends.terminating.id, cseB);
});

test('a session needs one request for a random object, and brings oro once (TS-0003 8.4.2 C.3)', async () => {
  const { client, seen } = exchange();
  for (let n = 0; n < 5; n++) await client.send(retrieve);
  const headers = seen.map(({ request }) => {
    const { sit, epo } = (request.content as { 'm2m:seci': { sit: number; epo?: string } })['m2m:seci'];
    return epo === undefined
      ? sit
      : Object.keys(JSON.parse(Buffer.from(epo.split('.')[0] ?? '', 'base64url').toString()));
  });
  const later = ['alg', 'enc', 'kid', 'cty', 'ori', 'rri'];
  assert.deepEqual(headers, [3, [...later, 'oro'], later, later, later, later]);
});
