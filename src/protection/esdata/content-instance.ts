// The protected `<contentInstance>` (TS-0003 8.5.1; the contribution on data security, Figure 8.3.3.2-2): content and
// cryptoParams as one Envelope in `con`, with `cnf` beside it, so that any CSE holds it without knowing. Knows no resource
// and no CSE: where an instance lay, its reader says.
import { refuse } from '../../errors.ts';
import { requireBytes, requireDate, requireObject } from '../../identifiers/given.ts';
import { isObject } from '../../onem2m/serialisation/json.ts';
import { base64urlBytes, type JoseHeader } from '../jose.ts';
import { contentEncryptions, type SignatureAlgorithm } from './algorithms.ts';
import {
  type DataProtection,
  misplaced,
  type Opened,
  type OpeningOptions,
  openBound,
  protectBound,
  readBinding,
  requireMembers,
} from './bound.ts';
import { type ContentInfo, type ContentSecurity, readContentInfo, writeContentInfo } from './content-info.ts';
import {
  type ContentCredentials,
  type ContentDerivation,
  type DataCredentials,
  encryptionKeyNamed,
  micKeyNamed,
} from './content-keys.ts';
import { type CredentialName, credentialNamed, type OwnKey } from './credentials.ts';
import { isCompact, isEncrypted, readEncrypted, readSigned } from './envelope.ts';

/** Two attributes of a `<contentInstance>`, by their short names (TS-0004 8.2.3). */
export interface ProtectedContent {
  /** contentInfo. */
  readonly cnf: string;
  /** content. */
  readonly con: string;
}

/** What is protected. A text is UTF-8 then. */
export interface PlainContent {
  readonly mediaType: string;
  readonly content: Uint8Array | string;
}

/** Where and since when it is. Both are authenticated. */
export interface ContentPlace {
  /** Name or identifier of the container, 1 to 512 characters, as its readers call it. */
  readonly container: string;
  /** To the second; now, if absent. */
  readonly creationTime?: Date;
}

/** With keys of this container or instance: encrypted, or with `integrityOnly` readable by everybody. */
export interface DerivedProtection {
  readonly contentCredentials: ContentCredentials;
  readonly integrityOnly?: boolean;
  readonly signWith?: readonly OwnKey<SignatureAlgorithm>[];
}

export interface ProtectContentOptions {
  /** 1 where there is one recipient or signature and 2 where there are several, if absent. */
  readonly contentSecurity?: Exclude<ContentSecurity, 0>;
}

/** cryptoParams: what an instance says of its protection, for whoever has to find the keys. */
export interface CryptoParameters {
  readonly container: string;
  readonly creationTime: Date;
  /** Null where the keys were not derived for this container or instance. */
  readonly derivation: ContentDerivation | null;
  /** `enc`, or the `alg` of the first signature where nothing is encrypted. */
  readonly algorithm: string;
  /** Bits; null where nothing is encrypted: a signature does not tell the size of its key. */
  readonly keyLength: number | null;
  /** Credential-IDs and certificates, one for each recipient or signature. */
  readonly credentials: readonly CredentialName[];
}

export interface OpenContentOptions extends OpeningOptions {
  readonly dataKeys?: DataCredentials;
  /** Where the instance was found; if absent, its reader compares what comes out. */
  readonly container?: string;
}

export interface OpenedContent extends Opened {
  readonly mediaType: string;
  readonly content: Uint8Array;
  readonly container: string;
}

/**
 * Protects a content for one container: encrypted, signed, or both, with shared keys, certificates, or keys that are
 * derived for the container or for this instance.
 *
 * @returns the attributes of the `<contentInstance>` to be created.
 * @throws E2EKeyError as `encrypt` and `sign`; KEY_UNKNOWN where the content credentials have not the key that is needed.
 * @example
 * ```ts
 * import { endpointCredentials, protectContentInstance } from 'e2ekey/protection';
 * const { encryption } = await endpointCredentials(endpoint, '//m2m.example.com/cse-b').current();
 * const { cnf, con } = await protectContentInstance(
 *   { mediaType: 'text/plain', content: '21.5' },
 *   { container: 'temperature' },
 *   { encryptFor: [encryption] },
 * );
 * ```
 */
export async function protectContentInstance(
  plain: PlainContent,
  place: ContentPlace,
  protection: DataProtection | DerivedProtection,
  { contentSecurity: chosen }: ProtectContentOptions = {},
): Promise<ProtectedContent> {
  const { mediaType, content } = requireObject(plain, 'content');
  const { container, creationTime = new Date() } = requireObject(place, 'place');
  requireObject(protection, 'protection');
  if (chosen !== undefined && ![1, 2, 3].includes(chosen))
    refuse('OPTION_INVALID', 'contentSecurity: 1, 2 and 3 are possible (TS-0004 6.3.4.2.38)');
  const derived =
    'contentCredentials' in protection
      ? requireObject(protection.contentCredentials, 'contentCredentials')
      : null;
  if (derived !== null && derived.container !== container)
    refuse('OPTION_INVALID', `container: the content credentials are those of ${derived.container}`);
  const info = { mediaType, encodingType: 0 } as const;
  const envelope = await protectBound(
    typeof content === 'string' ? Buffer.from(content) : requireBytes(content, 'content'),
    'contentCredentials' in protection ? derivedProtection(protection) : protection,
    {
      time: requireDate(creationTime, 'creationTime'),
      ...(chosen !== undefined && { serialization: chosen === 1 ? 'compact' : 'JSON' }),
    },
    'cpa',
    {
      contentInfo: writeContentInfo({ ...info, contentSecurity: 0 }),
      container: containerOf(container, 'OPTION_INVALID'),
      ...(derived !== null && {
        level: derived.level,
        nonce: Buffer.from(derived.nonce).toString('base64url'),
      }),
    },
  );
  const contentSecurity = chosen ?? (isCompact(envelope) ? 1 : 2);
  return {
    cnf: writeContentInfo({ ...info, contentSecurity }),
    con: contentSecurity === 3 ? Buffer.from(envelope).toString('base64') : envelope,
  };
}

/**
 * Opens a protected content, and compares what it says of its place and time with what is expected.
 *
 * @throws E2EKeyError as `decrypt`, `verify` and `decryptThenVerify`; ESDATA_MALFORMED for a content that is not
 * protected; ESDATA_UNAUTHENTIC also for an authentic one that is not expected here and now.
 * @example
 * ```ts
 * import { endpointCredentials, openContentInstance, type ProtectedContent } from 'e2ekey/protection';
 * const { decryptWith } = endpointCredentials(endpoint, '//m2m.example.com/cse-b');
 * const open = (instance: ProtectedContent) =>
 *   openContentInstance(instance, { decryptWith, container: 'temperature' });
 * ```
 */
export async function openContentInstance(
  instance: ProtectedContent,
  opening: OpenContentOptions,
): Promise<OpenedContent> {
  const { dataKeys = [], container: expected, ...options } = requireObject(opening, 'options');
  const { info, envelope } = partsOf(instance);
  const { payload, place, ...opened } = await openBound(envelope, 'cpa', readPlace, ({ derivation }) =>
    derivation === null ? options : withDataKeys(options, derivation, dataKeys),
  );
  const { container, contentInfo } = place;
  // cnf itself is anybody's to change, and says what the bytes are.
  if (contentInfo !== writeContentInfo({ ...info, contentSecurity: 0 }))
    return misplaced('cnf is not the one that it was made with');
  if (expected !== undefined && container !== expected) return misplaced('it was made for another container');
  return { ...opened, mediaType: info.mediaType, content: transferDecoded(payload, info), container };
}

/**
 * What an instance says of its protection. Nothing of it is believed: it serves to look for the keys.
 *
 * @throws E2EKeyError ESDATA_MALFORMED, ESDATA_UNSUPPORTED.
 */
export function cryptoParametersOf(instance: ProtectedContent): CryptoParameters {
  const { envelope } = partsOf(instance);
  const read = isEncrypted(envelope) ? readEncrypted(envelope, 'cpa') : readSigned(envelope, 'cpa');
  const {
    place: { container, derivation },
    creationTime,
  } = readBinding(read, 'cpa', readPlace);
  const [algorithm, keyLength] =
    'enc' in read ? [read.enc, contentEncryptions[read.enc] * 8] : [read.signatures[0]?.alg ?? '', null];
  const credentials = ('enc' in read ? read.recipients : read.signatures).map(({ name }) => name);
  return { container, creationTime, derivation, algorithm, keyLength, credentials };
}

function derivedProtection(protection: DerivedProtection): DataProtection {
  const { contentCredentials, integrityOnly, signWith } = requireMembers(protection, [
    'contentCredentials',
    'integrityOnly',
    'signWith',
  ]);
  const { encryption, mic } = contentCredentials;
  if (integrityOnly === true)
    return {
      signWith: [...(signWith ?? []), mic ?? refuse('KEY_UNKNOWN', 'there is no data authenticity key')],
    };
  const encryptFor = [encryption ?? refuse('KEY_UNKNOWN', 'there is no data confidentiality key')];
  return signWith === undefined ? { encryptFor } : { encryptFor, signWith };
}

/** The keys that the content names among those derived for it, before those that are there as they are. */
function withDataKeys(
  { decryptWith = [], verifyWith = [], ...options }: OpeningOptions,
  derivation: ContentDerivation,
  dataKeys: DataCredentials,
): OpeningOptions {
  return {
    ...options,
    decryptWith: async name =>
      (await encryptionKeyNamed(name, derivation, dataKeys)) ??
      (await credentialNamed(decryptWith, name, 'encryption')),
    verifyWith: async name =>
      (await micKeyNamed(name, derivation, dataKeys)) ??
      (await credentialNamed(verifyWith, name, 'signature')),
  };
}

/** As the Hosting CSE gave it. */
function partsOf(instance: ProtectedContent): { readonly info: ContentInfo; readonly envelope: string } {
  if (!isObject(instance)) return refuse('ESDATA_MALFORMED', 'the instance is no object with cnf and con');
  const info = readContentInfo(instance.cnf);
  return { info, envelope: envelopeOf(instance, info) };
}

/** TS-0004 6.3.4.2.38. The serialization is that which cnf says: one content has one reading. */
function envelopeOf({ con }: ProtectedContent, { contentSecurity }: ContentInfo): string {
  const malformed = (problem: string) => refuse('ESDATA_MALFORMED', problem);
  if (typeof con !== 'string') return malformed('con is no text');
  if (contentSecurity === 0) return malformed('cnf says that no ESData was applied (TS-0004 6.3.4.2.38)');
  const envelope = contentSecurity === 3 ? base64Bytes(con, 'con').toString() : con;
  return isCompact(envelope) === (contentSecurity === 1)
    ? envelope
    : malformed(`con is not in the serialization of contentSecurity ${contentSecurity} (TS-0004 6.3.4.2.38)`);
}

const parameterNames = ['contentInfo', 'container', 'level', 'nonce'];

interface Place {
  /** Media type and transfer encoding, as `cnf` has them before its contentSecurity. */
  readonly contentInfo: string;
  readonly container: string;
  readonly derivation: ContentDerivation | null;
}

function readPlace(cpa: JoseHeader): Place {
  const malformed = (problem: string) => refuse('ESDATA_MALFORMED', `cpa: ${problem}`);
  const other = Object.keys(cpa).find(name => !parameterNames.includes(name));
  if (other !== undefined) return malformed(`${JSON.stringify(other.slice(0, 40))} is no parameter`);
  const { contentInfo, level, nonce: nonceText } = cpa;
  if (typeof contentInfo !== 'string') return malformed('contentInfo is missing or no text');
  const container = containerOf(cpa.container, 'ESDATA_MALFORMED');
  if (level === undefined && nonceText === undefined) return { contentInfo, container, derivation: null };
  if (level !== 'container' && level !== 'contentInstance')
    return malformed('level is neither container nor contentInstance');
  if (typeof nonceText !== 'string') return malformed('nonce is missing or no text');
  const nonce = base64urlBytes(nonceText, 'nonce', 'ESDATA_MALFORMED');
  return { contentInfo, container, derivation: { level, container, nonce } };
}

const maxContainerLength = 512;

function containerOf(container: unknown, code: 'OPTION_INVALID' | 'ESDATA_MALFORMED'): string {
  return typeof container === 'string' && container !== '' && container.length <= maxContainerLength
    ? container
    : refuse(code, `container is no text of 1 to ${maxContainerLength} characters`);
}

/** TS-0004 6.3.3, note: after the Envelope is opened, and before the media type. */
function transferDecoded(payload: Uint8Array, { encodingType }: ContentInfo): Uint8Array {
  return encodingType === 0 ? payload : base64Bytes(Buffer.from(payload).toString('latin1'), 'the content');
}

function base64Bytes(text: string, what: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text
    ? bytes
    : refuse('ESDATA_MALFORMED', `${what} is not base64 (RFC 4648 §4)`);
}
