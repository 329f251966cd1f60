// Bytes as trees: nothing is lost when bytes are taken apart, and every length is right again after a change.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCertificate } from '../../src/certificates/index.ts';
import { decode } from '../../src/wire/codec.ts';
import { message } from '../../src/wire/messages.ts';
import { readRecords } from '../../src/wire/records.ts';
import { messagesOf } from '../handshake/flights.ts';
import { chains, flights } from './corpus.ts';
import { derPart } from './der-parts.ts';
import { corpusFiles } from './grow.ts';
import { lengthBytes, type Part } from './part.ts';
import { structureOf } from './structure.ts';
import { procedures } from './targets/procedures.ts';
import { targets } from './targets.ts';
import { textPart } from './text-parts.ts';
import { flightPart } from './wire-parts.ts';

test('what is taken apart and put together is the same', () => {
  for (const flight of flights) assert.deepEqual(Buffer.from(flightPart(flight).bytes), Buffer.from(flight));
  for (const der of chains.flat()) assert.deepEqual(Buffer.from(derPart(der)?.bytes ?? []), Buffer.from(der));
  for (const text of ['{"a": [1, "b\\"c"]}', '-----BEGIN X-----\nAQ==\n', '//m2m.example.com/cse-b', 'é€😀'])
    assert.equal(Buffer.from(textPart(text).bytes).toString(), text);
});

test('messages, extensions and the elements of certificates are parts of a flight', () => {
  for (const { messages } of procedures) {
    const kinds = kindsIn(flightPart(messages[1]));
    for (const kind of ['record', 'message', 'ServerHello', 'extension']) assert.ok(kinds.has(kind), kind);
  }
  const withCertificate = procedures.find(({ variant }) => variant.kind === 'X.509 certificates');
  assert.ok(kindsIn(flightPart(withCertificate?.messages[1] ?? assert.fail())).has('element 48'));
});

test('a protected record is opened, and protected again when it is changed', () => {
  for (const { messages, protection, variant } of procedures) {
    const part = flightPart(messages[2], protection.initiating);
    assert.ok(part.parts.at(-1)?.seal, variant.name);
    assert.equal(part.parts.at(-1)?.parts[0]?.kind, 'message', variant.name);
  }
});

test('the lengths around a part that is left out are right', () => {
  const [, flight = assert.fail()] = flights;
  const whole = flightPart(flight);
  const hello =
    [...Array(whole.count).keys()].find(number => whole.at(number).kind === 'extension') ?? assert.fail();
  const changed = whole.replace(hello, () => []).bytes;
  assert.ok(changed.length < flight.length);
  assert.ok(readRecords(changed).length > 0);
  const [first = assert.fail()] = messagesOf(changed);
  const [before = assert.fail()] = messagesOf(flight);
  const extensionsOf = (bytes: Uint8Array) =>
    decode(message.serverHello.body, bytes.subarray(4)).extensions.length;
  assert.equal(extensionsOf(first), extensionsOf(before) - 1);
});

test('a certificate that is changed is signed again (RFC 5280 4.1.1.3)', async () => {
  const target = targets.find(({ name }) => name === 'chains: ae-id in profile onem2m') ?? assert.fail();
  const [right = assert.fail()] = target.seeds;
  assert.match(String(await target.take(right.bytes)), /^valid/);
  const serial = [...Array(right.count).keys()].find(
    number => right.at(number).kind === 'element 2' && right.at(number).bytes[1] === 1 && number > 5,
  );
  const changed = right.replace(serial ?? assert.fail(), part => [part.with({ inside: Buffer.of(0x55) })]);
  assert.equal(parseCertificate(changed.at(2).bytes).serialNumber, '55');
  assert.match(String(await target.take(changed.bytes)), /^valid/);
});

test('lengths are written as RFC 5246 §4.3 and X.690 10.1 have them', () => {
  const written = [
    lengthBytes(1, 5),
    lengthBytes(2, 258),
    lengthBytes(3, 65_538),
    lengthBytes('der', 127),
    lengthBytes('der', 128),
    lengthBytes('der', 256),
  ];
  assert.deepEqual(
    written.map(bytes => Buffer.from(bytes).toString('hex')),
    ['05', '0102', '010002', '7f', '8180', '820100'],
  );
});

test('the corpus is small, and each file has a structure that no other has', () => {
  const files = corpusFiles();
  assert.ok(files.length > 0);
  assert.ok(files.reduce((sum, { bytes }) => sum + bytes.length, 0) <= 200_000);
  const structures = files.map(({ bytes }) => structureOf(bytes));
  assert.ok(!structures.includes(null));
  assert.equal(new Set(structures).size, files.length);
});

function kindsIn(part: Part): Set<string> {
  return new Set(Array.from({ length: part.count }, (_, number) => part.at(number).kind));
}
