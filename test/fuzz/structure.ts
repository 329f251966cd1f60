// What a flight is made of, without its values: two flights of one structure teach the fuzzer the same.

import type { Part } from './part.ts';
import { flightPart } from './wire-parts.ts';

/** Kinds, types and size classes of records, messages and extensions; null for what is no whole records. */
export function structureOf(flight: Uint8Array): string | null {
  let whole: Part;
  try {
    whole = flightPart(flight);
  } catch {
    return null;
  }
  return whole.parts.map(record => `${typeOf(record)}[${record.parts.map(describe).join(' ')}]`).join(' ');
}

function describe(part: Part): string {
  if (part.kind !== 'message') return sizeClass(part);
  const extensions = Array.from({ length: part.count }, (_, number) => part.at(number))
    .filter(({ kind }) => kind === 'extension')
    .map(typeOf)
    .join(',');
  return `${typeOf(part)}/${sizeClass(part)}${extensions && `(${extensions})`}`;
}

/** Content type, message type or extension type. */
function typeOf({ kind, head }: Part): string {
  const size = kind === 'extension' ? 2 : 1;
  return String(Buffer.from(head.subarray(0, size)).readUIntBE(0, size));
}

/** Sizes alike to a factor of four. */
function sizeClass({ bytes }: Part): string {
  return `~${4 ** Math.round(Math.log2(bytes.length + 1) / 2)}`;
}
