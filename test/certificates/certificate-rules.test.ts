// What a certificate has to be for its place in a path, rule by rule: as end-point, as intermediate and as anchor.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCertificate } from '../../src/certificates/certificate.ts';
import {
  type CertificateRequirements,
  certificateObjection,
  certificateObjections,
  isWithinValidity,
  type Place,
} from '../../src/certificates/certificate-rules.ts';
import type { Objection } from '../../src/certificates/finding.ts';
import type { FaultCode } from '../../src/errors.ts';
import {
  type AuthorityOptions,
  basicConstraints,
  bitString,
  der,
  extension,
  generalName,
  integer,
  keyUsage,
  makeAuthority,
  name,
  nameConstraints,
  nothing,
  objectIdentifier,
  octetString,
  otherKey,
  sequence,
} from '../../src/testing/certificate-maker.ts';

const time = new Date('2027-06-01T00:00:00Z');
const root = makeAuthority();
const places = ['end-point', 'intermediate', 'anchor'] as const;
const authorities = ['intermediate', 'anchor'] as const;
const profiles = ['onem2m', 'rfc5280'] as const;

/** A certificate that is right for its place but for the options. */
function made(place: Place, options: AuthorityOptions = {}) {
  switch (place) {
    case 'end-point':
      return root.issue(options);
    case 'intermediate':
      return root.authority(options);
    case 'anchor':
      return makeAuthority({ issuer: 'root', ...options });
  }
}

function objectionTo(
  place: Place,
  options: AuthorityOptions = {},
  requirements: Partial<CertificateRequirements> = {},
): Objection | null {
  const certificate = parseCertificate(made(place, options).der);
  return certificateObjection(certificate, place, { time, profile: 'onem2m', ...requirements });
}

function objects(objection: Objection | null, code: FaultCode, field: string, clause: RegExp): void {
  assert.ok(objection !== null, `no objection to ${field}`);
  assert.deepEqual([objection.code, objection.field], [code, field], objection.problem);
  assert.match(objection.clause, clause);
}

test('a certificate that is right for its place meets no objection, in either profile', () => {
  for (const place of places)
    for (const profile of profiles) assert.equal(objectionTo(place, {}, { profile }), null, place);
});

test('6.1.3 (a)(2): both ends of the validity period belong to it, in every place', () => {
  const notBefore = new Date('2027-01-01T00:00:00Z');
  const notAfter = new Date('2028-01-01T00:00:00Z');
  const at = (place: Place, moment: number) =>
    objectionTo(place, { notBefore, notAfter }, { time: new Date(moment) });
  for (const place of places) {
    for (const moment of [notBefore, notAfter]) assert.equal(at(place, moment.getTime()), null);
    const early = at(place, notBefore.getTime() - 1);
    objects(early, 'CERTIFICATE_EXPIRED', 'validity', /^RFC 5280 6\.1\.3 \(a\)\(2\)$/);
    assert.equal(early?.problem, 'not yet valid at 2026-12-31T23:59:59.999Z');
    const late = at(place, notAfter.getTime() + 1000);
    objects(late, 'CERTIFICATE_EXPIRED', 'validity', /6\.1\.3 \(a\)\(2\)/);
    assert.equal(late?.problem, 'no longer valid at 2028-01-01T00:00:01.000Z');
    assert.equal(late?.accepted, '2027-01-01T00:00:00.000Z to 2028-01-01T00:00:00.000Z, both included');
  }
});

test('4.1.2.5: certificates know whole seconds, so the last one counts to its end', () => {
  const notAfter = new Date('2028-01-01T00:00:00Z');
  const certificate = parseCertificate(root.issue({ notAfter }).der);
  assert.ok(isWithinValidity(certificate, new Date('2028-01-01T00:00:00.999Z')));
  assert.equal(isWithinValidity(certificate, new Date('2028-01-01T00:00:01.000Z')), false);
  const early = new Date(certificate.notBefore.getTime() - 1);
  assert.equal(isWithinValidity(certificate, early), false);
});

test('4.1.2.2: the serial number zero is that of old roots and of nobody else', () => {
  for (const serial of [0, Uint8Array.of(0)]) {
    for (const place of ['end-point', 'intermediate'] as const)
      objects(objectionTo(place, { serial }), 'CERTIFICATE_UNTRUSTED', 'serialNumber', /4\.1\.2\.2/);
    assert.equal(objectionTo('anchor', { serial }), null);
  }
  for (const serial of [1, 16, 256, Uint8Array.of(0, 0x80)])
    assert.equal(objectionTo('end-point', { serial }), null);
});

test('6.1.4 (o), 6.1.5 (f): a critical extension that is not processed is refused in every place', () => {
  const clauses = { 'end-point': /6\.1\.5 \(f\)/, intermediate: /6\.1\.4 \(o\)/, anchor: /6\.1\.4 \(o\)/ };
  for (const place of places) {
    const refusal = objectionTo(place, { more: [extension('1.2.3.4', nothing, true)] });
    objects(refusal, 'CERTIFICATE_UNSUPPORTED', 'extensions', clauses[place]);
    assert.match(refusal?.problem ?? '', /1\.2\.3\.4/);
    assert.equal(objectionTo(place, { more: [extension('1.2.3.4', nothing)] }), null);
  }
});

const policyMappings = sequence(sequence(objectIdentifier('1.2.3'), objectIdentifier('1.2.4')));

test('4.2.1.5, 4.2.1.14: policyMappings and inhibitAnyPolicy are refused where they are critical, by name', () => {
  for (const place of places)
    for (const [id, value, field] of [
      ['2.5.29.33', policyMappings, 'policyMappings'],
      ['2.5.29.54', integer(0), 'inhibitAnyPolicy'],
    ] as const) {
      const critical = objectionTo(place, { more: [extension(id, value, true)] });
      objects(critical, 'CERTIFICATE_UNSUPPORTED', 'extensions', /6\.1\.[45]/);
      assert.match(critical?.problem ?? '', new RegExp(`^${field} is critical`));
      assert.equal(objectionTo(place, { more: [extension(id, value)] }), null);
    }
});

test('6.1.4 (i): policyConstraints can ask for a policy, so they are refused critical or not', () => {
  const content = sequence(der(0x80, Buffer.of(0)));
  for (const place of places)
    for (const isCritical of [false, true]) {
      const refusal = objectionTo(place, { more: [extension('2.5.29.36', content, isCritical)] });
      assert.equal(refusal?.code, 'CERTIFICATE_UNSUPPORTED');
      assert.ok(isCritical || refusal?.field === 'policyConstraints', refusal?.field);
    }
});

test('4.2.1.4: critical certificatePolicies have no qualifier but id-qt-cps and id-qt-unotice', () => {
  const policies = (isCritical: boolean, ...qualifiers: string[]) => {
    const items = qualifiers.map(id => sequence(objectIdentifier(id), nothing));
    const policy = [objectIdentifier('1.2.3'), ...(items.length === 0 ? [] : [sequence(...items)])];
    return { more: [extension('2.5.29.32', sequence(sequence(...policy)), isCritical)] };
  };
  const known = ['1.3.6.1.5.5.7.2.1', '1.3.6.1.5.5.7.2.2'];
  for (const place of places) {
    for (const isCritical of [false, true]) {
      assert.equal(objectionTo(place, policies(isCritical)), null);
      assert.equal(objectionTo(place, policies(isCritical, ...known)), null);
    }
    assert.equal(objectionTo(place, policies(false, '1.2.9')), null);
    const refusal = objectionTo(place, policies(true, ...known, '1.2.9'));
    objects(refusal, 'CERTIFICATE_UNSUPPORTED', 'certificatePolicies', /4\.2\.1\.4/);
    assert.match(refusal?.problem ?? '', /1\.2\.9/);
  }
});

test('4.2.1.1, 4.2.1.2: key identifiers are not critical, in any place', () => {
  const identifiers = [
    ['2.5.29.14', octetString(Buffer.of(1)), 'subjectKeyIdentifier', /4\.2\.1\.2$/],
    ['2.5.29.35', sequence(der(0x80, Buffer.of(1))), 'authorityKeyIdentifier', /4\.2\.1\.1$/],
  ] as const;
  for (const place of places)
    for (const [id, value, field, clause] of identifiers) {
      objects(
        objectionTo(place, { more: [extension(id, value, true)] }),
        'CERTIFICATE_UNSUPPORTED',
        field,
        clause,
      );
      assert.equal(objectionTo(place, { more: [extension(id, value)] }), null);
    }
});

test('4.1.2.6, 4.2.1.6: an end-point without subject has a critical subjectAltName', () => {
  const names = sequence(generalName('dns:cse.example.com'));
  const of = (more: readonly Uint8Array[]) => objectionTo('end-point', { subject: name(''), more });
  objects(of([]), 'CERTIFICATE_UNSUPPORTED', 'subject', /4\.2\.1\.6/);
  objects(of([extension('2.5.29.17', names)]), 'CERTIFICATE_UNSUPPORTED', 'subject', /4\.2\.1\.6/);
  assert.equal(of([extension('2.5.29.17', names, true)]), null);
  assert.equal(objectionTo('end-point', { more: [extension('2.5.29.17', names)] }), null);
});

test('6.1.4 (k): an issuer has basicConstraints with cA, the anchor too', () => {
  for (const place of authorities)
    for (const extensions of [[keyUsage('keyCertSign')], [basicConstraints(false), keyUsage('keyCertSign')]])
      for (const profile of profiles)
        objects(
          objectionTo(place, { extensions }, { profile }),
          'CERTIFICATE_UNTRUSTED',
          'basicConstraints',
          /6\.1\.4 \(k\)/,
        );
});

test('6.1.4 (n): the keyUsage of an issuer has keyCertSign, the anchor’s too', () => {
  const extensions = [basicConstraints(true), keyUsage('digitalSignature', 'cRLSign')];
  for (const place of authorities)
    for (const profile of profiles)
      objects(
        objectionTo(place, { extensions }, { profile }),
        'CERTIFICATE_UNTRUSTED',
        'keyUsage',
        /6\.1\.4 \(n\)/,
      );
});

test('4.2.1.3: an issuer without keyUsage is refused in profile onem2m only', () => {
  const extensions = [basicConstraints(true)];
  for (const place of authorities) {
    objects(objectionTo(place, { extensions }), 'CERTIFICATE_UNTRUSTED', 'keyUsage', /4\.2\.1\.3/);
    assert.equal(objectionTo(place, { extensions }, { profile: 'rfc5280' }), null);
  }
});

test('4.2.1.10: an issuer whose name constraints cannot be followed is refused, whatever is below it', () => {
  const minimum = der(0xa0, sequence(generalName('dns:example.com'), der(0x80, Buffer.of(1))));
  for (const place of authorities) {
    objects(
      objectionTo(place, { more: [extension('2.5.29.30', sequence(minimum), true)] }),
      'CERTIFICATE_UNSUPPORTED',
      'nameConstraints',
      /4\.2\.1\.10/,
    );
    objects(
      objectionTo(place, { nameConstraints: { permitted: ['ip:0a000000ff00ff00'] } }),
      'CERTIFICATE_MALFORMED',
      'nameConstraints',
      /4\.2\.1\.10/,
    );
    assert.equal(objectionTo(place, { nameConstraints: { permitted: ['ip:0a000000ff000000'] } }), null);
  }
});

test('TS-0003 10.1.1.1: a key of the profile, in every place', () => {
  const key = otherKey('P-384');
  const curve = sequence(objectIdentifier('1.2.840.10045.2.1'), objectIdentifier('1.2.840.10045.3.1.7'));
  const publicKey = sequence(curve, bitString(Buffer.concat([Buffer.of(4), Buffer.alloc(64, 1)])));
  for (const place of places) {
    const refusal = objectionTo(place, { key });
    objects(refusal, 'CERTIFICATE_UNSUPPORTED', 'subjectPublicKeyInfo', /^TS-0003 10\.1\.1\.1, 10\.1\.1\.3$/);
    assert.equal(refusal?.accepted, 'P-256, points uncompressed');
    assert.equal(objectionTo(place, { key }, { profile: 'rfc5280' }), null);
    objects(
      objectionTo(place, { publicKey }, { profile: 'rfc5280' }),
      'CERTIFICATE_UNSUPPORTED',
      'subjectPublicKeyInfo',
      /^RFC 5280 4\.1\.1\.2, 4\.1\.2\.7$/,
    );
  }
});

test('an end-point signs: keyUsage has digitalSignature (TS-0003 10.1.1.1, RFC 8422 5.3)', () => {
  const without = { extensions: [keyUsage('keyAgreement')] };
  const clauses = { onem2m: /^TS-0003 10\.1\.1\.1$/, rfc5280: /^RFC 8422 5\.3$/ };
  for (const profile of profiles)
    objects(
      objectionTo('end-point', without, { profile }),
      'CERTIFICATE_UNSUPPORTED',
      'keyUsage',
      clauses[profile],
    );
  const absent = { extensions: [] };
  objects(objectionTo('end-point', absent), 'CERTIFICATE_UNSUPPORTED', 'keyUsage', clauses.onem2m);
  assert.equal(objectionTo('end-point', absent, { profile: 'rfc5280' }), null);
});

test('TS-0003 10.1.1: an authority is no end-point in profile onem2m', () => {
  const extensions = [keyUsage('digitalSignature', 'keyCertSign'), basicConstraints(true)];
  objects(
    objectionTo('end-point', { extensions }),
    'CERTIFICATE_UNSUPPORTED',
    'basicConstraints',
    /10\.1\.1/,
  );
  assert.equal(objectionTo('end-point', { extensions }, { profile: 'rfc5280' }), null);
  const said = [keyUsage('digitalSignature'), basicConstraints(false)];
  assert.equal(objectionTo('end-point', { extensions: said }), null);
});

test('4.2.1.3, 4.2.1.9: an end-point with keyCertSign and without cA is refused in either profile', () => {
  const usage = keyUsage('digitalSignature', 'keyCertSign');
  for (const extensions of [[usage], [usage, basicConstraints(false)]])
    for (const profile of profiles)
      objects(
        objectionTo('end-point', { extensions }, { profile }),
        'CERTIFICATE_UNSUPPORTED',
        'keyUsage',
        /4\.2\.1\.9/,
      );
});

test('4.2.1.10: an end-point with name constraints and without cA is refused in either profile', () => {
  const more = [nameConstraints({ permitted: ['dns:example.com'] })];
  for (const profile of profiles)
    objects(
      objectionTo('end-point', { more }, { profile }),
      'CERTIFICATE_UNSUPPORTED',
      'nameConstraints',
      /4\.2\.1\.10/,
    );
  const extensions = [keyUsage('digitalSignature', 'keyCertSign'), basicConstraints(true)];
  assert.equal(objectionTo('end-point', { more, extensions }, { profile: 'rfc5280' }), null);
});

test('TS-0003 10.1.1: in profile onem2m no name of an end-point holds a wildcard, wherever it stands', () => {
  for (const wildcard of ['dns:*.example.com', 'dns:a*.example.com', 'uri://*.example.com/cse/Cae']) {
    const names = ['dns:a.example.com', wildcard];
    objects(objectionTo('end-point', { names }), 'CERTIFICATE_UNSUPPORTED', 'subjectAltName', /10\.1\.1/);
    assert.equal(objectionTo('end-point', { names }, { profile: 'rfc5280' }), null);
  }
  // In a mailbox it is a character like others (RFC 5322 3.2.3).
  const others = ['dir:*.example.com', 'ip:2a2a2a2a', 'email:*@example.com'];
  assert.equal(objectionTo('end-point', { names: others }), null);
});

test('all objections are those of every rule, the first of them first', () => {
  const wrong = { serial: 0, notAfter: time, extensions: [], names: ['dns:*.example.com'] };
  const certificate = parseCertificate(made('end-point', wrong).der);
  const requirements = { time: new Date('2028-01-01T00:00:00Z'), profile: 'onem2m' } as const;
  const all = certificateObjections(certificate, 'end-point', requirements);
  assert.deepEqual(
    all.map(({ field }) => field),
    ['validity', 'serialNumber', 'keyUsage', 'subjectAltName'],
  );
  assert.deepEqual(all[0], certificateObjection(certificate, 'end-point', requirements));
  const right = parseCertificate(made('anchor').der);
  assert.deepEqual(certificateObjections(right, 'anchor', { time, profile: 'onem2m' }), []);
});
