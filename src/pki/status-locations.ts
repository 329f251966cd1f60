// Where a certificate says that its status is told: cRLDistributionPoints (RFC 5280 4.2.1.13) and authorityInfoAccess
// (4.2.2.1). Our own end-points fetch nothing from there.
import type { Extension } from '@peculiar/x509';
import { refuse } from '../errors.ts';
import { x509 } from './x509.ts';

export interface StatusLocations {
  /** Of the CRL of its issuer, http or https. */
  readonly crl?: string;
  /** Of an OCSP responder, http or https. */
  readonly ocsp?: string;
}

/** @throws E2EKeyError OPTION_INVALID for what is no location. */
export function statusExtensions({ crl, ocsp }: StatusLocations): Extension[] {
  return [
    ...(crl === undefined ? [] : [new x509.CRLDistributionPointsExtension([location('CRL', crl)])]),
    ...(ocsp === undefined
      ? []
      : [
          new x509.AuthorityInfoAccessExtension({
            ocsp: new x509.GeneralName('url', location('OCSP responder', ocsp)),
          }),
        ]),
  ];
}

/** Longer ones serve nobody. */
const maxLocationLength = 512;

function location(whose: string, text: string): string {
  const isHttp = /^https?:\/\/[\x21-\x7e]+$/.test(text) && URL.canParse(text);
  return isHttp && text.length <= maxLocationLength
    ? text
    : refuse(
        'OPTION_INVALID',
        `${JSON.stringify(text.slice(0, 80))} is no location of a ${whose}: a URL with http or https, at most ${maxLocationLength} characters`,
      );
}
