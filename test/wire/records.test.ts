import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode, encode } from '../../src/wire/codec.ts';
import { contentType, tls12 } from '../../src/wire/numbers.ts';
import {
  checkMessageSize,
  checkRecordHeader,
  encodeRecords,
  maxMessageSize,
  maxPlaintext,
  maxRecords,
  readRecords,
  recordHeaderSize,
  TlsRecord,
} from '../../src/wire/records.ts';

const bytes = (hex: string): Uint8Array => Buffer.from(hex.replaceAll(' ', ''), 'hex');

test('a record is type, version, length and fragment (RFC 5246 §6.2.1)', () => {
  const record = { type: 22, version: 0x0303, fragment: bytes('0e000000') };
  assert.deepEqual(encode(TlsRecord, record), bytes('16 0303 0004 0e000000'));
  assert.deepEqual(decode(TlsRecord, bytes('16 0303 0004 0e000000')), record);
});

test('a message over 64 KiB is refused for its size alone, before anything in it is read', () => {
  // Nothing in these bytes is a record: a reader that looked into them would call them malformed.
  assert.throws(() => readRecords(new Uint8Array(maxMessageSize + 1)), {
    code: 'MESSAGE_TOO_LARGE',
    message: 'an E2EKey Message of 65537 bytes; 65536 are allowed',
  });
  assert.throws(() => checkMessageSize(maxMessageSize + 1), { code: 'MESSAGE_TOO_LARGE' });
  assert.throws(() => readRecords(new Uint8Array(maxMessageSize)), { code: 'MESSAGE_MALFORMED' });
});

test('a message of exactly 64 KiB is read', () => {
  const sizes = [maxPlaintext, maxPlaintext, maxPlaintext, maxPlaintext - 5 * recordHeaderSize - 1, 1];
  const records = sizes.map(size =>
    encode(TlsRecord, { type: contentType.handshake, version: tls12, fragment: new Uint8Array(size) }),
  );
  const message = Buffer.concat(records);
  assert.equal(message.length, maxMessageSize);
  assert.deepEqual(
    readRecords(message).map(({ fragment }) => fragment.length),
    sizes,
  );
});

test('bytes of another protocol are told from a record, and text is called text (RFC 5246 §6.2.1)', () => {
  assert.throws(() => checkRecordHeader(0x47, 0x4554, 0x202f), {
    code: 'MESSAGE_MALFORMED',
    message: 'a record of version 0x4554, which is not TLS but text, such as HTTP',
  });
  assert.throws(() => readRecords(Uint8Array.of(22, 9, 3, 0, 1, 0)), {
    message: 'a record of version 0x903, which is not TLS',
  });
});

test('an empty record is refused, unless it is of application data (RFC 5246 §6.2.1)', () => {
  for (const type of [contentType.changeCipherSpec, contentType.alert, contentType.handshake])
    assert.throws(() => readRecords(Uint8Array.of(22, 3, 3, 0, 1, 0, type, 3, 3, 0, 0)), {
      code: 'MESSAGE_MALFORMED',
      message: 'TlsRecord 1: an empty record',
    });
  assert.equal(readRecords(Uint8Array.of(contentType.applicationData, 3, 3, 0, 0)).length, 1);
});

test('a message of more than 4096 records is refused: each costs more than its bytes', () => {
  const one = Uint8Array.of(22, 3, 3, 0, 1, 0);
  const message = (count: number) => Buffer.concat(Array.from({ length: count }, () => one));
  assert.equal(readRecords(message(maxRecords)).length, maxRecords);
  assert.throws(() => readRecords(message(maxRecords + 1)), { code: 'MESSAGE_TOO_LARGE' });
});

test('a message without a record is refused', () => {
  assert.throws(() => readRecords(new Uint8Array()), { code: 'MESSAGE_MALFORMED' });
});

test('a fragment above 2^14+2048 bytes is refused (RFC 5246 §6.2.3)', () => {
  const largest = maxPlaintext + 2048;
  const record = (size: number) =>
    encode(TlsRecord, { type: contentType.handshake, version: tls12, fragment: new Uint8Array(size) });
  assert.equal(readRecords(record(largest))[0]?.fragment.length, largest);
  assert.throws(() => readRecords(record(largest + 1)), { code: 'RECORD_OVERFLOW' });
});

test('only the four content types of TLS 1.2 are records (RFC 5246 §6.2.1)', () => {
  for (let type = 0; type < 256; type++) {
    const record = Uint8Array.of(type, 3, 3, 0, 1, 0);
    if (type >= 20 && type <= 23) assert.equal(readRecords(record)[0]?.type, type);
    else
      assert.throws(() => readRecords(record), {
        code: 'MESSAGE_UNEXPECTED',
        message: `a TLS record of the unknown content type ${type}`,
      });
  }
});

test('a record is of SSL 3.0 or a TLS version; its minor number is for the handshake to judge (RFC 5246 E.1)', () => {
  for (const minor of [0, 1, 2, 3, 4, 255])
    assert.equal(readRecords(Uint8Array.of(22, 3, minor, 0, 1, 0)).length, 1);
  for (const major of [0, 2, 4, 255])
    assert.throws(() => readRecords(Uint8Array.of(22, major, 3, 0, 1, 0)), { code: 'MESSAGE_MALFORMED' });
});

test('a later record is checked as the first one is, and named by its place', () => {
  const first = '16 0303 0001 00';
  assert.throws(() => readRecords(bytes(`${first} 99 0303 0000`)), { code: 'MESSAGE_UNEXPECTED' });
  assert.throws(() => readRecords(bytes(`${first} 16 0303 0005 00`)), {
    code: 'MESSAGE_MALFORMED',
    message: 'TlsRecord 1.fragment: need 5 bytes at offset 11, 1 are left',
  });
});

test('the header alone is enough to refuse a record before its fragment has come', () => {
  // What is not TLS at all has no record types.
  assert.throws(() => checkRecordHeader(71, 0x4554, 0), { code: 'MESSAGE_MALFORMED' });
  assert.throws(() => checkRecordHeader(24, 0x0303, 0), { code: 'MESSAGE_UNEXPECTED' });
  assert.throws(() => checkRecordHeader(22, 0x0203, 0), { code: 'MESSAGE_MALFORMED' });
  assert.throws(() => checkRecordHeader(22, 0x0303, maxPlaintext + 2049), { code: 'RECORD_OVERFLOW' });
  checkRecordHeader(22, 0x0303, maxPlaintext + 2048);
});

test('handshake bytes are put into records of at most 2^14 bytes, and none is empty (RFC 5246 §6.2.1)', () => {
  for (const [size, expected] of [
    [0, []],
    [1, [1]],
    [maxPlaintext, [maxPlaintext]],
    [maxPlaintext + 1, [maxPlaintext, 1]],
  ] as const) {
    const records = encodeRecords(contentType.handshake, tls12, new Uint8Array(size));
    assert.deepEqual(
      records.map(record => decode(TlsRecord, record).fragment.length),
      expected,
    );
  }
});
