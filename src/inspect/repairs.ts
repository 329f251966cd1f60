// Which file to mend first, for somebody who has many: what keeps end-points from working before what only stands about,
// and what many depend on before what nobody does.
import type { FaultCode } from '../errors.ts';
import { type CertificatePool, isEndPoint } from './certificate-pool.ts';
import type { Finding } from './findings.ts';
import type { FileReport } from './inspect.ts';

/** One file with at least one error. */
export interface Repair {
  readonly file: string;
  /** Its weightiest error, with the field that it is about. */
  readonly field: string;
  readonly message: string;
  readonly clause: string;
  readonly code?: FaultCode;
  /** What to do; null where the error says it. */
  readonly advice: string | null;
  /** How many further errors it has. */
  readonly more: number;
  /** Certificates of end-points below the one that the error is about. */
  readonly dependents: number;
}

export function repairs(files: readonly FileReport[], pool: CertificatePool): readonly Repair[] {
  const dependents = dependentsOf(pool);
  return files
    .flatMap((report, at) => {
      const errors = report.findings.filter(({ severity }) => severity === 'error');
      const [worst] = errors.toSorted((one, other) => rankOf(one, report) - rankOf(other, report));
      if (worst === undefined) return [];
      const { field, message, clause, code } = worst;
      const repair: Repair = {
        file: report.file,
        field,
        message,
        clause,
        ...(code !== undefined && { code }),
        advice: adviceOn(code, report),
        more: errors.length - 1,
        dependents: dependents.get(placeText(at, certificateIn(worst))) ?? 0,
      };
      return [{ rank: rankOf(worst, report), repair }];
    })
    .toSorted((one, other) => one.rank - other.rank || other.repair.dependents - one.repair.dependents)
    .map(({ repair }) => repair);
}

/** Which of the certificates in its file a finding is about; the first where it says nothing else. */
function certificateIn({ field }: Finding): number {
  return Number(/^certificates\.(\d+)/.exec(field)?.[1] ?? 0);
}

/** Certificates of end-points, by the places of the authorities above them. */
function dependentsOf(pool: CertificatePool): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const endPoint of pool.all.filter(isEndPoint)) {
    const above = pool.pathOf(endPoint).slice(1);
    for (const { file, index } of above.flatMap(({ places }) => places)) {
      const place = placeText(file, index);
      counts.set(place, (counts.get(place) ?? 0) + 1);
    }
  }
  return counts;
}

function placeText(file: number, index: number): string {
  return `${file} ${index}`;
}

/** Lower is sooner. */
function rankOf({ code, field }: Finding, { kind }: FileReport): number {
  if (code === 'CERTIFICATE_REVOKED' || (code === 'OPTION_INVALID' && field === 'privateKeys')) return 0;
  switch (kind) {
    case 'not-recognised':
    case 'unreadable':
    case 'text':
      return 3;
    case 'crl':
    case 'ocsp-response':
    case 'ocsp-request':
    case 'certificate-request':
    case 'message':
    case 'primitive':
    case 'esprim-object':
    case 'esdata-envelope':
    case 'content-instance':
    case 'random-object':
      return 2;
    default:
      return 1;
  }
}

function adviceOn(code: FaultCode | undefined, { kind }: FileReport): string | null {
  if (code === undefined) return null;
  return kind === 'certificate-request' ? 'make the request again' : (adviceFor[code] ?? null);
}

const adviceFor: Partial<Record<FaultCode, string>> = {
  CERTIFICATE_REVOKED: 'have another certificate issued, for a new key',
  CERTIFICATE_EXPIRED: 'have it issued again, or look at the clock',
  CERTIFICATE_MALFORMED: 'get the file again',
  CERTIFICATE_UNSUPPORTED: 'have it issued again as the profile demands',
  IDENTITY_MISMATCH: 'have it issued again with the identity in subjectAltName',
  CERTIFICATE_STATUS_UNKNOWN: 'get the newest one from its issuer',
  STATUS_RESPONSE_BAD: 'ask the responder again',
};
