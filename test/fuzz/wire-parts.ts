// The wire declarations as parts: bytes taken apart after a declaration, a flight after what its messages are, and
// parts made from a declaration alone. Knows the shapes of wire/ and which bytes may hold DER or JSON; judges nothing.
import { isUtf8 } from 'node:buffer';
import { protect, type RecordProtection, unprotect } from '../../src/crypto/record-protection.ts';
import { E2EKeyError } from '../../src/errors.ts';
import { Alert } from '../../src/wire/alerts.ts';
import { encode, type Shape } from '../../src/wire/codec.ts';
import { message } from '../../src/wire/messages.ts';
import { contentType, handshakeTypeNames } from '../../src/wire/numbers.ts';
import { readRecords, TlsRecord } from '../../src/wire/records.ts';
import { derPart } from './der-parts.ts';
import type { Draw } from './draw.ts';
import { leaf, Part } from './part.ts';
import { textPart } from './text-parts.ts';

/** Bytes of exactly one structure; null if they are none. */
export function shapePart(shape: Shape, bytes: Uint8Array): Part | null {
  const read = readShape(shape, bytes);
  return read !== null && read.size === bytes.length ? read.part : null;
}

/**
 * A flight, which has to be whole records.
 *
 * @param protection opens what stands behind ChangeCipherSpec, and protects it again when it was changed; what does not
 * open stays as it is.
 */
export function flightPart(flight: Uint8Array, protection: RecordProtection | null = null): Part {
  let under: RecordProtection | null = null;
  let sequence = 0;
  const parts = readRecords(flight).map(record => {
    const { type, fragment } = record;
    const plain = under && opened(under, sequence, record);
    if (plain !== null) {
      sequence++;
      return recordPart({ ...record, fragment: plain }, under);
    }
    if (type === contentType.changeCipherSpec) under = protection;
    return recordPart({ ...record, fragment });
  });
  return new Part({ kind: 'flight', inside: parts });
}

/** @param protection null for a record in the clear. */
export function recordPart(
  { type, version, fragment }: TlsRecord,
  protection: RecordProtection | null = null,
): Part {
  const head = Buffer.of(type, version >> 8, version & 255);
  const inside = [...fragmentParts(type, fragment)];
  return protection === null
    ? new Part({ kind: 'record', head, length: 2, inside })
    : new Part({ kind: 'record', head, inside, seal: sealing(protection) });
}

/** Null for what does not open. */
function opened(protection: RecordProtection, sequence: number, record: TlsRecord): Uint8Array | null {
  try {
    return unprotect(protection, sequence, record);
  } catch (error) {
    if (error instanceof E2EKeyError) return null;
    throw error;
  }
}

function fragmentParts(type: number, fragment: Uint8Array): readonly Part[] {
  const alert = type === contentType.alert ? shapePart(Alert.shape, fragment) : null;
  const messages = type === contentType.handshake ? messageParts(fragment) : null;
  return messages ?? [alert ?? leaf('fragment', fragment)];
}

/** Handshake messages one after the other; null if the bytes are none. */
function messageParts(bytes: Uint8Array): Part[] | null {
  const parts: Part[] = [];
  for (let at = 0; at < bytes.length; ) {
    const [type = 0, high = 0, middle = 0, low = 0] = bytes.subarray(at, at + 4);
    const end = at + 4 + high * 65536 + middle * 256 + low;
    if (bytes.length < at + 4 || bytes.length < end || handshakeTypeNames[type] === undefined) return null;
    const body = bytes.subarray(at + 4, end);
    const inside = bodyPart(type, body);
    parts.push(
      new Part({
        kind: 'message',
        head: Buffer.of(type),
        length: 3,
        inside: inside === null ? body : [inside],
      }),
    );
    at = end;
  }
  return parts;
}

/** Several declarations have one type: the first that fits. */
function bodyPart(type: number, body: Uint8Array): Part | null {
  for (const declaration of Object.values(message)) {
    const part = declaration.type === type ? shapePart(declaration.body.shape, body) : null;
    if (part !== null) return part;
  }
  return null;
}

function sealing(protection: RecordProtection) {
  return (parts: readonly Uint8Array[], place: number, [type = 0, major = 0, minor = 0]: Uint8Array) => {
    // As much as a record takes: more is for records in the clear.
    const fragment = Buffer.concat(parts).subarray(0, 2 ** 14);
    const record = { type, version: major * 256 + minor, fragment };
    return encode(
      TlsRecord,
      protect(protection, place, record, size => Buffer.alloc(size, 0x5a)),
    );
  };
}

interface Read {
  readonly part: Part;
  readonly size: number;
}

function readShape(shape: Shape, bytes: Uint8Array): Read | null {
  switch (shape.kind) {
    case 'uint':
      return bytes.length < shape.size
        ? null
        : { part: numberPart(shape, bytes.subarray(0, shape.size)), size: shape.size };
    case 'opaque':
      return bytes.length < shape.size
        ? null
        : { part: leaf('opaque', bytes.subarray(0, shape.size)), size: shape.size };
    case 'vector': {
      const content = contentOf(shape.prefix, bytes);
      return content && lengthened(`vector ${shape.prefix}`, shape.prefix, refined(content), content.length);
    }
    case 'list': {
      const content = contentOf(shape.prefix, bytes);
      const items = content && readAll(content, rest => readShape(shape.item, rest));
      return items && lengthened(`list ${shape.prefix}`, shape.prefix, items, content.length);
    }
    case 'struct': {
      const parts: Part[] = [];
      let size = 0;
      for (const [, field] of shape.fields) {
        const read = readShape(field, bytes.subarray(size));
        if (read === null) return null;
        parts.push(read.part);
        size += read.size;
      }
      return { part: new Part({ kind: shape.name, inside: parts }), size };
    }
    case 'trailing':
      return bytes.length === 0 ? { part: leaf('absent', bytes), size: 0 } : readShape(shape.inner, bytes);
    case 'variant': {
      const [tag = 0] = bytes;
      const inner = shape.cases.get(tag);
      const read = inner && readShape(inner, bytes.subarray(1));
      return read
        ? {
            part: new Part({ kind: 'variant', head: Buffer.of(tag), inside: [read.part] }),
            size: read.size + 1,
          }
        : null;
    }
    case 'extensions': {
      const content = contentOf(2, bytes);
      const parts = content && readAll(content, rest => readExtension(shape.known, rest));
      return parts && lengthened('extensions', 2, parts, content.length);
    }
  }
}

function readExtension(
  known: Extract<Shape, { kind: 'extensions' }>['known'],
  bytes: Uint8Array,
): Read | null {
  const content = contentOf(2, bytes.subarray(2));
  if (content === null) return null;
  const type = (bytes[0] ?? 0) * 256 + (bytes[1] ?? 0);
  const body = known.find(declaration => declaration.type === type)?.body.shape;
  const inner = body === undefined ? null : shapePart(body, content);
  const inside = inner === null ? content : [inner];
  const part = new Part({ kind: 'extension', head: bytes.subarray(0, 2), length: 2, inside });
  return { part, size: content.length + 4 };
}

function readAll(bytes: Uint8Array, read: (rest: Uint8Array) => Read | null): Part[] | null {
  const parts: Part[] = [];
  for (let at = 0; at < bytes.length; ) {
    const item = read(bytes.subarray(at));
    if (item === null || item.size === 0) return null;
    parts.push(item.part);
    at += item.size;
  }
  return parts;
}

function contentOf(prefix: number, bytes: Uint8Array): Uint8Array | null {
  if (bytes.length < prefix) return null;
  const size = Buffer.from(bytes.subarray(0, prefix)).readUIntBE(0, prefix);
  return bytes.length < prefix + size ? null : bytes.subarray(prefix, prefix + size);
}

function lengthened(
  kind: string,
  prefix: 1 | 2 | 3,
  inside: Uint8Array | readonly Part[],
  size: number,
): Read {
  return { part: new Part({ kind, length: prefix, inside }), size: prefix + size };
}

/** What a vector holds: a certificate or a signature, messages of a transcript, a stored peer. */
function refined(content: Uint8Array): Uint8Array | readonly Part[] {
  const messages = content.length > 8 && content[0] === 1 ? messageParts(content) : null;
  if (messages !== null) return messages;
  const element = content[0] === 0x30 ? derPart(content) : null;
  if (element !== null) return [element];
  return content[0] === 0x7b && isUtf8(content) ? [textPart(Buffer.from(content).toString('utf8'))] : content;
}

function numberPart({ size, names, allowed }: Extract<Shape, { kind: 'uint' }>, inside: Uint8Array): Part {
  const known = [...(allowed ?? []), ...Object.keys(names ?? {}).map(Number)];
  return new Part({ kind: `uint ${size}`, inside, known });
}

/** Parts after a declaration alone; now and then with a value or a size that it does not allow. */
export function drawnPart(shape: Shape, draw: Draw): Part {
  switch (shape.kind) {
    case 'uint': {
      const { known } = numberPart(shape, new Uint8Array());
      const value = known.length > 0 && !draw.oneIn(12) ? draw.one(known) : draw.below(256 ** shape.size);
      const bytes = Buffer.alloc(shape.size);
      bytes.writeUIntBE(value, 0, shape.size);
      return numberPart(shape, bytes);
    }
    case 'opaque':
      return leaf('opaque', draw.octets(shape.size));
    case 'vector':
      return new Part({
        kind: `vector ${shape.prefix}`,
        length: shape.prefix,
        inside: draw.octets(drawnSize(shape, draw)),
      });
    case 'list':
      return new Part({
        kind: `list ${shape.prefix}`,
        length: shape.prefix,
        inside: several(draw, shape.min > 0 ? 1 : 0, () => drawnPart(shape.item, draw)),
      });
    case 'struct':
      return new Part({ kind: shape.name, inside: shape.fields.map(([, field]) => drawnPart(field, draw)) });
    case 'trailing':
      return draw.oneIn(6) ? leaf('absent', new Uint8Array()) : drawnPart(shape.inner, draw);
    case 'variant': {
      const [tag, inner] = draw.one([...shape.cases]);
      return new Part({ kind: 'variant', head: Buffer.of(tag), inside: [drawnPart(inner, draw)] });
    }
    case 'extensions':
      return new Part({
        kind: 'extensions',
        length: 2,
        inside: several(draw, 0, () => drawnExtension(shape.known, draw)),
      });
  }
}

function drawnExtension(known: Extract<Shape, { kind: 'extensions' }>['known'], draw: Draw): Part {
  const declaration = draw.oneIn(5) || known.length === 0 ? null : draw.one(known);
  const type = declaration?.type ?? draw.below(65536);
  const head = Buffer.of(type >> 8, type & 255);
  const inside = declaration ? [drawnPart(declaration.body.shape, draw)] : draw.octets(draw.below(9));
  return new Part({ kind: 'extension', head, length: 2, inside });
}

function drawnSize({ min, max }: { min: number; max: number }, draw: Draw): number {
  if (draw.oneIn(16)) return Math.max(0, min - 1);
  if (draw.oneIn(16)) return Math.min(max + 1, 300);
  return min + draw.below(Math.min(max - min, 40) + 1);
}

function several(draw: Draw, least: number, make: () => Part): Part[] {
  return Array.from({ length: Math.max(least, draw.below(5)) }, make);
}
