// Name constraints (RFC 5280 4.2.1.10) for dNSName and URI. Every other form of constraint is refused, since
// a constraint that is not understood may be the one that matters. Knows names, not paths.
import { isDomainName } from '../identifiers/entity.ts';
import type { GeneralSubtree, NameConstraints } from './extensions.ts';
import type { GeneralName } from './names.ts';

/** The forms of name whose constraints are processed. */
export type ConstrainedForm = 'dns' | 'uri';

/**
 * Why these constraints cannot be processed; null if they can.
 * A leading period of a dNSName constraint, which RFC 5280 defines for URIs only, means what it means there:
 * at least one more label. OpenSSL, Go and webpki read it so.
 */
export function constraintObjection(constraints: NameConstraints): string | null {
  for (const { base, minimum, maximum } of [...constraints.permitted, ...constraints.excluded]) {
    if (minimum !== 0 || maximum !== null) return 'a subtree with minimum or maximum';
    if (base.form !== 'dns' && base.form !== 'uri') return `a subtree of form ${base.form}`;
    // RFC 5280 4.2.1.10 lets a dNSName constraint be empty: any name has zero or more labels to its left.
    if (base.form === 'dns' && base.value === '') continue;
    if (!isDomainName(base.value.replace(/^\./, '')))
      return `a subtree ${JSON.stringify(base.value.slice(0, 80))} that is no domain name`;
  }
  return null;
}

/**
 * Does any permitted subtree restrict names of this form? For AE-IDs, which stand in URIs, subtrees of dNSName do
 * as well if all their hosts are within: constraints on URIs make OpenSSL refuse an AE-ID without a scheme.
 */
export function restrictsForm(
  constraints: NameConstraints,
  form: ConstrainedForm,
  names: readonly GeneralName[],
): boolean {
  if (constraints.permitted.some(({ base }) => base.form === form)) return true;
  const domains = subtreesOf(constraints.permitted, 'dns');
  const hosts = names.flatMap(name => (name.form === 'uri' ? [hostOf(name.value)] : []));
  const within = (host: string | null) =>
    host !== null && domains.some(domain => isWithin(host, domain, 'dns'));
  return form === 'uri' && hosts.length > 0 && hosts.every(within);
}

/**
 * Why one of the names is outside the constraints; null if all are within. RFC 5280 6.1.3 (b), (c): permitted
 * subtrees bind only the forms of name that they have. The constraints have passed `constraintObjection`.
 */
export function nameObjection(names: readonly GeneralName[], constraints: NameConstraints): string | null {
  for (const name of names) {
    if (name.form !== 'dns' && name.form !== 'uri') continue;
    const permitted = subtreesOf(constraints.permitted, name.form);
    const excluded = subtreesOf(constraints.excluded, name.form);
    if (permitted.length + excluded.length === 0) continue;
    const shown = JSON.stringify(name.value.slice(0, 120));
    const host = name.form === 'dns' ? name.value : hostOf(name.value);
    // Wildcards come here too: whether "*.example.com" is within an excluded "a.example.com" has no answer.
    if (host === null || !isDomainName(host))
      return `${name.form} name ${shown}, which has no domain name to compare`;
    if (excluded.some(subtree => isWithin(host, subtree, name.form)))
      return `${name.form} name ${shown}, which is excluded`;
    if (permitted.length > 0 && !permitted.some(subtree => isWithin(host, subtree, name.form)))
      return `${name.form} name ${shown}, which is in no permitted subtree`;
  }
  return null;
}

function subtreesOf(subtrees: readonly GeneralSubtree[], form: ConstrainedForm): readonly string[] {
  return subtrees.flatMap(({ base }) => (base.form === form ? [base.value.toLowerCase()] : []));
}

/** A dNSName constraint covers its own name and all below it, a URI constraint one host or, with a period, those below. */
function isWithin(host: string, subtree: string, form: ConstrainedForm): boolean {
  const name = host.toLowerCase();
  if (subtree.startsWith('.')) return name.endsWith(subtree) && name.length > subtree.length;
  if (name === subtree) return true;
  return form === 'dns' && (subtree === '' || name.endsWith(`.${subtree}`));
}

/**
 * The host of a URI, or of an AE-ID that stands in a certificate without a scheme (`//host/cse/Cae`). Null where
 * there is none, or an IP address: RFC 5280 4.2.1.10 has such a URI refused under a constraint.
 */
function hostOf(uri: string): string | null {
  const host = authority.exec(uri)?.[1];
  return host === undefined || endsInNumber.test(host) ? null : host;
}

// RFC 3986 3.2.1 to 3.2.3. A host in brackets is an IP literal and does not match; nor does a backslash, which
// some programs read as a slash.
const authority =
  /^(?:[A-Za-z][A-Za-z0-9+.-]*:)?\/\/(?:[A-Za-z0-9._~!$&'()*+,;=:%-]*@)?([^/?#@:[\]]+)(?::[0-9]*)?(?:[/?#].*)?$/;
/** IPv4 in all the forms that resolvers take (127.1, 0x7f000001). */
const endsInNumber = /(?:^|\.)(?:[0-9]+|0[xX][0-9a-fA-F]*)$/;
