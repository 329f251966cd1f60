// RFC 5280 6.1 on a path whose signatures hold and whose names chain, from the trust anchor down: the rules by which
// one certificate binds those below it. What a certificate has to be by itself is certificate-rules.ts.
import type { CertificateProfile } from './algorithms.ts';
import type { Certificate } from './certificate.ts';
import { type CertificateRequirements, certificateObjection } from './certificate-rules.ts';
import type { NameConstraints } from './extensions.ts';
import type { Objection } from './finding.ts';
import { type ComparisonBudget, type NameForm, nameObjection, restrictForm } from './name-constraints.ts';
import { sameName } from './names.ts';

/** Which end of the E2EKey procedure the certificate's holder takes; `any`: at least one of them. */
export type Purpose = 'initiating' | 'terminating' | 'any';

/** What a path has to satisfy. */
export interface PathRequirements extends CertificateRequirements {
  readonly time: Date;
  readonly profile: CertificateProfile;
  readonly purpose: Purpose;
  /** Most intermediates in a path, self-issued ones not counted, as pathLenConstraint counts them. */
  readonly maxDepth: number;
  /** Names of this form have to be restricted by some certificate above (TS-0003 8.1.2.2); null asks nothing. */
  readonly restricted: NameForm | null;
}

/** Leaf first, trust anchor last where there is one. */
export type Path = readonly [leaf: Certificate, ...above: Certificate[]];

/** What the certificates so far say about those below them; RFC 5280 6.1.2 begins with what binds nobody. */
interface Bounds {
  maxPathLength: number;
  purposes: readonly Exclude<Purpose, 'any'>[];
  readonly constraints: NameConstraints[];
}

/**
 * The first rule that is broken, and where. The anchor is a certificate that somebody configured: what it says about
 * itself binds it too.
 */
export function pathObjection(
  path: Path,
  requirements: PathRequirements,
  budget: ComparisonBudget,
): { position: number; objection: Objection } | null {
  const bounds: Bounds = {
    maxPathLength: path.length,
    purposes: ['initiating', 'terminating'],
    constraints: [],
  };
  for (const [position, certificate] of [...path.entries()].toReversed()) {
    const isLeaf = position === 0;
    const place = isLeaf ? 'end-point' : position === path.length - 1 ? 'anchor' : 'intermediate';
    const objection =
      certificateObjection(certificate, place, requirements) ??
      namesObjection(certificate, isLeaf, bounds, budget) ??
      purposeObjection(certificate, requirements.purpose, bounds) ??
      (isLeaf
        ? restrictionObjection(certificate, requirements, bounds)
        : lengthObjection(certificate, bounds));
    if (objection !== null) return { position, objection };
    // 6.1.4 (g)
    if (certificate.extensions.nameConstraints !== null)
      bounds.constraints.push(certificate.extensions.nameConstraints);
  }
  return null;
}

/** 6.1.3 (b), (c): a self-issued certificate serves a change of keys and is not bound, unless it is the last. */
function namesObjection(
  certificate: Certificate,
  isLeaf: boolean,
  { constraints }: Bounds,
  budget: ComparisonBudget,
): Objection | null {
  if (!isLeaf && isSelfIssued(certificate)) return null;
  for (const constraint of constraints) {
    const objection = nameObjection(certificate, constraint, budget);
    if (objection !== null) return objection;
  }
  return null;
}

/** 4.2.1.12, applied to the whole path: an authority limited to one purpose cannot grant another. */
function purposeObjection({ extensions }: Certificate, purpose: Purpose, bounds: Bounds): Objection | null {
  const { extKeyUsage } = extensions;
  if (extKeyUsage !== null && !extKeyUsage.includes(anyExtendedKeyUsage))
    bounds.purposes = bounds.purposes.filter(one => extKeyUsage.includes(keyPurposes[one]));
  const isFit = purpose === 'any' ? bounds.purposes.length > 0 : bounds.purposes.includes(purpose);
  if (isFit) return null;
  const [who, usage] = purposeWords[purpose];
  const isLimitedAbove =
    extKeyUsage === null ||
    extKeyUsage.some(id => id === anyExtendedKeyUsage || Object.values<string>(keyPurposes).includes(id));
  return {
    code: 'CERTIFICATE_UNTRUSTED',
    field: 'extKeyUsage',
    problem: `not for the ${who} end-point${isLimitedAbove ? ', with what the certificates above leave' : ''}`,
    accepted: `${usage}, anyExtendedKeyUsage, or no extKeyUsage`,
    clause: 'RFC 5280 4.2.1.12',
  };
}

/** 6.1.4 (l), (m) */
function lengthObjection(certificate: Certificate, bounds: Bounds): Objection | null {
  if (!isSelfIssued(certificate)) {
    if (bounds.maxPathLength <= 0)
      return {
        code: 'CERTIFICATE_UNTRUSTED',
        field: 'basicConstraints',
        problem: 'one certification authority more than pathLenConstraint of one above allows',
        accepted: 'a path no longer than every pathLenConstraint',
        clause: 'RFC 5280 6.1.4 (l)',
      };
    bounds.maxPathLength -= 1;
  }
  const { pathLenConstraint } = certificate.extensions.basicConstraints ?? { pathLenConstraint: null };
  bounds.maxPathLength = Math.min(bounds.maxPathLength, pathLenConstraint ?? bounds.maxPathLength);
  return null;
}

function restrictionObjection(
  { extensions }: Certificate,
  { restricted }: PathRequirements,
  { constraints }: Bounds,
): Objection | null {
  if (restricted === null) return null;
  const names = extensions.subjectAltName ?? [];
  return restrictForm(constraints, restricted, names)
    ? null
    : {
        code: 'CERTIFICATE_UNTRUSTED',
        field: 'subjectAltName',
        problem: `no certificate above restricts names of form ${restricted}`,
        accepted: `permitted subtrees of form ${restricted}`,
        clause: 'TS-0003 8.1.2.2',
      };
}

export function isSelfIssued({ issuer, subject }: Certificate): boolean {
  return sameName(issuer, subject);
}

const anyExtendedKeyUsage = '2.5.29.37.0';
/** id-kp-clientAuth and id-kp-serverAuth: the initiating end-point is the TLS client (TS-0003 8.7). */
const keyPurposes = { initiating: '1.3.6.1.5.5.7.3.2', terminating: '1.3.6.1.5.5.7.3.1' } as const;
const purposeWords = {
  initiating: ['initiating', 'clientAuth'],
  terminating: ['terminating', 'serverAuth'],
  any: ['initiating or terminating', 'clientAuth, serverAuth'],
} as const;
