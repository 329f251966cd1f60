import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCertificate } from '../../src/certificates/certificate.ts';
import { isIssuedBy, requireIssued } from '../../src/pki/issued.ts';
import { keyFor, makeAuthority } from '../../src/testing/certificate-maker.ts';

const authority = makeAuthority({ subject: 'lab' });
const leaf = parseCertificate(authority.issue({ subject: 'leaf' }).der);

test('who issued a certificate has its name and its key, both', () => {
  const sameKey = makeAuthority({ subject: 'lab under another name', key: authority.key });
  const sameName = makeAuthority({ subject: 'lab', key: keyFor('another') });
  const [own, byName, byKey] = [authority, sameName, sameKey].map(({ der }) => parseCertificate(der));
  assert.ok(own !== undefined && byName !== undefined && byKey !== undefined);
  assert.deepEqual(
    [own, byName, byKey].map(issuer => isIssuedBy(leaf, issuer)),
    [true, false, false],
  );
  requireIssued(own, leaf);
  for (const issuer of [byName, byKey])
    assert.throws(() => requireIssued(issuer, leaf), {
      code: 'OPTION_INVALID',
      message: `CN=leaf was not issued by ${issuer.subject.text}; its issuer is CN=lab`,
    });
});

test('a certificate without subject is called so', () => {
  const nameless = parseCertificate(makeAuthority({ subject: 'other' }).issue({ subject: '' }).der);
  assert.throws(() => requireIssued(parseCertificate(authority.der), nameless), {
    message: 'a certificate without subject was not issued by CN=lab; its issuer is CN=other',
  });
});
