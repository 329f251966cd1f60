// Documents in ASN.1 as they stand in one file, not yet read.
import type { Sort } from './der-documents.ts';

/**
 * Documents of one file that are shown. It holds a chain, a bundle of trust anchors or some pinned keys; a chain of more
 * than 16 is refused by every end-point.
 */
export const maxShown = 16;

/** Certificates of one file that are looked at, as many as the bundles of browsers have; each takes half a millisecond. */
export const maxCertificates = 256;

export interface DocumentSet {
  readonly kind: 'documents';
  readonly encoding: 'binary' | 'base64' | 'hex' | 'PEM';
  /** Null where there are only private keys, or nothing that is known. */
  readonly sort: Sort | null;
  /** Of that sort, in the order of the file, at most 16, or 256 certificates; null for one whose PEM block is broken. */
  readonly ders: readonly (Uint8Array | null)[];
  readonly privateKeys: readonly KeyText[];
}

/** A private key as it stands in the file. */
export interface KeyText {
  /** Null where it is broken, or encrypted as a whole. */
  readonly der: Uint8Array | null;
  /** Where it is encrypted as a whole (RFC 1421 4.6): the algorithm of its DEK-Info, and the block with its lines. */
  readonly encrypted: { readonly algorithm: string; readonly pem: string } | null;
}
