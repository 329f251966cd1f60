// Which keys, of certificates and raw, and which signatures of certificates are accepted, by profile, and whether
// a signature holds. Knows one certificate and its issuer; chains are path.ts.
import { constants, type KeyObject, type VerifyKeyObjectInput, verify } from 'node:crypto';
import { isWholeSignature } from '../crypto/signatures.ts';
import type { Certificate } from './certificate.ts';
import { readDer } from './der.ts';
import { pssParameters } from './pss-parameters.ts';
import type { AlgorithmIdentifier, PublicKeyHolder } from './subject-public-key-info.ts';

/** `onem2m` is TS-0003 10.1.1; `rfc5280` adds the keys and signatures that other deployments use. */
export type CertificateProfile = 'onem2m' | 'rfc5280';

/** What node:crypto calls the type of the key. */
type Family = 'ec' | 'rsa' | 'ed25519';

interface KeyKind {
  readonly name: string;
  readonly family: Family;
  readonly algorithm: string;
  readonly parameters: Parameters;
  readonly profiles: readonly CertificateProfile[];
}

/** The forms that are accepted: DER in hex, or null for absent, which is not the same as NULL. */
type Parameters = readonly (string | null)[];

const idEcPublicKey = '1.2.840.10045.2.1';
/** Of keys and of signatures. */
const idEd25519 = '1.3.101.112';
const both = ['onem2m', 'rfc5280'] as const;
const rfc5280Only = ['rfc5280'] as const;

/** RFC 5480 2.1.1 (namedCurve), RFC 3279 2.3.1 (NULL) and RFC 8410 3 (absent). */
const keyKinds: readonly KeyKind[] = [
  {
    name: 'P-256',
    family: 'ec',
    algorithm: idEcPublicKey,
    parameters: ['06082a8648ce3d030107'],
    profiles: both,
  },
  {
    name: 'P-384',
    family: 'ec',
    algorithm: idEcPublicKey,
    parameters: ['06052b81040022'],
    profiles: rfc5280Only,
  },
  {
    name: 'P-521',
    family: 'ec',
    algorithm: idEcPublicKey,
    parameters: ['06052b81040023'],
    profiles: rfc5280Only,
  },
  {
    name: 'RSA',
    family: 'rsa',
    algorithm: '1.2.840.113549.1.1.1',
    parameters: ['0500'],
    profiles: rfc5280Only,
  },
  {
    name: 'Ed25519',
    family: 'ed25519',
    algorithm: idEd25519,
    parameters: [null],
    profiles: rfc5280Only,
  },
];

interface SignatureKind {
  readonly name: string;
  readonly family: Family;
  readonly algorithm: string;
  /** Null where the algorithm has its own. */
  readonly hash: Hash | null;
  /** What `verify` has to know beside the key. */
  readonly options: Omit<VerifyKeyObjectInput, 'key'>;
  readonly parameters: Parameters;
  readonly profiles: readonly CertificateProfile[];
}

type Hash = 'sha256' | 'sha384' | 'sha512';

/** RFC 5758 3.2: parameters are absent. */
const ecdsa = (
  name: string,
  arc: number,
  hash: Hash,
  profiles: SignatureKind['profiles'],
): SignatureKind => ({
  name,
  family: 'ec',
  algorithm: `1.2.840.10045.4.3.${arc}`,
  hash,
  options: { dsaEncoding: 'der' },
  parameters: [null],
  profiles,
});

/** RFC 4055 5: parameters are NULL, and have to be accepted when they are absent. */
const rsa = (name: string, arc: number, hash: Hash): SignatureKind => ({
  name,
  family: 'rsa',
  algorithm: `1.2.840.113549.1.1.${arc}`,
  hash,
  options: { padding: constants.RSA_PKCS1_PADDING },
  parameters: ['0500', null],
  profiles: rfc5280Only,
});

/** RFC 4055 3.1, with a key that is not bound to it (id-rsaEncryption). */
const rsaPss = (name: string, arc: number, hash: Hash, saltLength: number): SignatureKind => ({
  name,
  family: 'rsa',
  algorithm: '1.2.840.113549.1.1.10',
  hash,
  // The length is demanded here too: OpenSSL would take any that it finds in the signature.
  options: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength },
  parameters: pssParameters(arc, saltLength),
  profiles: rfc5280Only,
});

const signatureKinds: readonly SignatureKind[] = [
  ecdsa('ecdsa-with-SHA256', 2, 'sha256', both),
  ecdsa('ecdsa-with-SHA384', 3, 'sha384', rfc5280Only),
  ecdsa('ecdsa-with-SHA512', 4, 'sha512', rfc5280Only),
  rsa('sha256WithRSAEncryption', 11, 'sha256'),
  rsa('sha384WithRSAEncryption', 12, 'sha384'),
  rsa('sha512WithRSAEncryption', 13, 'sha512'),
  rsaPss('RSASSA-PSS with SHA-256', 1, 'sha256', 32),
  rsaPss('RSASSA-PSS with SHA-384', 2, 'sha384', 48),
  rsaPss('RSASSA-PSS with SHA-512', 3, 'sha512', 64),
  // RFC 8410 3, 6.
  {
    name: 'Ed25519',
    family: 'ed25519',
    algorithm: idEd25519,
    hash: null,
    options: {},
    parameters: [null],
    profiles: rfc5280Only,
  },
];

/** Below 2048 bits RSA is broken within reach; above 4096 bits, or with a long exponent, a check takes too long. */
const rsaModulusLength = { least: 2048, most: 4096 };
const maxRsaExponent = 0xffffffffn;

/** What the profile has against the public key of a certificate, or a raw one; null if nothing. */
export function keyObjection(holder: PublicKeyHolder, profile: CertificateProfile): string | null {
  const { algorithm, subjectPublicKey } = holder.subjectPublicKeyInfo;
  const kind = keyKinds.find(candidate => isKind(algorithm, candidate));
  if (kind === undefined)
    return `a key of algorithm ${algorithm.algorithm} with other parameters than the profile has`;
  if (!kind.profiles.includes(profile)) return `a key of kind ${kind.name}`;
  // SEC 1 2.3.3: the first octet tells the form of the point.
  if (kind.family === 'ec' && subjectPublicKey[0] !== 0x04) return 'a point that is not in uncompressed form';
  const key = usableKey(holder);
  if (key === null) return 'bytes that are no key, such as a point off its curve';
  if (kind.family !== 'rsa') return null;
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (modulusLength < rsaModulusLength.least || modulusLength > rsaModulusLength.most)
    return `an RSA modulus of ${modulusLength} bits`;
  if (publicExponent > maxRsaExponent) return 'an RSA exponent above 4294967295';
  return isRsaPublicKey(subjectPublicKey)
    ? null
    : 'an RSA key that is not an odd modulus and an odd exponent above 1, in DER';
}

/**
 * RSAPublicKey (RFC 3279 2.3.1) in DER, with numbers that RFC 8017 3.1 allows as far as they show it: both odd, and the
 * exponent 3 at least. With 1 every signature holds that anybody cares to write.
 */
function isRsaPublicKey(bytes: Uint8Array): boolean {
  try {
    return readDer(bytes, 'RSAPublicKey', whole =>
      whole.sequence('', fields => {
        const numbers = [fields.integer('modulus'), fields.integer('publicExponent')];
        const [, exponent] = numbers;
        const areOddAndPositive = numbers.every(
          number => (number[0] ?? 0x80) < 0x80 && ((number[number.length - 1] ?? 0) & 1) === 1,
        );
        return areOddAndPositive && !(exponent?.length === 1 && exponent[0] === 1);
      }),
    );
  } catch {
    return false;
  }
}

export function acceptedKeys(profile: CertificateProfile): string {
  const names = keyKinds.filter(kind => kind.profiles.includes(profile)).map(kind => kind.name);
  return `${names.join(', ')}, points uncompressed${profile === 'onem2m' ? '' : ', RSA with 2048 to 4096 bits'}`;
}

/** What is signed as certificates are: they themselves, CRLs, OCSP responses. */
export interface Signature {
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signatureValue: Uint8Array;
}

/** What the profile has against the algorithm of a signature; null if nothing. */
export function signatureObjection(signature: Signature, profile: CertificateProfile): string | null {
  const kind = signatureKindOf(signature);
  if (kind === undefined)
    return `algorithm ${signature.signatureAlgorithm.algorithm}, or its parameters, is not in the profile`;
  return kind.profiles.includes(profile) ? null : kind.name;
}

export function acceptedSignatures(profile: CertificateProfile): string {
  return signatureKinds
    .filter(kind => kind.profiles.includes(profile))
    .map(kind => kind.name)
    .join(', ');
}

/** Was `certificate` signed with the key in `issuer`? One public-key operation. */
export function isSignedBy(certificate: Certificate, issuer: PublicKeyHolder): boolean {
  return isSignatureOf(certificate.tbsCertificate, certificate, issuer);
}

/** Is it the signature of `bytes` with the key of `signer`? One public-key operation. */
export function isSignatureOf(bytes: Uint8Array, signature: Signature, signer: PublicKeyHolder): boolean {
  const kind = signatureKindOf(signature);
  // Which operation is done follows from the key; a signature algorithm of the other family must not choose it.
  const key = usableKey(signer);
  if (kind === undefined || key?.asymmetricKeyType !== kind.family) return false;
  if (!isWholeSignature(key, signature.signatureValue)) return false;
  return verify(kind.hash, bytes, { ...kind.options, key }, signature.signatureValue);
}

/** A key that cannot be made is one more way for a path to fail, not the end of the search. */
function usableKey(holder: PublicKeyHolder): KeyObject | null {
  try {
    return holder.publicKey;
  } catch {
    return null;
  }
}

function signatureKindOf({ signatureAlgorithm }: Signature): SignatureKind | undefined {
  return signatureKinds.find(candidate => isKind(signatureAlgorithm, candidate));
}

function isKind(
  { algorithm, parameters }: AlgorithmIdentifier,
  kind: { readonly algorithm: string; readonly parameters: Parameters },
): boolean {
  return (
    algorithm === kind.algorithm &&
    kind.parameters.includes(parameters === null ? null : Buffer.from(parameters).toString('hex'))
  );
}
