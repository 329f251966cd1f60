// The E2EKey procedure (TS-0003 8.7), both roles: start here. A handshake is a value and a step is a function,
// `(profile, state, input) → turn`; no sockets, no clocks, nothing that waits. The four messages are to be read
// from top to bottom in initiating.ts and terminating.ts.
import {
  readMessage2,
  readMessage4,
  writeMessage1,
  writeMessage3,
  writePresharedMessage3,
} from './initiating.ts';
import type { Profile } from './profile.ts';
import { type State, wrongInput } from './state.ts';
import { readMessage1, readMessage3, readPresharedMessage3, writeMessage2 } from './terminating.ts';
import type { Input, Turn } from './turn.ts';

/**
 * Begins the procedure as initiating end-point: message 1.
 *
 * @example
 * ```ts
 * import { initiate, advance, type Profile, type Turn } from 'e2ekey/handshake';
 * declare const profile: Profile;
 * declare function exchange(message: Uint8Array): Uint8Array;
 * declare function sign(scheme: number, bytes: Uint8Array): Uint8Array;
 * let turn: Turn = initiate(profile);
 * while (turn.kind === 'send' || turn.kind === 'sign')
 *   turn = turn.kind === 'send'
 *     ? advance(profile, turn.state, { message: exchange(turn.message), time: new Date() })
 *     : advance(profile, turn.state, { signature: sign(turn.scheme, turn.bytes) });
 * if (turn.kind === 'done') console.log(turn.session.peer.id);
 * ```
 */
export function initiate(profile: Profile): Turn {
  return writeMessage1(profile);
}

/**
 * Begins the procedure as terminating end-point with message 1. Costs a key pair and a signature for bytes that
 * anybody may send: the caller bounds how often.
 *
 * @throws E2EKeyError with a row of the fault table for every message that is not to be answered.
 */
export function accept(profile: Profile, message1: Uint8Array): Turn {
  return readMessage1(profile, message1);
}

/**
 * The next step of either role. The same state and input give the same turn, up to fresh randomness; the state
 * is not changed, and whoever keeps it wipes it (`wipeState`) when it is not gone on from.
 *
 * @throws E2EKeyError with a row of the fault table; the handshake is over then.
 */
export function advance(profile: Profile, state: State, input: Input): Turn {
  if ('signature' in input) {
    switch (state.waitingFor) {
      case 'signature over message 2':
        return writeMessage2(profile, state, input);
      case 'signature over message 3':
        return writeMessage3(profile, state, input);
      default:
        return wrongInput(state, 'a signature');
    }
  }
  if ('presharedKey' in input) {
    switch (state.waitingFor) {
      case 'pre-shared key for message 3':
        return writePresharedMessage3(profile, state, input);
      case 'pre-shared key for message 4':
        return readPresharedMessage3(profile, state, input);
      default:
        return wrongInput(state, 'a pre-shared key');
    }
  }
  switch (state.waitingFor) {
    case 'message 2':
      return readMessage2(profile, state, input);
    case 'message 3':
      return readMessage3(profile, state, input);
    case 'message 4':
      return readMessage4(profile, state, input);
    default:
      return wrongInput(state, 'a message');
  }
}
