// A report for people: compact, one fact a line. Knows the reports and nothing behind them.
import { formatAnnotation } from '../wire/annotate.ts';
import { documentLines, documentTitle, numbered, publicKeyLines, summaryLines } from './document-text.ts';
import { type Paint, plain, visible } from './emphasis.ts';
import type { Finding } from './findings.ts';
import type { ContentReport, FileReport } from './inspect.ts';
import { withoutRepeatedClauses } from './message-clauses.ts';
import type { MessageReport } from './message-report.ts';
import { protectedLines, protectedTitle } from './object-text.ts';
import type { OwnFile } from './own-file.ts';
import { indent, row } from './text-rows.ts';

/** The report as lines, without a line feed at the end. */
export function formatReport(report: FileReport, paint: Paint = plain): string {
  const shown = (line: string) => visible(shorten(line));
  return [
    paint('heading', shown(`${report.file}: ${titleOf(report)}`)),
    ...indent(linesOf(report)).map(shown),
    ...findingLines(report, finding => paint(finding.severity, shown(`  ${findingText(finding)}`))),
  ].join('\n');
}

/** What a file is, in a few words. */
export function titleOf(report: FileReport): string {
  switch (report.kind) {
    case 'message':
      return `${messageTitle(report)} (${report.encoding})`;
    case 'primitive': {
      const what = report.content?.kind === 'content-instance' ? 'm2m:cin' : 'm2m:seci';
      return `oneM2M ${primitiveTitle(report.parameters)} with ${what} (${report.encoding})`;
    }
    case 'esprim-object':
    case 'esdata-envelope':
    case 'content-instance':
    case 'random-object':
      return contentTitle(report);
    case 'own-file':
      return ownTitle(report);
    case 'text':
      return 'text';
    case 'unreadable':
      return 'not readable';
    default:
      return documentTitle(report);
  }
}

function ownTitle({ what, size }: OwnFile): string {
  switch (what) {
    case 'register':
      return 'register of revoked certificates (pki revoke)';
    case 'configuration':
      return 'configuration of e2ekey serve';
    case 'key-store':
      return 'key store of e2ekey (SQLite)';
    case 'secret':
      return `${size} bytes, perhaps a sealing key or a pre-shared key`;
  }
}

function messageTitle({ message, size }: MessageReport): string {
  const which =
    message === null
      ? 'TLS records'
      : message === 'alert'
        ? 'alert of an E2EKey procedure'
        : `E2EKey Message ${message}`;
  return `${which}, ${size} bytes`;
}

function contentTitle(report: ContentReport): string {
  switch (report.kind) {
    case 'message':
      return messageTitle(report);
    case 'random-object-request':
      return 'request for a receiverESPrimRandObject (sit 3)';
    default:
      return protectedTitle(report);
  }
}

function primitiveTitle(parameters: object): string {
  if ('op' in parameters) return 'request primitive';
  return 'rsc' in parameters ? 'response primitive' : 'content';
}

function linesOf(report: FileReport): string[] {
  switch (report.kind) {
    case 'message':
      return messageLines(report);
    case 'primitive': {
      const parameters = Object.entries(report.parameters).map(([name, value]) =>
        row(name, JSON.stringify(value)),
      );
      return report.content === null
        ? parameters
        : [...parameters, contentTitle(report.content), ...indent(contentLines(report.content))];
    }
    case 'esprim-object':
    case 'esdata-envelope':
    case 'content-instance':
    case 'random-object':
      return contentLines(report);
    case 'own-file':
    case 'text':
    case 'unreadable':
      return [];
    default:
      return documentLines(report);
  }
}

function contentLines(report: ContentReport): string[] {
  switch (report.kind) {
    case 'message':
      return messageLines(report);
    case 'random-object-request':
      return [];
    default:
      return protectedLines(report);
  }
}

function messageLines({ annotation, certificates, rawPublicKey }: MessageReport): string[] {
  const annotated = formatAnnotation({ ...withoutRepeatedClauses(annotation), problem: null });
  return [
    row('holds', annotation.messages.length === 0 ? 'nothing readable' : annotation.messages.join(', ')),
    ...numbered('certificate', certificates, summaryLines),
    ...(rawPublicKey === null ? [] : ['raw public key', ...indent(publicKeyLines(rawPublicKey))]),
    ...(annotated === '' ? [] : ['offset size', ...annotated.split('\n')]),
  ];
}

function findingLines({ findings }: FileReport, line: (finding: Finding) => string): string[] {
  return findings.length === 0 ? ['  no findings'] : findings.map(line);
}

/** One finding on one line. */
export function findingText({ severity, code, field, message, clause }: Finding): string {
  return `${severity}: ${fieldText(field)}: ${message}${clauseText(clause)}${code === undefined ? '' : ` [${code}]`}`;
}

/** What no document demands needs no word on that. */
export function clauseText(clause: string): string {
  return clause === 'our own' ? '' : ` (${clause})`;
}

/** Where in a report, as data; people count what stands in a file from 1. */
export function fieldText(field: string): string {
  return field.replace(
    /^(certificate|privateKey|publicKey|request|crl)s\.(\d+)(?:\.(?=.))?(.*)$/s,
    (_, sort: string, index: string, rest: string) =>
      `${listedNames[sort] ?? sort} ${Number(index) + 1}${rest === '' ? '' : `, ${rest}`}`,
  );
}

const listedNames: Readonly<Record<string, string>> = {
  privateKey: 'private key',
  publicKey: 'public key',
  crl: 'list',
};

/** A certificate has room for 16 kB of a stranger's text in one name; --json shows it whole. */
const maxLineLength = 400;

export function shorten(line: string): string {
  return line.length > maxLineLength ? `${line.slice(0, maxLineLength)}…` : line;
}
