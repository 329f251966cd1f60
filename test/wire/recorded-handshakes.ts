// The handshakes that OpenSSL recorded (test/vectors/README.md), as bytes.
import { readFileSync } from 'node:fs';

export interface RecordedHandshake {
  readonly suite: string;
  readonly clientRandom: Uint8Array;
  readonly serverRandom: Uint8Array;
  readonly masterSecret: Uint8Array;
  readonly label: string;
  readonly length: number;
  readonly ekm: Uint8Array;
  readonly ekmWithEmptyContext: Uint8Array;
  /** Messages 1 to 4 of the E2EKey procedure. */
  readonly flights: readonly Uint8Array[];
}

const file = new URL('../vectors/openssl-escertke-vectors.json', import.meta.url);
const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as {
  vectors: (Record<'suite' | 'label' | HexField, string> & {
    length: number;
    flightsBase64: { eckm: string }[];
  })[];
};
type HexField = 'clientRandom' | 'serverRandom' | 'masterSecret' | 'ekm' | 'ekmWithEmptyContext';

export const recordedHandshakes: readonly RecordedHandshake[] = vectors.map(vector => ({
  suite: vector.suite,
  label: vector.label,
  length: vector.length,
  clientRandom: Buffer.from(vector.clientRandom, 'hex'),
  serverRandom: Buffer.from(vector.serverRandom, 'hex'),
  masterSecret: Buffer.from(vector.masterSecret, 'hex'),
  ekm: Buffer.from(vector.ekm, 'hex'),
  ekmWithEmptyContext: Buffer.from(vector.ekmWithEmptyContext, 'hex'),
  flights: vector.flightsBase64.map(({ eckm }) => Buffer.from(eckm, 'base64')),
}));
