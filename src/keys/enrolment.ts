// What follows from the Enrolment Key Ke: Km, Kpsa and keys for one usage (TS-0003 10.3.2, 10.3.3, 10.3.7). Knows no
// enrolment function and no target: identifiers come in as text.
import type { KeyObject } from 'node:crypto';
import { refuse } from '../errors.ts';
import { isDomainName } from '../identifiers/entity.ts';
import { derivedKey } from './derived-key.ts';
import { identifierOctets } from './identifier-octets.ts';
import { type KeyFor, keyFor } from './purpose.ts';

/**
 * Km, the Master Credential that an enrolee shares with a MAF: HMAC-SHA-256(Ke, label ‖ MAF-ID), 32 bytes (TS-0003 10.3.2).
 *
 * @param mafId taken in UTF-8 and NFKC, otherwise as it is: letter case counts
 * @throws E2EKeyError KEY_PURPOSE_WRONG for a Ke that was made for another purpose than derivation, OPTION_INVALID for
 * one of less than 16 bytes and for an identifier that is empty, too long or not well-formed.
 */
export function deriveKm(ke: Uint8Array | KeyObject, mafId: string): KeyFor<'derivation'> {
  return derivedKey(
    'derivation',
    keyFor('derivation', ke),
    'oneM2M Enrolment Key to Master Credential derivation',
    identifierOctets('the MAF-ID', mafId),
  );
}

/**
 * Kpsa, the Provisioned Secure Connection Key: HMAC-SHA-256(Ke, label ‖ Enrolee-B-ID), 32 bytes (TS-0003 10.3.3).
 *
 * @param enroleeId CSE-ID or AE-ID of Enrolee B, taken as in `deriveKm`: both sides have to write it in the same form
 * @throws E2EKeyError as `deriveKm`.
 */
export function deriveKpsa(ke: Uint8Array | KeyObject, enroleeId: string): KeyFor<'derivation'> {
  return derivedKey(
    'derivation',
    keyFor('derivation', ke),
    'oneM2M Enrolment Key to Provisioned Secure Connection Key derivation',
    identifierOctets('the Enrolee-B-ID', enroleeId),
  );
}

/** m2m:suid (TS-0004 Table 6.3.4.2.39-1) of symmetric keys, and what each is for. From 40 on it is for certificates. */
const purposeOfUsage = {
  10: 'derivation',
  11: 'derivation',
  12: 'derivation',
  13: 'ESPrim',
  14: 'ESData encryption',
  15: 'ESData MIC',
  21: 'derivation',
  22: 'derivation',
  23: 'ESPrim',
  24: 'ESData encryption',
  25: 'ESData MIC',
  32: 'derivation',
  33: 'ESPrim',
  34: 'ESData encryption',
  35: 'ESData MIC',
} as const;

/** Security Usage Identifier of a symmetric key. */
export type SymmetricKeyUsage = keyof typeof purposeOfUsage;

/**
 * A key for one usage with one target: HMAC-SHA-256(Ke, label ‖ SUID ‖ Enrolment-Target-ID), 32 bytes (TS-0003 10.3.7).
 * The standard does not say how SUID is written: in decimal, two digits. Since it always has two, the identifier behind
 * it cannot be read in another way.
 *
 * @param targetId FQDN of the enrolment target; of a CSE or AE the FQDN representation of its absolute identifier
 * @throws E2EKeyError as `deriveKm`; OPTION_INVALID also for a SUID that is none of a symmetric key, and for a target that
 * is no FQDN.
 */
export function deriveUsageConstrainedKey<S extends SymmetricKeyUsage>(
  ke: Uint8Array | KeyObject,
  suid: S,
  targetId: string,
): KeyFor<(typeof purposeOfUsage)[S]> {
  if (!Object.hasOwn(purposeOfUsage, suid))
    return refuse('OPTION_INVALID', `${suid} is no SUID of a symmetric key (TS-0004 6.3.4.2.39)`);
  const target = identifierOctets('the Enrolment-Target-ID', targetId);
  if (!isDomainName(Buffer.from(target).toString()))
    return refuse('OPTION_INVALID', 'the Enrolment-Target-ID is no FQDN (TS-0003 10.3.7)');
  return derivedKey(
    purposeOfUsage[suid],
    keyFor('derivation', ke),
    'oneM2M Enrolment Key to Usage-Constrained Symmetric Key derivation',
    String(suid),
    target,
  );
}
