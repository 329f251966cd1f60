// A key of each kind that signs: throw-away test keys, and the one of RFC 8032 §7.1, TEST 3.
import { createECDH, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { der, integer, sequence } from '../../src/testing/certificate-maker.ts';

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export const p256: KeyPair = fromPem('../vectors/init.key');
export const p384: KeyPair = onCurve('secp384r1', 'P-384', 48);
export const p521: KeyPair = onCurve('secp521r1', 'P-521', 66);
export const rsa: KeyPair = fromPem('rsa.key');
export const ed25519: KeyPair = pair(
  createPrivateKey({
    key: {
      kty: 'OKP',
      crv: 'Ed25519',
      d: base64url(Buffer.from('c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7', 'hex')),
      x: base64url(Buffer.from('fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025', 'hex')),
    },
    format: 'jwk',
  }),
);

/**
 * The numbers of `rsa` as a key for RSASSA-PSS alone (RFC 4055 §3.1): SHA-256, a salt of 32 bytes, and the mask
 * made with the given hash.
 */
export function rsaPss(maskHash: 'sha256' | 'sha384'): KeyPair {
  const oid = (digits: string): Uint8Array => Buffer.from(`06${digits}`, 'hex');
  const hash = (name: typeof maskHash): Uint8Array =>
    sequence(oid(`0960864801650304020${name === 'sha256' ? 1 : 2}`));
  const parameters = sequence(
    der(0xa0, hash('sha256')),
    der(0xa1, sequence(oid('092a864886f70d010108'), hash(maskHash))),
    der(0xa2, integer(32)),
  );
  const key = sequence(
    integer(0),
    sequence(oid('092a864886f70d01010a'), parameters),
    der(0x04, rsa.privateKey.export({ format: 'der', type: 'pkcs1' })),
  );
  return pair(createPrivateKey({ key: Buffer.from(key), format: 'der', type: 'pkcs8' }));
}

function fromPem(file: string): KeyPair {
  return pair(createPrivateKey(readFileSync(new URL(file, import.meta.url))));
}

function onCurve(openssl: string, crv: string, size: number): KeyPair {
  const scalar = new Uint8Array(size).fill(1);
  const ecdh = createECDH(openssl);
  ecdh.setPrivateKey(scalar);
  const point = ecdh.getPublicKey();
  const key = {
    kty: 'EC',
    crv,
    d: base64url(scalar),
    x: base64url(point.subarray(1, 1 + size)),
    y: base64url(point.subarray(1 + size)),
  };
  return pair(createPrivateKey({ key, format: 'jwk' }));
}

function pair(privateKey: KeyObject): KeyPair {
  return { privateKey, publicKey: createPublicKey(privateKey) };
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}

/** One in 256 RSASSA-PSS signatures begins with a zero: their salt makes each another one. */
export function withLeadingZero(sign: () => Uint8Array): Uint8Array {
  for (let tries = 0; tries < 10_000; tries++) {
    const signature = sign();
    if (signature[0] === 0) return signature;
  }
  throw new Error('no signature begins with a zero');
}
