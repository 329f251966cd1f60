// What TLS Key Export gives (TS-0003 10.3.1): 48 bytes, of which the first 16 name the key that the last 32 are. Knows no
// session: the bytes come in.
import { createSecretKey, KeyObject } from 'node:crypto';
import { wipe } from '../crypto/secrets.ts';
import { refuse } from '../errors.ts';
import { writeKeyIdentifier } from '../identifiers/credential-id.ts';
import { requireObject } from '../identifiers/given.ts';

/** The label under which each key is exported (RFC 5705 §4), without context. */
export const exporterLabels = {
  Ke: 'EXPORTER-oneM2M-Bootstrap',
  Kc: 'EXPORTER-oneM2M-Connection',
  pairwiseE2EKey: 'EXPORTER-oneM2M-ESCertKE',
} as const;

/** Bytes to export, for each of the keys. */
export const exportedSize = 48;
/** "Most significant" are the first bytes. */
const idSize = 16;

/**
 * The Enrolment Key, which a MEF issues, the M2M Secure Connection Key, which a MAF does, or the key of two end-points.
 * `issuer` is an FQDN.
 */
export type ExporterUse =
  | { readonly key: 'Ke' | 'Kc'; readonly issuer: string }
  | { readonly key: 'pairwiseE2EKey' };

export interface ExportedKey {
  /** RelativeKeID, KcID or pairwiseE2EKeyID: 16 bytes. */
  readonly id: Uint8Array;
  /** Ke, Kc or pairwiseE2EKey: 32 bytes. */
  readonly key: KeyObject;
  /**
   * The identifier as it is written: for Ke and Kc `hexBinary(id)@issuer` (TS-0003 10.3.4, 10.3.5), for pairwiseE2EKey
   * the hex digits alone, since the standard has no form. Upper case, as the canonical form of xs:hexBinary.
   */
  readonly text: string;
}

/**
 * Divides what was exported into a key and its identifier.
 *
 * @param exported 48 bytes, which stay the caller's to wipe, or a secret key that holds them
 * @throws E2EKeyError OPTION_INVALID for another length, for what is no secret, for an issuer that is no FQDN, and for a
 * key that is none of the three.
 * @example
 * ```ts
 * import { exporterKeys } from 'e2ekey/keys';
 * const exported = new Uint8Array(48); // what the TLS stack gave for exporterLabels.Ke
 * exporterKeys(exported, { key: 'Ke', issuer: 'mef.example.com' }).text; // '00000000000000000000000000000000@mef.example.com'
 * ```
 */
export function exporterKeys(exported: Uint8Array | KeyObject, use: ExporterUse): ExportedKey {
  if (!Object.hasOwn(exporterLabels, requireObject(use, 'use').key))
    return refuse('OPTION_INVALID', 'use.key is none of Ke, Kc and pairwiseE2EKey (TS-0003 10.3.1)');
  const exportedSecret = bytesOf(exported);
  try {
    if (exportedSecret.length !== exportedSize)
      return refuse('OPTION_INVALID', `${exportedSecret.length} bytes were exported, not ${exportedSize}`);
    const id = Uint8Array.from(exportedSecret.subarray(0, idSize));
    const hex = Buffer.from(id).toString('hex').toUpperCase();
    return {
      id,
      key: createSecretKey(exportedSecret.subarray(idSize)),
      text: use.key === 'pairwiseE2EKey' ? hex : writeKeyIdentifier({ relative: hex, issuer: use.issuer }),
    };
  } finally {
    if (exported instanceof KeyObject) wipe(exportedSecret);
  }
}

/** For a KeyObject a copy of its bytes. */
function bytesOf(exported: Uint8Array | KeyObject): Uint8Array {
  if (exported instanceof Uint8Array) return exported;
  return exported instanceof KeyObject && exported.type === 'secret'
    ? exported.export()
    : refuse('OPTION_INVALID', 'what was exported is neither a Uint8Array nor a secret KeyObject');
}
