// An Envelope that belongs to one place and one time: which stands in a private header parameter, under the tag or the
// signature. Makes and opens it in each of the three security classes of ESData (TS-0003 8.5.2.1); whether the place is
// the one that is meant, its reader says.
import { refuse } from '../../errors.ts';
import { requireDate, requireObject } from '../../identifiers/given.ts';
import { readTimestamp, writeTimestamp } from '../../onem2m/timestamp.ts';
import type { JoseHeader } from '../jose.ts';
import type { SignatureAlgorithm } from './algorithms.ts';
import type {
  Credentials,
  DecryptionCredential,
  EncryptionCredential,
  OwnKey,
  SigningCredential,
  VerificationCredential,
} from './credentials.ts';
import { type EncryptOptions, encryptBound, openEncrypted, unauthentic } from './encryption.ts';
import {
  type Binding,
  type EncryptedEnvelope,
  isEncrypted,
  readEncrypted,
  readSigned,
  type SignedEnvelope,
} from './envelope.ts';
import { isNested, signThenEncryptBound, verifyInner } from './nested.ts';
import { openSigned, requireDemanded, signBound, type VerifyOptions } from './signature.ts';

/** Encrypted, signed, or signed and then encrypted. */
export type DataProtection =
  | {
      readonly encryptFor: readonly EncryptionCredential[];
      readonly signWith?: readonly OwnKey<SignatureAlgorithm>[];
    }
  | { readonly signWith: readonly SigningCredential[]; readonly encryptFor?: never };

/** What there is to open with, and how old it may be. */
export interface OpeningOptions extends VerifyOptions {
  readonly decryptWith?: Credentials<DecryptionCredential>;
  readonly verifyWith?: Credentials<VerificationCredential>;
  /** An old object that is shown for a new one is noticed. To the second, itself included. */
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

/** By what it was authenticated, and when it was made. */
export interface Opened {
  /** To the second. */
  readonly creationTime: Date;
  /** Null where nothing was encrypted. */
  readonly decryptedWith: DecryptionCredential | null;
  /** Empty where nothing was signed. */
  readonly signedBy: readonly VerificationCredential[];
}

/** @param place what is bound beside the time, which is `time`, to the second. */
export async function protectBound(
  payload: Uint8Array,
  protection: DataProtection,
  options: EncryptOptions & { readonly time: Date },
  name: Binding,
  place: JoseHeader,
): Promise<string> {
  const binding = { [name]: { ...place, creationTime: writeTimestamp(options.time) } };
  const { encryptFor, signWith } = requireMembers(protection, ['encryptFor', 'signWith']);
  if (encryptFor === undefined) return signBound(payload, signWith, options, binding);
  return signWith === undefined
    ? encryptBound(payload, encryptFor, options, binding)
    : signThenEncryptBound(payload, signWith, encryptFor, options, binding);
}

/** One that is misspelt would be left out: what was to be encrypted or signed would not be. So would one that is undefined. */
export function requireMembers<T extends object>(protection: T, names: readonly string[]): T {
  const entries: readonly (readonly [string, unknown])[] = Object.entries(
    requireObject(protection, 'protection'),
  );
  for (const [name, value] of entries)
    if (!names.includes(name) || value === undefined)
      refuse(
        'OPTION_INVALID',
        `protection: ${JSON.stringify(name.slice(0, 40))} is undefined, or none of ${names.join(', ')}`,
      );
  return entries.length > 0
    ? protection
    : refuse('OPTION_INVALID', `protection: there is none of ${names.join(', ')}`);
}

/**
 * @param readPlace checks what the parameter holds beside the time
 * @param optionsFor what there is to open with where the Envelope says this of itself, which is not yet to be believed
 * @throws E2EKeyError as `decrypt`, `verify` and `decryptThenVerify`; ESDATA_UNAUTHENTIC for one that is authentic and
 * too old or too new.
 */
export async function openBound<P>(
  envelope: string,
  name: Binding,
  readPlace: (place: JoseHeader) => P,
  optionsFor: (place: P) => OpeningOptions,
): Promise<Opened & { readonly payload: Uint8Array; readonly place: P }> {
  const read = isEncrypted(envelope) ? readEncrypted(envelope, name) : readSigned(envelope, name);
  const { place, creationTime: created } = readBinding(read, name, readPlace);
  const { notBefore, notAfter, ...options } = optionsFor(place);
  for (const [option, date] of Object.entries({ notBefore, notAfter }))
    if (date !== undefined) requireDate(date, option);
  const opened = await openRead(read, name, laterJudged(options, created));
  // Authentic it is, and of no use: one that was shown before, or made ahead of its time.
  if (notBefore !== undefined && created.getTime() < notBefore.getTime() - (notBefore.getTime() % 1000))
    return misplaced('it is older than expected');
  if (notAfter !== undefined && created > notAfter) return misplaced('it is newer than expected');
  return { ...opened, place, creationTime: created };
}

/** What an Envelope says of its place and time, not yet to be believed. */
export function readBinding<P>(
  { binding }: EncryptedEnvelope | SignedEnvelope,
  name: Binding,
  readPlace: (place: JoseHeader) => P,
): { readonly place: P; readonly creationTime: Date } {
  const { creationTime: text, ...place } = binding;
  const creationTime = typeof text === 'string' ? readTimestamp(text) : null;
  return creationTime === null
    ? refuse('ESDATA_MALFORMED', `${name}.creationTime is no m2m:timestamp (TS-0004 6.3.3)`)
    : { place: readPlace(place), creationTime };
}

/** Of an object that is authentic and not due: whoever moved it or shows it again gets no further than a forger. */
export function misplaced(problem: string): never {
  return refuse('ESDATA_UNAUTHENTIC', `the object is authentic, but not for here and now: ${problem}`);
}

async function openRead(
  read: EncryptedEnvelope | SignedEnvelope,
  name: Binding,
  { decryptWith = [], verifyWith, ...options }: OpeningOptions,
): Promise<Omit<Opened, 'creationTime'> & { readonly payload: Uint8Array }> {
  if ('signatures' in read) {
    const { payload, credentials } = await openSigned(read, verifyWith ?? [], options);
    return { payload, decryptedWith: null, signedBy: credentials };
  }
  const decrypted = await openEncrypted(read, decryptWith, options);
  if (!isNested(read)) {
    // Whoever demands a signature does not get what was only encrypted.
    requireDemanded(options.demanded, []);
    // Our certificate is for everybody to encrypt with (TS-0003 8.5.2.1): where there is something to verify with, what
    // nobody has signed is not taken.
    if (verifyWith !== undefined && 'privateKey' in decrypted.credential) return unauthentic();
    return { payload: decrypted.payload, decryptedWith: decrypted.credential, signedBy: [] };
  }
  const { payload, credentials } = await verifyInner(decrypted, read, name, verifyWith ?? [], options);
  return { payload, decryptedWith: decrypted.credential, signedBy: credentials };
}

/** A key makes nothing after its end, whatever time the reader has in mind. */
function laterJudged({ time = new Date(), ...options }: OpeningOptions, created: Date): OpeningOptions {
  return { ...options, time: created > requireDate(time, 'time') ? created : time };
}
