// Object identifiers by name, for showing. Which of them are accepted is said in certificates/algorithms.ts and
// certificates/extensions.ts, and does not depend on a name's being known here.
import { extensionName } from '../certificates/extensions.ts';

/** Signature algorithms: RFC 5758 3.2, RFC 4055, RFC 3279 2.2, RFC 8410 3. */
const signatureAlgorithms: Readonly<Record<string, string>> = {
  '1.2.840.10045.4.1': 'ecdsa-with-SHA1',
  '1.2.840.10045.4.3.2': 'ecdsa-with-SHA256',
  '1.2.840.10045.4.3.3': 'ecdsa-with-SHA384',
  '1.2.840.10045.4.3.4': 'ecdsa-with-SHA512',
  '1.2.840.113549.1.1.4': 'md5WithRSAEncryption',
  '1.2.840.113549.1.1.5': 'sha1WithRSAEncryption',
  '1.2.840.113549.1.1.10': 'RSASSA-PSS',
  '1.2.840.113549.1.1.11': 'sha256WithRSAEncryption',
  '1.2.840.113549.1.1.12': 'sha384WithRSAEncryption',
  '1.2.840.113549.1.1.13': 'sha512WithRSAEncryption',
  '1.3.101.112': 'Ed25519',
};

/** RFC 5280 4.2.1.12. */
const keyPurposes: Readonly<Record<string, string>> = {
  '2.5.29.37.0': 'anyExtendedKeyUsage',
  '1.3.6.1.5.5.7.3.1': 'serverAuth',
  '1.3.6.1.5.5.7.3.2': 'clientAuth',
  '1.3.6.1.5.5.7.3.3': 'codeSigning',
  '1.3.6.1.5.5.7.3.4': 'emailProtection',
  '1.3.6.1.5.5.7.3.8': 'timeStamping',
  '1.3.6.1.5.5.7.3.9': 'OCSPSigning',
};

/** Extensions that stay bytes: RFC 5280 4.2.1.13, 4.2.2; RFC 7633. */
const otherExtensions: Readonly<Record<string, string>> = {
  '2.5.29.31': 'cRLDistributionPoints',
  '1.3.6.1.5.5.7.1.1': 'authorityInfoAccess',
  '1.3.6.1.5.5.7.1.24': 'tlsFeature',
};

export function signatureAlgorithmName(id: string): string {
  return signatureAlgorithms[id] ?? id;
}

export function keyPurposeName(id: string): string {
  return keyPurposes[id] ?? id;
}

export function shownExtensionName(id: string): string {
  return otherExtensions[id] ?? extensionName(id);
}
