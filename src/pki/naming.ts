// May the authorities above a new certificate name whom it names? They are asked as a peer will ask them
// (certificates/name-constraints.ts), so that no certificate leaves whose names peers refuse. What is only unwise is
// issued with a sentence.
import type { Certificate } from '../certificates/certificate.ts';
import type { NameConstraints } from '../certificates/extensions.ts';
import { isUrn } from '../certificates/flavours.ts';
import { formOf, nameObjection, restrictForm } from '../certificates/name-constraints.ts';
import type { GeneralName } from '../certificates/names.ts';
import { refuse } from '../errors.ts';

/**
 * Sentences on names that nobody restricts, and on those that other programs refuse.
 *
 * @param above the certificates of the authorities, in any order.
 * @throws E2EKeyError OPTION_INVALID when one of them does not permit a name.
 */
export function namingWarnings(leaf: Certificate, above: readonly Certificate[]): string[] {
  const names = leaf.extensions.subjectAltName ?? [];
  const constraints: NameConstraints[] = [];
  for (const { subject, extensions } of above) {
    if (extensions.nameConstraints === null) continue;
    constraints.push(extensions.nameConstraints);
    const objection = nameObjection(leaf, extensions.nameConstraints, { comparisons: maxComparisons });
    if (objection !== null)
      refuse(
        'OPTION_INVALID',
        `the name constraints of ${subject.text} do not allow this certificate: ${objection.problem}${hint(names, extensions.nameConstraints)} (RFC 5280 4.2.1.10)`,
      );
  }
  return names.flatMap(name => [...restriction(name, constraints), ...foreignRefusal(name, constraints)]);
}

/** An authority has a handful of subtrees; one that was made by hand may have some hundred. */
const maxComparisons = 100_000;

function hint(names: readonly GeneralName[], { permitted }: NameConstraints): string {
  if (names.some(isUrnName) && permitted.some(({ base }) => base.form === 'uri'))
    return '; a URN has no host, and under constraints on URIs all of them need one';
  const forms = new Set(names.map(formOf));
  const bases = permitted.filter(({ base }) => forms.has(formOf(base))).map(({ base }) => shown(base));
  return bases.length === 0 ? '' : `; permitted: ${bases.join(', ')}`;
}

function restriction(name: GeneralName, constraints: readonly NameConstraints[]): string[] {
  const restricts = (constraint: NameConstraints) => restrictForm([constraint], formOf(name), [name]);
  // By RFC 5280 constraints on dNSName do not bind a URI; but who may name some hosts only is to name no others.
  const domains = (constraint: NameConstraints) =>
    constraint.permitted.flatMap(({ base }) => (base.form === 'dns' ? [base.value] : []));
  const other = constraints.find(constraint => domains(constraint).length > 0 && !restricts(constraint));
  if (name.form === 'uri' && !isUrnName(name) && other !== undefined)
    refuse(
      'OPTION_INVALID',
      `the authority's name constraints permit ${domains(other).join(', ')}, not ${name.value}`,
    );
  return constraints.some(restricts)
    ? []
    : [
        `no name constraint above restricts a name such as ${shown(name)}, so that the authority can give it to anybody (TS-0003 8.1.2.2)`,
      ];
}

/** What OpenSSL refuses although RFC 5280 does not: names that it cannot compare with a subtree of their form. */
function foreignRefusal(name: GeneralName, constraints: readonly NameConstraints[]): string[] {
  const bases = constraints
    .flatMap(({ permitted, excluded }) => [...permitted, ...excluded])
    .map(({ base }) => base);
  if (name.form === 'uri')
    return name.value.startsWith('//') && bases.some(({ form }) => form === 'uri') ? [schemeWanted] : [];
  const isUncomparable = bases.some(
    base =>
      (name.form === 'registeredId' && base.form === 'registeredId') ||
      (name.form === 'other' && base.form === 'other' && name.typeId === base.typeId),
  );
  return isUncomparable
    ? [
        `OpenSSL refuses this certificate (unsupported name constraint type): it cannot compare ${shown(name)} with the subtrees of the authority`,
      ]
    : [];
}

const schemeWanted =
  'OpenSSL refuses this certificate (unsupported name constraint syntax): its URI has no scheme and the authority ' +
  'constrains URIs; issue it with a URI scheme, or from an authority without URI constraints, where OpenSSL has to accept it';

function isUrnName(name: GeneralName): boolean {
  return name.form === 'uri' && isUrn(name.value);
}

function shown(name: GeneralName): string {
  switch (name.form) {
    case 'dns':
    case 'uri':
    case 'email':
    case 'registeredId':
      return name.value;
    case 'other':
      return name.objectIdentifier ?? `an otherName of type ${name.typeId}`;
    default:
      return `a name of form ${name.form}`;
  }
}
