// What the two AEs say to each other, the same for the same seed and ordinal in every process, and what of it nobody
// else may see.
import { hash } from 'node:crypto';
import type { InnerRequest } from '../../../src/protection/esprim/client.ts';

export interface Exchange {
  readonly request: InnerRequest;
  /** Content of the response. */
  readonly answer: object;
  /** The texts in both that say something. */
  readonly secrets: readonly string[];
}

export function exchangeOf(seed: string, ordinal: number): Exchange {
  const [to, rqi, said, answered] = ['to', 'rqi', 'said', 'answered'].map(part => text(seed, ordinal, part));
  return {
    request: {
      operation: 'create',
      to: `-/${to}/${numbered(ordinal)}`,
      requestIdentifier: `${rqi}`,
      releaseVersionIndicator: '3',
      resourceType: 4,
      content: { 'm2m:cin': { con: said } },
    },
    answer: { 'm2m:cin': { con: answered } },
    secrets: [`${to}`, `${rqi}`, `${said}`, `${answered}`],
  };
}

export function ordinalIn({ to }: Pick<InnerRequest, 'to'>): number {
  return Number(to.slice(-ordinalLength));
}

export function contentOf(seed: string, ordinal: number): string {
  return `${text(seed, ordinal, 'content')} ${numbered(ordinal)}`;
}

export function secretOfContent(seed: string, ordinal: number): string {
  return text(seed, ordinal, 'content');
}

/** So that objects of one kind have one length. */
const ordinalLength = 7;

function numbered(ordinal: number): string {
  return String(ordinal).padStart(ordinalLength, '0');
}

/** 32 characters that nothing else consists of. */
function text(seed: string, ordinal: number, part: string): string {
  return hash('sha256', `${seed} ${ordinal} ${part}`, 'base64url').slice(0, 32);
}
