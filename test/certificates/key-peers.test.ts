// Peers that are known by a raw public key or a pre-shared key: what an entry may say, and whom it names.
import assert from 'node:assert/strict';
import { createPublicKey, hash } from 'node:crypto';
import { test } from 'node:test';
import { parseCertificate } from '../../src/certificates/certificate.ts';
import {
  type CertificatePeer,
  type PeerEntry,
  Peers,
  type PresharedKeyPeer,
  type RawPublicKeyPeer,
} from '../../src/certificates/peers.ts';
import { parseRawPublicKey, type RawPublicKey } from '../../src/certificates/raw-public-key.ts';
import { TrustAnchors } from '../../src/certificates/trust-anchors.ts';
import { type DigestAlgorithm, niUri } from '../../src/identifiers/public-key-identifier.ts';
import { keyFor, makeAuthority } from '../../src/testing/certificate-maker.ts';

const ae1 = '//m2m.example.com/cse/Cae1';
const ae2 = '//m2m.example.com/cse/Cae2';
const cse = '//m2m.example.com/cse-b';
const root = makeAuthority();
const trust = TrustAnchors.fromCertificates([root.der]);

const keyNamed = (name: string): RawPublicKey =>
  parseRawPublicKey(createPublicKey(keyFor(name)).export({ format: 'der', type: 'spki' }));
const key = keyNamed('one');
const pin = (algorithm: DigestAlgorithm = 'sha-256', of = key) => niUri(of.digest, algorithm);
const algorithms = ['sha-256', 'sha-256-128', 'sha-256-120'] as const;

const raw = (entity: string | null, of = pin()): RawPublicKeyPeer => ({ entity, flavour: 'raw', pin: of });
const psk = (entity: string | null, pskIdentity = 'Kpsa-1'): PresharedKeyPeer => ({
  entity,
  flavour: 'psk',
  pskIdentity,
  roles: ['initiating'],
});
const ae = (entity: string | null): CertificatePeer => ({ entity, flavour: 'ae-id', trust });

const entities = (peers: Peers, of = key) => peers.matchRawPublicKey(of).map(({ entity }) => entity);
const optionInvalid = (entries: readonly PeerEntry[], message: RegExp) =>
  assert.throws(() => new Peers(entries), { code: 'OPTION_INVALID', message });

for (const algorithm of algorithms)
  test(`a pin of ${algorithm} names its key and no other (TS-0003 10.1.2)`, () => {
    const peers = new Peers([raw(ae1, pin(algorithm))]);
    assert.deepEqual(entities(peers), [ae1]);
    assert.deepEqual(entities(peers, keyNamed('other')), []);
    assert.deepEqual(
      peers.match(parseCertificate(root.issue({ names: [`uri:${ae1}`], key: keyFor('one') }).der)),
      [],
    );
  });

test('the authority in a pin plays no part (RFC 6920 §2)', () => {
  const peers = new Peers([raw(ae1, pin().replace('ni:///', 'ni://example.com/'))]);
  assert.deepEqual(entities(peers), [ae1]);
});

test('a pin that is no public key identifier is refused, with the reason', () => {
  for (const wrong of [
    '',
    'sha-256',
    key.fingerprint,
    `${pin()}=`,
    `${pin()}?ct=x`,
    pin().replace('256', '1'),
  ])
    optionInvalid([ae(ae2), raw(ae1, wrong)], /^peers\.1\.pin: .* no public key identifier/);
  optionInvalid([{ ...raw(ae1), pin: undefined as unknown as string }], /^peers\.0\.pin:/);
});

test('a pin stands once, however it is written: the later entry would be that of nobody', () => {
  optionInvalid([raw(ae1), raw(ae2)], /^peers\.1\.pin: ni:\/\/\/sha-256;.* is in another entry already/);
  optionInvalid([raw(ae1), raw(ae1, pin().replace('ni:///', 'ni://example.com/'))], /^peers\.1\.pin/);
});

test('pins of several lengths for one key name one entity, the longest pin first', () => {
  const entries = algorithms.map(algorithm => raw(ae1, pin(algorithm)));
  const matches = new Peers(entries.toReversed()).matchRawPublicKey(key);
  assert.deepEqual(
    matches.map(({ peer }) => peer.pin),
    entries.map(entry => entry.pin),
  );
});

test('pins of several lengths for one key and several entities are refused: the choice is not its own', () => {
  for (const [one, other] of [
    ['sha-256', 'sha-256-128'],
    ['sha-256', 'sha-256-120'],
    ['sha-256-128', 'sha-256-120'],
  ] as const) {
    const peers = new Peers([raw(ae1, pin(one)), raw(ae2, pin(other))]);
    assert.throws(() => peers.matchRawPublicKey(key), {
      code: 'IDENTITY_MISMATCH',
      message: /pinned for several peers, .*Cae1 and .*Cae2/,
    });
  }
});

test('a pin without entity is bound to itself', () => {
  const peers = new Peers([raw(null, pin('sha-256-128'))]);
  assert.deepEqual(entities(peers), [pin('sha-256-128')]);
  assert.deepEqual(entities(peers.forEntity(pin('sha-256-128'), 'initiating')), [pin('sha-256-128')]);
});

test('the identity of a pre-shared key names its peer, exactly', () => {
  const peers = new Peers([psk(ae1), psk(ae2, 'Kpsa-2')]);
  assert.equal(peers.matchPsk('Kpsa-1')?.entity, ae1);
  assert.equal(peers.matchPsk('Kpsa-2')?.entity, ae2);
  for (const other of ['', 'kpsa-1', 'Kpsa-1 ', 'Kpsa-', 'Kpsa-11', 'Kpsa-1\0', ae1])
    assert.equal(peers.matchPsk(other), null);
});

test('an identity of a pre-shared key without entity is bound to itself', () => {
  const peers = new Peers([psk(null)]);
  assert.equal(peers.matchPsk('Kpsa-1')?.entity, 'Kpsa-1');
  assert.equal(peers.forEntity('Kpsa-1', 'initiating').matchPsk('Kpsa-1')?.entity, 'Kpsa-1');
});

test('identities that Unicode writes in two ways are two: bytes are compared (RFC 4279 §5.1)', () => {
  const peers = new Peers([psk(ae1, 'K\u00e9')]);
  assert.equal(peers.matchPsk('Ke\u0301'), null);
});

test('an identity of a pre-shared key has 1 to 1024 bytes of UTF-8 (RFC 4279 §5.1)', () => {
  for (const right of ['x', 'x'.repeat(1024), '\u{1f511}'.repeat(256)])
    assert.deepEqual(new Peers([psk(ae1, right)]).pskIdentities, [right]);
  for (const wrong of ['', 'x'.repeat(1025), '\u{1f511}'.repeat(256).concat('x'), undefined, 7])
    optionInvalid([{ ...psk(ae1), pskIdentity: wrong as string }], /^peers\.0\.pskIdentity: 1 to 1024 bytes/);
});

test('a lone surrogate is no UTF-8: it would travel as another character', () => {
  for (const wrong of ['K\ud83d', '\udd11K'])
    optionInvalid([psk(ae1, wrong)], /^peers\.0\.pskIdentity: 1 to 1024 bytes/);
});

test('an identity of a pre-shared key stands once', () => {
  optionInvalid([psk(ae1), psk(ae2)], /^peers\.1\.pskIdentity: "Kpsa-1" is in another entry already/);
});

test('a pre-shared key is for exactly one role of the peer, or it could be reflected (RFC 9257 §4.1)', () => {
  const { roles: _, ...without } = psk(ae1);
  const wrong: unknown[] = [
    without,
    { ...without, roles: [] },
    { ...without, roles: ['initiating', 'terminating'] },
    { ...without, roles: ['server'] },
  ];
  for (const entry of wrong) optionInvalid([entry as PeerEntry], /^peers\.0\.roles:/);
  optionInvalid([without as PeerEntry], /for one role of the peer, or it could be reflected/);
  for (const role of ['initiating', 'terminating'] as const)
    assert.deepEqual(new Peers([{ ...without, roles: [role] }]).matchPsk('Kpsa-1')?.peer.roles, [role]);
});

test('one entity has pre-shared keys or other credentials, never both, in whatever order they stand', () => {
  const message = /^peers\.1\.flavour: .*Cae1 has a pre-shared key in one entry and another credential/;
  for (const other of [ae(ae1), raw(ae1), { ...ae(null), identifier: ae1 }]) {
    optionInvalid([psk(ae1), other], message);
    optionInvalid([other, psk(ae1)], message);
  }
  // In whatever form the entity is written.
  optionInvalid([psk('//M2M.example.com/cse/Cae1'), raw(ae1)], message);
});

test('one entity may have several keys of one kind, and certificates beside raw public keys', () => {
  assert.deepEqual(new Peers([psk(ae1), psk(ae1, 'Kpsa-2')]).pskIdentities, ['Kpsa-1', 'Kpsa-2']);
  const peers = new Peers([raw(ae1), raw(ae1, pin('sha-256', keyNamed('two'))), ae(ae1)]);
  assert.deepEqual(entities(peers, keyNamed('two')), [ae1]);
});

test('one entity is the terminating end-point with one pre-shared key: which of two to send would be a guess', () => {
  const terminating = (entity: string | null, pskIdentity: string): PresharedKeyPeer => ({
    ...psk(entity, pskIdentity),
    roles: ['terminating'],
  });
  optionInvalid(
    [terminating(ae1, 'old'), terminating(ae1, 'new')],
    /^peers\.1\.pskIdentity: .*Cae1 is the terminating end-point in another entry with a pre-shared key/,
  );
  optionInvalid([terminating(ae1, 'old'), psk(ae1), terminating(ae1, 'new')], /^peers\.2\.pskIdentity/);
  // In whatever form the entity is written.
  optionInvalid(
    [terminating(ae1, 'old'), terminating('//M2M.example.com/cse/Cae1', 'new')],
    /^peers\.1\.pskIdentity/,
  );
  const others = [terminating(ae2, 'of another'), terminating(null, 'of nobody'), terminating(null, 'else')];
  assert.equal(new Peers([terminating(ae1, 'old'), ...others]).pskIdentities.length, 4);
  // As initiating end-point it says which, so that one can be replaced.
  const several = [psk(ae1, 'old'), terminating(ae1, 'ours'), psk(ae1, 'new')];
  assert.deepEqual(new Peers(several).forEntity(ae1, 'initiating').pskIdentities, ['old', 'new']);
});

test('inRole leaves the entries for the role, of everybody and of each entity (TS-0003 8.1.2.4)', () => {
  const terminating = { roles: ['terminating'] } as const;
  const peers = new Peers([
    { ...raw(ae1), ...terminating },
    psk(ae2),
    { ...psk(cse, 'Kpsa-2'), ...terminating },
    { ...ae(null), ...terminating },
  ]);
  const [initiatingOnes, terminatingOnes] = [peers.inRole('initiating'), peers.inRole('terminating')];
  assert.deepEqual([initiatingOnes.pskIdentities, initiatingOnes.certificateTypes], [['Kpsa-1'], []]);
  assert.deepEqual(terminatingOnes.pskIdentities, ['Kpsa-2']);
  assert.deepEqual(terminatingOnes.certificateTypes.toSorted(), ['raw', 'x509']);
  assert.deepEqual(entities(initiatingOnes), []);
  assert.deepEqual(entities(terminatingOnes), [ae1]);
  assert.ok(new Peers([psk(ae1)]).inRole('terminating').isEmpty);
  const leaf = parseCertificate(root.issue({ names: [`uri:${ae1}`] }).der);
  assert.deepEqual(new Peers([ae(null)]).inRole('initiating').match(leaf).length, 1);
});

test('certificateTypes and pskIdentities say what peers authenticate themselves with, in the order of the entries', () => {
  const types = (...entries: PeerEntry[]) => new Peers(entries).certificateTypes;
  assert.deepEqual(types(), []);
  assert.deepEqual(types(psk(ae1)), []);
  assert.deepEqual(types(ae(ae1)), ['x509']);
  assert.deepEqual(types(raw(ae1)), ['raw']);
  assert.deepEqual(types(raw(ae1), psk(cse), ae(ae1)), ['raw', 'x509']);
  assert.deepEqual(types(ae(ae1), raw(ae1), ae(ae2)), ['x509', 'raw']);
  const peers = new Peers([psk(ae2, 'b'), ae(ae1), psk(cse, 'a')]);
  assert.deepEqual(peers.pskIdentities, ['b', 'a']);
  assert.deepEqual([...peers.trusts], [trust]);
});

test('forEntity leaves the keys of one entity that are for the role', () => {
  const initiating = { ...raw(ae1), roles: ['initiating'] } as const;
  const peers = new Peers([initiating, ae(ae1), psk(cse), psk(ae2, 'Kpsa-2')]);
  assert.deepEqual(entities(peers.forEntity(ae1, 'initiating')), [ae1]);
  assert.deepEqual(peers.forEntity(ae1, 'terminating').certificateTypes, ['x509']);
  assert.deepEqual(peers.forEntity(ae1, 'initiating').certificateTypes, ['raw', 'x509']);
  const own = peers.forEntity(ae2, 'initiating');
  assert.deepEqual([own.pskIdentities, own.certificateTypes], [['Kpsa-2'], []]);
  assert.ok(peers.forEntity(ae2, 'terminating').isEmpty);
  assert.equal(new Peers([psk(ae1)]).isEmpty, false);
});

test('a key of an entity shadows the entry for every AE: no certificate stands in for it', () => {
  const leaf = parseCertificate(root.issue({ names: [`uri:${ae1}`] }).der);
  for (const own of [raw(ae1), psk(ae1)]) {
    const peers = new Peers([ae(null), own]);
    assert.deepEqual(peers.match(leaf), []);
    assert.deepEqual(peers.forEntity(ae1, 'initiating').match(leaf), []);
    assert.equal(peers.match(parseCertificate(root.issue({ names: [`uri:${ae2}`] }).der)).length, 1);
  }
});

test('entries of keys are checked like the others, and the field at fault is named', () => {
  for (const entry of [raw(ae1), psk(ae1)]) {
    optionInvalid([{ ...entry, entity: 'Cae1' }], /^peers\.0\.entity: "Cae1" is no absolute/);
    optionInvalid([{ ...entry, entity: '/cse/Cae1' }], /^peers\.0\.entity/);
    optionInvalid(
      [{ ...entry, exportIndicator: 'yes' } as unknown as PeerEntry],
      /^peers\.0\.exportIndicator/,
    );
  }
  optionInvalid([{ ...raw(ae1), roles: [] }], /^peers\.0\.roles/);
  assert.deepEqual(entities(new Peers([raw('//M2M.example.com/cse/Cae1')])), [ae1]);
  assert.equal(new Peers([psk('//M2M.example.com/cse/Cae1')]).matchPsk('Kpsa-1')?.entity, ae1);
});

test('a key is found among 100,000 without looking at each', () => {
  const count = 100_000;
  const peers = new Peers(
    Array.from({ length: count }, (_, n) => [
      raw(`//m2m.example.com/cse/Cae${n}`, niUri(hash('sha256', `${n}`, 'buffer'))),
      psk(`//m2m.example.com/cse/Cpsk${n}`, `Kpsa-${n}`),
    ]).flat(),
  );
  const wanted = { ...key, digest: hash('sha256', `${count - 1}`, 'buffer') };
  // Looking at each entry would make this 10^9 comparisons.
  for (let round = 0; round < 10_000; round++) {
    assert.equal(peers.matchRawPublicKey(wanted).length, 1);
    assert.ok(peers.matchPsk(`Kpsa-${count - 1}`));
  }
});
