import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCertificate } from '../../src/certificates/certificate.ts';
import { validatePath } from '../../src/certificates/index.ts';
import { createAuthority } from '../../src/pki/authority.ts';
import { issueLeaf, type LeafRequest } from '../../src/pki/leaf.ts';
import { makeCrl } from '../../src/testing/status-maker.ts';

const validity = { notBefore: new Date('2030-01-01'), notAfter: new Date('2031-01-01') };
const { root, intermediate: issuer } = await createAuthority({ name: 'lab', validity });
const cse: LeafRequest = { flavour: 'cse-id', id: 'cse.example.com', uriScheme: null, validity };
const [crl, ocsp] = ['http://crl.example.com/lab.crl?n=1', 'https://ocsp.example.com'];

test('a certificate says where its CRL and its OCSP responder are, and neither is critical (RFC 5280 4.2.1.13, 4.2.2.1)', async () => {
  const [leaf] = (await issueLeaf(issuer, { ...cse, statusLocations: { crl, ocsp } })).chain;
  assert.equal(leaf.infoAccess, `OCSP - URI:${ocsp}`);
  const { extensionList } = parseCertificate(leaf.raw);
  for (const [id, url] of [
    ['2.5.29.31', crl],
    ['1.3.6.1.5.5.7.1.1', ocsp],
  ]) {
    const found = extensionList.find(extension => extension.id === id);
    assert.equal(found?.critical, false);
    assert.ok(Buffer.from(found.value).includes(url ?? ''));
  }
});

test('a list for that location speaks of the certificate, one for another location does not (RFC 5280 6.3.3 (b)(2))', async () => {
  const { chain } = await issueLeaf(issuer, { ...cse, statusLocations: { crl } });
  const judged = (location: string) => {
    const signer = { der: issuer.certificate.raw, key: issuer.key };
    const list = makeCrl({ issuer: signer, distributionPoint: { fullName: [`uri:${location}`] } });
    const options = { anchors: [root.certificate.raw], crls: [list], time: new Date('2030-06-01') };
    return validatePath(
      chain.map(({ raw }) => raw),
      options,
    );
  };
  assert.equal(judged(crl).valid, true);
  assert.equal(judged('http://crl.example.com/other.crl').code, 'CERTIFICATE_STATUS_UNKNOWN');
});

test('without locations the certificate says nothing of them', async () => {
  const [leaf] = (await issueLeaf(issuer, cse)).chain;
  const ids = parseCertificate(leaf.raw).extensionList.map(({ id }) => id);
  assert.ok(!ids.includes('2.5.29.31') && !ids.includes('1.3.6.1.5.5.7.1.1'));
});

for (const location of [
  '',
  'crl.example.com',
  'ldap://crl.example.com/cn=lab',
  'file:///etc/passwd',
  'http://',
  'http://crl.example.com/a b',
  'http://crl.example.com/ü',
  'http://[::1',
  `http://crl.example.com/${'x'.repeat(500)}`,
])
  test(`no location: ${location.slice(0, 40)}`, async () => {
    for (const [kind, whose] of [
      ['crl', 'CRL'],
      ['ocsp', 'OCSP responder'],
    ] as const)
      await assert.rejects(issueLeaf(issuer, { ...cse, statusLocations: { [kind]: location } }), {
        code: 'OPTION_INVALID',
        message: new RegExp(
          `is no location of a ${whose}: a URL with http or https, at most 512 characters$`,
        ),
      });
  });
