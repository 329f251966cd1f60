// examples/terminating-cse.ts and examples/initiating-ae.ts against each other.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runExample } from './run.ts';

const headers = { 'X-M2M-Origin': 'C', 'X-M2M-RI': 'r1', 'X-M2M-RVI': '3' };

test('the AE finds that the CSE makes E2EKeys, and both print the same key ID', async t => {
  const cse = runExample(t, 'terminating-cse', '0');
  const url = (await cse.line()).match(/^\/\/m2m\.example\.com\/cse-b listens on (http:\S+)$/)?.[1] ?? '';
  assert.notEqual(url, '');
  const [announced, made] = await runExample(t, 'initiating-ae', url).rest();
  assert.equal(announced, '//m2m.example.com/cse-b announces 43, 44, 45');
  const key = made?.match(/^key ([0-9A-F]{32}) with \/\/m2m\.example\.com\/cse-b, until /)?.[1];
  assert.equal(await cse.line(), `key ${key} with //m2m.example.com/cse-a/Cae1`);

  const registration = await fetch(`${url}/~/cse-b`, {
    method: 'POST',
    headers: { ...headers, 'Content-Type': 'application/json;ty=2' },
    body: '{"m2m:ae":{"api":"N1","rr":false}}',
  });
  assert.equal(registration.headers.get('X-M2M-RSC'), '2001');
  assert.deepEqual(await registration.json(), { 'm2m:ae': { ty: 2, aei: 'C1' } });
  const notified = await fetch(`${url}/~/cse-b/C1`, {
    method: 'POST',
    headers: { ...headers, 'Content-Type': 'application/json' },
    body: '{"m2m:sgn":{}}',
  });
  assert.equal(notified.headers.get('X-M2M-RSC'), '2000');

  cse.process.kill('SIGTERM');
  assert.deepEqual(await cse.rest(), []);
});
