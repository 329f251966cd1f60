// Writes a certificate chain and its private key as a PKCS #12 file (RFC 7292) in DER, in the one form that OpenSSL,
// Java and GnuTLS open, and our own reader (endpoint/pkcs12.ts): all encrypted with PBES2 and AES-256-CBC, HMAC with
// SHA-256 over it. Structures and MAC are those of pkijs; what it encrypts has salts of 64 octets, of which GnuTLS reads
// no more than 32, so node:crypto does that.
import {
  createCipheriv,
  hash,
  type KeyObject,
  pbkdf2Sync,
  randomBytes,
  type X509Certificate,
} from 'node:crypto';
import { type BaseBlock, BmpString, Null, OctetString } from 'asn1js';
import {
  AlgorithmIdentifier,
  Attribute,
  AuthenticatedSafe,
  CertBag,
  ContentInfo,
  EncryptedContentInfo,
  EncryptedData,
  id_CertBag_X509Certificate,
  PBES2Params,
  PBKDF2Params,
  PFX,
  PKCS8ShroudedKeyBag,
  SafeBag,
  SafeContents,
  setEngine,
} from 'pkijs';
import { isKeyPair } from '../endpoint/key-pair.ts';
import { refuse } from '../errors.ts';
import { webcrypto } from './x509.ts';

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
  shroudedKeyBag: '1.2.840.113549.1.12.10.1.2',
  certificateBag: '1.2.840.113549.1.12.10.1.3',
  friendlyName: '1.2.840.113549.1.9.20',
  localKeyId: '1.2.840.113549.1.9.21',
  pbes2: '1.2.840.113549.1.5.13',
  pbkdf2: '1.2.840.113549.1.5.12',
  hmacWithSha256: '1.2.840.113549.2.9',
  aes256Cbc: '2.16.840.1.101.3.4.1.42',
} as const;

/** An integrity mode of pkijs: HMAC (RFC 7292 Appendix B). */
const byPassword = 0;

// All that is of pkijs in this process: its types let no engine of its own be handed to a call.
setEngine('@peculiar/webcrypto', webcrypto, webcrypto.subtle);

/**
 * A PKCS #12 file of an EC, Ed25519 or RSA key; salts and IVs are new each time.
 *
 * @throws E2EKeyError OPTION_INVALID for a key that is not that of the first certificate, and for a password or name
 * that is not printable ASCII or has more than 512 characters.
 */
export async function writePkcs12({ chain, key, password, name }: Pkcs12Content): Promise<Uint8Array> {
  for (const [what, text] of Object.entries({ password, name }))
    if (text !== undefined && (!printable.test(text) || text.length > maxLength))
      refuse('OPTION_INVALID', `${what}: not 1 to ${maxLength} printable ASCII characters`);
  const [own] = chain;
  if (own === undefined || !isKeyPair(key, own.publicKey))
    return refuse('OPTION_INVALID', 'the private key is not that of the first certificate');

  const attributes = ownAttributes(own, name);
  const keyBag = bag(oid.shroudedKeyBag, shroudedKey(key, password), attributes);
  const certificateBags = chain.map((certificate, index) =>
    bag(oid.certificateBag, certificateBag(certificate), index === 0 ? attributes : []),
  );
  const authenticatedSafe = new AuthenticatedSafe({
    safeContents: [data(safeContents([keyBag])), encryptedData(safeContents(certificateBags), password)],
  });
  const file = new PFX({ parsedValue: { integrityMode: byPassword, authenticatedSafe } });
  await file.makeInternalValues({
    password: Uint8Array.from(Buffer.from(password, 'ascii')).buffer,
    iterations,
    hmacHashAlgorithm: 'SHA-256',
    // Asked for, and used for nothing.
    pbkdf2HashAlgorithm: 'SHA-256',
  });
  return toDer(file);
}

/** By the same localKeyId (RFC 2985 §5.5.2) others find the certificate of the key. */
function ownAttributes(own: X509Certificate, name: string | undefined): Attribute[] {
  const localKeyId = new Attribute({
    type: oid.localKeyId,
    values: [new OctetString({ valueHex: hash('sha1', own.raw, 'buffer') })],
  });
  if (name === undefined) return [localKeyId];
  const friendlyName = new Attribute({
    type: oid.friendlyName,
    values: [new BmpString({ value: name })],
  });
  // In a SET OF in DER the shorter encoding, which is that of the shorter value, comes first (X.690 11.6).
  return [friendlyName, localKeyId].toSorted((one, other) => Buffer.compare(toDer(one), toDer(other)));
}

function bag(bagId: string, bagValue: CertBag | PKCS8ShroudedKeyBag, bagAttributes: Attribute[]): SafeBag {
  return new SafeBag({ bagId, bagValue, ...(bagAttributes.length > 0 && { bagAttributes }) });
}

/** EncryptedPrivateKeyInfo (RFC 5958 3). */
function shroudedKey(key: KeyObject, password: string): PKCS8ShroudedKeyBag {
  const secretKey = key.export({ type: 'pkcs8', format: 'der' });
  const { algorithm, encrypted } = encrypt(secretKey, password);
  secretKey.fill(0);
  return new PKCS8ShroudedKeyBag({ encryptionAlgorithm: algorithm, encryptedData: encrypted });
}

function certificateBag({ raw }: X509Certificate): CertBag {
  return new CertBag({ certId: id_CertBag_X509Certificate, certValue: new OctetString({ valueHex: raw }) });
}

function safeContents(safeBags: SafeBag[]): Uint8Array {
  return toDer(new SafeContents({ safeBags }));
}

function data(content: Uint8Array): ContentInfo {
  return new ContentInfo({ contentType: ContentInfo.DATA, content: new OctetString({ valueHex: content }) });
}

/** RFC 2315 13. */
function encryptedData(content: Uint8Array, password: string): ContentInfo {
  const { algorithm, encrypted } = encrypt(content, password);
  const encryptedContentInfo = new EncryptedContentInfo({
    contentType: ContentInfo.DATA,
    contentEncryptionAlgorithm: algorithm,
    encryptedContent: encrypted,
    // Pieces would have indefinite lengths, which readers of DER refuse.
    disableSplit: true,
  });
  return new ContentInfo({
    contentType: ContentInfo.ENCRYPTED_DATA,
    content: new EncryptedData({ encryptedContentInfo }).toSchema(),
  });
}

/** PBES2 (RFC 8018 6.2, A.4) with PBKDF2. */
function encrypt(plain: Uint8Array, password: string) {
  const salt = randomBytes(saltLength);
  const iv = randomBytes(16);
  const key = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const cipher = createCipheriv('aes-256-cbc', key, iv);
  const encrypted = Buffer.concat([cipher.update(plain), cipher.final()]);
  key.fill(0);
  const derivation = new PBKDF2Params({
    salt: new OctetString({ valueHex: salt }),
    iterationCount: iterations,
    prf: algorithmOf(oid.hmacWithSha256, new Null()),
  });
  const parameters = new PBES2Params({
    keyDerivationFunc: algorithmOf(oid.pbkdf2, derivation.toSchema()),
    encryptionScheme: algorithmOf(oid.aes256Cbc, new OctetString({ valueHex: iv })),
  });
  return {
    algorithm: algorithmOf(oid.pbes2, parameters.toSchema()),
    encrypted: new OctetString({ valueHex: encrypted }),
  };
}

function algorithmOf(algorithmId: string, algorithmParams: BaseBlock): AlgorithmIdentifier {
  return new AlgorithmIdentifier({ algorithmId, algorithmParams });
}

function toDer(structure: Attribute | SafeContents | PFX): Uint8Array {
  return new Uint8Array(structure.toSchema().toBER());
}
