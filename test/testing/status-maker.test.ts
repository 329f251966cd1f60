// What the makers make is read by the strict reader as it was asked for; what they can make wrong is refused there, or
// shows in what it reads.
import assert from 'node:assert/strict';
import { verify } from 'node:crypto';
import { test } from 'node:test';
import { parseCrl } from '../../src/certificates/crl.ts';
import { validatePath } from '../../src/certificates/index.ts';
import { parseOcspResponse } from '../../src/certificates/ocsp-response.ts';
import {
  algorithms,
  integer,
  makeAuthority,
  name,
  otherKey,
  sequence,
} from '../../src/testing/certificate-maker.ts';
import {
  type CrlOptions,
  certificateIssuer,
  crlReasons,
  makeCertId,
  makeCrl,
  makeOcspResponse,
  type OcspResponseOptions,
  ocspNocheck,
  ocspSigning,
  ocspStatuses,
  reasonCode,
  unknownExtension,
} from '../../src/testing/status-maker.ts';

const root = makeAuthority();
const other = makeAuthority({ subject: 'other' });
const good = root.issue({ subject: 'good', serial: 10 });
const revoked = root.issue({ subject: 'revoked', serial: 11 });
const responder = root.issue({ subject: 'responder', more: [ocspSigning, ocspNocheck] });
const time = new Date('2026-06-01T00:00:00Z');

const crlOf = (options: Partial<CrlOptions> = {}) => parseCrl(makeCrl({ issuer: root, ...options }));
const responseOf = (options: Partial<OcspResponseOptions> = {}) =>
  parseOcspResponse(makeOcspResponse({ issuer: root, certificate: good, ...options }));

test('a CRL is right as it comes: base list number 1 of its issuer, of nobody, for a hundred years (RFC 5280 5)', () => {
  const { issuer, thisUpdate, nextUpdate, number, baseNumber, entries, extensionList, ...crl } = crlOf();
  assert.deepEqual([issuer.text, number, baseNumber, entries.size], ['CN=root', '01', null, 0]);
  assert.deepEqual([thisUpdate, nextUpdate], [new Date('2026-01-01'), new Date('2126-01-01')]);
  assert.deepEqual(
    extensionList.map(({ id }) => id),
    ['2.5.29.35', '2.5.29.20'],
  );
  assert.ok(verify('sha256', crl.tbsCertList, root.key, crl.signatureValue));
  const options = { anchors: [root.der], time, crls: [crl.der] };
  assert.equal(validatePath([good.der], options).valid, true);
});

test('entries of a CRL: serial number of a certificate or in hex, date, reason', () => {
  const { entries } = crlOf({
    entries: [
      { serial: revoked, reason: 'keyCompromise', revocationDate: new Date('2026-03-01') },
      { serial: 'FF01' },
      sequence(integer(7), Buffer.from('170d3236303130313030303030305a', 'hex')),
    ],
  });
  assert.deepEqual(
    [...entries],
    [
      ['0b', { revocationDate: new Date('2026-03-01'), reason: 'keyCompromise' }],
      ['ff01', { revocationDate: new Date('2026-01-02'), reason: null }],
      ['07', { revocationDate: new Date('2026-01-01'), reason: null }],
    ],
  );
  for (const reason of Object.keys(crlReasons) as (keyof typeof crlReasons)[])
    assert.equal(crlOf({ entries: [{ serial: '01', reason }] }).entries.get('01')?.reason, reason);
});

test('what else a CRL can say: number, base number, key identifier, distribution point, other extensions', () => {
  const point = crlOf({
    distributionPoint: {
      fullName: ['uri:http://crl.example/1'],
      onlyContainsUserCerts: true,
      indirectCRL: true,
    },
  }).distributionPoint;
  assert.deepEqual(
    [point?.onlyContainsUserCerts, point?.onlyContainsCACerts, point?.indirectCRL, point?.name?.fullName],
    [true, false, true, [{ form: 'uri', value: 'http://crl.example/1' }]],
  );
  const { number, baseNumber, authorityKeyIdentifier } = crlOf({
    number: 256,
    baseNumber: 3,
    keyIdentifier: Buffer.of(1, 2),
  });
  assert.deepEqual([number, baseNumber], ['0100', '03']);
  assert.deepEqual(Buffer.from(authorityKeyIdentifier ?? []), Buffer.of(1, 2));
  const bare = crlOf({ number: null, keyIdentifier: null });
  assert.deepEqual([bare.number, bare.authorityKeyIdentifier, bare.extensionList], [null, null, []]);
  const [critical] = crlOf({ extensions: [], more: [unknownExtension(true)] }).extensionList;
  assert.equal(critical?.critical, true);
  assert.equal(crlOf({ numberIsCritical: true }).extensionList[1]?.critical, true);
  const entry = { serial: '01', more: [certificateIssuer('other')] };
  assert.deepEqual(crlOf({ entries: [entry] }).unknownInEntries, ['2.5.29.29']);
});

test('names, keys and times of a CRL can be others than those of its issuer', () => {
  assert.equal(crlOf({ issuerName: 'other' }).issuer.text, 'CN=other');
  assert.equal(crlOf({ issuerName: name('third') }).issuer.text, 'CN=third');
  const forged = crlOf({ key: other.key });
  assert.ok(!verify('sha256', forged.tbsCertList, root.key, forged.signatureValue));
  const edited = crlOf({ editSignature: signature => signature.map(octet => octet ^ 1) });
  assert.ok(!verify('sha256', edited.tbsCertList, root.key, edited.signatureValue));
  const rsa = crlOf({ key: otherKey(2048), hash: 'sha384' });
  assert.equal(rsa.signatureAlgorithm.algorithm, '1.2.840.113549.1.1.12');
  const { nextUpdate } = crlOf({ nextUpdate: new Date('2049-12-31') });
  assert.deepEqual(nextUpdate, new Date('2049-12-31'));
});

const brokenCrls: readonly [what: string, options: Partial<CrlOptions>, field: RegExp][] = [
  ['no version', { version: Buffer.of() }, /version/],
  ['version 3', { version: integer(2) }, /version/],
  ['no nextUpdate', { nextUpdate: null }, /nextUpdate/],
  ['another algorithm outside', { outerAlgorithm: algorithms.ecdsaWithSha384 }, /signatureAlgorithm/],
  ['an entry twice', { entries: [{ serial: '01' }, { serial: '01' }] }, /userCertificate/],
  ['a reason that is none', { entries: [{ serial: '01', more: [reasonCode(7)] }] }, /reason 7/],
  ['octets after it', { trailing: Buffer.of(0) }, /^/],
  ['a time that is none', { thisUpdate: Buffer.from('17015a', 'hex') }, /thisUpdate/],
  ['an empty list', { revokedCertificates: sequence(integer(1)) }, /revokedCertificates/],
];
for (const [what, options, message] of brokenCrls)
  test(`a CRL with ${what} is refused by the reader`, () => {
    assert.throws(() => crlOf(options), { code: 'CERTIFICATE_STATUS_UNKNOWN', message });
  });

test('an OCSP response is right as it comes: its issuer says good by name, for a hundred years (RFC 6960 4.2)', () => {
  const { status, basic, der } = responseOf();
  assert.equal(status, 'successful');
  assert.ok(basic?.responder.by === 'name' && basic.responder.name.text === 'CN=root');
  assert.deepEqual([basic.producedAt, basic.certificates], [new Date('2026-01-01'), []]);
  const [single, second] = basic.responses;
  assert.equal(second, undefined);
  assert.deepEqual(
    [single?.certId.serialNumber, single?.status, single?.revocationTime, single?.nextUpdate],
    ['0a', 'good', null, new Date('2126-01-01')],
  );
  assert.ok(verify('sha256', basic.tbsResponseData, root.key, basic.signatureValue));
  const options = { anchors: [root.der], time, ocsp: [der] };
  assert.equal(validatePath([good.der], options).valid, true);
  assert.equal(validatePath([revoked.der], options).code, 'STATUS_RESPONSE_BAD');
});

test('a delegated responder signs, is named by key, and its certificate is enclosed (RFC 6960 4.2.2.2)', () => {
  const { basic, der } = responseOf({ responder, responderId: 'key' });
  assert.equal(basic?.responder.by, 'key');
  assert.deepEqual(basic.certificates.map(Buffer.from), [Buffer.from(responder.der)]);
  assert.ok(verify('sha256', basic.tbsResponseData, responder.key, basic.signatureValue));
  assert.equal(validatePath([good.der], { anchors: [root.der], time, ocsp: [der] }).valid, true);
  assert.deepEqual(responseOf({ responder, certificates: [] }).basic?.certificates, []);
});

test('single responses: statuses, reasons, times, other certificates and other CertIDs', () => {
  const nameHash = Buffer.alloc(20, 7);
  const { basic } = responseOf({
    nextUpdate: null,
    responses: [
      { status: 'revoked' },
      { status: { reason: 'superseded', revocationTime: new Date('2026-02-01') } },
      { certificate: revoked, status: 'unknown', certIdHash: 'sha256' },
      { certificate: '7F', issuerNameHash: nameHash, issuerKeyHash: nameHash, nextUpdate: time },
      { certId: makeCertId(good, other) },
    ],
  });
  const rows = (basic?.responses ?? []).map(({ certId, status, reason, revocationTime, nextUpdate }) => [
    certId.serialNumber,
    status,
    reason,
    revocationTime?.toISOString().slice(0, 10),
    nextUpdate?.toISOString().slice(0, 10),
  ]);
  assert.deepEqual(rows, [
    ['0a', 'revoked', null, '2026-01-02', undefined],
    ['0a', 'revoked', 'superseded', '2026-02-01', undefined],
    ['0b', 'unknown', null, undefined, undefined],
    ['7f', 'good', null, undefined, '2026-06-01'],
    ['0a', 'good', null, undefined, undefined],
  ]);
  const [, , ofSha256, other20] = basic?.responses ?? [];
  assert.equal(ofSha256?.certId.hashAlgorithm, '2.16.840.1.101.3.4.2.1');
  assert.deepEqual(Buffer.from(other20?.certId.issuerNameHash ?? []), nameHash);
});

test('extensions of a response and of one of its answers', () => {
  const { basic } = responseOf({
    responseExtensions: [unknownExtension(true)],
    responses: [{ extensions: [unknownExtension(true)] }],
  });
  for (const { extensionList } of [basic, basic?.responses[0]].filter(one => one != null))
    assert.deepEqual(
      extensionList.map(({ critical }) => critical),
      [true],
    );
});

test('a response without an answer is its status alone', () => {
  for (const status of Object.keys(ocspStatuses) as (keyof typeof ocspStatuses)[]) {
    const response = responseOf({ responseStatus: status });
    assert.deepEqual([response.status, response.basic === null], [status, status !== 'successful']);
  }
});

const brokenResponses: readonly [what: string, options: Partial<OcspResponseOptions>, field: RegExp][] = [
  ['status 4', { responseStatus: 4 }, /responseStatus/],
  ['no responseBytes', { responseBytes: null }, /responseBytes/],
  ['another responseType', { responseType: '1.2.3' }, /responseType/],
  ['a version', { version: Buffer.from('a003020100', 'hex') }, /version/],
  ['no single response', { responses: [] }, /responses/],
  ['a responder that is none', { responderId: Buffer.from('a300', 'hex') }, /responderID/],
  ['a UTCTime', { producedAt: Buffer.from('170d3236303130313030303030305a', 'hex') }, /producedAt/],
  ['a status that is none', { status: Buffer.from('8300', 'hex') }, /certStatus/],
  ['octets after it', { trailing: Buffer.of(0) }, /^/],
];
for (const [what, options, message] of brokenResponses)
  test(`an OCSP response with ${what} is refused by the reader`, () => {
    assert.throws(() => responseOf(options), { code: 'STATUS_RESPONSE_BAD', message });
  });
