// Which keys and signatures of certificates are accepted, by profile, and whether a signature holds. Knows one
// certificate and its issuer; chains are path.ts.
import { type KeyObject, verify } from 'node:crypto';
import type { AlgorithmIdentifier, Certificate } from './certificate.ts';

/** `onem2m` is TS-0003 10.1.1; `rfc5280` adds the keys and signatures that other deployments use. */
export type CertificateProfile = 'onem2m' | 'rfc5280';

interface KeyKind {
  readonly name: string;
  readonly family: 'ec' | 'rsa';
  readonly algorithm: string;
  /** DER of the parameters in hex. */
  readonly parameters: string;
  readonly profiles: readonly CertificateProfile[];
}

const idEcPublicKey = '1.2.840.10045.2.1';
const both = ['onem2m', 'rfc5280'] as const;
const rfc5280Only = ['rfc5280'] as const;

/** RFC 5480 2.1.1 (namedCurve) and RFC 3279 2.3.1 (NULL). */
const keyKinds: readonly KeyKind[] = [
  {
    name: 'P-256',
    family: 'ec',
    algorithm: idEcPublicKey,
    parameters: '06082a8648ce3d030107',
    profiles: both,
  },
  {
    name: 'P-384',
    family: 'ec',
    algorithm: idEcPublicKey,
    parameters: '06052b81040022',
    profiles: rfc5280Only,
  },
  {
    name: 'P-521',
    family: 'ec',
    algorithm: idEcPublicKey,
    parameters: '06052b81040023',
    profiles: rfc5280Only,
  },
  {
    name: 'RSA',
    family: 'rsa',
    algorithm: '1.2.840.113549.1.1.1',
    parameters: '0500',
    profiles: rfc5280Only,
  },
];

interface SignatureKind {
  readonly name: string;
  readonly family: 'ec' | 'rsa';
  readonly algorithm: string;
  readonly hash: 'sha256' | 'sha384' | 'sha512';
  /** Absent for ECDSA (RFC 5758 3.2), NULL for RSA (RFC 4055 5). */
  readonly parameters: string | null;
  readonly profiles: readonly CertificateProfile[];
}

const ecdsa = (name: string, arc: number, hash: SignatureKind['hash'], profiles: SignatureKind['profiles']) =>
  ({ name, family: 'ec', algorithm: `1.2.840.10045.4.3.${arc}`, hash, parameters: null, profiles }) as const;
const rsa = (name: string, arc: number, hash: SignatureKind['hash']) =>
  ({
    name,
    family: 'rsa',
    algorithm: `1.2.840.113549.1.1.${arc}`,
    hash,
    parameters: '0500',
    profiles: rfc5280Only,
  }) as const;

const signatureKinds: readonly SignatureKind[] = [
  ecdsa('ecdsa-with-SHA256', 2, 'sha256', both),
  ecdsa('ecdsa-with-SHA384', 3, 'sha384', rfc5280Only),
  ecdsa('ecdsa-with-SHA512', 4, 'sha512', rfc5280Only),
  rsa('sha256WithRSAEncryption', 11, 'sha256'),
  rsa('sha384WithRSAEncryption', 12, 'sha384'),
  rsa('sha512WithRSAEncryption', 13, 'sha512'),
];

/** Below 2048 bits RSA is broken within reach; above 4096 bits, or with a long exponent, a check takes too long. */
const rsaModulusLength = { least: 2048, most: 4096 };
const maxRsaExponent = 0xffffffffn;

/** What the profile has against a certificate's public key; null if nothing. */
export function keyObjection(certificate: Certificate, profile: CertificateProfile): string | null {
  const { algorithm, subjectPublicKey } = certificate.subjectPublicKeyInfo;
  const kind = keyKinds.find(candidate => isKind(algorithm, candidate));
  if (kind === undefined)
    return `a key of algorithm ${algorithm.algorithm} with other parameters than the profile has`;
  if (!kind.profiles.includes(profile)) return `a key of kind ${kind.name}`;
  // SEC 1 2.3.3: the first octet tells the form of the point.
  if (kind.family === 'ec' && subjectPublicKey[0] !== 0x04) return 'a point that is not in uncompressed form';
  const key = usableKey(certificate);
  if (key === null) return 'bytes that are no key, such as a point off its curve';
  if (kind.family === 'ec') return null;
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (modulusLength < rsaModulusLength.least || modulusLength > rsaModulusLength.most)
    return `an RSA modulus of ${modulusLength} bits`;
  return publicExponent > maxRsaExponent ? 'an RSA exponent above 4294967295' : null;
}

export function acceptedKeys(profile: CertificateProfile): string {
  const names = keyKinds.filter(kind => kind.profiles.includes(profile)).map(kind => kind.name);
  return `${names.join(', ')}, points uncompressed${profile === 'onem2m' ? '' : ', RSA with 2048 to 4096 bits'}`;
}

/** What the profile has against the algorithm of a certificate's signature; null if nothing. */
export function signatureObjection(certificate: Certificate, profile: CertificateProfile): string | null {
  const kind = signatureKindOf(certificate);
  if (kind === undefined)
    return `algorithm ${certificate.signatureAlgorithm.algorithm}, or its parameters, is not in the profile`;
  return kind.profiles.includes(profile) ? null : kind.name;
}

export function acceptedSignatures(profile: CertificateProfile): string {
  return signatureKinds
    .filter(kind => kind.profiles.includes(profile))
    .map(kind => kind.name)
    .join(', ');
}

/** Was `certificate` signed with the key in `issuer`? One public-key operation. */
export function isSignedBy(certificate: Certificate, issuer: Certificate): boolean {
  const kind = signatureKindOf(certificate);
  // Which operation is done follows from the key; a signature algorithm of the other family must not choose it.
  const key = usableKey(issuer);
  if (kind === undefined || key?.asymmetricKeyType !== kind.family) return false;
  return verify(
    kind.hash,
    certificate.tbsCertificate,
    { key, dsaEncoding: 'der' },
    certificate.signatureValue,
  );
}

/** A key that cannot be made is one more way for a path to fail, not the end of the search. */
function usableKey(certificate: Certificate): KeyObject | null {
  try {
    return certificate.publicKey;
  } catch {
    return null;
  }
}

function signatureKindOf(certificate: Certificate): SignatureKind | undefined {
  return signatureKinds.find(candidate => isKind(certificate.signatureAlgorithm, candidate));
}

function isKind(
  identifier: AlgorithmIdentifier,
  kind: { readonly algorithm: string; readonly parameters: string | null },
): boolean {
  const parameters =
    identifier.parameters === null ? null : Buffer.from(identifier.parameters).toString('hex');
  return identifier.algorithm === kind.algorithm && parameters === kind.parameters;
}
