// The files of a lab: an authority's folder, and those that a certificate or a raw public key is issued into. Nothing is ever overwritten, since what would be lost is a private key.
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseCertificate } from '../certificates/certificate.ts';
import { pemBlocks } from '../certificates/pem.ts';
import { refuse } from '../errors.ts';
import type { Authority, Subordinate } from './authority.ts';
import type { Issuer } from './certificate.ts';
import type { CertifiedLeaf, Leaf } from './leaf.ts';
import type { Responder } from './ocsp-response.ts';
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

/** The path of what an authority has revoked (revocation-register.ts); `issuer` is one of its certificates. */
export function registerPath(directory: string, issuer: 'root' | 'intermediate'): string {
  return join(directory, `${issuer}.revoked.json`);
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
  makeFolder(directory);
  writeNew([
    ...pair(paths.root, [root.certificate], root.key),
    ...pair(paths.intermediate, intermediate.chain, intermediate.key),
  ]);
}

/**
 * Writes `intermediate.pem`, with the certificates above it up to the root, which is not in it, and
 * `intermediate.key`, if there is a key, into a folder, which is made if it is not there.
 *
 * @throws E2EKeyError OPTION_INVALID when one of them exists or cannot be written; then none is left.
 */
export function writeSubordinate(directory: string, { chain, key }: Subordinate): void {
  const paths = authorityPaths(directory).intermediate;
  makeFolder(directory);
  writeNew(key === null ? [certificateFile(paths.certificate, chain)] : pair(paths, chain, key));
}

/**
 * Reads the intermediate that `writeAuthority` or `writeSubordinate` wrote, with those above it. The root's files are
 * not looked at: its key may be elsewhere.
 *
 * @throws E2EKeyError OPTION_INVALID naming the file.
 */
export function readIntermediate(directory: string): Issuer {
  return readIssuer(authorityPaths(directory).intermediate);
}

/**
 * Reads the root that `writeAuthority` wrote.
 *
 * @throws E2EKeyError OPTION_INVALID naming the file.
 */
export function readRoot(directory: string): Issuer {
  return { ...readIssuer(authorityPaths(directory).root), chain: [] };
}

/**
 * Writes `PREFIX.pem` (the chain, leaf first, without the root) and `PREFIX.key`, and `PREFIX.p12` where there is one.
 *
 * @throws E2EKeyError OPTION_INVALID when one of them exists or cannot be written; then none is left.
 */
export function writeLeaf(
  prefix: string,
  { chain, key }: Pick<Leaf, 'chain' | 'key'>,
  pkcs12: Uint8Array | null = null,
): void {
  writeNew([
    ...pair(pairPaths(prefix), chain, key),
    ...(pkcs12 === null ? [] : [ownersFile(pkcs12Path(prefix), pkcs12)]),
  ]);
}

export function pkcs12Path(prefix: string): string {
  return `${prefix}.p12`;
}

/**
 * Writes `PREFIX.pem` (the chain, leaf first, without the root): somebody else has the key.
 *
 * @throws E2EKeyError OPTION_INVALID when it exists or cannot be written.
 */
export function writeCertified(prefix: string, { chain }: CertifiedLeaf): void {
  writeNew([certificateFile(pairPaths(prefix).certificate, chain)]);
}

/**
 * Reads a delegated OCSP responder from `PREFIX.pem` and `PREFIX.key`.
 *
 * @throws E2EKeyError OPTION_INVALID naming the file.
 */
export function readResponder(prefix: string): Responder {
  return readPair(pairPaths(prefix), 'of an OCSP responder; e2ekey pki responder makes one');
}

/**
 * Writes `PREFIX.pem` (SubjectPublicKeyInfo as PUBLIC KEY, RFC 7468 §13) and `PREFIX.key`.
 *
 * @throws E2EKeyError OPTION_INVALID when one of them exists or cannot be written; then none is left.
 */
export function writeRawPublicKey(prefix: string, { publicKey, key }: IssuedRawPublicKey): void {
  const paths = rawPublicKeyPaths(prefix);
  const content = publicKey.export({ type: 'spki', format: 'pem' });
  writeNew([{ path: paths.publicKey, content, mode: 0o644 }, privateKeyFile(paths.key, key)]);
}

/** A file that is not there yet. */
export interface NewFile {
  readonly path: string;
  readonly content: string | Uint8Array;
  readonly mode: number;
}

function pair(paths: PairPaths, certificates: readonly X509Certificate[], key: KeyObject): NewFile[] {
  return [certificateFile(paths.certificate, certificates), privateKeyFile(paths.key, key)];
}

function certificateFile(path: string, certificates: readonly X509Certificate[]): NewFile {
  return { path, content: certificates.map(certificate => certificate.toString()).join(''), mode: 0o644 };
}

/** Unencrypted PKCS#8 (RFC 5958) that only its owner can read. */
export function privateKeyFile(path: string, key: KeyObject): NewFile {
  return ownersFile(path, key.export({ type: 'pkcs8', format: 'pem' }));
}

function ownersFile(path: string, content: string | Uint8Array): NewFile {
  return { path, content, mode: 0o600 };
}

/** @throws E2EKeyError OPTION_INVALID for a folder that is not there and cannot be made. */
export function makeFolder(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true });
  } catch (cause) {
    refuse('OPTION_INVALID', `${directory}: the folder cannot be made`, { cause });
  }
}

/** @throws E2EKeyError OPTION_INVALID when one of them exists or cannot be written; then none is left. */
export function writeNew(files: readonly NewFile[]): void {
  const written: string[] = [];
  for (const { path, content, mode } of files) {
    try {
      // "wx" makes the file or fails, in one step: a link put there in between is not followed.
      writeFileSync(path, content, { flag: 'wx', mode });
      written.push(path);
    } catch (cause) {
      for (const ours of written) rmSync(ours);
      refuse(
        'OPTION_INVALID',
        `${path}: ${codeOf(cause) === 'EEXIST' ? 'exists already and is not overwritten' : 'cannot be written'}`,
        { cause },
      );
    }
  }
}

/** Of an error of node:fs; null for any other. */
export function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : null;
}

function readIssuer(paths: PairPaths): Issuer {
  return readPair(paths, 'of a lab authority; e2ekey pki init makes one');
}

/** @param whose ends the sentence on a file that is none. */
function readPair(paths: PairPaths, whose: string): Issuer {
  const chain = read(paths.certificate, certificatesIn, whose);
  const key = read(paths.key, createPrivateKey, whose);
  const [certificate] = chain;
  return certificate?.checkPrivateKey(key)
    ? { certificate, key, chain }
    : refuse('OPTION_INVALID', `${paths.key}: not the private key of ${paths.certificate}`);
}

/** A path has at most 16 certificates; with more above it nothing that is issued could be presented. */
const maxCertificates = 15;

function certificatesIn(text: string): X509Certificate[] {
  const blocks = pemBlocks(text).filter(({ label }) => label === 'CERTIFICATE');
  if (blocks.length < 1 || blocks.length > maxCertificates)
    throw new RangeError(`${blocks.length} certificates`);
  // What is built on them reads them with the strict parser, which is to fail here, where the file is known.
  return blocks.map(({ der }) => new X509Certificate(parseCertificate(der ?? Buffer.of()).der));
}

function read<T>(path: string, parse: (text: string) => T, whose: string): T {
  try {
    return parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    return refuse('OPTION_INVALID', `${path}: not a file ${whose}`, { cause });
  }
}
