// Documents in ASN.1 for people: one fact a line. Knows the reports and nothing behind them.
import type { CertificateReport, CertificateSummary } from './certificate-report.ts';
import type { RequestReport } from './certificate-request.ts';
import type { CrlReport } from './crl-report.ts';
import type { DocumentsReport, OpenedPkcs12 } from './documents-report.ts';
import type { CertIdReport, OcspResponseReport, SingleResponseReport } from './ocsp-report.ts';
import type { PasswordAlgorithm } from './password-algorithm.ts';
import type { Pkcs12Report } from './pkcs12-report.ts';
import type { PrivateKeyReport } from './private-key-report.ts';
import type { PublicKeyReport, RawPublicKeyReport } from './public-key-report.ts';
import { indent, row } from './text-rows.ts';

export function documentTitle(report: DocumentsReport): string {
  if (report.kind === 'not-recognised') return 'not recognised';
  const beside = report.kind === 'private-key' || report.privateKeys.length === 0 ? '' : ' with private key';
  return `${contentTitle(report)}${beside} (${report.encoding})`;
}

type Documents = Exclude<DocumentsReport, { kind: 'not-recognised' }>;

function contentTitle(report: Documents): string {
  switch (report.kind) {
    case 'certificate':
      return 'certificate';
    case 'chain':
      return `${report.count} certificates`;
    case 'bundle':
      return `bundle of ${report.count} authorities`;
    case 'raw-public-key':
      return counted(report.publicKeys, 'raw public key');
    case 'certificate-request':
      return counted(report.requests, 'certificate signing request');
    case 'crl':
      return counted(report.crls, 'revocation list');
    case 'ocsp-response':
      return 'OCSP response';
    case 'ocsp-request':
      return 'OCSP request';
    case 'pkcs12':
      return 'PKCS#12 file';
    case 'private-key':
      return counted(report.privateKeys, 'private key');
  }
}

function counted({ length }: readonly unknown[], what: string): string {
  return length === 1 ? what : `${length} ${what}s`;
}

export function documentLines(report: DocumentsReport): string[] {
  if (report.kind === 'not-recognised') return [];
  if (report.kind === 'private-key') return listed('private key', report.privateKeys, privateKeyLines);
  return [...contentLines(report), ...numbered('private key', report.privateKeys, privateKeyLines)];
}

function contentLines(report: Exclude<Documents, { kind: 'private-key' }>): string[] {
  switch (report.kind) {
    case 'certificate':
    case 'chain':
    case 'bundle':
      return listed('certificate', report.certificates, certificateLines);
    case 'raw-public-key':
      return listed('public key', report.publicKeys, publicKeyLines);
    case 'certificate-request':
      return listed('request', report.requests, requestLines);
    case 'crl':
      return listed('list', report.crls, crlLines);
    case 'ocsp-response':
      return readable(report.response, responseLines);
    case 'ocsp-request':
      return readable(report.certificates, certIds => certIds.flatMap(certIdLines));
    case 'pkcs12':
      return [
        ...readable(report.pkcs12, pkcs12Lines),
        ...(report.opened === null ? [] : openedLines(report.opened)),
      ];
  }
}

/** One, or several with their places, counted from 1 as in all sentences. */
function listed<T>(what: string, reports: readonly (T | null)[], linesOf: (report: T) => string[]): string[] {
  const [only] = reports;
  return reports.length === 1 && only !== undefined
    ? readable(only, linesOf)
    : numbered(what, reports, linesOf);
}

export function numbered<T>(
  what: string,
  reports: readonly (T | null)[],
  linesOf: (report: T) => string[],
): string[] {
  return reports.flatMap((report, index) => [`${what} ${index + 1}`, ...indent(readable(report, linesOf))]);
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

export function publicKeyLines(publicKey: RawPublicKeyReport): string[] {
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

/** What tells a certificate from others. */
export function summaryLines(certificate: CertificateSummary): string[] {
  return [
    row('subject', certificate.subject === '' ? 'empty' : certificate.subject),
    ...identityRows(certificate),
    row('valid', `${certificate.notBefore} to ${certificate.notAfter}`),
    row('SHA-256', certificate.fingerprint),
  ];
}

function privateKeyLines({ form, encryption, publicKey }: PrivateKeyReport): string[] {
  return [
    row('form', form),
    ...(encryption === null ? [] : [row('encrypted', algorithmText(encryption))]),
    ...(publicKey === null ? [] : publicKeyLines(publicKey)),
  ];
}

function algorithmText({ name, iterations }: Pick<PasswordAlgorithm, 'name' | 'iterations'>): string {
  return iterations === null ? name : `${name}, ${iterations} iteration${iterations === 1 ? '' : 's'}`;
}

function requestLines(request: RequestReport): string[] {
  return [
    row('subject', request.subject === '' ? 'empty' : request.subject),
    ...(request.subjectAltName.length === 0 ? [] : [row('asks for', request.subjectAltName.join(', '))]),
    ...keyRows(request),
    row('signature', request.signatureAlgorithm),
  ];
}

function crlLines(crl: CrlReport): string[] {
  const more = crl.revoked - crl.entries.length;
  return [
    row('issuer', crl.issuer),
    row('current', `${crl.thisUpdate} to ${crl.nextUpdate}`),
    row('number', crl.number ?? 'none'),
    ...(crl.baseNumber === null ? [] : [row('delta to', crl.baseNumber)]),
    ...(crl.distributionPoint.length === 0 ? [] : [row('part', crl.distributionPoint.join(', '))]),
    row('signature', crl.signatureAlgorithm),
    row('SHA-256', crl.fingerprint),
    row('revoked', String(crl.revoked)),
    ...indent(
      crl.entries.map(
        ({ serialNumber, revocationDate, reason }) =>
          `${serialNumber} on ${revocationDate}${reason === null ? '' : `, ${reason}`}`,
      ),
    ),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}

function responseLines(response: OcspResponseReport): string[] {
  const { responder, producedAt, signatureAlgorithm } = response;
  return [
    row('status', response.status),
    ...(responder === null ? [] : [row('responder', responder)]),
    ...(producedAt === null ? [] : [row('produced', producedAt)]),
    ...(signatureAlgorithm === null ? [] : [row('signature', signatureAlgorithm)]),
    ...response.certificates.map(subject =>
      row('holds', `certificate of ${subject ?? 'nobody: not readable'}`),
    ),
    ...response.responses.flatMap(singleLines),
  ];
}

function singleLines(single: SingleResponseReport): string[] {
  const { status, revocationTime, reason } = single;
  return [
    ...certIdLines(single),
    row(
      '  status',
      `${status}${revocationTime === null ? '' : ` on ${revocationTime}`}${reason === null ? '' : `, ${reason}`}`,
    ),
    row('  current', `${single.thisUpdate} to ${single.nextUpdate ?? 'no time that is said'}`),
  ];
}

function certIdLines({ serialNumber, hashAlgorithm, issuerKeyHash }: CertIdReport): string[] {
  return [
    row('certificate', `${serialNumber}, of the issuer whose key has ${hashAlgorithm} ${issuerKeyHash}`),
  ];
}

function pkcs12Lines({ size, mac, parts }: Pkcs12Report): string[] {
  return [
    row('size', `${size} bytes`),
    row('MAC', mac === null ? 'none' : algorithmText(mac)),
    ...parts.flatMap(({ encryption, size: partSize, bags }, index) => [
      row(
        index === 0 ? 'parts' : '',
        `${encryption === null ? 'not encrypted' : algorithmText(encryption)}, ${partSize} bytes`,
      ),
      ...(bags ?? []).map(bag =>
        row('', `  ${bag.sort}${bag.encryption === null ? '' : `: ${algorithmText(bag.encryption)}`}`),
      ),
    ]),
  ];
}

function openedLines({ certificates, privateKeys, others }: OpenedPkcs12): string[] {
  return [
    ...numbered('certificate', certificates, certificateLines),
    ...numbered('private key', privateKeys, publicKeyLines),
    ...others.map(other => row('holds', other)),
  ];
}
