// A certificate signing request (RFC 2986) as it is shown, and where it departs from TS-0003 10.1.4. Whether it is
// granted, and with which names, decides the authority (pki/).
import { isSignatureOf, keyObjection, type Signature } from '../certificates/algorithms.ts';
import { contextConstructed, type DerReader, readDer, tag } from '../certificates/der.ts';
import { readExtensionList } from '../certificates/extension-list.ts';
import { type Extensions, extensionName, extensionReader, noExtensions } from '../certificates/extensions.ts';
import { type Name, readName } from '../certificates/names.ts';
import {
  type PublicKeyHolder,
  readAlgorithm,
  readSubjectPublicKeyInfo,
  SubjectKey,
} from '../certificates/subject-public-key-info.ts';
import { requestedIdentity } from '../pki/requested-identity.ts';
import { nameText } from './certificate-report.ts';
import { documentForms } from './der-documents.ts';
import { error, type Finding, note, warning } from './findings.ts';
import { signatureAlgorithmName } from './object-identifiers.ts';
import { publicKeyFindings } from './public-key-findings.ts';
import { type PublicKeyReport, reportPublicKey } from './public-key-report.ts';

export interface CertificateRequest extends PublicKeyHolder, Signature {
  /** What the signature covers, as it came. */
  readonly certificationRequestInfo: Uint8Array;
  readonly subject: Name;
  /** Those that are asked for (RFC 2985 5.4.2). */
  readonly extensions: Extensions;
  /** Types of the other attributes, dotted. */
  readonly otherAttributes: readonly string[];
}

export interface RequestReport extends PublicKeyReport {
  readonly subject: string;
  readonly subjectAltName: readonly string[];
  readonly signatureAlgorithm: string;
}

/** About three are in use. */
const maxAttributes = 32;
const clause = documentForms['certificate-request'].clause;
const extensionRequest = '1.2.840.113549.1.9.14';
const challengePassword = '1.2.840.113549.1.9.7';

/** @throws E2EKeyError CERTIFICATE_MALFORMED with field and offset. */
export function readRequest(der: Uint8Array): CertificateRequest {
  return readDer(
    der,
    '',
    whole =>
      whole.sequence('', fields => {
        const { value, der: certificationRequestInfo } = fields.withEncoding(() =>
          fields.sequence('certificationRequestInfo', readInfo),
        );
        const { subjectPublicKeyInfo, ...info } = value;
        const signatureAlgorithm = readAlgorithm(fields, 'signatureAlgorithm');
        const signatureValue = fields.octetBitString('signature');
        const key = new SubjectKey(subjectPublicKeyInfo, 'certificationRequestInfo.subjectPKInfo');
        return Object.assign(key, info, { certificationRequestInfo, signatureAlgorithm, signatureValue });
      }),
    { code: 'CERTIFICATE_MALFORMED', clause },
  );
}

function readInfo(fields: DerReader) {
  if (fields.smallInteger('version') !== 0)
    fields.fail('version', 'another version', { accepted: 'version 1', clause: 'RFC 2986 §4.1' });
  const subject = readName(fields, 'subject');
  const subjectPublicKeyInfo = readSubjectPublicKeyInfo(fields, 'subjectPKInfo');
  const extensions = noExtensions();
  const otherAttributes: string[] = [];
  // RFC 2986 §4.1: has to be there, and some leave it out where it is empty.
  if (fields.next !== null)
    fields.listOf(contextConstructed(0), 'attributes', { least: 0, most: maxAttributes }, (list, index) =>
      list.sequence(index, attribute => {
        const type = attribute.objectIdentifier('type');
        if (type !== extensionRequest) {
          otherAttributes.push(type);
          attribute.any('values');
          return;
        }
        attribute.constructed(tag.set, 'values', values =>
          readExtensionList(
            values,
            'extensions',
            (id, _, parts) => {
              const read = extensionReader(id);
              return read === undefined
                ? parts.octetString('extnValue')
                : parts.octetStringHolding('extnValue', content => read(content, extensions));
            },
            extensionName,
          ),
        );
      }),
    );
  return { subject, subjectPublicKeyInfo, extensions, otherAttributes };
}

export function reportRequest(request: CertificateRequest): RequestReport {
  return {
    subject: request.subject.text,
    subjectAltName: (request.extensions.subjectAltName ?? []).map(nameText),
    ...reportPublicKey(request),
    signatureAlgorithm: signatureAlgorithmName(request.signatureAlgorithm.algorithm),
  };
}

export function* requestFindings(request: CertificateRequest): Generator<Finding> {
  yield* publicKeyFindings(request);
  // A signature is checked only with a key whose size is bounded.
  if (
    keyObjection(request, 'rfc5280') === null &&
    !isSignatureOf(request.certificationRequestInfo, request, request)
  )
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
