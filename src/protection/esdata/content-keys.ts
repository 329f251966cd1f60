// Keys for one container or one `<contentInstance>`, derived from data keys that are known under a Credential-ID: makes
// them, and finds them again from what a content says of itself. From the contribution on data security; the published
// text has no such keys. Knows no Envelope.
import { randomBytes } from 'node:crypto';
import { E2EKeyError, refuse } from '../../errors.ts';
import { writeCredentialId } from '../../identifiers/credential-id.ts';
import { requireObject, requireObjects } from '../../identifiers/given.ts';
import {
  type Content,
  type DataKeys,
  deriveContentEncryptionKey,
  deriveContentMicKey,
} from '../../keys/data.ts';
import type { CredentialName, DirectKey, MicKey } from './credentials.ts';
import { KeyUses } from './key-uses.ts';

/**
 * Data keys, and what others know them under; who was given one of the two has one. Who uses AEAD alone puts the single
 * key, K_data_auth_conf, in the place of `dataConfidentiality`.
 */
export interface DataCredential extends Partial<Pick<DataKeys, 'dataAuthenticity' | 'dataConfidentiality'>> {
  /** The value of a Credential-ID, `K-AE1@tef.example.com`: of type 14 for the encryption and 16 for the MIC. */
  readonly id: string;
  readonly expires?: Date;
}

/** Few data keys as a list, many behind a search by the value of the Credential-ID. */
export type DataCredentials =
  | readonly DataCredential[]
  | ((id: string) => DataCredential | null | Promise<DataCredential | null>);

/** Which key it is among those of one Credential-ID. */
export interface ContentDerivation {
  /** One key for all that a container holds, or one for each instance. */
  readonly level: 'container' | 'contentInstance';
  /** The container's name or identifier, of the characters A-Z a-z 0-9 . _ ~ - and /. */
  readonly container: string;
  /** 16 bytes: the same for all instances under one key, another where there is a new key. */
  readonly nonce: Uint8Array;
}

/** The keys of one container or one instance. */
export interface ContentCredentials extends ContentDerivation {
  readonly encryption: DirectKey | null;
  readonly mic: MicKey | null;
}

/**
 * Derives new keys: for a container once, and again when they are to be replaced; for an instance each time.
 *
 * @param content.nonce random if absent; given where the keys of a container are made anew after a restart, together
 * with `uses`
 * @throws E2EKeyError KEY_PURPOSE_WRONG; OPTION_INVALID for a container or nonce that is none.
 * @example
 * ```ts
 * import { deriveDataKeys } from 'e2ekey/keys';
 * import { contentCredentials } from 'e2ekey/protection';
 * const ke = crypto.getRandomValues(new Uint8Array(32));
 * const salt = crypto.getRandomValues(new Uint8Array(16));
 * const source = { id: 'K-AE1@tef.example.com', ...deriveDataKeys(ke, salt) };
 * const keys = contentCredentials(source, { level: 'container', container: 'temperature' });
 * ```
 */
export function contentCredentials(
  source: DataCredential,
  content: Omit<ContentDerivation, 'nonce'> & { readonly nonce?: Uint8Array; readonly uses?: KeyUses },
): ContentCredentials {
  requireObject(source, 'the data credential');
  const { level, container, nonce = randomBytes(16) } = requireObject(content, 'content');
  const derivation = { level, container, nonce };
  // A key for one instance encrypts one: who forgets to make another is told so.
  const uses = content.uses ?? new KeyUses(level === 'container' ? {} : { limit: 1 });
  const encryption = encryptionKeyOf(source, derivation);
  return {
    ...derivation,
    encryption: encryption === null ? null : { ...encryption, uses },
    mic: micKeyOf(source, derivation),
  };
}

/** The key with which a content was encrypted; null where its Credential-ID is not among these. */
export async function encryptionKeyNamed(
  { kid }: CredentialName,
  derivation: ContentDerivation,
  credentials: DataCredentials,
): Promise<DirectKey | null> {
  const source = await sourceNamed(kid, '14-', credentials);
  return source === null ? null : asSent(() => encryptionKeyOf(source, derivation));
}

/** The key with which its MIC was made. */
export async function micKeyNamed(
  { kid }: CredentialName,
  derivation: ContentDerivation,
  credentials: DataCredentials,
): Promise<MicKey | null> {
  const source = await sourceNamed(kid, '16-', credentials);
  return source === null ? null : asSent(() => micKeyOf(source, derivation));
}

async function sourceNamed(
  kid: string | null,
  type: '14-' | '16-',
  credentials: DataCredentials,
): Promise<DataCredential | null> {
  if (kid?.startsWith(type) !== true) return null;
  const id = kid.slice(type.length);
  if (typeof credentials === 'function') return (await credentials(id)) ?? null;
  return requireObjects(credentials, 'dataKeys').find(source => source.id === id) ?? null;
}

/** A container or nonce that nothing is derived for is the peer's fault, not the caller's, where the peer sent it. */
function asSent<T>(derive: () => T): T {
  try {
    return derive();
  } catch (cause) {
    if (!(cause instanceof E2EKeyError) || cause.code !== 'OPTION_INVALID') throw cause;
    return refuse('ESDATA_MALFORMED', `cpa: ${cause.message}`, { cause });
  }
}

function encryptionKeyOf(source: DataCredential, derivation: ContentDerivation): DirectKey | null {
  const { id, expires, dataConfidentiality } = source;
  if (dataConfidentiality === undefined) return null;
  const key = deriveContentEncryptionKey(dataConfidentiality, placeOf(derivation));
  return { id: writeCredentialId(14, id), key, ...(expires !== undefined && { expires }) };
}

function micKeyOf(source: DataCredential, derivation: ContentDerivation): MicKey | null {
  const { id, expires, dataAuthenticity } = source;
  if (dataAuthenticity === undefined) return null;
  const key = deriveContentMicKey(dataAuthenticity, placeOf(derivation));
  return { id: writeCredentialId(16, id), key, ...(expires !== undefined && { expires }) };
}

function placeOf({ level, container, nonce }: ContentDerivation): Content {
  return { level, name: container, nonce };
}
