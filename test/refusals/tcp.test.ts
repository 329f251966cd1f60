// The refusal table over TCP, towards the listener that stock TLS stacks meet: which alert goes over the wire, what is
// reported, and that nothing of it hurts the next one who comes.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { FaultCode } from '../../src/errors.ts';
import { establishOverTls } from '../../src/interop/establish.ts';
import { FlightStream } from '../../src/interop/flight-stream.ts';
import { listen, type Outcome } from '../../src/interop/listener.ts';
import { refusalsByKind } from '../endpoint/key-refusals.ts';
import { beginWith, type Kind, x509 } from '../endpoint/kinds.ts';
import { begin, type LabOptions } from '../endpoint/lab.ts';
import type { Refusal } from '../endpoint/refusals.ts';
import { initiatingEnd, keyIn, type TlsEndOptions, tlsEnd } from '../interop/tls-end.ts';
import { within } from '../within.ts';
import { alertRecord, withUnsolicitedExtension } from './bytes.ts';

/** How a stream of records differs; null where a connection cannot say it at all. */
const overTcp: Readonly<Record<string, Partial<Stream> | null>> = {
  'a record that ends too early (RFC 5246 §6.2.1)': { code: 'CARRIER_FAILED', alert: null },
  'no byte at all': { code: null, alert: null },
  // Its first bytes are no record header; how long it is does not come into it.
  'one byte more than 64 KiB': { code: 'MESSAGE_MALFORMED', alert: 50 },
  // Without From the certificate says who it is.
  'a peer that may only be the terminating end-point': {
    second: (procedure, message2) => procedure.message3(message2),
  },
  // The connection is the pending handshake.
  'message 3 of a handshake that is not known here (TS-0001 11.4.3)': {
    code: 'MESSAGE_UNEXPECTED',
    alert: 10,
  },
  'one message 1 more than may be pending': null,
  'a From that nobody knows (TS-0003 8.1.2.4)': null,
  'a From that is no identifier (TS-0001 7.2)': null,
  'the identity of another peer than From (TS-0003 8.7.2.2)': null,
  'a store that fails': null,
};

interface Stream extends Omit<Refusal, 'code'> {
  /** null where nothing is reported. */
  readonly code: FaultCode | null;
}

const lifetime = 3_600_000;

for (const [kind, refusals] of refusalsByKind) {
  const provocable = refusals.filter(({ name }) => overTcp[name] !== null);
  const of = kind === x509 ? '' : `${kind.name}: `;

  test(`${of}one listener refuses everything that a peer can do wrong, and then still makes a key`, async t => {
    const lab = await serve(t, {}, {}, kind);
    for (const refusal of provocable.filter(({ terminating }) => terminating === undefined))
      await t.test(`${refusal.code}: ${refusal.name}`, () => assertRefused(lab, refusal, kind));
    await honestHandshake(lab, kind);
  });

  for (const refusal of provocable.filter(({ terminating }) => terminating !== undefined))
    test(`${of}${refusal.code}: ${refusal.name}`, async t => {
      await assertRefused(await serve(t, refusal.terminating?.() ?? {}, {}, kind), refusal, kind);
    });
}

test('ClientHello twice is refused where message 3 is due, behind message 2', async t => {
  const lab = await serve(t);
  const { message1 } = begin();
  const socket = await lab.connect();
  socket.write(Buffer.concat([message1, message1]));
  await new FlightStream(socket).flight(2);
  assert.deepEqual(await lab.outcome(), 'MESSAGE_UNEXPECTED');
});

test('EXTENSION_UNSOLICITED goes over the wire to the terminating end-point (RFC 5246 §7.4.1.4)', async t => {
  const told = Promise.withResolvers<Uint8Array | null>();
  const server = createServer(async socket => {
    const stream = new FlightStream(socket);
    socket.write(withUnsolicitedExtension((await stream.flight(1)) ?? new Uint8Array()));
    told.resolve(await stream.record());
    socket.end();
  });
  const port = await listening(t, server);
  const established = establishOverTls({ host: '127.0.0.1', port }, initiatingEnd(), lifetime);
  await assert.rejects(established, { code: 'EXTENSION_UNSOLICITED' });
  assert.deepEqual(Uint8Array.from((await within(told.promise, 'the alert')) ?? []), alertRecord(110));
});

for (const [name, before2, before4, code] of [
  ['four HelloRequests before each flight are ignored by whoever is negotiating', 4, 4, null],
  ['the fifth HelloRequest before message 2 is refused', 5, 0, 'MESSAGE_UNEXPECTED'],
  ['the fifth HelloRequest before message 4 is refused', 0, 5, 'MESSAGE_UNEXPECTED'],
] as const)
  test(`${name} (RFC 5246 §7.4.1.1)`, async t => {
    const established = establishOverTls(
      {
        host: '127.0.0.1',
        port: await served(t, (message, ordinal) => [
          ...Array<Uint8Array>(ordinal === 2 ? before2 : before4).fill(helloRequest),
          message,
        ]),
      },
      initiatingEnd(),
      lifetime,
    );
    if (code === null)
      assert.equal(keyIn(await within(established, 'establish')).entity, '//m2m.example.com/cse-b');
    else await assert.rejects(within(established, 'establish'), { code });
  });

for (const [name, spoil] of Object.entries({
  'with a body': message => [Buffer.from('16030300050000000100', 'hex'), message],
  'that shares its record': message => [Buffer.from('16030300080000000000000000', 'hex'), message],
  'inside a message': (message, ordinal) => {
    const [first = message, ...rest] = firstHandshakeByteApart(message);
    return ordinal === 2 ? [first, helloRequest, ...rest] : [message];
  },
  'behind ChangeCipherSpec': (message, ordinal) =>
    ordinal === 2 ? [message] : [message.subarray(0, 6), helloRequest, message.subarray(6)],
} satisfies Record<string, Spoil>))
  test(`a HelloRequest ${name} is not ignored (RFC 5246 §7.4.1.1)`, async t => {
    const target = { host: '127.0.0.1', port: await served(t, spoil) };
    await assert.rejects(within(establishOverTls(target, initiatingEnd(), lifetime), 'establish'), {
      blame: 'peer',
    });
  });

test('a HelloRequest from the initiating end-point is refused: it is none to send one (RFC 5246 §7.4.1.1)', async t => {
  const lab = await serve(t);
  const socket = await lab.connect();
  socket.write(Buffer.concat([helloRequest, begin().message1]));
  assert.deepEqual(await everything(new FlightStream(socket)), alertRecord(10));
  assert.equal(await lab.outcome(), 'MESSAGE_UNEXPECTED');
});

test('a terminating end-point that says nothing is given up in time: REQUEST_EXPIRED', async t => {
  const port = await listening(t, createServer());
  const established = establishOverTls(
    { host: '127.0.0.1', port },
    initiatingEnd({ timeout: 100 }),
    lifetime,
  );
  await assert.rejects(within(established, 'establish'), { code: 'REQUEST_EXPIRED' });
});

test('REQUEST_EXPIRED: whoever sends byte by byte gets no more time than anybody else', async t => {
  const lab = await serve(t, {}, { timeout: 300 });
  const socket = await lab.connect();
  const { message1 } = begin();
  let sent = 0;
  const dripping = setInterval(() => socket.write(message1.subarray(sent, ++sent)), 20);
  await once(socket, 'close');
  clearInterval(dripping);
  assert.equal(await lab.outcome(), 'REQUEST_EXPIRED');
  assert.ok(sent < message1.length);
  await honestHandshake(lab);
});

test('message 1 byte by byte is answered, if it comes in time', async t => {
  const lab = await serve(t);
  const procedure = begin();
  const socket = await lab.connect();
  socket.setNoDelay(true);
  for (const byte of procedure.message1) socket.write(Uint8Array.of(byte));
  const message2 = await within(new FlightStream(socket).flight(2), 'message 2');
  socket.end(procedure.message3(message2 ?? new Uint8Array()));
  assert.equal(await lab.outcome(), 'key');
});

test('MESSAGE_TOO_LARGE: a flight of more than 64 KiB is not gathered', async t => {
  const lab = await serve(t, {}, { timeout: 60_000 });
  // A Certificate message, which may stand in this flight, again and again.
  const record = Buffer.concat([Buffer.of(0x16, 3, 3, 0x40, 0, 11, 0, 0x3f, 0xfc), Buffer.alloc(0x3ffc)]);
  const socket = await lab.connect();
  socket.write(begin().message1);
  await new FlightStream(socket).flight(2);
  for (let i = 0; i < 5; i++) socket.write(record);
  assert.equal(await lab.outcome(), 'MESSAGE_TOO_LARGE');
});

const garbage: Readonly<Record<string, { bytes: Uint8Array; code: FaultCode; alert: number }>> = {
  'an HTTP request': {
    bytes: Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'),
    code: 'MESSAGE_MALFORMED',
    alert: 50,
  },
  'an SSLv2 ClientHello (RFC 5246 E.2)': {
    bytes: Buffer.from(
      '802e0100020015000000100100800300800700c0060040020080040080000000000000000000000000000000000000000000',
      'hex',
    ),
    code: 'MESSAGE_MALFORMED',
    alert: 50,
  },
  zeros: { bytes: new Uint8Array(1024), code: 'MESSAGE_MALFORMED', alert: 50 },
  'application data first': { bytes: Buffer.of(0x17, 3, 3, 0, 1, 0), code: 'MESSAGE_UNEXPECTED', alert: 10 },
  'a message longer than any flight': {
    bytes: Buffer.of(0x16, 3, 3, 0, 4, 1, 0xff, 0xff, 0xff),
    code: 'MESSAGE_MALFORMED',
    alert: 50,
  },
  'an overlong record header (RFC 5246 §6.2.3)': {
    bytes: Buffer.of(0x16, 3, 3, 0xff, 0xff),
    code: 'RECORD_OVERFLOW',
    alert: 22,
  },
};

for (const [name, { bytes, code, alert }] of Object.entries(garbage))
  test(`${code}: ${name}`, async t => {
    const lab = await serve(t);
    const socket = await lab.connect();
    socket.write(bytes);
    assert.deepEqual(await everything(new FlightStream(socket)), alertRecord(alert));
    assert.equal(await lab.outcome(), code);
    await honestHandshake(lab);
  });

test('connections that break before a byte, or are only probed, are no handshakes', async t => {
  const lab = await serve(t);
  (await lab.connect()).resetAndDestroy();
  (await lab.connect()).end();
  await honestHandshake(lab);
});

test('a connection that breaks within the procedure is CARRIER_FAILED', async t => {
  const lab = await serve(t);
  for (const breakOff of [(socket: Socket) => socket.resetAndDestroy(), (socket: Socket) => socket.end()]) {
    const socket = await lab.connect();
    socket.write(begin().message1);
    await new FlightStream(socket).flight(2);
    breakOff(socket);
    assert.equal(await lab.outcome(), 'CARRIER_FAILED');
  }
  await honestHandshake(lab);
});

test('300 connections at once: 256 are held, the others are closed, and the next one is served when they are gone', async t => {
  // So long that only the limit can be what closes them.
  const lab = await serve(t, {}, { timeout: 60_000 });
  const sockets = await Promise.all(Array.from({ length: 300 }, () => lab.connect()));
  let closed = 0;
  const dropped = Promise.withResolvers<void>();
  for (const socket of sockets)
    socket.once('close', () => {
      closed += 1;
      if (closed === 44) dropped.resolve();
    });
  await within(dropped.promise, '44 connections to be closed');
  const gone = Promise.all(sockets.map(socket => (socket.closed ? null : once(socket, 'close'))));
  for (const socket of sockets) socket.end();
  await within(gone, 'the others to end');
  await honestHandshake(lab);
});

const helloRequest = Buffer.from('160303000400000000', 'hex');

/** What goes over the wire in the place of message 2 or 4. */
type Spoil = (message: Uint8Array, ordinal: 2 | 4) => readonly Uint8Array[];

/** A record with one byte of handshake, and the rest behind it. */
function firstHandshakeByteApart(message: Uint8Array): Uint8Array[] {
  const [high = 0, low = 0] = message.subarray(3, 5);
  const rest = high * 256 + low - 1;
  return [
    Buffer.from([...message.subarray(0, 3), 0, 1, ...message.subarray(5, 6)]),
    Buffer.from([...message.subarray(0, 3), rest >> 8, rest & 255, ...message.subarray(6)]),
  ];
}

/** The port of a proxy before the listener of cse-b that changes messages 2 and 4. */
async function served(t: TestContext, spoil: Spoil): Promise<number> {
  const lab = await serve(t);
  const pass = async (socket: Socket) => {
    const behind = await lab.connect();
    const [client, server] = [new FlightStream(socket), new FlightStream(behind)];
    for (const ordinal of [2, 4] as const) {
      behind.write((await client.flight(ordinal === 2 ? 1 : 3)) ?? new Uint8Array());
      const message = await server.flight(ordinal);
      for (const bytes of spoil(message ?? new Uint8Array(), ordinal)) socket.write(bytes);
    }
    socket.end();
  };
  // Whoever refuses what comes breaks off, and the proxy with it.
  return listening(
    t,
    createServer(socket => void pass(socket).catch(() => undefined)),
  );
}

interface Lab {
  connect(): Promise<Socket>;
  /** How the next handshake ended: its fault code, or 'key'. */
  outcome(): Promise<FaultCode | 'key'>;
  readonly port: number;
}

/** The listener of cse-b, which knows Cae1, or what the options make of it. */
async function serve(
  t: TestContext,
  options: LabOptions = {},
  also: TlsEndOptions = {},
  kind: Kind = x509,
): Promise<Lab> {
  const outcomes: Outcome[] = [];
  let arrived = Promise.withResolvers<void>();
  const listener = await listen({
    host: '127.0.0.1',
    port: 0,
    endpoint: tlsEnd({ ...kind.terminating, ...options }, also),
    keyLifetime: lifetime,
    onOutcome(outcome) {
      outcomes.push(outcome);
      arrived.resolve();
      arrived = Promise.withResolvers();
    },
  });
  const sockets: Socket[] = [];
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    await within(listener.close(), 'the listener to close');
  });
  return {
    port: listener.port,
    async connect() {
      const socket = connect({ host: '127.0.0.1', port: listener.port });
      sockets.push(socket);
      socket.on('error', () => undefined);
      await within(once(socket, 'connect'), 'a connection');
      return socket;
    },
    async outcome() {
      while (outcomes.length === 0) await within(arrived.promise, 'a handshake to end');
      const [outcome] = outcomes.splice(0, 1);
      return outcome !== undefined && 'error' in outcome ? outcome.error.code : 'key';
    },
  };
}

async function assertRefused(lab: Lab, refusal: Refusal, kind: Kind): Promise<void> {
  const { name, procedure, first, second, code, alert }: Stream = { ...refusal, ...overTcp[refusal.name] };
  const good = beginWith(kind, procedure?.());
  const socket = await lab.connect();
  const stream = new FlightStream(socket);
  socket.write(first?.(good) ?? good.message1);
  // Message 2 goes before the alert of what is refused in the place of message 3.
  const refusedLater = second !== undefined || name === 'ClientHello twice';
  const message2 = refusedLater ? await within(stream.flight(2), 'message 2') : null;
  if (second !== undefined) socket.write(second(good, message2 ?? new Uint8Array()));
  socket.end();
  assert.deepEqual(await everything(stream), alert === null ? new Uint8Array() : alertRecord(alert));
  if (code !== null) assert.equal(await lab.outcome(), code);
}

/** What comes until the other side has closed. */
async function everything(stream: FlightStream): Promise<Uint8Array> {
  const records: Uint8Array[] = [];
  for (;;) {
    const record = await within(stream.record(), 'the connection to be closed');
    if (record === null) return Uint8Array.from(Buffer.concat(records));
    records.push(record);
  }
}

async function honestHandshake(lab: Lab, kind = x509): Promise<void> {
  const key = await within(
    establishOverTls({ host: '127.0.0.1', port: lab.port }, initiatingEnd({}, kind), lifetime),
    'establish',
  );
  assert.equal(keyIn(key).entity, '//m2m.example.com/cse-b');
  assert.equal(await lab.outcome(), 'key');
}

async function listening(t: TestContext, server: ReturnType<typeof createServer>): Promise<number> {
  const sockets: Socket[] = [];
  server.on('connection', socket => sockets.push(socket.on('error', () => undefined)));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
