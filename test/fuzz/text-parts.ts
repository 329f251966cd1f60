// Text as parts: words, numbers, marks and white space, so that JSON, PEM, headers and identifiers are changed where
// they have their borders. Knows none of these formats.
import { leaf, Part } from './part.ts';

/** Letters and digits, a run of other characters of one kind, a string of JSON in its quotation marks. */
const token = /"(?:[^"\\]|\\.)*"|[A-Za-z0-9_+=-]+|\s+|./gsu;

export function textPart(text: string): Part {
  const tokens = text.match(token) ?? [];
  return new Part({
    kind: 'text',
    inside: tokens.map(one => leaf('token', Buffer.from(one))),
  });
}
