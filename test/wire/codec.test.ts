import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Codec,
  decode,
  encode,
  extensionBlock,
  findExtension,
  list,
  makeExtension,
  mapped,
  named,
  oneOf,
  opaque,
  Reader,
  struct,
  type Trace,
  trailing,
  uint8,
  uint16,
  uint24,
  variant,
  vector,
} from '../../src/wire/codec.ts';

const bytes = (hex: string): Uint8Array => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const hex = (encoded: Uint8Array): string => Buffer.from(encoded).toString('hex');

function refuses(codec: Codec<unknown>, encoded: string, message: string): void {
  assert.throws(() => decode(codec, bytes(encoded)), {
    name: 'E2EKeyError',
    code: 'MESSAGE_MALFORMED',
    message,
  });
}

test('numbers are big-endian (RFC 5246 §4.4)', () => {
  for (const [codec, value, encoded] of [
    [uint8, 0xfe, 'fe'],
    [uint16, 0x0102, '0102'],
    [uint24, 0x010203, '010203'],
    [uint24, 0xffffff, 'ffffff'],
  ] as const) {
    assert.equal(hex(encode(codec, value)), encoded);
    assert.equal(decode(codec, bytes(encoded)), value);
  }
});

test('a number that does not fit is our own mistake, never a shorter number (RFC 5246 §4.4)', () => {
  for (const value of [-1, 256, 1.5, Number.NaN, 2 ** 53])
    assert.throws(() => encode(uint8, value), RangeError);
  assert.throws(() => encode(uint16, 65_536), RangeError);
  assert.throws(() => encode(uint24, 2 ** 24), RangeError);
});

test('a number with a registry may be any, one with a list of legal values only those', () => {
  assert.equal(decode(named(2, { 1: 'one' }), bytes('ffff')), 0xffff);
  const codec = oneOf(1, [3, 4]);
  assert.equal(decode(codec, bytes('04')), 4);
  refuses(codec, '05', 'value: 5 at offset 0 is not one of 3, 4');
  assert.throws(() => encode(codec as Codec<number>, 5), RangeError);
});

test('opaque x[n] has exactly n bytes (RFC 5246 §4.3)', () => {
  assert.deepEqual(decode(opaque(2), bytes('0102')), bytes('0102'));
  refuses(opaque(2), '01', 'value: need 2 bytes at offset 0, 1 are left');
  refuses(opaque(2), '010203', 'value: 1 bytes left over at offset 2');
  for (const size of [0, 1, 3]) assert.throws(() => encode(opaque(2), new Uint8Array(size)), RangeError);
});

test('a vector holds from min to max bytes, both included (RFC 5246 §4.3)', () => {
  const codec = vector(1, 2, 4);
  for (const size of [2, 4]) {
    const encoded = encode(codec, new Uint8Array(size));
    assert.equal(encoded.length, size + 1);
    assert.equal(decode(codec, encoded).length, size);
  }
  for (const size of [1, 5]) {
    refuses(
      codec,
      `0${size}${'00'.repeat(size)}`,
      `value: a length of ${size} at offset 0 where 2 to 4 are allowed`,
    );
    assert.throws(() => encode(codec, new Uint8Array(size)), RangeError);
  }
});

test('a length is refused for its size before its bytes are looked for (RFC 5246 §4.3)', () => {
  refuses(vector(3, 0, 100), 'ffffff', 'value: a length of 16777215 at offset 0 where 0 to 100 are allowed');
  refuses(
    list(3, 0, 100, uint8),
    'ffffff',
    'value: a length of 16777215 at offset 0 where 0 to 100 are allowed',
  );
});

test('the limits of a list count bytes, not items (RFC 5246 §4.3)', () => {
  const codec = list(1, 2, 4, uint16);
  assert.deepEqual(decode(codec, bytes('04 0001 0002')), [1, 2]);
  refuses(codec, '00', 'value: a length of 0 at offset 0 where 2 to 4 are allowed');
  refuses(codec, '06 0001 0002 0003', 'value: a length of 6 at offset 0 where 2 to 4 are allowed');
  assert.throws(() => encode(codec, []), RangeError);
  assert.throws(() => encode(codec, [1, 2, 3]), RangeError);
});

test('a list is cut to its length before its items are read: an item cannot reach past it (RFC 5246 §4.3)', () => {
  const codec = struct('Outer', 'test', { items: list(1, 0, 255, vector(1, 0, 255)), after: opaque(4) });
  refuses(codec, '02 03aa bbccddee', 'Outer.items.0: need 3 bytes at offset 2, 1 are left');
  refuses(
    struct('Outer', 'test', { items: list(1, 0, 255, uint16) }),
    '03 0001 00',
    'Outer.items.1: need 2 bytes at offset 3, 1 are left',
  );
});

test('a list does not begin where its own bytes are not all there', () => {
  refuses(list(1, 0, 255, uint8), '03 0102', 'value: need 3 bytes at offset 1, 2 are left');
});

test('an error names the path to the field and counts its offset from the outermost structure', () => {
  const Inner = struct('Inner', 'test', { tag: uint8, data: vector(1, 0, 255) });
  const Outer = struct('Outer', 'test', { version: uint16, items: list(1, 0, 255, Inner) });
  refuses(Outer, '0303 06 01 01 aa 02 05 bb', 'Outer.items.1.data: need 5 bytes at offset 8, 1 are left');
  refuses(Outer, '0303 00 00', 'Outer: 1 bytes left over at offset 3');
  refuses(Outer, '03', 'Outer.version: need 2 bytes at offset 0, 1 are left');
});

test('the caller may name another row of the fault table for his own structures', () => {
  assert.throws(() => decode(uint16, bytes('00'), { fault: 'STORE_FAILED' }), { code: 'STORE_FAILED' });
});

test('an optional end is absent or whole; an empty one that was read stays there (RFC 5246 §7.4.1.2)', () => {
  const codec = struct('Hello', 'test', { version: uint8, extensions: trailing(list(2, 0, 255, uint8), []) });
  for (const encoded of ['03', '030000', '03000107'])
    assert.equal(hex(encode(codec, decode(codec, bytes(encoded)))), encoded);
  assert.deepEqual(decode(codec, bytes('03')), { version: 3, extensions: [] });
  refuses(codec, '0300', 'Hello.extensions: need 2 bytes at offset 1, 1 are left');
});

test('a mapped value has the bytes of the value it was made from', () => {
  const flag = mapped(
    oneOf(1, [0, 1]),
    value => value === 1,
    value => (value ? 1 : 0),
  );
  assert.equal(decode(flag, bytes('01')), true);
  assert.equal(hex(encode(flag, false)), '00');
  refuses(flag, '02', 'value: 2 at offset 0 is not one of 0, 1');
});

test('a variant is chosen by its tag, and an unknown tag refused', () => {
  const codec = variant({ 0: uint8, 7: uint16 });
  assert.deepEqual(decode(codec, bytes('07 0102')), { tag: 7, value: 0x0102 });
  assert.equal(hex(encode(codec, { tag: 0, value: 5 })), '0005');
  refuses(codec, '01 00', 'value: no structure has the tag 1 at offset 0');
  assert.throws(() => encode(codec as Codec<unknown>, { tag: 1, value: 5 }), RangeError);
});

const known = { type: 10, name: 'supported_groups', body: list(2, 2, 0xffff, uint16) };
const block = extensionBlock({ 10: 'supported_groups' }, [known]);

test('an extension that stands twice is refused, known or unknown (RFC 5246 §7.4.1.4)', () => {
  refuses(
    block,
    '0010 000a 0004 0002 0017 000a 0004 0002 0017',
    'value.1.type: extension 10 stands twice, again at offset 10',
  );
  refuses(block, '0008 1234 0000 1234 0000', 'value.1.type: extension 4660 stands twice, again at offset 6');
  const twice = [known, known].map(declaration => makeExtension(declaration, [23]));
  assert.throws(() => encode(block, twice), RangeError);
});

test('64 extensions are read, 65 refused: more than any stack sends', () => {
  const extensions = (count: number): string => {
    const all = Array.from({ length: count }, (_, at) => `${(0x4000 + at).toString(16)}0000`).join('');
    return (count * 4).toString(16).padStart(4, '0') + all;
  };
  assert.equal(decode(block, bytes(extensions(64))).length, 64);
  refuses(block, extensions(65), 'value.64.type: more than 64 extensions at offset 258');
  const tooMany = Array.from({ length: 65 }, (_, type) => ({ type, data: new Uint8Array() }));
  assert.throws(() => encode(block, tooMany), RangeError);
  assert.equal(decode(block, encode(block, tooMany.slice(11))).length, 54);
});

test('an unknown extension is kept as data (RFC 5246 §7.4.1.4)', () => {
  assert.deepEqual(decode(block, bytes('0006 1234 0002 abcd')), [{ type: 0x1234, data: bytes('abcd') }]);
});

test('the body of a known extension is checked where it stands (RFC 5246 §7.4.1.4)', () => {
  refuses(
    block,
    '0007 000a 0003 0001 17',
    'value.0.supported_groups: a length of 1 at offset 6 where 2 to 65535 are allowed',
  );
  refuses(block, '0009 000a 0005 0002 0017 ff', 'value.0.supported_groups: 1 bytes left over at offset 10');
  refuses(
    block,
    '0008 000a 0004 0004 0017',
    'value.0.supported_groups: need 4 bytes at offset 8, 2 are left',
  );
});

test('an extension does not reach past its block, nor the block past its end', () => {
  refuses(block, '0005 1234 0002 ab cd', 'value.0.data: need 2 bytes at offset 6, 1 are left');
  refuses(block, '0003 1234 00', 'value.0.data: need 2 bytes at offset 4, 1 are left');
  refuses(block, '0006 1234 0001 ab', 'value: need 6 bytes at offset 2, 5 are left');
});

test('the body of one extension is found by its declaration, and is undefined where it is absent', () => {
  const extensions = [{ type: 1, data: bytes('ff') }, makeExtension(known, [23, 24])];
  assert.deepEqual(findExtension(extensions, known), [23, 24]);
  assert.equal(findExtension(extensions.slice(0, 1), known), undefined);
});

test('a trace is told of every field, the outer ones around the inner ones', () => {
  const told: string[] = [];
  const trace: Trace = {
    open: (name, offset) => told.push(`${name} from ${offset}`),
    close: (offset, value) => told.push(`to ${offset}: ${typeof value === 'number' ? value : '…'}`),
  };
  const codec = struct('It', 'test', { version: uint16, items: list(1, 0, 255, uint8) });
  decode(codec, bytes('0303 02 05 06'), { trace });
  assert.deepEqual(told, [
    'It from 0',
    'version from 0',
    'to 2: 771',
    'items from 2',
    '0 from 3',
    'to 4: 5',
    '1 from 4',
    'to 5: 6',
    'to 5: …',
    'to 5: …',
  ]);
});

test('what is peeked at is not used up, and must be there', () => {
  const reader = new Reader(bytes('0102'));
  assert.deepEqual(reader.peek(2), bytes('0102'));
  assert.equal(reader.left, 2);
  assert.throws(() => reader.peek(3), { code: 'MESSAGE_MALFORMED' });
});

test('an encoding inside an encoding is refused: both would write to the same place', () => {
  const nested = mapped(
    uint8,
    value => value,
    (value: number) => encode(uint8, value)[0] ?? 0,
  );
  assert.throws(() => encode(nested, 1), RangeError);
  assert.equal(hex(encode(uint8, 1)), '01');
});

test('an encoding owns its bytes: a later one does not change them', () => {
  const first = encode(uint16, 0x0102);
  encode(uint16, 0xffff);
  assert.equal(hex(first), '0102');
});

test('no byte of a secret stays in the encoder: not when done, not when broken off, not when it grew', async t => {
  const allocated: Buffer[] = [];
  const { alloc } = Buffer;
  t.mock.method(Buffer, 'alloc', (size: number) => {
    const buffer = alloc(size);
    allocated.push(buffer);
    return buffer;
  });
  // A module of its own, so that its first allocation is seen as well.
  const address: string = new URL('../../src/wire/codec.ts?observed', import.meta.url).href;
  const observed: typeof import('../../src/wire/codec.ts') = await import(address);
  const clean = () => allocated.length > 0 && allocated.every(buffer => buffer.every(byte => byte === 0));

  const secretBytes = new Uint8Array(48).fill(0xa5);
  observed.encode(observed.opaque(48), secretBytes);
  assert.ok(clean(), 'when done');
  const brokenOff = observed.struct('State', 'test', { secret: observed.opaque(48), number: observed.uint8 });
  assert.throws(() => observed.encode(brokenOff, { secret: secretBytes, number: 256 }), RangeError);
  assert.ok(clean(), 'when broken off');
  const grows = observed.struct('State', 'test', {
    secret: observed.opaque(48),
    more: observed.opaque(9000),
  });
  observed.encode(grows, { secret: secretBytes, more: new Uint8Array(9000).fill(0x5a) });
  assert.ok(allocated.length > 1, 'it grew');
  assert.ok(clean(), 'when it grew');
});
