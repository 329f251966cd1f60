// The generator alone: what it makes is known to be right or wrong, and we agree with it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Case, cases } from './cases.ts';
import { ourProblem } from './comparison.ts';
import { explanations } from './explanations.ts';
import { ourFinding } from './judges/ours.ts';
import { rules } from './rules/rules.ts';

/** Each rule once, and some right chains and pairs. */
const some = take(rules.length + 40, 5280);

test('our verdict is the truth of every generated chain, and the finding names the field of a broken rule', () => {
  const problems = some.map(one => ourProblem(one, ourFinding(one.question)));
  assert.deepEqual(
    problems.filter(problem => problem !== null),
    [],
  );
  const broken = new Set(some.flatMap(one => one.broken));
  assert.deepEqual(
    rules.filter(rule => !broken.has(rule)),
    [],
  );
});

test('there are right chains, wrong ones, some that break two rules, and some with certificates beside the path', () => {
  assert.ok(some.some(({ broken }) => broken.length === 0));
  assert.ok(some.some(({ broken }) => broken.length === 2));
  assert.ok(some.some(({ broken, isRight }) => broken.length > 0 && isRight));
  assert.ok(some.some(({ hasDetours, isRight }) => hasDetours && isRight));
  for (const { question } of some) assert.ok(question.intermediates.length <= 5);
});

test('chains without any broken rule are accepted, whatever was drawn', () => {
  const right = take(300, 1).filter(({ broken }) => broken.length === 0);
  assert.ok(right.length >= 30);
  for (const { question } of right) assert.equal(ourFinding(question), null);
});

test('every rule has a name of its own and a clause, and there are far more than 45', () => {
  assert.ok(rules.length >= 200);
  assert.equal(new Set(rules.map(({ name }) => name)).size, rules.length);
  for (const { clause } of rules) assert.match(clause, /^(?:RFC \d+|X\.690|NIST|our bound)/);
});

test('the same seed makes the same chains but for keys and signatures, another seed others', () => {
  const shape = ({ broken, features, question }: Case) => [
    broken.map(({ name }) => name),
    [...features],
    question.time.getTime(),
    question.purpose,
    question.intermediates.length,
  ];
  assert.deepEqual(take(25, 7).map(shape), take(25, 7).map(shape));
  assert.notDeepEqual(take(25, 7).map(shape), take(25, 8).map(shape));
});

test('every explanation is of a rule that looks broken and is not, or of a feature', () => {
  const accepted = rules.filter(({ demand }) => demand === 'must be accepted');
  for (const { rules: begins, features, what } of explanations) {
    assert.ok(begins.length + features.length > 0, what);
    for (const begin of begins)
      assert.ok(
        accepted.some(({ name }) => name.startsWith(begin)),
        begin,
      );
  }
});

function take(count: number, seed: number): Case[] {
  const source = cases(seed);
  return Array.from({ length: count }, () => source.next().value);
}
