// RFC 5280 4.1 and 4.2, field by field and extension by extension: what a validator has to accept, and what it has to
// refuse. The table of the rules, with those that bind issuers only, is docs/conformance.md. Paths are in
// rfc5280-path.test.ts.
import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { test } from 'node:test';
import {
  algorithms,
  basicConstraints,
  bitString,
  der,
  extension,
  generalName,
  integer,
  keyFor,
  keyUsage,
  makeAuthority,
  nameConstraints,
  nothing,
  objectIdentifier,
  octetString,
  sequence,
  time as timeOf,
  yes,
} from '../../src/testing/certificate-maker.ts';
import {
  accepted,
  clientAuth,
  distinguishedName,
  flipped,
  purposes,
  refused,
  rewritten,
  root,
  serverAuth,
  string,
} from './chains.ts';

const leaf = root.issue();
const notBefore = new Date('2026-01-01T00:00:00Z');
const notAfter = new Date('2126-01-01T00:00:00Z');
const forCas = [basicConstraints(true), keyUsage('keyCertSign')];
const extensionField = (index: number, inside: string): string =>
  `certificate_list.0.tbsCertificate.extensions.${index}.${inside}`;

/** An end-point with one extension after keyUsage. */
const withExtension = (id: string, value: Uint8Array, critical = false) =>
  root.issue({ more: [extension(id, value, critical)] });

/** The leaf under an authority with these constraints. */
function under(constraints: Uint8Array, options: Parameters<typeof root.issue>[0]) {
  const authority = root.authority({ extensions: [...forCas, constraints] });
  return [authority.issue({ subject: '', extensions: [], ...options }), authority];
}

/** A critical subjectAltName, which an empty subject needs. */
const criticalNames = (...names: readonly Uint8Array[]) => [extension('2.5.29.17', sequence(...names), true)];

test('4.1: a certificate is DER, and nothing follows it', () => {
  accepted([leaf]);
  const malformed = 'CERTIFICATE_MALFORMED';
  const trailing = Buffer.concat([leaf.der, Buffer.of(0)]);
  refused([{ der: trailing }], malformed, {
    position: 0,
    field: 'certificate_list.0',
    clause: 'X.690 8.1.3',
  });
  const indefinite = Buffer.concat([Buffer.of(0x30, 0x80), leaf.der.subarray(4), Buffer.of(0, 0)]);
  refused([{ der: indefinite }], malformed, {
    position: 0,
    field: 'certificate_list.0',
    clause: 'X.690 10.1',
  });
});

test('4.1.1.2: the algorithm outside the signed part is the one inside it', () => {
  accepted([leaf]);
  const demanded = {
    position: 0,
    field: 'certificate_list.0.signatureAlgorithm',
    clause: 'RFC 5280 4.1.1.2',
  };
  for (const outerAlgorithm of [
    algorithms.ecdsaWithSha384,
    sequence(objectIdentifier('1.2.840.10045.4.3.2'), nothing),
  ])
    refused([root.issue({ outerAlgorithm })], 'CERTIFICATE_MALFORMED', demanded);
});

test('4.1.1.2: a signature algorithm that is not processed is refused before it is worked with', () => {
  accepted([root.issue({ signatureAlgorithm: algorithms.ecdsaWithSha384, hash: 'sha384' })]);
  refused(
    [root.issue({ signatureAlgorithm: algorithms.ecdsaWithSha1, hash: 'sha1' })],
    'CERTIFICATE_UNSUPPORTED',
    { position: 0, field: 'signatureAlgorithm', clause: 'RFC 5280 4.1.1.2, 4.1.2.7' },
  );
});

test('4.1.2.1: version 3 is recognised, earlier ones are refused as such', () => {
  accepted([root.issue({ version: der(0xa0, integer(2)) })]);
  const demanded = {
    position: 0,
    field: 'certificate_list.0.tbsCertificate.version',
    clause: 'RFC 5280 4.1.2.1',
  };
  for (const [version, problem] of [
    [new Uint8Array(), /version 1/],
    [der(0xa0, integer(1)), /version 2/],
    [der(0xa0, integer(3)), /version 4/],
  ] as const)
    refused([root.issue({ version, extensions: [] })], 'CERTIFICATE_UNSUPPORTED', { ...demanded, problem });
});

test('4.1.2.1: version 1 is the default, and so not written', () => {
  accepted([root.issue({ version: der(0xa0, integer(2)) })]);
  refused([root.issue({ version: der(0xa0, integer(0)), extensions: [] })], 'CERTIFICATE_MALFORMED', {
    position: 0,
    field: 'certificate_list.0.tbsCertificate.version',
    clause: 'X.690 11.5, RFC 5280 4.1.2.1',
  });
});

test('4.1.2.2: a serial number is positive and has up to 20 octets', () => {
  const octets = (length: number) => Buffer.alloc(length, 0x7f);
  accepted([root.issue({ serial: octets(20) })]);
  const field = 'certificate_list.0.tbsCertificate.serialNumber';
  const clause = 'RFC 5280 4.1.2.2';
  const malformed = (serial: Uint8Array, problem: RegExp) =>
    refused([root.issue({ serial })], 'CERTIFICATE_MALFORMED', { position: 0, field, clause, problem });
  malformed(octets(21), /21 octets/);
  malformed(Buffer.of(0xff), /negative/);
  refused([root.issue({ serial: 0 })], 'CERTIFICATE_UNTRUSTED', {
    position: 0,
    field: 'serialNumber',
    clause,
  });
});

test('4.1.2.2: an anchor with the serial number zero is read, an intermediate with it refused', () => {
  const anchor = makeAuthority({ serial: 0 });
  accepted([anchor.issue()], { anchors: [anchor.der] });
  const intermediate = root.authority({ serial: 0 });
  refused([intermediate.issue(), intermediate], 'CERTIFICATE_UNTRUSTED', {
    position: 1,
    field: 'serialNumber',
    clause: 'RFC 5280 4.1.2.2',
  });
});

test('4.1.2.4: the issuer is named', () => {
  accepted([leaf]);
  refused([root.issue({ issuer: '' })], 'CERTIFICATE_MALFORMED', {
    position: 0,
    field: 'certificate_list.0.tbsCertificate.issuer',
    clause: 'RFC 5280 4.1.2.4',
  });
});

test('4.1.2.4: names of all standard attributes, and of others, are read and chain', () => {
  const attributes = [
    ['0.9.2342.19200300.100.1.25', string.ia5, 'com'],
    ['2.5.4.6', string.printable, 'KR'],
    ['2.5.4.10', string.utf8, 'Organisation'],
    ['2.5.4.11', string.utf8, 'Unit'],
    ['2.5.4.46', string.printable, 'qualifier'],
    ['2.5.4.8', string.utf8, 'State'],
    ['2.5.4.3', string.utf8, 'Common name'],
    ['2.5.4.5', string.printable, '4711'],
    ['2.5.4.7', string.utf8, 'Locality'],
    ['2.5.4.12', string.utf8, 'Title'],
    ['2.5.4.4', string.utf8, 'Surname'],
    ['2.5.4.42', string.utf8, 'Given name'],
    ['2.5.4.43', string.utf8, 'I.'],
    ['2.5.4.65', string.utf8, 'Pseudonym'],
    ['2.5.4.44', string.utf8, 'Jr.'],
    ['1.2.840.113549.1.9.1', string.ia5, 'ca@example.com'],
    ['1.3.6.1.4.1.99999.1', string.utf8, 'of nobody'],
  ] as const;
  const intermediate = root.authority({ subject: distinguishedName(...attributes) });
  const { path } = accepted([intermediate.issue(), intermediate]);
  assert.match(path[1]?.subject ?? '', /DC=com$/);
  const other = distinguishedName(...attributes.slice(1));
  refused([intermediate.issue({ issuer: other }), intermediate], 'CERTIFICATE_UNTRUSTED', {
    position: 0,
    field: 'issuer',
    clause: 'RFC 5280 6.1.3 (a)(4)',
  });
});

test('4.1.2.4: what stands in a string is of its character set', () => {
  const subject = (tag: number, bytes: Uint8Array) =>
    sequence(der(0x31, sequence(objectIdentifier('2.5.4.3'), der(tag, bytes))));
  accepted([root.issue({ subject: subject(string.utf8, Buffer.from('Gerät', 'utf8')) })]);
  for (const tag of [string.utf8, string.printable, string.ia5])
    refused(
      [root.issue({ subject: subject(tag, Buffer.from('Gerät', 'latin1')) })],
      'CERTIFICATE_MALFORMED',
      {
        position: 0,
        field: 'certificate_list.0.tbsCertificate.subject.0.0.value',
        clause: 'RFC 5280 4.1.2.4',
      },
    );
});

test('4.1.2.4: issuer and subject chain by the comparison of 7.1, without case, kind of string and spaces', () => {
  const named = (tag: number, text: string) => distinguishedName(['2.5.4.3', tag, text]);
  const intermediate = root.authority({ subject: named(string.utf8, 'Issuing CA') });
  for (const issuer of [
    named(string.printable, 'Issuing CA'),
    named(string.utf8, 'ISSUING ca'),
    named(string.utf8, ' Issuing   CA '),
  ])
    accepted([intermediate.issue({ issuer }), intermediate]);
  for (const issuer of [named(string.utf8, 'IssuingCA'), named(string.utf8, 'Issuing CB')])
    refused([intermediate.issue({ issuer }), intermediate], 'CERTIFICATE_UNTRUSTED', {
      position: 0,
      field: 'issuer',
      clause: 'RFC 5280 6.1.3 (a)(4)',
    });
});

test('4.1.2.4: names in deprecated kinds of string are read, and match by the same comparison', () => {
  const intermediate = root.authority({ subject: inBmpString('2.5.4.3', 'Issuing CA') });
  for (const issuer of [
    inBmpString('2.5.4.3', 'Issuing CA'),
    distinguishedName(['2.5.4.3', string.utf8, 'ISSUING ca']),
  ])
    accepted([intermediate.issue({ issuer }), intermediate]);
  const other = inBmpString('2.5.4.3', 'Issuing CB');
  refused([intermediate.issue({ issuer: other }), intermediate], 'CERTIFICATE_UNTRUSTED', {
    position: 0,
    field: 'issuer',
    clause: 'RFC 5280 6.1.3 (a)(4)',
  });
});

test('4.1.2.5: dates are read in UTCTime and in GeneralizedTime, on both sides of 2050', () => {
  const utc = root.issue({ notAfter: new Date('2049-12-31T23:59:59Z') });
  accepted([utc]);
  const general = root.issue({ notAfter: new Date('2050-01-01T00:00:00Z') });
  accepted([general], { time: new Date('2050-01-01T00:00:00Z') });
  refused(
    [general],
    'CERTIFICATE_EXPIRED',
    {
      position: 0,
      field: 'validity',
      clause: 'RFC 5280 6.1.3 (a)(2)',
    },
    { time: new Date('2050-01-01T00:00:01Z') },
  );
  accepted([withValidity(generalizedTime('20260101000000Z'), generalizedTime('20280101000000Z'))]);
});

test('4.1.2.5: 99991231235959Z is a date like others: no end that is known', () => {
  const endless = withValidity(timeOf(notBefore), generalizedTime('99991231235959Z'));
  const anchors = [makeAuthority({ notAfter: new Date('9999-12-31T23:59:59Z') }).der];
  accepted([endless], { anchors, time: new Date('9999-12-31T23:59:59Z') });
  refused(
    [leaf],
    'CERTIFICATE_EXPIRED',
    { position: 0, field: 'validity', clause: 'RFC 5280 6.1.3 (a)(2)' },
    { anchors, time: new Date('9999-12-31T23:59:59Z') },
  );
});

test('4.1.2.5.1: UTCTime has seconds and is GMT, and its years are 1950 to 2049', () => {
  accepted([withValidity(utcTime('260101000000Z'), utcTime('491231235959Z'))]);
  accepted([withValidity(utcTime('500101000000Z'), utcTime('491231235959Z'))]);
  refused([withValidity(utcTime('260101000000Z'), utcTime('500101000000Z'))], 'CERTIFICATE_EXPIRED', {
    position: 0,
    field: 'validity',
    clause: 'RFC 5280 6.1.3 (a)(2)',
    problem: /no longer valid/,
  });
  for (const text of ['2601010000Z', '260101000000+0000', '260101000000', '260231000000Z', '260101246000Z'])
    refused([withValidity(utcTime(text), timeOf(notAfter))], 'CERTIFICATE_MALFORMED', {
      position: 0,
      field: 'certificate_list.0.tbsCertificate.validity.notBefore',
      clause: 'RFC 5280 4.1.2.5',
    });
});

test('4.1.2.5.2: GeneralizedTime has seconds, no fractions, and is GMT', () => {
  accepted([withValidity(timeOf(notBefore), generalizedTime('20501231235959Z'))]);
  for (const text of ['205012312359Z', '20501231235959.5Z', '20501231235959+0000', '20501231235959'])
    refused([withValidity(timeOf(notBefore), generalizedTime(text))], 'CERTIFICATE_MALFORMED', {
      position: 0,
      field: 'certificate_list.0.tbsCertificate.validity.notAfter',
      clause: 'RFC 5280 4.1.2.5',
    });
});

test('4.1.2.6: a certification authority has a subject', () => {
  const names = criticalNames(generalName('dns:ca.example.com'));
  const named = root.authority({ extensions: [...forCas, ...names] });
  accepted([named.issue(), named]);
  // Its certificates would have no issuer; they are refused for that, before the authority is.
  const nameless = root.authority({
    subject: '',
    key: keyFor('nameless'),
    extensions: [...forCas, ...names],
  });
  refused([nameless.issue({ issuer: '' }), nameless], 'CERTIFICATE_MALFORMED', {
    position: 0,
    field: 'certificate_list.0.tbsCertificate.issuer',
    clause: 'RFC 5280 4.1.2.4',
  });
});

test('4.1.2.6: an end-point without subject has a critical subjectAltName', () => {
  const name = generalName('dns:a.example.com');
  accepted([root.issue({ subject: '', extensions: criticalNames(name) })]);
  const demanded = { position: 0, field: 'subject', clause: 'RFC 5280 4.1.2.6, 4.2.1.6' };
  refused([root.issue({ subject: '', names: [name] })], 'CERTIFICATE_UNSUPPORTED', demanded);
  refused([root.issue({ subject: '' })], 'CERTIFICATE_UNSUPPORTED', demanded);
});

test('4.1.2.7: a public key is of an algorithm that is processed, with parameters of its own', () => {
  const { x = '', y = '' } = createPublicKey(keyFor('end-point')).export({ format: 'jwk' });
  const point = bitString(
    Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]),
  );
  const ecKey = (...parameters: readonly Uint8Array[]) =>
    root.issue({
      publicKey: sequence(sequence(objectIdentifier('1.2.840.10045.2.1'), ...parameters), point),
    });
  accepted([ecKey(objectIdentifier('1.2.840.10045.3.1.7'))]);
  const demanded = {
    position: 0,
    field: 'subjectPublicKeyInfo',
    clause: 'RFC 5280 4.1.1.2, 4.1.2.7',
  };
  // Absent and NULL would inherit the curve of the issuer.
  for (const certificate of [ecKey(), ecKey(nothing), ecKey(objectIdentifier('1.3.132.0.10'))])
    refused([certificate], 'CERTIFICATE_UNSUPPORTED', demanded);
  const dsa = sequence(sequence(objectIdentifier('1.2.840.10040.4.1')), bitString(integer(5)));
  refused([root.issue({ publicKey: dsa })], 'CERTIFICATE_UNSUPPORTED', demanded);
});

test('4.1.2.8: unique identifiers are read, and change nothing', () => {
  const publicKey = createPublicKey(leaf.key).export({ format: 'der', type: 'spki' });
  const identifiers = [der(0x81, Buffer.of(0, 1)), der(0x82, Buffer.of(0, 2))];
  accepted([root.issue({ publicKey: Buffer.concat([publicKey, ...identifiers]) })]);
  refused(
    [root.issue({ publicKey: Buffer.concat([publicKey, der(0x81, Buffer.of(8, 1))]) })],
    'CERTIFICATE_MALFORMED',
    { position: 0, field: 'certificate_list.0.tbsCertificate.issuerUniqueID', clause: 'X.690 8.6.2' },
  );
});

test('4.1.2.9: extensions are one or more, or the field is absent', () => {
  accepted([root.issue({ extensions: [] })]);
  const publicKey = createPublicKey(leaf.key).export({ format: 'der', type: 'spki' });
  const empty = root.issue({ extensions: [], publicKey: Buffer.concat([publicKey, der(0xa3, sequence())]) });
  refused([empty], 'CERTIFICATE_MALFORMED', {
    position: 0,
    field: 'certificate_list.0.tbsCertificate.extensions',
    clause: 'RFC 5280 4.1',
  });
});

test('4.2: a critical extension that is not processed is refused, one that is not critical is not', () => {
  const id = '1.3.6.1.4.1.99999.2';
  accepted([withExtension(id, nothing)]);
  refused([withExtension(id, nothing, true)], 'CERTIFICATE_UNSUPPORTED', {
    position: 0,
    field: 'extensions',
    clause: 'RFC 5280 6.1.5 (f)',
    problem: /1\.3\.6\.1\.4\.1\.99999\.2 is critical/,
  });
});

test('4.2: a critical extension whose content cannot be processed is refused', () => {
  accepted([withExtension('2.5.29.37', sequence(objectIdentifier(serverAuth)), true)]);
  refused([withExtension('2.5.29.37', octetString(), true)], 'CERTIFICATE_MALFORMED', {
    position: 0,
    field: extensionField(1, 'extnValue'),
    clause: 'RFC 5280 4.1',
  });
});

test('4.2: an extension that is not critical and known is processed all the same', () => {
  accepted([withExtension('2.5.29.37', sequence(objectIdentifier(serverAuth)))], { purpose: 'terminating' });
  refused(
    [withExtension('2.5.29.37', sequence(objectIdentifier(serverAuth)))],
    'CERTIFICATE_UNTRUSTED',
    { position: 0, field: 'extKeyUsage', clause: 'RFC 5280 4.2.1.12' },
    { purpose: 'initiating' },
  );
});

test('4.2: an extension occurs once', () => {
  const one = extension('1.3.6.1.4.1.99999.2', nothing);
  accepted([root.issue({ more: [one] })]);
  refused([root.issue({ more: [one, one] })], 'CERTIFICATE_MALFORMED', {
    position: 0,
    field: extensionField(2, 'extnID'),
    clause: 'RFC 5280 4.2',
  });
});

test('4.2: criticality is TRUE or left out', () => {
  const encoded = (...critical: readonly Uint8Array[]) =>
    root.issue({
      more: [
        sequence(
          objectIdentifier('2.5.29.37'),
          ...critical,
          octetString(sequence(objectIdentifier(serverAuth))),
        ),
      ],
    });
  accepted([encoded()]);
  accepted([encoded(yes)]);
  for (const octet of [0x00, 0x01])
    refused([encoded(der(0x01, Buffer.of(octet)))], 'CERTIFICATE_MALFORMED', {
      position: 0,
      field: extensionField(1, 'critical'),
      clause: 'X.690 11.1, 11.5',
    });
});

test('4.2: the extensions that have to be recognised are, critical ones too', () => {
  const authority = root.authority({
    extensions: [
      ...forCas,
      nameConstraints({ permitted: ['dns:example.com'] }),
      extension('2.5.29.32', sequence(sequence(objectIdentifier('1.3.6.1.4.1.99999.3'))), true),
      extension('2.5.29.37', sequence(objectIdentifier(serverAuth)), true),
    ],
  });
  const names = criticalNames(generalName('dns:a.example.com'));
  accepted([authority.issue({ extensions: [keyUsage('digitalSignature'), ...names] }), authority]);
  refused([authority.issue({ names: ['dns:a.example.org'] }), authority], 'CERTIFICATE_UNTRUSTED', {
    position: 0,
    field: 'subjectAltName',
    clause: 'RFC 5280 6.1.3 (b), (c)',
  });
});

test('4.2.1.1: authorityKeyIdentifier is not critical', () => {
  const value = sequence(der(0x80, Buffer.of(1, 2, 3)));
  accepted([withExtension('2.5.29.35', value)]);
  refused([withExtension('2.5.29.35', value, true)], 'CERTIFICATE_UNSUPPORTED', {
    position: 0,
    field: 'authorityKeyIdentifier',
    clause: 'RFC 5280 4.2.1.1',
  });
});

test('4.2.1.1: authorityCertIssuer and authorityCertSerialNumber come together', () => {
  const issuer = der(0xa1, generalName('dir:root'));
  const serial = der(0x82, Buffer.of(1));
  accepted([withExtension('2.5.29.35', sequence(issuer, serial))]);
  for (const [part, name] of [
    [issuer, 'authorityCertIssuer'],
    [serial, 'authorityCertSerialNumber'],
  ] as const)
    refused([withExtension('2.5.29.35', sequence(part))], 'CERTIFICATE_MALFORMED', {
      position: 0,
      field: extensionField(1, `extnValue.${name}`),
      clause: 'RFC 5280 4.2.1.1',
    });
});

test('4.2.1.1: key identifiers help to choose among issuers, and a wrong one proves nothing', () => {
  const keyed = (identifier: number, key: string) =>
    makeAuthority({
      key: keyFor(key),
      extensions: [...forCas, extension('2.5.29.14', octetString(Buffer.of(identifier)))],
    });
  const [old, current] = [keyed(1, 'old'), keyed(2, 'current')];
  const anchors = [old.der, current.der];
  const hinting = (identifier: number) =>
    current.issue({ more: [extension('2.5.29.35', sequence(der(0x80, Buffer.of(identifier))))] });
  assert.equal(accepted([hinting(2)], { anchors }).signatureChecks, 1);
  assert.equal(accepted([hinting(1)], { anchors }).signatureChecks, 2);
  const forged = { der: hinting(2).der };
  refused(
    [{ der: flipped(forged.der) }],
    'CERTIFICATE_UNTRUSTED',
    { position: 0, field: 'signatureValue', clause: 'RFC 5280 6.1.3 (a)(1)' },
    { anchors },
  );
});

test('4.2.1.2: subjectKeyIdentifier is not critical', () => {
  const authority = (critical: boolean) =>
    root.authority({
      extensions: [...forCas, extension('2.5.29.14', octetString(Buffer.of(1)), critical)],
    });
  accepted([authority(false).issue(), authority(false)]);
  refused([authority(true).issue(), authority(true)], 'CERTIFICATE_UNSUPPORTED', {
    position: 1,
    field: 'subjectKeyIdentifier',
    clause: 'RFC 5280 4.2.1.2',
  });
});

test('4.2.1.3: an authority without keyUsage is accepted in profile rfc5280, and not in profile onem2m', () => {
  const authority = root.authority({ extensions: [basicConstraints(true)] });
  accepted([authority.issue(), authority]);
  refused(
    [authority.issue(), authority],
    'CERTIFICATE_UNTRUSTED',
    { position: 1, field: 'keyUsage', clause: 'RFC 5280 4.2.1.3' },
    { profile: 'onem2m' },
  );
});

test('4.2.1.3: keyUsage binds, critical or not', () => {
  const value = (octet: number, unused: number) => bitString(Buffer.of(octet), unused);
  for (const critical of [true, false]) {
    accepted([root.issue({ extensions: [extension('2.5.29.15', value(0x80, 7), critical)] })]);
    refused(
      [root.issue({ extensions: [extension('2.5.29.15', value(0x20, 5), critical)] })],
      'CERTIFICATE_UNSUPPORTED',
      { position: 0, field: 'keyUsage', clause: 'RFC 8422 5.3' },
    );
  }
});

test('4.2.1.3: keyUsage has at least one bit, and none that has no meaning', () => {
  const using = (...parts: readonly Uint8Array[]) => root.issue({ extensions: [der(0x30, ...parts)] });
  const id = objectIdentifier('2.5.29.15');
  accepted([using(id, octetString(bitString(Buffer.of(0x80), 7)))]);
  accepted([using(id, octetString(bitString(Buffer.of(0x88, 0x80), 7)))]);
  for (const content of [bitString(Buffer.of(), 0), bitString(Buffer.of(0x80, 0x40), 6)])
    refused([using(id, octetString(content))], 'CERTIFICATE_MALFORMED', {
      position: 0,
      field: extensionField(0, 'extnValue'),
      clause: 'RFC 5280 4.2.1.3',
    });
});

test('4.2.1.3: an end-point signs, so that its keyUsage has digitalSignature', () => {
  accepted([root.issue({ extensions: [keyUsage('digitalSignature', 'keyAgreement')] })]);
  accepted([root.issue({ extensions: [] })]);
  refused([root.issue({ extensions: [keyUsage('keyAgreement')] })], 'CERTIFICATE_UNSUPPORTED', {
    position: 0,
    field: 'keyUsage',
    clause: 'RFC 8422 5.3',
  });
});

test('4.2.1.3: keyCertSign is for certification authorities', () => {
  const both = keyUsage('digitalSignature', 'keyCertSign');
  accepted([root.issue({ extensions: [both, basicConstraints(true)] })]);
  for (const extensions of [[both], [both, basicConstraints(false)]])
    refused([root.issue({ extensions })], 'CERTIFICATE_UNSUPPORTED', {
      position: 0,
      field: 'keyUsage',
      clause: 'RFC 5280 4.2.1.3, 4.2.1.9',
    });
});

const policy = (id: string, ...qualifiers: readonly string[]): Uint8Array =>
  sequence(
    objectIdentifier(id),
    ...(qualifiers.length === 0
      ? []
      : [sequence(...qualifiers.map(qualifier => sequence(objectIdentifier(qualifier), nothing)))]),
  );

test('4.2.1.4: a policy occurs once', () => {
  const [one, other] = [policy('1.3.6.1.4.1.99999.3'), policy('1.3.6.1.4.1.99999.4')];
  accepted([withExtension('2.5.29.32', sequence(one, other))]);
  refused([withExtension('2.5.29.32', sequence(one, other, one))], 'CERTIFICATE_MALFORMED', {
    position: 0,
    field: extensionField(1, 'extnValue.2.policyIdentifier'),
    clause: 'RFC 5280 4.2.1.4',
  });
});

test('4.2.1.4: certificatePolicies name at least one policy', () => {
  accepted([withExtension('2.5.29.32', sequence(policy('2.5.29.32.0')))]);
  refused([withExtension('2.5.29.32', sequence())], 'CERTIFICATE_MALFORMED', {
    position: 0,
    field: extensionField(1, 'extnValue'),
    clause: 'RFC 5280 4.1',
  });
});

test('4.2.1.4: critical certificatePolicies have only qualifiers that are known', () => {
  const [cps, userNotice, unknown] = ['1.3.6.1.5.5.7.2.1', '1.3.6.1.5.5.7.2.2', '1.3.6.1.4.1.99999.5'];
  accepted([withExtension('2.5.29.32', sequence(policy('2.5.29.32.0', cps, userNotice)), true)]);
  accepted([withExtension('2.5.29.32', sequence(policy('2.5.29.32.0', unknown)))]);
  refused(
    [withExtension('2.5.29.32', sequence(policy('2.5.29.32.0', unknown)), true)],
    'CERTIFICATE_UNSUPPORTED',
    {
      position: 0,
      field: 'certificatePolicies',
      clause: 'RFC 5280 4.2.1.4',
    },
  );
});

test('4.2.1.5: policyMappings change nothing, and are refused where they are critical', () => {
  const mapping = sequence(
    sequence(objectIdentifier('1.3.6.1.4.1.99999.3'), objectIdentifier('1.3.6.1.4.1.99999.4')),
  );
  const authority = (critical: boolean) =>
    root.authority({ extensions: [...forCas, extension('2.5.29.33', mapping, critical)] });
  accepted([authority(false).issue(), authority(false)]);
  refused([authority(true).issue(), authority(true)], 'CERTIFICATE_UNSUPPORTED', {
    position: 1,
    field: 'extensions',
    clause: 'RFC 5280 6.1.4 (o)',
    problem: /policyMappings/,
  });
});

test('4.2.1.6: subjectAltName has at least one name', () => {
  accepted([withExtension('2.5.29.17', sequence(generalName('dns:a.example.com')))]);
  refused([withExtension('2.5.29.17', sequence())], 'CERTIFICATE_MALFORMED', {
    position: 0,
    field: extensionField(1, 'extnValue'),
    clause: 'RFC 5280 4.1',
  });
});

test('4.2.1.6: no name is empty, a space, or of other characters than IA5String has', () => {
  accepted([
    root.issue({ names: ['dns:a.example.com', 'uri:coap://a.example.com/', 'email:a@example.com'] }),
  ]);
  for (const tag of [0x81, 0x82, 0x86])
    for (const text of ['', ' ', 'a.example.com\0.example.org', 'ä.example.com'])
      refused([root.issue({ names: [der(tag, Buffer.from(text, 'latin1'))] })], 'CERTIFICATE_MALFORMED', {
        position: 0,
        field: extensionField(1, 'extnValue.0'),
        clause: 'RFC 5280 4.2.1.6',
      });
});

test('4.2.1.6: an iPAddress has 4 or 16 octets', () => {
  accepted([root.issue({ names: ['ip:c0000201', `ip:20010db8${'00'.repeat(12)}`] })]);
  for (const octets of [0, 3, 5, 8, 15, 17, 32])
    refused([root.issue({ names: [`ip:${'00'.repeat(octets)}`] })], 'CERTIFICATE_MALFORMED', {
      position: 0,
      field: extensionField(1, 'extnValue.0'),
      clause: 'RFC 5280 4.2.1.6',
    });
});

test('4.2.1.6: every form of name is read, and no other', () => {
  const name = generalName('dir:somebody');
  accepted([
    root.issue({
      names: [
        'other:1.3.6.1.4.1.99999.6:0500',
        'email:a@example.com',
        'dns:a.example.com',
        der(0xa3, nothing),
        name,
        der(0xa5, der(0xa1, der(0x0c, Buffer.from('party')))),
        'uri:coap://a.example.com/',
        'ip:c0000201',
        'rid:1.2.3',
      ],
    }),
  ]);
  refused([root.issue({ names: [der(0x89, Buffer.of(1))] })], 'CERTIFICATE_MALFORMED', {
    position: 0,
    field: extensionField(1, 'extnValue.0'),
    clause: 'RFC 5280 4.2.1.6',
  });
});

test('4.2.1.6: a URI without a scheme is read, and its host is bound as that of others', () => {
  const constraints = nameConstraints({ permitted: ['uri:m2m.example.com'] });
  const names = (text: string) => ({ extensions: criticalNames(generalName(text)) });
  accepted(under(constraints, names('uri://m2m.example.com/cse/Cae1')));
  outside(constraints, 'uri://m2m.example.org/cse/Cae1');
  outside(constraints, 'uri:/cse/Cae1', /cannot be compared/);
});

test('4.2.1.7: issuerAltName is not used, and refused where it is critical', () => {
  ignoredUnlessCritical('2.5.29.18', sequence(generalName('dns:ca.example.com')));
});

test('4.2.1.8: subjectDirectoryAttributes are not used, and never critical', () => {
  const citizenship = sequence(
    objectIdentifier('1.3.6.1.5.5.7.9.4'),
    der(0x31, der(0x13, Buffer.from('KR'))),
  );
  ignoredUnlessCritical('2.5.29.9', sequence(citizenship));
});

test('4.2.1.9: pathLenConstraint is for certification authorities, and no negative number', () => {
  const bounded = (...fields: readonly Uint8Array[]) =>
    root.issue({
      extensions: [
        keyUsage('digitalSignature', 'keyCertSign'),
        extension('2.5.29.19', sequence(...fields), true),
      ],
    });
  accepted([bounded(yes, integer(0))]);
  const field = extensionField(1, 'extnValue.pathLenConstraint');
  refused([bounded(integer(0))], 'CERTIFICATE_MALFORMED', {
    position: 0,
    field,
    clause: 'RFC 5280 4.2.1.9',
  });
  refused([bounded(yes, der(0x02, Buffer.of(0xff)))], 'CERTIFICATE_MALFORMED', {
    position: 0,
    field,
    clause: 'our bound',
  });
});

test('4.2.1.9: basicConstraints that are not critical bind all the same', () => {
  const authority = (...fields: readonly Uint8Array[]) =>
    root.authority({
      subject: `authority ${fields.length}`,
      extensions: [keyUsage('keyCertSign'), extension('2.5.29.19', sequence(...fields))],
    });
  const [plain, bounded] = [authority(yes), authority(yes, integer(0))];
  accepted([plain.issue(), plain]);
  accepted([bounded.issue(), bounded]);
  const below = bounded.authority();
  refused([below.issue(), below, bounded], 'CERTIFICATE_UNTRUSTED', {
    position: 1,
    field: 'basicConstraints',
    clause: 'RFC 5280 6.1.4 (l)',
  });
});

test('4.2.1.9: pathLenConstraint without keyUsage binds as well', () => {
  const authority = root.authority({ subject: 'upper', extensions: [basicConstraints(true, 0)] });
  accepted([authority.issue(), authority]);
  const below = authority.authority();
  refused([below.issue(), below, authority], 'CERTIFICATE_UNTRUSTED', {
    position: 1,
    field: 'basicConstraints',
    clause: 'RFC 5280 6.1.4 (l)',
  });
});

test('4.2.1.10: nameConstraints are for certification authorities', () => {
  const constraints = nameConstraints({ permitted: ['dns:example.com'] });
  const authority = root.authority({ extensions: [...forCas, constraints] });
  accepted([authority.issue(), authority]);
  refused([root.issue({ more: [constraints] })], 'CERTIFICATE_UNSUPPORTED', {
    position: 0,
    field: 'nameConstraints',
    clause: 'RFC 5280 4.2.1.10',
  });
});

test('4.2.1.10: nameConstraints that are not critical bind all the same', () => {
  const subtree = der(0xa0, sequence(generalName('dns:example.com')));
  const constraints = extension('2.5.29.30', sequence(subtree));
  accepted(under(constraints, { extensions: criticalNames(generalName('dns:a.example.com')) }));
  outside(constraints, 'dns:a.example.org');
});

test('4.2.1.10: nameConstraints are not empty', () => {
  accepted(under(nameConstraints({ permitted: ['dns:example.com'] }), { subject: 'end-point' }));
  const malformed = (content: Uint8Array, inside: string, clause: string) =>
    refused(under(extension('2.5.29.30', content, true), { subject: 'end-point' }), 'CERTIFICATE_MALFORMED', {
      position: 1,
      field: `certificate_list.1.tbsCertificate.extensions.2.extnValue${inside}`,
      clause,
    });
  malformed(sequence(), '', 'RFC 5280 4.2.1.10');
  malformed(sequence(der(0xa0)), '.permittedSubtrees', 'RFC 5280 4.1');
  malformed(sequence(der(0xa1)), '.excludedSubtrees', 'RFC 5280 4.1');
});

test('4.2.1.10: subtrees have minimum zero, left out, and no maximum', () => {
  const subtree = (...parts: readonly Uint8Array[]) =>
    extension('2.5.29.30', sequence(der(0xa0, sequence(generalName('dns:example.com'), ...parts))), true);
  const names = { extensions: criticalNames(generalName('dns:a.example.com')) };
  accepted(under(subtree(), names));
  for (const part of [der(0x80, Buffer.of(1)), der(0x81, Buffer.of(9))])
    refused(under(subtree(part), names), 'CERTIFICATE_UNSUPPORTED', {
      position: 1,
      field: 'nameConstraints',
      clause: 'RFC 5280 4.2.1.10',
    });
  refused(under(subtree(der(0x80, Buffer.of(0))), names), 'CERTIFICATE_MALFORMED', {
    position: 1,
    field: 'certificate_list.1.tbsCertificate.extensions.2.extnValue.permittedSubtrees.0.minimum',
    clause: 'X.690 11.5',
  });
});

test('4.2.1.10: a constraint binds the names of its own form only', () => {
  const constraints = nameConstraints({ permitted: ['dns:example.com'], excluded: ['ip:c0000200ffffff00'] });
  accepted(under(constraints, { extensions: criticalNames(generalName('email:a@example.org')) }));
  accepted(under(constraints, { subject: 'end-point', extensions: [] }));
  outside(constraints, 'dns:example.org');
  outside(constraints, 'ip:c0000201');
});

test('4.2.1.10: what is excluded stays excluded, whatever is permitted', () => {
  const constraints = nameConstraints({
    permitted: ['dns:example.com', 'dns:secret.example.com'],
    excluded: ['dns:secret.example.com'],
  });
  accepted(under(constraints, { extensions: criticalNames(generalName('dns:open.example.com')) }));
  outside(constraints, 'dns:secret.example.com');
  outside(constraints, 'dns:a.secret.example.com');
});

test('4.2.1.10: every name has to be within, not one of them', () => {
  const constraints = nameConstraints({ permitted: ['dns:example.com'] });
  const names = (...texts: readonly string[]) => ({ extensions: criticalNames(...texts.map(generalName)) });
  accepted(under(constraints, names('dns:a.example.com', 'dns:b.example.com')));
  refused(under(constraints, names('dns:a.example.com', 'dns:a.example.org')), 'CERTIFICATE_UNTRUSTED', {
    position: 0,
    field: 'subjectAltName',
    clause: 'RFC 5280 6.1.3 (b), (c)',
  });
});

test('4.2.1.10: a dNSName is within by zero or more labels to the left', () => {
  withinAndOutside('dns:host.example.com', {
    within: [
      'dns:host.example.com',
      'dns:my.host.example.com',
      'dns:a.b.host.example.com',
      'dns:HOST.Example.com',
    ],
    outside: [
      'dns:host1.example.com',
      'dns:myhost.example.com',
      'dns:example.com',
      'dns:host.example.com.org',
    ],
  });
});

test('4.2.1.10: a URI is within by its host, exactly or below a leading period', () => {
  withinAndOutside('uri:host.example.com', {
    within: ['uri:coap://host.example.com', 'uri:coap://user@HOST.example.com:5683/a?b#c'],
    outside: [
      'uri:coap://my.host.example.com',
      'uri:coap://example.com',
      'uri:coap://a@b.org/@host.example.com',
    ],
  });
  withinAndOutside('uri:.example.com', {
    within: ['uri:coap://host.example.com', 'uri:coap://my.host.example.com/'],
    outside: ['uri:coap://example.com', 'uri:coap://hostexample.com'],
  });
});

test('4.2.1.10: a URI whose host is no domain name, or that has none, is refused under a constraint', () => {
  const constraints = nameConstraints({ excluded: ['uri:host.example.com'] });
  accepted(under(constraints, { extensions: criticalNames(generalName('uri:coap://a.example.com')) }));
  for (const name of [
    'uri:coap://192.0.2.1/',
    'uri:coap://[2001:db8::1]/',
    'uri:urn:example:a',
    'uri:mailto:a@example.com',
  ])
    outside(constraints, name, /cannot be compared/);
});

test('4.2.1.10: an rfc822Name is within by its mailbox, its host, or below a leading period', () => {
  withinAndOutside('email:root@example.com', {
    within: ['email:root@example.com', 'email:root@EXAMPLE.com'],
    outside: ['email:Root@example.com', 'email:other@example.com', 'email:root@a.example.com'],
  });
  withinAndOutside('email:example.com', {
    within: ['email:root@example.com', 'email:other@Example.com'],
    outside: ['email:root@a.example.com', 'email:root@myexample.com'],
  });
  withinAndOutside('email:.example.com', {
    within: ['email:root@a.example.com', 'email:root@b.a.example.com'],
    outside: ['email:root@example.com', 'email:root@aexample.com'],
  });
});

test('4.2.1.10: an emailAddress in the subject is bound as an rfc822Name, without subjectAltName and with it', () => {
  const constraints = nameConstraints({ permitted: ['email:example.com'] });
  const holding = (address: string) =>
    distinguishedName(['1.2.840.113549.1.9.1', string.ia5, address], ['2.5.4.3', string.utf8, 'end-point']);
  accepted(under(constraints, { subject: holding('root@example.com') }));
  for (const names of [[], ['dns:a.example.com'], ['email:root@example.com']])
    refused(under(constraints, { subject: holding('root@example.org'), names }), 'CERTIFICATE_UNTRUSTED', {
      position: 0,
      field: 'subject',
      clause: 'RFC 5280 6.1.3 (b), (c)',
    });
});

const organisation = (text: string, tag: number = string.utf8) => ['2.5.4.10', tag, text] as const;
const unit = (text: string) => ['2.5.4.11', string.utf8, text] as const;
const directorySubtree = (number: number, name: Uint8Array) =>
  extension('2.5.29.30', sequence(der(0xa0 | number, sequence(der(0xa4, name)))), true);

test('4.2.1.10: a directoryName binds the subject and the names, from the left, by the comparison of 7.1', () => {
  const within = distinguishedName(organisation('Example'), unit('devices'));
  const constraints = directorySubtree(0, distinguishedName(organisation('Example')));
  accepted(under(constraints, { subject: within, names: [der(0xa4, within)] }));
  accepted(under(constraints, { subject: distinguishedName(organisation('EXAMPLE', string.printable)) }));
  const demanded = { position: 0, clause: 'RFC 5280 6.1.3 (b), (c)' };
  const elsewhere = distinguishedName(unit('devices'), organisation('Example'));
  refused(under(constraints, { subject: elsewhere }), 'CERTIFICATE_UNTRUSTED', {
    ...demanded,
    field: 'subject',
  });
  refused(under(constraints, { subject: within, names: [der(0xa4, elsewhere)] }), 'CERTIFICATE_UNTRUSTED', {
    ...demanded,
    field: 'subjectAltName',
  });
  refused(
    under(directorySubtree(1, distinguishedName(organisation('Example'))), { subject: within }),
    'CERTIFICATE_UNTRUSTED',
    {
      ...demanded,
      field: 'subject',
    },
  );
});

test('4.2.1.10: a directoryName is excluded in every kind of string', () => {
  const constraints = directorySubtree(1, distinguishedName(organisation('Example')));
  accepted(under(constraints, { subject: inBmpString('2.5.4.10', 'Other') }));
  refused(under(constraints, { subject: inBmpString('2.5.4.10', 'Example') }), 'CERTIFICATE_UNTRUSTED', {
    position: 0,
    field: 'subject',
    clause: 'RFC 5280 6.1.3 (b), (c)',
  });
});

test('4.2.1.10: a directoryName does not bind a subject that is empty', () => {
  const constraints = directorySubtree(0, distinguishedName(organisation('Example')));
  accepted(under(constraints, { extensions: criticalNames(generalName('dns:a.example.com')) }));
  refused(under(constraints, { subject: 'end-point' }), 'CERTIFICATE_UNTRUSTED', {
    position: 0,
    field: 'subject',
    clause: 'RFC 5280 6.1.3 (b), (c)',
  });
});

test('4.2.1.10: an iPAddress is within by address and mask, each kind among its own', () => {
  withinAndOutside('ip:c0000200ffffff00', {
    within: ['ip:c0000200', 'ip:c00002ff'],
    outside: ['ip:c0000301', `ip:20010db8${'00'.repeat(12)}`],
  });
  withinAndOutside(`ip:20010db8${'00'.repeat(12)}ffffffff${'00'.repeat(12)}`, {
    within: [`ip:20010db8${'11'.repeat(12)}`],
    outside: [`ip:20010db9${'00'.repeat(12)}`, 'ip:20010db8'],
  });
});

test('4.2.1.10: an iPAddress in a constraint is address and mask, and the mask is that of a prefix', () => {
  const constraint = (hex: string) => nameConstraints({ permitted: [`ip:${hex}`] });
  accepted(under(constraint('c0000200ffffff00'), { subject: 'end-point' }));
  for (const hex of ['c0000200', `20010db8${'00'.repeat(12)}`, `${'00'.repeat(9)}`])
    refused(under(constraint(hex), { subject: 'end-point' }), 'CERTIFICATE_MALFORMED', {
      position: 1,
      field: 'certificate_list.1.tbsCertificate.extensions.2.extnValue.permittedSubtrees.0.base',
      clause: 'RFC 5280 4.2.1.10',
    });
  refused(under(constraint('c0000200ff00ff00'), { subject: 'end-point' }), 'CERTIFICATE_MALFORMED', {
    position: 1,
    field: 'nameConstraints',
    clause: 'RFC 5280 4.2.1.10',
  });
});

test('4.2.1.10: a subtree that is no name of its form is refused, whatever names come', () => {
  accepted(under(nameConstraints({ permitted: ['dns:example.com'] }), { subject: 'end-point' }));
  for (const base of [
    'dns:.example.com',
    'dns:*.example.com',
    'uri:coap://example.com',
    'uri:192.0.2.1/24',
    'email:a@',
  ])
    refused(
      under(nameConstraints({ permitted: [base] }), { subject: 'end-point' }),
      'CERTIFICATE_MALFORMED',
      {
        position: 1,
        field: 'nameConstraints',
        clause: 'RFC 5280 4.2.1.10',
      },
    );
});

test('4.2.1.10: names of a form that cannot be compared are refused where it is constrained, and only there', () => {
  const x400 = der(0xa3, nothing);
  const party = der(0xa5, der(0xa1, der(0x0c, Buffer.from('party'))));
  const other = generalName('other:1.3.6.1.4.1.99999.6:0500');
  for (const name of [x400, party, other])
    for (const number of [0, 1]) {
      const constraints = extension('2.5.29.30', sequence(der(0xa0 | number, sequence(name))), true);
      accepted(under(constraints, { extensions: criticalNames(generalName('dns:a.example.com')) }));
      refused(under(constraints, { extensions: criticalNames(name) }), 'CERTIFICATE_UNTRUSTED', {
        position: 0,
        field: 'subjectAltName',
        clause: 'RFC 5280 6.1.3 (b), (c)',
        problem: /cannot be compared/,
      });
    }
});

test('4.2.1.10: a registeredID is within by whole arcs', () => {
  withinAndOutside('rid:1.2.3', {
    within: ['rid:1.2.3', 'rid:1.2.3.4'],
    outside: ['rid:1.2.30', 'rid:1.2', 'rid:1.2.4'],
  });
});

test('4.2.1.10: a wildcard is within if all that it stands for is, and excluded if anything of it is', () => {
  const constraints = nameConstraints({ permitted: ['dns:example.com'], excluded: ['dns:a.b.example.com'] });
  accepted(under(constraints, { extensions: criticalNames(generalName('dns:*.c.example.com')) }));
  outside(constraints, 'dns:*.com');
  outside(constraints, 'dns:*.b.example.com');
});

test('4.2.1.11: policyConstraints are refused by their presence, since they can ask for a policy', () => {
  const authority = root.authority();
  accepted([authority.issue(), authority]);
  for (const critical of [true, false])
    for (const content of [
      sequence(der(0x80, Buffer.of(0))),
      sequence(der(0x81, Buffer.of(0))),
      sequence(),
    ]) {
      const asking = root.authority({ extensions: [...forCas, extension('2.5.29.36', content, critical)] });
      refused([asking.issue(), asking], 'CERTIFICATE_UNSUPPORTED', {
        position: 1,
        field: critical ? 'extensions' : 'policyConstraints',
        clause: critical ? 'RFC 5280 6.1.4 (o)' : 'RFC 5280 6.1.4 (i)',
      });
    }
});

test('4.2.1.12: a certificate is for the purposes that it names', () => {
  const demanded = { position: 0, field: 'extKeyUsage', clause: 'RFC 5280 4.2.1.12' };
  for (const [id, fit, unfit] of [
    [serverAuth, 'terminating', 'initiating'],
    [clientAuth, 'initiating', 'terminating'],
  ] as const)
    for (const critical of [true, false]) {
      const certificate = withExtension('2.5.29.37', sequence(objectIdentifier(id)), critical);
      accepted([certificate], { purpose: fit });
      accepted([certificate], { purpose: 'any' });
      refused([certificate], 'CERTIFICATE_UNTRUSTED', demanded, { purpose: unfit });
    }
  const ocspSigning = '1.3.6.1.5.5.7.3.9';
  refused([root.issue({ more: [purposes(ocspSigning)] })], 'CERTIFICATE_UNTRUSTED', demanded);
});

test('4.2.1.12: of several purposes one has to fit, and unknown ones do not count', () => {
  const certificate = root.issue({ more: [purposes('1.3.6.1.4.1.99999.7', clientAuth)] });
  accepted([certificate], { purpose: 'initiating' });
  refused(
    [certificate],
    'CERTIFICATE_UNTRUSTED',
    { position: 0, field: 'extKeyUsage', clause: 'RFC 5280 4.2.1.12' },
    { purpose: 'terminating' },
  );
});

test('4.2.1.12: anyExtendedKeyUsage, and no extKeyUsage, is for every purpose', () => {
  for (const purpose of ['initiating', 'terminating', 'any'] as const)
    for (const more of [[], [purposes('2.5.29.37.0')], [purposes('1.3.6.1.4.1.99999.7', '2.5.29.37.0')]])
      accepted([root.issue({ more })], { purpose });
  refused([root.issue({ more: [purposes('1.3.6.1.4.1.99999.7')] })], 'CERTIFICATE_UNTRUSTED', {
    position: 0,
    field: 'extKeyUsage',
    clause: 'RFC 5280 4.2.1.12',
  });
});

test('4.2.1.12: extKeyUsage names at least one purpose', () => {
  accepted([root.issue({ more: [purposes(serverAuth)] })]);
  refused([root.issue({ more: [purposes()] })], 'CERTIFICATE_MALFORMED', {
    position: 0,
    field: extensionField(1, 'extnValue'),
    clause: 'RFC 5280 4.1',
  });
});

test('4.2.1.12: keyUsage and extKeyUsage are both obeyed', () => {
  accepted([root.issue({ more: [purposes(serverAuth)] })], { purpose: 'terminating' });
  refused(
    [root.issue({ extensions: [keyUsage('keyEncipherment')], more: [purposes(serverAuth)] })],
    'CERTIFICATE_UNSUPPORTED',
    { position: 0, field: 'keyUsage', clause: 'RFC 8422 5.3' },
    { purpose: 'terminating' },
  );
});

test('4.2.1.12: an authority that is limited to purposes passes no others on', () => {
  const authority = root.authority({ extensions: [...forCas, purposes(serverAuth)] });
  const both = authority.issue({ more: [purposes(serverAuth, clientAuth)] });
  accepted([both, authority], { purpose: 'terminating' });
  refused(
    [both, authority],
    'CERTIFICATE_UNTRUSTED',
    { position: 1, field: 'extKeyUsage', clause: 'RFC 5280 4.2.1.12' },
    { purpose: 'initiating' },
  );
  refused([authority.issue({ more: [purposes(clientAuth)] }), authority], 'CERTIFICATE_UNTRUSTED', {
    position: 0,
    field: 'extKeyUsage',
    clause: 'RFC 5280 4.2.1.12',
  });
});

test('4.2.1.13: cRLDistributionPoints are not followed, and refused where they are critical', () => {
  const point = sequence(der(0xa0, der(0xa0, generalName('uri:http://example.com/ca.crl'))));
  ignoredUnlessCritical('2.5.29.31', sequence(point));
});

test('4.2.1.14: inhibitAnyPolicy changes nothing, and is refused where it is critical', () => {
  const authority = (critical: boolean) =>
    root.authority({ extensions: [...forCas, extension('2.5.29.54', integer(0), critical)] });
  accepted([authority(false).issue(), authority(false)]);
  refused([authority(true).issue(), authority(true)], 'CERTIFICATE_UNSUPPORTED', {
    position: 1,
    field: 'extensions',
    clause: 'RFC 5280 6.1.4 (o)',
    problem: /inhibitAnyPolicy/,
  });
});

test('4.2.1.15: freshestCRL is not followed, and never critical', () => {
  const point = sequence(der(0xa0, der(0xa0, generalName('uri:http://example.com/delta.crl'))));
  ignoredUnlessCritical('2.5.29.46', sequence(point));
});

test('4.2.2.1: authorityInfoAccess is not followed, and never critical', () => {
  const access = sequence(
    objectIdentifier('1.3.6.1.5.5.7.48.2'),
    generalName('uri:http://example.com/ca.cer'),
  );
  ignoredUnlessCritical('1.3.6.1.5.5.7.1.1', sequence(access));
});

test('4.2.2.2: subjectInfoAccess is not followed, and never critical', () => {
  const access = sequence(objectIdentifier('1.3.6.1.5.5.7.48.5'), generalName('uri:http://example.com/'));
  ignoredUnlessCritical('1.3.6.1.5.5.7.1.11', sequence(access));
});

function ignoredUnlessCritical(id: string, value: Uint8Array): void {
  accepted([withExtension(id, value)]);
  refused([withExtension(id, value, true)], 'CERTIFICATE_UNSUPPORTED', {
    position: 0,
    field: 'extensions',
    clause: 'RFC 5280 6.1.5 (f)',
  });
}

/** The names within a subtree are accepted where it is permitted and refused where it is excluded; others the reverse. */
function withinAndOutside(
  base: string,
  names: { within: readonly string[]; outside: readonly string[] },
): void {
  const [permitted, excluded] = [
    nameConstraints({ permitted: [base] }),
    nameConstraints({ excluded: [base] }),
  ];
  for (const [right, wrong, those] of [
    [permitted, excluded, names.within],
    [excluded, permitted, names.outside],
  ] as const)
    for (const name of those) {
      accepted(under(right, { extensions: criticalNames(generalName(name)) }));
      outside(wrong, name);
    }
}

function outside(constraints: Uint8Array, name: string, problem?: RegExp): void {
  refused(under(constraints, { extensions: criticalNames(generalName(name)) }), 'CERTIFICATE_UNTRUSTED', {
    position: 0,
    field: 'subjectAltName',
    clause: 'RFC 5280 6.1.3 (b), (c)',
    ...(problem !== undefined && { problem }),
  });
}

function inBmpString(type: string, text: string): Uint8Array {
  const value = der(0x1e, Buffer.from(text, 'utf16le').swap16());
  return sequence(der(0x31, sequence(objectIdentifier(type), value)));
}

function utcTime(text: string): Uint8Array {
  return der(0x17, Buffer.from(text, 'latin1'));
}

function generalizedTime(text: string): Uint8Array {
  return der(0x18, Buffer.from(text, 'latin1'));
}

/** An end-point of the root, valid as these elements say. */
function withValidity(from: Uint8Array, to: Uint8Array) {
  const usual = sequence(timeOf(notBefore), timeOf(notAfter));
  return rewritten(leaf, root.key, usual, sequence(from, to));
}
