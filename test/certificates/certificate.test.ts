import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type Certificate, parseCertificate } from '../../src/certificates/certificate.ts';
import { E2EKeyError, type FaultCode } from '../../src/errors.ts';
import {
  algorithms,
  basicConstraints,
  bitString,
  type CertificateOptions,
  der,
  extension,
  integer,
  keyUsage,
  makeAuthority,
  name,
  nothing,
  objectIdentifier,
  octetString,
  sequence,
  yes,
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
  assert.throws(() => parseCertificate(new Uint8Array(16 * 1024 + 1)), /at most 16384 are read/);
  const padding = (length: number) => withExtension('1.2.3.4', Buffer.alloc(length));
  const overhead = root.issue(padding(10_000)).der.length - 10_000;
  assert.doesNotThrow(() => parse(padding(16 * 1024 - overhead - 8)));
});

test('only version 3 is read (RFC 5280 4.1.2.1)', () => {
  refuses({ version: new Uint8Array() }, /version 1/, 'CERTIFICATE_UNSUPPORTED');
  refuses({ version: der(0xa0, integer(1)) }, /version 2/, 'CERTIFICATE_UNSUPPORTED');
  refuses({ version: der(0xa0, integer(3)) }, /version 4/, 'CERTIFICATE_UNSUPPORTED');
  refuses({ version: der(0xa0, integer(0)) }, /version: a default value/);
});

test('the serial number is positive and at most 20 octets (RFC 5280 4.1.2.2)', () => {
  refuses({ serial: Buffer.of(0) }, /serialNumber: not positive/);
  refuses({ serial: Buffer.of(0x80) }, /serialNumber: not positive/);
  refuses({ serial: Buffer.alloc(21, 0x11) }, /serialNumber: more than 20 octets/);
  refuses({ serial: Buffer.of(0, 1) }, /superfluous/);
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

test('unique identifiers are refused (RFC 5280 4.1.2.8)', () => {
  for (const tag of [0x81, 0x82]) {
    // In the place of the public key's successor: after subjectPublicKeyInfo.
    const spki = parse().subjectPublicKeyInfo.der;
    const publicKey = Buffer.concat([spki, der(tag, Buffer.of(0, 1))]);
    refuses({ publicKey }, /unique identifier/, 'CERTIFICATE_UNSUPPORTED');
  }
});

test('an extension comes once (RFC 5280 4.2)', () => {
  refuses({ more: [keyUsage('digitalSignature')] }, /extensions\.1\.extnID: extension 2\.5\.29\.15 twice/);
  const unknown = extension('1.2.3.4', octetString());
  refuses({ more: [unknown, unknown] }, /extension 1\.2\.3\.4 twice/);
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

test('basicConstraints: pathLenConstraint only with cA, cA FALSE not encoded (RFC 5280 4.2.1.9)', () => {
  const read = (...extensions: Uint8Array[]) => parse({ extensions }).extensions.basicConstraints;
  assert.deepEqual(read(basicConstraints(true)), { cA: true, pathLenConstraint: null });
  assert.deepEqual(read(basicConstraints(true, 3)), { cA: true, pathLenConstraint: 3 });
  assert.deepEqual(read(basicConstraints(false)), { cA: false, pathLenConstraint: null });
  refuses({ extensions: [basicConstraints(false, 0)] }, /pathLenConstraint: present without cA/);
  refuses(withExtension('2.5.29.19', sequence(der(0x01, Buffer.of(0)))), /cA: a BOOLEAN/);
  refuses(withExtension('2.5.29.19', sequence(yes, der(0x02, Buffer.of(0xff)))), /negative/);
});

test('keyUsage has at least one of the nine bits and no other (RFC 5280 4.2.1.3)', () => {
  refuses({ extensions: [extension('2.5.29.15', bitString(new Uint8Array()))] }, /no key usage at all/);
  refuses({ extensions: [extension('2.5.29.15', bitString(Buffer.of(0, 0x40), 6))] }, /key usage bit 9/);
});

test('extKeyUsage is bounded and not empty (RFC 5280 4.2.1.12)', () => {
  const purposes = (count: number) =>
    sequence(...Array.from({ length: count }, (_, arc) => objectIdentifier(`1.2.3.${arc}`)));
  assert.equal(parse(withExtension('2.5.29.37', purposes(32))).extensions.extKeyUsage?.length, 32);
  refuses(withExtension('2.5.29.37', purposes(33)), /more than 32 items/);
  refuses(withExtension('2.5.29.37', purposes(0)), /empty list/);
});

test('subjectAltName: every form of name is told apart (RFC 5280 4.2.1.6)', () => {
  const other = der(0xa0, objectIdentifier('0.2.481.1'), der(0xa0, der(0x0d, Buffer.of(0x64, 0x97, 0x56))));
  const names = [
    'uri:m2m://a.example/b/Cc',
    'dns:b.example',
    'email:c@d.example',
    'ip:7f000001',
    'dir:somebody',
    'rid:1.2.3',
    other,
    der(0xa3),
    der(0xa5),
  ];
  const read = parse({ names }).extensions.subjectAltName ?? [];
  assert.deepEqual(
    read.map(({ form }) => form),
    ['uri', 'dns', 'email', 'ip', 'directory', 'registeredId', 'other', 'x400', 'ediParty'],
  );
  assert.deepEqual(read[0], { form: 'uri', value: 'm2m://a.example/b/Cc' });
  assert.deepEqual(read[3], { form: 'ip', bytes: Buffer.of(127, 0, 0, 1) });
  assert.deepEqual(read[5], { form: 'registeredId', value: '1.2.3' });
  assert.deepEqual(read[6], {
    form: 'other',
    typeId: '0.2.481.1',
    value: Buffer.of(0x0d, 3, 0x64, 0x97, 0x56),
  });
  assert.ok(read[4]?.form === 'directory' && read[4].name.text === 'CN=somebody');
});

test('subjectAltName: bounded, not empty, visible ASCII only, IP addresses of 4 or 16 octets', () => {
  const dns = (count: number) => Array.from({ length: count }, (_, index) => `dns:a${index}.example`);
  assert.equal(parse({ names: dns(64) }).extensions.subjectAltName?.length, 64);
  refuses({ names: dns(65) }, /more than 64 items/);
  refuses(withExtension('2.5.29.17', sequence()), /empty list/);
  for (const wrong of [
    'dns:',
    'uri:',
    'dns: ',
    'dns:a\0.example',
    'uri://a/b\n',
    'dns:ä.example',
    'email:a\x7f@b',
  ])
    refuses({ names: [wrong] }, /extnValue\.0: (an empty name|a name with a character)/);
  assert.equal(parse({ names: [`ip:${'00'.repeat(16)}`] }).extensions.subjectAltName?.[0]?.form, 'ip');
  for (const wrong of ['ip:7f0000', 'ip:7f00000100000000', 'ip:'.concat('00'.repeat(32))])
    refuses({ names: [wrong] }, /iPAddress/);
  refuses({ names: [der(0x89)] }, /no form of GeneralName/);
  refuses({ names: [der(0xa2, Buffer.from('a.example'))] }, /no form of GeneralName/);
});

test('nameConstraints: neither empty nor with an encoded default (RFC 5280 4.2.1.10)', () => {
  const subtree = (...parts: Uint8Array[]) => sequence(der(0x82, Buffer.from('a.example')), ...parts);
  const read = (...parts: Uint8Array[]) => withExtension('2.5.29.30', sequence(...parts));
  refuses(read(), /empty name constraints/);
  refuses(read(der(0xa0)), /empty list/);
  refuses(read(der(0xa0, subtree(der(0x80, Buffer.of(0))))), /minimum: a default value/);
  refuses(read(der(0xa1, subtree()), der(0xa0, subtree())), /too many/);
  refuses(read(der(0xa0, ...Array.from({ length: 65 }, () => subtree()))), /more than 64 items/);
  const { nameConstraints } = parse(
    read(der(0xa0, subtree(der(0x80, Buffer.of(1)), der(0x81, Buffer.of(2))))),
  ).extensions;
  assert.deepEqual(nameConstraints, {
    permitted: [{ base: { form: 'dns', value: 'a.example' }, minimum: 1, maximum: 2 }],
    excluded: [],
  });
});

test('authorityKeyIdentifier: the key identifier, whatever else is there (RFC 5280 4.2.1.1)', () => {
  const keyIdentifier = der(0x80, Buffer.of(1, 2));
  const rest = [der(0xa1, der(0xa4, name('x'))), der(0x82, Buffer.of(1))];
  const read = (...parts: Uint8Array[]) =>
    parse(withExtension('2.5.29.35', sequence(...parts))).extensions.authorityKeyIdentifier;
  assert.deepEqual(read(keyIdentifier, ...rest), Buffer.of(1, 2));
  assert.equal(read(...rest), null);
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

test('a name is shown so that a log line stays a log line (RFC 4514 2.4)', () => {
  const attribute = (type: string, tag: number, value: Uint8Array) =>
    der(0x31, sequence(objectIdentifier(type), der(tag, value)));
  const text = (...parts: Uint8Array[]) => parse({ subject: sequence(...parts) }).subject.text;
  const cn = (value: string) => text(attribute('2.5.4.3', 0x0c, Buffer.from(value)));
  assert.equal(cn('a,b+c"d\\e<f>g;h=i'), 'CN=a\\,b\\+c\\"d\\\\e\\<f\\>g\\;h\\=i');
  assert.equal(cn(' a '), 'CN=\\ a\\ ');
  assert.equal(cn('#a'), 'CN=\\#a');
  assert.equal(cn('a\r\nb\0c\u202ed\u2028e'), 'CN=a\\0d\\0ab\\00c\\e2\\80\\aed\\e2\\80\\a8e');
  assert.equal(
    text(attribute('2.5.4.6', 0x13, Buffer.from('DE')), attribute('2.5.4.3', 0x0c, Buffer.from('a'))),
    'CN=a,C=DE',
  );
  assert.equal(text(attribute('1.2.3', 0x0c, Buffer.from('a'))), '1.2.3=#0c0161');
  assert.equal(text(attribute('2.5.4.3', 0x0c, Buffer.of(0xff))), 'CN=#0c01ff');
  assert.equal(text(attribute('2.5.4.3', 0x1e, Buffer.from('\0a'))), 'CN=#1e020061');
});

test('names are bounded', () => {
  const rdn = (index: number) =>
    der(0x31, sequence(objectIdentifier(`2.5.4.${index}`), der(0x0c, Buffer.from('a'))));
  const subject = (count: number) => sequence(...Array.from({ length: count }, (_, index) => rdn(index)));
  assert.doesNotThrow(() => parse({ subject: subject(32) }));
  refuses({ subject: subject(33) }, /subject: more than 32 items/);
  const attributes = Array.from({ length: 9 }, (_, index) =>
    sequence(objectIdentifier(`2.5.4.${index}`), der(0x0c, Buffer.from('a'))),
  );
  refuses({ subject: sequence(der(0x31, ...attributes)) }, /subject\.0: more than 8 items/);
  refuses({ subject: sequence(der(0x31)) }, /subject\.0: an empty list/);
});
