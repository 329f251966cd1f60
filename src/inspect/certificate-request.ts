// A certificate signing request (RFC 2986) as it is shown, and where it departs from TS-0003 10.1.4. Whether it is
// granted, and with which names, decides the authority (pki/).
import { keyObjection } from '../certificates/algorithms.ts';
import {
  type CertificationRequest,
  isProven,
  parseCertificationRequest,
} from '../pki/certification-request.ts';
import { requestedIdentity } from '../pki/requested-identity.ts';
import { nameText } from './certificate-report.ts';
import { documentForms } from './der-documents.ts';
import { error, type Finding, note, warning } from './findings.ts';
import { signatureAlgorithmName } from './object-identifiers.ts';
import { publicKeyFindings } from './public-key-findings.ts';
import { type PublicKeyReport, reportPublicKey } from './public-key-report.ts';

export interface RequestReport extends PublicKeyReport {
  readonly subject: string;
  readonly subjectAltName: readonly string[];
  readonly signatureAlgorithm: string;
}

const document = {
  code: 'CERTIFICATE_MALFORMED',
  clause: documentForms['certificate-request'].clause,
} as const;
const challengePassword = '1.2.840.113549.1.9.7';

/** @throws E2EKeyError CERTIFICATE_MALFORMED with field and offset. */
export function readRequest(der: Uint8Array): CertificationRequest {
  return parseCertificationRequest(der, document);
}

export function reportRequest(request: CertificationRequest): RequestReport {
  return {
    subject: request.subject.text,
    subjectAltName: (request.extensions.subjectAltName ?? []).map(nameText),
    ...reportPublicKey(request),
    signatureAlgorithm: signatureAlgorithmName(request.signatureAlgorithm.algorithm),
  };
}

export function* requestFindings(request: CertificationRequest): Generator<Finding> {
  yield* publicKeyFindings(request);
  // A signature is checked only with a key whose size is bounded.
  if (keyObjection(request, 'rfc5280') === null && !isProven(request))
    yield error(
      'SIGNATURE_INVALID',
      'signature',
      'not made with the key in the request: who asks does not show that he has the private key',
      'RFC 2986 §4.2',
    );
  if (request.extensions.subjectAltName === null)
    yield error(
      'IDENTITY_MISMATCH',
      'subjectAltName',
      'absent: it has to hold the AE-ID, CSE-ID or Node-ID',
      'TS-0003 10.1.4',
    );
  else if (requestedIdentity(request.extensions.subjectAltName) === null)
    yield warning(
      'subjectAltName',
      'is not that of exactly one identity of oneM2M, so that pki sign has to be told which (--flavour and --id)',
      'TS-0003 10.1.4',
    );
  if (request.extensions.basicConstraints?.cA === true)
    yield warning(
      'basicConstraints',
      'asks for the certificate of an authority, which pki sign does not issue',
      'RFC 5280 4.2.1.9',
    );
  if (request.otherAttributes.includes(challengePassword))
    yield note(
      'attributes',
      'a challengePassword, which everybody can read; it is not shown',
      'RFC 2985 5.4.1',
    );
}
