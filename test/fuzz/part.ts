// Bytes as a tree: what stands in what, and how the length of each part is written, so that a part can be changed and
// every length around it be right again. Immutable: inputs that are made from one another share what they have in
// common. Knows no format (wire-parts.ts, der-parts.ts, text-parts.ts).

/** Bytes of a big-endian length, or the length octets of DER. */
type LengthForm = 1 | 2 | 3 | 'der';

/**
 * Makes the bytes of a part that is protected or signed, from those of its parts.
 *
 * @param place how many sealed parts stand before it beside it: the sequence number of a protected record.
 */
export type Seal = (parts: readonly Uint8Array[], place: number, head: Uint8Array) => Uint8Array;

interface Fields {
  /** Parts of one kind may stand in each other's place. */
  readonly kind: string;
  /** What stands before the length: a type, a tag. */
  readonly head?: Uint8Array;
  /** Null where no length is written. */
  readonly length?: LengthForm | null;
  readonly inside: Uint8Array | readonly Part[];
  readonly seal?: Seal | null;
  /** Numbers of the registry that a number is from. */
  readonly known?: readonly number[];
}

const none = new Uint8Array();

export class Part {
  readonly kind: string;
  readonly head: Uint8Array;
  readonly length: LengthForm | null;
  readonly inside: Uint8Array | readonly Part[];
  readonly seal: Seal | null;
  readonly known: readonly number[];
  /** Parts in it, itself counted. */
  readonly count: number;
  #encoded: { readonly place: number; readonly bytes: Uint8Array } | null = null;

  constructor({ kind, head = none, length = null, inside, seal = null, known = [] }: Fields) {
    this.kind = kind;
    this.head = head;
    this.length = length;
    this.inside = inside;
    this.seal = seal;
    this.known = known;
    this.count = this.parts.reduce((sum, { count }) => sum + count, 1);
  }

  /** None where the inside is bytes. */
  get parts(): readonly Part[] {
    return this.inside instanceof Uint8Array ? [] : this.inside;
  }

  get bytes(): Uint8Array {
    return this.#encode(0);
  }

  with(changes: Partial<Fields>): Part {
    return new Part({ ...this, ...changes });
  }

  /** The part with this number, itself being 0, in the order in which they begin. */
  at(number: number): Part {
    let left = number - 1;
    if (left < 0) return this;
    for (const part of this.parts) {
      if (left < part.count) return part.at(left);
      left -= part.count;
    }
    throw new RangeError(`there is no part ${number}`);
  }

  /** The same tree with others in the place of one part. */
  replace(number: number, change: (part: Part) => readonly Part[]): Part {
    if (number === 0) {
      const [first, ...more] = change(this);
      return first !== undefined && more.length === 0
        ? first
        : new Part({ kind: 'whole', inside: first === undefined ? none : [first, ...more] });
    }
    let left = number - 1;
    const inside: Part[] = [];
    for (const part of this.parts) {
      if (left < 0 || left >= part.count) inside.push(part);
      else if (left === 0) inside.push(...change(part));
      else inside.push(part.replace(left, change));
      left -= part.count;
    }
    return this.with({ inside });
  }

  #encode(place: number): Uint8Array {
    if (this.#encoded?.place === place) return this.#encoded.bytes;
    const bytes = this.#made(place);
    this.#encoded = { place, bytes };
    return bytes;
  }

  #made(place: number): Uint8Array {
    let sealed = 0;
    const parts =
      this.inside instanceof Uint8Array
        ? [this.inside]
        : this.inside.map(part => part.#encode(part.seal === null ? 0 : sealed++));
    if (this.seal !== null) return this.seal(parts, place, this.head);
    if (this.length === null) return Buffer.concat([this.head, ...parts]);
    const size = parts.reduce((sum, { length }) => sum + length, 0);
    return Buffer.concat([this.head, lengthBytes(this.length, size), ...parts]);
  }
}

/** Bytes without structure. */
export function leaf(kind: string, inside: Uint8Array): Part {
  return new Part({ kind, inside });
}

/** A length as it is written; of one that does not fit, the low bytes. */
export function lengthBytes(form: LengthForm, size: number): Uint8Array {
  if (form !== 'der') {
    const bytes = Buffer.alloc(form);
    bytes.writeUIntBE(size % 256 ** form, 0, form);
    return bytes;
  }
  if (size < 0x80) return Buffer.of(size);
  const octets: number[] = [];
  for (let rest = size; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return Buffer.of(0x80 | octets.length, ...octets);
}
