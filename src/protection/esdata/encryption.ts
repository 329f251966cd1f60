// The Encryption-Only security class of ESData (TS-0003 8.5.2.2, 8.5.3.2): a payload encrypted for Target End-Points, and
// decrypted by one of them. The cryptography is jose's; the profile, and what is believed, is ours.
import { FlattenedEncrypt, flattenedDecrypt, GeneralEncrypt } from 'jose';
import { refuse } from '../../errors.ts';
import { requireBytes } from '../../identifiers/given.ts';
import type { JoseHeader } from '../jose.ts';
import { type ContentEncryption, isContentEncryption } from './algorithms.ts';
import {
  type Credentials,
  credentialNamed,
  type DecryptionCredential,
  type EncryptionCredential,
  requireCredentials,
  toDecrypt,
  toEncrypt,
} from './credentials.ts';
import {
  type Binding,
  type EncryptedEnvelope,
  maxCredentials,
  maxEnvelopeLength,
  maxTextLength,
  type Recipient,
  readEncrypted,
} from './envelope.ts';

/** How an Envelope is written: `compact` has one recipient or signature. */
export type Serialization = 'compact' | 'JSON';

export interface EncryptOptions {
  /** `compact` for one recipient and JSON for several, if absent. */
  readonly serialization?: Serialization;
  /** A256GCM if absent; a key that encrypts directly has its own. */
  readonly enc?: ContentEncryption;
  /** Media type of the payload, `cty`, at most 520 characters. */
  readonly contentType?: string;
  /** Authenticated and not encrypted, beside the plaintext of the payload; JSON serialization only. */
  readonly aad?: Uint8Array;
  /** Now, if absent. */
  readonly time?: Date;
}

export interface OpenOptions {
  /**
   * The moment at which keys and certificates have to be alive: now, if absent. Give the time at which an Envelope was
   * stored to open it with a key that has ended since.
   *
   * @example
   * ```ts
   * import { readTimestamp } from 'e2ekey/onem2m';
   * import { type DirectKey, decrypt } from 'e2ekey/protection';
   * const open = (instance: { con: string; ct: string }, key: DirectKey) => {
   *   const time = readTimestamp(instance.ct); // creationTime, as the Hosting CSE wrote it
   *   return time === null ? null : decrypt(instance.con, [key], { time });
   * };
   * ```
   */
  readonly time?: Date;
}

export interface Decrypted {
  readonly payload: Uint8Array;
  readonly aad: Uint8Array | null;
  readonly contentType: string | null;
  /** The credential that opened it. A certificate says nothing of who encrypted (TS-0003 8.5.2.1). */
  readonly credential: DecryptionCredential;
}

/**
 * Encrypts a payload for one or more Target End-Points. Each object has its own content encryption key, except with a
 * key that encrypts directly, which is then the only one (8.5.2.2.1).
 *
 * @param recipients 1 to 16
 * @returns the Envelope: m2m:e2eCompactJWE, or the text of a JSON object.
 * @throws E2EKeyError KEY_EXPIRED, KEY_EXHAUSTED, KEY_PURPOSE_WRONG, ESDATA_ALGORITHM_UNFIT, OPTION_INVALID; the last
 * also for a `contentType` of JOSE or JOSE+JSON: whoever opens it would look for a signature inside.
 * @example
 * ```ts
 * import { encrypt, endpointCredentials } from 'e2ekey/protection';
 * const { encryption } = await endpointCredentials(endpoint, '//m2m.example.com/cse-b').current();
 * const envelope = await encrypt(Buffer.from('21.5'), [encryption]);
 * ```
 */
export async function encrypt(
  payload: Uint8Array,
  recipients: readonly EncryptionCredential[],
  options: EncryptOptions = {},
): Promise<string> {
  if (envelopeType.test(options.contentType ?? ''))
    return refuse('OPTION_INVALID', 'contentType: JOSE and JOSE+JSON are what signThenEncrypt writes');
  return encryptBound(payload, recipients, options, {});
}

/** In either case, and with the `application/` that may be left out (RFC 7515 §4.1.10). */
const envelopeType = /^(?:application\/)?jose(?:\+json)?$/i;

/** The same with a private header parameter, that only its own reader opens. */
export async function encryptBound(
  payload: Uint8Array,
  recipients: readonly EncryptionCredential[],
  { serialization, enc: chosen, contentType, aad, time = new Date() }: EncryptOptions,
  binding: { readonly [B in Binding]?: JoseHeader },
): Promise<string> {
  requireBytes(payload, 'payload');
  if (aad !== undefined) requireBytes(aad, 'aad');
  if (chosen !== undefined && !isContentEncryption(chosen))
    refuse('OPTION_INVALID', 'enc: A128GCM, A192GCM and A256GCM are possible (TS-0003 Table 8.5.3.2-4)');
  const { length } = requireCredentials(recipients, 'recipients');
  const compact = requireForm(length, serialization, 'recipients') === 'compact';
  if (compact && aad !== undefined)
    refuse('OPTION_INVALID', 'aad: the compact serialization has no place for it (RFC 7516 §7.1)');
  const [first, ...others] = recipients.map(credential => toEncrypt(credential, time));
  if (first === undefined) return refuse('OPTION_INVALID', 'there are no recipients');
  if (others.length > 0 && [first, ...others].some(({ alg }) => alg === 'dir'))
    refuse('OPTION_INVALID', 'a key that encrypts directly is the only recipient (TS-0003 8.5.2.2.1)');
  const enc = first.enc ?? chosen ?? 'A256GCM';
  if (chosen !== undefined && chosen !== enc)
    refuse('ESDATA_ALGORITHM_UNFIT', `enc: the key encrypts with ${enc}, by its size`);
  const shared = { enc, ...contentTypeIn(contentType), ...binding };
  first.uses?.take();

  if (others.length === 0) {
    const jwe = new FlattenedEncrypt(payload).setProtectedHeader({
      alg: first.alg,
      ...first.naming,
      ...shared,
    });
    if (aad !== undefined) jwe.setAdditionalAuthenticatedData(aad);
    const made = await jwe.encrypt(first.key);
    if (!compact) return openable(JSON.stringify(made));
    return openable([made.protected, made.encrypted_key ?? '', made.iv, made.ciphertext, made.tag].join('.'));
  }
  const jwe = new GeneralEncrypt(payload).setProtectedHeader(shared);
  if (aad !== undefined) jwe.setAdditionalAuthenticatedData(aad);
  for (const { alg, key, naming } of [first, ...others])
    jwe.addRecipient(key).setUnprotectedHeader({ alg, ...naming });
  return openable(JSON.stringify(await jwe.encrypt()));
}

/**
 * Opens an Envelope with the key of the first recipient whose credential is there: it opens, or nothing does.
 *
 * @param envelope at most 1 MiB, at most 16 recipients
 * @throws E2EKeyError ESDATA_MALFORMED, ESDATA_UNSUPPORTED, KEY_UNKNOWN, KEY_EXPIRED, KEY_PURPOSE_WRONG,
 * ESDATA_ALGORITHM_UNFIT; ESDATA_UNAUTHENTIC, one code and one sentence for every reason why it does not open;
 * OPTION_INVALID for credentials or a time that are none.
 * @example
 * ```ts
 * import { decrypt, endpointCredentials } from 'e2ekey/protection';
 * const { decryptWith } = endpointCredentials(endpoint, '//m2m.example.com/cse-b');
 * const open = async (envelope: string) => (await decrypt(envelope, decryptWith)).payload;
 * ```
 */
export async function decrypt(
  envelope: string,
  credentials: Credentials<DecryptionCredential>,
  options: OpenOptions = {},
): Promise<Decrypted> {
  return openEncrypted(readEncrypted(envelope, null), credentials, options);
}

/** Opens what was read. */
export async function openEncrypted(
  jwe: EncryptedEnvelope,
  credentials: Credentials<DecryptionCredential>,
  { time = new Date() }: OpenOptions,
): Promise<Decrypted> {
  for (const recipient of jwe.recipients) {
    const credential = await credentialNamed(credentials, recipient.name, 'encryption');
    if (credential === null) continue;
    const payload = await decryptFor(recipient, jwe, toDecrypt(credential, time));
    const aad = jwe.aad === null ? null : Buffer.from(jwe.aad, 'base64url');
    return { payload, aad, contentType: jwe.cty, credential };
  }
  return refuse('KEY_UNKNOWN', 'the Envelope names none of the credentials that are there to decrypt');
}

/** The key decides, and the header agrees: a private key meets no point of another curve, no key another algorithm. */
async function decryptFor(
  { alg, curve, header, encryptedKey }: Recipient,
  { enc, protected: encoded, aad, iv, ciphertext, tag }: EncryptedEnvelope,
  means: ReturnType<typeof toDecrypt>,
): Promise<Uint8Array> {
  if (!means.algs.some(name => name === alg))
    return refuse('ESDATA_ALGORITHM_UNFIT', `alg is ${alg}; the key is used with ${means.algs.join(', ')}`);
  if (means.enc !== null && means.enc !== enc)
    return refuse('ESDATA_ALGORITHM_UNFIT', `enc is ${enc}; the key encrypts with ${means.enc}`);
  if (curve !== means.curve)
    return refuse('ESDATA_ALGORITHM_UNFIT', `epk is on ${curve}; the key is on ${means.curve}`);
  try {
    const { plaintext } = await flattenedDecrypt(
      {
        protected: encoded,
        ...(header !== null && { header }),
        ...(encryptedKey !== null && { encrypted_key: encryptedKey }),
        ...(aad !== null && { aad }),
        iv,
        ciphertext,
        tag,
      },
      means.key,
      { keyManagementAlgorithms: [alg], contentEncryptionAlgorithms: [enc] },
    );
    return plaintext;
  } catch (cause) {
    return unauthentic(cause);
  }
}

/** What does not open says so in one sentence: which of tag, MIC, signature or wrapped key is wrong is nobody's business. */
export function unauthentic(cause?: unknown): never {
  return refuse('ESDATA_UNAUTHENTIC', 'the Envelope is not authentic under the credential that it names', {
    cause,
  });
}

/** @throws E2EKeyError OPTION_INVALID for what nobody who reads strictly takes. */
export function contentTypeIn(contentType: string | undefined): { readonly cty?: string } {
  if (contentType === undefined) return {};
  return typeof contentType === 'string' && contentType !== '' && contentType.length <= maxTextLength
    ? { cty: contentType }
    : refuse('OPTION_INVALID', `contentType: a text of 1 to ${maxTextLength} characters is possible`);
}

/** @throws E2EKeyError OPTION_INVALID for an Envelope that is longer than what is opened. */
export function openable(envelope: string): string {
  return envelope.length <= maxEnvelopeLength
    ? envelope
    : refuse('OPTION_INVALID', `the payload is too large: its Envelope has ${envelope.length} characters`);
}

/** @throws E2EKeyError OPTION_INVALID for a number of credentials that the serialization, or the reader, does not take. */
export function requireForm(count: number, chosen: Serialization | undefined, name: string): Serialization {
  const serialization = chosen ?? (count === 1 ? 'compact' : 'JSON');
  if (count > maxCredentials) refuse('OPTION_INVALID', `${name}: at most ${maxCredentials} are possible`);
  if (serialization === 'compact' && count > 1)
    refuse('OPTION_INVALID', `serialization: compact has one of the ${name} (RFC 7515 §7.1, RFC 7516 §7.1)`);
  if (serialization !== 'compact' && serialization !== 'JSON')
    refuse('OPTION_INVALID', 'serialization: compact and JSON are possible');
  return serialization;
}
