// validatePath as the outside sees it, and the recorded chain of another PKI.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseCertificate, type ValidateOptions, validatePath } from '../../src/certificates/index.ts';
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
});

test('an expectation that no certificate can meet is a verdict, before anything else is looked at', () => {
  for (const expect of ['', 'C_ae', '/cse/Cae1', '//m2m.example.com/cse', '*.example.com', 'CN=end-point']) {
    const { valid, code, finding, reason } = validate({ expect, anchors: [] });
    assert.deepEqual(
      [valid, code, finding?.field, finding?.position],
      [false, 'OPTION_INVALID', 'expect', 0],
    );
    assert.match(reason ?? '', /accepted: an Absolute-AE-ID, a domain name, /);
  }
});

test('in profile rfc5280 the expected host may be covered by a wildcard, or be an address (RFC 9525)', () => {
  const end = root.issue({ names: ['dns:*.example.com', 'ip:c0000221'] });
  const of = (expect: string, profile: 'onem2m' | 'rfc5280') => validate({ expect, profile }, [end.der]);
  for (const expect of ['cse.example.com', '192.0.2.33']) {
    assert.ok(of(expect, 'rfc5280').valid);
    assert.equal(of(expect, 'onem2m').code, 'IDENTITY_MISMATCH');
  }
  assert.equal(of('a.cse.example.com', 'rfc5280').code, 'IDENTITY_MISMATCH');
});

test('the identity is decided before the path, at no signature check (TS-0003 8.1.2.5)', () => {
  const { code, signatureChecks, finding } = validate({ expect: 'other.example.com' });
  assert.deepEqual([code, signatureChecks, finding?.path.length], ['IDENTITY_MISMATCH', 0, 1]);
  assert.equal(validate({ anchors: [], expect: 'other.example.com' }).code, 'IDENTITY_MISMATCH');
  assert.equal(validate({ anchors: [], expect: 'cse.example.com' }).code, 'CERTIFICATE_UNTRUSTED');
});

test('options that are not understood are refused and never passed over', () => {
  const cases: [unknown, RegExp][] = [
    [{ revocation: 'always' }, /^revocation: off, when-available, required are possible$/],
    [{ purpose: 'server' }, /^purpose/],
    [{ profile: 'web' }, /^profile/],
    [{ time: new Date('x') }, /^time/],
    [{ maxDepth: -1 }, /^maxDepth/],
    [{ maxDepth: 1.5 }, /^maxDepth/],
    [{ maxDepth: Number.NaN }, /^maxDepth/],
    [{ maxDepth: Number.POSITIVE_INFINITY }, /^maxDepth/],
  ];
  for (const [options, message] of cases)
    assert.throws(() => validate(options as Partial<ValidateOptions>), { code: 'OPTION_INVALID', message });
});

const malformedDer = Buffer.of(1);
const version1 = makeAuthority({ subject: 'old', version: new Uint8Array() }).der;

test('anchors and intermediates that cannot be read are passed over', () => {
  const intermediate = root.authority();
  const chain = [intermediate.issue().der];
  const { valid, reason, signatureChecks } = validate(
    { anchors: [malformedDer, root.der, version1], intermediates: [version1, intermediate.der] },
    chain,
  );
  assert.deepEqual([valid, reason, signatureChecks], [true, undefined, 2]);
});

test('anchors and intermediates that cannot be read are named where an issuer is missing', () => {
  const chain = [root.authority().issue().der];
  const cases: [Partial<ValidateOptions>, code: string, field: RegExp][] = [
    [{ anchors: [malformedDer] }, 'CERTIFICATE_MALFORMED', /^anchors\.0$/],
    [{ anchors: [root.der, malformedDer] }, 'CERTIFICATE_MALFORMED', /^anchors\.1$/],
    [{ intermediates: [malformedDer] }, 'CERTIFICATE_MALFORMED', /^intermediates\.0$/],
    [{ intermediates: [version1] }, 'CERTIFICATE_UNSUPPORTED', /^intermediates\.0\.tbsCertificate\.version/],
    [{ anchors: [version1], intermediates: [malformedDer] }, 'CERTIFICATE_UNSUPPORTED', /^anchors\.0\./],
  ];
  for (const [options, code, field] of cases) {
    const verdict = validate(options, chain);
    assert.deepEqual([verdict.valid, verdict.code, verdict.finding?.position], [false, code, null]);
    assert.match(verdict.finding?.field ?? '', field);
    assert.deepEqual(
      verdict.path.map(({ subject }) => subject),
      ['CN=end-point'],
    );
  }
});

test('a path that is too long is told as such, whatever cannot be read', () => {
  const [one, two] = [root.authority({ subject: 'one' }), root.authority({ subject: 'one' })];
  const below = two.authority({ subject: 'two' });
  const chain = [below.issue().der, below.der, one.der];
  const verdict = validate({ anchors: [root.der, malformedDer], maxDepth: 1 }, chain);
  assert.deepEqual([verdict.code, verdict.finding?.problem], ['CERTIFICATE_UNTRUSTED', 'a longer path']);
});

test('anchors that cannot be read are not named where something else is the matter', () => {
  const expired = root.issue({ notAfter: new Date('2027-01-01T00:00:00Z') });
  const verdict = validate({ anchors: [root.der, malformedDer] }, [expired.der]);
  assert.deepEqual([verdict.code, verdict.finding?.field], ['CERTIFICATE_EXPIRED', 'validity']);
});

test('nothing in the chain makes it throw, and which certificate is at fault is told', () => {
  const cases: [Uint8Array[], code: string, field: RegExp, position: number | null, path: number][] = [
    [[], 'PEER_CERTIFICATE_MISSING', /^certificate_list$/, null, 0],
    [[new Uint8Array()], 'CERTIFICATE_MALFORMED', /^certificate_list\.0\b/, 0, 0],
    [[leaf.der, new Uint8Array()], 'CERTIFICATE_MALFORMED', /^certificate_list\.1\b/, 1, 1],
    [[leaf.der, root.der, malformedDer], 'CERTIFICATE_MALFORMED', /^certificate_list\.2\b/, 2, 1],
    [[leaf.der.subarray(1)], 'CERTIFICATE_MALFORMED', /^certificate_list\.0\b/, 0, 0],
    [[new Uint8Array(20_000)], 'CERTIFICATE_MALFORMED', /^certificate_list\.0\b/, 0, 0],
    [Array(17).fill(leaf.der), 'CERTIFICATE_MALFORMED', /^certificate_list$/, null, 0],
    [[version1], 'CERTIFICATE_UNSUPPORTED', /^certificate_list\.0\.tbsCertificate\.version$/, 0, 0],
  ];
  for (const [chain, code, field, position, pathLength] of cases) {
    const verdict = validate({}, chain);
    assert.deepEqual([verdict.valid, verdict.code, verdict.finding?.position], [false, code, position]);
    assert.match(verdict.finding?.field ?? '', field);
    assert.deepEqual([verdict.path.length, verdict.signatureChecks], [pathLength, 0]);
    assert.deepEqual(verdict.path, verdict.finding?.path);
  }
});

test('the reason names certificate, field, what would have been accepted, and the clause', () => {
  const expired = root.issue({ serial: 2, notAfter: new Date('2027-01-01T00:00:00Z') });
  const { reason, finding, code } = validate({}, [expired.der]);
  assert.equal(
    reason,
    "the end-point's certificate (CN=end-point), validity: no longer valid at 2027-06-01T00:00:00.000Z; " +
      'accepted: 2026-01-01T00:00:00.000Z to 2027-01-01T00:00:00.000Z, both included (RFC 5280 6.1.3 (a)(2))',
  );
  assert.deepEqual([finding?.code, finding?.position, finding?.field], [code, 0, 'validity']);
  const [step, ...above] = finding?.path ?? [];
  assert.deepEqual(step, {
    subject: 'CN=end-point',
    issuer: 'CN=root',
    serialNumber: '02',
    fingerprint: parseCertificate(expired.der).fingerprint,
    notBefore: new Date('2026-01-01T00:00:00Z'),
    notAfter: new Date('2027-01-01T00:00:00Z'),
  });
  assert.deepEqual(above, []);
});

test('names of a stranger are cut where they are shown, and stay on one line', () => {
  const subject = `a\r\n${'b'.repeat(4000)}`;
  const expired = root.issue({ subject, notAfter: new Date('2027-01-01T00:00:00Z') });
  const { reason = '', finding } = validate({}, [expired.der]);
  assert.ok(reason.length < 600 && !/[\r\n]/.test(reason), reason);
  assert.ok((finding?.subject ?? '').length <= 121);
  const issuer = 'c'.repeat(1000);
  const [one, another] = [1, 2].map(key => makeAuthority({ subject: issuer, key: keyFor(`${key}`) }));
  assert.ok(one && another);
  const unknown = validate({ anchors: [root.der] }, [one.issue().der]);
  assert.equal(unknown.finding?.problem, `nobody else is known by the name CN=${'c'.repeat(117)}…`);
  const forged = validate({ anchors: [another.der] }, [one.issue().der]);
  assert.equal(forged.finding?.accepted, `a signature by CN=${'c'.repeat(117)}…`);
});
