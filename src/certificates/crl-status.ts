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
import { isAhead, isFresh, notRevoked, statusUnknown } from './freshness.ts';
import type { RevocationLists } from './revocation-lists.ts';

export interface StatusRequirements {
  readonly time: Date;
  readonly profile: CertificateProfile;
}

export type CertificateStatus =
  | { readonly status: 'good' }
  /** Nothing at hand speaks of the certificate, or not for all reasons. */
  | { readonly status: 'untold' }
  /** The certificate is revoked, or what is at hand is not to be believed. */
  | {
      readonly status: 'refused';
      readonly objection: Objection;
      /** Whatever else is at hand. */
      readonly isFinal: boolean;
    };

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
  const told = new Set<number>();
  /** By reason, the lists that the issuer signed, newest first. */
  const asked = new Map<number, Crl[]>();
  let unusable: Objection | null = null;
  let doubt: Objection | null = null;
  for (const crl of newestFirst(lists.of(certificate.issuer))) {
    const reasons = [...reasonsFor(certificate, crl)];
    if (reasons.length === 0) continue;
    const signers = [issuer, ...formerIssuers];
    const objections = signers.map(signer => signatureObjectionTo(crl, signer, requirements));
    if (!objections.includes(null)) {
      doubt ??= objections.find((_, index) => !isOfAnotherKey(crl, signers[index])) ?? null;
      continue;
    }
    const [objection] = crlObjections(crl);
    if (objection !== undefined) {
      unusable ??= objection;
      continue;
    }
    // What a newer list tells, or would have told in its time, is not asked of an older one.
    if (reasons.every(reason => asked.get(reason)?.some(newer => isOlder(crl, newer)))) continue;
    const entry = crl.entries.get(certificate.serialNumber);
    // A list that was held back too long still tells what was revoked by then.
    if (entry !== undefined) return refused(revoked(crl, entry), true);
    if (!isAhead(crl.thisUpdate, requirements.time))
      for (const reason of reasons) asked.set(reason, [...(asked.get(reason) ?? []), crl]);
    const stale = freshnessObjection(crl, requirements);
    if (stale === null) for (const reason of reasons) told.add(reason);
    else doubt ??= stale;
  }
  // What it says would be lost, whatever another list tells.
  if (unusable !== null) return refused(unusable, true);
  if (told.size === allReasons.size) return { status: 'good' };
  return doubt === null ? { status: 'untold' } : refused(doubt);
}

/** As a status, for CRLs and OCSP responses. */
export function refused(objection: Objection, isFinal = false): CertificateStatus {
  return { status: 'refused', objection, isFinal };
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

/** Whether lists were seen to be signed with keys, by SubjectPublicKeyInfo in hex. */
const signed = new WeakMap<Crl, Map<string, boolean>>();
/** Keys of one name that are remembered for a list; an authority has two. */
const maxKeys = 16;

function isSignedBy(crl: Crl, issuer: Certificate): boolean {
  const known = signed.get(crl) ?? new Map<string, boolean>();
  signed.set(crl, known);
  const key = Buffer.from(issuer.subjectPublicKeyInfo.der).toString('hex');
  const holds = known.get(key) ?? isSignatureOf(crl.tbsCertList, crl, issuer);
  if (known.size < maxKeys) known.set(key, holds);
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

/**
 * With two keys of one name, each has its lists. Key identifiers only help: this is asked of a list that the key has not
 * signed, since who presents a certificate of the issuer chooses which of several it is.
 */
function isOfAnotherKey({ authorityKeyIdentifier }: Crl, signer: Certificate | undefined): boolean {
  const subjectKeyIdentifier = signer?.extensions.subjectKeyIdentifier ?? null;
  return (
    authorityKeyIdentifier !== null &&
    subjectKeyIdentifier !== null &&
    Buffer.compare(authorityKeyIdentifier, subjectKeyIdentifier) !== 0
  );
}

function newestFirst(crls: readonly Crl[]): readonly Crl[] {
  return crls.toSorted(
    (a, b) => b.thisUpdate.getTime() - a.thisUpdate.getTime() || compareNumbers(b.number, a.number),
  );
}

/** By time and by number (RFC 5280 5.2.3). Where these contradict each other both lists are asked. */
function isOlder(crl: Crl, newer: Crl): boolean {
  const time = crl.thisUpdate.getTime() - newer.thisUpdate.getTime();
  const number = compareNumbers(crl.number, newer.number);
  return time <= 0 && number <= 0 && (time < 0 || number < 0);
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
