// Several files side by side: what belongs together, what is missing, and which file to mend first. Knows what was read
// in each (holdings.ts), and no bytes.
import { CertificatePool } from './certificate-pool.ts';
import { type Compared, listed, type Relation } from './compared.ts';
import { type Finding, warning } from './findings.ts';
import type { FileReport, InspectedFile } from './inspect.ts';
import { issuersTogether } from './issuers-together.ts';
import { keysTogether } from './keys-together.ts';
import { type JudgedFile, pathsTogether } from './paths-together.ts';
import { type Repair, repairs } from './repairs.ts';
import { type Superseded, statusTogether, supersededLists } from './status-together.ts';

export interface TogetherReport {
  /** In the order given, with what was found by comparing them. */
  readonly files: readonly FileReport[];
  readonly together: readonly Relation[];
  /** Files with errors, the weightiest first. */
  readonly fixFirst: readonly Repair[];
}

/** @param time when everything has to be valid. */
export function inspectTogether(inspected: readonly InspectedFile[], time: Date): TogetherReport {
  const placed = inspected.map(({ report, holdings }) => ({
    name: report.file,
    holdings,
    findings: report.findings,
  }));
  const pool = new CertificatePool(placed);
  const compared = inspected.length < 2 ? [] : compare(inspected, placed, pool, time);
  const found = Map.groupBy(
    compared.flatMap(({ findings }) => findings),
    ({ at }) => at,
  );
  const superseded = Map.groupBy(supersededLists(placed, time), ({ at }) => at);
  const files = inspected.map(({ report }, at) => ({
    ...report,
    findings: [
      ...withSuperseded(report.findings, superseded.get(at) ?? []),
      ...(found.get(at) ?? []).map(({ finding }) => finding),
    ],
  }));
  const together = compared.flatMap(({ relations }) => relations);
  return { files, together, fixFirst: repairs(files, pool) };
}

function compare(
  inspected: readonly InspectedFile[],
  placed: readonly JudgedFile[],
  pool: CertificatePool,
  time: Date,
): readonly Compared[] {
  return [
    keysTogether(placed, pool),
    issuersTogether(pool),
    pathsTogether(placed, pool, time),
    statusTogether(placed, pool, time),
    sameContent(inspected),
  ];
}

/** A list that is no longer current harms nobody beside a newer one. */
function withSuperseded(findings: readonly Finding[], lists: readonly Superseded[]): Finding[] {
  return findings.map(finding => {
    const newer = lists.find(({ field }) => field === finding.field);
    return newer === undefined || finding.severity !== 'error'
      ? finding
      : warning(finding.field, `no longer current, and superseded by ${newer.by}`, finding.clause);
  });
}

function sameContent(files: readonly InspectedFile[]): Compared {
  const byDigest = Map.groupBy(
    files.filter(({ digest }) => digest !== null),
    ({ digest }) => digest,
  );
  const relations = [...byDigest.values()]
    .filter(same => same.length > 1)
    .map((same): Relation => {
      const names = same.map(({ report }) => report.file);
      return { relation: 'same', files: names, text: `${listed(names)} have the same content` };
    });
  return { relations, findings: [] };
}
