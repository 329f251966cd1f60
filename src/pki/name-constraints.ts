// The nameConstraints extension (RFC 5280 §4.2.1.10) that a lab authority carries: whom it may name. Judging names by
// it is not done here but in certificates/name-constraints.ts.
import type { X509Certificate } from 'node:crypto';
import { Constructed, Sequence } from 'asn1js';
import { parseCertificate } from '../certificates/certificate.ts';
import type { GeneralName } from '../certificates/names.ts';
import { refuse } from '../errors.ts';
import { isDomainName } from '../identifiers/entity.ts';
import { generalName, type WritableName } from './general-name.ts';
import { deviceName } from './identity.ts';

/** Whom an authority may name. */
export interface Constraints {
  /** Domains, with all their subdomains. */
  readonly domains: readonly string[];
  /**
   * Constrain the hosts of URIs as well, as TS-0003 8.1.2.2 asks for AE-IDs. OpenSSL then refuses an AE-ID
   * certificate whose URI has no scheme, since RFC 5280 §4.2.1.6 knows no such URI; and no URN can be issued.
   */
  readonly uriConstraints: boolean;
  /** Object identifiers of devices, with all below them (TS-0003 10.1.1.4.2); empty restricts none. */
  readonly devices: readonly string[];
  /** Object identifiers of nodes, with all below them; empty restricts none. */
  readonly nodes: readonly string[];
}

export interface ConstraintsRequest extends Partial<Constraints> {
  /** How many arcs of `devices` are the M2M Device Indication ID; 4 if absent. */
  readonly indicationArcs?: number;
}

export const nameConstraintsOid = '2.5.29.30';

/** RFC 2606 and RFC 6761 §6: a lab that is trusted by mistake cannot speak for anybody's real host. */
const reservedDomains: readonly string[] = [
  'example.com',
  'example.net',
  'example.org',
  'example',
  'test',
  'localhost',
];

/**
 * The subtrees of these constraints. What is absent or empty is as in `model`; there are always domains, the reserved
 * ones if nothing else.
 *
 * @throws E2EKeyError OPTION_INVALID naming what is none.
 */
export function permittedNames(
  { domains = [], uriConstraints = false, devices = [], nodes = [], indicationArcs }: ConstraintsRequest,
  model: readonly WritableName[],
): readonly WritableName[] {
  if (indicationArcs !== undefined && devices.length === 0)
    refuse('OPTION_INVALID', 'arcs of the M2M Device Indication ID belong to constraints on devices');
  const modelled = (form: WritableName['form']) => model.filter(name => name.form === form);
  const modelledDomains = model.flatMap(name => (name.form === 'dns' ? [name.value] : []));
  const own = domains.length > 0 ? domains : modelledDomains;
  return [
    ...domainNames(
      own.length > 0 ? own : reservedDomains,
      uriConstraints || model.some(({ form }) => form === 'uri'),
    ),
    ...(devices.length > 0 ? devices.map(id => deviceName(id, indicationArcs)) : modelled('other')),
    ...(nodes.length > 0 ? nodes.map(registeredId) : modelled('registeredId')),
  ];
}

/** Domains as dNSName subtrees and, where wished, as URI host subtrees as well; lower case, each once. */
function* domainNames(domains: readonly string[], uriConstraints: boolean): Generator<WritableName> {
  for (const domain of domains)
    if (!isDomainName(domain)) refuse('OPTION_INVALID', `${JSON.stringify(domain)} is no domain name`);
  const different = [...new Set(domains.map(domain => domain.toLowerCase()))];
  for (const value of different) yield { form: 'dns', value };
  if (!uriConstraints) return;
  // A URI subtree is one host, or with a leading period the hosts below it, never both as a dNSName subtree is.
  for (const value of different.flatMap(domain => [domain, `.${domain}`])) yield { form: 'uri', value };
}

function registeredId(value: string): WritableName {
  return { form: 'registeredId', value };
}

/** The DER value of the extension: `NameConstraints { permittedSubtrees [0] }`. */
export function encodeNameConstraints(permitted: readonly WritableName[]): Uint8Array<ArrayBuffer> {
  const subtrees = permitted.map(name => new Sequence({ value: [generalName(name)] }));
  const list = new Constructed({ idBlock: { tagClass: 3, tagNumber: 0 }, value: subtrees });
  return new Uint8Array(new Sequence({ value: [list] }).toBER());
}

/** The permitted subtrees of a certificate, as far as a lab writes such; none where it has no constraints. */
export function permittedBy(certificate: X509Certificate): readonly WritableName[] {
  return permittedBases(certificate).filter(isWritable);
}

/** The same, to be shown. */
export function constraintsOf(certificate: X509Certificate): Constraints {
  const bases = permittedBases(certificate);
  const values = (form: 'dns' | 'registeredId') =>
    bases.flatMap(base => (base.form === form ? [base.value] : []));
  return {
    domains: values('dns'),
    uriConstraints: bases.some(({ form }) => form === 'uri'),
    devices: bases.flatMap(base =>
      base.form === 'other' && base.objectIdentifier !== null ? [base.objectIdentifier] : [],
    ),
    nodes: values('registeredId'),
  };
}

function permittedBases(certificate: X509Certificate): readonly GeneralName[] {
  const { nameConstraints } = parseCertificate(certificate.raw).extensions;
  return (nameConstraints?.permitted ?? []).map(({ base }) => base);
}

function isWritable(name: GeneralName): name is Extract<GeneralName, { form: WritableName['form'] }> {
  return ['dns', 'uri', 'registeredId', 'other'].includes(name.form);
}
