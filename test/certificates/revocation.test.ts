// What CRLs and OCSP responses together say of a path, by policy (RFC 5280 6.1.3 (a)(3), RFC 6066 §8), through
// validatePath and verifyPeer.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ValidateOptions, type Verdict, validatePath } from '../../src/certificates/index.ts';
import type { CertificatePeer } from '../../src/certificates/peers.ts';
import { RevocationLists } from '../../src/certificates/revocation-lists.ts';
import { Peers, TrustAnchors, type VerifyOptions, verifyPeer } from '../../src/certificates/trust.ts';
import { E2EKeyError } from '../../src/errors.ts';
import {
  extension,
  keyFor,
  makeAuthority,
  nothing,
  octetString,
  sequence,
} from '../../src/testing/certificate-maker.ts';
import {
  type CrlOptions,
  makeCrl,
  makeOcspResponse,
  type OcspResponseOptions,
  ocspSigning,
} from '../../src/testing/status-maker.ts';
import { time } from './status-lab.ts';
import { refused } from './verdicts.ts';

const entity = '//m2m.example.com/cse/Cae1';
const root = makeAuthority();
const issuer = root.authority({ subject: 'issuer', serial: 0x10 });
const leaf = issuer.issue({ serial: 0x1f, names: [`uri:${entity}`] });
const chain = [leaf.der, issuer.der];

const crl = (options: Partial<CrlOptions> = {}) => makeCrl({ issuer, ...options });
const response = (options: Partial<OcspResponseOptions> = {}) =>
  makeOcspResponse({ issuer, certificate: leaf, ...options });
const past = { thisUpdate: new Date('2026-02-01T00:00:00Z'), nextUpdate: new Date('2026-03-01T00:00:00Z') };

/** What there may be about the end-point's certificate, by what it says. */
const crls = {
  good: crl(),
  revoked: crl({ entries: [{ serial: leaf }] }),
  stale: crl(past),
  forged: crl({ key: keyFor('somebody else') }),
  delta: crl({ baseNumber: 1 }),
};
const responses = {
  good: response(),
  revoked: response({ status: 'revoked' }),
  unknown: response({ status: 'unknown' }),
  stale: response(past),
  forged: response({ key: keyFor('somebody else') }),
};
/** As staples only: elsewhere a response has to be about somebody. */
const staples = {
  ...responses,
  other: response({ certificate: '20' }),
  tryLater: response({ responseStatus: 'tryLater' }),
  malformed: Buffer.of(1),
};

const validate = (options: Partial<ValidateOptions>): Verdict =>
  validatePath(chain, { anchors: [root.der], time, ...options });

interface Evidence {
  readonly crls?: readonly Uint8Array[];
  readonly stapled?: Uint8Array;
}

/** What becomes of the peer under this policy: what said that it is not revoked, or the code. */
function verify(
  revocation: CertificatePeer['revocation'],
  { crls: lists, stapled }: Evidence = {},
  presented: readonly Uint8Array[] = chain,
): string | null {
  const trust = TrustAnchors.fromCertificates([root.der]);
  const entry: CertificatePeer = {
    entity,
    flavour: 'ae-id',
    trust,
    ...(revocation !== undefined && { revocation }),
  };
  const options: VerifyOptions = {
    peers: new Peers([entry]),
    role: 'initiating',
    time,
    expected: true,
    certificateProfile: 'onem2m',
    ...(lists !== undefined && { crls: RevocationLists.fromDer(lists) }),
    ...(stapled !== undefined && { stapled }),
  };
  try {
    return verifyPeer(presented, options).peer.statusBy;
  } catch (error) {
    if (error instanceof E2EKeyError && error.finding !== null) return error.code;
    throw error;
  }
}

const isRevoked = 'CERTIFICATE_REVOKED';
const isUnknown = 'CERTIFICATE_STATUS_UNKNOWN';
const isBad = 'STATUS_RESPONSE_BAD';

test('off looks at nothing, not even at bytes that are no response', () => {
  for (const list of Object.values(crls)) assert.equal(verify('off', { crls: [list] }), null);
  for (const stapled of Object.values(staples)) assert.equal(verify('off', { stapled }), null);
  const options = { crls: [crls.revoked], ocsp: [responses.revoked], revocation: 'off' } as const;
  assert.equal(validate(options).valid, true);
});

/** By policy: nothing at hand, then each that there may be. */
const expectations = {
  crls: { good: 'crl', revoked: isRevoked, stale: isUnknown, forged: isUnknown, delta: isUnknown },
  staples: {
    good: 'ocsp',
    revoked: isRevoked,
    unknown: isUnknown,
    stale: isBad,
    forged: isBad,
    other: isBad,
    tryLater: isBad,
    malformed: isBad,
  },
} as const;

for (const policy of ['when-available', 'required'] as const) {
  test(`${policy}: what is at hand is judged strictly (RFC 5280 6.3.3, RFC 6066 §8)`, () => {
    for (const [kind, expected] of Object.entries(expectations.crls))
      assert.equal(verify(policy, { crls: [crls[kind as keyof typeof crls]] }), expected, kind);
    for (const [kind, expected] of Object.entries(expectations.staples))
      assert.equal(verify(policy, { stapled: staples[kind as keyof typeof staples] }), expected, kind);
  });

  test(`${policy}: a list that says nothing of the certificate is as good as none`, () => {
    const expected = policy === 'required' ? isUnknown : null;
    const elsewhere = makeCrl({ issuer: makeAuthority({ subject: 'other' }) });
    const forAuthorities = crl({ distributionPoint: { onlyContainsCACerts: true } });
    const some = crl({ distributionPoint: { onlySomeReasons: Buffer.of(6, 0x40) } });
    for (const lists of [[], [elsewhere], [forAuthorities], [some]])
      assert.equal(verify(policy, { crls: lists }), expected);
    assert.equal(verify(policy), expected);
  });
}

test('without a word the policy is when-available: what is at hand counts, and nothing need be', () => {
  assert.equal(verify(undefined), null);
  assert.equal(verify(undefined, { crls: [crls.revoked] }), isRevoked);
  assert.equal(verify(undefined, { stapled: staples.malformed }), isBad);
  assert.equal(verify(undefined, { stapled: staples.good }), 'ocsp');
});

test('each entry has its policy: what one demands another may do without', () => {
  const trust = TrustAnchors.fromCertificates([root.der]);
  const cse = { entity: '//m2m.example.com/cse', identifier: 'cse.example.com', trust };
  const end = issuer.issue({ serial: 0x2f, names: ['dns:cse.example.com'] });
  const flavour = (
    first: CertificatePeer['revocation'] & string,
    second: CertificatePeer['revocation'] & string,
  ) => {
    const peers = new Peers([
      { ...cse, flavour: 'cse-id', revocation: first },
      { ...cse, flavour: 'fqdn', revocation: second },
    ]);
    const options = {
      peers,
      role: 'initiating',
      time,
      expected: false,
      certificateProfile: 'onem2m',
    } as const;
    return verifyPeer([end.der, issuer.der], options).peer.flavour;
  };
  assert.equal(flavour('required', 'off'), 'fqdn');
  assert.equal(flavour('off', 'required'), 'cse-id');
  assert.throws(() => flavour('required', 'required'), { code: isUnknown });
});

test('revoked is revoked, whoever says it and whatever else is said', () => {
  for (const stapled of [
    responses.good,
    responses.unknown,
    responses.stale,
    responses.forged,
    staples.tryLater,
  ])
    assert.equal(verify('required', { crls: [crls.revoked], stapled }), isRevoked);
  for (const list of Object.values(crls))
    assert.equal(verify('required', { crls: [list], stapled: responses.revoked }), isRevoked);
});

test('a bad staple is refused, also where a CRL says that the certificate is good (RFC 6066 §8)', () => {
  for (const stapled of [staples.stale, staples.forged, staples.other, staples.tryLater, staples.malformed])
    assert.equal(verify('when-available', { crls: [crls.good], stapled }), isBad);
});

test('a good OCSP response makes a CRL superfluous that does not count', () => {
  for (const list of [crls.stale, crls.forged])
    assert.equal(verify('required', { crls: [list], stapled: responses.good }), 'ocsp');
  // What it says would be lost, a revocation maybe.
  assert.equal(verify('required', { crls: [crls.delta], stapled: responses.good }), isUnknown);
  assert.equal(verify('required', { crls: [crls.delta, crls.revoked], stapled: responses.good }), isRevoked);
  assert.equal(verify('required', { crls: [crls.good], stapled: responses.good }), 'ocsp');
});

test('a responder that does not know the certificate leaves it to the CRL', () => {
  assert.equal(verify('required', { crls: [crls.good], stapled: responses.unknown }), 'crl');
  assert.equal(verify('required', { crls: [crls.stale], stapled: responses.unknown }), isUnknown);
});

test('authorities above are judged where a list of their issuer is at hand, and need none', () => {
  const above = (options: Partial<CrlOptions>) => makeCrl({ issuer: root, ...options });
  const withdrawn = above({ entries: [{ serial: issuer }] });
  for (const policy of ['when-available', 'required'] as const) {
    assert.equal(verify(policy, { crls: [crls.good, withdrawn] }), isRevoked);
    assert.equal(verify(policy, { crls: [withdrawn], stapled: responses.good }), isRevoked);
    assert.equal(verify(policy, { crls: [crls.good, above(past)] }), isUnknown);
    assert.equal(verify(policy, { crls: [crls.good, above({})] }), 'crl');
    assert.equal(verify(policy, { crls: [above({})], stapled: responses.good }), 'ocsp');
  }
  // Of the end-point nothing is told by the list about the authority.
  assert.equal(verify('required', { crls: [above({})] }), isUnknown);
  refused(validate({ crls: [crls.good, withdrawn] }), 'CERTIFICATE_REVOKED', 'status', 1, /6\.3\.3 \(i\)/);
});

test('a list is used for whom its issuer issued, not for others with the same number', () => {
  const sameNumber = makeCrl({ issuer: root, entries: [{ serial: leaf }] });
  assert.equal(verify('required', { crls: [crls.good, sameNumber] }), 'crl');
  assert.equal(verify('required', { crls: [crl({ entries: [{ serial: issuer }] })] }), 'crl');
});

test('an anchor is trusted because it is configured: no list takes it back', () => {
  const own = makeCrl({ issuer: root, entries: [{ serial: root }] });
  const end = root.issue({ serial: 0x2f, names: [`uri:${entity}`] });
  assert.equal(verify('required', { crls: [own] }, [end.der]), 'crl');
});

test('a stapled response speaks of the end-point’s own certificate, not of an authority (RFC 6066 §8)', () => {
  const ofIssuer = makeOcspResponse({ issuer: root, certificate: issuer });
  assert.equal(verify('when-available', { stapled: ofIssuer }), isBad);
  const both = response({ responses: [{}, { certificate: '20' }] });
  assert.equal(verify('required', { stapled: both }), 'ocsp');
});

test('where several certificates are refused, revoked is told first, then a bad response, then the end-point’s', () => {
  const above = (options: Partial<CrlOptions>) => makeCrl({ issuer: root, ...options });
  const withdrawn = above({ entries: [{ serial: issuer }] });
  refused(validate({ crls: [crls.stale, withdrawn] }), 'CERTIFICATE_REVOKED', 'status', 1);
  const badAbove = makeOcspResponse({ issuer: root, certificate: issuer, key: keyFor('x') });
  refused(
    validate({ crls: [crls.stale], ocsp: [badAbove] }),
    'STATUS_RESPONSE_BAD',
    'OCSPResponse.signature',
    1,
  );
  refused(validate({ crls: [crls.stale, above(past)] }), isUnknown, 'CertificateList.nextUpdate', 0);
});

test('validatePath looks at what it is given: required with CRLs or responses, off without', () => {
  const by = (options: Partial<ValidateOptions>) => {
    const verdict = validate(options);
    return verdict.valid ? verdict.statusBy : verdict.code;
  };
  assert.equal(by({}), null);
  assert.equal(by({ crls: [], ocsp: [] }), null);
  assert.equal(by({ crls: [crls.good] }), 'crl');
  assert.equal(by({ ocsp: [responses.good] }), 'ocsp');
  assert.equal(by({ crls: [crls.revoked] }), isRevoked);
  assert.equal(by({ ocsp: [responses.revoked] }), isRevoked);
  const elsewhere = makeCrl({ issuer: makeAuthority({ subject: 'other' }) });
  assert.equal(by({ crls: [elsewhere] }), isUnknown);
  assert.equal(by({ crls: [elsewhere], revocation: 'when-available' }), null);
  assert.equal(by({ revocation: 'required' }), isUnknown);
  assert.equal(by({ revocation: 'when-available' }), null);
});

test('required and nothing at hand: the words say of whom something is missing', () => {
  const { reason } = validate({ revocation: 'required' });
  assert.equal(
    reason,
    "the end-point's certificate (CN=end-point), status: nothing at hand says that it is not revoked; " +
      'accepted: an OCSP response for it, or a CRL of CN=issuer (RFC 5280 6.1.3 (a)(3))',
  );
});

test('responses are for any certificate of the path, and each for some (RFC 6960 3.2 (1))', () => {
  const ofIssuer = makeOcspResponse({ issuer: root, certificate: issuer });
  const revokedIssuer = makeOcspResponse({ issuer: root, certificate: issuer, status: 'revoked' });
  assert.equal(validate({ ocsp: [responses.good, ofIssuer] }).valid, true);
  refused(validate({ ocsp: [responses.good, revokedIssuer] }), 'CERTIFICATE_REVOKED', 'status', 1);
  refused(validate({ ocsp: [ofIssuer] }), isUnknown, 'status', 0);
  assert.equal(validate({ ocsp: [ofIssuer, responses.good, responses.good] }).valid, true);
  refused(validate({ ocsp: [responses.good, responses.revoked] }), 'CERTIFICATE_REVOKED', 'status', 0);
  const idle = [staples.other, staples.tryLater, makeOcspResponse({ issuer: root, certificate: leaf })];
  for (const response of idle)
    refused(
      validate({ ocsp: [responses.good, response] }),
      'STATUS_RESPONSE_BAD',
      'status',
      0,
      /RFC 6960 3\.2 \(1\)/,
    );
  assert.match(validate({ ocsp: [staples.tryLater] }).reason ?? '', /without answer, tryLater/);
  assert.match(validate({ ocsp: [staples.other] }).reason ?? '', /about other certificates/);
});

test('a list and a response that cannot be read are verdicts, and which one is told', () => {
  refused(validate({ crls: [crls.good, Buffer.of(1)] }), isUnknown, 'crls.1.CertificateList', null);
  refused(validate({ ocsp: [Buffer.of(1)] }), isBad, 'ocsp.0.OCSPResponse', 0, /X\.690|RFC 6960/);
  const second = validate({ ocsp: [responses.good, Buffer.of(1)] });
  refused(second, isBad, 'ocsp.1.OCSPResponse', 0, /X\.690|RFC 6960/);
  assert.equal(validate({ crls: [Buffer.of(1)], revocation: 'when-available' }).code, isUnknown);
  assert.equal(validate({ ocsp: [Buffer.of(1)], revocation: 'off' }).valid, true);
  assert.equal(validate({ crls: [Buffer.of(1)], revocation: 'off' }).valid, true);
});

test('a certificate whose distribution points cannot be read is malformed where a list names its point', () => {
  const end = issuer.issue({
    serial: 0x2f,
    names: [`uri:${entity}`],
    more: [extension('2.5.29.31', nothing)],
  });
  const presented = [end.der, issuer.der];
  const named = crl({ distributionPoint: { fullName: ['uri:http://crl.example.com/a'] } });
  assert.equal(verify('when-available', { crls: [named] }, presented), 'CERTIFICATE_MALFORMED');
  assert.equal(verify('when-available', { crls: [crl()] }, presented), 'crl');
});

test('the status is asked where the path holds, and not before (RFC 5280 6.1.3)', () => {
  const stranger = makeAuthority({ subject: 'stranger' });
  const verdict = validate({ anchors: [stranger.der], crls: [crls.revoked] });
  assert.equal(verdict.code, 'CERTIFICATE_UNTRUSTED');
  const expired = issuer.issue({ serial: 0x1f, notAfter: new Date('2027-01-01T00:00:00Z') });
  const late = validatePath([expired.der, issuer.der], { anchors: [root.der], time, crls: [crls.revoked] });
  assert.equal(late.code, 'CERTIFICATE_EXPIRED');
});

test('lists of an authority’s former key count where that key is in the path (RFC 5280 4.2.1.1)', () => {
  const marked = (text: string) => ({ more: [extension('2.5.29.14', octetString(Buffer.from(text)))] });
  const former = makeAuthority({ ...marked('former') });
  const present = former.authority({ ...marked('present'), subject: 'root', key: keyFor('present') });
  const end = present.issue({ serial: 0x1f, names: [`uri:${entity}`] });
  const of = (list: Uint8Array) => {
    const verdict = validatePath([end.der, present.der], { anchors: [former.der], time, crls: [list] });
    return verdict.valid ? verdict.statusBy : verdict.code;
  };
  assert.equal(of(makeCrl({ issuer: former, entries: [{ serial: end }] })), isRevoked);
  assert.equal(of(makeCrl({ issuer: former })), 'crl');
  assert.equal(of(makeCrl({ issuer: present })), 'crl');
  // That of another authority in the path is no key of this one.
  assert.equal(verify('required', { crls: [makeCrl({ issuer: root, issuerName: 'issuer' })] }), isUnknown);
});

test('a response by somebody whom the issuer delegated makes a peer good', () => {
  const responder = issuer.issue({ serial: 0x66, subject: 'responder', more: [ocspSigning] });
  const stapled = response({ responder });
  assert.equal(verify('required', { stapled }), 'ocsp');
  const withdrawn = crl({ entries: [{ serial: responder }] });
  assert.equal(verify('required', { stapled, crls: [withdrawn] }), isBad);
});

test('a fault that is none of the evidence’s goes on as it is', () => {
  const bytes = new Proxy(sequence(), {
    get: () => {
      throw new RangeError('of the caller');
    },
  });
  assert.throws(() => validate({ ocsp: [bytes] }), RangeError);
  assert.throws(() => validate({ crls: [bytes] }), RangeError);
});

test('the profile of the certificates is that of what is said of them (TS-0003 10.1.1.3)', () => {
  assert.equal(verify('when-available', { crls: [crl({ hash: 'sha384' })] }), isUnknown);
  assert.equal(verify('when-available', { stapled: response({ hash: 'sha384' }) }), isBad);
  assert.equal(validate({ crls: [crl({ hash: 'sha384' })] }).code, isUnknown);
  assert.equal(validate({ crls: [crl({ hash: 'sha384' })], profile: 'rfc5280' }).valid, true);
});

test('peers of one role have the policies that they had', () => {
  const trust = TrustAnchors.fromCertificates([root.der]);
  const peers = new Peers([{ entity, flavour: 'ae-id', trust, revocation: 'required' }]).inRole('initiating');
  const options = { peers, role: 'initiating', time, expected: false, certificateProfile: 'onem2m' } as const;
  assert.throws(() => verifyPeer(chain, options), { code: isUnknown });
});

test('an entry has one of three policies, and is an object', () => {
  const trust = TrustAnchors.fromCertificates([root.der]);
  const entry = { entity, flavour: 'ae-id', trust };
  const peers = (entries: unknown) => () => new Peers(entries as CertificatePeer[]);
  for (const revocation of ['', 'on', 'soft-fail', null, true])
    assert.throws(peers([{ ...entry, revocation }]), {
      code: 'OPTION_INVALID',
      message: 'peers.0.revocation: off, when-available, required are possible',
    });
  for (const none of [null, undefined, 'Cae1', 7])
    assert.throws(peers([none]), { code: 'OPTION_INVALID', message: 'peers.0: an entry is an object' });
});
