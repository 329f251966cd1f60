// The handshake in every pause, with every kind of credential and every suite, from honest flights and from flights with
// records between them that may stand there or not.
import type { RecordProtection } from '../../../src/crypto/record-protection.ts';
import { alertLevel, closeNotify } from '../../../src/wire/alerts.ts';
import { contentType, tls12 } from '../../../src/wire/numbers.ts';
import { exported } from '../../handshake/lab.ts';
import { flights } from '../corpus.ts';
import type { Part } from '../part.ts';
import type { Target } from '../target.ts';
import { flightPart, recordPart } from '../wire-parts.ts';
import { misbehavingTargets } from './misbehaving.ts';
import { type Pause, pauseTarget } from './pause.ts';
import { procedures, type RecordedProcedure } from './procedures.ts';

/** What the peer of each message protects with. */
const protectionOf = ({ protection }: RecordedProcedure, ordinal: number): RecordProtection | null =>
  ordinal === 3 ? protection.initiating : ordinal === 4 ? protection.terminating : null;

/** Flights of other procedures: a peer may send any of them, and parts of them are put into this one. */
const others: readonly Part[] = flights.map(flight => flightPart(flight));

const warning = (description: number) => [contentType.alert, [alertLevel.warning, description]] as const;

/** What a peer may warn of in a handshake, RFC 5246 §7.2.2 and RFC 6066 §3; no more are passed over in one flight. */
const warnings = [warning(100), warning(90), warning(112), warning(41)];

/** Records that may come between those of a flight, and those that may not: each by content type and content. */
const strangers: readonly (readonly (readonly [number, readonly number[]])[])[] = [
  warnings,
  [...warnings, warning(112)],
  [warning(closeNotify)],
  [[contentType.alert, [alertLevel.fatal, 40]]],
  [[contentType.applicationData, [...Buffer.from('GET / HTTP/1.0\r\n\r\n')]]],
  [[contentType.applicationData, []]],
  [[contentType.changeCipherSpec, [1]]],
  // HelloRequest, RFC 5246 §7.4.1.1.
  [[contentType.handshake, [0, 0, 0, 0]]],
];

const recordedTargets: readonly Target[] = procedures.flatMap(procedure =>
  procedure.messages.map((flight, index): Target => {
    const ordinal = index + 1;
    const protection = protectionOf(procedure, ordinal);
    const honest = flightPart(flight, protection);
    const interspersed = interspersedWith(honest, protection);
    const finishing =
      protection === null ? [] : [{ flight, protection, exported: exported(procedure.turn4.session) }];
    return pauseTarget(pauseOf(procedure, ordinal), finishing, {
      name: `engine, message ${ordinal}: ${procedure.variant.name}`,
      weight: 2,
      seeds: interspersed.flatMap(each => [honest, each]),
      spares: [...of(procedure), ...others],
      // Whole flights that are due at another time or in another procedure, or hold what is not due.
      draw: draw => draw.one(draw.one([of(procedure), others, interspersed])),
    });
  }),
);

export const engineTargets: readonly Target[] = [...recordedTargets, ...misbehavingTargets];

function pauseOf(procedure: RecordedProcedure, ordinal: number): Pause {
  const { initiating, terminating, turn1, turn2, turn3, time } = procedure;
  const before = [null, turn1.state, turn2.state, turn3.state];
  return {
    end: ordinal % 2 === 1 ? terminating : initiating,
    state: before[ordinal - 1] ?? null,
    time,
  };
}

/** Its own four messages. */
function of(procedure: RecordedProcedure): readonly Part[] {
  return procedure.messages.map((flight, at) => flightPart(flight, protectionOf(procedure, at + 1)));
}

/** Before the flight, before its last record and behind it; protected where the record there is, and in the clear. */
function interspersedWith(flight: Part, protection: RecordProtection | null): readonly Part[] {
  const { parts } = flight;
  const put = (at: number, under: RecordProtection | null) =>
    strangers.map(records => {
      const strange = records.map(([type, content]) =>
        recordPart({ type, version: tls12, fragment: Uint8Array.from(content) }, under),
      );
      return flight.with({ inside: parts.toSpliced(at, 0, ...strange) });
    });
  const last = parts.length - 1;
  return [...put(0, null), ...put(last, null), ...put(last, protection), ...put(parts.length, protection)];
}
