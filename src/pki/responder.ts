// Issues the certificate of a delegated OCSP responder (RFC 6960 4.2.2.2): it may sign responses in its issuer's stead,
// and do nothing else.
import type { KeyObject, X509Certificate } from 'node:crypto';
import { parseCertificate } from '../certificates/certificate.ts';
import { refuse } from '../errors.ts';
import { type Issuer, signCertificate, type Validity } from './certificate.ts';
import { nothing } from './der.ts';
import { generateKeys, type KeyType, keyWarnings } from './key-type.ts';
import { x509 } from './x509.ts';

export interface ResponderRequest {
  /** Its name, 1 to 256 printable ASCII characters. */
  readonly name: string;
  readonly keyType: KeyType;
  /**
   * Adds id-pkix-ocsp-nocheck (RFC 6960 4.2.2.2.1): nobody asks whether the responder itself is revoked, so that it
   * should not be valid for long.
   */
  readonly noCheck: boolean;
  readonly validity: Validity;
}

export interface IssuedResponder {
  /** The responder's first; the root is not in it. */
  readonly chain: readonly [responder: X509Certificate, ...above: X509Certificate[]];
  readonly key: KeyObject;
  /** Sentences on who will refuse its key. */
  readonly warnings: readonly string[];
}

/** id-kp-OCSPSigning (RFC 6960 4.2.2.2). */
export const ocspSigning = '1.3.6.1.5.5.7.3.9';

/** @throws E2EKeyError OPTION_INVALID for a name that is none, or a validity that no certificate can state. */
export async function issueResponder(issuer: Issuer, request: ResponderRequest): Promise<IssuedResponder> {
  const { name, keyType, noCheck, validity } = request;
  if (!/^[\x20-\x7e]{1,256}$/.test(name))
    refuse('OPTION_INVALID', "the responder's name must be 1 to 256 printable ASCII characters");
  const { publicKey, privateKey: key } = generateKeys(keyType);
  const certificate = await signCertificate({
    subject: { UID: name },
    publicKey,
    issuer: issuer.certificate,
    key: issuer.key,
    validity,
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([ocspSigning]),
      ...(noCheck ? [new x509.Extension(ocspNocheck, false, nothing)] : []),
    ],
  });
  return {
    chain: [certificate, ...issuer.chain],
    key,
    warnings: keyWarnings(parseCertificate(certificate.raw)),
  };
}

const ocspNocheck = '1.3.6.1.5.5.7.48.1.5';
