// What was searched and what came of it, as Markdown.
import { breakages } from './breakages.ts';
import { framings } from './framings.ts';
import { guesses } from './guesses.ts';
import { letters, spelledOut, alphabet as wholeAlphabet } from './letters.ts';
import type { Finding, Result, Search } from './search.ts';

export interface Searched extends Search {
  readonly result: Result;
}

/** All of them as one. */
export function sumOf(searched: readonly Searched[]): Result {
  const ended = { answer: 0, Session: 0, Connection: 0 };
  let sequences = 0;
  const findings: Finding[] = [];
  for (const { result, ...planned } of searched) {
    sequences += result.sequences;
    for (const end of ['answer', 'Session', 'Connection'] as const) ended[end] += result.ended[end];
    for (const { sequence, problem } of result.findings)
      findings.push({ sequence, problem: `${problem} (${describe(planned)})` });
  }
  return { sequences, ended, findings };
}

/**
 * How many sequences there are in the place of one message if those that stand in several searches count once: the same
 * messages in another framing, or under another guess, are the same.
 */
export function distinctInOneFlight(planned: readonly Search[]): number {
  let distinct = 0;
  const flights = planned.filter(({ extent }) => extent === 'flight');
  for (const those of Map.groupBy(flights, ({ of, message }) => `${of.role} ${of.name} ${message}`).values())
    for (let size = 1; those.some(({ length }) => length >= size); size++) {
      const wide = those.filter(({ length }) => length >= size);
      distinct += wordsOver([...new Set(wide.map(({ alphabet = wholeAlphabet }) => alphabet))], size);
    }
  return distinct;
}

/** The same over the whole handshake, where each framing has the sequences of the longest search, or of its beginnings. */
function distinctHandshakes(searched: readonly Searched[]): number {
  const handshakes = searched.filter(({ extent }) => extent === 'handshake');
  return [...Map.groupBy(handshakes, ({ of }) => of).values()]
    .map(those => Math.max(...those.map(({ result }) => result.sequences)))
    .reduce((sum, sequences) => sum + sequences, 0);
}

/** Words of one size that are over at least one of the alphabets: |A ∪ B| = |A| + |B| − |A ∩ B|. */
function wordsOver([first, ...others]: readonly string[], size: number): number {
  if (first === undefined) return 0;
  const common = others.map(other => [...other].filter(letter => first.includes(letter)).join(''));
  return first.length ** size + wordsOver(others, size) - wordsOver(common, size);
}

/** A search in one line. */
export function describe(planned: Search): string {
  const { of } = planned;
  return `${of.role} end-point, ${of.name}: ${extentOf(planned)}, ${wayOf(planned)}`;
}

export function report(searched: readonly Searched[]): string {
  const { ended, findings } = sumOf(searched);
  return [
    '# Every sequence of messages',
    '',
    '<!-- begin: scripts/evidence search -->',
    '',
    'Written by `scripts/evidence search`. A misbehaving peer (`e2ekey/testing`) says every sequence of messages up to a length to our own end-points, each message with the cryptography that is right where it is said: signatures over what was said so far, records under the keys as they would be, Finished over this very handshake. What has to lead on is written down in `test/search/legal.ts` as regular expressions, without a look at the engine; the search compares. Whatever leads to an answer, a Session or a Connection has to match, and whatever matches has to lead there, with the same 48 bytes on both sides.',
    '',
    `**${countOf(searched, 'flight')} sequences** in the place of one message, ${count(distinctInOneFlight(searched))} of them distinct, and **${countOf(searched, 'handshake')}** over the whole handshake, ${count(distinctHandshakes(searched))} of them distinct. ${count(ended.answer)} of them led to our next message, ${count(ended.Session)} to a Session and ${count(ended.Connection)} to a Connection, which has no key. All of these are legal, and no legal one was refused: ${findings.length} findings. A sequence that stands in several of the searches [below](#what-was-searched), which try it in another framing or under another guess, is counted in each, and among the distinct ones once.`,
    '',
    'What it does not look at is what the messages hold: that is for `misbehaviours` ([protocol.md](protocol.md)) and for fuzzing. It drives the pure functions; over TCP a HelloRequest is passed over ([protocol.md](protocol.md#over-tcp)), and here it is refused.',
    '',
    '## By role and credentials',
    '',
    ...table(
      [
        'our end-point',
        'credentials',
        'in one flight',
        'over the whole handshake',
        'an answer',
        'a Session',
        'a Connection',
        'findings',
      ],
      [...Map.groupBy(searched, ({ of }) => of)].map(([of, those]) => {
        const sum = sumOf(those);
        return [
          of.role,
          of.name,
          countOf(those, 'flight'),
          countOf(those, 'handshake'),
          count(sum.ended.answer),
          count(sum.ended.Session),
          count(sum.ended.Connection),
          String(sum.findings.length),
        ];
      }),
    ),
    '',
    '## What is legal',
    '',
    'With at most four warning alerts in a flight, which is our bound (RFC 5246 §7.2 has none).',
    '',
    ...table(['message', 'for', 'the whole flight', 'leads to', 'clause'], legalRows(searched)),
    '',
    '## The letters',
    '',
    ...table(
      ['letter', 'what is said'],
      Object.entries(letters).map(([letter, { name }]) => [`\`${letter}\``, name]),
    ),
    '',
    '## What was searched',
    '',
    '*Every flight*: all sequences of these letters, from one to so many, in the place of one message of the procedure; those before it are honest. What stands behind a refused beginning is tried like all else, so that nothing has to be believed of the order in which the engine reads.',
    '',
    '*The whole handshake*: from the first message of the peer to the last, `|` being our answer, with so many letters in all. Nothing is tried behind a refusal, unless all that was refused is that the flight ends: another refusal cannot depend on what follows. So these are counted apart, and lead through both flights with every place for every warning.',
    '',
    ...table(
      ['what', 'letters', 'framing', 'out of place', 'for', 'sequences'],
      [...Map.groupBy(searched, planned => `${extentOf(planned)} ${wayOf(planned)}`).values()].map(those => {
        const [{ framing = 'alone', guess = 'counted', alphabet, ...planned } = missing()] = those;
        return [
          extentOf(planned),
          alphabet === undefined ? 'all' : `\`${alphabet}\``,
          framing,
          guess,
          those.map(({ of }) => of.name).join('; '),
          count(sumOf(those).sequences),
        ];
      }),
    ),
    '',
    'Framings:',
    '',
    ...Object.entries(framings).map(([name, what]) => `- *${name}*: ${what}.`),
    '',
    'What is said out of place ought to end the handshake. Where it does not, nobody knows what the other side makes of it, so the peer goes on under several guesses. What it says out of place',
    '',
    ...Object.entries(guesses).map(([name, what]) => `- *${name}*: ${what}.`),
    '',
    '## With a broken reader',
    '',
    'A search that reports nothing could be one that sees nothing. So `test/search/broken-reader.test.ts` breaks `src/handshake/flight.ts`, or what asks it for messages, in the ways below, one at a time, and a small part of the search has to report what got in.',
    '',
    ...table(
      ['broken so that', 'as in', 'reported, among others'],
      breakages.map(({ name, attack, found }) => [name, attack, `\`${found}\` (${spelledOut(found)})`]),
    ),
    '',
    '<!-- end -->',
    '',
  ].join('\n');
}

function legalRows(searched: readonly Searched[]): string[][] {
  const rows = [...new Set(searched.map(({ of }) => of))].flatMap(of =>
    Object.entries(of.legal).flatMap(([message, { rules }]) =>
      rules.map(({ expression, end, clause }) => ({
        name: of.name,
        cells: [`\`${expression.source}\``, end === 'answer' ? 'our answer' : `a ${end}`, clause],
        message,
      })),
    ),
  );
  return [...Map.groupBy(rows, ({ message, cells }) => [message, ...cells].join())]
    .map(([, those]) => {
      const [{ message, cells } = missing()] = those;
      return [message, [...new Set(those.map(({ name }) => name))].join('; '), ...cells];
    })
    .toSorted(([a = ''], [b = '']) => a.localeCompare(b));
}

function extentOf({ message, extent, length }: Search): string {
  return extent === 'flight'
    ? `every flight in the place of message ${message}, up to ${length}`
    : `the whole handshake from message ${message} on, up to ${length}`;
}

function wayOf({ alphabet, framing = 'alone', guess = 'counted' }: Search): string {
  return `${alphabet ?? 'all letters'}, ${framing}, ${guess}`;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) =>
    `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)];
}

function countOf(searched: readonly Searched[], extent: Search['extent']): string {
  return count(sumOf(searched.filter(planned => planned.extent === extent)).sequences);
}

function count(value: number): string {
  return value.toLocaleString('en');
}

function missing(): never {
  throw new Error('a group without members');
}
