// A verified peer as it is kept in our own sealed state: what was written comes back, and nothing else does.
import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { test } from 'node:test';
import { parseRawPublicKey } from '../../src/certificates/raw-public-key.ts';
import {
  decodePeer,
  encodePeer,
  type PeerEntry,
  Peers,
  peerOfPresharedKey,
  TrustAnchors,
  type VerifiedPeer,
  verifyPeer,
  verifyRawPublicKey,
} from '../../src/certificates/trust.ts';
import { niUri } from '../../src/identifiers/public-key-identifier.ts';
import { keyFor, makeAuthority } from '../../src/testing/certificate-maker.ts';

const entity = '//m2m.example.com/cse/Cae1';
const root = makeAuthority();
const leaf = root.issue({ names: [`uri:${entity}`] });
const key = createPublicKey(keyFor('raw')).export({ format: 'der', type: 'spki' });
const anchors = TrustAnchors.fromCertificates([root.der]);

type Options = { exportIndicator?: 'required' };
const optionsFor = (entry: PeerEntry) =>
  ({
    peers: new Peers([entry]),
    role: 'initiating',
    time: new Date('2027-06-01T00:00:00Z'),
    expected: false,
    certificateProfile: 'onem2m',
  }) as const;
const makers: Readonly<Record<string, (options?: Options) => VerifiedPeer>> = {
  certificate: (more = {}) =>
    verifyPeer([leaf.der], optionsFor({ entity, flavour: 'ae-id', trust: anchors, ...more })).peer,
  'raw public key': (more = {}) =>
    verifyRawPublicKey(
      key,
      optionsFor({ entity, flavour: 'raw', pin: niUri(parseRawPublicKey(key).digest), ...more }),
    ).peer,
  'pre-shared key': (more = {}) =>
    peerOfPresharedKey(
      'Kpsa-1',
      optionsFor({ entity, flavour: 'psk', pskIdentity: 'Kpsa-1', roles: ['initiating'], ...more }),
    ),
};

const refusal = { code: 'STORE_FAILED' };
const json = (value: unknown) => Buffer.from(JSON.stringify(value), 'utf8');

/** One wrong value for each field, by kind; what is null for the kind has a value of another kind. */
const wrong: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  certificate: { flavour: 'psk', subject: null, fingerprint: 'AB'.repeat(32), validUntil: 1.5, path: [] },
  'raw public key': {
    flavour: 'psk',
    subject: 'CN=x',
    fingerprint: null,
    validUntil: 1,
    path: [{ issuer: 'ab'.repeat(32), serial: '01' }],
  },
  'pre-shared key': {
    flavour: 'raw',
    subject: 'CN=x',
    fingerprint: 'ab'.repeat(32),
    validUntil: 1,
    path: [{ issuer: 'ab'.repeat(32), serial: '01' }],
  },
};

for (const [kind, make] of Object.entries(makers)) {
  test(`a verified peer with a ${kind} survives storage`, () => {
    for (const options of [{}, { exportIndicator: 'required' } as const])
      assert.deepStrictEqual(decodePeer(encodePeer(make(options))), make(options));
  });

  test(`stored bytes that encodePeer does not make of a ${kind} are refused`, () => {
    const bytes = encodePeer(make());
    const stored = JSON.parse(Buffer.from(bytes).toString('utf8'));
    for (let length = 0; length < bytes.length; length++)
      assert.throws(() => decodePeer(bytes.subarray(0, length)), refusal);
    assert.throws(() => decodePeer(Buffer.concat([bytes, Buffer.from(' ')])), refusal);
    assert.throws(
      () => decodePeer(Buffer.from('\ufeff'.concat(Buffer.from(bytes).toString('utf8')))),
      refusal,
    );
    for (const [name, value] of Object.entries(stored)) {
      const { [name]: _, ...without } = stored;
      assert.throws(() => decodePeer(json(without)), refusal, name);
      if (value !== null) assert.throws(() => decodePeer(json({ ...stored, [name]: null })), refusal, name);
    }
    const fields = { entity: 1, id: 1, exportIndicatorRequired: 'no', more: 1, ...wrong[kind] };
    for (const [name, value] of Object.entries(fields))
      assert.throws(() => decodePeer(json({ ...stored, [name]: value })), refusal, name);
    for (const flavour of ['any', 'x', '', 1])
      assert.throws(() => decodePeer(json({ ...stored, flavour })), refusal);
    for (const step of [{}, null, { issuer: 'x', serial: '01' }, { issuer: 'ab'.repeat(32), serial: '' }])
      assert.throws(() => decodePeer(json({ ...stored, path: [step] })), refusal);
  });
}

test('a verified peer of every flavour survives storage', () => {
  const cases = [
    ['ae-id', null, `uri:${entity}`],
    ['cse-id', 'cse.example.com', 'dns:cse.example.com'],
    ['node-id', 'urn:x:1', 'uri:urn:x:1'],
    ['device', '1.2.3.4', 'device:1.2:3.4'],
    ['fqdn', 'maf.example.com', 'dns:maf.example.com'],
    ['any', null, 'email:a@b.example'],
  ] as const;
  for (const [flavour, identifier, name] of cases) {
    const options = optionsFor({ entity: null, flavour, identifier, trust: anchors });
    const { peer } = verifyPeer([root.issue({ names: [name] }).der], options);
    assert.equal(peer.flavour, flavour === 'any' ? 'x509' : flavour);
    assert.deepStrictEqual(decodePeer(encodePeer(peer)), peer);
  }
});

test('stored bytes that are no object are refused', () => {
  for (const value of [null, [], 'x', 1]) assert.throws(() => decodePeer(json(value)), refusal);
});
