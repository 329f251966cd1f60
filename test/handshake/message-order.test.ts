// The messages inside a flight: each is due in its place and nowhere else (RFC 5246 §7.3 figure 1). The
// signatures and Finished of these flights are right for what they hold, so only the order can be the reason.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E2EKeyError } from '../../src/errors.ts';
import { encodeMessage, type HandshakeMessage, message, messageName } from '../../src/wire/messages.ts';
import { inRecords } from './flights.ts';
import { answer, begin, goOn, initiatingEnd, runProcedure, terminatingEnd, variants } from './lab.ts';
import { refused } from './refused.ts';
import { scriptedInitiating } from './scripted-initiating.ts';
import { scriptedTerminating } from './scripted-terminating.ts';

type Edit = (messages: Uint8Array[]) => Uint8Array[];

const [variant] = variants;
assert.ok(variant);

function readMessage2(messages: Edit): void {
  const end = initiatingEnd();
  const turn1 = begin(end, { encryptThenMac: true });
  goOn(end, turn1.state, scriptedTerminating(turn1.message, { messages }).message2);
}

function readMessage3(messages: Edit): void {
  const end = terminatingEnd();
  const scripted = scriptedInitiating({ messages });
  const turn2 = answer(end, scripted.message1);
  goOn(end, turn2.state, scripted.answer(turn2.message).message3);
}

const flights = [
  { name: 'message 2', read: readMessage2, size: 5 },
  { name: 'message 3', read: readMessage3, size: 3 },
];

for (const { name, read, size } of flights) {
  const places = [...Array(size).keys()];

  test(`${name} is read when its messages are in order`, () => read(messages => messages));

  test(`${name} with its messages in any other order is refused (RFC 5246 §7.3)`, () => {
    let orders = 0;
    for (const order of permutations(places)) {
      if (order.every((place, index) => place === index)) continue;
      const reordered: Edit = messages => order.map(place => messages[place] ?? assert.fail());
      refused(() => read(reordered), 'MESSAGE_UNEXPECTED', / where | left over /);
      orders += 1;
    }
    assert.equal(orders, size === 5 ? 119 : 5);
  });

  for (const place of places) {
    test(`${name} without its message ${place + 1} is refused (RFC 5246 §7.3)`, () => {
      refused(
        () => read(messages => messages.toSpliced(place, 1)),
        'MESSAGE_UNEXPECTED',
        / where | not preceded /,
      );
    });

    test(`${name} with its message ${place + 1} twice is refused (RFC 5246 §7.3)`, () => {
      const twice: Edit = messages => messages.toSpliced(place, 0, messages[place] ?? assert.fail());
      refused(() => read(twice), 'MESSAGE_UNEXPECTED', / where | left over | not preceded /);
    });
  }

  test(`${name} cut off after any of its bytes is refused`, () => {
    const { initiating, terminating, turn1, turn2, turn3 } = runProcedure(variant);
    const whole = name === 'message 2' ? turn2.message : turn3.message;
    const step = name === 'message 2' ? { end: initiating, ...turn1 } : { end: terminating, ...turn2 };
    for (let size = 0; size < whole.length; size += size < 100 || size > whole.length - 100 ? 1 : 37)
      refusedSomehow(() => goOn(step.end, step.state, whole.subarray(0, size)));
  });
}

/** Every message of a TLS 1.2 handshake, and some types of none. */
const foreign: readonly { name: string; bytes: Uint8Array }[] = [
  whole(message.helloRequest, {}),
  whole(message.certificateStatus, { statusType: 1, response: Uint8Array.of(1) }),
  whole(message.clientKeyExchange, { point: new Uint8Array(65) }),
  whole(message.finished, { verifyData: new Uint8Array(12) }),
  ...[4, 5, 6, 8, 21, 23, 24, 255].map(type => ({
    name: messageName(type),
    bytes: Uint8Array.of(type, 0, 0, 0),
  })),
];

for (const { name: foreignName, bytes } of foreign)
  test(`${foreignName} is due nowhere in message 2 (RFC 5246 §7.3; HelloRequest §7.4.1.1)`, () => {
    for (let place = 0; place <= 5; place++)
      refused(
        () => readMessage2(messages => messages.toSpliced(place, 0, bytes)),
        'MESSAGE_UNEXPECTED',
        / where | left over /,
      );
  });

test('ServerHelloDone with a body is refused (RFC 5246 §7.4.5)', () => {
  refused(
    () => readMessage2(messages => [...messages.slice(0, 4), Uint8Array.of(14, 0, 0, 1, 0)]),
    'MESSAGE_MALFORMED',
    /ServerHelloDone/,
  );
});

test('message 2 without CertificateRequest is refused (TS-0003 8.7.2.2: mutual authentication)', () => {
  refused(
    () => readMessage2(messages => messages.filter(([type]) => type !== message.certificateRequest.type)),
    'MESSAGE_UNEXPECTED',
    /ServerHelloDone where CertificateRequest is due/,
  );
});

test('a message of another step, or of our own, is refused at every pause', () => {
  const { initiating, terminating, turn1, turn2, turn3, turn4 } = runProcedure(variant);
  const messages = [turn1.message, turn2.message, turn3.message, turn4.message ?? assert.fail()];
  const pauses = [
    { end: initiating, state: turn1.state, due: 1 },
    { end: terminating, state: turn2.state, due: 2 },
    { end: initiating, state: turn3.state, due: 3 },
  ];
  for (const { end, state, due } of pauses)
    for (const [index, received] of messages.entries())
      if (index !== due)
        refused(() => goOn(end, state, received), 'MESSAGE_UNEXPECTED', / where | not preceded /);
});

test('a handshake message that is longer than the flight is refused', () => {
  for (const [length, sentence] of [
    [0x0000ff, /the flight ends inside ServerHello/],
    [0x00fffc, /the flight ends inside ServerHello/],
    [0x00fffd, /ServerHello of 65537 bytes by its length; 65536 are allowed/],
    [0xffffff, /ServerHello of 16777219 bytes by its length/],
  ] as const) {
    const header = Buffer.from([2, 0, 0, 0]);
    header.writeUIntBE(length, 1, 3);
    const turn1 = begin(initiatingEnd(), variant);
    const cut = inRecords([Buffer.concat([header, new Uint8Array(100)])]);
    refused(() => goOn(initiatingEnd(), turn1.state, cut), 'MESSAGE_MALFORMED', sentence);
  }
});

function refusedSomehow(step: () => unknown): void {
  assert.throws(step, (error: unknown) => error instanceof E2EKeyError && error.blame === 'peer');
}

function whole<T>(kind: HandshakeMessage<T>, value: T) {
  return { name: messageName(kind.type), bytes: encodeMessage(kind, value) };
}

function* permutations(items: readonly number[]): Generator<number[]> {
  if (items.length === 0) yield [];
  for (const item of items)
    for (const rest of permutations(items.filter(other => other !== item))) yield [item, ...rest];
}
