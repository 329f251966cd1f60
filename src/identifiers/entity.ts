// oneM2M entity identifiers (TS-0001 7.1, 7.2): parse, normalise to the absolute form, compare.
// Knows nothing of certificates; how an identifier stands in one is in certificates/flavours.ts.
import { refuse } from '../errors.ts';

/** Longest identifier that is looked at; TS-0001 sets no limit, and From is sent by anybody. */
const maxIdentifierLength = 512;

// TS-0001 7.2: M2M-SP-ID is `//` and an FQDN; CSE-IDs and AE-ID-Stems use the unreserved characters of RFC 3986.
// `.` and `..` are none of them: a URI with dot-segments has a second spelling without them (RFC 3986 §6.2.2.3).
const label = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const fqdn = new RegExp(`^(?:${label}\\.)*${label}$`);
const cseId = /^(?!\.{1,2}$)[A-Za-z0-9._~-]+$/;
/** `C` or `S` alone is no stem but the request for one (TS-0001 7.2: 1*unreserved follows). */
const aeStem = /^[CS][A-Za-z0-9._~-]+$/;

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
 * `//sp/Sx` is read as an AE: TS-0001 lets a CSE be named so too, and the form does not tell them apart.
 *
 * @throws E2EKeyError REQUEST_INVALID for anything else.
 */
export function parseAbsolute(identifier: string): EntityIdentifier {
  if (identifier.length > maxIdentifierLength || !identifier.startsWith('//')) return malformed(identifier);
  const [host = '', first = '', second, ...more] = identifier.slice(2).split('/');
  if (!isDomainName(host) || more.length > 0) return malformed(identifier);
  const serviceProvider = host.toLowerCase();
  if (second === undefined && first.startsWith('S') && aeStem.test(first))
    return { serviceProvider, cse: null, ae: first };
  if (!cseId.test(first)) return malformed(identifier);
  if (second === undefined) return { serviceProvider, cse: first, ae: null };
  // An `S…` AE is not known under a CSE: `//sp/cse/Sx` would be a second name for `//sp/Sx`.
  if (!second.startsWith('C') || !aeStem.test(second)) return malformed(identifier);
  return { serviceProvider, cse: first, ae: second };
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
  const { serviceProvider, cse, ae } = parseAbsolute(
    identifier.startsWith('//') ? identifier : inScope(identifier, home),
  );
  return `//${[serviceProvider, cse, ae].filter(part => part !== null).join('/')}`;
}

/** Does an identifier, in any form, name the entity? What is no identifier names nobody. `entity` is in absolute form. */
export function namesEntity(identifier: string, entity: string, home: string): boolean {
  try {
    return toAbsolute(identifier, home) === entity;
  } catch {
    return false;
  }
}

/** A relative form with what is missing in front; whether it is one is seen when the whole is parsed. */
function inScope(identifier: string, home: string): string {
  const { serviceProvider, cse } = parseAbsolute(home);
  if (identifier.startsWith('/')) return `//${serviceProvider}${identifier}`;
  if (!aeStem.test(identifier)) return malformed(identifier);
  if (identifier.startsWith('S')) return `//${serviceProvider}/${identifier}`;
  return cse === null ? malformed(identifier) : `//${serviceProvider}/${cse}/${identifier}`;
}

function malformed(identifier: string): never {
  return refuse(
    'REQUEST_INVALID',
    `${JSON.stringify(identifier.slice(0, 80))} is no oneM2M CSE-ID or AE-ID (TS-0001 7.2)`,
  );
}
