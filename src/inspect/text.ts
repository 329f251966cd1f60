// A report for people: compact, one fact a line. Knows the reports and nothing behind them.
import { formatAnnotation } from '../wire/annotate.ts';
import type { CertificateReport, CertificateSummary } from './certificate-report.ts';
import type { Finding } from './findings.ts';
import type { ContentReport, FileReport } from './inspect.ts';
import type { MessageReport } from './message-report.ts';
import { protectedLines, protectedTitle } from './object-text.ts';
import type { PublicKeyReport, RawPublicKeyReport } from './public-key-report.ts';
import { indent, row } from './text-rows.ts';

/** The report as lines, without a line feed at the end. */
export function formatReport(report: FileReport): string {
  const lines = [
    `${report.file}: ${titleOf(report)}`,
    ...indent(linesOf(report)),
    ...indent(findingLines(report)),
  ];
  return lines.map(shorten).join('\n');
}

function titleOf(report: FileReport): string {
  switch (report.kind) {
    case 'certificate':
      return `certificate (${report.encoding})`;
    case 'chain':
      return `${report.certificates.length} certificates (${report.encoding})`;
    case 'raw-public-key': {
      const { length } = report.publicKeys;
      return `${length === 1 ? 'raw public key' : `${length} raw public keys`} (${report.encoding})`;
    }
    case 'message':
      return `${messageTitle(report)} (${report.encoding})`;
    case 'primitive': {
      const what = report.content?.kind === 'content-instance' ? 'm2m:cin' : 'm2m:seci';
      return `oneM2M ${primitiveTitle(report.parameters)} with ${what} (JSON)`;
    }
    case 'esprim-object':
    case 'esdata-envelope':
    case 'content-instance':
    case 'random-object':
      return contentTitle(report);
    case 'private-key':
      return 'private key';
    case 'not-recognised':
      return 'not recognised';
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
    case 'certificate':
    case 'chain':
      return listed('certificate', report.certificates, certificateLines);
    case 'raw-public-key':
      return listed('public key', report.publicKeys, publicKeyLines);
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
    default:
      return [];
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

/** One, or several with their places. */
function listed<T>(what: string, reports: readonly (T | null)[], linesOf: (report: T) => string[]): string[] {
  const [only] = reports;
  return reports.length === 1 && only !== undefined
    ? readable(only, linesOf)
    : numbered(what, reports, linesOf);
}

function numbered<T>(
  what: string,
  reports: readonly (T | null)[],
  linesOf: (report: T) => string[],
): string[] {
  return reports.flatMap((report, index) => [`${what} ${index}`, ...indent(readable(report, linesOf))]);
}

/** What cannot be read has a finding. */
function readable<T>(report: T | null, linesOf: (report: T) => string[]): string[] {
  return report === null ? ['not readable'] : linesOf(report);
}

function certificateLines(certificate: CertificateReport): string[] {
  return [
    row('subject', certificate.subject === '' ? 'empty' : certificate.subject),
    row('issuer', certificate.issuer),
    row('serial', certificate.serialNumber),
    row('valid', `${certificate.notBefore} to ${certificate.notAfter}`),
    ...identityRows(certificate),
    ...keyRows(certificate),
    row('signature', certificate.signatureAlgorithm),
    row('SHA-256', certificate.fingerprint),
    ...certificate.extensions.map(({ name, critical, value }, index) =>
      row(index === 0 ? 'extensions' : '', `${name}${critical ? ' (critical)' : ''}: ${value}`),
    ),
  ];
}

function publicKeyLines(publicKey: RawPublicKeyReport): string[] {
  return [...keyRows(publicKey), row('SHA-256', publicKey.fingerprint)];
}

function keyRows({ key, publicKeyIdentifier }: PublicKeyReport): string[] {
  return [row('key', key), row('', publicKeyIdentifier)];
}

/** One name may be an identity of two flavours, and two names the same identity. */
function identityRows({ identities }: CertificateSummary): string[] {
  const flavours = Map.groupBy(identities, ({ id }) => id);
  return [...flavours].map(([id, same]) =>
    row('identity', `${[...new Set(same.map(({ flavour }) => flavour))].join(', ')} ${id}`),
  );
}

function messageLines({ annotation, certificates, rawPublicKey }: MessageReport): string[] {
  const annotated = formatAnnotation({ ...annotation, problem: null });
  return [
    row('holds', annotation.messages.length === 0 ? 'nothing readable' : annotation.messages.join(', ')),
    ...numbered('certificate', certificates, summaryLines),
    ...(rawPublicKey === null ? [] : ['raw public key', ...indent(publicKeyLines(rawPublicKey))]),
    ...(annotated === '' ? [] : ['offset size', ...annotated.split('\n')]),
  ];
}

function summaryLines(certificate: CertificateSummary): string[] {
  return [
    row('subject', certificate.subject === '' ? 'empty' : certificate.subject),
    ...identityRows(certificate),
    row('valid', `${certificate.notBefore} to ${certificate.notAfter}`),
    row('SHA-256', certificate.fingerprint),
  ];
}

function findingLines({ findings }: FileReport): string[] {
  if (findings.length === 0) return ['no findings'];
  return findings.map(
    ({ severity, code, field, message, clause }: Finding) =>
      `${severity}: ${field}: ${message} (${clause})${code === undefined ? '' : ` [${code}]`}`,
  );
}

/** A certificate has room for 16 kB of a stranger's text in one name; --json shows it whole. */
const maxLineLength = 400;

function shorten(line: string): string {
  return line.length > maxLineLength ? `${line.slice(0, maxLineLength)}…` : line;
}
