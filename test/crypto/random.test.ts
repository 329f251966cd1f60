import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemRandom } from '../../src/crypto/random.ts';

test('no bytes are handed out twice, across the end of the pool as well', () => {
  const seen = new Set<string>();
  for (let i = 0; i < 1000; i++) {
    const bytes = systemRandom(1 + (i % 48) + 16);
    assert.equal(bytes.length, 1 + (i % 48) + 16);
    seen.add(Buffer.from(bytes.subarray(0, 16)).toString('hex'));
  }
  assert.equal(seen.size, 1000);
});

test('what was handed out is the caller’s: changing it changes nothing else', () => {
  const first = systemRandom(32);
  first.fill(0xff);
  assert.notDeepEqual(systemRandom(32), new Uint8Array(32).fill(0xff));
});

test('more bytes than the pool has are drawn at once', () => {
  const bytes = systemRandom(5000);
  assert.equal(bytes.length, 5000);
  assert.ok(new Set(bytes).size > 200);
});
