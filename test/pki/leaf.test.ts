import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCertificate } from '../../src/certificates/certificate.ts';
import { identitiesOf } from '../../src/certificates/flavours.ts';
import { createAuthority, issueAuthority } from '../../src/pki/authority.ts';
import { flavours } from '../../src/pki/identity.ts';
import { keyTypes } from '../../src/pki/key-type.ts';
import { issueLeaf, type LeafRequest } from '../../src/pki/leaf.ts';
import { x509 } from '../../src/pki/x509.ts';

const validity = { notBefore: new Date('2030-01-01T00:00:00Z'), notAfter: new Date('2031-01-01T00:00:00Z') };
const request = { name: 'lab', domains: ['m2m.example.com', 'cse.example'], uriConstraints: false, validity };
const { root, intermediate: issuer } = await createAuthority(request);
const { intermediate: strictIssuer } = await createAuthority({ ...request, uriConstraints: true });
const ae: LeafRequest = { flavour: 'ae-id', id: '//m2m.example.com/cse-a/Cae1', uriScheme: null, validity };
const cse: LeafRequest = { flavour: 'cse-id', id: 'cse-b.m2m.example.com', uriScheme: null, validity };

test('the chain is the leaf and the intermediate that signed it; the key is the leaf’s', async () => {
  const { chain, key, ...more } = await issueLeaf(issuer, ae);
  const [leaf, ...above] = chain;
  assert.deepEqual(above, [issuer.certificate]);
  assert.ok(leaf.checkIssued(issuer.certificate) && leaf.verify(issuer.certificate.publicKey));
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
  [{ ...cse, flavour: 'fqdn', id: 'MAF.cse.example' }, 'URI:https://maf.cse.example, DNS:maf.cse.example'],
  [
    { ...cse, flavour: 'node-id', id: 'urn:gsma:imei:90420156-025763-0;svn=42' },
    'URI:urn:gsma:imei:90420156-025763-0;svn=42',
  ],
  [{ ...cse, flavour: 'node-id', id: '1.3.6.1.4.1.99999.7' }, 'Registered ID:1.3.6.1.4.1.99999.7'],
];

for (const [change, subjectAltName] of names) {
  test(`${change.flavour} ${change.id} stands in the certificate as ${subjectAltName} and nothing else`, async () => {
    const { id, chain } = await issueLeaf(issuer, change);
    assert.equal(chain[0].subjectAltName, subjectAltName);
    assert.ok(subjectAltName.endsWith(id));
  });
}

const held: Readonly<Record<LeafRequest['flavour'], readonly [id: string, ...held: string[]][]>> = {
  'ae-id': [['//m2m.example.com/cse-a/Cae1', 'ae-id']],
  'cse-id': [['cse-b.m2m.example.com', 'cse-id', 'fqdn']],
  // The first says which flavour is meant.
  fqdn: [['maf.m2m.example.com', 'fqdn', 'cse-id', 'fqdn']],
  'node-id': [
    ['urn:gsma:imei:90420156-025763-0', 'node-id'],
    ['1.3.6.1.4.1.99999.7', 'node-id', 'device'],
  ],
  device: [
    ['0.2.481.1.100.3030.10011', 'device'],
    ['1.3.6.1.4.1.99999:0a0b', 'device'],
    // An arc of 64 bits, as serial numbers may be.
    ['0.2.481.1.100.3030.18446744073709551615', 'device'],
  ],
};

for (const flavour of flavours)
  for (const [id, ...found] of held[flavour])
    for (const uriScheme of flavour === 'ae-id' ? [null, 'm2m'] : [null])
      test(`${flavour} ${id}, scheme ${uriScheme}: the certificate holds that identity and no other (TS-0003 10.1.1)`, async () => {
        const issued = await issueLeaf(issuer, { flavour, id, uriScheme, validity });
        assert.equal(issued.id, id);
        const identities = identitiesOf(parseCertificate(issued.chain[0].raw));
        assert.deepEqual(
          identities.map(({ flavour: each, id: name }) => [each, name]),
          found.map(each => [each, id]),
        );
      });

test('names that the default constraints do not restrict are issued with a warning (TS-0003 8.1.2.2)', async () => {
  for (const [flavour, id, count] of [
    ['cse-id', 'cse-b.m2m.example.com', 0],
    ['fqdn', 'maf.m2m.example.com', 0],
    ['node-id', 'urn:gsma:imei:90420156-025763-0', 1],
    ['node-id', '1.3.6.1.4.1.99999.7', 1],
    ['device', '0.2.481.1.100.3030.10011', 1],
    ['device', '1.3.6.1.4.1.99999:0a0b', 1],
  ] as const) {
    const { warnings } = await issueLeaf(issuer, { flavour, id, uriScheme: null, validity });
    assert.equal(warnings.length, count, `${flavour} ${id}`);
    for (const warning of warnings) assert.match(warning, /^no name constraint above restricts/);
  }
});

test('a purpose adds extKeyUsage: the initiating end-point is the TLS client (TS-0003 8.7, RFC 5280 4.2.1.12)', async () => {
  const [clientAuth, serverAuth] = ['1.3.6.1.5.5.7.3.2', '1.3.6.1.5.5.7.3.1'];
  for (const [purpose, expected] of [
    ['initiating', [clientAuth]],
    ['terminating', [serverAuth]],
    ['any', [clientAuth, serverAuth]],
  ] as const) {
    const [leaf] = (await issueLeaf(issuer, { ...ae, purpose })).chain;
    assert.deepEqual(parseCertificate(leaf.raw).extensions.extKeyUsage, expected);
  }
});

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

test('a key of another kind is in the certificate and comes with a warning, an authority’s too (TS-0003 10.1.1.1)', async () => {
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
    const [leaf] = chain;
    assert.ok(leaf.checkPrivateKey(key) && leaf.verify(issuer.certificate.publicKey));
    const { namedCurve, modulusLength } = key.asymmetricKeyDetails ?? {};
    assert.equal(namedCurve ?? modulusLength ?? key.asymmetricKeyType, kinds[keyType]);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? '', /^end-points refuse this key under the oneM2M certificate profile/);
  }
  const { key, ...authority } = await issueAuthority(root, {
    subject: { name: 'lab b', keyType: 'p384' },
    validity,
    domains: request.domains,
  });
  assert.ok(key !== null);
  const { warnings } = await issueLeaf({ ...authority, key }, cse);
  assert.equal(warnings.length, 1);
  assert.match(
    warnings[0] ?? '',
    /^end-points refuse the key of CN=lab b under the oneM2M certificate profile/,
  );
  const both = await issueLeaf(strictIssuer, { ...ae, keyType: 'p384' });
  assert.equal(both.warnings.length, 2);
});

const refusals: readonly [change: LeafRequest, sentence: RegExp][] = [
  [{ ...ae, id: 'Cae1' }, /"Cae1" is no absolute AE-ID/],
  [
    { ...ae, id: '//other.example.com/cse-a/Cae1' },
    /permit m2m\.example\.com, cse\.example, not \/\/other\.example\.com/,
  ],
  [{ ...cse, id: 'notm2m.example.com' }, /permitted: m2m\.example\.com, cse\.example/],
  [{ ...cse, id: 'example.com' }, /"example\.com", which is in no permitted subtree/],
  [{ ...cse, flavour: 'fqdn', id: 'example.com' }, /"example\.com", which is in no permitted subtree/],
];

for (const [change, sentence] of refusals) {
  test(`no ${change.flavour} certificate for ${change.id}: ${sentence.source}`, async () => {
    await assert.rejects(issueLeaf(issuer, change), { code: 'OPTION_INVALID', message: sentence });
  });
}

test('the constraints of every authority above are asked, not those of the lowest alone (RFC 5280 6.1.4 (g))', async () => {
  const wide = await createAuthority({ ...request, domains: ['other.example'] });
  const below = { ...wide.intermediate, chain: [wide.intermediate.certificate, issuer.certificate] };
  await assert.rejects(issueLeaf(below, { ...cse, id: 'cse.other.example' }), {
    code: 'OPTION_INVALID',
    message: /permitted: m2m\.example\.com/,
  });
});

test('a URN cannot be issued under URI constraints (RFC 5280 4.2.1.10)', async () => {
  const urn = {
    flavour: 'node-id',
    id: 'urn:gsma:imei:90420156-025763-0',
    uriScheme: null,
    validity,
  } as const;
  await assert.rejects(issueLeaf(strictIssuer, urn), {
    code: 'OPTION_INVALID',
    message: /a URN has no host/,
  });
});
