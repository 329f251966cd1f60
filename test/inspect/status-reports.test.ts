import assert from 'node:assert/strict';
import { test } from 'node:test';
import { extension, keyFor, makeAuthority, nothing, otherKey } from '../../src/testing/certificate-maker.ts';
import {
  type CrlOptions,
  makeCrl,
  makeOcspResponse,
  type OcspResponseOptions,
  unknownExtension,
} from '../../src/testing/status-maker.ts';
import { attribute, findingsOf, report, signingRequest } from './material.ts';

const root = makeAuthority({ more: [extension('2.5.29.14', Buffer.from('04020102', 'hex'))] });
const leaf = root.issue({ names: ['dns:cse.example.com'] });
const past = new Date('2026-06-01T00:00:00Z');
const future = new Date('2026-12-01T00:06:00Z');
const soon = new Date('2026-12-01T00:04:00Z');

const crlFindings: readonly (readonly [string, Partial<CrlOptions>, readonly string[]])[] = [
  ['a complete list of now', {}, []],
  ['a stale list (RFC 5280 5.1.2.5)', { nextUpdate: past }, ['error crls.0.nextUpdate']],
  ['a list of the future (RFC 5280 5.1.2.4)', { thisUpdate: future }, ['error crls.0.thisUpdate']],
  ['a list whose issuer is four minutes ahead', { thisUpdate: soon }, []],
  ['a delta list (RFC 5280 5.2.4)', { baseNumber: 1 }, ['error crls.0.deltaCRLIndicator']],
  [
    'an indirect list (RFC 5280 5.2.5)',
    { distributionPoint: { indirectCRL: true } },
    ['error crls.0.issuingDistributionPoint.indirectCRL'],
  ],
  [
    'a list for a part (RFC 5280 5.2.5)',
    { distributionPoint: { onlyContainsUserCerts: true } },
    ['note crls.0.issuingDistributionPoint'],
  ],
  [
    'an unknown critical extension (RFC 5280 5.2)',
    { more: [unknownExtension(true)] },
    ['error crls.0.crlExtensions'],
  ],
  [
    'an unknown critical extension of an entry (RFC 5280 5.3)',
    { entries: [{ serial: '0a', more: [unknownExtension(true)] }] },
    ['error crls.0.crlEntryExtensions'],
  ],
  ['no number (RFC 5280 5.2.3)', { number: null }, ['error crls.0.cRLNumber']],
  ['no key identifier (RFC 5280 5.2.1)', { keyIdentifier: null }, ['warning crls.0.authorityKeyIdentifier']],
  [
    'a signature outside of the profile (TS-0003 10.1.1.3)',
    { hash: 'sha384' },
    ['error crls.0.signatureAlgorithm'],
  ],
];

for (const [name, options, findings] of crlFindings)
  test(`of a revocation list: ${name}`, () => {
    assert.deepEqual(findingsOf(makeCrl({ issuer: root, ...options })), findings);
  });

test('a revocation list is shown with its first 32 entries', () => {
  const entries = Array.from({ length: 40 }, (_, index) => ({
    serial: (index + 16).toString(16),
    reason: 'superseded' as const,
  }));
  const inspected = report(makeCrl({ issuer: root, entries, number: 10 }));
  assert.ok(inspected.kind === 'crl');
  const [crl] = inspected.crls;
  assert.equal(crl?.issuer, 'CN=root');
  assert.equal(crl?.number, '0a');
  assert.equal(crl?.revoked, 40);
  assert.equal(crl?.entries.length, 32);
  assert.deepEqual(crl?.entries[0], {
    serialNumber: '10',
    revocationDate: '2026-01-02T00:00:00.000Z',
    reason: 'superseded',
  });
});

const responseFindings: readonly (readonly [string, Partial<OcspResponseOptions>, readonly string[]])[] = [
  ['a good one of now', {}, []],
  ['no answer (RFC 6960 4.2.1)', { responseStatus: 'tryLater' }, ['error response.responseStatus']],
  ['a stale one (RFC 6960 4.2.2.1)', { nextUpdate: past }, ['error response.responses.0.nextUpdate']],
  ['one of the future (RFC 6960 4.2.2.1)', { thisUpdate: future }, ['error response.responses.0.thisUpdate']],
  ['one that was produced in the future', { producedAt: future }, ['error response.responses.0.thisUpdate']],
  ['one whose responder is four minutes ahead', { thisUpdate: soon, producedAt: soon }, []],
  [
    'one without end, which is old (RFC 6960 4.2.2.1)',
    { nextUpdate: null },
    ['error response.responses.0.nextUpdate', 'note response.responses.0.nextUpdate'],
  ],
  [
    'one without end, of today',
    { nextUpdate: null, thisUpdate: new Date('2026-11-30T12:00:00Z') },
    ['note response.responses.0.nextUpdate'],
  ],
  ['an unknown certificate (RFC 6960 2.2)', { status: 'unknown' }, ['error response.responses.0.certStatus']],
  ['a revoked certificate (RFC 6960 2.2)', { status: 'revoked' }, ['note response.responses.0.certStatus']],
  [
    'an unknown critical extension (RFC 6960 4.4)',
    { responseExtensions: [unknownExtension(true)] },
    ['error response.responseExtensions'],
  ],
  [
    'an unknown critical extension of one answer (RFC 6960 4.4)',
    { responses: [{ extensions: [unknownExtension(true)] }] },
    ['error response.responses.0.singleExtensions'],
  ],
  ['two answers (RFC 6066 §8)', { responses: [{}, { certificate: '0b' }] }, ['note response.responses']],
  [
    'a signature outside of the profile (TS-0003 10.1.1.3)',
    { hash: 'sha384' },
    ['error response.signatureAlgorithm'],
  ],
];

for (const [name, options, findings] of responseFindings)
  test(`of an OCSP response: ${name}`, () => {
    assert.deepEqual(findingsOf(makeOcspResponse({ issuer: root, certificate: leaf, ...options })), findings);
  });

const requestFindings: readonly (readonly [
  string,
  Parameters<typeof signingRequest>[0],
  readonly string[],
])[] = [
  ['one as it should be', { names: ['dns:cse.example.com'] }, []],
  [
    'names of two identities, of which pki sign takes one (TS-0003 10.1.4)',
    { names: ['dns:a.example.com', 'dns:b.example.com'] },
    ['warning requests.0.subjectAltName'],
  ],
  ['no subjectAltName (TS-0003 10.1.4)', { names: null }, ['error requests.0.subjectAltName']],
  [
    'a signature with another key (RFC 2986 §4.2)',
    { names: ['dns:cse.example.com'], signingKey: keyFor('other') },
    ['error requests.0.signature'],
  ],
  [
    'a key outside of the profile (TS-0003 10.1.1.1)',
    { names: ['dns:cse.example.com'], key: otherKey('P-384') },
    ['error requests.0.subjectPublicKeyInfo'],
  ],
  [
    'a password in the clear (RFC 2985 5.4.1)',
    {
      names: ['dns:cse.example.com'],
      attributes: [attribute('1.2.840.113549.1.9.7', Buffer.from('0c0473656372', 'hex'))],
    },
    ['note requests.0.attributes'],
  ],
  [
    'an attribute that is not known',
    { names: ['dns:cse.example.com'], attributes: [attribute('1.2.3.4', nothing)] },
    [],
  ],
];

for (const [name, options, findings] of requestFindings)
  test(`of a certificate signing request: ${name}`, () => {
    const inspected = report(signingRequest(options));
    assert.ok(inspected.kind === 'certificate-request');
    assert.equal(inspected.requests[0]?.subject, 'CN=end-point');
    assert.deepEqual(
      inspected.findings.map(({ severity, field }) => `${severity} ${field}`),
      findings,
    );
    assert.doesNotMatch(JSON.stringify(inspected), /secr/);
  });
