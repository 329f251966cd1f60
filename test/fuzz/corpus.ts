// Real bytes to begin with: handshakes that OpenSSL, GnuTLS and we recorded (test/vectors, test/transcripts), the
// certificates of the lab, and what other stacks sent (test/fuzz/corpus, made by scripts/fuzz.ts --grow).
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { certificatesOf } from '../handshake/lab.ts';
import { rawPublicKeyHandshake, recordedHandshakes } from '../wire/recorded-handshakes.ts';

/** Flights of others, as they stand on the wire; what is protected in them stays so. */
export const flights: readonly Uint8Array[] = [
  ...recordedHandshakes.flatMap(({ flights: recorded }) => recorded),
  ...rawPublicKeyHandshake.flights,
  ...filesOf('./corpus/', '.bin'),
];

const credentialFolders = ['../../certs/', '../handshake/credentials/', '../vectors/'];

/** PEM of certificates and of public keys. */
export const pemFiles: readonly string[] = credentialFolders
  .flatMap(folder => filesOf(folder, '.pem'))
  .map(bytes => Buffer.from(bytes).toString('utf8'));

/** Each certificate chain or public key with its private key in one text. */
export const pemFilesWithKeys: readonly string[] = credentialFolders.flatMap(folder => {
  const url = new URL(folder, import.meta.url);
  return readdirSync(url)
    .filter(name => name.endsWith('.pem'))
    .toSorted()
    .map(name => [name, name.replace(/(?:\.pub)?\.pem$/, '.key')].map(file => new URL(file, url)))
    .filter(files => files.every(file => existsSync(file)))
    .map(files => files.map(file => readFileSync(file, 'utf8')).join(''));
});

/** Chains in DER, leaf first. */
export const chains: readonly (readonly Uint8Array[])[] = pemFiles
  .map(certificatesOf)
  .filter(({ length }) => length > 0);

/** In the order of their names. */
function filesOf(folder: string, ending: string): readonly Uint8Array[] {
  const url = new URL(folder, import.meta.url);
  return readdirSync(url)
    .filter(name => name.endsWith(ending))
    .toSorted()
    .map(name => readFileSync(new URL(name, url)));
}
