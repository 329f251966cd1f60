// Flights that end too early, and what stands behind them. Through functions a flight is all that came; on a stream only
// its messages tell how far it goes.
import { alertLevel } from '../../../wire/alerts.ts';
import { contentType, handshakeType } from '../../../wire/numbers.ts';
import { breaking, type Misbehaviour } from '../misbehaviour.ts';
import {
  alert,
  altered,
  changeCipherSpec,
  followedBy,
  instead,
  record,
  recordOf,
  type Step,
  unsaid,
} from '../steps.ts';
import { certificateFlights, each, type Flight, flights, of } from './flights.ts';

const data = record(contentType.applicationData, Buffer.from('GET / HTTP/1.0\r\n\r\n'));
const warning = alert(alertLevel.warning, 112);
const closeNotify = alert(alertLevel.warning, 0);
const fatal = alert(alertLevel.fatal, 80);

export const flightEnds: readonly Misbehaviour[] = [
  ...certificateFlights.flatMap(tooEarly),
  ...certificateFlights.filter(({ message }) => message <= 2).flatMap(behindTheFlight),
  ...flights.filter(({ message }) => message >= 3).flatMap(behindFinished),
];

function tooEarly(flight: Flight): readonly Misbehaviour[] {
  const { name, says } = flight;
  const last = says.at(-1) ?? 'Finished';
  const rule = { ...of(flight), code: 'MESSAGE_MALFORMED', onStream: 'waits' } as const;
  return [
    ...breaking(
      { ...rule, rule: 'a flight that ends inside a record', clause: 'RFC 5246 §6.2.1' },
      each([3, 5, 8], size => [
        `the end behind ${size} bytes of the record of ${last}, in ${name}`,
        instead(
          last,
          altered(last, bytes => bytes.subarray(0, size)),
        ),
      ]),
    ),
    ...breaking(
      { ...rule, rule: 'a flight that ends inside a message', clause: 'RFC 5246 §7.4' },
      each([2, 3], size => [
        `the end behind ${size} bytes of ${last}, in ${name}`,
        instead(last, cut(size, last)),
      ]),
    ),
  ];
}

function behindTheFlight(flight: Flight): readonly Misbehaviour[] {
  const { message, name } = flight;
  const rule = { ...of(flight), clause: 'RFC 5246 §7.3', code: 'MESSAGE_UNEXPECTED' } as const;
  // Message 4 begins with it, and message 3 does not.
  const changeBehind = { [`ChangeCipherSpec behind ${name}`]: followedBy('ChangeCipherSpec') };
  return [
    ...breaking(
      { ...rule, rule: 'a record behind the flight' },
      {
        [`application data behind ${name}`]: followedBy(data),
        [`Finished behind ${name}`]: followedBy(unsaid('Finished')),
        ...(message === 1 && changeBehind),
      },
    ),
    ...breaking(
      { ...rule, rule: 'the beginning of the next flight behind the flight', onStream: 'waits' },
      {
        ...(message === 2 && changeBehind),
        [`one byte of another message behind ${name}`]: followedBy(
          record(contentType.handshake, Uint8Array.of(handshakeType.clientKeyExchange)),
        ),
      },
    ),
    ...breaking(
      { ...rule, rule: 'a warning behind the flight', onStream: null },
      { [`a warning behind ${name}`]: followedBy(warning) },
    ),
    ...breaking(
      { ...rule, rule: 'a fatal alert, or close_notify, behind the flight', onStream: 'ALERT_RECEIVED' },
      {
        [`a fatal alert behind ${name}`]: followedBy(fatal),
        [`close_notify behind ${name}`]: followedBy(closeNotify),
      },
    ),
  ];
}

/** On a stream the handshake is over, and the rules are those of what comes after it. */
function behindFinished(flight: Flight): readonly Misbehaviour[] {
  const records: Readonly<Record<string, Step>> = {
    'application data': data,
    'an empty record of application data': record(contentType.applicationData, new Uint8Array()),
    'a warning': warning,
    close_notify: closeNotify,
    'a fatal alert': fatal,
    ChangeCipherSpec: changeCipherSpec({ changesKeys: false }),
    HelloRequest: 'HelloRequest',
    ClientHello: unsaid('ClientHello'),
  };
  return breaking(
    {
      ...of(flight),
      rule: 'a record behind Finished',
      clause: 'RFC 5246 §7.3',
      code: 'MESSAGE_UNEXPECTED',
      onStream: null,
    },
    each(Object.entries(records), ([what, step]) => [
      `${what} behind Finished, in ${flight.name}`,
      followedBy(step),
    ]),
  );
}

function cut(size: number, step: Step): Step {
  return recordOf(step, fragment => fragment.subarray(0, size));
}
