// Records after the handshake: what a peer is told of those that it must not send (RFC 5246 §7.2), in either role.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { trafficKeys } from '../../src/crypto/key-schedule.ts';
import { systemRandom } from '../../src/crypto/random.ts';
import { protect, type RecordProtection, unprotect } from '../../src/crypto/record-protection.ts';
import type { ApplicationData } from '../../src/interop/application-data.ts';
import { initiateOver, terminateOver } from '../../src/interop/connection.ts';
import { FlightStream } from '../../src/interop/flight-stream.ts';
import { listen } from '../../src/interop/listener.ts';
import { MisbehavingPeer } from '../../src/testing/misbehaving/peer.ts';
import {
  instead,
  alert as sayAlert,
  record as sayRecord,
  splitAt,
} from '../../src/testing/misbehaving/steps.ts';
import { Alert } from '../../src/wire/alerts.ts';
import { decode, encode } from '../../src/wire/codec.ts';
import { contentType, tls12 } from '../../src/wire/numbers.ts';
import { TlsRecord } from '../../src/wire/records.ts';
import { begin } from '../endpoint/lab.ts';
import { cae1 } from '../handshake/lab.ts';
import { within } from '../within.ts';
import { initiatingEnd, terminatingEnd } from './tls-end.ts';

const helloRequest = Buffer.from('00000000', 'hex');
const clientHello = Buffer.from('01000000', 'hex');
const finished = Buffer.from('14000000', 'hex');
/** No test takes so long. */
const patient = { timeout: 60_000 };
const warning = 1;
const fatal = 2;

const refused: readonly [string, (raw: Raw) => void, number][] = [
  [
    'a record that does not open (RFC 5246 §6.2.3)',
    ({ socket }) => socket.write(record(23, Buffer.alloc(32))),
    20,
  ],
  [
    'a handshake message that begins no handshake (RFC 5246 §7.3)',
    raw => raw.send(contentType.handshake, finished),
    10,
  ],
  [
    "the other side's HelloRequest (RFC 5246 §7.4.1.1)",
    raw => raw.send(contentType.handshake, helloRequest),
    10,
  ],
  [
    'an empty handshake record (RFC 5246 §6.2.1)',
    raw => raw.send(contentType.handshake, new Uint8Array()),
    10,
  ],
  [
    'ChangeCipherSpec in the clear (RFC 5246 §7.1)',
    ({ socket }) => socket.write(record(20, Buffer.of(1))),
    10,
  ],
  ['ChangeCipherSpec under the keys', raw => raw.send(contentType.changeCipherSpec, Buffer.of(1)), 10],
  ['an unknown content type (RFC 5246 §6)', raw => raw.send(24, Buffer.of(1)), 10],
  ['half an alert (RFC 5246 §7.2)', raw => raw.send(contentType.alert, Buffer.of(1)), 50],
  ['an overlong record (RFC 5246 §6.2.3)', ({ socket }) => socket.write(Buffer.of(23, 3, 3, 0xff, 0xff)), 22],
];

for (const [name, send, description] of refused)
  test(`after the handshake ${name} is answered with the fatal alert ${description}, and nothing more`, async t => {
    const raw = await connected(t);
    send(raw);
    assert.deepEqual(await raw.alert(), { level: fatal, description });
    assert.equal(await raw.alert(), null);
  });

test('a renegotiation is declined by the warning no_renegotiation, and the connection goes on (RFC 5246 §7.2.2)', async t => {
  const raw = await connected(t);
  raw.send(contentType.handshake, clientHello);
  assert.deepEqual(await raw.alert(), { level: warning, description: 100 });
  raw.send(contentType.applicationData, Buffer.from('GET / HTTP/1.1\r\n\r\n'));
  const answer = await raw.read();
  assert.equal(answer?.type, contentType.applicationData);
  assert.match(String(answer?.fragment), /^HTTP\/1\.1 200 OK/);
});

test('whoever insists on a renegotiation gets unexpected_message: no flood is answered one by one', async t => {
  const raw = await connected(t);
  for (let i = 0; i < 5; i++) raw.send(contentType.handshake, clientHello);
  assert.deepEqual(await raw.alert(), { level: warning, description: 100 });
  assert.deepEqual(await raw.alert(), { level: fatal, description: 10 });
  assert.equal(await raw.alert(), null);
});

test('close_notify is answered by close_notify (RFC 5246 §7.2.1)', async t => {
  const raw = await connected(t);
  raw.send(contentType.alert, Buffer.of(warning, 0));
  assert.deepEqual(await raw.alert(), { level: warning, description: 0 });
  assert.equal(await raw.alert(), null);
});

test('four warning alerts in a row are passed over, the fifth is refused; application data begins a new row (RFC 5246 §7.2.2)', async t => {
  const { data, send } = await initiated(t);
  const warn = () => send(contentType.alert, Buffer.of(warning, 90));
  for (let row = 0; row < 2; row++) {
    for (let i = 0; i < 4; i++) warn();
    send(contentType.applicationData, Buffer.from('data'));
    assert.equal(String(await within(data.read(), 'data')), 'data');
  }
  for (let i = 0; i < 5; i++) warn();
  await assert.rejects(within(data.read(), 'a refusal'), { code: 'MESSAGE_UNEXPECTED' });
});

test('a fatal alert ends the connection: nothing behind it is data (RFC 5246 §7.2)', async t => {
  const { data, send } = await initiated(t);
  send(contentType.alert, Buffer.of(fatal, 40));
  send(contentType.applicationData, Buffer.from('data'));
  assert.equal(await within(data.read(), 'the end'), null);
});

test('the initiating end-point declines a HelloRequest once and reads on; the second is refused (RFC 5246 §7.4.1.1)', async t => {
  const { data, send } = await initiated(t);
  send(contentType.handshake, helloRequest);
  send(contentType.applicationData, Buffer.from('data'));
  assert.equal(String(await within(data.read(), 'data')), 'data');
  send(contentType.handshake, helloRequest);
  await assert.rejects(within(data.read(), 'a refusal'), { code: 'MESSAGE_UNEXPECTED' });
});

test('a ClientHello from the terminating end-point is refused (RFC 5246 §7.4.1.2)', async t => {
  const { data, send } = await initiated(t);
  send(contentType.handshake, clientHello);
  await assert.rejects(within(data.read(), 'a refusal'), { code: 'MESSAGE_UNEXPECTED' });
});

for (const [how, finished] of [
  ['one record', ['Finished']],
  ['two records', [splitAt(5, 'Finished')]],
  ['a record behind a warning', [sayAlert(warning, 90), 'Finished']],
] as const)
  test(`records are counted from those that Finished came in: ${how} (RFC 5246 §6.1)`, async t => {
    const { socket, stream } = await toListener(t);
    const peer = new MisbehavingPeer({ role: 'initiating', credential: cae1 });
    socket.write(peer.send());
    peer.receive((await within(stream.flight(2), 'message 2')) ?? new Uint8Array());
    socket.write(peer.send(instead('Finished', ...finished)));
    socket.write(peer.say(sayRecord(contentType.applicationData, Buffer.from('GET / HTTP/1.1\r\n\r\n'))));
    while (!peer.received.includes('application data'))
      peer.receive((await within(stream.record(), 'a record')) ?? assert.fail('the end'));
    assert.equal(peer.finished, 'right');
  });

interface Raw {
  readonly socket: Socket;
  /** A record under our keys. */
  send(type: number, fragment: Uint8Array): void;
  /** The next record, opened; null at the end. */
  read(): Promise<TlsRecord | null>;
  /** The next record, which is to be an alert; null at the end. */
  alert(): Promise<Alert | null>;
}

function record(type: number, fragment: Uint8Array): Uint8Array {
  return encode(TlsRecord, { type, version: tls12, fragment });
}

/** Writes records under keys; record 0 was Finished. */
function sender(socket: Socket, keys: RecordProtection): Raw['send'] {
  let sent = 1;
  return (type, fragment) =>
    void socket.write(
      encode(TlsRecord, protect(keys, sent++, { type, version: tls12, fragment }, systemRandom)),
    );
}

/** A connection to the listener of cse-b. */
async function toListener(t: TestContext): Promise<{ socket: Socket; stream: FlightStream }> {
  const listener = await listen({
    host: '127.0.0.1',
    port: 0,
    endpoint: terminatingEnd(patient),
    keyLifetime: 3_600_000,
    onOutcome: () => undefined,
  });
  const socket = connect({ host: '127.0.0.1', port: listener.port }).on('error', () => undefined);
  t.after(async () => {
    socket.destroy();
    await within(listener.close(), 'the listener to close');
  });
  return { socket, stream: new FlightStream(socket) };
}

/** A handshake by hand with the listener of cse-b, and its keys. */
async function connected(t: TestContext): Promise<Raw> {
  const { socket, stream } = await toListener(t);
  const procedure = begin();
  socket.write(procedure.message1);
  socket.write(procedure.message3((await within(stream.flight(2), 'message 2')) ?? new Uint8Array()));
  const { negotiated, masterSecret } = procedure.state;
  const { suite, encryptThenMac, randoms } = negotiated;
  const { client, server } = trafficKeys(suite, masterSecret, randoms);
  await within(stream.flight(4), 'message 4');
  let received = 1;
  const read = async () => {
    const bytes = await within(stream.record(), 'a record');
    if (bytes === null) return null;
    const opened = decode(TlsRecord, bytes);
    const fragment = unprotect({ suite, encryptThenMac, keys: server }, received++, opened);
    return { ...opened, fragment };
  };
  return {
    socket,
    send: sender(socket, { suite, encryptThenMac, keys: client }),
    read,
    async alert() {
      const opened = await read();
      if (opened === null) return null;
      assert.equal(opened.type, contentType.alert);
      return decode(Alert, opened.fragment);
    },
  };
}

/** Our initiating end-point, and what a terminating one could send it. */
async function initiated(t: TestContext): Promise<{ data: ApplicationData; send: Raw['send'] }> {
  const sending = Promise.withResolvers<Raw['send']>();
  const server = createServer(async socket => {
    t.after(() => socket.destroy());
    socket.on('error', () => undefined);
    const connection = await terminateOver(socket, terminatingEnd(patient));
    if (connection) sending.resolve(sender(socket, connection.finished.recordProtection().write));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const socket = connect({ host: '127.0.0.1', port }).on('error', () => undefined);
  t.after(() => socket.destroy());
  const { data } = await within(initiateOver(socket, initiatingEnd(patient)), 'the handshake');
  return { data, send: await within(sending.promise, 'the other side') };
}
