// What was read in one file and may belong to what stands in another.
import type { Certificate } from '../certificates/certificate.ts';
import type { Crl } from '../certificates/crl.ts';
import type { CertId, OcspResponse } from '../certificates/ocsp-response.ts';
import type { RawPublicKey } from '../certificates/raw-public-key.ts';
import type { CertificationRequest } from '../pki/certification-request.ts';

/** Public halves of keys are held, and nothing of private ones. */
export interface Holdings {
  /** In their order; those that cannot be read are left out. */
  readonly certificates: readonly Certificate[];
  readonly privateKeys: readonly RawPublicKey[];
  readonly publicKeys: readonly RawPublicKey[];
  readonly requests: readonly CertificationRequest[];
  readonly crls: readonly Crl[];
  readonly ocspResponses: readonly OcspResponse[];
  readonly ocspRequests: readonly CertId[];
}

export const nothingHeld: Holdings = {
  certificates: [],
  privateKeys: [],
  publicKeys: [],
  requests: [],
  crls: [],
  ocspResponses: [],
  ocspRequests: [],
};
