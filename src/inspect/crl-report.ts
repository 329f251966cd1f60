// A certificate revocation list (RFC 5280 5) as it is shown, and why an end-point would not use it, whoever signed it.
// Who did, and which certificates of other files are in it, is status-together.ts.
import { acceptedSignatures, signatureObjection } from '../certificates/algorithms.ts';
import { type Crl, crlExtensions } from '../certificates/crl.ts';
import { crlObjections, freshnessObjection } from '../certificates/crl-status.ts';
import type { Objection } from '../certificates/finding.ts';
import { isAhead } from '../certificates/freshness.ts';
import { nameText } from './certificate-report.ts';
import { error, type Finding, note, warning } from './findings.ts';
import { signatureAlgorithmName } from './object-identifiers.ts';

export interface CrlReport {
  readonly issuer: string;
  /** ISO 8601. */
  readonly thisUpdate: string;
  readonly nextUpdate: string;
  /** cRLNumber in lower-case hex; null where there is none. */
  readonly number: string | null;
  /** BaseCRLNumber of a delta CRL; null for a complete list. */
  readonly baseNumber: string | null;
  readonly distributionPoint: readonly string[];
  readonly signatureAlgorithm: string;
  /** How many certificates it revokes, and the first 32 of them. */
  readonly revoked: number;
  readonly entries: readonly CrlEntryReport[];
  /** SHA-256 of the list, 64 lower-case hex digits. */
  readonly fingerprint: string;
}

export interface CrlEntryReport {
  /** Lower-case hex. */
  readonly serialNumber: string;
  readonly revocationDate: string;
  /** Null where the list gives none. */
  readonly reason: string | null;
}

const maxEntries = 32;

export function reportCrl(crl: Crl): CrlReport {
  return {
    issuer: crl.issuer.text,
    thisUpdate: crl.thisUpdate.toISOString(),
    nextUpdate: crl.nextUpdate.toISOString(),
    number: crl.number,
    baseNumber: crl.baseNumber,
    distributionPoint: [...pointTexts(crl)],
    signatureAlgorithm: signatureAlgorithmName(crl.signatureAlgorithm.algorithm),
    revoked: crl.entries.size,
    entries: [...crl.entries].slice(0, maxEntries).map(([serialNumber, { revocationDate, reason }]) => ({
      serialNumber,
      revocationDate: revocationDate.toISOString(),
      reason,
    })),
    fingerprint: crl.fingerprint,
  };
}

function* pointTexts({ distributionPoint: point }: Crl): Generator<string> {
  if (point === null) return;
  for (const name of point.name?.fullName ?? []) yield nameText(name);
  if (point.name?.relativeName != null) yield 'nameRelativeToCRLIssuer';
  if (point.onlyContainsUserCerts) yield 'only certificates of end-points';
  if (point.onlyContainsCACerts) yield 'only certificates of authorities';
  if (point.onlyContainsAttributeCerts) yield 'only attribute certificates';
  if (point.onlySomeReasons !== null) yield 'only some reasons';
  if (point.indirectCRL) yield 'indirect';
}

/** @param time when it has to be current. */
export function* crlFindings(crl: Crl, time: Date): Generator<Finding> {
  for (const objection of crlObjections(crl)) yield asFinding(objection);
  const late = freshnessObjection(crl, { time });
  // The judge says which times would do; people are to get another list, and not to set their clock.
  if (late !== null)
    yield error(
      late.code,
      late.field.replace('CertificateList.', ''),
      isAhead(crl.thisUpdate, time)
        ? `not yet current at ${time.toISOString()}: it serves from ${crl.thisUpdate.toISOString()}`
        : `no longer current at ${time.toISOString()}: it served until ${crl.nextUpdate.toISOString()}`,
      late.clause,
    );
  const algorithm = signatureObjection(crl, 'onem2m');
  if (algorithm !== null)
    yield error(
      'CERTIFICATE_STATUS_UNKNOWN',
      'signatureAlgorithm',
      `${algorithm}; accepted: ${acceptedSignatures('onem2m')}`,
      'RFC 5280 5.1.1.2, TS-0003 10.1.1.3',
    );
  if (!crl.extensionList.some(({ id }) => id === crlExtensions.authorityKeyIdentifier))
    yield warning(
      'authorityKeyIdentifier',
      'absent: of several keys of the issuer nothing says which one signed',
      'RFC 5280 5.2.1',
    );
  if (crl.distributionPoint !== null && !crl.distributionPoint.indirectCRL)
    yield note(
      'issuingDistributionPoint',
      'speaks of a part of the certificates of its issuer',
      'RFC 5280 5.2.5',
    );
}

/** What the judge of a path says of it, which names the whole. */
function asFinding({ code, field, problem, accepted, clause }: Objection): Finding {
  return error(code, field.replace('CertificateList.', ''), `${problem}; accepted: ${accepted}`, clause);
}
