// The FILEs of --credential, --key, --password-file and --trust: PEM (RFC 7468) in, DER and KeyObject out. Knows
// the shape of PEM; what stands in a certificate is looked at only to see whether the key belongs to it.
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { refuse } from '../errors.ts';

/** A certificate chain in DER, leaf first, with the leaf's private key. */
export interface ReadCredential {
  readonly chain: readonly Uint8Array[];
  readonly key: KeyObject;
}

/**
 * Reads credentials: each --credential file holds one chain, leaf first; the --key files belong to them by their
 * order, and a credential without one must have its private key in its own file.
 *
 * @param passwordFile opens encrypted keys; its first line is the password.
 * @throws E2EKeyError OPTION_INVALID naming the file.
 */
export function readCredentials(
  credentialFiles: readonly string[],
  keyFiles: readonly string[],
  passwordFile: string | undefined,
): ReadCredential[] {
  if (keyFiles.length > credentialFiles.length)
    refuse(
      'OPTION_INVALID',
      `--key is given ${keyFiles.length} times for ${credentialFiles.length} of --credential`,
    );
  const password = passwordFile === undefined ? null : readPassword(passwordFile);
  return credentialFiles.map((file, index) => {
    const chain = certificatesIn('--credential', file);
    const keyFile = keyFiles[index];
    const key =
      keyFile === undefined ? keyIn('--credential', file, password) : keyIn('--key', keyFile, password);
    return { chain, key: fitting(key, chain, file, keyFile ?? file) };
  });
}

/**
 * All certificates of all files, in order, in DER; what else stands in the files is passed over.
 *
 * @param option the option that named the files, with its `--`, for the sentences.
 * @throws E2EKeyError OPTION_INVALID naming the file.
 */
export function readCertificates(option: string, files: readonly string[]): Uint8Array[] {
  return files.flatMap(file => certificatesIn(option, file));
}

/**
 * The text of a file that an option names.
 *
 * @throws E2EKeyError OPTION_INVALID naming option and file.
 */
export function readText(option: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : null;
    const reason = unreadable.get(code) ?? 'the file cannot be read';
    return refuse('OPTION_INVALID', `${option} ${file}: ${reason}`, { cause });
  }
}

const unreadable: ReadonlyMap<unknown, string> = new Map([
  ['ENOENT', 'no such file'],
  ['ENOTDIR', 'no such file'],
  ['EISDIR', 'is a directory, not a file'],
  ['EACCES', 'no permission to read the file'],
]);

interface PemBlock {
  readonly label: string;
  readonly text: string;
}

// RFC 7468 §3: the two labels must be equal. Header lines (RFC 1421) stay in `text`: old encrypted keys have them.
const pemBlock = /^-----BEGIN ([A-Z0-9 ]+)-----[ \t]*\r?\n[\s\S]*?^-----END \1-----[ \t]*$/gm;

function blocksIn(option: string, file: string): PemBlock[] {
  const blocks = [...readText(option, file).matchAll(pemBlock)].map(match => ({
    label: match[1] ?? '',
    text: match[0],
  }));
  return blocks.length > 0 ? blocks : refuse('OPTION_INVALID', `${option} ${file}: no PEM block in the file`);
}

function certificatesIn(option: string, file: string): Uint8Array[] {
  const blocks = blocksIn(option, file).filter(block => block.label === 'CERTIFICATE');
  if (blocks.length === 0) refuse('OPTION_INVALID', `${option} ${file}: no CERTIFICATE block in the file`);
  return blocks.map((block, index) => {
    const base64 = block.text.split('\n').slice(1, -1).join('').replace(/\s/g, '');
    // Buffer skips what is not base64 and would hand on other bytes than those that stand in the file.
    if (!/^(?=.)(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(base64))
      refuse('OPTION_INVALID', `${option} ${file}: CERTIFICATE block ${index + 1} is not base64`);
    return new Uint8Array(Buffer.from(base64, 'base64'));
  });
}

function keyIn(option: string, file: string, password: string | null): KeyObject {
  const block = blocksIn(option, file).find(({ label }) => label.endsWith('PRIVATE KEY'));
  if (block === undefined)
    return refuse('OPTION_INVALID', `${option} ${file}: no PRIVATE KEY block in the file`);
  const encrypted = block.label === 'ENCRYPTED PRIVATE KEY' || /^Proc-Type: 4,ENCRYPTED/m.test(block.text);
  if (encrypted && password === null)
    refuse('OPTION_INVALID', `${option} ${file}: the private key is encrypted; give --password-file`);
  try {
    return createPrivateKey({
      key: block.text,
      format: 'pem',
      ...(password === null ? {} : { passphrase: password }),
    });
  } catch (cause) {
    const reason = encrypted ? 'the password does not open the private key' : 'the private key is malformed';
    return refuse('OPTION_INVALID', `${option} ${file}: ${reason}`, { cause });
  }
}

function readPassword(file: string): string {
  const [line = ''] = readText('--password-file', file).split(/\r?\n/, 1);
  return line === '' ? refuse('OPTION_INVALID', `--password-file ${file}: the first line is empty`) : line;
}

/** A key that does not fit would show only as the peer's complaint about our signature. */
function fitting(key: KeyObject, [leaf]: readonly Uint8Array[], file: string, keyFile: string): KeyObject {
  let fits: boolean;
  try {
    fits = leaf !== undefined && new X509Certificate(leaf).checkPrivateKey(key);
  } catch (cause) {
    return refuse('OPTION_INVALID', `--credential ${file}: the first certificate is malformed`, { cause });
  }
  return fits
    ? key
    : refuse(
        'OPTION_INVALID',
        `the private key in ${keyFile} does not belong to the first certificate in ${file}`,
      );
}
