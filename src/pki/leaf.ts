// Issues the certificates of end-points: one flavour of TS-0003 10.1.1 each, made for one identity. How the identity
// is written is in identity.ts.
import type { KeyObject, X509Certificate } from 'node:crypto';
import { parseCertificate } from '../certificates/certificate.ts';
import { type Issuer, signCertificate, type Validity } from './certificate.ts';
import { generalNames } from './general-name.ts';
import { type IdentityRequest, nameIdentity } from './identity.ts';
import { generateKeys, type KeyType, keyWarnings } from './key-type.ts';
import { namingWarnings } from './naming.ts';
import { type StatusLocations, statusExtensions } from './status-locations.ts';
import { x509 } from './x509.ts';

/** Which end-point a certificate is for; `any` names both. */
export const purposes = ['initiating', 'terminating', 'any'] as const;
export type Purpose = (typeof purposes)[number];

/** What a certificate is to say, beside the key. */
export interface CertificationOptions extends IdentityRequest {
  /** Adds extKeyUsage. Absent, which is how TS-0003 10.1.1 has it, the end-point takes either role. */
  readonly purpose?: Purpose;
  readonly validity: Validity;
  /** Where its status is told; nowhere if absent. */
  readonly statusLocations?: StatusLocations;
}

export interface LeafRequest extends CertificationOptions {
  /** P-256 if absent, the one that TS-0003 10.1.1.1 has. */
  readonly keyType?: KeyType;
}

/** An end-point's new certificate. */
export interface CertifiedLeaf {
  /** The identity as a peer is to expect it: host and hex digits in lower case. */
  readonly id: string;
  /** Leaf first; the root is not in it. */
  readonly chain: readonly [leaf: X509Certificate, ...above: X509Certificate[]];
  /** Sentences on what other software will make of the certificate, and on what nobody restricts. */
  readonly warnings: readonly string[];
}

/** The same with its private key. */
export interface Leaf extends CertifiedLeaf {
  readonly key: KeyObject;
}

/**
 * Issues a certificate for digital signatures with a new key.
 *
 * @throws E2EKeyError OPTION_INVALID as `certifyLeaf`.
 */
export async function issueLeaf(issuer: Issuer, request: LeafRequest): Promise<Leaf> {
  const { publicKey, privateKey: key } = generateKeys(request.keyType ?? 'p256');
  return { ...(await certifyLeaf(issuer, publicKey, request)), key };
}

/**
 * Issues a certificate for digital signatures with a key that somebody has, who has proven it.
 *
 * @throws E2EKeyError OPTION_INVALID for an identity that the flavour cannot hold or that the name constraints of the
 * authority, or of those above it, do not permit, and for locations that are none.
 */
export async function certifyLeaf(
  issuer: Issuer,
  publicKey: KeyObject,
  request: CertificationOptions,
): Promise<CertifiedLeaf> {
  const { id, subject, names } = nameIdentity(request);
  const certificate = await signCertificate({
    subject,
    publicKey,
    issuer: issuer.certificate,
    key: issuer.key,
    validity: request.validity,
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.Extension('2.5.29.17', false, generalNames(names)),
      ...(request.purpose === undefined
        ? []
        : [new x509.ExtendedKeyUsageExtension([...keyPurposes[request.purpose]])]),
      ...statusExtensions(request.statusLocations ?? {}),
    ],
  });
  const leaf = parseCertificate(certificate.raw);
  const above = [...new Set([issuer.certificate, ...issuer.chain])].map(({ raw }) => parseCertificate(raw));
  return {
    id,
    chain: [certificate, ...issuer.chain],
    warnings: [
      ...keyWarnings(leaf),
      ...above.flatMap(authority => keyWarnings(authority, `the key of ${authority.subject.text}`)),
      ...namingWarnings(leaf, above),
    ],
  };
}

/** id-kp-clientAuth and id-kp-serverAuth: the initiating end-point is the TLS client (TS-0003 8.7). */
const keyPurposes = {
  initiating: ['1.3.6.1.5.5.7.3.2'],
  terminating: ['1.3.6.1.5.5.7.3.1'],
  any: ['1.3.6.1.5.5.7.3.2', '1.3.6.1.5.5.7.3.1'],
} as const;
