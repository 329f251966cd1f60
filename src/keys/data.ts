// Keys that protect data wherever it lies: for a source and its trust enabling function (or MAF, or CSE), and for single
// containers and instances. From the contribution that TS-0003 10.3.6 came of; the published text has no such keys.
// Knows no object and no resource.
import type { KeyObject } from 'node:crypto';
import { refuse } from '../errors.ts';
import { requireBytes, requireObject, requireText } from '../identifiers/given.ts';
import { derivedKey } from './derived-key.ts';
import { expand, extract } from './extract-and-expand.ts';
import { type KeyFor, requirePurpose } from './purpose.ts';

/** What follows from one data security master key. Of these the keys are made that protect something. */
export interface DataKeys {
  /** K_data_sec_master. */
  readonly master: KeyFor<'derivation'>;
  /** K_data_auth, T(1). */
  readonly dataAuthenticity: KeyFor<'data authenticity'>;
  /** K_data_conf, T(2). */
  readonly dataConfidentiality: KeyFor<'data confidentiality'>;
  /** K_data_auth_conf, T(3): the single key for those who use AEAD alone. The contribution has no formula for it. */
  readonly dataAuthenticityAndConfidentiality: KeyFor<'data confidentiality'>;
}

/**
 * What content keys are made for: all that a container holds, or one instance. `name` is the resource name or a
 * resource identifier, 1 to 512 of the characters of RFC 3986's unreserved and `/`. The nonce has 16 bytes, never used
 * before; creationTime is the attribute's 15 characters, `YYYYMMDDTHHMMSS`.
 */
export type Content = {
  readonly level: 'container' | 'contentInstance';
  readonly name: string;
} & (
  | { readonly nonce: Uint8Array; readonly creationTime?: never }
  | { readonly creationTime: string; readonly nonce?: never }
);

/** Keys for one container or one instance. */
export interface ContentKeys {
  readonly mic: KeyFor<'ESData MIC'>;
  readonly encryption: KeyFor<'ESData encryption'>;
}

/**
 * Derives the data keys: K_data_sec_master = HMAC-SHA-256(Salt, material), then T(1) to T(3), 32 bytes each.
 *
 * @param material Ke, Kpsa or Km: at least 16 bytes. Bytes stay the caller's to wipe.
 * @param salt as in `deriveEndToEndKeys`
 * @throws E2EKeyError KEY_PURPOSE_WRONG for material that was made for another purpose than derivation,
 * OPTION_INVALID for material that is too short or no secret.
 * @example
 * ```ts
 * import { deriveContentKeys, deriveDataKeys } from 'e2ekey/keys';
 * const ke = crypto.getRandomValues(new Uint8Array(32));
 * const dataKeys = deriveDataKeys(ke, crypto.getRandomValues(new Uint8Array(16)));
 * const nonce = crypto.getRandomValues(new Uint8Array(16));
 * const { mic, encryption } = deriveContentKeys(dataKeys, { level: 'container', name: 'temperature', nonce });
 * ```
 */
export function deriveDataKeys(material: Uint8Array | KeyObject, salt: Uint8Array): DataKeys {
  const master = extract('sha256', salt, material);
  const [dataAuthenticity, dataConfidentiality, dataAuthenticityAndConfidentiality] = expand(
    'sha256',
    master,
    [
      { label: 'Data Authenticity and Integrity', purpose: 'data authenticity' },
      // With two blanks after the first word in the contribution, by mistake: one here.
      { label: 'Data Confidentiality Key', purpose: 'data confidentiality' },
      { label: 'Data Authenticity and Confidentiality Key', purpose: 'data confidentiality' },
    ],
  );
  return { master, dataAuthenticity, dataConfidentiality, dataAuthenticityAndConfidentiality };
}

/**
 * Derives both keys of one container or one instance, 32 bytes each.
 *
 * @throws E2EKeyError KEY_PURPOSE_WRONG, OPTION_INVALID as each of them.
 */
export function deriveContentKeys(
  keys: Pick<DataKeys, 'dataAuthenticity' | 'dataConfidentiality'>,
  content: Content,
): ContentKeys {
  const { dataAuthenticity, dataConfidentiality } = requireObject(keys, 'the data keys');
  return {
    mic: deriveContentMicKey(dataAuthenticity, content),
    encryption: deriveContentEncryptionKey(dataConfidentiality, content),
  };
}

/**
 * HMAC-SHA-256(K_data_auth, "Data Authenticity and Integrity" ‖ level and name ‖ nonce or creationTime), for whoever was
 * given this key and no other.
 *
 * @throws E2EKeyError KEY_PURPOSE_WRONG for another key, OPTION_INVALID for a name, nonce or time that is none.
 */
export function deriveContentMicKey(
  key: KeyFor<'data authenticity'>,
  content: Content,
): KeyFor<'ESData MIC'> {
  requirePurpose(key, 'data authenticity');
  return derivedKey('ESData MIC', key, 'Data Authenticity and Integrity', ...placeOf(content));
}

/**
 * HMAC-SHA-256(K_data_conf, "Data Confidentiality" ‖ level and name ‖ nonce or creationTime); for AEAD alone the key is
 * K_data_auth_conf.
 *
 * @throws E2EKeyError as `deriveContentMicKey`.
 */
export function deriveContentEncryptionKey(
  key: KeyFor<'data confidentiality'>,
  content: Content,
): KeyFor<'ESData encryption'> {
  requirePurpose(key, 'data confidentiality');
  return derivedKey('ESData encryption', key, 'Data Confidentiality', ...placeOf(content));
}

/** The contribution's "Container-x", and what it means by "ContentInstance-x": neither begins like the other. */
const levels = { container: 'Container-', contentInstance: 'ContentInstance-' } as const;

const nameForm = /^[A-Za-z0-9._~/-]{1,512}$/;
const timeForm = /^\d{8}T\d{6}$/;
const nonceSize = 16;

/**
 * Level, name and what is fresh, one behind the other as the contribution has them. That can be read in one way only, so
 * no two contents have one key: levels are told apart by their beginning, and the last field by its length.
 */
function placeOf(content: Content): readonly (string | Uint8Array)[] {
  const { level, name, nonce, creationTime } = requireObject(content, 'the content');
  if (!Object.hasOwn(levels, level))
    return refuse('OPTION_INVALID', 'the level of the content is neither container nor contentInstance');
  if (!nameForm.test(requireText(name, 'the name of the content')))
    return refuse('OPTION_INVALID', 'the name of the content is not 1 to 512 of A-Z a-z 0-9 . _ ~ - /');
  return [levels[level], name, nonce === undefined ? checkedTime(creationTime) : checkedNonce(nonce)];
}

function checkedTime(creationTime: string): string {
  return timeForm.test(requireText(creationTime, 'the creationTime of the content'))
    ? creationTime
    : refuse('OPTION_INVALID', 'the creationTime of the content is not of the form YYYYMMDDTHHMMSS');
}

/** Its first byte could be the end of a longer name, and the others a time: of random nonces one in 10^22 is refused. */
function checkedNonce(nonce: Uint8Array): Uint8Array {
  if (requireBytes(nonce, 'the nonce of the content').length !== nonceSize)
    return refuse('OPTION_INVALID', `the nonce of the content has ${nonce.length} bytes, not ${nonceSize}`);
  return timeForm.test(Buffer.from(nonce.subarray(1)).toString('latin1'))
    ? refuse('OPTION_INVALID', 'the nonce of the content ends in what would be a creationTime')
    : nonce;
}
