// e2ekey/certificates: is this chain valid, and for whom?
import { E2EKeyError, type FaultCode, refuse } from '../errors.ts';
import { isDomainName } from '../identifiers/entity.ts';
import type { CertificateProfile } from './algorithms.ts';
import type { Certificate } from './certificate.ts';
import { type Identity, identitiesOf, isAbsoluteAeId } from './flavours.ts';
import { type Finding, type Purpose, sentence } from './path.ts';
import { checkTimeAndDepth, defaultMaxDepth } from './trust.ts';
import { PresentedChain, TrustAnchors } from './trust-anchors.ts';

export type { CertificateProfile } from './algorithms.ts';
export {
  type AlgorithmIdentifier,
  type Certificate,
  type Extension,
  parseCertificate,
} from './certificate.ts';
export type {
  BasicConstraints,
  Extensions,
  GeneralSubtree,
  KeyUsage,
  NameConstraints,
} from './extensions.ts';
export type { Flavour } from './flavours.ts';
export type { GeneralName, Name } from './names.ts';
export type { Finding, Purpose } from './path.ts';
export type { CertificatePeer, PresharedKeyPeer, RawPublicKeyPeer } from './peers.ts';
export { parseRawPublicKey, type RawPublicKey } from './raw-public-key.ts';
export type { SubjectPublicKeyInfo } from './subject-public-key-info.ts';
export { type IssuerAndSerial, type PeerEntry, Peers, type Role, type VerifiedPeer } from './trust.ts';
export { TrustAnchors } from './trust-anchors.ts';

export interface ValidateOptions {
  /** Trust anchors, one certificate each, in DER. */
  readonly anchors: readonly Uint8Array[];
  /** Certificates that the chain may leave out. */
  readonly intermediates?: readonly Uint8Array[];
  /** Certificate revocation lists are not processed: any given is refused, so that nobody believes they were. */
  readonly crls?: readonly Uint8Array[];
  readonly time: Date;
  /** The identity that the leaf has to hold: an Absolute-AE-ID, or the public domain name of a CSE-ID. */
  readonly expect?: string;
  /** Which end-point the certificate is for; `any` if absent. */
  readonly purpose?: Purpose;
  /** `onem2m` if absent. */
  readonly profile?: CertificateProfile;
  /** Most certificates in a path, leaf and trust anchor included; 8 if absent. */
  readonly maxDepth?: number;
}

/** One certificate of a path, leaf first, trust anchor last. */
export interface PathStep {
  readonly subject: string;
  readonly issuer: string;
  /** Lower-case hex. */
  readonly serialNumber: string;
  /** SHA-256 of the certificate, 64 lower-case hex digits. */
  readonly fingerprint: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

export interface Validation {
  readonly valid: boolean;
  /** Absent from a valid chain. */
  readonly code?: FaultCode;
  /** A sentence: which certificate, which field, what would have been accepted, and the clause. */
  readonly reason?: string;
  /** The same in parts, where a path was judged. */
  readonly finding?: Finding;
  /** The valid path, or the one that came closest. */
  readonly path: readonly PathStep[];
}

/** Signature checks for one validation; more than in a handshake, since somebody asked for this one. */
const maxSignatureChecks = 64;

/**
 * Validates a chain (RFC 5280 §6.1) and, with `expect`, the identity first (TS-0003 8.1.2.5).
 *
 * @param chain certificates in DER, leaf first, at most 16.
 * @throws E2EKeyError OPTION_INVALID for options; never for what is in the chain.
 * @example
 * ```ts
 * import { validatePath } from 'e2ekey/certificates';
 * const { valid, reason } = validatePath([leaf, intermediate], { anchors: [root], time: new Date() });
 * ```
 */
export function validatePath(chain: readonly Uint8Array[], options: ValidateOptions): Validation {
  const { time, expect, purpose = 'any', profile = 'onem2m', maxDepth = defaultMaxDepth } = options;
  checkTimeAndDepth(time, maxDepth);
  if (options.crls !== undefined)
    refuse('OPTION_INVALID', 'crls: certificate revocation lists are not processed');
  if (!['initiating', 'terminating', 'any'].includes(purpose))
    refuse('OPTION_INVALID', 'purpose: initiating, terminating and any are possible');
  if (!['onem2m', 'rfc5280'].includes(profile))
    refuse('OPTION_INVALID', 'profile: onem2m and rfc5280 are possible');
  const expected = expect === undefined ? null : readExpectation(expect);
  const trust = TrustAnchors.fromCertificates(options.anchors, options.intermediates);

  let leaf: Certificate | null = null;
  try {
    const presented = new PresentedChain(chain);
    leaf = presented.leaf();
    if (expected !== null && !holds(leaf, expected))
      refuse(
        'IDENTITY_MISMATCH',
        `subjectAltName: the certificate does not hold ${expected.id} (TS-0003 8.1.2.5)`,
      );
    const requirements = { time, purpose, profile, maxDepth, restricted: null };
    const verdict = trust.judge(presented, leaf, requirements, { left: maxSignatureChecks });
    const path = verdict.path.map(step);
    if (verdict.valid) return { valid: true, path };
    return {
      valid: false,
      code: verdict.finding.code,
      reason: sentence(verdict.finding),
      finding: verdict.finding,
      path,
    };
  } catch (error) {
    if (!(error instanceof E2EKeyError)) throw error;
    return { valid: false, code: error.code, reason: error.message, path: leaf === null ? [] : [step(leaf)] };
  }
}

function readExpectation(expect: string): Identity {
  if (isAbsoluteAeId(expect)) return { flavour: 'ae-id', id: expect };
  if (isDomainName(expect)) return { flavour: 'cse-id', id: expect.toLowerCase() };
  return refuse('OPTION_INVALID', 'expect: neither an Absolute-AE-ID nor a domain name');
}

function holds(leaf: Certificate, { flavour, id }: Identity): boolean {
  return identitiesOf(leaf).some(identity => identity.flavour === flavour && identity.id === id);
}

function step({ subject, issuer, serialNumber, fingerprint, notBefore, notAfter }: Certificate): PathStep {
  return { subject: subject.text, issuer: issuer.text, serialNumber, fingerprint, notBefore, notAfter };
}
