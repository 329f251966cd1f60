// What a file is, what it shows, and what is amiss with it: start here. Looks at bytes alone: opens no file
// (input.ts), prints nothing (text.ts), fetches nothing, and believes nobody.
import { parseCertificate } from '../certificates/certificate.ts';
import { parseRawPublicKey } from '../certificates/raw-public-key.ts';
import { E2EKeyError } from '../errors.ts';
import { certificateFindings } from './certificate-findings.ts';
import { type CertificateReport, reportCertificate } from './certificate-report.ts';
import { chainFindings } from './chain-findings.ts';
import { type Finding, notRecognised, refused } from './findings.ts';
import { type MessageReport, reportMessage } from './message-report.ts';
import { contentInstanceFindings, esdataFindings, esprimFindings } from './object-findings.ts';
import { type ObjectReport, reportObject } from './object-report.ts';
import { envelopeIn, type ProtectedObject } from './protected-object.ts';
import { publicKeyFindings } from './public-key-findings.ts';
import { type RawPublicKeyReport, reportRawPublicKey } from './public-key-report.ts';
import { type RandomObjectReport, reportRandomObject } from './random-object.ts';
import { type Encoding, recognise } from './recognise.ts';
import type { Parameters, RecognisedContent } from './recognise-json.ts';

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
      /** What it carries; null where it cannot be taken out. */
      readonly content: ContentReport | null;
    }
  | ProtectedReport
  | RandomReport
  | { readonly kind: 'private-key' | 'not-recognised' }
);

/** What the content of a primitive is. */
export type ContentReport =
  | ({ readonly kind: 'message' } & MessageReport)
  | { readonly kind: 'random-object-request' }
  | ProtectedReport
  | RandomReport;

export type ProtectedReport =
  | { readonly kind: 'esprim-object' | 'esdata-envelope'; readonly object: ObjectReport }
  | {
      readonly kind: 'content-instance';
      /** contentInfo; null for what is no text. */
      readonly contentInfo: string | null;
      /** The Envelope in its content; null where there is none. */
      readonly object: ObjectReport | null;
    };

/** `randomObject` is null for one that cannot be read. */
export interface RandomReport {
  readonly kind: 'random-object';
  readonly randomObject: RandomObjectReport | null;
}

/**
 * Reports on the content of one file. Whatever it is, there is a report.
 *
 * @param file its name, for the report only.
 * @param bytes at most `maxFileSize` and one more; above, the file counts as too large.
 * @param time when certificates have to be valid, and random objects to serve.
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
      const { parameters, content } = recognised;
      const inner = content && inspectContent(content, time);
      return {
        file,
        kind: 'primitive',
        encoding: 'JSON',
        parameters,
        content: inner?.report ?? null,
        findings: [...recognised.findings, ...(inner?.findings ?? [])],
      };
    }
    case 'esprim-object':
    case 'esdata-envelope':
    case 'content-instance':
    case 'random-object': {
      const { report, findings } = inspectContent(recognised, time);
      return { file, ...report, findings };
    }
    default:
      return { file, ...recognised };
  }
}

type WithoutMessage = Exclude<RecognisedContent, { kind: 'message' | 'random-object-request' }>;
interface Inspected<Report> {
  readonly report: Report;
  readonly findings: readonly Finding[];
}

function inspectContent(content: WithoutMessage, time: Date): Inspected<ProtectedReport | RandomReport>;
function inspectContent(content: RecognisedContent, time: Date): Inspected<ContentReport>;
function inspectContent(content: RecognisedContent, time: Date): Inspected<ContentReport> {
  switch (content.kind) {
    case 'message': {
      const { report, findings } = reportMessage(content.bytes);
      return { report: { kind: 'message', ...report }, findings };
    }
    case 'random-object-request':
      return { report: { kind: content.kind }, findings: [] };
    case 'random-object': {
      const { report, findings } = reportRandomObject(content.value, time);
      return { report: { kind: content.kind, randomObject: report }, findings };
    }
    default:
      return inspectProtected(content, time);
  }
}

function inspectProtected(content: ProtectedObject, time: Date): Inspected<ProtectedReport> {
  switch (content.kind) {
    case 'esprim-object':
      return {
        report: { kind: content.kind, object: reportObject(content.text) },
        findings: esprimFindings(content.text, time),
      };
    case 'esdata-envelope':
      return {
        report: { kind: content.kind, object: reportObject(content.text) },
        findings: esdataFindings(content.text),
      };
    case 'content-instance': {
      const { cnf, con } = content.instance;
      return {
        report: {
          kind: content.kind,
          contentInfo: typeof cnf === 'string' ? cnf.slice(0, maxShownInfo) : null,
          object: typeof con === 'string' ? reportObject(envelopeIn(con, cnf)) : null,
        },
        findings: contentInstanceFindings(content.instance, time),
      };
    }
  }
}

/** Longer than any m2m:contentInfo. */
const maxShownInfo = 300;

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
