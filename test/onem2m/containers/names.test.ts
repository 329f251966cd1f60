import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  inboxAddress,
  inboxCandidates,
  isInboxOf,
  ownName,
  wellKnownName,
} from '../../../src/onem2m/containers/names.ts';
import { cae1, cae2, cseB } from '../../endpoint/lab.ts';

const name = ownName(cae1, Buffer.alloc(8, 0xab));

test('an end-point has one well-known name, and as many of its own as it needs', () => {
  assert.match(wellKnownName(cae1), /^e2ekey-[0-9a-f]{32}$/);
  assert.notEqual(wellKnownName(cae1), wellKnownName(cae2));
  assert.equal(name, `${wellKnownName(cae1)}-abababababababab`);
});

test('an inbox is looked for at our CSE, then at the CSE of the identity (TS-0001 7.2)', () => {
  const here = inboxAddress('-', wellKnownName(cseB));
  assert.deepEqual(inboxCandidates(cseB, cae1, '-'), [here, `/cse-b/${here}`]);
  assert.deepEqual(
    inboxCandidates(cseB, '//other.example/cse/Cx', '-')[1],
    `//m2m.example.com/cse-b/${here}`,
  );
  assert.equal(inboxCandidates('//m2m.example.com/Sae', cae1, '-').length, 1);
});

test('an answer goes to an inbox of the originator and nowhere else', () => {
  for (const address of [`-/${name}/in`, `/cse-m/base/${name}/in`, `//m2m.example.com/cse-m/-/${name}/in`])
    assert.ok(isInboxOf(cae1, address), address);
  for (const address of [
    '',
    'in',
    '-/door/in',
    `-/${name}`,
    `-/${name}/out`,
    `-/${name}/in/in`,
    `-/${name}/in?rt=2`,
    `-/x${name}/in`,
    `-/${name}0/in`,
    `-/../${name}/in`,
    `-/a b/${name}/in`,
    // Where others write to us, and what another AE has.
    `-/${wellKnownName(cae1)}/in`,
    `-/${ownName(cae2, Buffer.alloc(8))}/in`,
  ])
    assert.ok(!isInboxOf(cae1, address), address);
});
