// Reads a certification request (PKCS #10, RFC 2986; TS-0003 10.1.4): the key that somebody has, and what he asks for.
// Who wrote it may be anybody, so that it is read by the strict DER reader. What he gets is decided in sign-request.ts.
import { acceptedKeys, isSignatureOf, keyObjection, type Signature } from '../certificates/algorithms.ts';
import { contextConstructed, type DerReader, type DocumentKind, readDer, tag } from '../certificates/der.ts';
import { readExtensionList } from '../certificates/extension-list.ts';
import { type Extensions, extensionReader, noExtensions } from '../certificates/extensions.ts';
import { type Name, readName } from '../certificates/names.ts';
import {
  type PublicKeyHolder,
  readAlgorithm,
  readSubjectPublicKeyInfo,
  SubjectKey,
} from '../certificates/subject-public-key-info.ts';
import { refuse } from '../errors.ts';

/** A request as it is read; whether its signer has the key is another question. */
export interface CertificationRequest extends PublicKeyHolder, Signature {
  /** What the signature covers, as it came. */
  readonly certificationRequestInfo: Uint8Array;
  readonly subject: Name;
  /** What extensionRequest (RFC 2985 5.4.2) asks for, as far as it is read. */
  readonly extensions: Extensions;
  /** Every extension that is asked for, dotted, in its order. */
  readonly extensionIds: readonly string[];
  /** Types of the other attributes, dotted. */
  readonly otherAttributes: readonly string[];
}

/** A request has 300 to 2,000 octets. */
const maxRequestSize = 16 * 1024;
/** One or two are in use. */
const maxAttributes = 16;

const requestDocument: DocumentKind = { code: 'OPTION_INVALID', clause: 'RFC 2986 4' };

/**
 * Reads one request in DER, at most 16 KiB.
 *
 * @throws E2EKeyError OPTION_INVALID with field and offset; and for a key of no kind that end-points accept, or a
 * signature that is not made with it: who cannot sign with the key would have a certificate for somebody else's.
 */
export function readCertificationRequest(der: Uint8Array): CertificationRequest {
  if (der.length > maxRequestSize)
    refuse('OPTION_INVALID', `the request has ${der.length} octets; at most ${maxRequestSize} are read`);
  const request = parseCertificationRequest(der, requestDocument);
  const objection = keyObjection(request, 'rfc5280');
  if (objection !== null)
    refuse(
      'OPTION_INVALID',
      `certificationRequestInfo.subjectPKInfo: ${objection}; accepted: ${acceptedKeys('rfc5280')}`,
    );
  if (!isProven(request))
    refuse(
      'OPTION_INVALID',
      'signature: not made with the key in the request, or by an algorithm that is not accepted (RFC 2986 4.2)',
    );
  return request;
}

/** Was it signed with the key in it (RFC 2986 4.2)? One public-key operation, with a key whose size has to be bounded. */
export function isProven(request: CertificationRequest): boolean {
  return isSignatureOf(request.certificationRequestInfo, request, request);
}

/**
 * Reads one request in DER, whatever its key and its signature are.
 *
 * @throws E2EKeyError with the code of `document`, field and offset.
 */
export function parseCertificationRequest(der: Uint8Array, document: DocumentKind): CertificationRequest {
  const read = (whole: DerReader) => whole.sequence('', readRequest);
  return readDer(new Uint8Array(der), '', read, document);
}

function readRequest(fields: DerReader): CertificationRequest {
  const { value: info, der: certificationRequestInfo } = fields.withEncoding(() =>
    fields.sequence('certificationRequestInfo', readInfo),
  );
  const { subjectPublicKeyInfo, ...content } = info;
  const signatureAlgorithm = readAlgorithm(fields, 'signatureAlgorithm');
  const signatureValue = fields.octetBitString('signature');
  const key = new SubjectKey(subjectPublicKeyInfo, 'certificationRequestInfo.subjectPKInfo');
  return Object.assign(key, content, { certificationRequestInfo, signatureAlgorithm, signatureValue });
}

function readInfo(fields: DerReader) {
  const version = fields.smallInteger('version');
  if (version !== 0) fields.fail('version', `version ${version + 1}`, { accepted: 'version 1' });
  const subject = readName(fields, 'subject');
  const subjectPublicKeyInfo = readSubjectPublicKeyInfo(fields, 'subjectPKInfo');
  const bounds = { least: 0, most: maxAttributes };
  const attributes = fields.listOf(contextConstructed(0), 'attributes', bounds, readAttribute);
  const [first, second] = attributes.filter(attribute => typeof attribute !== 'string');
  // Of two lists two programs would take different ones.
  if (second !== undefined)
    fields.fail('attributes', 'extensionRequest twice', { accepted: 'once', clause: 'RFC 2985 5.4.2' });
  const otherAttributes = attributes.filter(attribute => typeof attribute === 'string');
  const asked = first ?? { extensions: noExtensions(), extensionIds: [] };
  return { subject, subjectPublicKeyInfo, ...asked, otherAttributes };
}

const extensionRequest = '1.2.840.113549.1.9.14';

/** Of all attributes only extensionRequest is looked into; a challengePassword is for others. Of these the type. */
function readAttribute(
  list: DerReader,
  index: number,
): Pick<CertificationRequest, 'extensions' | 'extensionIds'> | string {
  return list.sequence(index, attribute => {
    const type = attribute.objectIdentifier('type');
    if (type !== extensionRequest) {
      attribute.any('values');
      return type;
    }
    return attribute.constructed(tag.set, 'values', readRequestedExtensions);
  });
}

/** The SET has one value, which DER leaves no other order. */
function readRequestedExtensions(values: DerReader) {
  const extensions = noExtensions();
  const list = readExtensionList(values, '', (id, _, parts) => {
    const read = extensionReader(id);
    return read === undefined
      ? parts.octetString('extnValue')
      : parts.octetStringHolding('extnValue', content => read(content, extensions));
  });
  return { extensions, extensionIds: list.map(({ id }) => id) };
}
