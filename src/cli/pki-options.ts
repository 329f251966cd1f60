// The options that several pki commands have: which certificate of a folder issues, whom a new authority may name, how
// many arcs of a device's identifier stand apart, how long an authority lasts.
import type { Issuer } from '../pki/certificate.ts';
import { readIntermediate, readRoot } from '../pki/files.ts';
import type { ConstraintsRequest } from '../pki/name-constraints.ts';
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
