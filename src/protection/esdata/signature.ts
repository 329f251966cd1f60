// The Signature-Only security class of ESData (TS-0003 8.5.2.3, 8.5.3.3): MICs and digital signatures on a payload that
// everybody can read. The cryptography is jose's; the profile, and what is believed, is ours.
import { FlattenedSign, flattenedVerify, GeneralSign } from 'jose';
import { refuse } from '../../errors.ts';
import { requireBytes } from '../../identifiers/given.ts';
import type { JoseHeader } from '../jose.ts';
import {
  type Credentials,
  credentialNamed,
  requireCredentials,
  type SigningCredential,
  toSign,
  toVerify,
  type VerificationCredential,
} from './credentials.ts';
import {
  contentTypeIn,
  type OpenOptions,
  openable,
  requireForm,
  type Serialization,
  unauthentic,
} from './encryption.ts';
import { type Binding, readSigned, type Signature, type SignedEnvelope } from './envelope.ts';

export interface SignOptions {
  /** `compact` for one signature and JSON for several, if absent. */
  readonly serialization?: Serialization;
  /** Media type of the payload, `cty`, at most 520 characters. */
  readonly contentType?: string;
  /** Now, if absent. */
  readonly time?: Date;
}

export interface VerifyOptions extends OpenOptions {
  /**
   * Signatures that have to be there, by `kid` or `x5t#S256`. Anybody on the way can take a signature out of several;
   * if absent, one of somebody who is known is enough.
   */
  readonly demanded?: readonly string[];
}

export interface Verified<C extends VerificationCredential = VerificationCredential> {
  readonly payload: Uint8Array;
  readonly contentType: string | null;
  /** Every credential that verified the payload, in the order of the Envelope (TS-0003 8.5.2.3.1 C.3). */
  readonly credentials: readonly C[];
}

/**
 * Makes a MIC or digital signature with each credential.
 *
 * @param signers 1 to 16
 * @returns the Envelope: m2m:e2eCompactJWS, or the text of a JSON object.
 * @throws E2EKeyError KEY_EXPIRED, KEY_PURPOSE_WRONG, ESDATA_ALGORITHM_UNFIT, OPTION_INVALID.
 * @example
 * ```ts
 * import { createPrivateKey } from 'node:crypto';
 * import { parseCertificate } from 'e2ekey/certificates';
 * import { sign } from 'e2ekey/protection';
 * const ownKey = (pem: string) => ({ certificate: parseCertificate(der), privateKey: createPrivateKey(pem) });
 * const signed = (pem: string) => sign(Buffer.from('21.5'), [ownKey(pem)]);
 * ```
 */
export async function sign(
  payload: Uint8Array,
  signers: readonly SigningCredential[],
  options: SignOptions = {},
): Promise<string> {
  return signBound(payload, signers, options, {});
}

/** The same with a private header parameter, that only its own reader opens. */
export async function signBound(
  payload: Uint8Array,
  signers: readonly SigningCredential[],
  { serialization, contentType, time = new Date() }: SignOptions,
  binding: { readonly [B in Binding]?: JoseHeader },
): Promise<string> {
  requireBytes(payload, 'payload');
  const { length } = requireCredentials(signers, 'signers');
  const compact = requireForm(length, serialization, 'signers') === 'compact';
  const shared = { ...contentTypeIn(contentType), ...binding };
  const [first, ...others] = signers.map(credential => {
    const { alg, key, naming } = toSign(credential, time);
    return { key, header: { alg, ...naming, ...shared } };
  });
  if (first === undefined) return refuse('OPTION_INVALID', 'there are no signers');
  if (others.length === 0) {
    const made = await new FlattenedSign(payload).setProtectedHeader(first.header).sign(first.key);
    return openable(compact ? `${made.protected}.${made.payload}.${made.signature}` : JSON.stringify(made));
  }
  const jws = new GeneralSign(payload);
  for (const { key, header } of [first, ...others]) jws.addSignature(key).setProtectedHeader(header);
  return openable(JSON.stringify(await jws.sign()));
}

/**
 * Verifies every signature whose credential is there: all of them hold, and there is one at least.
 *
 * @param envelope at most 1 MiB, at most 16 signatures
 * @throws E2EKeyError ESDATA_MALFORMED, ESDATA_UNSUPPORTED, KEY_UNKNOWN, KEY_EXPIRED, KEY_PURPOSE_WRONG,
 * ESDATA_ALGORITHM_UNFIT; ESDATA_UNAUTHENTIC, one code and one sentence for every MIC and signature that does not hold
 * or is missing; OPTION_INVALID for credentials, demanded names or a time that are none.
 * @example
 * ```ts
 * import { parseCertificate } from 'e2ekey/certificates';
 * import { verify } from 'e2ekey/protection';
 * const open = async (envelope: string) => (await verify(envelope, [{ certificate: parseCertificate(der) }])).payload;
 * ```
 */
export async function verify(
  envelope: string,
  credentials: Credentials<VerificationCredential>,
  options: VerifyOptions = {},
): Promise<Verified> {
  return openSigned(readSigned(envelope, null), credentials, options);
}

/** Verifies what was read. */
export async function openSigned<C extends VerificationCredential>(
  jws: SignedEnvelope,
  credentials: Credentials<C>,
  { time = new Date(), demanded }: VerifyOptions,
): Promise<Verified<C>> {
  const verified: C[] = [];
  const names: (string | null)[] = [];
  for (const signature of jws.signatures) {
    const credential = await credentialNamed(credentials, signature.name, 'signature');
    if (credential === null) continue;
    await verifyOne(signature, jws.payload, toVerify(credential, time));
    verified.push(credential);
    names.push(signature.name.kid, signature.name.x5tS256);
  }
  if (verified.length === 0)
    return refuse('KEY_UNKNOWN', 'the Envelope names none of the credentials that are there to verify');
  requireDemanded(demanded, names);
  return { payload: Buffer.from(jws.payload, 'base64url'), contentType: jws.cty, credentials: verified };
}

/** A signature that is missing is as bad as one that does not hold. */
export function requireDemanded(
  demanded: readonly string[] | undefined,
  verified: readonly (string | null)[],
): void {
  if (demanded === undefined) return;
  if (!Array.isArray(demanded)) refuse('OPTION_INVALID', 'demanded is no list');
  if (!demanded.every(name => verified.includes(name))) unauthentic();
}

async function verifyOne(
  { alg, protected: encoded, header, signature }: Signature,
  payload: string,
  means: ReturnType<typeof toVerify>,
): Promise<void> {
  if (!means.algs.some(name => name === alg))
    return refuse('ESDATA_ALGORITHM_UNFIT', `alg is ${alg}; the key is used with ${means.algs.join(', ')}`);
  const jws = { protected: encoded, ...(header !== null && { header }), payload, signature };
  try {
    await flattenedVerify(jws, means.key, { algorithms: [alg] });
  } catch (cause) {
    unauthentic(cause);
  }
}
