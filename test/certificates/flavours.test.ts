import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCertificate } from '../../src/certificates/certificate.ts';
import { identitiesOf, otherIdentityOf } from '../../src/certificates/flavours.ts';
import { makeAuthority, name } from '../../src/testing/certificate-maker.ts';

const root = makeAuthority();
const certificate = (names: string[], subject = 'end-point') =>
  parseCertificate(root.issue({ names, subject }).der);
const identities = (...names: string[]) =>
  identitiesOf(certificate(names)).map(({ flavour, id }) => `${flavour} ${id}`);

test('AE-ID certificate: a URI that is the Absolute-AE-ID, verbatim or after a scheme (TS-0003 8.1.2.5)', () => {
  const id = '//m2m.example.com/CSE1/Cae01';
  for (const uri of [id, `m2m:${id}`, `https:${id}`, `x+y-z.1:${id}`])
    assert.deepEqual(identities(`uri:${uri}`), [`ae-id ${id}`]);
  assert.deepEqual(identities('uri://M2M.example.com/CSE1/Cae01'), ['ae-id //M2M.example.com/CSE1/Cae01']);
  assert.deepEqual(identities('uri://m2m.example.com/Sae01'), ['ae-id //m2m.example.com/Sae01']);
});

test('what is no Absolute-AE-ID identifies no AE', () => {
  const wrong = [
    '//m2m.example.com/CSE1/Cae01/',
    '//m2m.example.com/CSE1/Cae01?x',
    '//m2m.example.com/CSE1/Cae01#x',
    '//m2m.example.com//Cae01',
    '//m2m.example.com/CSE1/../Cae01',
    '//m2m.example.com/CSE1',
    '//m2m.example.com/CSE1/ae01',
    '//m2m.example.com/CSE1/*',
    '//*.example.com/CSE1/Cae01',
    '//m2m.example.com:80/CSE1/Cae01',
    '//u@m2m.example.com/CSE1/Cae01',
    '//m2m.example.com/CSE1/C%61e01',
    '/CSE1/Cae01',
    'Cae01',
    'm2m:/CSE1/Cae01',
    'a:b://m2m.example.com/CSE1/Cae01',
    '1m://m2m.example.com/CSE1/Cae01',
    '://m2m.example.com/CSE1/Cae01',
  ];
  for (const uri of wrong) assert.deepEqual(identities(`uri:${uri}`), [], uri);
});

test('CSE-ID certificate: a dNSName, in lower case, never a pattern (TS-0001 6.5.1.1)', () => {
  assert.deepEqual(identities('dns:Cse1.M2M.example.com'), ['cse-id cse1.m2m.example.com']);
  for (const wrong of [
    '*.example.com',
    'cse1.*.com',
    'cse_1.example.com',
    'cse1.example.com.',
    '.example.com',
    '-a.example',
  ])
    assert.deepEqual(identities(`dns:${wrong}`), [], wrong);
});

test('other forms of name and the common name identify nobody', () => {
  const wrong = ['email:a@cse1.example.com', 'rid:1.2.3', 'ip:7f000001', 'dir://m2m.example.com/CSE1/Cae01'];
  assert.deepEqual(identities(...wrong), []);
  for (const subject of ['cse1.example.com', '//m2m.example.com/CSE1/Cae01'])
    assert.deepEqual(identitiesOf(certificate([], subject)), []);
});

test('all identities count, in the order of the certificate', () => {
  assert.deepEqual(identities('dns:b.example', 'uri://a.example/b/Cc', 'dns:a.example'), [
    'cse-id b.example',
    'ae-id //a.example/b/Cc',
    'cse-id a.example',
  ]);
});

test('a certificate without oneM2M identity is called by its first wildcard, else its subject, else not at all', () => {
  assert.deepEqual(otherIdentityOf(certificate(['email:a@b.example', 'dns:*.a.example'])), {
    flavour: 'x509',
    id: '*.a.example',
  });
  for (const lookalike of ['dns://m2m.example.com/cse', 'dns:*.//m2m.example.com/cse', 'uri:*.a.example'])
    assert.deepEqual(otherIdentityOf(certificate([lookalike])), { flavour: 'x509', id: 'CN=end-point' });
  assert.deepEqual(otherIdentityOf(certificate([])), { flavour: 'x509', id: 'CN=end-point' });
  assert.equal(otherIdentityOf(parseCertificate(root.issue({ subject: name('') }).der)), null);
});
