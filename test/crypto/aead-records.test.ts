// What the AEAD suites have of their own: nonces and tags. What holds for every suite is in record-protection.test.ts.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { type MockTracker, test } from 'node:test';
import { protect, unprotect } from '../../src/crypto/record-protection.ts';
import { aeadCases, chacha20Poly1305, content, fixed, plain, refuses, sealed } from './sealed-records.ts';

const inRecord = aeadCases.filter(({ of }) => of.explicitNonceSize > 0);
const [chacha20, ...others] = aeadCases.filter(({ of }) => of.explicitNonceSize === 0);
assert.ok(chacha20 && others.length === 0);

const sequences = [0, 1, 2, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, 2 ** 40 + 5, 2 ** 53 - 1];

test('the explicit nonce is the sequence number (RFC 5288 §3, RFC 6655 §3)', () => {
  assert.equal(inRecord.length, 6);
  for (const { protection } of inRecord)
    for (const [sequence, expected] of [
      [0, '0000000000000000'],
      [1, '0000000000000001'],
      [2 ** 40 + 5, '0000010000000005'],
      [2 ** 53 - 1, '001fffffffffffff'],
    ] as const) {
      const { fragment } = protect(protection, sequence, plain(content(3)), fixed);
      assert.equal(Buffer.from(fragment.subarray(0, 8)).toString('hex'), expected);
    }
});

test('with ChaCha20-Poly1305 no nonce travels, the sequence number is laid over the end of the salt (RFC 7905 §2)', t => {
  const { protection } = chacha20;
  const salt = Buffer.from('a0a1a2a3a4a5a6a7a8a9aaab', 'hex');
  const salted = { ...protection, keys: { ...protection.keys, salt } };
  const nonces = noncesOf(t.mock, () => {
    for (const sequence of [0, 1, 0x0102030405, 2 ** 53 - 1]) {
      const { fragment } = protect(salted, sequence, plain(content(3)), fixed);
      assert.equal(fragment.length, 3 + 16);
    }
  });
  assert.deepEqual(nonces, [
    'a0a1a2a3a4a5a6a7a8a9aaab',
    'a0a1a2a3a4a5a6a7a8a9aaaa',
    'a0a1a2a3a4a5a6a6aaaaaeae',
    'a0a1a2a3a4ba595857565554',
  ]);
  assert.equal(salt.toString('hex'), 'a0a1a2a3a4a5a6a7a8a9aaab', 'the salt itself stays');
});

test('no nonce is used twice under one key, and each has twelve bytes (RFC 5288 §3, RFC 6655 §3, RFC 7905 §2)', t => {
  for (const { name, protection } of aeadCases) {
    const nonces = noncesOf(t.mock, () => {
      for (const sequence of sequences) protect(protection, sequence, plain(content(3)), fixed);
    });
    assert.equal(nonces.length, sequences.length, name);
    assert.equal(new Set(nonces).size, sequences.length, name);
    assert.ok(
      nonces.every(nonce => nonce.length === 24),
      name,
    );
  }
});

test('no randomness goes into an AEAD record', () => {
  for (const { protection } of aeadCases)
    protect(protection, 0, plain(content(3)), () => assert.fail('randomness was asked for'));
});

test("a peer's explicit nonce may be any, its sequence number may not (RFC 5288 §3)", () => {
  for (const { protection } of inRecord) {
    const fragment = sealed(protection, 3, plain(content(20)), {
      explicitNonce: Buffer.from('0807060504030201', 'hex'),
    });
    assert.deepEqual(Buffer.from(unprotect(protection, 3, plain(fragment))), Buffer.from(content(20)));
    refuses(protection, 4, plain(fragment));
  }
});

test("CCM with tags of 16 bytes and CCM_8 do not open each other's records, nor tags cut to the other length (RFC 6655 §4)", () => {
  const ccm = inRecord.filter(({ of }) => of.cipher.endsWith('ccm'));
  for (const { protection, of } of ccm)
    for (const other of ccm) {
      if (other.of.cipher !== of.cipher || other.of === of) continue;
      const { fragment } = protect(protection, 0, plain(content(20)), fixed);
      refuses(other.protection, 0, plain(fragment));
      refuses(other.protection, 0, plain(fragment.subarray(0, 8 + 20 + other.of.tagSize)));
      refuses(other.protection, 0, plain(Buffer.concat([fragment, new Uint8Array(8)])));
    }
  assert.deepEqual(
    ccm.map(({ of }) => of.tagSize),
    [16, 16, 8, 8],
  );
});

test('a tag that is not whole never opens a record: GCM takes shorter ones where nobody looks (SP 800-38D 5.2.1.2)', () => {
  for (const { protection, of } of aeadCases) {
    const { fragment } = protect(protection, 0, plain(new Uint8Array()), fixed);
    assert.equal(fragment.length, of.explicitNonceSize + of.tagSize);
    for (let size = 0; size < fragment.length; size++)
      refuses(protection, 0, plain(fragment.subarray(0, size)));
  }
});

test('the oracle of these tests gives the published ciphertext and tag of ChaCha20-Poly1305 (RFC 8439 §2.8.2)', () => {
  const hex = (digits: string): Buffer => Buffer.from(digits.replaceAll(' ', ''), 'hex');
  const given = chacha20Poly1305(
    hex('808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f'),
    hex('070000004041424344454647'),
    hex('50515253c0c1c2c3c4c5c6c7'),
    Buffer.from(
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
    ),
  );
  assert.equal(given.subarray(0, 16).toString('hex'), 'd31a8d34648e60db7b86afbc53ef7ec2');
  assert.equal(given.subarray(-16).toString('hex'), '1ae10b594f09e26a7e902ecbd0600691');
  assert.equal(given.length, 114 + 16);
});

/** Every nonce under which `use` encrypts. */
function noncesOf(mock: MockTracker, use: () => void): string[] {
  const nonces: string[] = [];
  const { createCipheriv } = crypto;
  mock.method(crypto, 'createCipheriv', (...options: Parameters<typeof createCipheriv>) => {
    const [, , nonce] = options;
    assert.ok(nonce instanceof Uint8Array);
    nonces.push(Buffer.from(nonce).toString('hex'));
    return createCipheriv(...options);
  });
  syncBuiltinESMExports();
  try {
    use();
  } finally {
    mock.restoreAll();
    syncBuiltinESMExports();
  }
  return nonces;
}
