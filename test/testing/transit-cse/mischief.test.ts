import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import fastify from 'fastify';
import type { Answer } from '../../../src/endpoint/carrier.ts';
import { e2eKeyPlugin } from '../../../src/onem2m/fastify.ts';
import { httpCarrier } from '../../../src/onem2m/http-carrier.ts';
import type { Mischief } from '../../../src/testing/transit-cse/mischief.ts';
import { type TransitCseOptions, transitCse } from '../../../src/testing/transit-cse/transit-cse.ts';
import { type FakeEndpoint, fakeEndpoint } from '../../onem2m/fake-endpoint.ts';

const id = '//m2m.example.com/transit';
const target = '//m2m.example.com/cse-b';

/** An end-point behind a transit CSE; `deliver` sends it one byte of message through a carrier. */
async function scene(
  t: TestContext,
  options: Partial<TransitCseOptions> = {},
  endpoint: FakeEndpoint = fakeEndpoint(([byte = 0]) => Uint8Array.of(byte, 0x55)),
) {
  const host = fastify({ forceCloseConnections: true });
  await host.register(e2eKeyPlugin, { endpoint, targets: [target] });
  const url = await host.listen({ host: '127.0.0.1', port: 0 });
  const cse = await transitCse({ id, routes: { [target]: url }, ...options });
  t.after(() => Promise.all([cse.close(), host.close()]));
  const carrier = httpCarrier(cse.url);
  const deliver = (byte: number, to = target): Promise<Answer> =>
    carrier.deliver({
      from: '//m2m.example.com/transit/Cae1',
      to,
      message: Uint8Array.of(byte, 0xaa),
      ordinal: 1,
      procedure: 'p1',
      signal: new AbortController().signal,
    });
  return { cse, deliver, received: () => endpoint.asked.map(({ message }) => [...message]) };
}

/** The n-th mischief befalls the n-th NOTIFY. */
const script = (...mischief: (Mischief | null)[]): Partial<TransitCseOptions> => ({
  mischief: ({ ordinal }) => mischief[ordinal - 1] ?? null,
});
const message = (answer: Answer) => answer.message && [...answer.message];

test('what came by is recorded: request, message, responses', async t => {
  const { cse, deliver } = await scene(t);
  await deliver(1);
  const [passage] = cse.passages;
  assert.equal(passage?.ordinal, 1);
  assert.equal(passage.request.operation, 'notify');
  assert.equal(passage.request.to, target);
  assert.equal(passage.request.from, '//m2m.example.com/transit/Cae1');
  assert.equal(passage.request.requestIdentifier, 'e2ekey-p1-1');
  assert.deepEqual(passage.message, Uint8Array.of(1, 0xaa));
  assert.deepEqual(
    passage.responses.map(({ responseStatusCode, content }) => [responseStatusCode, content]),
    [[2000, { 'm2m:seci': { sit: 6, eckm: 'AVU=' } }]],
  );
});

test('only the newest 1000 passages are kept', async t => {
  const { cse, deliver } = await scene(t, { mischief: () => ({ kind: 'drop request' }) });
  for (let n = 0; n < 1001; n++) await deliver(1);
  assert.equal(cse.passages.length, 1000);
  assert.deepEqual([cse.passages[0]?.ordinal, cse.passages[999]?.ordinal], [2, 1001]);
});

test('a dropped request never arrives, and the originator is told 5103', async t => {
  const { deliver, received } = await scene(t, script({ kind: 'drop request' }));
  assert.equal((await deliver(1)).rsc, 5103);
  assert.deepEqual(received(), []);
  assert.equal((await deliver(2)).rsc, 2000);
});

test('a dropped response was made, and the originator is told 4008', async t => {
  const { cse, deliver, received } = await scene(t, script({ kind: 'drop response' }));
  const answer = await deliver(1);
  assert.deepEqual([answer.rsc, answer.message], [4008, null]);
  assert.deepEqual(received(), [[1, 0xaa]]);
  assert.equal(cse.passages[0]?.responses[0]?.responseStatusCode, 2000);
});

test('a dropped content leaves 2000 alone', async t => {
  const { deliver, received } = await scene(t, script({ kind: 'drop content' }));
  assert.deepEqual(await deliver(1), { message: null, rsc: 2000, debug: null });
  assert.equal(received().length, 1);
});

test('a response without content has no body at all', async t => {
  const { cse } = await scene(t, script({ kind: 'drop content' }));
  const response = await fetch(`${cse.url}/~/cse-b`, {
    method: 'POST',
    headers: { 'X-M2M-RI': 'r1', 'X-M2M-Origin': '/transit/Cae1', 'Content-Type': 'application/json' },
    body: '{"m2m:seci":{"sit":6,"eckm":"FgMB"}}',
  });
  assert.deepEqual([response.headers.get('X-M2M-RSC'), await response.text()], ['2000', '']);
});

test('a repeated request arrives twice and is answered once', async t => {
  const twice = Promise.withResolvers<void>();
  const endpoint = fakeEndpoint(async ([byte = 0]) => {
    if (endpoint.asked.length === 2) twice.resolve();
    await twice.promise;
    return Uint8Array.of(byte);
  });
  const { cse, deliver, received } = await scene(t, script({ kind: 'repeat' }), endpoint);
  assert.deepEqual(message(await deliver(1)), [1]);
  assert.deepEqual(received(), [
    [1, 0xaa],
    [1, 0xaa],
  ]);
  assert.equal(cse.passages.length, 1);
});

test('a held request arrives after the next one', async t => {
  const { promise: held, resolve } = Promise.withResolvers<void>();
  const mischief = ({ ordinal }: { ordinal: number }): Mischief | null => {
    if (ordinal !== 1) return null;
    resolve();
    return { kind: 'hold' };
  };
  const { deliver, received } = await scene(t, { mischief });
  const first = deliver(1);
  await held;
  assert.deepEqual(message(await deliver(2)), [2, 0x55]);
  assert.deepEqual(message(await first), [1, 0x55]);
  assert.deepEqual(received(), [
    [2, 0xaa],
    [1, 0xaa],
  ]);
});

test('a delayed request waits for its promise', async t => {
  const { promise: until, resolve } = Promise.withResolvers<void>();
  const { deliver, received } = await scene(t, script({ kind: 'delay', until }));
  const first = deliver(1);
  await deliver(2);
  assert.deepEqual(received(), [[2, 0xaa]]);
  resolve();
  await first;
  assert.equal(received().length, 2);
});

test('one bit of the message is flipped, in the request or in the response', async t => {
  const { deliver, received } = await scene(
    t,
    script(
      { kind: 'corrupt request', bit: 0 },
      { kind: 'corrupt request', bit: 15 },
      { kind: 'corrupt response', bit: 8 + 16 },
    ),
  );
  assert.deepEqual(message(await deliver(1)), [0x81, 0x55]);
  await deliver(1);
  assert.deepEqual(received(), [
    [0x81, 0xaa],
    [1, 0xab],
  ]);
  assert.deepEqual(message(await deliver(1)), [1, 0xd5]);
});

test('the route of the longest target is taken, and none is 4004', async t => {
  const other = await scene(t);
  const { deliver, received } = await scene(t, {
    routes: { [target]: 'http://127.0.0.1:9', [`${target}/Cae17`]: other.cse.url },
  });
  assert.equal((await deliver(1)).rsc, 5103);
  await deliver(1, `${target}/Cae17`);
  assert.deepEqual(received(), []);
  assert.equal(other.cse.passages.length, 1);
  assert.equal((await deliver(1, '//m2m.example.com/cse-bb')).rsc, 4004);
});

test('the originator is rewritten as told', async t => {
  const endpoint = fakeEndpoint();
  const { deliver } = await scene(t, { originator: from => `${from}x` }, endpoint);
  await deliver(1);
  assert.equal(endpoint.asked[0]?.from.claimed, '//m2m.example.com/transit/Cae1x');
});

test('malformed requests are refused and not recorded', async t => {
  const { cse } = await scene(t);
  const post = async (init: RequestInit) =>
    (await fetch(`${cse.url}/~/cse-b`, { method: 'POST', ...init })).headers.get('x-m2m-rsc');
  const named = { 'x-m2m-ri': 'r1' };
  assert.equal(await post({ headers: { ...named, 'content-type': 'application/json' }, body: '{' }), '4000');
  assert.equal(await post({ headers: { ...named, 'content-type': 'text/plain' }, body: 'x' }), '4015');
  assert.equal(await post({ headers: { 'content-type': 'application/json' }, body: '{}' }), '4000');
  assert.deepEqual(cse.passages, []);
});

test('a body above 96 KiB is refused, and the connection ends', async t => {
  const { cse } = await scene(t);
  const response = await fetch(`${cse.url}/~/cse-b`, {
    method: 'POST',
    headers: { 'x-m2m-ri': 'r1', 'content-type': 'application/json' },
    body: JSON.stringify('a'.repeat(96 * 1024)),
  });
  assert.deepEqual([response.headers.get('x-m2m-rsc'), response.headers.get('x-m2m-ri')], ['4102', 'r1']);
  assert.deepEqual(cse.passages, []);
});

test('a NOTIFY without content passes, to be refused by the end-point', async t => {
  const { cse, received } = await scene(t);
  const response = await fetch(`${cse.url}/~/cse-b`, {
    method: 'POST',
    headers: { 'x-m2m-ri': 'r1', 'x-m2m-origin': '/transit/Cae1' },
  });
  assert.equal(response.headers.get('x-m2m-rsc'), '4000');
  assert.deepEqual([cse.passages[0]?.message, received()], [null, []]);
});

test('closing ends what waits for the next hop, and nothing is passed on any more', async t => {
  const waiting = Promise.withResolvers<void>();
  const endpoint = fakeEndpoint(message => {
    if (endpoint.asked.length < 2) return message;
    waiting.resolve();
    return new Promise(() => {});
  });
  const held = Promise.withResolvers<void>();
  const mischief = ({ ordinal }: { ordinal: number }): Mischief | null => {
    if (ordinal < 3) return null;
    held.resolve();
    return { kind: 'hold' };
  };
  const { cse, deliver, received } = await scene(t, { mischief }, endpoint);
  await deliver(1);
  const deliveries = [deliver(2), deliver(3)];
  await Promise.all([waiting.promise, held.promise]);
  await cse.close();
  for (const delivery of await Promise.allSettled(deliveries))
    assert.ok(delivery.status === 'rejected' || delivery.value.rsc === 5103);
  assert.deepEqual(
    received().map(([byte]) => byte),
    [1, 2],
  );
});
