// A mutation: one security check taken out of one source file, and the test that has to fail without it. Knows
// how a place in a source is found; knows no check (checks/) and runs nothing (scripts/mutation.ts).
import { hash } from 'node:crypto';

export interface Mutation {
  /** Kebab case, unique: what `--only` takes. */
  readonly name: string;
  /** The source file, relative to the project. */
  readonly file: string;
  /**
   * Source text that stands exactly once in the file; white space counts only between two words, so that
   * formatting changes nothing. What is between « and » is replaced; without the marks, the whole.
   */
  readonly find: string;
  readonly replace: string;
  /** The attack, or the accident, that the check stops. */
  readonly attack: string;
  /** Where the check is demanded; our own decision where no document demands it. */
  readonly clause: string;
  /** The file that holds the test, relative to the project. */
  readonly test: string;
  /** The full name of the top-level test that fails when the check is gone. */
  readonly caughtBy: string;
  /** Without the check the run may never end; being killed at its deadline counts as caught. */
  readonly mayHang?: true;
}

/**
 * The source without the check.
 *
 * @throws Error when `find` stands in the source not at all or more than once: the list would have rotted.
 */
export function mutate(source: string, mutation: Mutation): string {
  const { start, end } = placeOf(source, mutation);
  const mutated = source.slice(0, start) + mutation.replace + source.slice(end);
  if (mutated === source) throw new Error(`${mutation.name}: replace changes nothing in ${mutation.file}`);
  return mutated;
}

/**
 * Where in the source stands what is replaced.
 *
 * @throws Error as `mutate`.
 */
export function placeOf(
  source: string,
  { name, file, find }: Pick<Mutation, 'name' | 'file' | 'find'>,
): { readonly start: number; readonly end: number } {
  const [before, target, after, ...more] = find.includes('«') ? find.split(/[«»]/) : ['', find, ''];
  if (before === undefined || target === undefined || after === undefined || more.length > 0)
    throw new Error(`${name}: find has one « and one » or none`);
  const [head, body, tail] = [loosely(before), loosely(target), loosely(after)];
  const pattern = `(${wordEnd(before + target, /^\w/)}${head}\\s*)(${body})(?=\\s*${tail}${wordEnd(target + after, /\w$/)})`;
  const places = [...source.matchAll(new RegExp(pattern, 'g'))];
  const [place, second] = places;
  if (place === undefined || second !== undefined)
    throw new Error(`${name}: find stands ${places.length} times in ${file}, not once`);
  const start = place.index + (place[1]?.length ?? 0);
  return { start, end: start + (place[2]?.length ?? 0) };
}

/** A pattern for the text in whatever way it is broken into lines. */
function loosely(text: string): string {
  const tokens = text.match(/\w+|[^\w\s]/g) ?? [];
  return tokens
    .map((token, index) => {
      const escaped = token.replace(/[^\w]/, '\\$&');
      const twoWords = /\w$/.test(tokens[index - 1] ?? '') && /^\w/.test(token);
      return `${index === 0 ? '' : twoWords ? '\\s+' : '\\s*'}${escaped}`;
    })
    .join('');
}

/** A text that begins or ends with a word does not match a part of a longer one. */
function wordEnd(text: string, word: RegExp): string {
  return word.test(text) ? '\\b' : '';
}

/** The same `count` mutations for the same seed, in no order of their own. */
export function sample(mutations: readonly Mutation[], count: number, seed: string): readonly Mutation[] {
  const lot = ({ name }: Mutation) => hash('sha256', `${seed} ${name}`);
  return mutations.toSorted((one, other) => (lot(one) < lot(other) ? -1 : 1)).slice(0, count);
}
