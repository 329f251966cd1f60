// Every sequence over an alphabet up to a length, depth first, each tried on our own end-point: what reaches an answer
// or a key has to be what is legal. Knows no engine but through `judge`, and nothing of what is legal but the grammar.
import { type Case, judge, type MessageNumber, type Position, type Verdict } from './cases.ts';
import { bytesOf, emptyFlight, type Flight, type Framing, say } from './framings.ts';
import { type Guess, stepFor } from './guesses.ts';
import { type End, type Grammar, legalEnd } from './legal.ts';
import { alphabet as wholeAlphabet } from './letters.ts';

export interface Search {
  readonly of: Case;
  /** Where the sequences stand; those before it are honest. */
  readonly message: MessageNumber;
  /**
   * `flight`: every sequence in the place of that message, also behind what was refused. `handshake`: from that message
   * to the end of the handshake, and nothing behind a refusal that has seen what it refuses.
   */
  readonly extent: 'flight' | 'handshake';
  /** Letters in all, of at most so many. */
  readonly length: number;
  readonly alphabet?: string;
  readonly framing?: Framing;
  readonly guess?: Guess;
}

export interface Finding {
  readonly sequence: string;
  readonly problem: string;
}

export interface Result {
  readonly sequences: number;
  /** Legal ones by where they led. */
  readonly ended: Readonly<Record<End, number>>;
  readonly findings: readonly Finding[];
}

/** A search ends with so many findings: an engine that is wrong once is wrong behind it too. */
export const maxFindings = 20;

/** @param tried is told of each sequence, and how many there were with it, since the searching thread can tell nobody. */
export function search(
  { of, message, extent, length, alphabet = wholeAlphabet, framing = 'alone', guess = 'counted' }: Search,
  tried: (sequences: number, sequence: string) => void = () => undefined,
): Result {
  const findings: Finding[] = [];
  const ended = { answer: 0, Session: 0, Connection: 0 };
  let sequences = 0;

  /** Everything that can be said next, `left` letters deep. */
  const visit = (position: Position, before: string, said: Said, left: number): void => {
    const grammar = grammarOf(of, position.message);
    for (const letter of alphabet) {
      if (findings.length >= maxFindings) return;
      const now = sayNext(said, letter, { of, grammar, framing, guess });
      const verdict = judge(of, position, now.flight.peer, bytesOf(now.flight, framing));
      sequences += 1;
      const sequence = before + now.letters;
      tried(sequences, sequence);
      const problem = problemOf(of, verdict, legalEnd(grammar, now.letters));
      if (problem !== null) findings.push({ sequence, problem });
      else if (verdict.end !== 'refused' && verdict.end !== 'failed') ended[verdict.end] += 1;
      if (left === 1) continue;
      if (extent === 'flight' || waits(verdict)) visit(position, before, now, left - 1);
      if (extent === 'handshake' && verdict.end === 'answer')
        visit(verdict.next, `${before}${now.letters}|`, nothingSaid(verdict.next), left - 1);
    }
  };

  const { position, before } = reach(of, message);
  visit(position, before, nothingSaid(position), length);
  return { sequences, ended, findings };
}

/** How many sequences there are in the place of one message: all words over the letters up to the length. */
export function sizeOf({ length, alphabet = wholeAlphabet }: Search): number {
  let words = 0;
  for (let size = 1; size <= length; size++) words += alphabet.length ** size;
  return words;
}

/** A flight that is being said. */
interface Said {
  readonly letters: string;
  readonly flight: Flight;
  /** Those of the letters that were in place. */
  readonly inPlace: string;
}

function nothingSaid({ peer }: Position): Said {
  return { letters: '', flight: emptyFlight(peer), inPlace: '' };
}

function sayNext(
  { letters, flight, inPlace }: Said,
  letter: string,
  { of, grammar, framing, guess }: { of: Case; grammar: Grammar; framing: Framing; guess: Guess },
): Said {
  const isInPlace = grammar.flights.some(legal => legal.startsWith(inPlace + letter));
  return {
    letters: letters + letter,
    flight: say(flight, stepFor(of, letter, isInPlace, guess), framing),
    inPlace: isInPlace ? inPlace + letter : inPlace,
  };
}

/** Where this message is due, behind what is honest. */
function reach(of: Case, message: MessageNumber): { position: Position; before: string } {
  let [position, before] = [of.start, ''];
  while (position.message !== message) {
    const verdict = sayHonest(of, position);
    if (verdict.end !== 'answer') throw new Error(`what is honest does not lead to message ${message}`);
    before += `${grammarOf(of, position.message).flights[0]}|`;
    position = verdict.next;
  }
  return { position, before };
}

function sayHonest(of: Case, position: Position): Verdict {
  let { flight } = nothingSaid(position);
  for (const letter of grammarOf(of, position.message).flights[0])
    flight = say(flight, stepFor(of, letter, true, 'counted'), 'alone');
  return judge(of, position, flight.peer, bytesOf(flight, 'alone'));
}

/** Null if the verdict is what the grammar says; an answer also has to be one with which the handshake ends well. */
function problemOf(of: Case, verdict: Verdict, due: End | null): string | null {
  if (verdict.end === 'failed') return verdict.problem;
  if (verdict.end === 'refused') {
    const { code, message } = verdict.error;
    return due === null ? null : `is legal and was refused: ${code}, ${message}`;
  }
  if (verdict.end !== due)
    return `led to ${named[verdict.end]} and has to ${due === null ? 'be refused' : `lead to ${named[due]}`}`;
  const last = verdict.end === 'answer' ? sayHonest(of, verdict.next) : verdict;
  if (last.end === 'failed') return `led to an answer, and what is honest then ${last.problem}`;
  if (last.end === 'refused')
    return `led to an answer, and what is honest was then refused: ${last.error.message}`;
  if (last.end === 'answer') return 'led to an answer, and then to another one';
  return last.differs && `led to ${named[last.end]}, and ${last.differs}`;
}

const named = { answer: 'an answer', Session: 'a Session', Connection: 'a Connection' } as const;

/** Whether more may change it: it was taken, or refused for nothing but its end. */
function waits(verdict: Verdict): boolean {
  return verdict.end !== 'refused' || /^the flight ends (?:where|inside) /.test(verdict.error.message);
}

function grammarOf({ legal }: Case, message: MessageNumber): Grammar {
  const grammar = legal[message];
  if (grammar === undefined) throw new Error(`message ${message} is not one that this end-point reads`);
  return grammar;
}
