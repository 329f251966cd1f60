// What is fuzzed: one place where bytes of somebody else come in, and the rule of what may come out. Knows no place.
import { E2EKeyError } from '../../src/errors.ts';
import type { Draw } from './draw.ts';
import type { Part } from './part.ts';

export type Group = 'messages' | 'states' | 'certificates' | 'revocation';

export interface Target {
  /** Lower case; the first words, up to a colon, are its area in the report. */
  readonly name: string;
  readonly group: Group;
  /** How many inputs it gets beside the others of its group; 1 if absent. */
  readonly weight?: number;
  /** Inputs that are right, to be changed. */
  readonly seeds: readonly Part[];
  /** More inputs that parts are taken from. */
  readonly spares?: readonly Part[];
  /** An input that is made without them. */
  readonly draw?: (draw: Draw) => Part;
  /** Error codes that may come out. */
  readonly refuses: (error: E2EKeyError) => boolean;
  /**
   * Takes the bytes and says in a few words what became of them.
   *
   * @throws E2EKeyError where they are refused; Violation where what came out may not; anything else is a finding.
   */
  readonly take: (bytes: Uint8Array) => string | Promise<string>;
}

/** Something came out that the rule of the target does not allow. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

export interface Outcome {
  /** Null where the bytes were taken. */
  readonly code: string | null;
  /** What became of them, or the sentence of the refusal without the peer's values: inputs alike have it in common. */
  readonly what: string;
}

/** @throws what came out against the rule. */
export async function outcomeOf(target: Target, bytes: Uint8Array): Promise<Outcome> {
  try {
    const taken = target.take(bytes);
    return { code: null, what: typeof taken === 'string' ? taken : await taken };
  } catch (error) {
    if (!(error instanceof E2EKeyError)) throw error;
    if (!target.refuses(error))
      throw new Violation(`${error.code} (${error.blame}) may not come out: ${error.message}`, {
        cause: error,
      });
    return { code: error.code, what: withoutValues(error.message) };
  }
}

/** Numbers, hex and quoted text are the input's. */
export function withoutValues(sentence: string): string {
  return sentence
    .slice(0, 400)
    .replace(/"(?:[^"\\]|\\.)*"?|0x[0-9a-f]+|\b[0-9a-f]{16,}\b|\d+/g, '#')
    .replace(/(#[, ]+)+#/g, '#');
}
