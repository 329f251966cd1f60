import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createOutput } from '../../src/cli/output.ts';

test('a result is text on standard output, or with --json one line of JSON', () => {
  assert.deepEqual(written(false), { stdout: 'two\nlines\n', stderr: 'a note\n' });
  assert.deepEqual(written(true), { stdout: '{"a":"\\u001b"}\n', stderr: 'a note\n' });
});

test('control, format and line-separating characters never reach the terminal', () => {
  const streams = capture();
  const output = createOutput(streams, false);
  output.result({}, 'a\u001b[31mb\u202ec\u009bd\u2028e\r\tf é');
  output.note('\u0007');
  assert.equal(streams.text.stdout, 'a\\u{1b}[31mb\\u{202e}c\\u{9b}d\\u{2028}e\\u{d}\\u{9}f é\n');
  assert.equal(streams.text.stderr, '\\u{7}\n');
});

function written(json: boolean) {
  const streams = capture();
  const output = createOutput(streams, json);
  output.result({ a: '\u001b' }, 'two\nlines');
  output.note('a note');
  return streams.text;
}

function capture() {
  const text = { stdout: '', stderr: '' };
  return {
    text,
    stdout: { write: (more: string) => (text.stdout += more) },
    stderr: { write: (more: string) => (text.stderr += more) },
  };
}

test('a result that is bytes is written as it is', () => {
  const chunks: (string | Uint8Array)[] = [];
  const stream = { write: (chunk: string | Uint8Array) => void chunks.push(chunk) };
  const bytes = Buffer.from([0x1b, 0x5b, 0x32, 0x4a, 0, 0xff]);
  createOutput({ stdout: stream, stderr: stream }, false).bytes(bytes);
  assert.deepEqual(chunks, [bytes]);
});
