// e2ekey/certificates: is this chain valid, and for whom?
import { E2EKeyError, type FaultCode, type Finding, type PathStep, refuse } from '../errors.ts';
import type { CertificateProfile } from './algorithms.ts';
import { type Certificate, parseCertificate } from './certificate.ts';
import { type Crl, parseCrl } from './crl.ts';
import { expectationObjection } from './expectation.ts';
import { errorOf, findingAt, findingIn, sentence, stepOf } from './finding.ts';
import { noIssuerClause, type WorkBudget } from './path.ts';
import type { Purpose } from './path-rules.ts';
import { judgeStatus, type RevocationPolicy, revocationPolicies, type StatusSource } from './revocation.ts';
import { RevocationLists } from './revocation-lists.ts';
import { checkTimeAndDepth, defaultMaxDepth } from './trust.ts';
import { PresentedChain, TrustAnchors } from './trust-anchors.ts';

export type { Finding, PathStep } from '../errors.ts';

export type { CertificateProfile } from './algorithms.ts';
export {
  type AlgorithmIdentifier,
  type Certificate,
  type Extension,
  parseCertificate,
} from './certificate.ts';
export { type Crl, type CrlReason, parseCrl, type RevokedCertificate } from './crl.ts';
export type { DistributionPointName, IssuingDistributionPoint } from './distribution-points.ts';
export type {
  BasicConstraints,
  Extensions,
  GeneralSubtree,
  KeyUsage,
  NameConstraints,
} from './extensions.ts';
export type { Flavour } from './flavours.ts';
export type { GeneralName, Name } from './names.ts';
export { writeOcspRequest } from './ocsp-request.ts';
export {
  type BasicOcspResponse,
  type CertId,
  type OcspResponse,
  parseOcspResponse,
  type ResponderId,
  type SingleResponse,
} from './ocsp-response.ts';
export type { Purpose } from './path-rules.ts';
export type { CertificatePeer, PresharedKeyPeer, RawPublicKeyPeer } from './peers.ts';
export { parseRawPublicKey, type RawPublicKey } from './raw-public-key.ts';
export type { RevocationPolicy, StatusSource } from './revocation.ts';
export { RevocationLists } from './revocation-lists.ts';
export type { SubjectPublicKeyInfo } from './subject-public-key-info.ts';
export { type IssuerAndSerial, type PeerEntry, Peers, type Role, type VerifiedPeer } from './trust.ts';
export { TrustAnchors } from './trust-anchors.ts';

export interface ValidateOptions {
  /** Trust anchors, one certificate each, in DER. Their own validity and constraints bind them. */
  readonly anchors: readonly Uint8Array[];
  /** Certificates that the chain may leave out, any number. */
  readonly intermediates?: readonly Uint8Array[];
  /** CRLs in DER: complete ones of the issuers of the path (RFC 5280 5). One that cannot be read is not passed over. */
  readonly crls?: readonly Uint8Array[];
  /** OCSP responses in DER, each for some certificate of the path (RFC 6960 4.2). */
  readonly ocsp?: readonly Uint8Array[];
  /** `required` where CRLs or OCSP responses are given, and `off` where none are, if absent. */
  readonly revocation?: RevocationPolicy;
  readonly time: Date;
  /**
   * The identity that the leaf has to hold (TS-0003 8.1.2.5), compared whole: an Absolute-AE-ID, a domain name (of a
   * CSE-ID, or an FQDN), the URN of a node, the object identifier of a device or node. In profile `rfc5280` a domain
   * name or an IP address is the name of a host, which a wildcard may cover (RFC 9525).
   */
  readonly expect?: string;
  /** Which end-point the certificate is for; `any` if absent. */
  readonly purpose?: Purpose;
  /** `onem2m` if absent. */
  readonly profile?: CertificateProfile;
  /** Most intermediates in a path, self-issued ones not counted, as pathLenConstraint counts them; 6 if absent. */
  readonly maxDepth?: number;
}

/** What came out, and why. */
export type Verdict = Accepted | Refused;

interface Accepted {
  readonly valid: true;
  readonly code?: never;
  readonly reason?: never;
  readonly finding?: never;
  /** Leaf first, trust anchor last. */
  readonly path: readonly PathStep[];
  /** What said that the leaf is not revoked; null where nothing did. */
  readonly statusBy: StatusSource;
  /** Signatures of certificates that were checked. */
  readonly signatureChecks: number;
}

interface Refused {
  readonly valid: false;
  readonly code: FaultCode;
  /** A sentence: which certificate, which field, what would have been accepted, and the clause. */
  readonly reason: string;
  /** The same in parts. */
  readonly finding: Finding;
  /** The path that came closest; empty where the leaf cannot be read. */
  readonly path: readonly PathStep[];
  readonly signatureChecks: number;
}

/** More than in a handshake, since somebody asked for this one; Go and webpki stop at as many comparisons. */
const requestedWork: Readonly<WorkBudget> = { signatures: 64, comparisons: 250_000 };

/**
 * Validates a chain (RFC 5280 §6.1) and, with `expect`, the identity first (TS-0003 8.1.2.5).
 *
 * @param chain certificates in DER, leaf first, at most 16.
 * @returns the verdict, whatever stands in the chain, the anchors and the intermediates. An anchor or intermediate
 * that cannot be read is passed over, and named where no path is found.
 * @throws E2EKeyError OPTION_INVALID for `time`, `purpose`, `profile`, `maxDepth` and `revocation` that are none.
 * @example
 * ```ts
 * import { validatePath } from 'e2ekey/certificates';
 * const { valid, reason } = validatePath([leaf, intermediate], { anchors: [root], time: new Date() });
 * ```
 */
export function validatePath(chain: readonly Uint8Array[], options: ValidateOptions): Verdict {
  const { time, expect, purpose = 'any', profile = 'onem2m', maxDepth = defaultMaxDepth } = options;
  checkTimeAndDepth(time, maxDepth);
  const { crls = [], ocsp = [] } = options;
  const { revocation = crls.length + ocsp.length > 0 ? 'required' : 'off' } = options;
  if (!['initiating', 'terminating', 'any'].includes(purpose))
    refuse('OPTION_INVALID', 'purpose: initiating, terminating and any are possible');
  if (!['onem2m', 'rfc5280'].includes(profile))
    refuse('OPTION_INVALID', 'profile: onem2m and rfc5280 are possible');
  if (!revocationPolicies.includes(revocation))
    refuse('OPTION_INVALID', `revocation: ${revocationPolicies.join(', ')} are possible`);

  const budget = { ...requestedWork };
  const refused = (finding: Finding): Refused => ({
    valid: false,
    code: finding.code,
    reason: sentence(finding),
    finding,
    path: finding.path,
    signatureChecks: requestedWork.signatures - budget.signatures,
  });
  try {
    const presented = new PresentedChain(chain);
    const leaf = presented.leaf();
    const objection = expect === undefined ? null : expectationObjection(leaf, expect, profile);
    if (objection !== null) return refused(findingAt([leaf], 0, objection));

    const anchors = readEach('anchors', options.anchors);
    const intermediates = readEach('intermediates', options.intermediates ?? []);
    const trust = new TrustAnchors(anchors.certificates, intermediates.certificates);
    const requirements = { time, purpose, profile, maxDepth, restricted: null };
    const verdict = trust.judge(presented, leaf, requirements, budget);
    if (!verdict.valid) {
      const { finding } = verdict;
      const [unreadable] = [...anchors.unreadable, ...intermediates.unreadable];
      // Somebody whom nobody knows may be one who could not be read.
      const isUnknown = finding.clause === noIssuerClause && unreadable !== undefined;
      return refused(isUnknown ? { ...unreadable, path: finding.path } : finding);
    }
    // `off` looks at nothing, not even at bytes that are no list.
    const lists = revocation === 'off' ? [] : readLists(crls);
    const evidence = { crls: new RevocationLists(lists), stapled: null, responses: ocsp };
    const status = judgeStatus(verdict.path, evidence, revocation, { time, profile });
    if (status.refused) return refused(findingAt(verdict.path, status.position, status.objection));
    const path = verdict.path.map(stepOf);
    const signatureChecks = requestedWork.signatures - budget.signatures;
    return { valid: true, path, statusBy: status.statusBy, signatureChecks };
  } catch (error) {
    if (!(error instanceof E2EKeyError) || error.finding === null) throw error;
    return refused(error.finding);
  }
}

function readLists(ders: readonly Uint8Array[]): Crl[] {
  return ders.map((der, index) => {
    try {
      return parseCrl(der);
    } catch (error) {
      if (!(error instanceof E2EKeyError) || error.finding === null) throw error;
      throw errorOf(findingIn(`crls.${index}`, error.finding));
    }
  });
}

function readEach(
  option: string,
  ders: readonly Uint8Array[],
): { certificates: readonly Certificate[]; unreadable: readonly Finding[] } {
  const certificates: Certificate[] = [];
  const unreadable: Finding[] = [];
  for (const [index, der] of ders.entries()) {
    try {
      certificates.push(parseCertificate(der));
    } catch (error) {
      if (!(error instanceof E2EKeyError) || error.finding === null) throw error;
      unreadable.push(findingIn(`${option}.${index}`, error.finding));
    }
  }
  return { certificates, unreadable };
}
