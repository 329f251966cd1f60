import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readJson, writeJson } from '../../../src/onem2m/serialisation/json.ts';
import { refused as refusedBy } from './refused.ts';

const parse = (json: string) => readJson(Buffer.from(json));
const refused = (bytes: Uint8Array, reason: RegExp) => refusedBy(() => readJson(bytes), reason);

test('JSON is read as JSON.parse reads it (TS-0004 8.4)', () => {
  for (const json of [
    '{"m2m:seci":{"sit":6.0,"eckm":"FgMB"}}',
    '{"a":[{"b":1},{"b":2}],"c":{"a":"{\\"a\\":1,\\"a\\":2}"}}',
    '[{"a":{"a":{"a":"a"}}}, "a", "a"]',
    ' { "a\\\\" : "\\"" , "a" : "]}" } ',
    '"text"',
    '-1.5e300',
    '[-0,0.1,12]',
  ])
    assert.deepEqual(parse(json), JSON.parse(json));
});

test('what is no JSON is refused (TS-0004 8.4)', () => {
  for (const json of ['', '{', '{"a":1,}', "{'a':1}", '{"a":NaN}', '{} {}', '<m2m:rqp/>', '\u0000'])
    refused(Buffer.from(json), /not JSON/);
});

test('what is not UTF-8 is refused (RFC 8259 §8.1)', () => {
  refused(Buffer.from('{"a":"é"}', 'latin1'), /UTF-8/);
  refused(Buffer.from('{"a":1}', 'utf16le'), /JSON/);
});

test('a name that occurs twice in one object is refused, however it is written (TS-0004 8.4.2)', () => {
  for (const json of [
    '{"a":1,"a":2}',
    '{"a":1,"\\u0061":2}',
    '{"m2m:seci":{"sit":6,"eckm":"FgMB","eckm":"FgMC"}}',
    '{"a":{},"b":[],"a" : 2}',
    '[[{"a":[{}],"a":{}}]]',
    '{"__proto__":1,"__proto__":2}',
  ])
    refused(Buffer.from(json), /twice/);
});

test('32 levels are read, 33 refused, and 96 KiB of brackets do no harm', () => {
  assert.doesNotThrow(() => parse('['.repeat(32) + ']'.repeat(32)));
  refused(Buffer.from('['.repeat(33) + ']'.repeat(33)), /deeper than 32/);
  refused(Buffer.from('['.repeat(49_152) + ']'.repeat(49_152)), /deeper than 32/);
  refused(Buffer.from('{"a":'.repeat(16_000)), /not JSON/);
});

test('96 KiB of one string, or of backslashes, are read', () => {
  assert.equal(parse(`"${'A'.repeat(98_000)}"`), 'A'.repeat(98_000));
  assert.equal(parse(`"${'\\\\'.repeat(49_000)}"`), '\\'.repeat(49_000));
});

test('a number that no double holds is refused: the next reader would get null (RFC 8259 §6)', () => {
  for (const json of ['1e999', '{"a":[-1e400]}', `[1,${'9'.repeat(400)}]`])
    refused(Buffer.from(json), /beyond the range/);
  assert.deepEqual(parse('{"1e999":"1e999"}'), { '1e999': '1e999' });
});

test('what is written is read as it was', () => {
  const content = { 'm2m:seci': { sit: 6, eckm: 'FgMB' }, 'm2m:dbg': 'é' };
  assert.deepEqual(readJson(writeJson(content)), content);
});
