// The credentials of ESData (TS-0003 8.5.2): keys that end-points share, and certificates of theirs. A credential says
// what is done with it; the algorithm, the header parameters that name it and the end of its life follow. Whether a
// certificate is to be trusted is decided before it gets here (8.5.2.2.4.1, 8.5.2.3.2.1).
import { KeyObject } from 'node:crypto';
import type { Certificate } from '../../certificates/certificate.ts';
import type { KeyUsage } from '../../certificates/extensions.ts';
import type { RawPublicKey } from '../../certificates/raw-public-key.ts';
import { isKeyPair } from '../../endpoint/key-pair.ts';
import { refuse } from '../../errors.ts';
import { parseCredentialId, writeCredentialId } from '../../identifiers/credential-id.ts';
import { requireDate, requireObject, requireObjects } from '../../identifiers/given.ts';
import { niUri } from '../../identifiers/public-key-identifier.ts';
import { type KeyFor, purposeOf, requirePurpose } from '../../keys/purpose.ts';
import {
  type ContentEncryption,
  chosenOf,
  contentEncryptionOf,
  curveOf,
  type KeyManagement,
  keyManagementsOf,
  keyWrapOf,
  type MacAlgorithm,
  macOf,
  type SignatureAlgorithm,
  signaturesOf,
} from './algorithms.ts';
import type { KeyUses } from './key-uses.ts';

interface AnyCredential {
  /** Protects nothing and opens nothing from this moment on. */
  readonly expires?: Date;
}

/** A key that encrypts payloads directly (8.5.2.2.1): 16, 24 or 32 bytes, for A128GCM, A192GCM or A256GCM. */
export interface DirectKey extends AnyCredential {
  /** Credential-ID of type 14. */
  readonly id: string;
  readonly key: KeyFor<'ESData encryption'>;
  /** Not counted, if absent. */
  readonly uses?: KeyUses;
}

/** A key that encrypts content encryption keys: 16, 24 or 32 bytes, for A128KW, A192KW or A256KW. */
export interface WrappingKey extends AnyCredential {
  /** Credential-ID of type 15. */
  readonly id: string;
  readonly key: KeyFor<'ESData key wrap'>;
}

/** A key for MICs, at least as long as the hash: 32 bytes for HS256, 48 for HS384, 64 for HS512. */
export interface MicKey extends AnyCredential {
  /** Credential-ID of type 16. */
  readonly id: string;
  readonly key: KeyFor<'ESData MIC'>;
  /** The longest hash that the key is long enough for, if absent. */
  readonly alg?: MacAlgorithm;
}

/** Somebody's certificate or raw public key, trusted to be his. */
export interface EndPointCertificate<A extends string> extends AnyCredential {
  readonly certificate: Certificate | RawPublicKey;
  /** Credential-ID, in `kid` beside `x5t#S256`. A raw public key has its public key identifier, if absent. */
  readonly id?: string;
  /** One of those that fit the key, the first of them if absent; others are then refused on opening too. */
  readonly alg?: A;
}

/** The own certificate or raw public key, and the private key. */
export interface OwnKey<A extends string> extends EndPointCertificate<A> {
  readonly privateKey: KeyObject;
}

/** For whom a Source End-Point encrypts. */
export type EncryptionCredential = DirectKey | WrappingKey | EndPointCertificate<KeyManagement>;
/** With what a Target End-Point decrypts. */
export type DecryptionCredential = DirectKey | WrappingKey | OwnKey<KeyManagement>;
/** With what a Source End-Point makes MICs and signatures. */
export type SigningCredential = MicKey | OwnKey<SignatureAlgorithm>;
/** With what a Target End-Point verifies them. */
export type VerificationCredential = MicKey | EndPointCertificate<SignatureAlgorithm>;

/** How a header names a credential (RFC 7515 §4.1.4, §4.1.8); null where it does not. */
export interface CredentialName {
  readonly kid: string | null;
  /** SHA-256 of the certificate in base64url. */
  readonly x5tS256: string | null;
}

/** Few credentials as a list, many behind a search. A search answers for what it gives; it may be asked for no name. */
export type Credentials<C> = readonly C[] | ((name: CredentialName) => C | null | Promise<C | null>);

/** The header parameters that name a credential. */
interface Naming {
  readonly kid?: string;
  readonly 'x5t#S256'?: string;
}

/** Types of Credential-IDs (TS-0003 Table 12.3.2.1-1); of a certificate's flavours the first is the raw public key. */
const credentialTypes = {
  direct: { first: 14, last: 14 },
  wrap: { first: 15, last: 15 },
  mic: { first: 16, last: 16 },
  encryption: { first: 41, last: 45 },
  signature: { first: 51, last: 55 },
} as const;
type Use = keyof typeof credentialTypes;

/**
 * @throws E2EKeyError KEY_EXPIRED, KEY_PURPOSE_WRONG, ESDATA_ALGORITHM_UNFIT; OPTION_INVALID for an `id` that is no
 * Credential-ID of its type.
 */
export function toEncrypt(credential: EncryptionCredential, time: Date) {
  requireAlive(credential, time);
  if (!('key' in credential)) {
    const { certificate } = credential;
    const alg = chosenOf(keyManagementsOf(certificate.publicKey), credential.alg);
    requireKeyUsage(certificate, alg === 'RSA-OAEP-256' ? 'keyEncipherment' : 'keyAgreement');
    return {
      alg,
      enc: null,
      key: certificate.publicKey,
      naming: namingOf(credential, 'encryption'),
      uses: null,
    };
  }
  const { alg, enc, key, use } = sharedKey(credential);
  const uses = 'uses' in credential ? (credential.uses ?? null) : null;
  return { alg, enc, key, naming: namingOf(credential, use), uses };
}

/** @throws E2EKeyError as `toEncrypt`, without a look at `id`. */
export function toDecrypt(credential: DecryptionCredential, time: Date) {
  requireAlive(credential, time);
  if ('key' in credential) {
    const { alg, enc, key } = sharedKey(credential);
    return { algs: [alg], enc, key, curve: null };
  }
  const { privateKey, alg } = credential;
  const allowed = keyManagementsOf(requirePair(credential));
  const algs: readonly KeyManagement[] = alg === undefined ? allowed : [chosenOf(allowed, alg)];
  return { algs, enc: null, key: privateKey, curve: curveOf(privateKey) };
}

/** @throws E2EKeyError as `toEncrypt`. */
export function toSign(credential: SigningCredential, time: Date) {
  requireAlive(credential, time);
  if ('key' in credential) {
    const key = requirePurpose(credential.key, 'ESData MIC');
    return { alg: macOf(key, credential.alg), key, naming: namingOf(credential, 'mic') };
  }
  const alg = chosenOf(signaturesOf(requirePair(credential)), credential.alg);
  requireKeyUsage(credential.certificate, 'digitalSignature');
  return { alg, key: credential.privateKey, naming: namingOf(credential, 'signature') };
}

/** @throws E2EKeyError as `toEncrypt`, without a look at `id`. */
export function toVerify(credential: VerificationCredential, time: Date) {
  requireAlive(credential, time);
  if ('key' in credential) {
    const key = requirePurpose(credential.key, 'ESData MIC');
    return { algs: [macOf(key, credential.alg)], key };
  }
  const { certificate, alg } = credential;
  requireKeyUsage(certificate, 'digitalSignature');
  const allowed = signaturesOf(certificate.publicKey);
  const algs: readonly SignatureAlgorithm[] = alg === undefined ? allowed : [chosenOf(allowed, alg)];
  return { algs, key: certificate.publicKey };
}

/** The credential that a header names, or null. Every name that both sides have is the same, and there is one. */
export async function credentialNamed<C extends DecryptionCredential | VerificationCredential>(
  credentials: Credentials<C>,
  name: CredentialName,
  use: 'encryption' | 'signature',
): Promise<C | null> {
  if (typeof credentials === 'function') {
    // Undefined is what a Map has for nothing.
    const found = (await credentials(name)) ?? null;
    return found === null ? null : requireCredential(found);
  }
  const named = requireCredentials(credentials, 'credentials').find(credential => {
    const { kid, x5tS256 } = nameOf(credential, use);
    const pairs = [[kid, name.kid] as const, [x5tS256, name.x5tS256] as const];
    const common = pairs.filter(([own, sent]) => own !== null && sent !== null);
    return common.length > 0 && common.every(([own, sent]) => own === sent);
  });
  return named ?? null;
}

/** @throws E2EKeyError OPTION_INVALID for what is no list of credentials. */
export function requireCredentials<C extends AnyCredential>(
  credentials: readonly C[],
  name: string,
): readonly C[] {
  return requireObjects(credentials, name).map(requireCredential);
}

function requireCredential<C extends AnyCredential>(credential: C): C {
  if ('key' in requireObject(credential, 'the credential')) return credential;
  const { certificate } = credential as Partial<EndPointCertificate<string>>;
  return certificate?.publicKey instanceof KeyObject
    ? credential
    : refuse('OPTION_INVALID', 'the credential has neither a key nor a certificate that was parsed');
}

function sharedKey({ key }: DirectKey | WrappingKey) {
  if (purposeOf(key) === 'ESData key wrap')
    return { alg: keyWrapOf(key), enc: null, key, use: 'wrap' as const };
  const enc: ContentEncryption = contentEncryptionOf(requirePurpose(key, 'ESData encryption'));
  return { alg: 'dir' as const, enc, key, use: 'direct' as const };
}

function namingOf(credential: EncryptionCredential | SigningCredential, use: Use): Naming {
  const { id } = credential;
  const { first, last } = credentialTypes[use];
  if (id !== undefined) {
    const { type } = parseCredentialId(id);
    if (type < first || type > last)
      refuse('OPTION_INVALID', `id: ${type} is not the type of this credential (TS-0003 Table 12.3.2.1-1)`);
  }
  const { kid, x5tS256 } = nameOf(credential, use);
  return { ...(kid !== null && { kid }), ...(x5tS256 !== null && { 'x5t#S256': x5tS256 }) };
}

function nameOf(
  credential: { readonly id?: string } & (object | { readonly certificate: Certificate | RawPublicKey }),
  use: Use,
): CredentialName {
  const { id = null } = credential;
  if (!('certificate' in credential)) return { kid: id, x5tS256: null };
  const { certificate } = credential;
  if ('digest' in certificate)
    return {
      kid: id ?? writeCredentialId(credentialTypes[use].first, niUri(certificate.digest)),
      x5tS256: null,
    };
  return { kid: id, x5tS256: Buffer.from(certificate.fingerprint, 'hex').toString('base64url') };
}

function requireAlive(credential: AnyCredential, time: Date): void {
  const { expires } = credential;
  requireDate(time, 'time');
  if (expires !== undefined && requireDate(expires, 'expires') <= time)
    refuse('KEY_EXPIRED', `the key ended at ${expires.toISOString()} (TS-0003 8.5.2.2.2)`);
  if ('certificate' in credential) {
    const { notAfter } = credential.certificate as Partial<Certificate>;
    if (notAfter !== undefined && !(time <= notAfter))
      refuse('KEY_EXPIRED', `the certificate ended at ${notAfter.toISOString()} (RFC 5280 4.1.2.5)`);
  }
}

/**
 * TS-0003 8.5.2.2.4.1: public keys for verifying signatures are not encrypted to; nor is what is meant for key
 * management believed as a signature. A raw public key says nothing of its use: the configuration does.
 */
function requireKeyUsage(certificate: Certificate | RawPublicKey, usage: KeyUsage): void {
  if ('digest' in certificate) return;
  if (certificate.extensions.keyUsage?.has(usage) !== true)
    refuse(
      'KEY_PURPOSE_WRONG',
      `keyUsage of the certificate has no ${usage} (RFC 5280 4.2.1.3, TS-0003 8.5.2.2.4.1)`,
    );
}

/** Whoever mixes up his files would name a certificate that nothing can be verified or encrypted with. */
function requirePair({ certificate, privateKey }: OwnKey<string>): KeyObject {
  if (!(privateKey instanceof KeyObject) || privateKey.type !== 'private')
    return refuse('OPTION_INVALID', 'privateKey is no private KeyObject');
  return isKeyPair(privateKey, certificate.publicKey)
    ? privateKey
    : refuse('OPTION_INVALID', 'privateKey is not that of the certificate');
}
