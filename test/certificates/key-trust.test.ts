// Peers that are believed for their raw public key or their pre-shared key.
import assert from 'node:assert/strict';
import { createPublicKey, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { type PeerEntry, Peers, type RawPublicKeyPeer } from '../../src/certificates/peers.ts';
import { parseRawPublicKey } from '../../src/certificates/raw-public-key.ts';
import {
  peerOfPresharedKey,
  TrustAnchors,
  type VerifyOptions,
  verifyRawPublicKey,
} from '../../src/certificates/trust.ts';
import { E2EKeyError } from '../../src/errors.ts';
import { niUri } from '../../src/identifiers/public-key-identifier.ts';
import { keyFor, makeAuthority, otherKey } from '../../src/testing/certificate-maker.ts';

const entity = '//m2m.example.com/cse/Cae1';
const spki = (key: KeyObject) => createPublicKey(key).export({ format: 'der', type: 'spki' });
const own = spki(keyFor('raw'));
const entryOf = (der: Uint8Array, entry: Partial<RawPublicKeyPeer> = {}): RawPublicKeyPeer => ({
  entity,
  flavour: 'raw',
  pin: niUri(parseRawPublicKey(der).digest),
  ...entry,
});
const options = (
  entries: readonly PeerEntry[] = [entryOf(own)],
  changes: Partial<VerifyOptions> = {},
): Parameters<typeof verifyRawPublicKey>[1] => ({
  peers: new Peers(entries),
  role: 'initiating',
  expected: false,
  certificateProfile: 'onem2m',
  ...changes,
});

test('a pinned raw public key is the peer of its entry, and needs no authority and no time (RFC 7250 §3)', () => {
  const { peer, publicKey } = verifyRawPublicKey(own, options());
  assert.deepEqual(JSON.parse(JSON.stringify(peer)), {
    entity,
    flavour: 'raw',
    id: niUri(parseRawPublicKey(own).digest),
    subject: null,
    fingerprint: parseRawPublicKey(own).fingerprint,
    validUntil: null,
    path: [],
    statusBy: null,
    exportIndicatorRequired: false,
  });
  assert.ok(publicKey.equals(createPublicKey(keyFor('raw'))));
  const { peer: strict } = verifyRawPublicKey(own, options([entryOf(own, { exportIndicator: 'required' })]));
  assert.equal(strict.exportIndicatorRequired, true);
});

test('no bytes are PEER_CERTIFICATE_MISSING (TS-0003 8.7.2.2)', () => {
  assert.throws(() => verifyRawPublicKey(new Uint8Array(), options()), {
    code: 'PEER_CERTIFICATE_MISSING',
    message: /^Certificate: .*no raw public key/,
  });
});

test('a raw public key that nobody pinned is refused, whoever presents it (TS-0003 8.1.2.5)', () => {
  const stranger = spki(keyFor('stranger'));
  const everybody = TrustAnchors.fromCertificates([makeAuthority().der]);
  for (const entries of [
    [],
    [entryOf(own)],
    [
      { entity: null, flavour: 'any', trust: everybody } as const,
      { entity: null, flavour: 'ae-id', trust: everybody } as const,
    ],
  ]) {
    assert.throws(() => verifyRawPublicKey(stranger, options(entries)), {
      code: 'PEER_NOT_ALLOWED',
      message: /^subjectPublicKeyInfo: the key [0-9a-f]{64} fits no peer entry/,
    });
    assert.throws(() => verifyRawPublicKey(stranger, options(entries, { expected: true })), {
      code: 'IDENTITY_MISMATCH',
      message: /not that of the expected peer/,
    });
  }
});

test('a raw public key in a role that its entry does not allow is refused, expected or not (TS-0003 8.1.2.4)', () => {
  const entries = [entryOf(own, { roles: ['terminating'] })];
  for (const expected of [true, false]) {
    assert.throws(() => verifyRawPublicKey(own, options(entries, { expected })), {
      code: 'PEER_NOT_ALLOWED',
      message: /may not be the initiating end-point/,
    });
    assert.ok(verifyRawPublicKey(own, options(entries, { expected, role: 'terminating' })));
  }
});

test('of several pins for one key the one that allows the role decides', () => {
  const { digest } = parseRawPublicKey(own);
  const entries = [
    entryOf(own, { roles: ['terminating'] }),
    entryOf(own, { pin: niUri(digest, 'sha-256-120'), exportIndicator: 'required' }),
  ];
  assert.equal(verifyRawPublicKey(own, options(entries)).peer.id, niUri(digest, 'sha-256-120'));
  assert.equal(
    verifyRawPublicKey(own, options(entries, { role: 'terminating' })).peer.exportIndicatorRequired,
    false,
  );
});

test('profile onem2m: a pinned key is on P-256 all the same (TS-0003 10.1.1.1)', () => {
  for (const kind of ['P-384', 'P-521', 'Ed25519', 2048] as const) {
    const der = spki(otherKey(kind));
    assert.throws(() => verifyRawPublicKey(der, options([entryOf(der)])), {
      code: 'CERTIFICATE_UNSUPPORTED',
      message: /^subjectPublicKeyInfo: the profile onem2m does not accept/,
    });
    assert.ok(verifyRawPublicKey(der, options([entryOf(der)], { certificateProfile: 'rfc5280' })));
  }
});

test('a raw public key that cannot be read is CERTIFICATE_MALFORMED', () => {
  for (const wrong of [Buffer.of(1), own.subarray(1), Buffer.concat([own, Buffer.of(0)]), Buffer.alloc(1025)])
    assert.throws(() => verifyRawPublicKey(wrong, options()), { code: 'CERTIFICATE_MALFORMED' });
});

test('any one-bit change of a raw public key is refused', () => {
  for (let bit = 0; bit < own.length * 8; bit++) {
    const changed = Uint8Array.from(own);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assert.throws(
      () => verifyRawPublicKey(changed, options()),
      (error: unknown) => error instanceof E2EKeyError && error.blame === 'peer',
      `bit ${bit}`,
    );
  }
});

test('property: whatever a peer sends as raw public key, the answer is the pinned one or a fault of the peer', () => {
  const bytes = fc.oneof(
    fc.constant(own),
    fc.uint8Array({ maxLength: 200 }),
    fc
      .tuple(fc.nat(own.length - 1), fc.uint8Array({ maxLength: 4 }))
      .map(([at, more]) => Buffer.concat([own.subarray(0, at), more, own.subarray(at + more.length)])),
  );
  fc.assert(
    fc.property(bytes, der => {
      try {
        verifyRawPublicKey(der, options());
        assert.ok(Buffer.compare(der, own) === 0);
      } catch (error) {
        assert.ok(error instanceof E2EKeyError && error.blame === 'peer', String(error));
      }
    }),
    { numRuns: 300, seed: 20270601 },
  );
});

const psk = { entity, flavour: 'psk', pskIdentity: 'Kpsa-1', roles: ['initiating'] } as const;
const peers = new Peers([psk]);

test('the peer of a pre-shared key has neither certificate nor end (RFC 4279 §2)', () => {
  const peer = peerOfPresharedKey('Kpsa-1', { peers, role: 'initiating' });
  assert.deepEqual(JSON.parse(JSON.stringify(peer)), {
    entity,
    flavour: 'psk',
    id: 'Kpsa-1',
    subject: null,
    fingerprint: null,
    validUntil: null,
    path: [],
    statusBy: null,
    exportIndicatorRequired: false,
  });
  const strict = new Peers([{ ...psk, exportIndicator: 'required' }]);
  assert.equal(
    peerOfPresharedKey('Kpsa-1', { peers: strict, role: 'initiating' }).exportIndicatorRequired,
    true,
  );
});

test('an identity that is in no entry is PSK_UNKNOWN, and not repeated to anybody (RFC 4279 §2)', () => {
  for (const identity of ['', 'Kpsa-2', 'kpsa-1', entity])
    assert.throws(() => peerOfPresharedKey(identity, { peers, role: 'initiating' }), {
      code: 'PSK_UNKNOWN',
      message: 'psk_identity: no peer has a pre-shared key of this identity',
    });
});

test('a pre-shared key in the other role is refused: it may be our own message that came back (RFC 9257 §4.1)', () => {
  assert.throws(() => peerOfPresharedKey('Kpsa-1', { peers, role: 'terminating' }), {
    code: 'PEER_NOT_ALLOWED',
    message: /may not be the terminating end-point/,
  });
});
