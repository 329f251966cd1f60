// A certificate revocation list (RFC 5280 5) as values: structure and bounds. Whether it may be believed, and what it
// says of a certificate, is revocation.ts.
import { hash } from 'node:crypto';
import { readSerialNumber } from './certificate.ts';
import { contextConstructed, type DerReader, type DocumentKind, readDer, tag } from './der.ts';
import { type IssuingDistributionPoint, readIssuingDistributionPoint } from './distribution-points.ts';
import { type Extension, readExtensionList } from './extension-list.ts';
import { readAuthorityKeyIdentifier } from './extensions.ts';
import { errorAbout } from './finding.ts';
import { type Name, readName } from './names.ts';
import { type AlgorithmIdentifier, readAlgorithm } from './subject-public-key-info.ts';

/** Some 100,000 entries; the lists of whole web authorities are split below that. */
export const maxCrlSize = 4 * 1024 * 1024;
const maxEntries = 131_072;

/** CRLReason (RFC 5280 5.3.1) with its numbers. */
export const crlReasons = {
  unspecified: 0,
  keyCompromise: 1,
  cACompromise: 2,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
  certificateHold: 6,
  removeFromCRL: 8,
  privilegeWithdrawn: 9,
  aACompromise: 10,
} as const;
export type CrlReason = keyof typeof crlReasons;

const reasonsByNumber = new Map(
  Object.entries(crlReasons).map(([name, number]) => [number as number, name as CrlReason]),
);

/** One certificate that is not good any more. */
export interface RevokedCertificate {
  readonly revocationDate: Date;
  /** Null where the list gives none. */
  readonly reason: CrlReason | null;
}

/** One version 2 list. All bytes are the list's own copy. */
export interface Crl {
  readonly der: Uint8Array;
  /** SHA-256 of `der`, 64 lower-case hex digits. */
  readonly fingerprint: string;
  /** What the signature covers, as it came. */
  readonly tbsCertList: Uint8Array;
  readonly issuer: Name;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  /** cRLNumber in lower-case hex, at most 40 digits; null where there is none. */
  readonly number: string | null;
  /** BaseCRLNumber of a delta CRL; null for a complete list. */
  readonly baseNumber: string | null;
  readonly authorityKeyIdentifier: Uint8Array | null;
  readonly distributionPoint: IssuingDistributionPoint | null;
  /** By serial number, lower-case hex as in `Certificate`. */
  readonly entries: ReadonlyMap<string, RevokedCertificate>;
  /** Whether one of the entries takes another back, as those of delta CRLs may (removeFromCRL). */
  readonly removesEntries: boolean;
  /** Every extension of the list, in its order. */
  readonly extensionList: readonly Extension[];
  /** Critical extensions of entries that are not processed, dotted. */
  readonly unknownInEntries: readonly string[];
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signatureValue: Uint8Array;
}

/** A list that cannot be read says nothing of anybody's status. */
export const crlDocument: DocumentKind = { code: 'CERTIFICATE_STATUS_UNKNOWN', clause: 'RFC 5280 5.1' };

/**
 * Reads one list in DER, at most 4 MiB. Any signature algorithm, and delta and indirect lists, are let through here.
 *
 * @throws E2EKeyError CERTIFICATE_STATUS_UNKNOWN with field and offset.
 * @example
 * ```ts
 * import { parseCrl } from 'e2ekey/certificates';
 * const { issuer, nextUpdate, entries } = parseCrl(der);
 * console.log(issuer.text, nextUpdate, entries.get('1f')?.reason);
 * ```
 */
export function parseCrl(der: Uint8Array): Crl {
  if (der.length > maxCrlSize)
    throw errorAbout({
      code: crlDocument.code,
      field: 'CertificateList',
      problem: `${der.length} octets`,
      accepted: `at most ${maxCrlSize}`,
      clause: 'our bound',
    });
  const own = new Uint8Array(der);
  return readDer(
    own,
    'CertificateList',
    whole => whole.sequence('', fields => readCrl(own, fields)),
    crlDocument,
  );
}

function readCrl(der: Uint8Array, fields: DerReader): Crl {
  const { value: tbs, der: tbsCertList } = fields.withEncoding(() =>
    fields.sequence('tbsCertList', readToBeSigned),
  );
  const { value: signatureAlgorithm, der: outerAlgorithm } = fields.withEncoding(() =>
    readAlgorithm(fields, 'signatureAlgorithm'),
  );
  const signatureValue = fields.octetBitString('signatureValue');
  // Only the inner one is signed, so an outer one of its own would be the forger's choice.
  if (Buffer.compare(tbs.signature, outerAlgorithm) !== 0)
    fields.fail('signatureAlgorithm', 'not the same as tbsCertList.signature', {
      accepted: 'the algorithm that stands in the signed part',
      clause: 'RFC 5280 5.1.1.2',
    });
  const { signature: _, ...content } = tbs;
  return {
    der,
    fingerprint: hash('sha256', der),
    tbsCertList,
    ...content,
    signatureAlgorithm,
    signatureValue,
  };
}

function readToBeSigned(fields: DerReader) {
  const version = fields.next === tag.integer ? fields.smallInteger('version') : 0;
  if (version !== 1)
    fields.fail('version', `version ${version + 1}`, { accepted: 'version 2', clause: 'RFC 5280 5.1.2.1' });
  const signature = fields.withEncoding(() => readAlgorithm(fields, 'signature')).der;
  const issuer = readName(fields, 'issuer');
  if (issuer.isEmpty)
    fields.fail('issuer', 'an empty name', { accepted: 'a name', clause: 'RFC 5280 5.1.2.3' });
  const thisUpdate = fields.time('thisUpdate');
  // RFC 5280 5.1.2.5: without it nobody could tell a list that is held back from the newest one.
  if (fields.next !== tag.utcTime && fields.next !== tag.generalizedTime)
    fields.fail('nextUpdate', 'absent', { accepted: 'a time', clause: 'RFC 5280 5.1.2.5' });
  const nextUpdate = fields.time('nextUpdate');
  return {
    signature,
    issuer,
    thisUpdate,
    nextUpdate,
    ...readEntries(fields),
    ...readListExtensions(fields),
  };
}

/** RFC 5280 5.1.2.6. A list of nobody has to be absent; one that is empty says the same. */
function readEntries(fields: DerReader): Pick<Crl, 'entries' | 'unknownInEntries' | 'removesEntries'> {
  const entries = new Map<string, RevokedCertificate>();
  const unknown = new Set<string>();
  let removesEntries = false;
  if (fields.next !== tag.sequence) return { entries, unknownInEntries: [], removesEntries };
  fields.listOf(tag.sequence, 'revokedCertificates', { least: 0, most: maxEntries }, (list, index) =>
    list.sequence(index, entry => {
      const serial = readEntrySerial(entry);
      const revocationDate = entry.time('revocationDate');
      const reason = entry.next === null ? null : readReason(entry, unknown);
      if (entries.has(serial))
        entry.fail('userCertificate', `${serial} twice`, { accepted: 'once', clause: 'RFC 5280 5.3' });
      entries.set(serial, { revocationDate, reason });
      removesEntries ||= reason === 'removeFromCRL';
    }),
  );
  return { entries, unknownInEntries: [...unknown], removesEntries };
}

/** As `Certificate` has it; what no certificate here can have, such as a negative one, does not spoil the list. */
function readEntrySerial(entry: DerReader): string {
  const octets = entry.integer('userCertificate');
  const [first = 0, second] = octets;
  if (first >= 0x80) return `-${octets.toString('hex')}`;
  return (first === 0 && second !== undefined ? octets.subarray(1) : octets).toString('hex');
}

const entryExtensions = { reasonCode: '2.5.29.21', invalidityDate: '2.5.29.24' } as const;

/** crlEntryExtensions (RFC 5280 5.3); those that are critical and not processed go into `unknown`. */
function readReason(entry: DerReader, unknown: Set<string>): CrlReason | null {
  let reason: CrlReason | null = null;
  readExtensionList(entry, 'crlEntryExtensions', (id, critical, parts) => {
    if (id === entryExtensions.reasonCode)
      return parts.octetStringHolding('extnValue', content => {
        reason = readCrlReason(content, '');
      });
    if (critical && id !== entryExtensions.invalidityDate) unknown.add(id);
    return parts.octetString('extnValue');
  });
  return reason;
}

/** CRLReason (RFC 5280 5.3.1). */
export function readCrlReason(fields: DerReader, field: string): CrlReason {
  const number = fields.smallInteger(field, tag.enumerated);
  return (
    reasonsByNumber.get(number) ??
    fields.fail(field, `reason ${number}`, { accepted: '0 to 6 and 8 to 10', clause: 'RFC 5280 5.3.1' })
  );
}

/** Extensions of the list that are processed. */
export const crlExtensions = {
  authorityKeyIdentifier: '2.5.29.35',
  cRLNumber: '2.5.29.20',
  deltaCRLIndicator: '2.5.29.27',
  issuingDistributionPoint: '2.5.29.28',
} as const;

type ListExtensions = Pick<
  Crl,
  'number' | 'baseNumber' | 'authorityKeyIdentifier' | 'distributionPoint' | 'extensionList'
>;

type Values = { -readonly [K in keyof ListExtensions]: ListExtensions[K] };

function readListExtensions(fields: DerReader): ListExtensions {
  const values: Values = {
    number: null,
    baseNumber: null,
    authorityKeyIdentifier: null,
    distributionPoint: null,
    extensionList: [],
  };
  if (fields.next === null) return values;
  values.extensionList = fields.constructed(contextConstructed(0), '', inside =>
    readExtensionList(inside, 'crlExtensions', (id, _, parts) => {
      const read = listReaders[id];
      return read === undefined
        ? parts.octetString('extnValue')
        : parts.octetStringHolding('extnValue', content => read(content, values));
    }),
  );
  return values;
}

const listReaders: Readonly<Record<string, (content: DerReader, into: Values) => void>> = {
  [crlExtensions.authorityKeyIdentifier]: (content, into) => {
    into.authorityKeyIdentifier = readAuthorityKeyIdentifier(content);
  },
  [crlExtensions.cRLNumber]: (content, into) => {
    into.number = readSerialNumber(content, '', 'RFC 5280 5.2.3');
  },
  [crlExtensions.deltaCRLIndicator]: (content, into) => {
    into.baseNumber = readSerialNumber(content, '', 'RFC 5280 5.2.4');
  },
  [crlExtensions.issuingDistributionPoint]: (content, into) => {
    into.distributionPoint = readIssuingDistributionPoint(content);
  },
};
