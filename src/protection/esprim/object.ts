// The ESPrim Object (TS-0003 8.4.3.2): a compact JWE of a primitive, or a compact JWS of one that is authenticated only.
// Makes and opens it with a session's key; which key that is, and whether the object is due, is decided elsewhere. The
// cryptography is jose's, the profile ours.
import { CompactEncrypt, CompactSign, type CryptoKey, compactDecrypt, compactVerify } from 'jose';
import { refuse } from '../../errors.ts';
import {
  base64urlBytes,
  compactParts,
  ivSize,
  type JoseHeader,
  joseHeader,
  requireBase64url,
  shown,
  tagSize,
} from '../jose.ts';
import { type Encryption, isEncryption, type Protection } from './algorithms.ts';
import {
  type OriginatorRandObject,
  type ReceiverRandObject,
  readOriginatorRand,
  readReceiverRand,
} from './rand-object.ts';

/** Media types of the inner primitive, without `application/` (RFC 7516 §4.1.12, TS-0009 6.7). */
const mediaTypes = { request: 'vnd.onem2m-preq+json', response: 'vnd.onem2m-prsp+json' } as const;

export type Direction = keyof typeof mediaTypes;

/** What stands in the protected header (TS-0003 Table 8.4.3.2-2). */
export interface ObjectHeader {
  readonly protection: Protection;
  /** `enc`; of an object that is authenticated only there is none. */
  readonly encryption: Encryption | null;
  /** pairwiseESPrimKeyID. */
  readonly kid: string;
  readonly direction: Direction | null;
  /** esprimRandIDs of the random objects that the session key was derived from. */
  readonly ori: string;
  readonly rri: string;
  /** New random objects: at the beginning of a session, or to begin the next one. */
  readonly oro: OriginatorRandObject | null;
  readonly rro: ReceiverRandObject | null;
}

/** An object that was read and not yet opened: nothing in it is believed. */
export interface ReadObject {
  readonly header: ObjectHeader;
  /** By which this object is told from every other under its key: the initialisation vector, or the sequence number. */
  readonly unique: string;
  readonly text: string;
}

/**
 * @param sequence number of an object that is authenticated only; a JWE has its random initialisation vector
 * @throws E2EKeyError ESPRIM_ENCRYPTION_ERROR, which has no cause that a caller could do something about.
 */
export async function makeObject(
  header: ObjectHeader,
  key: CryptoKey,
  primitive: Uint8Array,
  sequence: number,
): Promise<string> {
  const { protection, encryption, kid, direction, ori, rri, oro, rro } = header;
  const members = {
    kid,
    ...(direction !== null && { cty: mediaTypes[direction] }),
    ori,
    rri,
    ...(oro !== null && { oro: oro.json }),
    ...(rro !== null && { rro: rro.json }),
  };
  try {
    return protection === 'encryption'
      ? await new CompactEncrypt(primitive)
          .setProtectedHeader({ alg: 'dir', enc: encryption ?? '', ...members })
          .encrypt(key)
      : await new CompactSign(primitive)
          .setProtectedHeader({ alg: 'HS256', ...members, seq: sequence })
          .sign(key);
  } catch (cause) {
    return refuse('ESPRIM_ENCRYPTION_ERROR', 'the ESPrim Object could not be made', { cause });
  }
}

/**
 * Reads what an object says of itself.
 *
 * @param now for relative time-stamps, milliseconds since 1970
 * @throws E2EKeyError ESPRIM_MALFORMED for what is no ESPrim Object, ESPRIM_UNSUPPORTED_OPTION for an algorithm or a
 * header parameter that is not in the profile.
 */
export function readObject(text: string, now: number): ReadObject {
  const count = text.split('.', 5).length === 5 ? 5 : 3;
  const parts = compactParts(text, count, 'ESPRIM_MALFORMED');
  const members = joseHeader(parts[0] ?? '', 'ESPRIM_MALFORMED');
  const unique = count === 5 ? initialisationVector(parts) : sequenceNumber(parts, members);
  return { header: readHeader(members, count === 5 ? 'encryption' : 'authentication', now), unique, text };
}

/**
 * Opens an object with the key of its session.
 *
 * @throws E2EKeyError ESPRIM_BAD_MAC, one code and one sentence for every reason why it does not open.
 */
export async function openObject({ header, text }: ReadObject, key: CryptoKey): Promise<Uint8Array> {
  try {
    if (header.protection === 'authentication')
      return (await compactVerify(text, key, { algorithms: ['HS256'] })).payload;
    const { plaintext } = await compactDecrypt(text, key, {
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: [header.encryption ?? ''],
    });
    return plaintext;
  } catch (cause) {
    return refuse('ESPRIM_BAD_MAC', 'the ESPrim Object does not open with the key of its session', { cause });
  }
}

/** Everything that the header of an object may hold; `crit`, `zip`, `jwk`, `jku`… are not among it. */
const known = ['alg', 'enc', 'kid', 'cty', 'ori', 'rri', 'oro', 'rro'];

function readHeader(members: JoseHeader, protection: Protection, now: number): ObjectHeader {
  const { alg, enc, kid, cty, ori, rri, oro, rro } = members;
  const allowed = protection === 'encryption' ? known : [...known.filter(name => name !== 'enc'), 'seq'];
  const other = Object.keys(members).find(name => !allowed.includes(name));
  // RFC 7515 §4.1.11: what `crit` lists must be understood; and a compressed plaintext tells its content by its length.
  if (other !== undefined)
    return refuse(
      'ESPRIM_UNSUPPORTED_OPTION',
      `the header parameter ${shown(other)} is not supported (TS-0003 8.4.3.2)`,
    );
  if (alg !== (protection === 'encryption' ? 'dir' : 'HS256'))
    return refuse(
      'ESPRIM_UNSUPPORTED_OPTION',
      `alg is ${shown(alg)}; a JWE has dir, a JWS HS256 (TS-0003 8.4.3.2)`,
    );
  return {
    protection,
    encryption: protection === 'encryption' ? encryptionOf(enc) : null,
    kid: identifierOf(kid, 'kid'),
    direction: cty === undefined ? null : directionOf(cty),
    ori: identifierOf(ori, 'ori'),
    rri: identifierOf(rri, 'rri'),
    oro: oro === undefined ? null : readOriginatorRand(oro, now),
    rro: rro === undefined ? null : readReceiverRand(rro, now),
  };
}

function encryptionOf(enc: unknown): Encryption {
  return isEncryption(enc)
    ? enc
    : refuse(
        'ESPRIM_UNSUPPORTED_OPTION',
        `enc is ${shown(enc)}, none of A128GCM, A192GCM, A256GCM (TS-0003 8.5.3.2)`,
      );
}

function directionOf(cty: unknown): Direction {
  if (cty === mediaTypes.request) return 'request';
  if (cty === mediaTypes.response) return 'response';
  return refuse(
    'ESPRIM_UNSUPPORTED_OPTION',
    `cty is ${shown(cty)}; the inner primitive is JSON here (TS-0003 8.4.3.2)`,
  );
}

function identifierOf(value: unknown, name: string): string {
  return typeof value === 'string' && value !== '' && value.length <= maxIdentifierLength
    ? value
    : refuse('ESPRIM_MALFORMED', `${name} is missing or no identifier (TS-0003 Table 8.4.3.2-2)`);
}

/** Longest kid, ori or rri that is looked up. */
const maxIdentifierLength = 256;

function initialisationVector([
  ,
  encryptedKey,
  iv = '',
  ciphertext = '',
  tag = '',
]: readonly string[]): string {
  if (encryptedKey !== '')
    return refuse(
      'ESPRIM_MALFORMED',
      'the encrypted key is not empty, as it is with dir (TS-0003 Table 8.4.3.2-1)',
    );
  requireBase64url(ciphertext, 'the ciphertext', 'ESPRIM_MALFORMED');
  if (base64urlBytes(iv, 'the initialisation vector', 'ESPRIM_MALFORMED').length !== ivSize)
    return refuse('ESPRIM_MALFORMED', `the initialisation vector has not ${ivSize} bytes (RFC 7518 §5.3)`);
  if (base64urlBytes(tag, 'the tag', 'ESPRIM_MALFORMED').length !== tagSize)
    return refuse('ESPRIM_MALFORMED', `the authentication tag has not ${tagSize} bytes (RFC 7518 §5.3)`);
  return iv;
}

function sequenceNumber([, payload = '', mac = '']: readonly string[], { seq }: JoseHeader): string {
  requireBase64url(payload, 'the payload', 'ESPRIM_MALFORMED');
  requireBase64url(mac, 'the MIC', 'ESPRIM_MALFORMED');
  return typeof seq === 'number' && Number.isSafeInteger(seq) && seq >= 0
    ? String(seq)
    : refuse('ESPRIM_MALFORMED', 'seq is missing or no number: without it a replay could not be told');
}
