// Every decoder of wire/: what is no such structure is MESSAGE_MALFORMED, and what is one encodes again to the same
// bytes, so that no two byte strings are one message.
import { annotate, formatAnnotation } from '../../../src/wire/annotate.ts';
import { type Codec, decode, encode } from '../../../src/wire/codec.ts';
import { readRecords, TlsRecord } from '../../../src/wire/records.ts';
import { declarations } from '../../properties/arbitrary.ts';
import { flights } from '../corpus.ts';
import { Draw } from '../draw.ts';
import type { Part } from '../part.ts';
import { type Target, Violation } from '../target.ts';
import { drawnPart, flightPart, shapePart } from '../wire-parts.ts';

const recorded = flights.map(flight => flightPart(flight));

export const wireTargets: readonly Target[] = [
  ...[...declarations].map(([name, codec]) => decoder(name, codec)),
  {
    name: 'records: readRecords',
    group: 'messages',
    weight: 6,
    seeds: recorded,
    draw: draw => drawnPart(TlsRecord.shape, draw),
    refuses: ({ code }) =>
      ['MESSAGE_MALFORMED', 'MESSAGE_TOO_LARGE', 'MESSAGE_UNEXPECTED', 'RECORD_OVERFLOW'].includes(code),
    take: bytes => {
      const records = readRecords(bytes);
      same(bytes, Buffer.concat(records.map(record => encode(TlsRecord, record))));
      return `${Math.min(records.length, 8)} records`;
    },
  },
  {
    name: 'annotation: annotate',
    group: 'messages',
    weight: 2,
    seeds: recorded,
    refuses: () => false,
    take: bytes => {
      const annotation = annotate(bytes);
      formatAnnotation(annotation);
      for (const { name, offset, size } of annotation.fields)
        if (offset < 0 || offset + size > bytes.length) throw new Violation(`${name} lies outside the bytes`);
      return annotation.problem === null ? 'whole' : 'with a problem';
    },
  },
];

/** Real ones where there are any, and what is drawn. */
function decoder(name: string, codec: Codec<unknown>): Target {
  const real = recorded.flatMap(flight => matching(flight, codec));
  const draw = new Draw(name);
  return {
    name: `declarations: ${name}`,
    group: 'messages',
    seeds: [...real.slice(0, 20), ...Array.from({ length: 8 }, () => drawnPart(codec.shape, draw))],
    draw: next => drawnPart(codec.shape, next),
    refuses: ({ code }) => code === 'MESSAGE_MALFORMED',
    take: bytes => {
      const value = decode(codec, bytes);
      same(bytes, encode(codec, value));
      return 'decoded';
    },
  };
}

/** The bodies of messages in a flight that have this declaration. */
function matching(flight: Part, { shape }: Codec<unknown>): readonly Part[] {
  if (shape.kind !== 'struct' || shape.fields.length === 0) return [];
  return Array.from({ length: flight.count }, (_, number) => flight.at(number))
    .filter(({ kind }) => kind === shape.name)
    .filter(part => shapePart(shape, part.bytes) !== null);
}

function same(bytes: Uint8Array, again: Uint8Array): void {
  if (Buffer.compare(bytes, again) !== 0)
    throw new Violation('what was decoded encodes to other bytes than it came from');
}
