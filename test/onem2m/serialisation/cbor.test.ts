import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCbor, writeCbor } from '../../../src/onem2m/serialisation/cbor.ts';
import { refused as refusedBy } from './refused.ts';

const read = (hex: string) => readCbor(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const refused = (hex: string, reason: RegExp) => refusedBy(() => read(hex), reason, hex);

test('a content is the CBOR of its JSON, text as major type 3, whole numbers as 0 and 1 (TS-0004 8.5.1)', () => {
  const content = { 'm2m:seci': { sit: 6, eckm: 'FgMB' } };
  // {"m2m:seci": {"sit": 6, "eckm": "FgMB"}}, written by hand.
  const hex = 'a1 68 6d326d3a73656369 a2 63 736974 06 64 65636b6d 64 46674d42';
  assert.deepEqual(read(hex), content);
  assert.equal(writeCbor(content).toString('hex'), hex.replaceAll(' ', ''));
  const cnt = { 'm2m:cnt': { rn: 'in', mni: 500, mbs: 100000, lbl: [], exc: -1, disr: true, or: null } };
  const written =
    'a1 67 6d326d3a636e74 a7 62 726e 62 696e 63 6d6e69 1901f4 63 6d6273 1a000186a0 63 6c626c 80 63 657863 20 64 64697372 f5 62 6f72 f6';
  assert.deepEqual(read(written), cnt);
  assert.equal(writeCbor(cnt).toString('hex'), written.replaceAll(' ', ''));
});

test('floating-point numbers are written with 64 bits, never with 16; zero has no sign (TS-0004 8.5.1)', () => {
  assert.equal(writeCbor([1.5]).toString('hex'), '81fb3ff8000000000000');
  assert.equal(writeCbor([-0]).toString('hex'), '8100');
});

test('a floating-point number that is whole is that number, of whatever size (RFC 7049 §2.3)', () => {
  for (const six of [
    '06',
    '1806',
    '190006',
    '1a00000006',
    '1b0000000000000006',
    'f94600',
    'fa40c00000',
    'fb4018000000000000',
  ])
    assert.deepEqual(read(`a1 63 736974 ${six}`), { sit: 6 }, six);
});

test('indefinite lengths are read (RFC 7049 §2.2)', () => {
  assert.deepEqual(read('bf 63 736974 06 64 65636b6d 7f 62 4667 62 4d42 ff ff'), { sit: 6, eckm: 'FgMB' });
  assert.deepEqual(read('9f 01 9f ff ff'), [1, []]);
});

test('a byte string is no text, and neither is a tag, undefined or a simple value of JSON (TS-0004 8.5.1)', () => {
  for (const hex of [
    '44 46674d42',
    'a1 64 65636b6d 44 46674d42',
    'a1 64 65636b6d 5f 42 4667 42 4d42 ff',
    'c0 61 61',
    'a1 61 61 d818 41 00',
    '81 c2 41 01',
    '81 d9 d9f7 01',
    'f7',
    '81 f0',
    '81 f8 ff',
  ])
    refused(hex, /byte string, a tag or a value that JSON does not have/);
});

test('a name is text (TS-0004 8.5.1)', () => {
  for (const hex of ['a1 01 02', 'a1 44 46674d42 01', 'a1 f6 01', 'a1 80 01', 'a1 a0 01'])
    refused(hex, /a name that is not text/);
});

test('a name that occurs twice is refused, however it is encoded (TS-0004 8.4.2)', () => {
  for (const hex of [
    'a2 61 61 01 61 61 02',
    'a2 61 61 01 78 01 61 02',
    'a2 61 61 01 7f 61 61 ff 02',
    '81 a2 60 01 60 01',
  ])
    refused(hex, /twice/);
  assert.deepEqual(Object.keys(read('a2 69 5f5f70726f746f5f5f 01 61 61 02') as object), ['__proto__', 'a']);
  refused('a2 69 5f5f70726f746f5f5f 01 69 5f5f70726f746f5f5f 02', /twice/);
});

test('NaN and Infinity are refused: JSON has neither', () => {
  for (const hex of ['f97e00', '81 f97c00', 'fa ff800000', 'a1 61 61 fb 7ff8000000000000'])
    refused(hex, /a value that JSON does not have/);
});

test('a whole number beyond 2^53 - 1 is refused: not every reader would have the same (RFC 7049 §4.2)', () => {
  assert.equal(read('1b 001fffffffffffff'), Number.MAX_SAFE_INTEGER);
  for (const hex of ['1b 0020000000000000', '3b 0020000000000000', '81 1b ffffffffffffffff'])
    refused(hex, /2\^53/);
});

test('what is not one whole item is refused: cut off, with bytes behind it, reserved, not UTF-8', () => {
  for (const hex of [
    '',
    'a1',
    '63 61',
    '00 00',
    'a0 ff',
    'ff',
    '1c',
    'a1 61 61',
    'bf 61 61 ff',
    '9f 01',
    '62 c328',
    '7f 61 61',
    '7f 41 61 ff',
    '5f 61 61 ff',
    'df',
    'f8 00',
  ])
    refused(hex, /not CBOR|ends early|behind the CBOR|that JSON does not have/);
});

test('32 levels are read, 33 refused, of maps as of arrays, and 96 KiB of either do no harm', () => {
  for (const open of ['81', '9f', 'a1 61 61', 'bf 61 61']) {
    const close = open === '9f' || open.startsWith('bf') ? 'ff' : '';
    const nested = (levels: number) => `${open.repeat(levels)} 00 ${close.repeat(levels)}`;
    assert.doesNotThrow(() => read(nested(32)), open);
    refused(nested(33), /deeper than 32/);
    refused(open.repeat(32_768), /deeper than 32/);
  }
});

test('a length that the bytes do not have takes no memory', () => {
  for (const hex of [
    '9b 00ffffffffffffff',
    'bb ffffffffffffffff',
    '7b 7fffffffffffffff',
    '9a ffffffff 00',
    '5a ffffffff',
  ])
    refused(hex, /not CBOR|ends early|behind the CBOR|that JSON does not have/);
});

test('what JSON does not have is not written', () => {
  assert.throws(() => writeCbor({ a: undefined }), { code: 'OPTION_INVALID' });
  assert.throws(() => writeCbor({ a: () => 1 }), { code: 'OPTION_INVALID' });
});

test('8192 items are read, one more is not', () => {
  assert.doesNotThrow(() => read(`99 1fff ${'00'.repeat(8191)}`));
  assert.doesNotThrow(() => read(`9f ${'00'.repeat(8190)} ff`));
  for (const hex of [
    `99 2000 ${'00'.repeat(8192)}`,
    `9f ${'00'.repeat(8191)} ff`,
    `7f ${'60'.repeat(8191)} ff`,
  ])
    refused(hex, /more than 8192 items/);
});
