// The FILEs of --credential, --key, --password-file, --trust, --psk-file and --staple: PEM (RFC 7468), hex or DER in,
// DER and KeyObject out. What stands in a certificate is looked at only to see whether the key belongs to it.
import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Certificate, parseCertificate } from '../certificates/certificate.ts';
import { pemBlocks } from '../certificates/pem.ts';
import { parseRawPublicKey, type RawPublicKey } from '../certificates/raw-public-key.ts';
import { certificatesFromPem } from '../endpoint/credentials.ts';
import { presharedKeyFromHex } from '../endpoint/preshared-key.ts';
import { E2EKeyError, refuse } from '../errors.ts';
import { codeOf } from './standard-output.ts';

/** A certificate chain in DER, leaf first, with the leaf's private key; null for a raw public key. */
export interface ReadCredential {
  readonly chain: readonly Uint8Array[] | null;
  readonly key: KeyObject;
}

/**
 * Reads credentials: each --credential file holds one chain, leaf first, or a raw public key; the --key files belong
 * to them by their order, and a credential without one must have its private key in its own file.
 *
 * @param passwordFile opens encrypted keys; its first line is the password.
 * @param keyOption the option that named the key files, with its `--`, for the sentences.
 * @throws E2EKeyError OPTION_INVALID naming the file.
 */
export function readCredentials(
  credentialFiles: readonly string[],
  keyFiles: readonly string[],
  passwordFile: string | undefined,
  keyOption = '--key',
): ReadCredential[] {
  if (keyFiles.length > credentialFiles.length)
    refuse(
      'OPTION_INVALID',
      `${keyOption} is given ${keyFiles.length} times for ${credentialFiles.length} of --credential`,
    );
  const password = passwordFile === undefined ? null : readPassword(passwordFile);
  return credentialFiles.map((file, index) => {
    const keyFile = keyFiles[index];
    const files = { file, keyFile: keyFile ?? file };
    const readKey = () =>
      keyFile === undefined ? keyIn('--credential', file, password) : keyIn(keyOption, keyFile, password);
    const raw = rawPublicKeyIn('--credential', file);
    if (raw !== null) {
      const ofPublic = () => createPublicKey({ key: Buffer.from(raw), format: 'der', type: 'spki' });
      return { chain: null, key: fitting(readKey(), 'public key', ofPublic, files) };
    }
    const chain = certificatesIn('--credential', file);
    const ofPublic = () => new X509Certificate(chain[0] ?? '').publicKey;
    return { chain, key: fitting(readKey(), 'first certificate', ofPublic, files) };
  });
}

/**
 * The first certificate of a file, which is somebody's own, or his raw public key.
 *
 * @param option the option that named the file, with its `--`, for the sentences.
 * @throws E2EKeyError OPTION_INVALID naming the file.
 */
export function readCertificate(option: string, file: string): Certificate | RawPublicKey {
  const raw = rawPublicKeyIn(option, file);
  const [der] = raw === null ? readCertificates(option, [file]) : [raw];
  try {
    return raw === null ? parseCertificate(der ?? Buffer.of()) : parseRawPublicKey(raw);
  } catch (cause) {
    if (!(cause instanceof E2EKeyError)) throw cause;
    return refuse('OPTION_INVALID', `${option} ${file}: ${cause.message}`, { cause });
  }
}

/**
 * All certificates of all files, in order, in DER; what else stands in a PEM file is passed over. A file in DER is one
 * certificate.
 *
 * @param option the option that named the files, with its `--`, for the sentences.
 * @throws E2EKeyError OPTION_INVALID naming the file.
 */
export function readCertificates(option: string, files: readonly string[]): Uint8Array[] {
  return files.flatMap(file => {
    const bytes = readBytes(option, file);
    // PEM may begin with any text, and that with 0, which is the octet of a SEQUENCE.
    return bytes[0] === tagSequence && !bytes.includes('-----BEGIN ')
      ? [bytes]
      : certificatesIn(option, file);
  });
}

const tagSequence = 0x30;

/**
 * A pre-shared key: the first line of a file, 1 to 512 bytes in hex.
 *
 * @param option the option that named the file, with its `--`, for the sentences.
 * @throws E2EKeyError OPTION_INVALID naming the file.
 */
export function readPresharedKey(file: string, option = '--psk-file'): KeyObject {
  return take(option, file, presharedKeyFromHex);
}

/**
 * All bytes of a file that an option names.
 *
 * @throws E2EKeyError OPTION_INVALID naming option and file.
 */
export function readBytes(option: string, file: string): Buffer {
  return readWith(option, file, () => readFileSync(file));
}

function readText(option: string, file: string): string {
  return readWith(option, file, () => readFileSync(file, 'utf8'));
}

function readWith<T>(option: string, file: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    return refuse('OPTION_INVALID', `${option} ${file}: ${unreadableBy(cause)}`, { cause });
  }
}

/** Why a file cannot be read, by the error of node:fs. */
export function unreadableBy(error: unknown): string {
  return unreadable.get(codeOf(error)) ?? 'the file cannot be read';
}

const unreadable: ReadonlyMap<unknown, string> = new Map([
  ['ENOENT', 'no such file'],
  ['ENOTDIR', 'no such file'],
  ['EISDIR', 'is a directory, not a file'],
  ['EACCES', 'no permission to read the file'],
]);

/** What a file holds; what is wrong with it is said with the option and the file before it. */
function take<T>(option: string, file: string, from: (text: string) => T): T {
  const text = readText(option, file);
  try {
    return from(text);
  } catch (cause) {
    if (!(cause instanceof E2EKeyError)) throw cause;
    return refuse('OPTION_INVALID', `${option} ${file}: ${cause.message}`, { cause });
  }
}

function certificatesIn(option: string, file: string): Uint8Array[] {
  return take(option, file, certificatesFromPem);
}

/** SubjectPublicKeyInfo in DER; null where the file holds a certificate or nothing of the kind. */
function rawPublicKeyIn(option: string, file: string): Uint8Array | null {
  return take(option, file, text => {
    const blocks = pemBlocks(text);
    const raw = blocks.find(({ label }) => label === 'PUBLIC KEY');
    if (raw === undefined || blocks.some(({ label }) => label === 'CERTIFICATE')) return null;
    return raw.der ?? refuse('OPTION_INVALID', `${raw.problem}`);
  });
}

function keyIn(option: string, file: string, password: string | null): KeyObject {
  return take(option, file, text => {
    // RFC 7468 §11; and the header lines of RFC 1421 that OpenSSL wrote before.
    const encrypted = /^-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(text);
    if (encrypted && password === null)
      refuse('OPTION_INVALID', 'the private key is encrypted; give --password-file');
    if (!/^-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/m.test(text))
      refuse('OPTION_INVALID', 'no PRIVATE KEY block in the file');
    try {
      return createPrivateKey({
        key: text,
        format: 'pem',
        ...(password === null ? {} : { passphrase: password }),
      });
    } catch (cause) {
      const reason = encrypted
        ? 'the password does not open the private key'
        : 'the private key is malformed';
      return refuse('OPTION_INVALID', reason, { cause });
    }
  });
}

function readPassword(file: string): string {
  return take('--password-file', file, text => {
    const [line = ''] = text.split(/\r?\n/, 1);
    return line === '' ? refuse('OPTION_INVALID', 'the first line is empty') : line;
  });
}

/** A key that does not fit would show only as the peer's complaint about our signature. */
function fitting(
  key: KeyObject,
  what: 'first certificate' | 'public key',
  ofPublic: () => KeyObject,
  { file, keyFile }: { readonly file: string; readonly keyFile: string },
): KeyObject {
  let publicKey: KeyObject;
  try {
    publicKey = ofPublic();
  } catch (cause) {
    return refuse('OPTION_INVALID', `--credential ${file}: the ${what} is malformed`, { cause });
  }
  return publicKey.equals(createPublicKey(key))
    ? key
    : refuse('OPTION_INVALID', `the private key in ${keyFile} does not belong to the ${what} in ${file}`);
}
