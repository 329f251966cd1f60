// That one byte is changed, and no other, each time that a thing is passed on, and nothing where nothing is to be.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HttpMessage } from '../../../src/testing/transit-cse/http.ts';
import { Draw } from '../../fuzz/draw.ts';
import { type ChangePlan, Changing } from './changing.ts';

const objectOf = (cty: string, n = 0) =>
  `${Buffer.from(JSON.stringify({ n, cty: `vnd.onem2m-${cty}+json` })).toString('base64url')}..iv.text.tag`;
const request = objectOf('preq');
const seci = (epo: string) => JSON.stringify({ 'm2m:seci': { sit: 5, epo } });
const message = (body: string, more: Partial<HttpMessage> = {}): HttpMessage => ({
  direction: 'out',
  start: 'POST /',
  headers: { 'X-M2M-RI': 'r1', 'Content-Type': 'application/json', Accept: 'application/json' },
  body: Buffer.from(body),
  ...more,
});
const changing = (plan: Partial<ChangePlan>, seed = '1') =>
  new Changing({ leg: 'request object', where: 'inside', positions: 'every', ...plan }, new Draw(seed));

/** Indexes of the bytes in which two bodies differ. */
function differences(one: Uint8Array, other: Uint8Array): number[] {
  assert.equal(one.length, other.length);
  return [...one.keys()].filter(at => one[at] !== other[at]);
}

test('every byte of objects is changed in turn, one of each, and the same one when it comes again', () => {
  const every = changing({});
  const inside = new Set<number>();
  for (let n = 0; !every.isComplete; n++) {
    const sent = message(seci(objectOf('preq', n % 10 === 0 ? n / 10 : -n)));
    const [at = -1, ...others] = differences(sent.body, every.pass(sent).body);
    assert.deepEqual(others, []);
    assert.deepEqual(every.pass(sent).body, every.pass(sent).body);
    inside.add(at);
  }
  assert.ok(inside.size >= request.length, `${inside.size}`);
});

test('nothing is changed on the way in, in what a CSE shows its creator, or in the other object', () => {
  for (const other of [
    message(seci(request), { direction: 'in' }),
    message(seci(request), { headers: { 'X-M2M-RSC': 2001 } }),
    message(seci(objectOf('prsp'))),
    message('{"m2m:dbg":"x"}'),
  ])
    assert.equal(changing({}).pass(other), other);
});

test('around an object every byte of the body and of the headers that are oneM2M’s is changed in turn', () => {
  const around = changing({ where: 'outside' });
  const places = new Set<string>();
  while (!around.isComplete) {
    const object = objectOf('preq', around.changed);
    const sent = message(seci(object));
    const { headers, body } = around.pass(sent);
    const [at] = differences(sent.body, body);
    const start = sent.body.indexOf(object);
    assert.ok(at === undefined || at < start || at >= start + object.length);
    const header = Object.keys(headers).find(name => headers[name] !== sent.headers[name]);
    assert.equal((at === undefined) !== (header === undefined), true, 'one of both');
    places.add(at === undefined ? `${header}` : 'body');
    assert.deepEqual(around.pass(sent), { headers: sent.headers, body: sent.body }, 'once');
  }
  assert.deepEqual([...places].toSorted(), ['Content-Type', 'X-M2M-RI', 'body']);
});

test('a random object is changed where it stands, also as a text in a text', () => {
  const rand = JSON.stringify({ 'm2m:seci': { sit: 4, ero: { esri: 'u.1', espa: [12, 11] } } });
  for (const body of [rand, JSON.stringify({ 'm2m:cin': { con: rand } })]) {
    const sent = message(body);
    const changed = changing({ leg: 'random object', positions: 'drawn' }).pass(sent).body;
    const [at = -1, ...others] = differences(sent.body, changed);
    assert.deepEqual(others, []);
    assert.ok(at > body.indexOf('ero') && at < body.lastIndexOf(']') + 2);
  }
});
