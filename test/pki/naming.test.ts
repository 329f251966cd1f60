import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCertificate } from '../../src/certificates/certificate.ts';
import { namingWarnings } from '../../src/pki/naming.ts';
import { makeAuthority, type NameConstraintOptions } from '../../src/testing/certificate-maker.ts';

/** What is said of a certificate with one name under authorities with these constraints, the lowest first. */
function said(name: string, ...constraints: readonly NameConstraintOptions[]): string[] {
  const authority = makeAuthority();
  const leaf = parseCertificate(authority.issue({ names: [name] }).der);
  const above = constraints.map(nameConstraints =>
    parseCertificate(authority.authority({ nameConstraints }).der),
  );
  return namingWarnings(leaf, [...above, parseCertificate(authority.der)]);
}

const refused = (message: RegExp) => ({ code: 'OPTION_INVALID', message });
const unrestricted = /^no name constraint above restricts a name such as .* \(TS-0003 8\.1\.2\.2\)$/;
const domains = { permitted: ['dns:a.test', 'dns:b.test'] };

test('a name within the subtrees of its form goes without a word', () => {
  assert.deepEqual(said('dns:cse.a.test', domains), []);
  assert.deepEqual(said('uri:m2m://a.test/b/Cc', { permitted: ['uri:a.test'] }), []);
});

test('a name outside of them is refused with what would have been permitted, whichever certificate above says so (RFC 5280 4.2.1.10)', () => {
  const sentence = refused(
    /of CN=intermediate do not allow this certificate: dns name "c\.test", which is in no permitted subtree; permitted: a\.test, b\.test \(RFC 5280/,
  );
  assert.throws(() => said('dns:c.test', domains), sentence);
  assert.throws(() => said('dns:c.test', { permitted: ['dns:c.test'] }, domains), sentence);
  assert.throws(() => said('dns:c.a.test', domains, { excluded: ['dns:c.a.test'] }), refused(/is excluded/));
  for (const [name, base] of [
    ['rid:1.2.4', 'rid:1.2.3'],
    ['device:0.2.481.1:200.1', 'device:0.2.481.1:100'],
  ] as const)
    assert.throws(() => said(name, { permitted: [base] }), refused(/in no permitted subtree; permitted: /));
});

test('an AE-ID stays within the domains although they do not bind a URI (TS-0003 8.1.2.2)', () => {
  assert.deepEqual(said('uri://cse.a.test/b/Cc', domains), []);
  const sentence = refused(/name constraints permit a\.test, b\.test, not \/\/c\.test\/b\/Cc/);
  assert.throws(() => said('uri://c.test/b/Cc', domains), sentence);
  // Every authority above has its say, not the widest alone.
  const wide = { permitted: ['dns:test'] };
  assert.throws(() => said('uri://c.test/b/Cc', wide, domains), sentence);
  assert.throws(() => said('uri://c.test/b/Cc', domains, wide), sentence);
});

test('a name of a form that nobody restricts is let go with a warning (TS-0003 8.1.2.2)', () => {
  for (const name of ['uri:urn:x:y', 'rid:1.2.3', 'device:0.2.481.1:100', 'other:1.3.6.1.5.5.7.8.4:0500']) {
    const [warning = '', ...others] = said(name, domains);
    assert.match(warning, unrestricted);
    assert.deepEqual(others, []);
  }
  const [warning = ''] = said('dns:a.test');
  assert.match(warning, unrestricted);
  // A device's constraint is none for hardware modules, nor one for nodes for devices.
  assert.match(
    said('other:1.3.6.1.5.5.7.8.4:0500', { permitted: ['device:0.2.481.1:100'] })[0] ?? '',
    unrestricted,
  );
});

test('a URN is refused under constraints on URIs, for it has no host (RFC 5280 4.2.1.10)', () => {
  for (const base of ['uri:a.test', 'uri:.a.test'])
    assert.throws(
      () => said('uri:urn:x:y', { permitted: [base] }),
      refused(/cannot be compared with subtrees; a URN has no host, and under constraints on URIs/),
    );
});

test('what OpenSSL refuses is said: no scheme under URI constraints, object identifiers under their own', () => {
  assert.match(
    said('uri://a.test/b/Cc', { permitted: ['uri:a.test'] })[0] ?? '',
    /^OpenSSL refuses this certificate \(unsupported name constraint syntax\)/,
  );
  const type = /^OpenSSL refuses this certificate \(unsupported name constraint type\)/;
  for (const [name, base] of [
    ['rid:1.2.3', 'rid:1.2'],
    ['device:0.2.481.1:100.1', 'device:0.2.481.1:100'],
  ] as const) {
    const [warning = '', ...others] = said(name, { permitted: [base] });
    assert.match(warning, type);
    assert.deepEqual(others, []);
  }
  // OpenSSL passes over subtrees of another type-id; the identifier as a whole is within this one all the same.
  assert.deepEqual(said('device:0.2.481:1.100.1', { permitted: ['device:0.2.481.1:100'] }), []);
});
