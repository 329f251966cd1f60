// Signs one certificate of the lab: serial number, key identifiers and signature, which all of them have alike.
// Which extensions make an authority or a leaf is in authority.ts and leaf.ts.
import { type KeyObject, randomBytes, X509Certificate } from 'node:crypto';
import type { Extension } from '@peculiar/x509';
import { refuse } from '../errors.ts';
import { signatureKind } from './signature-algorithm.ts';
import { webcrypto, x509 } from './x509.ts';

/** Both ends belong to the period (RFC 5280 §4.1.2.5); whole seconds are kept. */
export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** A certificate that signs others, with its private key. */
export interface Issuer {
  readonly certificate: X509Certificate;
  readonly key: KeyObject;
  /** What is presented above a certificate that it issued: itself and those above it, without the root. */
  readonly chain: readonly X509Certificate[];
}

/**
 * A common name (RFC 5280 Appendix A.1, at most 64 characters) or a user ID (RFC 4519 §2.39, at most 256). GnuTLS holds
 * a common name against dNSName constraints where there is no dNSName, so what is no domain name is no common name.
 */
export type SubjectName = { readonly CN: string } | { readonly UID: string };

export interface CertificateRequest {
  /** The name of a certificate that is there: of that same key if it is the certificate, of a new one if `sameAs`. */
  readonly subject: SubjectName | { readonly sameAs: X509Certificate } | X509Certificate;
  readonly publicKey: KeyObject;
  /** Null signs with `key` itself: a root. */
  readonly issuer: X509Certificate | null;
  readonly key: KeyObject;
  readonly validity: Validity;
  readonly extensions: readonly Extension[];
}

const userId = '0.9.2342.19200300.100.1.1';

/**
 * Signs a certificate, with the key identifiers of RFC 5280 §4.2.1.1 and §4.2.1.2 added to its extensions.
 *
 * @throws E2EKeyError OPTION_INVALID for a validity that no certificate can state.
 */
export async function signCertificate(request: CertificateRequest): Promise<X509Certificate> {
  const { notBefore, notAfter } = statable(request.validity);
  const subjectKey = new x509.PublicKey(request.publicKey.export({ type: 'spki', format: 'der' }));
  const subject = subjectName(request.subject);
  const subjectKeyIdentifier = await keyIdentifier(
    request.subject instanceof X509Certificate ? request.subject : null,
    subjectKey,
  );
  const issuer = request.issuer === null ? null : new x509.X509Certificate(request.issuer.raw);
  const { webcrypto: algorithm } = signatureKind(request.key);
  const signed = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject,
    issuer: issuer === null ? subject : issuer.subjectName,
    notBefore,
    notAfter,
    publicKey: subjectKey,
    signingKey: await signingKey(request.key, algorithm),
    signingAlgorithm: algorithm,
    extensions: [
      ...request.extensions,
      new x509.SubjectKeyIdentifierExtension(subjectKeyIdentifier),
      new x509.AuthorityKeyIdentifierExtension(
        issuer === null ? subjectKeyIdentifier : await keyIdentifier(request.issuer, issuer.publicKey),
      ),
    ],
  });
  return new X509Certificate(new Uint8Array(signed.rawData));
}

/** A validity that begins now and lasts some years, unless one or both of its ends are given. */
export function validityFrom(
  notBefore: Date | undefined,
  notAfter: Date | undefined,
  years: number,
): Validity {
  const begin = notBefore ?? new Date();
  const end = new Date(begin);
  end.setUTCFullYear(end.getUTCFullYear() + years);
  return { notBefore: begin, notAfter: notAfter ?? end };
}

function statable({ notBefore, notAfter }: Validity): Validity {
  const validity = { notBefore: wholeSeconds(notBefore), notAfter: wholeSeconds(notAfter) };
  if (!(validity.notBefore < validity.notAfter))
    refuse('OPTION_INVALID', 'notAfter must be later than notBefore');
  // RFC 5280 §4.1.2.5: UTCTime begins with 1950, GeneralizedTime has four digits for the year.
  if (validity.notBefore.getUTCFullYear() < 1950 || validity.notAfter.getUTCFullYear() > 9999)
    refuse('OPTION_INVALID', 'notBefore and notAfter must lie in the years 1950 to 9999');
  return validity;
}

function wholeSeconds(date: Date): Date {
  return new Date(Math.floor(date.getTime() / 1000) * 1000);
}

/** RFC 5280 §4.1.2.2: positive. The two top bits are set to 01, so that it is, and always has 16 bytes. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes.writeUInt8((bytes.readUInt8(0) & 0x3f) | 0x40, 0);
  return bytes.toString('hex');
}

function subjectName(subject: CertificateRequest['subject']) {
  if (subject instanceof X509Certificate) return new x509.X509Certificate(subject.raw).subjectName;
  if ('sameAs' in subject) return subjectName(subject.sameAs);
  return new x509.Name(['CN' in subject ? { CN: [subject.CN] } : { [userId]: [subject.UID] }]);
}

/**
 * Of a certificate that is there already, its own, by which those below it know their issuer (RFC 5280 §4.2.1.2); it
 * belongs to a key, so that one with another key gets a new one.
 */
async function keyIdentifier(
  certificate: X509Certificate | null,
  key: InstanceType<typeof x509.PublicKey>,
): Promise<string> {
  const own =
    certificate === null
      ? null
      : new x509.X509Certificate(certificate.raw).getExtension(x509.SubjectKeyIdentifierExtension);
  return own?.keyId ?? (await x509.SubjectKeyIdentifierExtension.create(key)).keyId;
}

async function signingKey(key: KeyObject, algorithm: ReturnType<typeof signatureKind>['webcrypto']) {
  const pkcs8 = key.export({ type: 'pkcs8', format: 'der' });
  try {
    return await webcrypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign']);
  } finally {
    pkcs8.fill(0);
  }
}
