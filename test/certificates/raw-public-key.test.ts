import assert from 'node:assert/strict';
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import { keyObjection } from '../../src/certificates/algorithms.ts';
import { parseRawPublicKey } from '../../src/certificates/raw-public-key.ts';
import { E2EKeyError } from '../../src/errors.ts';
import { niUri } from '../../src/identifiers/public-key-identifier.ts';
import {
  bitString,
  der,
  integer,
  keyFor,
  nothing,
  objectIdentifier,
  otherKey,
  sequence,
} from '../../src/testing/certificate-maker.ts';

const spki = (key: KeyObject) => createPublicKey(key).export({ format: 'der', type: 'spki' });
const p256 = spki(keyFor('raw'));

const ecParameters = objectIdentifier('1.2.840.10045.3.1.7');
const ecAlgorithm = sequence(objectIdentifier('1.2.840.10045.2.1'), ecParameters);
const point = p256.subarray(26);
const rsaAlgorithm = sequence(objectIdentifier('1.2.840.113549.1.1.1'), nothing);
const rsaKey = (bits: number, exponent: bigint) =>
  sequence(rsaAlgorithm, bitString(sequence(integer((1n << BigInt(bits)) - 1n), integer(exponent))));

/** RFC 6920 figure 6. */
const figure = [
  '30820122300d06092a864886f70d01010105000382010f003082010a0282010100a25f83da9bd9f17a3a3667bafd5a94',
  '0ecf16d55a553a5ed403b1658e6dcfa3b7dba4e7cc0f52c67d351dc468c2bd7b9ddbe40ad710cdf95320ee0dd7566e5b',
  '7aae2c5f830a193c725896d686e80ee694eb5cf2903ef3a88a8856b6cd3638762297b16b3c9c07f34f9708a1bc29389b',
  '81062b7460387a932f39be1234096e0b5710b7a37bf2c6eed6c1e5ecaec59c8314f46b58e2def2ffc97707e3f34c97cf',
  '1a289e38a1b3934175a1a4763f4d78d744d61ae3cee25dc5784cb531222ec74b8c6f56785ca1c4c01dcae5b944d7e990',
  '9cbceeb0a2b1dcda6da00ff6ad1e2c12a2a766603e36d49141c2f2e769392c9dd2dfb5a34495487c876489ddbf0501ee',
  'dd0203010001',
].join('');

function refused(bytes: Uint8Array, message: RegExp): void {
  assert.throws(() => parseRawPublicKey(bytes), { code: 'CERTIFICATE_MALFORMED', message });
}

test('a raw public key is its SubjectPublicKeyInfo: algorithm, key and SHA-256 over the whole (RFC 7250 §3)', () => {
  const raw = parseRawPublicKey(p256);
  assert.deepEqual(Buffer.from(raw.der), p256);
  assert.deepEqual(Buffer.from(raw.subjectPublicKeyInfo.der), p256);
  assert.equal(raw.subjectPublicKeyInfo.algorithm.algorithm, '1.2.840.10045.2.1');
  assert.deepEqual(
    Buffer.from(raw.subjectPublicKeyInfo.algorithm.parameters ?? []),
    Buffer.from(ecParameters),
  );
  assert.deepEqual(Buffer.from(raw.subjectPublicKeyInfo.subjectPublicKey), point);
  assert.ok(raw.publicKey.equals(createPublicKey(keyFor('raw'))));
  const digest = createHash('sha256').update(p256).digest();
  assert.deepEqual(Buffer.from(raw.digest), digest);
  assert.equal(raw.fingerprint, digest.toString('hex'));
});

test('the key of RFC 6920 §8.2 has the identifier that is printed there', () => {
  const { digest, publicKey } = parseRawPublicKey(Buffer.from(figure, 'hex'));
  assert.equal(niUri(digest), 'ni:///sha-256;UyaQV-Ev4rdLoHyJJWCi11OHfrYv9E1aGQAlMO2X_-Q');
  // The binary form has suite 3, sha-256-120, before the digest.
  const truncated = Buffer.from('53269057e12fe2b74ba07c892560a2', 'hex');
  assert.equal(niUri(digest, 'sha-256-120'), niUri(truncated, 'sha-256-120'));
  assert.equal(publicKey.asymmetricKeyDetails?.modulusLength, 2048);
});

test('the bytes are a copy: changing the input afterwards changes nothing', () => {
  const input = Buffer.from(p256);
  const raw = parseRawPublicKey(input);
  input.fill(0);
  assert.deepEqual(Buffer.from(raw.subjectPublicKeyInfo.der), p256);
  assert.deepEqual(Buffer.from(raw.der), p256);
});

test('every prefix of a raw public key is refused, and so is any octet after it', () => {
  for (let length = 0; length < p256.length; length++)
    assert.throws(() => parseRawPublicKey(p256.subarray(0, length)), E2EKeyError, `${length} octets`);
  refused(Buffer.concat([p256, Buffer.of(0)]), /^subjectPublicKeyInfo: 1 octets too many, at offset 91;/);
});

test('a raw public key above 1 KiB is refused before it is read, the largest that is accepted fits (our bound)', () => {
  refused(new Uint8Array(1025), /^subjectPublicKeyInfo: 1025 octets; accepted: at most 1024 \(our bound\)$/);
  refused(new Uint8Array(1024), /^subjectPublicKeyInfo: tag 0x00 instead of sequence/);
  const largest = rsaKey(4096, 65537n);
  assert.equal(largest.length, 550);
  assert.equal(keyObjection(parseRawPublicKey(largest), 'rfc5280'), null);
});

test('what is no SubjectPublicKeyInfo is refused by its field (RFC 5280 4.1.2.7)', () => {
  refused(
    der(0x31, ecAlgorithm, bitString(point)),
    /^subjectPublicKeyInfo: set instead of sequence, at offset 0; accepted: sequence \(RFC 5280 4\.1\)$/,
  );
  refused(sequence(bitString(point)), /^subjectPublicKeyInfo\.algorithm: bitString instead of sequence/);
  refused(
    sequence(sequence(ecParameters, ecParameters, nothing), bitString(point)),
    /^subjectPublicKeyInfo\.algorithm: 2 octets too many/,
  );
  refused(
    sequence(sequence(nothing), bitString(point)),
    /^subjectPublicKeyInfo\.algorithm\.algorithm: null instead of objectIdentifier/,
  );
  refused(sequence(ecAlgorithm), /^subjectPublicKeyInfo\.subjectPublicKey: nothing instead of bitString/);
  refused(
    sequence(ecAlgorithm, der(0x04, point)),
    /^subjectPublicKeyInfo\.subjectPublicKey: octetString instead/,
  );
  refused(
    sequence(ecAlgorithm, bitString(Buffer.of(0x80), 7)),
    /^subjectPublicKeyInfo\.subjectPublicKey: a BIT STRING that ends inside/,
  );
  refused(sequence(ecAlgorithm, bitString(point), nothing), /^subjectPublicKeyInfo: 2 octets too many/);
  const indefinite = Buffer.concat([Buffer.of(0x30, 0x80), p256.subarray(2), Buffer.of(0, 0)]);
  refused(indefinite, /^subjectPublicKeyInfo: an indefinite or oversized length/);
});

test('a key that is none is refused when it is asked for, not before', () => {
  const offCurve = sequence(ecAlgorithm, bitString(Buffer.concat([Buffer.of(4), Buffer.alloc(64, 1)])));
  const raw = parseRawPublicKey(offCurve);
  assert.throws(() => raw.publicKey, {
    code: 'CERTIFICATE_MALFORMED',
    message:
      'subjectPublicKeyInfo: bytes that are no key; accepted: a key of its algorithm, such as a point on its curve (RFC 5280 4.1.2.7)',
  });
  assert.match(keyObjection(raw, 'onem2m') ?? '', /no key, such as a point off its curve/);
});

test('a raw public key is judged as the key of a certificate is (TS-0003 10.1.1.1)', () => {
  const objection = (bytes: Uint8Array, profile: 'onem2m' | 'rfc5280') =>
    keyObjection(parseRawPublicKey(bytes), profile);
  assert.equal(objection(p256, 'onem2m'), null);
  const { x = '' } = keyFor('raw').export({ format: 'jwk' });
  const compressed = sequence(
    ecAlgorithm,
    bitString(Buffer.concat([Buffer.of(2), Buffer.from(x, 'base64url')])),
  );
  for (const profile of ['onem2m', 'rfc5280'] as const)
    assert.match(objection(compressed, profile) ?? '', /uncompressed/);
  for (const [name, key] of [
    ['P-384', otherKey('P-384')],
    ['P-521', otherKey('P-521')],
    ['RSA', otherKey(2048)],
    ['Ed25519', otherKey('Ed25519')],
  ] as const) {
    assert.equal(objection(spki(key), 'onem2m'), `a key of kind ${name}`);
    assert.equal(objection(spki(key), 'rfc5280'), null);
  }
  assert.match(objection(rsaKey(1024, 65537n), 'rfc5280') ?? '', /an RSA modulus of 1024 bits/);
  assert.match(objection(rsaKey(4104, 65537n), 'rfc5280') ?? '', /an RSA modulus of 4104 bits/);
  assert.match(objection(rsaKey(2048, 0x100000001n), 'rfc5280') ?? '', /an RSA exponent above/);
  for (const { privateKey } of [
    generateKeyPairSync('ed448'),
    generateKeyPairSync('x25519'),
    generateKeyPairSync('rsa-pss', { modulusLength: 2048 }),
    generateKeyPairSync('ec', { namedCurve: 'secp256k1' }),
  ])
    assert.match(objection(spki(privateKey), 'rfc5280') ?? '', /^a key of algorithm/);
});
