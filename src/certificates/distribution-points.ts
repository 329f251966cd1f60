// Distribution points: which part of an authority's certificates a CRL speaks of (issuingDistributionPoint, RFC 5280
// 5.2.5), and where a certificate says that its status is told (cRLDistributionPoints, 4.2.1.13). Nothing is fetched
// from there.
import type { Certificate } from './certificate.ts';
import type { Crl } from './crl.ts';
import { contextConstructed, contextPrimitive, type DerReader, readDer, tag } from './der.ts';
import { readGeneralNames } from './extensions.ts';
import { type GeneralName, type Name, nameKey, readRelativeName } from './names.ts';

/** Distribution points of one certificate; one or two are in use. */
const maxPoints = 32;

/** ReasonFlags (RFC 5280 4.2.1.13): bits 1 to 8; bit 0 is not used. */
export type ReasonFlags = ReadonlySet<number>;
export const allReasons: ReasonFlags = new Set([1, 2, 3, 4, 5, 6, 7, 8]);

/** DistributionPointName. */
export interface DistributionPointName {
  readonly fullName: readonly GeneralName[];
  /** nameRelativeToCRLIssuer, in its stead: comparable as a part of a `Name` is. */
  readonly relativeName: string | null;
}

/** RFC 5280 5.2.5. */
export interface IssuingDistributionPoint {
  readonly name: DistributionPointName | null;
  readonly onlyContainsUserCerts: boolean;
  readonly onlyContainsCACerts: boolean;
  /** Null for all reasons. */
  readonly onlySomeReasons: ReasonFlags | null;
  readonly indirectCRL: boolean;
  readonly onlyContainsAttributeCerts: boolean;
}

export function readIssuingDistributionPoint(content: DerReader): IssuingDistributionPoint {
  return content.sequence('', fields => {
    if (fields.next === null)
      fields.fail('', 'an empty issuingDistributionPoint', {
        accepted: 'at least one field',
        clause: 'RFC 5280 5.2.5',
      });
    return {
      name: readPointName(fields),
      onlyContainsUserCerts: fields.booleanDefaultFalse('onlyContainsUserCerts', contextPrimitive(1)),
      onlyContainsCACerts: fields.booleanDefaultFalse('onlyContainsCACerts', contextPrimitive(2)),
      onlySomeReasons: readReasonFlags(fields, 'onlySomeReasons', 3),
      indirectCRL: fields.booleanDefaultFalse('indirectCRL', contextPrimitive(4)),
      onlyContainsAttributeCerts: fields.booleanDefaultFalse(
        'onlyContainsAttributeCerts',
        contextPrimitive(5),
      ),
    };
  });
}

/** Where a certificate says that its status is told. */
interface DistributionPoint {
  readonly name: DistributionPointName | null;
  /** Null for all reasons. */
  readonly reasons: ReasonFlags | null;
  /** Another than the certificate's issuer tells it. */
  readonly isIndirect: boolean;
}

/**
 * For which reasons a CRL of its issuer speaks of the certificate: all, some, or none at all where it is for others
 * (RFC 5280 6.3.3 (b)(2), (d)).
 *
 * @throws E2EKeyError CERTIFICATE_MALFORMED where cRLDistributionPoints has to be looked at and cannot be read.
 */
export function reasonsFor(
  certificate: Certificate,
  { distributionPoint: point }: Pick<Crl, 'distributionPoint'>,
): ReasonFlags {
  if (point === null) return allReasons;
  const isAuthority = certificate.extensions.basicConstraints?.cA === true;
  if (
    point.onlyContainsAttributeCerts ||
    (point.onlyContainsUserCerts && isAuthority) ||
    (point.onlyContainsCACerts && !isAuthority)
  )
    return new Set();
  const own = point.onlySomeReasons ?? allReasons;
  const { name } = point;
  if (name === null) return own;
  const meant = distributionPoints(certificate).filter(
    candidate =>
      !candidate.isIndirect &&
      candidate.name !== null &&
      haveOneInCommon(candidate.name, name, certificate.issuer),
  );
  return new Set([...own].filter(reason => meant.some(({ reasons }) => (reasons ?? allReasons).has(reason))));
}

function distributionPoints({ extensionList }: Certificate): readonly DistributionPoint[] {
  const extension = extensionList.find(({ id }) => id === '2.5.29.31');
  if (extension === undefined) return [];
  return readDer(extension.value, 'cRLDistributionPoints', content =>
    content.listOf(tag.sequence, '', { least: 1, most: maxPoints }, (points, index) =>
      points.sequence(index, fields => {
        const name = readPointName(fields);
        const reasons = readReasonFlags(fields, 'reasons', 1);
        const isIndirect = fields.next === contextConstructed(2);
        if (isIndirect) readGeneralNames(fields, 'cRLIssuer', contextConstructed(2));
        return { name, reasons, isIndirect };
      }),
    ),
  );
}

/** DistributionPointName is a CHOICE, so that its tag [0] is explicit. */
function readPointName(fields: DerReader): DistributionPointName | null {
  if (fields.next !== contextConstructed(0)) return null;
  return fields.constructed(contextConstructed(0), 'distributionPoint', choice =>
    choice.next === contextConstructed(1)
      ? {
          fullName: [],
          relativeName: readRelativeName(choice, 'nameRelativeToCRLIssuer', contextConstructed(1)),
        }
      : { fullName: readGeneralNames(choice, 'fullName', contextConstructed(0)), relativeName: null },
  );
}

/** Bit 0 is not used, and says nothing. */
function readReasonFlags(fields: DerReader, field: string, number: number): ReasonFlags | null {
  if (fields.next !== contextPrimitive(number)) return null;
  const flags = fields.namedBits(field, contextPrimitive(number));
  const unknown = [...flags].find(flag => flag > 8);
  return unknown === undefined
    ? new Set([...flags].filter(flag => allReasons.has(flag)))
    : fields.fail(field, `bit ${unknown}`, { accepted: 'bits 1 to 8', clause: 'RFC 5280 4.2.1.13' });
}

/** A relative name follows that of the issuer of the CRL, who is the certificate's. */
function haveOneInCommon(one: DistributionPointName, other: DistributionPointName, issuer: Name): boolean {
  const names = new Set(comparableNames(one, issuer));
  return comparableNames(other, issuer).some(name => names.has(name));
}

/** URIs and directory names are in use; of other forms none is the same as another. */
function comparableNames(
  { fullName, relativeName }: DistributionPointName,
  issuer: Name,
): readonly unknown[] {
  if (relativeName !== null) return [`directory ${nameKey(issuer)}\n${relativeName}`];
  return fullName.map(name =>
    name.form === 'uri'
      ? `uri ${name.value}`
      : name.form === 'directory'
        ? `directory ${nameKey(name.name)}`
        : name,
  );
}
