// TS-0003 8.1.2.2, 8.1.2.4, 8.1.2.5 and 10.1.1 to 10.1.3: which certificates and raw public keys oneM2M has, whose they
// are, and how a peer is known by them. The table of the lines is docs/conformance.md; what RFC 5280 demands is in
// rfc5280-extensions.test.ts and rfc5280-path.test.ts.
import assert from 'node:assert/strict';
import { createPublicKey, ECDH, hash, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import {
  type CertificatePeer,
  type PeerEntry,
  Peers,
  RevocationLists,
  type Role,
  TrustAnchors,
} from '../../src/certificates/index.ts';
import { type VerifyOptions, verifyPeer, verifyRawPublicKey } from '../../src/certificates/trust.ts';
import { E2EKeyError, type FaultCode } from '../../src/errors.ts';
import {
  algorithms,
  basicConstraints,
  bitString,
  generalName,
  keyFor,
  keyUsage,
  makeAuthority,
  objectIdentifier,
  octetString,
  otherKey,
  sequence,
} from '../../src/testing/certificate-maker.ts';
import { type CrlOptions, makeCrl, makeOcspResponse } from '../../src/testing/status-maker.ts';
import { type Demanded, demand, root, time } from './chains.ts';

type CertificateFlavour = 'ae-id' | 'cse-id' | 'node-id' | 'device' | 'fqdn';

/** A peer of each flavour with a chain: its entry, and the name that its certificate holds. */
const samples: Readonly<Record<CertificateFlavour, { entity: string; identifier: string; name: string }>> = {
  'ae-id': {
    entity: '//m2m.example.com/cse/Cae1',
    identifier: '//m2m.example.com/cse/Cae1',
    name: 'uri://m2m.example.com/cse/Cae1',
  },
  'cse-id': {
    entity: '//m2m.example.com/cse',
    identifier: 'cse.m2m.example.com',
    name: 'dns:cse.m2m.example.com',
  },
  'node-id': {
    entity: '//m2m.example.com/cse/Cae1',
    identifier: 'urn:gsma:imei:90420156-025763-0',
    name: 'uri:urn:gsma:imei:90420156-025763-0',
  },
  device: {
    entity: '//m2m.example.com/cse/Cae1',
    identifier: '0.2.481.1.100.3030.10011',
    name: 'device:0.2.481.1:100.3030.10011',
  },
  fqdn: { entity: '//m2m.example.com/mef', identifier: 'mef.example.com', name: 'dns:mef.example.com' },
};
const flavours = Object.keys(samples) as CertificateFlavour[];
const roles: readonly Role[] = ['initiating', 'terminating'];

const trust = TrustAnchors.fromCertificates([root.der]);

function entryOf(
  flavour: CertificateFlavour,
  options: { trust?: TrustAnchors; identifier?: string; requireNameConstraints?: boolean } = {},
): CertificatePeer {
  const { entity, identifier } = samples[flavour];
  return { entity, flavour, identifier, trust, ...options };
}

type Chain = readonly { readonly der: Uint8Array }[];

/** What is known of revocation. */
type Known = Pick<VerifyOptions, 'crls' | 'stapled'>;

const listsOf = (options: Partial<CrlOptions>) =>
  RevocationLists.fromDer([makeCrl({ issuer: root, ...options })]);

function verify(
  entry: PeerEntry,
  chain: Chain,
  role: Role = 'initiating',
  expected = true,
  known: Known = {},
) {
  const peers = new Peers([entry]);
  const options = { peers, role, time, expected, certificateProfile: 'onem2m', ...known } as const;
  return verifyPeer(
    chain.map(certificate => certificate.der),
    options,
  ).peer;
}

function denied(entry: PeerEntry, chain: Chain, code: FaultCode, demanded: Demanded): void {
  const error = errorOf(() => verify(entry, chain));
  assert.ok(error.finding !== null, error.message);
  demand(error.finding, code, demanded);
}

function errorOf(run: () => unknown): E2EKeyError {
  try {
    run();
  } catch (error) {
    if (error instanceof E2EKeyError) return error;
    throw error;
  }
  return assert.fail('nothing is refused');
}

/** An end-point with the name of the flavour. */
const holding = (flavour: CertificateFlavour) => root.issue({ names: [samples[flavour].name] });
const mismatch = { position: 0, field: 'subjectAltName', clause: 'TS-0003 8.1.2.5' };
const keyOrSignature = 'TS-0003 10.1.1.1, 10.1.1.3';
const nobodyKnown = (position: number) => ({ position, field: 'issuer', clause: 'RFC 5280 6.1.3 (a)(4)' });

function spkiOf(key: KeyObject): Buffer {
  return createPublicKey(key).export({ format: 'der', type: 'spki' });
}

/** Public key identifiers of 10.1.2, by RFC 6920 section 2. */
function pinOf(key: KeyObject, bits: 256 | 128 | 120 = 256): string {
  const digest = hash('sha256', spkiOf(key), 'buffer').subarray(0, bits / 8);
  return `ni:///sha-256${bits === 256 ? '' : `-${bits}`};${digest.toString('base64url')}`;
}

function rawEntry(pin: string): PeerEntry {
  return { entity: '//m2m.example.com/cse/Cae1', flavour: 'raw', pin };
}

function verifyRaw(entry: PeerEntry, spki: Uint8Array) {
  const peers = new Peers([entry]);
  const options = { peers, role: 'initiating', expected: true, certificateProfile: 'onem2m' } as const;
  return verifyRawPublicKey(spki, options).peer;
}

test('8.1.2.2: the path of every flavour is validated', () => {
  const stranger = makeAuthority({ subject: 'stranger' });
  for (const flavour of flavours) {
    assert.equal(verify(entryOf(flavour), [holding(flavour)]).flavour, flavour);
    const foreign = stranger.issue({ names: [samples[flavour].name] });
    denied(entryOf(flavour), [foreign, stranger], 'CERTIFICATE_UNTRUSTED', nobodyKnown(1));
  }
});

test('8.1.2.2: trust anchors are those that are configured for the peer', () => {
  const other = makeAuthority({ subject: 'other' });
  const otherTrust = TrustAnchors.fromCertificates([other.der]);
  const certificate = other.issue({ names: [samples.fqdn.name] });
  verify(entryOf('fqdn', { trust: otherTrust }), [certificate]);
  denied(entryOf('fqdn'), [certificate, other], 'CERTIFICATE_UNTRUSTED', nobodyKnown(1));
  denied(
    entryOf('fqdn', { trust: otherTrust }),
    [holding('fqdn'), root],
    'CERTIFICATE_UNTRUSTED',
    nobodyKnown(1),
  );
});

test('8.1.2.2: name constraints bind the names of each flavour', () => {
  const constrained: [
    CertificateFlavour,
    inside: string,
    outside: string,
    name?: string,
    identifier?: string,
  ][] = [
    ['ae-id', 'uri:m2m.example.com', 'uri:m2m.example.org'],
    ['ae-id', 'dns:m2m.example.com', 'uri:.m2m.example.com'],
    ['cse-id', 'dns:m2m.example.com', 'dns:m2m.example.org'],
    ['node-id', 'rid:1.2.3', 'rid:1.2.4', 'rid:1.2.3.4', '1.2.3.4'],
    ['device', 'device:0.2.481.1:100', 'device:0.2.481.1:101'],
    ['device', 'rid:1.2.3', 'rid:1.2.4', 'rid:1.2.3.4', '1.2.3.4'],
    ['fqdn', 'dns:example.com', 'dns:example.org'],
  ];
  for (const [flavour, inside, outside, name = samples[flavour].name, identifier] of constrained) {
    const entry = entryOf(flavour, {
      requireNameConstraints: true,
      ...(identifier !== undefined && { identifier }),
    });
    const under = (base: string) => {
      const authority = root.authority({ nameConstraints: { permitted: [base] } });
      return [authority.issue({ names: [name] }), authority];
    };
    verify(entry, under(inside));
    denied(entry, under(outside), 'CERTIFICATE_UNTRUSTED', {
      position: 0,
      field: 'subjectAltName',
      clause: 'RFC 5280 6.1.3 (b), (c)',
    });
  }
});

test('8.1.2.2: where name constraints are required, names that nobody restricts are refused', () => {
  for (const flavour of flavours) {
    verify(entryOf(flavour, { requireNameConstraints: false }), [holding(flavour)]);
    // A URN has no host that could be restricted, and such an entry is refused when it is made.
    if (flavour === 'node-id') {
      invalid({ ...entryOf(flavour), requireNameConstraints: true }, 'requireNameConstraints');
      continue;
    }
    const elsewhere = root.authority({ nameConstraints: { permitted: ['email:example.com'] } });
    const certificate = elsewhere.issue({ names: [samples[flavour].name] });
    for (const chain of [[holding(flavour)], [certificate, elsewhere]])
      denied(entryOf(flavour, { requireNameConstraints: true }), chain, 'CERTIFICATE_UNTRUSTED', {
        position: 0,
        field: 'subjectAltName',
        clause: 'TS-0003 8.1.2.2',
      });
  }
});

test('8.1.2.2: a constraint that covers every name restricts none', () => {
  for (const flavour of ['ae-id', 'cse-id', 'fqdn'] as const) {
    const under = (base: string) => {
      const authority = root.authority({ nameConstraints: { permitted: [base] } });
      return [authority.issue({ names: [samples[flavour].name] }), authority];
    };
    verify(entryOf(flavour, { requireNameConstraints: true }), under('dns:example.com'));
    verify(entryOf(flavour), under('dns:'));
    denied(entryOf(flavour, { requireNameConstraints: true }), under('dns:'), 'CERTIFICATE_UNTRUSTED', {
      position: 0,
      field: 'subjectAltName',
      clause: 'TS-0003 8.1.2.2',
    });
  }
});

test('8.1.2.2: a Node-ID that is a URN has no host, and is in no subtree', () => {
  verify(entryOf('node-id'), [holding('node-id')]);
  for (const subtrees of [{ permitted: ['uri:.example.com'] }, { excluded: ['uri:.example.com'] }]) {
    const authority = root.authority({ nameConstraints: subtrees });
    const certificate = authority.issue({ names: [samples['node-id'].name] });
    denied(entryOf('node-id'), [certificate, authority], 'CERTIFICATE_UNTRUSTED', {
      position: 0,
      field: 'subjectAltName',
      clause: 'RFC 5280 6.1.3 (b), (c)',
    });
  }
});

test('8.1.2.2: a peer whose certificate a list or a stapled response calls revoked is refused', () => {
  for (const flavour of flavours) {
    const certificate = holding(flavour);
    const entry = entryOf(flavour);
    const entries = [{ serial: certificate }];
    verify(entry, [certificate], 'initiating', true, { crls: listsOf({}) });
    const evidence = [
      { crls: listsOf({ entries }) },
      { stapled: makeOcspResponse({ issuer: root, certificate, status: 'revoked' }) },
    ];
    for (const known of evidence) {
      const { code } = errorOf(() => verify(entry, [certificate], 'initiating', true, known));
      assert.equal(code, 'CERTIFICATE_REVOKED');
    }
  }
});

test('8.1.2.2: an entry may demand that somebody says that the certificate is not revoked', () => {
  const required = { ...entryOf('fqdn'), revocation: 'required' } as const;
  const certificate = holding('fqdn');
  assert.equal(verify(entryOf('fqdn'), [certificate]).statusBy, null);
  denied(required, [certificate], 'CERTIFICATE_STATUS_UNKNOWN', {
    position: 0,
    field: 'status',
    clause: 'RFC 5280 6.1.3 (a)(3)',
  });
  const stapled = makeOcspResponse({ issuer: root, certificate });
  const by = (known: Known) => verify(required, [certificate], 'initiating', true, known).statusBy;
  assert.deepEqual([by({ crls: listsOf({}) }), by({ stapled })], ['crl', 'ocsp']);
});

test('8.1.2.4: an entry says of which flavour the peer is', () => {
  for (const flavour of flavours) assert.ok(!new Peers([entryOf(flavour)]).isEmpty);
  invalid({ entity: samples.fqdn.entity, identifier: samples.fqdn.identifier, trust }, 'flavour');
  invalid({ ...entryOf('fqdn'), flavour: 'certificate' }, 'flavour');
});

test('8.1.2.4: an entry for a raw public key has its public key identifier', () => {
  assert.ok(!new Peers([rawEntry(pinOf(keyFor('peer')))]).isEmpty);
  for (const pin of ['', 'ni:///sha-256;AAAA', pinOf(keyFor('peer')).replace('sha-256', 'sha-512')])
    invalid(rawEntry(pin), 'pin');
});

test('8.1.2.4: an entry for a certificate has the identifier that its flavour holds', () => {
  const wrong: Record<CertificateFlavour, readonly string[]> = {
    'ae-id': ['//m2m.example.com/cse', '/cse/Cae1', 'm2m.example.com', ''],
    'cse-id': ['//m2m.example.com/cse', '*.m2m.example.com', ''],
    'node-id': ['90420156-025763-0', 'https://m2m.example.com/', ''],
    device: ['urn:gsma:imei:90420156-025763-0', '1', 'device', ''],
    fqdn: ['//mef.example.com', '*.example.com', ''],
  };
  for (const flavour of flavours) {
    assert.ok(!new Peers([entryOf(flavour)]).isEmpty);
    for (const identifier of wrong[flavour]) invalid({ ...entryOf(flavour), identifier }, 'identifier');
    if (flavour !== 'ae-id') invalid({ ...entryOf(flavour), identifier: null }, 'identifier');
  }
});

test('8.1.2.4: an entry for a certificate has trust anchors, and without any nobody is trusted', () => {
  for (const flavour of flavours) invalid({ ...entryOf(flavour), trust: undefined }, 'trust');
  const none = TrustAnchors.fromCertificates([]);
  verify(entryOf('fqdn'), [holding('fqdn')]);
  denied(entryOf('fqdn', { trust: none }), [holding('fqdn')], 'CERTIFICATE_UNTRUSTED', nobodyKnown(0));
});

test('8.1.2.4: of AEs the trust anchors may be all that is configured', () => {
  const everyAe: PeerEntry = { entity: null, flavour: 'ae-id', trust };
  const peer = verify(everyAe, [holding('ae-id')], 'initiating', false);
  assert.equal(peer.entity, samples['ae-id'].entity);
  for (const flavour of flavours.filter(other => other !== 'ae-id'))
    assert.equal(
      errorOf(() => verify(everyAe, [holding(flavour)], 'initiating', false)).code,
      'PEER_NOT_ALLOWED',
    );
});

test('8.1.2.5: a raw public key is that of the configured identifier, or the handshake ends', () => {
  const [key, other] = [keyFor('peer'), keyFor('other')];
  assert.equal(verifyRaw(rawEntry(pinOf(key)), spkiOf(key)).id, pinOf(key));
  const error = errorOf(() => verifyRaw(rawEntry(pinOf(key)), spkiOf(other)));
  assert.equal(error.code, 'IDENTITY_MISMATCH');
  assert.match(error.message, /^subjectPublicKeyInfo.*TS-0003 8\.1\.2\.5/);
});

/** Names that match the configured identifier of a flavour, and names that do not. */
function matches(
  flavour: CertificateFlavour,
  { right, wrong, identifier }: { right: readonly string[]; wrong: readonly string[]; identifier?: string },
): void {
  const entry = entryOf(flavour, { ...(identifier !== undefined && { identifier }) });
  for (const name of right) {
    assert.equal(verify(entry, [root.issue({ names: [name] })]).flavour, flavour, name);
    verify(entry, [root.issue({ names: ['dns:another.example.com', name] })]);
  }
  for (const name of wrong) denied(entry, [root.issue({ names: [name] })], 'IDENTITY_MISMATCH', mismatch);
}

test('8.1.2.5: the identifier of a device matches by all its arcs', () => {
  matches('device', {
    right: [
      'device:0.2.481.1:100.3030.10011',
      'device:0.2.481:1.100.3030.10011',
      'rid:0.2.481.1.100.3030.10011',
    ],
    wrong: [
      'device:0.2.481.1:100.3030.10012',
      'device:0.2.481.1:100.3030',
      'device:0.2.481.1:100.3030.10011.1',
      'rid:0.2.481.1.100.3030',
      'uri:urn:oid:0.2.481.1.100.3030.10011',
      'dns:0.2.481.1.100.3030.10011',
    ],
  });
});

test('8.1.2.5: a hardware module name matches by type and serial number', () => {
  const hardwareModule = (type: string, serial: string) => {
    const value = sequence(objectIdentifier(type), octetString(Buffer.from(serial, 'hex')));
    return `other:1.3.6.1.5.5.7.8.4:${Buffer.from(value).toString('hex')}`;
  };
  matches('device', {
    identifier: '1.3.6.1.4.1.99999.8:0a0b',
    right: [hardwareModule('1.3.6.1.4.1.99999.8', '0a0b')],
    wrong: [
      hardwareModule('1.3.6.1.4.1.99999.8', '0a0c'),
      hardwareModule('1.3.6.1.4.1.99999.8', '0a'),
      hardwareModule('1.3.6.1.4.1.99999.9', '0a0b'),
    ],
  });
});

test('8.1.2.5: the public domain name of a CSE-ID matches a dNSName, whole', () => {
  matches('cse-id', {
    right: ['dns:cse.m2m.example.com', 'dns:CSE.m2m.Example.com'],
    wrong: [
      'dns:m2m.example.com',
      'dns:other.m2m.example.com',
      'dns:a.cse.m2m.example.com',
      'dns:*.m2m.example.com',
      'dns:cse.m2m.example.com.',
      'uri:coap://cse.m2m.example.com',
    ],
  });
});

test('8.1.2.5: an Absolute-AE-ID matches a URI, whole, with a scheme before it or without', () => {
  matches('ae-id', {
    right: ['uri://m2m.example.com/cse/Cae1', 'uri:m2m://m2m.example.com/cse/Cae1'],
    wrong: [
      'uri://m2m.example.com/cse/Cae2',
      'uri://m2m.example.com/cse/Cae1/',
      'uri://m2m.example.com/cse/Cae11',
      'uri://m2m.example.com/cse/CAE1',
      'uri://M2M.example.com/cse/Cae1',
      'uri://m2m.example.com/cse',
      'uri://m2m.example.com/cse/Cae1?x=1',
      'uri:/cse/Cae1',
      'dns:m2m.example.com',
    ],
  });
});

test('8.1.2.5: a Node-ID matches a URN or a registeredID, whole', () => {
  matches('node-id', {
    right: ['uri:urn:gsma:imei:90420156-025763-0'],
    wrong: [
      'uri:urn:gsma:imei:90420156-025763-1',
      'uri:urn:gsma:IMEI:90420156-025763-0',
      'uri:urn:gsma:imei:9',
    ],
  });
  matches('node-id', {
    identifier: '1.2.3.4',
    right: ['rid:1.2.3.4'],
    wrong: ['rid:1.2.3', 'rid:1.2.3.4.5'],
  });
});

test('8.1.2.5: an FQDN matches a dNSName, or a URI that has nothing but the host', () => {
  matches('fqdn', {
    right: [
      'dns:mef.example.com',
      'dns:MEF.example.com',
      'uri:coaps://mef.example.com',
      'uri://mef.example.com/',
    ],
    wrong: [
      'dns:example.com',
      'dns:a.mef.example.com',
      'dns:*.example.com',
      'uri:coaps://mef.example.com/path',
      'uri:coaps://mef.example.com:5684',
      'uri:coaps://user@mef.example.com',
    ],
  });
});

test('8.1.2.5: the subject identifies nobody', () => {
  for (const flavour of flavours) {
    const { identifier, name } = samples[flavour];
    verify(entryOf(flavour), [root.issue({ subject: identifier, names: [name] })]);
    denied(entryOf(flavour), [root.issue({ subject: identifier })], 'IDENTITY_MISMATCH', mismatch);
  }
});

test('8.1.2.5: an identity of another flavour than the configured one is no match', () => {
  for (const flavour of flavours) {
    verify(entryOf(flavour), [holding(flavour)]);
    for (const other of flavours.filter(one => one !== flavour))
      denied(entryOf(flavour), [holding(other)], 'IDENTITY_MISMATCH', mismatch);
  }
});

test('8.1.2.5: a certificate that names several peers is nobody in particular', () => {
  const named = (name: string, entity: string): PeerEntry => ({
    entity,
    flavour: 'cse-id',
    identifier: name,
    trust,
  });
  const peers = new Peers([
    named('a.example.com', '//m2m.example.com/a'),
    named('b.example.com', '//m2m.example.com/b'),
  ]);
  const options = { peers, role: 'initiating', time, expected: false, certificateProfile: 'onem2m' } as const;
  const one = root.issue({ names: ['dns:a.example.com', 'dns:c.example.com'] });
  assert.equal(verifyPeer([one.der], options).peer.entity, '//m2m.example.com/a');
  const both = root.issue({ names: ['dns:a.example.com', 'dns:b.example.com'] });
  assert.equal(errorOf(() => verifyPeer([both.der], options)).code, 'IDENTITY_MISMATCH');
});

test('8.1.2.5: the identity is compared first, then the path is validated', () => {
  const stranger = makeAuthority({ subject: 'stranger' });
  for (const flavour of flavours) {
    const notAfter = new Date('2027-01-01T00:00:00Z');
    const { name } = samples[flavour];
    const wrongName = 'dns:another.example.com';
    for (const wrong of [
      root.issue({ names: [wrongName], notAfter }),
      stranger.issue({ names: [wrongName] }),
    ])
      denied(entryOf(flavour), [wrong], 'IDENTITY_MISMATCH', mismatch);
    denied(entryOf(flavour), [root.issue({ names: [name], notAfter })], 'CERTIFICATE_EXPIRED', {
      position: 0,
      field: 'validity',
      clause: 'RFC 5280 6.1.3 (a)(2)',
    });
    denied(entryOf(flavour), [stranger.issue({ names: [name] })], 'CERTIFICATE_UNTRUSTED', nobodyKnown(0));
  }
});

test('8.1.2.5: what was matched is what the peer is known by', () => {
  for (const flavour of flavours) {
    const { entity, identifier } = samples[flavour];
    const peer = verify(entryOf(flavour), [holding(flavour)]);
    assert.deepEqual([peer.entity, peer.id, peer.flavour], [entity, identifier, flavour]);
  }
  denied(entryOf('fqdn'), [root.issue({ names: [] })], 'IDENTITY_MISMATCH', mismatch);
});

test('10.1.1.1: a certificate that RFC 5280 does not allow is none of oneM2M either', () => {
  verify(entryOf('fqdn'), [holding('fqdn')]);
  denied(entryOf('fqdn'), [root.issue({ names: [samples.fqdn.name], serial: 0 })], 'CERTIFICATE_UNTRUSTED', {
    position: 0,
    field: 'serialNumber',
    clause: 'RFC 5280 4.1.2.2',
  });
});

test('10.1.1.1: the public key is one of P-256', () => {
  const names = [samples.fqdn.name];
  verify(entryOf('fqdn'), [root.issue({ names, key: keyFor('P-256') })]);
  for (const kind of ['P-384', 'P-521', 'Ed25519', 2048] as const)
    denied(entryOf('fqdn'), [root.issue({ names, key: otherKey(kind) })], 'CERTIFICATE_UNSUPPORTED', {
      position: 0,
      field: 'subjectPublicKeyInfo',
      clause: keyOrSignature,
    });
});

test('10.1.1.1: the point is uncompressed', () => {
  const { x = '', y = '' } = createPublicKey(keyFor('end-point')).export({ format: 'jwk' });
  const point = Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  const algorithm = sequence(objectIdentifier('1.2.840.10045.2.1'), objectIdentifier('1.2.840.10045.3.1.7'));
  const inForm = (form: 'uncompressed' | 'compressed' | 'hybrid') => {
    const bytes = Buffer.from(ECDH.convertKey(point, 'prime256v1', undefined, undefined, form));
    return [root.issue({ names: [samples.fqdn.name], publicKey: sequence(algorithm, bitString(bytes)) })];
  };
  verify(entryOf('fqdn'), inForm('uncompressed'));
  for (const form of ['compressed', 'hybrid'] as const)
    denied(entryOf('fqdn'), inForm(form), 'CERTIFICATE_UNSUPPORTED', {
      position: 0,
      field: 'subjectPublicKeyInfo',
      clause: keyOrSignature,
      problem: /uncompressed/,
    });
});

test('10.1.1.1: the hash is SHA-256', () => {
  const names = [samples.fqdn.name];
  verify(entryOf('fqdn'), [root.issue({ names, signatureAlgorithm: algorithms.ecdsaWithSha256 })]);
  for (const [signatureAlgorithm, digest] of [
    [algorithms.ecdsaWithSha384, 'sha384'],
    [algorithms.ecdsaWithSha512, 'sha512'],
    [algorithms.ecdsaWithSha1, 'sha1'],
  ] as const)
    denied(
      entryOf('fqdn'),
      [root.issue({ names, signatureAlgorithm, hash: digest })],
      'CERTIFICATE_UNSUPPORTED',
      { position: 0, field: 'signatureAlgorithm', clause: keyOrSignature },
    );
});

test('10.1.1.1: keyUsage is there, with digitalSignature', () => {
  const names = [samples.fqdn.name];
  for (const usage of [keyUsage('digitalSignature'), keyUsage('digitalSignature', 'keyAgreement')])
    verify(entryOf('fqdn'), [root.issue({ names, extensions: [usage] })]);
  for (const extensions of [[], [keyUsage('keyAgreement')]])
    denied(entryOf('fqdn'), [root.issue({ names, extensions })], 'CERTIFICATE_UNSUPPORTED', {
      position: 0,
      field: 'keyUsage',
      clause: 'TS-0003 10.1.1.1',
    });
});

test('10.1.1.1: keyUsage of a certification authority is there, and keyCertSign is enough in it', () => {
  const names = [samples.fqdn.name];
  const authority = root.authority({ extensions: [basicConstraints(true), keyUsage('keyCertSign')] });
  verify(entryOf('fqdn'), [authority.issue({ names }), authority]);
  const without = root.authority({ extensions: [basicConstraints(true)] });
  denied(entryOf('fqdn'), [without.issue({ names }), without], 'CERTIFICATE_UNTRUSTED', {
    position: 1,
    field: 'keyUsage',
    clause: 'RFC 5280 4.2.1.3',
  });
});

test('10.1.1.1: an end-point is no certification authority', () => {
  const names = [samples.fqdn.name];
  const usage = keyUsage('digitalSignature', 'keyCertSign');
  verify(entryOf('fqdn'), [
    root.issue({ names, extensions: [keyUsage('digitalSignature'), basicConstraints(false)] }),
  ]);
  denied(
    entryOf('fqdn'),
    [root.issue({ names, extensions: [usage, basicConstraints(true)] })],
    'CERTIFICATE_UNSUPPORTED',
    { position: 0, field: 'basicConstraints', clause: 'TS-0003 10.1.1' },
  );
});

test('10.1.1.2: a raw public key is a SubjectPublicKeyInfo with a key of P-256', () => {
  const key = keyFor('peer');
  assert.equal(verifyRaw(rawEntry(pinOf(key)), spkiOf(key)).flavour, 'raw');
  for (const kind of ['P-384', 'Ed25519', 2048] as const) {
    const other = otherKey(kind);
    const error = errorOf(() => verifyRaw(rawEntry(pinOf(other)), spkiOf(other)));
    assert.equal(error.code, 'CERTIFICATE_UNSUPPORTED');
    assert.match(error.message, /^subjectPublicKeyInfo.*TS-0003 10\.1\.1\.1/);
  }
  const certificate = errorOf(() => verifyRaw(rawEntry(pinOf(key)), root.issue({ key }).der));
  assert.equal(certificate.code, 'CERTIFICATE_MALFORMED');
});

test('10.1.1.3: every certificate of the chain has a key of P-256, the anchor too', () => {
  const names = [samples.fqdn.name];
  const intermediate = root.authority({ subject: 'intermediate', key: keyFor('intermediate') });
  verify(entryOf('fqdn'), [intermediate.issue({ names }), intermediate]);
  const unsupported = (position: number) => ({
    position,
    field: 'subjectPublicKeyInfo',
    clause: keyOrSignature,
  });
  const other = root.authority({ key: otherKey('P-384') });
  denied(entryOf('fqdn'), [other.issue({ names }), other], 'CERTIFICATE_UNSUPPORTED', unsupported(1));
  const anchor = makeAuthority({ key: otherKey('P-384') });
  const entry = entryOf('fqdn', { trust: TrustAnchors.fromCertificates([anchor.der]) });
  denied(entry, [anchor.issue({ names })], 'CERTIFICATE_UNSUPPORTED', unsupported(1));
});

test('10.1.1.3: every certificate of the chain is signed with ECDSA and SHA-256', () => {
  const names = [samples.fqdn.name];
  const intermediate = root.authority({ signatureAlgorithm: algorithms.ecdsaWithSha256 });
  verify(entryOf('fqdn'), [intermediate.issue({ names }), intermediate]);
  const other = root.authority({ signatureAlgorithm: algorithms.ecdsaWithSha384, hash: 'sha384' });
  denied(entryOf('fqdn'), [other.issue({ names }), other], 'CERTIFICATE_UNSUPPORTED', {
    position: 1,
    field: 'signatureAlgorithm',
    clause: keyOrSignature,
  });
});

test('10.1.1.3: the number of intermediates is bounded', () => {
  const below = (count: number) => {
    const authorities = [root];
    for (let index = 0; index < count; index++)
      authorities.unshift((authorities[0] ?? root).authority({ subject: `authority ${index}` }));
    const [issuer = root] = authorities;
    return [issuer.issue({ names: [samples.fqdn.name] }), ...authorities.slice(0, -1)];
  };
  verify(entryOf('fqdn'), below(6));
  denied(entryOf('fqdn'), below(7), 'CERTIFICATE_UNTRUSTED', {
    position: 6,
    field: 'issuer',
    clause: 'RFC 5280 6.1',
  });
});

test('10.1.1.4.1: a device certificate holds one identifier of hardware or several', () => {
  const another = 'device:0.2.481.1:100.3030.20022';
  for (const names of [[samples.device.name], [another, samples.device.name], [samples.device.name, another]])
    assert.equal(verify(entryOf('device'), [root.issue({ names })]).id, samples.device.identifier);
  denied(entryOf('device'), [root.issue({ names: [another] })], 'IDENTITY_MISMATCH', mismatch);
  denied(entryOf('device'), [root.issue()], 'IDENTITY_MISMATCH', mismatch);
});

test('10.1.1.4.1: type-id and value of the otherName are one object identifier', () => {
  const split = (typeId: string, value: string) => root.issue({ names: [`device:${typeId}:${value}`] });
  for (const certificate of [split('0.2.481.1', '100.3030.10011'), split('0.2.481.1.100', '3030.10011')])
    assert.equal(verify(entryOf('device'), [certificate]).id, samples.device.identifier);
  // The same arcs as an OBJECT IDENTIFIER or as text are no RELATIVE-OID.
  for (const value of [objectIdentifier('1.2.3030.10011'), generalName('dns:100.3030.10011')]) {
    const names = [`other:0.2.481.1:${Buffer.from(value).toString('hex')}`];
    denied(entryOf('device'), [root.issue({ names })], 'IDENTITY_MISMATCH', mismatch);
  }
});

test('10.1.1.4.2: name constraints bind the identifiers of devices by whole arcs', () => {
  const under = (constraint: { permitted?: string[]; excluded?: string[] }) => {
    const authority = root.authority({ nameConstraints: constraint });
    return [authority.issue({ names: [samples.device.name] }), authority];
  };
  const outside = { position: 0, field: 'subjectAltName', clause: 'RFC 5280 6.1.3 (b), (c)' };
  for (const base of [
    'device:0.2.481.1:100',
    'device:0.2.481:1.100.3030',
    'device:0.2.481.1:100.3030.10011',
  ]) {
    verify(entryOf('device'), under({ permitted: [base] }));
    denied(entryOf('device'), under({ excluded: [base] }), 'CERTIFICATE_UNTRUSTED', outside);
  }
  for (const base of ['device:0.2.481.1:10', 'device:0.2.481.2:100', 'device:0.2.481.1:100.3030.10011.1']) {
    verify(entryOf('device'), under({ excluded: [base] }));
    denied(entryOf('device'), under({ permitted: [base] }), 'CERTIFICATE_UNTRUSTED', outside);
  }
});

test('10.1.1.5: an AE-ID certificate holds the AE-ID as a URI', () => {
  assert.equal(verify(entryOf('ae-id'), [holding('ae-id')]).id, samples['ae-id'].identifier);
  for (const form of ['dns', 'email'])
    denied(
      entryOf('ae-id'),
      [root.issue({ names: [`${form}:${samples['ae-id'].identifier}`] })],
      'IDENTITY_MISMATCH',
      mismatch,
    );
});

test('10.1.1.5: constraints of its issuer are satisfied by the host of the AE-ID', () => {
  const entry = entryOf('ae-id', { requireNameConstraints: true });
  const under = (...permitted: string[]) => {
    const authority = root.authority({ nameConstraints: { permitted } });
    return [authority.issue({ names: [samples['ae-id'].name] }), authority];
  };
  for (const base of ['uri:m2m.example.com', 'uri:.example.com', 'dns:m2m.example.com', 'dns:example.com'])
    verify(entry, under(base));
  denied(entry, under('uri:example.com'), 'CERTIFICATE_UNTRUSTED', {
    position: 0,
    field: 'subjectAltName',
    clause: 'RFC 5280 6.1.3 (b), (c)',
  });
  denied(entry, under('dns:m2m.example.org'), 'CERTIFICATE_UNTRUSTED', {
    position: 0,
    field: 'subjectAltName',
    clause: 'TS-0003 8.1.2.2',
  });
});

test('10.1.1.5: an AE-ID certificate has no wildcards', () => {
  withoutWildcards('ae-id');
});

test('10.1.1.6: an FQDN certificate holds the FQDN', () => {
  for (const name of ['dns:mef.example.com', 'uri:coaps://mef.example.com'])
    assert.equal(verify(entryOf('fqdn'), [root.issue({ names: [name] })]).id, 'mef.example.com');
  denied(entryOf('fqdn'), [root.issue({ names: ['email:mef.example.com'] })], 'IDENTITY_MISMATCH', mismatch);
});

test('10.1.1.6: an FQDN certificate has no wildcards', () => {
  withoutWildcards('fqdn');
});

test('10.1.1.7: a CSE-ID certificate holds the public domain name of the CSE-ID', () => {
  assert.equal(verify(entryOf('cse-id'), [holding('cse-id')]).id, 'cse.m2m.example.com');
  denied(
    entryOf('cse-id'),
    [root.issue({ names: ['uri://m2m.example.com/cse'] })],
    'IDENTITY_MISMATCH',
    mismatch,
  );
});

test('10.1.1.7: a CSE-ID certificate has no wildcards', () => {
  withoutWildcards('cse-id');
});

test('10.1.1.8: a Node-ID certificate holds the Node-ID', () => {
  assert.equal(verify(entryOf('node-id'), [holding('node-id')]).id, samples['node-id'].identifier);
  denied(
    entryOf('node-id'),
    [root.issue({ names: ['dns:node.example.com', 'device:1.2:3.4'] })],
    'IDENTITY_MISMATCH',
    mismatch,
  );
});

test('10.1.1.8: a Node-ID certificate has no wildcards', () => {
  withoutWildcards('node-id');
});

test('10.1.2: the identifier is of SHA-256, whole or its first 128 or 120 bits', () => {
  const key = keyFor('peer');
  for (const bits of [256, 128, 120] as const) {
    const pin = pinOf(key, bits);
    assert.equal(verifyRaw(rawEntry(pin), spkiOf(key)).id, pin);
  }
  const digest = hash('sha256', spkiOf(key), 'buffer');
  for (const [algorithm, octets] of [
    ['sha-256-96', 12],
    ['sha-256-64', 8],
    ['sha-256-32', 4],
    ['sha-256-128', 15],
    ['sha-256', 16],
  ] as const)
    invalid(rawEntry(`ni:///${algorithm};${digest.subarray(0, octets).toString('base64url')}`), 'pin');
});

test('10.1.2: the digest is compared whole, over the whole SubjectPublicKeyInfo', () => {
  const key = keyFor('peer');
  for (const bits of [256, 128, 120] as const) {
    verifyRaw(rawEntry(pinOf(key, bits)), spkiOf(key));
    const digest = hash('sha256', spkiOf(key), 'buffer').subarray(0, bits / 8);
    digest.writeUInt8((digest.at(-1) ?? 0) ^ 1, digest.length - 1);
    const near = pinOf(key, bits).replace(/;.*/, `;${digest.toString('base64url')}`);
    assert.equal(errorOf(() => verifyRaw(rawEntry(near), spkiOf(key))).code, 'IDENTITY_MISMATCH');
  }
  const bare = hash('sha256', spkiOf(key).subarray(-65), 'buffer').toString('base64url');
  assert.equal(
    errorOf(() => verifyRaw(rawEntry(`ni:///sha-256;${bare}`), spkiOf(key))).code,
    'IDENTITY_MISMATCH',
  );
});

test('10.1.3: an AE has a raw public key, a device, AE-ID or Node-ID certificate', () => {
  const entity = '//m2m.example.com/cse/Cae1';
  const entries: PeerEntry[] = [
    rawEntry(pinOf(keyFor('peer'))),
    ...(['device', 'ae-id', 'node-id'] as const).map(flavour => entryOf(flavour)),
  ];
  for (const entry of entries) assert.ok(!new Peers([{ ...entry, entity }]).isEmpty);
  for (const flavour of ['cse-id', 'fqdn'] as const) invalid({ ...entryOf(flavour), entity }, 'flavour');
});

test('10.1.3: a CSE has a raw public key, a device, CSE-ID or Node-ID certificate', () => {
  const entity = '//m2m.example.com/cse';
  const entries: PeerEntry[] = [
    rawEntry(pinOf(keyFor('peer'))),
    ...(['device', 'cse-id', 'node-id'] as const).map(flavour => entryOf(flavour)),
  ];
  for (const entry of entries) assert.ok(!new Peers([{ ...entry, entity }]).isEmpty);
  invalid({ ...entryOf('ae-id'), entity }, 'identifier');
});

test('10.1.3: every flavour is processed, of either end-point', () => {
  for (const role of roles)
    for (const flavour of flavours)
      assert.equal(verify(entryOf(flavour), [holding(flavour)], role).flavour, flavour);
  const key = keyFor('peer');
  assert.equal(verifyRaw(rawEntry(pinOf(key)), spkiOf(key)).flavour, 'raw');
  assert.equal(
    errorOf(() => verify({ ...entryOf('fqdn'), roles: ['terminating'] }, [holding('fqdn')])).code,
    'PEER_NOT_ALLOWED',
  );
});

/** The right name beside a wildcard is not enough. */
function withoutWildcards(flavour: CertificateFlavour): void {
  const { name } = samples[flavour];
  verify(entryOf(flavour), [root.issue({ names: [name, 'dns:a.example.com', 'uri:coap://a.example.com/'] })]);
  for (const wildcard of [
    'dns:*.example.com',
    'dns:a*.example.com',
    'uri:coap://*.example.com/',
    'uri:urn:example:*',
  ])
    denied(entryOf(flavour), [root.issue({ names: [name, wildcard] })], 'CERTIFICATE_UNSUPPORTED', {
      position: 0,
      field: 'subjectAltName',
      clause: 'TS-0003 10.1.1.5 to 10.1.1.8',
    });
}

/** An entry that configuration refuses, naming the field. */
function invalid(entry: object, field: string): void {
  const error = errorOf(() => new Peers([entry as PeerEntry]));
  assert.equal(error.code, 'OPTION_INVALID');
  assert.ok(error.message.startsWith(`peers.0.${field}`), error.message);
}
