// What holds for every declaration of wire/, whatever it declares (RFC 5246 §4).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { E2EKeyError } from '../../src/errors.ts';
import { annotate, formatAnnotation } from '../../src/wire/annotate.ts';
import { type Codec, decode, encode } from '../../src/wire/codec.ts';
import { message } from '../../src/wire/messages.ts';
import { readRecords, TlsRecord } from '../../src/wire/records.ts';
import { declarations, hostile, runs, wire } from './arbitrary.ts';

test('every handshake message, the record, the alert and every extension body is under test here', () => {
  const tested = new Set(declarations.values());
  for (const [name, { body }] of Object.entries(message)) assert.ok(tested.has(body), name);
  for (const name of [
    'TlsRecord',
    'Alert',
    'HandshakeHeader',
    'server_name in ClientHello',
    'renegotiation_info in ServerHello',
  ])
    assert.ok(declarations.has(name), name);
});

test('only the two hellos may end before their last field: extensions are optional (RFC 5246 §7.4.1.2, §7.4.1.3)', () => {
  const optionalEnd = [...declarations]
    .filter(
      ([, { shape }]) =>
        shape.kind === 'struct' && shape.fields.some(([, field]) => field.kind === 'trailing'),
    )
    .map(([name]) => name);
  assert.deepEqual(optionalEnd, ['ClientHello', 'ServerHello']);
});

for (const [name, codec] of declarations) {
  test(`${name}: a value encodes to its bytes and the bytes decode to the value (RFC 5246 §4)`, () => {
    fc.assert(
      fc.property(wire(codec.shape), ({ value, bytes }) => {
        assert.deepEqual(Buffer.from(encode(codec, value)), Buffer.from(bytes));
        assert.deepEqual(plain(decode(codec, bytes)), plain(value));
      }),
      runs,
    );
  });

  test(`${name}: no proper prefix is whole, except before optional fields (RFC 5246 §7.4.1.2)`, () => {
    fc.assert(
      fc.property(wire(codec.shape), ({ bytes, alsoWholeAt }) => {
        for (let size = 0; size < bytes.length; size++) {
          const prefix = bytes.subarray(0, size);
          if (size === alsoWholeAt)
            assert.deepEqual(Buffer.from(encode(codec, decode(codec, prefix))), Buffer.from(prefix));
          else refusesAsMalformed(codec, prefix);
        }
      }),
      runs,
    );
  });

  test(`${name}: bytes after it are refused (RFC 5246 §7.4: decode_error)`, () => {
    fc.assert(
      fc.property(wire(codec.shape), fc.uint8Array({ minLength: 1, maxLength: 1 }), ({ bytes }, more) => {
        refusesAsMalformed(codec, Buffer.concat([bytes, more]));
      }),
      runs,
    );
  });

  test(`${name}: any bytes are MESSAGE_MALFORMED or encode again to the same bytes (RFC 5246 §4)`, () => {
    fc.assert(
      fc.property(hostile(codec.shape), bytes => {
        const value = decodedOrMalformed(codec, bytes);
        if (value !== undefined) assert.deepEqual(Buffer.from(encode(codec, value)), Buffer.from(bytes));
      }),
      runs,
    );
  });
}

test('records one after the other are read one by one, and a cut is refused unless it is between two (RFC 5246 §6.2)', () => {
  const records = fc.array(
    fc.record(
      {
        type: fc.constantFrom(20, 21, 22, 23),
        version: fc.constantFrom(0x0300, 0x0301, 0x0302, 0x0303, 0x0304),
        fragment: fc.uint8Array({ minLength: 1, maxLength: 20 }),
      },
      { noNullPrototype: true },
    ),
    { minLength: 1, maxLength: 5 },
  );
  fc.assert(
    fc.property(records, expected => {
      const parts = expected.map(record => encode(TlsRecord, record));
      const bytes = Buffer.concat(parts);
      assert.deepEqual(plain(readRecords(bytes)), plain(expected));
      const ends = parts.map((_, at) => Buffer.concat(parts.slice(0, at + 1)).length);
      for (let size = 0; size < bytes.length; size++) {
        if (ends.includes(size))
          assert.equal(readRecords(bytes.subarray(0, size)).length, ends.indexOf(size) + 1);
        else assert.throws(() => readRecords(bytes.subarray(0, size)), { code: 'MESSAGE_MALFORMED' });
      }
    }),
    runs,
  );
});

test('any bytes are annotated: every field lies inside them, and what cannot be read is said', () => {
  const flight = fc
    .array(fc.tuple(fc.constantFrom(20, 21, 22, 22, 22, 23), fc.constantFrom(...Object.values(message))), {
      maxLength: 4,
    })
    .chain(parts =>
      fc.tuple(
        ...parts.map(([type, { type: messageType, body }]) =>
          wire(body.shape as Codec<unknown>['shape']).map(({ bytes }) => {
            const fragment = Buffer.concat([
              Buffer.of(messageType, 0, bytes.length >> 8, bytes.length & 255),
              bytes,
            ]);
            return encode(TlsRecord, { type, version: 0x0303, fragment });
          }),
        ),
      ),
    )
    .map(parts => Buffer.concat(parts));
  const changed = fc.tuple(flight, fc.nat(), fc.nat({ max: 255 })).map(([bytes, place, value]) => {
    if (bytes.length > 0) bytes[place % bytes.length] = value;
    return bytes.subarray(0, place % (bytes.length + 1) || bytes.length);
  });
  fc.assert(
    fc.property(fc.oneof(flight, changed, fc.uint8Array({ maxLength: 100 })), bytes => {
      const annotation = annotate(bytes);
      for (const { offset, size } of annotation.fields)
        assert.ok(offset >= 0 && offset + size <= bytes.length);
      const shown = annotation.fields.filter(({ depth }) => depth === 0);
      assert.ok(shown.every(({ offset, size }) => offset + size <= bytes.length));
      if (annotation.problem === null)
        assert.equal(
          shown.reduce((sum, { size }) => sum + size, 0),
          bytes.length,
        );
      assert.equal(typeof formatAnnotation(annotation), 'string');
    }),
    runs,
  );
});

/** The value, or undefined where the bytes were refused as they must be. */
function decodedOrMalformed(codec: Codec<unknown>, bytes: Uint8Array): unknown {
  try {
    return decode(codec, bytes);
  } catch (error) {
    assert.ok(error instanceof E2EKeyError, String(error));
    assert.equal(error.code, 'MESSAGE_MALFORMED');
    const name = codec.shape.kind === 'struct' ? codec.shape.name : 'value';
    assert.match(error.message, new RegExp(`^${name}(\\.\\w+)*: .*at offset \\d+`));
    return undefined;
  }
}

function refusesAsMalformed(codec: Codec<unknown>, bytes: Uint8Array): void {
  assert.equal(
    decodedOrMalformed(codec, bytes),
    undefined,
    `accepted: ${Buffer.from(bytes).toString('hex')}`,
  );
}

/** The same value with plain byte arrays, since a Buffer and a Uint8Array of the same bytes are not deeply equal. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}
