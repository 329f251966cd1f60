// An object by itself: what happens when it cannot be made. What one has to be like is in refusals.test.ts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeObject, openObject, readObject } from '../../../src/protection/esprim/object.ts';
import { codeOf } from './hand.ts';

const importKey = (uses: ('encrypt' | 'decrypt')[]) =>
  crypto.subtle.importKey('raw', new Uint8Array(32), 'AES-GCM', false, uses);
const header = {
  protection: 'encryption',
  encryption: 'A256GCM',
  kid: 'k',
  direction: null,
  ori: 'o',
  rri: 'r',
  oro: null,
  rro: null,
} as const;

test('ESPRIM_ENCRYPTION_ERROR: an object that cannot be made, whatever the reason', async () => {
  const primitive = Buffer.from('{}');
  assert.equal(
    await codeOf(makeObject(header, await importKey(['decrypt']), primitive, 0)),
    'ESPRIM_ENCRYPTION_ERROR',
  );
  const key = await importKey(['encrypt', 'decrypt']);
  assert.equal(
    await codeOf(makeObject({ ...header, encryption: 'A128GCM' }, key, primitive, 0)),
    'ESPRIM_ENCRYPTION_ERROR',
  );
  const object = await makeObject(header, key, primitive, 0);
  assert.deepEqual(Buffer.from(await openObject(readObject(object, 0), key)), primitive);
});

test('each object has an initialisation vector of its own', async () => {
  const key = await importKey(['encrypt']);
  const vectors = new Set<string>();
  for (let n = 0; n < 50; n++)
    vectors.add(readObject(await makeObject(header, key, Buffer.from('{}'), 0), 0).unique);
  assert.equal(vectors.size, 50);
});
