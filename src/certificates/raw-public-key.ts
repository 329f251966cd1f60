// A raw public key (RFC 7250) as values: structure and bounds. It names nobody: whose it is, a pin says (TS-0003
// 8.1.2.5, identifiers/public-key-identifier.ts), and which keys are accepted is algorithms.ts.
import { hash } from 'node:crypto';
import { malformed, readDer } from './der.ts';
import { type PublicKeyHolder, readSubjectPublicKeyInfo, SubjectKey } from './subject-public-key-info.ts';

/** P-256 takes 91 octets and RSA with 4096 bits, the largest key that is accepted, 550. */
const maxRawPublicKeySize = 1024;
/** How messages name it (RFC 7250 §3). */
const field = 'subjectPublicKeyInfo';

/** All bytes are the key's own copy. */
export interface RawPublicKey extends PublicKeyHolder {
  /** The SubjectPublicKeyInfo, whole. */
  readonly der: Uint8Array;
  /** SHA-256 of `der`, 32 octets: what public key identifiers hold. */
  readonly digest: Uint8Array;
  /** The same as 64 lower-case hex digits. */
  readonly fingerprint: string;
}

/**
 * Reads one SubjectPublicKeyInfo in DER, at most 1 KiB. Any algorithm is let through here.
 *
 * @throws E2EKeyError CERTIFICATE_MALFORMED with field and offset.
 */
export function parseRawPublicKey(der: Uint8Array): RawPublicKey {
  if (der.length > maxRawPublicKeySize)
    throw malformed(field, `${der.length} octets`, {
      accepted: `at most ${maxRawPublicKeySize}`,
      clause: 'our bound',
    });
  const own = new Uint8Array(der);
  const subjectPublicKeyInfo = readDer(own, field, whole => readSubjectPublicKeyInfo(whole, ''));
  const digest = hash('sha256', own, 'buffer');
  return Object.assign(new SubjectKey(subjectPublicKeyInfo, field), {
    der: own,
    digest,
    fingerprint: digest.toString('hex'),
  });
}
