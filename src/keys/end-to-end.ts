// The end-to-end keys of two end-points (TS-0003 10.3.6), from Kpsa or whatever stands in its place. Knows no certificate
// and no procedure: two entities that were given Kpsa beforehand need neither.
import { createHmac, type KeyObject } from 'node:crypto';
import { type DerivationHash, expand, extract } from './extract-and-expand.ts';
import type { KeyFor } from './purpose.ts';

/** What follows from one master key, a key for each use. */
export interface EndToEndKeys {
  /** Which keys these are, for `kid`: 32 upper-case hex digits. Tells nothing of the keys. */
  readonly id: string;
  /** Ke2e_master. */
  readonly master: KeyFor<'derivation'>;
  /** Ke2e_msg_auth, T(1): primitives that are authenticated and not encrypted. */
  readonly messageAuthentication: KeyFor<'message authentication'>;
  /** Ke2e_msg_conf, T(2): pairwiseESPrimKey. AEAD needs one key, and 10.3.6.2 NOTE 1 lets it be this one. */
  readonly messageConfidentiality: KeyFor<'ESPrim'>;
  /** Ke2e_att_auth, T(3): the MIC of data. */
  readonly attributeAuthenticity: KeyFor<'ESData MIC'>;
  /** Ke2e_att_conf, T(4): data encrypted directly. */
  readonly attributeConfidentiality: KeyFor<'ESData encryption'>;
  /** T(5), ours: the standard has a credential for key wrap (Table 12.3.2.1-1, 15) and no key for it. */
  readonly keyWrapping: KeyFor<'ESData key wrap'>;
}

/** Ours; no label of the chain begins so. */
const idLabel = 'oneM2M E2EKey separated key id';
const idSize = 16;

/**
 * Derives the end-to-end keys: Ke2e_master = HMAC-Hash(Salt, Kpsa), then T(1) to T(5) (TS-0003 10.3.6). The keys
 * are 32 bytes; with SHA-512 they are 64, except those for AES.
 *
 * @param material Kpsa, pairwiseE2EKey or a random value of the source: at least 16 bytes. Bytes stay the caller's
 * to wipe.
 * @param salt any bytes, no secret; empty stands for absent. HMAC fills up its key with zeros: salts that differ in
 * zeros at their end alone give the same keys.
 * @throws E2EKeyError KEY_PURPOSE_WRONG for material that was made for another purpose than derivation,
 * OPTION_INVALID for material that is too short or no secret, for a salt that is no bytes and for another hash.
 * @example
 * ```ts
 * import { deriveEndToEndKeys } from 'e2ekey/keys';
 * const kpsa = crypto.getRandomValues(new Uint8Array(32));
 * const salt = crypto.getRandomValues(new Uint8Array(16));
 * const { id, messageConfidentiality } = deriveEndToEndKeys(kpsa, salt);
 * ```
 */
export function deriveEndToEndKeys(
  material: Uint8Array | KeyObject,
  salt: Uint8Array,
  { hash = 'sha256' }: { readonly hash?: DerivationHash } = {},
): EndToEndKeys {
  const master = extract(hash, salt, material);
  const [
    messageAuthentication,
    messageConfidentiality,
    attributeAuthenticity,
    attributeConfidentiality,
    keyWrapping,
  ] = expand(hash, master, [
    { label: 'E2E Message Authentication Key', purpose: 'message authentication' },
    { label: 'E2E Message Confidentiality Key', purpose: 'ESPrim' },
    { label: 'E2E Attribute Authenticity Key', purpose: 'ESData MIC' },
    { label: 'E2E Attribute Confidentiality Key', purpose: 'ESData encryption' },
    { label: 'E2E Key Wrapping Key', purpose: 'ESData key wrap' },
  ]);
  return {
    id: idOf(master),
    master,
    messageAuthentication,
    messageConfidentiality,
    attributeAuthenticity,
    attributeConfidentiality,
    keyWrapping,
  };
}

/** The id of what `deriveEndToEndKeys` gives, and nothing else. @throws E2EKeyError as `deriveEndToEndKeys`. */
export function endToEndKeysId(material: Uint8Array | KeyObject, salt: Uint8Array): string {
  return idOf(extract('sha256', salt, material));
}

/** Of the master key and not of its salt: whoever mixes up materials or profiles meets an unknown key, not a bad MAC. */
function idOf(master: KeyFor<'derivation'>): string {
  const digest = createHmac('sha256', master).update(idLabel).digest();
  return digest.subarray(0, idSize).toString('hex').toUpperCase();
}
