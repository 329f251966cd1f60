// The certificates and raw public keys of `protect` and `unprotect`: our own, with their private keys, and those of the
// others. A file that an option names is believed to be whose it is; `verify` judges certificates.
import { createPublicKey, type KeyObject } from 'node:crypto';
import { type Certificate, parseCertificate } from '../certificates/certificate.ts';
import { parseRawPublicKey, type RawPublicKey } from '../certificates/raw-public-key.ts';
import { readCertificate, readCredentials } from './credential-files.ts';
import type { OptionTable, Values } from './options.ts';

export const ownCertificateOptions = {
  credential: {
    type: 'text',
    placeholder: 'FILE',
    repeatable: true,
    about:
      'Our own certificate or raw public key, in any form of docs/credentials.md; it may hold the private key as well.',
  },
  'credential-key': {
    type: 'text',
    placeholder: 'FILE',
    repeatable: true,
    about: 'Its private key; belongs to the credential at the same place.',
  },
  'password-file': {
    type: 'text',
    placeholder: 'FILE',
    about: 'Its first line opens encrypted private keys and PKCS #12 files.',
  },
} as const satisfies OptionTable;

export interface OwnCertificate {
  readonly certificate: Certificate | RawPublicKey;
  readonly privateKey: KeyObject;
}

/** @throws E2EKeyError OPTION_INVALID naming the file. */
export function ownCertificates(values: Values<typeof ownCertificateOptions>): OwnCertificate[] {
  const { credential, 'credential-key': keys, 'password-file': password } = values;
  return readCredentials(credential, keys, password, '--credential-key').map(({ chain, key }) => ({
    certificate: chain === null ? rawPublicKeyOf(key) : parseCertificate(chain[0] ?? Buffer.of()),
    privateKey: key,
  }));
}

/** @throws E2EKeyError OPTION_INVALID naming the file. */
export function othersCertificates(option: string, files: readonly string[]) {
  return files.map(file => ({ certificate: readCertificate(option, file) }));
}

function rawPublicKeyOf(key: KeyObject): RawPublicKey {
  return parseRawPublicKey(createPublicKey(key).export({ type: 'spki', format: 'der' }));
}
