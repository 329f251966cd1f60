// What a password opens: the encryptions of PKCS #8 and PKCS #12 files, and the MAC of the latter (RFC 8018, RFC 7914,
// RFC 7292 Appendix B and C). Knows no file; the algorithms are data. What a file asks of us is bounded before any of
// it is done, also where it shows only after something else was decrypted.
import { createDecipheriv, createHmac, hash, pbkdf2Sync, scryptSync, timingSafeEqual } from 'node:crypto';
import { createRequire } from 'node:module';
import { type DerReader, tag } from '../certificates/der.ts';
import { refuse } from '../errors.ts';

/**
 * Iterations of all derivations of one file together. GnuTLS writes 600,000 for each, which with triple DES makes six
 * million for a key, two certificates and the MAC; a file at this bound, made to keep us busy, takes half a minute. A
 * step of scrypt counts as one: it takes no longer than the slowest of them.
 */
const maxIterations = 10_000_000;
/** Octets of memory, 128·N·r, and steps, N·r·p (RFC 7914 §6); OpenSSL writes 16 MiB and 2¹⁷. */
const maxScrypt = { memory: 64 * 1024 * 1024, steps: 2 ** 20 } as const;

/** A password as octets, of which the algorithms take one or the other. */
interface PasswordOctets {
  /** RFC 8018 §3. */
  readonly utf8: Buffer;
  /** BMPString with two octets of zero behind it (RFC 7292 B.1). */
  readonly bmp: Buffer;
}

/** The password of one file, and how much work its derivations may still be. */
export class FilePassword {
  readonly isGiven: boolean;
  #forms: readonly PasswordOctets[];
  #iterationsLeft = maxIterations;

  /** Without a text both the empty password and none at all are tried: they are two (RFC 7292 B.1). */
  constructor(text: string | undefined) {
    const utf8 = Buffer.from(text ?? '', 'utf8');
    const bmp = Buffer.from(`${text ?? ''}\0`, 'utf16le').swap16();
    this.isGiven = utf8.length > 0;
    this.#forms = [{ utf8, bmp }, ...(this.isGiven ? [] : [{ utf8, bmp: Buffer.alloc(0) }])];
  }

  /** What the password opens, or null. Of several forms the one that opened something is the one from then on. */
  try<T>(open: (octets: PasswordOctets) => T | null): T | null {
    for (const octets of this.#forms) {
      const opened = open(octets);
      if (opened === null) continue;
      this.#forms = [octets];
      return opened;
    }
    return null;
  }

  /** @throws E2EKeyError OPTION_INVALID where the file asks for more than the bound. */
  spend(iterations: number): void {
    this.#iterationsLeft -= iterations;
    if (this.#iterationsLeft < 0)
      refuse(
        'OPTION_INVALID',
        `the key derivations of the file take more than ${maxIterations} iterations together; one that is honest takes less`,
      );
  }

  [Symbol.dispose](): void {
    for (const { utf8, bmp } of this.#forms) {
      utf8.fill(0);
      bmp.fill(0);
    }
  }
}

/** Null where the password does not fit, or the octets are damaged: nobody can tell. */
export type Decrypt = (encrypted: Uint8Array, password: FilePassword) => Buffer | null;

interface Cipher {
  readonly name: 'aes-128-cbc' | 'aes-192-cbc' | 'aes-256-cbc' | 'des-ede3-cbc' | 'rc2-cbc';
  /** Octets. */
  readonly keyLength: number;
  readonly ivLength: number;
}

const tripleDes: Cipher = { name: 'des-ede3-cbc', keyLength: 24, ivLength: 8 };

/** RFC 8018 B.2. */
const pbes2Ciphers: ReadonlyMap<string, Cipher> = new Map<string, Cipher>([
  ['2.16.840.1.101.3.4.1.2', { name: 'aes-128-cbc', keyLength: 16, ivLength: 16 }],
  ['2.16.840.1.101.3.4.1.22', { name: 'aes-192-cbc', keyLength: 24, ivLength: 16 }],
  ['2.16.840.1.101.3.4.1.42', { name: 'aes-256-cbc', keyLength: 32, ivLength: 16 }],
  ['1.2.840.113549.3.7', tripleDes],
]);

/** RFC 7292 Appendix C: what OpenSSL, Java and Windows wrote before PBES2. */
const pkcs12Ciphers: ReadonlyMap<string, Cipher> = new Map<string, Cipher>([
  ['1.2.840.113549.1.12.1.3', tripleDes],
  ['1.2.840.113549.1.12.1.5', { name: 'rc2-cbc', keyLength: 16, ivLength: 8 }],
  ['1.2.840.113549.1.12.1.6', { name: 'rc2-cbc', keyLength: 5, ivLength: 8 }],
]);

/** RFC 8018 B.1.2. */
const pseudorandomFunctions: ReadonlyMap<string, string> = new Map([
  ['1.2.840.113549.2.7', 'sha1'],
  ['1.2.840.113549.2.8', 'sha224'],
  ['1.2.840.113549.2.9', 'sha256'],
  ['1.2.840.113549.2.10', 'sha384'],
  ['1.2.840.113549.2.11', 'sha512'],
]);

interface Digest {
  readonly name: string;
  /** Octets of what it makes and of what it takes at once (RFC 7292 B.2: u and v). */
  readonly size: number;
  readonly blockSize: number;
}

const sha1: Digest = { name: 'sha1', size: 20, blockSize: 64 };
const sha256: Digest = { name: 'sha256', size: 32, blockSize: 64 };

/** Of the MAC. */
const digests: ReadonlyMap<string, Digest> = new Map([
  ['1.3.14.3.2.26', sha1],
  ['2.16.840.1.101.3.4.2.1', sha256],
  ['2.16.840.1.101.3.4.2.2', { name: 'sha384', size: 48, blockSize: 128 }],
  ['2.16.840.1.101.3.4.2.3', { name: 'sha512', size: 64, blockSize: 128 }],
]);

const pbes2 = '1.2.840.113549.1.5.13';
const pbkdf2 = '1.2.840.113549.1.5.12';
const scrypt = '1.3.6.1.4.1.11591.4.11';

/** Those that are met and not opened: ciphers and hashes that are broken, or forms that are in no use. */
const otherNames: ReadonlyMap<string, string> = new Map([
  ['1.2.840.113549.1.5.1', 'PBES1 with MD2 and DES'],
  ['1.2.840.113549.1.5.3', 'PBES1 with MD5 and DES'],
  ['1.2.840.113549.1.5.4', 'PBES1 with MD2 and RC2'],
  ['1.2.840.113549.1.5.6', 'PBES1 with MD5 and RC2'],
  ['1.2.840.113549.1.5.10', 'PBES1 with SHA-1 and DES'],
  ['1.2.840.113549.1.5.11', 'PBES1 with SHA-1 and RC2'],
  ['1.2.840.113549.1.5.14', 'PBMAC1'],
  ['1.2.840.113549.1.12.1.1', 'SHA-1 and RC4 with 128 bits'],
  ['1.2.840.113549.1.12.1.2', 'SHA-1 and RC4 with 40 bits'],
  ['1.2.840.113549.1.12.1.4', 'SHA-1 and triple DES with two keys'],
  ['1.2.840.113549.2.5', 'MD5'],
  ['1.3.14.3.2.7', 'DES-CBC'],
  ['1.2.840.113549.3.2', 'RC2-CBC'],
  ['2.16.840.1.101.3.4.1.6', 'AES-128-GCM'],
  ['2.16.840.1.101.3.4.1.46', 'AES-256-GCM'],
]);

/**
 * Reads the AlgorithmIdentifier of an encryption by password.
 *
 * @throws E2EKeyError OPTION_INVALID for one that is not opened, with its name and object identifier.
 */
export function readPasswordEncryption(fields: DerReader, name: string): Decrypt {
  return fields.sequence(name, identifier => {
    const algorithm = identifier.objectIdentifier('algorithm');
    if (algorithm === pbes2) return identifier.sequence('parameters', readPbes2);
    const cipher = pkcs12Ciphers.get(algorithm) ?? unsupported(name, algorithm);
    const rule = identifier.sequence('parameters', parameters => ({
      digest: sha1,
      salt: parameters.octetString('salt'),
      iterations: parameters.smallInteger('iterations'),
    }));
    return (encrypted, password) =>
      password.try(({ bmp }) => {
        const key = derivePkcs12(rule, forKey, cipher.keyLength, bmp, password);
        const iv = derivePkcs12(rule, forIv, cipher.ivLength, bmp, password);
        return decipher(cipher, key, iv, encrypted);
      });
  });
}

/** RFC 8018 A.4. */
function readPbes2(parameters: DerReader): Decrypt {
  const derive = parameters.sequence('keyDerivationFunc', readKeyDerivation);
  return parameters.sequence('encryptionScheme', scheme => {
    const algorithm = scheme.objectIdentifier('algorithm');
    const cipher = pbes2Ciphers.get(algorithm) ?? unsupported('encryptionScheme', algorithm);
    const iv = scheme.octetString('parameters');
    return (encrypted, password) =>
      password.try(({ utf8 }) => decipher(cipher, derive(utf8, cipher.keyLength, password), iv, encrypted));
  });
}

type KeyDerivation = (utf8: Buffer, length: number, password: FilePassword) => Buffer;

function readKeyDerivation(fields: DerReader): KeyDerivation {
  const algorithm = fields.objectIdentifier('algorithm');
  if (algorithm === scrypt) return fields.sequence('parameters', readScrypt);
  if (algorithm !== pbkdf2) unsupported('keyDerivationFunc', algorithm);
  return fields.sequence('parameters', parameters => {
    const salt = parameters.octetString('salt');
    const iterations = parameters.smallInteger('iterationCount');
    skipKeyLength(parameters);
    const prf = parameters.next === null ? 'sha1' : readHash(parameters, 'prf', pseudorandomFunctions);
    return (utf8, length, password) => {
      password.spend(iterations);
      return pbkdf2Sync(utf8, salt, Math.max(iterations, 1), length, prf);
    };
  });
}

/** RFC 7914 §7.1. */
function readScrypt(parameters: DerReader): KeyDerivation {
  const salt = parameters.octetString('salt');
  const N = parameters.smallInteger('costParameter');
  const r = parameters.smallInteger('blockSize');
  const p = parameters.smallInteger('parallelizationParameter');
  skipKeyLength(parameters);
  if (128 * N * r > maxScrypt.memory || N * r * p > maxScrypt.steps || !isPowerOfTwo(N) || r < 1 || p < 1)
    refuse(
      'OPTION_INVALID',
      `scrypt with N = ${N}, r = ${r}, p = ${p} is not opened: at most ${maxScrypt.memory} octets and ${maxScrypt.steps} steps (RFC 7914 §6)`,
    );
  return (utf8, length, password) => {
    password.spend(N * r * p);
    // Node holds what it needs besides the blocks against the bound as well.
    return scryptSync(utf8, salt, length, { N, r, p, maxmem: 2 * maxScrypt.memory });
  };
}

/** RFC 7914 §2: N is a power of 2 above 1. */
function isPowerOfTwo(number: number): boolean {
  return number > 1 && (number & (number - 1)) === 0;
}

/** It follows from the cipher. */
function skipKeyLength(parameters: DerReader): void {
  if (parameters.next === tag.integer) parameters.smallInteger('keyLength');
}

/**
 * Reads MacData (RFC 7292 4) and says whether a password fits it.
 *
 * @throws E2EKeyError OPTION_INVALID for an algorithm that is not known, or too many iterations.
 */
export function readMac(fields: DerReader): (bytes: Uint8Array, password: FilePassword) => boolean {
  return fields.sequence('macData', data => {
    const { digest, mac } = data.sequence('mac', info => ({
      digest: readHash(info, 'digestAlgorithm', digests),
      mac: info.octetString('digest'),
    }));
    const salt = data.octetString('macSalt');
    const iterations = data.next === null ? 1 : data.smallInteger('iterations');
    const rule = { digest, salt, iterations };
    return (bytes, password) =>
      password.try(({ bmp }) => {
        const expected = macBy(rule, bytes, bmp, password);
        return expected.length === mac.length && timingSafeEqual(expected, mac) ? true : null;
      }) === true;
  });
}

function macBy(rule: Pkcs12Rule, bytes: Uint8Array, bmp: Uint8Array, password: FilePassword): Buffer {
  const key = derivePkcs12(rule, forMac, rule.digest.size, bmp, password);
  const mac = createHmac(rule.digest.name, key).update(bytes).digest();
  key.fill(0);
  return mac;
}

/** An AlgorithmIdentifier whose parameters are NULL or absent. */
function readHash<T>(fields: DerReader, name: string, known: ReadonlyMap<string, T>): T {
  return fields.sequence(name, identifier => {
    const algorithm = identifier.objectIdentifier('algorithm');
    const found = known.get(algorithm) ?? unsupported(name, algorithm);
    if (identifier.next !== null) identifier.primitive(tag.null, 'parameters');
    return found;
  });
}

function unsupported(field: string, algorithm: string): never {
  const name = otherNames.get(algorithm) ?? 'an unknown algorithm';
  return refuse(
    'OPTION_INVALID',
    `${field}: ${name} (${algorithm}) is not opened; openssl pkcs12 or openssl pkcs8 converts the file to PBES2 with AES`,
  );
}

/** RFC 7292 B.3. */
const [forKey, forIv, forMac] = [1, 2, 3];

interface Pkcs12Rule {
  readonly digest: Digest;
  readonly salt: Uint8Array;
  readonly iterations: number;
}

/** RFC 7292 B.2; in its letters: D is the diversifier, I salt and password, A what is hashed, B what I grows by. */
function derivePkcs12(
  { digest, salt, iterations }: Pkcs12Rule,
  diversifier: number,
  length: number,
  password: Uint8Array,
  budget: FilePassword,
): Buffer {
  const { name, blockSize } = digest;
  const D = Buffer.alloc(blockSize, diversifier);
  const I = Buffer.concat([repeated(salt, blockSize), repeated(password, blockSize)]);
  const derived: Buffer[] = [];
  for (let size = 0; size < length; ) {
    budget.spend(iterations);
    let A = hash(name, Buffer.concat([D, I]), 'buffer');
    for (let round = 1; round < iterations; round++) A = hash(name, A, 'buffer');
    derived.push(A);
    size += A.length;
    const B = Buffer.alloc(blockSize, A);
    for (let start = 0; start < I.length; start += blockSize)
      addWithOne(I.subarray(start, start + blockSize), B);
  }
  I.fill(0);
  return Buffer.concat(derived).subarray(0, length);
}

/** To a multiple of the block size; nothing of nothing. */
function repeated(octets: Uint8Array, blockSize: number): Buffer {
  const length = Math.ceil(octets.length / blockSize) * blockSize;
  return length === 0 ? Buffer.alloc(0) : Buffer.alloc(length, octets);
}

/** sum ← sum + other + 1, modulo its size. */
function addWithOne(sum: Buffer, other: Buffer): void {
  let carry = 1;
  for (let index = sum.length - 1; index >= 0; index--) {
    const octet = (sum[index] ?? 0) + (other[index] ?? 0) + carry;
    sum[index] = octet & 0xff;
    carry = octet >> 8;
  }
}

function decipher(cipher: Cipher, key: Buffer, iv: Uint8Array, encrypted: Uint8Array): Buffer | null {
  try {
    if (cipher.name === 'rc2-cbc') return decipherRc2(key, iv, encrypted);
    const open = createDecipheriv(cipher.name, key, iv);
    return Buffer.concat([open.update(encrypted), open.final()]);
  } catch {
    return null;
  } finally {
    key.fill(0);
  }
}

/**
 * RC2 (RFC 2268) is in no OpenSSL that Node has; old files hide certificates with it, seldom keys. Loaded only when one
 * comes: who has no such file has no need of the package.
 */
function decipherRc2(key: Buffer, iv: Uint8Array, encrypted: Uint8Array): Buffer | null {
  const { rc2, util } = createRequire(import.meta.url)('node-forge') as typeof import('node-forge');
  const open = rc2.createDecryptionCipher(key.toString('latin1'), key.length * 8);
  open.start(Buffer.from(iv).toString('latin1'));
  open.update(util.createBuffer(Buffer.from(encrypted).toString('latin1')));
  return open.finish() ? Buffer.from(open.output.getBytes(), 'latin1') : null;
}
