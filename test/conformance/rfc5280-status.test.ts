// RFC 5280 5 and 6.3, as a validator meets them: what a CRL has to be, and what it says of the last certificate of a path.
// The table of the clauses, with those that are not taken, is docs/conformance.md.
import { test } from 'node:test';
import {
  type Authority,
  algorithms,
  basicConstraints,
  der,
  extension,
  generalName,
  integer,
  keyFor,
  keyUsage,
  makeAuthority,
  nothing,
  sequence,
} from '../../src/testing/certificate-maker.ts';
import {
  type CrlOptions,
  certificateIssuer,
  makeCrl,
  reasonCode,
  unknownExtension,
} from '../../src/testing/status-maker.ts';
import { accepted, type Demanded, flipped, refused, root } from './chains.ts';

const leaf = root.issue({ serial: 0x1f });
const address = 'uri:http://crl.example.com/a.crl';
const entries = [{ serial: leaf }];
const listOf = (options: Partial<CrlOptions> = {}) => makeCrl({ issuer: root, ...options });

const good = (...lists: Partial<CrlOptions>[]) => accepted([leaf], { crls: lists.map(listOf) });
const revoked = (...lists: Partial<CrlOptions>[]) =>
  refused(
    [leaf],
    'CERTIFICATE_REVOKED',
    { position: 0, field: 'status', clause: 'RFC 5280 6.3.3 (i)' },
    { crls: lists.map(listOf) },
  );
const unknown = (options: Partial<CrlOptions>, field: string, clause: string, position: number | null = 0) =>
  refused([leaf], 'CERTIFICATE_STATUS_UNKNOWN', { position, field, clause }, { crls: [listOf(options)] });
/** A list that says nothing of the certificate, as if there were none. */
const untold: Demanded = { position: 0, field: 'status', clause: 'RFC 5280 6.1.3 (a)(3)' };
const silent = (...lists: Partial<CrlOptions>[]) =>
  refused([leaf], 'CERTIFICATE_STATUS_UNKNOWN', untold, { crls: lists.map(listOf) });
const unreadable = (options: Partial<CrlOptions>, field: string, clause: string) =>
  unknown(options, `crls.0.CertificateList${field}`, clause, null);

const past = { thisUpdate: new Date('2026-02-01T00:00:00Z'), nextUpdate: new Date('2026-03-01T00:00:00Z') };

test('5.1: a list is DER, and nothing follows it', () => {
  good({});
  unreadable({ trailing: nothing }, '', 'X.690 8.1.3');
  unreadable({ revokedCertificates: nothing }, '.tbsCertList', 'RFC 5280 5.1');
});

test('5.1.1.2: the algorithm outside the signed part is the one inside it', () => {
  unreadable({ outerAlgorithm: algorithms.ecdsaWithSha384 }, '.signatureAlgorithm', 'RFC 5280 5.1.1.2');
});

test('5.1.1.2: a signature algorithm that is not processed is refused before it is worked with', () => {
  good({ hash: 'sha384' });
  unknown({ hash: 'sha1' }, 'CertificateList.signatureAlgorithm', 'RFC 5280 5.1.1.2');
});

test('5.1.2.1: version 2 is read, earlier ones are refused as such', () => {
  for (const version of [new Uint8Array(), integer(2)])
    unreadable({ version }, '.tbsCertList.version', 'RFC 5280 5.1.2.1');
});

test('5.1.2.3: the issuer is named', () => {
  unreadable({ issuerName: '' }, '.tbsCertList.issuer', 'RFC 5280 5.1.2.3');
});

test('5.1.2.4: a list that is not yet issued says nothing, but for a clock that is minutes ahead', () => {
  good({ thisUpdate: new Date('2027-06-01T00:05:00Z') });
  const later = { thisUpdate: new Date('2027-06-01T00:05:01Z') };
  unknown(later, 'CertificateList.thisUpdate', 'RFC 5280 5.1.2.4, 5.1.2.5');
});

test('5.1.2.4: dates are read in UTCTime and in GeneralizedTime', () => {
  const general = (digits: string) => der(0x18, Buffer.from(digits));
  good({ thisUpdate: general('20270101000000Z'), nextUpdate: general('20280101000000Z') });
  unreadable({ thisUpdate: general('20270101000000.5Z') }, '.tbsCertList.thisUpdate', 'RFC 5280 4.1.2.5');
});

test('5.1.2.5: a list serves until nextUpdate, which is there', () => {
  good({ nextUpdate: new Date('2027-06-01T00:00:00Z') });
  unknown(past, 'CertificateList.nextUpdate', 'RFC 5280 5.1.2.4, 5.1.2.5');
  unreadable({ nextUpdate: null }, '.tbsCertList.nextUpdate', 'RFC 5280 5.1.2.5');
});

test('5.1.2.6: entries are certificates that are revoked; where there is none, no list of them', () => {
  revoked({ entries });
  good({ entries: [{ serial: '1f00' }] });
  good({ revokedCertificates: sequence() });
});

test('5.2: a list with a critical extension that is not processed says nothing good', () => {
  good({ more: [unknownExtension(false)] });
  unknown({ more: [unknownExtension(true)] }, 'crlExtensions', 'RFC 5280 5.2');
  const number = extension('2.5.29.20', integer(1));
  unreadable({ more: [number] }, '.tbsCertList.crlExtensions.2.extnID', 'RFC 5280 4.2');
});

test('5.2.1: the key identifier tells lists of two keys of one authority apart', () => {
  const identified = (text: string) => extension('2.5.29.14', der(0x04, Buffer.from(text)));
  const one = makeAuthority({ subject: 'two keys', more: [identified('one')] });
  const two = makeAuthority({ subject: 'two keys', key: keyFor('two'), more: [identified('two')] });
  const end = one.issue({ serial: 0x1f });
  const by = (issuer: Authority) => makeCrl({ issuer, entries: [{ serial: issuer === two ? end : '20' }] });
  const anchors = [one.der];
  accepted([end], { anchors, crls: [by(one), by(two)] });
  refused([end], 'CERTIFICATE_STATUS_UNKNOWN', untold, { anchors, crls: [by(two)] });
});

test('5.2.3: cRLNumber is there, not critical, and of up to 20 octets', () => {
  good({ number: 2n ** 160n - 1n });
  unknown({ number: null }, 'cRLNumber', 'RFC 5280 5.2.3');
  unknown({ numberIsCritical: true }, 'cRLNumber', 'RFC 5280 5.2.3');
  unreadable({ number: 2n ** 160n }, '.tbsCertList.crlExtensions.1.extnValue', 'RFC 5280 5.2.3');
});

test('5.2.3: of two lists of one time the one with the higher number is the newer', () => {
  good({ number: 1, entries }, { number: 2 });
  revoked({ number: 1 }, { number: 2, entries });
});

test('5.2.4: delta CRLs are refused', () => {
  unknown({ baseNumber: 1 }, 'deltaCRLIndicator', 'RFC 5280 5.2.4');
});

test('5.2.5: issuingDistributionPoint is critical, and says something', () => {
  good({ distributionPoint: { onlyContainsUserCerts: true } });
  const lax = { distributionPoint: { onlyContainsUserCerts: true, critical: false } };
  unknown(lax, 'issuingDistributionPoint', 'RFC 5280 5.2.5');
  unreadable({ distributionPoint: {} }, '.tbsCertList.crlExtensions.2.extnValue', 'RFC 5280 5.2.5');
});

test('5.2.5: indirect CRLs are refused', () => {
  const indirect = { distributionPoint: { indirectCRL: true } };
  unknown(indirect, 'issuingDistributionPoint.indirectCRL', 'RFC 5280 5.2.5');
});

test('5.2.6: freshestCRL is not followed', () => {
  const point = sequence(sequence(der(0xa0, der(0xa0, generalName(address)))));
  good({ more: [extension('2.5.29.46', point)] });
});

test('5.3: an entry with a critical extension that is not processed spoils the list', () => {
  good({ entries: [{ serial: '20', more: [unknownExtension(false)] }] });
  const critical = { entries: [{ serial: '20', more: [unknownExtension(true)] }] };
  unknown(critical, 'crlEntryExtensions', 'RFC 5280 5.3');
});

test('5.3: a certificate stands in a list once', () => {
  const twice = { entries: [{ serial: '20' }, { serial: '20' }] };
  unreadable(twice, '.tbsCertList.revokedCertificates.1.userCertificate', 'RFC 5280 5.3');
});

test('5.3.1: whatever the reason is, the certificate is revoked', () => {
  for (const reason of ['unspecified', 'keyCompromise', 'certificateHold', 'aACompromise'] as const)
    revoked({ entries: [{ serial: leaf, reason }] });
  const place = '.tbsCertList.revokedCertificates.0.crlEntryExtensions.0.extnValue';
  unreadable({ entries: [{ serial: '20', reason: 7 }] }, place, 'RFC 5280 5.3.1');
});

test('5.3.1: removeFromCRL is for delta CRLs', () => {
  unknown({ entries: [{ serial: '20', reason: 'removeFromCRL' }] }, 'reasonCode', 'RFC 5280 5.3.1');
});

test('5.3.2: invalidityDate changes nothing', () => {
  const date = extension('2.5.29.24', der(0x18, Buffer.from('20260101000000Z')), true);
  good({ entries: [{ serial: '20', more: [reasonCode('superseded'), date] }] });
  revoked({ entries: [{ serial: leaf, more: [date] }] });
});

test('5.3.3: an entry of another issuer is in no list that is processed', () => {
  const entry = { serial: '20', more: [certificateIssuer('another')] };
  unknown({ entries: [entry] }, 'crlEntryExtensions', 'RFC 5280 5.3');
});

test('6.3.3 (a): a newer list is asked before an older one', () => {
  const newer = { thisUpdate: new Date('2027-02-01T00:00:00Z'), number: 2 };
  good({ entries }, newer);
  revoked({}, { ...newer, entries });
});

test('6.3.3 (b)(1): the issuer of the list is that of the certificate, by name', () => {
  good({ issuerName: 'ROOT' });
  silent({ issuerName: 'another' });
});

const pointed = (...fullName: string[]) => {
  const points = fullName.map(text => sequence(der(0xa0, der(0xa0, generalName(text)))));
  return root.issue({ serial: 0x1f, more: [extension('2.5.29.31', sequence(...points))] });
};

test('6.3.3 (b)(2)(i): the list of a distribution point is for certificates that name it', () => {
  const part = { distributionPoint: { fullName: [address] } };
  silent(part);
  accepted([pointed(address)], { crls: [listOf(part)] });
  refused([pointed('uri:http://crl.example.com/b.crl')], 'CERTIFICATE_STATUS_UNKNOWN', untold, {
    crls: [listOf(part)],
  });
});

test('6.3.3 (b)(2)(ii), (iii): lists for end entities and for authorities are for those', () => {
  const authority = root.authority({ serial: 0x10 });
  const below = authority.issue({ serial: 0x1f });
  const own = makeCrl({ issuer: authority });
  const of = (distributionPoint: CrlOptions['distributionPoint'] & object) =>
    listOf({ distributionPoint, entries: [{ serial: authority }] });
  accepted([below, authority], { crls: [own, of({ onlyContainsUserCerts: true })] });
  refused(
    [below, authority],
    'CERTIFICATE_REVOKED',
    { position: 1, field: 'status', clause: 'RFC 5280 6.3.3 (i)' },
    { crls: [own, of({ onlyContainsCACerts: true })] },
  );
  silent({ distributionPoint: { onlyContainsCACerts: true } });
});

test('6.3.3 (b)(2)(iv): a list for attribute certificates is for no certificate', () => {
  silent({ distributionPoint: { onlyContainsAttributeCerts: true }, entries });
});

test('6.3.3 (d), (l): lists for some reasons add up to all of them', () => {
  const [first, second] = [Buffer.of(4, 0x70), Buffer.of(7, 0x0f, 0x80)];
  silent({ distributionPoint: { onlySomeReasons: first } });
  good({ distributionPoint: { onlySomeReasons: first } }, { distributionPoint: { onlySomeReasons: second } });
  revoked({ distributionPoint: { onlySomeReasons: first }, entries });
});

test('6.3.3 (f): an issuer whose keyUsage is there has cRLSign', () => {
  for (const [usages, isSigner] of [
    [[keyUsage('keyCertSign')], false],
    [[keyUsage('keyCertSign', 'cRLSign')], true],
    [[], true],
  ] as const) {
    const authority = makeAuthority({ subject: 'signer', extensions: [basicConstraints(true), ...usages] });
    const end = authority.issue();
    const options = { anchors: [authority.der], crls: [makeCrl({ issuer: authority })] };
    if (isSigner) accepted([end], options);
    else
      refused(
        [end],
        'CERTIFICATE_STATUS_UNKNOWN',
        { position: 0, field: 'keyUsage', clause: 'RFC 5280 6.3.3 (f)' },
        options,
      );
  }
});

test('6.3.3 (g): the list is signed with the key of the issuer', () => {
  const clause = 'RFC 5280 6.3.3 (g)';
  unknown({ key: keyFor('somebody else') }, 'CertificateList.signatureValue', clause);
  unknown({ key: keyFor('somebody else'), entries }, 'CertificateList.signatureValue', clause);
  unknown({ editSignature: flipped }, 'CertificateList.signatureValue', clause);
});

test('6.3.3 (i), (j): a certificate in the list is revoked, also when the list is out of date', () => {
  revoked({ entries });
  revoked({ ...past, entries });
});
