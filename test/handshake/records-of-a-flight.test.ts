// How the messages of a flight may lie in records, and what else may stand between them (RFC 5246 §6.2.1, §7.2).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accept } from '../../src/handshake/handshake.ts';
import type { Turn } from '../../src/handshake/turn.ts';
import { alertNames } from '../../src/wire/alerts.ts';
import { maxMessageSize, maxPlaintext } from '../../src/wire/records.ts';
import { inRecords, messagesOf, protectedPartOf, record } from './flights.ts';
import { done, exported, goOn, message4Of, runProcedure, signed, variants } from './lab.ts';
import { refused } from './refused.ts';

const [variant] = variants;
assert.ok(variant);
const { initiating, terminating, turn1, turn2, turn3, turn4 } = runProcedure(variant);

interface Step {
  readonly name: string;
  readonly flight: Uint8Array;
  /** The handshake messages in the clear, and the records after them. */
  readonly clear: readonly Uint8Array[];
  readonly rest: Uint8Array;
  readonly read: (received: Uint8Array) => Turn;
}

const steps: readonly Step[] = [
  {
    ...taken(turn1.message),
    name: 'message 1',
    read: received => signed(terminating, accept(terminating.profile, received)),
  },
  { ...taken(turn2.message), name: 'message 2', read: received => goOn(initiating, turn1.state, received) },
  { ...taken(turn3.message), name: 'message 3', read: received => goOn(terminating, turn2.state, received) },
  {
    ...taken(message4Of(turn4)),
    name: 'message 4',
    read: received => goOn(initiating, turn3.state, received),
  },
];

function taken(flight: Uint8Array): Pick<Step, 'flight' | 'clear' | 'rest'> {
  const clear = messagesOf(flight);
  const rest = flight.subarray(inRecords(clear).length);
  if (rest.length > 0) assert.deepEqual(Buffer.from(rest), protectedPartOf(flight));
  return { flight, clear, rest };
}

for (const { name, flight, clear, rest, read } of steps) {
  for (const size of [1, 2, 3, 5, 64, 1000, maxPlaintext])
    test(`${name} is accepted in records of ${size} bytes (RFC 5246 §6.2.1)`, () => {
      const all = Buffer.concat(clear);
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < all.length; at += size) pieces.push(all.subarray(at, at + size));
      assert.notEqual(read(join(inRecords(pieces), rest)).kind, 'sign');
    });

  test(`${name} may have warning alerts at its beginning, four at most (RFC 5246 §7.2.2)`, () => {
    const warnings = (count: number) => Array<Uint8Array>(count).fill(alert(1, 112));
    read(join(...warnings(4), flight));
    refused(() => read(join(...warnings(5), flight)), 'MESSAGE_UNEXPECTED', /more than 4 warning alerts/);
  });

  for (const description of [10, 40, 42, 47, 48, 49, 51, 70, 80, 255])
    test(`a fatal alert ${description} in the place of ${name} is told by its number (RFC 5246 §7.2.2)`, () => {
      const error = refused(
        () => read(alert(2, description)),
        'ALERT_RECEIVED',
        /the peer ended the handshake/,
      );
      assert.equal(error.notice.alertReceived, description);
      assert.ok(error.message.includes(alertNames[description] ?? `alert ${description}`));
    });

  test(`close_notify in the place of ${name} ends the handshake (RFC 5246 §7.2.1)`, () => {
    const error = refused(() => read(join(alert(1, 0), flight)), 'ALERT_RECEIVED', /close_notify/);
    assert.equal(error.notice.alertReceived, 0);
  });

  test(`an alert that is none is refused in ${name} (RFC 5246 §7.2)`, () => {
    for (const bytes of [[2], [0, 40], [3, 40], [1, 112, 1, 112]])
      refused(
        () => read(join(record('alert', Uint8Array.from(bytes)), flight)),
        'MESSAGE_MALFORMED',
        /Alert/,
      );
  });

  test(`an empty handshake record is refused in ${name} (RFC 5246 §6.2.1)`, () => {
    const nothing = record('handshake', new Uint8Array());
    refused(() => read(join(nothing, flight)), 'MESSAGE_MALFORMED', /TlsRecord 0: an empty record/);
  });

  test(`application data is refused in ${name} (RFC 5246 §7.3)`, () => {
    const data = record('applicationData', Uint8Array.of(1));
    refused(() => read(join(data, flight)), 'MESSAGE_UNEXPECTED', /a record of type 23|not preceded/);
    refused(() => read(join(flight, data)), 'MESSAGE_UNEXPECTED', /left over after the flight/);
  });

  test(`whatever follows ${name} is refused`, () => {
    for (const more of [flight, alert(1, 112), alert(2, 40), record('handshake', Uint8Array.of(0, 0, 0, 0))])
      refused(() => read(join(flight, more)), 'MESSAGE_UNEXPECTED', /left over after the flight/);
    refused(() => read(join(flight, Uint8Array.of(22))), 'MESSAGE_MALFORMED', /TlsRecord/);
  });

  test(`${name} of no byte is refused, and of more than 64 KiB before it is read`, () => {
    refused(() => read(new Uint8Array()), 'MESSAGE_MALFORMED', /without a TLS record/);
    refused(() => read(new Uint8Array(maxMessageSize + 1)), 'MESSAGE_TOO_LARGE', /65537 bytes/);
  });

  test(`a record in the clear of more than 2^14 bytes is refused in ${name} (RFC 5246 §6.2.1)`, () => {
    const large = record('handshake', new Uint8Array(maxPlaintext + 1));
    const overflowing = clear.length > 0 ? large : Uint8Array.from(large).with(0, 20);
    refused(() => read(join(overflowing, rest)), 'RECORD_OVERFLOW', /16385 bytes in the clear/);
  });

  if (name !== 'message 1')
    for (const version of [0x0300, 0x0301, 0x0302, 0x0304])
      test(`a record of version 0x${version.toString(16)} is refused in ${name} (RFC 5246 §6.2.1)`, () => {
        const other = Buffer.from(flight);
        other.writeUInt16BE(version, 1);
        refused(() => read(other), 'VERSION_UNSUPPORTED', /a record of version/);
      });
}

const withMessages = steps.filter(({ clear }) => clear.length > 0);

for (const { name, clear, rest, read } of withMessages) {
  test(`${name} may have warning alerts between its messages, and not inside one (RFC 5246 §7.2)`, () => {
    const [first = new Uint8Array(), ...others] = clear;
    const warning = alert(1, 112);
    if (others.length > 0) read(join(inRecords([first]), warning, inRecords(others), rest));
    const cut = [inRecords([first.subarray(0, 7)]), warning, inRecords([first.subarray(7), ...others])];
    refused(() => read(join(...cut, rest)), 'MESSAGE_UNEXPECTED', /an alert inside/);
  });
}

test('the cut into records is not part of the handshake: both ends export the same key whatever it was', () => {
  const recut = inRecords(
    messagesOf(turn2.message)
      .flatMap(bytes => [bytes.subarray(0, 9), bytes.subarray(9)])
      .filter(({ length }) => length > 0),
  );
  const third = goOn(initiating, turn1.state, recut);
  assert.ok(third.kind === 'send');
  const coalesced = join(
    inRecords([Buffer.concat(messagesOf(third.message))]),
    protectedPartOf(third.message),
  );
  const fourth = done(goOn(terminating, turn2.state, coalesced));
  const end = done(goOn(initiating, third.state, message4Of(fourth)));
  assert.deepEqual(exported(end.session), exported(fourth.session));
});

function alert(level: number, description: number): Uint8Array {
  return record('alert', Uint8Array.of(level, description));
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}
