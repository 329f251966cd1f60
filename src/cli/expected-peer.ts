// What `--expect ID[=NAME]` says of a peer: the entity, and what may stand in its certificate. Reads text alone; what
// is made of it is the business of each command.
import { type Flavour, isDeviceId, isObjectIdentifier, isUrn } from '../certificates/flavours.ts';
import { refuse } from '../errors.ts';
import { isDomainName, parseAbsolute } from '../identifiers/entity.ts';

export interface ExpectedPeer {
  /** As it was written. */
  readonly text: string;
  /** Absolute-AE-ID or Absolute-CSE-ID; null where only what stands in the certificate is known. */
  readonly entity: string | null;
  /**
   * What may stand in the certificate, one of them. Several flavours can write the same name in the same way, and the
   * certificate decides; none for a CSE-ID alone, which stands in no certificate (TS-0001 6.5.1.1).
   */
  readonly identities: readonly ExpectedIdentity[];
}

export interface ExpectedIdentity {
  readonly flavour: Exclude<Flavour, 'x509'>;
  /** Domain names in lower case. */
  readonly identifier: string;
}

/**
 * Reads `ID[=NAME]`. Only an absolute identifier has a NAME after it: a URN may hold an equals sign of its own.
 *
 * @throws E2EKeyError OPTION_INVALID with a sentence that begins with `--expect`.
 */
export function readExpectedPeer(text: string): ExpectedPeer {
  if (!text.startsWith('//')) return { text, entity: null, identities: identitiesNamed(text, text) };
  const separator = text.indexOf('=');
  const entity = separator === -1 ? text : text.slice(0, separator);
  const isAe = parse(entity, text).ae !== null;
  if (separator !== -1) return { text, entity, identities: identitiesNamed(text.slice(separator + 1), text) };
  return { text, entity, identities: isAe ? [{ flavour: 'ae-id', identifier: entity }] : [] };
}

function parse(entity: string, text: string) {
  try {
    return parseAbsolute(entity);
  } catch (cause) {
    return refuse('OPTION_INVALID', `--expect ${text}: no absolute CSE-ID or AE-ID (TS-0001 7.2)`, { cause });
  }
}

/** By the form of the name. An object identifier looks like a domain name of numbers, which nobody has. */
function identitiesNamed(name: string, text: string): ExpectedIdentity[] {
  const as = (identifier: string, ...flavours: readonly ExpectedIdentity['flavour'][]) =>
    flavours.map(flavour => ({ flavour, identifier }));
  if (isUrn(name)) return as(name, 'node-id');
  if (isObjectIdentifier(name)) return as(name, 'node-id', 'device');
  if (isDeviceId(name)) return as(name, 'device');
  if (isDomainName(name)) return as(name.toLowerCase(), 'cse-id', 'fqdn');
  const problem =
    name === text ? 'neither an absolute identifier nor' : 'what follows the equals sign is not';
  return refuse(
    'OPTION_INVALID',
    `--expect ${text}: ${problem} a name that a certificate holds: a domain name, the URN of a node, the object identifier of a node or device, or TYPE:SERIAL of a hardware module, the serial number in lower-case hex`,
  );
}
