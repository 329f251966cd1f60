// The cases that judges are asked about: a right chain in which nothing, one rule or two rules were broken, so that
// the verdict is known before anybody is asked.
import type { Purpose } from '../../src/certificates/index.ts';
import type { Chain, Feature } from './chain.ts';
import { makeCertificate } from './drafts.ts';
import { type Draw, drawn, valuesOf } from './draw.ts';
import { drawRightChain } from './right-chains.ts';
import type { Rule } from './rules/rule.ts';
import { rules } from './rules/rules.ts';

export interface Case {
  /** Rules that were broken: none, one, or two in different certificates. */
  readonly broken: readonly Rule[];
  /** The truth. */
  readonly isRight: boolean;
  readonly features: ReadonlySet<Feature>;
  /** Whether there are certificates beside the path; our finding may then be about one of them. */
  readonly hasDetours: boolean;
  readonly question: Question;
}

/** What a judge is told, in DER. */
export interface Question {
  readonly leaf: Uint8Array;
  readonly intermediates: readonly Uint8Array[];
  readonly anchor: Uint8Array;
  readonly time: Date;
  readonly purpose: Purpose;
  /** Whether the peer presents the intermediates; else they are configured. */
  readonly presented: boolean;
}

/** One case in so many has nothing wrong with it from the start. */
const rightOneIn = 10;

/**
 * Cases without end, the same for the same seed but for keys and signatures. The rules take turns, so that none is rare;
 * everything else is drawn.
 */
export function cases(seed: number): Generator<Case, never> {
  return valuesOf(index => drawn(draw => drawCase(draw, index)), seed);
}

function drawCase(draw: Draw, index: number): Case {
  if (index % rightOneIn === 0) return makeCase(draw, []);
  const first = rules[(index - Math.ceil(index / rightOneIn)) % rules.length];
  if (first === undefined) throw new Error('there are no rules');
  if (first.place === 'path' || !draw.oneIn(10)) return makeCase(draw, [first]);
  const second = draw.one(rules.filter(({ place }) => place !== 'path' && place !== first.place));
  // From the leaf up: to break one, the issuer may need another key.
  const upwards = (rule: Rule) => ['leaf', 'intermediate', 'anchor'].indexOf(rule.place);
  return makeCase(
    draw,
    [first, second].toSorted((a, b) => upwards(a) - upwards(b)),
  );
}

function makeCase(draw: Draw, broken: readonly Rule[]): Case {
  const intermediates = Math.max(0, ...broken.map(({ needs }) => needs.intermediates ?? 0));
  const selfIssued = broken.some(({ needs }) => needs.selfIssued === true);
  const chain = drawRightChain(draw, { intermediates, selfIssued });
  for (const rule of broken) rule.breakIn(chain, draw);
  return {
    broken,
    isRight: broken.every(({ demand }) => demand === 'must be accepted'),
    features: chain.features,
    hasDetours: chain.detours.length > 0,
    question: questionOf(chain, draw),
  };
}

function questionOf({ path, detours, time, purpose, presented }: Chain, draw: Draw): Question {
  const [leaf, ...authorities] = path.map(makeCertificate);
  const anchor = authorities.pop();
  if (leaf === undefined || anchor === undefined) throw new Error('a path has two certificates at least');
  const intermediates = draw.shuffled([...authorities, ...detours.map(makeCertificate)]);
  return { leaf, intermediates, anchor, time, purpose, presented };
}
