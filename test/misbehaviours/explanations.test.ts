// The explanations speak of misbehaviours that there are: what a stack is excused for has not been renamed or removed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { misbehaviours } from '../../src/testing/misbehaving/misbehaviours.ts';
import { explanations } from './explanations.ts';

test('each explanation is of rules or names in the list of misbehaviours', () => {
  const known = new Set(misbehaviours.flatMap(({ rule, name }) => [rule, name]));
  assert.deepEqual(
    explanations.flatMap(({ of }) => of.filter(each => !known.has(each))),
    [],
  );
});

test('no explanation is for a key and for a refusal alike', () => {
  // An expression that matches both would hide that a stack began to take what it refused.
  for (const { says, of } of explanations)
    assert.ok(!(says.test('taken') && says.test('unexpected_message')), of.join());
});
