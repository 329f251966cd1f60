// The files of a lab: an authority's folder, and the pair of files that a certificate or a raw public key is issued
// into. Nothing is ever overwritten, since what would be lost is a private key.
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { refuse } from '../errors.ts';
import type { Authority } from './authority.ts';
import type { Issuer } from './certificate.ts';
import type { Leaf } from './leaf.ts';
import type { IssuedRawPublicKey } from './raw-public-key.ts';

/** The paths of a certificate and its private key. */
export interface PairPaths {
  readonly certificate: string;
  readonly key: string;
}

/** The paths of an authority's files in its folder. */
export function authorityPaths(directory: string): {
  readonly root: PairPaths;
  readonly intermediate: PairPaths;
} {
  return {
    root: pairPaths(join(directory, 'root')),
    intermediate: pairPaths(join(directory, 'intermediate')),
  };
}

export function pairPaths(prefix: string): PairPaths {
  return { certificate: `${prefix}.pem`, key: `${prefix}.key` };
}

export function rawPublicKeyPaths(prefix: string): { readonly publicKey: string; readonly key: string } {
  const { certificate: publicKey, key } = pairPaths(prefix);
  return { publicKey, key };
}

/**
 * Writes `root.pem`, `root.key`, `intermediate.pem` and `intermediate.key` into a folder, which is made if it is not
 * there.
 *
 * @throws E2EKeyError OPTION_INVALID when one of them exists or cannot be written; then none is left.
 */
export function writeAuthority(directory: string, { root, intermediate }: Authority): void {
  const paths = authorityPaths(directory);
  try {
    mkdirSync(directory, { recursive: true });
  } catch (cause) {
    refuse('OPTION_INVALID', `${directory}: the folder cannot be made`, { cause });
  }
  writeNew([
    ...pair(paths.root, [root.certificate], root.key),
    ...pair(paths.intermediate, [intermediate.certificate], intermediate.key),
  ]);
}

/**
 * Reads the intermediate that `writeAuthority` wrote. The root's files are not looked at: its key may be elsewhere.
 *
 * @throws E2EKeyError OPTION_INVALID naming the file.
 */
export function readIntermediate(directory: string): Issuer {
  const paths = authorityPaths(directory).intermediate;
  const certificate = read(paths.certificate, text => new X509Certificate(text));
  const key = read(paths.key, text => createPrivateKey(text));
  return certificate.checkPrivateKey(key)
    ? { certificate, key }
    : refuse('OPTION_INVALID', `${paths.key}: not the private key of ${paths.certificate}`);
}

/**
 * Writes `PREFIX.pem` (the chain, leaf first, without the root) and `PREFIX.key`.
 *
 * @throws E2EKeyError OPTION_INVALID when one of them exists or cannot be written; then none is left.
 */
export function writeLeaf(prefix: string, { chain, key }: Leaf): void {
  writeNew(pair(pairPaths(prefix), chain, key));
}

/**
 * Writes `PREFIX.pem` (SubjectPublicKeyInfo as PUBLIC KEY, RFC 7468 §13) and `PREFIX.key`.
 *
 * @throws E2EKeyError OPTION_INVALID when one of them exists or cannot be written; then none is left.
 */
export function writeRawPublicKey(prefix: string, { publicKey, key }: IssuedRawPublicKey): void {
  const paths = rawPublicKeyPaths(prefix);
  const text = publicKey.export({ type: 'spki', format: 'pem' });
  writeNew([{ path: paths.publicKey, text, mode: 0o644 }, privateKeyFile(paths.key, key)]);
}

interface NewFile {
  readonly path: string;
  readonly text: string;
  readonly mode: number;
}

function pair(paths: PairPaths, certificates: readonly X509Certificate[], key: KeyObject): NewFile[] {
  const text = certificates.map(certificate => certificate.toString()).join('');
  return [{ path: paths.certificate, text, mode: 0o644 }, privateKeyFile(paths.key, key)];
}

/** Unencrypted PKCS#8 (RFC 5958) that only its owner can read. */
function privateKeyFile(path: string, key: KeyObject): NewFile {
  return { path, text: key.export({ type: 'pkcs8', format: 'pem' }), mode: 0o600 };
}

function writeNew(files: readonly NewFile[]): void {
  const written: string[] = [];
  for (const { path, text, mode } of files) {
    try {
      // "wx" makes the file or fails, in one step: a link put there in between is not followed.
      writeFileSync(path, text, { flag: 'wx', mode });
      written.push(path);
    } catch (cause) {
      for (const ours of written) rmSync(ours);
      const exists = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
      refuse(
        'OPTION_INVALID',
        `${path}: ${exists ? 'exists already and is not overwritten' : 'cannot be written'}`,
        { cause },
      );
    }
  }
}

function read<T>(path: string, parse: (text: string) => T): T {
  try {
    return parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    return refuse('OPTION_INVALID', `${path}: not a file of a lab authority; e2ekey pki init makes one`, {
      cause,
    });
  }
}
