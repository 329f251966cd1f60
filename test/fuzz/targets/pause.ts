// A pause of the handshake in which it waits for bytes of the peer, as a target: only codes that blame the peer come
// out, an answer only for handshake messages, each in the transcript, and a Session only for what an honest peer may
// write, in whatever records.
import type { RecordProtection } from '../../../src/crypto/record-protection.ts';
import { accept, advance } from '../../../src/handshake/handshake.ts';
import type { State } from '../../../src/handshake/state.ts';
import type { Turn } from '../../../src/handshake/turn.ts';
import { contentType, tls12 } from '../../../src/wire/numbers.ts';
import { type End, exported } from '../../handshake/lab.ts';
import { essence, runsOf } from '../essence.ts';
import { type Target, Violation } from '../target.ts';

export interface Pause {
  readonly end: End;
  /** Null where message 1 is waited for. */
  readonly state: State | null;
  readonly time: Date;
}

/** A flight that a Session may come of, and the 48 bytes that the peer has then. */
export interface Finishing {
  readonly flight: Uint8Array;
  readonly protection: RecordProtection;
  readonly exported: Uint8Array;
}

export function pauseTarget(
  pause: Pause,
  finishing: readonly Finishing[],
  target: Pick<Target, 'name' | 'weight' | 'seeds' | 'spares' | 'draw'>,
): Target {
  const finished = finishing.map(({ flight, ...rest }) => ({
    ...rest,
    essence: essence(flight, rest.protection),
  }));
  return {
    ...target,
    group: 'messages',
    refuses: ({ blame, code }) => blame === 'peer' && code !== 'PENDING_UNKNOWN',
    take: bytes => {
      const turn = settled(pause.end, turnIn(pause, bytes));
      if (turn.kind === 'send') {
        checkAnswered(pause, bytes, turn.state);
        return `answered, waiting for ${turn.state.waitingFor}`;
      }
      if (turn.kind !== 'done') throw new Violation(`the turn is ${turn.kind}`);
      const said = finished.filter(each => essence(bytes, each.protection) === each.essence);
      if (said.length === 0)
        throw new Violation('a Session for a message that the honest peer did not write');
      const key = exported(turn.session);
      if (!said.some(each => Buffer.compare(each.exported, key) === 0))
        throw new Violation('a Session with another key than the honest peer has');
      return 'a Session';
    },
  };
}

/** What an end-point makes of these bytes. */
function turnIn({ end, state, time }: Pause, message: Uint8Array): Turn {
  return state === null ? accept(end.profile, message) : advance(end.profile, state, { message, time });
}

/** Any bytes do for our own signature: nobody reads it here, and a real one is the most expensive step. */
const anySignature = Buffer.alloc(70, 0x30);

function settled({ profile, presharedKey }: End, turn: Turn): Exclude<Turn, { kind: 'sign' | 'need' }> {
  let next = turn;
  for (;;) {
    if (next.kind === 'sign') next = advance(profile, next.state, { signature: anySignature });
    else if (next.kind === 'need') next = advance(profile, next.state, { presharedKey });
    else return next;
  }
}

/** Messages 1 and 2 change no keys: nothing but handshake messages is in them. */
function checkAnswered({ state: before }: Pause, bytes: Uint8Array, { transcript }: State): void {
  const runs = runsOf(bytes, null);
  if (runs.some(({ type, bytes: content }) => type !== contentType.handshake || content.length === 0))
    throw new Violation('an answer to a flight with other records than the handshake');
  // RFC 5246 E.1: ClientHello alone may travel in records of another version.
  if (before !== null && runs.some(({ version }) => version !== tls12))
    throw new Violation('an answer to a flight in records of another version');
  const said = Buffer.concat(
    [before?.transcript ?? '', ...runs.map(run => run.bytes)].map(each => Buffer.from(each)),
  );
  if (Buffer.compare(transcript.subarray(0, said.length), said) !== 0)
    throw new Violation('an answer whose transcript is not what was said');
}
