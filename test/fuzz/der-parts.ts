// DER (X.690) as parts: each element one, those inside OCTET STRING and BIT STRING as well; of one kind are those of one
// tag. Reads lengths in any definite form, so that what should be DER can be told from what is; judges nothing.
import { lengthBytes, Part } from './part.ts';

const constructed = 0x20;
const bitString = 0x03;
const octetString = 0x04;
const objectIdentifier = 0x06;
/** Deeper elements stay bytes. */
const maxDepth = 16;

/** One element that takes all the bytes; null if they are none. */
export function derPart(bytes: Uint8Array): Part | null {
  const parts = elements(bytes, 0);
  return parts?.length === 1 ? (parts[0] ?? null) : null;
}

/**
 * The same elements with every length in its shortest form (X.690 10.1); null for no whole elements. Content behind an
 * OBJECT IDENTIFIER is of any type and known to nobody but who knows that, and stays as it is.
 */
export function withShortestLengths(bytes: Uint8Array): Uint8Array | null {
  const pieces: Uint8Array[] = [];
  let isOpen = true;
  for (let at = 0; at < bytes.length; ) {
    const header = headerAt(bytes, at);
    if (header === null) return null;
    const { tag, start, end } = header;
    const content = bytes.subarray(start, end);
    const inside = isOpen && (tag & constructed) !== 0 ? withShortestLengths(content) : content;
    if (inside === null) return null;
    pieces.push(Buffer.of(tag), lengthBytes('der', inside.length), inside);
    if (tag === objectIdentifier) isOpen = false;
    at = end;
  }
  return Buffer.concat(pieces);
}

function elements(bytes: Uint8Array, depth: number): Part[] | null {
  const parts: Part[] = [];
  for (let at = 0; at < bytes.length; ) {
    const header = headerAt(bytes, at);
    if (header === null) return null;
    const { tag, start, end } = header;
    const content = bytes.subarray(start, end);
    const inside = depth >= maxDepth ? null : insideOf(tag, content, depth + 1);
    const head = Buffer.of(tag);
    parts.push(new Part({ kind: `element ${tag}`, head, length: 'der', inside: inside ?? content }));
    at = end;
  }
  return parts;
}

function insideOf(tag: number, content: Uint8Array, depth: number): Part[] | null {
  if ((tag & constructed) !== 0) return content.length === 0 ? null : elements(content, depth);
  if (tag === octetString && isSequence(content)) return elements(content, depth);
  if (tag !== bitString || content[0] !== 0 || !isSequence(content.subarray(1))) return null;
  const inner = elements(content.subarray(1), depth);
  return inner && [new Part({ kind: 'unused bits', inside: content.subarray(0, 1) }), ...inner];
}

/** Other content may look like an element by chance. */
function isSequence(content: Uint8Array): boolean {
  return (content[0] === 0x30 || content[0] === 0x03 || content[0] === 0x04) && content.length > 2;
}

function headerAt(bytes: Uint8Array, at: number): { tag: number; start: number; end: number } | null {
  const tag = bytes[at] ?? 0;
  const first = bytes[at + 1];
  if (first === undefined || (tag & 0x1f) === 0x1f || first === 0x80 || first > 0x83) return null;
  const octets = first < 0x80 ? 0 : first - 0x80;
  const start = at + 2 + octets;
  let size = octets === 0 ? first : 0;
  for (let next = at + 2; next < start; next++) size = size * 256 + (bytes[next] ?? 0);
  return start + size > bytes.length ? null : { tag, start, end: start + size };
}
