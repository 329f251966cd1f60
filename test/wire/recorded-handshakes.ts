// The handshakes that OpenSSL and GnuTLS recorded (test/vectors/README.md), as bytes.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

export interface RecordedHandshake {
  readonly stack: 'OpenSSL' | 'GnuTLS';
  readonly suite: string;
  readonly clientRandom: Uint8Array;
  readonly serverRandom: Uint8Array;
  readonly masterSecret: Uint8Array;
  /** 48 bytes under the label of TS-0003 10.3.1, without a context. */
  readonly ekm: Uint8Array;
  /** Null where none was recorded. */
  readonly ekmWithEmptyContext: Uint8Array | null;
  /** Messages 1 to 4 of the E2EKey procedure. */
  readonly flights: readonly Uint8Array[];
}

type Vector = Record<'suite' | 'clientRandom' | 'serverRandom' | 'masterSecret' | 'ekm', string>;

const { vectors } = read('openssl-escertke-vectors.json') as {
  vectors: (Vector & {
    label: string;
    length: number;
    ekmWithEmptyContext: string;
    flightsBase64: { eckm: string }[];
  })[];
};
for (const { label, length } of vectors)
  assert.deepEqual([label, length], ['EXPORTER-oneM2M-ESCertKE', 48], 'what the tests export again');

/** With X.509 certificates both ways; 0xC023 with encrypt-then-mac. */
export const recordedHandshakes: readonly RecordedHandshake[] = vectors.map(vector => ({
  stack: 'OpenSSL',
  ...recorded(vector),
  ekmWithEmptyContext: Buffer.from(vector.ekmWithEmptyContext, 'hex'),
  flights: vector.flightsBase64.map(({ eckm }) => Buffer.from(eckm, 'base64')),
}));

const rawPublicKeyFlights = read('rpk-flights.json') as { b64: string }[];

/** With raw public keys both ways (RFC 7250); what stands behind message 4 in the recording closes the connection. */
export const rawPublicKeyHandshake: RecordedHandshake = {
  stack: 'GnuTLS',
  ...recorded(read('gnutls-rpk-vector.json') as Vector),
  ekmWithEmptyContext: null,
  flights: rawPublicKeyFlights.slice(0, 4).map(({ b64 }) => Buffer.from(b64, 'base64')),
};

function read(file: string): unknown {
  return JSON.parse(readFileSync(new URL(`../vectors/${file}`, import.meta.url), 'utf8'));
}

function recorded({ suite, clientRandom, serverRandom, masterSecret, ekm }: Vector) {
  return {
    suite,
    clientRandom: Buffer.from(clientRandom, 'hex'),
    serverRandom: Buffer.from(serverRandom, 'hex'),
    masterSecret: Buffer.from(masterSecret, 'hex'),
    ekm: Buffer.from(ekm, 'hex'),
  };
}
