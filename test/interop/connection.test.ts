// What a TCP stream may look like: records and messages divided and joined in every legal way, data right behind
// Finished, ends of connections at every step. What it may not: test/refusals.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { trafficKeys } from '../../src/crypto/key-schedule.ts';
import { systemRandom } from '../../src/crypto/random.ts';
import { protect, type RecordProtection, unprotect } from '../../src/crypto/record-protection.ts';
import { accept } from '../../src/handshake/handshake.ts';
import { initiateOver, terminateOver } from '../../src/interop/connection.ts';
import { establishOverTls } from '../../src/interop/establish.ts';
import { FlightStream } from '../../src/interop/flight-stream.ts';
import { listen, type Outcome } from '../../src/interop/listener.ts';
import { decode, encode } from '../../src/wire/codec.ts';
import { contentType, tls12 } from '../../src/wire/numbers.ts';
import { maxPlaintext, readRecords, TlsRecord } from '../../src/wire/records.ts';
import { beginWith, kinds, x509 } from '../endpoint/kinds.ts';
import { within } from '../within.ts';
import { initiatingEnd, keyIn, terminatingEnd } from './tls-end.ts';

const lifetime = 3_600_000;

/** What is written, one after the other, in the place of a flight. */
type Divide = (flight: Uint8Array) => readonly Uint8Array[];

/** RFC 5246 §6.2.1: "client message boundaries are not preserved in the record layer". */
const divisions: Readonly<Record<string, Divide>> = {
  'records of one byte': flight => [inRecordsOf(1, flight)],
  'records that end inside of messages': flight => [inRecordsOf(7, flight)],
  'all messages in one record': flight => [inRecordsOf(maxPlaintext, flight)],
  'segments of one byte': flight => [...flight].map(byte => Uint8Array.of(byte)),
  'segments that end inside of record headers': flight => [
    flight.subarray(0, 3),
    flight.subarray(3, -4),
    flight.subarray(-4),
  ],
};

for (const kind of [x509, ...kinds.filter(({ by }) => by === 'psk').slice(0, 1)])
  for (const [name, divide] of Object.entries(divisions))
    test(`${kind.name}: every flight in ${name} is understood by both sides (RFC 5246 §6.2.1)`, async t => {
      const lab = await listener(t, kind);
      const port = await between(t, lab.port, divide);
      const key = await within(
        establishOverTls({ host: '127.0.0.1', port }, initiatingEnd({}, kind), lifetime),
        'establish',
      );
      assert.equal(keyIn(key).id, await lab.keyId());
    });

/** Message 3 with what its protected record held in others: so many bytes each. */
function withFinishedIn(pieces: readonly number[], message3: Uint8Array, keys: RecordProtection): Uint8Array {
  const records = readRecords(message3);
  const last = records.pop() ?? assert.fail();
  let rest = unprotect(keys, 0, last);
  const divided = pieces.map((size, sequence) => {
    const fragment = rest.subarray(0, size);
    rest = rest.subarray(size);
    return sealed(keys, sequence, contentType.handshake, fragment);
  });
  return Buffer.concat([...records.map(each => encode(TlsRecord, each)), ...divided]);
}

for (const [name, pieces] of [
  ['two', [7, 9]],
  ['sixteen', Array.from({ length: 16 }, () => 1)],
] as const)
  test(`Finished in ${name} protected records is understood (RFC 5246 §6.2.1)`, async t => {
    const lab = await listener(t);
    const { socket, stream, procedure, message2 } = await begun(t, lab.port);
    const message3 = procedure.message3(message2);
    socket.write(withFinishedIn(pieces, message3, keysOf(procedure).write));
    assert.ok(await within(stream.flight(4), 'message 4'));
    await lab.keyId();
  });

test('a message in the place of Finished that goes on for ever is given up after sixteen records', async t => {
  const lab = await listener(t);
  const { socket, procedure, message2 } = await begun(t, lab.port);
  const message3 = procedure.message3(message2);
  const { write } = keysOf(procedure);
  const records = readRecords(message3).slice(0, -1);
  socket.write(Buffer.concat(records.map(each => encode(TlsRecord, each))));
  // A Finished of 65,535 bytes, by its header.
  const endless = [Buffer.of(20, 0, 0xff, 0xff), ...Array.from({ length: 40 }, () => Buffer.of(0))];
  for (const [sequence, fragment] of endless.entries())
    socket.write(sealed(write, sequence, contentType.handshake, fragment));
  const outcome = await lab.outcome();
  assert.equal('error' in outcome && outcome.error.code, 'MESSAGE_MALFORMED');
  await honest(lab);
});

test('data right behind Finished, before message 4 has come, is data (false start, RFC 7918)', async t => {
  const lab = await listener(t);
  const { socket, stream, procedure, message2 } = await begun(t, lab.port);
  const message3 = procedure.message3(message2);
  const { write, read } = keysOf(procedure);
  socket.write(Buffer.concat([message3, record(write, 1, 'GET / HTTP/1.1\r\n\r\n')]));
  assert.ok(await within(stream.flight(4), 'message 4'));
  assert.match(await opened(stream, read, 1), /^HTTP\/1\.1 200 OK/);
  await lab.keyId();
});

test('data in the segment of message 4 is kept for whoever reads it', async t => {
  const server = createServer(async socket => {
    const connection = await terminateOver(
      socket.on('error', () => undefined),
      terminatingEnd(),
    );
    connection?.data.write(Buffer.from('data'));
  });
  const port = await between(t, await portOf(t, server), flight => [flight], true);
  const socket = connected(t, port);
  const { data } = await within(initiateOver(socket, initiatingEnd()), 'the handshake');
  assert.equal(String(await within(data.read(), 'data')), 'data');
});

test('empty records of application data are passed over (RFC 5246 §6.2.1)', async t => {
  const { socket, stream, write, read } = await finished(t);
  for (const [index, text] of ['', 'GET / HTTP/1.1\r\n', '', '\r\n', ''].entries())
    socket.write(record(write, 1 + index, text));
  assert.match(await opened(stream, read, 1), /^HTTP\/1\.1 200 OK/);
});

test('whoever has closed his side behind the request still gets the report (RFC 793 §3.5)', async t => {
  const { socket, stream, write, read } = await finished(t);
  socket.end(record(write, 1, 'GET / HTTP/1.1\r\n\r\n'));
  assert.match(await opened(stream, read, 1), /^HTTP\/1\.1 200 OK/);
  assert.ok(await within(stream.record(), 'close_notify'));
  assert.equal(await within(stream.record(), 'the end'), null);
});

test('whoever leaves after a finished handshake, with or without close_notify, changes nothing of it', async t => {
  const lab = await listener(t);
  for (const leave of ['end', 'resetAndDestroy', 'destroy'] as const) {
    const { socket } = await finished(t, lab);
    socket[leave]();
  }
  await honest(lab);
});

/** What of messages 1 and 3 a client sends before he leaves: from the first byte to here; null for nothing. */
const steps: readonly [name: string, of1: number, of3: number | null][] = [
  ['inside of the first record header', 3, null],
  ['inside of message 1', 40, null],
  ['behind message 1', Number.POSITIVE_INFINITY, null],
  ['inside of the first record of message 3', Number.POSITIVE_INFINITY, 30],
  ['inside of Finished', Number.POSITIVE_INFINITY, -5],
];

for (const [name, of1, of3] of steps)
  for (const leave of ['end', 'resetAndDestroy'] as const)
    test(`a client that leaves ${name} (${leave}) is CARRIER_FAILED, and the next one is served`, async t => {
      const lab = await listener(t);
      const procedure = beginWith(x509);
      const socket = connected(t, lab.port);
      const closed = new Promise(resolve => socket.once('close', resolve));
      let last = procedure.message1.subarray(0, of1);
      if (of3 !== null) {
        socket.write(last);
        const message2 = await within(new FlightStream(socket).flight(2), 'message 2');
        last = procedure.message3(message2 ?? new Uint8Array()).slice(0, of3);
      }
      await new Promise<unknown>(resolve => socket.write(last, resolve));
      socket.resume()[leave]();
      const outcome = await lab.outcome();
      assert.equal('error' in outcome && outcome.error.code, 'CARRIER_FAILED');
      await within(closed, 'the connection to close');
      await honest(lab);
    });

test('200 handshakes at once each make a key of their own', async t => {
  const lab = await listener(t);
  const target = { host: '127.0.0.1', port: lab.port };
  const keys = await within(
    Promise.all(Array.from({ length: 200 }, () => establishOverTls(target, initiatingEnd(), lifetime))),
    '200 handshakes',
  );
  const ours = keys.map(key => keyIn(key).id);
  const theirs = await Promise.all(ours.map(() => lab.keyId()));
  assert.equal(new Set(ours).size, 200);
  assert.deepEqual(ours.toSorted(), theirs.toSorted());
});

test('a record that comes byte by byte is copied a few times, not once for each byte', async t => {
  const whole = encode(TlsRecord, {
    type: contentType.handshake,
    version: tls12,
    fragment: Buffer.concat([Buffer.of(11, 0, 0x3f, 0xfc), Buffer.alloc(maxPlaintext - 4)]),
  });
  const socket = Readable.from([...whole].map(byte => Buffer.of(byte))) as Socket;
  const copied = copies(t);
  assert.deepEqual(await new FlightStream(socket).record(), Buffer.from(whole));
  assert.ok(copied() < 4 * whole.length, `${copied()} bytes were copied for ${whole.length}`);
});

test('a flight in records of one byte is copied a few times, not once for each record', async t => {
  const flight = inRecordsOf(
    1,
    Buffer.concat([Buffer.of(22, 3, 3, 0x0f, 0xa0, 11, 0, 0x0f, 0x9c), Buffer.alloc(0x0f9c)]),
  );
  const socket = Readable.from([flight]) as Socket;
  const copied = copies(t);
  // It never ends: a Certificate message is not the last of flight 3.
  assert.deepEqual(await new FlightStream(socket).flight(3), flight);
  assert.ok(copied() < 4 * flight.length, `${copied()} bytes were copied for ${flight.length}`);
});

test('a message in records of one byte is copied a few times, not once for each record', t => {
  const padding = { type: 21, data: new Uint8Array(3000) };
  const { message1 } = beginWith(x509, {
    edit: hello => ({ ...hello, extensions: [...hello.extensions, padding] }),
  });
  const flight = inRecordsOf(1, message1);
  const copied = copies(t);
  assert.equal(accept(terminatingEnd().profile, flight).kind, 'sign');
  assert.ok(copied() < 4 * flight.length, `${copied()} bytes were copied for ${flight.length}`);
});

/** How many bytes were joined since. */
function copies(t: TestContext): () => number {
  const spy = t.mock.method(Buffer, 'concat');
  return () => spy.mock.calls.reduce((sum, { result }) => sum + (result?.length ?? 0), 0);
}

/** The handshake messages in the clear in records of so many bytes; what is protected stays as it is. */
function inRecordsOf(size: number, flight: Uint8Array): Uint8Array {
  const records = readRecords(flight);
  const change = records.findIndex(({ type }) => type === contentType.changeCipherSpec);
  const clear = change === -1 ? records : records.slice(0, change);
  const fragments = Buffer.concat(clear.map(({ fragment }) => fragment));
  const divided: TlsRecord[] = [];
  for (let at = 0; at < fragments.length; at += size)
    divided.push({
      type: contentType.handshake,
      version: tls12,
      fragment: fragments.subarray(at, at + size),
    });
  const rest = change === -1 ? [] : records.slice(change);
  return Buffer.concat([...divided, ...rest].map(each => encode(TlsRecord, each)));
}

interface Listening {
  readonly port: number;
  outcome(): Promise<Outcome>;
  keyId(): Promise<string>;
}

async function listener(t: TestContext, kind = x509): Promise<Listening> {
  const outcomes: Outcome[] = [];
  let arrived = Promise.withResolvers<void>();
  const { port, close } = await listen({
    host: '127.0.0.1',
    port: 0,
    endpoint: terminatingEnd({}, kind),
    keyLifetime: lifetime,
    onOutcome(outcome) {
      outcomes.push(outcome);
      arrived.resolve();
      arrived = Promise.withResolvers();
    },
  });
  t.after(() => within(close(), 'the listener to close'));
  const outcome = async () => {
    for (;;) {
      const first = outcomes.shift();
      if (first !== undefined) return first;
      await within(arrived.promise, 'a handshake to end');
    }
  };
  return {
    port,
    outcome,
    async keyId() {
      const ended = await outcome();
      assert.ok('key' in ended, 'error' in ended ? ended.error.message : 'no key');
      return ended.key.id;
    },
  };
}

async function honest(lab: Listening): Promise<void> {
  const target = { host: '127.0.0.1', port: lab.port };
  const key = await within(establishOverTls(target, initiatingEnd(), lifetime), 'establish');
  assert.equal(keyIn(key).id, await lab.keyId());
}

/** A client by hand that has message 2. */
async function begun(t: TestContext, port: number) {
  const procedure = beginWith(x509);
  const socket = connected(t, port);
  const stream = new FlightStream(socket);
  socket.write(procedure.message1);
  const message2 = (await within(stream.flight(2), 'message 2')) ?? new Uint8Array();
  return { socket, stream, procedure, message2 };
}

/** A client by hand whose handshake has ended, with its keys. */
async function finished(t: TestContext, lab?: Listening) {
  const known = lab ?? (await listener(t));
  const { socket, stream, procedure, message2 } = await begun(t, known.port);
  socket.write(procedure.message3(message2));
  assert.ok(await within(stream.flight(4), 'message 4'));
  await known.keyId();
  return { socket, stream, ...keysOf(procedure) };
}

function keysOf({ state }: ReturnType<typeof beginWith>): {
  write: RecordProtection;
  read: RecordProtection;
} {
  const { suite, encryptThenMac, randoms } = state.negotiated;
  const { client, server } = trafficKeys(suite, state.masterSecret, randoms);
  return { write: { suite, encryptThenMac, keys: client }, read: { suite, encryptThenMac, keys: server } };
}

function record(keys: RecordProtection, sequence: number, text: string): Uint8Array {
  return sealed(keys, sequence, contentType.applicationData, Buffer.from(text));
}

function sealed(keys: RecordProtection, sequence: number, type: number, fragment: Uint8Array): Uint8Array {
  return encode(TlsRecord, protect(keys, sequence, { type, version: tls12, fragment }, systemRandom));
}

async function opened(stream: FlightStream, keys: RecordProtection, sequence: number): Promise<string> {
  const bytes = await within(stream.record(), 'a record');
  return String(Buffer.from(unprotect(keys, sequence, decode(TlsRecord, bytes ?? new Uint8Array()))));
}

/** The port of a proxy that divides each flight anew, and may join the record behind message 4 with it. */
async function between(t: TestContext, port: number, divide: Divide, joinNext = false): Promise<number> {
  const pass = async (near: Socket) => {
    const far = connected(t, port);
    const [client, server] = [new FlightStream(near), new FlightStream(far)];
    for (const ordinal of [1, 2, 3, 4] as const) {
      const [from, to] = ordinal % 2 === 1 ? [client, far] : [server, near];
      const flight = (await from.flight(ordinal)) ?? new Uint8Array();
      const next = (joinNext && ordinal === 4 && (await from.record())) || new Uint8Array();
      for (const piece of divide(Buffer.concat([flight, next]))) to.setNoDelay(true).write(piece);
    }
    near.end();
    far.end();
  };
  return portOf(
    t,
    createServer(near => void pass(near.on('error', () => undefined)).catch(() => near.destroy())),
  );
}

function connected(t: TestContext, port: number): Socket {
  const socket = connect({ host: '127.0.0.1', port }).on('error', () => undefined);
  t.after(() => socket.destroy());
  return socket;
}

async function portOf(t: TestContext, server: ReturnType<typeof createServer>): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', socket => sockets.add(socket));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
