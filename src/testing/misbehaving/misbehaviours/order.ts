// Messages that are missing, there twice, out of their order, or not of their flight: each flight has one order
// (RFC 5246 §7.3), and a message that is passed over is an attack (SMACK, SKIP-TLS).
import { handshakeType } from '../../../wire/numbers.ts';
import { breaking, type Misbehaviour } from '../misbehaviour.ts';
import {
  after,
  before,
  type Edit,
  handshakeMessage,
  instead,
  type Step,
  swapped,
  unsaid,
  without,
  withVersion,
} from '../steps.ts';
import { each, type Flight, flights, of } from './flights.ts';

type Said = Flight['says'][number];

const unexpected = { clause: 'RFC 5246 §7.3', code: 'MESSAGE_UNEXPECTED' } as const;

/** Handshake messages that are in no full handshake of TLS 1.2, by their numbers. */
const others = {
  HelloVerifyRequest: 3,
  NewSessionTicket: 4,
  EndOfEarlyData: 5,
  EncryptedExtensions: 8,
  CertificateURL: 21,
  SupplementalData: 23,
  KeyUpdate: 24,
  'a message of type 99': 99,
} as const;

const foreignMessages: Readonly<Record<Flight['message'], readonly Step[]>> = {
  1: ['HelloRequest', 'ServerHello', 'Certificate', 'ClientKeyExchange', 'Finished'],
  2: ['ClientHello', 'ClientKeyExchange', 'CertificateVerify', 'CertificateStatus', 'Finished'],
  3: [
    'HelloRequest',
    'ClientHello',
    'ServerHello',
    'ServerKeyExchange',
    'CertificateRequest',
    'ServerHelloDone',
  ],
  4: [
    'ClientHello',
    'ServerHello',
    'Certificate',
    'CertificateStatus',
    'ServerHelloDone',
    'CertificateVerify',
  ],
};

/** Those that belong to a handshake with certificates, where there are none. */
const ofCertificates: readonly Step[] = [
  'Certificate',
  'CertificateRequest',
  'CertificateVerify',
  'CertificateStatus',
];

/** So many are passed over on a stream. */
const helloRequestsOnStream = 4;

export const order: readonly Misbehaviour[] = flights.flatMap(flight => [
  ...(flight.message === 1 ? [] : missing(flight)),
  ...repeated(flight),
  ...exchanged(flight),
  ...foreign(flight),
  ...helloRequests(flight),
]);

/** On a stream, a flight without its last message has not ended. */
function missing(flight: Flight): readonly Misbehaviour[] {
  const rule = { ...of(flight), ...unexpected, rule: 'a flight in which a message is missing' };
  const last = flight.says.at(-1);
  const row = (step: Said) => [`${step} is left out of ${flight.name}`, without(step)] as const;
  return [
    // That CertificateRequest must come is a rule of its own.
    ...breaking(
      rule,
      each(
        flight.says.filter(step => step !== last && step !== 'CertificateRequest'),
        row,
      ),
    ),
    ...breaking(
      { ...rule, rule: 'a flight without its last message', onStream: 'waits' },
      each(
        flight.says.filter(step => step === last),
        row,
      ),
    ),
  ];
}

/** On a stream, what comes behind the last message of the handshake is no longer of it. */
function repeated(flight: Flight): readonly Misbehaviour[] {
  const rule = { ...of(flight), ...unexpected, rule: 'a message twice' };
  const last = flight.says.at(-1);
  // The last one has been answered when it comes again, so it is in nobody's transcript.
  const row = (step: Said) =>
    [`${step} twice in ${flight.name}`, after(step, step === last ? unsaid(step) : step)] as const;
  const inside = flight.says.filter(step => step !== 'Finished');
  return [
    ...breaking(rule, each(inside, row)),
    ...breaking(
      { ...rule, rule: 'Finished twice', onStream: null },
      each(
        flight.says.filter(step => step === 'Finished'),
        row,
      ),
    ),
  ];
}

function exchanged({ says, ...flight }: Flight): readonly Misbehaviour[] {
  const neighbours = says.slice(1).map((second, index) => [says[index] ?? second, second] as const);
  return breaking(
    { ...of({ says, ...flight }), ...unexpected, rule: 'messages in another order' },
    each(neighbours, ([first, second]) => [
      `${second} before ${first} in ${flight.name}`,
      swapped(first, second),
    ]),
  );
}

function foreign(flight: Flight): readonly Misbehaviour[] {
  const { message, by, name, says } = flight;
  const [first = 'Finished'] = says;
  const last = says.find(step => step === 'ServerHelloDone' || step === 'ChangeCipherSpec') ?? first;
  const steps = foreignMessages[message].filter(step => by !== 'psk' || !ofCertificates.includes(step));
  const rows: Record<string, Edit> = {
    ...each(steps, step => [`${String(step)} before ${first} in ${name}`, before(first, step)]),
    ...each(Object.entries(others), ([what, type]) => [
      `${what} before ${last} in ${name}`,
      before(last, handshakeMessage(type, new Uint8Array(6))),
    ]),
    ...(by === 'psk' &&
      each(ofCertificates, step => [`${String(step)} before ${last} in ${name}`, before(last, step)])),
    ...(message === 3 && { [`ClientHello before Finished in ${name}`]: before('Finished', 'ClientHello') }),
  };
  return breaking({ ...of(flight), ...unexpected, rule: 'a message that is not of this flight' }, rows);
}

function helloRequests(flight: Flight): readonly Misbehaviour[] {
  const { message, says, name } = flight;
  if (message !== 2 && message !== 4) return [];
  const places = says.filter(step => step !== 'Finished');
  const request = (step: Step, count: number) =>
    before(step, ...Array.from({ length: count }, () => 'HelloRequest' as const));
  const rule = {
    ...of(flight),
    rule: 'HelloRequest',
    clause: 'RFC 5246 §7.4.1.1',
    code: 'MESSAGE_UNEXPECTED',
  } as const;
  const [first = 'Finished'] = says;
  return [
    ...breaking(
      { ...rule, onStream: null },
      {
        ...each(places, step => [`HelloRequest before ${step} in ${name}`, request(step, 1)]),
        [`four times HelloRequest in ${name}`]: request(first, helloRequestsOnStream),
      },
    ),
    ...breaking(
      { ...rule, rule: 'a flood of HelloRequest' },
      { [`five times HelloRequest in ${name}`]: request(first, helloRequestsOnStream + 1) },
    ),
    ...breaking(
      { ...rule, rule: 'HelloRequest that is not an empty message' },
      {
        [`HelloRequest with a byte in ${name}`]: instead(
          first,
          handshakeMessage(handshakeType.helloRequest, Uint8Array.of(0)),
          first,
        ),
      },
    ),
    ...breaking(
      {
        ...rule,
        rule: 'a record version other than that of TLS 1.2',
        clause: 'RFC 5246 E.1',
        code: 'VERSION_UNSUPPORTED',
      },
      each([0x0301, 0x0304], version => [
        `HelloRequest in a record of version 0x${version.toString(16).padStart(4, '0')}, in ${name}`,
        before(first, withVersion(version, 'HelloRequest')),
      ]),
    ),
  ];
}
