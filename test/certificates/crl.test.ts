// What a CRL has to look like, and what is read out of it (RFC 5280 5). What it says of a certificate: crl-status.test.ts.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { type Crl, maxCrlSize, parseCrl } from '../../src/certificates/crl.ts';
import {
  algorithms,
  basicConstraints,
  bitString,
  der,
  extension,
  generalName,
  integer,
  keyFor,
  keyUsage,
  makeAuthority,
  name,
  nothing,
  objectIdentifier,
  octetString,
  sequence,
  time,
  yes,
} from '../../src/testing/certificate-maker.ts';
import {
  type CrlOptions,
  certificateIssuer,
  crlReasons,
  makeCrl,
  reasonCode,
  unknownExtension,
} from '../../src/testing/status-maker.ts';
import { refusesToRead } from './status-lab.ts';

const issuer = makeAuthority();
const make = (options: Partial<CrlOptions> = {}) => makeCrl({ issuer, ...options });
const parse = (options: Partial<CrlOptions> = {}): Crl => parseCrl(make(options));

function refuses(options: Partial<CrlOptions> | Uint8Array, field: RegExp, clause: RegExp = /./): void {
  const bytes = options instanceof Uint8Array ? options : make(options);
  refusesToRead(() => parseCrl(bytes), 'CERTIFICATE_STATUS_UNKNOWN', field, clause);
}

const day = (text: string) => new Date(`${text}T00:00:00Z`);
const revokedAt = time(day('2026-01-02'));

test('a list is read field by field (RFC 5280 5.1)', () => {
  const bytes = make({
    thisUpdate: day('2027-01-01'),
    nextUpdate: day('2060-02-01'),
    number: 0xabcdefn,
    entries: [
      { serial: '01' },
      { serial: 'ff00ff', reason: 'keyCompromise', revocationDate: day('2026-05-05') },
    ],
  });
  const crl = parseCrl(bytes);
  assert.deepEqual(Buffer.from(crl.der), Buffer.from(bytes));
  assert.equal(crl.fingerprint, createHash('sha256').update(bytes).digest('hex'));
  assert.ok(Buffer.from(bytes).includes(crl.tbsCertList));
  assert.equal(crl.issuer.text, 'CN=root');
  assert.deepEqual([crl.thisUpdate, crl.nextUpdate], [day('2027-01-01'), day('2060-02-01')]);
  assert.deepEqual([crl.number, crl.baseNumber, crl.distributionPoint], ['abcdef', null, null]);
  assert.equal(crl.authorityKeyIdentifier?.length, 20);
  assert.deepEqual(
    [...crl.entries],
    [
      ['01', { revocationDate: day('2026-01-02'), reason: null }],
      ['ff00ff', { revocationDate: day('2026-05-05'), reason: 'keyCompromise' }],
    ],
  );
  assert.deepEqual([crl.unknownInEntries, crl.removesEntries], [[], false]);
  assert.deepEqual(
    crl.extensionList.map(({ id, critical }) => [id, critical]),
    [
      ['2.5.29.35', false],
      ['2.5.29.20', false],
    ],
  );
  assert.equal(crl.signatureAlgorithm.algorithm, '1.2.840.10045.4.3.2');
  assert.ok(crl.signatureValue.length >= 68);
});

test('a list is of no buffer of the caller', () => {
  const bytes = Buffer.from(make({ entries: [{ serial: '01' }] }));
  const crl = parseCrl(bytes);
  const before = Buffer.from(crl.tbsCertList);
  bytes.fill(0);
  assert.deepEqual(Buffer.from(crl.tbsCertList), before);
});

test('every prefix of a list is refused, and whatever follows one (X.690 8.1.3)', () => {
  const bytes = make({ entries: [{ serial: '01', reason: 'superseded' }], baseNumber: 1 });
  for (let length = 0; length < bytes.length; length++)
    refuses(bytes.subarray(0, length), /^CertificateList/);
  refuses({ trailing: Buffer.of(0) }, /^CertificateList$/, /X\.690 8\.1\.3/);
  refuses({ trailing: make() }, /^CertificateList$/, /X\.690 8\.1\.3/);
});

test('a list has at most 4 MiB, which is looked at before anything else', () => {
  refuses(new Uint8Array(maxCrlSize + 1), /^CertificateList$/, /our bound/);
  refuses(new Uint8Array(maxCrlSize), /^CertificateList/, /RFC 5280 5\.1/);
  assert.equal(maxCrlSize, 4 * 1024 * 1024);
});

test('of 131,072 entries there is none too many, and of one more there is (our bound)', () => {
  const entries = (count: number) => {
    const one = Buffer.from(sequence(der(0x02, Buffer.of(1, 0, 0, 0)), revokedAt));
    const all = Buffer.alloc(count * one.length, one);
    for (let index = 0; index < count; index++) all.writeUInt32BE(0x01000000 + index, index * one.length + 4);
    return der(0x30, all);
  };
  assert.equal(parse({ revokedCertificates: entries(131_072) }).entries.size, 131_072);
  refuses(
    { revokedCertificates: entries(131_073) },
    /^CertificateList\.tbsCertList\.revokedCertificates$/,
    /our bound/,
  );
});

test('only lists of version 2 are read, whose version stands there (RFC 5280 5.1.2.1)', () => {
  for (const version of [new Uint8Array(), integer(0), integer(2)])
    refuses({ version }, /^CertificateList\.tbsCertList\.version$/, /5\.1\.2\.1/);
});

test('the two algorithms are the same one (RFC 5280 5.1.1.2)', () => {
  refuses(
    { outerAlgorithm: algorithms.ecdsaWithSha384 },
    /^CertificateList\.signatureAlgorithm$/,
    /5\.1\.1\.2/,
  );
  const { signatureAlgorithm } = parse({ signatureAlgorithm: algorithms.ecdsaWithSha512 });
  assert.equal(signatureAlgorithm.algorithm, '1.2.840.10045.4.3.4');
});

test('the signature is whole octets (RFC 5280 5.1.1.3)', () => {
  const tbs = parse().tbsCertList;
  const whole = sequence(tbs, algorithms.ecdsaWithSha256, bitString(Buffer.of(0xf0), 4));
  refuses(whole, /^CertificateList\.signatureValue$/, /RFC 5280 5\.1/);
});

test('the issuer has a name (RFC 5280 5.1.2.3)', () => {
  refuses({ issuerName: '' }, /^CertificateList\.tbsCertList\.issuer$/, /5\.1\.2\.3/);
});

test('thisUpdate and nextUpdate are there, in the forms of RFC 5280 5.1.2.4 and 5.1.2.5', () => {
  refuses({ nextUpdate: null }, /^CertificateList\.tbsCertList\.nextUpdate$/, /5\.1\.2\.5/);
  refuses(
    { nextUpdate: null, entries: [{ serial: '01' }] },
    /^CertificateList\.tbsCertList\.nextUpdate$/,
    /5\.1\.2\.5/,
  );
  const local = der(0x17, Buffer.from('2701010000+0100'));
  refuses({ thisUpdate: local }, /^CertificateList\.tbsCertList\.thisUpdate$/, /4\.1\.2\.5/);
  refuses({ nextUpdate: local }, /^CertificateList\.tbsCertList\.nextUpdate$/, /4\.1\.2\.5/);
  const general = der(0x18, Buffer.from('20270101000000Z'));
  assert.deepEqual(parse({ thisUpdate: general }).thisUpdate, day('2027-01-01'));
});

test('nobody revoked is no entry at all, or an empty list of them (RFC 5280 5.1.2.6)', () => {
  assert.equal(parse().entries.size, 0);
  assert.equal(parse({ revokedCertificates: sequence() }).entries.size, 0);
});

test('a serial number stands once, in the fewest octets (RFC 5280 5.3, X.690 8.3.2)', () => {
  const place = /^CertificateList\.tbsCertList\.revokedCertificates\.\d+\.userCertificate$/;
  refuses({ entries: [{ serial: '01' }, { serial: '02' }, { serial: '01', reason: 1 }] }, place, /5\.3/);
  refuses({ entries: [sequence(der(0x02, Buffer.of(0, 1)), revokedAt)] }, place, /X\.690 8\.3\.2/);
  refuses({ entries: [sequence(der(0x02), revokedAt)] }, place, /X\.690 8\.3\.2/);
});

test('numbers that no certificate here can have are no harm to the others, and are nobody else’s', () => {
  const negative = sequence(der(0x02, Buffer.of(0x80)), revokedAt);
  const { entries } = parse({
    entries: [negative, { serial: '80' }, { serial: '01'.repeat(21) }, { serial: '00' }],
  });
  assert.deepEqual([...entries.keys()], ['-80', '80', '01'.repeat(21), '00']);
  refuses({ entries: [negative, negative] }, /userCertificate$/, /5\.3/);
});

test('an entry says since when (RFC 5280 5.3)', () => {
  const place = /^CertificateList\.tbsCertList\.revokedCertificates\.0\.revocationDate$/;
  refuses({ entries: [sequence(integer(1))] }, place);
  refuses({ entries: [{ serial: '01', revocationDate: der(0x17, Buffer.from('270230000000Z')) }] }, place);
  refuses(
    { entries: [sequence(integer(1), revokedAt, sequence(), nothing)] },
    /^CertificateList\.tbsCertList/,
  );
});

test('reasonCode is one of ten (RFC 5280 5.3.1)', () => {
  for (const [reason, number] of Object.entries(crlReasons)) {
    const { entries, removesEntries } = parse({ entries: [{ serial: '01', reason: number }] });
    assert.equal(entries.get('01')?.reason, reason);
    assert.equal(removesEntries, reason === 'removeFromCRL');
  }
  const place = /^CertificateList\.tbsCertList\.revokedCertificates\.0\.crlEntryExtensions\.0\.extnValue$/;
  for (const unknown of [7, 11, 127])
    refuses({ entries: [{ serial: '01', reason: unknown }] }, place, /5\.3\.1/);
  const asInteger = extension('2.5.29.21', integer(1));
  refuses({ entries: [{ serial: '01', more: [asInteger] }] }, place);
  const followed = extension('2.5.29.21', Buffer.of(0x0a, 1, 1, 5, 0));
  refuses({ entries: [{ serial: '01', more: [followed] }] }, place, /X\.690 8\.1\.3/);
});

test('an extension of an entry stands once, and what is critical and unknown is remembered (RFC 5280 5.3)', () => {
  const twice = { serial: '01', more: [reasonCode(1), reasonCode(1)] };
  refuses(
    { entries: [twice] },
    /^CertificateList\.tbsCertList\.revokedCertificates\.0\.crlEntryExtensions\.1\.extnID$/,
    /4\.2/,
  );
  refuses(
    { entries: [sequence(integer(1), revokedAt, sequence())] },
    /^CertificateList\.tbsCertList\.revokedCertificates\.0\.crlEntryExtensions$/,
  );
  const invalidityDate = extension('2.5.29.24', der(0x18, Buffer.from('20260101000000Z')), true);
  const of = (...more: Uint8Array[]) => parse({ entries: [{ serial: '01', more }] }).unknownInEntries;
  assert.deepEqual(of(unknownExtension(false)), []);
  assert.deepEqual(of(unknownExtension(true)), ['1.3.6.1.4.1.99999.1']);
  assert.deepEqual(of(certificateIssuer('somebody else')), ['2.5.29.29']);
  assert.deepEqual(of(invalidityDate, reasonCode(1, true)), []);
});

test('an extension of a list stands once, and an empty list of them is none (RFC 5280 5.1.2.7, 5.2)', () => {
  const number = extension('2.5.29.20', integer(1));
  refuses({ more: [number] }, /^CertificateList\.tbsCertList\.crlExtensions\.2\.extnID$/, /4\.2/);
  const empty = (tagged: Uint8Array) => {
    const { tbsCertList } = parse({ extensions: [] });
    const fields = Buffer.from(tbsCertList).subarray(tbsCertList.length < 0x82 ? 2 : 3);
    return sequence(sequence(fields, tagged), algorithms.ecdsaWithSha256, bitString(Buffer.of(1)));
  };
  refuses(empty(der(0xa0, sequence())), /^CertificateList\.tbsCertList\.crlExtensions$/);
  refuses(empty(sequence(number)), /^CertificateList\.tbsCertList/);
  const many = Array.from({ length: 33 }, (_, arc) => extension(`1.3.6.1.4.1.99999.${arc}`, nothing));
  refuses({ extensions: many }, /^CertificateList\.tbsCertList\.crlExtensions$/, /our bound/);
  assert.deepEqual(parse({ extensions: [] }).extensionList, []);
});

test('cRLNumber and BaseCRLNumber are not negative and have at most 20 octets (RFC 5280 5.2.3, 5.2.4)', () => {
  assert.deepEqual([parse({ number: null }).number, parse({ number: 0 }).number], [null, '00']);
  assert.equal(parse({ number: 2n ** 160n - 1n }).number, 'f'.repeat(40));
  assert.equal(parse({ baseNumber: 7 }).baseNumber, '07');
  refuses({ number: 2n ** 160n }, /^CertificateList\.tbsCertList\.crlExtensions\.1\.extnValue$/, /5\.2\.3/);
  refuses(
    { baseNumber: 2n ** 160n },
    /^CertificateList\.tbsCertList\.crlExtensions\.2\.extnValue$/,
    /5\.2\.4/,
  );
  const negative = (id: string) => extension(id, der(0x02, Buffer.of(0xff)));
  refuses({ extensions: [negative('2.5.29.20')] }, /extnValue$/, /5\.2\.3/);
  refuses({ extensions: [negative('2.5.29.27')] }, /extnValue$/, /5\.2\.4/);
});

test('authorityKeyIdentifier is that of certificates (RFC 5280 5.2.1)', () => {
  assert.equal(parse({ keyIdentifier: null }).authorityKeyIdentifier, null);
  assert.deepEqual(
    Buffer.from(parse({ keyIdentifier: Buffer.of(1, 2) }).authorityKeyIdentifier ?? []),
    Buffer.of(1, 2),
  );
  const byName = extension(
    '2.5.29.35',
    sequence(der(0xa1, generalName('dir:root')), der(0x82, Buffer.of(1))),
  );
  assert.equal(parse({ extensions: [byName] }).authorityKeyIdentifier, null);
  refuses({ extensions: [extension('2.5.29.35', octetString(Buffer.of(1)))] }, /extnValue$/);
});

test('what is no list at all is refused: a certificate, a key, nothing', () => {
  for (const bytes of [issuer.der, new Uint8Array(), nothing, sequence(), sequence(sequence()), name('root')])
    refuses(bytes, /^CertificateList/);
  refuses(sequence(objectIdentifier('1.2.3'), yes), /^CertificateList\.tbsCertList$/);
  refuses(keyFor('root').export({ format: 'der', type: 'pkcs8' }), /^CertificateList\.tbsCertList$/);
});

test('which algorithm signed it, and whether it is a part of the whole, is not asked here', () => {
  const other = makeAuthority({ extensions: [basicConstraints(true), keyUsage('keyCertSign')] });
  const options = {
    issuer: other,
    hash: 'sha1',
    baseNumber: 1,
    distributionPoint: { indirectCRL: true },
  } as const;
  const crl = parse(options);
  assert.deepEqual([crl.baseNumber, crl.distributionPoint?.indirectCRL], ['01', true]);
});
