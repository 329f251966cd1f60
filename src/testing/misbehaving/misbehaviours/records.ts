// What can be wrong with the records of any flight, whatever messages they carry: types, versions, sizes, alerts,
// application data, where a flight ends, and the divisions into records that have to be taken (RFC 5246 §6.2.1).
import { alertLevel } from '../../../wire/alerts.ts';
import { contentType } from '../../../wire/numbers.ts';
import { maxPlaintext } from '../../../wire/records.ts';
import { breaking, type Misbehaviour } from '../misbehaviour.ts';
import {
  alert,
  before,
  inOneRecord,
  inRecordsOf,
  instead,
  interrupted,
  record,
  splitAt,
  undivided,
  withVersion,
} from '../steps.ts';
import { breakingIn, certificateFlights, each, type Flight, of } from './flights.ts';
import { withExtension } from './hellos.ts';

const warning = alert(alertLevel.warning, 112);
const data = record(contentType.applicationData, Buffer.from('GET / HTTP/1.0\r\n\r\n'));

export const records: readonly Misbehaviour[] = certificateFlights.flatMap(flight => {
  const { says } = flight;
  const [first = 'Finished'] = says;
  const clear = says.filter(step => step !== 'Finished');
  const messages = clear.filter(step => step !== 'ChangeCipherSpec');
  return [
    ...breakingIn(
      flight,
      { rule: 'a record of an unknown type', clause: 'RFC 5246 §6', code: 'MESSAGE_UNEXPECTED' },
      each([0, 19, 24, 25, 26, 255], type => [
        `a record of type ${type}${type === 24 ? ' (heartbeat)' : ''} before ${first}`,
        before(first, record(type, Uint8Array.of(1, 0x40, 0))),
      ]),
    ),
    ...breakingIn(
      flight,
      {
        rule: 'application data during the handshake',
        clause: 'RFC 5246 §7, §10',
        code: 'MESSAGE_UNEXPECTED',
      },
      {
        ...each(clear, step => [`application data before ${step}`, before(step, data)]),
        [`application data of no bytes before ${first}`]: before(
          first,
          record(contentType.applicationData, new Uint8Array()),
        ),
        ...each(
          messages.filter(step => step !== 'ServerHelloDone'),
          step => [`application data inside ${step}`, instead(step, interrupted(step, 6, data))],
        ),
      },
    ),
    ...breakingIn(
      flight,
      { rule: 'a fragment of no bytes', clause: 'RFC 5246 §6.2.1', code: 'MESSAGE_MALFORMED' },
      {
        [`an empty record of handshake before ${first}`]: before(
          first,
          record(contentType.handshake, new Uint8Array()),
        ),
        [`an empty record of alert before ${first}`]: before(
          first,
          record(contentType.alert, new Uint8Array()),
        ),
        [`an empty record of change_cipher_spec before ${first}`]: before(
          first,
          record(contentType.changeCipherSpec, new Uint8Array()),
        ),
      },
    ),
    ...versions(flight),
    ...sizes(flight),
    ...divisions(flight),
  ];
});

function versions({ message, name, says, ...flight }: Flight): readonly Misbehaviour[] {
  const rule = { ...of({ message, name, says, ...flight }), clause: 'RFC 5246 E.1' };
  const inVersion = (numbers: readonly number[]) =>
    each(
      says.flatMap(step => numbers.map(version => [step, version] as const)),
      ([step, version]) => [
        `${step} in a record of version 0x${version.toString(16).padStart(4, '0')}, in ${name}`,
        instead(step, withVersion(version, step)),
      ],
    );
  return [
    message === 1
      ? breaking(
          {
            ...rule,
            rule: 'a record version other than that of TLS 1.2, before one is agreed on',
            code: null,
          },
          inVersion([0x0300, 0x0301, 0x0302, 0x0304]),
        )
      : breaking(
          { ...rule, rule: 'a record version other than that of TLS 1.2', code: 'VERSION_UNSUPPORTED' },
          inVersion([0x0301, 0x0304]),
        ),
    breaking(
      {
        ...rule,
        rule: 'a record version that is not of TLS',
        clause: 'RFC 5246 §6.2.1, E.1',
        code: 'MESSAGE_MALFORMED',
      },
      inVersion([0x0000, 0x0200, 0x0403, 0xfefd]),
    ),
    breaking(
      {
        ...rule,
        rule: 'a warning in a record of another version',
        clause: 'RFC 5246 §7.2.2, E.1',
        code: null,
      },
      {
        [`a warning in a record of version 0x0301, in ${name}`]: before(
          says[0] ?? 'Finished',
          withVersion(0x0301, warning),
        ),
      },
    ),
  ].flat();
}

function sizes(flight: Flight): readonly Misbehaviour[] {
  const { message, name, says } = flight;
  const [first = 'Finished'] = says;
  const rule = { ...of(flight), clause: 'RFC 5246 §6.2.1, §6.2.3', code: 'RECORD_OVERFLOW' } as const;
  const handshake = (size: number) => undivided(record(contentType.handshake, new Uint8Array(size).fill(1)));
  return [
    ...breaking(
      { ...rule, rule: 'a record above 2^14 bytes in the clear' },
      {
        [`a record of 2^14 + 1 bytes before ${first}, in ${name}`]: before(
          first,
          handshake(maxPlaintext + 1),
        ),
        [`a record of 2^14 + 2049 bytes before ${first}, in ${name}`]: before(
          first,
          handshake(maxPlaintext + 2049),
        ),
        [`a record of 60,000 bytes before ${first}, in ${name}`]: before(first, handshake(60_000)),
        [`application data of 2^14 + 2049 bytes before ${first}, in ${name}`]: before(
          first,
          record(contentType.applicationData, new Uint8Array(maxPlaintext + 2049)),
        ),
      },
    ),
    ...(message === 1
      ? [
          ...breaking(
            {
              ...rule,
              rule: 'a flight of more than 64 KiB',
              clause: 'ours',
              code: 'MESSAGE_TOO_LARGE',
              onStream: 'MESSAGE_MALFORMED',
            },
            {
              'a ClientHello of more than 64 KiB': withExtension(
                'ClientHello',
                { type: 21 },
                new Uint8Array(65_470),
              ),
            },
          ),
          ...breaking(
            {
              ...rule,
              rule: 'a flight of more than 4096 records',
              clause: 'ours',
              code: 'MESSAGE_TOO_LARGE',
            },
            {
              'a ClientHello of more than 4096 bytes in records of one byte': honest =>
                withExtension(
                  'ClientHello',
                  { type: 21 },
                  new Uint8Array(4096),
                )(honest).map(step => inRecordsOf(1, step)),
            },
          ),
        ]
      : []),
  ];
}

/** RFC 5246 §6.2.1: messages may be divided and joined in any way. */
function divisions(flight: Flight): readonly Misbehaviour[] {
  const { name, says } = flight;
  const messages = says.filter(step => step !== 'ChangeCipherSpec' && step !== 'Finished');
  if (messages.length === 0) return [];
  const rest = says.slice(messages.length);
  return breaking(
    {
      ...of(flight),
      rule: 'messages divided into records, or joined in one, in any way',
      clause: 'RFC 5246 §6.2.1',
      code: null,
    },
    {
      [`records of one byte, in ${name}`]: () => [...messages.map(step => inRecordsOf(1, step)), ...rest],
      [`records that end inside the headers of messages, in ${name}`]: () => [
        inRecordsOf(3, inOneRecord(...messages)),
        ...rest,
      ],
      [`every message in two records, in ${name}`]: () => [
        ...messages.map(step => splitAt(2, step)),
        ...rest,
      ],
      ...(messages.length > 1 && {
        [`all messages in one record, in ${name}`]: () => [inOneRecord(...messages), ...rest],
      }),
    },
  );
}
