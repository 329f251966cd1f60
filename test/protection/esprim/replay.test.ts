// Objects that are what they were, and are not due (TS-0003 8.4.1: freshness): sent again, sent back, or of another
// exchange.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RequestPrimitive, ResponsePrimitive } from '../../../src/onem2m/primitive.ts';
import { EsPrimHandler } from '../../../src/protection/esprim/handler.ts';
import {
  answerByHand,
  codeOf,
  contentOf,
  debugIn,
  Hand,
  handWith,
  objectIn,
  securityInfoIn,
} from './hand.ts';
import { cae1, type Exchange, exchange, provisioned } from './lab.ts';

const retrieve = { operation: 'retrieve', to: '/cse-b/-/secret' } as const;
const outer: RequestPrimitive = { operation: 'notify', to: '-' };

const statuses = (responses: readonly ResponsePrimitive[]) =>
  responses.map(response =>
    response.responseStatusCode === 2000 ? 'taken' : debugIn(response).split(':')[0],
  );

/** What went to the receiver and came back, objects alone. */
function objectsOf({ seen }: Exchange): { readonly request: string; readonly response: string }[] {
  return seen
    .filter(({ request }) => securityInfoIn({ content: request.content }).sit === 5)
    .map(({ request, response }) => ({ request: objectIn(request), response: objectIn(response) }));
}

const answering = (object: string) => async () => ({ responseStatusCode: 2000, content: contentOf(object) });

test('an object is taken once, the first of a session and every later one', async () => {
  const lab = exchange();
  for (let n = 0; n < 3; n++) await lab.client.send(retrieve);
  for (const { request } of objectsOf(lab)) {
    const again = await lab.notify(contentOf(request));
    assert.deepEqual(statuses([again]), ['ESPRIM_REPLAYED']);
    assert.equal(again.responseStatusCode, 4105);
    assert.ok(!JSON.stringify(again).includes('seci'));
  }
  assert.equal(lab.dispatched.length, 3);
});

test('of many copies that come at the same time one is taken, also where they begin the session', async () => {
  const lab = exchange();
  const hand = await handWith(lab);
  for (const object of [hand.object(), hand.object(), hand.object({ header: { oro: undefined } })]) {
    const responses = await Promise.all(Array.from({ length: 8 }, () => lab.notify(contentOf(object))));
    assert.deepEqual(statuses(responses).sort(), [...Array<string>(7).fill('ESPRIM_REPLAYED'), 'taken']);
    assert.equal(lab.dispatched.splice(0).length, 1);
  }
});

test('two objects that begin one session at the same time are remembered in one place', async () => {
  const lab = exchange();
  const hand = await handWith(lab);
  const objects = [hand.object(), hand.object()];
  const both = await Promise.all(objects.map(object => lab.notify(contentOf(object))));
  assert.deepEqual(statuses(both), ['taken', 'taken']);
  const again = await Promise.all(objects.map(object => lab.notify(contentOf(object))));
  assert.deepEqual(statuses(again), ['ESPRIM_REPLAYED', 'ESPRIM_REPLAYED']);
});

test('of two sessions under one identifier that begin at the same time one stands', async () => {
  const lab = exchange();
  const one = await handWith(lab);
  // The same ori and rri, another originatorESPrimRandObject, and so another key.
  const other = new Hand(one.receiverRand, { originatorRand: { ...one.originatorRand, esrv: 'x0' } });
  const objects = [one.object(), other.object({ iv: Buffer.alloc(12, 0xee), inner: { rqi: 'another' } })];
  const both = await Promise.all(objects.map(object => lab.notify(contentOf(object))));
  assert.deepEqual(statuses(both).sort(), ['ESPRIM_UNKNOWN_ORIG_RAND_ID', 'taken']);
  assert.equal(lab.dispatched.length, 1);
});

test('an object whose random object ends a time from now (m2m:absRelTimestamp) is not taken again after that time', async () => {
  const lab = exchange();
  const hand = await handWith(lab, { originatorRand: { esrx: '1000' } });
  const object = hand.object();
  const responses = [await lab.notify(contentOf(object))];
  lab.clock.advance(1000);
  // Another session begins: what has ended may be forgotten, and this must not have.
  responses.push(await lab.notify(contentOf((await handWith(lab)).object())));
  responses.push(await lab.notify(contentOf(object)));
  assert.deepEqual(statuses(responses), ['taken', 'taken', 'ESPRIM_UNKNOWN_ORIG_RAND_ID']);
  assert.equal(lab.dispatched.length, 2);
});

test('an initialisation vector is not taken a second time, whatever the object holds', async () => {
  const lab = exchange();
  const hand = await handWith(lab);
  const iv = Buffer.alloc(12, 0xee);
  const responses = [];
  for (let n = 0; n < 2; n++) responses.push(await lab.notify(contentOf(hand.object({ iv }))));
  assert.deepEqual(statuses(responses), ['taken', 'ESPRIM_REPLAYED']);
});

test('an inner request is carried out once, also when it comes in another object and another session', async () => {
  const lab = exchange();
  const inner = { rqi: 'once' };
  const [one, other] = [await handWith(lab), await handWith(lab)];
  const responses = [];
  for (const object of [one.object({ inner }), one.object({ inner }), other.object({ inner })])
    responses.push(await lab.notify(contentOf(object)));
  assert.deepEqual(statuses(responses), ['taken', 'ESPRIM_REPLAYED', 'ESPRIM_REPLAYED']);
  assert.equal(lab.dispatched.length, 1);
});

test('whoever keeps a response back, and says that the session is unknown, does not have the request carried out twice', async () => {
  const lab = exchange();
  let held = 0;
  lab.between = async (request, on) => {
    const response = await on(request);
    return securityInfoIn({ content: request.content }).sit === 5 && ++held === 1
      ? { responseStatusCode: 4114 }
      : response;
  };
  assert.equal(await codeOf(lab.client.send(retrieve)), 'ESPRIM_REPLAYED');
  assert.deepEqual([lab.dispatched.length, held], [1, 2]);
});

test('an inner request without a Request Identifier could be carried out again and again, and is refused', async () => {
  const lab = exchange();
  const hand = await handWith(lab);
  const response = await lab.notify(contentOf(hand.object({ inner: { rqi: undefined } })));
  assert.deepEqual(statuses([response]), ['ESPRIM_MISDIRECTED']);
  assert.equal(lab.dispatched.length, 0);
});

test('a request that is sent back is no response', async () => {
  const lab = exchange();
  lab.between = async (request, on) => {
    const { sit } = securityInfoIn({ content: request.content });
    return sit === 5 ? { responseStatusCode: 2000, content: request.content } : on(request);
  };
  assert.equal(await codeOf(lab.client.send(retrieve)), 'ESPRIM_MISDIRECTED');
});

test('a request that is sent back is no response, also if it does not say what it is (cty)', async () => {
  const lab = exchange();
  answerByHand(lab, (hand, { inner }) => hand.object({ header: { cty: undefined, oro: undefined }, inner }));
  assert.equal(await codeOf(lab.client.send(retrieve)), 'ESPRIM_MISDIRECTED');
});

test('a response that is sent to the receiver is no request', async () => {
  const lab = exchange();
  await lab.client.send(retrieve);
  const [only] = objectsOf(lab);
  const response = await lab.notify(contentOf(only?.response ?? ''));
  assert.deepEqual(statuses([response]), ['ESPRIM_MISDIRECTED']);
  assert.equal(lab.dispatched.length, 1);
});

test('a request that is sent back to its originator, who is a receiver too, is not taken', async () => {
  const lab = exchange();
  await lab.client.send(retrieve);
  const [only] = objectsOf(lab);
  const dispatched: unknown[] = [];
  const ownReceiver = new EsPrimHandler({
    id: cae1,
    keys: provisioned().originator,
    clock: () => lab.clock().getTime(),
    dispatch: async request => {
      dispatched.push(request);
      return { responseStatusCode: 2000 };
    },
  });
  const response = await ownReceiver.answer({ ...outer, content: contentOf(only?.request ?? '') });
  assert.deepEqual(statuses([response]), ['ESPRIM_UNKNOWN_RECV_RAND_ID']);
  assert.deepEqual(dispatched, []);
});

test('a response to another request of the same session is not taken, nor is one a second time', async () => {
  const lab = exchange();
  await lab.client.send(retrieve);
  await lab.client.send(retrieve);
  const [first] = objectsOf(lab);
  lab.between = answering(first?.response ?? '');
  assert.equal(await codeOf(lab.client.send(retrieve)), 'ESPRIM_REPLAYED');

  const other = exchange();
  await other.client.send(retrieve);
  let held = '';
  other.between = async (request, on) => {
    held = objectIn(await on(request));
    return { responseStatusCode: 5103 };
  };
  assert.equal(await codeOf(other.client.send(retrieve)), 'CARRIER_FAILED');
  other.between = answering(held);
  assert.equal(await codeOf(other.client.send(retrieve)), 'ESPRIM_MISDIRECTED');
});

test('the responses to two requests at a time are not taken for each other', async () => {
  const lab = exchange();
  await lab.client.send(retrieve);
  const waiting: ((response: ResponsePrimitive) => void)[] = [];
  const objects: string[] = [];
  lab.between = async (request, on) => {
    const place = waiting.length;
    const answered = new Promise<ResponsePrimitive>(resolve => waiting.push(resolve));
    objects[place] = objectIn(await on(request));
    if (objects.filter(Boolean).length === 2)
      for (const [at, give] of waiting.entries())
        give({ responseStatusCode: 2000, content: contentOf(objects[1 - at] ?? '') });
    return answered;
  };
  const codes = await Promise.all([codeOf(lab.client.send(retrieve)), codeOf(lab.client.send(retrieve))]);
  assert.deepEqual(codes, ['ESPRIM_MISDIRECTED', 'ESPRIM_MISDIRECTED']);
});

test('a response of another session is not taken', async () => {
  const lab = exchange();
  await lab.client.send(retrieve);
  const [only] = objectsOf(lab);
  lab.clock.advance(3_600_000);
  let first = true;
  lab.between = async (request, on) => {
    const { sit } = securityInfoIn({ content: request.content });
    if (sit !== 5 || !first) return on(request);
    first = false;
    return { responseStatusCode: 2000, content: contentOf(only?.response ?? '') };
  };
  assert.equal(await codeOf(lab.client.send(retrieve)), 'ESPRIM_MISDIRECTED');
});

test('a request that holds a newer random object of the receiver changes nothing: rro is the receiver’s', async () => {
  const lab = exchange();
  const hand = await handWith(lab);
  const rro = { ...hand.receiverRand, esri: 'u.mine' };
  const response = await lab.notify(contentOf(hand.object({ header: { rro } })));
  assert.deepEqual(statuses([response]), ['taken']);
  const next = hand.object({ header: { rri: 'u.mine' } });
  assert.deepEqual(statuses([await lab.notify(contentOf(next))]), ['ESPRIM_UNKNOWN_RECV_RAND_ID']);
});
