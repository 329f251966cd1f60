// A disagreement is counted, explained or reported: were it passed over, the evidence would be none.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Finding } from '../../src/errors.ts';
import type { Case } from './cases.ts';
import { Comparison, ourProblem } from './comparison.ts';
import type { Opinion } from './judges/judge.ts';
import { report } from './report.ts';
import { rules } from './rules/rules.ts';

const expired = 'no longer valid, in the leaf';
const notCritical = 'basicConstraints that is not critical, in the intermediate';
const accepts: Opinion = { accepts: true, reason: '' };

test('a chain that we judge against the truth is a problem, and so is a finding about another field', () => {
  assert.match(ourProblem(caseOf(), findingIn('validity')) ?? '', /^we refuse .* a right chain/);
  assert.match(ourProblem(caseOf(expired), null) ?? '', /^we accept .*no longer valid/);
  assert.match(ourProblem(caseOf(expired), findingIn('keyUsage')) ?? '', /another field$/);
  assert.equal(ourProblem(caseOf(expired), findingIn('validity')), null);
  assert.equal(ourProblem(caseOf(notCritical), null), null);
});

test('a judge that accepts what breaks a rule is counted with the clause of the rule', () => {
  const comparison = new Comparison();
  comparison.add(caseOf(expired), findingIn('validity'), new Map([['OpenSSL', accepts]]));
  comparison.add(caseOf(expired, notCritical), findingIn('validity'), new Map([['OpenSSL', accepts]]));
  assert.deepEqual(comparison.problems, []);
  assert.deepEqual(
    [...comparison.disagreements.values()],
    [
      {
        judge: 'OpenSSL',
        verdict: 'accepts',
        what: expired,
        clause: 'RFC 5280 6.1.3 (a)(2)',
        why: 'must be refused',
        count: 2,
      },
    ],
  );
});

test('a judge that refuses what is right needs an explanation of every part of its reason', () => {
  const known = 'error 89: Basic Constraints of CA cert not marked critical';
  for (const [name, reason, count] of [
    [notCritical, known, 0],
    [notCritical, `${known}; error 7: certificate signature failure`, 1],
    [expired, '', 0],
  ] as const) {
    const comparison = new Comparison();
    const finding = name === expired ? findingIn('validity') : null;
    comparison.add(caseOf(name), finding, new Map([['OpenSSL', { accepts: false, reason }]]));
    assert.equal(comparison.problems.length, count, reason);
  }
  const comparison = new Comparison();
  comparison.add(caseOf(), null, new Map([['OpenSSL', { accepts: false, reason: known }]]));
  assert.match(comparison.problems[0] ?? '', /^OpenSSL refuses a right chain .* without explanation/);
});

test('how often a rule was broken, alone or not, and who refused it, is counted and reported', () => {
  const comparison = new Comparison();
  const refuses: Opinion = { accepts: false, reason: 'error 10: certificate has expired' };
  comparison.add(caseOf(expired), findingIn('validity'), new Map([['OpenSSL', refuses]]));
  comparison.add(caseOf(expired, notCritical), findingIn('validity'), new Map([['OpenSSL', refuses]]));
  const tally = comparison.rules.get(expired);
  assert.deepEqual([tally?.broken, tally?.alone, tally?.refusedAlone.get('OpenSSL')], [2, 1, 1]);
  const text = report(comparison, [], 1);
  for (const { name } of rules) assert.ok(text.includes(`| ${name} |`), name);
  assert.ok(text.includes(`| ${expired} | RFC 5280 6.1.3 (a)(2) | 2 | 1 | 1 |`));
});

function caseOf(...names: readonly string[]): Case {
  const broken = names.map(wanted => {
    const rule = rules.find(({ name }) => name === wanted);
    if (rule === undefined) throw new Error(`there is no rule ${wanted}`);
    return rule;
  });
  const nothing = new Uint8Array();
  return {
    broken,
    isRight: broken.every(({ demand }) => demand === 'must be accepted'),
    features: new Set(),
    hasDetours: false,
    question: {
      leaf: nothing,
      intermediates: [],
      anchor: nothing,
      time: new Date(0),
      purpose: 'any',
      presented: false,
    },
  };
}

function findingIn(field: string): Finding {
  return {
    code: 'CERTIFICATE_UNTRUSTED',
    position: 0,
    subject: '',
    field,
    problem: 'a problem',
    accepted: 'something else',
    clause: 'a clause',
    path: [],
  };
}
