// A rule that the generator can break in a chain that was right, and the tools to break it with.
import { der, octetString, sequence } from '../../../src/testing/certificate-maker.ts';
import {
  anchorOf,
  type Chain,
  id,
  identifyAuthority,
  intermediatesOf,
  keyIdentifierOf,
  keyPurposesOf,
  leafOf,
  purposeId,
  setExtension,
} from '../chain.ts';
import { contentOf, type Draft, type Fields } from '../drafts.ts';
import type { Draw } from '../draw.ts';
import { type KeyKind, keyOf } from '../keys.ts';
import type { Needs } from '../right-chains.ts';

/** What is demanded of a validator of profile rfc5280 where the rule is broken. */
export type Demand =
  /** RFC 5280 6.1, or a MUST for whoever processes the field, has any validator refuse. */
  | 'must be refused'
  /** No certificate may be so; that it is refused is left to the validator, and ours does. */
  | 'is not conforming'
  /** It may be so; profile rfc5280 leaves it out, or bounds it. */
  | 'is not in the profile'
  /** It looks wrong, and is not. */
  | 'must be accepted';

/** Where it is broken; a rule of the whole path is never broken together with another. */
type Place = 'leaf' | 'intermediate' | 'anchor' | 'path';

export interface Rule {
  /** What is the case when it is broken. */
  readonly name: string;
  readonly clause: string;
  readonly demand: Demand;
  readonly place: Place;
  readonly needs: Needs;
  /** The field that our finding has to name. */
  readonly field: RegExp;
  readonly breakIn: (chain: Chain, draw: Draw) => void;
}

interface RuleOptions extends Omit<Rule, 'name' | 'place' | 'needs' | 'breakIn'> {
  readonly name: string;
  readonly needs?: Needs;
}

/** The rule for one certificate in each of these places. */
export function rulesAt(
  places: readonly Exclude<Place, 'path'>[],
  options: RuleOptions & { readonly breakIn: (draft: Draft, chain: Chain, draw: Draw) => void },
): readonly Rule[] {
  return places.map(place => ({
    ...options,
    name: `${options.name}, in the ${place}`,
    place,
    needs: { intermediates: place === 'intermediate' ? 1 : 0, ...options.needs },
    breakIn: (chain, draw) => options.breakIn(draftAt(chain, place, draw), chain, draw),
  }));
}

export function pathRule(options: RuleOptions & Pick<Rule, 'breakIn'>): Rule {
  return { ...options, place: 'path', needs: options.needs ?? {} };
}

function draftAt(chain: Chain, place: Exclude<Place, 'path'>, draw: Draw): Draft {
  if (place === 'leaf') return leafOf(chain);
  return place === 'anchor' ? anchorOf(chain) : draw.one(otherIssued(chain));
}

/** Intermediates that are not self-issued. */
export function otherIssued(chain: Chain): readonly Draft[] {
  return intermediatesOf(chain).filter(({ subject, issuer }) => issuer?.subject !== subject);
}

/** Puts a field in before anything is signed. */
export function setField(draft: Draft, field: keyof Fields, value: Uint8Array): void {
  draft.editFields.push(fields => {
    fields[field] = value;
  });
}

/** Another key, with all that identifies it. */
export function setKey(chain: Chain, draft: Draft, kind: KeyKind): void {
  draft.key = keyOf(kind, `place ${chain.path.indexOf(draft)}`);
  if (draft.extensions.has(id.subjectKeyIdentifier))
    setExtension(draft, id.subjectKeyIdentifier, octetString(keyIdentifierOf(draft)));
  for (const each of chain.path)
    if ((each.issuer ?? each) === draft && each.extensions.has(id.authorityKeyIdentifier))
      identifyAuthority(each);
}

/** The issuer of a draft, its own for a self-signed one. */
export function issuerOf(draft: Draft): Draft {
  return draft.issuer ?? draft;
}

/** The element with its length in three octets, which is never the shortest form here. */
export function withLongLength(element: Uint8Array): Uint8Array {
  const content = contentOf(element);
  const length = Buffer.alloc(3);
  length.writeUIntBE(content.length, 0, 3);
  return Buffer.concat([element.subarray(0, 1), Buffer.of(0x83), length, content]);
}

/** One more extension, an Extension in whatever octets. */
export function addExtension(draft: Draft, one: Uint8Array): void {
  draft.editFields.push(fields => {
    fields.extensions = der(0xa3, sequence(contentOf(contentOf(fields.extensions)), one));
  });
}

/** Extended key usage that suits every purpose. */
export const bothPurposes = keyPurposesOf(purposeId.clientAuth, purposeId.serverAuth);
