// An ESData Envelope as it comes (TS-0003 8.5.3): a JWE or JWS in the compact or a JSON serialisation, read strictly and
// within bounds before a library opens it. Knows no key: what a header says of one is only a name here.
import { createPublicKey } from 'node:crypto';
import { E2EKeyError, refuse } from '../../errors.ts';
import { readJson } from '../../onem2m/serialisation/json.ts';
import {
  compactParts,
  ivSize,
  type JoseHeader,
  joseHeader,
  requireBase64url,
  shown,
  tagSize,
} from '../jose.ts';
import {
  type ContentEncryption,
  coordinateSize,
  isContentEncryption,
  isKeyAgreement,
  isKeyManagement,
  isSigning,
  type KeyManagement,
  type MacAlgorithm,
  type SignatureAlgorithm,
} from './algorithms.ts';
import type { CredentialName } from './credentials.ts';

/** Longest Envelope, in characters: contents of oneM2M resources are some kilobytes, and CSEs stop at 64 KiB or earlier. */
export const maxEnvelopeLength = 1024 * 1024;
/** Recipients or signatures: each costs an operation with a private or public key. */
export const maxCredentials = 16;
/** kid, cty, apu and apv: an absolute identifier is at most 512 characters long. */
export const maxTextLength = 520;

/** Private header parameters: cryptoParams of a content (content-instance.ts), the place of an attribute (attributes.ts). */
export type Binding = 'cpa' | 'atr';

/** Parameters that are found by name and believed once the Envelope is opened. */
interface Common {
  readonly cty: string | null;
  /** What the private parameter holds; empty where none was asked for. */
  readonly binding: JoseHeader;
}

/** A JWE that was read and not yet opened. */
export interface EncryptedEnvelope extends Common {
  readonly enc: ContentEncryption;
  readonly protected: string;
  readonly aad: string | null;
  readonly iv: string;
  readonly ciphertext: string;
  readonly tag: string;
  readonly recipients: readonly Recipient[];
}

export interface Recipient {
  readonly alg: KeyManagement;
  readonly name: CredentialName;
  /** `crv` of `epk`; null where there is none. */
  readonly curve: string | null;
  /** The per-recipient unprotected header. */
  readonly header: JoseHeader | null;
  readonly encryptedKey: string | null;
}

/** A JWS that was read and not yet verified. */
export interface SignedEnvelope extends Common {
  readonly payload: string;
  readonly signatures: readonly Signature[];
}

export interface Signature extends Common {
  readonly alg: MacAlgorithm | SignatureAlgorithm;
  readonly name: CredentialName;
  readonly protected: string;
  readonly header: JoseHeader | null;
  readonly signature: string;
}

const code = 'ESDATA_MALFORMED';

/**
 * Reads a JWE: compact, flattened or general (RFC 7516 §7). A shared unprotected header is refused: nothing that it
 * could hold is for everybody to change.
 *
 * @param binding the private header parameter that it has to have
 * @throws E2EKeyError ESDATA_MALFORMED; ESDATA_UNSUPPORTED for algorithms and parameters outside the profile.
 */
export function readEncrypted(envelope: string, binding: Binding | null): EncryptedEnvelope {
  const members = generalJwe(requireLength(envelope));
  requireNames(members, ['protected', 'aad', 'iv', 'ciphertext', 'tag', 'recipients'], 'the JWE');
  const encoded = textOf(members.protected, 'protected');
  const header = joseHeader(encoded, code);
  // RFC 7516 §7.2.1: what recipients differ in may stand beside; it selects a key, and the key decides.
  requireNames(header, [...perRecipient, ...perObject, 'enc', ...named(binding)], 'the protected header');
  const { enc } = header;
  if (!isContentEncryption(enc))
    return unsupported(`enc is ${shown(enc)}, none of A128GCM, A192GCM, A256GCM`, 'TS-0003 Table 8.5.3.2-4');
  const { aad } = members;
  return {
    enc,
    ...commonOf(header, binding),
    protected: encoded,
    aad: aad === undefined ? null : base64urlText(textOf(aad, 'aad'), 'aad'),
    iv: base64urlText(members.iv, 'iv', ivSize),
    ciphertext: base64urlText(members.ciphertext, 'ciphertext'),
    tag: base64urlText(members.tag, 'tag', tagSize),
    recipients: itemsOf(members.recipients, 'recipients').map((item, _index, { length }) =>
      readRecipient(item, header, length),
    ),
  };
}

/**
 * Reads a JWS: compact, flattened or general (RFC 7515 §7). `alg` stands in the protected header, so that it is signed.
 *
 * @throws E2EKeyError as `readEncrypted`.
 */
export function readSigned(envelope: string, binding: Binding | null): SignedEnvelope {
  const members = generalJws(requireLength(envelope));
  requireNames(members, ['payload', 'signatures'], 'the JWS');
  const payload = base64urlText(members.payload, 'payload');
  const signatures = itemsOf(members.signatures, 'signatures').map(item => readSignature(item, binding));
  const [first, ...others] = signatures.map(({ cty, binding: bound }) => ({ cty, binding: bound }));
  // One payload has one meaning: whoever adds a signature does not give it another.
  if (first === undefined || others.some(other => JSON.stringify(other) !== JSON.stringify(first)))
    return refuse(code, 'the signatures differ in what the payload is');
  return { ...first, payload, signatures };
}

/** Is it a JWE, by its form? Decides nothing: each is then read as what it has to be. */
export function isEncrypted(envelope: string): boolean {
  const text = requireLength(envelope);
  return isCompact(text) ? text.split('.', 5).length === 5 : 'ciphertext' in jsonMembers(text);
}

/**
 * The header parameters that are read; the list is closed. `jwk`, `jku`, `x5c` and `x5u` bring keys that nobody vouches
 * for (RFC 8725 §3.10), `zip` tells a content by its length, `crit` and `b64` change how the rest is to be read.
 */
const perObject = ['typ', 'cty'];
const perRecipient = ['alg', 'kid', 'x5t#S256', 'epk', 'apu', 'apv'];
const perSignature = ['kid', 'x5t#S256'];

function readRecipient(item: JoseHeader, shared: JoseHeader, count: number): Recipient {
  requireNames(item, ['header', 'encrypted_key'], 'the recipient');
  const header = unprotectedOf(item, perRecipient);
  const parameters = merged(shared, header);
  const { alg, epk } = parameters;
  if (!isKeyManagement(alg))
    return unsupported(`alg is ${shown(alg)}, which manages no keys of ESData`, 'TS-0003 Table 8.5.3.2-3');
  if (alg === 'dir' && count > 1)
    return refuse(code, 'there is one recipient where a key encrypts directly (TS-0003 8.5.2.2.1)');
  const { encrypted_key: encryptedKey } = item;
  if ((alg === 'dir') !== (encryptedKey === undefined))
    return refuse(
      code,
      `the encrypted key ${alg === 'dir' ? 'is' : 'is not'} empty with ${alg} (RFC 7516 §5.2)`,
    );
  if (isKeyAgreement(alg) !== (epk !== undefined))
    return refuse(code, `epk is ${epk === undefined ? 'missing' : 'there'} with ${alg} (RFC 7518 §4.6.1)`);
  for (const name of ['apu', 'apv'])
    if (parameters[name] !== undefined) base64urlText(textOf(parameters[name], name, maxTextLength), name);
  return {
    alg,
    name: nameIn(parameters),
    curve: epk === undefined ? null : curveOfEphemeralKey(epk),
    header,
    encryptedKey: encryptedKey === undefined ? null : base64urlText(encryptedKey, 'encrypted_key'),
  };
}

function readSignature(item: JoseHeader, binding: Binding | null): Signature {
  requireNames(item, ['protected', 'header', 'signature'], 'the signature');
  const encoded = textOf(item.protected, 'protected');
  const shared = joseHeader(encoded, code);
  requireNames(shared, ['alg', ...perSignature, ...perObject, ...named(binding)], 'the protected header');
  const header = unprotectedOf(item, perSignature);
  const parameters = merged(shared, header);
  const { alg } = parameters;
  if (!isSigning(alg))
    return unsupported(`alg is ${shown(alg)}, which makes no signature of ESData`, 'TS-0003 Table 8.5.3.3-2');
  return {
    alg,
    ...commonOf(shared, binding),
    name: nameIn(parameters),
    protected: encoded,
    header,
    signature: base64urlText(item.signature, 'signature'),
  };
}

/** RFC 7516 §7.1, §7.2.2: the other serialisations are the general one with one recipient, written otherwise. */
function generalJwe(envelope: string): JoseHeader {
  if (isCompact(envelope)) {
    const [header, encryptedKey, iv, ciphertext, tag] = compactParts(envelope, 5, code);
    const recipient = encryptedKey === '' ? {} : { encrypted_key: encryptedKey };
    return { protected: header, iv, ciphertext, tag, recipients: [recipient] };
  }
  const members = jsonMembers(envelope);
  if ('recipients' in members) return members;
  const { header, encrypted_key, ...shared } = members;
  const recipient = Object.entries({ header, encrypted_key }).filter(([, value]) => value !== undefined);
  return { ...shared, recipients: [Object.fromEntries(recipient)] };
}

/** RFC 7515 §7.1, §7.2.2. */
function generalJws(envelope: string): JoseHeader {
  if (isCompact(envelope)) {
    const [header, payload, signature] = compactParts(envelope, 3, code);
    return { payload, signatures: [{ protected: header, signature }] };
  }
  const members = jsonMembers(envelope);
  if ('signatures' in members) return members;
  const { protected: protectedHeader, header, signature, ...shared } = members;
  const only = Object.entries({ protected: protectedHeader, header, signature });
  return { ...shared, signatures: [Object.fromEntries(only.filter(([, value]) => value !== undefined))] };
}

export function isCompact(envelope: string): boolean {
  return !envelope.startsWith('{');
}

function jsonMembers(envelope: string): JoseHeader {
  return requireObject(jsonIn(Buffer.from(envelope), 'the Envelope'), 'the Envelope');
}

/** @throws E2EKeyError ESDATA_MALFORMED for what is no JSON, or holds one name twice. */
function jsonIn(bytes: Uint8Array, what: string): unknown {
  try {
    return readJson(bytes);
  } catch (error) {
    // Without its cause, which quotes the text; what is inside of an encrypted Envelope is read here too.
    const reason = error instanceof E2EKeyError ? `: ${error.message}` : '';
    return refuse(code, `${what} cannot be read${reason}`);
  }
}

function requireLength(envelope: string): string {
  if (typeof envelope !== 'string') return refuse(code, 'the Envelope is no text');
  return envelope.length <= maxEnvelopeLength
    ? envelope
    : refuse(code, `the Envelope has more than ${maxEnvelopeLength} characters`);
}

function itemsOf(value: unknown, name: string): readonly JoseHeader[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > maxCredentials)
    return refuse(code, `${name} is no list of 1 to ${maxCredentials}`);
  return value.map(item => requireObject(item, name));
}

function commonOf({ typ, cty, ...header }: JoseHeader, binding: Binding | null): Common {
  // RFC 7515 §4.1.9: for applications that tell objects apart by it; here nothing follows from it.
  if (typ !== undefined) textOf(typ, 'typ', maxTextLength);
  return {
    cty: cty === undefined ? null : textOf(cty, 'cty', maxTextLength),
    binding: binding === null ? {} : requireObject(header[binding], binding),
  };
}

function unprotectedOf({ header }: JoseHeader, allowed: readonly string[]): JoseHeader | null {
  if (header === undefined) return null;
  const parameters = requireObject(header, 'header');
  requireNames(parameters, allowed, 'the unprotected header');
  return parameters;
}

/** RFC 7515 §4, RFC 7516 §4: no parameter stands in both. */
function merged(shared: JoseHeader, header: JoseHeader | null): JoseHeader {
  const twice = Object.keys(header ?? {}).find(name => Object.hasOwn(shared, name));
  return twice === undefined
    ? { ...shared, ...header }
    : refuse(code, `${twice} stands in the protected and in the unprotected header (RFC 7515 §4)`);
}

function nameIn({ kid, 'x5t#S256': thumbprint }: JoseHeader): CredentialName {
  return {
    kid: kid === undefined ? null : textOf(kid, 'kid', maxTextLength),
    x5tS256: thumbprint === undefined ? null : base64urlText(thumbprint, 'x5t#S256', 32),
  };
}

/**
 * RFC 7518 §6.2.1, §4.6.1.1: a point on its curve, and nothing more. One that is not on the curve would tell the
 * private key that it meets, piece by piece.
 */
function curveOfEphemeralKey(epk: unknown): string {
  const { kty, crv, x, y, ...more } = requireObject(epk, 'epk');
  const size = coordinateSize(crv);
  if (kty !== 'EC' || typeof crv !== 'string' || size === null)
    return unsupported('epk is none of P-256, P-384 and P-521', 'RFC 7518 §6.2.1');
  const point = { kty, crv, x: base64urlText(x, 'epk.x', size), y: base64urlText(y, 'epk.y', size) };
  if (Object.keys(more).length > 0) return refuse(code, 'epk has other members than kty, crv, x and y');
  try {
    createPublicKey({ key: point, format: 'jwk' });
    return crv;
  } catch (cause) {
    return refuse(code, `epk is no point on ${crv} (RFC 7518 §4.6.1.1)`, { cause });
  }
}

function requireNames(members: JoseHeader, allowed: readonly string[], where: string): void {
  const other = Object.keys(members).find(name => !allowed.includes(name));
  if (other !== undefined) unsupported(`${shown(other)} in ${where} is not supported`, 'TS-0003 8.5.3');
}

function requireObject(value: unknown, name: string): JoseHeader {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JoseHeader)
    : refuse(code, `${name} is missing or no JSON object`);
}

/** The text itself, canonical base64url, of `size` bytes where that is fixed. */
function base64urlText(value: unknown, name: string, size: number | null = null): string {
  if (typeof value !== 'string') return refuse(code, `${name} is missing or no text`);
  requireBase64url(value, name, code);
  const length = Math.floor((value.length * 3) / 4);
  return size === null || length === size ? value : refuse(code, `${name} has ${length} bytes, not ${size}`);
}

function textOf(value: unknown, name: string, maxLength = Infinity): string {
  return typeof value === 'string' && value !== '' && value.length <= maxLength
    ? value
    : refuse(code, `${name} is missing, no text, empty or too long`);
}

function named(binding: Binding | null): readonly string[] {
  return binding === null ? [] : [binding];
}

function unsupported(problem: string, clause: string): never {
  return refuse('ESDATA_UNSUPPORTED', `${problem} (${clause})`);
}
