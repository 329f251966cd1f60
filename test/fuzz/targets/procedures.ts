// Whole procedures with every kind of credential and every suite, the same bytes each time: run again from the golden
// transcripts, with every turn on the way. Knows how a transcript is laid out (test/handshake/transcript.ts), and no
// wrong message.
import { readdirSync, readFileSync } from 'node:fs';
import { trafficKeys } from '../../../src/crypto/key-schedule.ts';
import type { RecordProtection } from '../../../src/crypto/record-protection.ts';
import { accept, advance } from '../../../src/handshake/handshake.ts';
import type { State } from '../../../src/handshake/state.ts';
import type { Turn } from '../../../src/handshake/turn.ts';
import { allVariants, type KindVariant } from '../../handshake/kinds.ts';
import {
  begin,
  type Done,
  done,
  type End,
  type EndOptions,
  initiatingEnd,
  message4Of,
  repeatable,
  type Sent,
  sent,
  signed,
  terminatingEnd,
} from '../../handshake/lab.ts';
import type { Transcript } from '../../handshake/transcript.ts';

export interface RecordedProcedure {
  readonly variant: KindVariant;
  readonly time: Date;
  readonly initiating: End;
  readonly terminating: End;
  /** Messages 1 to 4. */
  readonly messages: readonly [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  readonly turn1: Sent;
  readonly turn2: Sent;
  readonly turn3: Sent;
  readonly turn4: Done;
  /** States of all pauses, in the order in which they are come to. */
  readonly pauses: readonly State[];
  /** Of message 3 and of message 4. */
  readonly protection: { readonly initiating: RecordProtection; readonly terminating: RecordProtection };
}

const folder = new URL('../../transcripts/', import.meta.url);

/** One of each suite and kind; the small ones first. */
export const procedures: readonly RecordedProcedure[] = readdirSync(folder)
  .filter(name => name.endsWith('.json'))
  .toSorted()
  .map(name => replayed(JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Transcript));

function replayed(transcript: Transcript): RecordedProcedure {
  const variant = allVariants.find(({ name }) => name === transcript.variant);
  if (variant === undefined) throw new Error(`no variant is called ${transcript.variant}`);
  const a = recordedEnd(initiatingEnd, variant.initiating, transcript.initiating);
  const b = recordedEnd(terminatingEnd, variant.terminating, transcript.terminating);
  const time = new Date(transcript.time);
  const pauses: State[] = [];
  const paused = (turn: Turn): Turn => {
    if (turn.kind === 'sign' || turn.kind === 'need' || turn.kind === 'send') pauses.push(turn.state);
    return turn;
  };
  const read = (end: End, { state }: Sent, message: Uint8Array) =>
    signed(end, paused(advance(end.profile, state, { message, time })));
  const turn1 = begin(a, variant);
  pauses.push(turn1.state);
  const turn2 = sent(signed(b, paused(accept(b.profile, turn1.message))));
  pauses.push(turn2.state);
  const turn3 = sent(read(a, turn1, turn2.message));
  pauses.push(turn3.state);
  const turn4 = done(read(b, turn2, turn3.message));
  const { state: waiting } = turn3;
  if (waiting.waitingFor !== 'message 4') throw new Error(`message 3 was followed by ${waiting.waitingFor}`);
  const { suite, encryptThenMac, randoms } = waiting.negotiated;
  const { client, server } = trafficKeys(suite, waiting.masterSecret, randoms);
  return {
    variant,
    time,
    initiating: initiatingEnd({ ...variant.initiating, random: repeatable('fuzzed initiating') }),
    terminating: terminatingEnd({ ...variant.terminating, random: repeatable('fuzzed terminating') }),
    messages: [turn1.message, turn2.message, turn3.message, message4Of(turn4)],
    turn1,
    turn2,
    turn3,
    turn4,
    pauses: [...new Set(pauses)],
    protection: {
      initiating: { suite, encryptThenMac, keys: client },
      terminating: { suite, encryptThenMac, keys: server },
    },
  };
}

/** An end-point that draws and signs what was recorded. */
function recordedEnd(
  make: (options: EndOptions) => End,
  options: EndOptions,
  { randomness, signature }: Transcript['initiating'],
): End {
  const left = [...randomness];
  const honest = make({ ...options, random: () => Buffer.from(left.shift() ?? '', 'hex') });
  return { ...honest, sign: () => Buffer.from(signature?.signature.join('') ?? '', 'hex') };
}
