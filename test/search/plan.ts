// Which searches are made: those of every test run, those of the evidence run, and the few that are enough to find a
// broken flight reader.
import { type Case, caseOf, cases, type MessageNumber } from './cases.ts';
import type { Framing } from './framings.ts';
import type { Guess } from './guesses.ts';
import type { Search } from './search.ts';

const x509 = [caseOf('X.509', 'terminating'), caseOf('X.509', 'initiating')] as const;
const status = caseOf('X.509, status', 'initiating');
const psk = [caseOf('PSK', 'terminating'), caseOf('PSK', 'initiating')] as const;
const framings: readonly Framing[] = ['alone', 'together', 'halved'];
const ways: readonly { framing: Framing; guess: Guess }[] = [
  ...framings.map(framing => ({ framing, guess: 'counted' }) as const),
  { framing: 'alone', guess: 'heard' },
  { framing: 'alone', guess: 'ignored' },
];

/** Some seconds. */
export const smallPlan: readonly Search[] = [
  ...cases.flatMap((of): Search[] => [
    { of, message: longFlight(of), extent: 'flight', length: 2 },
    { of, message: shortFlight(of), extent: 'flight', length: 3, alphabet: ownLetters(of) },
    inPlace(of),
  ]),
  ...[...x509, ...psk].flatMap((of): Search[] => [
    { of, message: longFlight(of), extent: 'flight', length: 3 },
    ...framings.map(
      (framing): Search => ({ of, message: longFlight(of), extent: 'handshake', length: 6, framing }),
    ),
  ]),
  ...framings.map(
    (framing): Search => ({
      of: status,
      message: 2,
      extent: 'handshake',
      length: 8,
      alphabet: 'hCOkQDSF',
      framing,
    }),
  ),
];

/** Some millions of sequences, some minutes. */
export const fullPlan: readonly Search[] = [
  // Everything, to the length of the longest flight.
  ...x509.map((of): Search => ({ of, message: longFlight(of), extent: 'flight', length: 5 })),
  ...cases.flatMap((of): Search[] => [
    { of, message: longFlight(of), extent: 'flight', length: 4 },
    { of, message: shortFlight(of), extent: 'flight', length: 4 },
  ]),
  // What a peer has to say itself, beyond that length.
  ...x509.flatMap(of =>
    framings.map(
      (framing): Search => ({
        of,
        message: longFlight(of),
        extent: 'flight',
        length: 6,
        alphabet: ownLetters(of),
        framing,
      }),
    ),
  ),
  // As long as a flight with CertificateStatus.
  { of: status, message: 2, extent: 'flight', length: 6, alphabet: 'hCOkQDw' },
  ...cases.flatMap(of =>
    ways.flatMap((way): Search[] => [
      { of, message: longFlight(of), extent: 'flight', length: 5, alphabet: ownLetters(of), ...way },
      { of, message: shortFlight(of), extent: 'flight', length: 4, alphabet: ownLetters(of), ...way },
    ]),
  ),
  ...[...x509, ...psk].flatMap(of =>
    (['heard', 'ignored'] as const).map(
      (guess): Search => ({
        of,
        message: longFlight(of),
        extent: 'flight',
        length: 5,
        alphabet: ownLetters(of),
        framing: 'together',
        guess,
      }),
    ),
  ),
  // Both flights, with all the warnings that there may be, and what follows each beginning that is legal.
  ...cases.flatMap(of =>
    framings.map(
      (framing): Search => ({
        of,
        message: of.start.message,
        extent: 'handshake',
        length: framing === 'alone' ? 16 : 9,
        framing,
      }),
    ),
  ),
];

/** A second or two. */
export const quickPlan: readonly Search[] = [
  ...framings.flatMap(framing =>
    (['counted', 'ignored', 'heard'] as const).map(
      (guess): Search => ({
        of: psk[0],
        message: 3,
        extent: 'handshake',
        length: 4,
        alphabet: 'hTKSFfwxa',
        framing,
        guess,
      }),
    ),
  ),
  { of: psk[0], message: 1, extent: 'flight', length: 6, alphabet: 'wH' },
  { of: psk[1], message: 2, extent: 'flight', length: 3, alphabet: ownLetters(psk[1]) },
  { of: status, message: 2, extent: 'handshake', length: 7, alphabet: 'hCOkQD' },
];

/** The flight that authenticates the peer: message 3 or 2. */
function longFlight({ role }: Case): MessageNumber {
  return role === 'terminating' ? 3 : 2;
}

function shortFlight({ role }: Case): MessageNumber {
  return role === 'terminating' ? 1 : 4;
}

/** All permutations, omissions and repetitions of what is due. */
function inPlace(of: Case): Search {
  const message = longFlight(of);
  const { flights: [honest = '', ...others] = [] } = of.legal[message] ?? {};
  const letters = new Set([honest, ...others].join(''));
  return { of, message, extent: 'flight', length: honest.length, alphabet: [...letters].join('') };
}

/** What a peer with certificates says in both its flights, the empty Certificate, and a warning. */
function ownLetters(of: Case): string {
  if (of === status) return 'hCOkQDSFw';
  return of.role === 'terminating' ? 'HCcKVSFw' : 'hCkQDSFw';
}
