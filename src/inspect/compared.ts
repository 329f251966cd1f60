// What comparing several files gives: relations between them, and findings about single ones. Compares nothing itself.
import type { Finding } from './findings.ts';
import type { Holdings } from './holdings.ts';

/** What some of the files have to do with each other. */
export interface Relation {
  /**
   * `key`: a private key and what it belongs to. `path`: an end-point's certificate up to its trust anchor. `missing`: an
   * issuer that is in none of the files. `crl`, `ocsp`, `request`: of whom it speaks. `same`: the same content.
   */
  readonly relation: 'key' | 'path' | 'missing' | 'crl' | 'ocsp' | 'request' | 'same';
  /** Those that it is about, the one first that it is said of. */
  readonly files: readonly string[];
  readonly text: string;
}

/** One file among several. */
export interface PlacedFile {
  readonly name: string;
  readonly holdings: Holdings;
}

/** What comparing found; `at` is the place of the file that a finding is about. */
export interface Compared {
  readonly relations: readonly Relation[];
  readonly findings: readonly { readonly at: number; readonly finding: Finding }[];
}

/** Names in a sentence, four of them at most. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, 4);
  const more = names.length - shown.length;
  if (more > 0) return `${shown.join(', ')} and ${more} more`;
  const last = shown.pop() ?? '';
  return shown.length === 0 ? last : `${shown.join(', ')} and ${last}`;
}
