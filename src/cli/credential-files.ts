// The FILEs of --credential, --key, --password-file, --trust and --psk-file, each named in what is wrong with it. What
// credential files may hold is endpoint/credential-file.ts, what belongs together endpoint/own-chain.ts.
import type { KeyObject } from 'node:crypto';
import { type Certificate, parseCertificate } from '../certificates/certificate.ts';
import { parseRawPublicKey, type RawPublicKey } from '../certificates/raw-public-key.ts';
import { type CredentialFile, readCredentialFile } from '../endpoint/credential-file.ts';
import { certificatesFromPem } from '../endpoint/credentials.ts';
import { type OwnChain, ownChain, privateKeysIn } from '../endpoint/own-chain.ts';
import { presharedKeyFromHex } from '../endpoint/preshared-key.ts';
import { E2EKeyError, refuse } from '../errors.ts';
import type { Sort } from '../inspect/der-documents.ts';
import { inspectHint, isPem, requireSort, sortsIn } from './file-content.ts';
import { readBytes } from './input-file.ts';
import type { Output } from './output.ts';

/**
 * Reads credentials: each --credential file holds one chain or raw public key in any form that is read; the --key files
 * belong to them by their order, and a credential without one must have its private key in its own file.
 *
 * @param passwordFile opens whatever is encrypted in the files; its first line is the password.
 * @param keyOption the option that named the key files, with its `--`, for the sentences.
 * @throws E2EKeyError OPTION_INVALID naming the file.
 */
export function readCredentials(
  credentialFiles: readonly string[],
  keyFiles: readonly string[],
  passwordFile: string | undefined,
  keyOption = '--key',
): (OwnChain & { readonly file: string })[] {
  if (keyFiles.length > credentialFiles.length)
    refuse(
      'OPTION_INVALID',
      `${keyOption} is given ${keyFiles.length} times for ${credentialFiles.length} of --credential`,
    );
  const password = passwordFile === undefined ? undefined : readPassword(passwordFile);
  return credentialFiles.map((file, index) => {
    const credential = { option: '--credential', file };
    const keyFile = keyFiles[index];
    if (keyFile === undefined)
      return takeCredential(credential, bytes => {
        const contents = readCredentialFile(bytes, password);
        return named(file, contents, privateKeysIn(contents));
      });
    const contents = takeCredential(credential, bytes => readCredentialFile(bytes, password));
    const key = { option: keyOption, file: keyFile };
    const keys = takeCredential(key, bytes => privateKeysIn(readCredentialFile(bytes, password)));
    const both = { option: '--credential', file: `${file}, ${keyOption} ${keyFile}` };
    return about(both, () => named(file, contents, keys));
  });
}

function named(file: string, contents: CredentialFile, keys: readonly KeyObject[]) {
  const own = ownChain(contents, keys);
  // Its owner may miss it elsewhere, or have meant this file to hold one key alone.
  const others = keys.filter(key => !key.equals(own.key)).length;
  const sentence = `there ${others === 1 ? 'is another private key' : `are ${others} other private keys`} as well, not used`;
  return { file, ...own, warnings: others === 0 ? own.warnings : [...own.warnings, sentence] };
}

/** What other end-points may stumble over, for people. */
export function noteWarnings(
  read: readonly { readonly file: string; readonly warnings: readonly string[] }[],
  output: Output,
): void {
  for (const { file, warnings } of read)
    for (const warning of warnings) output.note(`warning: --credential ${file}: ${warning}`);
}

/**
 * The first certificate of a file, which is somebody's own, or his raw public key.
 *
 * @param option the option that named the file, with its `--`, for the sentences.
 * @throws E2EKeyError OPTION_INVALID naming the file.
 */
export function readCertificate(option: string, file: string): Certificate | RawPublicKey {
  return takeCredential({ option, file }, bytes => {
    const { certificates, publicKeys } = readCredentialFile(bytes, undefined);
    const [[certificate], [publicKey]] = [certificates, publicKeys];
    if (certificate !== undefined) return parseCertificate(certificate);
    return publicKey === undefined
      ? refuse('OPTION_INVALID', 'there is neither a certificate nor a public key in it')
      : parseRawPublicKey(publicKey);
  });
}

/**
 * All certificates of all files, in order, in DER; what else stands in a PEM file is passed over. A file in DER is one
 * certificate.
 *
 * @param option the option that named the files, with its `--`, for the sentences.
 * @throws E2EKeyError OPTION_INVALID naming the file.
 */
export function readCertificates(option: string, files: readonly string[]): Uint8Array[] {
  return files.flatMap(file =>
    take({ option, file }, bytes => {
      requireSort(bytes, 'certificate');
      return isPem(bytes) ? certificatesFromPem(bytes.toString('utf8')) : [bytes];
    }),
  );
}

/**
 * A pre-shared key: the first line of a file, 1 to 512 bytes in hex.
 *
 * @param option the option that named the file, with its `--`, for the sentences.
 * @throws E2EKeyError OPTION_INVALID naming the file.
 */
export function readPresharedKey(file: string, option = '--psk-file'): KeyObject {
  return take({ option, file }, bytes => presharedKeyFromHex(bytes.toString('utf8')));
}

interface Place {
  readonly option: string;
  readonly file: string;
}

function take<T>(place: Place, from: (bytes: Buffer) => T): T {
  const bytes = readBytes(place.option, place.file);
  return about(place, () => from(bytes));
}

/** As `take`, of a file that may be none of a credential at all: then there is somebody to ask what it is. */
function takeCredential<T>(place: Place, from: (bytes: Buffer) => T): T {
  return take(place, bytes => {
    try {
      return from(bytes);
    } catch (cause) {
      if (!(cause instanceof E2EKeyError) || isCredential(bytes)) throw cause;
      return refuse('OPTION_INVALID', `${cause.message}; ${inspectHint}`, { cause });
    }
  });
}

function isCredential(bytes: Buffer): boolean {
  const isJson = /^(?:\xEF\xBB\xBF)?\s*\{/.test(bytes.toString('latin1', 0, 64));
  return isJson || sortsIn(bytes).some(sort => credentialSorts.includes(sort));
}

const credentialSorts: readonly Sort[] = ['certificate', 'public-key', 'private-key', 'pkcs12'];

/** What is wrong with what a file holds is said with the option and the file before it. */
function about<T>({ option, file }: Place, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof E2EKeyError)) throw cause;
    return refuse('OPTION_INVALID', `${option} ${file}: ${cause.message}`, { cause });
  }
}

/**
 * The first line of --password-file.
 *
 * @throws E2EKeyError OPTION_INVALID naming the file.
 */
export function readPassword(file: string): string {
  return take({ option: '--password-file', file }, bytes => {
    const [line = ''] = bytes.toString('utf8').split(/\r?\n/, 1);
    return line === '' ? refuse('OPTION_INVALID', 'the first line is empty') : line;
  });
}
