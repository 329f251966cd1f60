// No bit of the four messages may change on the way without an end: whoever flips one gets a refusal, and never
// two end-points with a key that one of them lacks or that differs. Of one variant per kind of credential short
// messages are tried bit by bit and long ones by sample (E2EKEY_RUNS bits each; 300 if absent); of the other variants
// all by a sample of a tenth as many.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E2EKeyError } from '../../src/errors.ts';
import { accept } from '../../src/handshake/handshake.ts';
import { annotate } from '../../src/wire/annotate.ts';
import { allVariants, kinds } from './kinds.ts';
import {
  done,
  exported,
  goOn,
  message4Of,
  type Procedure,
  repeatable,
  runProcedure,
  sent,
  signed,
} from './lab.ts';

/** Bits that the standard has a receiver ignore. They are in no transcript: a record header is not signed. */
const ignored: readonly { ordinal: number; offset: number; clause: string }[] = [
  {
    ordinal: 1,
    offset: 2,
    clause:
      "the low byte of the version of ClientHello's record: 'MUST accept any value {03,XX}' (RFC 5246 E.1)",
  },
];

/** Messages of at most so many bytes are tried whole. */
const short = 200;
const runs = Number(process.env.E2EKEY_RUNS ?? 300);

/** Goes on with the procedure from a changed message; the keys of both ends, if it gets so far. */
const continuations: readonly ((procedure: Procedure, changed: Uint8Array) => Buffer[])[] = [
  ({ initiating, terminating, turn1 }, changed) => {
    const turn2 = sent(signed(terminating, accept(terminating.profile, changed)));
    const turn3 = sent(goOn(initiating, turn1.state, turn2.message));
    const turn4 = done(goOn(terminating, turn2.state, turn3.message));
    const end = done(goOn(initiating, turn3.state, message4Of(turn4)));
    return [exported(turn4.session), exported(end.session)];
  },
  ({ initiating, terminating, turn1, turn2 }, changed) => {
    const turn3 = sent(goOn(initiating, turn1.state, changed));
    const turn4 = done(goOn(terminating, turn2.state, turn3.message));
    const end = done(goOn(initiating, turn3.state, message4Of(turn4)));
    return [exported(turn4.session), exported(end.session)];
  },
  ({ initiating, terminating, turn2, turn3 }, changed) => {
    const turn4 = done(goOn(terminating, turn2.state, changed));
    const end = done(goOn(initiating, turn3.state, message4Of(turn4)));
    return [exported(turn4.session), exported(end.session)];
  },
  ({ initiating, turn3, turn4 }, changed) => {
    const end = done(goOn(initiating, turn3.state, changed));
    return [exported(turn4.session), exported(end.session)];
  },
];

for (const variant of allVariants) {
  const { name, group } = variant;
  // One try takes 5 ms and more with the large curves.
  const inFull = kinds.includes(variant) && (group?.scalarSize ?? 0) <= 32;
  const procedure = runProcedure(variant);
  const { turn1, turn2, turn3, turn4 } = procedure;
  const messages = [turn1.message, turn2.message, turn3.message, message4Of(turn4)];
  for (const [index, message] of messages.entries()) {
    const ordinal = index + 1;
    const goOnWith = continuations[index] ?? assert.fail();

    test(`a flipped bit in message ${ordinal} ends the procedure without a key: ${name}`, () => {
      for (const bit of bitsOf(message, `${name} ${ordinal}`, inFull)) {
        const offset = bit >> 3;
        if (ignored.some(place => place.ordinal === ordinal && place.offset === offset)) continue;
        const changed = Uint8Array.from(message).with(offset, (message[offset] ?? 0) ^ (1 << (bit & 7)));
        try {
          goOnWith(procedure, changed);
        } catch (error) {
          const ours = error instanceof E2EKeyError && error.blame === 'peer';
          assert.ok(ours, `${placeOf(message, offset)}: ${String(error)}`);
          continue;
        }
        assert.fail(`${placeOf(message, offset)}, bit ${bit & 7}: not noticed`);
      }
    });
  }

  test(`the bits that are ignored change no key: ${name}`, () => {
    for (const { ordinal, offset, clause } of ignored) {
      const message = messages[ordinal - 1] ?? assert.fail();
      const goOnWith = continuations[ordinal - 1] ?? assert.fail();
      for (let bit = 0; bit < 8; bit++) {
        const changed = Uint8Array.from(message).with(offset, (message[offset] ?? 0) ^ (1 << bit));
        const [theirs, ours] = goOnWith(procedure, changed);
        assert.deepEqual(theirs, ours, clause);
      }
    }
  });
}

/** All bits of a short message, or a repeatable sample. */
function bitsOf(message: Uint8Array, seed: string, inFull: boolean): Iterable<number> {
  const count = message.length * 8;
  const size = inFull ? runs : Math.ceil(runs / 10);
  if ((inFull && message.length <= short) || size >= count) return Array(count).keys();
  const random = repeatable(seed);
  const sample = new Set<number>();
  while (sample.size < size) sample.add(Buffer.from(random(4)).readUInt32BE() % count);
  return sample;
}

/** The field that a byte belongs to. */
function placeOf(message: Uint8Array, at: number): string {
  const field = annotate(message).fields.findLast(({ offset, size }) => offset <= at && at < offset + size);
  return `byte ${at} (${field?.name ?? 'record'})`;
}
