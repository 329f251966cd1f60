// What an end-point with the profile `onem2m` alone makes of each misbehaviour: the rows are tried with all that the lab
// has, so where less is spoken, the answer that they name for it is tried here.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Suite, suiteByName, suites } from '../../../src/crypto/suites.ts';
import { type Misbehaviour, roleOf } from '../../../src/testing/misbehaving/misbehaviour.ts';
import { misbehaviours } from '../../../src/testing/misbehaving/misbehaviours.ts';
import { presharedEnds } from '../../handshake/kinds.ts';
import { type End, initiatingEnd, terminatingEnd } from '../../handshake/lab.ts';
import { peerOf } from './ends.ts';
import { throughFunctions } from './functions.ts';

test('each misbehaviour is answered under the profile onem2m as its row says (TS-0003 10.1, 10.2)', () => {
  for (const misbehaviour of misbehaviours) {
    const { name, code, onem2m = code } = misbehaviour;
    if (onem2m === 'lacks') continue;
    const ending = throughFunctions(misbehaviour, onem2mEnd(misbehaviour), peerOf(misbehaviour));
    assert.equal(Buffer.isBuffer(ending) ? null : ending.code, onem2m, name);
  }
});

test('a row is left to the profile interop exactly where onem2m has not its suite or its group', () => {
  for (const misbehaviour of misbehaviours) {
    const { name, onem2m, options: { group = 'secp256r1' } = {} } = misbehaviour;
    const has = group === 'secp256r1' && suitesOf(misbehaviour).length > 0;
    assert.equal(onem2m === 'lacks', !has, name);
  }
});

/** With the groups and signature schemes of the profile. */
function onem2mEnd(misbehaviour: Misbehaviour): End {
  const { by, requestStatus = false } = misbehaviour;
  const ends = by === 'psk' ? presharedEnds : { initiating: {}, terminating: {} };
  const options = { suites: suitesOf(misbehaviour), requestStatus };
  return roleOf(misbehaviour) === 'terminating'
    ? initiatingEnd({ ...options, ...ends.initiating })
    : terminatingEnd({ ...options, ...ends.terminating });
}

function suitesOf({ options: { suites: names } = {} }: Misbehaviour): readonly Suite[] {
  const known = names?.flatMap(name => suiteByName(name) ?? []) ?? suites;
  return known.filter(({ profile }) => profile === 'onem2m');
}
