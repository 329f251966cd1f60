// Finished, which proves that both end-points saw the same handshake, and the protected records that it travels in
// (RFC 5246 §7.4.9). The key change before it is in change-cipher-spec.test.ts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trafficKeys, verifyData } from '../../src/crypto/key-schedule.ts';
import { protect } from '../../src/crypto/record-protection.ts';
import type { FaultCode } from '../../src/errors.ts';
import type { WaitingForMessage4 } from '../../src/handshake/state.ts';
import { encode } from '../../src/wire/codec.ts';
import { encodeMessage, message } from '../../src/wire/messages.ts';
import { contentType, tls12 } from '../../src/wire/numbers.ts';
import { TlsRecord } from '../../src/wire/records.ts';
import { inRecords, messagesOf, protectedPartOf, record } from './flights.ts';
import {
  answer,
  begin,
  goOn,
  initiatingEnd,
  message4Of,
  runProcedure,
  sent,
  terminatingEnd,
  variants,
} from './lab.ts';
import { refused } from './refused.ts';
import { type InitiatingScript, scriptedInitiating } from './scripted-initiating.ts';
import { scriptedTerminating } from './scripted-terminating.ts';

const changeCipherSpec = record('changeCipherSpec', Uint8Array.of(1));
const flipped = (bytes: Uint8Array) => Uint8Array.from(bytes).with(0, (bytes[0] ?? 0) ^ 1);

test('a wrong verify_data of the initiating end-point is refused (RFC 5246 §7.4.9)', () => {
  refusedMessage3({ verifyData: flipped }, 'FINISHED_INVALID', /the initiating end-point's Finished/);
});

for (const { suite } of variants.filter(({ encryptThenMac }) => !encryptThenMac)) {
  test(`a wrong verify_data of the terminating end-point is refused (RFC 5246 §7.4.9): ${suite.name}`, () => {
    const end = initiatingEnd({ suites: [suite] });
    const turn1 = begin(end, { encryptThenMac: true });
    const scripted = scriptedTerminating(turn1.message, { suite, verifyData: flipped });
    const turn3 = sent(goOn(end, turn1.state, scripted.message2));
    const { message4 } = scripted.answer(turn3.message);
    refused(
      () => goOn(end, turn3.state, message4),
      'FINISHED_INVALID',
      /the terminating end-point's Finished/,
    );
  });

  test(`a Finished sent back to its sender is refused: ${suite.name}`, () => {
    const { initiating, turn3 } = runProcedure({ suite, encryptThenMac: false });
    const reflected = protectedPartOf(turn3.message);
    refused(() => goOn(initiating, turn3.state, reflected), 'RECORD_UNAUTHENTIC', /does not open/);
  });

  test(`a Finished under the null cipher is refused: ${suite.name}`, () => {
    const { initiating, terminating, turn2, turn3 } = runProcedure({ suite, encryptThenMac: false });
    const finished = inRecords([encodeMessage(message.finished, { verifyData: new Uint8Array(12) })]);
    const message3 = Buffer.concat([clearPartOf(turn3.message), changeCipherSpec, finished]);
    refused(() => goOn(terminating, turn2.state, message3), 'RECORD_UNAUTHENTIC', /does not open/);
    const message4 = Buffer.concat([changeCipherSpec, finished]);
    refused(() => goOn(initiating, turn3.state, message4), 'RECORD_UNAUTHENTIC', /does not open/);
  });
}

test('message 4 at the end of message 3 is refused: each direction has its keys (RFC 5246 §6.3)', () => {
  const { initiating, terminating, turn2, turn3, turn4 } = runProcedure(variants[0] ?? assert.fail());
  const part = protectedPartOf(message4Of(turn4));
  const message3 = Buffer.concat([clearPartOf(turn3.message), part]);
  refused(() => goOn(terminating, turn2.state, message3), 'RECORD_UNAUTHENTIC', /does not open/);
  assert.equal(goOn(initiating, turn3.state, part).kind, 'done');
});

const fragments: readonly {
  rule: string;
  fragment: InitiatingScript['fragment'];
  code: FaultCode;
  sentence: RegExp;
}[] = [
  {
    rule: 'two Finished in one record',
    fragment: f => Buffer.concat([f, f]),
    code: 'MESSAGE_UNEXPECTED',
    sentence: /16 handshake bytes are left over/,
  },
  {
    rule: 'one byte after Finished',
    fragment: f => Buffer.concat([f, Uint8Array.of(0)]),
    code: 'MESSAGE_UNEXPECTED',
    sentence: /1 handshake bytes are left over/,
  },
  {
    rule: 'half a Finished',
    fragment: f => f.subarray(0, 8),
    code: 'MESSAGE_MALFORMED',
    sentence: /the flight ends inside Finished/,
  },
  {
    rule: 'an empty record',
    fragment: f => f.subarray(0, 0),
    code: 'MESSAGE_MALFORMED',
    sentence: /an empty handshake record/,
  },
  {
    rule: 'verify_data of 11 bytes',
    fragment: f => Buffer.concat([Uint8Array.of(20, 0, 0, 11), f.subarray(4, 15)]),
    code: 'MESSAGE_MALFORMED',
    sentence: /Finished\.verifyData/,
  },
  {
    rule: 'verify_data of 13 bytes',
    fragment: f => Buffer.concat([Uint8Array.of(20, 0, 0, 13), f.subarray(4), Uint8Array.of(0)]),
    code: 'MESSAGE_MALFORMED',
    sentence: /left over/,
  },
  {
    rule: 'another message',
    fragment: f => Uint8Array.from(f).with(0, 15),
    code: 'MESSAGE_UNEXPECTED',
    sentence: /CertificateVerify where Finished is due/,
  },
];

for (const { rule, fragment, code, sentence } of fragments)
  test(`a protected record with ${rule} is refused (RFC 5246 §7.4.9)`, () => {
    refusedMessage3({ ...(fragment && { fragment }) }, code, sentence);
  });

test('a protected record of another content type than handshake is refused, a protected alert is told', () => {
  const { initiating, turn3 } = runProcedure(variants[0] ?? assert.fail());
  assert.ok(turn3.state.waitingFor === 'message 4');
  const { state } = turn3;
  const data = joined([changeCipherSpec, sealed(state, 0, 'applicationData', Uint8Array.of(1, 2, 3))]);
  refused(
    () => goOn(initiating, state, data),
    'MESSAGE_UNEXPECTED',
    /a record of type 23 where Finished is due/,
  );
  const alert = joined([changeCipherSpec, sealed(state, 0, 'alert', Uint8Array.of(2, 51))]);
  const error = refused(() => goOn(initiating, state, alert), 'ALERT_RECEIVED', /decrypt_error/);
  assert.equal(error.notice.alertReceived, 51);
});

test('protected records are numbered from 0 (RFC 5246 §6.1): a number used twice or left out is refused', () => {
  for (const variant of variants) {
    const { initiating, turn3 } = runProcedure(variant);
    assert.ok(turn3.state.waitingFor === 'message 4');
    const { state } = turn3;
    const { masterSecret, negotiated, transcript } = state;
    const due = verifyData(negotiated.suite.hash, masterSecret, 'server', transcript);
    const [first, second] = halves(encodeMessage(message.finished, { verifyData: due }));
    const inTwoRecords = (one: number, other: number) =>
      joined([
        changeCipherSpec,
        sealed(state, one, 'handshake', first),
        sealed(state, other, 'handshake', second),
      ]);
    assert.equal(goOn(initiating, state, inTwoRecords(0, 1)).kind, 'done');
    for (const [one, other] of [
      [0, 0],
      [1, 1],
      [1, 2],
      [0, 2],
      [1, 0],
    ] as const)
      refused(() => goOn(initiating, state, inTwoRecords(one, other)), 'RECORD_UNAUTHENTIC', /does not open/);
  }
});

/** A record under the terminating end-point's keys. */
function sealed(
  { negotiated, masterSecret }: WaitingForMessage4,
  sequence: number,
  type: keyof typeof contentType,
  fragment: Uint8Array,
): Uint8Array {
  const { suite, encryptThenMac, randoms } = negotiated;
  const { server: keys } = trafficKeys(suite, masterSecret, randoms);
  const plain = { type: contentType[type], version: tls12, fragment };
  return encode(
    TlsRecord,
    protect({ suite, encryptThenMac, keys }, sequence, plain, size => new Uint8Array(size)),
  );
}

function refusedMessage3(script: InitiatingScript, code: FaultCode, sentence: RegExp): void {
  for (const { suite } of variants) {
    const end = terminatingEnd({ suites: [suite] });
    const scripted = scriptedInitiating(script);
    const turn2 = answer(end, scripted.message1);
    const { message3 } = scripted.answer(turn2.message);
    refused(() => goOn(end, turn2.state, message3), code, sentence);
  }
}

function clearPartOf(flight: Uint8Array): Uint8Array {
  return inRecords(messagesOf(flight));
}

function halves(bytes: Uint8Array): [Uint8Array, Uint8Array] {
  const middle = Math.floor(bytes.length / 2);
  return [bytes.subarray(0, middle), bytes.subarray(middle)];
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}
