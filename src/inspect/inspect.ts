// What a file is, what it shows, and what is amiss with it: start here. Looks at the bytes of one file alone: opens none
// (input.ts), compares none with another (together.ts), prints nothing (text.ts), fetches nothing, and believes nobody.
import { hash } from 'node:crypto';
import type { Serialisation } from '../onem2m/serialisation/serialisation.ts';
import type { DocumentSet } from './document-set.ts';
import { inspectDocuments } from './documents.ts';
import type { DocumentsReport, InspectionOptions } from './documents-report.ts';
import { type Finding, notRecognised } from './findings.ts';
import { type Holdings, nothingHeld } from './holdings.ts';
import { inspectJwks } from './jwks.ts';
import { type MessageReport, reportMessage } from './message-report.ts';
import { contentInstanceFindings, esdataFindings, esprimFindings } from './object-findings.ts';
import { type ObjectReport, reportObject } from './object-report.ts';
import { type OwnFile, ownOctets } from './own-file.ts';
import { envelopeIn, type ProtectedObject } from './protected-object.ts';
import { type RandomObjectReport, reportRandomObject } from './random-object.ts';
import { recogniseFile } from './recognise-file.ts';
import type { Parameters, RecognisedContent } from './recognise-primitive.ts';

/** Of larger files only the beginning is looked at. A CRL, the largest of all, has at most 4 MiB, in PEM 5.5 MiB. */
export const maxFileSize = 6 * 1024 * 1024;

/** One file's report; `kind` says which fields there are. */
export type FileReport = { readonly file: string; readonly findings: readonly Finding[] } & (
  | DocumentsReport
  | ({ readonly kind: 'message'; readonly encoding: DocumentSet['encoding'] } & MessageReport)
  | {
      readonly kind: 'primitive';
      readonly encoding: 'JSON' | 'XML' | 'CBOR';
      readonly parameters: Parameters;
      /** What it carries; null where it cannot be taken out. */
      readonly content: ContentReport | null;
    }
  | ProtectedReport
  | RandomReport
  | OwnFile
  /** `text`: for people. `unreadable`: no bytes of it could be looked at. */
  | { readonly kind: 'text' | 'unreadable' }
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

/** What stands in one file, as it is shown and as it is compared with others. */
export interface InspectedFile {
  readonly report: FileReport;
  readonly holdings: Holdings;
  /** SHA-256 of its content in hex; null for a file that was not read whole, or is empty. */
  readonly digest: string | null;
}

/** Reports on the content of one file, as `inspectFile`, by itself and without a password. */
export function inspect(file: string, bytes: Uint8Array, time: Date): FileReport {
  return inspectFile({ name: file, bytes, size: bytes.length }, { time, password: null }).report;
}

export interface FileContent {
  /** For the report only. */
  readonly name: string;
  /** All of a file of at most `maxFileSize`, and the beginning of a larger one. */
  readonly bytes: Uint8Array;
  /** Of the file, in bytes; null for more than is read, where nobody knows how much. */
  readonly size: number | null;
}

/** Reports on the content of one file. Whatever it is, there is a report. */
export function inspectFile({ name, bytes, size }: FileContent, options: InspectionOptions): InspectedFile {
  if (size !== null && size <= maxFileSize) {
    const digest = size === 0 ? null : hash('sha256', bytes);
    return { ...inspectBytes(name, bytes, options), digest };
  }
  const own = ownOctets(bytes);
  if (own !== null)
    return {
      ...withoutHoldings({ file: name, ...own, size: size ?? bytes.length, findings: [] }),
      digest: null,
    };
  const reason = `${size ?? `more than ${maxFileSize}`} bytes, where the largest file that is read has ${maxFileSize}; ${beginning(bytes)}`;
  return {
    ...withoutHoldings({ file: name, kind: 'not-recognised', findings: [notRecognised(reason)] }),
    digest: null,
  };
}

/** A file of which nothing could be read, for a report on its neighbours. */
export function unreadable(name: string, finding: Finding): InspectedFile {
  return { ...withoutHoldings({ file: name, kind: 'unreadable', findings: [finding] }), digest: null };
}

/** What a file begins with of which no more is read. */
function beginning(bytes: Uint8Array): string {
  const { kind, findings } = recogniseFile(bytes.subarray(0, looked));
  const [first] = findings;
  if (kind === 'not-recognised' && first !== undefined)
    return `it begins as: ${first.message.replace(/^not recognised: /, '')}`;
  return kind === 'text' ? 'it begins as text' : 'what it begins as is never that long';
}

const looked = 4096;

type ReadFile = Omit<InspectedFile, 'digest'>;

function inspectBytes(file: string, bytes: Uint8Array, options: InspectionOptions): ReadFile {
  const { time } = options;
  const recognised = recogniseFile(bytes);
  switch (recognised.kind) {
    case 'documents': {
      const { report, findings, holdings } = inspectDocuments(recognised, options);
      return { report: { file, ...report, findings: [...recognised.findings, ...findings] }, holdings };
    }
    case 'jwk': {
      const { report, findings, holdings } = inspectJwks(recognised.keys, recognised.isSet);
      return { report: { file, ...report, findings }, holdings };
    }
    case 'message': {
      const { report, findings } = reportMessage(recognised.bytes);
      return withoutHoldings({ file, kind: 'message', encoding: recognised.encoding, ...report, findings });
    }
    case 'primitive': {
      const { parameters, content, serialisation } = recognised;
      const inner = content && inspectContent(content, time);
      return withoutHoldings({
        file,
        kind: 'primitive',
        encoding: serialisationNames[serialisation],
        parameters,
        content: inner?.report ?? null,
        findings: [...recognised.findings, ...(inner?.findings ?? [])],
      });
    }
    case 'esprim-object':
    case 'esdata-envelope':
    case 'content-instance':
    case 'random-object': {
      const { report, findings } = inspectContent(recognised, time);
      return withoutHoldings({ file, ...report, findings });
    }
    default:
      return withoutHoldings({ file, ...recognised });
  }
}

const serialisationNames = { json: 'JSON', xml: 'XML', cbor: 'CBOR' } as const satisfies Record<
  Serialisation,
  string
>;

function withoutHoldings(report: FileReport): ReadFile {
  return { report, holdings: nothingHeld };
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
