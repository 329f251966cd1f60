// Every departure from the oneM2M certificate profile is provoked by a certificate that is right in all else.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FaultCode } from '../../src/errors.ts';
import {
  type AuthorityOptions,
  algorithms,
  basicConstraints,
  type CertificateOptions,
  certificatePem,
  der,
  extension,
  generalName,
  keyUsage,
  makeAuthority,
  nameConstraints,
  nothing,
  objectIdentifier,
  octetString,
  otherKey,
  sequence,
} from '../../src/testing/certificate-maker.ts';
import { report } from './material.ts';

const constraints = { permitted: ['dns:example.com'] };
const root = makeAuthority({ nameConstraints: constraints });
const names = ['uri://example.com/cse/Cae1'];

interface Departure {
  readonly severity: 'error' | 'warning' | 'note';
  readonly code?: FaultCode;
  readonly field: string;
  readonly message: RegExp;
  readonly clause: string;
}

/** The findings about the first of the certificates are these, and no others. */
function finds(certificates: readonly Uint8Array[], ...departures: readonly Departure[]): void {
  const found = report(certificatePem(...certificates)).findings;
  for (const [index, { message, ...rest }] of departures.entries()) {
    const { message: sentence = '', ...finding } = found[index] ?? {};
    assert.deepEqual(finding, { ...rest, field: `certificates.0.${rest.field}` });
    assert.match(sentence, message);
  }
  assert.equal(found.length, departures.length, JSON.stringify(found));
}

const endPoint = (options: CertificateOptions, ...departures: readonly Departure[]): void =>
  finds([root.issue({ names, ...options }).der], ...departures);

const authority = (options: AuthorityOptions, ...departures: readonly Departure[]): void =>
  finds([root.authority({ nameConstraints: constraints, ...options }).der], ...departures);

const unsupported = { severity: 'error', code: 'CERTIFICATE_UNSUPPORTED' } as const;
const untrusted = { severity: 'error', code: 'CERTIFICATE_UNTRUSTED' } as const;

test('nothing is found in certificates that follow the profile', () => {
  endPoint({});
  endPoint({ names: ['dns:cse-b.example.com'] });
  endPoint({ names: ['uri:m2m://example.com/cse/Cae1', 'dns:other.example.org'] });
  authority({});
  finds([root.der]);
  finds([root.issue({ names: ['dns:cse-b.example.com'] }).der, root.der]);
});

test('TS-0003 10.1.1.1: keys are on P-256, uncompressed', () => {
  const field = 'subjectPublicKeyInfo';
  const clause = 'TS-0003 10.1.1.1, 10.1.1.3';
  endPoint({ key: otherKey('P-384') }, { ...unsupported, field, clause, message: /of kind P-384/ });
  endPoint({ key: otherKey(2048) }, { ...unsupported, field, clause, message: /of kind RSA/ });
  authority({ key: otherKey('P-521') }, { ...unsupported, field, clause, message: /of kind P-521/ });
  const publicKey = sequence(
    sequence(objectIdentifier('1.2.840.10045.2.1'), objectIdentifier('1.2.840.10045.3.1.7')),
    der(0x03, Buffer.of(0, 4), Buffer.alloc(64, 1)),
  );
  endPoint(
    { publicKey },
    { ...unsupported, field, clause, message: /no key, such as a point off its curve/ },
  );
});

test('TS-0003 10.1.1.3: signatures are ECDSA with SHA-256', () => {
  const field = 'signatureAlgorithm';
  const clause = 'TS-0003 10.1.1.1, 10.1.1.3';
  endPoint(
    { signatureAlgorithm: algorithms.ecdsaWithSha384, hash: 'sha384' },
    { ...unsupported, field, clause, message: /ecdsa-with-SHA384; accepted: ecdsa-with-SHA256/ },
  );
  endPoint(
    { signatureAlgorithm: algorithms.ecdsaWithSha1, hash: 'sha1' },
    { ...unsupported, field, clause, message: /1\.2\.840\.10045\.4\.1, or its parameters/ },
  );
});

test('TS-0003 10.1.1.1: keyUsage is there, with digitalSignature', () => {
  const field = 'keyUsage';
  const clause = 'TS-0003 10.1.1.1';
  endPoint({ extensions: [] }, { ...unsupported, field, clause, message: /^absent/ });
  endPoint(
    { extensions: [keyUsage('keyAgreement')] },
    { ...unsupported, field, clause, message: /without digitalSignature/ },
  );
});

test('RFC 5280 4.2.1.9: keyCertSign goes with cA', () => {
  endPoint(
    { extensions: [keyUsage('digitalSignature', 'keyCertSign')] },
    { ...unsupported, field: 'keyUsage', clause: 'RFC 5280 4.2.1.3, 4.2.1.9', message: /^keyCertSign/ },
  );
});

test('RFC 5280 6.1.4 (n): an authority has keyCertSign', () => {
  const constrained = extension(
    '2.5.29.30',
    sequence(der(0xa0, sequence(generalName('dns:example.com')))),
    true,
  );
  authority(
    { extensions: [basicConstraints(true), keyUsage('cRLSign'), constrained] },
    { ...untrusted, field: 'keyUsage', clause: 'RFC 5280 6.1.4 (n)', message: /without keyCertSign/ },
  );
  authority(
    { extensions: [basicConstraints(true), constrained] },
    { ...untrusted, field: 'keyUsage', clause: 'RFC 5280 4.2.1.3', message: /^absent/ },
  );
});

test('TS-0003 8.1.2.2: an authority has name constraints', () => {
  finds([root.authority().der], {
    severity: 'warning',
    field: 'nameConstraints',
    clause: 'TS-0003 8.1.2.2',
    message: /^absent/,
  });
});

test('RFC 5280 4.2.1.10: name constraints that cannot be followed; those of every form can', () => {
  const field = 'nameConstraints';
  const clause = 'RFC 5280 4.2.1.10';
  const malformed = { severity: 'error', code: 'CERTIFICATE_MALFORMED', field, clause } as const;
  authority(
    { nameConstraints: { permitted: ['dns:.example.com'] } },
    { ...malformed, message: /"\.example\.com" of form dns that is malformed; accepted: a domain name/ },
  );
  authority({ nameConstraints: { permitted: ['rid:1.2.3', 'device:0.2.481.1:100'] } });
  endPoint(
    { more: [nameConstraints({ permitted: ['dns:example.com'] })] },
    { ...unsupported, field, clause, message: /although cA is not TRUE/ },
  );
});

test('RFC 5280 4.1.2.2, 4.1.2.6: serial numbers are positive, but for a root, and issuers have a name', () => {
  const serialNumber = {
    ...untrusted,
    field: 'serialNumber',
    clause: 'RFC 5280 4.1.2.2',
    message: /^zero/,
  } as const;
  endPoint({ serial: 0 }, serialNumber);
  authority({ serial: 0 }, serialNumber);
  finds([makeAuthority({ serial: 0, nameConstraints: constraints }).der]);
  const { key } = makeAuthority();
  authority(
    { subject: '', key },
    { ...untrusted, field: 'subject', clause: 'RFC 5280 4.1.2.6', message: /^empty, in the certificate/ },
  );
});

test('RFC 5280 4.2.1.2, 4.2.1.11: key identifiers are not critical, and policyConstraints are refused', () => {
  endPoint(
    { more: [extension('2.5.29.14', octetString(Buffer.of(1)), true)] },
    { ...unsupported, field: 'subjectKeyIdentifier', clause: 'RFC 5280 4.2.1.2', message: /^critical/ },
  );
  authority(
    { more: [extension('2.5.29.36', sequence(der(0x80, Buffer.of(0))))] },
    {
      ...unsupported,
      field: 'policyConstraints',
      clause: 'RFC 5280 6.1.4 (i)',
      message: /^is not processed/,
    },
  );
});

test('every departure is found, where validation stops at the first', () => {
  const field = 'subjectAltName';
  const found = report(
    certificatePem(
      root.issue({
        names: ['dns:*.example.com'],
        notAfter: new Date('2026-06-01T00:00:00Z'),
        extensions: [keyUsage('keyAgreement')],
        more: [extension('1.2.3.4', nothing, true), extension('1.2.3.5', nothing, true)],
      }).der,
    ),
  ).findings.map(finding => finding.field.replace('certificates.0.', ''));
  assert.deepEqual(found, ['validity', 'keyUsage', field, '1.2.3.4', '1.2.3.5', field]);
});

test('RFC 5280 4.2.1.9, 4.2.1.10: what limits an authority is critical', () => {
  const uncritical = (id: string, value: Uint8Array): Uint8Array => extension(id, value);
  authority(
    {
      extensions: [
        uncritical('2.5.29.19', sequence(der(0x01, Buffer.of(0xff)))),
        keyUsage('keyCertSign'),
        uncritical('2.5.29.30', sequence(der(0xa0, sequence(generalName('dns:example.com'))))),
      ],
    },
    { severity: 'warning', field: 'basicConstraints', clause: 'RFC 5280 4.2.1.9', message: /not critical/ },
    { severity: 'warning', field: 'nameConstraints', clause: 'RFC 5280 4.2.1.10', message: /not critical/ },
  );
  endPoint({ more: [uncritical('2.5.29.19', sequence())] });
});

test('RFC 5280 4.2: a critical extension that is not processed', () => {
  endPoint(
    { more: [extension('1.2.3.4', nothing, true)] },
    { ...unsupported, field: '1.2.3.4', clause: 'RFC 5280 4.2', message: /critical and not processed/ },
  );
  endPoint({ more: [extension('1.2.3.4', nothing)] });
});

test('RFC 5280 4.1.2.6, 4.2.1.6: without a subject, subjectAltName is critical', () => {
  const san = (critical: boolean) =>
    extension('2.5.29.17', sequence(generalName('dns:a.example.com')), critical);
  endPoint(
    { subject: '', names: [], more: [san(false)] },
    {
      ...unsupported,
      field: 'subject',
      clause: 'RFC 5280 4.1.2.6, 4.2.1.6',
      message: /^empty, without a critical/,
    },
  );
  endPoint({ subject: '', names: [], more: [san(true)] });
});

test('TS-0003 8.1.2.5: the identity stands in subjectAltName, and not in the common name', () => {
  const clause = 'TS-0003 8.1.2.5, 10.1.1';
  const mismatch = { severity: 'error', code: 'IDENTITY_MISMATCH', field: 'subjectAltName', clause } as const;
  endPoint({ names: [] }, { ...mismatch, message: /^absent; what stands in the subject identifies nobody/ });
  endPoint({ names: ['email:a@example.com'] }, { ...mismatch, message: /AE-ID/ });
  endPoint({ names: ['uri:https://example.com/path'] }, { ...mismatch, message: /AE-ID/ });
  endPoint({ names: ['other:1.2.3:0500'] }, { ...mismatch, message: /identifier of a device/ });
});

test('TS-0003 10.1.1: nothing is found amiss in an identity of any flavour', () => {
  const module = 'other:1.3.6.1.5.5.7.8.4:300606012a0401ab';
  for (const name of [
    'uri:urn:gsma:imei:90420156-025763-0',
    'rid:1.2.3',
    'device:0.2.481.1:100.3030',
    module,
  ])
    endPoint({ names: [name] });
  endPoint({ names: ['uri:https://example.com/'] });
});

test('TS-0003 10.1.1: names are whole', () => {
  const wildcard = {
    ...unsupported,
    field: 'subjectAltName',
    clause: 'TS-0003 10.1.1.5 to 10.1.1.8',
    message: /a wildcard/,
  };
  endPoint({ names: [...names, 'dns:*.example.com'] }, wildcard);
  endPoint({ names: [...names, 'uri:m2m://*/cse/Cae1'] }, wildcard);
});

test('RFC 5280 6.1.3 (a)(2): validity, both ends included', () => {
  const field = 'validity';
  const clause = 'RFC 5280 6.1.3 (a)(2)';
  const expired = { severity: 'error', code: 'CERTIFICATE_EXPIRED', field, clause } as const;
  const before = new Date('2026-11-30T23:59:59Z');
  const now = new Date('2026-12-01T00:00:00Z');
  const after = new Date('2026-12-01T00:00:01Z');
  endPoint({ notAfter: before }, { ...expired, message: /^no longer valid at 2026-12-01T00:00:00/ });
  endPoint({ notBefore: after }, { ...expired, message: /^not yet valid at 2026-12-01T00:00:00/ });
  endPoint({ notBefore: now, notAfter: now });
});

test('RFC 5280 4.2.1.12: key purposes are those of TLS', () => {
  const field = 'extKeyUsage';
  const clause = 'RFC 5280 4.2.1.12';
  const purposes = (...ids: readonly string[]) => sequence(...ids.map(id => objectIdentifier(id)));
  const serverAuth = '1.3.6.1.5.5.7.3.1';
  const clientAuth = '1.3.6.1.5.5.7.3.2';
  const codeSigning = '1.3.6.1.5.5.7.3.3';
  const withPurposes = (...ids: readonly string[]) => ({ more: [extension('2.5.29.37', purposes(...ids))] });
  endPoint(withPurposes(codeSigning), { ...untrusted, field, clause, message: /codeSigning: neither/ });
  endPoint(withPurposes(serverAuth), { severity: 'note', field, clause, message: /^only for terminating/ });
  endPoint(withPurposes(clientAuth), { severity: 'note', field, clause, message: /^only for initiating/ });
  authority(withPurposes(clientAuth), {
    severity: 'note',
    field,
    clause,
    message: /certificates of initiating/,
  });
  endPoint(withPurposes(serverAuth, clientAuth));
  endPoint(withPurposes('2.5.29.37.0', codeSigning));
  endPoint(
    { more: [extension('2.5.29.37', purposes('2.5.29.37.0'), true)] },
    { severity: 'warning', field, clause, message: /critical/ },
  );
});

test('RFC 5280 6.1: an end-point does not sign its own certificate', () => {
  const selfSigned = makeAuthority({ subject: 'self', extensions: [keyUsage('digitalSignature')], names });
  finds([selfSigned.der], { ...untrusted, field: 'issuer', clause: 'RFC 5280 6.1', message: /^self-signed/ });
  // The same name, but another key: issued by somebody of that name.
  endPoint({ subject: 'root', key: otherKeyOnP256() });
});

function otherKeyOnP256() {
  return makeAuthority({ subject: 'somebody else' }).key;
}
