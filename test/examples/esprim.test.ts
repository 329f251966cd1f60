// examples/esprim-cse.ts and examples/esprim-ae.ts against each other.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runExample } from './run.ts';

test('the AE makes a key with the CSE, and has an answer to its protected primitive', async t => {
  const cse = runExample(t, 'esprim-cse', '0');
  const url = (await cse.line()).match(/^\/\/m2m\.example\.com\/cse-b listens on (http:\S+)$/)?.[1] ?? '';
  assert.notEqual(url, '');
  const [key, answer, ...others] = await runExample(t, 'esprim-ae', url).rest();
  assert.match(key ?? '', /^key [0-9A-F]{32} with \/\/m2m\.example\.com\/cse-b$/);
  assert.deepEqual([answer, others], ['2000 {"m2m:cin":{"con":"21.5"}}', []]);
  assert.equal(await cse.line(), '//m2m.example.com/cse-a/Cae1: retrieve /cse-b/-/temperature/la');
  cse.process.kill('SIGTERM');
  assert.deepEqual(await cse.rest(), []);
});
