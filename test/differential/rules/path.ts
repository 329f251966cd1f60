// Rules of the path as a whole (RFC 5280 6.1): its length, its end, its gaps.

import { anchorOf, basicConstraintsOf, type Chain, id, setExtension } from '../chain.ts';
import { keyOf } from '../keys.ts';
import { realmSubject } from '../names.ts';
import { otherIssued, pathRule, type Rule } from './rule.ts';

export const pathRules: readonly Rule[] = [
  pathRule({
    name: 'pathLenConstraint of an intermediate too small by one',
    clause: 'RFC 5280 6.1.4 (l), (m)',
    demand: 'must be refused',
    needs: { intermediates: 2 },
    field: /basicConstraints/,
    breakIn: (chain, draw) => {
      const above = otherIssued(chain).slice(1);
      boundTooShort(chain, chain.path.indexOf(draw.one(above)));
    },
  }),
  pathRule({
    name: 'pathLenConstraint of the anchor too small by one',
    clause: 'RFC 5280 4.2.1.9 (that the anchor’s certificate binds it is our choice)',
    demand: 'is not in the profile',
    needs: { intermediates: 1 },
    field: /basicConstraints/,
    breakIn: chain => boundTooShort(chain, chain.path.length - 1),
  }),
  pathRule({
    name: 'the anchor has the name, but not the key',
    clause: 'RFC 5280 6.1.1 (d), 6.1.3 (a)(1)',
    demand: 'must be refused',
    field: /signatureValue|issuer/,
    breakIn: chain => {
      chain.path[chain.path.length - 1] = { ...anchorOf(chain), key: keyOf('P-256', 'somebody else') };
    },
  }),
  pathRule({
    name: 'the anchor has the key, but not the name',
    clause: 'RFC 5280 6.1.1 (d), 6.1.3 (a)(4)',
    demand: 'must be refused',
    field: /issuer/,
    breakIn: chain => {
      const anchor = anchorOf(chain);
      for (const below of chain.path.slice(0, -1))
        if (below.issuer === anchor) below.issuerName = anchor.subject;
      anchor.subject = realmSubject('a new name of the anchor');
    },
  }),
  pathRule({
    name: 'an intermediate is missing',
    clause: 'RFC 5280 6.1.3 (a)(4)',
    demand: 'must be refused',
    needs: { intermediates: 1 },
    field: /issuer|signatureValue/,
    breakIn: (chain, draw) => {
      const missing = draw.one(otherIssued(chain));
      chain.path.splice(chain.path.indexOf(missing), 1);
    },
  }),
  pathRule({
    name: 'an end-point in the place of an authority',
    clause: 'RFC 5280 6.1.4 (k)',
    demand: 'must be refused',
    needs: { intermediates: 1 },
    field: /basicConstraints|keyUsage|nameConstraints/,
    breakIn: (chain, draw) => {
      const { extensions } = draw.one(otherIssued(chain));
      for (const authoritys of [id.basicConstraints, id.keyUsage, id.nameConstraints])
        extensions.delete(authoritys);
    },
  }),
];

/** The authority in this place allows one fewer below it than there are. */
function boundTooShort(chain: Chain, place: number): void {
  const draft = chain.path[place];
  const below = otherIssued(chain).filter(each => chain.path.indexOf(each) < place).length;
  if (draft !== undefined)
    setExtension(draft, id.basicConstraints, basicConstraintsOf(true, below - 1), true);
}
