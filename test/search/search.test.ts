// Every sequence of messages up to a length, in both roles and for every kind of credential: exactly what is legal leads
// on. scripts/search.ts goes further.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { caseOf, cases } from './cases.ts';
import type { Framing } from './framings.ts';
import { legalEnd, message3 } from './legal.ts';
import { smallPlan } from './plan.ts';
import { search, sizeOf } from './search.ts';

/** Sequences, and how many of them led to an answer, a Session and a Connection. */
const due = [
  ['terminating', 'X.509', [14353, 3, 19, 0]],
  ['initiating', 'X.509', [16621, 19, 3, 0]],
  ['terminating', 'X.509, CBC', [4831, 3, 1, 0]],
  ['initiating', 'X.509, CBC', [4831, 1, 3, 0]],
  ['terminating', 'raw public keys', [4831, 3, 1, 0]],
  ['initiating', 'raw public keys', [4831, 1, 3, 0]],
  ['terminating', 'ECDHE_PSK, CBC', [965, 3, 1, 0]],
  ['initiating', 'ECDHE_PSK, CBC', [965, 1, 3, 0]],
  ['terminating', 'PSK', [9839, 3, 62, 0]],
  ['initiating', 'PSK', [13727, 112, 66, 0]],
  ['initiating', 'X.509, status', [10851, 7, 9, 0]],
  ['terminating', 'X.509, client authentication request', [10256, 3, 1, 1]],
  ['terminating', 'X.509, client authentication none', [965, 3, 0, 1]],
] as const;

for (const [role, name, numbers] of due)
  test(`our ${role} end-point, ${name}: of ${numbers[0]} sequences of messages exactly the legal ones lead on (RFC 5246 §7.3)`, () => {
    const of = caseOf(name, role);
    const counted = [0, 0, 0, 0];
    for (const wanted of smallPlan.filter(planned => planned.of === of)) {
      const { sequences, ended, findings } = search(wanted);
      assert.deepEqual(findings, []);
      if (wanted.extent === 'flight') assert.equal(sequences, sizeOf(wanted));
      for (const [index, count] of [sequences, ended.answer, ended.Session, ended.Connection].entries())
        counted[index] = (counted[index] ?? 0) + count;
    }
    assert.deepEqual(counted, numbers);
  });

test('over the whole handshake the same sequences are tried in every framing', () => {
  for (const of of cases) {
    const tried = (framing: Framing) => {
      const sequences: string[] = [];
      const { message } = of.start;
      search({ of, message, extent: 'handshake', length: 4, framing }, (_, sequence) =>
        sequences.push(sequence),
      );
      return sequences;
    };
    const alone = tried('alone');
    assert.deepEqual([tried('together'), tried('halved')], [alone, alone]);
  }
});

test('every case is among those that are counted', () => {
  assert.deepEqual(
    cases.map(({ role, name }) => [role, name]),
    due.map(([role, name]) => [role, name]),
  );
});

test('what is in place is what leads on', () => {
  for (const { legal } of cases)
    for (const grammar of Object.values(legal))
      for (const flight of grammar.flights) assert.notEqual(legalEnd(grammar, flight), null, flight);
});

test('four warning alerts may stand in a flight, in any places before its last message, and five may not', () => {
  const grammar = message3('ECDHE_ECDSA');
  assert.equal(legalEnd(grammar, 'wCwKwVSwF'), 'Session');
  assert.equal(legalEnd(grammar, 'wwwwCKVSF'), 'Session');
  assert.equal(legalEnd(grammar, 'wwwwwCKVSF'), null);
  assert.equal(legalEnd(grammar, 'wCwKwVwSwF'), null);
  assert.equal(legalEnd(grammar, 'CKVSFw'), null);
});
