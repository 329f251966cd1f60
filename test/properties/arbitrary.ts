// Values and their wire bytes for any declaration, made from its shape alone: a declaration that is added is
// covered without a line here. The bytes are put together here and not by the codec, so they can judge it.
import fc from 'fast-check';
import * as alerts from '../../src/wire/alerts.ts';
import type { Codec, Shape } from '../../src/wire/codec.ts';
import { clientExtension, serverExtension } from '../../src/wire/extensions.ts';
import * as messages from '../../src/wire/messages.ts';
import * as records from '../../src/wire/records.ts';

/** One structure as a value and as it stands on the wire. */
export interface Wire {
  readonly value: unknown;
  readonly bytes: Uint8Array;
  /** Where a structure that ends with optional fields may end as well (RFC 5246 §7.4.1.2: extensions). */
  readonly alsoWholeAt: number | null;
}

/** How often each property is tried; E2EKEY_RUNS for longer runs. The seed is fixed: a run can be repeated. */
export const runs: fc.Parameters<unknown> = { numRuns: Number(process.env.E2EKEY_RUNS ?? 60), seed: 5246 };

/** Every declaration that wire/ exports, and every extension body, by the name of its export: three messages have several. */
export const declarations: ReadonlyMap<string, Codec<unknown>> = new Map([
  ...[messages, records, alerts]
    .flatMap(module => Object.entries(module) as [string, unknown][])
    .flatMap(([name, exported]) => (isDeclaration(exported) ? [[name, exported] as const] : [])),
  ...Object.values(clientExtension).map(({ name, body }) => [`${name} in ClientHello`, body] as const),
  ...Object.values(serverExtension).map(({ name, body }) => [`${name} in ServerHello`, body] as const),
]);

export function wire(shape: Shape): fc.Arbitrary<Wire> {
  switch (shape.kind) {
    case 'uint':
      return numbers(shape).map(value => whole(value, unsigned(value, shape.size)));
    case 'opaque':
      return octets(shape.size, shape.size).map(value => whole(value, value));
    case 'vector':
      return octets(shape.min, shape.max).map(value => whole(value, prefixed(value, shape.prefix)));
    case 'list': {
      const { min, max, prefix } = shape;
      return fc
        .array(wire(shape.item), { minLength: min > 0 ? 1 : 0, maxLength: 6 })
        .map(items => ({ value: items.map(({ value }) => value), bytes: concat(items) }))
        .filter(({ bytes }) => bytes.length >= min && bytes.length <= max)
        .map(({ value, bytes }) => whole(value, prefixed(bytes, prefix)));
    }
    case 'struct':
      return fc.tuple(...shape.fields.map(([, field]) => wire(field))).map(fields => {
        const bytes = concat(fields);
        const last = fields.at(-1);
        const alsoWholeAt = last?.alsoWholeAt === 0 ? bytes.length - last.bytes.length : null;
        const entries = shape.fields.map(([name], at) => [name, fields[at]?.value]);
        return { value: Object.fromEntries(entries), bytes, alsoWholeAt };
      });
    case 'trailing':
      return fc.oneof(
        fc.constant(whole(shape.absent, new Uint8Array())),
        wire(shape.inner).map(present => ({ ...present, alsoWholeAt: 0 })),
      );
    case 'variant':
      return fc
        .constantFrom(...shape.cases)
        .chain(([tag, inner]) =>
          wire(inner).map(({ value, bytes }) => whole({ tag, value }, Buffer.from([tag, ...bytes]))),
        );
    case 'extensions': {
      const known = shape.known.map(({ type, body }) =>
        wire(body.shape).map(({ bytes }) => ({ type, data: bytes })),
      );
      const unknownType = fc
        .integer({ min: 0, max: 0xffff })
        .filter(type => !shape.known.some(k => k.type === type));
      const unknown = fc.record({ type: unknownType, data: octets(0, 0xffff) }, { noNullPrototype: true });
      return fc
        .uniqueArray(fc.oneof(...known, unknown), { selector: ({ type }) => type, maxLength: 8 })
        .map(extensions => {
          const parts = extensions.flatMap(({ type, data }) => [unsigned(type, 2), prefixed(data, 2)]);
          return whole(extensions, prefixed(Buffer.concat(parts), 2));
        });
    }
  }
}

/** Bytes of every kind that may arrive: noise, and structures that were changed in one place. */
export function hostile(shape: Shape): fc.Arbitrary<Uint8Array> {
  const changed = fc
    .tuple(wire(shape), fc.nat(), fc.integer({ min: 1, max: 255 }))
    .map(([{ bytes }, place, flip]) => {
      const copy = Uint8Array.from(bytes);
      const at = place % Math.max(1, copy.length);
      if (copy.length > 0) copy[at] = (copy[at] ?? 0) ^ flip;
      return copy;
    });
  return fc.oneof(fc.uint8Array({ maxLength: 200 }), changed, changed);
}

function isDeclaration(exported: unknown): exported is Codec<unknown> {
  return typeof exported === 'object' && exported !== null && 'shape' in exported && 'read' in exported;
}

/** The legal values, above all those that have a name. */
function numbers({ size, allowed, names }: Extract<Shape, { kind: 'uint' }>): fc.Arbitrary<number> {
  if (allowed) return fc.constantFrom(...allowed);
  const any = fc.integer({ min: 0, max: 256 ** size - 1 });
  return names ? fc.oneof(fc.constantFrom(...Object.keys(names).map(Number)), any) : any;
}

/** Mostly short; now and then the longest that a one-byte length allows. */
function octets(min: number, max: number): fc.Arbitrary<Uint8Array> {
  const short = fc.uint8Array({ minLength: min, maxLength: Math.min(max, min + 24) });
  const longest = Math.min(max, 300);
  return fc.oneof(
    { weight: 9, arbitrary: short },
    { weight: 1, arbitrary: fc.uint8Array({ minLength: longest, maxLength: longest }) },
  );
}

function whole(value: unknown, bytes: Uint8Array): Wire {
  return { value, bytes, alsoWholeAt: null };
}

function unsigned(value: number, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  bytes.writeUIntBE(value, 0, size);
  return bytes;
}

function prefixed(bytes: Uint8Array, prefix: number): Buffer {
  return Buffer.concat([unsigned(bytes.length, prefix), bytes]);
}

function concat(parts: readonly Wire[]): Buffer {
  return Buffer.concat(parts.map(({ bytes }) => bytes));
}
