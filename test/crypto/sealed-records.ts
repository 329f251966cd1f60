// Protected records put together from the RFCs' formulas, right or forged, to judge record-protection.ts by: shares
// with it the table of suites and no code.
import assert from 'node:assert/strict';
import { createCipheriv, createHmac } from 'node:crypto';
import { type RecordProtection, unprotect } from '../../src/crypto/record-protection.ts';
import { type Aead, type Cbc, suites } from '../../src/crypto/suites.ts';
import { E2EKeyError } from '../../src/errors.ts';
import { contentType, tls12 } from '../../src/wire/numbers.ts';
import type { TlsRecord } from '../../src/wire/records.ts';

export interface ProtectionCase<P extends Aead | Cbc> {
  readonly name: string;
  readonly protection: RecordProtection;
  /** That of its suite. */
  readonly of: P;
}

/** Every way in which a suite protects records, under the name of the first suite that does; CBC with both orders. */
export const aeadCases: readonly ProtectionCase<Aead>[] = firstSuites().flatMap(suite => {
  const of = suite.protection;
  if (of.kind !== 'aead') return [];
  const keys = { mac: new Uint8Array(), key: filled(of.keySize, 0x22), salt: filled(of.saltSize, 0x33) };
  return [{ name: suite.name, protection: { suite, encryptThenMac: false, keys }, of }];
});

export const cbcCases: readonly ProtectionCase<Cbc>[] = firstSuites().flatMap(suite => {
  const of = suite.protection;
  if (of.kind !== 'cbc') return [];
  const keys = { mac: filled(of.macSize, 0x11), key: filled(of.keySize, 0x22), salt: new Uint8Array() };
  return [
    { name: `${suite.name}, MAC then encrypt`, protection: { suite, encryptThenMac: false, keys }, of },
    { name: `${suite.name}, encrypt then MAC`, protection: { suite, encryptThenMac: true, keys }, of },
  ];
});

function firstSuites() {
  return suites.filter(
    ({ protection }, at) => suites.findIndex(suite => suite.protection === protection) === at,
  );
}

function filled(size: number, byte: number): Uint8Array {
  return new Uint8Array(size).fill(byte);
}

/** The source of randomness: IVs of one byte. */
export function fixed(size: number): Uint8Array {
  return filled(size, 0x44);
}

export function content(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, at) => (at * 7) & 0xff);
}

export function plain(fragment: Uint8Array): TlsRecord {
  return { type: contentType.handshake, version: tls12, fragment };
}

export function refuses(protection: RecordProtection, sequence: number, record: TlsRecord): void {
  try {
    unprotect(protection, sequence, record);
  } catch (error) {
    assert.ok(error instanceof E2EKeyError, String(error));
    const { code, message, cause } = error;
    assert.deepEqual(
      [code, message, cause],
      ['RECORD_UNAUTHENTIC', 'a protected record does not open', undefined],
    );
    return;
  }
  assert.fail('it opened');
}

export interface Forgery {
  readonly explicitNonce?: Uint8Array;
  readonly padding?: Uint8Array;
  /** Which byte of the MAC is wrong. */
  readonly wrongMac?: number;
}

/** GenericAEADCipher and GenericBlockCipher of RFC 5246 §6.2.3 and RFC 7366 §3, written down once more. */
export function sealed(
  protection: RecordProtection,
  sequence: number,
  record: TlsRecord,
  forgery: Forgery = {},
): Buffer {
  const { suite, keys } = protection;
  const { type, version, fragment } = record;
  const head = (size: number): Buffer => headOf(sequence, type, version, size);
  if (suite.protection.kind === 'aead')
    return sealedAead(suite.protection, protection, sequence, head(fragment.length), fragment, forgery);
  const { mac: hash } = suite.protection;
  const mac = (bytes: Uint8Array): Buffer => {
    const right = createHmac(hash, keys.mac)
      .update(Buffer.concat([head(bytes.length), bytes]))
      .digest();
    const { wrongMac: at } = forgery;
    return at === undefined ? right : Buffer.from(right.with(at, (right[at] ?? 0) ^ 1));
  };
  const inside = protection.encryptThenMac ? fragment : Buffer.concat([fragment, mac(fragment)]);
  const last = 15 - (inside.length % 16);
  const ciphertext = encrypted(
    protection,
    Buffer.concat([inside, forgery.padding ?? new Uint8Array(last + 1).fill(last)]),
  );
  return protection.encryptThenMac ? Buffer.concat([ciphertext, mac(ciphertext)]) : ciphertext;
}

/** seq_num, type, version and length (RFC 5246 §6.2.3.1, §6.2.3.3). */
function headOf(sequence: number, type: number, version: number, size: number): Buffer {
  const bytes = Buffer.alloc(13);
  bytes.writeBigUInt64BE(BigInt(sequence));
  bytes.writeUInt8(type, 8);
  bytes.writeUInt16BE(version, 9);
  bytes.writeUInt16BE(size, 11);
  return bytes;
}

function sealedAead(
  { cipher: name, tagSize }: Aead,
  { keys }: RecordProtection,
  sequence: number,
  aad: Uint8Array,
  plaintext: Uint8Array,
  { explicitNonce }: Forgery,
): Buffer {
  if (name === 'chacha20-poly1305') {
    // RFC 7905 §2: the sequence number, padded on the left to twelve bytes, and the write IV.
    const iv = BigInt(`0x${Buffer.from(keys.salt).toString('hex')}`);
    const nonce = Buffer.from((iv ^ BigInt(sequence)).toString(16).padStart(24, '0'), 'hex');
    return chacha20Poly1305(keys.key, nonce, aad, plaintext);
  }
  const explicit = explicitNonce ?? aad.subarray(0, 8);
  const cipher = createCipheriv(name as 'aes-128-ccm', keys.key, Buffer.concat([keys.salt, explicit]), {
    authTagLength: tagSize,
  });
  cipher.setAAD(aad, { plaintextLength: plaintext.length });
  const ciphertext = cipher.update(plaintext);
  cipher.final();
  return Buffer.concat([explicit, ciphertext, cipher.getAuthTag()]);
}

/** IV and CBC ciphertext of bytes that are whole blocks, whatever they say. */
export function encrypted({ suite, keys }: RecordProtection, padded: Uint8Array): Buffer {
  const iv = fixed(16);
  const cipher = createCipheriv(suite.protection.cipher, keys.key, iv).setAutoPadding(false);
  return Buffer.concat([iv, cipher.update(padded), cipher.final()]);
}

/** RFC 8439 §2.8 from the stream cipher: ciphertext and tag. */
export function chacha20Poly1305(
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  plaintext: Uint8Array,
): Buffer {
  const stream = (counter: number, bytes: Uint8Array): Buffer =>
    createCipheriv('chacha20', key, Buffer.concat([Buffer.of(counter, 0, 0, 0), nonce])).update(bytes);
  const ciphertext = stream(1, plaintext);
  const sizes = Buffer.alloc(16);
  sizes.writeBigUInt64LE(BigInt(aad.length), 0);
  sizes.writeBigUInt64LE(BigInt(plaintext.length), 8);
  const toSixteen = (bytes: Uint8Array): Uint8Array => new Uint8Array((16 - (bytes.length % 16)) % 16);
  const authenticated = Buffer.concat([aad, toSixteen(aad), ciphertext, toSixteen(ciphertext), sizes]);
  return Buffer.concat([ciphertext, poly1305(stream(0, new Uint8Array(32)), authenticated)]);
}

/** RFC 8439 §2.5; the bytes are whole blocks here. */
function poly1305(key: Uint8Array, bytes: Uint8Array): Buffer {
  const little = (part: Uint8Array): bigint =>
    BigInt(`0x${Buffer.from(part).reverse().toString('hex') || '0'}`);
  const r = little(key.subarray(0, 16)) & 0x0ffffffc0ffffffc0ffffffc0fffffffn;
  const p = 2n ** 130n - 5n;
  let sum = 0n;
  for (let at = 0; at < bytes.length; at += 16)
    sum = ((sum + little(bytes.subarray(at, at + 16)) + 2n ** 128n) * r) % p;
  const tag = (sum + little(key.subarray(16, 32))) % 2n ** 128n;
  return Buffer.from(tag.toString(16).padStart(32, '0'), 'hex').reverse();
}
