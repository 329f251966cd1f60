// How the peer takes it that it says something out of place: what of it the other side would reckon with is not known,
// since it ought to have ended the handshake. What is in place is the same under each guess.
import type { Knowledge } from '../../src/testing/misbehaving/knowledge.ts';
import {
  changeCipherSpec,
  inTheClear,
  type Piece,
  piecesOf,
  type Step,
} from '../../src/testing/misbehaving/steps.ts';
import { contentType } from '../../src/wire/numbers.ts';
import type { Case } from './cases.ts';
import { letterOf } from './letters.ts';

export const guesses = {
  counted:
    'counts like any other: it is in the transcript, and the last of two ClientKeyExchanges, hellos or ChangeCipherSpecs decides',
  heard: 'is in the transcript and changes nothing else: the first of two decides',
  ignored: 'is sent and passed over: it is in no transcript',
} as const;

export type Guess = keyof typeof guesses;

/** What is said for a letter; it is in place if what was in place so far goes on with it to a legal flight. */
export function stepFor(
  { says = {} }: Pick<Case, 'says'>,
  letter: string,
  inPlace: boolean,
  guess: Guess,
): Step {
  const step = says[letter] ?? letterOf(letter).step;
  if (inPlace || guess === 'counted') return step;
  // Whoever passes over a ChangeCipherSpec sees it where an attacker can put it: in the clear.
  if (step === 'ChangeCipherSpec') return inTheClear(changeCipherSpec({ changesKeys: false }));
  return knowledge => {
    const pieces = piecesOf(step, knowledge.copy());
    // RFC 5246 §7.4.1.1: HelloRequest is in no transcript.
    if (guess === 'heard' && step !== 'HelloRequest') hear(pieces, knowledge);
    return pieces;
  };
}

function hear(pieces: readonly Piece[], knowledge: Knowledge): void {
  for (const { type, fragment } of pieces)
    if (type === contentType.handshake) knowledge.say(fragment, 'us', new Uint8Array());
}
