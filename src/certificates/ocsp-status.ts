// What an OCSP response says of one certificate, and whether its responder may say so (RFC 6960 3.2, 4.2.2.2).
import {
  acceptedSignatures,
  isSignatureOf,
  isSignedBy,
  keyObjection,
  signatureObjection,
} from './algorithms.ts';
import { type Certificate, parseCertificate } from './certificate.ts';
import { certificateObjection } from './certificate-rules.ts';
import { type CertificateStatus, crlStatus, refused, type StatusRequirements } from './crl-status.ts';
import type { Objection } from './finding.ts';
import { isAhead, isFresh, notRevoked, type Period, statusUnknown } from './freshness.ts';
import { sameName } from './names.ts';
import { isMeant, keyHash } from './ocsp-request.ts';
import type { BasicOcspResponse, OcspResponse, SingleResponse } from './ocsp-response.ts';
import type { RevocationLists } from './revocation-lists.ts';

/** How long a response without nextUpdate serves, in milliseconds. */
const longestWithoutNextUpdate = 24 * 60 * 60_000;

/** What the response says of the certificate of this issuer. `lists` are for the responder's own certificate. */
export function ocspStatus(
  { status, basic }: OcspResponse,
  certificate: Certificate,
  issuer: Certificate,
  lists: RevocationLists,
  requirements: StatusRequirements,
): CertificateStatus {
  if (basic === null)
    return untrusted(
      bad('responseStatus', `the responder has no answer, ${status}`, 'successful', 'RFC 6960 4.2.1'),
    );
  const meant = basic.responses.filter(({ certId }) => isMeant(certId, certificate, issuer));
  const [single, second] = meant;
  if (single === undefined)
    return untrusted(
      bad(
        'tbsResponseData.responses.certID',
        'the OCSP response speaks of another certificate',
        `one of serial number ${certificate.serialNumber}, with the name and the key of its issuer`,
        'RFC 6960 3.2 (1)',
      ),
    );
  if (second !== undefined)
    return untrusted(
      bad('tbsResponseData.responses', 'two answers for one certificate', 'one', 'RFC 6960 3.2 (1)'),
    );
  const objection =
    extensionObjection(basic, single) ?? responderObjection(basic, issuer, lists, requirements);
  if (objection !== null) return untrusted(objection);
  // A response that was held back too long still tells what was revoked by then.
  if (single.status === 'revoked') return refused(revoked(single), true);
  const stale = freshnessObjection(basic, single, requirements.time);
  if (stale !== null) return untrusted(stale);
  return single.status === 'good'
    ? { status: 'good' }
    : refused(
        statusUnknown(
          'OCSPResponse.tbsResponseData.responses.certStatus',
          'the OCSP responder does not know the certificate',
          'good',
          'RFC 6960 2.2',
        ),
      );
}

/** No extension is processed that could be critical: a nonce answers one that nobody asked with. */
function extensionObjection({ extensionList }: BasicOcspResponse, single: SingleResponse): Objection | null {
  const unknown = [...extensionList, ...single.extensionList].find(({ critical }) => critical);
  return unknown === undefined
    ? null
    : bad(
        'tbsResponseData.responseExtensions',
        `${unknown.id} is critical and not processed`,
        'a response without it',
        'RFC 6960 4.4',
      );
}

/** RFC 6960 4.2.2.2: the issuer itself, or whom it issued a certificate for that. */
function responderObjection(
  basic: BasicOcspResponse,
  issuer: Certificate,
  lists: RevocationLists,
  requirements: StatusRequirements,
): Objection | null {
  const { profile } = requirements;
  const algorithm = signatureObjection(basic, profile);
  if (algorithm !== null)
    return bad(
      'signatureAlgorithm',
      `the OCSP response is signed with ${algorithm}`,
      acceptedSignatures(profile),
      'RFC 6960 4.2.1',
    );
  const isIssuer = isNamed(basic, issuer);
  if (isIssuer && isSignatureOf(basic.tbsResponseData, basic, issuer)) return null;
  // A responder may have the name of its issuer.
  let refusal: Objection | null = null;
  for (const der of basic.certificates) {
    const responder = readResponder(der);
    if (responder === null || !isNamed(basic, responder)) continue;
    const objection =
      delegationObjection(responder, issuer, lists, requirements) ??
      (isSignatureOf(basic.tbsResponseData, basic, responder) ? null : wrongSignature);
    if (objection === null) return null;
    refusal ??= objection;
  }
  if (isIssuer) return refusal ?? wrongSignature;
  return (
    refusal ??
    bad(
      'tbsResponseData.responderID',
      "neither the certificate's issuer nor a responder whose certificate is in the response",
      `${issuer.subject.text}, or whom it delegated`,
      'RFC 6960 4.2.2.2',
    )
  );
}

const wrongSignature: Objection = bad(
  'signature',
  'not made with the key of the responder',
  'a signature over tbsResponseData by whom responderID names',
  'RFC 6960 3.2 (2)',
);

function isNamed({ responder }: BasicOcspResponse, certificate: Certificate): boolean {
  return responder.by === 'name'
    ? sameName(responder.name, certificate.subject)
    : Buffer.compare(responder.keyHash, keyHash(certificate, 'sha1')) === 0;
}

/** Null for one that cannot be read, which is nobody's. */
function readResponder(der: Uint8Array): Certificate | null {
  try {
    return parseCertificate(der);
  } catch {
    return null;
  }
}

/** May this responder speak for the issuer? */
function delegationObjection(
  responder: Certificate,
  issuer: Certificate,
  lists: RevocationLists,
  requirements: StatusRequirements,
): Objection | null {
  const { profile, time } = requirements;
  const clause = 'RFC 6960 4.2.2.2';
  if (!sameName(responder.issuer, issuer.subject) || !isFitlySigned(responder, issuer, requirements))
    return bad(
      'certs',
      "the responder's certificate was not issued by the certificate's own issuer",
      `one that ${issuer.subject.text} issued directly`,
      clause,
    );
  if (responder.extensions.extKeyUsage?.includes(ocspSigning) !== true)
    return bad(
      'certs.extKeyUsage',
      "the responder's certificate is not for OCSP",
      'id-kp-OCSPSigning',
      clause,
    );
  // As for any end-point, but that the profile of oneM2M speaks of oneM2M end-points only; its keys count.
  const own = certificateObjection(responder, 'end-point', { time, profile: 'rfc5280' });
  if (own !== null)
    return bad(`certs.${own.field}`, `the responder's certificate: ${own.problem}`, own.accepted, own.clause);
  const key = keyObjection(responder, profile);
  if (key !== null)
    return bad('certs.subjectPublicKeyInfo', `the responder has ${key}`, 'a key of the profile', clause);
  const known = crlStatus(responder, issuer, lists, requirements);
  if (known.status !== 'refused') return null;
  // Nobody needs to check it; where it is known to be revoked, it is.
  const isExempt = responder.extensionList.some(({ id }) => id === ocspNoCheck);
  return isExempt && known.objection.code !== 'CERTIFICATE_REVOKED'
    ? null
    : bad(
        'certs',
        `the responder's certificate: ${known.objection.problem}`,
        known.objection.accepted,
        'RFC 6960 4.2.2.2.1',
      );
}

function isFitlySigned(
  responder: Certificate,
  issuer: Certificate,
  { profile }: StatusRequirements,
): boolean {
  return signatureObjection(responder, profile) === null && isSignedBy(responder, issuer);
}

/** id-kp-OCSPSigning; anyExtendedKeyUsage does not grant it. */
const ocspSigning = '1.3.6.1.5.5.7.3.9';
/** id-pkix-ocsp-nocheck: the responder is trusted for the lifetime of its certificate. */
const ocspNoCheck = '1.3.6.1.5.5.7.48.1.5';

/** When what it says counts. */
export function periodOf({ thisUpdate, nextUpdate }: SingleResponse): Period {
  return {
    thisUpdate,
    nextUpdate: nextUpdate ?? new Date(thisUpdate.getTime() + longestWithoutNextUpdate),
  };
}

function freshnessObjection(
  { producedAt }: BasicOcspResponse,
  single: SingleResponse,
  time: Date,
): Objection | null {
  const { thisUpdate, nextUpdate } = periodOf(single);
  if (isFresh({ thisUpdate, nextUpdate }, time) && !isAhead(producedAt, time)) return null;
  const isEarly = isAhead(thisUpdate, time) || isAhead(producedAt, time);
  return bad(
    `tbsResponseData.responses.${isEarly ? 'thisUpdate' : 'nextUpdate'}`,
    `the OCSP response is ${isEarly ? 'not yet' : 'no longer'} current at ${time.toISOString()}`,
    `a time from ${thisUpdate.toISOString()} to ${nextUpdate.toISOString()}`,
    'RFC 6960 4.2.2.1',
  );
}

function revoked({ revocationTime, reason }: SingleResponse): Objection {
  const when = revocationTime === null ? '' : ` on ${revocationTime.toISOString()}`;
  return notRevoked(
    `revoked${when}${reason === null ? '' : `, ${reason}`}, says its OCSP responder`,
    'RFC 6960 2.2',
  );
}

/** RFC 6066 §8: a response that cannot be believed is refused whatever else is at hand. */
function untrusted(objection: Objection): CertificateStatus {
  return refused(objection, true);
}

/** RFC 6066 §8: the alert for it is bad_certificate_status_response. */
function bad(field: string, problem: string, accepted: string, clause: string): Objection {
  return { code: 'STATUS_RESPONSE_BAD', field: `OCSPResponse.${field}`, problem, accepted, clause };
}
