// An E2EKey Message shown field by field, from the same declarations that read it. Shows what can be read, up to
// the first byte that cannot; judges no order and no cryptography.
import { E2EKeyError, refuse } from '../errors.ts';
import { Alert } from './alerts.ts';
import { decode, Reader, type Shape, type Trace } from './codec.ts';
import {
  HandshakeHeader,
  type HandshakeMessage,
  handshakeHeaderSize,
  message,
  messageName,
} from './messages.ts';
import { contentType, contentTypeNames, versionNames } from './numbers.ts';
import { checkMessageSize, checkRecordHeader, recordHeaderSize } from './records.ts';

/** One field, or one structure that has the deeper lines after it. */
export interface AnnotatedField {
  readonly depth: number;
  readonly name: string;
  /** Where it begins in the message, and how many bytes it has; a field cut over records counts its own bytes only. */
  readonly offset: number;
  readonly size: number;
  /** null for a structure. */
  readonly value: string | null;
  readonly clause: string | null;
}

export interface Annotation {
  readonly fields: readonly AnnotatedField[];
  /** The names of the TLS messages in it, in order; one that is cut off is not among them. */
  readonly messages: readonly string[];
  /** Why the rest cannot be read, if it cannot; an offset in it counts from the structure named first. */
  readonly problem: string | null;
}

export function annotate(bytes: Uint8Array): Annotation {
  const fields: AnnotatedField[] = [];
  const messages: string[] = [];
  try {
    checkMessageSize(bytes.length);
    showRecords(new Reader(bytes), fields, messages);
    return { fields, messages, problem: null };
  } catch (error) {
    if (!(error instanceof E2EKeyError)) throw error;
    return { fields, messages, problem: error.message };
  }
}

/** The annotation as text: offset, size, indented name, value, clause. */
export function formatAnnotation({ fields, problem }: Annotation): string {
  const lines = fields.map(({ depth, name, offset, size, value, clause }) => {
    const place = `${offset.toString().padStart(5)} ${`+${size}`.padEnd(6)}`;
    const text = `${'  '.repeat(depth)}${name}${value === null ? '' : `: ${value}`}`;
    return `${place} ${clause === null ? text : `${text.padEnd(48)}  ${clause}`}`;
  });
  if (problem !== null) lines.push(`      not readable from here: ${problem}`);
  return lines.join('\n');
}

/** Record by record; of a last one that is cut off, as much as there is. */
function showRecords(reader: Reader, fields: AnnotatedField[], messages: string[]): void {
  const handshake = new HandshakeStream(fields, messages);
  let inTheClear = true;
  reader.enter('E2EKey Message');
  while (reader.left > 0) {
    const offset = reader.offset;
    const [type, version, declared] = [reader.uint(1), reader.uint(2), reader.uint(2)];
    checkRecordHeader(type, version, declared);
    const fragment = reader.take(Math.min(declared, reader.left));
    fields.push(recordLine(type, version, declared, offset, fragment.length));
    const start = offset + recordHeaderSize;
    const line = { depth: 1, offset: start, size: fragment.length };
    const whole = fragment.length === declared;
    if (type === contentType.handshake && inTheClear) handshake.add(fragment, start);
    else if (type === contentType.changeCipherSpec) {
      handshake.end();
      inTheClear = false;
      if (whole) messages.push('[ChangeCipherSpec]');
      fields.push({ ...line, name: 'ChangeCipherSpec', value: hex(fragment), clause: 'RFC 5246 §7.1' });
    } else if (type === contentType.alert && inTheClear) {
      if (whole) messages.push('Alert');
      fields.push({ ...line, name: 'Alert', value: null, clause: 'RFC 5246 §7.2' });
      decode(Alert, fragment, { trace: new Collector(fields, 1, at => start + at) });
    } else {
      if (whole) messages.push(type === contentType.handshake ? 'Finished (protected)' : 'protected record');
      fields.push({ ...line, name: 'protected fragment', value: hex(fragment), clause: 'RFC 5246 §6.2.3' });
    }
    if (whole) continue;
    handshake.end();
    refuse(
      'MESSAGE_MALFORMED',
      `the record at offset ${offset} has ${declared} bytes, ${fragment.length} are there`,
    );
  }
  handshake.end();
}

function recordLine(
  type: number,
  version: number,
  declared: number,
  offset: number,
  present: number,
): AnnotatedField {
  const names = `${contentTypeNames[type] ?? type}, ${versionNames[version] ?? `version 0x${version.toString(16)}`}`;
  const value = `${names}, ${declared} bytes`;
  return {
    depth: 0,
    name: 'record',
    offset,
    size: recordHeaderSize + present,
    value,
    clause: 'RFC 5246 §6.2',
  };
}

/** Handshake messages out of their records: a message may be cut over several, a record may hold several. */
class HandshakeStream {
  readonly #fields: AnnotatedField[];
  readonly #messages: string[];
  /** Which message offset each piece of the buffered bytes came from. */
  #pieces: { offset: number; size: number }[] = [];
  #buffered: Uint8Array = new Uint8Array();

  constructor(fields: AnnotatedField[], messages: string[]) {
    this.#fields = fields;
    this.#messages = messages;
  }

  add(fragment: Uint8Array, offset: number): void {
    this.#buffered = Buffer.concat([this.#buffered, fragment]);
    this.#pieces.push({ offset, size: fragment.length });
    for (;;) {
      if (this.#buffered.length < handshakeHeaderSize) return;
      const { type, length } = decode(HandshakeHeader, this.#buffered.subarray(0, handshakeHeaderSize));
      const size = handshakeHeaderSize + length;
      if (this.#buffered.length < size) return;
      this.#messages.push(messageName(type));
      this.#show(type, size);
      this.#drop(size);
    }
  }

  /** No more handshake bytes in the clear: shows as far as it goes what is not whole, and says so. */
  end(): void {
    const { length } = this.#buffered;
    if (length === 0) return;
    const [type = 0] = this.#buffered;
    if (length > handshakeHeaderSize) this.#show(type, length);
    refuse('MESSAGE_MALFORMED', `${messageName(type)} is cut off: ${length} bytes of it are there`);
  }

  #show(type: number, size: number): void {
    const bodyBytes = this.#buffered.subarray(handshakeHeaderSize, size);
    const known = layoutOf(type, bodyBytes);
    const clause = known?.body.shape.kind === 'struct' ? known.body.shape.clause : null;
    const value = known ? null : hex(bodyBytes);
    this.#fields.push({ depth: 1, name: messageName(type), offset: this.#place(0), size, value, clause });
    if (known === undefined) return;
    const trace = new Collector(this.#fields, 1, at => this.#place(handshakeHeaderSize + at));
    decode(known.body, bodyBytes, { trace });
  }

  #place(at: number): number {
    let rest = at;
    for (const { offset, size } of this.#pieces) {
      if (rest < size) return offset + rest;
      rest -= size;
    }
    const last = this.#pieces.at(-1);
    return last ? last.offset + last.size : 0;
  }

  #drop(size: number): void {
    this.#buffered = this.#buffered.subarray(size);
    let rest = size;
    this.#pieces = this.#pieces.flatMap(piece => {
      const used = Math.min(rest, piece.size);
      rest -= used;
      return used === piece.size ? [] : [{ offset: piece.offset + used, size: piece.size - used }];
    });
  }
}

/**
 * Which layout a message has was negotiated in messages that are not all here: the first that fits, else the first
 * of all, whose problem is then shown.
 */
function layoutOf(type: number, body: Uint8Array): HandshakeMessage<unknown> | undefined {
  const layouts = Object.values<HandshakeMessage<unknown>>(message).filter(one => one.type === type);
  return layouts.find(layout => fits(layout, body)) ?? layouts[0];
}

function fits(layout: HandshakeMessage<unknown>, body: Uint8Array): boolean {
  try {
    decode(layout.body, body);
    return true;
  } catch (error) {
    if (!(error instanceof E2EKeyError)) throw error;
    return false;
  }
}

/**
 * Turns what a reader tells into lines below the one that stands already for the whole structure; `place` maps
 * an offset in the read bytes to one in the message.
 */
class Collector implements Trace {
  readonly #fields: AnnotatedField[];
  readonly #depth: number;
  readonly #place: (at: number) => number;
  /** Index of the line and start of each structure that is being read; null for the whole. */
  readonly #open: ({ line: number; start: number } | null)[] = [];

  constructor(fields: AnnotatedField[], depth: number, place: (at: number) => number) {
    this.#fields = fields;
    this.#depth = depth;
    this.#place = place;
  }

  open(name: string, start: number): void {
    const depth = this.#depth + this.#open.length;
    const isWhole = this.#open.length === 0;
    this.#open.push(isWhole ? null : { line: this.#fields.length, start });
    if (isWhole) return;
    this.#fields.push({ depth, name, offset: this.#place(start), size: 0, value: null, clause: null });
  }

  close(end: number, value: unknown, shape: Shape): void {
    const opened = this.#open.pop();
    const line = opened && this.#fields[opened.line];
    if (!opened || !line) return;
    const clause = shape.kind === 'struct' ? shape.clause : null;
    this.#fields[opened.line] = { ...line, size: end - opened.start, value: shown(value, shape), clause };
  }
}

/** A value as a reader of the RFC would write it; null where deeper lines show it. */
function shown(value: unknown, shape: Shape): string | null {
  if (shape.kind === 'uint' && typeof value === 'number') {
    const number = `0x${value.toString(16).padStart(shape.size * 2, '0')}`;
    if (!shape.names) return String(value);
    return `${shape.names[value] ?? (isGrease(value) ? 'GREASE' : 'unknown')} (${number})`;
  }
  return value instanceof Uint8Array ? hex(value) : null;
}

/** RFC 8701: values that a stack sends so that others keep ignoring what they do not know. */
function isGrease(value: number): boolean {
  return (value & 0x0f0f) === 0x0a0a && value >> 8 === (value & 0xff);
}

const shownBytes = 32;

function hex(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'empty';
  const text = Buffer.from(bytes).toString('latin1');
  if (/^[ -~]+$/.test(text)) return JSON.stringify(text.slice(0, 256));
  const digits = Buffer.from(bytes.subarray(0, shownBytes)).toString('hex');
  return bytes.length > shownBytes ? `${digits}… (${bytes.length} bytes)` : digits;
}
