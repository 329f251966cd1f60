// Somebody who is asked whether a chain is valid.
import type { Question } from '../cases.ts';

export interface Opinion {
  readonly accepts: boolean;
  /** Why not, in the judge's own words; empty where it accepts. */
  readonly reason: string;
}

export interface Judge {
  readonly name: 'OpenSSL' | 'node:crypto' | 'pkijs';
  readonly version: string;
  /** What it was asked, and what it has no notion of. */
  readonly about: string;
  readonly judge: (question: Question) => Promise<Opinion>;
  readonly end: () => Promise<void>;
}
