// Certification paths: found depth-first with backtracking, each judged by RFC 5280 §6.1. Bounded in length and
// in signature checks, whatever a peer presents. Knows no identities (flavours.ts) and no revocation.
import type { FaultCode } from '../errors.ts';
import {
  acceptedKeys,
  acceptedSignatures,
  type CertificateProfile,
  isSignedBy,
  keyObjection,
  signatureObjection,
} from './algorithms.ts';
import type { Certificate } from './certificate.ts';
import { extensionName, isProcessed, type NameConstraints } from './extensions.ts';
import {
  type ConstrainedForm,
  constraintObjection,
  nameObjection,
  restrictsForm,
} from './name-constraints.ts';
import type { Name } from './names.ts';

/** Which end of the E2EKey procedure the certificate's holder takes; `any`: at least one of them. */
export type Purpose = 'initiating' | 'terminating' | 'any';

/** What a path has to satisfy. */
export interface PathRequirements {
  readonly time: Date;
  readonly purpose: Purpose;
  readonly profile: CertificateProfile;
  /** Most certificates in a path, the end-point's and the trust anchor's included. */
  readonly maxDepth: number;
  /** Names of this form have to be restricted by some certificate above (TS-0003 8.1.2.2); null asks nothing. */
  readonly restricted: ConstrainedForm | null;
}

/**
 * How many certificate signatures may still be checked. Ten cross-signed certificates of 3.6 kB make more
 * paths than anybody can check, so that the work is bounded and not only the length.
 */
export interface SignatureBudget {
  left: number;
}

/** Certificates by the encoding of their subject. */
export type CertificateIndex = ReadonlyMap<string, readonly Certificate[]>;

/** Why a path is refused: the one object behind error message and verdict. */
export interface Finding {
  readonly code: FaultCode;
  /** Place of the certificate in the path, 0 for the end-point's own. */
  readonly position: number;
  readonly subject: string;
  readonly field: string;
  readonly problem: string;
  readonly accepted: string;
  readonly clause: string;
}

/** Leaf first, trust anchor last where there is one. */
export type Path = readonly [leaf: Certificate, ...above: Certificate[]];

export type PathVerdict =
  | { readonly valid: true; readonly path: Path }
  | { readonly valid: false; readonly path: Path; readonly finding: Finding };

export function indexBySubject(certificates: readonly Certificate[]): CertificateIndex {
  return Map.groupBy(certificates, certificate => keyOf(certificate.subject));
}

/** Where issuers are looked for. `presented` came from the peer, the rest is configured. */
export interface IssuerSources {
  readonly anchors: CertificateIndex;
  readonly intermediates: CertificateIndex;
  readonly presented: CertificateIndex;
}

/** Looks for a path from `leaf` to an anchor. Of several refused paths the verdict shows the one that came closest. */
export function findPath(
  leaf: Certificate,
  sources: IssuerSources,
  requirements: PathRequirements,
  budget: SignatureBudget,
): PathVerdict {
  return new Search(sources, requirements, budget).from(leaf);
}

type Refusal = Extract<PathVerdict, { valid: false }>;

class Search {
  readonly #sources: IssuerSources;
  readonly #requirements: PathRequirements;
  readonly #budget: SignatureBudget;
  #closest: { readonly progress: number; readonly refusal: Refusal } | null = null;

  constructor(sources: IssuerSources, requirements: PathRequirements, budget: SignatureBudget) {
    this.#sources = sources;
    this.#requirements = requirements;
    this.#budget = budget;
  }

  from(leaf: Certificate): PathVerdict {
    const path = this.#extend([leaf], leaf);
    if (path !== null) return { valid: true, path };
    return this.#closest?.refusal ?? { valid: false, path: [leaf], finding: noIssuer([leaf], leaf) };
  }

  /** The first valid path that begins with `path`, which ends in `child`; null if there is none. */
  #extend(path: Path, child: Certificate): Path | null {
    const issuers = this.#issuersOf(child).filter(({ certificate }) => !isRepeated(certificate, path));
    if (issuers.length === 0) this.#refuse(2 * path.length, path, noIssuer(path, child));
    for (const { certificate, isAnchor } of issuers) {
      if (this.#budget.left <= 0) {
        this.#refuse(outOfWork, path, tooMuchWork(path, child));
        return null;
      }
      const objection = this.#objectionToStep(path, child, certificate);
      if (objection !== null) {
        this.#refuse(2 * path.length + 1, path, objection);
        continue;
      }
      const longer: Path = [...path, certificate];
      const found = isAnchor ? this.#judge(longer) : this.#extend(longer, certificate);
      if (found !== null) return found;
    }
    return null;
  }

  /** Anchors first, so that an honest chain costs one check per certificate whatever else is presented. */
  #issuersOf(child: Certificate): { certificate: Certificate; isAnchor: boolean }[] {
    const name = keyOf(child.issuer);
    const anchors = this.#sources.anchors.get(name) ?? [];
    const others = [
      ...(this.#sources.presented.get(name) ?? []),
      ...(this.#sources.intermediates.get(name) ?? []),
    ];
    return [
      ...byKeyIdentifier(child, anchors).map(certificate => ({ certificate, isAnchor: true })),
      ...byKeyIdentifier(child, others).map(certificate => ({ certificate, isAnchor: false })),
    ];
  }

  /** Algorithms before the signature: a key of a kind that the profile leaves out is never worked with. */
  #objectionToStep(path: Path, child: Certificate, issuer: Certificate): Finding | null {
    const { profile, maxDepth } = this.#requirements;
    if (path.length >= maxDepth) return tooLong(path, child, maxDepth);
    const objection = algorithmObjection(path, child, issuer, profile);
    if (objection !== null) return objection;
    this.#budget.left -= 1;
    return isSignedBy(child, issuer) ? null : badSignature(path, child);
  }

  #judge(path: Path): Path | null {
    const finding = judgePath(path, this.#requirements);
    if (finding === null) return path;
    this.#refuse(complete + path.length - finding.position, path, finding);
    return null;
  }

  #refuse(progress: number, path: Path, finding: Finding): void {
    if (this.#closest === null || progress > this.#closest.progress)
      this.#closest = { progress, refusal: { valid: false, path, finding } };
  }
}

/** Progress of a refused path: any complete path came closer than any incomplete one. */
const complete = 1000;
const outOfWork = 999;

/**
 * RFC 5280 §6.1 on a path whose signatures hold and whose names chain, from the trust anchor down. The anchor is
 * a certificate that somebody configured: what it says about itself binds it too.
 */
function judgePath(path: Path, requirements: PathRequirements): Finding | null {
  // 6.1.2 (k): the length of the path, which cannot be exceeded.
  let maxPathLength = path.length;
  let purposes: readonly Exclude<Purpose, 'any'>[] = ['initiating', 'terminating'];
  const constraints: NameConstraints[] = [];

  for (const [position, certificate] of [...path.entries()].toReversed()) {
    const { extensions } = certificate;
    const isLeaf = position === 0;
    const isSelfIssued = sameName(certificate.issuer, certificate.subject);
    const refuse = (
      code: FaultCode,
      field: string,
      problem: string,
      accepted: string,
      clause: string,
    ): Finding => finding(code, position, certificate, field, problem, accepted, clause);

    // 6.1.3 (a)(2)
    const { time } = requirements;
    if (!(time >= certificate.notBefore && time <= certificate.notAfter))
      return refuse(
        'CERTIFICATE_EXPIRED',
        'validity',
        `${time < certificate.notBefore ? 'not yet' : 'no longer'} valid at ${time.toISOString()}`,
        `${certificate.notBefore.toISOString()} to ${certificate.notAfter.toISOString()}, both included`,
        'RFC 5280 6.1.3 (a)(2)',
      );

    // 6.1.4 (o), 6.1.5 (f)
    const unknown = certificate.extensionList.find(({ critical, id }) => critical && !isProcessed(id));
    if (unknown !== undefined)
      return refuse(
        'CERTIFICATE_UNSUPPORTED',
        'extensions',
        `${extensionName(unknown.id)} is critical and not processed`,
        'a certificate without it',
        isLeaf ? 'RFC 5280 6.1.5 (f)' : 'RFC 5280 6.1.4 (o)',
      );

    // 6.1.3 (b), (c): a self-issued certificate serves a change of keys and is not bound, unless it is the last.
    if (isLeaf || !isSelfIssued) {
      for (const constraint of constraints) {
        const objection = nameObjection(extensions.subjectAltName ?? [], constraint);
        if (objection !== null)
          return refuse(
            'CERTIFICATE_UNTRUSTED',
            'subjectAltName',
            objection,
            'names within the name constraints of the certificates above',
            'RFC 5280 6.1.3 (b), (c)',
          );
      }
    }

    // RFC 5280 4.2.1.12, applied to the whole path: an authority limited to one purpose cannot grant another.
    const { extKeyUsage } = extensions;
    if (extKeyUsage !== null && !extKeyUsage.includes(anyExtendedKeyUsage))
      purposes = purposes.filter(purpose => extKeyUsage.includes(keyPurposes[purpose]));
    const isFit =
      requirements.purpose === 'any' ? purposes.length > 0 : purposes.includes(requirements.purpose);
    if (!isFit)
      return refuse(
        'CERTIFICATE_UNTRUSTED',
        'extKeyUsage',
        `not for the ${requirements.purpose === 'any' ? 'initiating or terminating' : requirements.purpose} end-point`,
        requirements.purpose === 'any'
          ? 'clientAuth, serverAuth, anyExtendedKeyUsage, or no extKeyUsage'
          : `${requirements.purpose === 'initiating' ? 'clientAuth' : 'serverAuth'}, anyExtendedKeyUsage, or no extKeyUsage`,
        'RFC 5280 4.2.1.12',
      );

    if (isLeaf) continue;

    // 6.1.4 (k)
    if (extensions.basicConstraints?.cA !== true)
      return refuse(
        'CERTIFICATE_UNTRUSTED',
        'basicConstraints',
        'not the certificate of a certification authority',
        'cA TRUE',
        'RFC 5280 6.1.4 (k)',
      );

    // 6.1.4 (n); TS-0003 10.1.1 builds on 4.2.1.3, by which a conforming authority includes keyUsage.
    const { keyUsage } = extensions;
    if (keyUsage === null ? requirements.profile === 'onem2m' : !keyUsage.has('keyCertSign'))
      return refuse(
        'CERTIFICATE_UNTRUSTED',
        'keyUsage',
        keyUsage === null ? 'absent' : 'without keyCertSign',
        'keyCertSign',
        keyUsage === null ? 'RFC 5280 4.2.1.3' : 'RFC 5280 6.1.4 (n)',
      );

    // 6.1.4 (l), (m)
    if (!isSelfIssued) {
      if (maxPathLength <= 0)
        return refuse(
          'CERTIFICATE_UNTRUSTED',
          'basicConstraints',
          'one certification authority more than pathLenConstraint of one above allows',
          'a path no longer than every pathLenConstraint',
          'RFC 5280 6.1.4 (l)',
        );
      maxPathLength -= 1;
    }
    maxPathLength = Math.min(maxPathLength, extensions.basicConstraints.pathLenConstraint ?? maxPathLength);

    // 6.1.4 (g)
    if (extensions.nameConstraints !== null) {
      const objection = constraintObjection(extensions.nameConstraints);
      if (objection !== null)
        return refuse(
          'CERTIFICATE_UNSUPPORTED',
          'nameConstraints',
          objection,
          'subtrees of dNSName and uniformResourceIdentifier',
          'RFC 5280 4.2.1.10',
        );
      constraints.push(extensions.nameConstraints);
    }
  }
  return judgeLeaf(path, constraints, requirements);
}

/** What the profile asks of an end-point's own certificate. */
function judgeLeaf(
  path: Path,
  constraints: readonly NameConstraints[],
  { profile, restricted }: PathRequirements,
): Finding | null {
  const [leaf] = path;
  const refuse = (
    code: FaultCode,
    field: string,
    problem: string,
    accepted: string,
    clause: string,
  ): Finding => finding(code, 0, leaf, field, problem, accepted, clause);
  const { keyUsage, basicConstraints, subjectAltName } = leaf.extensions;

  const objection = keyObjection(leaf, profile);
  if (objection !== null)
    return refuse(
      'CERTIFICATE_UNSUPPORTED',
      'subjectPublicKeyInfo',
      objection,
      acceptedKeys(profile),
      keyClause(profile),
    );

  // The end-point signs with this key: RFC 5246 7.4.2, RFC 8422 5.3.
  if (keyUsage === null ? profile === 'onem2m' : !keyUsage.has('digitalSignature'))
    return refuse(
      'CERTIFICATE_UNSUPPORTED',
      'keyUsage',
      keyUsage === null ? 'absent' : 'without digitalSignature',
      'digitalSignature',
      profile === 'onem2m' ? 'TS-0003 10.1.1.1' : 'RFC 8422 5.3',
    );

  if (profile === 'onem2m' && basicConstraints?.cA === true)
    return refuse(
      'CERTIFICATE_UNSUPPORTED',
      'basicConstraints',
      'the certificate of a certification authority in the place of an end-point',
      'cA FALSE',
      'TS-0003 10.1.1',
    );

  const wildcard = subjectAltName?.find(
    name => (name.form === 'dns' || name.form === 'uri') && name.value.includes('*'),
  );
  if (profile === 'onem2m' && wildcard !== undefined)
    return refuse('CERTIFICATE_UNSUPPORTED', 'subjectAltName', 'a wildcard', 'whole names', 'TS-0003 10.1.1');

  if (
    restricted !== null &&
    !constraints.some(constraint => restrictsForm(constraint, restricted, subjectAltName ?? []))
  )
    return refuse(
      'CERTIFICATE_UNTRUSTED',
      'subjectAltName',
      `no certificate above restricts names of form ${restricted}`,
      `permitted subtrees of form ${restricted}`,
      'TS-0003 8.1.2.2',
    );
  return null;
}

/** The sentence for people: which certificate, which field, what would have been accepted, by which clause. */
export function sentence({ position, subject, field, problem, accepted, clause }: Finding): string {
  const which =
    position === 0 ? "the end-point's certificate" : `certificate ${position} above the end-point's`;
  return `${which} (${subject}), ${field}: ${problem}; accepted: ${accepted} (${clause})`;
}

const anyExtendedKeyUsage = '2.5.29.37.0';
/** id-kp-clientAuth and id-kp-serverAuth: the initiating end-point is the TLS client (TS-0003 8.7). */
const keyPurposes = { initiating: '1.3.6.1.5.5.7.3.2', terminating: '1.3.6.1.5.5.7.3.1' } as const;

/** Matching key identifiers first. They are a hint: nothing but the signature says who issued a certificate. */
function byKeyIdentifier(child: Certificate, issuers: readonly Certificate[]): readonly Certificate[] {
  const wanted = child.extensions.authorityKeyIdentifier;
  if (wanted === null) return issuers;
  const isHinted = (issuer: Certificate): boolean => {
    const offered = issuer.extensions.subjectKeyIdentifier;
    return offered !== null && Buffer.compare(wanted, offered) === 0;
  };
  return [...issuers.filter(isHinted), ...issuers.filter(issuer => !isHinted(issuer))];
}

/**
 * Is the holder of this certificate in the path already? By name and key, so that cross-certificates do not
 * lead round in circles and an anchor is no path to itself (RFC 5280 6.1: at least one certificate below it).
 */
function isRepeated(certificate: Certificate, path: Path): boolean {
  return path.some(
    earlier =>
      sameName(earlier.subject, certificate.subject) &&
      Buffer.compare(earlier.subjectPublicKeyInfo.der, certificate.subjectPublicKeyInfo.der) === 0,
  );
}

function algorithmObjection(
  path: Path,
  child: Certificate,
  issuer: Certificate,
  profile: CertificateProfile,
): Finding | null {
  const unsupported = (
    position: number,
    certificate: Certificate,
    field: string,
    problem: string,
    accepted: string,
  ) =>
    finding('CERTIFICATE_UNSUPPORTED', position, certificate, field, problem, accepted, keyClause(profile));
  const signature = signatureObjection(child, profile);
  if (signature !== null)
    return unsupported(path.length - 1, child, 'signatureAlgorithm', signature, acceptedSignatures(profile));
  const key = keyObjection(issuer, profile);
  return key === null
    ? null
    : unsupported(path.length, issuer, 'subjectPublicKeyInfo', key, acceptedKeys(profile));
}

function keyClause(profile: CertificateProfile): string {
  return profile === 'onem2m' ? 'TS-0003 10.1.1.1, 10.1.1.3' : 'RFC 5280 4.1.1.2, 4.1.2.7';
}

function noIssuer(path: Path, child: Certificate): Finding {
  return finding(
    'CERTIFICATE_UNTRUSTED',
    path.length - 1,
    child,
    'issuer',
    `nobody else is known by the name ${shorten(child.issuer.text)}`,
    'an issuer that leads to a trust anchor',
    'RFC 5280 6.1.3 (a)(4)',
  );
}

function tooLong(path: Path, child: Certificate, maxDepth: number): Finding {
  return finding(
    'CERTIFICATE_UNTRUSTED',
    path.length - 1,
    child,
    'issuer',
    'a longer path',
    `at most ${maxDepth} certificates from the end-point to the trust anchor`,
    'RFC 5280 6.1',
  );
}

function tooMuchWork(path: Path, child: Certificate): Finding {
  return finding(
    'CERTIFICATE_UNTRUSTED',
    path.length - 1,
    child,
    'issuer',
    'more signatures to check than one validation is worth',
    'certificates without so many detours',
    'RFC 5280 6.1',
  );
}

function badSignature(path: Path, child: Certificate): Finding {
  return finding(
    'CERTIFICATE_UNTRUSTED',
    path.length - 1,
    child,
    'signatureValue',
    'not made with the key of the issuer',
    `a signature by ${shorten(child.issuer.text)}`,
    'RFC 5280 6.1.3 (a)(1)',
  );
}

function finding(
  code: FaultCode,
  position: number,
  certificate: Certificate,
  field: string,
  problem: string,
  accepted: string,
  clause: string,
): Finding {
  return { code, position, subject: shorten(certificate.subject.text), field, problem, accepted, clause };
}

/** A name is up to 16 kB of a stranger's text; a log line is not. */
function shorten(text: string): string {
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}

function keyOf(name: Name): string {
  return Buffer.from(name.der).toString('latin1');
}

function sameName(one: Name, other: Name): boolean {
  return Buffer.compare(one.der, other.der) === 0;
}
