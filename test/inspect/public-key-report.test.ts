import assert from 'node:assert/strict';
import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import type { RawPublicKeyReport } from '../../src/inspect/public-key-report.ts';
import {
  bitString,
  keyFor,
  objectIdentifier,
  otherKey,
  sequence,
} from '../../src/testing/certificate-maker.ts';
import { report } from './material.ts';

const spki = (key: KeyObject) => createPublicKey(key).export({ format: 'der', type: 'spki' });

function shown(bytes: Uint8Array): RawPublicKeyReport {
  const inspected = report(bytes);
  assert.ok(inspected.kind === 'raw-public-key');
  return inspected.publicKeys[0] ?? assert.fail('no public key');
}

test('of a raw public key its kind, identifier and fingerprint are shown (TS-0003 10.1.2)', () => {
  const bytes = spki(keyFor('raw'));
  const digest = createHash('sha256').update(bytes);
  const publicKeyIdentifier = `ni:///sha-256;${digest.copy().digest('base64url')}`;
  assert.deepEqual(shown(bytes), { key: 'P-256', publicKeyIdentifier, fingerprint: digest.digest('hex') });
  assert.equal(shown(spki(otherKey('P-521'))).key, 'P-521');
  assert.equal(shown(spki(otherKey('Ed25519'))).key, 'ed25519');
  assert.equal(shown(spki(otherKey(2048))).key, 'RSA with 2048 bits');
});

test('TS-0003 10.1.1.1: a raw public key is on P-256, uncompressed', () => {
  const ecAlgorithm = sequence(
    objectIdentifier('1.2.840.10045.2.1'),
    objectIdentifier('1.2.840.10045.3.1.7'),
  );
  const { x = '' } = keyFor('raw').export({ format: 'jwk' });
  const point = Buffer.concat([Buffer.of(2), Buffer.from(x, 'base64url')]);
  const departures: readonly [bytes: Uint8Array, message: RegExp][] = [
    [spki(otherKey('P-384')), /^a key of kind P-384; accepted: P-256, points uncompressed$/],
    [spki(otherKey('Ed25519')), /^a key of kind Ed25519/],
    [spki(otherKey(2048)), /^a key of kind RSA/],
    [sequence(ecAlgorithm, bitString(point)), /not in uncompressed form/],
    [sequence(ecAlgorithm, bitString(Buffer.alloc(65, 4))), /no key, such as a point off its curve/],
    [sequence(sequence(objectIdentifier('1.2.3')), bitString(Buffer.of(1))), /^a key of algorithm 1\.2\.3/],
  ];
  for (const [bytes, message] of departures) {
    const [finding, ...more] = report(bytes).findings;
    assert.deepEqual(more, []);
    assert.equal(finding?.severity, 'error');
    assert.equal(finding?.code, 'CERTIFICATE_UNSUPPORTED');
    assert.equal(finding?.field, 'publicKeys.0.subjectPublicKeyInfo');
    assert.equal(finding?.clause, 'TS-0003 10.1.1.1');
    assert.match(finding?.message ?? '', message);
  }
});

test('a key that cannot be made is shown by its algorithm', () => {
  const bytes = sequence(sequence(objectIdentifier('1.2.3')), bitString(Buffer.of(1)));
  assert.equal(shown(bytes).key, 'unreadable, algorithm 1.2.3');
});
