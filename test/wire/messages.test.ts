import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode, encode, findExtension } from '../../src/wire/codec.ts';
import { clientExtension, exportIndicator, serverExtension } from '../../src/wire/extensions.ts';
import {
  Certificate,
  CertificateRequest,
  ClientHello,
  ClientKeyExchange,
  encodeMessage,
  Finished,
  HandshakeHeader,
  handshakeHeaderSize,
  message,
  messageName,
  ServerHello,
  ServerKeyExchange,
} from '../../src/wire/messages.ts';
import { contentType } from '../../src/wire/numbers.ts';
import { readRecords } from '../../src/wire/records.ts';
import { recordedHandshakes } from './recorded-handshakes.ts';

const bytes = (hex: string): Uint8Array => Buffer.from(hex.replaceAll(' ', ''), 'hex');

test('the message types have their numbers on the wire (RFC 5246 §7.4, RFC 6066 §8)', () => {
  assert.deepEqual(
    Object.values(message).map(({ type }) => [type, messageName(type)]),
    [
      [0, 'HelloRequest'],
      [1, 'ClientHello'],
      [2, 'ServerHello'],
      [11, 'Certificate'],
      [22, 'CertificateStatus'],
      [12, 'ServerKeyExchange'],
      [13, 'CertificateRequest'],
      [14, 'ServerHelloDone'],
      [16, 'ClientKeyExchange'],
      [15, 'CertificateVerify'],
      [20, 'Finished'],
    ],
  );
  assert.equal(messageName(99), 'handshake message 99');
});

test('a handshake message is its type, a length of three bytes and its body (RFC 5246 §7.4)', () => {
  assert.deepEqual(encodeMessage(message.serverHelloDone, {}), bytes('0e 000000'));
  const large = encodeMessage(message.certificate, { certificates: [new Uint8Array(70_000)] });
  assert.deepEqual(large.subarray(0, handshakeHeaderSize), bytes('0b 011176'));
  assert.deepEqual(decode(HandshakeHeader, large.subarray(0, handshakeHeaderSize)), {
    type: 11,
    length: 70_006,
  });
});

test('every handshake message that OpenSSL sent encodes again to the same bytes (RFC 5246 §7.4)', () => {
  const seen = new Set<string>();
  for (const { flights } of recordedHandshakes)
    for (const flight of flights)
      for (const { type, fragment } of clearRecords(flight)) {
        assert.equal(type, contentType.handshake);
        const header = decode(HandshakeHeader, fragment.subarray(0, handshakeHeaderSize));
        const known = Object.values(message).find(candidate => candidate.type === header.type);
        assert.ok(known);
        const value = decode<unknown>(known.body, fragment.subarray(handshakeHeaderSize));
        assert.deepEqual(
          Buffer.from(encodeMessage({ type: known.type, body: known.body as never }, value as never)),
          Buffer.from(fragment),
        );
        seen.add(messageName(header.type));
      }
  assert.equal(seen.size, 8);
});

test('the hellos that OpenSSL sent say what was recorded of them (RFC 5246 §7.4.1)', () => {
  for (const { flights, clientRandom, serverRandom, suite } of recordedHandshakes) {
    const [hello1, hello2] = flights.map(flight =>
      clearRecords(flight)[0]?.fragment.subarray(handshakeHeaderSize),
    );
    assert.ok(hello1 && hello2);
    const client = decode(ClientHello, hello1);
    const server = decode(ServerHello, hello2);
    assert.deepEqual(client.random, clientRandom);
    assert.deepEqual(server.random, serverRandom);
    assert.ok(client.cipherSuites.includes(server.cipherSuite), suite);
    assert.deepEqual(findExtension(client.extensions, clientExtension.supportedGroups), [23]);
    assert.deepEqual(findExtension(client.extensions, clientExtension.signatureAlgorithms), [0x0403]);
    assert.equal(findExtension(client.extensions, clientExtension.extendedMasterSecret)?.length, 0);
    assert.equal(findExtension(server.extensions, serverExtension.extendedMasterSecret)?.length, 0);
    const named = findExtension(client.extensions, clientExtension.serverName);
    assert.equal(Buffer.from(named?.[0]?.name ?? []).toString(), 'cse1.m2m.example.com');
    assert.equal(
      findExtension(server.extensions, serverExtension.applicationLayerProtocolNegotiation),
      undefined,
    );
  }
});

test('limits that the RFCs set are kept (RFC 5246 §7.4)', () => {
  const hello = (sessionId: string, suites: string, compression: string): Uint8Array =>
    bytes(`0303 ${'00'.repeat(32)} ${sessionId} ${suites} ${compression}`);
  assert.equal(decode(ClientHello, hello('00', '0002 c02b', '01 00')).extensions.length, 0);
  const refused: readonly (readonly [Parameters<typeof decode>[0], Uint8Array, RegExp])[] = [
    [ClientHello, hello(`21 ${'00'.repeat(33)}`, '0002 c02b', '01 00'), /sessionId: a length of 33/],
    [ClientHello, hello('00', '0000', '01 00'), /cipherSuites: a length of 0/],
    [ClientHello, hello('00', '0003 c02b c0', '01 00'), /cipherSuites\.1: need 2 bytes/],
    [ClientHello, hello('00', '0002 c02b', '00'), /compressionMethods: a length of 0/],
    [Certificate, bytes('000003 000000'), /certificates\.0: a length of 0/],
    [CertificateRequest, bytes('00 0002 0403 0000'), /certificateTypes: a length of 0/],
    [CertificateRequest, bytes('01 40 0000 0000'), /signatureSchemes: a length of 0/],
    [CertificateRequest, bytes('01 40 0002 0403 0002 0000'), /authorities\.0: a length of 0/],
    [ServerKeyExchange, bytes('01 0017 01 04 0403 0000'), /curveType: 1 at offset 0 is not one of 3/],
    [ServerKeyExchange, bytes('03 0017 00 0403 0000'), /point: a length of 0/],
    [ClientKeyExchange, bytes('00'), /point: a length of 0/],
    [Finished, new Uint8Array(11), /verifyData: need 12 bytes/],
    [Finished, new Uint8Array(13), /1 bytes left over at offset 12/],
  ];
  for (const [codec, encoded, expected] of refused)
    assert.throws(() => decode(codec, encoded), { code: 'MESSAGE_MALFORMED', message: expected });
});

test('an empty list of certificates is a legal message: whether it will do is not said here (RFC 5246 §7.4.6)', () => {
  assert.deepEqual(decode(Certificate, bytes('000000')), { certificates: [] });
});

test('bodies that must be empty are refused with anything in them (RFC 7627 §5.1, RFC 7366 §2, RFC 6066 §3)', () => {
  for (const { body } of [
    clientExtension.extendedMasterSecret,
    clientExtension.encryptThenMac,
    serverExtension.extendedMasterSecret,
    serverExtension.encryptThenMac,
    serverExtension.serverName,
    serverExtension.statusRequest,
  ]) {
    assert.equal(decode(body, new Uint8Array()).length, 0);
    assert.throws(() => decode(body, Uint8Array.of(0)), { code: 'MESSAGE_MALFORMED' });
  }
});

test('the indicator to export pairwiseE2EKey is a legal protocol name (RFC 7301 §3.1)', () => {
  const { body } = clientExtension.applicationLayerProtocolNegotiation;
  assert.deepEqual(decode(body, encode(body, [exportIndicator])), [Buffer.from('onem2m-e2ekey')]);
  assert.throws(() => decode(body, bytes('0001 00')), { code: 'MESSAGE_MALFORMED' });
  assert.throws(() => decode(body, bytes('0002 0000')), { code: 'MESSAGE_MALFORMED' });
});

/** The records before ChangeCipherSpec; OpenSSL puts each message into one. */
function clearRecords(flight: Uint8Array) {
  const records = readRecords(flight);
  const changed = records.findIndex(({ type }) => type === contentType.changeCipherSpec);
  return changed < 0 ? records : records.slice(0, changed);
}
