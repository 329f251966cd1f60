// How the identity of each flavour stands in a certificate (TS-0003 10.1.1): in which names of subjectAltName, and
// under which subject. How it is found there again is in certificates/flavours.ts.
import { certificateFlavours, isObjectIdentifier, isUrn } from '../certificates/flavours.ts';
import { E2EKeyError, refuse } from '../errors.ts';
import { isDomainName, parseAbsolute, toAbsolute } from '../identifiers/entity.ts';
import type { SubjectName } from './certificate.ts';
import { hardwareModuleName, relativeObjectIdentifier, type WritableName } from './general-name.ts';

/** The flavours that can be issued. */
export const flavours = certificateFlavours;
export type Flavour = (typeof flavours)[number];

export interface IdentityRequest {
  readonly flavour: Flavour;
  /**
   * ae-id: the Absolute AE-ID (TS-0001 7.2). cse-id: the CSE-ID's public domain name (TS-0001 6.5.1.1). fqdn: the
   * domain name. node-id: a URN, or an object identifier in dotted form (TS-0001 7.1.5). device: an object identifier
   * (TS-0001 annex H), or a hardware module as its type, a colon and its serial number in hex (RFC 4108 5).
   */
  readonly id: string;
  /**
   * Scheme that goes before an AE-ID in the certificate, without colon. Null writes the Absolute AE-ID as it is,
   * which is what TS-0003 8.1.2.5 compares, although RFC 5280 §4.2.1.6 wants a scheme.
   */
  readonly uriScheme: string | null;
  /** How many arcs of a device's object identifier are the M2M Device Indication ID; 4 if absent. */
  readonly indicationArcs?: number;
}

export interface NamedIdentity {
  /** As a certificate is asked for it: hosts and hex digits in lower case. */
  readonly id: string;
  readonly subject: SubjectName;
  readonly names: readonly WritableName[];
}

/** @throws E2EKeyError OPTION_INVALID for an identity that the flavour cannot hold. */
export function nameIdentity(request: IdentityRequest): NamedIdentity {
  const { flavour, id, uriScheme, indicationArcs } = request;
  if (uriScheme !== null && flavour !== 'ae-id')
    refuse('OPTION_INVALID', 'a URI scheme belongs to an AE-ID certificate');
  const isModule = flavour === 'device' && id.includes(':');
  if (indicationArcs !== undefined && (flavour !== 'device' || isModule))
    refuse(
      'OPTION_INVALID',
      'arcs of the M2M Device Indication ID belong to a device certificate with an object identifier',
    );
  switch (flavour) {
    case 'ae-id':
      return aeId(id, uriScheme);
    case 'cse-id': {
      const host = domainName(id, 'a CSE-ID certificate');
      return { id: host, subject: commonName(host), names: [{ form: 'dns', value: host }] };
    }
    case 'fqdn': {
      const host = domainName(id, 'an FQDN certificate');
      // The dNSName alone could as well be that of a CSE-ID; so the URI goes before it.
      const uri = { form: 'uri', value: `https://${host}` } as const;
      return { id: host, subject: commonName(host), names: [uri, { form: 'dns', value: host }] };
    }
    case 'node-id':
      return { id, subject: userId(id), names: [nodeId(id)] };
    case 'device':
      return isModule ? hardwareModule(id) : device(id, indicationArcs);
  }
}

/**
 * The name of a device, or of all devices below it: the higher arc, which says that it is the identifier of an M2M
 * device, as type-id, and the other arcs as RELATIVE-OID (TS-0003 10.1.1.4, 10.1.1.4.2).
 *
 * @throws E2EKeyError OPTION_INVALID for what is no object identifier or has no arc below the indication.
 */
export function deviceName(id: string, indicationArcs = 4): WritableName {
  if (!isObjectIdentifier(id))
    refuse('OPTION_INVALID', `${JSON.stringify(id)} is no object identifier in dotted form`);
  // Two arcs are the least that an object identifier has (X.690 8.19.4).
  if (!(Number.isInteger(indicationArcs) && indicationArcs >= 2))
    refuse('OPTION_INVALID', 'an M2M Device Indication ID has at least 2 arcs');
  const arcs = id.split('.');
  if (arcs.length <= indicationArcs)
    refuse(
      'OPTION_INVALID',
      `${id} has no arc below the M2M Device Indication ID, which takes its first ${indicationArcs}`,
    );
  return {
    form: 'other',
    typeId: arcs.slice(0, indicationArcs).join('.'),
    value: relativeObjectIdentifier(arcs.slice(indicationArcs)),
  };
}

/** TS-0003 10.1.1.5: a URI in subjectAltName. */
function aeId(id: string, uriScheme: string | null): NamedIdentity {
  if (absolute(id).ae === null) refuse('OPTION_INVALID', `${JSON.stringify(id)} is a CSE-ID, not an AE-ID`);
  // RFC 3986 §3.1, in its canonical lower case.
  if (uriScheme !== null && !/^[a-z][a-z0-9+.-]{0,31}$/.test(uriScheme))
    refuse('OPTION_INVALID', `${JSON.stringify(uriScheme)} is no URI scheme in lower case`);
  const uri = toAbsolute(id, id);
  const value = uriScheme === null ? uri : `${uriScheme}:${uri}`;
  return { id: uri, subject: userId(uri), names: [{ form: 'uri', value }] };
}

/** As long as an identifier of an entity may be. */
const maxUrnLength = 512;

/** TS-0003 10.1.1.8 leaves the form of name open: a URN is a URI, an object identifier a registeredID. */
function nodeId(id: string): WritableName {
  if (isObjectIdentifier(id)) return { form: 'registeredId', value: id };
  return isUrn(id) && id.length <= maxUrnLength
    ? { form: 'uri', value: id }
    : refuse(
        'OPTION_INVALID',
        `${JSON.stringify(id.slice(0, 80))} is no Node-ID: a URN such as urn:gsma:imei:90420156-025763-0, or an object identifier in dotted form`,
      );
}

function device(id: string, indicationArcs: number | undefined): NamedIdentity {
  return { id, subject: userId(id), names: [deviceName(id, indicationArcs)] };
}

/** id-on-hardwareModuleName (RFC 4108 5). */
const hardwareModuleNameType = '1.3.6.1.5.5.7.8.4';
/** A serial number, in octets; longer ones serve nobody. */
const maxSerialNumberLength = 64;

function hardwareModule(text: string): NamedIdentity {
  const id = text.toLowerCase();
  const [type = '', serialNumber = '', ...more] = id.split(':');
  const octets = Buffer.from(serialNumber, 'hex');
  const isWhole =
    more.length === 0 &&
    octets.length > 0 &&
    octets.length <= maxSerialNumberLength &&
    octets.toString('hex') === serialNumber;
  if (!isObjectIdentifier(type) || !isWhole)
    refuse(
      'OPTION_INVALID',
      `${JSON.stringify(text.slice(0, 80))} is no hardware module: an object identifier, a colon and 1 to ${maxSerialNumberLength} octets in hex`,
    );
  return {
    id,
    subject: userId(id),
    names: [{ form: 'other', typeId: hardwareModuleNameType, value: hardwareModuleName(type, octets) }],
  };
}

/**
 * The subject is for people only: nothing may take an identity from it (TS-0003 8.1.2.5 looks at subjectAltName
 * alone), and its attributes hold no more than RFC 5280 Appendix A.1 and RFC 4519 2.39 give them.
 */
function commonName(host: string): SubjectName {
  return { CN: host.slice(0, 64) };
}

function userId(id: string): SubjectName {
  return { UID: id.slice(0, 256) };
}

function domainName(id: string, holder: string): string {
  if (!isDomainName(id))
    refuse('OPTION_INVALID', `${JSON.stringify(id)} is no domain name, which ${holder} holds`);
  return id.toLowerCase();
}

function absolute(id: string) {
  try {
    return parseAbsolute(id);
  } catch (cause) {
    if (!(cause instanceof E2EKeyError)) throw cause;
    return refuse(
      'OPTION_INVALID',
      `${JSON.stringify(id)} is no absolute AE-ID such as //m2m.example.com/cse-a/Cae1`,
      { cause },
    );
  }
}
