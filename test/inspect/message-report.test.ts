import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeAuthority } from '../../src/testing/certificate-maker.ts';
import { encodeMessage, message as handshakeMessage } from '../../src/wire/messages.ts';
import { contentType, tls12 } from '../../src/wire/numbers.ts';
import { encodeRecords } from '../../src/wire/records.ts';
import { rawPublicKeyHandshake } from '../wire/recorded-handshakes.ts';
import { handshakes, message, report } from './material.ts';

function reportOf(bytes: Uint8Array) {
  const inspected = report(bytes);
  assert.ok(inspected.kind === 'message');
  return inspected;
}

function handshakeRecord(...messages: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(encodeRecords(contentType.handshake, tls12, Buffer.concat(messages)));
}

test('the four messages that OpenSSL sent are told apart, with nothing found (TS-0003 8.7.2)', () => {
  for (const flights of handshakes.values())
    for (const [index, bytes] of flights.entries()) {
      const { message, findings } = reportOf(bytes);
      assert.equal(message, index + 1);
      assert.deepEqual(findings, []);
    }
});

test('an alert record is an alert, and in order', () => {
  const { message, annotation, findings } = reportOf(Buffer.from('15030300020228', 'hex'));
  assert.equal(message, 'alert');
  assert.ok(annotation.fields.some(({ value }) => value === 'handshake_failure (0x28)'));
  assert.deepEqual(findings, []);
});

test('the certificates in messages 2 and 3 are shown in short', () => {
  assert.deepEqual(
    reportOf(message(2)).certificates.map(certificate => certificate?.identities),
    [
      [
        { flavour: 'cse-id', id: 'cse1.m2m.example.com', form: 'dns' },
        { flavour: 'fqdn', id: 'cse1.m2m.example.com', form: 'dns' },
      ],
      [],
    ],
  );
  assert.deepEqual(
    reportOf(message(3)).certificates.map(certificate => certificate?.subject),
    ['CN=init', 'CN=ESCertKE test CA'],
  );
  assert.deepEqual(reportOf(message(1)).certificates, []);
});

test('the certificates are found whatever records the message is cut into (RFC 5246 §6.2.1)', () => {
  const whole = reportOf(message(2));
  const bytes = Buffer.from(message(2));
  const fragments: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 5 + bytes.readUInt16BE(at + 3))
    fragments.push(bytes.subarray(at + 5, at + 5 + bytes.readUInt16BE(at + 3)));
  const handshake = Buffer.concat(fragments);
  const records = Array.from(handshake, octet => Buffer.from([22, 3, 3, 0, 1, octet]));
  const cut = reportOf(Buffer.concat(records));
  assert.equal(cut.message, 2);
  assert.deepEqual(cut.certificates, whole.certificates);
  assert.deepEqual(cut.annotation.messages, whole.annotation.messages);
});

test('every proper prefix of a message is an error, and shows what is before its end', () => {
  for (const ordinal of [1, 2, 3, 4] as const) {
    const bytes = message(ordinal);
    for (let length = 3; length < bytes.length; length++) {
      const { findings } = reportOf(bytes.subarray(0, length));
      assert.ok(
        findings.some(({ severity }) => severity === 'error'),
        `message ${ordinal}, ${length} bytes`,
      );
    }
  }
  const cut = reportOf(message(2).subarray(0, -1));
  assert.ok(cut.annotation.messages.includes('Certificate'));
});

test('a message that is cut off is still told by the TLS message that it begins with', () => {
  for (const ordinal of [1, 2, 3] as const)
    assert.equal(reportOf(message(ordinal).subarray(0, 60)).message, ordinal);
});

test('a flight with a TLS message missing, added or moved is an error (TS-0003 8.7.2)', () => {
  const finished = message(4);
  for (const bytes of [
    Buffer.concat([message(1), message(1)]),
    Buffer.concat([message(1), message(2)]),
    Buffer.concat([finished, finished]),
    Buffer.concat([message(3), Buffer.from('15030300020228', 'hex')]),
  ]) {
    const [finding, ...others] = reportOf(bytes).findings;
    assert.equal(finding?.code, 'MESSAGE_UNEXPECTED');
    assert.match(finding?.message ?? '', /^holds .* where .* are due$/);
    assert.deepEqual(others, []);
  }
});

test('CertificateStatus may stand in message 2 (RFC 6066 §8)', () => {
  const bytes = Buffer.from(message(2));
  const certificate = 5 + bytes.readUInt16BE(3);
  const after = certificate + 5 + bytes.readUInt16BE(certificate + 3);
  const status = encodeMessage(handshakeMessage.certificateStatus, { statusType: 1, response: Buffer.of(1) });
  const stapled = Buffer.concat([bytes.subarray(0, after), handshakeRecord(status), bytes.subarray(after)]);
  const { annotation, findings } = reportOf(stapled);
  assert.ok(annotation.messages.includes('CertificateStatus'));
  assert.deepEqual(findings, []);
});

test('what comes after ChangeCipherSpec is protected, and no certificate whatever it looks like', () => {
  const { der } = makeAuthority();
  const filler = Buffer.from([20, 3, 3, 0, 4, 14, 0, 0, 0]);
  assert.deepEqual(reportOf(Buffer.concat([filler, certificatesOf([der])])).certificates, []);
});

test('TLS records that begin no E2EKey Message say so', () => {
  const { message, findings } = reportOf(Buffer.from('17030300020000', 'hex'));
  assert.equal(message, null);
  assert.match(findings[0]?.message ?? '', /^none of the four E2EKey Messages begins so/);
});

const certificatesOf = (certificates: readonly Uint8Array[]): Uint8Array =>
  handshakeRecord(encodeMessage(handshakeMessage.certificate, { certificates }));

test('a certificate in a message that cannot be read is an error at its place (RFC 5280 4.1)', () => {
  const { der } = makeAuthority();
  const { certificates, findings } = reportOf(certificatesOf([der, der.subarray(0, 50)]));
  assert.deepEqual(
    certificates.map(certificate => certificate?.subject ?? null),
    ['CN=root', null],
  );
  const broken = findings.find(({ field }) => field.startsWith('certificates.1'));
  assert.equal(broken?.code, 'CERTIFICATE_MALFORMED');
});

test('of many certificates in a message the first 16 are shown', () => {
  const { der } = makeAuthority();
  const many = reportOf(certificatesOf(Array.from({ length: 17 }, () => der)));
  assert.equal(many.certificates.length, 16);
  assert.ok(many.findings.some(({ severity, field }) => severity === 'note' && field === 'certificates'));
  const few = reportOf(certificatesOf(Array.from({ length: 16 }, () => der)));
  assert.ok(!few.findings.some(({ field }) => field === 'certificates'));
});

test('a raw public key in the place of the certificates is shown with its identifier (RFC 7250 §3, TS-0003 10.1.2)', () => {
  const [, message2 = assert.fail(), message3 = assert.fail()] = rawPublicKeyHandshake.flights;
  for (const bytes of [message2, message3]) {
    const { certificates, rawPublicKey, findings } = reportOf(bytes);
    assert.deepEqual([certificates, findings], [[], []]);
    assert.equal(rawPublicKey?.key, 'P-256');
    assert.match(rawPublicKey?.publicKeyIdentifier ?? '', /^ni:\/\/\/sha-256;[\w-]{43}$/);
  }
  assert.equal(reportOf(message(2)).rawPublicKey, null);
});

test('the flights of a pre-shared key are messages 2 and 3 as well (RFC 4279 §2)', () => {
  const hello = encodeMessage(handshakeMessage.serverHello, {
    version: tls12,
    random: new Uint8Array(32),
    sessionId: new Uint8Array(),
    cipherSuite: 0x00a8,
    compressionMethod: 0,
    extensions: [],
  });
  const hint = encodeMessage(handshakeMessage.pskServerKeyExchange, { identityHint: Buffer.of(1) });
  const done = encodeMessage(handshakeMessage.serverHelloDone, {});
  for (const flight of [
    [hello, done],
    [hello, hint, done],
  ]) {
    const { message: ordinal, findings } = reportOf(handshakeRecord(...flight));
    assert.deepEqual([ordinal, findings], [2, []]);
  }
  const keyExchange = encodeMessage(handshakeMessage.pskClientKeyExchange, {
    identity: Buffer.from('KpsaId'),
  });
  const rest = Buffer.from(`1403030001011603030010${'00'.repeat(16)}`, 'hex');
  const {
    message: ordinal,
    annotation,
    findings,
  } = reportOf(Buffer.concat([handshakeRecord(keyExchange), rest]));
  assert.deepEqual([ordinal, findings], [3, []]);
  assert.ok(annotation.fields.some(({ name, value }) => name === 'identity' && value === '"KpsaId"'));
  const cut = reportOf(handshakeRecord(hello, hint));
  assert.deepEqual(
    cut.findings.map(({ code }) => code),
    ['MESSAGE_UNEXPECTED'],
  );
});

test('every field of a message has its offset, its size and its clause, in the report and as text', () => {
  for (const flights of handshakes.values())
    for (const bytes of flights) {
      const { annotation } = reportOf(bytes);
      for (const { name, offset, size, clause } of annotation.fields) {
        assert.match(clause, /^RFC \d{4} §\d/, name);
        assert.ok(offset + size <= bytes.length && size >= 0, name);
      }
    }
  const clauseOf = (name: string) =>
    reportOf(message(1)).annotation.fields.find(field => field.name === name)?.clause;
  assert.equal(clauseOf('random'), 'RFC 5246 §7.4.1.2');
  assert.equal(clauseOf('extended_master_secret'), 'RFC 7627 §5.1');
  assert.equal(clauseOf('nameType'), 'RFC 6066 §3');
});
