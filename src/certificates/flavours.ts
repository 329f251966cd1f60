// The identities that a certificate holds, by the certificate flavours of oneM2M (TS-0003 10.1.1). An identity
// is a subject alternative name, whole and exact: the common name identifies nobody, and nothing is a pattern.
// Does not know who is meant (trust.ts).
import { isDomainName, parseAbsolute } from '../identifiers/entity.ts';
import type { Certificate } from './certificate.ts';

/** `x509` is a certificate that holds none of oneM2M's identities; only the lab accepts it. */
export type Flavour = 'ae-id' | 'cse-id' | 'x509';

export interface Identity {
  readonly flavour: Flavour;
  /** The Absolute-AE-ID as the certificate writes it; the domain name of a CSE-ID, in lower case. */
  readonly id: string;
}

/**
 * The identities in a certificate's subjectAltName, in its order.
 * AE-ID certificate (TS-0003 10.1.1.5): a URI that is the Absolute-AE-ID, with or without a scheme before it.
 * CSE-ID certificate: a dNSName that is the public domain name of the CSE-ID (TS-0001 6.5.1.1).
 */
export function identitiesOf(certificate: Certificate): readonly Identity[] {
  const known = identities.get(certificate) ?? readIdentities(certificate);
  identities.set(certificate, known);
  return known;
}

/** A certificate that was proven before is asked in every handshake. */
const identities = new WeakMap<Certificate, readonly Identity[]>();

function readIdentities(certificate: Certificate): readonly Identity[] {
  return (certificate.extensions.subjectAltName ?? []).flatMap((name): readonly Identity[] => {
    if (name.form === 'uri') {
      const id = name.value.replace(/^[A-Za-z][A-Za-z0-9+.-]*:(?=\/\/)/, '');
      return isAbsoluteAeId(id) ? [{ flavour: 'ae-id', id }] : [];
    }
    return name.form === 'dns' && isDomainName(name.value)
      ? [{ flavour: 'cse-id', id: name.value.toLowerCase() }]
      : [];
  });
}

/**
 * What to call a certificate without oneM2M identity: its first wildcard, which says at least where it belongs,
 * else its subject; null for neither. Other text in a dNSName could look like an entity identifier.
 */
export function otherIdentityOf(certificate: Certificate): Identity | null {
  const wildcard = certificate.extensions.subjectAltName?.find(
    name => name.form === 'dns' && name.value.startsWith('*.') && isDomainName(name.value.slice(2)),
  );
  if (wildcard?.form === 'dns') return { flavour: 'x509', id: wildcard.value };
  return certificate.subject.isEmpty ? null : { flavour: 'x509', id: certificate.subject.text };
}

/** Is this an Absolute-AE-ID (TS-0001 Table 7.2-1)? */
export function isAbsoluteAeId(text: string): boolean {
  try {
    return parseAbsolute(text).ae !== null;
  } catch {
    return false;
  }
}
