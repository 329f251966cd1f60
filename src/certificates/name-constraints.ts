// Name constraints (RFC 5280 4.2.1.10): which names of a certificate the certificates above it allow. Knows names,
// not paths. What a constraint on a form of name means that cannot be compared here is not guessed: the name is refused.
import { isDomainName } from '../identifiers/entity.ts';
import type { Certificate } from './certificate.ts';
import type { GeneralSubtree, NameConstraints } from './extensions.ts';
import type { Objection } from './finding.ts';
import type { GeneralName } from './names.ts';

/** Subtrees bind the names of their own form; each type of otherName is one, all identifiers of devices are one. */
export type NameForm =
  | Exclude<GeneralName['form'], 'other'>
  /** otherName with a RELATIVE-OID: type-id and value are one identifier (TS-0003 10.1.1.4). */
  | 'device'
  | `other ${string}`;

export function formOf(name: GeneralName): NameForm {
  if (name.form !== 'other') return name.form;
  return name.objectIdentifier === null ? `other ${name.typeId}` : 'device';
}

/** How many comparisons of a name with a subtree are left: a hostile chain holds millions. */
export interface ComparisonBudget {
  comparisons: number;
}

/** Why these constraints cannot be followed, whatever names come; null if they can. */
export function constraintsObjection(constraints: NameConstraints): Objection | null {
  for (const { base, minimum, maximum } of [...constraints.permitted, ...constraints.excluded]) {
    if (minimum !== 0 || maximum !== null)
      return {
        code: 'CERTIFICATE_UNSUPPORTED',
        field: 'nameConstraints',
        problem: `a subtree of form ${base.form} with minimum or maximum`,
        accepted: 'minimum 0 and no maximum',
        clause: 'RFC 5280 4.2.1.10',
      };
    const accepted = baseObjection(base);
    if (accepted !== null)
      return {
        code: 'CERTIFICATE_MALFORMED',
        field: 'nameConstraints',
        problem: `a subtree ${show(base)} of form ${base.form} that is malformed`,
        accepted,
        clause: 'RFC 5280 4.2.1.10',
      };
  }
  return null;
}

/**
 * Why one of a certificate's names is not within the constraints of one above it; null if all are. RFC 5280 6.1.3 (b),
 * (c): permitted subtrees bind only the forms of name that they have. The constraints have no `constraintsObjection`.
 */
export function nameObjection(
  certificate: Certificate,
  constraints: NameConstraints,
  budget: ComparisonBudget,
): Objection | null {
  for (const { name, field } of constrainedNames(certificate)) {
    const refused = (problem: string): Objection => ({
      code: 'CERTIFICATE_UNTRUSTED',
      field,
      problem: `${name.form} name ${show(name)}, which ${problem}`,
      accepted: 'names within the name constraints of the certificates above',
      clause: 'RFC 5280 6.1.3 (b), (c)',
    });
    budget.comparisons -= constraints.permitted.length + constraints.excluded.length;
    if (budget.comparisons < 0)
      return {
        ...refused('would be one comparison too many'),
        accepted: 'fewer names, or fewer subtrees above them',
        clause: 'our bound',
      };
    const form = formOf(name);
    const ofForm = (subtrees: readonly GeneralSubtree[]) =>
      subtrees.filter(({ base }) => formOf(base) === form);
    const permitted = ofForm(constraints.permitted);
    const excluded = ofForm(constraints.excluded);
    if (permitted.length + excluded.length === 0) continue;
    const compare = comparisons[name.form];
    if (!compare.isComparable(name)) return refused('cannot be compared with subtrees');
    if (excluded.some(({ base }) => compare.mayBeWithin(name, base))) return refused('is excluded');
    if (permitted.length > 0 && !permitted.some(({ base }) => compare.isWithin(name, base)))
      return refused('is in no permitted subtree');
  }
  return null;
}

/**
 * Do the constraints of a path restrict names of this form? For AE-IDs, which stand in URIs, subtrees of dNSName do as
 * well if all their hosts keep to all of them: constraints on URIs make OpenSSL refuse an AE-ID without a scheme.
 */
export function restrictForm(
  constraints: readonly NameConstraints[],
  form: NameForm,
  names: readonly GeneralName[],
): boolean {
  // One that permits an empty dNSName permits all of them.
  const isRestricted = (by: NameForm) =>
    constraints.some(({ permitted }) => {
      const bases = permitted.filter(({ base }) => formOf(base) === by);
      return bases.length > 0 && !bases.some(({ base }) => base.form === 'dns' && base.value === '');
    });
  if (isRestricted(form)) return true;
  const hosts = names.flatMap(name => (name.form === 'uri' ? [hostOf(name.value)] : []));
  const keepsTo = ({ permitted, excluded }: NameConstraints, host: string) => {
    const holdsHost = ({ base }: GeneralSubtree) => base.form === 'dns' && isDomainWithin(host, base.value);
    return (
      !excluded.some(holdsHost) &&
      (permitted.every(({ base }) => base.form !== 'dns') || permitted.some(holdsHost))
    );
  };
  return (
    form === 'uri' &&
    hosts.length > 0 &&
    isRestricted('dns') &&
    hosts.every(host => host !== null && constraints.every(constraint => keepsTo(constraint, host)))
  );
}

/** All names that constraints bind (RFC 5280 4.2.1.10): those of subjectAltName, the subject, and e-mail addresses in it. */
function* constrainedNames({
  subject,
  extensions,
}: Certificate): Generator<{ name: GeneralName; field: string }> {
  for (const name of extensions.subjectAltName ?? []) yield { name, field: 'subjectAltName' };
  if (!subject.isEmpty) yield { name: { form: 'directory', name: subject }, field: 'subject' };
  for (const value of subject.emailAddresses) yield { name: { form: 'email', value }, field: 'subject' };
}

/** What there is to know of one form of name. All are called with name and base of one form. */
interface Comparison {
  readonly isComparable: (name: GeneralName) => boolean;
  readonly isWithin: (name: GeneralName, base: GeneralName) => boolean;
  /** Where a name stands for several, whether any of them is within. */
  readonly mayBeWithin: (name: GeneralName, base: GeneralName) => boolean;
}

function comparison<N extends GeneralName['form']>(
  form: N,
  isComparable: (name: Extract<GeneralName, { form: N }>) => boolean,
  isWithin: (name: Extract<GeneralName, { form: N }>, base: Extract<GeneralName, { form: N }>) => boolean,
  mayBeWithin = isWithin,
): Comparison {
  type OfForm = Extract<GeneralName, { form: N }>;
  const is = (name: GeneralName): name is OfForm => name.form === form;
  const both =
    (decide: typeof isWithin) =>
    (name: GeneralName, base: GeneralName): boolean =>
      is(name) && is(base) && decide(name, base);
  return {
    isComparable: name => is(name) && isComparable(name),
    isWithin: both(isWithin),
    mayBeWithin: both(mayBeWithin),
  };
}

const comparisons: Readonly<Record<GeneralName['form'], Comparison>> = {
  dns: comparison(
    'dns',
    ({ value }) => isDomainName(value.replace(/^\*\./, '')),
    // "*.example.com" stands for names below example.com, not for one certain name, such as a permitted "a.example.com".
    ({ value }, base) => isDomainWithin(value, base.value),
    // It is also a name for an excluded "a.example.com".
    ({ value }, base) =>
      isDomainWithin(value, base.value) ||
      (value.startsWith('*.') && base.value.toLowerCase().replace(/^[^.]*/, '*') === value.toLowerCase()),
  ),
  // A URI constraint is one host or, with a leading period, those below it.
  uri: comparison(
    'uri',
    ({ value }) => hostOf(value) !== null,
    ({ value }, base) => isHostWithin(hostOf(value) ?? '', base.value),
  ),
  // The same for the host of a mailbox; or one mailbox, whose local part has upper and lower case (RFC 5280 7.5).
  email: comparison(
    'email',
    ({ value }) => isMailbox(value),
    ({ value }, base) => {
      const [local, host] = partsOf(value);
      const [wantedLocal, wantedHost] = partsOf(base.value);
      return wantedLocal === ''
        ? isHostWithin(host, wantedHost)
        : local === wantedLocal && host.toLowerCase() === wantedHost.toLowerCase();
    },
  ),
  ip: comparison(
    'ip',
    () => true,
    ({ bytes }, base) => {
      const mask = base.bytes.subarray(base.bytes.length / 2);
      return (
        bytes.length === mask.length &&
        bytes.every((octet, index) => ((octet ^ (base.bytes[index] ?? 0)) & (mask[index] ?? 0)) === 0)
      );
    },
  ),
  directory: comparison(
    'directory',
    () => true,
    ({ name }, base) => base.name.comparable.every((part, index) => part === name.comparable[index]),
  ),
  registeredId: comparison(
    'registeredId',
    () => true,
    ({ value }, base) => isArcWithin(value, base.value),
  ),
  other: comparison(
    'other',
    ({ objectIdentifier }) => objectIdentifier !== null,
    (name, base) => isArcWithin(name.objectIdentifier ?? '', base.objectIdentifier ?? ''),
  ),
  x400: comparison(
    'x400',
    () => false,
    () => false,
  ),
  ediParty: comparison(
    'ediParty',
    () => false,
    () => false,
  ),
};

/** What would be accepted in place of a malformed base; null for one that is not malformed. */
function baseObjection(base: GeneralName): string | null {
  switch (base.form) {
    case 'dns':
      // Empty covers all names: any name has zero or more labels to its left. No leading period: that is for URIs.
      return base.value === '' || isDomainName(base.value) ? null : 'a domain name without leading period';
    case 'uri':
      return isDomainName(base.value.replace(/^\./, ''))
        ? null
        : 'a domain name, or a period and a domain name';
    case 'email':
      return isDomainName(base.value.replace(/^\./, '')) || isMailbox(base.value)
        ? null
        : 'a mailbox, a domain name, or a period and a domain name';
    case 'ip': {
      const bits = [...base.bytes.subarray(base.bytes.length / 2)].map(octet =>
        octet.toString(2).padStart(8, '0'),
      );
      return /^1*0*$/.test(bits.join('')) ? null : 'a mask of ones before zeros (RFC 4632)';
    }
    default:
      return null;
  }
}

/** A dNSName constraint covers its own name and all below it. */
function isDomainWithin(name: string, domain: string): boolean {
  const [lower, wanted] = [name.toLowerCase(), domain.toLowerCase()];
  return lower === wanted || wanted === '' || lower.endsWith(`.${wanted}`);
}

function isHostWithin(host: string, subtree: string): boolean {
  const [lower, wanted] = [host.toLowerCase(), subtree.toLowerCase()];
  return wanted.startsWith('.') ? lower.endsWith(wanted) : lower === wanted;
}

function isArcWithin(identifier: string, subtree: string): boolean {
  return identifier === subtree || identifier.startsWith(`${subtree}.`);
}

/**
 * RFC 5321 4.1.2 without what cannot be compared: address literals are in no subtree, and a local part in quotation
 * marks is a second spelling of one without.
 */
function isMailbox(address: string): boolean {
  const [local, host] = partsOf(address);
  return /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+$/.test(local) && isDomainName(host);
}

function partsOf(address: string): [local: string, host: string] {
  const at = address.lastIndexOf('@');
  return [address.slice(0, Math.max(at, 0)), address.slice(at + 1)];
}

/**
 * The host of a URI, or of an AE-ID that stands in a certificate without a scheme (`//host/cse/Cae`). Null where
 * there is none, or an IP address: RFC 5280 4.2.1.10 has such a URI refused under a constraint.
 */
function hostOf(uri: string): string | null {
  const host = authority.exec(uri)?.[1];
  return host === undefined || endsInNumber.test(host) || !isDomainName(host) ? null : host;
}

// RFC 3986 3.2.1 to 3.2.3. A host in brackets is an IP literal and does not match; nor does a backslash, which
// some programs read as a slash.
const authority =
  /^(?:[A-Za-z][A-Za-z0-9+.-]*:)?\/\/(?:[A-Za-z0-9._~!$&'()*+,;=:%-]*@)?([^/?#@:[\]]+)(?::[0-9]*)?(?:[/?#].*)?$/;
/** IPv4 in all the forms that resolvers take (127.1, 0x7f000001). */
const endsInNumber = /(?:^|\.)(?:[0-9]+|0[xX][0-9a-fA-F]*)$/;

function show(name: GeneralName): string {
  switch (name.form) {
    case 'dns':
    case 'uri':
    case 'email':
    case 'registeredId':
      return JSON.stringify(name.value.slice(0, 120));
    case 'directory':
      return JSON.stringify(name.name.text.slice(0, 120));
    case 'other':
      return JSON.stringify(name.objectIdentifier ?? `${name.typeId} ${hex(name.value)}`);
    default:
      return hex(name.bytes);
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, 40)).toString('hex');
}
