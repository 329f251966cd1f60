import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { test } from 'node:test';
import { parseCertificate } from '../../src/certificates/certificate.ts';
import { createAuthority } from '../../src/pki/authority.ts';
import { readCertificationRequest } from '../../src/pki/certification-request.ts';
import { type IdentityRequest, nameIdentity } from '../../src/pki/identity.ts';
import { issueLeaf } from '../../src/pki/leaf.ts';
import { requestedIdentity } from '../../src/pki/requested-identity.ts';
import { type SigningOptions, signRequest } from '../../src/pki/sign-request.ts';
import {
  basicConstraints,
  extension,
  keyFor,
  keyUsage,
  nothing,
  otherKey,
} from '../../src/testing/certificate-maker.ts';
import { makeRequest, type RequestOptions } from './requests.ts';

const validity = { notBefore: new Date('2030-01-01'), notAfter: new Date('2031-01-01') };
const { intermediate: issuer } = await createAuthority({ name: 'lab', domains: ['example.com'], validity });
const ae: IdentityRequest = { flavour: 'ae-id', id: '//m2m.example.com/cse-a/Cae1', uriScheme: null };

async function signed(request: RequestOptions, options: Partial<SigningOptions> = {}) {
  const read = readCertificationRequest(makeRequest(request));
  return signRequest(issuer, read, { identity: null, validity, ...options });
}

test('the certificate has the key of the request, and the identity that it asks for', async () => {
  const { id, chain, warnings } = await signed({ names: ['dns:CSE.example.com'] });
  const leaf = parseCertificate(chain[0].raw);
  assert.deepEqual([id, warnings], ['cse.example.com', []]);
  assert.ok(leaf.publicKey.equals(createPublicKey(keyFor('requester'))));
  assert.deepEqual(chain.slice(1), [issuer.certificate]);
  assert.deepEqual([leaf.subject.text, leaf.notAfter], ['CN=cse.example.com', validity.notAfter]);
});

test('whatever else a request asks for, the certificate is as that of an end-point with a key of ours', async () => {
  const more = [
    keyUsage('keyCertSign', 'cRLSign', 'digitalSignature'),
    basicConstraints(false),
    extension('2.5.29.37', Buffer.from('300a06082b06010505070309', 'hex')),
    extension('1.2.3', nothing, true),
  ];
  const { chain, warnings } = await signed({ more }, { identity: ae });
  const ours = parseCertificate((await issueLeaf(issuer, { ...ae, validity })).chain[0].raw);
  const theirs = parseCertificate(chain[0].raw);
  const comparable = ({ extensions, extensionList, subject }: typeof ours) => ({
    subject: subject.text,
    extensions: { ...extensions, subjectKeyIdentifier: null },
    ids: extensionList.map(({ id, critical }) => [id, critical]),
  });
  assert.deepEqual(comparable(theirs), comparable(ours));
  assert.deepEqual(warnings, [
    'passed over in the request: keyUsage, basicConstraints, extKeyUsage, 1.2.3; a certificate has what its flavour has',
  ]);
});

test('a request for an authority is refused: end-points are certified here', async () => {
  for (const identity of [null, ae])
    await assert.rejects(
      signed({ names: ['dns:cse.example.com'], more: [basicConstraints(true)] }, { identity }),
      {
        code: 'OPTION_INVALID',
        message: /^the request asks for a certification authority \(basicConstraints cA\)/,
      },
    );
});

test('the identity that is said takes the place of the names in the request, with a sentence', async () => {
  const { id, chain, warnings } = await signed({ names: ['dns:cse.example.com'] }, { identity: ae });
  assert.equal(id, ae.id);
  assert.equal(chain[0].subjectAltName, `URI:${ae.id}`);
  assert.deepEqual(warnings, [`the certificate is for ${ae.id}; the names in the request are passed over`]);
  assert.deepEqual((await signed({ names: [`uri:${ae.id}`] }, { identity: ae })).warnings, []);
  assert.deepEqual((await signed({}, { identity: ae })).warnings, []);
});

test('name constraints bind what is asked for, and a key outside of the profile comes with a warning', async () => {
  await assert.rejects(signed({ names: ['dns:cse.onem2m.org'] }), {
    code: 'OPTION_INVALID',
    message: /the name constraints of CN=lab intermediate do not allow this certificate/,
  });
  const { warnings } = await signed({ key: otherKey('P-384'), names: ['dns:cse.example.com'] });
  assert.match(warnings.join('\n'), /^end-points refuse this key under the oneM2M certificate profile/);
});

const identities: readonly IdentityRequest[] = [
  ae,
  { ...ae, uriScheme: 'm2m' },
  { flavour: 'cse-id', id: 'cse.example.com', uriScheme: null },
  { flavour: 'fqdn', id: 'maf.example.com', uriScheme: null },
  { flavour: 'node-id', id: 'urn:gsma:imei:90420156-025763-0', uriScheme: null },
  { flavour: 'node-id', id: '1.3.6.1.4.1.99999.7', uriScheme: null },
  { flavour: 'device', id: '0.2.481.1.100.3030.10011', uriScheme: null, indicationArcs: 4 },
  { flavour: 'device', id: '1.2.3.4.5.6.7', uriScheme: null, indicationArcs: 6 },
];
for (const identity of identities)
  test(`names as pki issue writes them are those of ${identity.flavour} ${identity.id} alone (TS-0003 10.1.1)`, async () => {
    const { chain } = await issueLeaf(
      (await createAuthority({ name: 'open', domains: ['example.com'], validity })).intermediate,
      { ...identity, validity },
    );
    const names = parseCertificate(chain[0].raw).extensions.subjectAltName ?? [];
    const found = requestedIdentity(names.toReversed());
    assert.ok(found !== null);
    assert.deepEqual(nameIdentity(found), nameIdentity(identity));
    assert.equal(found.flavour, identity.flavour);
  });

const ambiguous: readonly (readonly string[])[] = [
  [],
  ['dns:a.example.com', 'dns:b.example.com'],
  ['dns:cse.example.com', 'uri://m2m.example.com/cse-a/Cae1'],
  ['dns:*.example.com'],
  ['dns:cse.example.com', 'email:cse@example.com'],
  ['dns:cse.example.com', 'ip:7f000001'],
  ['uri:https://maf.example.com'],
  ['uri://m2m.example.com/cse-a'],
  ['uri:https://maf.example.com/path'],
  ['dir:cse.example.com'],
  ['other:1.2.3:0c0161'],
  ['rid:1.2.3', 'rid:1.2.4'],
];
for (const names of ambiguous)
  test(`no identity is guessed from ${names.join(' and ') || 'no name'}`, async () => {
    await assert.rejects(signed({ names }), {
      code: 'OPTION_INVALID',
      message: /^the subjectAltName of the request is not that of exactly one identity of oneM2M/,
    });
  });
