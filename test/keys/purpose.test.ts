// What a symmetric key is for, by type and at run time.
import assert from 'node:assert/strict';
import { createSecretKey, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { deriveEndToEndKeys } from '../../src/keys/end-to-end.ts';
import { type KeyFor, type KeyPurpose, keyFor, purposeOf, requirePurpose } from '../../src/keys/purpose.ts';
import { hex, isWiped, range, secretsMadeIn } from './octets.ts';

const purposes: readonly KeyPurpose[] = [
  'ESPrim',
  'message authentication',
  'ESData MIC',
  'ESData encryption',
  'ESData key wrap',
  'data authenticity',
  'data confidentiality',
  'derivation',
];

test('a key made for one purpose is refused for every other', () => {
  for (const purpose of purposes)
    for (const other of purposes) {
      const key = keyFor(purpose, range(0, 32));
      if (other === purpose) assert.equal(requirePurpose(key, purpose), key);
      else
        assert.throws(() => requirePurpose(key, other), {
          code: 'KEY_PURPOSE_WRONG',
          message: `the key is for ${purpose}; here one for ${other} is needed`,
        });
    }
});

test('a key made for one purpose is not made into one for another', () => {
  const key = keyFor('ESPrim', range(0, 32));
  assert.equal(keyFor('ESPrim', key), key);
  for (const purpose of purposes.filter(each => each !== 'ESPrim'))
    assert.throws(() => keyFor(purpose, key), { code: 'KEY_PURPOSE_WRONG' });
});

test('a key without a purpose is refused', () => {
  const key = createSecretKey(range(0, 32));
  assert.equal(purposeOf(key), null);
  assert.throws(() => requirePurpose(key, 'ESPrim'), {
    code: 'KEY_PURPOSE_WRONG',
    message: /without a purpose/,
  });
});

test('the compiler refuses a key of another purpose, and one without', () => {
  const forMic = (key: KeyFor<'ESData MIC'>) => purposeOf(key);
  const keys = deriveEndToEndKeys(range(0, 32), new Uint8Array());
  forMic(keys.attributeAuthenticity);
  // @ts-expect-error: for another purpose
  forMic(keys.attributeConfidentiality);
  // @ts-expect-error: a master key protects nothing itself
  forMic(keys.master);
  // @ts-expect-error: without a purpose
  forMic(createSecretKey(range(0, 32)));
});

test('a key has at least 16 bytes, the shortest of the algorithms (TS-0003 8.5.3.2)', () => {
  for (const size of [1, 15])
    for (const material of [range(0, size), createSecretKey(range(0, size))])
      assert.throws(() => keyFor('ESPrim', material), {
        code: 'OPTION_INVALID',
        message: new RegExp(`${size} bytes`),
      });
  assert.equal(hex(keyFor('ESPrim', range(0, 16))), hex(range(0, 16)));
});

test('what is no secret key is refused', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  for (const material of [publicKey, privateKey, 'secret'.repeat(6), null] as unknown[])
    assert.throws(() => keyFor('ESPrim', material as Uint8Array), {
      code: 'OPTION_INVALID',
      message: /neither a Uint8Array nor a secret KeyObject/,
    });
});

test('bytes are copied and stay as they are; the copy of a key is wiped, also where it is refused', t => {
  const bytes = range(1, 32);
  const key = keyFor('ESPrim', bytes);
  bytes.fill(0);
  assert.equal(hex(key), hex(range(1, 32)));
  const made = secretsMadeIn(t, () => {
    keyFor('ESPrim', createSecretKey(range(1, 32)));
    assert.throws(() => keyFor('ESPrim', createSecretKey(range(1, 15))), { code: 'OPTION_INVALID' });
  });
  assert.equal(made.length, 2);
  assert.ok(made.every(isWiped));
});
