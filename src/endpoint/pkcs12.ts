// The certificates and private keys in a PKCS #12 file (RFC 7292), in DER or BER: integrity and privacy by password, as
// OpenSSL, Java and Windows write it. Every length and every count is looked at here before anything is decrypted;
// which certificate belongs to which key is own-chain.ts.
import type { KeyObject } from 'node:crypto';
import { contextConstructed, contextPrimitive, type DerReader, readDer, tag } from '../certificates/der.ts';
import { refuse } from '../errors.ts';
import { toDefiniteLengths } from './ber.ts';
import { type FilePassword, readMac, readPasswordEncryption } from './password-encryption.ts';
import { encryptedPrivateKey, privateKeyFrom } from './private-key.ts';

/** A key store of an end-point has a key, its chain and some anchors; Java's own anchors are 150. */
const maxBags = 512;

const document = { code: 'OPTION_INVALID', clause: 'RFC 7292 4' } as const;

const contentType = {
  data: '1.2.840.113549.1.7.1',
  signedData: '1.2.840.113549.1.7.2',
  encryptedData: '1.2.840.113549.1.7.6',
} as const;

/** RFC 7292 4.2. */
const bagType = {
  key: '1.2.840.113549.1.12.10.1.1',
  shroudedKey: '1.2.840.113549.1.12.10.1.2',
  certificate: '1.2.840.113549.1.12.10.1.3',
  crl: '1.2.840.113549.1.12.10.1.4',
  secret: '1.2.840.113549.1.12.10.1.5',
  safeContents: '1.2.840.113549.1.12.10.1.6',
} as const;

const x509Certificate = '1.2.840.113549.1.9.22.1';

/** What is of use in the file, in its order, and what else there is, in words. */
export interface Pkcs12Content {
  readonly certificates: readonly Uint8Array[];
  readonly keys: readonly KeyObject[];
  readonly others: readonly string[];
}

/**
 * Opens a file. Without a password the empty one and none at all are tried.
 *
 * @throws E2EKeyError OPTION_INVALID for a file that is no PKCS #12, a password that does not fit, an algorithm that is
 * not opened, and a file of which nobody can say by the password that it is as it was made.
 */
export function openPkcs12(bytes: Uint8Array, password: FilePassword): Pkcs12Content {
  const content = { certificates: [], keys: [], others: [] };
  const { authSafe, fits } = read(toDefiniteLengths(bytes, 'the PKCS #12 file'), 'PFX', readPfx);
  if (fits === null) refuseWithoutMac(password);
  else if (!fits(authSafe, password)) refuse('OPTION_INVALID', notFitting(password));
  const opener: Opener = { password, isProtected: fits !== null, content };
  const safe = toDefiniteLengths(authSafe, 'authSafe');
  read(safe, 'AuthenticatedSafe', whole =>
    whole.listOf(tag.sequence, '', { least: 0, most: maxBags }, (infos, index) =>
      openContentInfo(infos, index, opener),
    ),
  );
  return content;
}

interface Opener {
  readonly password: FilePassword;
  /** By a MAC that the password fits. */
  readonly isProtected: boolean;
  readonly content: { certificates: Uint8Array[]; keys: KeyObject[]; others: string[] };
}

function readPfx(whole: DerReader) {
  return whole.sequence('', fields => {
    fields.smallInteger('version');
    const authSafe = fields.sequence('authSafe', info => {
      const type = info.objectIdentifier('contentType');
      if (type !== contentType.data) refuseContent('authSafe', type);
      return info.constructed(contextConstructed(0), 'content', content => content.octetString(''));
    });
    return { authSafe, fits: fields.next === null ? null : readMac(fields) };
  });
}

/** A MAC that was taken away, and all else replaced, must not pass for a file that the password protects. */
function refuseWithoutMac({ isGiven }: FilePassword): void {
  if (isGiven)
    refuse(
      'OPTION_INVALID',
      'the PKCS #12 file has no MAC, so the password does not show who made it; openssl pkcs12 writes one, and a file that is not encrypted opens without a password',
    );
}

function notFitting({ isGiven }: FilePassword): string {
  return isGiven
    ? 'the password does not fit the MAC of the PKCS #12 file, or the file is damaged: nobody can tell which'
    : 'the PKCS #12 file needs a password: neither the empty one nor none fits its MAC, or the file is damaged';
}

function openContentInfo(infos: DerReader, index: number, opener: Opener): void {
  infos.sequence(index, info => {
    const type = info.objectIdentifier('contentType');
    info.constructed(contextConstructed(0), 'content', content => {
      if (type === contentType.data) openSafeContents(content.octetString(''), opener);
      else if (type === contentType.encryptedData) openEncryptedData(content, opener);
      else refuseContent(`AuthenticatedSafe.${index}`, type);
    });
  });
}

function refuseContent(field: string, type: string): never {
  const problem =
    type === contentType.signedData
      ? 'a signature instead of a MAC (public-key integrity mode), and nothing here says whose signature would do'
      : `content of type ${type}, which a password does not open`;
  refuse('OPTION_INVALID', `the PKCS #12 file, ${field}: ${problem} (RFC 7292 3.1)`);
}

/** RFC 7292 5.1, RFC 2315 13. */
function openEncryptedData(content: DerReader, opener: Opener): void {
  content.sequence('', data => {
    data.smallInteger('version');
    data.sequence('encryptedContentInfo', info => {
      info.objectIdentifier('contentType');
      const decrypt = readPasswordEncryption(info, 'contentEncryptionAlgorithm');
      const encrypted = implicitOctetString(info);
      const plain = opener.isProtected ? decrypt(encrypted, opener.password) : null;
      if (plain === null) refuse('OPTION_INVALID', undecipherable(opener));
      openSafeContents(plain, opener);
    });
  });
}

function undecipherable({ isProtected }: Opener): string {
  return isProtected
    ? 'the PKCS #12 file is encrypted with another password than that of its MAC, or damaged'
    : 'the PKCS #12 file is encrypted and has no MAC; openssl pkcs12 writes one';
}

/** [0] IMPLICIT OCTET STRING; in BER it may be several, one behind the other. */
function implicitOctetString(info: DerReader): Uint8Array {
  if (info.next === contextPrimitive(0)) return info.octetString('encryptedContent', contextPrimitive(0));
  const bounds = { least: 1, most: Number.MAX_SAFE_INTEGER };
  const pieces = info.listOf(contextConstructed(0), 'encryptedContent', bounds, (items, index) =>
    items.octetString(index),
  );
  return Buffer.concat(pieces);
}

/** The bytes are wiped afterwards: they may hold a private key in the clear. */
function openSafeContents(bytes: Buffer, opener: Opener): void {
  const der = toDefiniteLengths(bytes, 'SafeContents');
  try {
    read(der, 'SafeContents', whole => openBags(whole, opener));
  } finally {
    der.fill(0);
    bytes.fill(0);
  }
}

/** How deep they stand in each other is bounded by the reader. */
function openBags(bags: DerReader, opener: Opener): void {
  bags.listOf(tag.sequence, '', { least: 0, most: maxBags }, (items, index) =>
    items.sequence(index, bag => {
      const type = bag.objectIdentifier('bagId');
      bag.constructed(contextConstructed(0), 'bagValue', value => openBag(type, value, opener));
      // Names and numbers that somebody gave: a certificate is found by its key, without them.
      if (bag.next === tag.set) bag.any('bagAttributes');
    }),
  );
}

function openBag(type: string, value: DerReader, opener: Opener): void {
  const { certificates, keys, others } = opener.content;
  if (type === bagType.safeContents) openBags(value, opener);
  else if (type === bagType.certificate) certificates.push(...certificateIn(value));
  else {
    const { der } = value.any('');
    if (type === bagType.key) keys.push(privateKeyFrom({ key: der, format: 'der', type: 'pkcs8' }));
    else if (type === bagType.shroudedKey) keys.push(shroudedKey(der, opener));
    else others.push(otherBags.get(type) ?? `a bag of type ${type}`);
  }
}

const otherBags: ReadonlyMap<string, string> = new Map([
  [bagType.crl, 'a CRL'],
  [bagType.secret, 'a secret'],
]);

function shroudedKey(der: Buffer, opener: Opener): KeyObject {
  return opener.isProtected
    ? encryptedPrivateKey(der, opener.password)
    : refuse('OPTION_INVALID', undecipherable(opener));
}

/** None for an SDSI certificate, which nobody has. */
function certificateIn(value: DerReader): Uint8Array[] {
  return value.sequence('', bag => {
    const type = bag.objectIdentifier('certId');
    return bag.constructed(contextConstructed(0), 'certValue', content => {
      const { content: der } = content.any('');
      return type === x509Certificate ? [Uint8Array.from(der)] : [];
    });
  });
}

function read<T>(der: Uint8Array, name: string, fields: (reader: DerReader) => T): T {
  return readDer(der, name, fields, document);
}
