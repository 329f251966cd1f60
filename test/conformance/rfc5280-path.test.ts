// RFC 5280 6.1, step by step: what every path has to satisfy, and how it is refused where one step fails. The table of
// the steps, with those that are not taken, is docs/conformance.md. Certificates by themselves are in
// rfc5280-extensions.test.ts.
import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { test } from 'node:test';
import { validatePath } from '../../src/certificates/index.ts';
import type { FaultCode } from '../../src/errors.ts';
import {
  type Authority,
  type AuthorityOptions,
  basicConstraints,
  bitString,
  der,
  extension,
  type Issued,
  integer,
  keyFor,
  keyUsage,
  makeAuthority,
  nameConstraints,
  nothing,
  objectIdentifier,
  otherKey,
  sequence,
} from '../../src/testing/certificate-maker.ts';
import { makeCrl, makeOcspResponse } from '../../src/testing/status-maker.ts';
import {
  accepted,
  clientAuth,
  type Demanded,
  flipped,
  purposes,
  refused,
  root,
  serverAuth,
} from './chains.ts';

const intermediate = root.authority();
const leaf = intermediate.issue();
const chain = [leaf, intermediate];
const forCas = [basicConstraints(true), keyUsage('keyCertSign')];

const badSignature = (position: number) => ({
  position,
  field: 'signatureValue',
  clause: 'RFC 5280 6.1.3 (a)(1)',
});
const nobodyKnown = (position: number) => ({ position, field: 'issuer', clause: 'RFC 5280 6.1.3 (a)(4)' });
const notValid = (position: number) => ({ position, field: 'validity', clause: 'RFC 5280 6.1.3 (a)(2)' });
const nameOutside = (position: number) => ({
  position,
  field: 'subjectAltName',
  clause: 'RFC 5280 6.1.3 (b), (c)',
});
const tooLong = (position: number) => ({
  position,
  field: 'basicConstraints',
  clause: 'RFC 5280 6.1.4 (l)',
});
const longerThanAllowed = (position: number) => ({ position, field: 'issuer', clause: 'RFC 5280 6.1' });

/** Authorities one below the other, the lowest first, and an end-point below them all. */
function descending(from: Authority, ...subjects: readonly string[]) {
  const authorities: Authority[] = [];
  for (const subject of subjects) authorities.unshift((authorities[0] ?? from).authority({ subject }));
  return [(authorities[0] ?? from).issue(), ...authorities];
}

/** The same authority under a new key, by the old one. */
function rollover(authority: Authority, subject: string, generation: number): Authority {
  return authority.authority({ subject, key: keyFor(`${subject} ${generation}`) });
}

test('6.1: a path leads from the end-point to a trust anchor, and is told', () => {
  const { path } = accepted(chain);
  assert.deepEqual(
    path.map(({ subject }) => subject),
    ['CN=end-point', 'CN=intermediate', 'CN=root'],
  );
  refused([leaf], 'CERTIFICATE_UNTRUSTED', nobodyKnown(0));
  refused(chain, 'CERTIFICATE_UNTRUSTED', nobodyKnown(1), { anchors: [] });
});

test('6.1: the certificate that is validated is the first of the chain', () => {
  const { path } = accepted([leaf, intermediate.issue({ subject: 'other' }), intermediate]);
  assert.equal(path[0]?.subject, 'CN=end-point');
  const self = makeAuthority({ subject: 'self', extensions: [keyUsage('digitalSignature')] });
  refused([self, leaf, intermediate], 'CERTIFICATE_UNTRUSTED', nobodyKnown(0));
});

test('6.1: a trust anchor that is presented is not part of the path, and proves nothing by being there', () => {
  const { path } = accepted([leaf, intermediate, root]);
  assert.equal(path.length, 3);
  const stranger = makeAuthority({ subject: 'stranger' });
  refused([stranger.issue(), stranger], 'CERTIFICATE_UNTRUSTED', nobodyKnown(1));
});

test('6.1: a certificate that is an anchor itself has no path', () => {
  const extensions = [basicConstraints(true), keyUsage('digitalSignature', 'keyCertSign')];
  const anchor = makeAuthority({ extensions });
  accepted([anchor.issue()], { anchors: [anchor.der] });
  refused([anchor], 'CERTIFICATE_UNTRUSTED', nobodyKnown(0), { anchors: [anchor.der] });
});

test('6.1: no certificate is in a path twice, so that authorities that certify each other are no endless path', () => {
  const [a, b] = [makeAuthority({ subject: 'A' }), makeAuthority({ subject: 'B' })];
  const aByB = b.authority({ subject: 'A', key: a.key });
  const bByA = a.authority({ subject: 'B', key: b.key });
  const bByRoot = root.authority({ subject: 'B', key: b.key });
  const end = a.issue();
  const { path } = accepted([end, aByB, bByA, bByRoot]);
  assert.deepEqual(
    path.map(({ subject }) => subject),
    ['CN=end-point', 'CN=A', 'CN=B', 'CN=root'],
  );
  refused([end, aByB, bByA], 'CERTIFICATE_UNTRUSTED', nobodyKnown(2));
});

test('6.1: a path that fails does not hide another one that holds', () => {
  const issuer = makeAuthority({ subject: 'issuer' });
  const expired = root.authority({
    subject: 'issuer',
    key: issuer.key,
    notAfter: new Date('2027-01-01T00:00:00Z'),
  });
  const renewed = root.authority({ subject: 'issuer', key: issuer.key });
  accepted([issuer.issue(), expired, renewed]);
  refused([issuer.issue(), expired], 'CERTIFICATE_EXPIRED', notValid(1));
});

test('6.1.1 (a): a path has at most as many intermediates as are allowed, and 16 certificates', () => {
  const six = descending(root, '1', '2', '3', '4', '5', '6');
  accepted(six);
  refused(six, 'CERTIFICATE_UNTRUSTED', longerThanAllowed(5), { maxDepth: 5 });
  refused(descending(root, '1', '2', '3', '4', '5', '6', '7'), 'CERTIFICATE_UNTRUSTED', longerThanAllowed(6));
  const sixteen = Array.from({ length: 14 }, (_, index) => `${index}`);
  accepted(descending(root, ...sixteen), { maxDepth: 100 });
  refused(descending(root, ...sixteen, '14'), 'CERTIFICATE_UNTRUSTED', longerThanAllowed(15), {
    maxDepth: 100,
  });
});

test('6.1.1 (b): the time is that of the caller, and no date is none', () => {
  accepted(chain, { time: new Date('2026-01-01T00:00:00Z') });
  refused(chain, 'CERTIFICATE_EXPIRED', notValid(0), { time: new Date('2025-12-31T23:59:59Z') });
  assert.throws(() => validatePath([leaf.der], { anchors: [root.der], time: new Date('no date') }), {
    code: 'OPTION_INVALID',
  });
});

test('6.1.1 (c): every policy is acceptable', () => {
  const policies = (id: string) =>
    extension('2.5.29.32', sequence(sequence(objectIdentifier(`1.3.6.1.4.1.99999.${id}`))));
  accepted([root.issue()]);
  accepted([root.issue({ more: [policies('1')] })]);
});

test('6.1.1 (d): of several anchors each is tried', () => {
  const anchors = [makeAuthority({ key: keyFor('old') }).der, makeAuthority({ subject: 'other' }).der];
  accepted(chain, { anchors: [...anchors, root.der] });
  refused(chain, 'CERTIFICATE_UNTRUSTED', badSignature(1), { anchors });
});

test('6.1.1 (d): an anchor is believed for being configured, not for its signature or its issuer', () => {
  const broken = makeAuthority({ editSignature: flipped });
  accepted([broken.issue()], { anchors: [broken.der] });
  accepted([leaf], { anchors: [intermediate.der] });
  refused([broken.issue()], 'CERTIFICATE_UNTRUSTED', badSignature(0), {
    anchors: [makeAuthority({ key: keyFor('other') }).der],
  });
});

test('6.1.1 (d): what an anchor says of its validity, its key and its use binds it', () => {
  accepted([root.issue()]);
  const cases: [AuthorityOptions, FaultCode, Demanded][] = [
    [{ notAfter: new Date('2027-01-01T00:00:00Z') }, 'CERTIFICATE_EXPIRED', notValid(1)],
    [
      { extensions: [keyUsage('cRLSign'), basicConstraints(true)] },
      'CERTIFICATE_UNTRUSTED',
      { position: 1, field: 'keyUsage', clause: 'RFC 5280 6.1.4 (n)' },
    ],
    [
      { extensions: [keyUsage('keyCertSign')] },
      'CERTIFICATE_UNTRUSTED',
      { position: 1, field: 'basicConstraints', clause: 'RFC 5280 6.1.4 (k)' },
    ],
    [
      { more: [extension('1.3.6.1.4.1.99999.2', nothing, true)] },
      'CERTIFICATE_UNSUPPORTED',
      { position: 1, field: 'extensions', clause: 'RFC 5280 6.1.4 (o)' },
    ],
  ];
  for (const [options, code, demanded] of cases) {
    const anchor = makeAuthority(options);
    refused([anchor.issue()], code, demanded, { anchors: [anchor.der] });
  }
});

test('6.1.1 (d): what an anchor says of the purposes and the length of paths binds those below it', () => {
  const anchor = makeAuthority({
    extensions: [basicConstraints(true, 0), keyUsage('keyCertSign'), purposes(serverAuth)],
  });
  const anchors = [anchor.der];
  accepted([anchor.issue()], { anchors, purpose: 'terminating' });
  refused(
    [anchor.issue({ more: [purposes(clientAuth)] })],
    'CERTIFICATE_UNTRUSTED',
    { position: 0, field: 'extKeyUsage', clause: 'RFC 5280 4.2.1.12' },
    { anchors },
  );
  refused(descending(anchor, 'below'), 'CERTIFICATE_UNTRUSTED', tooLong(1), { anchors });
});

test('6.1.1 (h), (i): the initial subtrees are those of the anchor', () => {
  const anchor = makeAuthority({
    nameConstraints: { permitted: ['dns:example.com'], excluded: ['dns:secret.example.com'] },
  });
  const anchors = [anchor.der];
  accepted([anchor.issue({ names: ['dns:a.example.com'] })], { anchors });
  for (const name of ['dns:a.example.org', 'dns:secret.example.com'])
    refused([anchor.issue({ names: [name] })], 'CERTIFICATE_UNTRUSTED', nameOutside(0), { anchors });
});

test('6.1.2 (b), (c): without constraints every name is permitted and none excluded', () => {
  const names = [
    'dns:a.example.com',
    'uri:urn:example:a',
    'ip:c0000201',
    'email:a@example.com',
    'dir:a',
    'rid:1.2.3',
  ];
  accepted([intermediate.issue({ names }), intermediate]);
  const constrained = root.authority({ nameConstraints: { permitted: ['dns:example.org'] } });
  refused([constrained.issue({ names }), constrained], 'CERTIFICATE_UNTRUSTED', nameOutside(0));
});

test('6.1.2 (g)-(j): the first signature is made with the key of the anchor, and names it', () => {
  accepted([root.issue()]);
  const other = makeAuthority({ key: keyFor('other') });
  refused([other.issue()], 'CERTIFICATE_UNTRUSTED', badSignature(0));
  refused([root.issue({ issuer: 'other' })], 'CERTIFICATE_UNTRUSTED', nobodyKnown(0));
});

test('6.1.2 (k): without pathLenConstraint the length is not bound', () => {
  accepted(descending(root, 'a', 'b', 'c', 'd', 'e'));
  const bounded = makeAuthority({ pathLen: 4 });
  refused(descending(bounded, 'a', 'b', 'c', 'd', 'e'), 'CERTIFICATE_UNTRUSTED', tooLong(1), {
    anchors: [bounded.der],
  });
});

test('6.1.3 (a)(1): every signature is that of the issuer', () => {
  accepted(chain);
  refused(
    [intermediate.issue({ editSignature: flipped }), intermediate],
    'CERTIFICATE_UNTRUSTED',
    badSignature(0),
  );
  const forged = root.authority({ editSignature: flipped });
  refused([leaf, forged], 'CERTIFICATE_UNTRUSTED', badSignature(1));
  refused([leaf, root.authority({ key: keyFor('other') })], 'CERTIFICATE_UNTRUSTED', badSignature(0));
});

test('6.1.3 (a)(1): a changed certificate is no longer signed', () => {
  accepted(chain);
  const changed = Buffer.from(leaf.der);
  const at = changed.indexOf('end-point');
  changed.write('end-paint', at);
  refused([{ der: changed }, intermediate], 'CERTIFICATE_UNTRUSTED', badSignature(0));
});

test('6.1.3 (a)(2): the time is within every period of validity, both ends included', () => {
  const period = { notBefore: new Date('2027-01-01T00:00:00Z'), notAfter: new Date('2027-12-31T23:59:59Z') };
  const authority = root.authority(period);
  const cases = [
    [[root.issue(period)], 0],
    [[authority.issue(), authority], 1],
  ] as const;
  for (const [certificates, position] of cases) {
    for (const inside of [period.notBefore, period.notAfter, new Date('2027-12-31T23:59:59.999Z')])
      accepted(certificates, { time: inside });
    for (const outside of ['2026-12-31T23:59:59.999Z', '2028-01-01T00:00:00Z'])
      refused(certificates, 'CERTIFICATE_EXPIRED', notValid(position), { time: new Date(outside) });
  }
});

test('6.1.3 (a)(3): a certificate that its issuer revoked is refused, at each place of the path below the anchor', () => {
  const list = (issuer: Authority, ...entries: { serial: Issued }[]) => makeCrl({ issuer, entries });
  const [lower, upper] = [list(intermediate), list(root)];
  accepted(chain, { crls: [lower, upper] });
  const revoked = (position: number) => ({
    position,
    field: 'status',
    clause: 'RFC 5280 6.3.3 (i)',
    problem: /^revoked on /,
  });
  refused(chain, 'CERTIFICATE_REVOKED', revoked(0), { crls: [list(intermediate, { serial: leaf }), upper] });
  refused(chain, 'CERTIFICATE_REVOKED', revoked(1), { crls: [lower, list(root, { serial: intermediate })] });
});

test('6.1.3 (a)(3): where a status is asked for, a certificate of which nothing is known is refused', () => {
  const unknown = { position: 0, field: 'status', clause: 'RFC 5280 6.1.3 (a)(3)' };
  accepted(chain, { revocation: 'when-available' });
  refused(chain, 'CERTIFICATE_STATUS_UNKNOWN', unknown, { revocation: 'required' });
  refused(chain, 'CERTIFICATE_STATUS_UNKNOWN', unknown, { crls: [makeCrl({ issuer: root })] });
});

test('6.1.3 (a)(3): a response about the certificate does as well as a list (RFC 6960)', () => {
  const response = (status: 'good' | 'revoked') =>
    makeOcspResponse({ issuer: intermediate, certificate: leaf, status });
  accepted(chain, { ocsp: [response('good')] });
  refused(
    chain,
    'CERTIFICATE_REVOKED',
    { position: 0, field: 'status', clause: 'RFC 6960 2.2' },
    { ocsp: [response('revoked')] },
  );
});

test('6.1.3 (a)(4): every issuer is the subject above', () => {
  accepted(chain);
  refused([intermediate.issue({ issuer: 'other' }), intermediate], 'CERTIFICATE_UNTRUSTED', nobodyKnown(0));
  const elsewhere = root.authority({ issuer: 'other' });
  refused([elsewhere.issue(), elsewhere], 'CERTIFICATE_UNTRUSTED', nobodyKnown(1));
});

test('6.1.3 (b): names of end-points and of intermediates are within the permitted subtrees', () => {
  const upper = root.authority({ nameConstraints: { permitted: ['dns:example.com'] } });
  const lower = (name: string) => upper.authority({ subject: 'lower', names: [name] });
  const [inside, outside] = [lower('dns:ca.example.com'), lower('dns:ca.example.org')];
  accepted([inside.issue({ names: ['dns:a.example.com'] }), inside, upper]);
  refused(
    [inside.issue({ names: ['dns:a.example.org'] }), inside, upper],
    'CERTIFICATE_UNTRUSTED',
    nameOutside(0),
  );
  refused([outside.issue(), outside, upper], 'CERTIFICATE_UNTRUSTED', nameOutside(1));
});

test('6.1.3 (c): names of end-points and of intermediates are in no excluded subtree', () => {
  const upper = root.authority({ nameConstraints: { excluded: ['dns:example.org'] } });
  const lower = (name: string) => upper.authority({ subject: 'lower', names: [name] });
  const [inside, outside] = [lower('dns:ca.example.com'), lower('dns:ca.example.org')];
  accepted([inside.issue({ names: ['dns:a.example.com'] }), inside, upper]);
  refused(
    [inside.issue({ names: ['dns:a.example.org'] }), inside, upper],
    'CERTIFICATE_UNTRUSTED',
    nameOutside(0),
  );
  refused([outside.issue(), outside, upper], 'CERTIFICATE_UNTRUSTED', nameOutside(1));
});

test('6.1.3 (b), (c): a self-issued intermediate is not bound by name, but a self-issued end-point is', () => {
  const upper = root.authority({ subject: 'upper', nameConstraints: { permitted: ['dns:example.com'] } });
  const options = { subject: 'upper', key: keyFor('upper 2'), names: ['dns:upper.example.org'] };
  const renewed = upper.authority(options);
  accepted([renewed.issue({ names: ['dns:a.example.com'] }), renewed, upper]);
  refused(
    [renewed.issue({ names: ['dns:a.example.org'] }), renewed, upper],
    'CERTIFICATE_UNTRUSTED',
    nameOutside(0),
  );
  refused([upper.issue(options), upper], 'CERTIFICATE_UNTRUSTED', nameOutside(0));
});

test('6.1.3 (d)-(f): policies of a path that have nothing in common refuse nothing while none is asked for', () => {
  const policies = (arc: number, critical: boolean) =>
    extension('2.5.29.32', sequence(sequence(objectIdentifier(`1.3.6.1.4.1.99999.${arc}`))), critical);
  const authority = root.authority({ extensions: [...forCas, policies(1, true)] });
  accepted([authority.issue({ more: [policies(2, true)] }), authority]);
  accepted([authority.issue(), authority]);
});

test('6.1.4 (a), (b): policyMappings that are critical are refused, others map nothing', () => {
  const anyPolicy = objectIdentifier('2.5.29.32.0');
  const mapping = sequence(sequence(anyPolicy, objectIdentifier('1.3.6.1.4.1.99999.1')));
  const authority = (critical: boolean) =>
    root.authority({ extensions: [...forCas, extension('2.5.29.33', mapping, critical)] });
  accepted([authority(false).issue(), authority(false)]);
  refused([authority(true).issue(), authority(true)], 'CERTIFICATE_UNSUPPORTED', {
    position: 1,
    field: 'extensions',
    clause: 'RFC 5280 6.1.4 (o)',
  });
});

test('6.1.4 (c): the issuer of the next certificate is the subject of this one, not of one above', () => {
  const [end, lower, upper] = descending(root, 'upper', 'lower');
  assert.ok(end && lower && upper);
  accepted([end, lower, upper]);
  refused([end, upper], 'CERTIFICATE_UNTRUSTED', nobodyKnown(0));
});

test('6.1.4 (d)-(f): the next signature is made with the key of this certificate, whose parameters are its own', () => {
  accepted(chain);
  const { x = '', y = '' } = createPublicKey(intermediate.key).export({ format: 'jwk' });
  const point = Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  const idEcPublicKey = objectIdentifier('1.2.840.10045.2.1');
  for (const algorithm of [sequence(idEcPublicKey), sequence(idEcPublicKey, nothing)]) {
    const inheriting = root.authority({ publicKey: sequence(algorithm, bitString(point)) });
    refused([leaf, inheriting], 'CERTIFICATE_UNSUPPORTED', {
      position: 1,
      field: 'subjectPublicKeyInfo',
      clause: 'RFC 5280 4.1.1.2, 4.1.2.7',
    });
  }
});

test('6.1.4 (d)-(f): the kind of the signature is the kind of the key', () => {
  const authority = root.authority({ key: otherKey(2048), subject: 'RSA' });
  const algorithm = sequence(objectIdentifier('1.2.840.113549.1.1.11'), nothing);
  accepted([authority.issue({ signatureAlgorithm: algorithm }), authority]);
  refused([authority.issue(), authority], 'CERTIFICATE_UNTRUSTED', badSignature(0));
});

test('6.1.4 (g): permitted subtrees of several authorities have all to be kept', () => {
  const upper = root.authority({ subject: 'upper', nameConstraints: { permitted: ['dns:example.com'] } });
  const lower = upper.authority({
    subject: 'lower',
    nameConstraints: { permitted: ['dns:a.example.com', 'dns:example.org'] },
  });
  const named = (name: string) => [lower.issue({ names: [name] }), lower, upper];
  accepted(named('dns:a.example.com'));
  for (const name of ['dns:b.example.com', 'dns:example.org', 'dns:example.net'])
    refused(named(name), 'CERTIFICATE_UNTRUSTED', nameOutside(0));
});

test('6.1.4 (g): excluded subtrees of several authorities add up', () => {
  const upper = root.authority({ subject: 'upper', nameConstraints: { excluded: ['dns:a.example.com'] } });
  const lower = upper.authority({ subject: 'lower', nameConstraints: { excluded: ['dns:b.example.com'] } });
  const named = (name: string) => [lower.issue({ names: [name] }), lower, upper];
  accepted(named('dns:c.example.com'));
  for (const name of ['dns:a.example.com', 'dns:b.example.com'])
    refused(named(name), 'CERTIFICATE_UNTRUSTED', nameOutside(0));
});

test('6.1.4 (g): constraints of a self-issued certificate bind those below it', () => {
  const upper = root.authority({ subject: 'upper' });
  const renewed = upper.authority({
    subject: 'upper',
    key: keyFor('upper 2'),
    extensions: [...forCas, nameConstraints({ permitted: ['dns:example.com'] })],
  });
  accepted([renewed.issue({ names: ['dns:a.example.com'] }), renewed, upper]);
  refused(
    [renewed.issue({ names: ['dns:example.org'] }), renewed, upper],
    'CERTIFICATE_UNTRUSTED',
    nameOutside(0),
  );
});

test('6.1.4 (h), (i): policyConstraints of an authority are refused, and so no counter runs', () => {
  accepted(chain);
  const content = sequence(der(0x80, Buffer.of(3)));
  const asking = root.authority({ extensions: [...forCas, extension('2.5.29.36', content)] });
  refused([asking.issue(), asking], 'CERTIFICATE_UNSUPPORTED', {
    position: 1,
    field: 'policyConstraints',
    clause: 'RFC 5280 6.1.4 (i)',
  });
});

test('6.1.4 (j): inhibitAnyPolicy that is critical is refused', () => {
  const authority = (critical: boolean) =>
    root.authority({ extensions: [...forCas, extension('2.5.29.54', integer(1), critical)] });
  accepted([authority(false).issue(), authority(false)]);
  refused([authority(true).issue(), authority(true)], 'CERTIFICATE_UNSUPPORTED', {
    position: 1,
    field: 'extensions',
    clause: 'RFC 5280 6.1.4 (o)',
  });
});

test('6.1.4 (k): who issues is a certification authority, and says so', () => {
  accepted(chain);
  const demanded = { position: 1, field: 'basicConstraints', clause: 'RFC 5280 6.1.4 (k)' };
  for (const extensions of [
    [],
    [keyUsage('keyCertSign')],
    [basicConstraints(false), keyUsage('keyCertSign')],
  ]) {
    const none = root.authority({ extensions });
    refused([none.issue(), none], 'CERTIFICATE_UNTRUSTED', demanded);
  }
});

test('6.1.4 (k): a certificate of version 1 issues nothing, as intermediate or as anchor', () => {
  const first = root.authority({ version: new Uint8Array(), extensions: [] });
  accepted(chain);
  refused([first.issue(), first], 'CERTIFICATE_UNSUPPORTED', {
    position: 1,
    field: 'certificate_list.1.tbsCertificate.version',
    clause: 'RFC 5280 4.1.2.1',
  });
  const anchor = makeAuthority({ version: new Uint8Array(), extensions: [] });
  refused(
    [anchor.issue()],
    'CERTIFICATE_UNSUPPORTED',
    { position: null, field: 'anchors.0.tbsCertificate.version', clause: 'RFC 5280 4.1.2.1' },
    { anchors: [anchor.der] },
  );
});

test('6.1.4 (l): not more intermediates follow than pathLenConstraint allows', () => {
  for (const pathLen of [0, 1, 2]) {
    const upper = root.authority({ subject: 'upper', pathLen });
    const below = ['1', '2', '3'];
    accepted([...descending(upper, ...below.slice(0, pathLen)), upper]);
    refused(
      [...descending(upper, ...below.slice(0, pathLen + 1)), upper],
      'CERTIFICATE_UNTRUSTED',
      tooLong(1),
    );
  }
});

test('6.1.4 (l): self-issued intermediates do not count, and the end-point does not', () => {
  const upper = root.authority({ subject: 'upper', pathLen: 0 });
  const second = rollover(upper, 'upper', 2);
  const third = rollover(second, 'upper', 3);
  accepted([third.issue(), third, second, upper]);
  accepted([upper.issue({ subject: 'upper', key: keyFor('end-point') }), upper]);
  refused([...descending(third, 'lower'), third, second, upper], 'CERTIFICATE_UNTRUSTED', tooLong(1));
});

test('6.1.4 (m): a smaller pathLenConstraint below counts, a larger one does not', () => {
  const upper = root.authority({ subject: 'upper', pathLen: 2 });
  const smaller = upper.authority({ subject: 'middle', pathLen: 0 });
  const larger = upper.authority({ subject: 'middle', pathLen: 9 });
  accepted([smaller.issue(), smaller, upper]);
  refused([...descending(smaller, 'a'), smaller, upper], 'CERTIFICATE_UNTRUSTED', tooLong(1));
  accepted([...descending(larger, 'a'), larger, upper]);
  refused([...descending(larger, 'a', 'b'), larger, upper], 'CERTIFICATE_UNTRUSTED', tooLong(1));
});

test('6.1.4 (m): pathLenConstraint of a self-issued certificate counts', () => {
  const upper = root.authority({ subject: 'upper' });
  const renewed = upper.authority({ subject: 'upper', key: keyFor('upper 2'), pathLen: 0 });
  accepted([renewed.issue(), renewed, upper]);
  refused([...descending(renewed, 'a'), renewed, upper], 'CERTIFICATE_UNTRUSTED', tooLong(1));
});

test('6.1.4 (n): keyUsage of who issues, where it is present, has keyCertSign', () => {
  const using = (...extensions: readonly Uint8Array[]) =>
    root.authority({ extensions: [basicConstraints(true), ...extensions] });
  accepted([using().issue(), using()]);
  const signing = using(keyUsage('keyCertSign'));
  accepted([signing.issue(), signing]);
  const other = using(keyUsage('digitalSignature', 'cRLSign'));
  refused([other.issue(), other], 'CERTIFICATE_UNTRUSTED', {
    position: 1,
    field: 'keyUsage',
    clause: 'RFC 5280 6.1.4 (n)',
  });
});

test('6.1.4 (o): a critical extension of an authority that is not processed is refused', () => {
  const authority = (critical: boolean) =>
    root.authority({ more: [extension('1.3.6.1.4.1.99999.2', nothing, critical)] });
  accepted([authority(false).issue(), authority(false)]);
  refused([authority(true).issue(), authority(true)], 'CERTIFICATE_UNSUPPORTED', {
    position: 1,
    field: 'extensions',
    clause: 'RFC 5280 6.1.4 (o)',
  });
});

test('6.1.5 (a), (b): policyConstraints of an end-point are refused', () => {
  accepted([root.issue()]);
  const content = sequence(der(0x80, Buffer.of(0)));
  refused([root.issue({ more: [extension('2.5.29.36', content)] })], 'CERTIFICATE_UNSUPPORTED', {
    position: 0,
    field: 'policyConstraints',
    clause: 'RFC 5280 6.1.4 (i)',
  });
});

test('6.1.5 (c)-(e): the key of the end-point is one that is processed, with parameters of its own', () => {
  accepted([root.issue({ key: otherKey('P-384') })]);
  refused([root.issue({ key: otherKey(1024) })], 'CERTIFICATE_UNSUPPORTED', {
    position: 0,
    field: 'subjectPublicKeyInfo',
    clause: 'RFC 5280 4.1.1.2, 4.1.2.7',
  });
});

test('6.1.5 (f): a critical extension of an end-point that is not processed is refused', () => {
  const end = (critical: boolean) =>
    root.issue({ more: [extension('1.3.6.1.4.1.99999.2', nothing, critical)] });
  accepted([end(false)]);
  refused([end(true)], 'CERTIFICATE_UNSUPPORTED', {
    position: 0,
    field: 'extensions',
    clause: 'RFC 5280 6.1.5 (f)',
  });
});

test('6.1.6: the path is told with its anchor, and without what was presented beside it', () => {
  const { path, signatureChecks } = accepted([leaf, makeAuthority({ subject: 'stranger' }), intermediate]);
  assert.deepEqual(
    path.map(({ issuer }) => issuer),
    ['CN=intermediate', 'CN=root', 'CN=root'],
  );
  assert.equal(signatureChecks, 2);
  refused(
    [makeAuthority({ subject: 'stranger' }).issue(), ...chain],
    'CERTIFICATE_UNTRUSTED',
    nobodyKnown(0),
  );
});
