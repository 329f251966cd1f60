// Our own certificate and its signer: what does not fit is refused when it is made, not in a procedure.
import assert from 'node:assert/strict';
import { createPublicKey, createSecretKey, generateKeyPairSync, verify } from 'node:crypto';
import { test } from 'node:test';
import { credentials, trust } from '../../src/endpoint/credentials.ts';
import { Endpoint } from '../../src/endpoint/endpoint.ts';
import { certificatePem, type keyFor, makeAuthority, otherKey } from '../../src/testing/certificate-maker.ts';
import { secp256r1 } from '../../src/wire/numbers.ts';
import { cae1, certs, credentialOf, keyOf, peer, refusal } from './lab.ts';

const pem = (key: ReturnType<typeof keyFor>) => key.export({ format: 'pem', type: 'pkcs8' }).toString();

test('a credential from PEM has the whole chain, own certificate first, and signs', () => {
  const { chain, schemes, signer } = credentialOf('cae1');
  assert.equal(chain.length, 2);
  // A P-256 key signs with every hash (RFC 5246 §7.4.1.4.1); which of them are used is the profile's.
  assert.deepEqual(schemes, [0x0403, 0x0503, 0x0603]);
  assert.ok(signer.sign(0x0403, Buffer.from('bytes')) instanceof Uint8Array);
});

test('the order and the text around PEM blocks are kept out of the chain', () => {
  const text = `Bag Attributes\n${certs('cae1.pem')}\n# the end\n`.replaceAll('\n', '\r\n');
  assert.deepEqual(credentials.fromPem(text, certs('cae1.key')).chain, credentialOf('cae1').chain);
});

test('a private key that stands in the file of the chain stays out of the chain', () => {
  const text = `${certs('cae1.key')}${certs('cae1.pem')}${certs('cae1.key')}`;
  assert.deepEqual(credentials.fromPem(text, certs('cae1.key')).chain, credentialOf('cae1').chain);
});

test('a chain is refused for each certificate that cannot be read, not sent without it', () => {
  const broken = `${certs('cae1.pem')}-----BEGIN CERTIFICATE-----\n????\n-----END CERTIFICATE-----\n`;
  assert.throws(
    () => credentials.fromPem(broken, certs('cae1.key')),
    refusal('OPTION_INVALID', /^certificate 3: /),
  );
});

for (const [name, chain, key, words] of [
  ['no certificate', 'no PEM', certs('cae1.key'), /no PEM certificate/],
  ['no private key', certs('cae1.pem'), 'no PEM', /no unencrypted PEM private key/],
  ['the public key in the place of the private one', certs('cae1.pem'), certs('cae1.pem'), /private key/],
  ["another certificate's key", certs('cae1.pem'), certs('cae2.key'), /not that of the first certificate/],
  ['a key of another kind', certs('cae1.pem'), pem(otherKey('P-384')), /not that of the first certificate/],
  [
    'an encrypted private key',
    certs('cae1.pem'),
    keyOf('cae1').export({ format: 'pem', type: 'pkcs8', cipher: 'aes-128-cbc', passphrase: 'p' }).toString(),
    /unencrypted/,
  ],
] as const)
  test(`${name} is refused`, () => {
    assert.throws(() => credentials.fromPem(chain, key), refusal('OPTION_INVALID', words));
  });

test('a public or a secret key is no private key', () => {
  const { chain } = credentialOf('cae1');
  for (const key of [createPublicKey(keyOf('cae1')), createSecretKey(new Uint8Array(32))])
    assert.throws(() => credentials.fromKey(chain, key), refusal('OPTION_INVALID', /private key/));
});

test('an empty chain is refused', () => {
  assert.throws(() => credentials.fromKey([], keyOf('cae1')), refusal('OPTION_INVALID', /no certificate/));
  const { signer } = credentialOf('cae1');
  assert.throws(() => credentials.withSigner([], signer), refusal('OPTION_INVALID', /no certificate/));
});

test('a first certificate that is none is refused', () => {
  assert.throws(
    () => credentials.fromKey([Buffer.from('certificate')], keyOf('cae1')),
    refusal('OPTION_INVALID', /first certificate/),
  );
});

test('an RSA key is a credential, but not one of an Endpoint: it has no scheme of the mandatory suites (TS-0003 10.2.3)', () => {
  const key = otherKey(2048);
  const credential = credentials.fromPem(certificatePem(makeAuthority().issue({ key }).der), pem(key));
  assert.ok(credential.schemes.includes(0x0804));
  assert.throws(
    () => new Endpoint({ id: cae1, credential, peers: [peer.cseB] }),
    refusal('OPTION_INVALID', /credential: its key is not on P-256/),
  );
});

test('a key that signs in no scheme of TLS 1.2 that is known here is refused', () => {
  const { privateKey } = generateKeyPairSync('ed448');
  assert.throws(
    () => credentials.fromRawKey(privateKey),
    refusal('OPTION_INVALID', /no signature scheme that fits/),
  );
});

test('a raw public key credential is the SubjectPublicKeyInfo of its private key, and signs (RFC 7250 §3)', () => {
  const { type, chain, schemes, curve, signer } = credentials.fromRawKey(keyOf('cae1'));
  assert.deepEqual([type, chain.length, curve], ['raw', 1, secp256r1]);
  assert.deepEqual(chain, [createPublicKey(keyOf('cae1')).export({ format: 'der', type: 'spki' })]);
  const signature = signer.sign(schemes[0] ?? 0, Buffer.from('bytes'));
  assert.ok(signature instanceof Uint8Array);
  assert.ok(verify('sha256', Buffer.from('bytes'), createPublicKey(keyOf('cae1')), signature));
});

test('a raw public key credential of a token has its signer; bytes that are no key are refused', () => {
  const { chain, signer } = credentials.fromRawKey(keyOf('cae1'));
  const [der = new Uint8Array()] = chain;
  assert.equal(credentials.rawWithSigner(der, signer).signer, signer);
  for (const wrong of [der.subarray(1), new Uint8Array(), credentialOf('cae1').chain[0] ?? der])
    assert.throws(
      () => credentials.rawWithSigner(wrong, signer),
      refusal('OPTION_INVALID', /^the raw public key cannot be read/),
    );
});

test('the raw public key of a public or a secret key is refused: nobody could sign', () => {
  for (const key of [createPublicKey(keyOf('cae1')), createSecretKey(new Uint8Array(32))])
    assert.throws(() => credentials.fromRawKey(key), refusal('OPTION_INVALID', /not a private key/));
});

test('a signer without a scheme that fits the certificate is refused; others of its schemes are left out', () => {
  const { chain, signer } = credentialOf('cae1');
  const sign = signer.sign;
  for (const schemes of [[], [0x0804]])
    assert.throws(
      () => credentials.withSigner(chain, { schemes, sign }),
      refusal('OPTION_INVALID', /signature scheme/),
    );
  assert.deepEqual(credentials.withSigner(chain, { schemes: [0x0804, 0x0403], sign }).schemes, [0x0403]);
});

test('trust anchors without a certificate are refused', () => {
  assert.throws(() => trust.anchors('no PEM'), refusal('OPTION_INVALID', /no PEM certificate/));
});
