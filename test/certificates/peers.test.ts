import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCertificate } from '../../src/certificates/certificate.ts';
import { type CertificatePeer, type PeerEntry, Peers } from '../../src/certificates/peers.ts';
import { TrustAnchors } from '../../src/certificates/trust-anchors.ts';
import { makeAuthority, name } from '../../src/testing/certificate-maker.ts';

const root = makeAuthority();
const trust = TrustAnchors.fromCertificates([root.der]);
const ae1 = '//m2m.example.com/cse/Cae1';
const ae2 = '//m2m.example.com/cse/Cae2';
const cse = '//m2m.example.com/cse-b';
const cseName = 'cse-b.m2m.example.com';

const ae = (entity: string | null): CertificatePeer => ({ entity, flavour: 'ae-id', trust });
const cseEntry: CertificatePeer = { entity: cse, flavour: 'cse-id', identifier: cseName, trust };
const anything: CertificatePeer = { entity: null, flavour: 'any', trust };

const certificate = (...names: string[]) => parseCertificate(root.issue({ names }).der);
const matches = (peers: Peers, ...names: string[]) =>
  peers.match(certificate(...names)).map(({ entity, identity }) => [entity, identity.flavour, identity.id]);

test('nobody is a peer who has no entry', () => {
  assert.ok(new Peers([]).isEmpty);
  assert.equal(new Peers([cseEntry]).isEmpty, false);
  assert.deepEqual(matches(new Peers([]), `uri:${ae1}`), []);
  assert.deepEqual(matches(new Peers([ae(ae1), cseEntry]), `uri:${ae2}`, 'dns:other.example.com'), []);
});

test('a certificate fits the entry whose identifier it holds, exactly', () => {
  const peers = new Peers([ae(ae1), cseEntry]);
  assert.deepEqual(matches(peers, `uri:${ae1}`), [[ae1, 'ae-id', ae1]]);
  assert.deepEqual(matches(peers, `uri:m2m:${ae1}`), [[ae1, 'ae-id', ae1]]);
  assert.deepEqual(matches(peers, `dns:${cseName.toUpperCase()}`), [[cse, 'cse-id', cseName]]);
  for (const wrong of [
    ae1.toUpperCase(),
    ae1.toLowerCase(),
    `${ae1}/`,
    `${ae1}1`,
    ae1.slice(0, -1),
    ae1.replace('m2m.', 'M2M.'),
  ])
    assert.deepEqual(matches(peers, `uri:${wrong}`), [], wrong);
  for (const wrong of [
    `dns:a.${cseName}`,
    'dns:m2m.example.com',
    `uri:https://${cseName}`,
    `email:a@${cseName}`,
  ])
    assert.deepEqual(matches(peers, wrong), [], wrong);
});

test('an AE-ID is compared as the entry writes it, and keys are bound to its normal form', () => {
  const written = '//M2M.example.com/cse/Cae1';
  const peers = new Peers([ae(written)]);
  assert.deepEqual(matches(peers, `uri:${written}`), [[ae1, 'ae-id', written]]);
  assert.deepEqual(matches(peers, `uri:${ae1}`), []);
});

test('an AE-ID entry without entity but with identifier is bound to that AE', () => {
  const peers = new Peers([{ ...ae(null), identifier: ae1 }]);
  assert.deepEqual(matches(peers, `uri:${ae1}`), [[ae1, 'ae-id', ae1]]);
  assert.deepEqual(matches(peers, `uri:${ae2}`), []);
  assert.equal(peers.forEntity(ae1, 'initiating').isEmpty, false);
});

test('an entry for every AE takes the entity from the certificate', () => {
  const peers = new Peers([ae(null)]);
  assert.deepEqual(matches(peers, `uri:${ae1}`), [[ae1, 'ae-id', ae1]]);
  assert.deepEqual(matches(peers, 'uri://M2M.example.com/cse/Cae1'), [
    [ae1, 'ae-id', '//M2M.example.com/cse/Cae1'],
  ]);
  assert.deepEqual(matches(peers, `dns:${cseName}`), []);
});

test('an entry of its own shadows every entry for everybody, however its certificate writes the name', () => {
  const elsewhere = TrustAnchors.fromCertificates([]);
  const peers = new Peers([{ ...ae(ae1), trust: elsewhere }, ae(null), anything]);
  assert.deepEqual(
    peers.match(certificate(`uri:${ae1}`)).map(({ peer }) => peer.trust),
    [elsewhere],
  );
  assert.deepEqual(matches(peers, `uri:${ae1.replace('m2m.', 'M2M.')}`), []);
  assert.equal(peers.match(certificate(`uri:${ae2}`))[0]?.peer.trust, trust);
});

test('the lab entry takes any certificate that names somebody', () => {
  const peers = new Peers([anything]);
  assert.deepEqual(matches(peers, `uri:${ae1}`, 'dns:a.example'), [[ae1, 'ae-id', ae1]]);
  assert.deepEqual(matches(peers, 'dns:A.example', `uri:${ae1}`), [['a.example', 'cse-id', 'a.example']]);
  assert.deepEqual(matches(peers), [['CN=end-point', 'x509', 'CN=end-point']]);
  assert.deepEqual(peers.match(parseCertificate(root.issue({ subject: name('') }).der)), []);
});

test('an entry without entity but with a domain name is bound to that name', () => {
  const peers = new Peers([{ entity: null, flavour: 'cse-id', identifier: 'CSE.example.com', trust }]);
  assert.deepEqual(matches(peers, 'dns:cse.example.com'), [['cse.example.com', 'cse-id', 'cse.example.com']]);
  assert.equal(peers.forEntity('cse.example.com', 'initiating').isEmpty, false);
});

test('a certificate that names two peers is refused: the choice is not its own', () => {
  const refusal = { code: 'IDENTITY_MISMATCH', message: /several peers/ };
  assert.throws(() => matches(new Peers([ae(ae1), ae(ae2)]), `uri:${ae1}`, `uri:${ae2}`), refusal);
  assert.throws(() => matches(new Peers([ae(ae1), cseEntry]), `uri:${ae1}`, `dns:${cseName}`), refusal);
  assert.throws(() => matches(new Peers([ae(null)]), `uri:${ae1}`, `uri:${ae2}`), refusal);
  assert.deepEqual(matches(new Peers([ae(ae2)]), `uri:${ae1}`, `uri:${ae2}`), [[ae2, 'ae-id', ae2]]);
  const twice = new Peers([cseEntry, { ...cseEntry, identifier: 'second.example' }]);
  assert.equal(matches(twice, 'dns:second.example', `dns:${cseName}`).length, 2);
});

test('forEntity leaves the entries of one entity', () => {
  const peers = new Peers([
    ae(ae1),
    ae(ae2),
    cseEntry,
    { ...cseEntry, identifier: 'second.example' },
    anything,
  ]);
  assert.deepEqual(matches(peers.forEntity(ae1, 'initiating'), `uri:${ae1}`), [[ae1, 'ae-id', ae1]]);
  assert.deepEqual(matches(peers.forEntity(ae1, 'initiating'), `uri:${ae2}`), []);
  assert.deepEqual(matches(peers.forEntity(cse, 'initiating'), 'dns:second.example'), [
    [cse, 'cse-id', 'second.example'],
  ]);
  assert.deepEqual(matches(peers.forEntity(cse, 'initiating'), 'dns:other.example'), []);
  for (const nobody of ['//m2m.example.com/cse/Cae3', '//m2m.example.com/x', 'x', ''])
    assert.ok(peers.forEntity(nobody, 'initiating').isEmpty);
});

test('forEntity narrows an entry for every AE to the one that is meant', () => {
  const peers = new Peers([{ ...ae(null), exportIndicator: 'required', roles: ['terminating'] }, ae(ae2)]);
  const narrowed = peers.forEntity(ae1, 'terminating');
  assert.deepEqual(matches(narrowed, `uri:${ae1}`), [[ae1, 'ae-id', ae1]]);
  assert.deepEqual(matches(narrowed, 'uri://m2m.example.com/cse/Cae3'), []);
  const [match] = narrowed.match(certificate(`uri:${ae1}`));
  assert.deepEqual([match?.peer.exportIndicator, match?.peer.roles], ['required', ['terminating']]);
  assert.equal(
    peers.forEntity(ae2, 'initiating').match(certificate(`uri:${ae2}`))[0]?.peer.exportIndicator,
    'optional',
  );
  assert.ok(peers.forEntity('//m2m.example.com/cse', 'terminating').isEmpty);
});

test('forEntity leaves out the entries that do not let the peer take the role', () => {
  const peers = new Peers([
    { ...ae(null), roles: ['terminating'] },
    { ...ae(ae2), roles: ['initiating'] },
  ]);
  assert.ok(peers.forEntity(ae1, 'initiating').isEmpty);
  assert.ok(peers.forEntity(ae2, 'terminating').isEmpty);
  assert.equal(peers.forEntity(ae2, 'initiating').isEmpty, false);
});

test('entries are checked, and the field at fault is named', () => {
  const cases: [entries: unknown[], message: RegExp][] = [
    [[ae('Cae1')], /^peers\.0\.entity: "Cae1" is no absolute/],
    [[ae('/cse/Cae1')], /^peers\.0\.entity/],
    [[ae('')], /^peers\.0\.entity/],
    [[ae(cse)], /^peers\.0\.identifier: .* no Absolute-AE-ID/],
    [
      [{ ...ae(ae1), identifier: ae2 }],
      /^peers\.0\.identifier: an AE-ID certificate for .* names another entity/,
    ],
    [[{ ...ae(null), identifier: 'x' }], /^peers\.0\.identifier/],
    [[cseEntry, { ...cseEntry, identifier: null }], /^peers\.1\.identifier: the public domain name/],
    [[{ ...cseEntry, identifier: '*.example.com' }], /^peers\.0\.identifier/],
    [[{ ...cseEntry, entity: cseName }], /^peers\.0\.entity/],
    [[{ ...anything, entity: ae1 }], /^peers\.0\.flavour/],
    [[{ ...anything, identifier: ae1 }], /^peers\.0\.flavour/],
    [[{ ...cseEntry, flavour: 'node-id' }], /^peers\.0\.flavour/],
    [[{ ...cseEntry, roles: [] }], /^peers\.0\.roles/],
    [[{ ...cseEntry, roles: ['server'] }], /^peers\.0\.roles/],
    [[{ ...cseEntry, exportIndicator: 'yes' }], /^peers\.0\.exportIndicator/],
    [[{ ...cseEntry, requireNameConstraints: 'yes' }], /^peers\.0\.requireNameConstraints/],
    [[{ ...cseEntry, trust: [] }], /^peers\.0\.trust/],
    [[cseEntry, { ...cseEntry, entity: ae1 }], /^peers\.1\.identifier: cse-b.* another entry/],
    [[ae(ae1), ae(ae1)], /^peers\.1\.identifier/],
    [[ae(null), ae(null)], /^peers\.1\.flavour: a second entry for everybody/],
  ];
  for (const [entries, message] of cases)
    assert.throws(() => new Peers(entries as PeerEntry[]), { code: 'OPTION_INVALID', message });
});

test('a peer is found among 100,000 without looking at each', () => {
  const entries = Array.from({ length: 100_000 }, (_, index) => ae(`//m2m.example.com/cse/Cae${index}`));
  const peers = new Peers(entries);
  const wanted = certificate('uri://m2m.example.com/cse/Cae99999');
  // Looking at each entry would make this 10^9 comparisons.
  for (let round = 0; round < 10_000; round++) assert.equal(peers.match(wanted).length, 1);
});
