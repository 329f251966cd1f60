import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tracesOf } from '../../src/interop/traces.ts';

const secret = 'the window is open?>';

test('a text is found as it is, in hex and in base64 wherever it begins', () => {
  const bytes = Buffer.from(secret);
  for (const [form, carried] of [
    ['as it is', `{"con":"${secret}"}`],
    ['hex', `x${bytes.toString('hex')}x`],
    ['hex', `x${bytes.toString('hex').toUpperCase()}x`],
    ...['', 'a', 'ab'].flatMap(before =>
      (['base64', 'base64url'] as const).map(
        form => [form, Buffer.from(`${before}${secret} and more`).toString(form)] as const,
      ),
    ),
  ] as const)
    assert.ok(tracesOf(secret, [Buffer.from('before'), Buffer.from(carried)]).includes(form), carried);
});

test('a text that is not there leaves no trace', () => {
  assert.deepEqual(tracesOf(secret, []), []);
  assert.deepEqual(tracesOf(secret, [Buffer.from(secret.slice(1)), Buffer.alloc(1000)]), []);
});
