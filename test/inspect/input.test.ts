import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readBeginning } from '../../src/inspect/input.ts';
import { fileOf } from './material.ts';

test('of a file so many bytes are read as are asked for, and no more', async () => {
  const path = fileURLToPath(new URL('../../certs/root.pem', import.meta.url));
  const whole = Buffer.from(fileOf('certs/root.pem'));
  assert.deepEqual(Buffer.from(await readBeginning(path, 10)), whole.subarray(0, 10));
  assert.deepEqual(Buffer.from(await readBeginning(path, 100_000)), whole);
});
