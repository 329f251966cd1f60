// Changes an input where its structure has a border. The lengths around the change stay right unless the change is a
// wrong length: what is wrong shall be deep inside and not in front. Knows no format.
import type { Draw } from './draw.ts';
import { leaf, lengthBytes, Part } from './part.ts';

/** Parts of all inputs by their kind, to be put in each other's place. */
export type Spares = ReadonlyMap<string, readonly Part[]>;

/** So many of one kind are enough to choose from. */
const sparesPerKind = 400;

export function sparesOf(inputs: readonly Part[]): Spares {
  const spares = new Map<string, Part[]>();
  const collect = (part: Part): void => {
    const ofKind = spares.get(part.kind) ?? [];
    spares.set(part.kind, ofKind);
    if (ofKind.length < sparesPerKind) ofKind.push(part);
    part.parts.forEach(collect);
  };
  inputs.forEach(collect);
  return spares;
}

/** One to five changes, mostly one: an input with many is refused for the first. */
export function mutate(input: Part, spares: Spares, draw: Draw): Part {
  let changed = input;
  do changed = draw.one(changes)(changed, spares, draw);
  while (draw.below(5) < 2 && changed.count < maxParts);
  return changed;
}

/** Larger inputs cost time and reach nothing. */
const maxParts = 6000;

type Change = (input: Part, spares: Spares, draw: Draw) => Part;

/** A change of one part, which any number of parts come of. */
const inPlace =
  (change: (part: Part, draw: Draw, spares: Spares) => readonly Part[]): Change =>
  (input, spares, draw) =>
    input.replace(place(input, draw), part => change(part, draw, spares));

const remove: Change = inPlace(() => []);
const double: Change = inPlace(part => [part, part]);
const repeat: Change = inPlace((part, draw) => {
  const most = Math.min(5000, Math.floor(60_000 / (part.bytes.length + 1)));
  return Array<Part>(Math.max(2, draw.below(draw.oneIn(20) ? most : Math.min(most, 80)))).fill(part);
});
const exchange: Change = inPlace((part, draw, spares) => [spare(part, draw, spares)]);
const add: Change = inPlace((part, draw, spares) => [spare(part, draw, spares), part]);
const empty: Change = inPlace(part => [part.with({ inside: new Uint8Array() })]);
const nest: Change = inPlace((part, draw) => {
  let outer = part;
  for (let depth = draw.below(40); depth >= 0; depth--) outer = part.with({ inside: [outer] });
  return [outer];
});

const swap: Change = inPlace((part, draw) => {
  const parts = [...part.parts];
  const [one, other] = [draw.below(parts.length), draw.below(parts.length)];
  const [first, second] = [parts[one], parts[other]];
  if (first === undefined || second === undefined) return edited(part, draw);
  return [part.with({ inside: parts.with(one, second).with(other, first) })];
});

const cut: Change = inPlace((part, draw) => {
  const { parts } = part;
  return parts.length === 0
    ? edited(part, draw)
    : [part.with({ inside: parts.slice(0, draw.below(parts.length)) })];
});

/** The length says something else than there is. */
const lie: Change = inPlace((part, draw) => {
  const { length, head } = part;
  if (length === null) return edited(part, draw);
  const size = part.parts.length > 0 ? bytesInside(part).length : part.inside.length;
  const most = length === 'der' ? 2 ** 24 : 256 ** length - 1;
  const said = draw.one([size + 1, Math.max(0, size - 1), 0, most, draw.below(300), size * 2]);
  const octets = length === 'der' && draw.oneIn(2) ? looseLength(size, draw) : lengthBytes(length, said);
  return [part.with({ head: Buffer.concat([head, octets]), length: null })];
});

/** Lengths of BER that DER forbids (X.690 10.1). */
function looseLength(size: number, draw: Draw): Uint8Array {
  return draw.one([
    Buffer.of(0x80),
    Buffer.of(0x81, size & 255),
    Buffer.of(0x82, size >> 8, size & 255),
    Buffer.of(0x83, 0, size >> 8, size & 255),
    Buffer.of(0x88, 0, 0, 0, 0, 0, 0, size >> 8, size & 255),
    Buffer.of(0xff),
  ]);
}

/** Another type or tag; of what has none, another value. */
const rename: Change = inPlace((part, draw, spares) => {
  const { head } = part;
  if (head.length === 0) return edited(part, draw);
  const other = spare(part, draw, spares).head;
  if (other.length > 0 && draw.oneIn(2)) return [part.with({ head: other })];
  const at = draw.below(head.length);
  return [
    part.with({
      head: head.with(at, draw.oneIn(2) ? draw.below(256) : (head[at] ?? 0) ^ (1 << draw.below(8))),
    }),
  ];
});

const edit: Change = inPlace(edited);

/** The parts beside each other in other pieces: records of one byte, two messages in one record. */
const recut: Change = inPlace((part, draw) => {
  const [first] = part.parts;
  if (first === undefined || first.seal !== null) return edited(part, draw);
  const alike = part.parts.findIndex(
    ({ kind, head, seal }) => kind !== first.kind || seal !== null || !sameBytes(head, first.head),
  );
  const taken = part.parts.slice(0, alike === -1 ? undefined : alike);
  const bytes = Buffer.concat(taken.map(bytesInside));
  const pieces: Part[] = [];
  const size = draw.one([1, 2, 5, 100, bytes.length]);
  for (let at = 0; at < bytes.length && pieces.length < 5000; ) {
    const next = draw.oneIn(4) ? 1 + draw.below(200) : size;
    pieces.push(first.with({ inside: bytes.subarray(at, at + next) }));
    at += next;
  }
  return [part.with({ inside: [...pieces, ...part.parts.slice(taken.length)] })];
});

/** The protection or the signature stays as the bytes are now, and so fits them no more. */
const unseal: Change = inPlace((part, draw) => {
  if (part.seal === null) return edited(part, draw);
  return edited(new Part({ kind: part.kind, inside: part.bytes }), draw);
});

/** Bytes without regard to any structure. */
const blind: Change = (input, spares, draw) => {
  const bytes = input.bytes;
  if (!draw.oneIn(4)) return new Part({ kind: 'whole', inside: editedBytes(bytes, draw) });
  const other = spare(input, draw, spares).bytes;
  const tail = other.subarray(draw.below(other.length + 1));
  return new Part({
    kind: 'whole',
    inside: Buffer.concat([bytes.subarray(0, draw.below(bytes.length + 1)), tail]),
  });
};

/** Edits are the most: they leave most of what stands around alone. */
const changes: readonly Change[] = [
  edit,
  edit,
  edit,
  edit,
  exchange,
  exchange,
  rename,
  rename,
  remove,
  add,
  double,
  swap,
  cut,
  lie,
  empty,
  recut,
  repeat,
  nest,
  unseal,
  blind,
];

/** Each part alike, or from the outside in: most parts are deep inside a certificate. */
function place(input: Part, draw: Draw): number {
  if (draw.oneIn(2)) return draw.below(input.count);
  let part = input;
  let number = 0;
  while (part.parts.length > 0 && !draw.oneIn(4)) {
    const index = draw.below(part.parts.length);
    number += 1 + part.parts.slice(0, index).reduce((sum, { count }) => sum + count, 0);
    part = part.parts[index] as Part;
  }
  return number;
}

function spare(part: Part, draw: Draw, spares: Spares): Part {
  const ofKind = spares.get(part.kind) ?? [];
  return ofKind.length === 0 ? part : draw.one(ofKind);
}

/** What stands in it in other bytes, without the structure. */
function edited(part: Part, draw: Draw): readonly Part[] {
  const size = part.inside.length;
  // A number that an edit before this one made longer than any is edited as bytes.
  if (part.known.length > 0 && size > 0 && size <= 3 && draw.oneIn(2)) {
    const bytes = Buffer.alloc(size);
    bytes.writeUIntBE(draw.one(part.known) % 256 ** size, 0, size);
    return [part.with({ inside: bytes })];
  }
  // Inside a part with parts: one of them, or bytes between them.
  if (part.parts.length > 0) {
    const at = draw.below(part.parts.length + 1);
    return [
      part.with({ inside: part.parts.toSpliced(at, 0, leaf('stray', draw.octets(1 + draw.below(4)))) }),
    ];
  }
  return [part.with({ inside: editedBytes(bytesInside(part), draw) })];
}

function editedBytes(bytes: Uint8Array, draw: Draw): Uint8Array {
  const at = draw.below(bytes.length);
  const old = bytes[at];
  switch (draw.below(8)) {
    case 0:
      return Buffer.concat([bytes.subarray(0, at), draw.octets(1 + draw.below(4)), bytes.subarray(at)]);
    case 1:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + draw.below(4))]);
    case 2:
      return bytes.subarray(0, at);
    case 3:
      return Buffer.concat([bytes, bytes.subarray(at)]);
    case 4:
      return old === undefined ? draw.octets(1) : Uint8Array.from(bytes).with(at, draw.one(edges));
    case 5:
      return old === undefined
        ? draw.octets(3)
        : Uint8Array.from(bytes).with(at, (old + draw.one([1, 255])) & 255);
    case 6:
      return old === undefined ? draw.octets(300) : Uint8Array.from(bytes).fill(draw.one(edges), at);
    default:
      return old === undefined ? Buffer.of(0) : Uint8Array.from(bytes).with(at, old ^ (1 << draw.below(8)));
  }
}

/** Where lengths, signs, text and UTF-8 have their borders. */
const edges = [0, 1, 0x1f, 0x20, 0x22, 0x2e, 0x2f, 0x30, 0x7f, 0x80, 0x81, 0xc0, 0xed, 0xfe, 0xff];

function bytesInside(part: Part): Uint8Array {
  return part.inside instanceof Uint8Array
    ? part.inside
    : Buffer.concat(part.inside.map(({ bytes }) => bytes));
}

function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}
