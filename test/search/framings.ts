// How the messages of a flight stand in records. A flight is a value: what is said next makes another one, and the one
// before can go on differently.
import type { MisbehavingPeer } from '../../src/testing/misbehaving/peer.ts';
import { type Piece, piecesOf, type Step } from '../../src/testing/misbehaving/steps.ts';
import { contentType } from '../../src/wire/numbers.ts';

export const framings = {
  alone: 'each message in a record of its own',
  together: 'as many messages in one record as fit',
  halved: 'each message in two records, each record with the halves of two neighbours',
} as const;

export type Framing = keyof typeof framings;

export interface Flight {
  readonly peer: MisbehavingPeer;
  readonly records: Uint8Array;
  /** Handshake messages that are said and not yet in a record. */
  readonly open: readonly Piece[];
}

export function emptyFlight(peer: MisbehavingPeer): Flight {
  return { peer, records: new Uint8Array(), open: [] };
}

export function say({ peer: before, records, open }: Flight, step: Step, framing: Framing): Flight {
  const peer = before.copy();
  let pieces: readonly Piece[] = [];
  const unframed = peer.say(knowledge => {
    pieces = piecesOf(step, knowledge);
    return framing === 'alone' ? pieces : [];
  });
  if (framing === 'alone') return { peer, records: Buffer.concat([records, unframed]), open };
  let flight: Flight = { peer, records, open };
  for (const piece of pieces) flight = add(flight, piece, framing);
  return flight;
}

/** All that was said, as the bytes of its records. */
export function bytesOf({ peer, records, open }: Flight, framing: Framing): Uint8Array {
  return open.length === 0
    ? records
    : Buffer.concat([records, peer.copy().say(() => inRecords(open, framing))]);
}

function add(flight: Flight, piece: Piece, framing: Framing): Flight {
  const { peer, records, open } = flight;
  const [last] = open;
  const isMessage = piece.type === contentType.handshake;
  // Only what is protected alike shares a record.
  if (isMessage && (last === undefined || last.inTheClear === piece.inTheClear))
    return { peer, records, open: [...open, piece] };
  const pieces = [...inRecords(open, framing), ...(isMessage ? [] : [piece])];
  const said = Buffer.concat([records, peer.say(() => pieces)]);
  return { peer, records: said, open: isMessage ? [piece] : [] };
}

function inRecords(messages: readonly Piece[], framing: Framing): readonly Piece[] {
  const [first] = messages;
  if (first === undefined) return [];
  const all = Buffer.concat(messages.map(({ fragment }) => fragment));
  if (framing === 'together') return [{ ...first, fragment: all }];
  const cuts: number[] = [0];
  let start = 0;
  for (const { fragment } of messages) {
    cuts.push(start + (fragment.length >> 1));
    start += fragment.length;
  }
  return cuts.map((from, index) => ({ ...first, fragment: all.subarray(from, cuts[index + 1]) }));
}
