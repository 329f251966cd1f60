// What a file is, what it shows, and what is amiss with it: start here. Looks at bytes alone: opens no file
// (input.ts), prints nothing (text.ts), fetches nothing, and believes nobody.
import { type Certificate, parseCertificate } from '../certificates/certificate.ts';
import { E2EKeyError } from '../errors.ts';
import { certificateFindings } from './certificate-findings.ts';
import { type CertificateReport, reportCertificate } from './certificate-report.ts';
import { chainFindings } from './chain-findings.ts';
import { type Finding, refused } from './findings.ts';
import { type MessageReport, reportMessage } from './message-report.ts';
import { type Encoding, notRecognised, type Parameters, recognise } from './recognise.ts';

/** Larger files are not read to their end: nothing that is recognised comes near. */
export const maxFileSize = 1024 * 1024;

/** One file's report; `kind` says which fields there are. */
export type FileReport = { readonly file: string; readonly findings: readonly Finding[] } & (
  | {
      readonly kind: 'certificate' | 'chain';
      readonly encoding: Encoding;
      /** In the order of the file; null for one that cannot be read. */
      readonly certificates: readonly (CertificateReport | null)[];
    }
  | ({ readonly kind: 'message'; readonly encoding: Encoding } & MessageReport)
  | {
      readonly kind: 'primitive';
      readonly encoding: 'JSON';
      readonly parameters: Parameters;
      /** The E2EKey Message in it; null where it cannot be taken out. */
      readonly content: MessageReport | null;
    }
  | { readonly kind: 'private-key' | 'not-recognised' }
);

/**
 * Reports on the content of one file. Whatever it is, there is a report.
 *
 * @param file its name, for the report only.
 * @param bytes at most `maxFileSize` and one more; above, the file counts as too large.
 * @param time when certificates have to be valid.
 */
export function inspect(file: string, bytes: Uint8Array, time: Date): FileReport {
  if (bytes.length > maxFileSize) {
    const finding = notRecognised(`more than ${maxFileSize} bytes, not read to its end`);
    return { file, kind: 'not-recognised', findings: [finding] };
  }
  const recognised = recognise(bytes);
  switch (recognised.kind) {
    case 'certificates': {
      const { certificates, findings } = inspectCertificates(recognised.ders, time);
      return {
        file,
        kind: certificates.length === 1 ? 'certificate' : 'chain',
        encoding: recognised.encoding,
        certificates,
        findings: [...recognised.findings, ...findings],
      };
    }
    case 'message': {
      const { report, findings } = reportMessage(recognised.bytes);
      return { file, kind: 'message', encoding: recognised.encoding, ...report, findings };
    }
    case 'primitive': {
      const { bytes: message, parameters } = recognised;
      const inner = message && reportMessage(message);
      return {
        file,
        kind: 'primitive',
        encoding: 'JSON',
        parameters,
        content: inner?.report ?? null,
        findings: [...recognised.findings, ...(inner?.findings ?? [])],
      };
    }
    default:
      return { file, ...recognised };
  }
}

function inspectCertificates(
  ders: readonly (Uint8Array | null)[],
  time: Date,
): { certificates: (CertificateReport | null)[]; findings: Finding[] } {
  const findings: Finding[] = [];
  const certificates = ders.map((der, index): Certificate | null => {
    if (der === null) return null;
    try {
      const certificate = parseCertificate(der);
      for (const finding of certificateFindings(certificate, time))
        findings.push({ ...finding, field: `certificates.${index}.${finding.field}` });
      return certificate;
    } catch (thrown) {
      if (!(thrown instanceof E2EKeyError)) throw thrown;
      findings.push(refused(thrown, `certificates.${index}`, 'RFC 5280 4.1'));
      return null;
    }
  });
  return {
    certificates: certificates.map(certificate => certificate && reportCertificate(certificate)),
    findings: [...findings, ...chainFindings(certificates)],
  };
}
