// Bleichenbacher's forged signatures (2006; BERserk, 2014): a verifier that reads the block inside an RSA signature
// instead of comparing it takes blocks that need no private key to be made where the exponent is small. Here the key is
// ours, so that each such block can be signed, and must be refused all the same.
import assert from 'node:assert/strict';
import { constants, hash, privateEncrypt } from 'node:crypto';
import { test } from 'node:test';
import { isSignedBy } from '../../src/certificates/algorithms.ts';
import { parseCertificate } from '../../src/certificates/certificate.ts';
import { schemeByName, verifySignature } from '../../src/crypto/signatures.ts';
import { algorithms, makeAuthority } from '../../src/testing/certificate-maker.ts';
import { rsa } from '../crypto/signature-keys.ts';

const { privateKey, publicKey } = rsa;
const size = (publicKey.asymmetricKeyDetails?.modulusLength ?? assert.fail()) / 8;
const scheme = schemeByName('rsa_pkcs1_sha256')?.id ?? assert.fail();

/** AlgorithmIdentifier of SHA-256 with NULL (RFC 8017 §9.2), and the digest as OCTET STRING. */
const digestInfo = (digest: Buffer) =>
  Buffer.concat([Buffer.from('3031300d060960864801650304020105000420', 'hex'), digest]);

/** A block of 00 01 ff… 00 DigestInfo, filled up with ones. */
function filled(info: Uint8Array): Buffer {
  return block(size - 3 - info.length, info);
}

/** A block with so many ones, and zeros behind what it holds. */
function block(ones: number, info: Uint8Array): Buffer {
  const head = Buffer.concat([Buffer.of(0, 1), Buffer.alloc(ones, 0xff), Buffer.of(0), info]);
  return Buffer.concat([head, Buffer.alloc(size - head.length)]);
}

/** What a careless reader takes for the block of a signature. */
const careless: readonly { rule: string; blockOf: (digest: Buffer) => Buffer }[] = [
  { rule: 'few ones, and garbage behind the digest', blockOf: digest => block(8, digestInfo(digest)) },
  { rule: 'no ones at all', blockOf: digest => block(0, digestInfo(digest)) },
  {
    rule: 'garbage in the parameters of the hash',
    blockOf: digest =>
      filled(
        Buffer.concat([
          Buffer.from('3041301d0609608648016503040201', 'hex'),
          Buffer.from('0510', 'hex'),
          Buffer.alloc(16, 7),
          Buffer.from('0420', 'hex'),
          digest,
        ]),
      ),
  },
  {
    rule: 'a length in a longer form (BERserk)',
    blockOf: digest =>
      filled(Buffer.concat([Buffer.from('308131300d060960864801650304020105000420', 'hex'), digest])),
  },
  {
    rule: 'the digest alone, without DigestInfo',
    blockOf: filled,
  },
  {
    rule: 'the block type of encryption',
    blockOf: digest => Buffer.from(filled(digestInfo(digest)).with(1, 2)),
  },
];

function signedBlock(bytes: Uint8Array, blockOf: (digest: Buffer) => Buffer): Uint8Array {
  const inside = blockOf(hash('sha256', bytes, 'buffer'));
  return privateEncrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, inside);
}

const right = (digest: Buffer) => filled(digestInfo(digest));
const signatureAlgorithm = algorithms.rsaWithSha256;
const issuer = makeAuthority({ subject: 'RSA', key: privateKey, signatureAlgorithm });
const bytes = Buffer.from('client random, server random and ServerECDHParams');

test('a block that is right verifies, in a handshake and in a certificate (RFC 8017 §9.2)', () => {
  verifySignature('ServerKeyExchange', { scheme, signature: signedBlock(bytes, right) }, publicKey, bytes);
  assert.ok(isSignedWith(right));
});

for (const { rule, blockOf } of careless)
  test(`a signature whose block has ${rule} is refused, in a handshake and in a certificate (RFC 8017 §8.2.2)`, () => {
    const signature = signedBlock(bytes, blockOf);
    assert.throws(() => verifySignature('ServerKeyExchange', { scheme, signature }, publicKey, bytes), {
      code: 'SIGNATURE_INVALID',
    });
    assert.ok(!isSignedWith(blockOf));
  });

/** Whether a certificate with such a signature is one of the holder of the key. */
function isSignedWith(blockOf: (digest: Buffer) => Buffer): boolean {
  const names = ['dns:cse.example.com'];
  const certificate = parseCertificate(issuer.issue({ names, signatureAlgorithm }).der);
  const signatureValue = signedBlock(certificate.tbsCertificate, blockOf);
  return isSignedBy({ ...certificate, signatureValue }, parseCertificate(issuer.der));
}
