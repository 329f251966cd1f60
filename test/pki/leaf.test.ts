import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E2EKeyError } from '../../src/errors.ts';
import { createAuthority } from '../../src/pki/authority.ts';
import { keyTypes } from '../../src/pki/key-type.ts';
import { issueLeaf, type LeafRequest } from '../../src/pki/leaf.ts';
import { x509 } from '../../src/pki/x509.ts';

const validity = { notBefore: new Date('2030-01-01T00:00:00Z'), notAfter: new Date('2031-01-01T00:00:00Z') };
const request = { name: 'lab', domains: ['m2m.example.com', 'cse.example'], uriConstraints: false, validity };
const { intermediate: issuer } = await createAuthority(request);
const { intermediate: strictIssuer } = await createAuthority({ ...request, uriConstraints: true });
const ae: LeafRequest = { flavour: 'ae-id', id: '//m2m.example.com/cse-a/Cae1', uriScheme: null, validity };
const cse: LeafRequest = { flavour: 'cse-id', id: 'cse-b.m2m.example.com', uriScheme: null, validity };

test('the chain is the leaf and the intermediate that signed it; the key is the leaf’s', async () => {
  const { chain, key, ...more } = await issueLeaf(issuer, ae);
  const [leaf, intermediate] = chain;
  assert.equal(chain.length, 2);
  assert.equal(intermediate, issuer.certificate);
  assert.ok(leaf.checkIssued(intermediate) && leaf.verify(intermediate.publicKey));
  assert.ok(leaf.checkPrivateKey(key));
  assert.equal(key.asymmetricKeyDetails?.namedCurve, 'prime256v1');
  assert.deepEqual(more, { id: ae.id, warnings: [] });
});

test('a leaf signs, is no authority and says nothing of extended usage (TS-0003 10.1.1.1)', async () => {
  const [leaf] = (await issueLeaf(issuer, ae)).chain;
  const certificate = new x509.X509Certificate(leaf.raw);
  const keyUsage = certificate.getExtension(x509.KeyUsagesExtension);
  assert.equal(keyUsage?.usages, x509.KeyUsageFlags.digitalSignature);
  assert.equal(keyUsage?.critical, true);
  assert.equal(leaf.ca, false);
  assert.equal(certificate.getExtension(x509.ExtendedKeyUsageExtension), null);
  const authorityKey = certificate.getExtension(x509.AuthorityKeyIdentifierExtension)?.keyId;
  const authority = new x509.X509Certificate(issuer.certificate.raw);
  assert.equal(authorityKey, authority.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId);
  assert.match(leaf.serialNumber, /^[4-7][0-9A-F]{31}$/);
  assert.deepEqual([leaf.validFromDate, leaf.validToDate], [validity.notBefore, validity.notAfter]);
});

const names: readonly [change: LeafRequest, subjectAltName: string][] = [
  [ae, 'URI://m2m.example.com/cse-a/Cae1'],
  [{ ...ae, id: '//M2M.Example.com/cse-a/Cae1' }, 'URI://m2m.example.com/cse-a/Cae1'],
  [{ ...ae, id: '//m2m.example.com/Sae' }, 'URI://m2m.example.com/Sae'],
  [{ ...ae, uriScheme: 'm2m' }, 'URI:m2m://m2m.example.com/cse-a/Cae1'],
  [cse, 'DNS:cse-b.m2m.example.com'],
  [{ ...cse, id: 'CSE.example' }, 'DNS:cse.example'],
];

for (const [change, subjectAltName] of names) {
  test(`${change.flavour} ${change.id} stands in the certificate as ${subjectAltName} and nothing else`, async () => {
    const { id, chain } = await issueLeaf(issuer, change);
    assert.equal(chain[0].subjectAltName, subjectAltName);
    assert.ok(subjectAltName.endsWith(id));
  });
}

test('an AE-ID is no common name, which stacks hold against dNSName constraints; cut where it is long, whole in subjectAltName', async () => {
  const id = `//m2m.example.com/cse-a/C${'x'.repeat(300)}`;
  const [leaf] = (await issueLeaf(issuer, { ...ae, id })).chain;
  assert.equal(leaf.subject, `UID=${id.slice(0, 256)}`);
  assert.equal(leaf.subjectAltName, `URI:${id}`);
});

test('a URI without scheme under URI constraints is issued with a warning, one with a scheme without', async () => {
  const { warnings } = await issueLeaf(strictIssuer, ae);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? '', /OpenSSL refuses this certificate/);
  assert.deepEqual((await issueLeaf(strictIssuer, { ...ae, uriScheme: 'm2m' })).warnings, []);
  assert.deepEqual((await issueLeaf(strictIssuer, cse)).warnings, []);
});

test('a key of another kind is in the certificate and comes with a warning (TS-0003 10.1.1.1)', async () => {
  const kinds = {
    p384: 'secp384r1',
    p521: 'secp521r1',
    rsa2048: 2048,
    rsa3072: 3072,
    ed25519: 'ed25519',
  } as const;
  for (const keyType of keyTypes) {
    if (keyType === 'p256') continue;
    const { chain, key, warnings } = await issueLeaf(issuer, { ...cse, keyType });
    const [leaf, intermediate] = chain;
    assert.ok(leaf.checkPrivateKey(key) && leaf.verify(intermediate.publicKey));
    const { namedCurve, modulusLength } = key.asymmetricKeyDetails ?? {};
    assert.equal(namedCurve ?? modulusLength ?? key.asymmetricKeyType, kinds[keyType]);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? '', /^end-points refuse this key under the oneM2M certificate profile/);
  }
  const both = await issueLeaf(strictIssuer, { ...ae, keyType: 'p384' });
  assert.equal(both.warnings.length, 2);
});

const refusals: readonly [change: LeafRequest, sentence: RegExp][] = [
  [{ ...ae, id: 'Cae1' }, /"Cae1" is no absolute AE-ID/],
  [{ ...ae, id: '/cse-a/Cae1' }, /is no absolute AE-ID/],
  [{ ...ae, id: '//m2m.example.com/cse-a/Cae1/' }, /is no absolute AE-ID/],
  [{ ...ae, id: '//m2m.example.com/cse-a/*' }, /is no absolute AE-ID/],
  [{ ...ae, id: 'm2m://m2m.example.com/cse-a/Cae1' }, /is no absolute AE-ID/],
  [{ ...ae, id: '//m2m.example.com/cse-a' }, /is a CSE-ID, not an AE-ID/],
  [
    { ...ae, id: '//other.example.com/cse-a/Cae1' },
    /permit m2m\.example\.com, cse\.example, not other\.example\.com/,
  ],
  [{ ...ae, uriScheme: '' }, /"" is no URI scheme/],
  [{ ...ae, uriScheme: 'M2M' }, /"M2M" is no URI scheme/],
  [{ ...ae, uriScheme: 'm2m:' }, /"m2m:" is no URI scheme/],
  [{ ...cse, id: '*.m2m.example.com' }, /"\*\.m2m\.example\.com" is no domain name/],
  [{ ...cse, id: '//m2m.example.com/cse-b' }, /is no domain name/],
  [{ ...cse, id: 'notm2m.example.com' }, /permit .*, not notm2m\.example\.com/],
  [{ ...cse, id: 'example.com' }, /permit .*, not example\.com/],
  [{ ...cse, uriScheme: 'm2m' }, /a URI scheme belongs to an AE-ID certificate/],
];

for (const [change, sentence] of refusals) {
  test(`no ${change.flavour} certificate for ${change.id}, scheme ${change.uriScheme}: ${sentence.source}`, async () => {
    await assert.rejects(issueLeaf(issuer, change), error => {
      assert.ok(error instanceof E2EKeyError);
      assert.equal(error.code, 'OPTION_INVALID');
      assert.match(error.message, sentence);
      return true;
    });
  });
}
