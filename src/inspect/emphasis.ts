// What is emphasised in a report for people, and how characters of files are kept from doing it. Knows no terminal: how
// emphasis looks is the caller's.
import type { Severity } from './findings.ts';

export type Emphasis = Severity | 'good' | 'heading';

/** Gives the text as it is to be written; `plain` writes it as it is. */
export type Paint = (emphasis: Emphasis, text: string) => string;

export const plain: Paint = (_, text) => text;

/**
 * A control or format character in a name or a reason could move the cursor, recolour or reverse what a terminal shows;
 * every one is written as an escape.
 */
export function visible(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    character => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}

/** The same for a text of several lines. */
export function visibleLines(text: string): string {
  return text.split('\n').map(visible).join('\n');
}
