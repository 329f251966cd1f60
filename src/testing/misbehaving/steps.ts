// The steps of a script: what is said, and what is done to the records that carry it. A step is the name of a message,
// which is then right for its place, or one of the functions below around it.
import { protect } from '../../crypto/record-protection.ts';
import { Secret } from '../../crypto/secrets.ts';
import { decode } from '../../wire/codec.ts';
import {
  encodeMessage,
  type HandshakeMessage,
  handshakeHeaderSize,
  messageName,
} from '../../wire/messages.ts';
import { contentType, tls12 } from '../../wire/numbers.ts';
import { maxPlaintext } from '../../wire/records.ts';
import { contents, type MessageName } from './contents.ts';
import type { Knowledge } from './knowledge.ts';

/** A record before it is protected. */
export interface Piece {
  readonly type: number;
  readonly version: number;
  readonly fragment: Uint8Array;
  /** What comes after it is protected with the keys as they are known here. */
  readonly changesKeys?: boolean;
  /** Not protected, whatever was said before. */
  readonly inTheClear?: boolean;
  /** One record, however long. */
  readonly undivided?: boolean;
  /** What becomes of its bytes on the wire, header and all. */
  readonly alter?: (bytes: Uint8Array) => Uint8Array;
}

/** A message as it ought to be at its point, ChangeCipherSpec, or what a function of this file makes. */
export type Step = MessageName | 'ChangeCipherSpec' | Saying;
export type Saying = (knowledge: Knowledge) => readonly Piece[];

/** An honest flight into another one. */
export type Edit = (honest: readonly Step[]) => readonly Step[];

/** What a step puts on the wire; the knowledge goes on as if it had been right to say it. */
export function piecesOf(step: Step, knowledge: Knowledge): readonly Piece[] {
  if (typeof step === 'function') return step(knowledge);
  if (step === 'ChangeCipherSpec') return changeCipherSpec()(knowledge);
  const bytes = contents[step](knowledge);
  // RFC 5246 §7.4.1.1: HelloRequest is in no transcript.
  if (step !== 'HelloRequest') knowledge.say(bytes, 'us');
  return [handshakeRecord(bytes)];
}

/** The message of this layout with another content; it stands so in the transcript. */
export function changed<T>(layout: HandshakeMessage<T>, edit: (value: T, knowledge: Knowledge) => T): Saying {
  return knowledge => {
    const honest = contents[nameOf(layout.type)](knowledge).subarray(handshakeHeaderSize);
    const bytes = encodeMessage(layout, edit(decode(layout.body, honest), knowledge));
    knowledge.say(bytes, 'us');
    return [handshakeRecord(bytes)];
  };
}

/** The message with other bytes, header and all; it is still understood as the right one. */
export function rewritten(
  name: MessageName,
  edit: (message: Uint8Array, knowledge: Knowledge) => Uint8Array,
): Saying {
  return knowledge => {
    const honest = contents[name](knowledge);
    const bytes = edit(honest, knowledge);
    knowledge.say(bytes, 'us', honest);
    return [handshakeRecord(bytes)];
  };
}

/** Any handshake message, by its type and body. */
export function handshakeMessage(type: number, body: Uint8Array): Saying {
  return knowledge => {
    const bytes = Buffer.concat([Buffer.of(type, body.length >> 16, body.length >> 8, body.length), body]);
    knowledge.say(bytes, 'us', nothing);
    return [handshakeRecord(bytes)];
  };
}

/** ChangeCipherSpec with another body, or without changing the keys behind it. */
export function changeCipherSpec({
  body = Uint8Array.of(1),
  changesKeys = true,
}: {
  readonly body?: Uint8Array;
  readonly changesKeys?: boolean;
} = {}): Saying {
  return () => [{ type: contentType.changeCipherSpec, version: tls12, fragment: body, changesKeys }];
}

/** An alert of either level (1 warning, 2 fatal), by its AlertDescription number. */
export function alert(level: number, description: number): Saying {
  return () => [{ type: contentType.alert, version: tls12, fragment: Uint8Array.of(level, description) }];
}

/** A record of any type with any content. */
export function record(type: number, fragment: Uint8Array): Saying {
  return () => [{ type, version: tls12, fragment }];
}

/** Said for the transcript, and not sent. */
export function unsent(step: Step): Saying {
  return knowledge => {
    piecesOf(step, knowledge);
    return [];
  };
}

/** Sent, and not said for the transcript. */
export function unsaid(step: Step): Saying {
  return knowledge => piecesOf(step, knowledge.copy());
}

/** Other content for every record of a step; the transcript has it as it would have been. */
export function recordOf(step: Step, edit: (fragment: Uint8Array) => Uint8Array): Saying {
  return everyPiece(step, ({ fragment, ...rest }) => [{ ...rest, fragment: edit(fragment) }]);
}

/** Protected by hand, with this sequence number and with the keys of either side, whether or not they are in use. */
export function sealed(
  step: Step,
  { sequence = 0, by = 'us' }: { readonly sequence?: number; readonly by?: 'us' | 'them' } = {},
): Saying {
  return knowledge =>
    piecesOf(step, knowledge).map(({ type, version, fragment }) => ({
      ...protect(knowledge.protectionOf(by), sequence, { type, version, fragment }, knowledge.random),
      inTheClear: true,
    }));
}

/** From here on the keys are those of nobody. */
export function otherKeys(): Saying {
  return knowledge => {
    knowledge.masterSecret = new Secret(knowledge.random(48));
    return [];
  };
}

export function inTheClear(step: Step): Saying {
  return everyPiece(step, piece => [{ ...piece, inTheClear: true }]);
}

export function withVersion(version: number, step: Step): Saying {
  return everyPiece(step, piece => [{ ...piece, version }]);
}

/** Its records changed as they are on the wire, after they were protected. */
export function altered(step: Step, alter: (bytes: Uint8Array) => Uint8Array): Saying {
  return everyPiece(step, piece => [{ ...piece, alter }]);
}

/** Split behind so many bytes of content. */
export function splitAt(size: number, step: Step): Saying {
  return everyPiece(step, ({ fragment, ...rest }) => [
    { ...rest, fragment: fragment.subarray(0, size) },
    { ...rest, fragment: fragment.subarray(size) },
  ]);
}

/** In records of so many bytes of content, the last of what is left. */
export function inRecordsOf(size: number, step: Step): Saying {
  return everyPiece(step, ({ fragment, ...rest }) =>
    Array.from({ length: Math.ceil(fragment.length / size) }, (_, index) => ({
      ...rest,
      fragment: fragment.subarray(index * size, (index + 1) * size),
    })),
  );
}

/** One record for each message, also above the 2^14 bytes that RFC 5246 §6.2.1 allows. */
export function undivided(step: Step): Saying {
  return everyPiece(step, piece => [{ ...piece, undivided: true }]);
}

/** Several messages in one record. */
export function inOneRecord(...steps: readonly Step[]): Saying {
  return knowledge => {
    const pieces = steps.flatMap(step => piecesOf(step, knowledge));
    return [handshakeRecord(Buffer.concat(pieces.map(({ fragment }) => fragment)))];
  };
}

/** Another step between the first part of a message, of so many bytes, and the rest of it. */
export function interrupted(step: Step, size: number, by: Step): Saying {
  return knowledge => {
    const [first, second, ...rest] = splitAt(size, step)(knowledge);
    const between = piecesOf(by, knowledge);
    return [first, ...between, second, ...rest].filter(piece => piece !== undefined);
  };
}

export function without(...steps: readonly Step[]): Edit {
  return honest => honest.filter(step => !steps.includes(step));
}

export function instead(of: Step, ...steps: readonly Step[]): Edit {
  return honest => honest.flatMap(step => (step === of ? steps : [step]));
}

export function twice(of: Step): Edit {
  return instead(of, of, of);
}

export function before(of: Step, ...steps: readonly Step[]): Edit {
  return instead(of, ...steps, of);
}

export function after(of: Step, ...steps: readonly Step[]): Edit {
  return instead(of, of, ...steps);
}

export function swapped(one: Step, other: Step): Edit {
  return honest => honest.map(step => (step === one ? other : step === other ? one : step));
}

/** The whole flight and then something else. */
export function followedBy(...steps: readonly Step[]): Edit {
  return honest => [...honest, ...steps];
}

const nothing = new Uint8Array();

function handshakeRecord(fragment: Uint8Array): Piece {
  return { type: contentType.handshake, version: tls12, fragment };
}

function everyPiece(step: Step, change: (piece: Piece) => readonly Piece[]): Saying {
  return knowledge => piecesOf(step, knowledge).flatMap(change);
}

function nameOf(type: number): MessageName {
  const name = messageName(type);
  if (!(name in contents)) throw new RangeError(`${name} is no message that a misbehaving peer can make`);
  return name as MessageName;
}

/** A handshake message of more than one record's size travels in several. */
export function inRecords({ fragment, ...rest }: Piece): readonly Piece[] {
  if (rest.alter || rest.undivided || rest.type !== contentType.handshake || fragment.length <= maxPlaintext)
    return [{ ...rest, fragment }];
  const pieces: Piece[] = [];
  for (let start = 0; start < fragment.length; start += maxPlaintext)
    pieces.push({ ...rest, fragment: fragment.subarray(start, start + maxPlaintext) });
  return pieces;
}
