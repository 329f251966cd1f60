// A public key as it is shown, raw or in a certificate. Judges nothing (public-key-findings.ts).
import { hash } from 'node:crypto';
import type { RawPublicKey } from '../certificates/raw-public-key.ts';
import type { PublicKeyHolder } from '../certificates/subject-public-key-info.ts';
import { niUri } from '../identifiers/public-key-identifier.ts';

export interface PublicKeyReport {
  /** `P-256`, `RSA with 2048 bits`. */
  readonly key: string;
  /** TS-0003 10.1.2, with the whole hash, since an identifier is to be as long as practical: `ni:///sha-256;…`. */
  readonly publicKeyIdentifier: string;
}

export interface RawPublicKeyReport extends PublicKeyReport {
  /** SHA-256 of SubjectPublicKeyInfo, 64 lower-case hex digits. */
  readonly fingerprint: string;
}

export function reportRawPublicKey(raw: RawPublicKey): RawPublicKeyReport {
  return { ...reportPublicKey(raw), fingerprint: raw.fingerprint };
}

export function reportPublicKey(holder: PublicKeyHolder): PublicKeyReport {
  return {
    key: keyText(holder),
    publicKeyIdentifier: niUri(hash('sha256', holder.subjectPublicKeyInfo.der, 'buffer')),
  };
}

/** The curves by the names of FIPS 186; node has those of SEC 2 and X9.62. */
const curveNames: Readonly<Record<string, string>> = {
  prime256v1: 'P-256',
  secp384r1: 'P-384',
  secp521r1: 'P-521',
};

function keyText(holder: PublicKeyHolder): string {
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = holder.publicKey;
    const { namedCurve, modulusLength } = asymmetricKeyDetails ?? {};
    if (namedCurve !== undefined) return curveNames[namedCurve] ?? namedCurve;
    if (modulusLength !== undefined) return `${asymmetricKeyType?.toUpperCase()} with ${modulusLength} bits`;
    return asymmetricKeyType ?? 'of an unknown kind';
  } catch {
    return `unreadable, algorithm ${holder.subjectPublicKeyInfo.algorithm.algorithm}`;
  }
}
