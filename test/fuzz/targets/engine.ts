// The handshake in every pause in which it waits for bytes of the peer, with every kind of credential: only codes that
// blame the peer come out, and a Session only for what the honest peer wrote, in whatever records.
import { type RecordProtection, unprotect } from '../../../src/crypto/record-protection.ts';
import { accept, advance } from '../../../src/handshake/handshake.ts';
import type { Turn } from '../../../src/handshake/turn.ts';
import { contentType } from '../../../src/wire/numbers.ts';
import { readRecords } from '../../../src/wire/records.ts';
import { type End, exported } from '../../handshake/lab.ts';
import { flights } from '../corpus.ts';
import type { Part } from '../part.ts';
import { type Target, Violation } from '../target.ts';
import { flightPart } from '../wire-parts.ts';
import { procedures, type RecordedProcedure } from './procedures.ts';

/** What the peer of each message protects with. */
const protectionOf = ({ protection }: RecordedProcedure, ordinal: number): RecordProtection | null =>
  ordinal === 3 ? protection.initiating : ordinal === 4 ? protection.terminating : null;

/** Flights of other procedures: a peer may send any of them, and parts of them are put into this one. */
const others: readonly Part[] = flights.map(flight => flightPart(flight));

export const engineTargets: readonly Target[] = procedures.flatMap(procedure =>
  procedure.messages.map((honest, index): Target => {
    const ordinal = index + 1;
    const protection = protectionOf(procedure, ordinal);
    const expected = ordinal > 2 ? essence(honest, protection) : null;
    return {
      name: `engine, message ${ordinal}: ${procedure.variant.name}`,
      group: 'messages',
      weight: 2,
      seeds: [flightPart(honest, protection)],
      spares: [...of(procedure), ...others],
      // Whole flights that are due at another time or in another procedure.
      draw: draw => draw.one(draw.oneIn(2) ? of(procedure) : others),
      refuses: ({ blame, code }) => blame === 'peer' && code !== 'PENDING_UNKNOWN',
      take: bytes => {
        const turn = settled(
          ordinal % 2 === 1 ? procedure.terminating : procedure.initiating,
          read(procedure, ordinal, bytes),
        );
        if (turn.kind === 'done') {
          if (expected === null || essence(bytes, protection) !== expected)
            throw new Violation('a Session for a message that the honest peer did not write');
          if (Buffer.compare(exported(turn.session), exported(procedure.turn4.session)) !== 0)
            throw new Violation('a Session with another key than the honest peer has');
          return 'a Session';
        }
        if (turn.kind !== 'send') throw new Violation(`the turn is ${turn.kind}`);
        return `answered with message ${ordinal + 1}`;
      },
    };
  }),
);

/** Its own four messages. */
function of(procedure: RecordedProcedure): readonly Part[] {
  return procedure.messages.map((flight, at) => flightPart(flight, protectionOf(procedure, at + 1)));
}

function read(procedure: RecordedProcedure, ordinal: number, message: Uint8Array): Turn {
  const { initiating, terminating, turn1, turn2, turn3, time } = procedure;
  switch (ordinal) {
    case 1:
      return accept(terminating.profile, message);
    case 2:
      return advance(initiating.profile, turn1.state, { message, time });
    case 3:
      return advance(terminating.profile, turn2.state, { message, time });
    default:
      return advance(initiating.profile, turn3.state, { message, time });
  }
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

/** What a message says whatever records it travels in: the handshake bytes before and behind ChangeCipherSpec. */
function essence(message: Uint8Array, protection: RecordProtection | null): string {
  const clear: Uint8Array[] = [];
  const hidden: Uint8Array[] = [];
  let sequence: number | null = null;
  for (const record of readRecords(message)) {
    const fragment =
      sequence === null || protection === null ? record.fragment : unprotect(protection, sequence++, record);
    if (record.type === contentType.changeCipherSpec) sequence = 0;
    if (record.type === contentType.handshake) (sequence === null ? clear : hidden).push(fragment);
  }
  return [clear, hidden].map(pieces => Buffer.concat(pieces).toString('hex')).join(' ');
}
