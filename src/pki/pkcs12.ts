// Writes a certificate chain and its private key as a PKCS #12 file (RFC 7292) in DER, in the one form that OpenSSL,
// Java and GnuTLS open, and our own reader (endpoint/pkcs12.ts): all encrypted with PBES2 and AES-256-CBC, HMAC with
// SHA-256 over it.
import {
  createCipheriv,
  hash,
  type KeyObject,
  pbkdf2Sync,
  randomBytes,
  type X509Certificate,
} from 'node:crypto';
import { type BaseBlock, BmpString, Null, Primitive, Set as SetOf } from 'asn1js';
import { isKeyPair } from '../endpoint/key-pair.ts';
import { FilePassword, makeMac } from '../endpoint/password-encryption.ts';
import { refuse } from '../errors.ts';
import { integer, octetString, sequence, tagged, toDer } from './asn1.ts';
import { objectIdentifier } from './general-name.ts';

/** What goes into the file. */
export interface Pkcs12Content {
  /** The certificate of the key first, then those above it. */
  readonly chain: readonly X509Certificate[];
  readonly key: KeyObject;
  /** 1 to 512 printable ASCII characters. */
  readonly password: string;
  /** friendlyName (RFC 2985 §5.5.1), which Java calls the alias; printable ASCII. */
  readonly name?: string;
}

/**
 * Of the MAC and of both encryptions: a password is guessed by whichever is the quickest. Some 0.3 seconds for whoever
 * opens the file.
 */
const iterations = 200_000;
const saltLength = 16;
const maxLength = 512;

/** Of other characters RFC 8018 §3 recommends one encoding and RFC 7292 B.1 has another; Java takes none for a key. */
const printable = /^[\x20-\x7e]+$/;

const oid = {
  data: '1.2.840.113549.1.7.1',
  encryptedData: '1.2.840.113549.1.7.6',
  shroudedKeyBag: '1.2.840.113549.1.12.10.1.2',
  certificateBag: '1.2.840.113549.1.12.10.1.3',
  x509Certificate: '1.2.840.113549.1.9.22.1',
  friendlyName: '1.2.840.113549.1.9.20',
  localKeyId: '1.2.840.113549.1.9.21',
  pbes2: '1.2.840.113549.1.5.13',
  pbkdf2: '1.2.840.113549.1.5.12',
  hmacWithSha256: '1.2.840.113549.2.9',
  aes256Cbc: '2.16.840.1.101.3.4.1.42',
  sha256: '2.16.840.1.101.3.4.2.1',
} as const;

/**
 * A PKCS #12 file of an EC, Ed25519 or RSA key; salts and IVs are new each time.
 *
 * @throws E2EKeyError OPTION_INVALID for a key that is not that of the first certificate, and for a password or name
 * that is not printable ASCII or has more than 512 characters.
 */
export function writePkcs12({ chain, key, password, name }: Pkcs12Content): Uint8Array {
  for (const [what, text] of Object.entries({ password, name }))
    if (text !== undefined && (!printable.test(text) || text.length > maxLength))
      refuse('OPTION_INVALID', `${what}: not 1 to ${maxLength} printable ASCII characters`);
  const [own] = chain;
  if (own === undefined || !isKeyPair(key, own.publicKey))
    return refuse('OPTION_INVALID', 'the private key is not that of the first certificate');

  const attributes = ownAttributes(own, name);
  const keyBag = bag(oid.shroudedKeyBag, shrouded(key, password), attributes);
  const certificateBags = chain.map((certificate, index) =>
    bag(oid.certificateBag, certificateBag(certificate), index === 0 ? attributes : []),
  );
  const authenticatedSafe = toDer(
    sequence(data(toDer(sequence(keyBag))), encryptedData(toDer(sequence(...certificateBags)), password)),
  );
  const version = integer(3);
  return toDer(sequence(version, data(authenticatedSafe), macData(authenticatedSafe, password)));
}

/** By the same localKeyId (RFC 2985 §5.5.2) others find the certificate of the key. */
function ownAttributes(own: X509Certificate, name: string | undefined): BaseBlock[] {
  const localKeyId = attribute(oid.localKeyId, octetString(hash('sha1', own.raw, 'buffer')));
  return name === undefined
    ? [localKeyId]
    : // In a SET OF in DER the shorter encoding, which is that of the shorter value, comes first (X.690 11.6).
      [attribute(oid.friendlyName, new BmpString({ value: name })), localKeyId].toSorted((one, other) =>
        Buffer.compare(toDer(one), toDer(other)),
      );
}

function attribute(type: string, value: BaseBlock): BaseBlock {
  return sequence(objectIdentifier(type), new SetOf({ value: [value] }));
}

function bag(type: string, value: BaseBlock, attributes: readonly BaseBlock[]): BaseBlock {
  const fields = [objectIdentifier(type), tagged(0, value)];
  return sequence(...fields, ...(attributes.length === 0 ? [] : [new SetOf({ value: [...attributes] })]));
}

/** EncryptedPrivateKeyInfo (RFC 5958 3). */
function shrouded(key: KeyObject, password: string): BaseBlock {
  const secretKey = key.export({ type: 'pkcs8', format: 'der' });
  const { algorithm, encrypted } = encrypt(secretKey, password);
  secretKey.fill(0);
  return sequence(algorithm, octetString(encrypted));
}

function certificateBag({ raw }: X509Certificate): BaseBlock {
  return sequence(objectIdentifier(oid.x509Certificate), tagged(0, octetString(raw)));
}

function data(content: Uint8Array): BaseBlock {
  return sequence(objectIdentifier(oid.data), tagged(0, octetString(content)));
}

/** RFC 2315 13; the encrypted content is [0] IMPLICIT OCTET STRING. */
function encryptedData(content: Uint8Array, password: string): BaseBlock {
  const { algorithm, encrypted } = encrypt(content, password);
  const implicit = new Primitive({ idBlock: { tagClass: 3, tagNumber: 0 }, valueHex: encrypted });
  const info = sequence(objectIdentifier(oid.data), algorithm, implicit);
  const fields = sequence(integer(0), info);
  return sequence(objectIdentifier(oid.encryptedData), tagged(0, fields));
}

/** PBES2 (RFC 8018 6.2, A.4) with PBKDF2. */
function encrypt(plain: Uint8Array, password: string) {
  const salt = randomBytes(saltLength);
  const iv = randomBytes(16);
  const key = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const cipher = createCipheriv('aes-256-cbc', key, iv);
  const encrypted = Buffer.concat([cipher.update(plain), cipher.final()]);
  key.fill(0);
  const prf = algorithmOf(oid.hmacWithSha256, new Null());
  const derivation = sequence(octetString(salt), integer(iterations), prf);
  const parameters = sequence(
    algorithmOf(oid.pbkdf2, derivation),
    algorithmOf(oid.aes256Cbc, octetString(iv)),
  );
  return { algorithm: algorithmOf(oid.pbes2, parameters), encrypted };
}

function macData(authenticatedSafe: Uint8Array, password: string): BaseBlock {
  const salt = randomBytes(saltLength);
  using secret = new FilePassword(password);
  const mac = makeMac(authenticatedSafe, salt, iterations, secret);
  const digestInfo = sequence(algorithmOf(oid.sha256, new Null()), octetString(mac));
  return sequence(digestInfo, octetString(salt), integer(iterations));
}

function algorithmOf(algorithm: string, parameters: BaseBlock): BaseBlock {
  return sequence(objectIdentifier(algorithm), parameters);
}
