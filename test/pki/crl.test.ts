import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { isSignatureOf } from '../../src/certificates/algorithms.ts';
import { parseCertificate } from '../../src/certificates/certificate.ts';
import { crlReasons, parseCrl } from '../../src/certificates/crl.ts';
import { crlObjections } from '../../src/certificates/crl-status.ts';
import { validatePath } from '../../src/certificates/index.ts';
import { createAuthority, issueAuthority } from '../../src/pki/authority.ts';
import { type CrlRequest, issueCrl } from '../../src/pki/crl.ts';
import { keyTypes } from '../../src/pki/key-type.ts';
import { issueLeaf } from '../../src/pki/leaf.ts';
import { type RevocationRegister, revoke } from '../../src/pki/revocation-register.ts';

const validity = { notBefore: new Date('2030-01-01'), notAfter: new Date('2031-01-01') };
const authority = await createAuthority({ name: 'lab', pathLength: 1, validity });
const { root, intermediate: issuer } = authority;
const times = { thisUpdate: new Date('2030-06-01'), nextUpdate: new Date('2030-07-01') };
const nobody: CrlRequest = { number: 1, revoked: new Map(), ...times };
const cse = { flavour: 'cse-id', id: 'cse.example.com', uriScheme: null, validity } as const;
const reasons = Object.keys(crlReasons) as (keyof typeof crlReasons)[];

test('a list of nobody: version 2 with key identifier and number, no revokedCertificates (RFC 5280 5.1.2.6, 5.2)', () => {
  const crl = parseCrl(issueCrl(issuer, { ...nobody, number: 300 }));
  const { subject, extensions } = parseCertificate(issuer.certificate.raw);
  assert.deepEqual(
    [crl.issuer.text, crl.number, crl.baseNumber, crl.distributionPoint, crl.entries.size],
    [subject.text, '012c', null, null, 0],
  );
  assert.deepEqual([crl.thisUpdate, crl.nextUpdate], [times.thisUpdate, times.nextUpdate]);
  assert.deepEqual(crl.authorityKeyIdentifier, extensions.subjectKeyIdentifier);
  assert.deepEqual(
    crl.extensionList.map(({ id, critical }) => [id, critical]),
    [
      ['2.5.29.35', false],
      ['2.5.29.20', false],
    ],
  );
  assert.deepEqual(crlObjections(crl), []);
  // The first octets after nextUpdate are those of the extensions.
  assert.ok(!Buffer.from(crl.tbsCertList).includes(Buffer.of(0x30, 0x00)));
});

test('what is revoked comes back as it was entered: numbers, dates in whole seconds, reasons (RFC 5280 5.3)', () => {
  const entry = fc.record({
    serial: fc.bigInt({ min: 0n, max: 2n ** 160n - 1n }),
    date: fc.integer({ min: Date.UTC(1950, 0) / 1000, max: Date.UTC(2200, 0) / 1000 }),
    reason: fc.constantFrom(null, ...reasons),
  });
  const property = fc.property(
    fc.uniqueArray(entry, { selector: ({ serial }) => serial, maxLength: 40 }),
    fc.integer({ min: 0, max: 2 ** 40 }),
    (entries, number) => {
      const rows = entries.map(({ serial, date, reason }) => {
        const hex = serial.toString(16);
        return {
          serial: hex.padStart(hex.length + (hex.length % 2), '0'),
          date: new Date(date * 1000),
          reason,
        };
      });
      const { revoked } = rows.reduce<RevocationRegister>(
        (register, { serial, date, reason }) => revoke(register, serial, reason, { given: date }),
        { crlNumber: 0, revoked: new Map() },
      );
      const crl = parseCrl(issueCrl(issuer, { number, revoked, ...times }));
      assert.deepEqual(
        [...crl.entries],
        rows.map(({ serial, date, reason }) => [
          serial,
          { revocationDate: date, reason: reason === 'unspecified' ? null : reason },
        ]),
      );
      assert.equal(Number.parseInt(crl.number ?? '', 16), number);
    },
  );
  fc.assert(property, { numRuns: 60, seed: 20 });
});

test('every kind of key signs its list (RFC 5758 3.2, RFC 4055 5, RFC 8410 3)', async () => {
  for (const keyType of keyTypes) {
    const { key, ...below } = await issueAuthority(issuer, { subject: { name: keyType, keyType }, validity });
    assert.ok(key !== null);
    const crl = parseCrl(issueCrl({ ...below, key }, nobody));
    assert.ok(isSignatureOf(crl.tbsCertList, crl, parseCertificate(below.certificate.raw)), keyType);
  }
});

test('whoever checks a path by the lists of its authorities learns what is revoked', async () => {
  const leaf = await issueLeaf(issuer, cse);
  const serial = parseCertificate(leaf.chain[0].raw).serialNumber;
  const judged = (revoked: CrlRequest['revoked']) =>
    validatePath(
      leaf.chain.map(({ raw }) => raw),
      {
        anchors: [root.certificate.raw],
        crls: [issueCrl(root, nobody), issueCrl(issuer, { ...nobody, revoked })],
        time: new Date('2030-06-15'),
      },
    );
  const before = judged(new Map());
  assert.deepEqual([before.valid, before.valid && before.statusBy], [true, 'crl']);
  const entry = { revocationDate: new Date('2030-05-01'), reason: 'keyCompromise' } as const;
  const after = judged(new Map([[serial, entry]]));
  assert.equal(after.code, 'CERTIFICATE_REVOKED');
});

test('dates of 2050 and later are GeneralizedTime, those before UTCTime (RFC 5280 5.1.2.4)', () => {
  const late = { thisUpdate: new Date('2049-12-31T23:59:59.900Z'), nextUpdate: new Date('2050-01-01') };
  const crl = parseCrl(issueCrl(issuer, { ...nobody, ...late }));
  assert.deepEqual([crl.thisUpdate, crl.nextUpdate], [new Date('2049-12-31T23:59:59Z'), late.nextUpdate]);
  const text = Buffer.from(crl.tbsCertList).toString('latin1');
  assert.ok(text.includes('\x17\x0d491231235959Z\x18\x0f20500101000000Z'));
});

test('a key that may sign no lists signs none (RFC 5280 4.2.1.3, 6.3.3 (f))', async () => {
  const { chain, key } = await issueLeaf(issuer, cse);
  assert.throws(() => issueCrl({ certificate: chain[0], key, chain: [] }, nobody), {
    code: 'OPTION_INVALID',
    message: 'the keyUsage of CN=cse.example.com has no cRLSign: it may sign no CRL',
  });
});

test('a list that no end-point reads is not made', () => {
  const entry = { revocationDate: new Date('2030-05-01'), reason: null };
  const serials = Array.from({ length: 110_000 }, (_, index) =>
    createHash('sha1').update(String(index)).digest('hex'),
  );
  const revoked = new Map(serials.map(serial => [serial, entry]));
  assert.throws(() => issueCrl(issuer, { ...nobody, revoked }), {
    code: 'OPTION_INVALID',
    message: /^no end-point reads this CRL: .*4\d{6} octets; accepted: at most 4194304/,
  });
});

const wrongTimes: readonly [thisUpdate: string, nextUpdate: string, message: string][] = [
  ['2030-06-01', '2030-06-01', 'nextUpdate must be later than thisUpdate'],
  ['2030-06-02', '2030-06-01', 'nextUpdate must be later than thisUpdate'],
  ['1949-12-31', '2030-06-01', 'thisUpdate must lie in the years 1950 to 9999'],
  ['2030-06-01', '+010000-01-01', 'nextUpdate must lie in the years 1950 to 9999'],
];
for (const [thisUpdate, nextUpdate, message] of wrongTimes)
  test(`no list from ${thisUpdate} to ${nextUpdate}: ${message}`, () => {
    const wrong = { thisUpdate: new Date(thisUpdate), nextUpdate: new Date(nextUpdate) };
    assert.throws(() => issueCrl(issuer, { ...nobody, ...wrong }), { code: 'OPTION_INVALID', message });
  });
