// Every pause survives a restart: the state is written to bytes, everything else is dropped, and the end-point
// goes on from the bytes with profiles that were made anew. Nor does anything hang on the buffers of the messages.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { usesPresharedKey } from '../../src/crypto/suites.ts';
import { accept, advance } from '../../src/handshake/handshake.ts';
import { decodeState, encodeState, type State, wipeState } from '../../src/handshake/state.ts';
import type { Turn } from '../../src/handshake/turn.ts';
import { exportPairwiseE2EKey } from '../../src/keys/pairwise-e2e-key.ts';
import { allVariants, kinds } from './kinds.ts';
import {
  begin,
  done,
  type End,
  exported,
  initiatingEnd,
  message4Of,
  repeatable,
  sent,
  signed,
  terminatingEnd,
  time,
} from './lab.ts';

for (const variant of allVariants)
  test(`a procedure goes on from stored states at each of its pauses: ${variant.name}`, () => {
    const { suite } = variant;
    let processes = 0;
    const initiating = () =>
      initiatingEnd({ ...variant.initiating, random: repeatable(`initiating ${processes++}`) });
    const terminating = () =>
      terminatingEnd({ ...variant.terminating, random: repeatable(`terminating ${processes++}`) });
    const [pause2, pause3, pause4] = usesPresharedKey(suite)
      ? [null, 'pre-shared key for message 3', 'pre-shared key for message 4']
      : ['signature over message 2', 'signature over message 3', null];

    const turn1 = begin(initiating(), variant);
    const stored1 = stored(turn1.state, 'message 2');
    const asked2 = accept(terminating().profile, turn1.message);
    const turn2 = sent(suppliedAfterRestart(terminating, asked2, pause2));
    const stored2 = stored(turn2.state, 'message 3');
    const asked3 = advance(initiating().profile, decodeState(stored1), { message: turn2.message, time });
    const turn3 = sent(suppliedAfterRestart(initiating, asked3, pause3));
    const stored3 = stored(turn3.state, 'message 4');
    const asked4 = advance(terminating().profile, decodeState(stored2), { message: turn3.message, time });
    const turn4 = done(suppliedAfterRestart(terminating, asked4, pause4));
    const end = advance(initiating().profile, decodeState(stored3), { message: message4Of(turn4), time });

    const life = { now: time, lifetime: 1000, confirmation: 1000 };
    const [ours, theirs] = [done(end), turn4].map(({ session }) => exportPairwiseE2EKey(session, life));
    assert.ok(ours && theirs);
    assert.equal(ours.id, theirs.id);
    assert.deepEqual(ours.secret.export(), theirs.secret.export());
    assert.deepEqual(
      [ours.entity, theirs.entity],
      ['//m2m.example.com/cse-b', '//m2m.example.com/cse-a/Cae1'],
    );
    for (const key of [ours, theirs]) {
      assert.equal(key.exportIndicator, true);
      assert.equal(key.by, usesPresharedKey(suite) ? 'psk' : 'certificate');
      assert.deepEqual(
        [key.forwardSecrecy, key.group],
        [variant.group !== null, variant.group?.name ?? null],
      );
    }
  });

for (const variant of kinds)
  test(`a step keeps nothing of the buffer that its message was in: ${variant.kind}`, () => {
    const [a, b] = [initiatingEnd(variant.initiating), terminatingEnd(variant.terminating)];
    /** The caller uses his buffer again before what the turn asks for is there. */
    const step = (end: End, message: Uint8Array, read: (buffer: Uint8Array) => Turn) => {
      const buffer = Uint8Array.from(message);
      const turn = read(buffer);
      buffer.fill(0);
      return signed(end, turn);
    };
    const next =
      ({ profile }: End, state: State) =>
      (message: Uint8Array) =>
        advance(profile, state, { message, time });
    const turn1 = begin(a, variant);
    const turn2 = sent(step(b, turn1.message, message => accept(b.profile, message)));
    const turn3 = sent(step(a, turn2.message, next(a, turn1.state)));
    const turn4 = done(step(b, turn3.message, next(b, turn2.state)));
    const end = done(step(a, message4Of(turn4), next(a, turn3.state)));
    assert.deepEqual(exported(end.session), exported(turn4.session));
  });

/** The state's bytes; the state itself is wiped, so that nothing can go on from it by chance. */
function stored(state: State, waitingFor: string | null): Uint8Array {
  assert.equal(state.waitingFor, waitingFor);
  const bytes = encodeState(state);
  wipeState(state);
  return bytes;
}

/** What a turn asks for may take longer than the process that asked for it; null where it asks for nothing. */
function suppliedAfterRestart(end: () => End, turn: Turn, waitingFor: string | null): Turn {
  if (turn.kind !== 'sign' && turn.kind !== 'need') {
    assert.equal(waitingFor, null);
    return turn;
  }
  const bytes = stored(turn.state, waitingFor);
  const { profile, sign, presharedKey } = end();
  const input = turn.kind === 'sign' ? { signature: sign(turn.scheme, turn.bytes) } : { presharedKey };
  return advance(profile, decodeState(bytes), input);
}
