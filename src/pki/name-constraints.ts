// The nameConstraints extension (RFC 5280 §4.2.1.10) that a lab authority carries: which domains it may name.
// @peculiar/x509 has no class for it. Judging certificates by such constraints is not done here but in
// certificates/name-constraints.ts.
import { type BaseBlock, Constructed, fromBER, Primitive, Sequence } from 'asn1js';
import { refuse } from '../errors.ts';

/** Domains with all their subdomains, as dNSName subtrees and, where wished, as URI host subtrees as well. */
export interface NameConstraints {
  /** Lower case, without leading period. */
  readonly domains: readonly string[];
  readonly uri: boolean;
}

export const nameConstraintsOid = '2.5.29.30';

/** GeneralName choices, RFC 5280 §4.2.1.6; both IA5String with an implicit tag. */
const dNSName = 2;
const uniformResourceIdentifier = 6;

/** The DER value of the extension: `NameConstraints { permittedSubtrees [0] }`. */
export function encodeNameConstraints({ domains, uri }: NameConstraints): Uint8Array<ArrayBuffer> {
  const dns = domains.map(domain => subtree(dNSName, domain));
  // A URI subtree is one host, or with a leading period the hosts below it, never both as a dNSName subtree is.
  const hosts = domains.flatMap(domain => [domain, `.${domain}`]);
  const uris = uri ? hosts.map(host => subtree(uniformResourceIdentifier, host)) : [];
  const permitted = new Constructed({ idBlock: { tagClass: 3, tagNumber: 0 }, value: [...dns, ...uris] });
  return new Uint8Array(new Sequence({ value: [permitted] }).toBER());
}

/**
 * Reads what `encodeNameConstraints` wrote.
 *
 * @throws E2EKeyError OPTION_INVALID for constraints that a lab authority does not carry.
 */
export function decodeNameConstraints(der: Uint8Array): NameConstraints {
  const names = [...permittedNames(fromBER(der).result)];
  const domains = names.flatMap(([tag, name]) => (tag === dNSName ? [name] : []));
  const constraints = { domains, uri: names.length > domains.length };
  if (Buffer.compare(encodeNameConstraints(constraints), der) !== 0)
    refuse('OPTION_INVALID', "the intermediate's name constraints are not those of a lab authority");
  return constraints;
}

function subtree(tagNumber: number, name: string): Sequence {
  return new Sequence({
    value: [new Primitive({ idBlock: { tagClass: 3, tagNumber }, valueHex: Buffer.from(name, 'ascii') })],
  });
}

function* permittedNames(value: BaseBlock): Generator<[tag: number, name: string]> {
  if (value instanceof Constructed) for (const inner of value.valueBlock.value) yield* permittedNames(inner);
  if (value instanceof Primitive)
    yield [value.idBlock.tagNumber, Buffer.from(value.valueBlock.valueHexView).toString('ascii')];
}
