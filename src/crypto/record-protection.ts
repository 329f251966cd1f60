// Protection of records (RFC 5246 §6.2.3): AES-GCM (RFC 5288), AES-CCM (RFC 6655), ChaCha20-Poly1305 (RFC 7905),
// AES-CBC with HMAC, before or after the encryption (RFC 7366). The sequence number is an argument: nothing is remembered here.
import { type CipherCCMTypes, createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import { refuse } from '../errors.ts';
import { maxPlaintext, type TlsRecord } from '../wire/records.ts';
import { hashBlocks, spendHashBlocks } from './hash-blocks.ts';
import type { DirectionKeys } from './key-schedule.ts';
import type { Random } from './random.ts';
import { equalInConstantTime } from './secrets.ts';
import type { Aead, Cbc, Suite } from './suites.ts';

/** How one direction is protected. */
export interface RecordProtection {
  readonly suite: Suite;
  /** RFC 7366, CBC suites only. */
  readonly encryptThenMac: boolean;
  readonly keys: DirectionKeys;
}

const blockSize = 16;
const headerSize = 13;

/**
 * Protects a fragment of at most 2^14 bytes; gives the whole record.
 *
 * @throws RangeError for a longer fragment: no peer would take it (RFC 5246 §6.2.1).
 */
export function protect(
  { suite, encryptThenMac, keys }: RecordProtection,
  sequence: number,
  { type, version, fragment }: TlsRecord,
  random: Random,
): TlsRecord {
  if (fragment.length > maxPlaintext)
    throw new RangeError(`a fragment of ${fragment.length} bytes is too long`);
  const { protection } = suite;
  if (protection.kind === 'aead') {
    const explicit = uint64(sequence).subarray(0, protection.explicitNonceSize);
    const nonce = nonceOf(protection, keys, sequence, explicit);
    const aad = header(sequence, type, version, fragment.length);
    return {
      type,
      version,
      fragment: Buffer.concat([explicit, sealAead(protection, keys, nonce, aad, fragment)]),
    };
  }
  const iv = random(blockSize);
  if (encryptThenMac) {
    const ciphertext = Buffer.concat([iv, cbc(protection, keys, iv, pad(fragment))]);
    const mac = hmac(protection, keys, header(sequence, type, version, ciphertext.length), ciphertext);
    return { type, version, fragment: Buffer.concat([ciphertext, mac]) };
  }
  const mac = hmac(protection, keys, header(sequence, type, version, fragment.length), fragment);
  return {
    type,
    version,
    fragment: Buffer.concat([iv, cbc(protection, keys, iv, pad(Buffer.concat([fragment, mac])))]),
  };
}

/**
 * Opens a protected record. Every reason why one does not open is the same error with the same text: which of
 * padding, MAC, tag or length was wrong is what an attacker would like to know (Lucky 13, padding oracles).
 *
 * @throws E2EKeyError RECORD_UNAUTHENTIC; RECORD_OVERFLOW for a genuine record of more than 2^14 bytes.
 */
export function unprotect(
  protectionOfPeer: RecordProtection,
  sequence: number,
  record: TlsRecord,
): Uint8Array {
  const { suite, encryptThenMac, keys } = protectionOfPeer;
  const { protection } = suite;
  const fragment =
    protection.kind === 'aead'
      ? openAead(protection, keys, sequence, record)
      : openCbc(protection, encryptThenMac, keys, sequence, record);
  if (fragment === undefined) return refuse('RECORD_UNAUTHENTIC', 'a protected record does not open');
  if (fragment.length > maxPlaintext)
    refuse('RECORD_OVERFLOW', `a protected record of ${fragment.length} bytes; ${maxPlaintext} are allowed`);
  return fragment;
}

/**
 * Salt and what travels in the record (RFC 5288 §3); where nothing does, the salt with the sequence number laid over
 * its end (RFC 7905 §2). Twelve bytes, and never the same twice under one key.
 */
function nonceOf(
  { explicitNonceSize }: Aead,
  { salt }: DirectionKeys,
  sequence: number,
  explicit: Uint8Array,
): Uint8Array {
  if (explicitNonceSize > 0) return Buffer.concat([salt, explicit]);
  const counted = uint64(sequence);
  const before = salt.length - counted.length;
  return salt.map((byte, index) => byte ^ (counted[index - before] ?? 0));
}

function sealAead(
  { cipher, tagSize }: Aead,
  keys: DirectionKeys,
  nonce: Uint8Array,
  aad: Uint8Array,
  plaintext: Uint8Array,
): Buffer {
  // CCM must know the plaintext's length first; the others do not mind.
  const sealing = createCipheriv(cipher as CipherCCMTypes, keys.key, nonce, {
    authTagLength: tagSize,
  }).setAAD(aad, { plaintextLength: plaintext.length });
  const ciphertext = sealing.update(plaintext);
  sealing.final();
  return Buffer.concat([ciphertext, sealing.getAuthTag()]);
}

function openAead(
  protection: Aead,
  keys: DirectionKeys,
  sequence: number,
  { type, version, fragment }: TlsRecord,
): Uint8Array | undefined {
  const { cipher, tagSize, explicitNonceSize } = protection;
  const size = fragment.length - explicitNonceSize - tagSize;
  if (size < 0) return undefined;
  const nonce = nonceOf(protection, keys, sequence, fragment.subarray(0, explicitNonceSize));
  const aad = header(sequence, type, version, size);
  const tag = fragment.subarray(explicitNonceSize + size);
  const opening = createDecipheriv(cipher as CipherCCMTypes, keys.key, nonce, { authTagLength: tagSize })
    .setAuthTag(tag)
    .setAAD(aad, { plaintextLength: size });
  try {
    const plaintext = opening.update(fragment.subarray(explicitNonceSize, explicitNonceSize + size));
    opening.final();
    return plaintext;
  } catch {
    return undefined;
  }
}

function openCbc(
  suite: Cbc,
  encryptThenMac: boolean,
  keys: DirectionKeys,
  sequence: number,
  received: TlsRecord,
): Uint8Array | undefined {
  const record = { ...received, fragment: withPossibleLength(suite, received.fragment) };
  return encryptThenMac
    ? openMacThenDecrypt(suite, keys, sequence, record)
    : openDecryptThenMac(suite, keys, sequence, record);
}

/**
 * IV, a block for the padding at least, and the MAC, which is whole blocks on either side of the encryption. For a
 * length that no record has stand zeros of the nearest one: they cost what a forged record costs, and open as seldom.
 */
function withPossibleLength({ macSize }: Cbc, fragment: Uint8Array): Uint8Array {
  const wholeBlocks = fragment.length - (fragment.length % blockSize);
  const nearest = Math.max(wholeBlocks, 2 * blockSize + macSize);
  return fragment.length === nearest ? fragment : new Uint8Array(nearest);
}

/** RFC 7366 §3: the MAC covers IV and ciphertext and is checked before anything is decrypted. */
function openMacThenDecrypt(
  suite: Cbc,
  keys: DirectionKeys,
  sequence: number,
  { type, version, fragment }: TlsRecord,
): Uint8Array | undefined {
  const size = fragment.length - suite.macSize;
  const ciphertext = fragment.subarray(0, size);
  const mac = hmac(suite, keys, header(sequence, type, version, size), ciphertext);
  if (!equalInConstantTime(mac, fragment.subarray(size))) return undefined;
  const padded = uncbc(suite, keys, ciphertext);
  const { good, contentSize } = readPadding(padded, 0);
  return good ? padded.subarray(0, contentSize) : undefined;
}

/**
 * RFC 5246 §6.2.3.2: the MAC is inside. A bad padding is treated as none and the MAC is computed all the same,
 * and idle blocks make up the difference, so that every record of one length costs the same number of hash
 * calls and blocks whatever its padding says (Lucky 13).
 */
function openDecryptThenMac(
  suite: Cbc,
  keys: DirectionKeys,
  sequence: number,
  { type, version, fragment }: TlsRecord,
): Uint8Array | undefined {
  const padded = uncbc(suite, keys, fragment);
  const { good, contentSize } = readPadding(padded, suite.macSize);
  const content = padded.subarray(0, contentSize);
  const mac = hmac(suite, keys, header(sequence, type, version, contentSize), content);
  const most = macBlocks(suite, padded.length - suite.macSize - 1);
  spendHashBlocks(suite.mac, most - macBlocks(suite, contentSize));
  const authentic = equalInConstantTime(mac, padded.subarray(contentSize, contentSize + suite.macSize));
  return good && authentic ? content : undefined;
}

/** What differs with the content in the blocks of an HMAC: its inner hash takes in the header, too. */
function macBlocks({ mac }: Cbc, contentSize: number): number {
  return hashBlocks(mac, headerSize + contentSize);
}

/** Padding as RFC 5246 §6.2.3.2 has it, read without a branch on its bytes; a bad one counts as none at all. */
function readPadding(padded: Uint8Array, macSize: number): { good: boolean; contentSize: number } {
  const longest = padded.length - macSize - 1;
  const claimed = padded[padded.length - 1] ?? 0;
  let wrong = Number(claimed > longest);
  for (let i = 1; i <= Math.min(256, padded.length); i++) {
    const isPadding = Number(i <= claimed + 1);
    wrong |= isPadding * ((padded[padded.length - i] ?? 0) ^ claimed);
  }
  const good = wrong === 0;
  return { good, contentSize: longest - Number(good) * claimed };
}

function pad(bytes: Uint8Array): Uint8Array {
  const padding = blockSize - 1 - (bytes.length % blockSize);
  const padded = new Uint8Array(bytes.length + padding + 1).fill(padding);
  padded.set(bytes);
  return padded;
}

function cbc({ cipher }: Cbc, keys: DirectionKeys, iv: Uint8Array, padded: Uint8Array): Buffer {
  return createCipheriv(cipher, keys.key, iv).setAutoPadding(false).update(padded);
}

function uncbc({ cipher }: Cbc, keys: DirectionKeys, ivAndCiphertext: Uint8Array): Buffer {
  const deciphering = createDecipheriv(
    cipher,
    keys.key,
    ivAndCiphertext.subarray(0, blockSize),
  ).setAutoPadding(false);
  return deciphering.update(ivAndCiphertext.subarray(blockSize));
}

function hmac({ mac }: Cbc, keys: DirectionKeys, head: Uint8Array, bytes: Uint8Array): Buffer {
  return createHmac(mac, keys.mac).update(head).update(bytes).digest();
}

/** seq_num, type, version and length: what every MAC and AAD of RFC 5246 §6.2.3 begins with. */
function header(sequence: number, type: number, version: number, size: number): Uint8Array {
  const bytes = Buffer.alloc(headerSize);
  writeUint64(bytes, sequence);
  bytes[8] = type;
  bytes.writeUInt16BE(version, 9);
  bytes.writeUInt16BE(size, 11);
  return bytes;
}

function uint64(value: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  writeUint64(bytes, value);
  return bytes;
}

function writeUint64(bytes: Buffer, value: number): void {
  bytes.writeUInt32BE(Math.floor(value / 2 ** 32), 0);
  bytes.writeUInt32BE(value % 2 ** 32, 4);
}
