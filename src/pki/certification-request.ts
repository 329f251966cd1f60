// Reads a certification request (PKCS #10, RFC 2986; TS-0003 10.1.4): the key that somebody has, and what he asks for.
// Who wrote it may be anybody, so that it is read by the strict DER reader. What he gets is decided in sign-request.ts.
import { acceptedKeys, isSignatureOf, keyObjection } from '../certificates/algorithms.ts';
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

/** A request whose signer has the key. */
export interface CertificationRequest extends PublicKeyHolder {
  readonly subject: Name;
  /** What extensionRequest (RFC 2985 5.4.2) asks for, as far as it is read. */
  readonly extensions: Extensions;
  /** Every extension that is asked for, dotted, in its order. */
  readonly extensionIds: readonly string[];
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
  const own = new Uint8Array(der);
  const read = (whole: DerReader) => whole.sequence('', readRequest);
  const { info, signed, ...signature } = readDer(own, '', read, requestDocument);
  const { subjectPublicKeyInfo, ...content } = info;
  const key = new SubjectKey(subjectPublicKeyInfo, 'certificationRequestInfo.subjectPKInfo');
  const objection = keyObjection(key, 'rfc5280');
  if (objection !== null)
    refuse(
      'OPTION_INVALID',
      `certificationRequestInfo.subjectPKInfo: ${objection}; accepted: ${acceptedKeys('rfc5280')}`,
    );
  if (!isSignatureOf(signed, signature, key))
    refuse(
      'OPTION_INVALID',
      'signature: not made with the key in the request, or by an algorithm that is not accepted (RFC 2986 4.2)',
    );
  return Object.assign(key, content);
}

function readRequest(fields: DerReader) {
  const { value: info, der: signed } = fields.withEncoding(() =>
    fields.sequence('certificationRequestInfo', readInfo),
  );
  const signatureAlgorithm = readAlgorithm(fields, 'signatureAlgorithm');
  return { info, signed, signatureAlgorithm, signatureValue: fields.octetBitString('signature') };
}

function readInfo(fields: DerReader) {
  const version = fields.smallInteger('version');
  if (version !== 0) fields.fail('version', `version ${version + 1}`, { accepted: 'version 1' });
  const subject = readName(fields, 'subject');
  const subjectPublicKeyInfo = readSubjectPublicKeyInfo(fields, 'subjectPKInfo');
  const asked = fields
    .listOf(contextConstructed(0), 'attributes', { least: 0, most: maxAttributes }, readAttribute)
    .filter(attribute => attribute !== null);
  const [first, second] = asked;
  // Of two lists two programs would take different ones.
  if (second !== undefined)
    fields.fail('attributes', 'extensionRequest twice', { accepted: 'once', clause: 'RFC 2985 5.4.2' });
  return { subject, subjectPublicKeyInfo, ...(first ?? { extensions: noExtensions(), extensionIds: [] }) };
}

const extensionRequest = '1.2.840.113549.1.9.14';

/** Of all attributes only extensionRequest is looked into; a challengePassword is for others. */
function readAttribute(
  list: DerReader,
  index: number,
): Pick<CertificationRequest, 'extensions' | 'extensionIds'> | null {
  return list.sequence(index, attribute => {
    const type = attribute.objectIdentifier('type');
    if (type !== extensionRequest) {
      attribute.any('values');
      return null;
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
