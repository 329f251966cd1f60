// The keys of the cases, as our credentials: recorded as JWKs, made by the other implementation (test/vectors/jose), and
// those that follow from pairwiseE2EKey, which each side derives by itself.
import { createPrivateKey, createPublicKey, createSecretKey, type webcrypto } from 'node:crypto';
import { type Certificate, parseCertificate } from '../../../src/certificates/certificate.ts';
import { parseRawPublicKey, type RawPublicKey } from '../../../src/certificates/raw-public-key.ts';
import { separatedKeys } from '../../../src/keys/protection-keys.ts';
import { keyFor } from '../../../src/keys/purpose.ts';
import type { DirectKey, MicKey, OwnKey, WrappingKey } from '../../../src/protection/esdata/credentials.ts';

export interface RecordedKey {
  readonly jwk: webcrypto.JsonWebKey;
  /** Credential-ID of a shared key. */
  readonly id?: string;
  /** Public key identifier of a raw public key. */
  readonly ni?: string;
  /** DER in base64. */
  readonly certificate?: string;
  readonly 'x5t#S256'?: string;
}

/** pairwiseE2EKeyID and pairwiseE2EKey in hex. */
export interface RecordedPairwiseKey {
  readonly id: string;
  readonly secret: string;
}

export interface EsDataKeys {
  readonly keys: Readonly<Record<string, RecordedKey>>;
  readonly pairwise: RecordedPairwiseKey;
}

/** The credentials of one name: one of them is there. */
export interface Credential {
  readonly encryption?: DirectKey | WrappingKey;
  readonly mic?: MicKey;
  readonly own?: { readonly certificate: Certificate | RawPublicKey } & Pick<OwnKey<never>, 'privateKey'>;
}

export function credentialNamed(name: string, { keys, pairwise }: EsDataKeys): Credential {
  if (name.startsWith('pairwise-')) {
    const derived = separatedKeys({ id: pairwise.id, secret: secretOf(pairwise.secret, 'hex') });
    if (name === 'pairwise-direct')
      return { encryption: { id: `14-${derived.id}`, key: derived.attributeConfidentiality } };
    if (name === 'pairwise-wrap') return { encryption: { id: `15-${derived.id}`, key: derived.keyWrapping } };
    return { mic: { id: `16-${derived.id}`, key: derived.attributeAuthenticity } };
  }
  const recorded = keys[name];
  if (recorded === undefined) throw new Error(`there is no key ${name}`);
  const { jwk, id = '', certificate } = recorded;
  if (jwk.kty === 'oct') {
    const secret = secretOf(jwk.k ?? '', 'base64url');
    if (name.startsWith('mic')) return { mic: { id, key: keyFor('ESData MIC', secret) } };
    return name.startsWith('wrap')
      ? { encryption: { id, key: keyFor('ESData key wrap', secret) } }
      : { encryption: { id, key: keyFor('ESData encryption', secret) } };
  }
  const privateKey = createPrivateKey({ key: jwk, format: 'jwk' });
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  return {
    own: {
      certificate:
        certificate === undefined
          ? parseRawPublicKey(spki)
          : parseCertificate(Buffer.from(certificate, 'base64')),
      privateKey,
    },
  };
}

function secretOf(text: string, encoding: 'hex' | 'base64url') {
  return createSecretKey(Buffer.from(text, encoding));
}
