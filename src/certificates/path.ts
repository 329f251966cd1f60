// Certification paths: found depth-first with backtracking, from the end-point's certificate up, and judged when they
// reach a trust anchor (path-rules.ts). Bounded in length and work, whatever a peer presents. Knows no identities
// (flavours.ts) and no revocation.
import type { Finding } from '../errors.ts';
import { acceptedSignatures, isSignedBy, keyObjection, signatureObjection } from './algorithms.ts';
import type { Certificate } from './certificate.ts';
import { certificateObjection, keyClause } from './certificate-rules.ts';
import { findingAt, type Objection, shorten } from './finding.ts';
import type { ComparisonBudget } from './name-constraints.ts';
import { nameKey, sameName } from './names.ts';
import { isSelfIssued, type Path, type PathRequirements, pathObjection } from './path-rules.ts';

/**
 * How much work one verdict may still take; counts down. Ten cross-signed certificates of 3.6 kB make more paths than
 * anybody can check, so that the work is bounded and not only the length.
 */
export interface WorkBudget extends ComparisonBudget {
  /** Of certificates. P-256 and RSA take 0.1 ms each, P-384 and P-521, which only the lab has, 1 and 2 ms. */
  signatures: number;
}

/** Certificates by their subject. */
export type CertificateIndex = ReadonlyMap<string, readonly Certificate[]>;

export function indexBySubject(certificates: readonly Certificate[]): CertificateIndex {
  return Map.groupBy(certificates, certificate => nameKey(certificate.subject));
}

export type PathVerdict =
  | { readonly valid: true; readonly path: Path }
  | { readonly valid: false; readonly finding: Finding };

/** Where issuers are looked for. `presented` came from the peer, the rest is configured. */
interface IssuerSources {
  readonly anchors: CertificateIndex;
  readonly intermediates: CertificateIndex;
  readonly presented: CertificateIndex;
}

/** Looks for a path from `leaf` to an anchor. Of several refused paths the verdict shows the one that came closest. */
export function findPath(
  leaf: Certificate,
  sources: IssuerSources,
  requirements: PathRequirements,
  budget: WorkBudget,
): PathVerdict {
  const objection = certificateObjection(leaf, 'end-point', requirements);
  if (objection !== null) return { valid: false, finding: findingAt([leaf], 0, objection) };
  const search = new Search(sources, requirements, budget);
  const path = search.from(leaf);
  return path === null ? { valid: false, finding: search.explain(leaf) } : { valid: true, path };
}

/** Beyond any real hierarchy, and what self-issued certificates cannot exceed either. */
const maxPathLength = 16;

class Search {
  readonly #sources: IssuerSources;
  readonly #requirements: PathRequirements;
  readonly #budget: WorkBudget;
  /** An anchor and an intermediate are two objects, also where they are one certificate. */
  readonly #own = new Map<Certificate, Objection | null>();
  #closest: { readonly progress: number; readonly finding: Finding } | null = null;
  /** Follow issuers that cannot be in a valid path too, to say more than that nobody is known by a name. */
  #explaining = false;
  #passedOver = false;

  constructor(sources: IssuerSources, requirements: PathRequirements, budget: WorkBudget) {
    this.#sources = sources;
    this.#requirements = requirements;
    this.#budget = budget;
  }

  /** The first valid path; null if there is none. */
  from(leaf: Certificate): Path | null {
    return this.#extend([leaf], leaf);
  }

  /** Why there is none. The second search only sees what the first one passed over, with the budget that is left. */
  explain(leaf: Certificate): Finding {
    if (this.#passedOver && this.#budget.signatures > 0) {
      this.#explaining = true;
      this.#extend([leaf], leaf);
    }
    return this.#closest?.finding ?? findingAt([leaf], 0, noIssuer(leaf));
  }

  /** The first valid path that begins with `path`, which ends in `child`; null if there is none. */
  #extend(path: Path, child: Certificate): Path | null {
    const issuers = this.#issuersOf(child).filter(({ certificate }) => !isRepeated(certificate, path));
    if (issuers.length === 0) this.#refuse(2 * path.length, path, path.length - 1, noIssuer(child));
    for (const { certificate, isAnchor } of issuers) {
      if (this.#budget.signatures <= 0) {
        this.#refuse(outOfWork, path, path.length - 1, tooMuchWork);
        return null;
      }
      const own = this.#ownObjection(certificate, isAnchor);
      if (own !== null && !this.#explaining) {
        this.#passedOver = true;
        continue;
      }
      const longer: Path = [...path, certificate];
      const refusal =
        own !== null && keyObjection(certificate, this.#requirements.profile) !== null
          ? { position: path.length, objection: own }
          : this.#objectionToStep(longer, child, certificate, isAnchor);
      if (refusal !== null) {
        this.#refuse(2 * path.length + 1, longer, refusal.position, refusal.objection);
        continue;
      }
      const found = isAnchor ? this.#judge(longer) : this.#extend(longer, certificate);
      if (found !== null) return found;
    }
    return null;
  }

  /** Judged once, however many ways lead to the certificate. */
  #ownObjection(certificate: Certificate, isAnchor: boolean): Objection | null {
    const known = this.#own.get(certificate);
    if (known !== undefined) return known;
    const place = isAnchor ? 'anchor' : 'intermediate';
    const objection = certificateObjection(certificate, place, this.#requirements);
    this.#own.set(certificate, objection);
    return objection;
  }

  /** Anchors first, so that an honest chain costs one check per certificate whatever else is presented. */
  #issuersOf(child: Certificate): { certificate: Certificate; isAnchor: boolean }[] {
    const name = nameKey(child.issuer);
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

  /** The algorithm before the signature: one that the profile leaves out is never worked with, nor is such a key. */
  #objectionToStep(
    path: Path,
    child: Certificate,
    issuer: Certificate,
    isAnchor: boolean,
  ): { position: number; objection: Objection } | null {
    const below = path.length - 2;
    const { profile, maxDepth } = this.#requirements;
    const intermediates = path.slice(1, isAnchor ? -1 : undefined);
    if (path.length > maxPathLength || intermediates.filter(one => !isSelfIssued(one)).length > maxDepth)
      return { position: below, objection: tooLong(maxDepth) };
    const algorithm = signatureObjection(child, profile);
    if (algorithm !== null)
      return {
        position: below,
        objection: {
          code: 'CERTIFICATE_UNSUPPORTED',
          field: 'signatureAlgorithm',
          problem: algorithm,
          accepted: acceptedSignatures(profile),
          clause: keyClause(profile),
        },
      };
    this.#budget.signatures -= 1;
    return isSignedBy(child, issuer) ? null : { position: below, objection: badSignature(child) };
  }

  #judge(path: Path): Path | null {
    const refusal = pathObjection(path, this.#requirements, this.#budget);
    if (refusal === null) return path;
    this.#refuse(complete + path.length - refusal.position, path, refusal.position, refusal.objection);
    return null;
  }

  #refuse(progress: number, path: Path, position: number, objection: Objection): void {
    if (this.#closest === null || progress > this.#closest.progress)
      this.#closest = { progress, finding: findingAt(path, position, objection) };
  }
}

/** Progress of a refused path: any complete path came closer than any incomplete one. */
const complete = 1000;
const outOfWork = 999;

/** Matching key identifiers first. They are a hint: nothing but the signature says who issued a certificate. */
function byKeyIdentifier(child: Certificate, issuers: readonly Certificate[]): readonly Certificate[] {
  const wanted = child.extensions.authorityKeyIdentifier;
  if (wanted === null || issuers.length < 2) return issuers;
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
      Buffer.compare(earlier.subjectPublicKeyInfo.der, certificate.subjectPublicKeyInfo.der) === 0 &&
      sameName(earlier.subject, certificate.subject),
  );
}

/** Names the objection that nobody is known by the issuer's name. */
export const noIssuerClause = 'RFC 5280 6.1.3 (a)(4)';

function noIssuer(child: Certificate): Objection {
  return untrusted(
    'issuer',
    `nobody else is known by the name ${shorten(child.issuer.text)}`,
    'an issuer that leads to a trust anchor',
    noIssuerClause,
  );
}

function tooLong(maxDepth: number): Objection {
  return untrusted(
    'issuer',
    'a longer path',
    `at most ${maxDepth} intermediate certificates, self-issued ones not counted, and ${maxPathLength} certificates in all`,
    'RFC 5280 6.1',
  );
}

const tooMuchWork: Objection = untrusted(
  'issuer',
  'more signatures to check than one validation is worth',
  'certificates without so many detours',
  'RFC 5280 6.1',
);

function badSignature(child: Certificate): Objection {
  return untrusted(
    'signatureValue',
    'not made with the key of the issuer',
    `a signature by ${shorten(child.issuer.text)}`,
    'RFC 5280 6.1.3 (a)(1)',
  );
}

function untrusted(field: string, problem: string, accepted: string, clause: string): Objection {
  return { code: 'CERTIFICATE_UNTRUSTED', field, problem, accepted, clause };
}
