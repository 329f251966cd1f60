import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { decode, encode, findExtension } from '../../src/wire/codec.ts';
import { clientExtension, exportIndicator, serverExtension } from '../../src/wire/extensions.ts';
import {
  Certificate,
  CertificateRequest,
  ClientHello,
  ClientKeyExchange,
  EcdhePskClientKeyExchange,
  EcdhePskServerKeyExchange,
  encodeMessage,
  Finished,
  HandshakeHeader,
  type HandshakeMessage,
  handshakeHeaderSize,
  message,
  messageName,
  PskClientKeyExchange,
  PskServerKeyExchange,
  RawPublicKeyCertificate,
  ServerHello,
  ServerKeyExchange,
} from '../../src/wire/messages.ts';
import { contentType } from '../../src/wire/numbers.ts';
import { readRecords } from '../../src/wire/records.ts';
import { rawPublicKeyHandshake, recordedHandshakes } from './recorded-handshakes.ts';

const bytes = (hex: string): Uint8Array => Buffer.from(hex.replaceAll(' ', ''), 'hex');

test('the message types have their numbers on the wire (RFC 5246 §7.4, RFC 6066 §8)', () => {
  assert.deepEqual(
    Object.values(message).map(({ type }) => [type, messageName(type)]),
    [
      [0, 'HelloRequest'],
      [1, 'ClientHello'],
      [2, 'ServerHello'],
      [11, 'Certificate'],
      [11, 'Certificate'],
      [22, 'CertificateStatus'],
      [12, 'ServerKeyExchange'],
      [12, 'ServerKeyExchange'],
      [12, 'ServerKeyExchange'],
      [13, 'CertificateRequest'],
      [14, 'ServerHelloDone'],
      [16, 'ClientKeyExchange'],
      [16, 'ClientKeyExchange'],
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

test('every handshake message that OpenSSL and GnuTLS sent encodes again to the same bytes (RFC 5246 §7.4, RFC 7250 §3)', () => {
  const seen = new Set<string>();
  for (const { flights } of [...recordedHandshakes, rawPublicKeyHandshake])
    for (const flight of flights)
      for (const { type, fragment } of clearRecords(flight)) {
        assert.equal(type, contentType.handshake);
        const header = decode(HandshakeHeader, fragment.subarray(0, handshakeHeaderSize));
        const body = fragment.subarray(handshakeHeaderSize);
        const layout = firstLayoutOf(header.type, body);
        assert.ok(layout);
        const [name, { type: itsType, body: codec }] = layout;
        assert.deepEqual(
          Buffer.from(encodeMessage({ type: itsType, body: codec }, decode(codec, body))),
          Buffer.from(fragment),
        );
        seen.add(name);
      }
  assert.deepEqual([...seen].toSorted(), [
    'certificate',
    'certificateRequest',
    'certificateVerify',
    'clientHello',
    'clientKeyExchange',
    'rawPublicKeyCertificate',
    'serverHello',
    'serverHelloDone',
    'serverKeyExchange',
  ]);
});

test('a raw public key stands behind one length, without a list (RFC 7250 §3)', () => {
  const encoded = encodeMessage(message.rawPublicKeyCertificate, {
    subjectPublicKeyInfo: bytes('3059 3013'),
  });
  assert.deepEqual(encoded, bytes('0b 000007 000004 30593013'));
  assert.deepEqual(decode(RawPublicKeyCertificate, bytes('000000')).subjectPublicKeyInfo.length, 0);
  const [, , flight] = rawPublicKeyHandshake.flights;
  const [sent] = clearRecords(flight ?? new Uint8Array());
  assert.ok(sent);
  assert.deepEqual(
    decode(RawPublicKeyCertificate, sent.fragment.subarray(handshakeHeaderSize)).subjectPublicKeyInfo,
    createPublicKey(readFileSync(new URL('../vectors/init.pub.pem', import.meta.url))).export({
      format: 'der',
      type: 'spki',
    }),
  );
});

test('with a pre-shared key the key exchanges hold hint and identity, with ECDHE before the point (RFC 4279 §2, RFC 5489 §2)', () => {
  const identity = Buffer.from('ae1');
  const [identityHint, point] = [Buffer.from('m2m'), Uint8Array.of(4, 1, 2)];
  const parameters = { curveType: 3, group: 23, point } as const;
  assert.deepEqual(
    encodeMessage(message.pskServerKeyExchange, { identityHint }),
    bytes('0c 000005 0003 6d326d'),
  );
  assert.deepEqual(
    encodeMessage(message.ecdhePskServerKeyExchange, { identityHint, parameters }),
    bytes('0c 00000c 0003 6d326d 03 0017 03 040102'),
  );
  assert.deepEqual(
    encodeMessage(message.ecdhePskServerKeyExchange, { identityHint: new Uint8Array(), parameters }),
    bytes('0c 000009 0000 03 0017 03 040102'),
  );
  assert.deepEqual(encodeMessage(message.pskClientKeyExchange, { identity }), bytes('10 000005 0003 616531'));
  assert.deepEqual(
    encodeMessage(message.ecdhePskClientKeyExchange, { identity, point }),
    bytes('10 000009 0003 616531 03 040102'),
  );
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
    [RawPublicKeyCertificate, bytes('000002 30'), /subjectPublicKeyInfo: need 2 bytes/],
    [RawPublicKeyCertificate, bytes('000001 30 00'), /1 bytes left over at offset 4/],
    [PskServerKeyExchange, bytes('0002 61'), /identityHint: need 2 bytes/],
    [PskServerKeyExchange, bytes('0000 00'), /1 bytes left over at offset 2/],
    [EcdhePskServerKeyExchange, bytes('0000 01 0017 01 04'), /curveType: 1 at offset 2 is not one of 3/],
    [EcdhePskServerKeyExchange, bytes('0000 03 0017 00'), /point: a length of 0/],
    [EcdhePskServerKeyExchange, bytes('0000 03 0017 01 04 0403 0000'), /4 bytes left over/],
    [PskClientKeyExchange, bytes('0001 61 00'), /1 bytes left over at offset 3/],
    [EcdhePskClientKeyExchange, bytes('0001 61'), /point: need 1 bytes/],
    [EcdhePskClientKeyExchange, bytes('0001 61 00'), /point: a length of 0/],
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

/** The records before ChangeCipherSpec; OpenSSL and GnuTLS put each message into one. */
function clearRecords(flight: Uint8Array) {
  const records = readRecords(flight);
  const changed = records.findIndex(({ type }) => type === contentType.changeCipherSpec);
  return changed < 0 ? records : records.slice(0, changed);
}

/** The first layout of that type in which the body can be read: a chain of certificates fits that of a raw key too. */
function firstLayoutOf(type: number, body: Uint8Array) {
  return Object.entries<HandshakeMessage<unknown>>(message).find(([, layout]) => {
    if (layout.type !== type) return false;
    try {
      decode(layout.body, body);
      return true;
    } catch {
      return false;
    }
  });
}
