// Files to inspect: the lab PKI of certs/, the handshakes that OpenSSL made, and the time of all tests here.

import { createPublicKey, type KeyObject, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type FileReport, inspect } from '../../src/inspect/inspect.ts';
import {
  algorithms,
  bitString,
  der,
  extension,
  generalName,
  integer,
  keyFor,
  name,
  objectIdentifier,
  sequence,
} from '../../src/testing/certificate-maker.ts';

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

/** A certificate signing request (RFC 2986), with what is asked for in subjectAltName; null leaves the extensions out. */
export function signingRequest({
  subject = 'end-point',
  names,
  key = keyFor(subject),
  signingKey = key,
  attributes = [],
}: {
  readonly subject?: string;
  readonly names: readonly string[] | null;
  readonly key?: KeyObject;
  readonly signingKey?: KeyObject;
  readonly attributes?: readonly Uint8Array[];
}): Uint8Array {
  const asked = names && extension('2.5.29.17', sequence(...names.map(generalName)));
  const extensionRequest = asked && attribute('1.2.840.113549.1.9.14', sequence(asked));
  const info = sequence(
    integer(0),
    name(subject),
    createPublicKey(key).export({ format: 'der', type: 'spki' }),
    der(0xa0, ...(extensionRequest === null ? [] : [extensionRequest]), ...attributes),
  );
  return sequence(info, algorithms.ecdsaWithSha256, bitString(sign('sha256', info, signingKey)));
}

export function attribute(type: string, ...values: readonly Uint8Array[]): Uint8Array {
  return sequence(objectIdentifier(type), der(0x31, ...values));
}

/** Recorded files of every sort, right and wrong, made by make-folder.ts. */
export const folder = new URL('./folder/', import.meta.url);
