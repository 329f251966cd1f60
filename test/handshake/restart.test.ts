// Every pause survives a restart: the state is written to bytes, everything else is dropped, and the end-point
// goes on from the bytes with profiles that were made anew.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accept, advance } from '../../src/handshake/handshake.ts';
import { decodeState, encodeState, type State, wipeState } from '../../src/handshake/state.ts';
import type { Turn } from '../../src/handshake/turn.ts';
import { exportPairwiseE2EKey } from '../../src/keys/pairwise-e2e-key.ts';
import {
  begin,
  type End,
  initiatingEnd,
  message4Of,
  repeatable,
  terminatingEnd,
  time,
  variants,
} from './lab.ts';

for (const variant of variants)
  test(`a procedure goes on from stored states at each of its pauses: ${variant.name}`, () => {
    const { suite } = variant;
    let processes = 0;
    const initiating = () =>
      initiatingEnd({ suites: [suite], random: repeatable(`initiating ${processes++}`) });
    const terminating = () =>
      terminatingEnd({ suites: [suite], random: repeatable(`terminating ${processes++}`) });

    const turn1 = begin(initiating(), variant);
    const stored1 = stored(turn1.state, 'message 2');
    const asked2 = accept(terminating().profile, turn1.message);
    const turn2 = signedAfterRestart(terminating, asked2, 'signature over message 2');
    const stored2 = stored(turn2.state, 'message 3');
    const asked3 = advance(initiating().profile, decodeState(stored1), { message: turn2.message, time });
    const turn3 = signedAfterRestart(initiating, asked3, 'signature over message 3');
    const stored3 = stored(turn3.state, 'message 4');
    const turn4 = advance(terminating().profile, decodeState(stored2), { message: turn3.message, time });
    assert.ok(turn4.kind === 'done');
    const end = advance(initiating().profile, decodeState(stored3), { message: message4Of(turn4), time });
    assert.ok(end.kind === 'done');

    const life = { now: time, lifetime: 1000, confirmation: 1000 };
    const [ours, theirs] = [end, turn4].map(({ session }) => exportPairwiseE2EKey(session, life));
    assert.ok(ours && theirs);
    assert.equal(ours.id, theirs.id);
    assert.deepEqual(ours.secret.export(), theirs.secret.export());
    assert.deepEqual(
      [ours.entity, theirs.entity],
      ['//m2m.example.com/cse-b', '//m2m.example.com/cse-a/Cae1'],
    );
    assert.equal(ours.exportIndicator, true);
  });

/** The state's bytes; the state itself is wiped, so that nothing can go on from it by chance. */
function stored(state: State, waitingFor: State['waitingFor']): Uint8Array {
  assert.equal(state.waitingFor, waitingFor);
  const bytes = encodeState(state);
  wipeState(state);
  return bytes;
}

/** The signature may take longer than the process that asked for it. */
function signedAfterRestart(end: () => End, turn: Turn, waitingFor: State['waitingFor']) {
  assert.ok(turn.kind === 'sign');
  const bytes = stored(turn.state, waitingFor);
  const signature = end().sign(turn.scheme, turn.bytes);
  const next = advance(end().profile, decodeState(bytes), { signature });
  assert.ok(next.kind === 'send');
  return next;
}
