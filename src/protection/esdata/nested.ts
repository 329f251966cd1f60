// The Nested Sign-then-Encrypt security class of ESData (TS-0003 8.5.2.4, 8.5.3.4): signed with certificates, and the
// signed Envelope encrypted. Knows the two Envelopes, and nothing of what is in them.
import { refuse } from '../../errors.ts';
import type { JoseHeader } from '../jose.ts';
import { isMac, type SignatureAlgorithm } from './algorithms.ts';
import {
  type Credentials,
  type DecryptionCredential,
  type EncryptionCredential,
  type OwnKey,
  requireCredentials,
  type VerificationCredential,
} from './credentials.ts';
import {
  type Decrypted,
  type EncryptOptions,
  encryptBound,
  openEncrypted,
  unauthentic,
} from './encryption.ts';
import { type Binding, type EncryptedEnvelope, readEncrypted, readSigned } from './envelope.ts';
import { openSigned, signBound, type Verified, type VerifyOptions } from './signature.ts';

/** `cty` of what holds another Envelope, compact or JSON (RFC 7516 §4.1.12). */
const envelopeTypes = { compact: 'JOSE', json: 'JOSE+JSON' } as const;

export interface DecryptedAndVerified extends Verified {
  readonly aad: Uint8Array | null;
  /** The credential that decrypted. */
  readonly decryptedWith: DecryptionCredential;
}

/**
 * Signs a payload with certificates and encrypts the result. The signature does not say for whom: a recipient can encrypt
 * it anew for somebody else, so a payload that is meant for one alone names him.
 *
 * @throws E2EKeyError as `sign` and `encrypt`; KEY_PURPOSE_WRONG for a MIC, which proves nothing to a third party.
 * @example
 * ```ts
 * import { parseCertificate } from 'e2ekey/certificates';
 * import { type OwnKey, type SignatureAlgorithm, signThenEncrypt } from 'e2ekey/protection';
 * const protect = (own: OwnKey<SignatureAlgorithm>) =>
 *   signThenEncrypt(Buffer.from('21.5'), [own], [{ certificate: parseCertificate(der) }]);
 * ```
 */
export async function signThenEncrypt(
  payload: Uint8Array,
  signers: readonly OwnKey<SignatureAlgorithm>[],
  recipients: readonly EncryptionCredential[],
  options: EncryptOptions = {},
): Promise<string> {
  return signThenEncryptBound(payload, signers, recipients, options, {});
}

/** The same with a private header parameter in both Envelopes: the signature covers it too. */
export async function signThenEncryptBound(
  payload: Uint8Array,
  signers: readonly OwnKey<SignatureAlgorithm>[],
  recipients: readonly EncryptionCredential[],
  options: EncryptOptions,
  binding: { readonly [B in Binding]?: JoseHeader },
): Promise<string> {
  if (requireCredentials(signers, 'signers').some(signer => !('certificate' in signer)))
    refuse(
      'KEY_PURPOSE_WRONG',
      'the inner signature is made with a certificate, not with a MIC (TS-0003 8.5.2.4)',
    );
  const { contentType, time } = options;
  const inner = await signBound(
    payload,
    signers,
    { ...(contentType !== undefined && { contentType }), ...(time !== undefined && { time }) },
    binding,
  );
  const outerType = inner.startsWith('{') ? envelopeTypes.json : envelopeTypes.compact;
  return encryptBound(Buffer.from(inner), recipients, { ...options, contentType: outerType }, binding);
}

/**
 * Decrypts, and verifies what was signed inside.
 *
 * @throws E2EKeyError as `decrypt` and `verify`; ESDATA_UNSUPPORTED for what is encrypted and not signed: anybody
 * could have made it, where the target's certificate encrypted.
 * @example
 * ```ts
 * import { parseCertificate } from 'e2ekey/certificates';
 * import { decryptThenVerify, type KeyManagement, type OwnKey } from 'e2ekey/protection';
 * const open = (envelope: string, own: OwnKey<KeyManagement>) =>
 *   decryptThenVerify(envelope, [own], [{ certificate: parseCertificate(der) }]);
 * ```
 */
export async function decryptThenVerify(
  envelope: string,
  decryption: Credentials<DecryptionCredential>,
  verification: Credentials<VerificationCredential>,
  options: VerifyOptions = {},
): Promise<DecryptedAndVerified> {
  const jwe = readEncrypted(envelope, null);
  if (!isNested(jwe))
    return refuse('ESDATA_UNSUPPORTED', 'cty: the plaintext is no signed Envelope (TS-0003 8.5.2.4)');
  const decrypted = await openEncrypted(jwe, decryption, options);
  return verifyInner(decrypted, jwe, null, verification, options);
}

export function isNested({ cty }: EncryptedEnvelope): boolean {
  return cty === envelopeTypes.compact || cty === envelopeTypes.json;
}

/** @param name of the private header parameter, which both Envelopes hold alike */
export async function verifyInner(
  { payload, aad, credential }: Decrypted,
  outer: EncryptedEnvelope,
  name: Binding | null,
  verification: Credentials<VerificationCredential>,
  options: VerifyOptions,
): Promise<DecryptedAndVerified> {
  const inner = readSigned(Buffer.from(payload).toString(), name);
  if (inner.signatures.some(({ alg }) => isMac(alg)))
    return refuse(
      'ESDATA_ALGORITHM_UNFIT',
      'the inner signature is a MIC; RSA and ECDSA are due (TS-0003 8.5.3.4)',
    );
  // Whoever decrypts can encrypt anew: only what is signed too was said by the source.
  if (JSON.stringify(inner.binding) !== JSON.stringify(outer.binding)) return unauthentic();
  const verified = await openSigned(inner, verification, options);
  return { ...verified, aad, decryptedWith: credential };
}
