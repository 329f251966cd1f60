import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DerReader, readDer, tag } from '../../src/certificates/der.ts';
import { E2EKeyError } from '../../src/errors.ts';
import { der, objectIdentifier, octetString, sequence } from '../../src/testing/certificate-maker.ts';

const bytes = (hex: string): Uint8Array => Buffer.from(hex.replaceAll(' ', ''), 'hex');

/** Refused with this in the message, whatever reads it. */
function refuses(encoding: Uint8Array, read: (reader: DerReader) => unknown, message: RegExp): void {
  assert.throws(
    () => readDer(encoding, 'it', read),
    (error: unknown) =>
      error instanceof E2EKeyError && error.code === 'CERTIFICATE_MALFORMED' && message.test(error.message),
  );
}

test('a length is in its shortest form (X.690 10.1)', () => {
  const any = (reader: DerReader) => reader.any('x');
  refuses(bytes('04 8101 00'), any, /shortest form/);
  refuses(bytes('04 81 7f'.concat('00'.repeat(0x7f))), any, /shortest form/);
  refuses(bytes('04 820080'.concat('00'.repeat(0x80))), any, /shortest form/);
  refuses(bytes('04 8300ffff'.concat('00'.repeat(0xffff))), any, /shortest form/);
  for (const length of [0, 1, 127, 128, 255, 256, 65535, 65536])
    assert.equal(readDer(octetString(Buffer.alloc(length)), '', any).content.length, length);
});

test('an indefinite or reserved length is refused (X.690 10.1)', () => {
  const any = (reader: DerReader) => reader.any('x');
  refuses(bytes('30 80 0000'), any, /indefinite/);
  refuses(bytes('04 84 00000001 00'), any, /oversized/);
  refuses(bytes('04 ff 00'), any, /oversized/);
});

test('a tag number above 30 is refused (X.690 8.1.2.4)', () => {
  refuses(bytes('1f 01 00'), reader => reader.any('x'), /tag number/);
  refuses(bytes('bf 8101 00'), reader => reader.any('x'), /tag number/);
});

test('contents that end early, and octets after the contents, are refused', () => {
  refuses(bytes('04 02 00'), reader => reader.any('x'), /2 octets needed where 1 are left/);
  refuses(bytes('04'), reader => reader.any('x'), /needed/);
  refuses(bytes(''), reader => reader.octetString('x'), /nothing instead of octetString/);
  refuses(bytes('04 82 01'), reader => reader.any('x'), /needed/);
  refuses(bytes('0400 00'), reader => reader.any('x'), /^it: 1 octets too many, at offset 2;/);
  refuses(
    bytes('30 04 0400 0400'),
    reader => reader.sequence('s', fields => fields.any('x')),
    /^it\.s: 2 octets too many/,
  );
});

test('an element cannot reach beyond the one that holds it', () => {
  refuses(
    bytes('30 02 0402 0000'),
    reader => reader.sequence('s', fields => fields.octetString('x')),
    /2 octets needed/,
  );
});

test('another tag than the expected one is named with its path and offset', () => {
  const read = (reader: DerReader) =>
    reader.listOf(tag.sequence, 'extensions', { least: 1, most: 3 }, (items, index) =>
      items.sequence(index, fields => fields.objectIdentifier('extnID')),
    );
  refuses(
    bytes('30 0a 3003060155 3003020101'),
    read,
    /^it\.extensions\.1\.extnID: integer instead of objectIdentifier, at offset 9;/,
  );
});

test('nesting is bounded', () => {
  const nest = (levels: number): Uint8Array => (levels === 0 ? octetString() : sequence(nest(levels - 1)));
  const read = (reader: DerReader): unknown =>
    reader.next === tag.sequence ? reader.sequence('s', read) : reader.octetString('x');
  assert.doesNotThrow(() => readDer(nest(16), '', read));
  refuses(nest(17), read, /nested deeper than 16/);
  refuses(nest(2000), read, /nested deeper than 16/);
});

test('lists are bounded', () => {
  const read = (reader: DerReader) =>
    reader.listOf(tag.sequence, 'list', { least: 1, most: 2 }, (items, index) => items.any(index));
  assert.equal(readDer(sequence(octetString(), octetString()), '', read).length, 2);
  refuses(sequence(octetString(), octetString(), octetString()), read, /more than 2 items/);
  refuses(sequence(), read, /an empty list/);
});

test('BOOLEAN DEFAULT FALSE: TRUE is one octet of ones and FALSE is absent (X.690 11.1, 11.5)', () => {
  const read = (reader: DerReader) => reader.booleanDefaultFalse('critical');
  assert.equal(readDer(bytes('0101ff'), '', read), true);
  assert.equal(readDer(bytes(''), '', read), false);
  for (const wrong of ['010100', '010101', '0100', '0102ffff', '01017f'])
    refuses(bytes(wrong), read, /BOOLEAN/);
});

test('INTEGER has the fewest possible octets (X.690 8.3.2)', () => {
  const read = (reader: DerReader) => reader.integer('n').toString('hex');
  for (const right of ['00', '7f', '0080', '80', 'ff7f', 'ff'])
    assert.equal(readDer(der(0x02, bytes(right)), '', read), right);
  for (const wrong of ['', '0000', '007f', 'ff80', 'ffff']) refuses(der(0x02, bytes(wrong)), read, /INTEGER/);
});

test('a small INTEGER is neither negative nor above 2^31-1', () => {
  const read = (reader: DerReader) => reader.smallInteger('n');
  assert.equal(readDer(bytes('02047fffffff'), '', read), 2147483647);
  for (const wrong of ['0201ff', '02050080000000', '0209010000000000000000'])
    refuses(bytes(wrong), read, /2147483647/);
});

test('BIT STRING: up to seven unused bits, and they are zero (X.690 8.6.2, 11.2.1)', () => {
  const read = (reader: DerReader) => reader.bitString('b');
  assert.deepEqual(readDer(bytes('0302 07 80'), '', read), { unusedBits: 7, bytes: Buffer.of(0x80) });
  assert.deepEqual(readDer(bytes('0301 00'), '', read), { unusedBits: 0, bytes: Buffer.alloc(0) });
  for (const wrong of ['0302 08 00', '0301 01', '0300', '0302 01 01', '0302 07 c0'])
    refuses(bytes(wrong), read, /BIT STRING/);
  refuses(bytes('0302 01 80'), reader => reader.octetBitString('b'), /inside an octet/);
});

test('BIT STRING of named bits has no trailing zero bits (X.690 11.2.2)', () => {
  const read = (reader: DerReader) => [...reader.namedBits('usage')];
  assert.deepEqual(readDer(bytes('0302 07 80'), '', read), [0]);
  assert.deepEqual(readDer(bytes('0302 01 06'), '', read), [5, 6]);
  assert.deepEqual(readDer(bytes('0303 07 0080'), '', read), [8]);
  assert.deepEqual(readDer(bytes('0301 00'), '', read), []);
  for (const wrong of ['0302 00 80', '0302 06 80', '0303 00 8000', '0302 07 00'])
    refuses(bytes(wrong), read, /zero bits/);
});

test('OBJECT IDENTIFIER arcs have no superfluous octets, end, and are bounded (X.690 8.19)', () => {
  const read = (reader: DerReader) => reader.objectIdentifier('id');
  for (const dotted of [
    '0.2.481.1',
    '1.3.6.1.5.5.7.3.1',
    '2.5.29.17',
    '2.100.3',
    '1.2.840.113549.1.1.11',
    '2.999.1',
  ])
    assert.equal(readDer(objectIdentifier(dotted), '', read), dotted);
  // The UUID ffffffff-ffff-ffff-ffff-ffffffffffff: more than a double holds exactly.
  const uuid = der(0x06, bytes(`69 83 ${'ff'.repeat(17)} 7f`));
  assert.equal(readDer(uuid, '', read), `2.25.${2n ** 128n - 1n}`);
  for (const wrong of ['', '8055', '55801d', '5581', `2a${'81'.repeat(63)}00`])
    refuses(der(0x06, bytes(wrong)), read, /OBJECT IDENTIFIER/);
});

test('SET OF is in the order of its encodings (X.690 11.6)', () => {
  const read = (reader: DerReader) =>
    reader.setOf('set', 4, (items, index) => items.octetString(index).toString('hex'));
  assert.deepEqual(readDer(bytes('31 06 040101 040102'), '', read), ['01', '02']);
  assert.deepEqual(readDer(bytes('31 07 040102 04020101'), '', read), ['02', '0101']);
  refuses(bytes('31 06 040102 040101'), read, /a SET OF out of order/);
  refuses(bytes('31 07 04020101 040102'), read, /a SET OF out of order/);
});

test('RELATIVE-OID: the arcs as they are, under the same rules (X.690 8.20)', () => {
  const read = (reader: DerReader) => reader.relativeObjectIdentifier('arcs');
  for (const [hex, dotted] of [
    ['00', '0'],
    ['7f', '127'],
    ['8100', '128'],
    ['c27b0e02', '8571.14.2'],
    // 40 is one arc here, and two in an OBJECT IDENTIFIER.
    ['28', '40'],
    [`83${'ff'.repeat(17)}7f`, `${2n ** 128n - 1n}`],
  ] as const)
    assert.equal(readDer(der(0x0d, bytes(hex)), '', read), dotted);
  for (const wrong of ['', '80', '8055', '5580', '81', '5581', '01'.repeat(65)])
    refuses(der(0x0d, bytes(wrong)), read, /^it\.arcs: an OBJECT IDENTIFIER/);
  refuses(objectIdentifier('1.2.3'), read, /objectIdentifier instead of relativeObjectIdentifier/);
});

test('times have the form of RFC 5280 4.1.2.5 and exist', () => {
  const read = (reader: DerReader) => reader.time('notAfter').toISOString();
  assert.equal(readDer(utc('240229000000Z'), '', read), '2024-02-29T00:00:00.000Z');
  for (const wrong of [
    '2401010000Z',
    '240101000000',
    '240101000000+0000',
    '240101000000.0Z',
    '24010100000aZ',
    '240101000000Z0',
    '0240101000000Z',
    '',
  ])
    refuses(utc(wrong), read, /a time in another form/);
  for (const wrong of [
    '205001010000Z',
    '20500101000000',
    '20500101000000.5Z',
    '20500101000000+0100',
    '20500101000000Z0',
    '020500101000000Z',
  ])
    refuses(general(wrong), read, /a time in another form/);
  for (const wrong of ['230229000000Z', '241301000000Z', '240001000000Z', '240100000000Z', '240431000000Z'])
    refuses(utc(wrong), read, /does not exist/);
  for (const wrong of ['240101240000Z', '240101006000Z', '240101000060Z', '991231240000Z'])
    refuses(utc(wrong), read, /does not exist/);
  refuses(general('21000229000000Z'), read, /does not exist/);
  refuses(octetString(), read, /instead of utcTime/);
});

test('UTCTime has the years 1950 to 2049, GeneralizedTime any, before 2050 too (RFC 5280 4.1.2.5)', () => {
  const read = (reader: DerReader) => reader.time('notAfter').toISOString();
  assert.equal(readDer(utc('491231235959Z'), '', read), '2049-12-31T23:59:59.000Z');
  assert.equal(readDer(utc('500101000000Z'), '', read), '1950-01-01T00:00:00.000Z');
  for (const year of ['0000', '0049', '0099', '1950', '2027', '2049', '2050', '9999'])
    assert.equal(readDer(general(`${year}1231235959Z`), '', read), `${year}-12-31T23:59:59.000Z`);
  assert.equal(readDer(general('00000229000000Z'), '', read), '0000-02-29T00:00:00.000Z');
});

test('a refusal has the field, the offset, what is accepted, and the clause', () => {
  assert.throws(
    () =>
      readDer(bytes('3003 010100'), 'it', reader => reader.sequence('s', f => f.booleanDefaultFalse('b'))),
    (error: unknown) => {
      assert.ok(error instanceof E2EKeyError);
      assert.equal(
        error.message,
        'it.s.b: a BOOLEAN that is not encoded as TRUE, at offset 2; accepted: TRUE as FF, and FALSE left out (X.690 11.1, 11.5)',
      );
      assert.deepEqual(error.finding, {
        code: 'CERTIFICATE_MALFORMED',
        position: null,
        subject: null,
        field: 'it.s.b',
        problem: 'a BOOLEAN that is not encoded as TRUE, at offset 2',
        accepted: 'TRUE as FF, and FALSE left out',
        clause: 'X.690 11.1, 11.5',
        path: [],
      });
      return true;
    },
  );
});

function utc(text: string): Uint8Array {
  return der(0x17, Buffer.from(text));
}

function general(text: string): Uint8Array {
  return der(0x18, Buffer.from(text));
}
