// The end of messages 3 and 4: one ChangeCipherSpec, in its place, and one Finished under the new keys (RFC 5246 §7.1).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FaultCode } from '../../src/errors.ts';
import { encode } from '../../src/wire/codec.ts';
import { readRecords, TlsRecord } from '../../src/wire/records.ts';
import { inRecords, messagesOf, protectedPartOf, record } from './flights.ts';
import { goOn, message4Of, runProcedure, variants } from './lab.ts';
import { refused } from './refused.ts';

const changeCipherSpec = record('changeCipherSpec', Uint8Array.of(1));

/** Made from an honest message 3 or 4: its clear part, its ChangeCipherSpec, its protected record. */
type Parts = { readonly clear: Uint8Array; readonly spec: Uint8Array; readonly finished: Uint8Array };

const orders: readonly {
  rule: string;
  make: (parts: Parts) => Uint8Array[];
  code: FaultCode;
  sentence: RegExp;
}[] = [
  {
    rule: 'no ChangeCipherSpec',
    make: ({ clear, finished }) => [clear, finished],
    code: 'MESSAGE_UNEXPECTED',
    sentence: /not preceded by ChangeCipherSpec/,
  },
  {
    rule: 'no Finished',
    make: ({ clear, spec }) => [clear, spec],
    code: 'MESSAGE_UNEXPECTED',
    sentence: /the flight ends where Finished is due/,
  },
  {
    rule: 'neither',
    make: ({ clear }) => [clear, record('alert', Uint8Array.of(1, 112))],
    code: 'MESSAGE_UNEXPECTED',
    sentence: /the flight ends where ChangeCipherSpec is due/,
  },
  {
    rule: 'ChangeCipherSpec twice',
    make: ({ clear, spec, finished }) => [clear, spec, spec, finished],
    code: 'RECORD_UNAUTHENTIC',
    sentence: /does not open/,
  },
  {
    rule: 'Finished before ChangeCipherSpec',
    make: ({ clear, spec, finished }) => [clear, finished, spec],
    code: 'MESSAGE_UNEXPECTED',
    sentence: /not preceded/,
  },
  {
    rule: 'Finished twice',
    make: ({ clear, spec, finished }) => [clear, spec, finished, finished],
    code: 'MESSAGE_UNEXPECTED',
    sentence: /1 records and 0 handshake bytes are left over/,
  },
  {
    rule: 'ChangeCipherSpec after Finished',
    make: ({ clear, spec, finished }) => [clear, spec, finished, spec],
    code: 'MESSAGE_UNEXPECTED',
    sentence: /left over after the flight/,
  },
  {
    rule: 'ChangeCipherSpec of another byte',
    make: ({ clear, finished }) => [clear, record('changeCipherSpec', Uint8Array.of(2)), finished],
    code: 'MESSAGE_MALFORMED',
    sentence: /ChangeCipherSpec is not the one byte 1/,
  },
  {
    rule: 'ChangeCipherSpec of two bytes',
    make: ({ clear, finished }) => [clear, record('changeCipherSpec', Uint8Array.of(1, 1)), finished],
    code: 'MESSAGE_MALFORMED',
    sentence: /ChangeCipherSpec is not the one byte 1/,
  },
  {
    rule: 'an empty ChangeCipherSpec',
    make: ({ clear, finished }) => [clear, record('changeCipherSpec', new Uint8Array()), finished],
    code: 'MESSAGE_MALFORMED',
    sentence: /an empty record/,
  },
  {
    rule: 'ChangeCipherSpec of TLS 1.1',
    make: ({ clear, finished }) => [clear, record('changeCipherSpec', Uint8Array.of(1), 0x0302), finished],
    code: 'VERSION_UNSUPPORTED',
    sentence: /a record of version 0x302/,
  },
  {
    rule: 'an alert in the clear after ChangeCipherSpec',
    make: ({ clear, spec, finished }) => [clear, spec, record('alert', Uint8Array.of(1, 112)), finished],
    code: 'RECORD_UNAUTHENTIC',
    sentence: /does not open/,
  },
  {
    rule: 'a protected record that is too short to be one',
    make: ({ clear, spec }) => [clear, spec, record('handshake', new Uint8Array(15))],
    code: 'RECORD_UNAUTHENTIC',
    sentence: /does not open/,
  },
  {
    rule: 'a Finished relabelled as application data',
    make: ({ clear, spec, finished }) => [clear, spec, Uint8Array.from(finished).with(0, 23)],
    code: 'RECORD_UNAUTHENTIC',
    sentence: /does not open/,
  },
  {
    rule: 'a Finished cut in two protected pieces',
    make: ({ clear, spec, finished }) => [
      clear,
      spec,
      inRecords(halves(readRecords(finished)[0]?.fragment ?? assert.fail())),
    ],
    code: 'RECORD_UNAUTHENTIC',
    sentence: /does not open/,
  },
];

for (const variant of variants)
  test(`messages 3 and 4 end with one ChangeCipherSpec and one Finished (RFC 5246 §7.1): ${variant.name}`, async t => {
    const { initiating, terminating, turn2, turn3, turn4 } = runProcedure(variant);
    for (const { rule, make, code, sentence } of orders)
      await t.test(`refused with ${code}: ${rule}`, () => {
        refused(() => goOn(terminating, turn2.state, joined(make(partsOf(turn3.message)))), code, sentence);
        refused(
          () => goOn(initiating, turn3.state, joined(make(partsOf(message4Of(turn4))))),
          code,
          sentence,
        );
      });
    assert.equal(goOn(terminating, turn2.state, turn3.message).kind, 'done');
    assert.equal(goOn(initiating, turn3.state, message4Of(turn4)).kind, 'done');
  });

test('ChangeCipherSpec inside a message or before its time is refused (early ChangeCipherSpec, CVE-2014-0224)', () => {
  const { initiating, terminating, turn1, turn2, turn3 } = runProcedure(variants[0] ?? assert.fail());
  const early = [
    { end: initiating, state: turn1.state, flight: turn2.message },
    { end: terminating, state: turn2.state, flight: turn3.message },
  ];
  for (const { end, state, flight } of early) {
    const messages = messagesOf(flight);
    for (let before = 0; before < messages.length; before++) {
      const [head, tail] = [messages.slice(0, before), messages.slice(before)];
      const moved = joined([inRecords(head), changeCipherSpec, inRecords(tail)]);
      refused(() => goOn(end, state, moved), 'MESSAGE_UNEXPECTED', /a record of type 20/);
      const [first = new Uint8Array(), ...rest] = tail;
      const [half = first, otherHalf = first] = halves(first);
      const inside = joined([inRecords([...head, half]), changeCipherSpec, inRecords([otherHalf, ...rest])]);
      refused(() => goOn(end, state, inside), 'MESSAGE_UNEXPECTED', /a record of type 20/);
    }
  }
});

test('a message that begins before ChangeCipherSpec and ends after it is refused (RFC 5246 §7.1)', () => {
  const { terminating, turn2, turn3 } = runProcedure(variants[0] ?? assert.fail());
  const clear = Buffer.concat(messagesOf(turn3.message));
  for (const begun of [Uint8Array.of(20), Uint8Array.of(20, 0, 0, 12), new Uint8Array(16)]) {
    const spanning = joined([inRecords([Buffer.concat([clear, begun])]), protectedPartOf(turn3.message)]);
    refused(
      () => goOn(terminating, turn2.state, spanning),
      'MESSAGE_UNEXPECTED',
      /handshake bytes are left over before ChangeCipherSpec/,
    );
  }
});

function partsOf(flight: Uint8Array): Parts {
  const [spec, finished] = readRecords(protectedPartOf(flight)).map(value => encode(TlsRecord, value));
  assert.ok(spec && finished);
  return { clear: clearPartOf(flight), spec, finished };
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
