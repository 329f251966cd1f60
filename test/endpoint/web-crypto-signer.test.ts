// Signatures of a WebCrypto in the forms of TLS: two providers, every kind of key, and whole procedures.
import assert from 'node:assert/strict';
import { createPublicKey, type KeyObject, webcrypto } from 'node:crypto';
import { test } from 'node:test';
import { Crypto } from '@peculiar/webcrypto';
import { verifySignature } from '../../src/crypto/signatures.ts';
import { credentials } from '../../src/endpoint/credentials.ts';
import { type WebCryptoKey, webCryptoSigner } from '../../src/endpoint/web-crypto-signer.ts';
import { makeAuthority, otherKey } from '../../src/testing/certificate-maker.ts';
import {
  credentialOf,
  cseB,
  initiatingEndpoint,
  keyOf,
  lineToEndpoint,
  onlyKey,
  refusal,
  terminatingEndpoint,
} from './lab.ts';

const providers = { node: webcrypto, peculiar: new Crypto() };
type Provider = keyof typeof providers;

const probe = Buffer.from('what is signed');
const leafKey = keyOf('cae1');

/** The private key in a provider; it cannot be taken out again. */
async function importKey(provider: Provider, key: KeyObject, algorithm: object) {
  const { subtle } = providers[provider] as typeof webcrypto;
  const pkcs8 = key.export({ format: 'der', type: 'pkcs8' });
  return subtle.importKey('pkcs8', pkcs8, algorithm as { name: string }, false, ['sign']);
}

const signerOf = async (provider: Provider, key: KeyObject, algorithm: object) =>
  webCryptoSigner(providers[provider] as typeof webcrypto, await importKey(provider, key, algorithm));

const rsaKey = otherKey(2048);
const edKey = otherKey('Ed25519');
const ecdsa = (namedCurve: string) => ({ name: 'ECDSA', namedCurve });
const kinds = [
  ['P-256', leafKey, ecdsa('P-256'), [0x0403, 0x0503, 0x0603]],
  ['P-384', otherKey('P-384'), ecdsa('P-384'), [0x0403, 0x0503, 0x0603]],
  ['P-521', otherKey('P-521'), ecdsa('P-521'), [0x0403, 0x0503, 0x0603]],
  ['RSASSA-PKCS1-v1_5 with SHA-256', rsaKey, { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, [0x0401]],
  ['RSASSA-PKCS1-v1_5 with SHA-512', rsaKey, { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-512' }, [0x0601]],
  ['RSA-PSS with SHA-256', rsaKey, { name: 'RSA-PSS', hash: 'SHA-256' }, [0x0804]],
  ['RSA-PSS with SHA-384', rsaKey, { name: 'RSA-PSS', hash: 'SHA-384' }, [0x0805]],
] as const;

for (const provider of ['node', 'peculiar'] as const)
  for (const [name, key, algorithm, schemes] of [
    ...kinds,
    [
      'Ed25519',
      edKey,
      provider === 'node' ? { name: 'Ed25519' } : { name: 'EdDSA', namedCurve: 'Ed25519' },
      [0x0807],
    ],
  ] as const)
    test(`${provider}: signatures of ${name} are those of TLS (RFC 8422 §5.4, RFC 8446 §4.2.3)`, async () => {
      const signer = await signerOf(provider, key, algorithm);
      assert.deepEqual(signer.schemes, schemes);
      // Of r and s every second one begins with a bit that is set, and one of 256 is shorter than the curve.
      for (const scheme of signer.schemes)
        for (let round = 0; round < (name === 'P-256' ? 20 : 2); round++) {
          const signature = await signer.sign(scheme, probe);
          verifySignature('the probe', { scheme, signature }, createPublicKey(key), probe);
        }
    });

test('r and s are INTEGERs of fewest octets, never negative (X.690 8.3.2)', async () => {
  for (const [r, s, expected] of [
    [1, 2, '3006020101020102'],
    [0x80, 0, '300702020080020100'],
    [0x7f, 0xff, '300702017f020200ff'],
  ] as const) {
    const raw = new Uint8Array(64);
    raw[31] = r;
    raw[63] = s;
    const signer = webCryptoSigner(fixed(raw), ecKey);
    assert.equal(Buffer.from(await signer.sign(0x0403, probe)).toString('hex'), expected);
  }
  const full = webCryptoSigner(fixed(new Uint8Array(64).fill(0xff)), ecKey);
  const integer = `022100${'ff'.repeat(32)}`;
  assert.equal(Buffer.from(await full.sign(0x0403, probe)).toString('hex'), `3046${integer}${integer}`);
  const p521: WebCryptoKey = { ...ecKey, algorithm: ecdsa('P-521') };
  const long = webCryptoSigner(fixed(new Uint8Array(132).fill(0x7f)), p521);
  assert.match(
    Buffer.from(await long.sign(0x0403, probe)).toString('hex'),
    /^3081880242(?:7f){66}0242(?:7f){66}$/,
  );
});

test('a signature of another length than that of the curve is an error of the signer', async () => {
  for (const length of [0, 63, 65, 72])
    await assert.rejects(
      async () => webCryptoSigner(fixed(new Uint8Array(length)), ecKey).sign(0x0403, probe),
      /a signature of \d+ octets instead of 64/,
    );
});

test('a scheme that the key does not have is not signed', async () => {
  const signer = webCryptoSigner(fixed(new Uint8Array(64)), ecKey);
  await assert.rejects(async () => signer.sign(0x0804, probe), /no signature scheme 2052/);
});

const ecKey: WebCryptoKey = { type: 'private', usages: ['sign'], algorithm: ecdsa('P-256') };

/** A provider that has this signature for everything. */
function fixed(signature: Uint8Array<ArrayBuffer>) {
  return { subtle: { sign: async () => signature.buffer } };
}

for (const [name, key] of [
  ['a public key', { ...ecKey, type: 'public' }],
  ['a key that may not sign', { ...ecKey, usages: ['deriveBits'] }],
] as const)
  test(`${name} is no signer`, () => {
    assert.throws(
      () => webCryptoSigner(fixed(new Uint8Array()), key),
      refusal('OPTION_INVALID', /^the CryptoKey is not a private key that may sign$/),
    );
  });

for (const algorithm of [
  { name: 'ECDH', namedCurve: 'P-256' },
  { name: 'ECDSA', namedCurve: 'K-256' },
  { name: 'RSA-PSS', hash: { name: 'SHA-1' } },
  { name: 'EdDSA', namedCurve: 'Ed448' },
  { name: 'HMAC' },
])
  test(`a key of ${Object.values(algorithm).map(String).join(' ')} is no signer`, () => {
    assert.throws(
      () => webCryptoSigner(fixed(new Uint8Array()), { ...ecKey, algorithm }),
      refusal('OPTION_INVALID', new RegExp(`of the algorithm ${algorithm.name} makes no signature`)),
    );
  });

for (const provider of ['node', 'peculiar'] as const)
  test(`${provider}: both end-points make a key with keys that stay in a WebCrypto (TS-0003 8.7)`, async t => {
    const credential = async (name: string) =>
      credentials.withSigner(credentialOf(name).chain, await signerOf(provider, keyOf(name), ecdsa('P-256')));
    const answering = terminatingEndpoint(t, { credential: await credential('cse-b') });
    const asking = initiatingEndpoint(t, { credential: await credential('cae1') });
    await asking.establish(cseB, lineToEndpoint(answering));
    assert.equal((await onlyKey(asking)).id, (await onlyKey(answering)).id);
  });

test('a raw public key has its signer in a WebCrypto as well (RFC 7250)', async () => {
  const spki = createPublicKey(leafKey).export({ format: 'der', type: 'spki' });
  const signer = await signerOf('node', leafKey, ecdsa('P-256'));
  assert.deepEqual(credentials.rawWithSigner(spki, signer).schemes, [0x0403, 0x0503, 0x0603]);
});

test('a signer of another kind than its certificate is refused', async () => {
  const { der } = makeAuthority().issue();
  const signer = await signerOf('node', rsaKey, { name: 'RSA-PSS', hash: 'SHA-256' });
  assert.throws(
    () => credentials.withSigner([der], signer),
    refusal('OPTION_INVALID', /no signature scheme that fits/),
  );
});
