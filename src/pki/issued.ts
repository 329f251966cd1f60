// Did this authority issue that certificate? Whether anybody is to believe it is asked in certificates/path.ts.
import { isSignedBy } from '../certificates/algorithms.ts';
import type { Certificate } from '../certificates/certificate.ts';
import { sameName } from '../certificates/names.ts';
import { refuse } from '../errors.ts';

/**
 * @throws E2EKeyError OPTION_INVALID for a certificate of somebody else's: what is said of it would be said of the one of
 * ours that has the same serial number.
 */
export function requireIssued(issuer: Certificate, certificate: Certificate): void {
  if (!isIssuedBy(certificate, issuer))
    refuse(
      'OPTION_INVALID',
      `${certificate.subject.text || 'a certificate without subject'} was not issued by ${issuer.subject.text}; its issuer is ${certificate.issuer.text}`,
    );
}

/** The name alone would be anybody's choice. */
export function isIssuedBy(certificate: Certificate, issuer: Certificate): boolean {
  return sameName(certificate.issuer, issuer.subject) && isSignedBy(certificate, issuer);
}
