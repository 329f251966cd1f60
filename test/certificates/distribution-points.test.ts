// Which CRLs speak of a certificate, and for which reasons (RFC 5280 5.2.5, 4.2.1.13, 6.3.3 (b)(2), (d)).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCrl } from '../../src/certificates/crl.ts';
import {
  der,
  extension,
  generalName,
  makeAuthority,
  nothing,
  objectIdentifier,
  sequence,
} from '../../src/testing/certificate-maker.ts';
import { type CrlOptions, type DistributionPointOptions, makeCrl } from '../../src/testing/status-maker.ts';
import { crlsSay, good, refusesToRead, untold } from './status-lab.ts';

const issuer = makeAuthority();
const make = (options: Partial<CrlOptions> = {}) => makeCrl({ issuer, ...options });
/** One list with this issuingDistributionPoint. */
const list = (distributionPoint: DistributionPointOptions, options: Partial<CrlOptions> = {}) =>
  make({ distributionPoint, ...options });
const revoked = 'CERTIFICATE_REVOKED status RFC 5280 6.3.3 (i)';

interface Point {
  readonly fullName?: readonly string[];
  /** distributionPoint in DER. */
  readonly name?: Uint8Array;
  readonly reasons?: Uint8Array;
  readonly cRLIssuer?: string;
}

/** cRLDistributionPoints (RFC 5280 4.2.1.13). */
function distributionPoints(...points: readonly Point[]): Uint8Array {
  return extension(
    '2.5.29.31',
    sequence(
      ...points.map(({ fullName, name, reasons, cRLIssuer }) =>
        sequence(
          ...(fullName === undefined ? [] : [der(0xa0, der(0xa0, ...fullName.map(generalName)))]),
          ...(name === undefined ? [] : [der(0xa0, name)]),
          ...(reasons === undefined ? [] : [der(0x81, reasons)]),
          ...(cRLIssuer === undefined ? [] : [der(0xa2, generalName(cRLIssuer))]),
        ),
      ),
    ),
  );
}

const plain = issuer.issue({ serial: 0x1f });
const pointing = (...points: readonly Point[]) =>
  issuer.issue({ serial: 0x1f, more: [distributionPoints(...points)] });
const say = (certificate: { readonly der: Uint8Array }, ...lists: Uint8Array[]) =>
  crlsSay(certificate, issuer, lists);

/** ReasonFlags by their numbers (RFC 5280 4.2.1.13). */
function flags(...numbers: readonly number[]): Uint8Array {
  const most = Math.max(...numbers);
  const octets = Buffer.alloc(Math.floor(most / 8) + 1);
  for (const number of numbers) octets[number >> 3] = (octets[number >> 3] ?? 0) | (0x80 >> (number & 7));
  return Buffer.concat([Buffer.of(7 - (most & 7)), octets]);
}

const entries = [{ serial: plain }];
const a = 'uri:http://crl.example.com/a.crl';
const b = 'uri:http://crl.example.com/b.crl';

test('a list for end entities speaks of no authority, and one for authorities of no end entity (RFC 5280 6.3.3 (b)(2)(ii), (iii))', () => {
  const authority = issuer.authority({ serial: 0x1f });
  const forUsers = list({ onlyContainsUserCerts: true }, { entries });
  const forAuthorities = list({ onlyContainsCACerts: true }, { entries });
  assert.deepEqual([say(plain, forUsers), say(authority, forUsers)], [revoked, untold]);
  assert.deepEqual([say(plain, forAuthorities), say(authority, forAuthorities)], [untold, revoked]);
  assert.equal(say(plain, list({ onlyContainsUserCerts: true }), forAuthorities), good);
});

test('a list for attribute certificates speaks of no certificate (RFC 5280 6.3.3 (b)(2)(iv))', () => {
  assert.equal(say(plain, list({ onlyContainsAttributeCerts: true }, { entries })), untold);
});

test('a list of a distribution point speaks of the certificates that name the point (RFC 5280 6.3.3 (b)(2)(i))', () => {
  const part = list({ fullName: [a] }, { entries });
  assert.equal(say(pointing({ fullName: [a] }), part), revoked);
  assert.equal(say(pointing({ fullName: [b] }), part), untold);
  assert.equal(say(pointing({ fullName: [b, a] }), part), revoked);
  assert.equal(say(pointing({ fullName: [b] }, { fullName: [a] }), part), revoked);
  assert.equal(say(pointing({ fullName: [a] }), list({ fullName: [b, a] })), good);
  assert.equal(say(plain, part), untold);
});

test('URIs are compared as they are, and directory names as names (RFC 5280 7.1, 7.4)', () => {
  const other = a.replace('/a.crl', '/A.crl');
  assert.equal(say(pointing({ fullName: [other] }), list({ fullName: [a] })), untold);
  assert.equal(say(pointing({ fullName: ['dir:Part  One'] }), list({ fullName: ['dir:part one'] })), good);
  assert.equal(say(pointing({ fullName: ['dns:a.example'] }), list({ fullName: ['dns:a.example'] })), untold);
});

/** nameRelativeToCRLIssuer: one attribute after the name of the issuer. */
const relative = (text: string) =>
  der(0xa1, sequence(objectIdentifier('2.5.4.3'), der(0x0c, Buffer.from(text, 'utf8'))));
const fullOf = (text: string) => {
  const attribute = (value: string) =>
    der(0x31, sequence(objectIdentifier('2.5.4.3'), der(0x0c, Buffer.from(value, 'utf8'))));
  return der(0xa0, der(0xa4, sequence(attribute('root'), attribute(text))));
};
const issuingPoint = (name: Uint8Array) =>
  make({ more: [extension('2.5.29.28', sequence(der(0xa0, name)), true)] });

test('a name relative to the issuer is its name with one part more (RFC 5280 4.2.1.13)', () => {
  assert.equal(say(pointing({ name: relative('Part') }), issuingPoint(relative('part'))), good);
  assert.equal(say(pointing({ name: relative('Part') }), issuingPoint(fullOf('part'))), good);
  assert.equal(say(pointing({ name: fullOf('Part') }), issuingPoint(relative('part'))), good);
  assert.equal(say(pointing({ name: relative('Part') }), issuingPoint(relative('other'))), untold);
  assert.equal(say(pointing({ name: fullOf('Part') }), issuingPoint(fullOf('other'))), untold);
});

test('what another than the issuer tells is not told by the issuer’s list (RFC 5280 4.2.1.13 cRLIssuer)', () => {
  const elsewhere = pointing({ fullName: [a], cRLIssuer: 'dir:another' });
  assert.equal(say(elsewhere, list({ fullName: [a] }, { entries })), untold);
  assert.equal(
    say(pointing({ reasons: flags(1), cRLIssuer: 'dir:another' }), list({ fullName: [a] })),
    untold,
  );
  // A list without a point speaks of all.
  assert.equal(say(elsewhere, make({ entries })), revoked);
});

test('lists for some reasons add up, and until all are told a certificate is not good (RFC 5280 6.3.3 (l))', () => {
  const some = list({ onlySomeReasons: flags(1, 2) });
  const rest = list({ onlySomeReasons: flags(3, 4, 5, 6, 7, 8) });
  assert.equal(say(plain, some), untold);
  assert.equal(say(plain, rest), untold);
  assert.equal(say(plain, some, rest), good);
  assert.equal(say(plain, some, list({ onlySomeReasons: flags(3, 4, 5, 6, 7) })), untold);
  const older = list(
    { onlySomeReasons: flags(1, 2) },
    { entries, thisUpdate: new Date('2025-12-01T00:00:00Z') },
  );
  assert.equal(say(plain, some, older), untold);
  assert.equal(say(plain, list({ onlySomeReasons: flags(3) }, { entries })), revoked);
});

test('an older list is asked for the reasons that a newer one leaves open', () => {
  const newer = list(
    { onlySomeReasons: flags(1) },
    { number: 2, thisUpdate: new Date('2027-02-01T00:00:00Z') },
  );
  assert.equal(say(plain, make({ entries }), newer), revoked);
  assert.equal(say(plain, make(), newer), good);
});

test('the reasons are those of the list and of the point of the certificate (RFC 5280 6.3.3 (d))', () => {
  const certificate = pointing({ fullName: [a], reasons: flags(1, 2) });
  assert.equal(say(certificate, list({ fullName: [a] })), untold);
  const both = pointing(
    { fullName: [a], reasons: flags(1, 2) },
    { fullName: [b], reasons: flags(3, 4, 5, 6, 7, 8) },
  );
  assert.equal(say(both, list({ fullName: [a] })), untold);
  assert.equal(say(both, list({ fullName: [a] }), list({ fullName: [b] })), good);
  const narrowed = list({ fullName: [b], onlySomeReasons: flags(3) });
  assert.equal(say(both, list({ fullName: [a] }), narrowed), untold);
  assert.equal(say(certificate, list({ fullName: [a], onlySomeReasons: flags(3) }, { entries })), untold);
});

test('bit 0 of the reasons says nothing, and there are none above 8 (RFC 5280 4.2.1.13)', () => {
  const { distributionPoint } = parseCrl(list({ onlySomeReasons: flags(0, 3) }));
  assert.deepEqual([...(distributionPoint?.onlySomeReasons ?? [])], [3]);
  unreadable(list({ onlySomeReasons: flags(9) }), /onlySomeReasons$/, /4\.2\.1\.13/);
  unreadable(list({ onlySomeReasons: Buffer.of(0, 0x40) }), /onlySomeReasons$/, /11\.2\.2/);
});

const unreadable = (bytes: Uint8Array, field: RegExp, clause = /^/) =>
  refusesToRead(() => parseCrl(bytes), 'CERTIFICATE_STATUS_UNKNOWN', field, clause);
const issuing = (...fields: Uint8Array[]) =>
  make({ more: [extension('2.5.29.28', sequence(...fields), true)] });

test('issuingDistributionPoint says something, in its order and in DER (RFC 5280 5.2.5)', () => {
  const place = /^CertificateList\.tbsCertList\.crlExtensions\.2\.extnValue/;
  const flag = (number: number, value = 0xff) => der(0x80 | number, Buffer.of(value));
  unreadable(issuing(), place, /5\.2\.5/);
  for (const number of [1, 2, 4, 5]) {
    unreadable(issuing(flag(number, 0)), place, /11\.1, 11\.5/);
    unreadable(issuing(flag(number, 1)), place, /11\.1, 11\.5/);
  }
  unreadable(issuing(flag(2), flag(1)), place);
  unreadable(issuing(flag(1), nothing), place);
  unreadable(issuing(der(0xa0, der(0xa0))), /fullName$/);
  unreadable(issuing(der(0xa0, nothing)), /fullName$/);
  unreadable(issuing(der(0xa0, der(0xa1))), /nameRelativeToCRLIssuer/);
});

test('each field of issuingDistributionPoint is read', () => {
  const read = (options: DistributionPointOptions) => parseCrl(list(options)).distributionPoint;
  const none = {
    name: null,
    onlyContainsUserCerts: false,
    onlyContainsCACerts: false,
    onlySomeReasons: null,
    indirectCRL: false,
    onlyContainsAttributeCerts: false,
  };
  for (const flag of [
    'onlyContainsUserCerts',
    'onlyContainsCACerts',
    'indirectCRL',
    'onlyContainsAttributeCerts',
  ] as const)
    assert.deepEqual(read({ [flag]: true }), { ...none, [flag]: true });
  assert.deepEqual(read({ fullName: [a] })?.name, {
    fullName: [{ form: 'uri', value: a.slice(4) }],
    relativeName: null,
  });
});

test('cRLDistributionPoints are read where a list names its point, and have to be DER then (RFC 5280 4.2.1.13)', () => {
  const named = list({ fullName: [a] });
  const broken = [
    extension('2.5.29.31', sequence()),
    extension('2.5.29.31', nothing),
    extension('2.5.29.31', Buffer.concat([sequence(sequence()), nothing])),
    extension('2.5.29.31', sequence(...Array(33).fill(sequence()))),
    distributionPoints({ fullName: [a], reasons: flags(9) }),
    extension('2.5.29.31', sequence(sequence(der(0xa2)))),
  ];
  for (const more of broken) {
    const certificate = issuer.issue({ serial: 0x1f, more: [more] });
    refusesToRead(() => say(certificate, named), 'CERTIFICATE_MALFORMED', /^cRLDistributionPoints/, /^/);
    assert.equal(say(certificate, make()), good);
  }
  assert.equal(
    say(issuer.issue({ more: [extension('2.5.29.31', sequence(...Array(32).fill(sequence())))] }), named),
    untold,
  );
});
