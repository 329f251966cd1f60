// Files to inspect: the lab PKI of certs/, the handshakes that OpenSSL made, and the time of all tests here.
import { readFileSync } from 'node:fs';
import { type FileReport, inspect } from '../../src/inspect/inspect.ts';

export const time = new Date('2026-12-01T00:00:00Z');

/** A file of the repository, by its path from there. */
export function fileOf(path: string): Uint8Array {
  return readFileSync(new URL(`../../${path}`, import.meta.url));
}

interface RecordedHandshakes {
  readonly vectors: readonly {
    readonly suite: string;
    readonly flightsBase64: readonly { readonly eckm: string }[];
  }[];
}

const recorded = JSON.parse(
  Buffer.from(fileOf('test/vectors/openssl-escertke-vectors.json')).toString('utf8'),
) as RecordedHandshakes;

/** The four E2EKey Messages of each handshake, by cipher suite. */
export const handshakes: ReadonlyMap<string, readonly Uint8Array[]> = new Map(
  recorded.vectors.map(({ suite, flightsBase64 }) => [
    suite,
    flightsBase64.map(({ eckm }) => Buffer.from(eckm, 'base64')),
  ]),
);

/** One E2EKey Message, 1 to 4, of the handshake with AES-GCM. */
export function message(ordinal: 1 | 2 | 3 | 4): Uint8Array {
  const flight = handshakes.get('TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256')?.[ordinal - 1];
  if (flight === undefined) throw new Error(`no message ${ordinal} is recorded`);
  return flight;
}

export function report(content: Uint8Array | string): FileReport {
  return inspect('FILE', typeof content === 'string' ? Buffer.from(content) : content, time);
}

/** Severity and field of each finding: what a test is about, without its sentence. */
export function findingsOf(content: Uint8Array | string): string[] {
  return report(content).findings.map(({ severity, field }) => `${severity} ${field}`);
}
