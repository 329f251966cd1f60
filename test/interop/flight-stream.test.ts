// Where a flight ends on a TCP stream: what is whole, and what can be none of it, is handed on at once, also while the
// connection stays open; everything else is waited for.
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import type { Ordinal } from '../../src/interop/flight-borders.ts';
import { FlightStream } from '../../src/interop/flight-stream.ts';
import { handshakeType } from '../../src/wire/numbers.ts';

/** A record by its type, its fragment and its version. */
const record = (type: number, fragment: readonly number[], version: readonly number[] = [3, 3]) =>
  Buffer.of(type, ...version, fragment.length >> 8, fragment.length, ...fragment);
const message = (type: number, size = 2) => [type, 0, size >> 8, size & 0xff, ...Array<number>(size).fill(0)];
const handshake = (...fragments: number[][]) => record(22, fragments.flat());
const change = record(20, [1]);
const warning = record(21, [1, 90]);
const helloRequest = handshake(message(handshakeType.helloRequest, 0));
const { clientHello, serverHello, serverHelloDone, certificate, clientKeyExchange, certificateVerify } =
  handshakeType;

/** What the stream makes of these records while its other end stays open: a flight, or null as long as it waits. */
async function flightOf(ordinal: Ordinal, records: readonly Uint8Array[]): Promise<Buffer | null> {
  const stream = new Readable({ read: () => undefined });
  stream.push(Buffer.concat(records));
  const flight = new FlightStream(stream as unknown as Socket).flight(ordinal);
  const turns = (async () => {
    // Everything that is there has been read when nothing but the next bytes is waited for.
    for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
    return null;
  })();
  return (await Promise.race([flight, turns])) as Buffer | null;
}

const ends: readonly [rule: string, ordinal: Ordinal, records: readonly Uint8Array[]][] = [
  ['ClientHello ends message 1', 1, [handshake(message(clientHello))]],
  ['ServerHelloDone ends message 2', 2, [handshake(message(serverHello), message(serverHelloDone, 0))]],
  ['a protected record ends message 3', 3, [handshake(message(clientKeyExchange)), change, record(22, [0])]],
  ['a protected record ends message 4', 4, [change, record(22, [0])]],
  ['ChangeCipherSpec is none of message 1 (RFC 5246 §7.1)', 1, [change]],
  ['ChangeCipherSpec is none of message 2 (RFC 5246 §7.1)', 2, [handshake(message(serverHello)), change]],
  ['ChangeCipherSpec before any message of message 3 is too early (CVE-2014-0224)', 3, [change]],
  ['ChangeCipherSpec behind Certificate is too early', 3, [handshake(message(certificate)), change]],
  [
    'ChangeCipherSpec inside of a message is too early',
    3,
    [handshake(message(clientKeyExchange), [certificateVerify]), change],
  ],
  ['a handshake message that is none of the flight ends it', 2, [handshake(message(clientHello))]],
  ['a message of more than 64 KiB by its length is not waited for', 1, [handshake([clientHello, 1, 0, 1])]],
  ['a fatal alert is not followed by anything (RFC 5246 §7.2)', 1, [record(21, [2, 40])]],
  ['close_notify is not followed by anything (RFC 5246 §7.2.1)', 1, [record(21, [1, 0])]],
  ['an alert that is none is not passed over', 1, [record(21, [1, 90, 0])]],
  ['an alert inside of a message is not passed over', 1, [handshake([clientHello, 0]), warning]],
  ['a fifth warning is one too many', 2, Array<Buffer>(5).fill(warning)],
  ['a record of no bytes brings nothing on (RFC 5246 §6.2.1)', 1, [record(22, [])]],
  ['a record of another version is none (RFC 5246 E.1)', 2, [record(22, message(serverHello), [3, 1])]],
  [
    'a record in the clear has at most 2^14 bytes (RFC 5246 §6.2.1)',
    1,
    [record(22, message(clientHello, 20_000).slice(0, 16_385))],
  ],
  ['application data is none of a handshake', 1, [record(23, [0])]],
  [
    'a HelloRequest in a record of another version is not passed over',
    2,
    [record(22, message(handshakeType.helloRequest, 0), [3, 1])],
  ],
  ['a fifth HelloRequest is one too many', 2, Array<Buffer>(5).fill(helloRequest)],
  [
    'more than 4096 records are no flight',
    1,
    [...Buffer.from(message(clientHello, 5000))].slice(0, 4097).map(byte => record(22, [byte])),
  ],
];

for (const [rule, ordinal, records] of ends)
  test(`${rule}: the flight is handed on while the connection is open`, async () => {
    assert.ok(await flightOf(ordinal, records), 'it waits');
    // The last record decided it.
    if (records.length > 1) assert.equal(await flightOf(ordinal, records.slice(0, -1)), null);
  });

const waits: readonly [rule: string, ordinal: Ordinal, records: readonly Uint8Array[]][] = [
  ['half a message', 1, [handshake([clientHello, 0, 0])]],
  ['message 1 in a record of version 3.1 (RFC 5246 E.1)', 1, [record(22, [clientHello, 0], [3, 1])]],
  ['four warnings', 2, Array<Buffer>(4).fill(warning)],
  ['four HelloRequests', 4, Array<Buffer>(4).fill(helloRequest)],
  ['ChangeCipherSpec behind CertificateVerify', 3, [handshake(message(certificateVerify)), change]],
  ['ChangeCipherSpec that begins message 4', 4, [change]],
];

for (const [rule, ordinal, records] of waits)
  test(`the rest is waited for behind ${rule}`, async () => {
    assert.equal(await flightOf(ordinal, records), null);
  });
