// The recorded objects and exchanges in test/vectors/jose, as scripts/record-jose-vectors.ts writes them.
import { readFileSync } from 'node:fs';
import type { EsDataKeys } from './esdata-keys.ts';
import type { Step } from './esprim-ours.ts';

export const recordings = new URL('../../vectors/jose/', import.meta.url);

/** Versions of the Python packages that took part. */
export type Versions = Readonly<Record<string, string>>;

/** Objects by the names of their cases. */
export interface EsDataRecording extends EsDataKeys {
  readonly versions: Versions;
  /** Made by jwcrypto, and opened by us when they were recorded. */
  readonly theirs: Readonly<Record<string, string>>;
  /** Made by us, and opened by jwcrypto when they were recorded. */
  readonly ours: Readonly<Record<string, string>>;
}

/** Objects by the names of their cases, as in `EsDataRecording`. */
export type ContentRecording = Pick<EsDataRecording, 'versions' | 'theirs' | 'ours'>;

/** The outer requests and responses, and what the end-point in Python derived. */
export interface Exchanged {
  readonly steps: readonly Step[];
  /** sessionESPrimKeys in hex, by the identifier of the originator's random object. */
  readonly sessionKeys: Readonly<Record<string, string>>;
}

/** Exchanges by the names of their cases. */
export interface EsPrimRecording {
  readonly versions: Versions;
  /** jwcrypto's originator and our receiver. */
  readonly theirs: Readonly<Record<string, Exchanged>>;
  /** Our originator and jwcrypto's receiver. */
  readonly ours: Readonly<Record<string, Exchanged>>;
}

export const recordedEsData = read<EsDataRecording>('esdata.json');
export const recordedContents = read<ContentRecording>('contents.json');
export const recordedEsPrim = read<EsPrimRecording>('esprim.json');

function read<Recording>(file: string): Recording {
  return JSON.parse(readFileSync(new URL(file, recordings), 'utf8'));
}
