// That the search sees: were it blind, nothing would ever be found in a recording.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Recording } from './recording.ts';

const secret = Buffer.from('J0Q4m~nobody+reads/what_is_here~');

function recordingOf(body: Buffer | string, start = 'POST /-'): Recording {
  const recording = new Recording();
  recording.lookFor('secret', secret);
  recording.record({ start, headers: { 'X-M2M-RI': 'r1' }, body: Buffer.from(body) });
  return recording;
}

test('a secret is found as it is, in hex, and in both base64s wherever it begins', () => {
  for (const before of ['', '1', '12', '123'])
    for (const encoding of ['latin1', 'hex', 'base64', 'base64url'] as const) {
      const text = Buffer.from(`${before}${secret}!`).toString(encoding);
      for (const shown of encoding === 'hex' ? [text, text.toUpperCase()] : [text])
        assert.equal(recordingOf(`{"con":"${shown}"}`).search().length > 0, true, `${encoding} ${before}`);
    }
});

test('31 bytes of it in a row are enough', () => {
  for (const from of [0, 1]) {
    assert.equal(recordingOf(secret.subarray(from, from + 31)).search().length, 1);
    const hex = secret.toString('hex');
    for (let at = 0; at + 31 <= hex.length; at++)
      assert.equal(recordingOf(hex.slice(at, at + 31)).search().length, 1, hex.slice(at, at + 31));
  }
});

test('request lines and headers are searched as bodies are', () => {
  assert.equal(recordingOf('', `POST /${secret}`).search().length > 0, true);
  const recording = new Recording();
  recording.lookFor('secret', secret);
  recording.record({ start: '200', headers: { 'X-M2M-RI': `${secret}` }, body: Buffer.alloc(0) });
  assert.deepEqual(recording.search()[0], { secret: 'secret', form: 'raw' });
});

test('what is not there is not found, and what was searched is counted and forgotten', () => {
  const recording = recordingOf(Buffer.from(secret.map(byte => byte ^ 1)));
  assert.deepEqual(recording.search(), []);
  assert.deepEqual(recording.search(), []);
  assert.equal(recording.size.messages, 1);
  assert.ok(recording.size.bytes > secret.length);
});

test('ESPrim Objects are found in messages and in instances that hold messages, each once', () => {
  const inner = JSON.stringify({ pc: { 'm2m:seci': { sit: 5, epo: 'in.a_b-c..x.y' } } });
  const recording = recordingOf('{"m2m:seci":{"sit":5,"epo":"by.a..x.y"}}');
  for (let times = 0; times < 2; times++)
    recording.record({
      start: '200',
      headers: {},
      body: Buffer.from(JSON.stringify({ 'm2m:cin': { con: inner } })),
    });
  assert.deepEqual(recording.objects, ['by.a..x.y', 'in.a_b-c..x.y']);
});

test('contents are found at any depth, without the messages of carriers', () => {
  const recording = recordingOf(
    JSON.stringify({ 'm2m:sgn': { nev: { rep: { 'm2m:cin': { cnf: 'text/plain:0:1', con: 'a.b' } } } } }),
  );
  recording.record({
    start: '200',
    headers: {},
    body: Buffer.from('{"m2m:cin":{"cnf":"application/vnd.onem2m-preq+json:0","con":"{}"}}'),
  });
  assert.deepEqual(recording.contents, [{ cnf: 'text/plain:0:1', con: 'a.b' }]);
});
