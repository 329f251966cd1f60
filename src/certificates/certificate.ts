// An X.509 certificate (RFC 5280 4.1) as values: structure and bounds. Whether it is trusted is path.ts, whom
// it names is flavours.ts.
import { hash, type KeyObject } from 'node:crypto';
import { refuse } from '../errors.ts';
import { contextConstructed, type DerReader, readDer, tag } from './der.ts';
import { type Extensions, extensionReader, noExtensions } from './extensions.ts';
import { type Name, readName } from './names.ts';
import {
  type AlgorithmIdentifier,
  makePublicKey,
  type PublicKeyHolder,
  readAlgorithm,
  readSubjectPublicKeyInfo,
} from './subject-public-key-info.ts';

export type { AlgorithmIdentifier } from './subject-public-key-info.ts';

/** A certificate has 400 to 2,000 octets; a whole E2EKey Message is at most 64 KiB. */
const maxCertificateSize = 16 * 1024;
/** About ten are in use. */
const maxExtensions = 32;
/** RFC 5280 4.1.2.2. */
const maxSerialLength = 20;

/** One version 3 certificate. All bytes are the certificate's own copy. */
export interface Certificate extends PublicKeyHolder {
  readonly der: Uint8Array;
  /** SHA-256 of `der`, 64 lower-case hex digits. */
  readonly fingerprint: string;
  /** tbsCertificate as it came: what the signature covers. */
  readonly tbsCertificate: Uint8Array;
  /** Positive, lower-case hex, at most 40 digits. */
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

/** RFC 5280 4.1.2.9. */
export interface Extension {
  readonly id: string;
  readonly critical: boolean;
  /** The content of extnValue. */
  readonly value: Uint8Array;
}

/**
 * Reads one certificate in DER, at most 16 KiB. Any public key and signature algorithm is let through here.
 *
 * @throws E2EKeyError CERTIFICATE_MALFORMED with field and offset; CERTIFICATE_UNSUPPORTED for versions 1 and 2
 * and for unique identifiers.
 * @example
 * ```ts
 * import { parseCertificate } from 'e2ekey/certificates';
 * parseCertificate(der).subject.text; // 'CN=Cae1'
 * ```
 */
export function parseCertificate(der: Uint8Array): Certificate {
  if (der.length > maxCertificateSize)
    refuse(
      'CERTIFICATE_MALFORMED',
      `a certificate of ${der.length} octets; at most ${maxCertificateSize} are read`,
    );
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
    fields.fail('signatureAlgorithm', 'not the same as tbsCertificate.signature (RFC 5280 4.1.1.2)');

  const { signature: _, ...content } = tbs;
  let publicKey: KeyObject | undefined;
  return {
    der,
    fingerprint: hash('sha256', der),
    tbsCertificate,
    signatureAlgorithm,
    signatureValue,
    ...content,
    get publicKey() {
      publicKey ??= makePublicKey(content.subjectPublicKeyInfo, 'tbsCertificate.subjectPublicKeyInfo');
      return publicKey;
    },
  };
}

function readToBeSigned(fields: DerReader) {
  if (fields.next !== contextConstructed(0)) unsupported('tbsCertificate.version: version 1');
  const version = fields.constructed(contextConstructed(0), 'version', inside => inside.smallInteger(''));
  if (version === 0) fields.fail('version', 'a default value that is encoded (X.690 11.5)');
  if (version !== 2) unsupported(`tbsCertificate.version: version ${version + 1}`);

  const serialNumber = readSerialNumber(fields);
  const signature = fields.withEncoding(() => readAlgorithm(fields, 'signature')).der;
  const issuer = readName(fields, 'issuer');
  if (issuer.isEmpty) fields.fail('issuer', 'an empty name (RFC 5280 4.1.2.4)');
  const [notBefore, notAfter] = fields.sequence(
    'validity',
    validity => [validity.time('notBefore'), validity.time('notAfter')] as const,
  );
  const subject = readName(fields, 'subject');
  const subjectPublicKeyInfo = readSubjectPublicKeyInfo(fields, 'subjectPublicKeyInfo');
  if (fields.next === 0x81 || fields.next === 0x82)
    unsupported('tbsCertificate: a unique identifier (RFC 5280 4.1.2.8)');
  return {
    serialNumber,
    signature,
    issuer,
    notBefore,
    notAfter,
    subject,
    subjectPublicKeyInfo,
    ...readExtensions(fields),
  };
}

/** RFC 5280 4.1.2.2: positive and at most 20 octets. */
function readSerialNumber(fields: DerReader): string {
  const serial = fields.integer('serialNumber');
  const [first = 0] = serial;
  if (first >= 0x80 || (serial.length === 1 && first === 0)) fields.fail('serialNumber', 'not positive');
  // RFC 5280 counts the octets of the value; a leading zero octet is the sign of the encoding.
  const value = first === 0 ? serial.subarray(1) : serial;
  if (value.length > maxSerialLength) fields.fail('serialNumber', `more than ${maxSerialLength} octets`);
  return value.toString('hex');
}

function readExtensions(fields: DerReader): Pick<Certificate, 'extensions' | 'extensionList'> {
  const extensions = noExtensions();
  if (fields.next === null) return { extensions, extensionList: [] };
  const seen = new Set<string>();
  const extensionList = fields.constructed(contextConstructed(3), '', inside =>
    inside.listOf(tag.sequence, 'extensions', { least: 1, most: maxExtensions }, (list, index) =>
      list.sequence(index, parts => {
        const id = parts.objectIdentifier('extnID');
        // RFC 5280 4.2: of two values for one extension, two programs would take different ones.
        if (seen.has(id)) parts.fail('extnID', `extension ${id} twice`);
        seen.add(id);
        const critical = parts.booleanDefaultFalse('critical');
        const read = extensionReader(id);
        const value =
          read === undefined
            ? parts.octetString('extnValue')
            : parts.octetStringHolding(
                'extnValue',
                content => content.withEncoding(() => read(content, extensions)).der,
              );
        return { id, critical, value };
      }),
    ),
  );
  return { extensions, extensionList };
}

function unsupported(what: string): never {
  return refuse(
    'CERTIFICATE_UNSUPPORTED',
    `${what}; only version 3 without unique identifiers is read (RFC 5280 4.1.2.1)`,
  );
}
