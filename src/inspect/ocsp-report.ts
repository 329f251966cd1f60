// OCSP responses (RFC 6960 4.2) and requests (4.1) as they are shown, and why an end-point would not take a response,
// whoever gave it. Whether its responder may speak, and for which certificate of other files, is status-together.ts.
import { acceptedSignatures, signatureObjection } from '../certificates/algorithms.ts';
import { parseCertificate, readSerialNumber } from '../certificates/certificate.ts';
import { contextConstructed, type DerReader, readDer, tag } from '../certificates/der.ts';
import { isAhead, isFresh } from '../certificates/freshness.ts';
import type {
  BasicOcspResponse,
  CertId,
  OcspResponse,
  ResponderId,
  SingleResponse,
} from '../certificates/ocsp-response.ts';
import { periodOf } from '../certificates/ocsp-status.ts';
import { readAlgorithm } from '../certificates/subject-public-key-info.ts';
import { documentForms } from './der-documents.ts';
import { error, type Finding, note } from './findings.ts';
import { signatureAlgorithmName } from './object-identifiers.ts';
import { nameOf } from './password-algorithm.ts';

export interface OcspResponseReport {
  /** OCSPResponseStatus; any other than `successful` has no answer. */
  readonly status: string;
  /** `name: CN=…` or `key: …` (SHA-1 in hex); null without an answer. */
  readonly responder: string | null;
  /** ISO 8601. */
  readonly producedAt: string | null;
  readonly signatureAlgorithm: string | null;
  readonly responses: readonly SingleResponseReport[];
  /** Subjects of the certificates in it; null for one that cannot be read. */
  readonly certificates: readonly (string | null)[];
}

export interface CertIdReport {
  /** Lower-case hex. */
  readonly serialNumber: string;
  readonly hashAlgorithm: string;
  /** Lower-case hex. */
  readonly issuerKeyHash: string;
}

export interface SingleResponseReport extends CertIdReport {
  readonly status: SingleResponse['status'];
  /** Null where it is not revoked. */
  readonly revocationTime: string | null;
  readonly reason: string | null;
  readonly thisUpdate: string;
  readonly nextUpdate: string | null;
}

export function reportOcspResponse({ status, basic }: OcspResponse): OcspResponseReport {
  return {
    status,
    responder: basic && responderText(basic.responder),
    producedAt: basic?.producedAt.toISOString() ?? null,
    signatureAlgorithm: basic && signatureAlgorithmName(basic.signatureAlgorithm.algorithm),
    responses: basic?.responses.map(reportSingle) ?? [],
    certificates: basic?.certificates.map(subjectOf) ?? [],
  };
}

function reportSingle(single: SingleResponse): SingleResponseReport {
  return {
    ...reportCertId(single.certId),
    status: single.status,
    revocationTime: single.revocationTime?.toISOString() ?? null,
    reason: single.reason,
    thisUpdate: single.thisUpdate.toISOString(),
    nextUpdate: single.nextUpdate?.toISOString() ?? null,
  };
}

export function reportCertId({ serialNumber, hashAlgorithm, issuerKeyHash }: CertId): CertIdReport {
  return {
    serialNumber,
    hashAlgorithm: nameOf(hashAlgorithm),
    issuerKeyHash: Buffer.from(issuerKeyHash.subarray(0, 64)).toString('hex'),
  };
}

function responderText(responder: ResponderId): string {
  return responder.by === 'name'
    ? `name: ${responder.name.text}`
    : `key: ${Buffer.from(responder.keyHash).toString('hex')}`;
}

function subjectOf(der: Uint8Array): string | null {
  try {
    return parseCertificate(der).subject.text;
  } catch {
    return null;
  }
}

/** @param time when it has to be current. */
export function* ocspFindings({ status, basic }: OcspResponse, time: Date): Generator<Finding> {
  if (basic === null) {
    yield error(
      'STATUS_RESPONSE_BAD',
      'responseStatus',
      `the responder has no answer, ${status}`,
      'RFC 6960 4.2.1',
    );
    return;
  }
  const algorithm = signatureObjection(basic, 'onem2m');
  if (algorithm !== null)
    yield error(
      'STATUS_RESPONSE_BAD',
      'signatureAlgorithm',
      `${algorithm}; accepted: ${acceptedSignatures('onem2m')}`,
      'RFC 6960 4.2.1, TS-0003 10.1.1.3',
    );
  for (const { id, critical } of basic.extensionList)
    if (critical) yield unknownExtension('responseExtensions', id);
  if (basic.responses.length > 1)
    yield note('responses', `${basic.responses.length} answers; a stapled response has one`, 'RFC 6066 §8');
  for (const [index, single] of basic.responses.entries())
    yield* singleFindings(single, basic, `responses.${index}`, time);
}

function* singleFindings(
  single: SingleResponse,
  { producedAt }: BasicOcspResponse,
  field: string,
  time: Date,
): Generator<Finding> {
  const { status, thisUpdate, nextUpdate } = single;
  for (const { id, critical } of single.extensionList)
    if (critical) yield unknownExtension(`${field}.singleExtensions`, id);
  const { nextUpdate: until } = periodOf(single);
  if (isAhead(thisUpdate, time) || isAhead(producedAt, time))
    yield error(
      'STATUS_RESPONSE_BAD',
      `${field}.thisUpdate`,
      `not yet current at ${time.toISOString()}`,
      'RFC 6960 4.2.2.1',
    );
  else if (!isFresh({ thisUpdate, nextUpdate: until }, time))
    yield error(
      'STATUS_RESPONSE_BAD',
      `${field}.nextUpdate`,
      `no longer current at ${time.toISOString()}: it served until ${until.toISOString()}`,
      'RFC 6960 4.2.2.1',
    );
  if (nextUpdate === null)
    yield note(
      `${field}.nextUpdate`,
      'absent: end-points take the response for 24 hours',
      'RFC 6960 4.2.2.1',
    );
  if (status === 'unknown')
    yield error(
      'CERTIFICATE_STATUS_UNKNOWN',
      `${field}.certStatus`,
      'unknown: the responder does not know the certificate',
      'RFC 6960 2.2',
    );
  if (status === 'revoked')
    yield note(
      `${field}.certStatus`,
      `says that certificate ${single.certId.serialNumber} is revoked`,
      'RFC 6960 2.2',
    );
}

function unknownExtension(field: string, id: string): Finding {
  return error('STATUS_RESPONSE_BAD', field, `${id} is critical and not processed`, 'RFC 6960 4.4');
}

/** Certificates that one request asks for; OpenSSL's client asks for one or a few. */
const maxRequests = 32;
const document = { code: 'STATUS_RESPONSE_BAD', clause: documentForms['ocsp-request'].clause } as const;

/**
 * The certificates that a request asks for. Its signature, which few responders want, is not looked at.
 *
 * @throws E2EKeyError STATUS_RESPONSE_BAD with field and offset.
 */
export function readOcspRequest(der: Uint8Array): readonly CertId[] {
  return readDer(
    der,
    '',
    whole =>
      whole.sequence('', fields => {
        const requests = fields.sequence('tbsRequest', readRequests);
        if (fields.next !== null) fields.any('optionalSignature');
        return requests;
      }),
    document,
  );
}

function readRequests(fields: DerReader): readonly CertId[] {
  if (fields.next === contextConstructed(1)) fields.any('requestorName');
  const requests = fields.listOf(
    tag.sequence,
    'requestList',
    { least: 1, most: maxRequests },
    (list, index) =>
      list.sequence(index, parts => {
        const certId = parts.sequence('reqCert', id => ({
          hashAlgorithm: readAlgorithm(id, 'hashAlgorithm').algorithm,
          issuerNameHash: id.octetString('issuerNameHash'),
          issuerKeyHash: id.octetString('issuerKeyHash'),
          serialNumber: readSerialNumber(id),
        }));
        if (parts.next !== null) parts.any('singleRequestExtensions');
        return certId;
      }),
  );
  if (fields.next !== null) fields.any('requestExtensions');
  return requests;
}
