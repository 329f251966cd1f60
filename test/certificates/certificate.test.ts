import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type Certificate, parseCertificate } from '../../src/certificates/certificate.ts';
import { E2EKeyError, type FaultCode } from '../../src/errors.ts';
import {
  algorithms,
  bitString,
  type CertificateOptions,
  der,
  extension,
  integer,
  keyUsage,
  makeAuthority,
  nothing,
  objectIdentifier,
  octetString,
  sequence,
} from '../../src/testing/certificate-maker.ts';

const root = makeAuthority();
const parse = (options: CertificateOptions = {}): Certificate => parseCertificate(root.issue(options).der);
const withExtension = (id: string, value: Uint8Array): CertificateOptions => ({
  more: [extension(id, value)],
});

function refuses(
  options: CertificateOptions,
  message: RegExp,
  code: FaultCode = 'CERTIFICATE_MALFORMED',
): void {
  assert.throws(
    () => parse(options),
    (error: unknown) => {
      assert.ok(error instanceof E2EKeyError);
      assert.match(error.message, message);
      assert.equal(error.code, code);
      return true;
    },
  );
}

const pemDer = (file: string): Uint8Array =>
  new X509Certificate(readFileSync(new URL(`../vectors/${file}`, import.meta.url))).raw;

test('a certificate of OpenSSL is read as OpenSSL reads it', () => {
  for (const file of ['ca.pem', 'init.pem', 'term.pem']) {
    const expected = new X509Certificate(pemDer(file));
    const certificate = parseCertificate(expected.raw);
    assert.equal(certificate.serialNumber, expected.serialNumber.toLowerCase());
    assert.equal(certificate.fingerprint, expected.fingerprint256.replaceAll(':', '').toLowerCase());
    assert.equal(certificate.subject.text, expected.subject);
    assert.equal(certificate.issuer.text, expected.issuer);
    assert.equal(certificate.notBefore.getTime(), Date.parse(expected.validFrom));
    assert.equal(certificate.notAfter.getTime(), Date.parse(expected.validTo));
    assert.ok(certificate.publicKey.equals(expected.publicKey));
    assert.equal(certificate.extensions.basicConstraints?.cA ?? false, expected.ca);
  }
  const { extensions, extensionList } = parseCertificate(pemDer('init.pem'));
  assert.deepEqual(extensions.subjectAltName, [{ form: 'uri', value: '//m2m.example.com/CSE1/Cae01' }]);
  assert.deepEqual([...(extensions.keyUsage ?? [])], ['digitalSignature']);
  assert.deepEqual(
    extensionList.map(({ id, critical }) => [id, critical]),
    [
      ['2.5.29.15', true],
      ['2.5.29.17', false],
      ['2.5.29.14', false],
      ['2.5.29.35', false],
    ],
  );
});

test('the fingerprint is SHA-256 of the DER', () => {
  const { der: bytes, fingerprint } = parse();
  assert.equal(fingerprint, createHash('sha256').update(bytes).digest('hex'));
});

test('the bytes are a copy: changing the input afterwards changes nothing', () => {
  const input = Buffer.from(root.issue().der);
  const certificate = parseCertificate(input);
  const before = Buffer.from(certificate.tbsCertificate);
  input.fill(0);
  assert.deepEqual(Buffer.from(certificate.tbsCertificate), before);
});

test('every prefix of a certificate is refused, and so is any octet after it', () => {
  const bytes = root.issue({ names: ['dns:cse.example.com'] }).der;
  for (let length = 0; length < bytes.length; length++)
    assert.throws(() => parseCertificate(bytes.subarray(0, length)), E2EKeyError, `${length} octets`);
  assert.throws(() => parseCertificate(Buffer.concat([bytes, Buffer.of(0)])), /1 octets too many/);
});

test('a certificate above 16 KiB is refused before it is read', () => {
  assert.throws(
    () => parseCertificate(new Uint8Array(16 * 1024 + 1)),
    /: certificate: 16385 octets; accepted: at most 16384 \(our bound\)$/,
  );
  const padding = (length: number) => withExtension('1.2.3.4', Buffer.alloc(length));
  const overhead = root.issue(padding(10_000)).der.length - 10_000;
  assert.doesNotThrow(() => parse(padding(16 * 1024 - overhead - 8)));
});

test('only version 3 is read (RFC 5280 4.1.2.1)', () => {
  refuses({ version: new Uint8Array() }, /version 1/, 'CERTIFICATE_UNSUPPORTED');
  refuses({ version: der(0xa0, integer(1)) }, /version 2/, 'CERTIFICATE_UNSUPPORTED');
  refuses({ version: der(0xa0, integer(3)) }, /version 4/, 'CERTIFICATE_UNSUPPORTED');
  refuses({ version: der(0xa0, integer(0)) }, /version: version 1, which is the default, written out/);
});

test('the serial number is not negative and at most 20 octets; zero, which old roots have, is read (RFC 5280 4.1.2.2)', () => {
  refuses({ serial: Buffer.of(0x80) }, /serialNumber: negative/);
  refuses({ serial: Buffer.of(0xff, 0x7f) }, /serialNumber: negative/);
  refuses({ serial: Buffer.alloc(21, 0x11) }, /serialNumber: 21 octets/);
  refuses({ serial: Buffer.concat([Buffer.of(0), Buffer.alloc(21, 0xff)]) }, /serialNumber: 21 octets/);
  refuses({ serial: Buffer.of(0, 1) }, /superfluous/);
  assert.equal(parse({ serial: Buffer.of(0) }).serialNumber, '00');
  assert.equal(parse({ serial: Buffer.alloc(20, 0x11) }).serialNumber, '11'.repeat(20));
  assert.equal(
    parse({ serial: Buffer.concat([Buffer.of(0), Buffer.alloc(20, 0xff)]) }).serialNumber,
    'ff'.repeat(20),
  );
});

test('the signed and the outer signature algorithm are the same, parameters included (RFC 5280 4.1.1.2)', () => {
  refuses({ outerAlgorithm: algorithms.ecdsaWithSha384 }, /signatureAlgorithm: not the same/);
  refuses(
    { outerAlgorithm: sequence(objectIdentifier('1.2.840.10045.4.3.2'), nothing) },
    /signatureAlgorithm: not the same/,
  );
});

test('the issuer has a name (RFC 5280 4.1.2.4)', () => {
  refuses({ issuer: '' }, /issuer: an empty name/);
  assert.equal(parse({ subject: '' }).subject.isEmpty, true);
});

test('unique identifiers are read, as BIT STRINGs and in their order, and nothing is done with them (RFC 5280 4.1.2.8)', () => {
  // In the place of the public key's successor: after subjectPublicKeyInfo.
  const spki = parse().subjectPublicKeyInfo.der;
  const after = (...identifiers: Uint8Array[]) => ({ publicKey: Buffer.concat([spki, ...identifiers]) });
  const [issuerUniqueID, subjectUniqueID] = [der(0x81, Buffer.of(0, 1)), der(0x82, Buffer.of(4, 0x10))];
  for (const identifiers of [[issuerUniqueID], [subjectUniqueID], [issuerUniqueID, subjectUniqueID]]) {
    const certificate = parse({ ...after(...identifiers), names: ['dns:a.example'] });
    assert.deepEqual(certificate.subjectPublicKeyInfo.der, spki);
    assert.equal(certificate.extensions.subjectAltName?.length, 1);
  }
  refuses(after(subjectUniqueID, issuerUniqueID), /tag 0x81 instead of tag 0xa3/);
  refuses(after(issuerUniqueID, issuerUniqueID), /tag 0x81 instead of tag 0xa3/);
  refuses(after(der(0x81, Buffer.of(4, 0x18))), /issuerUniqueID: a BIT STRING whose unused bits/);
  refuses(after(der(0x82)), /subjectUniqueID: a BIT STRING/);
});

test('an extension comes once (RFC 5280 4.2)', () => {
  refuses({ more: [keyUsage('digitalSignature')] }, /extensions\.1\.extnID: keyUsage twice/);
  const unknown = extension('1.2.3.4', octetString());
  refuses({ more: [unknown, unknown] }, /1\.2\.3\.4 twice/);
});

test('extensions are bounded, and never an empty list', () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, arc) => extension(`1.2.3.${arc}`, nothing));
  assert.equal(parse({ extensions: many(32) }).extensionList.length, 32);
  refuses({ extensions: many(33) }, /extensions: more than 32 items/);
  assert.deepEqual(parse({ extensions: [] }).extensionList, []);
});

test('critical FALSE is not encoded (X.690 11.5)', () => {
  const explicit = sequence(objectIdentifier('1.2.3.4'), der(0x01, Buffer.of(0)), octetString());
  refuses({ more: [explicit] }, /extensions\.1\.critical: a BOOLEAN/);
});

test('an extension that is not read is kept as it is, whatever it holds', () => {
  const { extensionList } = parse(withExtension('1.2.3.4', Buffer.from('not DER')));
  assert.deepEqual(extensionList[1], { id: '1.2.3.4', critical: false, value: Buffer.from('not DER') });
});

test('an extension that is read holds its value and nothing after it', () => {
  refuses(
    { extensions: [extension('2.5.29.15', Buffer.concat([bitString(Buffer.of(0x80), 7), nothing]))] },
    /extnValue: 2 octets too many/,
  );
});

test('a public key that is none is refused when it is asked for, not before', () => {
  const spki = Buffer.from(parse().subjectPublicKeyInfo.der);
  spki.fill(0x01, 27);
  const certificate = parse({ publicKey: spki });
  assert.throws(() => certificate.publicKey, { code: 'CERTIFICATE_MALFORMED' });
  assert.strictEqual(parse().publicKey.type, 'public');
});

test('the signature and the public key end with an octet', () => {
  const spki = parse().subjectPublicKeyInfo;
  const cut = Buffer.from(spki.subjectPublicKey);
  cut[cut.length - 1] = (cut[cut.length - 1] ?? 0) & 0xfe;
  const algorithm = sequence(objectIdentifier('1.2.840.10045.2.1'), objectIdentifier('1.2.840.10045.3.1.7'));
  refuses(
    { publicKey: sequence(algorithm, bitString(cut, 1)) },
    /subjectPublicKey: a BIT STRING that ends inside/,
  );
});
