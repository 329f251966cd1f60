import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import type { CertificateReport } from '../../src/inspect/certificate-report.ts';
import { formatReport } from '../../src/inspect/text.ts';
import {
  algorithms,
  type CertificateOptions,
  der,
  extension,
  makeAuthority,
  nothing,
  objectIdentifier,
  octetString,
  otherKey,
  sequence,
} from '../../src/testing/certificate-maker.ts';
import { fileOf, report } from './material.ts';

const root = makeAuthority();

function shown(bytes: Uint8Array): CertificateReport {
  const inspected = report(bytes);
  assert.ok(inspected.kind === 'certificate' && inspected.certificates[0] !== null);
  return inspected.certificates[0] ?? assert.fail('no certificate');
}

const issued = (options: CertificateOptions): CertificateReport => shown(root.issue(options).der);

test('what is shown of a certificate is what OpenSSL says of it', () => {
  const bytes = fileOf('test/vectors/term.pem');
  const expected = new X509Certificate(bytes);
  const certificate = shown(bytes);
  assert.equal(certificate.subject, expected.subject);
  assert.equal(certificate.issuer, expected.issuer);
  assert.equal(certificate.serialNumber, expected.serialNumber.toLowerCase());
  assert.equal(Date.parse(certificate.notBefore), Date.parse(expected.validFrom));
  assert.equal(Date.parse(certificate.notAfter), Date.parse(expected.validTo));
  assert.equal(certificate.fingerprint, expected.fingerprint256.replaceAll(':', '').toLowerCase());
});

test('the public key identifier is SHA-256 over SubjectPublicKeyInfo, base64url without padding (RFC 6920 §3, TS-0003 10.1.2)', () => {
  const { der: bytes } = root.issue({});
  const spki = new X509Certificate(bytes).publicKey.export({ format: 'der', type: 'spki' });
  const digest = createHash('sha256').update(spki).digest('base64url');
  assert.equal(shown(bytes).publicKeyIdentifier, `ni:///sha-256;${digest}`);
  assert.match(shown(bytes).publicKeyIdentifier, /^ni:\/\/\/sha-256;[A-Za-z0-9_-]{43}$/);
});

test('keys and signature algorithms are shown by name, also those that are refused', () => {
  assert.equal(issued({}).key, 'P-256');
  assert.equal(issued({ key: otherKey('P-384') }).key, 'P-384');
  assert.equal(issued({ key: otherKey(1024) }).key, 'RSA with 1024 bits');
  assert.equal(issued({ key: otherKey('Ed25519') }).key, 'ed25519');
  const publicKey = sequence(sequence(objectIdentifier('1.2.3')), der(0x03, Buffer.of(0, 1)));
  assert.equal(issued({ publicKey }).key, 'unreadable, algorithm 1.2.3');
  assert.equal(issued({}).signatureAlgorithm, 'ecdsa-with-SHA256');
  assert.equal(
    issued({ signatureAlgorithm: algorithms.ecdsaWithSha1 }).signatureAlgorithm,
    'ecdsa-with-SHA1',
  );
  const unknown = sequence(objectIdentifier('1.2.3'));
  assert.equal(issued({ signatureAlgorithm: unknown }).signatureAlgorithm, '1.2.3');
});

test('every form of name is shown with its form (RFC 5280 4.2.1.6)', () => {
  const other = der(0xa0, objectIdentifier('0.2.481.1'), der(0xa0, der(0x0d, Buffer.from('056417', 'hex'))));
  const bytes = 'other:1.2.3:0500';
  const names = [
    'dns:a.example',
    'uri://a/b',
    'email:a@b',
    'ip:7f000001',
    'rid:1.2.3',
    'dir:x',
    other,
    bytes,
  ];
  assert.deepEqual(issued({ names }).subjectAltName, [
    'dns:a.example',
    'uri://a/b',
    'email:a@b',
    'ip:7f000001',
    'registeredId:1.2.3',
    'directory:CN=x',
    'device:0.2.481.1.5.100.23',
    'other:1.2.3 0500',
  ]);
});

test('the identities are shown with their flavours, also where one name is of two (TS-0003 10.1.1)', () => {
  const names = ['uri:https://cse-b.example', 'dns:cse-b.example', 'rid:1.2.3', 'device:0.2.481.1:100'];
  assert.deepEqual(issued({ names }).identities, [
    { flavour: 'fqdn', id: 'cse-b.example', form: 'uri' },
    { flavour: 'cse-id', id: 'cse-b.example', form: 'dns' },
    { flavour: 'fqdn', id: 'cse-b.example', form: 'dns' },
    { flavour: 'node-id', id: '1.2.3', form: 'registeredId' },
    { flavour: 'device', id: '1.2.3', form: 'registeredId' },
    { flavour: 'device', id: '0.2.481.1.100', form: 'device' },
  ]);
  const text = formatReport(report(root.issue({ names }).der));
  assert.deepEqual(
    text.split('\n').filter(line => line.includes('  identity')),
    [
      '  identity    fqdn, cse-id cse-b.example',
      '  identity    node-id, device 1.2.3',
      '  identity    device 0.2.481.1.100',
    ],
  );
});

test('extensions are shown in words where they are read, and as bytes where not', () => {
  const more = [
    extension('2.5.29.14', octetString(Buffer.of(1, 2))),
    extension('2.5.29.35', sequence(der(0x80, Buffer.of(3, 4)))),
    extension('2.5.29.37', sequence(objectIdentifier('1.3.6.1.5.5.7.3.1'), objectIdentifier('1.2.3'))),
    extension('2.5.29.31', nothing),
    extension('1.2.3', octetString(Buffer.alloc(40, 0xab)), true),
  ];
  assert.deepEqual(
    issued({ names: ['dns:a.example'], more }).extensions.map(
      ({ name, critical, value }) => `${name}${critical ? '!' : ''} ${value}`,
    ),
    [
      'keyUsage! digitalSignature',
      'subjectAltName dns:a.example',
      'subjectKeyIdentifier 0102',
      'authorityKeyIdentifier 0304',
      'extKeyUsage serverAuth, 1.2.3',
      'cRLDistributionPoints 0500',
      `1.2.3! 0428${'ab'.repeat(30)}… (42 bytes)`,
    ],
  );
  const authority = makeAuthority({
    pathLen: 1,
    nameConstraints: { permitted: ['dns:a.example'], excluded: ['dns:b.a.example', 'uri:c.example'] },
  });
  assert.deepEqual(
    shown(authority.der).extensions.map(({ name, value }) => `${name} ${value}`),
    [
      'basicConstraints cA TRUE, pathLenConstraint 1',
      'keyUsage keyCertSign, cRLSign',
      'nameConstraints permitted dns:a.example; excluded dns:b.a.example, uri:c.example',
    ],
  );
});
