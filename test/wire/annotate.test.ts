// Golden output: test/wire/annotated-handshakes.txt. After a wanted change of the output:
// E2EKEY_UPDATE_ANNOTATIONS=1 node --test test/wire/annotate.test.ts
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { alertLevel } from '../../src/wire/alerts.ts';
import { type AnnotatedField, annotate, formatAnnotation } from '../../src/wire/annotate.ts';
import { encode } from '../../src/wire/codec.ts';
import { ClientHello, encodeMessage, handshakeHeaderSize, message } from '../../src/wire/messages.ts';
import { contentType, handshakeType, tls12 } from '../../src/wire/numbers.ts';
import { maxMessageSize, readRecords, recordHeaderSize, TlsRecord } from '../../src/wire/records.ts';
import { rawPublicKeyHandshake, recordedHandshakes } from './recorded-handshakes.ts';

const everyRecording = [...recordedHandshakes, rawPublicKeyHandshake];
const golden = new URL('annotated-handshakes.txt', import.meta.url);

test('the recorded handshakes of OpenSSL and GnuTLS are annotated field by field as in the golden file', () => {
  const text = everyRecording
    .flatMap(({ stack, suite, flights }) =>
      flights.map(
        (flight, at) => `${stack}, ${suite}, message ${at + 1}\n${formatAnnotation(annotate(flight))}\n`,
      ),
    )
    .join('\n');
  if (process.env.E2EKEY_UPDATE_ANNOTATIONS === '1') writeFileSync(golden, text);
  assert.equal(text, readFileSync(golden, 'utf8'));
});

test('the messages of the four flights stand in the order of TS-0003 8.7.2.2', () => {
  for (const { flights } of everyRecording)
    assert.deepEqual(
      flights.map(flight => annotate(flight).messages),
      [
        ['ClientHello'],
        ['ServerHello', 'Certificate', 'ServerKeyExchange', 'CertificateRequest', 'ServerHelloDone'],
        [
          'Certificate',
          'ClientKeyExchange',
          'CertificateVerify',
          '[ChangeCipherSpec]',
          'Finished (protected)',
        ],
        ['[ChangeCipherSpec]', 'Finished (protected)'],
      ],
    );
});

test('messages cut over records of any size have the same fields, each where its first byte is (RFC 5246 §6.2.1)', () => {
  for (const { flights } of recordedHandshakes.slice(0, 1))
    for (const flight of flights.slice(0, 3)) {
      const { stream, rest } = handshakeStream(flight);
      const whole = annotate(refragment(stream, rest, stream.length));
      const expected = whole.fields.filter(isOfHandshake);
      for (let size = 1; size <= stream.length; size++) {
        const annotation = annotate(refragment(stream, rest, size));
        assert.deepEqual(annotation.messages, whole.messages, `${size}`);
        assert.equal(annotation.problem, null);
        const fields = annotation.fields.filter(isOfHandshake);
        assert.equal(fields.length, expected.length, `${size}`);
        for (const [at, field] of fields.entries()) {
          const there = expected[at];
          if (there === undefined || there.size === 0) continue;
          const position = there.offset - recordHeaderSize;
          const offset = position + recordHeaderSize * (1 + Math.floor(position / size));
          if (field.offset !== offset || field.size !== there.size || field.value !== there.value)
            assert.deepEqual(field, { ...there, offset }, `${size}`);
        }
      }
    }
});

test('several messages in one record are told apart (RFC 5246 §6.2.1)', () => {
  const [, flight = new Uint8Array()] = recordedHandshakes[0]?.flights ?? [];
  const { stream, rest } = handshakeStream(flight);
  const { messages, fields } = annotate(refragment(stream, rest, stream.length));
  assert.deepEqual(messages, annotate(flight).messages);
  assert.equal(fields.filter(({ depth }) => depth === 0).length, 1);
});

test('a message that is cut off anywhere is shown as far as it goes, and what is missing is said', () => {
  for (const flight of recordedHandshakes[0]?.flights ?? []) {
    const whole = annotate(flight);
    let shown = 0;
    for (let size = 1; size < flight.length; size++) {
      const cut = annotate(flight.subarray(0, size));
      assert.ok(cut.messages.length <= whole.messages.length);
      assert.deepEqual(cut.messages, whole.messages.slice(0, cut.messages.length), `${size}`);
      assert.ok(cut.fields.length >= shown, 'a longer piece shows no fewer fields');
      shown = cut.fields.length;
      const isBetweenRecords = whole.fields.some(({ depth, offset }) => depth === 0 && offset === size);
      assert.equal(cut.problem === null, isBetweenRecords, `${size}: ${cut.problem}`);
    }
  }
});

test('the field that is not whole is named with what is missing', () => {
  const [, flight = new Uint8Array()] = recordedHandshakes[0]?.flights ?? [];
  const { fields, messages, problem } = annotate(flight.subarray(0, 80));
  assert.deepEqual(messages, []);
  assert.equal(fields.at(-2)?.name, 'compressionMethod');
  assert.equal(problem, 'ServerHello.extensions: need 2 bytes at offset 70, 1 are left');
  assert.match(
    formatAnnotation({ fields, messages, problem }),
    /\n +not readable from here: ServerHello\.extensions: need 2 bytes/,
  );
});

test('a record header that is cut off is named by its place in the message', () => {
  const flight = Buffer.concat([
    record(contentType.changeCipherSpec, Uint8Array.of(1)),
    Uint8Array.of(22, 3),
  ]);
  assert.equal(annotate(flight).problem, 'E2EKey Message: need 2 bytes at offset 7, 1 are left');
});

test('a message whose own length is longer than the flight is said to be cut off', () => {
  const hello = Uint8Array.from(encodeMessage(message.serverHelloDone, {}));
  hello[3] = 1;
  const { messages, problem } = annotate(record(contentType.handshake, hello));
  assert.deepEqual(messages, []);
  assert.equal(problem, 'ServerHelloDone is cut off: 4 bytes of it are there');
});

test('a message that ends in the middle before ChangeCipherSpec is said to be cut off (RFC 5246 §7.1)', () => {
  const half = encodeMessage(message.clientKeyExchange, { point: new Uint8Array(65) }).subarray(0, 30);
  const bytes = Buffer.concat([
    record(contentType.handshake, half),
    record(contentType.changeCipherSpec, Uint8Array.of(1)),
  ]);
  const { problem, messages, fields } = annotate(bytes);
  assert.match(problem ?? '', /^ClientKeyExchange\.point: need 65 bytes/);
  assert.deepEqual(messages, []);
  assert.ok(!fields.some(({ name }) => name === 'ChangeCipherSpec'), 'nothing is shown after it');
});

test('a raw public key is told from a chain by its bytes (RFC 7250 §3)', () => {
  for (const [flight, offset] of [
    [rawPublicKeyHandshake.flights[1], 112],
    [rawPublicKeyHandshake.flights[2], 0],
  ] as const) {
    const { fields, problem } = annotate(flight ?? new Uint8Array());
    const at = fields.findIndex(({ name }) => name === 'Certificate');
    assert.equal(problem, null);
    assert.equal(fields[at]?.clause, 'RFC 7250 §3');
    const key = fields[at + 1];
    assert.deepEqual([key?.name, key?.size], ['subjectPublicKeyInfo', 3 + 91]);
    assert.equal(key?.offset, offset + recordHeaderSize + handshakeHeaderSize);
    assert.match(key?.value ?? '', /^3059301306072a8648ce3d0201.*… \(91 bytes\)$/);
  }
});

test('key exchanges with a pre-shared key are told from the others by their bytes (RFC 4279 §2, RFC 5489 §2)', () => {
  const point = new Uint8Array(65).fill(4);
  const parameters = { curveType: 3, group: 23, point } as const;
  const ecdheLines = ['curveType: named_curve (0x03)', 'group: secp256r1 (0x0017)'];
  for (const size of [1, 3, 64, 65, 255, 256, 257, 1000, 0x0403]) {
    const name = Buffer.alloc(size, 'n');
    for (const [encoded, clause, expected] of [
      [encodeMessage(message.pskServerKeyExchange, { identityHint: name }), 'RFC 4279 §2', ['identityHint']],
      [
        encodeMessage(message.ecdhePskServerKeyExchange, { identityHint: name, parameters }),
        'RFC 5489 §2',
        ['identityHint', 'parameters', ...ecdheLines, 'point'],
      ],
      [encodeMessage(message.pskClientKeyExchange, { identity: name }), 'RFC 4279 §2', ['identity']],
      [
        encodeMessage(message.ecdhePskClientKeyExchange, { identity: name, point }),
        'RFC 5489 §2',
        ['identity', 'point'],
      ],
    ] as const) {
      const { fields, problem } = annotate(record(contentType.handshake, encoded));
      assert.equal(problem, null);
      const [, header, ...inside] = fields;
      assert.equal(header?.clause, clause);
      const lines = values(inside).map(line => line.replace(/^(identity\w*|point): .*/, '$1'));
      assert.deepEqual(lines, expected, `${size}`);
      assert.equal(inside[0]?.value, JSON.stringify('n'.repeat(Math.min(size, 256))));
    }
  }
});

test('a message that no layout of its type fits is shown in the first one, with what is wrong in it', () => {
  const body = Uint8Array.of(0, 5, 1);
  const header = Uint8Array.of(handshakeType.clientKeyExchange, 0, 0, body.length);
  const { fields, problem } = annotate(record(contentType.handshake, Buffer.concat([header, body])));
  assert.equal(fields[1]?.clause, 'RFC 8422 §5.7');
  assert.match(problem ?? '', /^ClientKeyExchange\.point: a length of 0/);
});

test('an alert in the clear is shown by its name; after ChangeCipherSpec it is protected (RFC 5246 §7.2)', () => {
  const alert = record(contentType.alert, Uint8Array.of(alertLevel.fatal, 40));
  const clear = annotate(alert);
  assert.deepEqual(clear.messages, ['Alert']);
  assert.deepEqual(values(clear.fields).slice(2), [
    'level: fatal (0x02)',
    'description: handshake_failure (0x28)',
  ]);
  const afterwards = annotate(Buffer.concat([record(contentType.changeCipherSpec, Uint8Array.of(1)), alert]));
  assert.deepEqual(afterwards.messages, ['[ChangeCipherSpec]', 'protected record']);
});

test('values that are sent only to be ignored are shown as GREASE, others as unknown (RFC 8701)', () => {
  const hello = {
    version: tls12,
    random: new Uint8Array(32),
    sessionId: new Uint8Array(),
    cipherSuites: [0x8a8a, 0xc02b, 0x8a9a, 0xfefe],
    compressionMethods: [0],
    extensions: [
      { type: 0x1a1a, data: new Uint8Array() },
      { type: 35, data: Uint8Array.of(1, 2) },
      { type: 0xfe0d, data: Uint8Array.of(0xff) },
    ],
  };
  const { fields, problem } = annotate(
    record(contentType.handshake, encodeMessage(message.clientHello, hello)),
  );
  assert.equal(problem, null);
  assert.deepEqual(values(fields).slice(6, 10), [
    '0: GREASE (0x8a8a)',
    '1: TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 (0xc02b)',
    '2: unknown (0x8a9a)',
    '3: unknown (0xfefe)',
  ]);
  assert.deepEqual(
    values(fields).filter(line => /^(type|data)/.test(line)),
    [
      'type: GREASE (0x1a1a)',
      'data: empty',
      'type: session_ticket (0x0023)',
      'data: 0102',
      'type: unknown (0xfe0d)',
      'data: ff',
    ],
  );
});

test('what a peer sends cannot write to the terminal: bytes outside printable ASCII are shown in hex', () => {
  const name = Buffer.from('evil\u001b[2J.example\n', 'latin1');
  const body = encode(ClientHello, {
    version: tls12,
    random: new Uint8Array(32),
    sessionId: name,
    cipherSuites: [0xc02b],
    compressionMethods: [0],
    extensions: [],
  });
  const header = Uint8Array.of(handshakeType.clientHello, 0, 0, body.length);
  const text = formatAnnotation(annotate(record(contentType.handshake, Buffer.concat([header, body]))));
  assert.match(text, /sessionId: 6576696c1b5b324a/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
});

test('an unknown handshake message is shown as data', () => {
  const { fields, messages } = annotate(record(contentType.handshake, Uint8Array.of(99, 0, 0, 1, 0xee)));
  assert.deepEqual(messages, ['handshake message 99']);
  assert.equal(values(fields)[1], 'handshake message 99: ee');
});

test('what is no TLS record is not shown as one', () => {
  for (const [bytes, problem] of [
    [Buffer.from('GET / HTTP/1.1'), /version 0x4554/],
    [Uint8Array.of(24, 3, 3, 0, 0), /unknown content type 24/],
    [Uint8Array.of(22, 2, 0, 0, 0), /version 0x200/],
    [Uint8Array.of(22, 3, 3, 0xff, 0xff), /fragment of 65535 bytes/],
  ] as const) {
    const annotation = annotate(bytes);
    assert.match(annotation.problem ?? '', problem);
    assert.deepEqual(annotation.fields, []);
  }
});

test('a message over 64 KiB, or no message, is not looked into', () => {
  assert.match(annotate(new Uint8Array(maxMessageSize + 1)).problem ?? '', /65537 bytes; 65536 are allowed/);
  assert.match(annotate(new Uint8Array()).problem ?? '', /without a TLS record/);
});

function record(type: number, fragment: Uint8Array): Uint8Array {
  return encode(TlsRecord, { type, version: tls12, fragment });
}

function values(fields: readonly AnnotatedField[]): string[] {
  return fields.map(({ name, value }) => (value === null ? name : `${name}: ${value}`));
}

/** The lines of handshake messages in the clear, without those of the records around them and after them. */
function isOfHandshake({ depth, name }: AnnotatedField): boolean {
  return depth > 0 && name !== 'ChangeCipherSpec' && name !== 'protected fragment';
}

/** The handshake bytes in the clear without their records, and the records after them. */
function handshakeStream(flight: Uint8Array): { stream: Uint8Array; rest: Uint8Array } {
  const records = readRecords(flight);
  const changed = records.findIndex(({ type }) => type === contentType.changeCipherSpec);
  const clear = changed < 0 ? records : records.slice(0, changed);
  const stream = Buffer.concat(clear.map(({ fragment }) => fragment));
  const rest = Buffer.concat(records.slice(clear.length).map(one => encode(TlsRecord, one)));
  assert.ok(stream.length > handshakeHeaderSize);
  return { stream, rest };
}

function refragment(stream: Uint8Array, rest: Uint8Array, size: number): Uint8Array {
  const records: Uint8Array[] = [];
  for (let start = 0; start < stream.length; start += size)
    records.push(record(contentType.handshake, stream.subarray(start, start + size)));
  return Buffer.concat([...records, rest]);
}
