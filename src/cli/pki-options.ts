// The options that several pki commands have: which certificate of a folder issues, what stands in a certificate, whom a
// new authority may name, how long an authority lasts, when a CRL or an OCSP response holds, which certificate is meant.
import { type Certificate, parseCertificate } from '../certificates/certificate.ts';
import { E2EKeyError, refuse } from '../errors.ts';
import { type Issuer, validityFrom } from '../pki/certificate.ts';
import { readIntermediate, readRoot, registerPath } from '../pki/files.ts';
import type { IdentityRequest } from '../pki/identity.ts';
import { type CertificationOptions, purposes } from '../pki/leaf.ts';
import type { ConstraintsRequest } from '../pki/name-constraints.ts';
import { readCertificates } from './credential-files.ts';
import type { Values } from './options.ts';

const issuers = { intermediate: readIntermediate, root: readRoot } as const;

export const issuerOption = {
  type: 'text',
  placeholder: 'WHICH',
  oneOf: ['intermediate', 'root'],
  about: 'Which certificate of DIR issues; default intermediate.',
} as const;

export function readIssuer(directory: string, which: keyof typeof issuers = 'intermediate'): Issuer {
  return issuers[which](directory);
}

export const indicationOption = {
  type: 'integer',
  placeholder: 'N',
  least: 2,
  most: 16,
  about:
    "How many arcs of a device's object identifier are the M2M Device Indication ID (the higher arc, type-id of the name, TS-0003 10.1.1.4); default 4, as in 0.2.481.1.",
} as const;

/** What stands in the certificate of an end-point beside flavour, identity and key. */
export const leafOptions = {
  'uri-scheme': {
    type: 'text',
    placeholder: 'SCHEME',
    about:
      'Puts SCHEME: before the AE-ID (m2m gives m2m://…). Default none: the certificate holds the Absolute AE-ID as TS-0003 8.1.2.5 compares it. Authorities with --uri-constraints need it for OpenSSL to accept the chain.',
  },
  'indication-arcs': indicationOption,
  purpose: {
    type: 'text',
    placeholder: 'WHICH',
    oneOf: purposes,
    about:
      'Adds extKeyUsage: clientAuth for the initiating end-point, serverAuth for the terminating one, any for both. Default none, as TS-0003 10.1.1 has it: either role.',
  },
  'crl-url': {
    type: 'text',
    placeholder: 'URL',
    about:
      'Adds cRLDistributionPoints: where the CRL of the issuer is. Our own end-points fetch none from there.',
  },
  'ocsp-url': {
    type: 'text',
    placeholder: 'URL',
    about: 'Adds authorityInfoAccess: where an OCSP responder is.',
  },
  'not-before': { type: 'time', placeholder: 'TIME', about: 'Begin of validity, ISO 8601; default now.' },
  'not-after': {
    type: 'time',
    placeholder: 'TIME',
    about: 'End of validity; default one year after its begin.',
  },
} as const;

type LeafValues = Values<typeof leafOptions>;

export function leafOptionsFrom(values: LeafValues): Omit<CertificationOptions, keyof IdentityRequest> {
  const { purpose, 'crl-url': crl, 'ocsp-url': ocsp } = values;
  return {
    ...(purpose !== undefined && { purpose }),
    validity: validityFrom(values['not-before'], values['not-after'], 1),
    statusLocations: { ...(crl !== undefined && { crl }), ...(ocsp !== undefined && { ocsp }) },
  };
}

export function identityFrom(
  flavour: IdentityRequest['flavour'],
  id: string,
  values: LeafValues,
): IdentityRequest {
  const { 'uri-scheme': uriScheme = null, 'indication-arcs': indicationArcs } = values;
  return { flavour, id, uriScheme, ...(indicationArcs !== undefined && { indicationArcs }) };
}

/** When a CRL or an OCSP response holds. */
export const thisUpdateOption = {
  type: 'time',
  placeholder: 'TIME',
  about: 'Since when it holds, ISO 8601; default now.',
} as const;

/** Why a certificate is revoked; without the reasons that only delta CRLs have. */
export const reasonOption = {
  type: 'text',
  placeholder: 'REASON',
  oneOf: [
    'unspecified',
    'keyCompromise',
    'cACompromise',
    'affiliationChanged',
    'superseded',
    'cessationOfOperation',
    'certificateHold',
    'privilegeWithdrawn',
    'aACompromise',
  ],
  about: 'CRLReason (RFC 5280 5.3.1); default unspecified, for which lists and responses say nothing.',
} as const;

export const constraintOptions = {
  domain: {
    type: 'text',
    placeholder: 'NAME',
    repeatable: true,
    about:
      'Domain that certificates may name, with all its subdomains; default the names reserved for examples and tests.',
  },
  'uri-constraints': {
    type: 'flag',
    about:
      'Constrain the hosts of URIs as well as domain names, as TS-0003 8.1.2.2 asks. OpenSSL then refuses AE-ID certificates without --uri-scheme, and no Node-ID can be a URN, which is why it is not the default.',
  },
  device: {
    type: 'text',
    placeholder: 'OID',
    repeatable: true,
    about:
      'Object identifier of devices that certificates may name, with all below it (TS-0003 10.1.1.4.2), such as that of a manufacturer. OpenSSL refuses device certificates under such a constraint.',
  },
  node: {
    type: 'text',
    placeholder: 'OID',
    repeatable: true,
    about:
      'Object identifier of nodes that certificates may name, with all below it. OpenSSL refuses Node-ID certificates with an object identifier under such a constraint.',
  },
  'indication-arcs': indicationOption,
} as const;

export const lifeOptions = {
  'not-before': { type: 'time', placeholder: 'TIME', about: 'Begin of validity, ISO 8601; default now.' },
  'not-after': {
    type: 'time',
    placeholder: 'TIME',
    about: 'End of validity; default ten years after its begin.',
  },
} as const;

export function constraintsFrom(values: Values<typeof constraintOptions>): ConstraintsRequest {
  const { domain, device, node, 'indication-arcs': indicationArcs } = values;
  return {
    domains: domain,
    uriConstraints: values['uri-constraints'],
    devices: device,
    nodes: node,
    ...(indicationArcs !== undefined && { indicationArcs }),
  };
}

/** The register of what the issuer has revoked. */
export function registerOf(directory: string, which: keyof typeof issuers = 'intermediate'): string {
  return registerPath(directory, which);
}

/**
 * The first certificate of a file, PEM or DER; the file may hold the chain above it.
 *
 * @param option the option or operand that named the file, for the sentences.
 * @throws E2EKeyError OPTION_INVALID naming the file.
 */
export function readFirstCertificate(option: string, file: string): Certificate {
  const [first = Buffer.of()] = readCertificates(option, [file]);
  try {
    return parseCertificate(first);
  } catch (cause) {
    const why = cause instanceof E2EKeyError ? `: ${cause.message}` : '';
    return refuse('OPTION_INVALID', `${option} ${file}: its first certificate cannot be read${why}`, {
      cause,
    });
  }
}
