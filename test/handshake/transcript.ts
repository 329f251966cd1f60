// Golden transcripts: one whole procedure with everything that went into it, so that both end-points can be run
// again and must write the same bytes. Made by scripts/record-transcripts.ts, replayed by golden-transcripts.test.ts.
import assert from 'node:assert/strict';
import { advance } from '../../src/handshake/handshake.ts';
import { annotate } from '../../src/wire/annotate.ts';
import { allVariants, type KindVariant } from './kinds.ts';
import {
  answer,
  begin,
  done,
  type End,
  type EndOptions,
  exported,
  initiatingEnd,
  message4Of,
  repeatable,
  type Sent,
  sent,
  signed,
  terminatingEnd,
  time,
  type Variant,
} from './lab.ts';

/** Bytes in hex, 32 a line. */
type Dump = readonly string[];

interface RecordedEnd {
  /** What it drew, one line a draw. */
  readonly randomness: readonly string[];
  /** Null with a pre-shared key. */
  readonly signature: { readonly scheme: number; readonly bytes: Dump; readonly signature: Dump } | null;
}

export interface Transcript {
  /** Its name in kinds.ts. */
  readonly variant: string;
  readonly time: string;
  readonly initiating: RecordedEnd;
  readonly terminating: RecordedEnd;
  readonly messages: readonly {
    readonly from: 'initiating' | 'terminating';
    readonly holds: readonly string[];
    readonly bytes: Dump;
  }[];
  /** The 48 bytes of TS-0003 Table 10.3.1-1. */
  readonly exported: Dump;
}

/** Of every kind of credential, and of every suite in both orders of MAC and encryption, one. */
export const recordedVariants: readonly KindVariant[] = allVariants.filter(
  ({ kind, suite, encryptThenMac }, index) => {
    const before = allVariants.slice(0, index);
    return (
      !before.some(other => other.kind === kind) ||
      !before.some(other => other.suite === suite && other.encryptThenMac === encryptThenMac)
    );
  },
);

/** Runs a procedure and writes down all of it. */
export function recordTranscript(variant: Variant): Transcript {
  const { name } = variant;
  const initiating = listening(initiatingEnd, variant.initiating, `${name}, initiating`);
  const terminating = listening(terminatingEnd, variant.terminating, `${name}, terminating`);
  const { messages, keys } = run(initiating.end, terminating.end, variant, time);
  assert.deepEqual(keys.initiating, keys.terminating);
  return {
    variant: name,
    time: time.toISOString(),
    initiating: initiating.heard(),
    terminating: terminating.heard(),
    messages: messages.map((message, index) => ({
      from: index % 2 === 0 ? 'initiating' : 'terminating',
      holds: annotate(message).messages,
      bytes: dump(message),
    })),
    exported: dump(keys.initiating),
  };
}

/** Runs a recorded procedure again: both end-points must write what is recorded, byte by byte. */
export function replayTranscript(transcript: Transcript): void {
  const variant = allVariants.find(({ name }) => name === transcript.variant);
  assert.ok(variant, transcript.variant);
  const a = repeating(initiatingEnd, variant.initiating, transcript.initiating);
  const b = repeating(terminatingEnd, variant.terminating, transcript.terminating);
  const { messages, keys } = run(a.end, b.end, variant, new Date(transcript.time));
  assert.deepEqual(
    messages.map(message => ({ holds: annotate(message).messages, bytes: dump(message) })),
    transcript.messages.map(({ holds, bytes }) => ({ holds, bytes })),
  );
  assert.deepEqual(
    [dump(keys.initiating), dump(keys.terminating)],
    [transcript.exported, transcript.exported],
  );
  assert.deepEqual([a.left(), b.left()], [0, 0], 'an end-point drew less randomness than was recorded');
}

function run(a: End, b: End, variant: Pick<Variant, 'encryptThenMac'>, at: Date) {
  const read = (end: End, { state }: Sent, message: Uint8Array) =>
    signed(end, advance(end.profile, state, { message, time: at }));
  const turn1 = begin(a, variant);
  const turn2 = answer(b, turn1.message);
  const turn3 = sent(read(a, turn1, turn2.message));
  const turn4 = done(read(b, turn2, turn3.message));
  const message4 = message4Of(turn4);
  const end = done(read(a, turn3, message4));
  return {
    messages: [turn1.message, turn2.message, turn3.message, message4],
    keys: { initiating: exported(end.session), terminating: exported(turn4.session) },
  };
}

type MakeEnd = (options: EndOptions) => End;

/** An end-point, and what it drew and signed. */
function listening(make: MakeEnd, options: EndOptions, seed: string) {
  const source = repeatable(seed);
  const randomness: string[] = [];
  let signature: RecordedEnd['signature'] = null;
  const honest = make({
    ...options,
    random: size => {
      const bytes = source(size);
      randomness.push(Buffer.from(bytes).toString('hex'));
      return bytes;
    },
  });
  const end: End = {
    ...honest,
    sign: (scheme, bytes) => {
      const made = honest.sign(scheme, bytes);
      signature = { scheme, bytes: dump(bytes), signature: dump(made) };
      return made;
    },
  };
  return { end, heard: () => ({ randomness, signature }) };
}

/** An end-point that draws what was recorded, and signs only the bytes that were recorded. */
function repeating(make: MakeEnd, options: EndOptions, { randomness, signature }: RecordedEnd) {
  const left = [...randomness];
  const honest = make({
    ...options,
    random: size => {
      const bytes = Buffer.from(
        left.shift() ?? assert.fail('an end-point draws more than was recorded'),
        'hex',
      );
      assert.equal(bytes.length, size);
      return bytes;
    },
  });
  const end: End = {
    ...honest,
    sign: (scheme, bytes) => {
      assert.ok(signature, 'an end-point signs where nothing was signed');
      assert.deepEqual([scheme, dump(bytes)], [signature.scheme, signature.bytes]);
      return Buffer.from(signature.signature.join(''), 'hex');
    },
  };
  return { end, left: () => left.length };
}

function dump(bytes: Uint8Array): Dump {
  return (
    Buffer.from(bytes)
      .toString('hex')
      .match(/.{1,64}/g) ?? []
  );
}
