// Drawn CRLs and OCSP responses: what was written is what is read, and what is said of a certificate is what a naive
// reading of the rules says (RFC 5280 6.3.3). The naive reading looks at what was drawn and never at bytes, one rule
// a line. Alone it finds missing what decides whether a list is used (signature, freshness, scope, reasons, order, delta,
// indirect, critical) and what comes first where several speak; not the bounds and the form of lists and responses, nor
// who may answer for an authority, which have tests of their own.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseCrl } from '../../src/certificates/crl.ts';
import { validatePath } from '../../src/certificates/index.ts';
import { parseOcspResponse } from '../../src/certificates/ocsp-response.ts';
import { type RevocationPolicy, revocationPolicies } from '../../src/certificates/revocation.ts';
import {
  der,
  extension,
  generalName,
  keyFor,
  makeAuthority,
  sequence,
} from '../../src/testing/certificate-maker.ts';
import {
  type CrlOptions,
  type CrlReasonName,
  crlReasons,
  type DistributionPointOptions,
  makeCrl,
  makeOcspResponse,
  type OcspResponseOptions,
  unknownExtension,
} from '../../src/testing/status-maker.ts';
import { crlsSay, later, time } from './status-lab.ts';

const seed = 8;
const week = 7 * 24 * 60 * 60_000;
const issuer = makeAuthority();

const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(model, { noNullPrototype: true });
const hex = fc
  .bigInt({ min: 1n, max: 2n ** 159n })
  .map(number => number.toString(16))
  .map(digits => digits.padStart(digits.length + (digits.length % 2), '0'));
const date = fc
  .date({ min: new Date('1970-01-01T00:00:00Z'), max: new Date('2200-01-01T00:00:00Z'), noInvalidDate: true })
  .map(moment => new Date(Math.floor(moment.getTime() / 1000) * 1000));
const reason = fc.constantFrom(null, ...(Object.keys(crlReasons) as CrlReasonName[]));

test('a list that was made says what it was made of', () => {
  const entries = fc.uniqueArray(record({ serial: hex, revocationDate: date, reason }), {
    selector: ({ serial }) => serial,
    maxLength: 12,
  });
  const drawn = record({
    thisUpdate: date,
    nextUpdate: date,
    number: fc.bigInt({ min: 0n, max: 2n ** 160n - 1n }),
    entries,
  });
  fc.assert(
    fc.property(drawn, ({ thisUpdate, nextUpdate, number, entries }) => {
      const options: CrlOptions = {
        issuer,
        thisUpdate,
        nextUpdate,
        number,
        entries: entries.map(({ reason, ...entry }) => ({ ...entry, ...(reason !== null && { reason }) })),
      };
      const crl = parseCrl(makeCrl(options));
      assert.deepEqual([crl.thisUpdate, crl.nextUpdate], [thisUpdate, nextUpdate]);
      assert.equal(BigInt(`0x${crl.number}`), number);
      assert.deepEqual(
        [...crl.entries],
        entries.map(({ serial, ...entry }) => [serial, entry]),
      );
    }),
    { seed, numRuns: 100 },
  );
});

test('a response that was made says what it was made of', () => {
  const single = record({
    certificate: hex,
    status: fc.oneof(fc.constantFrom('good', 'unknown'), record({ revocationTime: date, reason })),
    thisUpdate: date,
    nextUpdate: fc.option(date),
  });
  const drawn = record({ producedAt: date, responses: fc.array(single, { minLength: 1, maxLength: 8 }) });
  fc.assert(
    fc.property(drawn, ({ producedAt, responses }) => {
      const options: OcspResponseOptions = {
        issuer,
        certificate: '01',
        producedAt,
        responses: responses.map(({ status, ...rest }) => ({
          ...rest,
          status:
            typeof status === 'string'
              ? (status as 'good' | 'unknown')
              : {
                  revocationTime: status.revocationTime,
                  ...(status.reason !== null && { reason: status.reason }),
                },
        })),
      };
      const { basic } = parseOcspResponse(makeOcspResponse(options));
      assert.deepEqual(basic?.producedAt, producedAt);
      assert.deepEqual(
        basic?.responses.map(one => ({
          certificate: one.certId.serialNumber,
          status:
            one.status === 'revoked'
              ? { revocationTime: one.revocationTime, reason: one.reason }
              : one.status,
          thisUpdate: one.thisUpdate,
          nextUpdate: one.nextUpdate,
        })),
        responses,
      );
    }),
    { seed, numRuns: 100 },
  );
});

/** What a list of the issuer is about. Each reason is in one of the halves. */
const scopes = ['all', 'users', 'authorities', 'attributes', 'first half', 'second half', 'a', 'b'] as const;
const defects = ['none', 'forged', 'weak', 'delta', 'indirect', 'critical', 'unnumbered'] as const;

interface DrawnList {
  readonly scope: (typeof scopes)[number];
  readonly defect: (typeof defects)[number];
  /** Weeks before now: 0 to 3; a list counts for two. -1 is the next week. */
  readonly age: number;
  readonly number: number;
  readonly names: boolean;
}

interface DrawnCertificate {
  readonly isAuthority: boolean;
  readonly point: 'a' | 'b' | null;
}

const halves = { 'first half': [1, 2, 3, 4], 'second half': [5, 6, 7, 8] } as const;
const every = [1, 2, 3, 4, 5, 6, 7, 8];

/** For which reasons the list speaks of the certificate. */
function spokenOf({ scope }: DrawnList, { isAuthority, point }: DrawnCertificate): readonly number[] {
  if (scope === 'attributes') return [];
  if (scope === 'users') return isAuthority ? [] : every;
  if (scope === 'authorities') return isAuthority ? every : [];
  if (scope === 'a' || scope === 'b') return point === scope ? every : [];
  return scope === 'all' ? every : halves[scope];
}

type Said = 'good' | 'untold' | 'CERTIFICATE_REVOKED' | 'CERTIFICATE_STATUS_UNKNOWN';

/** Without any order: a list is asked unless the issuer has said something newer about all that it is about. */
function naively(lists: readonly DrawnList[], certificate: DrawnCertificate): Said {
  const about = (list: DrawnList) => spokenOf(list, certificate);
  const speaking = lists.filter(list => about(list).length > 0);
  const signed = speaking.filter(({ defect }) => defect !== 'forged' && defect !== 'weak');
  const usable = signed.filter(({ defect }) => defect === 'none');
  const isNewer = (one: DrawnList, other: DrawnList) =>
    one.age <= other.age && one.number >= other.number && (one.age < other.age || one.number > other.number);
  const asked = usable.filter(list =>
    about(list).some(
      reason =>
        !usable.some(other => other.age >= 0 && isNewer(other, list) && about(other).includes(reason)),
    ),
  );
  const counts = ({ age }: DrawnList) => age >= 0 && age <= 2;
  if (asked.some(({ names }) => names)) return 'CERTIFICATE_REVOKED';
  if (usable.length < signed.length) return 'CERTIFICATE_STATUS_UNKNOWN';
  const told = new Set(asked.filter(counts).flatMap(about));
  if (told.size === every.length) return 'good';
  const isDoubtful = signed.length < speaking.length || !asked.every(counts);
  return isDoubtful ? 'CERTIFICATE_STATUS_UNKNOWN' : 'untold';
}

const address = (point: string) => `uri:http://crl.example.com/${point}.crl`;
const flags = (numbers: readonly number[]) => {
  const bits = numbers.reduce((sum, number) => sum | (0x8000 >> number), 0);
  return numbers.includes(8) ? Buffer.of(7, bits >> 8, bits & 0xff) : Buffer.of(7 - 4, bits >> 8);
};

function distributionPoint(scope: DrawnList['scope'], indirectCRL: boolean): DistributionPointOptions | null {
  const own: DistributionPointOptions | null =
    scope === 'users'
      ? { onlyContainsUserCerts: true }
      : scope === 'authorities'
        ? { onlyContainsCACerts: true }
        : scope === 'attributes'
          ? { onlyContainsAttributeCerts: true }
          : scope === 'a' || scope === 'b'
            ? { fullName: [address(scope)] }
            : scope === 'all'
              ? null
              : { onlySomeReasons: flags(halves[scope]) };
  return indirectCRL ? { ...own, indirectCRL } : own;
}

function madeOf({ scope, defect, age, number, names }: DrawnList): Uint8Array {
  const thisUpdate = later(time, -age * week);
  const point = distributionPoint(scope, defect === 'indirect');
  return makeCrl({
    issuer,
    thisUpdate,
    nextUpdate: later(thisUpdate, 2 * week),
    number: defect === 'unnumbered' ? null : number,
    entries: names ? [{ serial: '1f' }] : [{ serial: '20' }],
    ...(defect === 'forged' && { key: keyFor('somebody else') }),
    ...(defect === 'weak' && { hash: 'sha1' as const }),
    ...(defect === 'delta' && { baseNumber: 1 }),
    ...(defect === 'critical' && { more: [unknownExtension(true)] }),
    ...(point !== null && { distributionPoint: point }),
  });
}

function certificateOf({ isAuthority, point }: DrawnCertificate) {
  const more =
    point === null
      ? []
      : [extension('2.5.29.31', sequence(sequence(der(0xa0, der(0xa0, generalName(address(point)))))))];
  return isAuthority ? issuer.authority({ serial: 0x1f, more }) : issuer.issue({ serial: 0x1f, more });
}

test('what drawn lists say of a certificate is what a naive reading of the rules says (RFC 5280 6.3.3)', () => {
  const list = record({
    scope: fc.constantFrom(...scopes, 'all' as const, 'all' as const),
    defect: fc.constantFrom(...defects, ...Array<'none'>(12).fill('none')),
    age: fc.constantFrom(-1, 0, 1, 1, 2, 2, 3),
    number: fc.integer({ min: 1, max: 0x300 }),
    names: fc.constantFrom(true, false, false),
  });
  const ofTheSameNumber = ({ number, age }: DrawnList) => `${number} ${age}`;
  const drawn = record({
    lists: fc.uniqueArray(list, { selector: ofTheSameNumber, maxLength: 5 }),
    isAuthority: fc.boolean(),
    point: fc.constantFrom(null, 'a' as const, 'b' as const),
  });
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(drawn, ({ lists, ...certificate }) => {
      // A number that is absent is the lowest.
      const numbered = lists.map(one => (one.defect === 'unnumbered' ? { ...one, number: 0 } : one));
      const expected = naively(numbered, certificate);
      const [said] = crlsSay(certificateOf(certificate), issuer, lists.map(madeOf)).split(' ');
      assert.equal(said, expected);
      seen.set(expected, (seen.get(expected) ?? 0) + 1);
    }),
    { seed, numRuns: 600 },
  );
  for (const said of ['good', 'untold', 'CERTIFICATE_REVOKED', 'CERTIFICATE_STATUS_UNKNOWN'])
    assert.ok((seen.get(said) ?? 0) > 50, `${said}: ${seen.get(said)} times`);
});

const above = makeAuthority({ subject: 'above' });
const authority = above.authority({ subject: 'authority', serial: 0x10 });
const leaf = authority.issue({ serial: 0x1f });
const past = { thisUpdate: later(time, -3 * week), nextUpdate: later(time, -2 * week) };

const ofLists = {
  none: null,
  good: {},
  revoked: { entries: [{ serial: leaf }] },
  stale: past,
  forged: { key: keyFor('somebody else') },
  elsewhere: { distributionPoint: { onlyContainsCACerts: true } },
} as const satisfies Record<string, Partial<CrlOptions> | null>;
const ofResponses = {
  none: null,
  good: {},
  revoked: { status: 'revoked' },
  unknown: { status: 'unknown' },
  stale: past,
  forged: { key: keyFor('somebody else') },
} as const satisfies Record<string, Partial<OcspResponseOptions> | null>;
const ofAuthority = {
  none: null,
  good: {},
  revoked: { entries: [{ serial: authority }] },
  stale: past,
} as const satisfies Record<string, Partial<CrlOptions> | null>;

/** The code, or what said that the end-point's certificate is good. */
function decided(
  list: keyof typeof ofLists,
  response: keyof typeof ofResponses,
  upper: keyof typeof ofAuthority,
  policy: RevocationPolicy,
): string | null {
  if (policy === 'off') return null;
  if ([list, response, upper].includes('revoked')) return 'CERTIFICATE_REVOKED';
  if (response === 'stale' || response === 'forged') return 'STATUS_RESPONSE_BAD';
  const isGood = response === 'good' || list === 'good';
  const isDoubtful = response === 'unknown' || list === 'stale' || list === 'forged';
  if ((isDoubtful && !isGood) || upper === 'stale') return 'CERTIFICATE_STATUS_UNKNOWN';
  if (policy === 'required' && !isGood) return 'CERTIFICATE_STATUS_UNKNOWN';
  return response === 'good' ? 'ocsp' : list === 'good' ? 'crl' : null;
}

test('all that there may be about an end-point and its authority is decided as a naive reading of the rules has it', () => {
  const made = {
    lists: byName(ofLists, options => makeCrl({ issuer: authority, ...options })),
    responses: byName(ofResponses, options =>
      makeOcspResponse({ issuer: authority, certificate: leaf, ...options }),
    ),
    uppers: byName(ofAuthority, options => makeCrl({ issuer: above, ...options })),
  };
  for (const revocation of revocationPolicies)
    for (const [list, crl] of made.lists)
      for (const [response, bytes] of made.responses)
        for (const [upper, upperCrl] of made.uppers) {
          const verdict = validatePath([leaf.der, authority.der], {
            anchors: [above.der],
            time,
            revocation,
            crls: [crl, upperCrl].filter(one => one !== null),
            ocsp: [bytes].filter(one => one !== null),
          });
          const said = verdict.valid ? verdict.statusBy : verdict.code;
          const expected = decided(list, response, upper, revocation);
          assert.equal(said, expected, `${revocation}: list ${list}, response ${response}, above ${upper}`);
        }
});

function byName<K extends string, O>(
  kinds: Readonly<Record<K, O | null>>,
  make: (options: O) => Uint8Array,
): readonly (readonly [K, Uint8Array | null])[] {
  return (Object.entries(kinds) as [K, O | null][]).map(([name, options]) => [
    name,
    options === null ? null : make(options),
  ]);
}
