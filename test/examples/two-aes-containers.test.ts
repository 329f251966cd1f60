import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runExample } from './run.ts';

test('examples/two-aes-containers.ts: one key through containers, and nothing is left in the CSE', async t => {
  const lines = await runExample(t, 'two-aes-containers').rest();
  assert.equal(lines.length, 5, lines.join('\n'));
  assert.match(lines[0] ?? '', /^\/\/m2m\.example\.com\/cse-a\/Cae2 has the inbox \S+$/);
  assert.match(lines[1] ?? '', /^\/\/m2m\.example\.com\/cse-a\/Cae1 has the key [0-9A-F]{32}$/);
  assert.equal(lines[2], '//m2m.example.com/cse-a/Cae2 has the same one');
  assert.match(lines[3] ?? '', /^the CSE keeps [1-9]\d* resources for the two$/);
  assert.equal(lines[4], 'and after both have gone, 0');
});
