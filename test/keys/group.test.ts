// Ksx, the key of one member of a group (TS-0003 Annex B.1 and the contribution behind it).
import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { test } from 'node:test';
import { deriveGroupKey } from '../../src/keys/group.ts';
import { keyFor, purposeOf } from '../../src/keys/purpose.ts';
import { hex, isWiped, range, secretsMadeIn } from './octets.ts';

const kpsa = range(0, 32);
const rand = range(0, 16);
const id = '//m2m.example.com/CSE1/Cae01';

test('Ksx = HMAC-SHA-256(Kpsaxi, label ‖ Enrolee-Ax-ID ‖ Rand)', () => {
  const key = deriveGroupKey(kpsa, id, rand);
  assert.equal(hex(key), '027451c559e3565bea523ac59ea101b433926ecec3f64ef1cff8bdc2570cb967');
  assert.equal(purposeOf(key), 'derivation');
  assert.equal(hex(deriveGroupKey(createSecretKey(kpsa), id, rand)), hex(key));
});

test('Rand has 16 bytes: with another length an identifier could end in it', () => {
  for (const size of [0, 15, 17])
    assert.throws(() => deriveGroupKey(kpsa, id, range(0, size)), {
      code: 'OPTION_INVALID',
      message: /^Rand has/,
    });
});

test('the identifier of the member is one: not empty, well-formed, in Normalization Form KC', () => {
  assert.throws(() => deriveGroupKey(kpsa, '', rand), { code: 'OPTION_INVALID', message: /Enrolee-Ax-ID/ });
  assert.throws(() => deriveGroupKey(kpsa, '\ud800', rand), {
    code: 'OPTION_INVALID',
    message: /Enrolee-Ax-ID/,
  });
  assert.equal(hex(deriveGroupKey(kpsa, '①', rand)), hex(deriveGroupKey(kpsa, '1', rand)));
});

test('a key that protects something makes no group key', () => {
  assert.throws(() => deriveGroupKey(keyFor('ESData MIC', kpsa), id, rand), { code: 'KEY_PURPOSE_WRONG' });
});

test('what is secret on the way is wiped', t => {
  const made = secretsMadeIn(t, () => {
    deriveGroupKey(kpsa, id, rand);
  });
  assert.equal(made.length, 1);
  assert.ok(made.every(isWiped));
});
