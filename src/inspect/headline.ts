// What one would say of a file in half a line, behind what it is: whose it is, and until when it serves.
import type { CertificateReport } from './certificate-report.ts';
import type { FileReport } from './inspect.ts';

/** Nothing, or one text. */
export function headline(report: FileReport): readonly string[] {
  switch (report.kind) {
    case 'certificate':
    case 'chain':
    case 'bundle':
      return texts(report.certificates.map(certificateHeadline));
    case 'raw-public-key':
      return texts(report.publicKeys.map(publicKey => publicKey?.key ?? null));
    case 'private-key':
      return texts(
        report.privateKeys.map(
          privateKey =>
            privateKey &&
            (privateKey.publicKey === null
              ? `${privateKey.form}`
              : `${privateKey.form}, ${privateKey.publicKey.key}`),
        ),
      );
    case 'certificate-request':
      return texts(
        report.requests.map(
          request => request && [request.subject, ...request.subjectAltName].filter(Boolean).join(', '),
        ),
      );
    case 'crl':
      return texts(
        report.crls.map(crl => crl && `${crl.issuer}, ${crl.revoked} revoked, until ${day(crl.nextUpdate)}`),
      );
    case 'ocsp-response': {
      const singles = report.response?.responses ?? [];
      return texts(singles.map(({ serialNumber, status }) => `${serialNumber} ${status}`));
    }
    case 'ocsp-request':
      return texts((report.certificates ?? []).map(({ serialNumber }) => serialNumber));
    case 'pkcs12': {
      const { opened, pkcs12 } = report;
      if (opened !== null) {
        const keys = opened.privateKeys.length;
        return texts([
          ...opened.certificates.map(certificateHeadline),
          `${keys} private key${keys === 1 ? '' : 's'}`,
        ]);
      }
      return texts([pkcs12 && (pkcs12.mac === null ? 'without MAC' : pkcs12.mac.name)]);
    }
    default:
      return [];
  }
}

function certificateHeadline(certificate: CertificateReport | null): string | null {
  if (certificate === null) return null;
  const [identity] = certificate.identities;
  return `${certificate.subject || identity?.id || 'without name'} until ${day(certificate.notAfter)}`;
}

function day(time: string): string {
  return time.slice(0, 10);
}

/** The first three; null is what cannot be read. */
function texts(parts: readonly (string | null)[]): readonly string[] {
  if (parts.length === 0) return [];
  const shown = parts.slice(0, 3).map(part => part ?? 'not readable');
  return [`${shown.join('; ')}${parts.length > 3 ? '; …' : ''}`];
}
