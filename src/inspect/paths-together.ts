// End-points' certificates that path validation refuses, although the files hold their issuers up to a root: the same
// judge as an end-point's (certificates/path.ts), with that root as trust anchor, for either purpose and whoever is
// expected. What lists and responses say is status-together.ts.

import { findPath, indexBySubject, type WorkBudget } from '../certificates/path.ts';
import { defaultMaxDepth } from '../certificates/trust.ts';
import type { Finding as PathFinding } from '../errors.ts';
import {
  type CertificatePool,
  isEndPoint,
  isIn,
  isSelfIssued,
  ownPlaces,
  type Pooled,
} from './certificate-pool.ts';
import type { Compared, PlacedFile } from './compared.ts';
import { error, type Finding } from './findings.ts';

/** What one file has against its certificates already, so that it is not said twice. */
export interface JudgedFile extends PlacedFile {
  readonly findings: readonly Finding[];
}

/** Of one path: honest ones take four signatures; and of all, so that a thousand dishonest ones take half a second. */
const mostOfOne: Readonly<WorkBudget> = { signatures: 64, comparisons: 50_000 };
const mostOfAll = { signatures: 4096, comparisons: 2_000_000 };

/** @param time when everything has to be valid. */
export function pathsTogether(files: readonly JudgedFile[], pool: CertificatePool, time: Date): Compared {
  const left = { ...mostOfAll };
  const found = new Map<string, Compared['findings'][number]>();
  for (const leaf of pool.all.filter(isEndPoint))
    for (const { file } of ownPlaces(leaf)) {
      if (left.signatures <= 0 || left.comparisons <= 0) break;
      const finding = refusalOf(leaf, { file, files, pool, time }, left);
      if (finding === null) continue;
      for (const place of placesOfFault(finding, file, pool)) {
        const { at, field } = place;
        if (isKnown(finding, field, files[at])) continue;
        const { code, problem, accepted, clause } = finding;
        const told = error(code, `${field}.${finding.field}`, `${problem}; accepted: ${accepted}`, clause);
        found.set(`${at} ${told.field} ${told.message}`, { at, finding: told });
      }
    }
  return { relations: [], findings: [...found.values()] };
}

interface Around {
  readonly file: number;
  readonly files: readonly JudgedFile[];
  readonly pool: CertificatePool;
  readonly time: Date;
}

/** Null for a certificate that is valid, for one without a path to a root, and where the work is too much to tell. */
function refusalOf(leaf: Pooled, { file, files, pool, time }: Around, left: WorkBudget): PathFinding | null {
  const path = pool.pathOf(leaf, file);
  const [root] = path.slice(1).slice(-1);
  if (root === undefined || !isSelfIssued(root)) return null;
  const presented = files[file]?.holdings.certificates ?? [];
  // Where the file has no issuer, whichever of the others fits; where it has one, it is what a peer gets.
  const others = path.slice(0, -1).flatMap((each, index) => {
    const issuer = path[index + 1];
    return issuer === undefined || isIn(issuer, file) ? [] : pool.issuersOf(each);
  });
  const budget = { ...mostOfOne };
  const verdict = findPath(
    leaf.certificate,
    {
      anchors: indexBySubject(
        certificatesOf(pool.authoritiesNamed(root.certificate.subject).filter(isSelfIssued)),
      ),
      intermediates: indexBySubject(certificatesOf(others)),
      presented: indexBySubject(
        presented.filter(certificate => certificate.fingerprint !== leaf.certificate.fingerprint),
      ),
    },
    { time, purpose: 'any', profile: 'onem2m', maxDepth: defaultMaxDepth, restricted: null },
    budget,
  );
  left.signatures -= mostOfOne.signatures - budget.signatures;
  left.comparisons -= mostOfOne.comparisons - budget.comparisons;
  const isTold = budget.signatures > 0 && budget.comparisons > 0;
  return verdict.valid || !isTold ? null : verdict.finding;
}

function certificatesOf(pooled: readonly Pooled[]) {
  return pooled.map(({ certificate }) => certificate);
}

/** The certificate that is refused, in the file whose path it is, or else in its own. */
function placesOfFault({ position, path }: PathFinding, file: number, pool: CertificatePool) {
  const fingerprint = path[position ?? 0]?.fingerprint;
  const fault = pool.all.find(({ certificate }) => certificate.fingerprint === fingerprint);
  if (fault === undefined) return [];
  const inFile = fault.places.filter(place => place.file === file);
  return (inFile.length > 0 ? inFile : ownPlaces(fault)).map(place => ({
    at: place.file,
    field: `certificates.${place.index}`,
  }));
}

/** Found in the certificate alone, maybe in other words. */
function isKnown({ code }: PathFinding, field: string, file: JudgedFile | undefined): boolean {
  return file?.findings.some(known => known.code === code && known.field.startsWith(`${field}.`)) ?? false;
}
