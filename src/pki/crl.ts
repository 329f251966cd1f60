// Issues CRLs (RFC 5280 5): the complete list of what one authority has revoked. Knows no files; what is revoked stands
// in revocation-register.ts, and lists are read in certificates/crl.ts. Written in DER here, since no library keeps up
// with a list: @peculiar/x509 holds each entry against all before it (5,000 take 3.4 seconds, here 0.2; 20,000 take 80),
// and pkijs reads again what it wrote, with the 10,000 elements that asn1js takes at most.
import { type Certificate, parseCertificate } from '../certificates/certificate.ts';
import {
  type CrlReason,
  crlExtensions,
  crlReasons,
  parseCrl,
  type RevokedCertificate,
} from '../certificates/crl.ts';
import { contextConstructed, contextPrimitive } from '../certificates/der.ts';
import { keyHash } from '../certificates/ocsp-request.ts';
import { E2EKeyError, refuse } from '../errors.ts';
import type { Issuer } from './certificate.ts';
import { bitString, element, enumerated, extension, integer, sequence, time } from './der.ts';
import { algorithmIdentifier, signatureOver } from './signature-algorithm.ts';
import { type StatusTimes, statableTimes } from './status-times.ts';

export interface CrlRequest extends StatusTimes {
  /** cRLNumber (RFC 5280 5.2.3): not negative, and higher with each list. */
  readonly number: number;
  /** By serial number, lower-case hex. */
  readonly revoked: ReadonlyMap<string, RevokedCertificate>;
}

/**
 * Signs a complete CRL, in DER.
 *
 * @throws E2EKeyError OPTION_INVALID for times that no list can state, for an issuer whose key may not sign lists, and
 * for a list that end-points do not read, such as one of more than 4 MiB.
 */
export function issueCrl({ certificate, key }: Issuer, request: CrlRequest): Uint8Array {
  const issuer = parseCertificate(certificate.raw);
  // RFC 5280 6.3.3 (f): such a list is refused by whoever gets it.
  if (issuer.extensions.keyUsage?.has('cRLSign') === false)
    refuse('OPTION_INVALID', `the keyUsage of ${issuer.subject.text} has no cRLSign: it may sign no CRL`);
  const { thisUpdate, nextUpdate } = statableTimes(request);
  const entries = [...request.revoked].map(([serial, revoked]) => revokedCertificate(serial, revoked));
  const tbsCertList = sequence(
    integer(1),
    algorithmIdentifier(key),
    issuer.subject.der,
    time(thisUpdate),
    time(nextUpdate),
    // RFC 5280 5.1.2.6: no list of nobody.
    ...(entries.length === 0 ? [] : [sequence(Buffer.concat(entries))]),
    element(contextConstructed(0), sequence(authorityKeyIdentifier(issuer), crlNumber(request.number))),
  );
  const der = sequence(tbsCertList, algorithmIdentifier(key), bitString(signatureOver(tbsCertList, key)));
  try {
    return parseCrl(der).der;
  } catch (cause) {
    if (!(cause instanceof E2EKeyError)) throw cause;
    return refuse('OPTION_INVALID', `no end-point reads this CRL: ${cause.message}`, { cause });
  }
}

function revokedCertificate(serial: string, { revocationDate, reason }: RevokedCertificate): Uint8Array {
  // RFC 5280 5.3.1: unspecified is said by saying nothing.
  const isSaid = reason !== null && reason !== 'unspecified';
  return sequence(
    integer(BigInt(`0x${serial}`)),
    time(revocationDate),
    ...(isSaid ? [sequence(reasonCode(reason))] : []),
  );
}

function reasonCode(reason: CrlReason): Uint8Array {
  return extension('2.5.29.21', enumerated(crlReasons[reason]));
}

/** RFC 5280 5.2.1: that of the certificate, or by method (1) of 4.2.1.2. */
function authorityKeyIdentifier(issuer: Certificate): Uint8Array {
  const keyIdentifier = issuer.extensions.subjectKeyIdentifier ?? keyHash(issuer, 'sha1');
  return extension(
    crlExtensions.authorityKeyIdentifier,
    sequence(element(contextPrimitive(0), keyIdentifier)),
  );
}

function crlNumber(number: number): Uint8Array {
  return extension(crlExtensions.cRLNumber, integer(number));
}
