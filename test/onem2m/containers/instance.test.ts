import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instanceOf, readInstance } from '../../../src/onem2m/containers/instance.ts';
import type { RequestPrimitive, ResponsePrimitive } from '../../../src/onem2m/primitive.ts';
import { refusal } from '../../endpoint/lab.ts';

const request: RequestPrimitive = { operation: 'notify', to: 'x', requestIdentifier: 'r' };
const response: ResponsePrimitive = { responseStatusCode: 2000, requestIdentifier: 'r' };

test('a primitive travels as the text of its JSON serialisation (TS-0004 8.4.2), and is read again', () => {
  for (const [primitive, kind] of [
    [request, 'preq'],
    [response, 'prsp'],
  ] as const) {
    const { 'm2m:cin': cin } = instanceOf(primitive) as { 'm2m:cin': { cnf: string; con: string } };
    assert.equal(cin.cnf, `application/vnd.onem2m-${kind}+json:0`);
    assert.deepEqual(readInstance(cin), { creator: '', primitive });
  }
});

test('a primitive is read in its m2m:rqp or m2m:rsp as well as without (TS-0004 8.4.2)', () => {
  for (const [con, primitive] of [
    ['{"m2m:rqp":{"op":5,"to":"x","rqi":"r"}}', request],
    ['{"m2m:rsp":{"rsc":2000,"rqi":"r"}}', response],
  ] as const)
    assert.deepEqual(readInstance({ con }).primitive, primitive);
});

test('a content of 96 KiB is read, one of more is not', () => {
  const padded = (length: number) => `{"rsc":2000}${' '.repeat(length - 12)}`;
  assert.equal(readInstance({ con: padded(98_304) }).creator, '');
  assert.throws(
    () => readInstance({ con: padded(98_305) }),
    refusal('MESSAGE_TOO_LARGE', /con has more than 98304 characters/),
  );
});

test('the creator is what the CSE says, in bounded text without control characters', () => {
  const creatorOf = (cr: unknown) => readInstance({ cr, con: '{"rsc":2000}' }).creator;
  assert.equal(creatorOf('Cae1'), 'Cae1');
  assert.equal(creatorOf(`a\n${'x'.repeat(600)}`), `a ${'x'.repeat(510)}`);
  assert.equal(creatorOf(7), '');
});
