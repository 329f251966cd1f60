import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { E2EKeyError } from '../../src/errors.ts';
import { type AuthorityRequest, createAuthority } from '../../src/pki/authority.ts';
import { constraintsOf } from '../../src/pki/name-constraints.ts';
import { x509 } from '../../src/pki/x509.ts';

const validity = {
  notBefore: new Date('2030-01-01T00:00:00.999Z'),
  notAfter: new Date('2060-01-01T00:00:00.999Z'),
};
const request = { name: 'lab_1', domains: ['m2m.example.com'], uriConstraints: false, validity };
const authority = await createAuthority(request);
const root = authority.root.certificate;
const intermediate = authority.intermediate.certificate;

test('the root signed itself and the intermediate, and the keys are theirs', () => {
  assert.ok(root.verify(root.publicKey) && root.checkIssued(root));
  assert.ok(intermediate.verify(root.publicKey) && intermediate.checkIssued(root));
  assert.ok(root.checkPrivateKey(authority.root.key));
  assert.ok(intermediate.checkPrivateKey(authority.intermediate.key));
  assert.ok(!root.publicKey.equals(intermediate.publicKey));
});

test('every key is on P-256 and every signature ECDSA with SHA-256 (TS-0003 10.1.1)', () => {
  for (const certificate of [root, intermediate]) {
    assert.equal(certificate.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1');
    const { signatureAlgorithm } = new x509.X509Certificate(certificate.raw);
    assert.deepEqual(signatureAlgorithm, { name: 'ECDSA', hash: { name: 'SHA-256' } });
  }
});

test('basicConstraints is critical, and the intermediate may issue leaves only (RFC 5280 §4.2.1.9)', () => {
  const of = (raw: Uint8Array<ArrayBuffer>) =>
    new x509.X509Certificate(raw).getExtension(x509.BasicConstraintsExtension);
  assert.deepEqual(pick(of(new Uint8Array(root.raw))), { ca: true, pathLength: undefined, critical: true });
  assert.deepEqual(pick(of(new Uint8Array(intermediate.raw))), { ca: true, pathLength: 0, critical: true });
});

test('keyUsage is critical: certificates and CRLs are signed, nothing else (RFC 5280 §4.2.1.3)', () => {
  for (const certificate of [root, intermediate]) {
    const extension = new x509.X509Certificate(certificate.raw).getExtension(x509.KeyUsagesExtension);
    assert.equal(extension?.usages, x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign);
    assert.equal(extension?.critical, true);
  }
});

test('key identifiers lead from the intermediate to the root (RFC 5280 §4.2.1.1, §4.2.1.2)', () => {
  const identifiers = (raw: Uint8Array) => {
    const certificate = new x509.X509Certificate(new Uint8Array(raw));
    return {
      subject: certificate.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId,
      authority: certificate.getExtension(x509.AuthorityKeyIdentifierExtension)?.keyId,
    };
  };
  const ofRoot = identifiers(root.raw);
  assert.equal(ofRoot.authority, ofRoot.subject);
  assert.equal(identifiers(intermediate.raw).authority, ofRoot.subject);
  const point = root.publicKey.export({ type: 'spki', format: 'der' }).subarray(-65);
  assert.equal(ofRoot.subject, createHash('sha1').update(point).digest('hex'));
});

test('serial numbers are positive, 16 bytes and differ (RFC 5280 §4.1.2.2)', () => {
  assert.match(root.serialNumber, /^[4-7][0-9A-F]{31}$/);
  assert.match(intermediate.serialNumber, /^[4-7][0-9A-F]{31}$/);
  assert.notEqual(root.serialNumber, intermediate.serialNumber);
});

test('validity is stated in whole seconds (RFC 5280 §4.1.2.5)', () => {
  for (const { validFromDate, validToDate } of [root, intermediate]) {
    assert.deepEqual(validFromDate, new Date('2030-01-01T00:00:00Z'));
    assert.deepEqual(validToDate, new Date('2060-01-01T00:00:00Z'));
  }
});

test('the intermediate carries critical name constraints, the root none (TS-0003 8.1.2.2)', () => {
  const extension = new x509.X509Certificate(intermediate.raw).getExtension('2.5.29.30');
  assert.equal(extension?.critical, true);
  const open = { domains: [], uriConstraints: false, devices: [], nodes: [] };
  assert.deepEqual(constraintsOf(intermediate), { ...open, domains: ['m2m.example.com'] });
  assert.deepEqual(constraintsOf(root), open);
  assert.equal(new x509.X509Certificate(root.raw).getExtension('2.5.29.30'), null);
});

test('devices and nodes are constrained where that is wished (TS-0003 8.1.2.2, 10.1.1.4.2)', async () => {
  const constraints = { devices: ['0.2.481.1.100'], nodes: ['1.2.3'], uriConstraints: true };
  const { intermediate } = await createAuthority({ ...request, ...constraints });
  const { domains } = request;
  assert.deepEqual(constraintsOf(intermediate.certificate), { domains, ...constraints });
});

test('the intermediate may have authorities below it where that is wished (RFC 5280 §4.2.1.9)', async () => {
  const { root, intermediate } = await createAuthority({ ...request, pathLength: 2 });
  const length = ({ raw }: { raw: Uint8Array }) =>
    new x509.X509Certificate(new Uint8Array(raw)).getExtension(x509.BasicConstraintsExtension)?.pathLength;
  assert.deepEqual([length(root.certificate), length(intermediate.certificate)], [undefined, 2]);
});

test('what is presented above a new certificate is the intermediate alone, or nothing under the root', () => {
  assert.deepEqual(authority.root.chain, []);
  assert.deepEqual(authority.intermediate.chain, [intermediate]);
});

const refusals: readonly [change: Partial<AuthorityRequest>, sentence: RegExp][] = [
  [{ name: '' }, /name must be 1 to 48 printable ASCII/],
  [{ name: 'x'.repeat(49) }, /name must be 1 to 48 printable ASCII/],
  [{ name: 'a\nb' }, /name must be 1 to 48 printable ASCII/],
  [{ domains: ['*.example.com'] }, /is no domain name/],
  [{ nodes: ['x'] }, /"x" is no object identifier/],
  [{ validity: { ...validity, notAfter: validity.notBefore } }, /notAfter must be later than notBefore/],
  [
    {
      validity: {
        notBefore: new Date('2030-01-01T00:00:00Z'),
        notAfter: new Date('2030-01-01T00:00:00.999Z'),
      },
    },
    /notAfter must be later than notBefore/,
  ],
  [{ validity: { notBefore: new Date(0), notAfter: new Date(Number.NaN) } }, /notAfter must be later/],
  [{ validity: { ...validity, notBefore: new Date('1949-12-31T23:59:59Z') } }, /years 1950 to 9999/],
  [{ validity: { ...validity, notAfter: new Date('+010000-01-01T00:00:00Z') } }, /years 1950 to 9999/],
];

for (const [change, sentence] of refusals) {
  test(`no authority is made of ${JSON.stringify(change)}`, async () => {
    await assert.rejects(createAuthority({ ...request, ...change }), error => {
      assert.ok(error instanceof E2EKeyError);
      assert.equal(error.code, 'OPTION_INVALID');
      assert.match(error.message, sentence);
      return true;
    });
  });
}

function pick(extension: { ca: boolean; pathLength?: number | undefined; critical: boolean } | null) {
  return { ca: extension?.ca, pathLength: extension?.pathLength, critical: extension?.critical };
}
