import assert from 'node:assert/strict';
import type { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { validatePath } from '../../src/certificates/index.ts';
import { createAuthority, issueAuthority } from '../../src/pki/authority.ts';
import { issueLeaf } from '../../src/pki/leaf.ts';
import { issuedChains, validity } from './shapes.ts';

const time = new Date('2030-06-01T00:00:00Z');
const bytes = (certificate: X509Certificate) => new Uint8Array(certificate.raw);

for (const { name, root, leaf, purpose, isOnP256 } of await issuedChains()) {
  const chain = leaf.chain.map(bytes);
  const options = { anchors: [bytes(root)], time, expect: leaf.id };

  test(`what is issued is valid (RFC 5280 6.1), and in the oneM2M profile ${isOnP256 ? 'too' : 'not'} (TS-0003 10.1.1): ${name}`, () => {
    const profiles = ['rfc5280', 'onem2m'] as const;
    const [general, onem2m] = profiles.map(profile => validatePath(chain, { ...options, profile }));
    assert.deepEqual([general?.valid, general?.reason], [true, undefined]);
    assert.equal(general?.path.length, chain.length + 1);
    assert.equal(onem2m?.code, isOnP256 ? undefined : 'CERTIFICATE_UNSUPPORTED');
  });

  test(`it is for the end-point that was asked for (RFC 5280 4.2.1.12): ${name}`, () => {
    for (const role of ['initiating', 'terminating'] as const) {
      const verdict = validatePath(chain, { ...options, profile: 'rfc5280', purpose: role });
      const isFor = purpose === null || purpose === 'any' || purpose === role;
      assert.equal(verdict.code, isFor ? undefined : 'CERTIFICATE_UNTRUSTED');
    }
  });
}

test('an authority that was issued again with another validity serves the certificates that it issued before', async () => {
  const lab = { name: 'lab', domains: ['m2m.example.com'] };
  const ended = { ...validity, notAfter: new Date('2030-01-01T00:00:00Z') };
  const { root, intermediate } = await createAuthority({ ...lab, validity });
  const key = intermediate.key;
  const expired = await issueAuthority(root, {
    subject: { crossed: intermediate.certificate, key },
    validity: ended,
  });
  const { chain } = await issueLeaf(
    { ...expired, key },
    { flavour: 'cse-id', id: 'cse-b.m2m.example.com', uriScheme: null, validity },
  );
  const options = { anchors: [bytes(root.certificate)], time };
  assert.equal(validatePath(chain.map(bytes), options).code, 'CERTIFICATE_EXPIRED');
  const intermediates = [bytes(intermediate.certificate)];
  assert.equal(validatePath(chain.map(bytes), { ...options, intermediates }).reason, undefined);
});

test('a root that was issued again is a trust anchor for what the old one vouches for, and the other way round', async () => {
  const { root, intermediate } = await createAuthority({
    name: 'lab',
    domains: ['m2m.example.com'],
    validity,
  });
  const { certificate, key } = root;
  const again = await issueAuthority(root, { subject: { crossed: certificate, key }, validity });
  const underAgain = await issueAuthority(
    { ...again, key },
    { subject: { name: 'lab b', keyType: 'p256' }, domains: ['m2m.example.com'], validity },
  );
  assert.ok(underAgain.key !== null);
  for (const issuer of [intermediate, { ...underAgain, key: underAgain.key }]) {
    const cse = { flavour: 'cse-id', id: 'cse-b.m2m.example.com', uriScheme: null, validity } as const;
    const { chain } = await issueLeaf(issuer, cse);
    for (const anchor of [certificate, again.certificate]) {
      const verdict = validatePath(chain.map(bytes), { anchors: [bytes(anchor)], time });
      assert.deepEqual([verdict.reason, verdict.path.length], [undefined, 3]);
    }
  }
});
