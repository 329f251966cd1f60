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

test('an identifier is a text, also where a caller has no types', () => {
  for (const identifier of [5, ['urn:a1:b'], {}])
    for (const flavour of ['node-id', 'device', 'cse-id', 'ae-id'])
      assert.throws(() => new Peers([{ entity: null, flavour, identifier, trust } as unknown as PeerEntry]), {
        code: 'OPTION_INVALID',
        message: 'peers.0.identifier: a text is needed',
      });
});

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
    [
      [{ ...cseEntry, flavour: 'web' }],
      /^peers\.0\.flavour: ae-id, cse-id, node-id, device, fqdn, raw, psk and any/,
    ],
    [[{ ...cseEntry, roles: [] }], /^peers\.0\.roles/],
    [[{ ...cseEntry, roles: ['server'] }], /^peers\.0\.roles/],
    [[{ ...cseEntry, exportIndicator: 'yes' }], /^peers\.0\.exportIndicator/],
    [[{ ...cseEntry, requireNameConstraints: 'yes' }], /^peers\.0\.requireNameConstraints/],
    [[{ ...cseEntry, trust: [] }], /^peers\.0\.trust/],
    [
      [cseEntry, { ...cseEntry, entity: '//m2m.example.com/cse-c' }],
      /^peers\.1\.identifier: cse-b.* another entry/,
    ],
    [[ae(ae1), ae(ae1)], /^peers\.1\.identifier/],
    [[ae(null), ae(null)], /^peers\.1\.flavour: a second entry for everybody/],
  ];
  for (const [entries, message] of cases)
    assert.throws(() => new Peers(entries as PeerEntry[]), { code: 'OPTION_INVALID', message });
});

const node: CertificatePeer = { entity: ae1, flavour: 'node-id', identifier: 'urn:x:1', trust };
const device: CertificatePeer = { entity: cse, flavour: 'device', identifier: '0.2.481.1.100', trust };
const fqdn: CertificatePeer = { entity: null, flavour: 'fqdn', identifier: 'MAF.example.com', trust };

test('each flavour has its own form of identifier (TS-0003 8.1.2.4)', () => {
  const cases: [entry: CertificatePeer, wrong: (string | null)[], message: RegExp][] = [
    [
      cseEntry,
      [null, '', '*.example.com', 'a..b', 'urn:x:1', '//a.example'],
      /public domain name of the CSE-ID/,
    ],
    [fqdn, [null, '', '*.example.com', 'https://maf.example.com', 'urn:x:1'], /FQDN/],
    [node, [null, '', 'node', 'maf.example.com', '1.2.3:ab', 'urn:x', ae1], /URN or an object identifier/],
    [
      device,
      [null, '', 'urn:x:1', 'maf.example.com', '1.2.3:AB', '1', ':ab'],
      /object identifier of the device/,
    ],
  ];
  for (const [entry, wrong, message] of cases) {
    assert.doesNotThrow(() => new Peers([entry]));
    for (const identifier of wrong)
      assert.throws(() => new Peers([{ ...entry, identifier }]), {
        code: 'OPTION_INVALID',
        message: new RegExp(`^peers\\.0\\.identifier: .*${message.source}`),
      });
  }
  for (const identifier of ['1.2.3', '0.2.481.1.100.3030.10011'])
    for (const entry of [node, device]) assert.doesNotThrow(() => new Peers([{ ...entry, identifier }]));
  assert.doesNotThrow(() => new Peers([{ ...device, identifier: '1.2.3:00ab' }]));
});

test('requireNameConstraints cannot be met by a URN or a hardware module, and is refused with one', () => {
  const required = { ...node, requireNameConstraints: true };
  for (const entry of [required, { ...required, ...device, identifier: '1.2.3:00ab' }])
    assert.throws(() => new Peers([entry]), {
      code: 'OPTION_INVALID',
      message: /^peers\.0\.requireNameConstraints: name constraints cannot restrict /,
    });
  assert.doesNotThrow(() => new Peers([{ ...required, identifier: '1.2.3' }]));
});

test('TS-0003 10.1.3: an AE has no CSE-ID and no FQDN certificate, a CSE has no AE-ID certificate', () => {
  const refusal = (message: RegExp) => ({ code: 'OPTION_INVALID', message });
  for (const entity of [ae1, '//m2m.example.com/Sae1']) {
    for (const entry of [cseEntry, fqdn])
      assert.throws(
        () => new Peers([{ ...entry, entity }]),
        refusal(/^peers\.0\.flavour: an AE has no (CSE-ID|FQDN) certificate \(TS-0003 10\.1\.3\)/),
      );
    for (const entry of [node, device]) assert.doesNotThrow(() => new Peers([{ ...entry, entity }]));
  }
  for (const entry of [node, device, fqdn, cseEntry])
    assert.doesNotThrow(() => new Peers([{ ...entry, entity: cse }]));
  assert.throws(
    () => new Peers([{ ...ae(cse), identifier: ae1 }]),
    refusal(/^peers\.0\.identifier: an AE-ID/),
  );
  assert.throws(() => new Peers([ae(cse)]), refusal(/^peers\.0\.identifier: .* no Absolute-AE-ID/));
});

test('peers of each flavour are found by their own identity, and by no lookalike of another flavour', () => {
  const peers = new Peers([node, device, fqdn]);
  assert.deepEqual(matches(peers, 'uri:urn:x:1'), [[ae1, 'node-id', 'urn:x:1']]);
  assert.deepEqual(matches(peers, 'device:0.2.481:1.100'), [[cse, 'device', '0.2.481.1.100']]);
  assert.deepEqual(matches(peers, 'rid:0.2.481.1.100'), [[cse, 'device', '0.2.481.1.100']]);
  for (const name of ['dns:maf.example.com', 'uri:https://Maf.example.com/'])
    assert.deepEqual(matches(peers, name), [['maf.example.com', 'fqdn', 'maf.example.com']]);
  for (const wrong of [
    'uri:URN:x:1',
    'uri:urn:x:10',
    'rid:0.2.481.1.1001',
    'rid:0.2.481.1.100.1',
    'device:0.2.481.1:100.1',
    'dns:a.maf.example.com',
    'uri:https://maf.example.com/x',
  ])
    assert.deepEqual(matches(peers, wrong), [], wrong);
  const cseOnly = new Peers([{ ...cseEntry, identifier: 'maf.example.com' }]);
  assert.deepEqual(matches(cseOnly, 'uri:https://maf.example.com'), []);
});

test('a Node-ID of dots and digits is not that of a device by the same arcs', () => {
  const nodeByArcs = new Peers([{ ...node, identifier: '0.2.481.1.100' }]);
  assert.deepEqual(matches(nodeByArcs, 'rid:0.2.481.1.100'), [[ae1, 'node-id', '0.2.481.1.100']]);
  assert.deepEqual(matches(nodeByArcs, 'device:0.2.481.1:100'), []);
});

test('one domain name for the CSE of one entry and the FQDN of another is refused: the choice is nobody’s', () => {
  const peers = new Peers([cseEntry, { ...fqdn, identifier: cseName }]);
  assert.throws(() => matches(peers, `dns:${cseName}`), { code: 'IDENTITY_MISMATCH' });
  assert.deepEqual(matches(peers, `uri:https://${cseName}`), [[cseName, 'fqdn', cseName]]);
  const one = new Peers([cseEntry, { ...fqdn, entity: cse, identifier: cseName }]);
  assert.deepEqual(
    matches(one, `dns:${cseName}`).map(([, flavour]) => flavour),
    ['cse-id', 'fqdn'],
  );
});

test('isNamed knows the identities of entries, and none by an entry for everybody', () => {
  const peers = new Peers([node, fqdn, ae(null), ae(ae2), anything]);
  assert.ok(peers.isNamed('node-id', 'urn:x:1'));
  assert.ok(peers.isNamed('fqdn', 'maf.example.com'));
  assert.ok(peers.isNamed('ae-id', ae2));
  for (const [flavour, id] of [
    ['device', 'urn:x:1'],
    ['cse-id', 'maf.example.com'],
    ['ae-id', ae1],
    ['x509', 'CN=end-point'],
  ] as const)
    assert.equal(peers.isNamed(flavour, id), false, id);
});

test('a peer is found among 100,000 without looking at each', () => {
  const entries = Array.from({ length: 100_000 }, (_, index) => ae(`//m2m.example.com/cse/Cae${index}`));
  const peers = new Peers(entries);
  const wanted = certificate('uri://m2m.example.com/cse/Cae99999');
  // Looking at each entry would make this 10^9 comparisons.
  for (let round = 0; round < 10_000; round++) assert.equal(peers.match(wanted).length, 1);
});
