// The table of signature schemes, and the schemes other than ECDSA with SHA-256 (signatures.test.ts).
import assert from 'node:assert/strict';
import {
  constants,
  createHash,
  generateKeyPairSync,
  type KeyObject,
  publicDecrypt,
  type SignKeyObjectInput,
  sign,
  verify,
} from 'node:crypto';
import { test } from 'node:test';
import {
  clientCertificateTypeOf,
  type SignatureScheme,
  schemeAuthenticates,
  schemeByName,
  schemeFits,
  signatureSchemes,
  signWith,
  verifySignature,
} from '../../src/crypto/signatures.ts';
import type { KeyExchange } from '../../src/crypto/suites.ts';
import { signatureSchemeNames } from '../../src/wire/numbers.ts';
import { ed25519, type KeyPair, p256, p384, p521, rsa, rsaPss, withLeadingZero } from './signature-keys.ts';

const bytes = Buffer.from('client random, server random and ServerECDHParams');
const keyPairs: readonly KeyPair[] = [p256, p384, p521, rsa, ed25519];
const saltLengths = { sha256: 32, sha384: 48, sha512: 64 } as const;

function scheme(name: string): SignatureScheme {
  const found = schemeByName(name);
  assert.ok(found, name);
  return found;
}

const verified = (signature: Uint8Array, { id }: SignatureScheme, key: KeyObject): unknown =>
  verifySignature('ServerKeyExchange', { scheme: id, signature }, key, bytes);

function refuses(signature: Uint8Array, as: SignatureScheme, key: KeyObject): void {
  assert.throws(
    () => verified(signature, as, key),
    {
      code: 'SIGNATURE_INVALID',
      message: "the signature in ServerKeyExchange does not verify with the certificate's key",
    },
    as.name,
  );
}

/** What RFC 5246 §7.4.1.4.1 and RFC 8446 §4.2.3 say of each scheme: its number, key, hash and padding. */
const published = [
  [0x0403, 'ecdsa_secp256r1_sha256', 'ec', 'sha256', false],
  [0x0503, 'ecdsa_secp384r1_sha384', 'ec', 'sha384', false],
  [0x0603, 'ecdsa_secp521r1_sha512', 'ec', 'sha512', false],
  [0x0807, 'ed25519', 'ed25519', null, false],
  [0x0804, 'rsa_pss_rsae_sha256', 'rsa', 'sha256', true],
  [0x0805, 'rsa_pss_rsae_sha384', 'rsa', 'sha384', true],
  [0x0806, 'rsa_pss_rsae_sha512', 'rsa', 'sha512', true],
  [0x0401, 'rsa_pkcs1_sha256', 'rsa', 'sha256', false],
  [0x0501, 'rsa_pkcs1_sha384', 'rsa', 'sha384', false],
  [0x0601, 'rsa_pkcs1_sha512', 'rsa', 'sha512', false],
] as const;

test('each scheme is what its number says, and PSS stands before PKCS #1 v1.5 (RFC 5246 §7.4.1.4.1, RFC 8446 §4.2.3)', () => {
  assert.deepEqual(
    signatureSchemes.map(({ id, name, keyType, hash, pss }) => [id, name, keyType, hash, pss]),
    published,
  );
});

test('ECDSA with SHA-256 is the scheme of oneM2M, the others are for foreign stacks (TS-0003 10.1.1)', () => {
  const ofOnem2m = signatureSchemes.filter(({ profile }) => profile === 'onem2m');
  assert.deepEqual(
    ofOnem2m.map(({ id }) => id),
    [0x0403],
  );
  assert.ok(signatureSchemes.every(({ profile }) => profile === 'onem2m' || profile === 'interop'));
});

test('no scheme has a hash weaker than SHA-256 (RFC 9155 §2)', () => {
  for (const name of ['ecdsa_sha1', 'rsa_pkcs1_sha1', 'dsa_sha256', ''])
    assert.equal(schemeByName(name), undefined);
  for (const { name, hash } of signatureSchemes) {
    assert.equal(schemeByName(name)?.name, name);
    assert.ok(hash === null || hash in saltLengths);
  }
});

test('a scheme fits the keys of its own kind alone (RFC 5246 §7.4.3, RFC 8446 §4.2.3)', () => {
  const others = [generateKeyPairSync('ed448'), generateKeyPairSync('x25519'), rsaPss('sha256')];
  for (const { id, keyType } of signatureSchemes) {
    for (const { publicKey, privateKey } of keyPairs)
      for (const key of [publicKey, privateKey])
        assert.equal(schemeFits(id, key), key.asymmetricKeyType === keyType);
    for (const { publicKey } of others) assert.ok(!schemeFits(id, publicKey));
  }
  for (const unknown of [0, 0x0203, 0x0201, 0x0809, 0xffff])
    assert.ok(!keyPairs.some(({ publicKey }) => schemeFits(unknown, publicKey)));
});

test('a certificate key for RSASSA-PSS alone is not one of an rsae scheme (RFC 8446 §4.2.3)', () => {
  const { privateKey, publicKey } = rsaPss('sha256');
  const signature = sign('sha256', bytes, privateKey);
  assert.ok(verified(signature, scheme('rsa_pss_rsae_sha256'), rsa.publicKey), 'the same numbers');
  for (const as of signatureSchemes)
    assert.throws(() => verified(signature, as, publicKey), { code: 'PARAMETER_ILLEGAL' });
});

for (const known of signatureSchemes) {
  const keys = keyPairs.filter(({ publicKey }) => publicKey.asymmetricKeyType === known.keyType);

  test(`what we sign verifies here and elsewhere, with every key that fits: ${known.name}`, () => {
    assert.ok(keys.length > 0);
    for (const { privateKey, publicKey } of keys) {
      const signature = signWith(privateKey, known.id, bytes);
      assert.ok(verified(signature, known, publicKey));
      assert.ok(verify(known.hash, bytes, { key: publicKey, ...padded(known) }, signature));
    }
  });

  test(`what somebody else signs verifies: ${known.name}`, () => {
    for (const { privateKey, publicKey } of keys)
      assert.ok(verified(sign(known.hash, bytes, { key: privateKey, ...padded(known) }), known, publicKey));
  });

  test(`a key of another kind is refused before the signature is looked at: ${known.name} (RFC 5246 §7.4.3)`, () => {
    const [own] = keys;
    assert.ok(own);
    const signature = signWith(own.privateKey, known.id, bytes);
    for (const { publicKey } of keyPairs.filter(pair => !keys.includes(pair)))
      assert.throws(() => verified(signature, known, publicKey), {
        code: 'PARAMETER_ILLEGAL',
        message: "ServerKeyExchange is signed with a scheme that does not fit the certificate's key",
      });
  });

  test(`a signature of this scheme is none of any other with the same key: ${known.name} (RFC 5246 §7.4.1.4.1)`, () => {
    for (const { privateKey, publicKey } of keys) {
      const signature = signWith(privateKey, known.id, bytes);
      for (const other of signatureSchemes)
        if (other !== known && other.keyType === known.keyType) refuses(signature, other, publicKey);
    }
  });

  if (known.pss)
    test(`a signature has the size of the modulus, without its leading zero it is none: ${known.name} (RFC 8017 §8.1.2)`, () => {
      const signature = withLeadingZero(() => signWith(rsa.privateKey, known.id, bytes));
      verifySignature('ServerKeyExchange', { scheme: known.id, signature }, rsa.publicKey, bytes);
      refuses(signature.subarray(1), known, rsa.publicKey);
    });

  test(`a signature over other bytes, a changed one and one of another size are refused: ${known.name}`, () => {
    for (const { privateKey, publicKey } of keys) {
      refuses(signWith(privateKey, known.id, bytes.subarray(1)), known, publicKey);
      const signature = signWith(privateKey, known.id, bytes);
      for (const at of [0, signature.length >> 1, signature.length - 1]) {
        const changed = Uint8Array.from(signature);
        changed[at] = (changed[at] ?? 0) ^ 1;
        refuses(changed, known, publicKey);
      }
      refuses(signature.subarray(1), known, publicKey);
      refuses(signature.subarray(0, -1), known, publicKey);
      refuses(Buffer.concat([signature, Buffer.of(0)]), known, publicKey);
      refuses(Buffer.concat([Buffer.of(0), signature]), known, publicKey);
      refuses(new Uint8Array(), known, publicKey);
      refuses(new Uint8Array(signature.length), known, publicKey);
    }
  });
}

test('a salt is as long as the hash: any other is refused, also none and the longest that fits (RFC 8446 §4.2.3)', () => {
  for (const known of signatureSchemes.filter(({ pss }) => pss)) {
    assert.ok(known.hash);
    const due = saltLengths[known.hash];
    const longest = 256 - 2 - due;
    const withSalt = (saltLength: number): Uint8Array =>
      sign(known.hash, bytes, { key: rsa.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });
    assert.ok(verified(withSalt(due), known, rsa.publicKey));
    for (const saltLength of [0, 1, 20, due - 1, due + 1, 2 * due, longest])
      refuses(withSalt(saltLength), known, rsa.publicKey);
    const signature = signWith(rsa.privateKey, known.id, bytes);
    const salted = { key: rsa.publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: due };
    assert.ok(verify(known.hash, bytes, salted, signature));
    assert.notDeepEqual(signWith(rsa.privateKey, known.id, bytes), signature, 'the salt is a fresh one');
  }
});

test('the mask of PSS is made with the hash of the scheme (RFC 8446 §4.2.3)', () => {
  const { privateKey, publicKey } = rsaPss('sha384');
  const otherMask = sign('sha256', bytes, privateKey);
  assert.ok(verify('sha256', bytes, publicKey, otherMask));
  refuses(otherMask, scheme('rsa_pss_rsae_sha256'), rsa.publicKey);
});

test('PKCS #1 v1.5 is the DigestInfo of the hash behind a padding of ones (RFC 8017 §9.2)', () => {
  const algorithms = { sha256: '01', sha384: '02', sha512: '03' } as const;
  for (const known of signatureSchemes.filter(({ keyType, pss }) => keyType === 'rsa' && !pss)) {
    assert.ok(known.hash);
    const digest = createHash(known.hash).update(bytes).digest();
    const size = digest.length;
    const head = `30${byte(size + 17)}300d06096086480165030402${algorithms[known.hash]}050004${byte(size)}`;
    const info = Buffer.concat([Buffer.from(head, 'hex'), digest]);
    const padding = Buffer.concat([Buffer.of(0, 1), Buffer.alloc(256 - 3 - info.length, 0xff), Buffer.of(0)]);
    const opened = publicDecrypt(
      { key: rsa.publicKey, padding: constants.RSA_NO_PADDING },
      signWith(rsa.privateKey, known.id, bytes),
    );
    assert.deepEqual(opened, Buffer.concat([padding, info]));
  }
});

test('the published signature of Ed25519 comes out and verifies (RFC 8032 §7.1, TEST 3)', () => {
  const message = Buffer.from('af82', 'hex');
  const expected = Buffer.from(
    '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
    'hex',
  );
  const { id } = scheme('ed25519');
  assert.deepEqual(Buffer.from(signWith(ed25519.privateKey, id, message)), expected);
  assert.ok(
    verifySignature('CertificateVerify', { scheme: id, signature: expected }, ed25519.publicKey, message),
  );
});

test('s of an Ed25519 signature is reduced: s + L would be a second form of it (RFC 8032 §5.1.7)', () => {
  const signature = signWith(ed25519.privateKey, scheme('ed25519').id, bytes);
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const little = (value: bigint): Buffer =>
    Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse();
  const s = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString('hex')}`);
  const again = Buffer.concat([signature.subarray(0, 32), little(s)]);
  assert.ok(verified(again, scheme('ed25519'), ed25519.publicKey));
  refuses(
    Buffer.concat([signature.subarray(0, 32), little(s + order)]),
    scheme('ed25519'),
    ed25519.publicKey,
  );
});

test('a scheme authenticates in the suites of its key: RSA in ECDHE_RSA, ECDSA and EdDSA in ECDHE_ECDSA (RFC 8422 §2, §5.10)', () => {
  const exchanges: readonly KeyExchange[] = ['ECDHE_ECDSA', 'ECDHE_RSA', 'PSK', 'ECDHE_PSK'];
  for (const { id, name } of signatureSchemes) {
    const own = name.startsWith('rsa_') ? 'ECDHE_RSA' : 'ECDHE_ECDSA';
    for (const exchange of exchanges) assert.equal(schemeAuthenticates(id, exchange), exchange === own, name);
  }
  for (const unknown of [0, 0x0203, 0x0201, 0xffff])
    for (const exchange of exchanges) assert.ok(!schemeAuthenticates(unknown, exchange));
});

test('whoever signs with RSA is of rsa_sign, with ECDSA or EdDSA of ecdsa_sign (RFC 5246 §7.4.4, RFC 8422 §5.5)', () => {
  for (const { id, name } of signatureSchemes)
    assert.equal(clientCertificateTypeOf(id), name.startsWith('rsa_') ? 1 : 64, name);
  assert.equal(clientCertificateTypeOf(0x0203), undefined);
  assert.equal(clientCertificateTypeOf(0), undefined);
});

test('a scheme without a row is our own mistake when we sign', () => {
  for (const unknown of [0, 0x0203, 0x0201, 0x0808, 0xffff]) {
    assert.ok(unknown === 0 || unknown === 0xffff || unknown in signatureSchemeNames);
    assert.throws(
      () => signWith(p256.privateKey, unknown, bytes),
      new RangeError(`no signature scheme ${unknown}`),
    );
  }
});

/** The padding of RSA as Node takes it, read from the scheme's name. */
function padded({ name, hash }: SignatureScheme): Omit<SignKeyObjectInput, 'key'> {
  if (!name.startsWith('rsa_')) return {};
  return name.startsWith('rsa_pss')
    ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: hash ? saltLengths[hash] : 0 }
    : { padding: constants.RSA_PKCS1_PADDING };
}

function byte(value: number): string {
  return value.toString(16).padStart(2, '0');
}
