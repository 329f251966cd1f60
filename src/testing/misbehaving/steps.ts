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

/**
 * What a step puts on the wire; the knowledge goes on as if it had been right to say it.
 *
 * @throws RangeError for the name of no message.
 */
export function piecesOf(step: Step, knowledge: Knowledge): readonly Piece[] {
  if (typeof step === 'function') return step(knowledge);
  if (step === 'ChangeCipherSpec') return changeCipherSpec()(knowledge);
  const bytes = contentOf(step, knowledge);
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
    const honest = contentOf(name, knowledge);
    const bytes = edit(honest, knowledge);
    knowledge.say(bytes, 'us', honest);
    return [handshakeRecord(bytes)];
  };
}

/**
 * Any handshake message, by its type and body.
 *
 * @throws RangeError for a type that is no byte, or a body of 2^24 bytes or more.
 */
export function handshakeMessage(type: number, body: Uint8Array): Saying {
  inRange('type', type, 0, maxUint8);
  inRange('body.length', body.length, 0, maxUint24);
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

/**
 * An alert of either level (1 warning, 2 fatal), by its AlertDescription number.
 *
 * @throws RangeError for what is no byte.
 */
export function alert(level: number, description: number): Saying {
  inRange('level', level, 0, maxUint8);
  inRange('description', description, 0, maxUint8);
  return () => [{ type: contentType.alert, version: tls12, fragment: Uint8Array.of(level, description) }];
}

/**
 * A record of any type with any content.
 *
 * @throws RangeError for a type that is no byte, or a fragment of more than 65,535 bytes.
 */
export function record(type: number, fragment: Uint8Array): Saying {
  inRange('type', type, 0, maxUint8);
  inRange('fragment.length', fragment.length, 0, maxUint16);
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

/** Not protected, whether or not the keys are in use. */
export function inTheClear(step: Step): Saying {
  return everyPiece(step, piece => [{ ...piece, inTheClear: true }]);
}

/**
 * Its records with this version, as `0x0301`.
 *
 * @throws RangeError for what has not two bytes.
 */
export function withVersion(version: number, step: Step): Saying {
  inRange('version', version, 0, maxUint16);
  return everyPiece(step, piece => [{ ...piece, version }]);
}

/** Its records changed as they are on the wire, after they were protected. */
export function altered(step: Step, alter: (bytes: Uint8Array) => Uint8Array): Saying {
  return everyPiece(step, piece => [{ ...piece, alter }]);
}

/**
 * Each record split behind so many bytes of content; one record where it has fewer.
 *
 * @throws RangeError for a size that is no number of bytes.
 */
export function splitAt(size: number, step: Step): Saying {
  inRange('size', size, 0, maxUint16);
  return everyPiece(step, ({ fragment, ...rest }) =>
    size > fragment.length
      ? [{ ...rest, fragment }]
      : [
          { ...rest, fragment: fragment.subarray(0, size) },
          { ...rest, fragment: fragment.subarray(size) },
        ],
  );
}

/**
 * In records of so many bytes of content, the last of what is left.
 *
 * @throws RangeError for a size that is no number of bytes, or 0.
 */
export function inRecordsOf(size: number, step: Step): Saying {
  inRange('size', size, 1, maxUint16);
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

/**
 * Several messages in one record. Said, it throws a RangeError for a step that is no handshake record: a record has one
 * type.
 */
export function inOneRecord(...steps: readonly Step[]): Saying {
  return knowledge => {
    const pieces = steps.flatMap(step =>
      piecesOf(step, knowledge).map(piece =>
        piece.type === contentType.handshake
          ? piece
          : wrong(`inOneRecord: ${spelled(step)} has a record of type ${piece.type}, which is no handshake`),
      ),
    );
    return [handshakeRecord(Buffer.concat(pieces.map(({ fragment }) => fragment)))];
  };
}

/**
 * Another step between the first part of a message, of so many bytes, and the rest of it. Said, it throws a RangeError for
 * a message that has no more than that.
 */
export function interrupted(step: Step, size: number, by: Step): Saying {
  const split = splitAt(size, step);
  return knowledge => {
    const [first, second, ...rest] = split(knowledge);
    if (second === undefined) wrong(`interrupted: ${spelled(step)} has not ${size} bytes`);
    const between = piecesOf(by, knowledge);
    return [first, ...between, second, ...rest].filter(piece => piece !== undefined);
  };
}

/** Leaves these out. The edit throws a RangeError for one that the flight has not, like the ones below. */
export function without(...steps: readonly Step[]): Edit {
  return honest => having(steps, honest).filter(step => !steps.includes(step));
}

/** These in the place of one. */
export function instead(of: Step, ...steps: readonly Step[]): Edit {
  return honest => having([of], honest).flatMap(step => (step === of ? steps : [step]));
}

/** Says it again. */
export function twice(of: Step): Edit {
  return instead(of, of, of);
}

/** Puts these before one. */
export function before(of: Step, ...steps: readonly Step[]): Edit {
  return instead(of, ...steps, of);
}

/** Puts these behind one. */
export function after(of: Step, ...steps: readonly Step[]): Edit {
  return instead(of, of, ...steps);
}

/** Each in the place of the other. */
export function swapped(one: Step, other: Step): Edit {
  return honest =>
    having([one, other], honest).map(step => (step === one ? other : step === other ? one : step));
}

/** The whole flight and then something else. */
export function followedBy(...steps: readonly Step[]): Edit {
  return honest => [...honest, ...steps];
}

const nothing = new Uint8Array();
const [maxUint8, maxUint16, maxUint24] = [0xff, 0xffff, 0xff_ffff];

/** An edit of what is not there would leave the flight honest, and whoever is tested with it would pass. */
function having(steps: readonly Step[], honest: readonly Step[]): readonly Step[] {
  for (const step of steps)
    if (!honest.includes(step))
      wrong(`${spelled(step)} is no step of this flight, which is ${honest.map(spelled).join(', ')}`);
  return honest;
}

function contentOf(name: MessageName, knowledge: Knowledge): Uint8Array {
  // Scripts are not always type-checked.
  if (!Object.hasOwn(contents, name))
    wrong(`${String(name)} is no step: there are ${Object.keys(contents).join(', ')} and ChangeCipherSpec`);
  return contents[name](knowledge);
}

function spelled(step: Step): string {
  return typeof step === 'function' ? 'a step made by a function' : step;
}

/** What has no room in its field would be sent as another value. */
function inRange(argument: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most)
    wrong(`${argument}: ${value} is no whole number from ${least} to ${most}`);
}

function wrong(sentence: string): never {
  throw new RangeError(sentence);
}

function handshakeRecord(fragment: Uint8Array): Piece {
  return { type: contentType.handshake, version: tls12, fragment };
}

function everyPiece(step: Step, change: (piece: Piece) => readonly Piece[]): Saying {
  return knowledge => piecesOf(step, knowledge).flatMap(change);
}

function nameOf(type: number): MessageName {
  const name = messageName(type);
  return Object.hasOwn(contents, name)
    ? (name as MessageName)
    : wrong(`${name} is no message that a misbehaving peer can make`);
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
