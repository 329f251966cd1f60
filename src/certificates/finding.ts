// What is wrong with a certificate, as an object and as a sentence. Knows no rules; those who have them call here.
import { E2EKeyError, type FaultCode, type Finding, type PathStep } from '../errors.ts';
import type { Certificate } from './certificate.ts';

/** What a rule says of a certificate; whose certificate it is and where it stands is added by who looked at it. */
export interface Objection {
  readonly code: FaultCode;
  readonly field: string;
  readonly problem: string;
  readonly accepted: string;
  readonly clause: string;
}

/** An objection to the certificate at `position` of a path. */
export function findingAt(path: readonly Certificate[], position: number, objection: Objection): Finding {
  const { code, field, problem, accepted, clause } = objection;
  const certificate = path[position];
  const subject = certificate === undefined ? null : shorten(certificate.subject.text);
  return { code, position, subject, field, problem, accepted, clause, path: path.map(stepOf) };
}

/** An objection to bytes that are in no path, and of which no more is known. */
export function errorAbout(objection: Objection, cause?: unknown): E2EKeyError {
  return errorOf({ ...objection, position: null, subject: null, path: [] }, cause);
}

/** The same finding on a certificate that stands at `place` of a list, `certificate_list.2`, where no path is yet. */
export function findingIn(place: string, finding: Finding): Finding {
  return { ...finding, field: finding.field === '' ? place : `${place}.${finding.field}` };
}

/** The sentence for people: which certificate, which field, what would have been accepted, by which clause. */
export function sentence({ position, subject, field, problem, accepted, clause }: Finding): string {
  const what = `${field === '' ? '' : `${field}: `}${problem}; accepted: ${accepted} (${clause})`;
  if (position === null || subject === null) return what;
  const which =
    position === 0 ? "the end-point's certificate" : `certificate ${position} above the end-point's`;
  return `${which} (${subject || 'without subject'}), ${what}`;
}

/** The same as an error, to be thrown. */
export function errorOf(finding: Finding, cause?: unknown): E2EKeyError {
  return new E2EKeyError(finding.code, sentence(finding), {
    finding,
    ...(cause !== undefined && { cause }),
  });
}

/** A copy through and through: anchors are kept, and a Date can be changed by whoever gets hold of it. */
export function stepOf(certificate: Certificate): PathStep {
  const { subject, issuer, serialNumber, fingerprint } = certificate;
  return {
    subject: subject.text,
    issuer: issuer.text,
    serialNumber,
    fingerprint,
    notBefore: new Date(certificate.notBefore),
    notAfter: new Date(certificate.notAfter),
  };
}

/** A name is up to 16 kB of a stranger's text; a log line is not. */
export function shorten(text: string): string {
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
