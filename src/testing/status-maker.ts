// Makes CRLs (RFC 5280 5) and OCSP responses (RFC 6960 4.2) for tests, right ones and wrong ones: every field can be
// replaced by raw DER. For tests only: it checks nothing. Lists and responses for use come from pki/.
import { hash, type KeyObject, sign } from 'node:crypto';
import { parseCertificate } from '../certificates/certificate.ts';
import {
  algorithms,
  bitString,
  der,
  extension,
  generalName,
  type Issued,
  integer,
  name,
  nothing,
  objectIdentifier,
  octetString,
  sequence,
  time,
} from './certificate-maker.ts';

/** A certificate with its private key, as `makeAuthority` gives it. */
export type Signer = Pick<Issued, 'der' | 'key'>;

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
export type CrlReasonName = keyof typeof crlReasons;

/** What signed structures have in common. */
interface SignatureOptions {
  /** The signing key; the signer's own if absent. */
  readonly key?: KeyObject;
  /** AlgorithmIdentifier; what goes with key and hash if absent. */
  readonly signatureAlgorithm?: Uint8Array;
  readonly hash?: 'sha1' | 'sha256' | 'sha384' | 'sha512';
  /** Changes the signature before it is put in. */
  readonly editSignature?: (signature: Uint8Array) => Uint8Array;
  /** After the whole, inside the file. */
  readonly trailing?: Uint8Array;
}

/** What a CRL says; whatever is absent gets a value that is right for the base list of the issuer. */
export interface CrlOptions extends SignatureOptions {
  readonly issuer: Signer;
  /** A common name, or a Name in DER; the issuer's subject if absent. */
  readonly issuerName?: string | Uint8Array;
  /** The version field in DER; an empty array leaves it out. */
  readonly version?: Uint8Array;
  /** AlgorithmIdentifier outside the signed part, where it differs. */
  readonly outerAlgorithm?: Uint8Array;
  /** A Date, or a Time in DER. 2026-01-01 if absent. */
  readonly thisUpdate?: Date | Uint8Array;
  /** Null leaves it out. 2126-01-01 if absent. */
  readonly nextUpdate?: Date | Uint8Array | null;
  /** Entries, or entries in DER. An empty list leaves revokedCertificates out (RFC 5280 5.1.2.6). */
  readonly entries?: readonly (CrlEntryOptions | Uint8Array)[];
  /** revokedCertificates in DER, in place of `entries`; an empty array leaves it out. */
  readonly revokedCertificates?: Uint8Array;
  /** keyIdentifier of authorityKeyIdentifier, null leaves the extension out. That of the issuer if absent. */
  readonly keyIdentifier?: Uint8Array | null;
  /** cRLNumber, 1 if absent; null leaves it out. */
  readonly number?: number | bigint | null;
  /** Marks cRLNumber critical, which RFC 5280 5.2.3 does not. */
  readonly numberIsCritical?: boolean;
  readonly distributionPoint?: DistributionPointOptions;
  /** BaseCRLNumber of a critical deltaCRLIndicator (RFC 5280 5.2.4). */
  readonly baseNumber?: number | bigint;
  /** Extensions in DER, in place of all of these; an empty list leaves crlExtensions out. */
  readonly extensions?: readonly Uint8Array[];
  /** Extensions in DER, after the others. */
  readonly more?: readonly Uint8Array[];
}

export interface CrlEntryOptions {
  /** Lower- or upper-case hex of the serial number, or a certificate to take it from. */
  readonly serial: string | Signer;
  /** 2026-01-02 if absent. */
  readonly revocationDate?: Date | Uint8Array;
  /** Absent leaves the extension out (unspecified, RFC 5280 5.3.1). */
  readonly reason?: CrlReasonName | number;
  /** Extensions in DER, after the reason. */
  readonly more?: readonly Uint8Array[];
}

/** issuingDistributionPoint (RFC 5280 5.2.5); critical if not said otherwise. */
export interface DistributionPointOptions {
  /** GeneralNames of fullName, as `generalName` takes them. */
  readonly fullName?: readonly string[];
  readonly onlyContainsUserCerts?: boolean;
  readonly onlyContainsCACerts?: boolean;
  /** ReasonFlags, the BIT STRING's content with its count of unused bits first. */
  readonly onlySomeReasons?: Uint8Array;
  readonly indirectCRL?: boolean;
  readonly onlyContainsAttributeCerts?: boolean;
  readonly critical?: boolean;
}

/** One CertificateList in DER. */
export function makeCrl(options: CrlOptions): Uint8Array {
  const { issuer, key = issuer.key, issuerName } = options;
  const algorithm = options.signatureAlgorithm ?? algorithmFor(key, options.hash);
  const { thisUpdate = validity.thisUpdate, nextUpdate = validity.nextUpdate } = options;
  const extensions = [...(options.extensions ?? crlExtensions(options)), ...(options.more ?? [])];
  const tbs = sequence(
    options.version ?? integer(1),
    algorithm,
    issuerName === undefined ? parseCertificate(issuer.der).subject.der : nameOf(issuerName),
    timeOf(thisUpdate),
    ...(nextUpdate === null ? [] : [timeOf(nextUpdate)]),
    options.revokedCertificates ?? revokedCertificates(options.entries ?? []),
    ...(extensions.length === 0 ? [] : [der(0xa0, sequence(...extensions))]),
  );
  return Buffer.concat([
    sequence(tbs, options.outerAlgorithm ?? algorithm, signatureOver(tbs, key, options)),
    options.trailing ?? Buffer.of(),
  ]);
}

/** An unknown extension, for lists, entries and responses. */
export const unknownExtension = (critical: boolean): Uint8Array =>
  extension('1.3.6.1.4.1.99999.1', nothing, critical);

/** reasonCode (RFC 5280 5.3.1). */
export function reasonCode(reason: CrlReasonName | number, critical = false): Uint8Array {
  return extension('2.5.29.21', enumerated(numberOf(reason)), critical);
}

/** certificateIssuer (RFC 5280 5.3.3), which entries of indirect CRLs have. */
export function certificateIssuer(commonName: string): Uint8Array {
  return extension('2.5.29.29', sequence(generalName(`dir:${commonName}`)), true);
}

function revokedCertificates(entries: readonly (CrlEntryOptions | Uint8Array)[]): Uint8Array {
  return entries.length === 0
    ? Buffer.of()
    : sequence(...entries.map(entry => (entry instanceof Uint8Array ? entry : crlEntry(entry))));
}

function crlEntry({ serial, revocationDate, reason, more = [] }: CrlEntryOptions): Uint8Array {
  const extensions = [...(reason === undefined ? [] : [reasonCode(reason)]), ...more];
  return sequence(
    integer(BigInt(`0x${serialOf(serial)}`)),
    timeOf(revocationDate ?? revokedAt),
    ...(extensions.length === 0 ? [] : [sequence(...extensions)]),
  );
}

function crlExtensions(options: CrlOptions): Uint8Array[] {
  const { keyIdentifier = keyIdentifierOf(options.issuer), number = 1, distributionPoint } = options;
  const { baseNumber } = options;
  return [
    ...(keyIdentifier === null ? [] : [extension('2.5.29.35', sequence(der(0x80, keyIdentifier)))]),
    ...(number === null ? [] : [extension('2.5.29.20', integer(number), options.numberIsCritical)]),
    ...(baseNumber === undefined ? [] : [extension('2.5.29.27', integer(baseNumber), true)]),
    ...(distributionPoint === undefined ? [] : [issuingDistributionPoint(distributionPoint)]),
  ];
}

function issuingDistributionPoint(options: DistributionPointOptions): Uint8Array {
  const { fullName, onlySomeReasons, critical = true } = options;
  const flag = (number: number, value: boolean | undefined) =>
    value === true ? [der(0x80 | number, Buffer.of(0xff))] : [];
  return extension(
    '2.5.29.28',
    sequence(
      ...(fullName === undefined ? [] : [der(0xa0, der(0xa0, ...fullName.map(generalName)))]),
      ...flag(1, options.onlyContainsUserCerts),
      ...flag(2, options.onlyContainsCACerts),
      ...(onlySomeReasons === undefined ? [] : [der(0x83, onlySomeReasons)]),
      ...flag(4, options.indirectCRL),
      ...flag(5, options.onlyContainsAttributeCerts),
    ),
    critical,
  );
}

/** OCSPResponseStatus (RFC 6960 4.2.1) with its numbers. */
export const ocspStatuses = {
  successful: 0,
  malformedRequest: 1,
  internalError: 2,
  tryLater: 3,
  sigRequired: 5,
  unauthorized: 6,
} as const;

/** What an OCSP response says; whatever is absent makes it the right one of the issuer for one good certificate. */
export interface OcspResponseOptions extends SignatureOptions {
  /** Who issued the certificates that are spoken of. */
  readonly issuer: Signer;
  /** The certificate that is spoken of, unless `responses` says more; its serial number in hex does too. */
  readonly certificate: string | Signer;
  /** Of that certificate; good if absent. */
  readonly status?: SingleResponseOptions['status'];
  /** A delegated responder: signs, and its certificate goes with the response. The issuer itself if absent. */
  readonly responder?: Signer;
  /** A name or a number; `successful` if absent. All others have no responseBytes. */
  readonly responseStatus?: keyof typeof ocspStatuses | number;
  /** ResponseBytes in DER with their tag [0]; null leaves them out. */
  readonly responseBytes?: Uint8Array | null;
  /** id-pkix-ocsp-basic if absent. */
  readonly responseType?: string;
  /** The version field in DER, [0]; left out if absent, as v1 is the default. */
  readonly version?: Uint8Array;
  /** By name if absent; or a ResponderID in DER. */
  readonly responderId?: 'name' | 'key' | Uint8Array;
  /** A Date, or a GeneralizedTime in DER. 2026-01-01 if absent. */
  readonly producedAt?: Date | Uint8Array;
  readonly thisUpdate?: Date | Uint8Array;
  /** Null leaves it out. 2126-01-01 if absent. */
  readonly nextUpdate?: Date | Uint8Array | null;
  /** SingleResponses, or SingleResponses in DER, in place of the one about `certificate`. */
  readonly responses?: readonly (SingleResponseOptions | Uint8Array)[];
  /** Extensions in DER; responseExtensions are left out if there is none. */
  readonly responseExtensions?: readonly Uint8Array[];
  /** Certificates in DER, in place of the responder's; an empty list leaves the field out. */
  readonly certificates?: readonly Uint8Array[];
}

export interface SingleResponseOptions extends CertIdOptions {
  /** Absent as in the whole: the certificate that is spoken of. */
  readonly certificate?: string | Signer;
  /** CertID in DER, in place of the certificate's. */
  readonly certId?: Uint8Array;
  /** A CertStatus in DER, or as it is named; revoked is since 2026-01-02, with no reason. Good if absent. */
  readonly status?: 'good' | 'revoked' | 'unknown' | RevokedOptions | Uint8Array;
  readonly thisUpdate?: Date | Uint8Array;
  readonly nextUpdate?: Date | Uint8Array | null;
  /** Extensions in DER; singleExtensions are left out if there is none. */
  readonly extensions?: readonly Uint8Array[];
}

export interface RevokedOptions {
  readonly revocationTime?: Date | Uint8Array;
  readonly reason?: CrlReasonName | number;
}

/** CertID (RFC 6960 4.1.1); what is absent belongs to certificate and issuer. */
export interface CertIdOptions {
  /** SHA-1 if absent, which everybody takes. */
  readonly certIdHash?: 'sha1' | 'sha256' | 'sha384' | 'sha512';
  /** AlgorithmIdentifier, where it is not that of `certIdHash`. */
  readonly hashAlgorithm?: Uint8Array;
  readonly issuerNameHash?: Uint8Array;
  readonly issuerKeyHash?: Uint8Array;
}

/** One OCSPResponse in DER. */
export function makeOcspResponse(options: OcspResponseOptions): Uint8Array {
  const { responseStatus = 'successful', trailing = Buffer.of() } = options;
  const status = typeof responseStatus === 'number' ? responseStatus : ocspStatuses[responseStatus];
  const bytes =
    options.responseBytes === undefined && status === ocspStatuses.successful
      ? responseBytes(options)
      : (options.responseBytes ?? Buffer.of());
  return Buffer.concat([sequence(enumerated(status), bytes), trailing]);
}

/** CertID in DER. */
export function makeCertId(
  certificate: string | Signer,
  issuer: Signer,
  options: CertIdOptions = {},
): Uint8Array {
  const { certIdHash = 'sha1', hashAlgorithm = sequence(objectIdentifier(hashIds[certIdHash]), nothing) } =
    options;
  const { subject, subjectPublicKeyInfo } = parseCertificate(issuer.der);
  const digest = (bytes: Uint8Array) => Buffer.from(hash(certIdHash, bytes), 'hex');
  return sequence(
    hashAlgorithm,
    octetString(options.issuerNameHash ?? digest(subject.der)),
    octetString(options.issuerKeyHash ?? digest(subjectPublicKeyInfo.subjectPublicKey)),
    integer(BigInt(`0x${serialOf(certificate)}`)),
  );
}

/** extKeyUsage with id-kp-OCSPSigning (RFC 6960 4.2.2.2), for the certificate of a delegated responder. */
export const ocspSigning: Uint8Array = extension(
  '2.5.29.37',
  sequence(objectIdentifier('1.3.6.1.5.5.7.3.9')),
);
/** id-pkix-ocsp-nocheck (RFC 6960 4.2.2.2.1). */
export const ocspNocheck: Uint8Array = extension('1.3.6.1.5.5.7.48.1.5', nothing);

function responseBytes(options: OcspResponseOptions): Uint8Array {
  return der(
    0xa0,
    sequence(
      objectIdentifier(options.responseType ?? '1.3.6.1.5.5.7.48.1.1'),
      octetString(basicOcspResponse(options)),
    ),
  );
}

function basicOcspResponse(options: OcspResponseOptions): Uint8Array {
  const { issuer, responder = issuer, key = responder.key } = options;
  const certificates = options.certificates ?? (options.responder === undefined ? [] : [responder.der]);
  const tbs = responseData(options, responder);
  return sequence(
    tbs,
    options.signatureAlgorithm ?? algorithmFor(key, options.hash),
    signatureOver(tbs, key, options),
    ...(certificates.length === 0 ? [] : [der(0xa0, sequence(...certificates))]),
  );
}

function responseData(options: OcspResponseOptions, responder: Signer): Uint8Array {
  const { certificate, status, thisUpdate, nextUpdate, responseExtensions = [] } = options;
  const usual = {
    certificate,
    ...(status !== undefined && { status }),
    ...(thisUpdate !== undefined && { thisUpdate }),
    ...(nextUpdate !== undefined && { nextUpdate }),
  };
  const responses = (options.responses ?? [{}]).map(response =>
    response instanceof Uint8Array ? response : singleResponse({ ...usual, ...response }, options.issuer),
  );
  return sequence(
    options.version ?? Buffer.of(),
    responderId(options.responderId ?? 'name', responder),
    generalizedTime(options.producedAt ?? validity.thisUpdate),
    sequence(...responses),
    ...explicitExtensions(responseExtensions),
  );
}

function responderId(by: 'name' | 'key' | Uint8Array, responder: Signer): Uint8Array {
  if (by instanceof Uint8Array) return by;
  const { subject, subjectPublicKeyInfo } = parseCertificate(responder.der);
  return by === 'name'
    ? der(0xa1, subject.der)
    : der(0xa2, octetString(Buffer.from(hash('sha1', subjectPublicKeyInfo.subjectPublicKey), 'hex')));
}

type CompleteSingleResponse = SingleResponseOptions & Required<Pick<SingleResponseOptions, 'certificate'>>;

function singleResponse(options: CompleteSingleResponse, issuer: Signer): Uint8Array {
  const { thisUpdate = validity.thisUpdate, nextUpdate = validity.nextUpdate, extensions = [] } = options;
  return sequence(
    options.certId ?? makeCertId(options.certificate, issuer, options),
    certStatus(options.status ?? 'good'),
    generalizedTime(thisUpdate),
    ...(nextUpdate === null ? [] : [der(0xa0, generalizedTime(nextUpdate))]),
    ...explicitExtensions(extensions),
  );
}

function certStatus(status: NonNullable<SingleResponseOptions['status']>): Uint8Array {
  if (status instanceof Uint8Array) return status;
  if (status === 'good') return der(0x80);
  if (status === 'unknown') return der(0x82);
  const { revocationTime = revokedAt, reason } = status === 'revoked' ? {} : status;
  return der(
    0xa1,
    generalizedTime(revocationTime),
    ...(reason === undefined ? [] : [der(0xa0, enumerated(numberOf(reason)))]),
  );
}

function explicitExtensions(extensions: readonly Uint8Array[]): Uint8Array[] {
  return extensions.length === 0 ? [] : [der(0xa1, sequence(...extensions))];
}

const validity = {
  thisUpdate: new Date('2026-01-01T00:00:00Z'),
  nextUpdate: new Date('2126-01-01T00:00:00Z'),
};
const revokedAt = new Date('2026-01-02T00:00:00Z');

const hashIds = {
  sha1: '1.3.14.3.2.26',
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
} as const;

function algorithmFor(key: KeyObject, digest: NonNullable<SignatureOptions['hash']> = 'sha256'): Uint8Array {
  if (key.asymmetricKeyType === 'ed25519') return sequence(objectIdentifier('1.3.101.112'));
  const isRsa = key.asymmetricKeyType === 'rsa';
  switch (digest) {
    case 'sha1':
      return isRsa ? sequence(objectIdentifier('1.2.840.113549.1.1.5'), nothing) : algorithms.ecdsaWithSha1;
    case 'sha256':
      return isRsa ? algorithms.rsaWithSha256 : algorithms.ecdsaWithSha256;
    case 'sha384':
      return isRsa ? algorithms.rsaWithSha384 : algorithms.ecdsaWithSha384;
    case 'sha512':
      return isRsa ? algorithms.rsaWithSha512 : algorithms.ecdsaWithSha512;
  }
}

function signatureOver(tbs: Uint8Array, key: KeyObject, options: SignatureOptions): Uint8Array {
  const digest = key.asymmetricKeyType === 'ed25519' ? null : (options.hash ?? 'sha256');
  const signature = sign(digest, tbs, key);
  return bitString(options.editSignature?.(signature) ?? signature);
}

/** RFC 5280 4.2.1.2 method (1), unless the certificate has another one. */
function keyIdentifierOf(signer: Signer): Uint8Array {
  const { extensions, subjectPublicKeyInfo } = parseCertificate(signer.der);
  return (
    extensions.subjectKeyIdentifier ?? Buffer.from(hash('sha1', subjectPublicKeyInfo.subjectPublicKey), 'hex')
  );
}

function serialOf(certificate: string | Signer): string {
  return typeof certificate === 'string' ? certificate : parseCertificate(certificate.der).serialNumber;
}

function nameOf(issuer: string | Uint8Array): Uint8Array {
  return typeof issuer === 'string' ? name(issuer) : issuer;
}

function timeOf(moment: Date | Uint8Array): Uint8Array {
  return moment instanceof Date ? time(moment) : moment;
}

/** RFC 6960 4.2.2.1 has GeneralizedTime for every year, in whole seconds. */
function generalizedTime(moment: Date | Uint8Array): Uint8Array {
  if (!(moment instanceof Date)) return moment;
  return der(0x18, Buffer.from(moment.toISOString().replace(/[-:T]|\.\d+/g, ''), 'latin1'));
}

function enumerated(value: number): Uint8Array {
  return der(0x0a, Buffer.of(value));
}

function numberOf(reason: CrlReasonName | number): number {
  return typeof reason === 'number' ? reason : crlReasons[reason];
}
