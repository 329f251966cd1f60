// A PKCS#12 file with what its password opens.
import type { KeyObject } from 'node:crypto';
import type { RawPublicKey } from '../certificates/raw-public-key.ts';
import type { FilePassword } from '../endpoint/password-encryption.ts';
import { openPkcs12 } from '../endpoint/pkcs12.ts';
import { E2EKeyError } from '../errors.ts';
import { reportCertificate } from './certificate-report.ts';
import type { InspectedSort } from './documents-report.ts';
import { error, type Finding, note, refused } from './findings.ts';
import { nothingHeld } from './holdings.ts';
import { reportPkcs12 } from './pkcs12-report.ts';
import { publicHalf } from './private-key-report.ts';
import { publicKeyFindings } from './public-key-findings.ts';
import { reportRawPublicKey } from './public-key-report.ts';
import { present, readCertificates } from './read-documents.ts';

/** Opens nothing without a password: a file may ask for as much work as it likes. */
export function inspectPkcs12(
  der: Uint8Array | null,
  time: Date,
  password: FilePassword | null,
): InspectedSort {
  if (der === null)
    return { report: { kind: 'pkcs12', pkcs12: null, opened: null }, findings: [], holdings: nothingHeld };
  const { report: pkcs12, findings } = reportPkcs12(der);
  if (pkcs12 === null || password === null) {
    const closed = note(
      'pkcs12',
      'not opened; --password-file shows which certificates and keys are in it',
      'RFC 7292 4',
    );
    return {
      report: { kind: 'pkcs12', pkcs12, opened: null },
      findings: pkcs12 === null ? findings : [...findings, closed],
      holdings: nothingHeld,
    };
  }
  try {
    const content = openPkcs12(der, password);
    const certificates = readCertificates(content.certificates, time);
    const privateKeys = content.keys.map(key => publicHalfOf(key));
    return {
      report: {
        kind: 'pkcs12',
        pkcs12,
        opened: {
          certificates: certificates.values.map(certificate => certificate && reportCertificate(certificate)),
          privateKeys: privateKeys.map(raw => raw && reportRawPublicKey(raw)),
          others: content.others,
        },
      },
      findings: [...findings, ...certificates.findings, ...pkcs12KeyFindings(privateKeys)],
      holdings: {
        ...nothingHeld,
        certificates: present(certificates.values),
        privateKeys: present(privateKeys),
      },
    };
  } catch (thrown) {
    if (!(thrown instanceof E2EKeyError)) throw thrown;
    return {
      report: { kind: 'pkcs12', pkcs12, opened: null },
      // What keeps every password from opening it is said already.
      findings: findings.some(({ severity }) => severity === 'error')
        ? findings
        : [...findings, refused(thrown, 'pkcs12', 'RFC 7292 4')],
      holdings: nothingHeld,
    };
  }
}

function publicHalfOf(key: KeyObject): RawPublicKey | null {
  try {
    return publicHalf(key);
  } catch {
    return null;
  }
}

function* pkcs12KeyFindings(keys: readonly (RawPublicKey | null)[]): Generator<Finding> {
  for (const [index, key] of keys.entries()) {
    const field = `privateKeys.${index}`;
    if (key === null) yield error('OPTION_INVALID', field, 'a key of an unknown kind', 'RFC 5958 §2');
    else for (const finding of publicKeyFindings(key)) yield { ...finding, field };
  }
}
