// What a file is, what it shows, and what is amiss with it: start here. Looks at bytes alone: opens no file
// (input.ts), prints nothing (text.ts), fetches nothing, and believes nobody.
import { parseCertificate } from '../certificates/certificate.ts';
import { parseRawPublicKey } from '../certificates/raw-public-key.ts';
import { E2EKeyError } from '../errors.ts';
import { certificateFindings } from './certificate-findings.ts';
import { type CertificateReport, reportCertificate } from './certificate-report.ts';
import { chainFindings } from './chain-findings.ts';
import { type Finding, refused } from './findings.ts';
import { type MessageReport, reportMessage } from './message-report.ts';
import { publicKeyFindings } from './public-key-findings.ts';
import { type RawPublicKeyReport, reportRawPublicKey } from './public-key-report.ts';
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
  | {
      readonly kind: 'raw-public-key';
      readonly encoding: Encoding;
      /** In the order of the file; null for one that cannot be read. */
      readonly publicKeys: readonly (RawPublicKeyReport | null)[];
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
    case 'public-keys': {
      const { read, findings } = readEach(recognised.ders, 'publicKeys', 'RFC 7250 §3', der => {
        const raw = parseRawPublicKey(der);
        return [raw, publicKeyFindings(raw)];
      });
      return {
        file,
        kind: 'raw-public-key',
        encoding: recognised.encoding,
        publicKeys: read.map(raw => raw && reportRawPublicKey(raw)),
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
  const { read, findings } = readEach(ders, 'certificates', 'RFC 5280 4.1', der => {
    const certificate = parseCertificate(der);
    return [certificate, certificateFindings(certificate, time)];
  });
  return {
    certificates: read.map(certificate => certificate && reportCertificate(certificate)),
    findings: [...findings, ...chainFindings(read)],
  };
}

/**
 * Reads each of those that stand in one file. Null is what cannot be read, and has a finding.
 *
 * @param field goes, with the place in the file, before the fields of the findings.
 * @param clause of findings about what cannot be read.
 */
function readEach<T>(
  ders: readonly (Uint8Array | null)[],
  field: string,
  clause: string,
  read: (der: Uint8Array) => [value: T, findings: Iterable<Finding>],
): { read: (T | null)[]; findings: Finding[] } {
  const findings: Finding[] = [];
  const values = ders.map((der, index): T | null => {
    if (der === null) return null;
    const place = `${field}.${index}`;
    try {
      const [value, found] = read(der);
      for (const finding of found) findings.push({ ...finding, field: `${place}.${finding.field}` });
      return value;
    } catch (thrown) {
      if (!(thrown instanceof E2EKeyError)) throw thrown;
      findings.push(refused(thrown, place, clause));
      return null;
    }
  });
  return { read: values, findings };
}
