import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RequestPrimitive, ResponsePrimitive } from '../../src/onem2m/primitive.ts';
import { longRequest, longResponse, shortRequest, shortResponse } from '../../src/onem2m/short-names.ts';
import { refusal } from '../endpoint/lab.ts';

const request: RequestPrimitive = {
  operation: 'notify',
  to: '//m2m.example.com/cse-b',
  from: '//m2m.example.com/cse-a/Cae1',
  requestIdentifier: 'r1',
  releaseVersionIndicator: '3',
  originatingTimestamp: '20260101T000000',
  requestExpirationTimestamp: '1000',
  resultExpirationTimestamp: '2000',
  resourceType: 4,
  responseType: { responseTypeValue: 2, notificationUri: ['-/x/in'] },
  resultContent: 1,
  content: { 'm2m:seci': { sit: 6, eckm: 'Fg==' } },
};

const short = {
  op: 5,
  to: '//m2m.example.com/cse-b',
  fr: '//m2m.example.com/cse-a/Cae1',
  rqi: 'r1',
  rvi: '3',
  ot: '20260101T000000',
  rqet: '1000',
  rset: '2000',
  ty: 4,
  rt: { rtv: 2, nu: ['-/x/in'] },
  rcn: 1,
  pc: { 'm2m:seci': { sit: 6, eckm: 'Fg==' } },
};

const wrong = (sentence: RegExp) => refusal('REQUEST_INVALID', sentence);

test('a request has the short names of TS-0004 Table 8.2.2-1, and is read under them', () => {
  assert.deepEqual(shortRequest(request), short);
  assert.deepEqual(longRequest(short), request);
  assert.deepEqual(longRequest({ 'm2m:rqp': short }), request);
});

test('what a primitive does not have is not written, and not read', () => {
  const least: RequestPrimitive = { operation: 'retrieve', to: 'x' };
  assert.deepEqual(shortRequest(least), { op: 2, to: 'x' });
  assert.deepEqual(longRequest({ op: 2, to: 'x', unknown: 1 }), least);
  assert.deepEqual(longRequest({ op: 2, to: 'x', rt: { rtv: 3 } }), {
    ...least,
    responseType: { responseTypeValue: 3 },
  });
});

test('a response has its short names, and is read under them', () => {
  const response: ResponsePrimitive = {
    responseStatusCode: 2000,
    requestIdentifier: 'r1',
    releaseVersionIndicator: '3',
    content: { 'm2m:dbg': 'x' },
  };
  const written = { rsc: 2000, rqi: 'r1', rvi: '3', pc: { 'm2m:dbg': 'x' } };
  assert.deepEqual(shortResponse(response), written);
  assert.deepEqual(longResponse(written), response);
  assert.deepEqual(longResponse({ 'm2m:rsp': written }), response);
});

test('op is 1 to 5 (TS-0004 6.3.4.2.5)', () => {
  for (const [index, operation] of ['create', 'retrieve', 'update', 'delete', 'notify'].entries())
    assert.equal(longRequest({ op: index + 1, to: 'x' }).operation, operation);
  for (const op of [0, 6, -1])
    assert.throws(() => longRequest({ op, to: 'x' }), wrong(/^op is no operation/));
  for (const op of [undefined, '5', 1.5, null, 2 ** 53])
    assert.throws(() => longRequest({ op, to: 'x' }), wrong(/^op is missing or no whole number/));
});

test('rsc is a response status code (TS-0004 6.6)', () => {
  for (const rsc of [1000, 6999]) assert.equal(longResponse({ rsc }).responseStatusCode, rsc);
  for (const rsc of [999, 7000, 0]) assert.throws(() => longResponse({ rsc }), wrong(/^rsc is no response/));
  for (const rsc of [undefined, '2000', 2000.5])
    assert.throws(() => longResponse({ rsc }), wrong(/^rsc is missing or no whole number/));
});

test('a primitive is an object, and so is rt (TS-0004 8.4.2)', () => {
  for (const value of [null, undefined, 7, 'x', [], [short]]) {
    assert.throws(() => longRequest(value), wrong(/there is no request primitive/));
    assert.throws(() => longResponse(value), wrong(/there is no response primitive/));
  }
  for (const rt of [null, 2, [2]])
    assert.throws(() => longRequest({ ...short, rt }), wrong(/there is no rt/));
});

test('a parameter that is text is text, of 1 to 512 characters', () => {
  for (const name of ['to', 'fr', 'rqi', 'rvi', 'ot', 'rqet', 'rset']) {
    assert.ok(longRequest({ ...short, [name]: 'x'.repeat(512) }));
    assert.throws(
      () => longRequest({ ...short, [name]: 'x'.repeat(513) }),
      wrong(new RegExp(`^${name} has more than 512 characters$`)),
    );
    for (const value of ['', 7, null, ['x'], {}])
      assert.throws(
        () => longRequest({ ...short, [name]: value }),
        wrong(new RegExp(`^${name} is missing or no text`)),
      );
  }
  assert.throws(() => longRequest({ op: 5 }), wrong(/^to is missing/));
});

test('8 notification targets of 512 characters are read, more are refused', () => {
  const withTargets = (nu: unknown) => longRequest({ ...short, rt: { rtv: 2, nu } });
  const targets = Array<string>(8).fill('x'.repeat(512));
  assert.deepEqual(withTargets(targets).responseType?.notificationUri, targets);
  assert.throws(() => withTargets([...targets, 'x']), wrong(/^rt\.nu is no list of at most 8 targets$/));
  for (const nu of ['x', {}, null]) assert.throws(() => withTargets(nu), wrong(/^rt\.nu is no list/));
  assert.throws(() => withTargets(['x'.repeat(513)]), wrong(/^rt\.nu has more than 512 characters$/));
  assert.throws(() => withTargets([7]), wrong(/^rt\.nu is missing or no text/));
});
