// Do the certificates and the private key of our own files belong together, and in the order in which a peer is to get
// them? Refused is what cannot be meant; what other TLS stacks may stumble over is said in a warning, and left as it is.
import { createPublicKey, type KeyObject } from 'node:crypto';
import { isSignedBy } from '../certificates/algorithms.ts';
import { type Certificate, parseCertificate } from '../certificates/certificate.ts';
import { shorten } from '../certificates/finding.ts';
import { sameName } from '../certificates/names.ts';
import { parseRawPublicKey } from '../certificates/raw-public-key.ts';
import type { CertificateType } from '../certificates/trust.ts';
import { maxPresented } from '../certificates/trust-anchors.ts';
import { refuse } from '../errors.ts';
import type { CredentialFile } from './credential-file.ts';
import { isKeyPair, signsForItsPublicKey } from './key-pair.ts';

/** A key store with all anchors of Java has 150 certificates; each key is held against each certificate. */
const most = { certificates: 512, keys: 64 } as const;

/** What a credential is made of. */
export interface OwnChain {
  /** In DER, that of the key first; null for a raw public key (RFC 7250), which is that of the key. */
  readonly chain: readonly Uint8Array[] | null;
  readonly key: KeyObject;
  /** Sentences about what peers may refuse. */
  readonly warnings: readonly string[];
}

/** @throws E2EKeyError OPTION_INVALID where there is none, or one that cannot be opened. */
export function privateKeysIn(file: CredentialFile): readonly KeyObject[] {
  const keys = file.openKeys();
  return keys.length > 0 ? keys : refuse('OPTION_INVALID', `there is no private key in it${besides(file)}`);
}

/**
 * @param keys of the same file, or of another one; see `privateKeysIn`.
 * @param as what to be known by: where it is not said, a certificate, unless there is a public key and none.
 * @throws E2EKeyError OPTION_INVALID where nobody can say which key, or which certificate, is ours.
 */
export function ownChain(
  file: CredentialFile,
  keys: readonly KeyObject[],
  as: CertificateType = file.certificates.length === 0 && file.publicKeys.length > 0 ? 'raw' : 'x509',
): OwnChain {
  if (file.certificates.length > most.certificates || keys.length > most.keys)
    refuse(
      'OPTION_INVALID',
      `${file.certificates.length} certificates and ${keys.length} private keys; at most ${most.certificates} and ${most.keys} are looked at`,
    );
  const different = keys.filter(
    (key, index) => keys.findIndex(other => isKeyPair(other, createPublicKey(key))) === index,
  );
  if (as === 'x509' && file.certificates.length === 0)
    refuse('OPTION_INVALID', `there is no certificate in it${besides(file)}`);
  const own = as === 'raw' ? rawPublicKey(file, different) : x509(file, different);
  if (!signsForItsPublicKey(own.key))
    refuse('OPTION_INVALID', 'the private key is damaged: its public key does not verify what it signs');
  return own;
}

function besides({ others }: CredentialFile): string {
  return others.length === 0 ? '' : `; there is ${enumerated([...new Set(others)])}`;
}

/** Sentences are read by people. */
function enumerated(names: readonly string[]): string {
  return names.length > 4 ? `${names.slice(0, 4).join(', ')} and ${names.length - 4} more` : names.join(', ');
}

function x509({ certificates, isOrdered, others }: CredentialFile, keys: readonly KeyObject[]): OwnChain {
  const listed = certificates.map(listedAt);
  const pairs = pairsIn(listed, keys);
  return isOrdered ? inOrder(listed, pairs, keys) : putInOrder(listed, pairs, keys, others);
}

/** A certificate by its place in the file, from 1. */
interface Listed {
  readonly place: number;
  readonly der: Uint8Array;
  readonly certificate: Certificate | null;
  /** Why it cannot be read. */
  readonly problem: string;
}

/** One that can be read. */
interface Readable extends Listed {
  readonly certificate: Certificate;
}

function listedAt(der: Uint8Array, index: number): Listed {
  const place = index + 1;
  try {
    return { place, der, certificate: parseCertificate(der), problem: '' };
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : 'unknown reason';
    return { place, der, certificate: null, problem };
  }
}

function isReadable(listed: Listed): listed is Readable {
  return listed.certificate !== null;
}

function unreadable({ place, problem }: Listed): string {
  return `certificate ${place}, which cannot be read: ${problem}`;
}

/** In the words that all warnings and refusals have for it. */
function named({ place, certificate }: Readable): string {
  return `certificate ${place} (${shorten(certificate.subject.text) || 'without subject'})`;
}

/**
 * Of a file whose order is its maker's choice nothing is moved and nothing left out: the chain is presented as it
 * stands, and a fault in it shows here as it shows with other stacks.
 */
function inOrder(listed: readonly Listed[], pairs: readonly Pair[], keys: readonly KeyObject[]): OwnChain {
  const [first] = listed;
  if (first !== undefined && !isReadable(first))
    refuse('OPTION_INVALID', `the first certificate cannot be read: ${first.problem}`);
  const own =
    pairs.find(({ listed: { place } }) => place === 1) ??
    refuse('OPTION_INVALID', misfit(pairs, listed, keys));
  const { path, warnings, strangers } = pathFrom(own.listed, listed);
  const places = path.map(({ place }) => place);
  if (places.some((place, index) => place < (places[index - 1] ?? 0)))
    warnings.push(
      `the certificates are not in order: each is to be followed by that of its issuer (RFC 5246 §7.4.2), here ${places.join(', ')}`,
    );
  for (const stranger of strangers) warnings.push(`${named(stranger)} ${whyStrange(stranger, path)}`);
  const last = path.at(-1);
  if (last !== undefined && path.length > 1 && isRoot(last.certificate))
    warnings.push(
      `${named(last)} is a root, which peers have themselves or do not trust; it can be left out (RFC 5246 §7.4.2)`,
    );
  return { chain: listed.map(({ der }) => der), key: own.key, warnings };
}

/** In PKCS #12 the order means nothing (RFC 7292 4.2): issuers follow each other, up to the root, which peers have. */
function putInOrder(
  listed: readonly Listed[],
  pairs: readonly Pair[],
  keys: readonly KeyObject[],
  others: readonly string[],
): OwnChain {
  const [own] = pairs;
  if (own === undefined || pairs.length > 1) return refuse('OPTION_INVALID', misfit(pairs, listed, keys));
  const { path, warnings, strangers } = pathFrom(own.listed, listed);
  for (const stranger of strangers)
    warnings.push(`${named(stranger)} ${whyStrange(stranger, path)}, and is left out`);
  for (const other of others) warnings.push(`there is ${other} as well, which is not used`);
  const chain = path.filter(({ certificate }, index) => index === 0 || !isRoot(certificate));
  return { chain: chain.map(({ der }) => der), key: own.key, warnings };
}

interface Pair {
  readonly listed: Readable;
  readonly key: KeyObject;
}

/** Each certificate that one of the keys belongs to, once. */
function pairsIn(listed: readonly Listed[], keys: readonly KeyObject[]): Pair[] {
  return distinct(listed).flatMap(each => {
    const key = keys.find(candidate => isKeyOf(candidate, () => each.certificate.publicKey));
    return key === undefined ? [] : { listed: each, key };
  });
}

/** A certificate or public key that Node does not know belongs to none of the keys. */
function isKeyOf(key: KeyObject, publicKey: () => KeyObject): boolean {
  try {
    return isKeyPair(key, publicKey());
  } catch {
    return false;
  }
}

function misfit(pairs: readonly Pair[], listed: readonly Listed[], keys: readonly KeyObject[]): string {
  const fitting = enumerated(pairs.map(pair => named(pair.listed)));
  const [first] = listed.filter(isReadable);
  if (pairs.length > 1)
    return `private keys and certificates fit in more than one way, ${fitting}; a file with one of them is needed`;
  if (pairs.length === 1 && first !== undefined)
    return `the private key fits ${fitting}, and not ${named(first)}; the chain has to begin with it`;
  const whose = keys.length === 1 ? 'the private key belongs' : `none of ${keys.length} private keys belongs`;
  const certificates = listed.map(each => (isReadable(each) ? named(each) : unreadable(each)));
  return `${whose} to ${keys.length === 1 ? 'none' : 'one'} of these: ${enumerated(certificates)}`;
}

interface OwnPath {
  /** Own certificate first, each followed by its issuer. */
  readonly path: readonly Readable[];
  /** Those that are in no place of it. */
  readonly strangers: readonly Readable[];
  readonly warnings: string[];
}

function pathFrom(own: Readable, listed: readonly Listed[]): OwnPath {
  const certificates = distinct(listed);
  const path = [own];
  const issuerOf = (issued: Readable) =>
    certificates.find(each => !path.includes(each) && hasIssued(each.certificate, issued.certificate));
  // No longer than a peer looks at: signatures of one name would be verified by the hundred thousand.
  for (let next = issuerOf(own); next !== undefined && path.length <= maxPresented; next = issuerOf(next))
    path.push(next);
  const strangers = certificates.filter(each => !path.includes(each));
  const last = path.at(-1) ?? own;
  const warnings = listed.flatMap(each => defectOf(each, certificates));
  // What stands above an intermediate is as a rule the root, and rightly left out, unless others stand apart.
  const isCut = path.length === 1 || strangers.some(({ certificate }) => isAuthority(certificate));
  if (isCut && !isRoot(last.certificate))
    warnings.push(
      `the certificate of the issuer of ${named(last)}, ${shorten(last.certificate.issuer.text)}, is not in it: peers need it, as trust anchor or among their intermediates`,
    );
  return { path, strangers, warnings };
}

function defectOf(each: Listed, certificates: readonly Readable[]): string[] {
  if (!isReadable(each))
    return [`certificate ${each.place} cannot be read, and peers refuse it: ${each.problem}`];
  const same = certificates.find(({ certificate }) => isSame(certificate, each.certificate));
  return same === undefined || same.place === each.place
    ? []
    : [`${named(each)} is the same as certificate ${same.place}`];
}

/** Those that can be read, each once. */
function distinct(listed: readonly Listed[]): Readable[] {
  const readable = listed.filter(isReadable);
  return readable.filter(
    ({ certificate }, index) => readable.findIndex(other => isSame(other.certificate, certificate)) === index,
  );
}

function isSame(one: Certificate, other: Certificate): boolean {
  return one.fingerprint === other.fingerprint;
}

function hasIssued(issuer: Certificate, certificate: Certificate): boolean {
  return sameName(issuer.subject, certificate.issuer) && isSignedBy(certificate, issuer);
}

function isAuthority({ extensions: { basicConstraints } }: Certificate): boolean {
  return basicConstraints?.cA === true;
}

function isRoot(certificate: Certificate): boolean {
  return hasIssued(certificate, certificate);
}

function whyStrange({ certificate }: Readable, path: readonly Readable[]): string {
  const below = path.find(({ certificate: { issuer } }) => sameName(issuer, certificate.subject));
  return below === undefined
    ? 'issued none of the others'
    : `has the name of the issuer of ${named(below)}, and did not sign it`;
}

function rawPublicKey({ publicKeys }: CredentialFile, keys: readonly KeyObject[]): OwnChain {
  const [der] = publicKeys;
  const belonging = keys.filter(
    key => der === undefined || isKeyOf(key, () => parseRawPublicKey(der).publicKey),
  );
  const [key, ...more] = belonging;
  if (key === undefined) return refuse('OPTION_INVALID', 'the private key does not belong to the public key');
  return more.length === 0
    ? { chain: null, key, warnings: [] }
    : refuse('OPTION_INVALID', `there are ${keys.length} private keys; a file with one of them is needed`);
}
