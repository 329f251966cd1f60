// Repeated requests (MQTT QoS 1, HTTP retries): the same bytes get the same answer, wherever they are asked.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Store } from '../../src/endpoint/store.ts';
import { memory } from '../../src/endpoint/stores.ts';
import {
  begin,
  cae1,
  cae2,
  complete,
  fixedClock,
  onlyKey,
  peer,
  refusal,
  stores,
  terminatingEndpoint,
  watched,
} from './lab.ts';
import { withFlippedEnd } from './refusals.ts';

for (const [storeName, makeStore] of Object.entries(stores)) {
  test(`${storeName}: a repeated message 1 gets the identical message 2, and no second signature`, async t => {
    const { credential, asked } = watched('cse-b');
    const terminating = terminatingEndpoint(t, { credential, store: makeStore(t)() });
    const { message1 } = begin();
    const message2 = await terminating.answer(cae1, message1);
    for (let n = 0; n < 3; n++) assert.deepEqual(await terminating.answer(cae1, message1), message2);
    assert.equal(asked(), 1);
  });

  test(`${storeName}: a repeated message 3 gets the identical message 4, and there is one key`, async t => {
    const terminating = terminatingEndpoint(t, { store: makeStore(t)() });
    const procedure = begin();
    const message3 = procedure.message3(await terminating.answer(cae1, procedure.message1));
    const message4 = await terminating.answer(cae1, message3);
    for (let n = 0; n < 3; n++) assert.deepEqual(await terminating.answer(cae1, message3), message4);
    assert.equal((await onlyKey(terminating)).id, procedure.finish(message4).id);
  });

  test(`${storeName}: a repeat while the first is in hand waits for the same answer, also at a second end-point`, async t => {
    const gate = Promise.withResolvers<void>();
    const slow = watched('cse-b', () => gate.promise);
    const open = makeStore(t);
    const one = terminatingEndpoint(t, { credential: slow.credential, store: open() });
    const other = terminatingEndpoint(t, { credential: slow.credential, store: open() });
    const { message1 } = begin();
    const answers = [one, one, one, other, other].map(endpoint => endpoint.answer(cae1, message1));
    gate.resolve();
    const [first, ...rest] = await Promise.all(answers);
    for (const answer of rest) assert.deepEqual(answer, first);
    assert.equal(slow.asked(), 1);
  });

  test(`${storeName}: identical messages 3 at once, at two end-points: one handshake, one key, one message 4`, async t => {
    const open = makeStore(t);
    const made: string[] = [];
    const onKey = ({ id }: { id: string }) => void made.push(id);
    const one = terminatingEndpoint(t, { store: open(), onKey });
    const other = terminatingEndpoint(t, { store: open(), onKey });
    const procedure = begin();
    const message3 = procedure.message3(await one.answer(cae1, procedure.message1));
    const [first, ...rest] = await Promise.all(
      [one, other, one, other].map(endpoint => endpoint.answer(cae1, message3)),
    );
    assert.ok(first);
    for (const answer of rest) assert.deepEqual(answer, first);
    assert.deepEqual(made, [procedure.finish(first).id]);
    assert.equal((await onlyKey(other)).id, made[0]);
  });

  test(`${storeName}: different messages 3 of one handshake at two end-points at once: one winner`, async t => {
    const open = makeStore(t);
    const one = terminatingEndpoint(t, { store: open() });
    const other = terminatingEndpoint(t, { store: open() });
    const procedure = begin();
    const message2 = await one.answer(cae1, procedure.message1);
    // The initiating end-point makes message 3 anew each time: another ephemeral key.
    const messages = [procedure.message3(message2), procedure.message3(message2)];
    const results = await Promise.allSettled(
      messages.map((message3, n) => (n === 0 ? one : other).answer(cae1, message3)),
    );
    const lost = results.filter(result => result.status === 'rejected');
    assert.equal(lost.length, 1);
    assert.ok(refusal('PENDING_UNKNOWN')(lost[0]?.reason));
    await onlyKey(one);
  });

  test(`${storeName}: the failure of a used-up handshake is remembered: same bytes, same code`, async t => {
    const terminating = terminatingEndpoint(t, { store: makeStore(t)() });
    const procedure = begin();
    const message2 = await terminating.answer(cae1, procedure.message1);
    const bad = withFlippedEnd(procedure.message3(message2));
    const failures: string[] = [];
    for (let n = 0; n < 2; n++)
      await assert.rejects(terminating.answer(cae1, bad), error => {
        failures.push(String(error));
        return refusal('RECORD_UNAUTHENTIC')(error);
      });
    assert.equal(failures[0], failures[1]);
    await assert.rejects(terminating.answer(cae1, procedure.message3(message2)), refusal('PENDING_UNKNOWN'));
    assert.deepEqual(await terminating.keys(), []);
  });
}

test('a message 3 that another process answers meanwhile gets the same message 4', async t => {
  const open = (stores.memory ?? assert.fail())(t);
  const faster = terminatingEndpoint(t, { store: open() });
  const procedure = begin();
  const message3 = procedure.message3(await faster.answer(cae1, procedure.message1));
  const { store, sealer } = open();
  let message4: Uint8Array = new Uint8Array();
  const candidates: Store['candidates'] = async (...sought) => {
    message4 = await faster.answer(cae1, message3);
    return store.candidates(...sought);
  };
  const overtaken = new Proxy(store, {
    get: (target, name) => (name === 'candidates' ? candidates : Reflect.get(target, name)),
  });
  const slower = terminatingEndpoint(t, { store: { store: overtaken, sealer } });
  assert.deepEqual(await slower.answer(cae1, message3), message4);
  procedure.finish(message4);
});

test('a repeat while the first is in hand in the same process does not ask the store', async t => {
  const gate = Promise.withResolvers<void>();
  const slow = watched('cse-b', () => gate.promise);
  const { store, sealer } = memory();
  const claim = t.mock.method(store, 'claim');
  const terminating = terminatingEndpoint(t, { credential: slow.credential, store: { store, sealer } });
  const { message1 } = begin();
  const answers = [1, 2, 3].map(() => terminating.answer(cae1, message1));
  gate.resolve();
  await Promise.all(answers);
  assert.equal(claim.mock.callCount(), 1);
});

test('a repeat is known by bytes, originator and hop, not by request identifier', async t => {
  const { credential, asked } = watched('cse-b');
  const terminating = terminatingEndpoint(t, { credential });
  const { message1 } = begin();
  const message2 = await terminating.answer({ hop: 'a', claimed: cae1, procedure: 'p1' }, message1);
  for (const claimed of [cae1, '/cse-a/Cae1', '//M2M.Example.com/cse-a/Cae1'])
    assert.deepEqual(await terminating.answer({ hop: 'a', claimed, procedure: 'p2' }, message1), message2);
  assert.equal(asked(), 1);
});

test('a message 1 that was copied and came faster through another hop does not hide the honest one', async t => {
  const terminating = terminatingEndpoint(t);
  const procedure = begin();
  await terminating.answer({ hop: 'copier', claimed: cae1 }, procedure.message1);
  const message2 = await terminating.answer({ hop: 'honest', claimed: cae1 }, procedure.message1);
  for (let i = 0; i < 8; i++) await terminating.answer({ hop: 'forger', claimed: cae1 }, begin().message1);
  procedure.finish(await terminating.answer({ hop: 'honest', claimed: cae1 }, procedure.message3(message2)));
});

test('a message 3 that comes again through another hop gets the same message 4', async t => {
  const terminating = terminatingEndpoint(t);
  const procedure = begin();
  const message3 = procedure.message3(
    await terminating.answer({ hop: 'a', claimed: cae1 }, procedure.message1),
  );
  const message4 = await terminating.answer({ hop: 'a', claimed: cae1 }, message3);
  assert.deepEqual(await terminating.answer({ hop: 'b', claimed: cae1 }, message3), message4);
});

test('the same bytes under another From are another request', async t => {
  const { credential, asked } = watched('cse-b');
  const terminating = terminatingEndpoint(t, { credential, peers: [peer.cae1, peer.cae2] });
  const { message1 } = begin();
  const message2 = await terminating.answer(cae1, message1);
  assert.notDeepEqual(await terminating.answer(cae2, message1), message2);
  assert.notDeepEqual(await terminating.answer({ hop: 'a' }, message1), message2);
  assert.equal(asked(), 3);
});

test('the same procedure name on two different messages 1 makes two handshakes', async t => {
  const terminating = terminatingEndpoint(t);
  const origin = { hop: 'a', claimed: cae1, procedure: 'notify' };
  const [one, other] = [begin(), begin()];
  const answers = [
    await terminating.answer(origin, one.message1),
    await terminating.answer(origin, other.message1),
  ];
  for (const [procedure, message2] of [
    [one, answers[0]],
    [other, answers[1]],
  ] as const) {
    assert.ok(message2);
    procedure.finish(await terminating.answer(origin, procedure.message3(message2)));
  }
});

test('what the caller does with his buffer afterwards changes nothing', async t => {
  const gate = Promise.withResolvers<void>();
  const slow = watched('cse-b', () => gate.promise);
  const terminating = terminatingEndpoint(t, { credential: slow.credential });
  const procedure = begin();
  const buffer = Uint8Array.from(procedure.message1);
  const answering = terminating.answer(cae1, buffer);
  buffer.fill(0);
  gate.resolve();
  procedure.finish(await terminating.answer(cae1, procedure.message3(await answering)));
});

test('an answer is remembered no longer than its handshake is pending, or its key unconfirmed', async t => {
  const clock = fixedClock();
  const times = { pending: 1000, confirmation: 5000 };
  const { credential, asked } = watched('cse-b');
  const terminating = terminatingEndpoint(t, { clock, times, credential });
  const procedure = begin();
  const message3 = procedure.message3(await terminating.answer(cae1, procedure.message1));
  const message4 = await terminating.answer(cae1, message3);
  clock.advance(999);
  await terminating.answer(cae1, procedure.message1);
  assert.equal(asked(), 1);
  clock.advance(1);
  await terminating.answer(cae1, procedure.message1);
  assert.equal(asked(), 2);
  clock.advance(3999);
  assert.deepEqual(await terminating.answer(cae1, message3), message4);
  clock.advance(1);
  await assert.rejects(terminating.answer(cae1, message3), refusal('PENDING_UNKNOWN'));
});

test('a claim whose lease ran out is taken over, and the answer that stands is the one that both give', async t => {
  const clock = fixedClock();
  const gate = Promise.withResolvers<void>();
  const slow = watched('cse-b', () => gate.promise);
  const open = (stores.memory ?? assert.fail())(t);
  const late = terminatingEndpoint(t, {
    credential: slow.credential,
    store: open(),
    clock,
    times: { lease: 10 },
  });
  const quick = terminatingEndpoint(t, { store: open(), clock, times: { lease: 10 } });
  const procedure = begin();
  const first = late.answer(cae1, procedure.message1);
  await new Promise(resolve => setImmediate(resolve));
  clock.advance(10);
  const message2 = await quick.answer(cae1, procedure.message1);
  gate.resolve();
  assert.deepEqual(await first, message2);
  procedure.finish(await late.answer(cae1, procedure.message3(message2)));
});

test('a second procedure with the same peer goes on beside the first', async t => {
  const terminating = terminatingEndpoint(t);
  const [one, other] = [begin(), begin()];
  const answers = await Promise.all([one, other].map(({ message1 }) => terminating.answer(cae1, message1)));
  for (const [n, procedure] of [one, other].entries()) {
    const message3 = procedure.message3(answers[n] ?? assert.fail());
    procedure.finish(await terminating.answer(cae1, message3));
  }
  assert.equal((await terminating.keys()).length, 2);
  await complete(terminating);
});
