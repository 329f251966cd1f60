// What a file of a credential holds, found by its content and never by its name: certificates, public and private keys
// in PEM, DER, PKCS #12 or JWK. Whether they belong together is own-chain.ts.
import type { JsonWebKeyInput, KeyObject } from 'node:crypto';
import { type DerElement, readDer, tag } from '../certificates/der.ts';
import { fromBase64, isPrivateKey, type PemSection, pemSections } from '../certificates/pem.ts';
import { refuse } from '../errors.ts';
import { toDefiniteLengths } from './ber.ts';
import { FilePassword } from './password-encryption.ts';
import { openPkcs12 } from './pkcs12.ts';
import { encryptedPrivateKey, oldEncryptedPrivateKey, privateKeyFrom } from './private-key.ts';

/** A chain of sixteen certificates of the largest size that is read, with its key, has a quarter of it. */
const maxFileSize = 1024 * 1024;

/** The contents of one file. */
export interface CredentialFile {
  /** In DER, unread. */
  readonly certificates: readonly Uint8Array[];
  /** Whether their order is somebody's choice (PEM, x5c); in PKCS #12 it means nothing. */
  readonly isOrdered: boolean;
  /** SubjectPublicKeyInfo in DER, unread. */
  readonly publicKeys: readonly Uint8Array[];
  /** Opened when they are asked for: where a second file has the key, this one's need no password. */
  readonly openKeys: () => readonly KeyObject[];
  /** What else there is, in words. */
  readonly others: readonly string[];
}

/**
 * Reads one file of at most 1 MiB.
 *
 * @param password of whatever in it is encrypted; without one, the empty one of PKCS #12 files is tried.
 * @throws E2EKeyError OPTION_INVALID saying what is wrong with the file, and with what part of it.
 */
export function readCredentialFile(bytes: Uint8Array, password: string | undefined): CredentialFile {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (file.length > maxFileSize)
    refuse('OPTION_INVALID', `${file.length} bytes; a credential has at most ${maxFileSize}`);
  // PEM may begin with any text, and that with 0, which is the octet of a SEQUENCE.
  if (file.includes('-----BEGIN ')) return pemFile(file.toString('utf8'), password);
  if (file[0] === tag.sequence) return derFile(file, password);
  if (startsJson.test(file.toString('latin1', 0, 64))) return jwkFile(file.toString('utf8'));
  return refuse('OPTION_INVALID', otherFormats.get(file.toString('hex', 0, 4)) ?? unknownFormat);
}

const unknownFormat =
  'the file is none that is read here: PEM, DER (certificate, public or private key), PKCS #12, JWK';
const startsJson = /^(?:\xEF\xBB\xBF)?\s*\{/;
/** By their first octets. */
const otherFormats: ReadonlyMap<string, string> = new Map([
  ['feedfeed', javaKeyStore('JKS')],
  ['cececece', javaKeyStore('JCEKS')],
]);

function javaKeyStore(name: string): string {
  return `the file is a Java key store of type ${name}, which only Java reads; keytool -importkeystore -deststoretype PKCS12 makes a file that is read here`;
}

const nothing: CredentialFile = {
  certificates: [],
  isOrdered: true,
  publicKeys: [],
  openKeys: () => [],
  others: [],
};

function pemFile(text: string, password: string | undefined): CredentialFile {
  const sections = pemSections(text);
  const only = (label: string) => sections.filter(section => section.label === label);
  const used = (label: string) => label === 'CERTIFICATE' || label === 'PUBLIC KEY' || isPrivateKey(label);
  const keys = sections.filter(({ label }) => isPrivateKey(label));
  return {
    certificates: only('CERTIFICATE').map((section, index) => decoded(section, `certificate ${index + 1}`)),
    isOrdered: true,
    publicKeys: only('PUBLIC KEY').map(section => decoded(section, 'the public key')),
    openKeys: () => {
      using opening = new FilePassword(password);
      return keys.map(section => pemKey(section, opening));
    },
    others: sections.filter(({ label }) => !used(label)).map(({ label }) => `the block ${label}`),
  };
}

function decoded({ label, lines }: PemSection, what: string): Uint8Array {
  if (lines === null) return refuse('OPTION_INVALID', `${what}: the block ${label} has no END line`);
  return fromBase64(lines.join('')) ?? refuse('OPTION_INVALID', `${what}: the block ${label} is not base64`);
}

function pemKey(section: PemSection, password: FilePassword): KeyObject {
  const { label, lines } = section;
  if (lines?.some(line => line.startsWith('Proc-Type: 4,ENCRYPTED')))
    return oldEncryptedPrivateKey(textOf(section), password);
  const der = decoded(section, 'the private key');
  const key =
    label === 'ENCRYPTED PRIVATE KEY'
      ? encryptedPrivateKey(der, password)
      : privateKeyFrom({
          key: Buffer.from(der.buffer, der.byteOffset, der.byteLength),
          format: 'der',
          type: keyTypes.get(label) ?? otherKey(label),
        });
  der.fill(0);
  return key;
}

/** RFC 7468 §10, RFC 5915 §4, and what OpenSSL writes for RFC 8017 A.1.2. */
const keyTypes: ReadonlyMap<string, 'pkcs8' | 'sec1' | 'pkcs1'> = new Map([
  ['PRIVATE KEY', 'pkcs8'],
  ['EC PRIVATE KEY', 'sec1'],
  ['RSA PRIVATE KEY', 'pkcs1'],
]);

function otherKey(label: string): never {
  refuse(
    'OPTION_INVALID',
    `the block ${label} is none that is read here; openssl pkcs8 or ssh-keygen -p -m PKCS8 converts it`,
  );
}

function textOf({ label, lines }: PemSection): string {
  return [`-----BEGIN ${label}-----`, ...(lines ?? []), `-----END ${label}-----`, ''].join('\n');
}

function derFile(bytes: Buffer, password: string | undefined): CredentialFile {
  const shape = shapeOf(toDefiniteLengths(bytes, 'the file'));
  const form = derForms.find(([pattern]) => pattern.test(shape))?.[1];
  switch (form) {
    case 'pkcs12': {
      using opening = new FilePassword(password);
      const { keys, ...content } = openPkcs12(bytes, opening);
      return { ...nothing, ...content, isOrdered: false, openKeys: () => keys };
    }
    case 'certificate':
      return { ...nothing, certificates: [Uint8Array.from(bytes)] };
    case 'spki':
      return { ...nothing, publicKeys: [Uint8Array.from(bytes)] };
    case 'encrypted':
      return {
        ...nothing,
        openKeys: () => {
          using opening = new FilePassword(password);
          return [encryptedPrivateKey(bytes, opening)];
        },
      };
    case 'pkcs8':
    case 'sec1':
    case 'pkcs1':
      return { ...nothing, openKeys: () => [privateKeyFrom({ key: bytes, format: 'der', type: form })] };
    default:
      return refuse('OPTION_INVALID', unknownFormat);
  }
}

/** RSAPrivateKey (RFC 8017 A.1.2) has nine, and a list of further primes. */
const maxFields = 10;

/** By the shape of what is in the SEQUENCE. */
const derForms = [
  // RFC 7292 4.
  [/^02=03 30:06/, 'pkcs12'],
  // RFC 5958 2; RFC 5915 3; RFC 8017 A.1.2.
  [/^02=0[01] 30:06 04/, 'pkcs8'],
  [/^02=01 04/, 'sec1'],
  [/^02=00 02/, 'pkcs1'],
  // RFC 5958 3; RFC 5280 4.1.
  [/^30:06 04$/, 'encrypted'],
  [/^30:06 03$/, 'spki'],
  [/^30:a0 30:06 03$/, 'certificate'],
] as const;

/** The identifier octets, with the value of a small INTEGER and what a SEQUENCE begins with. */
function shapeOf(der: Buffer): string {
  const elements = readDer(
    der,
    'file',
    whole =>
      whole.listOf(tag.sequence, '', { least: 0, most: maxFields }, (fields, index) => fields.any(index)),
    { code: 'OPTION_INVALID', clause: 'X.690 8.1' },
  );
  return elements.map(wordOf).join(' ');
}

function wordOf({ tag: identifier, content }: DerElement): string {
  if (identifier === tag.integer && content.length === 1) return `02=${content.toString('hex')}`;
  if (identifier === tag.sequence) return `30:${content.toString('hex', 0, 1)}`;
  return identifier.toString(16).padStart(2, '0');
}

/** RFC 7517; x5c is the chain, in base64 and not base64url (RFC 7517 §4.7). */
function jwkFile(text: string): CredentialFile {
  const jwk = jsonObject(text);
  const x5c = jwk.x5c ?? [];
  if (!Array.isArray(x5c)) return refuse('OPTION_INVALID', 'x5c: no list (RFC 7517 §4.7)');
  const certificates = x5c.map((each, index) => {
    const der = typeof each === 'string' ? fromBase64(each) : null;
    return der ?? refuse('OPTION_INVALID', `x5c.${index}: no certificate in base64 (RFC 7517 §4.7)`);
  });
  const openKeys = () => (jwk.d === undefined ? [] : [privateKeyFrom({ key: jwk, format: 'jwk' })]);
  const others = jwk.keys === undefined ? [] : ['a JWK Set, of which one JWK is to be given'];
  return { ...nothing, certificates, openKeys, others };
}

function jsonObject(
  text: string,
): JsonWebKeyInput['key'] & { readonly x5c?: unknown; readonly keys?: unknown } {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    return refuse('OPTION_INVALID', 'the file begins as JSON, and is none', { cause });
  }
}
