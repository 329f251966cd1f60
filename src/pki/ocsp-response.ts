// Issues OCSP responses (RFC 6960 4.2): what an authority, or one that it has charged with it, says of one certificate at
// one time. Knows no files; responses are read in certificates/ocsp-response.ts.
import { hash, type KeyObject, type X509Certificate } from 'node:crypto';
import {
  type BaseBlock,
  BitString,
  Constructed,
  Enumerated,
  GeneralizedTime,
  Integer,
  Null,
  OctetString,
  Primitive,
} from 'asn1js';
import {
  AlgorithmIdentifier,
  BasicOCSPResponse,
  CertID,
  id_PKIX_OCSP_Basic,
  OCSPResponse,
  Certificate as PkijsCertificate,
  ResponseBytes,
  ResponseData,
  SingleResponse,
} from 'pkijs';
import { isSignatureOf } from '../certificates/algorithms.ts';
import { type Certificate, parseCertificate } from '../certificates/certificate.ts';
import { crlReasons, type RevokedCertificate } from '../certificates/crl.ts';
import { keyHash } from '../certificates/ocsp-request.ts';
import { parseOcspResponse } from '../certificates/ocsp-response.ts';
import { E2EKeyError, refuse } from '../errors.ts';
import type { Issuer } from './certificate.ts';
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
 * issued, for a responder that it has not charged with it, for a key that is not the signer's, and for a response that
 * end-points do not read, such as one of more than 32 KiB.
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
  const response = new BasicOCSPResponse({
    tbsResponseData,
    signatureAlgorithm: AlgorithmIdentifier.fromBER(algorithmIdentifier(key)),
    signature: new BitString({ valueHex: signatureOver(tbsResponseData.tbsView, key) }),
    ...(responder !== null && { certs: [PkijsCertificate.fromBER(signer.der)] }),
  });
  return asItIsRead(successful(response), signer);
}

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

function responseData(issuer: Certificate, signer: Certificate, request: OcspResponseRequest): ResponseData {
  const { thisUpdate, nextUpdate } = statableTimes(request);
  const data = new ResponseData({
    // By name: GnuTLS finds an issuer that signs itself by nothing else.
    responderID: PkijsCertificate.fromBER(signer.der).subject,
    producedAt: thisUpdate,
    responses: [
      new SingleResponse({
        certID: certId(issuer, request.certificate),
        certStatus: certStatus(request.status),
        thisUpdate,
        nextUpdate,
      }),
    ],
  });
  data.tbsView = new Uint8Array(data.toSchema(true).toBER());
  return data;
}

/** SHA-1 names here and protects nothing; it is what every client takes (RFC 5019 2.1.1). */
function certId(issuer: Certificate, certificate: Certificate): CertID {
  return new CertID({
    hashAlgorithm: new AlgorithmIdentifier({ algorithmId: sha1, algorithmParams: new Null() }),
    issuerNameHash: new OctetString({ valueHex: hash('sha1', certificate.issuer.der, 'buffer') }),
    issuerKeyHash: new OctetString({ valueHex: keyHash(issuer, 'sha1') }),
    serialNumber: Integer.fromBigInt(BigInt(`0x${certificate.serialNumber}`)),
  });
}

const sha1 = '1.3.14.3.2.26';

function certStatus(status: CertificateStatus): BaseBlock {
  if (status === 'good' || status === 'unknown')
    return new Primitive({ idBlock: { tagClass: contextSpecific, tagNumber: status === 'good' ? 0 : 2 } });
  const { revocationDate, reason } = status;
  const isSaid = reason !== null && reason !== 'unspecified';
  return tagged(
    1,
    new GeneralizedTime({ valueDate: statable('the time of the revocation', revocationDate) }),
    ...(isSaid ? [tagged(0, new Enumerated({ value: crlReasons[reason] }))] : []),
  );
}

const contextSpecific = 3;

function tagged(tagNumber: number, ...value: BaseBlock[]): BaseBlock {
  return new Constructed({ idBlock: { tagClass: contextSpecific, tagNumber }, value });
}

function successful(response: BasicOCSPResponse): Uint8Array {
  const whole = new OCSPResponse({
    responseStatus: new Enumerated({ value: 0 }),
    responseBytes: new ResponseBytes({
      responseType: id_PKIX_OCSP_Basic,
      response: new OctetString({ valueHex: response.toSchema().toBER() }),
    }),
  });
  return new Uint8Array(whole.toSchema().toBER());
}

/** pkijs checks nothing of what it writes, and nobody else would before the response is in the field. */
function asItIsRead(der: Uint8Array, signer: Certificate): Uint8Array {
  const { basic } = read(der);
  if (basic === null || !isSignatureOf(basic.tbsResponseData, basic, signer))
    refuse('OPTION_INVALID', `the key that signs the response is not that of ${signer.subject.text}`);
  return der;
}

function read(der: Uint8Array) {
  try {
    return parseOcspResponse(der);
  } catch (cause) {
    if (!(cause instanceof E2EKeyError)) throw cause;
    return refuse('OPTION_INVALID', `no end-point reads this OCSP response: ${cause.message}`, { cause });
  }
}
