// Reads the documents of one sort that stand in one file, each with its findings, and none of them in the way of the
// others.
import { type Certificate, parseCertificate } from '../certificates/certificate.ts';
import { parseRawPublicKey, type RawPublicKey } from '../certificates/raw-public-key.ts';
import { E2EKeyError } from '../errors.ts';
import { certificateFindings } from './certificate-findings.ts';
import { documentForms, type Sort } from './der-documents.ts';
import { lengthProblem } from './der-headers.ts';
import { error, type Finding, refused } from './findings.ts';
import { publicKeyFindings } from './public-key-findings.ts';

export interface ReadDocuments<T> {
  /** In the order of the file; null is what cannot be read, and has a finding. */
  readonly values: readonly (T | null)[];
  readonly findings: readonly Finding[];
}

/** Null is what is broken already, and has its finding. */
type Ders = readonly (Uint8Array | null)[];

export function readCertificates(ders: Ders, time: Date): ReadDocuments<Certificate> {
  return readEach(ders, 'certificate', der => {
    const certificate = parseCertificate(der);
    return [certificate, certificateFindings(certificate, time)];
  });
}

export function readPublicKeys(ders: Ders): ReadDocuments<RawPublicKey> {
  return readEach(ders, 'public-key', der => {
    const raw = parseRawPublicKey(der);
    return [raw, publicKeyFindings(raw)];
  });
}

/** Those that could be read. */
export function present<T>(values: readonly (T | null)[]): T[] {
  return values.filter(value => value !== null);
}

export function readEach<T>(
  ders: Ders,
  sort: Sort,
  read: (der: Uint8Array) => [value: T, findings: Iterable<Finding>],
): ReadDocuments<T> {
  const { field, clause, words } = documentForms[sort];
  const findings: Finding[] = [];
  const values = ders.map((der, index): T | null => {
    if (der === null) return null;
    const place = field.endsWith('s') ? `${field}.${index}` : field;
    try {
      const [value, found] = read(der);
      for (const finding of found) findings.push({ ...finding, field: `${place}.${finding.field}` });
      return value;
    } catch (thrown) {
      if (!(thrown instanceof E2EKeyError)) throw thrown;
      const length = lengthProblem(der, words);
      findings.push(
        length === null ? refused(thrown, place, clause) : error(thrown.code, place, length, 'X.690 8.1.3'),
      );
      return null;
    }
  });
  return { values, findings };
}
