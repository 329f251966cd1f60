// Where certificates of one file do not fit together: order, issuers, signatures, and names that other programs
// refuse under the constraints above. Builds no path: any order is accepted from a peer (certificates/path.ts).
import { isSignedBy, keyObjection } from '../certificates/algorithms.ts';
import type { Certificate } from '../certificates/certificate.ts';
import { identitiesOf } from '../certificates/flavours.ts';
import { type GeneralName, sameName } from '../certificates/names.ts';
import { error, type Finding, note, warning } from './findings.ts';

/** Authorities side by side, as trust anchors are given: the first is issued by nobody else, so that no chain begins. */
export function isBundle(certificates: readonly (Certificate | null)[]): boolean {
  const [first] = certificates;
  return (
    first != null &&
    isIssuer(first, first) &&
    certificates.every(certificate => certificate === null || isAuthority(certificate))
  );
}

/** @param certificates in the order of the file; null for one that cannot be read. */
export function chainFindings(certificates: readonly (Certificate | null)[]): Finding[] {
  return [
    ...order(certificates),
    ...behindOthers(certificates),
    ...signatures(certificates),
    ...relativeUris(certificates),
    ...uncomparableNames(certificates),
  ];
}

function* order(certificates: readonly (Certificate | null)[]): Generator<Finding> {
  for (const [index, [certificate, next]] of pairs(certificates)) {
    if (isIssuer(next, certificate)) continue;
    const issuer = certificates.findIndex(
      (other, at) => other !== null && at !== index && isIssuer(other, certificate),
    );
    const field = `certificates.${index}.issuer`;
    const isNotNext = `certificate ${index + 2} is not the issuer`;
    if (issuer !== -1)
      yield warning(field, `${isNotNext}: that is certificate ${issuer + 1}, out of order`, clause);
    else if (!isAuthority(certificate))
      yield warning(field, `${isNotNext}, nor is any other in the file`, clause);
    // What stands above an authority may be the root, which is rightly left out.
    else if (isAuthority(next) && !hasIssued(index + 1, certificates))
      yield warning(`certificates.${index + 1}`, 'issued none of the others in the file', clause);
  }
}

const clause = 'RFC 5246 §7.4.2';

function hasIssued(place: number, certificates: readonly (Certificate | null)[]): boolean {
  const issuer = certificates[place];
  return certificates.some((other, at) => at !== place && issuer && other && isIssuer(issuer, other));
}

/** Whoever sends the file as his chain would present another's certificate as his own; with its key it is refused. */
function* behindOthers(certificates: readonly (Certificate | null)[]): Generator<Finding> {
  const authority = certificates.findIndex(certificate => certificate !== null && isAuthority(certificate));
  for (const [index, certificate] of certificates.entries())
    if (certificate !== null && authority !== -1 && index > authority && !isAuthority(certificate))
      yield error(
        'OPTION_INVALID',
        `certificates.${index}`,
        `the certificate of an end-point, behind that of an authority, certificate ${authority + 1}: a chain begins with its end-point`,
        clause,
      );
}

/** TS-0003 10.1.1.5 has a constraint on the host of the AE-ID's URI, which one on domain names is not (RFC 5280 4.2.1.10). */
export function* hostFindings(certificates: readonly (Certificate | null)[]): Generator<Finding> {
  for (const [index, [certificate, issuer]] of pairs(certificates)) {
    const { nameConstraints } = issuer.extensions;
    const isOfAe = identitiesOf(certificate).some(({ flavour }) => flavour === 'ae-id');
    if (!isOfAe || nameConstraints === null || !isIssuer(issuer, certificate)) continue;
    if (!nameConstraints.permitted.some(({ base }) => base.form === 'uri'))
      yield note(
        `certificates.${index + 1}.nameConstraints`,
        `permits no host of URIs, so that nothing in it limits the AE-ID in certificate ${index + 1}`,
        'TS-0003 10.1.1.5',
      );
  }
}

/** At most 15 signatures, with keys whose size is bounded. */
function* signatures(certificates: readonly (Certificate | null)[]): Generator<Finding> {
  for (const [index, [certificate, next]] of pairs(certificates)) {
    if (!isIssuer(next, certificate) || keyObjection(next, 'rfc5280') !== null) continue;
    if (!isSignedBy(certificate, next))
      yield error(
        'CERTIFICATE_UNTRUSTED',
        `certificates.${index}.signatureValue`,
        `not made with the key of certificate ${index + 2}, which has the issuer's name`,
        'RFC 5280 6.1.3 (a)(1)',
      );
  }
}

/**
 * An Absolute-AE-ID without a scheme is what TS-0003 8.1.2.5 compares, and no URI by RFC 5280 4.2.1.6: OpenSSL
 * refuses it as soon as a certificate above has a URI name constraint, and passes it under any other.
 */
function* relativeUris(certificates: readonly (Certificate | null)[]): Generator<Finding> {
  for (const [index, certificate] of certificates.entries()) {
    const isRelative = certificate?.extensions.subjectAltName?.some(
      name => name.form === 'uri' && name.value.startsWith('//'),
    );
    if (isRelative === true && certificates.slice(index + 1).some(constrainsUris))
      yield warning(
        `certificates.${index}.subjectAltName`,
        'a URI without scheme below a URI name constraint: OpenSSL refuses this chain; a scheme (m2m://…) avoids it',
        'RFC 5280 4.2.1.6, 4.2.1.10',
      );
  }
}

function constrainsUris(certificate: Certificate | null): boolean {
  return constrainedBases(certificate).some(({ form }) => form === 'uri');
}

/** Node-IDs and identifiers of devices as object identifiers: RFC 5280 4.2.1.10 defines no constraints on them. */
function* uncomparableNames(certificates: readonly (Certificate | null)[]): Generator<Finding> {
  for (const [index, certificate] of certificates.entries()) {
    const constrained = new Set(
      certificates
        .slice(index + 1)
        .flatMap(constrainedBases)
        .map(uncomparableForm),
    );
    const form = certificate?.extensions.subjectAltName
      ?.map(uncomparableForm)
      .find(candidate => candidate !== null && constrained.has(candidate));
    if (form !== undefined)
      yield warning(
        `certificates.${index}.subjectAltName`,
        `a name of form ${form} below a name constraint of that form: OpenSSL cannot compare them and refuses this chain`,
        'RFC 5280 4.2.1.10',
      );
  }
}

function uncomparableForm(name: GeneralName): string | null {
  if (name.form === 'other') return `otherName ${name.typeId}`;
  return name.form === 'registeredId' ? 'registeredID' : null;
}

function constrainedBases(certificate: Certificate | null): GeneralName[] {
  const constraints = certificate?.extensions.nameConstraints;
  return [...(constraints?.permitted ?? []), ...(constraints?.excluded ?? [])].map(({ base }) => base);
}

function isAuthority({ extensions }: Certificate): boolean {
  return extensions.basicConstraints?.cA === true;
}

function isIssuer(issuer: Certificate, certificate: Certificate): boolean {
  return sameName(issuer.subject, certificate.issuer);
}

/** Each certificate with the one after it, where both can be read. */
function* pairs(
  certificates: readonly (Certificate | null)[],
): Generator<[index: number, pair: [Certificate, Certificate]]> {
  for (const [index, certificate] of certificates.entries()) {
    const next = certificates[index + 1];
    if (certificate && next) yield [index, [certificate, next]];
  }
}
