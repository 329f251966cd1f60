// What is said of the documents in ASN.1 of one file, as data. Reads nothing (documents.ts).
import type { FilePassword } from '../endpoint/password-encryption.ts';
import type { CertificateReport } from './certificate-report.ts';
import type { RequestReport } from './certificate-request.ts';
import type { CrlReport } from './crl-report.ts';
import type { DocumentSet } from './document-set.ts';
import type { Finding } from './findings.ts';
import type { Holdings } from './holdings.ts';
import type { CertIdReport, OcspResponseReport } from './ocsp-report.ts';
import type { Pkcs12Report } from './pkcs12-report.ts';
import type { PrivateKeyReport } from './private-key-report.ts';
import type { RawPublicKeyReport } from './public-key-report.ts';

type DocumentEncoding = DocumentSet['encoding'] | 'JSON';

/** `kind` says which fields there are; each list in the order of the file, with null for one that cannot be read. */
export type DocumentsReport =
  | ({
      readonly encoding: DocumentEncoding;
      /** Private keys in the same file. */
      readonly privateKeys: readonly (PrivateKeyReport | null)[];
    } & (
      | {
          /** `bundle`: authorities side by side, as trust anchors are given. */
          readonly kind: 'certificate' | 'chain' | 'bundle';
          /** Of all in the file; the first 16 are shown. */
          readonly count: number;
          readonly certificates: readonly (CertificateReport | null)[];
        }
      | { readonly kind: 'raw-public-key'; readonly publicKeys: readonly (RawPublicKeyReport | null)[] }
      | { readonly kind: 'certificate-request'; readonly requests: readonly (RequestReport | null)[] }
      | { readonly kind: 'crl'; readonly crls: readonly (CrlReport | null)[] }
      | { readonly kind: 'ocsp-response'; readonly response: OcspResponseReport | null }
      | { readonly kind: 'ocsp-request'; readonly certificates: readonly CertIdReport[] | null }
      | {
          readonly kind: 'pkcs12';
          readonly pkcs12: Pkcs12Report | null;
          /** What the password opened; null without one, or with a wrong one. */
          readonly opened: OpenedPkcs12 | null;
        }
      | { readonly kind: 'private-key' }
    ))
  | { readonly kind: 'not-recognised' };

export interface OpenedPkcs12 {
  readonly certificates: readonly (CertificateReport | null)[];
  readonly privateKeys: readonly (RawPublicKeyReport | null)[];
  /** Further bags, in words. */
  readonly others: readonly string[];
}

export interface InspectedDocuments {
  readonly report: DocumentsReport;
  readonly findings: readonly Finding[];
  readonly holdings: Holdings;
}

export interface InspectionOptions {
  /** When certificates have to be valid, and lists, responses and random objects to serve. */
  readonly time: Date;
  /** Opens PKCS#12 files and encrypted keys; null where none is given. */
  readonly password: FilePassword | null;
}

/** Of one sort, before its encoding and the private keys beside it are added. */
export type SortReport =
  | DistributiveOmit<Exclude<DocumentsReport, { kind: 'not-recognised' }>, 'encoding' | 'privateKeys'>
  | { readonly kind: 'not-recognised' };
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

export interface InspectedSort {
  readonly report: SortReport;
  readonly findings: readonly Finding[];
  readonly holdings: Holdings;
}
