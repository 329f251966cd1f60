// The honest flights, message by message: where something can be left out, repeated or put in between.
import type { MessageName } from '../contents.ts';
import { breaking, type Misbehaviour, type Rule } from '../misbehaviour.ts';
import type { Edit } from '../steps.ts';

export interface Flight extends Pick<Misbehaviour, 'message' | 'by' | 'options'> {
  /** As the names of misbehaviours end. */
  readonly name: string;
  readonly says: readonly (MessageName | 'ChangeCipherSpec')[];
}

export const ecdhePsk = {
  by: 'psk',
  options: { suites: ['TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256'] },
} as const;

/** RFC 5246 §7.3 figure 1; RFC 4279 §2. */
export const flights: readonly Flight[] = [
  { name: 'message 1', message: 1, says: ['ClientHello'] },
  {
    name: 'message 2',
    message: 2,
    says: ['ServerHello', 'Certificate', 'ServerKeyExchange', 'CertificateRequest', 'ServerHelloDone'],
  },
  {
    name: 'message 2 with a pre-shared key',
    message: 2,
    ...ecdhePsk,
    says: ['ServerHello', 'ServerKeyExchange', 'ServerHelloDone'],
  },
  {
    name: 'message 3',
    message: 3,
    says: ['Certificate', 'ClientKeyExchange', 'CertificateVerify', 'ChangeCipherSpec', 'Finished'],
  },
  {
    name: 'message 3 with a pre-shared key',
    message: 3,
    ...ecdhePsk,
    says: ['ClientKeyExchange', 'ChangeCipherSpec', 'Finished'],
  },
  { name: 'message 4', message: 4, says: ['ChangeCipherSpec', 'Finished'] },
];

/** With certificates, one for each message. */
export const certificateFlights: readonly Flight[] = flights.filter(({ by }) => by === undefined);

/** What a rule needs to know of a flight. */
export function of({ message, by, options }: Flight): Pick<Misbehaviour, 'message' | 'by' | 'options'> {
  return { message, ...(by && { by }), ...(options && { options }) };
}

/** Rows by name, one for each of these. */
export function each<T, V>(items: readonly T[], row: (item: T) => readonly [string, V]): Record<string, V> {
  return Object.fromEntries(items.map(row));
}

/** Those that break one rule in one flight, by names that end with its own. */
export function breakingIn(
  flight: Flight,
  rule: Omit<Rule, 'message'>,
  edits: Readonly<Record<string, Edit>>,
): readonly Misbehaviour[] {
  return breaking(
    { ...of(flight), ...rule },
    each(Object.entries(edits), ([what, edit]) => [`${what}, in ${flight.name}`, edit]),
  );
}
