// An X.509 certificate (RFC 5280 4.1) as values: structure and bounds. Whether it is trusted is path.ts, whom
// it names is flavours.ts.
import { hash } from 'node:crypto';
import type { E2EKeyError } from '../errors.ts';
import { contextConstructed, contextPrimitive, type DerReader, malformed, readDer } from './der.ts';
import { type Extension, readExtensionList } from './extension-list.ts';
import { type Extensions, extensionName, extensionReader, noExtensions } from './extensions.ts';
import { errorAbout } from './finding.ts';
import { type Name, readName } from './names.ts';
import {
  type AlgorithmIdentifier,
  type PublicKeyHolder,
  readAlgorithm,
  readSubjectPublicKeyInfo,
  SubjectKey,
} from './subject-public-key-info.ts';

export type { Extension } from './extension-list.ts';
export type { AlgorithmIdentifier } from './subject-public-key-info.ts';

/** A certificate has 400 to 2,000 octets; a whole E2EKey Message is at most 64 KiB. */
const maxCertificateSize = 16 * 1024;
/** RFC 5280 4.1.2.2. */
const maxSerialLength = 20;

/** One version 3 certificate. All bytes are the certificate's own copy. */
export interface Certificate extends PublicKeyHolder {
  readonly der: Uint8Array;
  /** SHA-256 of `der`, 64 lower-case hex digits. */
  readonly fingerprint: string;
  /** tbsCertificate as it came: what the signature covers. */
  readonly tbsCertificate: Uint8Array;
  /** Not negative, lower-case hex, at most 40 digits. */
  readonly serialNumber: string;
  readonly issuer: Name;
  readonly subject: Name;
  /** Both ends belong to the validity period (RFC 5280 4.1.2.5). */
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signatureValue: Uint8Array;
  /** The values of the extensions that are read. */
  readonly extensions: Extensions;
  /** Every extension, in the order of the certificate, as bytes. */
  readonly extensionList: readonly Extension[];
}

/**
 * Reads one certificate in DER, at most 16 KiB. Any public key and signature algorithm is let through here.
 *
 * @throws E2EKeyError CERTIFICATE_MALFORMED with field and offset; CERTIFICATE_UNSUPPORTED for versions 1 and 2.
 * @example
 * ```ts
 * import { parseCertificate } from 'e2ekey/certificates';
 * parseCertificate(der).subject.text; // 'CN=Cae1'
 * ```
 */
export function parseCertificate(der: Uint8Array): Certificate {
  if (der.length > maxCertificateSize)
    throw malformed('certificate', `${der.length} octets`, {
      accepted: `at most ${maxCertificateSize}`,
      clause: 'our bound',
    });
  const own = new Uint8Array(der);
  return readDer(own, '', whole => whole.sequence('', fields => readCertificate(own, fields)));
}

function readCertificate(der: Uint8Array, fields: DerReader): Certificate {
  const { value: tbs, der: tbsCertificate } = fields.withEncoding(() =>
    fields.sequence('tbsCertificate', readToBeSigned),
  );
  const { value: signatureAlgorithm, der: outerAlgorithm } = fields.withEncoding(() =>
    readAlgorithm(fields, 'signatureAlgorithm'),
  );
  const signatureValue = fields.octetBitString('signatureValue');
  // RFC 5280 4.1.1.2: only the inner one is signed, so an outer one of its own would be the forger's choice.
  if (Buffer.compare(tbs.signature, outerAlgorithm) !== 0)
    fields.fail('signatureAlgorithm', 'not the same as tbsCertificate.signature', {
      accepted: 'the algorithm that stands in the signed part',
      clause: 'RFC 5280 4.1.1.2',
    });

  const key = new SubjectKey(tbs.subjectPublicKeyInfo, 'tbsCertificate.subjectPublicKeyInfo');
  const fingerprint = hash('sha256', der);
  return Object.assign(key, tbs.content, {
    der,
    fingerprint,
    tbsCertificate,
    signatureAlgorithm,
    signatureValue,
  });
}

function readToBeSigned(fields: DerReader) {
  if (fields.next !== contextConstructed(0)) throw otherVersion(1);
  const version = fields.constructed(contextConstructed(0), 'version', inside => inside.smallInteger(''));
  if (version === 0)
    fields.fail('version', 'version 1, which is the default, written out', {
      accepted: 'version 3',
      clause: 'X.690 11.5, RFC 5280 4.1.2.1',
    });
  if (version !== 2) throw otherVersion(version + 1);

  const serialNumber = readSerialNumber(fields);
  const signature = fields.withEncoding(() => readAlgorithm(fields, 'signature')).der;
  const issuer = readName(fields, 'issuer');
  if (issuer.isEmpty)
    fields.fail('issuer', 'an empty name', { accepted: 'a name', clause: 'RFC 5280 4.1.2.4' });
  const [notBefore, notAfter] = fields.sequence(
    'validity',
    validity => [validity.time('notBefore'), validity.time('notAfter')] as const,
  );
  const subject = readName(fields, 'subject');
  const subjectPublicKeyInfo = readSubjectPublicKeyInfo(fields, 'subjectPublicKeyInfo');
  // RFC 5280 4.1.2.8: to be parsed; there is nothing to process.
  for (const [number, name] of ['issuerUniqueID', 'subjectUniqueID'].entries())
    if (fields.next === contextPrimitive(number + 1)) fields.bitString(name, contextPrimitive(number + 1));
  const { extensions, extensionList } = readExtensions(fields);
  const content = { serialNumber, issuer, notBefore, notAfter, subject, extensions, extensionList };
  return { signature, subjectPublicKeyInfo, content };
}

/**
 * RFC 5280 4.1.2.2: at most 20 octets, as lower-case hex. Old roots have zero; for other certificates
 * certificate-rules.ts refuses it.
 */
export function readSerialNumber(
  fields: DerReader,
  field = 'serialNumber',
  clause = 'RFC 5280 4.1.2.2',
): string {
  const serial = fields.integer(field);
  const first = serial[0] ?? 0;
  const rule = { accepted: `a number that is not negative, of at most ${maxSerialLength} octets`, clause };
  if (first >= 0x80) fields.fail(field, 'negative', rule);
  // RFC 5280 counts the octets of the value; a leading zero octet is the sign of the encoding.
  const value = first === 0 && serial.length > 1 ? serial.subarray(1) : serial;
  if (value.length > maxSerialLength) fields.fail(field, `${value.length} octets`, rule);
  return value.toString('hex');
}

function readExtensions(fields: DerReader): Pick<Certificate, 'extensions' | 'extensionList'> {
  const extensions = noExtensions();
  if (fields.next === null) return { extensions, extensionList: [] };
  const extensionList = fields.constructed(contextConstructed(3), '', inside =>
    readExtensionList(
      inside,
      'extensions',
      (id, _critical, parts) => {
        const read = extensionReader(id);
        return read === undefined
          ? parts.octetString('extnValue')
          : parts.octetStringHolding('extnValue', content => read(content, extensions));
      },
      extensionName,
    ),
  );
  return { extensions, extensionList };
}

function otherVersion(version: number): E2EKeyError {
  return errorAbout({
    code: 'CERTIFICATE_UNSUPPORTED',
    field: 'tbsCertificate.version',
    problem: `version ${version}`,
    accepted: 'version 3',
    clause: 'RFC 5280 4.1.2.1',
  });
}
