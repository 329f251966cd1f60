import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseCertificate } from '../../src/certificates/certificate.ts';
import type { CertificatePeer } from '../../src/certificates/peers.ts';
import {
  issuerId,
  Peers,
  TrustAnchors,
  type VerifyOptions,
  verifyPeer,
} from '../../src/certificates/trust.ts';
import { E2EKeyError, type FaultCode, type Finding } from '../../src/errors.ts';
import {
  type Authority,
  der,
  extension,
  keyFor,
  makeAuthority,
  nothing,
  objectIdentifier,
  octetString,
  sequence,
} from '../../src/testing/certificate-maker.ts';

const time = new Date('2027-06-01T00:00:00Z');
const entity = '//m2m.example.com/cse/Cae1';
const serverAuth = extension('2.5.29.37', sequence(objectIdentifier('1.3.6.1.5.5.7.3.1')));

const root = makeAuthority();
const intermediate = root.authority({ notAfter: new Date('2030-01-01T00:00:00Z') });
const leaf = intermediate.issue({ names: [`uri:${entity}`] });
const chain = [leaf.der, intermediate.der];

const trustRoot = () => TrustAnchors.fromCertificates([root.der]);
const peersOf = (...entries: Partial<CertificatePeer>[]) =>
  new Peers(entries.map(entry => ({ entity, flavour: 'ae-id', trust: trustRoot(), ...entry })));
const options = (changes: Partial<VerifyOptions> = {}): VerifyOptions => ({
  peers: peersOf({}),
  role: 'initiating',
  time,
  expected: false,
  certificateProfile: 'onem2m',
  ...changes,
});

function refuses(
  presented: readonly Uint8Array[],
  changes: Partial<VerifyOptions>,
  code: FaultCode,
  message = /./,
): void {
  assert.throws(() => verifyPeer(presented, options(changes)), { code, message });
}

/** How many signatures are checked for this; refused or not. */
function cost(presented: readonly Uint8Array[], changes: Partial<VerifyOptions>): number {
  const budget = { signatures: 1000, comparisons: 250_000 };
  try {
    verifyPeer(presented, options({ ...changes, budget }));
  } catch (error) {
    if (!(error instanceof E2EKeyError)) throw error;
  }
  return 1000 - budget.signatures;
}

/** What stands in the error, in parts. */
function findingOf(presented: readonly Uint8Array[], changes: Partial<VerifyOptions>): Finding | null {
  try {
    verifyPeer(presented, options(changes));
  } catch (error) {
    if (error instanceof E2EKeyError) return error.finding;
    throw error;
  }
  return null;
}

test('a verified peer says what keys are bound to, what the certificate says, and how long it holds', () => {
  const { peer, publicKey } = verifyPeer(chain, options({ peers: peersOf({ exportIndicator: 'required' }) }));
  const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
  const { path, ...rest } = JSON.parse(JSON.stringify(peer));
  assert.deepEqual(rest, {
    entity,
    flavour: 'ae-id',
    id: entity,
    subject: 'CN=end-point',
    fingerprint: sha256(leaf.der),
    validUntil: '2030-01-01T00:00:00.000Z',
    statusBy: null,
    exportIndicatorRequired: true,
  });
  assert.deepEqual(path, [
    { issuer: issuerId(parseCertificate(intermediate.der)), serial: '01' },
    { issuer: issuerId(parseCertificate(root.der)), serial: '01' },
  ]);
  assert.ok(publicKey.equals(parseCertificate(leaf.der).publicKey));
  assert.equal(verifyPeer(chain, options()).peer.exportIndicatorRequired, false);
});

test('an issuer is named by its name and its key: another of the same name is another one', () => {
  const of = (authority: { readonly der: Uint8Array }) => issuerId(parseCertificate(authority.der));
  assert.match(of(root), /^[0-9a-f]{64}$/);
  assert.notEqual(of(root), of(makeAuthority({ key: keyFor('another key') })));
  assert.notEqual(of(root), of(makeAuthority({ subject: 'another name', key: keyFor('root') })));
  // The same holder in another certificate, with the name in other letters (RFC 5280 7.1).
  assert.equal(of(root), of(makeAuthority({ subject: 'ROOT', key: keyFor('root'), serial: 7 })));
});

test('validUntil is the earliest notAfter, the trust anchor included', () => {
  const anchor = makeAuthority({ notAfter: new Date('2029-01-01T00:00:00Z') });
  const end = anchor.issue({ names: [`uri:${entity}`] });
  const peers = peersOf({ trust: TrustAnchors.fromCertificates([anchor.der]) });
  assert.equal(
    verifyPeer([end.der], options({ peers })).peer.validUntil?.toISOString(),
    '2029-01-01T00:00:00.000Z',
  );
});

test('no certificate is PEER_CERTIFICATE_MISSING', () => {
  refuses([], {}, 'PEER_CERTIFICATE_MISSING', /^certificate_list: no certificate; accepted: /);
});

test('a malformed certificate anywhere in the chain is refused, and which one is told', () => {
  refuses([Buffer.of(1)], {}, 'CERTIFICATE_MALFORMED', /^certificate_list\.0: /);
  refuses([...chain, Buffer.of(1)], {}, 'CERTIFICATE_MALFORMED', /^certificate_list\.2: /);
  refuses(Array(17).fill(leaf.der), {}, 'CERTIFICATE_MALFORMED', /^certificate_list: 17 certificates/);
});

test('a refusal says in parts what its message says: certificate, field, clause, and the path that was tried', () => {
  const expired = root.authority({ notAfter: new Date('2027-01-01T00:00:00Z') });
  const presented = [expired.issue({ names: [`uri:${entity}`] }).der, expired.der];
  const finding = findingOf(presented, {});
  assert.ok(finding !== null);
  const { path, ...parts } = finding;
  assert.deepEqual(parts, {
    code: 'CERTIFICATE_EXPIRED',
    position: 1,
    subject: 'CN=intermediate',
    field: 'validity',
    problem: 'no longer valid at 2027-06-01T00:00:00.000Z',
    accepted: '2026-01-01T00:00:00.000Z to 2027-01-01T00:00:00.000Z, both included',
    clause: 'RFC 5280 6.1.3 (a)(2)',
  });
  assert.deepEqual(
    path.map(({ subject }) => subject),
    ['CN=end-point', 'CN=intermediate', 'CN=root'],
  );
  refuses(
    presented,
    {},
    'CERTIFICATE_EXPIRED',
    /^certificate 1 above the end-point's \(CN=intermediate\), validity: no longer valid/,
  );
});

test('a refusal of the identity and of bytes has its parts as well', () => {
  const stranger = findingOf([root.issue({ names: ['dns:a.example'] }).der], {});
  assert.deepEqual(
    [stranger?.code, stranger?.position, stranger?.field, stranger?.path.length],
    ['PEER_NOT_ALLOWED', 0, 'subjectAltName', 1],
  );
  const malformed = findingOf([leaf.der, Buffer.of(1)], {});
  assert.deepEqual(
    [malformed?.code, malformed?.position, malformed?.subject, malformed?.path.length],
    ['CERTIFICATE_MALFORMED', 1, null, 1],
  );
  assert.equal(malformed?.field, 'certificate_list.1');
});

test('of a stranger three names are told, and 120 characters at most (our bound)', () => {
  const told = (...names: string[]) => findingOf([root.issue({ names }).der], {})?.problem;
  assert.equal(told('dns:a', 'dns:b', 'dns:c', 'dns:d'), 'it holds a, b, c');
  const urn = `urn:${'a'.repeat(20)}:${'b'.repeat(4000)}`;
  assert.equal(told(`uri:${urn}`), `it holds ${urn.slice(0, 120)}…`);
  const peers = peersOf({ flavour: 'node-id', identifier: urn });
  assert.equal(findingOf(chain, { peers, expected: true })?.accepted, `${urn.slice(0, 120)}…`);
});

test('the identity is decided before the path is walked (TS-0003 8.1.2.5)', () => {
  const stranger = makeAuthority({ subject: 'stranger' });
  const other = stranger.issue({ names: ['uri://m2m.example.com/cse/Cae2'] });
  refuses(
    [other.der],
    {},
    'PEER_NOT_ALLOWED',
    /it holds \/\/m2m\.example\.com\/cse\/Cae2; accepted: the identity in a peer entry/,
  );
  refuses(
    [other.der],
    { expected: true },
    'IDENTITY_MISMATCH',
    /accepted: \/\/m2m\.example\.com\/cse\/Cae1 /,
  );
  assert.equal(cost([other.der, intermediate.der], {}), 0);
  const impostor = stranger.issue({ names: [`uri:${entity}`] });
  refuses([impostor.der], {}, 'CERTIFICATE_UNTRUSTED', /issuer/);
});

test('without peers everybody is refused', () => {
  refuses(chain, { peers: new Peers([]) }, 'PEER_NOT_ALLOWED');
  refuses(chain, { peers: new Peers([]), expected: true }, 'IDENTITY_MISMATCH');
});

test('a role that the entry does not allow is refused, expected or not', () => {
  for (const expected of [true, false]) {
    const peers = peersOf({ roles: ['terminating'] });
    refuses(chain, { peers, expected, role: 'initiating' }, 'PEER_NOT_ALLOWED', /may not be the initiating/);
    assert.equal(verifyPeer(chain, options({ peers, expected, role: 'terminating' })).peer.entity, entity);
  }
});

test("each peer is judged by its own entry's trust anchors", () => {
  const otherRoot = makeAuthority({ subject: 'other root' });
  const trust = TrustAnchors.fromCertificates([otherRoot.der]);
  const peers = peersOf({ trust }, { entity: '//m2m.example.com/cse/Cae2' }, { entity: null });
  refuses(chain, { peers }, 'CERTIFICATE_UNTRUSTED');
  assert.ok(verifyPeer([otherRoot.issue({ names: [`uri:${entity}`] }).der], options({ peers })));
});

test('an entity with two entries may use either certificate', () => {
  const otherRoot = makeAuthority({ subject: 'other root' });
  const trust = TrustAnchors.fromCertificates([otherRoot.der]);
  const peers = peersOf({}, { flavour: 'node-id', identifier: '1.2.3', trust });
  const names = ['rid:1.2.3', `uri:${entity}`];
  assert.equal(verifyPeer([root.issue({ names }).der], options({ peers })).peer.flavour, 'ae-id');
  assert.equal(verifyPeer([otherRoot.issue({ names }).der], options({ peers })).peer.flavour, 'node-id');
  const stranger = makeAuthority({ subject: 'stranger' });
  refuses([stranger.issue({ names }).der], { peers }, 'CERTIFICATE_UNTRUSTED');
});

test('the role of the peer chooses the extKeyUsage it needs (RFC 5280 4.2.1.12)', () => {
  const end = root.issue({ names: [`uri:${entity}`], more: [serverAuth] });
  assert.ok(verifyPeer([end.der], options({ role: 'terminating' })));
  refuses([end.der], { role: 'initiating' }, 'CERTIFICATE_UNTRUSTED', /extKeyUsage/);
});

test('requireNameConstraints: an authority above restricts the form of name that identifies (TS-0003 8.1.2.2)', () => {
  const cse = { entity: '//m2m.example.com/cse', flavour: 'cse-id', identifier: 'cse.example.com' } as const;
  const judge = (permitted: string[] | null, name: string, entry: Partial<CertificatePeer>) => {
    const authority = root.authority(permitted === null ? {} : { nameConstraints: { permitted } });
    const peers = peersOf({ requireNameConstraints: true, ...entry });
    return () => verifyPeer([authority.issue({ names: [name] }).der, authority.der], options({ peers }));
  };
  const refusal = { code: 'CERTIFICATE_UNTRUSTED', message: /restricts names of form/ };
  assert.throws(judge(null, `uri:${entity}`, {}), refusal);
  // The hosts of AE-IDs within dNSName subtrees: the chain that stock TLS stacks accept as well.
  assert.doesNotThrow(judge(['dns:example.com'], `uri:${entity}`, {}));
  assert.throws(judge(['dns:elsewhere.example'], `uri:${entity}`, {}), refusal);
  assert.doesNotThrow(judge(['uri:m2m.example.com'], `uri:${entity}`, {}));
  assert.throws(judge(null, 'dns:cse.example.com', cse), refusal);
  assert.throws(judge(['uri:m2m.example.com'], 'dns:cse.example.com', cse), refusal);
  assert.doesNotThrow(judge(['dns:example.com'], 'dns:cse.example.com', cse));
  assert.doesNotThrow(judge(null, 'dns:cse.example.com', { ...cse, requireNameConstraints: false }));
});

test('requireNameConstraints: each flavour needs its own form of name to be restricted (TS-0003 8.1.2.2)', () => {
  const cases: [entry: Partial<CertificatePeer>, name: string, good: string[], wrong: string[]][] = [
    [
      { flavour: 'device', identifier: '0.2.481.1.100.3030' },
      'device:0.2.481.1:100.3030',
      ['device:0.2.481.1:100'],
      ['rid:0.2.481.1.100'],
    ],
    [{ flavour: 'device', identifier: '1.2.3.4' }, 'rid:1.2.3.4', ['rid:1.2.3'], ['device:1.2:3']],
    [{ flavour: 'node-id', identifier: '1.2.3.4' }, 'rid:1.2.3.4', ['rid:1.2.3'], ['device:1.2:3']],
    [
      { entity: null, flavour: 'fqdn', identifier: 'maf.example.com' },
      'dns:maf.example.com',
      ['dns:example.com'],
      ['uri:maf.example.com'],
    ],
    [
      { entity: null, flavour: 'fqdn', identifier: 'maf.example.com' },
      'uri:https://maf.example.com',
      ['dns:example.com', 'uri:.example.com'],
      ['rid:1.2.3'],
    ],
  ];
  for (const [entry, name, good, wrong] of cases)
    for (const constraint of [...good, ...wrong]) {
      const authority = root.authority({ nameConstraints: { permitted: [constraint] } });
      const presented = [authority.issue({ names: [name] }).der, authority.der];
      const peers = peersOf({ requireNameConstraints: true, ...entry });
      if (good.includes(constraint)) assert.ok(verifyPeer(presented, options({ peers })), constraint);
      else refuses(presented, { peers }, 'CERTIFICATE_UNTRUSTED', /subjectAltName/);
    }
});

test('requireNameConstraints: excluded subtrees restrict to nothing', () => {
  const authority = root.authority({ nameConstraints: { excluded: ['uri:elsewhere.example'] } });
  const presented = [authority.issue({ names: [`uri:${entity}`] }).der, authority.der];
  refuses(
    presented,
    { peers: peersOf({ requireNameConstraints: true }) },
    'CERTIFICATE_UNTRUSTED',
    /restricts names/,
  );
});

test('a time that is none and a maxDepth out of range are the caller’s fault', () => {
  refuses(chain, { time: new Date(Number.NaN) }, 'OPTION_INVALID', /^time/);
  for (const maxDepth of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])
    refuses(chain, { maxDepth }, 'OPTION_INVALID', /^maxDepth/);
  refuses(chain, { maxDepth: 0 }, 'CERTIFICATE_UNTRUSTED');
  assert.ok(verifyPeer(chain, options({ maxDepth: 1 })));
});

test('anchors and intermediates that cannot be read are the caller’s fault', () => {
  assert.throws(() => TrustAnchors.fromCertificates([root.der, Buffer.of(1)]), {
    code: 'OPTION_INVALID',
    message: /^anchors\.1/,
  });
  assert.throws(() => TrustAnchors.fromCertificates([], [Buffer.of(1)]), {
    code: 'OPTION_INVALID',
    message: /^intermediates\.0/,
  });
});

test('a chain seen before costs no signature check', () => {
  const peers = peersOf({});
  assert.equal(cost(chain, { peers }), 2);
  assert.equal(cost(chain, { peers }), 0);
  assert.equal(cost([...chain, root.der], { peers }), 2);
  assert.deepEqual(verifyPeer(chain, options({ peers })).peer, verifyPeer(chain, options()).peer);
});

test('a chain seen before is not parsed again', () => {
  const peers = peersOf({});
  const { publicKey } = verifyPeer(chain, options({ peers }));
  assert.strictEqual(verifyPeer(chain, options({ peers })).publicKey, publicKey);
});

test('key identifiers spare signature checks: the issuer that they hint at is tried first', () => {
  const subjectKeyIdentifier = (octet: number) => extension('2.5.29.14', octetString(Buffer.of(octet)));
  const issuing = (octet: number) =>
    root.authority({ subject: 'issuing', key: keyFor(`${octet}`), more: [subjectKeyIdentifier(octet)] });
  const wrong = [1, 2, 3].map(octet => issuing(octet).der);
  const right = issuing(4);
  const names = [`uri:${entity}`];
  const hinted = right.issue({ names, more: [extension('2.5.29.35', sequence(der(0x80, Buffer.of(4))))] });
  assert.equal(cost([hinted.der, ...wrong, right.der], {}), 2);
  assert.equal(cost([right.issue({ names }).der, ...wrong, right.der], {}), 5);
});

test('a chain seen before is proven anew for another role, profile or depth', () => {
  const peers = peersOf({});
  cost(chain, { peers });
  for (const changes of [
    { role: 'terminating' },
    { certificateProfile: 'rfc5280' },
    { maxDepth: 1 },
  ] as const) {
    assert.equal(cost(chain, { peers, ...changes }), 2);
    assert.equal(cost(chain, { peers, ...changes }), 0);
  }
  const end = [root.issue({ names: [`uri:${entity}`], more: [serverAuth] }).der];
  assert.ok(verifyPeer(end, options({ peers, role: 'terminating' })));
  refuses(end, { peers, role: 'initiating' }, 'CERTIFICATE_UNTRUSTED');
  refuses(chain, { peers, maxDepth: 0 }, 'CERTIFICATE_UNTRUSTED');
});

test('a chain seen before without name constraints is not enough where they are required', () => {
  const trust = trustRoot();
  assert.ok(verifyPeer(chain, options({ peers: peersOf({ trust }) })));
  refuses(
    chain,
    { peers: peersOf({ trust, requireNameConstraints: true }) },
    'CERTIFICATE_UNTRUSTED',
    /restricts names/,
  );
});

test('a chain seen before is refused once a certificate of its path has expired, or before it is valid', () => {
  const peers = peersOf({});
  verifyPeer(chain, options({ peers }));
  refuses(chain, { peers, time: new Date('2030-01-01T00:00:01Z') }, 'CERTIFICATE_EXPIRED');
  refuses(chain, { peers, time: new Date('2025-12-31T23:59:59.999Z') }, 'CERTIFICATE_EXPIRED');
  assert.equal(cost(chain, { peers, time: new Date('2030-01-01T00:00:00.999Z') }), 0);
});

test('a refused chain is not remembered and forgets nothing', () => {
  const peers = peersOf({});
  const impostor = [makeAuthority({ key: keyFor('impostor') }).issue({ names: [`uri:${entity}`] }).der];
  assert.equal(cost(impostor, { peers }), 1);
  assert.equal(cost(impostor, { peers }), 1);
  verifyPeer(chain, options({ peers }));
  assert.equal(cost(impostor, { peers }), 1);
  cost(chain, { peers, time: new Date('2031-01-01T00:00:00Z') });
  assert.equal(cost(chain, { peers }), 0);
});

test('a chain seen before is of no use to another trust setting', () => {
  const otherTrust = TrustAnchors.fromCertificates([makeAuthority({ subject: 'other' }).der]);
  verifyPeer(chain, options({ peers: peersOf({}) }));
  refuses(chain, { peers: peersOf({ trust: otherTrust }) }, 'CERTIFICATE_UNTRUSTED');
  const both = peersOf({ trust: otherTrust }, { entity: '//m2m.example.com/cse/Cae2' });
  refuses(chain, { peers: both }, 'CERTIFICATE_UNTRUSTED');
});

test('the identity decision is never remembered', () => {
  const trust = trustRoot();
  verifyPeer(chain, options({ peers: peersOf({ trust }) }));
  refuses(chain, { peers: peersOf({ trust, entity: '//m2m.example.com/cse/Cae2' }) }, 'PEER_NOT_ALLOWED');
});

test('the cache key covers the whole chain: bytes moved between certificates make another chain', () => {
  const peers = peersOf({});
  verifyPeer(chain, options({ peers }));
  const [first = leaf.der, second = intermediate.der] = chain;
  refuses([Buffer.concat([first, second])], { peers }, 'CERTIFICATE_MALFORMED');
  refuses(
    [first.subarray(0, -1), Buffer.concat([first.subarray(-1), second])],
    { peers },
    'CERTIFICATE_MALFORMED',
  );
});

test('proven chains are bounded: the oldest is forgotten', () => {
  const peers = peersOf({});
  const padded = (index: number) => {
    const extra = intermediate.issue({ subject: `${index}`, key: leaf.key });
    return [...chain, extra.der];
  };
  verifyPeer(chain, options({ peers }));
  for (let index = 0; index < 1023; index++) verifyPeer(padded(index), options({ peers }));
  assert.equal(cost(chain, { peers }), 0);
  const impostor = makeAuthority({ key: keyFor('impostor') }).issue({ names: [`uri:${entity}`] });
  for (let index = 0; index < 3; index++)
    refuses([impostor.der, ...chain.slice(index)], { peers }, 'CERTIFICATE_UNTRUSTED');
  assert.equal(cost(chain, { peers }), 0);
  verifyPeer(padded(1023), options({ peers }));
  assert.equal(cost(chain, { peers }), 2);
});

test('with a trust setting for each of many peers nothing is mixed up', () => {
  const entries = Array.from({ length: 20 }, (_, index) => ({ entity: `//m2m.example.com/cse/Cae${index}` }));
  const peers = peersOf(...entries);
  assert.equal(cost(chain, { peers }), 2);
  assert.equal(cost(chain, { peers }), 0);
});

test('ten mutually cross-signed authorities cost 32 signature checks in a handshake and no more', () => {
  const roots = Array.from({ length: 10 }, (_, index) => makeAuthority({ subject: `authority ${index}` }));
  const crossed = roots.flatMap((issuer, i) =>
    roots.flatMap(({ key }, j) => (i === j ? [] : [issuer.authority({ subject: `authority ${j}`, key })])),
  );
  const [first = root] = roots;
  const trust = TrustAnchors.fromCertificates(
    [root.der],
    crossed.map(({ der }) => der),
  );
  const presented = [first.issue({ names: [`uri:${entity}`] }).der];
  const budget = { signatures: 32, comparisons: 250_000 };
  const peers = peersOf({ trust });
  refuses(presented, { peers, budget }, 'CERTIFICATE_UNTRUSTED', /more signatures to check/);
  assert.equal(budget.signatures, 0);
  const most = presented.concat(crossed.slice(0, 15).map(({ der }) => der));
  refuses(most, {}, 'CERTIFICATE_UNTRUSTED');
  assert.ok(cost(most, {}) <= 100);
});

/** Trust anchors of one name: `count` whose keys signed nothing here, and perhaps, last, the one that did. */
const crowd = (count: number, last: readonly Authority[] = []) =>
  TrustAnchors.fromCertificates([
    ...Array.from({ length: count }, (_, index) => makeAuthority({ key: keyFor(`${index}`) }).der),
    ...last.map(({ der }) => der),
  ]);

test('32 signature checks are what a handshake is worth', () => {
  const presented = [root.issue({ names: [`uri:${entity}`] }).der];
  const most = peersOf({ trust: crowd(31, [root]) });
  assert.ok(verifyPeer(presented, options({ peers: most })));
  const tooMany = peersOf({ trust: crowd(32, [root]) });
  refuses(presented, { peers: tooMany }, 'CERTIFICATE_UNTRUSTED', /more signatures to check/);
});

test('the signature checks of a handshake are shared by all entries that fit', () => {
  const presented = [root.issue({ names: [`uri:${entity}`, 'rid:1.2.3'] }).der];
  const second = (trust: TrustAnchors) =>
    peersOf({ trust: crowd(20) }, { flavour: 'node-id', identifier: '1.2.3', trust });
  const { peer } = verifyPeer(presented, options({ peers: second(crowd(11, [root])) }));
  assert.equal(peer.flavour, 'node-id');
  // The first entry's refusal is told.
  refuses(presented, { peers: second(crowd(12, [root])) }, 'CERTIFICATE_UNTRUSTED', /not made with the key/);
});

test('a peer of each flavour is verified by its own identity (TS-0003 10.1.1, 8.1.2.5)', () => {
  const cse = '//m2m.example.com/cse-b';
  const hardware = 'other:1.3.6.1.5.5.7.8.4:300906032a03040402abcd';
  const cases: [entry: Partial<CertificatePeer>, name: string, id: string][] = [
    [{ entity }, `uri:m2m:${entity}`, entity],
    [
      { entity: cse, flavour: 'cse-id', identifier: 'cse.example.com' },
      'dns:Cse.example.com',
      'cse.example.com',
    ],
    [
      { entity: cse, flavour: 'fqdn', identifier: 'maf.example.com' },
      'uri:https://maf.example.com/',
      'maf.example.com',
    ],
    [{ flavour: 'node-id', identifier: 'urn:x-node:1' }, 'uri:urn:x-node:1', 'urn:x-node:1'],
    [{ flavour: 'node-id', identifier: '1.2.3' }, 'rid:1.2.3', '1.2.3'],
    [{ flavour: 'device', identifier: '1.2.3' }, 'rid:1.2.3', '1.2.3'],
    [{ flavour: 'device', identifier: '0.2.481.1.100' }, 'device:0.2.481.1:100', '0.2.481.1.100'],
    [{ flavour: 'device', identifier: '1.2.3.4:abcd' }, hardware, '1.2.3.4:abcd'],
  ];
  for (const [entry, name, id] of cases) {
    const peers = peersOf(entry);
    const { peer } = verifyPeer([root.issue({ names: ['dns:a.example', name] }).der], options({ peers }));
    assert.deepEqual(
      [peer.entity, peer.flavour, peer.id],
      [entry.entity ?? entity, entry.flavour ?? 'ae-id', id],
    );
    refuses([root.issue({ names: ['dns:a.example'] }).der], { peers }, 'PEER_NOT_ALLOWED');
  }
});

test('any one-octet change of a chain is refused, or verifies the same peer', () => {
  const peers = peersOf({});
  const key = parseCertificate(leaf.der).publicKey;
  const [first = leaf.der, second = intermediate.der] = chain;
  for (const [place, original] of [first, second].entries())
    for (let offset = 0; offset < original.length; offset++) {
      const changed = original.with(offset, (original[offset] ?? 0) ^ (1 << (offset % 8)));
      const presented = place === 0 ? [changed, second] : [first, changed];
      let result: ReturnType<typeof verifyPeer> | null = null;
      try {
        result = verifyPeer(presented, options({ peers }));
      } catch (error) {
        assert.ok(
          error instanceof E2EKeyError && error.blame === 'peer',
          `certificate ${place}, octet ${offset}: ${error}`,
        );
      }
      assert.equal(result, null, `certificate ${place}, octet ${offset}`);
    }
  assert.ok(verifyPeer(chain, options({ peers })).publicKey.equals(key));
});

test('property: whatever a peer sends, the answer is a verified peer or a fault of the peer', () => {
  const pool = [...chain, root.der, Buffer.alloc(0), makeAuthority({ subject: 'stranger' }).der];
  const certificate = fc.oneof(
    fc.constantFrom(...pool),
    fc.uint8Array({ maxLength: 600 }),
    fc
      .tuple(
        fc.constantFrom(leaf.der, intermediate.der),
        fc.nat(2000),
        fc.uint8Array({ minLength: 1, maxLength: 4 }),
      )
      .map(([der, at, bytes]) =>
        Buffer.concat([der.subarray(0, at % der.length), bytes, der.subarray((at % der.length) + 1)]),
      ),
  );
  fc.assert(
    fc.property(fc.array(certificate, { maxLength: 6 }), presented => {
      try {
        const { peer } = verifyPeer(presented, options());
        assert.equal(peer.fingerprint, parseCertificate(leaf.der).fingerprint);
      } catch (error) {
        assert.ok(error instanceof E2EKeyError && error.blame === 'peer', String(error));
      }
    }),
    { numRuns: 300, seed: 20270601 },
  );
});

test('a message about a hostile certificate stays short and on one line', () => {
  const subject = `a\r\n${'b'.repeat(4000)}`;
  const end = root.issue({ subject, names: [`uri:${entity}`], more: [extension('1.2.3.4', nothing, true)] });
  const names = Array.from({ length: 60 }, (_, index) => `dns:${'c'.repeat(60)}.${'d'.repeat(60)}.x${index}`);
  for (const [presented, changes] of [
    [[end.der], {}],
    [[root.issue({ names }).der], {}],
  ] as const)
    assert.throws(
      () => verifyPeer(presented, options(changes)),
      (error: unknown) =>
        error instanceof E2EKeyError && error.message.length < 600 && !/[\r\n]/.test(error.message),
    );
});

test('25,000 comparisons of names are what a handshake is worth', () => {
  const subtrees = (count: number) => Array.from({ length: count }, (_, index) => `email:b${index}.example`);
  const names = [`uri:${entity}`, ...Array.from({ length: 98 }, (_, index) => `dns:a${index}.example`)];
  const verifyUnder = (count: number) => {
    const authority = root.authority({ nameConstraints: { excluded: subtrees(count) } });
    return [authority.issue({ names }).der, authority.der];
  };
  // 99 names and the subject make 100 with each subtree.
  assert.ok(verifyPeer(verifyUnder(250), options()));
  refuses(verifyUnder(251), {}, 'CERTIFICATE_UNTRUSTED', /one comparison too many; .*\(our bound\)/);
});
