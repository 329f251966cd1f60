// validatePath as the outside sees it, and the recorded chain of another PKI.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type ValidateOptions, validatePath } from '../../src/certificates/index.ts';
import { keyFor, makeAuthority } from '../../src/testing/certificate-maker.ts';

const time = new Date('2027-06-01T00:00:00Z');
const root = makeAuthority();
const leaf = root.issue({ names: ['uri://m2m.example.com/cse/Cae1', 'dns:cse.example.com'] });
const validate = (options: Partial<ValidateOptions>, chain: Uint8Array[] = [leaf.der]) =>
  validatePath(chain, { anchors: [root.der], time, ...options });

const vector = (file: string): Uint8Array =>
  new X509Certificate(readFileSync(new URL(`../vectors/${file}`, import.meta.url))).raw;

test('the chain that OpenSSL made is valid for both its identities', () => {
  const anchors = [vector('ca.pem')];
  const cases = [
    ['init.pem', '//m2m.example.com/CSE1/Cae01', 'initiating'],
    ['term.pem', 'cse1.m2m.example.com', 'terminating'],
  ] as const;
  for (const [file, expect, purpose] of cases)
    for (const profile of ['onem2m', 'rfc5280'] as const) {
      const verdict = validatePath([vector(file)], { anchors, time, expect, purpose, profile });
      assert.ok(verdict.valid, verdict.reason ?? '');
      assert.equal(verdict.path.at(-1)?.subject, 'CN=ESCertKE test CA');
    }
});

test('expect is an Absolute-AE-ID or a domain name, and the leaf has to hold it', () => {
  for (const expect of ['//m2m.example.com/cse/Cae1', 'cse.example.com', 'CSE.example.com'])
    assert.ok(validate({ expect }).valid);
  for (const expect of [
    '//m2m.example.com/cse/Cae2',
    '//M2M.example.com/cse/Cae1',
    'other.example.com',
    'm2m.example.com',
  ]) {
    const { valid, code, path } = validate({ expect });
    assert.deepEqual([valid, code, path.length], [false, 'IDENTITY_MISMATCH', 1], expect);
  }
  for (const expect of ['', 'C_ae', '/cse/Cae1', '//m2m.example.com/cse', '*.example.com', 'CN=end-point'])
    assert.throws(() => validate({ expect }), { code: 'OPTION_INVALID', message: /^expect/ }, expect);
});

test('the identity is decided before the path (TS-0003 8.1.2.5)', () => {
  assert.equal(validate({ anchors: [], expect: 'other.example.com' }).code, 'IDENTITY_MISMATCH');
  assert.equal(validate({ anchors: [], expect: 'cse.example.com' }).code, 'CERTIFICATE_UNTRUSTED');
});

test('options that are not understood are refused and never passed over', () => {
  const cases: [unknown, RegExp][] = [
    [{ crls: [] }, /^crls/],
    [{ crls: [Buffer.of(1)] }, /^crls/],
    [{ purpose: 'server' }, /^purpose/],
    [{ profile: 'web' }, /^profile/],
    [{ time: new Date('x') }, /^time/],
    [{ maxDepth: 0 }, /^maxDepth/],
    [{ maxDepth: 33 }, /^maxDepth/],
    [{ anchors: [Buffer.of(1)] }, /^anchors\.0/],
    [{ intermediates: [Buffer.of(1)] }, /^intermediates\.0/],
  ];
  for (const [options, message] of cases)
    assert.throws(() => validate(options as Partial<ValidateOptions>), { code: 'OPTION_INVALID', message });
});

test('nothing in the chain makes it throw', () => {
  assert.equal(validate({}, []).code, 'PEER_CERTIFICATE_MISSING');
  assert.deepEqual(validate({}, []).path, []);
  assert.equal(validate({}, [new Uint8Array()]).code, 'CERTIFICATE_MALFORMED');
  assert.equal(validate({}, [leaf.der, new Uint8Array()]).code, 'CERTIFICATE_MALFORMED');
  assert.equal(validate({}, [leaf.der.subarray(1)]).code, 'CERTIFICATE_MALFORMED');
  assert.equal(validate({}, [new Uint8Array(20_000)]).code, 'CERTIFICATE_MALFORMED');
  assert.equal(validate({}, Array(17).fill(leaf.der)).code, 'CERTIFICATE_MALFORMED');
  assert.equal(validate({}, [root.issue({ version: new Uint8Array() }).der]).code, 'CERTIFICATE_UNSUPPORTED');
});

test('the reason names certificate, field, what would have been accepted, and the clause', () => {
  const expired = root.issue({ notAfter: new Date('2027-01-01T00:00:00Z') });
  const { reason, finding, code } = validate({}, [expired.der]);
  assert.equal(
    reason,
    "the end-point's certificate (CN=end-point), validity: no longer valid at 2027-06-01T00:00:00.000Z; " +
      'accepted: 2026-01-01T00:00:00.000Z to 2027-01-01T00:00:00.000Z, both included (RFC 5280 6.1.3 (a)(2))',
  );
  assert.deepEqual([finding?.code, finding?.position, finding?.field], [code, 0, 'validity']);
});

test('64 signature checks are the limit of one validation', () => {
  const others = Array.from({ length: 64 }, (_, index) => makeAuthority({ key: keyFor(`${index}`) }).der);
  const verdict = validate({ anchors: [...others, root.der] });
  assert.match(verdict.reason ?? '', /more signatures to check/);
  assert.ok(validate({ anchors: [...others.slice(1), root.der] }).valid);
});
