// What bytes are a signature, shown on ECDSA with SHA-256; the other schemes are in signature-schemes.test.ts.
import assert from 'node:assert/strict';
import crypto, { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { test } from 'node:test';
import { signatureSchemes, signWith, verifySignature } from '../../src/crypto/signatures.ts';
import { der, integer, sequence } from '../../src/testing/certificate-maker.ts';
import { ecdsaSha256, signatureSchemeNames } from '../../src/wire/numbers.ts';

const privateKey = createPrivateKey(readFileSync(new URL('../vectors/init.key', import.meta.url)));
const publicKey = createPublicKey(privateKey);
const bytes = Buffer.from('client random, server random and ServerECDHParams');

/** Order of the group (SEC 2 §2.4.2). */
const n = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

const signature = sign('sha256', bytes, privateKey);
const [r, s] = numbersOf(signature);

function verify(candidate: Uint8Array, scheme = ecdsaSha256, key = publicKey, over: Uint8Array = bytes) {
  return verifySignature('CertificateVerify', { scheme, signature: candidate }, key, over);
}

function refuses(candidate: Uint8Array, ...rest: readonly [number?, typeof publicKey?, Uint8Array?]): void {
  assert.throws(
    () => verify(candidate, ...rest),
    {
      code: 'SIGNATURE_INVALID',
      message: "the signature in CertificateVerify does not verify with the certificate's key",
    },
    Buffer.from(candidate).toString('hex'),
  );
}

test('a signature over these bytes by this key verifies (RFC 5246 §4.7)', () => {
  assert.ok(verify(signature));
  assert.ok(verify(sequence(integer(r), integer(s))));
});

test('a signature over other bytes or by another key is refused (RFC 5246 §7.4.8)', () => {
  const other = createPublicKey(readFileSync(new URL('../vectors/term.pub.pem', import.meta.url)));
  refuses(signature, ecdsaSha256, other);
  refuses(signature, ecdsaSha256, publicKey, bytes.subarray(1));
  refuses(signature, ecdsaSha256, publicKey, new Uint8Array());
});

test('a signature that OpenSSL cannot look at is refused as a wrong one (RFC 5246 §7.4.8)', t => {
  t.mock.method(crypto, 'verify', () => {
    throw new Error('it failed');
  });
  syncBuiltinESMExports();
  try {
    refuses(signature);
  } finally {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  }
});

test('each bit of a signature counts', () => {
  for (let bit = 0; bit < signature.length * 8; bit++) {
    const changed = Uint8Array.from(signature);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    refuses(changed);
  }
});

test('a BER form of a signature is refused (X.690 10.1, RFC 3279 §2.2.3)', () => {
  const content = Buffer.concat([integer(r), integer(s)]);
  const padded = (value: bigint): Uint8Array =>
    der(2, Buffer.concat([Buffer.of(0), integer(value).subarray(2)]));
  for (const wrong of [
    Buffer.concat([Buffer.of(0x30, 0x81, content.length), content]),
    Buffer.concat([Buffer.of(0x30, 0x82, 0, content.length), content]),
    Buffer.concat([Buffer.of(0x30, 0x80), content, Buffer.of(0, 0)]),
    sequence(padded(r), integer(s)),
    sequence(integer(r), padded(s)),
    sequence(Buffer.concat([Buffer.of(2, 0x81), integer(r).subarray(1)]), integer(s)),
  ])
    refuses(wrong);
});

test('a BER form is refused on every curve, also where DER itself takes two bytes for a length (X.690 10.1)', () => {
  for (const [curve, scheme] of [
    ['prime256v1', 0x0403],
    ['secp384r1', 0x0503],
    ['secp521r1', 0x0603],
  ] as const) {
    const { privateKey: own, publicKey: its } = generateKeyPairSync('ec', { namedCurve: curve });
    const right = signWith(own, scheme, bytes);
    const [headSize, size] = right[1] === 0x81 ? [3, right[2] ?? 0] : [2, right[1] ?? 0];
    assert.equal(headSize === 3, curve === 'secp521r1');
    assert.ok(verify(right, scheme, its));
    const content = right.subarray(headSize);
    const rSize = content[1] ?? 0;
    const [r, s] = [content.subarray(2, 2 + rSize), content.subarray(4 + rSize)];
    const number = (value: Uint8Array): Uint8Array => der(2, value);
    const padded = (value: Uint8Array): Uint8Array => number(Buffer.concat([Buffer.of(0), value]));
    const long = (value: Uint8Array): Uint8Array => Buffer.concat([Buffer.of(2, 0x81, value.length), value]);
    assert.deepEqual(Buffer.from(sequence(number(r), number(s))), Buffer.from(right));
    for (const wrong of [
      ...(headSize === 3 ? [] : [Buffer.concat([Buffer.of(0x30, 0x81, size), content])]),
      Buffer.concat([Buffer.of(0x30, 0x82, 0, size), content]),
      Buffer.concat([Buffer.of(0x30, 0x84, 0, 0, 0, size), content]),
      Buffer.concat([Buffer.of(0x30, 0x80), content, Buffer.of(0, 0)]),
      sequence(padded(r), number(s)),
      sequence(number(r), padded(s)),
      sequence(long(r), number(s)),
      sequence(number(r), long(s)),
      sequence(number(r), number(s), Buffer.of(0, 0)),
      sequence(number(r), number(s), Buffer.of(5, 0)),
      sequence(der(0x22, number(r)), number(s)),
      Buffer.concat([right, Buffer.of(0)]),
      Buffer.concat([right, right]),
    ])
      refuses(wrong, scheme, its);
  }
});

test('bytes after the signature, or missing from it, are refused (RFC 3279 §2.2.3)', () => {
  refuses(Buffer.concat([signature, Buffer.of(0)]));
  refuses(sequence(integer(r), integer(s), Buffer.of(0)));
  refuses(sequence(integer(r), integer(s), integer(1)));
  refuses(sequence(integer(r)));
  refuses(sequence());
  for (let size = 0; size < signature.length; size++) refuses(signature.subarray(0, size));
});

test('r and s lie in 1…n-1 (SEC 1 §4.1.4): a zero would verify for every message in a careless check', () => {
  for (const [wrongR, wrongS] of [
    [0n, s],
    [r, 0n],
    [0n, 0n],
    [r + n, s],
    [r, s + n],
    [n, s],
    [r, n],
    [0n, 1n],
    [1n, 0n],
    [n, n],
    [1n, 1n],
    [n - 1n, 1n],
  ] as const)
    refuses(sequence(integer(wrongR), integer(wrongS)));
  // The same number modulo n, or modulo 2^256, in two's complement.
  const negative = (value: bigint): Uint8Array =>
    der(2, Buffer.from((2n ** 264n - value).toString(16).padStart(66, '0'), 'hex'));
  refuses(sequence(negative(n - r), integer(s)));
  refuses(sequence(integer(r), negative(n - s)));
  refuses(sequence(negative(r), integer(s)));
  const unsigned = (value: bigint): Uint8Array =>
    der(2, Buffer.from(value.toString(16).padStart(64, '0'), 'hex'));
  for (const high of [r, n - r].filter(value => value >= 2n ** 255n))
    refuses(sequence(unsigned(high), integer(s)));
});

test('other types than INTEGER and SEQUENCE are refused (RFC 3279 §2.2.3)', () => {
  refuses(sequence(der(4, integer(r).subarray(2)), integer(s)));
  refuses(der(0x31, integer(r), integer(s)));
  refuses(
    Buffer.concat([Buffer.of(signature[0] ?? 0, signature[1] ?? 0), Buffer.alloc(signature.length - 2)]),
  );
});

test('the form without DER is not the one of TLS (RFC 8422 §5.4)', () => {
  refuses(sign('sha256', bytes, { key: privateKey, dsaEncoding: 'ieee-p1363' }));
});

test('(r, n-s) verifies as well: a signature has two forms and identifies nothing (SEC 1 §4.1.4)', () => {
  assert.ok(verify(sequence(integer(r), integer(n - s))));
});

test('another hash than the one of the scheme is refused (RFC 5246 §7.4.1.4.1)', () => {
  for (const hash of ['sha1', 'sha384', 'sha512']) refuses(sign(hash, bytes, privateKey));
});

test('a scheme that this program does not have is refused, also when the signature is right (RFC 5246 §7.4.8)', () => {
  const others = Object.keys(signatureSchemeNames)
    .map(Number)
    .filter(named => !signatureSchemes.some(({ id }) => id === named));
  assert.ok(others.includes(0x0203), 'ecdsa_sha1');
  for (const scheme of [...others, 0, 0xffff])
    assert.throws(() => verify(signature, scheme), {
      code: 'PARAMETER_ILLEGAL',
      message: "CertificateVerify is signed with a scheme that does not fit the certificate's key",
    });
});

test('in TLS 1.2 a scheme does not fix the curve: that is for the certificate profile to judge (RFC 5246 §7.4.1.4.1)', () => {
  const p384 = generateKeyPairSync('ec', { namedCurve: 'secp384r1' });
  assert.ok(verify(sign('sha256', bytes, p384.privateKey), ecdsaSha256, p384.publicKey));
  refuses(signature, ecdsaSha256, p384.publicKey);
});

test('what we sign is in DER (RFC 8422 §5.4)', () => {
  const made = signWith(privateKey, ecdsaSha256, bytes);
  assert.ok(verify(made));
  assert.deepEqual(Buffer.from(sequence(...numbersOf(made).map(integer))), Buffer.from(made));
});

/** r and s of a signature in DER. */
function numbersOf(encoded: Uint8Array): readonly [bigint, bigint] {
  const rSize = encoded[3] ?? 0;
  const at = (from: number, to: number): bigint =>
    BigInt(`0x${Buffer.from(encoded.subarray(from, to)).toString('hex')}`);
  return [at(4, 4 + rSize), at(6 + rSize, encoded.length)];
}
