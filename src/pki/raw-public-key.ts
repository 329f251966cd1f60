// Issues raw public keys (RFC 7250): a key pair, and the public key identifier by which a peer is to pin it (TS-0003
// 10.1.2). No authority takes part, and nothing in a raw public key says whose it is.
import type { KeyObject } from 'node:crypto';
import { parseRawPublicKey } from '../certificates/raw-public-key.ts';
import { E2EKeyError, refuse } from '../errors.ts';
import { parseAbsolute, toAbsolute } from '../identifiers/entity.ts';
import { niUri } from '../identifiers/public-key-identifier.ts';
import { generateKeys, type KeyType, keyWarnings } from './key-type.ts';

export interface RawPublicKeyRequest {
  /** Absolute AE-ID or CSE-ID (TS-0001 7.2) of the end-point: what a peer is to associate with the key. */
  readonly id: string;
  readonly keyType: KeyType;
}

/** An end-point's new key pair. */
export interface IssuedRawPublicKey {
  /** As in the request, host in lower case. */
  readonly id: string;
  readonly publicKey: KeyObject;
  readonly key: KeyObject;
  /** `ni:///sha-256;…` over SubjectPublicKeyInfo in DER. */
  readonly publicKeyIdentifier: string;
  /** The same digest as 64 lower-case hex digits. */
  readonly fingerprint: string;
  /** Sentences on who will refuse the key. */
  readonly warnings: readonly string[];
}

/** @throws E2EKeyError OPTION_INVALID for an identity that is no absolute AE-ID or CSE-ID. */
export function issueRawPublicKey({ id, keyType }: RawPublicKeyRequest): IssuedRawPublicKey {
  const entity = absolute(id);
  const { publicKey, privateKey } = generateKeys(keyType);
  const raw = parseRawPublicKey(publicKey.export({ type: 'spki', format: 'der' }));
  return {
    id: entity,
    publicKey,
    key: privateKey,
    publicKeyIdentifier: niUri(raw.digest),
    fingerprint: raw.fingerprint,
    warnings: keyWarnings(raw),
  };
}

function absolute(id: string): string {
  try {
    parseAbsolute(id);
  } catch (cause) {
    if (!(cause instanceof E2EKeyError)) throw cause;
    refuse(
      'OPTION_INVALID',
      `${JSON.stringify(id)} is no absolute AE-ID or CSE-ID such as //m2m.example.com/cse-a`,
      { cause },
    );
  }
  return toAbsolute(id, id);
}
