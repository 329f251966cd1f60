// What CRLs say of one certificate (RFC 5280 6.3.3), for complete lists of the certificate's own issuer, signed with a
// key that its path has. Delta and indirect lists are refused, not passed over.
import {
  acceptedSignatures,
  type CertificateProfile,
  isSignatureOf,
  signatureObjection,
} from './algorithms.ts';
import type { Certificate } from './certificate.ts';
import { type Crl, crlExtensions, type RevokedCertificate } from './crl.ts';
import { allReasons, reasonsFor } from './distribution-points.ts';
import type { Objection } from './finding.ts';
import { isFresh, notRevoked, statusUnknown } from './freshness.ts';
import type { RevocationLists } from './revocation-lists.ts';

export interface StatusRequirements {
  readonly time: Date;
  readonly profile: CertificateProfile;
}

export type CertificateStatus =
  | { readonly status: 'good' }
  /** Nothing at hand speaks of the certificate, or not for all reasons. */
  | { readonly status: 'untold' }
  /** What is at hand is not to be believed, or the certificate is revoked. */
  | { readonly status: 'refused'; readonly objection: Objection };

/**
 * What the lists say of the certificate of this issuer, whose signature holds.
 *
 * @param formerIssuers those above the issuer in the path that have its name: its other keys (RFC 5280 4.2.1.1), with
 * which it may sign its lists.
 */
export function crlStatus(
  certificate: Certificate,
  issuer: Certificate,
  lists: RevocationLists,
  requirements: StatusRequirements,
  formerIssuers: readonly Certificate[] = [],
): CertificateStatus {
  /** By reason, the newest list that told. */
  const told = new Map<number, Crl>();
  let refusal: Objection | null = null;
  for (const crl of newestFirst(lists.of(certificate.issuer))) {
    const signers = [issuer, ...formerIssuers].filter(one => !isOfAnotherKey(crl, one));
    if (signers.length === 0) continue;
    const reasons = reasonsFor(certificate, crl);
    if (reasons.size === 0) continue;
    const [unusable] = crlObjections(crl);
    // What it says would be lost, whatever another list tells.
    if (unusable !== undefined) return { status: 'refused', objection: unusable };
    // What a newer list has told is not asked of an older one.
    if ([...reasons].every(reason => isSuperseded(crl, told.get(reason)))) continue;
    const objections = signers.map(signer => signatureObjectionTo(crl, signer, requirements));
    const isTrusted = objections.includes(null);
    const entry = isTrusted ? crl.entries.get(certificate.serialNumber) : undefined;
    // A list that was held back too long still tells what was revoked by then.
    if (entry !== undefined) return { status: 'refused', objection: revoked(crl, entry) };
    const objection = isTrusted ? freshnessObjection(crl, requirements) : (objections[0] ?? null);
    if (objection === null) for (const reason of reasons) told.set(reason, crl);
    else refusal ??= objection;
  }
  if (told.size === allReasons.size) return { status: 'good' };
  return refusal === null ? { status: 'untold' } : { status: 'refused', objection: refusal };
}

/** Why a list cannot be used by anybody here, whoever signed it and whenever. */
export function crlObjections(crl: Crl): readonly Objection[] {
  return rules.flatMap(rule => rule(crl) ?? []);
}

/** Was the list signed by this certification authority, with an algorithm of the profile, and is it one to be used? */
export function trustObjection(
  crl: Crl,
  issuer: Certificate,
  { profile }: Pick<StatusRequirements, 'profile'>,
): Objection | null {
  const [unusable] = crlObjections(crl);
  return unusable ?? signatureObjectionTo(crl, issuer, { profile });
}

function signatureObjectionTo(
  crl: Crl,
  issuer: Certificate,
  { profile }: Pick<StatusRequirements, 'profile'>,
): Objection | null {
  const { keyUsage } = issuer.extensions;
  if (keyUsage !== null && !keyUsage.has('cRLSign'))
    return statusUnknown(
      'keyUsage',
      'the issuer of the CRL may not sign any',
      'cRLSign',
      'RFC 5280 6.3.3 (f)',
    );
  const algorithm = signatureObjection(crl, profile);
  if (algorithm !== null)
    return statusUnknown(
      'CertificateList.signatureAlgorithm',
      `the CRL is signed with ${algorithm}`,
      acceptedSignatures(profile),
      'RFC 5280 5.1.1.2',
    );
  return isSignedBy(crl, issuer)
    ? null
    : statusUnknown(
        'CertificateList.signatureValue',
        "the CRL is not signed with the key of the certificate's issuer",
        'a signature with the key that signed the certificate',
        'RFC 5280 6.3.3 (g)',
      );
}

/** The key that a list was seen to be signed with: one that is not, was not asked for before. */
const signers = new WeakMap<Crl, Uint8Array>();

function isSignedBy(crl: Crl, issuer: Certificate): boolean {
  const { der } = issuer.subjectPublicKeyInfo;
  const known = signers.get(crl);
  if (known !== undefined && Buffer.compare(known, der) === 0) return true;
  const holds = isSignatureOf(crl.tbsCertList, crl, issuer);
  if (holds) signers.set(crl, der);
  return holds;
}

/** RFC 5280 5.1.2.4, 5.1.2.5: a list that was not replaced in time may hide what was revoked since. */
export function freshnessObjection(
  { thisUpdate, nextUpdate }: Crl,
  { time }: Pick<StatusRequirements, 'time'>,
): Objection | null {
  return isFresh({ thisUpdate, nextUpdate }, time)
    ? null
    : statusUnknown(
        time < thisUpdate ? 'CertificateList.thisUpdate' : 'CertificateList.nextUpdate',
        `the CRL is ${time < thisUpdate ? 'not yet' : 'no longer'} current at ${time.toISOString()}`,
        `a time from ${thisUpdate.toISOString()} to ${nextUpdate.toISOString()}`,
        'RFC 5280 5.1.2.4, 5.1.2.5',
      );
}

function revoked(crl: Crl, { revocationDate, reason }: RevokedCertificate): Objection {
  const why = reason === null ? '' : `, ${reason}`;
  return notRevoked(
    `revoked on ${revocationDate.toISOString()}${why}, says CRL ${crl.number ?? 'without number'}`,
    'RFC 5280 6.3.3 (i)',
  );
}

/** Key identifiers only help: with two keys of one name, each has its lists. */
function isOfAnotherKey({ authorityKeyIdentifier }: Crl, { extensions }: Certificate): boolean {
  const { subjectKeyIdentifier } = extensions;
  return (
    authorityKeyIdentifier !== null &&
    subjectKeyIdentifier !== null &&
    Buffer.compare(authorityKeyIdentifier, subjectKeyIdentifier) !== 0
  );
}

function newestFirst(crls: readonly Crl[]): readonly Crl[] {
  return crls.toSorted((a, b) => compareAge(b, a));
}

/** Of two lists of one second the one with the higher number is the newer (RFC 5280 5.2.3). */
function compareAge(one: Crl, other: Crl): number {
  return one.thisUpdate.getTime() - other.thisUpdate.getTime() || compareNumbers(one.number, other.number);
}

/** Two that are as new as each other are both asked. */
function isSuperseded(crl: Crl, by: Crl | undefined): boolean {
  return by !== undefined && compareAge(crl, by) < 0;
}

/** As Array.sort wants it: cRLNumbers in hex, of which the absent one is the lowest. */
export function compareNumbers(one: string | null, other: string | null): number {
  const [a, b] = [one, other].map(number => BigInt(`0x${number ?? '0'}`));
  return a === b || a === undefined || b === undefined ? 0 : a < b ? -1 : 1;
}

type Rule = (crl: Crl) => Objection | null;

const isBase: Rule = ({ baseNumber }) =>
  baseNumber === null
    ? null
    : statusUnknown(
        'deltaCRLIndicator',
        'the CRL is a delta CRL, which is not processed',
        'a complete CRL',
        'RFC 5280 5.2.4',
      );

const isDirect: Rule = ({ distributionPoint }) =>
  distributionPoint?.indirectCRL
    ? statusUnknown(
        'issuingDistributionPoint.indirectCRL',
        'the CRL is an indirect one, which is not processed',
        "a CRL of the certificate's own issuer",
        'RFC 5280 5.2.5',
      )
    : null;

const criticalExtensions: Rule = ({ extensionList, unknownInEntries }) => {
  const processed: readonly string[] = Object.values(crlExtensions);
  const unknown = extensionList.find(({ id, critical }) => critical && !processed.includes(id));
  const id = unknown?.id ?? unknownInEntries[0];
  return id === undefined
    ? null
    : statusUnknown(
        unknown === undefined ? 'crlEntryExtensions' : 'crlExtensions',
        `${id === certificateIssuer ? 'certificateIssuer' : id} is critical and not processed`,
        'a CRL without it',
        unknown === undefined ? 'RFC 5280 5.3' : 'RFC 5280 5.2',
      );
};

/** RFC 5280 5.3.3: only indirect lists have it. */
const certificateIssuer = '2.5.29.29';

const numbered: Rule = ({ number, extensionList }) => {
  const isCritical = extensionList.some(({ id, critical }) => id === crlExtensions.cRLNumber && critical);
  return number !== null && !isCritical
    ? null
    : statusUnknown(
        'cRLNumber',
        number === null ? 'absent' : 'critical',
        'present and not critical',
        'RFC 5280 5.2.3',
      );
};

/** Who does not know it would take a part for the whole. */
const criticalDistributionPoint: Rule = ({ extensionList }) =>
  extensionList.some(({ id, critical }) => id === crlExtensions.issuingDistributionPoint && !critical)
    ? statusUnknown('issuingDistributionPoint', 'not critical', 'critical', 'RFC 5280 5.2.5')
    : null;

const nothingRemoved: Rule = ({ removesEntries }) =>
  removesEntries
    ? statusUnknown('reasonCode', 'removeFromCRL in a complete CRL', 'only in delta CRLs', 'RFC 5280 5.3.1')
    : null;

const rules: readonly Rule[] = [
  isBase,
  isDirect,
  criticalExtensions,
  numbered,
  criticalDistributionPoint,
  nothingRemoved,
];
