// What CRLs say of one certificate, and which CRLs are believed (RFC 5280 6.3.3).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCertificate } from '../../src/certificates/certificate.ts';
import { type Crl, parseCrl } from '../../src/certificates/crl.ts';
import {
  compareNumbers,
  crlObjections,
  freshnessObjection,
  trustObjection,
} from '../../src/certificates/crl-status.ts';
import { validatePath } from '../../src/certificates/index.ts';
import {
  basicConstraints,
  der,
  extension,
  keyFor,
  keyUsage,
  makeAuthority,
  octetString,
  otherKey,
} from '../../src/testing/certificate-maker.ts';
import {
  type CrlOptions,
  certificateIssuer,
  makeCrl,
  reasonCode,
  unknownExtension,
} from '../../src/testing/status-maker.ts';
import { crlsSay, good, later, minutes, time, untold } from './status-lab.ts';

const subjectKeyIdentifier = (text: string) => extension('2.5.29.14', octetString(Buffer.from(text)));

const issuer = makeAuthority();
const leaf = issuer.issue({ serial: 0x1f });
const make = (options: Partial<CrlOptions> = {}) => makeCrl({ issuer, ...options });
const say = (...lists: readonly Partial<CrlOptions>[]) => crlsSay(leaf, issuer, lists.map(make));

const revoked = 'CERTIFICATE_REVOKED status RFC 5280 6.3.3 (i)';
const unknown = (field: string, clause: string) => `CERTIFICATE_STATUS_UNKNOWN ${field} ${clause}`;
const stale = unknown('CertificateList.nextUpdate', 'RFC 5280 5.1.2.4, 5.1.2.5');
const early = unknown('CertificateList.thisUpdate', 'RFC 5280 5.1.2.4, 5.1.2.5');
const forged = unknown('CertificateList.signatureValue', 'RFC 5280 6.3.3 (g)');
const past = { thisUpdate: new Date('2026-02-01T00:00:00Z'), nextUpdate: new Date('2026-03-01T00:00:00Z') };

test('a certificate that stands in the list of its issuer is revoked, another one is good (RFC 5280 6.3.3 (i))', () => {
  assert.equal(say({ entries: [{ serial: leaf }] }), revoked);
  assert.equal(say({ entries: [{ serial: '1e' }, { serial: '1f00' }] }), good);
  assert.equal(say({}), good);
});

test('without a list of its issuer nothing is told of a certificate', () => {
  assert.equal(say(), untold);
  const other = makeAuthority({ subject: 'other' });
  assert.equal(crlsSay(leaf, issuer, [makeCrl({ issuer: other, entries: [{ serial: leaf }] })]), untold);
});

test('whatever the reason is, also a hold, the certificate is revoked (RFC 5280 5.3.1)', () => {
  for (const reason of ['unspecified', 'certificateHold', 'keyCompromise', 'superseded'] as const)
    assert.equal(say({ entries: [{ serial: leaf, reason }] }), revoked);
  const future = { serial: leaf, revocationDate: new Date('2099-01-01T00:00:00Z') };
  assert.equal(say({ entries: [future] }), revoked);
});

test('a list counts from five minutes before thisUpdate to nextUpdate, both included (RFC 5280 5.1.2.4, 5.1.2.5)', () => {
  const thisUpdate = new Date('2027-01-01T00:00:00Z');
  const nextUpdate = new Date('2027-01-08T00:00:00Z');
  const at = (moment: Date) => crlsSay(leaf, issuer, [make({ thisUpdate, nextUpdate })], { time: moment });
  assert.equal(at(later(thisUpdate, -5 * minutes - 1)), early);
  assert.equal(at(later(thisUpdate, -5 * minutes)), good);
  assert.equal(at(thisUpdate), good);
  assert.equal(at(nextUpdate), good);
  assert.equal(at(later(nextUpdate, 999)), good);
  assert.equal(at(later(nextUpdate, 1000)), stale);
});

test('a list that was not replaced in time still tells what was revoked by then', () => {
  assert.equal(say({ ...past, entries: [{ serial: leaf }] }), revoked);
  assert.equal(say(past), stale);
});

test('of several lists the newest is asked, in whatever order they are at hand', () => {
  const older = { number: 1, thisUpdate: new Date('2027-01-01T00:00:00Z'), entries: [{ serial: leaf }] };
  const newer = { number: 2, thisUpdate: new Date('2027-02-01T00:00:00Z') };
  // Taken back from a hold.
  assert.equal(say(older, newer), good);
  assert.equal(say(newer, older), good);
  const now = { ...newer, entries: [{ serial: leaf }] };
  assert.equal(say({ ...older, entries: [] }, now), revoked);
  assert.equal(say(now, { ...older, entries: [] }), revoked);
});

test('where time and number of two lists contradict each other both are asked (RFC 5280 5.2.3)', () => {
  const lists = [
    { number: 2, thisUpdate: new Date('2027-01-01T00:00:00Z'), entries: [{ serial: leaf }] },
    { number: 1, thisUpdate: new Date('2027-02-01T00:00:00Z') },
  ];
  assert.equal(say(...lists), revoked);
  assert.equal(say(...lists.toReversed()), revoked);
});

test('of two lists of one second the one with the higher number is the newer (RFC 5280 5.2.3)', () => {
  const lists = [{ number: 0xff, entries: [{ serial: leaf }] }, { number: 0x100 }];
  assert.equal(say(...lists), good);
  assert.equal(say(...lists.toReversed()), good);
  const numbers = ['ff', null, '0100', '00', '0100'];
  assert.deepEqual(numbers.toSorted(compareNumbers), [null, '00', 'ff', '0100', '0100']);
});

test('two lists that are as new as each other are both asked', () => {
  const lists = [{}, { entries: [{ serial: leaf }] }];
  assert.equal(say(...lists), revoked);
  assert.equal(say(...lists.toReversed()), revoked);
  assert.equal(say({}, {}), good);
});

test('a list that was not replaced in time takes the place of those before it, whatever they say', () => {
  const before = {
    thisUpdate: new Date('2026-01-15T00:00:00Z'),
    nextUpdate: new Date('2028-01-01T00:00:00Z'),
  };
  assert.equal(say(before), good);
  assert.equal(say(before, past), stale);
  assert.equal(say(before, { ...past, key: keyFor('somebody else') }), good);
});

test('a list that cannot be used hides no revocation, and is refused where it is the issuer’s', () => {
  const delta = { baseNumber: 1, thisUpdate: new Date('2027-02-01T00:00:00Z'), number: 9 };
  const said = say(delta);
  assert.match(String(said), /deltaCRLIndicator/);
  assert.equal(say(delta, { entries: [{ serial: leaf }] }), revoked);
  assert.equal(say(delta, {}), said);
  assert.equal(say({ ...delta, key: keyFor('somebody else') }, {}), good);
});

test('where the newest list is not yet current, an older one that is is enough', () => {
  const future = { number: 2, thisUpdate: new Date('2028-01-01T00:00:00Z') };
  assert.equal(say({ number: 1 }, future), good);
  assert.equal(say({ number: 1, entries: [{ serial: leaf }] }, future), revoked);
  assert.equal(say(future), early);
});

test('a list is believed with the signature of the certificate’s own issuer alone (RFC 5280 6.3.3 (g))', () => {
  const key = keyFor('somebody else');
  assert.equal(say({ key }), forged);
  assert.equal(say({ key, entries: [{ serial: leaf }] }), forged);
  assert.equal(say({ editSignature: bytes => bytes.with(-1, (bytes.at(-1) ?? 0) ^ 1) }), forged);
  const edited = Buffer.from(make({ number: 0x1234 }));
  edited[edited.indexOf(Buffer.of(0x12, 0x34)) + 1] = 0x35;
  assert.equal(crlsSay(leaf, issuer, [edited]), forged);
});

test('a list that was once seen to be signed is not taken for that of another issuer', () => {
  const crl = parseCrl(make({ keyIdentifier: null }));
  const another = makeAuthority({ key: keyFor('another') });
  const objection = ({ der: bytes }: { der: Uint8Array }) =>
    trustObjection(crl, parseCertificate(bytes), { profile: 'onem2m' });
  assert.equal(objection(issuer), null);
  assert.equal(objection(issuer), null);
  assert.equal(objection(another)?.field, 'CertificateList.signatureValue');
});

test('with two keys of one name each has its lists: by the key identifiers, and where there are none by the signature', () => {
  const one = makeAuthority({ more: [subjectKeyIdentifier('one')] });
  const two = makeAuthority({ key: keyFor('two'), more: [subjectKeyIdentifier('two')] });
  const end = one.issue({ serial: 0x1f });
  const lists = [makeCrl({ issuer: one }), makeCrl({ issuer: two, entries: [{ serial: end }] })];
  assert.equal(crlsSay(end, one, lists), good);
  assert.equal(crlsSay(end, one, lists.toReversed()), good);
  assert.equal(crlsSay(end, one, [makeCrl({ issuer: two, entries: [{ serial: end }] })]), untold);
  const unmarked = makeCrl({ issuer: two, keyIdentifier: null, entries: [{ serial: end }] });
  assert.equal(crlsSay(end, one, [unmarked]), forged);
  assert.equal(crlsSay(end, one, [unmarked, makeCrl({ issuer: one, keyIdentifier: null })]), good);
});

test('key identifiers only help: one that lies makes no list of the issuer’s another’s', () => {
  const one = makeAuthority({ more: [subjectKeyIdentifier('one')] });
  const end = one.issue({ serial: 0x1f });
  const mislabelled = { issuer: one, keyIdentifier: Buffer.from('two'), entries: [{ serial: end }] };
  // Or who presents another certificate of his issuer would have no list.
  assert.equal(crlsSay(end, one, [makeCrl(mislabelled)]), revoked);
  const labelled = { issuer: makeAuthority({ key: keyFor('two') }), keyIdentifier: Buffer.from('one') };
  assert.equal(crlsSay(end, one, [makeCrl(labelled)]), forged);
});

test('an authority with a new key may sign its lists with the one before (RFC 5280 4.2.1.1)', () => {
  const former = makeAuthority({ key: keyFor('former') });
  const present = former.authority({ subject: 'root', key: keyFor('present') });
  const end = present.issue({ serial: 0x1f });
  const list = makeCrl({ issuer: former, entries: [{ serial: end }], keyIdentifier: null });
  assert.equal(crlsSay(end, present, [list]), forged);
  assert.equal(crlsSay(end, present, [list], {}, [former]), revoked);
  assert.equal(crlsSay(end, present, [makeCrl({ issuer: former, keyIdentifier: null })], {}, [former]), good);
  const noSigner = makeAuthority({
    key: keyFor('former'),
    extensions: [basicConstraints(true), keyUsage('keyCertSign')],
  });
  assert.notEqual(crlsSay(end, present, [list], {}, [noSigner]), revoked);
});

test('an issuer whose keyUsage has no cRLSign signs no lists (RFC 5280 6.3.3 (f))', () => {
  const of = (...extensions: Uint8Array[]) => {
    const authority = makeAuthority({ extensions: [basicConstraints(true), ...extensions] });
    const end = authority.issue();
    return crlsSay(end, authority, [makeCrl({ issuer: authority, entries: [{ serial: end }] })]);
  };
  assert.equal(of(keyUsage('keyCertSign')), unknown('keyUsage', 'RFC 5280 6.3.3 (f)'));
  assert.equal(of(keyUsage('keyCertSign', 'cRLSign')), revoked);
  assert.equal(of(), revoked);
});

test('the algorithm of the signature is one of the profile (RFC 5280 5.1.1.2)', () => {
  const wrong = unknown('CertificateList.signatureAlgorithm', 'RFC 5280 5.1.1.2');
  for (const hash of ['sha1', 'sha384', 'sha512'] as const) assert.equal(say({ hash }), wrong);
  const lists = [make({ hash: 'sha384', entries: [{ serial: leaf }] })];
  assert.equal(crlsSay(leaf, issuer, lists, { profile: 'rfc5280' }), revoked);
  assert.equal(crlsSay(leaf, issuer, [make({ hash: 'sha1' })], { profile: 'rfc5280' }), wrong);
  const strong = makeAuthority({ key: otherKey('P-384') });
  const end = strong.issue();
  assert.equal(crlsSay(end, strong, [makeCrl({ issuer: strong })], { profile: 'rfc5280' }), good);
});

/** Why a list cannot be used by anybody, whoever signed it. */
const unusable: readonly (readonly [rule: string, options: Partial<CrlOptions>, expected: string])[] = [
  ['a delta CRL (RFC 5280 5.2.4)', { baseNumber: 1 }, unknown('deltaCRLIndicator', 'RFC 5280 5.2.4')],
  [
    'an indirect CRL (RFC 5280 5.2.5)',
    { distributionPoint: { indirectCRL: true } },
    unknown('issuingDistributionPoint.indirectCRL', 'RFC 5280 5.2.5'),
  ],
  [
    'an issuingDistributionPoint that is not critical (RFC 5280 5.2.5)',
    { distributionPoint: { onlyContainsUserCerts: true, critical: false } },
    unknown('issuingDistributionPoint', 'RFC 5280 5.2.5'),
  ],
  [
    'an unknown critical extension (RFC 5280 5.2)',
    { more: [unknownExtension(true)] },
    unknown('crlExtensions', 'RFC 5280 5.2'),
  ],
  [
    'an unknown critical extension of an entry, also of another certificate (RFC 5280 5.3)',
    { entries: [{ serial: '77', more: [unknownExtension(true)] }] },
    unknown('crlEntryExtensions', 'RFC 5280 5.3'),
  ],
  [
    'certificateIssuer, by which an entry is somebody else’s (RFC 5280 5.3.3)',
    { entries: [{ serial: leaf, more: [certificateIssuer('somebody else')] }] },
    unknown('crlEntryExtensions', 'RFC 5280 5.3'),
  ],
  ['no cRLNumber (RFC 5280 5.2.3)', { number: null }, unknown('cRLNumber', 'RFC 5280 5.2.3')],
  [
    'a critical cRLNumber (RFC 5280 5.2.3)',
    { numberIsCritical: true },
    unknown('cRLNumber', 'RFC 5280 5.2.3'),
  ],
  [
    'removeFromCRL in a complete CRL (RFC 5280 5.3.1)',
    { entries: [{ serial: '77', reason: 'removeFromCRL' }] },
    unknown('reasonCode', 'RFC 5280 5.3.1'),
  ],
];

for (const [rule, options, expected] of unusable)
  test(`a list is not used for ${rule}`, () => {
    assert.equal(say(options), expected);
    const [objection] = crlObjections(parseCrl(make(options)));
    assert.equal(`${objection?.code} ${objection?.field} ${objection?.clause}`, expected);
    const ofIssuer = trustObjection(parseCrl(make(options)), parseCertificate(issuer.der), {
      profile: 'onem2m',
    });
    assert.deepEqual(ofIssuer, objection);
    // What it says would be lost, and it is not for us to say that it is nothing.
    assert.equal(say(options, { number: 9, thisUpdate: new Date('2027-05-01T00:00:00Z') }), expected);
  });

test('a list that is for others is passed over, also where nobody could use it', () => {
  const distributionPoint = { onlyContainsCACerts: true };
  assert.equal(say({ distributionPoint, more: [unknownExtension(true)] }), untold);
  assert.equal(say({ distributionPoint, more: [unknownExtension(true)] }, {}), good);
});

test('all that is wrong with a list is told, for people', () => {
  const crl: Crl = parseCrl(make({ baseNumber: 1, number: null, more: [unknownExtension(true)] }));
  assert.deepEqual(
    crlObjections(crl).map(({ field }) => field),
    ['deltaCRLIndicator', 'crlExtensions', 'cRLNumber'],
  );
  assert.deepEqual(crlObjections(parseCrl(make())), []);
  assert.equal(freshnessObjection(parseCrl(make()), { time }), null);
  assert.equal(freshnessObjection(parseCrl(make(past)), { time })?.field, 'CertificateList.nextUpdate');
});

test('extensions that are not critical, and those of entries that are processed, change nothing (RFC 5280 5.2, 5.3)', () => {
  const invalidityDate = extension('2.5.29.24', der(0x18, Buffer.from('20260101000000Z')), true);
  const more = [unknownExtension(false)];
  assert.equal(say({ more }), good);
  assert.equal(say({ entries: [{ serial: '77', more: [invalidityDate, ...more, reasonCode(1)] }] }), good);
  assert.equal(say({ entries: [{ serial: leaf, more: [invalidityDate] }] }), revoked);
});

test('what somebody who is not the issuer says makes nobody revoked, under the name of the issuer too', () => {
  const impostor = makeAuthority({ key: keyFor('impostor') });
  const list = {
    issuer: impostor,
    entries: [{ serial: leaf }],
    number: 99,
    thisUpdate: later(time, -minutes),
  };
  assert.equal(crlsSay(leaf, issuer, [makeCrl(list), make()]), good);
  assert.equal(crlsSay(leaf, issuer, [makeCrl(list)]), forged);
});

test('the words say since when, for what reason, and which list says so', () => {
  const crl = make({ number: 0x2a, entries: [{ serial: leaf, reason: 'keyCompromise' }] });
  const verdict = validatePath([leaf.der], { anchors: [issuer.der], time, crls: [crl] });
  assert.equal(
    verdict.reason,
    "the end-point's certificate (CN=end-point), status: revoked on 2026-01-02T00:00:00.000Z, keyCompromise, says CRL 2a; " +
      'accepted: a certificate that is not revoked (RFC 5280 6.3.3 (i))',
  );
});
