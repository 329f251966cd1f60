// m2m:e2eSecInfo (TS-0004 6.3.5.52): how a `<CSEBase>`, `<AE>` or `<remoteCSE>` says that the entity can make E2EKeys
// (TS-0001 11.4.3). Announces; nobody may believe a certificate because it stands there (TS-0003 8.5.2.2.4.1).

/** What is needed of an Endpoint. */
export interface CertificateHolder {
  /** Our own certificates and raw public keys, DER. */
  readonly certificates: readonly Uint8Array[];
}

/** Under short names (TS-0004 8.2.4), as it stands in an attribute `esi`. */
export interface E2eSecInfo {
  readonly esf: readonly number[];
  readonly escert?: readonly string[];
  readonly esro?: object;
}

export interface E2eSecInfoOptions {
  /**
   * Security Usage Identifiers beside those of our certificates (TS-0004 6.3.4.2.39): 13 where originators have a
   * provisioned key for ESPrim.
   */
  readonly features?: readonly number[];
  /** Whose random object all originators may use (TS-0003 8.4.2 B.1b): an `EsPrimHandler`. */
  readonly esprim?: { readonly sharedReceiverESPrimRandObject: object };
}

/**
 * m2m:suid has no value for ESCertKE. These are those of a certificate for what the key is made for: ESPrim, ESData's
 * encryption, ESData's signatures (TS-0004 6.3.4.2.39).
 */
const certificateBased = [43, 44, 45];

/**
 * The attribute e2eSecInfo (`esi`) of the end-point's resource, its certificates in base64 of DER; a raw public key is
 * a certificate too, one of SubjectPublicKeyInfo alone (TS-0003 3.1).
 *
 * Undefined for an end-point with pre-shared keys only, and no other feature: ESCertKE is certificate-based, no Security
 * Usage Identifier says anything else of it, and supportedE2ESecFeatures must not be missing. Who shares a key with us
 * knows that we have it.
 *
 * @example
 * ```ts
 * import { e2eSecInfo } from 'e2ekey/onem2m';
 * const attributes = { ty: 5, csi: '/cse-b', esi: e2eSecInfo(endpoint) };
 * ```
 */
export function e2eSecInfo(
  { certificates }: CertificateHolder,
  { features = [], esprim }: E2eSecInfoOptions = {},
): E2eSecInfo | undefined {
  const esf = [...features, ...(certificates.length > 0 ? certificateBased : [])];
  if (esf.length === 0) return undefined;
  return {
    esf,
    ...(certificates.length > 0 && { escert: certificates.map(der => Buffer.from(der).toString('base64')) }),
    ...(esprim !== undefined && { esro: esprim.sharedReceiverESPrimRandObject }),
  };
}
