// The codec: a wire structure is declared once, and decoding, encoding, its TypeScript type, the position in
// error messages, property generators and the annotated dump follow from the declaration.
// Knows the presentation language of RFC 5246 §4; knows no message and no rule about their order.
import { type FaultCode, refuse } from '../errors.ts';

/** A declaration as data: what generators and the annotated dump are made from. */
export type Shape =
  | { kind: 'uint'; size: UintSize; names?: Registry; allowed?: readonly number[] }
  | { kind: 'opaque'; size: number }
  | { kind: 'vector'; prefix: UintSize; min: number; max: number }
  | { kind: 'list'; prefix: UintSize; min: number; max: number; item: Shape }
  | { kind: 'struct'; name: string; clause: string; fields: readonly (readonly [string, Shape])[] }
  | { kind: 'trailing'; inner: Shape; absent: unknown }
  | { kind: 'variant'; cases: ReadonlyMap<number, Shape> }
  | { kind: 'extensions'; names: Registry; known: readonly ExtensionDeclaration<unknown>[] };

/** Bytes of a number or of a length in front of something. */
type UintSize = 1 | 2 | 3;

/** Numbers of an IANA registry and their names. */
export type Registry = Readonly<Record<number, string>>;

export interface Codec<T> {
  readonly shape: Shape;
  read(reader: Reader): T;
  write(writer: Writer, value: T): void;
}

/** The TypeScript type of a declaration. */
export type Of<C> = C extends Codec<infer T> ? T : never;

/**
 * Decodes exactly one structure; bytes left over are refused.
 *
 * @throws E2EKeyError MESSAGE_MALFORMED with path and offset, such as
 * `ServerHello.extensions.2.data: need 9 bytes at offset 71, 4 are left`.
 */
export function decode<T>(codec: Codec<T>, bytes: Uint8Array, options?: ReaderOptions): T {
  const reader = new Reader(bytes, options);
  const name = codec.shape.kind === 'struct' ? codec.shape.name : 'value';
  reader.enter(name);
  const value = codec.read(reader);
  reader.end();
  reader.leave(value, codec.shape);
  return value;
}

/** Encodes a value; values that its declaration does not allow are our own mistake (RangeError). */
export function encode<T>(codec: Codec<T>, value: T): Uint8Array {
  if (scratchInUse) throw new RangeError('a value is being encoded already');
  scratchInUse = true;
  const writer = new Writer();
  try {
    codec.write(writer, value);
    return writer.copy();
  } finally {
    writer.wipe();
    scratchInUse = false;
  }
}

/** Told of every field as it is read: outer fields are opened before and closed after their inner ones. */
export interface Trace {
  open(name: string, offset: number): void;
  close(offset: number, value: unknown, shape: Shape): void;
}

export interface ReaderOptions {
  readonly trace?: Trace;
  /** The row of the fault table for bytes that are no such structure; MESSAGE_MALFORMED if absent. */
  readonly fault?: FaultCode;
}

/** Reads one buffer from front to back. `take` is the only place that touches offsets. */
export class Reader {
  readonly #bytes: Uint8Array;
  readonly #trace: Trace | undefined;
  readonly #fault: FaultCode;
  readonly #path: (string | number)[] = [];
  #offset = 0;
  #limit: number;

  constructor(bytes: Uint8Array, { trace, fault = 'MESSAGE_MALFORMED' }: ReaderOptions = {}) {
    this.#bytes = bytes;
    this.#limit = bytes.length;
    this.#trace = trace;
    this.#fault = fault;
  }

  get left(): number {
    return this.#limit - this.#offset;
  }

  get offset(): number {
    return this.#offset;
  }

  take(size: number): Uint8Array {
    const start = this.#use(size);
    return this.#bytes.subarray(start, this.#offset);
  }

  /** The next bytes without using them up; they must be there. */
  peek(size: number): Uint8Array {
    const bytes = this.take(size);
    this.#offset -= size;
    return bytes;
  }

  uint(size: UintSize): number {
    const start = this.#use(size);
    let value = 0;
    for (let at = start; at < this.#offset; at++) value = value * 256 + (this.#bytes[at] ?? 0);
    return value;
  }

  /** Uses up the next bytes and says where they begin: the only place that moves the offset forward. */
  #use(size: number): number {
    if (size > this.left) this.fail(`need ${size} bytes at offset ${this.#offset}, ${this.left} are left`);
    const start = this.#offset;
    this.#offset += size;
    return start;
  }

  /** Cuts the view to the next `size` bytes; `widen` gives the rest back once they are used up. */
  narrow(size: number): number {
    if (size > this.left) this.fail(`need ${size} bytes at offset ${this.#offset}, ${this.left} are left`);
    const outer = this.#limit;
    this.#limit = this.#offset + size;
    return outer;
  }

  widen(outer: number): void {
    this.end();
    this.#limit = outer;
  }

  end(): void {
    if (this.left > 0) this.fail(`${this.left} bytes left over at offset ${this.#offset}`);
  }

  enter(name: string | number): void {
    this.#path.push(name);
    this.#trace?.open(String(name), this.#offset);
  }

  leave(value: unknown, shape: Shape): void {
    this.#trace?.close(this.#offset, value, shape);
    this.#path.pop();
  }

  fail(problem: string): never {
    return refuse(this.#fault, `${this.#path.join('.')}: ${problem}`);
  }
}

/** Where everything is written first: an allocation for each message costs more than the writing. */
let scratch: Uint8Array = Buffer.alloc(4096);
let scratchInUse = false;
/** Buffer's own `fill` checks and converts its arguments, which takes longer than the filling. */
const fill = Uint8Array.prototype.fill;

class Writer {
  #length = 0;

  copy(): Uint8Array {
    return Buffer.from(scratch.subarray(0, this.#length));
  }

  /** States hold secrets: nothing of them stays behind, not even where the writing was broken off. */
  wipe(): void {
    fill.call(scratch, 0, 0, this.#length);
  }

  put(bytes: Uint8Array): void {
    this.#grow(bytes.length);
    scratch.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  uint(value: number, size: UintSize): void {
    if (!Number.isInteger(value) || value < 0 || value >= 256 ** size)
      throw new RangeError(`${value} does not fit ${size} bytes`);
    this.#grow(size);
    this.#put(value, this.#length, size);
    this.#length += size;
  }

  /** Writes a length prefix and what `body` writes after it. */
  prefixed(prefix: UintSize, min: number, max: number, body: () => void): void {
    const start = this.#length;
    this.uint(256 ** prefix - 1, prefix);
    body();
    const size = this.#length - start - prefix;
    if (size < min || size > max) throw new RangeError(`${size} bytes where ${min} to ${max} are allowed`);
    this.#put(size, start, prefix);
  }

  #put(value: number, at: number, size: UintSize): void {
    for (let i = size - 1, rest = value; i >= 0; i--, rest = Math.floor(rest / 256))
      scratch[at + i] = rest % 256;
  }

  #grow(size: number): void {
    if (this.#length + size <= scratch.length) return;
    const larger = Buffer.alloc(Math.max(scratch.length * 2, this.#length + size));
    larger.set(scratch.subarray(0, this.#length));
    scratch.fill(0);
    scratch = larger;
  }
}

export type { Writer };

const uint = (size: UintSize): Codec<number> => ({
  shape: { kind: 'uint', size },
  read: reader => reader.uint(size),
  write: (writer, value) => writer.uint(value, size),
});

export const uint8 = uint(1);
export const uint16 = uint(2);
export const uint24 = uint(3);

/** A number whose registry is known: any value is read, known ones are shown by name. */
export function named(size: UintSize, names: Registry): Codec<number> {
  return { ...uint(size), shape: { kind: 'uint', size, names } };
}

/** A number of which only some values are legal here. */
export function oneOf<const V extends readonly number[]>(
  size: UintSize,
  allowed: V,
  names?: Registry,
): Codec<V[number]> {
  return {
    shape: { kind: 'uint', size, allowed, ...(names && { names }) },
    read: reader => {
      const at = reader.offset;
      const value = reader.uint(size);
      return allowed.includes(value)
        ? value
        : reader.fail(`${value} at offset ${at} is not one of ${allowed.join(', ')}`);
    },
    write: (writer, value) => {
      if (!allowed.includes(value)) throw new RangeError(`${value} is not one of ${allowed.join(', ')}`);
      writer.uint(value, size);
    },
  };
}

/** `opaque x[size]`. */
export function opaque(size: number): Codec<Uint8Array> {
  return {
    shape: { kind: 'opaque', size },
    read: reader => reader.take(size),
    write: (writer, value) => {
      if (value.length !== size) throw new RangeError(`${value.length} bytes where ${size} are due`);
      writer.put(value);
    },
  };
}

/** `opaque x<min..max>` behind a length of `prefix` bytes. */
export function vector(prefix: UintSize, min: number, max: number): Codec<Uint8Array> {
  return {
    shape: { kind: 'vector', prefix, min, max },
    read: reader => reader.take(readLength(reader, prefix, min, max)),
    write: (writer, value) => writer.prefixed(prefix, min, max, () => writer.put(value)),
  };
}

/** `T x<min..max>`: min and max in bytes, as in the RFCs. Cut to its length before its items are read. */
export function list<T>(prefix: UintSize, min: number, max: number, item: Codec<T>): Codec<readonly T[]> {
  return {
    shape: { kind: 'list', prefix, min, max, item: item.shape },
    read: reader => {
      const outer = reader.narrow(readLength(reader, prefix, min, max));
      const items: T[] = [];
      while (reader.left > 0) {
        reader.enter(items.length);
        const value = item.read(reader);
        reader.leave(value, item.shape);
        items.push(value);
      }
      reader.widen(outer);
      return items;
    },
    write: (writer, values) =>
      writer.prefixed(prefix, min, max, () => {
        for (const value of values) item.write(writer, value);
      }),
  };
}

function readLength(reader: Reader, prefix: UintSize, min: number, max: number): number {
  const at = reader.offset;
  const length = reader.uint(prefix);
  return length >= min && length <= max
    ? length
    : reader.fail(`a length of ${length} at offset ${at} where ${min} to ${max} are allowed`);
}

type Fields = Readonly<Record<string, Codec<unknown>>>;
type StructOf<F extends Fields> = { readonly [K in keyof F]: Of<F[K]> };

/** Fields one after the other, in the order of the declaration. */
export function struct<F extends Fields>(name: string, clause: string, fields: F): Codec<StructOf<F>> {
  const entries = Object.entries(fields);
  return {
    shape: {
      kind: 'struct',
      name,
      clause,
      fields: entries.map(([field, codec]) => [field, codec.shape] as const),
    },
    read: reader => {
      const value: Record<string, unknown> = {};
      for (const [field, codec] of entries) {
        reader.enter(field);
        value[field] = codec.read(reader);
        reader.leave(value[field], codec.shape);
      }
      return value as StructOf<F>;
    },
    write: (writer, value) => {
      for (const [field, codec] of entries) codec.write(writer, value[field]);
    },
  };
}

/**
 * Present only if bytes are left, as a hello's extensions (RFC 5246 §7.4.1.2); absent reads as `absent`. Only
 * that very object is left out when written: an empty list that was read stays an empty list.
 */
export function trailing<T>(inner: Codec<T>, absent: T): Codec<T> {
  return {
    shape: { kind: 'trailing', inner: inner.shape, absent },
    read: reader => (reader.left > 0 ? inner.read(reader) : absent),
    write: (writer, value) => {
      if (value !== absent) inner.write(writer, value);
    },
  };
}

/** The same bytes, another value: `read` makes it from what `inner` gives, `write` goes back. */
export function mapped<W, T>(inner: Codec<W>, read: (value: W) => T, write: (value: T) => W): Codec<T> {
  return {
    shape: inner.shape,
    read: reader => read(inner.read(reader)),
    write: (writer, value) => inner.write(writer, write(value)),
  };
}

/** One of several structures, told apart by one leading byte; `tag` is that byte's field in the value. */
export function variant<C extends Readonly<Record<number, Codec<unknown>>>>(
  cases: C,
): Codec<{ [K in keyof C & number]: { readonly tag: K; readonly value: Of<C[K]> } }[keyof C & number]> {
  type Value = { [K in keyof C & number]: { readonly tag: K; readonly value: Of<C[K]> } }[keyof C & number];
  const byTag = new Map(Object.entries(cases).map(([tag, codec]) => [Number(tag), codec]));
  return {
    shape: { kind: 'variant', cases: new Map([...byTag].map(([tag, codec]) => [tag, codec.shape])) },
    read: reader => {
      const at = reader.offset;
      const tag = reader.uint(1);
      const codec = byTag.get(tag) ?? reader.fail(`no structure has the tag ${tag} at offset ${at}`);
      return { tag, value: codec.read(reader) } as Value;
    },
    write: (writer, { tag, value }) => {
      const codec = byTag.get(tag);
      if (codec === undefined) throw new RangeError(`no structure has the tag ${tag}`);
      writer.uint(tag, 1);
      codec.write(writer, value);
    },
  };
}

/** An extension whose body this program knows, in one of the two hellos. */
export interface ExtensionDeclaration<T> {
  readonly type: number;
  readonly name: string;
  readonly body: Codec<T>;
}

/** An extension as it stands on the wire; the body of a known one has been checked against its declaration. */
export interface Extension {
  readonly type: number;
  readonly data: Uint8Array;
}

/** More than any stack sends (browsers: about 20, with GREASE); bounds the search for duplicates. */
const maxExtensions = 64;

/** `Extension extensions<0..2^16-1>` (RFC 5246 §7.4.1.4): no type twice, unknown types kept as data. */
export function extensionBlock(
  names: Registry,
  known: readonly ExtensionDeclaration<unknown>[],
): Codec<readonly Extension[]> {
  const byType = new Map(known.map(declaration => [declaration.type, declaration]));
  const typeCodec = named(2, names);
  const shape: Shape = { kind: 'extensions', names, known };
  return {
    shape,
    read: reader => {
      const outer = reader.narrow(reader.uint(2));
      const extensions: Extension[] = [];
      const seen = new Set<number>();
      while (reader.left > 0) {
        const at = reader.offset;
        reader.enter(extensions.length);
        reader.enter('type');
        const type = typeCodec.read(reader);
        if (seen.has(type)) reader.fail(`extension ${type} stands twice, again at offset ${at}`);
        if (seen.add(type).size > maxExtensions)
          reader.fail(`more than ${maxExtensions} extensions at offset ${at}`);
        reader.leave(type, typeCodec.shape);
        const extension = { type, data: readBody(reader, byType.get(type)) };
        reader.leave(extension, shape);
        extensions.push(extension);
      }
      reader.widen(outer);
      return extensions;
    },
    write: (writer, extensions) => {
      if (extensions.length > maxExtensions) throw new RangeError(`more than ${maxExtensions} extensions`);
      if (new Set(extensions.map(({ type }) => type)).size < extensions.length)
        throw new RangeError('an extension stands twice');
      writer.prefixed(2, 0, 0xffff, () => {
        for (const { type, data } of extensions) {
          typeCodec.write(writer, type);
          writer.prefixed(2, 0, 0xffff, () => writer.put(data));
        }
      });
    },
  };
}

function readBody(reader: Reader, known: ExtensionDeclaration<unknown> | undefined): Uint8Array {
  reader.enter(known?.name ?? 'data');
  const size = reader.uint(2);
  const outer = reader.narrow(size);
  const data = reader.peek(size);
  let value: unknown = data;
  let shape: Shape = { kind: 'opaque', size };
  if (known === undefined) reader.take(size);
  else {
    value = known.body.read(reader);
    shape = known.body.shape;
  }
  reader.widen(outer);
  reader.leave(value, shape);
  return data;
}

/** The body of one known extension, or undefined where the hello does not have it. */
export function findExtension<T>(
  extensions: readonly Extension[],
  declaration: ExtensionDeclaration<T>,
): T | undefined {
  const found = extensions.find(({ type }) => type === declaration.type);
  return found && decode(declaration.body, found.data);
}

export function makeExtension<T>(declaration: ExtensionDeclaration<T>, body: T): Extension {
  return { type: declaration.type, data: encode(declaration.body, body) };
}
