// An OCSP response (RFC 6960 4.2) as values: structure and bounds. Whether it may be believed, and what it says of a
// certificate, is revocation.ts.
import { readSerialNumber } from './certificate.ts';
import { type CrlReason, readCrlReason } from './crl.ts';
import {
  contextConstructed,
  contextPrimitive,
  type DerReader,
  type DocumentKind,
  readDer,
  tag,
} from './der.ts';
import { type Extension, readExtensionList } from './extension-list.ts';
import { errorAbout } from './finding.ts';
import { type Name, readName } from './names.ts';
import { type AlgorithmIdentifier, readAlgorithm } from './subject-public-key-info.ts';

/** A response for one certificate has 300 octets, with its responder's certificate 2,000. */
export const maxResponseSize = 32 * 1024;
/** Certificates that one response speaks of; a stapled one speaks of one. */
const maxSingleResponses = 32;
/** Certificates that may be the responder's, each of which may cost a signature check. */
const maxCertificates = 4;

const responseStatuses = [
  'successful',
  'malformedRequest',
  'internalError',
  'tryLater',
  null,
  'sigRequired',
  'unauthorized',
] as const;
export type OcspResponseStatus = Exclude<(typeof responseStatuses)[number], null>;

/** RFC 6960 4.2.1. All bytes are the response's own copy. */
export interface OcspResponse {
  readonly der: Uint8Array;
  readonly status: OcspResponseStatus;
  /** Null where the responder has no answer. */
  readonly basic: BasicOcspResponse | null;
}

/** BasicOCSPResponse, with its ResponseData. */
export interface BasicOcspResponse {
  /** What the signature covers, as it came. */
  readonly tbsResponseData: Uint8Array;
  readonly responder: ResponderId;
  readonly producedAt: Date;
  readonly responses: readonly SingleResponse[];
  readonly extensionList: readonly Extension[];
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signatureValue: Uint8Array;
  /** In DER, not looked into: those that may be the responder's. */
  readonly certificates: readonly Uint8Array[];
}

export type ResponderId =
  | { readonly by: 'name'; readonly name: Name }
  /** SHA-1 of the responder's public key, 20 octets. */
  | { readonly by: 'key'; readonly keyHash: Uint8Array };

/** Which certificate is meant (RFC 6960 4.1.1). */
export interface CertId {
  /** Dotted. */
  readonly hashAlgorithm: string;
  readonly issuerNameHash: Uint8Array;
  readonly issuerKeyHash: Uint8Array;
  /** Lower-case hex as in `Certificate`. */
  readonly serialNumber: string;
}

export interface SingleResponse {
  readonly certId: CertId;
  readonly status: 'good' | 'revoked' | 'unknown';
  /** Null where it is not revoked. */
  readonly revocationTime: Date | null;
  readonly reason: CrlReason | null;
  readonly thisUpdate: Date;
  /** Null where newer information is to be had at any time. */
  readonly nextUpdate: Date | null;
  readonly extensionList: readonly Extension[];
}

/** One that cannot be read is a bad response (RFC 6066 §8). */
export const ocspDocument: DocumentKind = { code: 'STATUS_RESPONSE_BAD', clause: 'RFC 6960 4.2.1' };

/**
 * Reads one response in DER, at most 32 KiB. Any signature algorithm is let through here.
 *
 * @throws E2EKeyError STATUS_RESPONSE_BAD with field and offset.
 * @example
 * ```ts
 * import { parseOcspResponse } from 'e2ekey/certificates';
 * const [first] = parseOcspResponse(der).basic?.responses ?? [];
 * console.log(first?.certId.serialNumber, first?.status, first?.nextUpdate);
 * ```
 */
export function parseOcspResponse(der: Uint8Array): OcspResponse {
  if (der.length > maxResponseSize)
    throw errorAbout({
      code: ocspDocument.code,
      field: 'OCSPResponse',
      problem: `${der.length} octets`,
      accepted: `at most ${maxResponseSize}`,
      clause: 'our bound',
    });
  const own = new Uint8Array(der);
  return readDer(
    own,
    'OCSPResponse',
    whole => whole.sequence('', fields => readResponse(own, fields)),
    ocspDocument,
  );
}

const idPkixOcspBasic = '1.3.6.1.5.5.7.48.1.1';

function readResponse(der: Uint8Array, fields: DerReader): OcspResponse {
  const number = fields.smallInteger('responseStatus', tag.enumerated);
  const status =
    responseStatuses[number] ??
    fields.fail('responseStatus', `status ${number}`, {
      accepted: '0 to 3, 5 and 6',
      clause: 'RFC 6960 4.2.1',
    });
  const basic =
    fields.next === null
      ? null
      : fields.constructed(contextConstructed(0), '', inside =>
          inside.sequence('responseBytes', parts => {
            const type = parts.objectIdentifier('responseType');
            if (type !== idPkixOcspBasic)
              parts.fail('responseType', type, {
                accepted: 'id-pkix-ocsp-basic',
                clause: 'RFC 6960 4.2.1',
              });
            return readHeld(parts);
          }),
        );
  if ((status === 'successful') !== (basic !== null))
    fields.fail('responseBytes', basic === null ? 'absent' : `present beside ${status}`, {
      accepted: 'present where the status is successful, and only then',
      clause: 'RFC 6960 4.2.1',
    });
  return { der, status, basic };
}

function readHeld(parts: DerReader): BasicOcspResponse | null {
  let basic: BasicOcspResponse | null = null;
  parts.octetStringHolding('response', content => {
    basic = content.sequence('', readBasic);
  });
  return basic;
}

function readBasic(fields: DerReader): BasicOcspResponse {
  const { value: data, der: tbsResponseData } = fields.withEncoding(() =>
    fields.sequence('tbsResponseData', readResponseData),
  );
  const signatureAlgorithm = readAlgorithm(fields, 'signatureAlgorithm');
  const signatureValue = fields.octetBitString('signature');
  const certificates =
    fields.next === null
      ? []
      : fields.constructed(contextConstructed(0), '', inside =>
          inside.listOf(tag.sequence, 'certs', { least: 0, most: maxCertificates }, (list, index) => {
            const element = list.any(index);
            return element.tag === tag.sequence
              ? element.der
              : list.fail(index, 'no certificate', { accepted: 'a SEQUENCE' });
          }),
        );
  return { tbsResponseData, ...data, signatureAlgorithm, signatureValue, certificates };
}

function readResponseData(fields: DerReader) {
  if (fields.next === contextConstructed(0))
    // Version 1 is the default, and there is no other.
    fields.fail('version', 'a version that is written out', {
      accepted: 'version 1, left out',
      clause: 'RFC 6960 4.2.1, X.690 11.5',
    });
  const responder = readResponder(fields);
  const producedAt = readTime(fields, 'producedAt');
  const bounds = { least: 1, most: maxSingleResponses };
  const responses = fields.listOf(tag.sequence, 'responses', bounds, (list, index) =>
    list.sequence(index, readSingleResponse),
  );
  return {
    responder,
    producedAt,
    responses,
    extensionList: readExplicitExtensions(fields, 1, 'responseExtensions'),
  };
}

function readResponder(fields: DerReader): ResponderId {
  if (fields.next === contextConstructed(1))
    return fields.constructed(contextConstructed(1), 'responderID', inside => ({
      by: 'name',
      name: readName(inside, 'byName'),
    }));
  return fields.constructed(contextConstructed(2), 'responderID', inside => {
    const keyHash = inside.octetString('byKey');
    return keyHash.length === 20
      ? { by: 'key', keyHash }
      : inside.fail('byKey', `${keyHash.length} octets`, {
          accepted: '20 octets of SHA-1',
          clause: 'RFC 6960 4.2.1',
        });
  });
}

function readSingleResponse(fields: DerReader): SingleResponse {
  const certId = fields.sequence('certID', parts => ({
    hashAlgorithm: readHashAlgorithm(parts),
    issuerNameHash: parts.octetString('issuerNameHash'),
    issuerKeyHash: parts.octetString('issuerKeyHash'),
    serialNumber: readSerialNumber(parts),
  }));
  const status = readCertStatus(fields);
  const thisUpdate = readTime(fields, 'thisUpdate');
  const nextUpdate =
    fields.next === contextConstructed(0)
      ? fields.constructed(contextConstructed(0), '', inside => readTime(inside, 'nextUpdate'))
      : null;
  const extensionList = readExplicitExtensions(fields, 1, 'singleExtensions');
  return { certId, ...status, thisUpdate, nextUpdate, extensionList };
}

/** Parameters of a hash are absent or NULL (RFC 5754 2); they change nothing. */
function readHashAlgorithm(parts: DerReader): string {
  return readAlgorithm(parts, 'hashAlgorithm').algorithm;
}

function readCertStatus(fields: DerReader): Pick<SingleResponse, 'status' | 'revocationTime' | 'reason'> {
  switch (fields.next) {
    case contextPrimitive(0):
      requireNull(fields, 0, 'good');
      return { status: 'good', revocationTime: null, reason: null };
    case contextPrimitive(2):
      requireNull(fields, 2, 'unknown');
      return { status: 'unknown', revocationTime: null, reason: null };
    default:
      return fields.constructed(contextConstructed(1), 'certStatus', revoked => ({
        status: 'revoked',
        revocationTime: readTime(revoked, 'revocationTime'),
        reason:
          revoked.next === null
            ? null
            : revoked.constructed(contextConstructed(0), '', inside =>
                readCrlReason(inside, 'revocationReason'),
              ),
      }));
  }
}

function requireNull(fields: DerReader, number: number, name: string): void {
  if (fields.primitive(contextPrimitive(number), 'certStatus').length > 0)
    fields.fail('certStatus', `${name} with a content`, { accepted: 'NULL', clause: 'RFC 6960 4.2.1' });
}

/** RFC 6960 4.2.1 has GeneralizedTime only, in the form of RFC 5280 4.1.2.5.2. */
function readTime(fields: DerReader, field: string): Date {
  if (fields.next !== tag.generalizedTime)
    fields.fail(field, 'no GeneralizedTime', {
      accepted: 'GeneralizedTime',
      clause: 'RFC 6960 4.2.1',
    });
  return fields.time(field);
}

function readExplicitExtensions(fields: DerReader, number: number, field: string): Extension[] {
  if (fields.next === null) return [];
  return fields.constructed(contextConstructed(number), '', inside =>
    readExtensionList(inside, field, (_id, _critical, parts) => parts.octetString('extnValue')),
  );
}
