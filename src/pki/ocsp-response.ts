// Issues OCSP responses (RFC 6960 4.2): what an authority, or one that it has charged with it, says of one certificate at
// one time. Knows no files; responses are read in certificates/ocsp-response.ts.
import { hash, type KeyObject, type X509Certificate } from 'node:crypto';
import { type Certificate, parseCertificate } from '../certificates/certificate.ts';
import type { RevokedCertificate } from '../certificates/crl.ts';
import { contextConstructed, contextPrimitive } from '../certificates/der.ts';
import { keyHash } from '../certificates/ocsp-request.ts';
import { refuse } from '../errors.ts';
import type { Issuer } from './certificate.ts';
import { reasonNumbers } from './crl.ts';
import {
  element,
  enumerated,
  generalizedTime,
  integer,
  nothing,
  objectIdentifier,
  octetString,
  sequence,
} from './der.ts';
import { isIssuedBy, requireIssued } from './issued.ts';
import { ocspSigning } from './responder.ts';
import { algorithmIdentifier, signatureOver } from './signature-algorithm.ts';
import { type StatusTimes, statable, statableTimes } from './status-times.ts';

/** `unknown` is what a responder says of a certificate that it has not heard of (RFC 6960 2.2). */
export type CertificateStatus = 'good' | 'unknown' | RevokedCertificate;

/** A delegated responder (RFC 6960 4.2.2.2): its certificate goes with what it signs. */
export interface Responder {
  readonly certificate: X509Certificate;
  readonly key: KeyObject;
}

/** The response is produced when it begins to hold: producedAt is thisUpdate. */
export interface OcspResponseRequest extends StatusTimes {
  readonly certificate: Certificate;
  readonly status: CertificateStatus;
}

/**
 * Signs a response about one certificate, in DER, as the issuer of the certificate, or as a responder that it has charged
 * with it.
 *
 * @throws E2EKeyError OPTION_INVALID for times that no response can state, for a certificate that the issuer has not
 * issued, and for a responder that it has not charged with it.
 */
export function issueOcspResponse(
  issuer: Issuer,
  responder: Responder | null,
  request: OcspResponseRequest,
): Uint8Array {
  const above = parseCertificate(issuer.certificate.raw);
  requireIssued(above, request.certificate);
  const signer = responder === null ? above : parseCertificate(responder.certificate.raw);
  if (responder !== null) requireCharged(above, signer);
  const { key } = responder ?? issuer;
  const tbsResponseData = responseData(above, signer, request);
  const basicResponse = sequence(
    tbsResponseData,
    algorithmIdentifier(key),
    signatureOver(tbsResponseData, key),
    ...(responder === null ? [] : [element(contextConstructed(0), sequence(signer.der))]),
  );
  const responseBytes = sequence(objectIdentifier(idPkixOcspBasic), octetString(basicResponse));
  return sequence(enumerated(successful), element(contextConstructed(0), responseBytes));
}

const idPkixOcspBasic = '1.3.6.1.5.5.7.48.1.1';
const successful = 0;
const sha1 = '1.3.14.3.2.26';

/** RFC 6960 4.2.2.2: whoever gets the response believes only such a one. */
function requireCharged(issuer: Certificate, responder: Certificate): void {
  const { keyUsage, extKeyUsage } = responder.extensions;
  if (!isIssuedBy(responder, issuer))
    refuse(
      'OPTION_INVALID',
      `the responder ${responder.subject.text} was not issued by ${issuer.subject.text}, as RFC 6960 4.2.2.2 asks`,
    );
  if (extKeyUsage?.includes(ocspSigning) !== true || keyUsage?.has('digitalSignature') === false)
    refuse(
      'OPTION_INVALID',
      `the certificate of ${responder.subject.text} is for no OCSP responder (id-kp-OCSPSigning, RFC 6960 4.2.2.2)`,
    );
}

function responseData(issuer: Certificate, signer: Certificate, request: OcspResponseRequest): Uint8Array {
  const { thisUpdate, nextUpdate } = statableTimes(request);
  const singleResponse = sequence(
    certId(issuer, request.certificate),
    certStatus(request.status),
    generalizedTime(thisUpdate),
    element(contextConstructed(0), generalizedTime(nextUpdate)),
  );
  return sequence(
    // By name: GnuTLS finds an issuer that signs itself by nothing else.
    element(contextConstructed(1), signer.subject.der),
    generalizedTime(thisUpdate),
    sequence(singleResponse),
  );
}

/** SHA-1 names here and protects nothing; it is what every client takes (RFC 5019 2.1.1). */
function certId(issuer: Certificate, certificate: Certificate): Uint8Array {
  return sequence(
    sequence(objectIdentifier(sha1), nothing),
    octetString(hash('sha1', certificate.issuer.der, 'buffer')),
    octetString(keyHash(issuer, 'sha1')),
    integer(BigInt(`0x${certificate.serialNumber}`)),
  );
}

function certStatus(status: CertificateStatus): Uint8Array {
  if (status === 'good' || status === 'unknown') return element(contextPrimitive(status === 'good' ? 0 : 2));
  const { revocationDate, reason } = status;
  const isSaid = reason !== null && reason !== 'unspecified';
  return element(
    contextConstructed(1),
    generalizedTime(statable('the time of the revocation', revocationDate)),
    ...(isSaid ? [element(contextConstructed(0), enumerated(reasonNumbers[reason]))] : []),
  );
}
