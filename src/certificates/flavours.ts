// The identities that a certificate holds, by the certificate flavours of oneM2M (TS-0003 10.1.1). An identity
// is a subject alternative name, whole and exact: the common name identifies nobody, and nothing is a pattern.
// Does not know who is meant (trust.ts).
import { isDomainName, parseAbsolute } from '../identifiers/entity.ts';
import type { Certificate } from './certificate.ts';
import { readDer } from './der.ts';
import { formOf, type NameForm } from './name-constraints.ts';
import type { GeneralName } from './names.ts';

/** The flavours of TS-0003 10.1.1 with a chain. */
export const certificateFlavours = ['ae-id', 'cse-id', 'node-id', 'device', 'fqdn'] as const;
/** `x509` is a certificate that holds none of oneM2M's identities; only the lab accepts it. */
export type Flavour = (typeof certificateFlavours)[number] | 'x509';

export interface Identity {
  readonly flavour: Flavour;
  /**
   * The Absolute-AE-ID as the certificate writes it; domain names in lower case; the URI of a Node-ID as it is; object
   * identifiers in dotted form; a hardware module as its type, a colon and its serial number in lower-case hex.
   */
  readonly id: string;
  /** The form of the name that holds it. */
  readonly form: NameForm;
}

/** The identities in a certificate's subjectAltName, in its order; one name may be an identity of two flavours. */
export function identitiesOf(certificate: Certificate): readonly Identity[] {
  const known = identities.get(certificate) ?? readIdentities(certificate);
  identities.set(certificate, known);
  return known;
}

/** A certificate that was proven before is asked in every handshake. */
const identities = new WeakMap<Certificate, readonly Identity[]>();

function readIdentities(certificate: Certificate): readonly Identity[] {
  return (certificate.extensions.subjectAltName ?? []).flatMap(name =>
    identitiesIn(name).map(([flavour, id]) => ({ flavour, id, form: formOf(name) })),
  );
}

function identitiesIn(name: GeneralName): readonly (readonly [Flavour, id: string])[] {
  switch (name.form) {
    case 'uri':
      return identitiesInUri(name.value);
    case 'dns': {
      // The public domain name of a CSE-ID (10.1.1.7, TS-0001 6.5.1.1) and an FQDN (10.1.1.6) look alike.
      const id = name.value.toLowerCase();
      return isDomainName(id)
        ? [
            ['cse-id', id],
            ['fqdn', id],
          ]
        : [];
    }
    case 'registeredId':
      return [
        ['node-id', name.value],
        ['device', name.value],
      ];
    case 'other': {
      const id = name.objectIdentifier ?? hardwareModule(name.typeId, name.value);
      return id === null ? [] : [['device', id]];
    }
    default:
      return [];
  }
}

/**
 * The Absolute-AE-ID, with or without a scheme before it (10.1.1.5); an FQDN in a URI with nothing else (8.1.2.5); a
 * Node-ID as a URN (10.1.1.8).
 */
function identitiesInUri(uri: string): readonly (readonly [Flavour, id: string])[] {
  const hierarchical = uri.replace(/^[A-Za-z][A-Za-z0-9+.-]*:(?=\/\/)/, '');
  if (isAbsoluteAeId(hierarchical)) return [['ae-id', hierarchical]];
  const [, host = ''] = /^\/\/([^/]+)\/?$/.exec(hierarchical) ?? [];
  if (isDomainName(host)) return [['fqdn', host.toLowerCase()]];
  return isUrn(uri) ? [['node-id', uri]] : [];
}

/** RFC 8141 2, without deciding on the rest of it. */
export function isUrn(text: string): boolean {
  return /^urn:[A-Za-z0-9][A-Za-z0-9-]{0,31}:[\x21-\x7e]+$/i.test(text);
}

/** Is this an identity of a device as `identitiesOf` writes it? */
export function isDeviceId(text: string): boolean {
  return isObjectIdentifier(text.replace(/:(?:[0-9a-f]{2})+$/, ''));
}

/** Dotted form, with two arcs at least. */
export function isObjectIdentifier(text: string): boolean {
  return /^(?:[01]\.[1-3]?[0-9]|2\.(?:0|[1-9][0-9]*))(?:\.(?:0|[1-9][0-9]*))*$/.test(text);
}

/** id-on-hardwareModuleName (RFC 4108 5). */
const hardwareModuleName = '1.3.6.1.5.5.7.8.4';

function hardwareModule(typeId: string, value: Uint8Array): string | null {
  if (typeId !== hardwareModuleName) return null;
  try {
    return readDer(value, 'hardwareModuleName', whole =>
      whole.sequence('', fields => {
        const type = fields.objectIdentifier('hwType');
        return `${type}:${fields.octetString('hwSerialNum').toString('hex')}`;
      }),
    );
  } catch {
    return null;
  }
}

/**
 * What to call a certificate without oneM2M identity: its first wildcard, which says at least where it belongs,
 * else its subject; null for neither. Other text in a dNSName could look like an entity identifier.
 */
export function otherIdentityOf(certificate: Certificate): Identity | null {
  const wildcard = certificate.extensions.subjectAltName?.find(
    name => name.form === 'dns' && name.value.startsWith('*.') && isDomainName(name.value.slice(2)),
  );
  if (wildcard?.form === 'dns') return { flavour: 'x509', id: wildcard.value, form: 'dns' };
  return certificate.subject.isEmpty
    ? null
    : { flavour: 'x509', id: certificate.subject.text, form: 'directory' };
}

/** Is this an Absolute-AE-ID (TS-0001 Table 7.2-1)? */
export function isAbsoluteAeId(text: string): boolean {
  try {
    return parseAbsolute(text).ae !== null;
  } catch {
    return false;
  }
}
