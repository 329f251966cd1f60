// oneM2M entity identifiers (TS-0001 7.1, 7.2): parse, normalise to the absolute form, compare.
// Knows nothing of certificates; how an identifier stands in one is in certificates/flavours.ts.
import { refuse } from '../errors.ts';

/** Longest identifier that is looked at; TS-0001 sets no limit, and From is sent by anybody. */
const maxIdentifierLength = 512;

// TS-0001 7.2: M2M-SP-ID is `//` and an FQDN; CSE-IDs and AE-ID-Stems use the unreserved characters of RFC 3986.
const label = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const fqdn = new RegExp(`^(?:${label}\\.)*${label}$`);
const segment = /^[A-Za-z0-9._~-]+$/;
const aeStem = /^[CS][A-Za-z0-9._~-]*$/;

export interface EntityIdentifier {
  /** M2M-SP-ID without `//`, lower case. */
  readonly serviceProvider: string;
  /** CSE-ID without `/`; null for an AE-ID whose stem the service provider assigned (`S…`). */
  readonly cse: string | null;
  /** AE-ID-Stem, `C…` or `S…`; null for a CSE. */
  readonly ae: string | null;
}

/** Is `name` a fully qualified domain name in its ASCII form, at most 253 characters (RFC 1035 2.3.4)? */
export function isDomainName(name: string): boolean {
  return name.length <= 253 && fqdn.test(name);
}

/**
 * Parses an Absolute-CSE-ID (`//sp/cse`) or Absolute-AE-ID (`//sp/cse/Cxxx`, `//sp/Sxxx`), TS-0001 Table 7.2-1.
 * A two-part identifier is read as an `S…` AE only when the caller says so: `//sp/Sx` names a CSE or an AE.
 */
export function parseAbsolute(identifier: string): EntityIdentifier {
  const parts = identifier.length <= maxIdentifierLength && identifier.startsWith('//') ? identifier.slice(2).split('/') : [];
  const [serviceProvider, first, second] = parts;
  if (serviceProvider === undefined || first === undefined || parts.length > 3 || !isDomainName(serviceProvider))
    return malformed(identifier);
  if (!segment.test(first)) return malformed(identifier);
  if (second !== undefined && !aeStem.test(second)) return malformed(identifier);
  const spOfAe = second === undefined && first.startsWith('S');
  return {
    serviceProvider: serviceProvider.toLowerCase(),
    cse: spOfAe ? null : first,
    ae: spOfAe ? first : (second ?? null),
  };
}

/**
 * Brings any form of an entity identifier to the absolute form, its host in lower case, so that what a
 * registrar or transit CSE rewrote compares equal (TS-0001 7.2). `home` is the Absolute-CSE-ID in whose
 * scope a relative form is read.
 *
 * @throws E2EKeyError REQUEST_INVALID for what is no entity identifier.
 * @example
 * ```ts
 * import { toAbsolute } from 'e2ekey/onem2m';
 * toAbsolute('Cae1', '//m2m.example.com/cse1'); // '//m2m.example.com/cse1/Cae1'
 * toAbsolute('/cse2', '//m2m.example.com/cse1'); // '//m2m.example.com/cse2'
 * ```
 */
export function toAbsolute(identifier: string, home: string): string {
  if (identifier.length > maxIdentifierLength) return malformed(identifier);
  if (identifier.startsWith('//')) return format(parseAbsolute(identifier));
  const scope = parseAbsolute(home);
  if (identifier.startsWith('/')) return format(parseAbsolute(`//${scope.serviceProvider}${identifier}`));
  if (!aeStem.test(identifier)) return malformed(identifier);
  if (identifier.startsWith('S')) return `//${scope.serviceProvider}/${identifier}`;
  return scope.cse === null ? malformed(identifier) : `//${scope.serviceProvider}/${scope.cse}/${identifier}`;
}

function format(entity: EntityIdentifier): string {
  return `//${[entity.serviceProvider, entity.cse, entity.ae].filter(part => part !== null).join('/')}`;
}

function malformed(identifier: string): never {
  return refuse('REQUEST_INVALID', `${JSON.stringify(identifier.slice(0, 80))} is no oneM2M CSE-ID or AE-ID (TS-0001 7.2)`);
}
