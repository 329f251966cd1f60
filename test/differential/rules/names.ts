// Rules of subjectAltName (RFC 5280 4.2.1.6) and nameConstraints (4.2.1.10).
import { der, generalName, sequence } from '../../../src/testing/certificate-maker.ts';
import { anchorOf, type Chain, id, leafOf, namesOf, setExtension, setNames } from '../chain.ts';
import type { Draft } from '../drafts.ts';
import type { Draw } from '../draw.ts';
import {
  constrainedTogether,
  type Form,
  forms,
  nameConstraintsOf,
  realms,
  subjectWithEmail,
} from '../names.ts';
import { otherIssued, pathRule, type Rule, rulesAt } from './rule.ts';

const constraintClause = 'RFC 5280 6.1.3 (b), 4.2.1.10';
const exclusionClause = 'RFC 5280 6.1.3 (c), 4.2.1.10';

const subjectAltNameRules: readonly Rule[] = [
  ...rulesAt(['leaf'], {
    name: 'subjectAltName without any name',
    clause: 'RFC 5280 4.2.1.6',
    demand: 'is not conforming',
    field: /extensions/,
    breakIn: draft => setNames(draft, []),
  }),
  ...rulesAt(['leaf'], {
    name: 'an empty dNSName',
    clause: 'RFC 5280 4.2.1.6',
    demand: 'is not conforming',
    field: /extensions/,
    breakIn: draft => setNames(draft, [...namesOf(draft), der(0x82)]),
  }),
  ...rulesAt(['leaf'], {
    name: 'a dNSName with NUL in it',
    clause: 'RFC 5280 4.2.1.6, RFC 1034 3.5',
    demand: 'is not conforming',
    field: /extensions/,
    breakIn: draft => setNames(draft, [der(0x82, Buffer.from('a.m2m.example.com\0.example.net'))]),
  }),
  ...rulesAt(['leaf'], {
    name: 'a name in IA5String with an octet above 7F',
    clause: 'RFC 5280 4.2.1.6',
    demand: 'is not conforming',
    field: /extensions/,
    breakIn: draft => setNames(draft, [der(0x82, Buffer.from('caf\u00e9.m2m.example.com', 'latin1'))]),
  }),
  ...rulesAt(['leaf'], {
    name: 'an iPAddress of 5 octets',
    clause: 'RFC 5280 4.2.1.6',
    demand: 'is not conforming',
    field: /extensions/,
    breakIn: draft => setNames(draft, [generalName('ip:0a01000102')]),
  }),
  ...rulesAt(['leaf'], {
    name: 'a GeneralName of no form',
    clause: 'RFC 5280 4.2.1.6',
    demand: 'is not conforming',
    field: /extensions/,
    breakIn: draft => setNames(draft, [der(0x89, Buffer.of(1))]),
  }),
  ...rulesAt(['leaf'], {
    name: 'an empty subject and a subjectAltName that is not critical',
    clause: 'RFC 5280 4.1.2.6, 4.2.1.6',
    demand: 'is not conforming',
    field: /subject/,
    breakIn: (draft, _, draw) => {
      draft.subject = sequence();
      const names = namesOf(draft);
      const value = names.length === 0 ? sequence(realms.dns.name(draw)) : sequence(...names);
      setExtension(draft, id.subjectAltName, value, false);
    },
  }),
  ...rulesAt(['leaf'], {
    name: 'an empty subject and no subjectAltName',
    clause: 'RFC 5280 4.1.2.6',
    demand: 'is not conforming',
    field: /subject/,
    breakIn: draft => {
      draft.subject = sequence();
      draft.extensions.delete(id.subjectAltName);
    },
  }),
];

/** Each form of name against the subtrees of an authority of the path. */
const subtreeRules: readonly Rule[] = forms.flatMap(form => [
  pathRule({
    name: `a name of form ${form} outside the permitted subtrees`,
    clause: constraintClause,
    demand: 'must be refused',
    needs: { intermediates: 1 },
    field: /subjectAltName/,
    breakIn: (chain, draw) => permitOnly(chain, draw.one(otherIssued(chain)), form),
  }),
  pathRule({
    name: `a name of form ${form} in an excluded subtree`,
    clause: exclusionClause,
    demand: 'must be refused',
    needs: { intermediates: 1 },
    field: /subjectAltName/,
    breakIn: (chain, draw) => {
      const { stranger, aroundStranger } = realms[form];
      constrain(draw.one(otherIssued(chain)), [], [aroundStranger]);
      addName(chain, stranger);
    },
  }),
]);

const constraintRules: readonly Rule[] = [
  pathRule({
    name: 'a name outside the permitted subtrees of the anchor',
    clause: 'RFC 5937 3 (that the anchor’s certificate binds it is our choice)',
    demand: 'is not in the profile',
    field: /subjectAltName/,
    breakIn: (chain, draw) => permitOnly(chain, anchorOf(chain), draw.one(forms)),
  }),
  pathRule({
    name: 'a name that only the lower of two authorities permits',
    clause: 'RFC 5280 6.1.4 (g)(1)',
    demand: 'must be refused',
    needs: { intermediates: 2 },
    field: /subjectAltName/,
    breakIn: chain => {
      const [lower, upper] = otherIssued(chain);
      const { around, stranger, aroundStranger } = realms.dns;
      if (upper !== undefined) constrain(upper, [around[0]], []);
      if (lower !== undefined) constrain(lower, [around[0], aroundStranger], []);
      addName(chain, stranger);
    },
  }),
  pathRule({
    name: 'one name inside the permitted subtrees and one outside',
    clause: constraintClause,
    demand: 'must be refused',
    needs: { intermediates: 1 },
    field: /subjectAltName/,
    breakIn: (chain, draw) => {
      permitOnly(chain, draw.one(otherIssued(chain)), 'dns');
      addName(chain, realms.dns.name(draw));
    },
  }),
  pathRule({
    name: 'the subject of an intermediate outside the permitted subtrees',
    clause: constraintClause,
    demand: 'must be refused',
    needs: { intermediates: 1 },
    field: /subject/,
    breakIn: chain => constrain(issuerOfOtherIssued(chain), [realms.directory.aroundStranger], []),
  }),
  pathRule({
    name: 'an e-mail address in the subject outside the permitted subtrees',
    clause: constraintClause,
    demand: 'must be refused',
    needs: { intermediates: 1 },
    field: /subject/,
    breakIn: (chain, draw) => {
      constrain(draw.one(otherIssued(chain)), [realms.email.around[0]], []);
      const leaf = leafOf(chain);
      leaf.subject = subjectWithEmail('end-point', 'lab@m2m.example.net');
      leaf.extensions.delete(id.subjectAltName);
    },
  }),
  pathRule({
    name: 'a URI without a host, where hosts are constrained',
    clause: 'RFC 5280 4.2.1.10',
    demand: 'must be refused',
    needs: { intermediates: 1 },
    field: /subjectAltName/,
    breakIn: (chain, draw) => constrainUri(chain, draw, 'urn:dev:ops:99999-1'),
  }),
  pathRule({
    name: 'a URI with an IP address for its host, where hosts are constrained',
    clause: 'RFC 5280 4.2.1.10',
    demand: 'must be refused',
    needs: { intermediates: 1 },
    field: /subjectAltName/,
    breakIn: (chain, draw) => constrainUri(chain, draw, 'https://10.1.0.1/cse'),
  }),
  pathRule({
    name: 'a name of a constrained form that cannot be compared',
    clause: 'RFC 5280 4.2.1.10',
    demand: 'must be refused',
    needs: { intermediates: 1 },
    field: /subjectAltName/,
    breakIn: (chain, draw) => {
      const principal = generalName('other:1.3.6.1.4.1.311.20.2.3:0c0161');
      constrain(draw.one(otherIssued(chain)), [principal], []);
      addName(chain, principal);
    },
  }),
  pathRule({
    name: 'a wildcard above an excluded name',
    clause: 'RFC 5280 4.2.1.10 (that a wildcard is all its names is our choice)',
    demand: 'is not in the profile',
    needs: { intermediates: 1 },
    field: /subjectAltName/,
    breakIn: (chain, draw) => {
      constrain(draw.one(otherIssued(chain)), [], [generalName('dns:a.m2m.example.com')]);
      addName(chain, generalName('dns:*.m2m.example.com'));
    },
  }),
  ...rulesAt(['intermediate'], {
    name: 'nameConstraints without any subtree',
    clause: 'RFC 5280 4.2.1.10',
    demand: 'is not conforming',
    field: /extensions/,
    breakIn: draft => setExtension(draft, id.nameConstraints, sequence(), true),
  }),
  ...rulesAt(['intermediate'], {
    name: 'a subtree with a minimum',
    clause: 'RFC 5280 4.2.1.10',
    demand: 'is not conforming',
    field: /nameConstraints/,
    breakIn: draft => boundSubtree(draft, der(0x80, Buffer.of(1))),
  }),
  ...rulesAt(['intermediate'], {
    name: 'a subtree with a maximum',
    clause: 'RFC 5280 4.2.1.10',
    demand: 'is not conforming',
    field: /nameConstraints/,
    breakIn: draft => boundSubtree(draft, der(0x81, Buffer.of(9))),
  }),
  ...rulesAt(['intermediate'], {
    name: 'a subtree of dNSName that begins with a period',
    clause: 'RFC 5280 4.2.1.10',
    demand: 'is not conforming',
    field: /nameConstraints/,
    breakIn: draft => constrain(draft, [generalName('dns:.example.com'), generalName('dns:example.com')], []),
  }),
  ...rulesAt(['intermediate'], {
    name: 'a subtree of iPAddress whose mask has holes',
    clause: 'RFC 5280 4.2.1.10, RFC 4632 3.1',
    demand: 'is not conforming',
    field: /nameConstraints/,
    breakIn: draft => constrain(draft, [], [generalName('ip:0b000000ff00ff00')]),
  }),
  ...rulesAt(['leaf'], {
    name: 'nameConstraints without cA',
    clause: 'RFC 5280 4.2.1.10',
    demand: 'is not conforming',
    field: /nameConstraints/,
    breakIn: draft => constrain(draft, [realms.dns.around[0]], []),
  }),
];

export const nameRules: readonly Rule[] = [...subjectAltNameRules, ...subtreeRules, ...constraintRules];

export function constrain(
  draft: Draft,
  permitted: readonly Uint8Array[],
  excluded: readonly Uint8Array[],
): void {
  setExtension(draft, id.nameConstraints, nameConstraintsOf(permitted, excluded), true);
}

/** Constrains the form to its realm, and gives the leaf a name outside. */
function permitOnly(chain: Chain, draft: Draft, form: Form): void {
  const { around, stranger } = realms[form];
  const together = constrainedTogether[form];
  constrain(draft, [around[0], ...(together === undefined ? [] : [realms[together].around[0]])], []);
  addName(chain, stranger);
}

export function addName(chain: Chain, name: Uint8Array): void {
  const leaf = leafOf(chain);
  setNames(leaf, [...namesOf(leaf), name]);
}

function constrainUri(chain: Chain, draw: Draw, uri: string): void {
  const bases: readonly Uint8Array[] = [realms.uri.around[0]];
  const isPermitted = draw.oneIn(2);
  constrain(
    draw.one(otherIssued(chain)),
    isPermitted ? bases : [],
    isPermitted ? [] : [realms.uri.aroundStranger],
  );
  addName(chain, generalName(`uri:${uri}`));
}

function issuerOfOtherIssued(chain: Chain): Draft {
  const [{ issuer = null } = { issuer: null }] = otherIssued(chain);
  return issuer ?? anchorOf(chain);
}

/** Excludes what nobody has. */
function boundSubtree(draft: Draft, bound: Uint8Array): void {
  const subtree = sequence(generalName('dns:example.net'), bound);
  setExtension(draft, id.nameConstraints, sequence(der(0xa1, subtree)), true);
}
