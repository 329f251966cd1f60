// The misbehaving peer on a connection, in both roles: with our own end-points, and with others that say by hand what
// ours would not.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { E2EKeyError } from '../../../src/errors.ts';
import { initiateOver, terminateOver } from '../../../src/interop/connection.ts';
import {
  type Conversation,
  conversationOf,
  converse,
  type Outcome,
} from '../../../src/testing/misbehaving/conversation.ts';
import type { Misbehaviour } from '../../../src/testing/misbehaving/misbehaviour.ts';
import { MisbehavingPeer } from '../../../src/testing/misbehaving/peer.ts';
import {
  alert,
  followedBy,
  instead,
  record,
  rewritten,
  swapped,
  without,
} from '../../../src/testing/misbehaving/steps.ts';
import { contentType } from '../../../src/wire/numbers.ts';
import { cae1, cseB, labPresharedKey } from '../../handshake/lab.ts';
import { initiatingEnd, terminatingEnd } from '../../interop/tls-end.ts';
import { within } from '../../within.ts';

const [warning, fatal] = [1, 2];
const [closeNotify, handshakeFailure, userCanceled] = [0, 40, 90];

/** In milliseconds: long for an answer within one process, and short where none comes. */
const soon = 400;

const initiating: Conversation = { role: 'initiating', credential: cae1 };
const terminating: Conversation = { role: 'terminating', credential: cseB };

test('an untold initiating peer finishes with our terminating end-point', async t => {
  const { outcome, other } = await withTerminating(t, initiating);
  assert.deepEqual(short(outcome), ['finished', 'right', 2]);
  assert.equal(other, 'a key');
  assert.deepEqual(outcome.received.slice(-3), ['ChangeCipherSpec', 'Finished', 'alert']);
});

test('an untold terminating peer finishes with our initiating end-point, which closes or is silent', async t => {
  for (const closes of [true, false]) {
    const { outcome, other } = await withInitiating(t, { ...terminating, patience: soon }, closes);
    assert.deepEqual(short(outcome), ['finished', 'right', 2]);
    assert.deepEqual(outcome.alert, closes ? { level: 'warning', name: 'close_notify' } : null);
    assert.equal(other, 'a key');
  }
});

test('a refusal is the end alert, with the flights that were sent', async t => {
  for (const [options, code, name, flights] of [
    [{ first: instead('ClientHello', 'ServerHello') }, 'MESSAGE_UNEXPECTED', 'unexpected_message', 1],
    [{ second: without('CertificateVerify') }, 'MESSAGE_UNEXPECTED', 'unexpected_message', 2],
  ] as const) {
    const { outcome, other } = await withTerminating(t, { ...initiating, ...options });
    assert.deepEqual(short(outcome), ['alert', null, flights]);
    assert.deepEqual(outcome.alert, { level: 'fatal', name });
    assert.equal(other, code);
  }
  for (const [options, code, name, finished, flights] of [
    [{ first: without('ServerKeyExchange') }, 'MESSAGE_UNEXPECTED', 'unexpected_message', null, 1],
    [{ second: swapped('ChangeCipherSpec', 'Finished') }, 'MESSAGE_UNEXPECTED', null, 'right', 2],
    [
      { second: instead('Finished', rewritten('Finished', wrong)) },
      'FINISHED_INVALID',
      'decrypt_error',
      'right',
      2,
    ],
  ] as const) {
    const { outcome, other } = await withInitiating(t, { ...terminating, ...options });
    assert.deepEqual([outcome.end, outcome.finished, outcome.flights], ['alert', finished, flights]);
    if (name !== null) assert.deepEqual(outcome.alert, { level: 'fatal', name });
    assert.equal(other, code);
  }
});

test('who waits for more of message 3 is silent', async t => {
  const { outcome } = await withTerminating(t, {
    ...initiating,
    patience: soon,
    second: without('Finished'),
  });
  assert.deepEqual(short(outcome), ['silent', null, 2]);
});

test('who goes without a word has closed, in either role', async t => {
  const quits = async (socket: Socket) => {
    await once(socket, 'data');
    socket.end();
  };
  assert.deepEqual(short(await against(t, initiating, quits)), ['closed', null, 1]);
  const client = async (socket: Socket) => {
    const hears = listening(socket, new MisbehavingPeer(initiating));
    await hears.says(hears.peer.send(), 'ServerHelloDone');
    await hears.says(hears.peer.send(), 'Finished');
    socket.end();
  };
  assert.deepEqual(short(await against(t, terminating, client)), ['closed', 'right', 2]);
});

test('a client that refuses message 4 has refused it, also if it warned before', async t => {
  for (const before of [userCanceled, closeNotify]) {
    const client = async (socket: Socket) => {
      const { peer, says } = listening(socket, new MisbehavingPeer(initiating));
      await says(peer.send(), 'ServerHelloDone');
      await says(Buffer.concat([peer.say(alert(warning, before)), peer.send()]), 'Finished');
      socket.write(peer.say(alert(fatal, handshakeFailure)));
    };
    const outcome = await against(t, { ...terminating, patience: soon }, client);
    assert.deepEqual(short(outcome), ['alert', 'right', 2]);
    assert.equal(outcome.alert?.name, 'handshake_failure');
  }
});

test('a server that objects behind its Finished has refused, also if it warned before', async t => {
  const server = async (socket: Socket) => {
    const { peer, says } = listening(socket, new MisbehavingPeer(terminating));
    await says(new Uint8Array(), 'ClientHello');
    await says(Buffer.concat([peer.say(alert(warning, userCanceled)), peer.send()]), 'Finished');
    await says(peer.send(), 'alert');
    socket.write(peer.say(alert(fatal, handshakeFailure)));
  };
  const outcome = await against(t, { ...initiating, patience: soon }, server);
  assert.deepEqual(short(outcome), ['alert', 'right', 2]);
  assert.equal(outcome.alert?.name, 'handshake_failure');
});

test('a Finished that is wrong is told, and the handshake is not finished', async t => {
  const server = async (socket: Socket) => {
    const { peer, says } = listening(socket, new MisbehavingPeer(terminating));
    await says(new Uint8Array(), 'ClientHello');
    await says(peer.send(), 'Finished');
    await says(peer.send(instead('Finished', rewritten('Finished', wrong))), 'alert');
    socket.end();
  };
  assert.deepEqual(short(await against(t, initiating, server)), ['closed', 'wrong', 2]);
});

test('who is never silent for long ends with the time that there is', async t => {
  const server = async (socket: Socket) => {
    const chatter = setInterval(() => socket.write(chat), 10);
    socket.on('close', () => clearInterval(chatter));
  };
  const chat = new MisbehavingPeer(terminating).say(record(contentType.applicationData, Uint8Array.of(0)));
  const outcome = await against(t, { ...initiating, patience: 5_000, timeout: soon }, server);
  assert.deepEqual(short(outcome), ['silent', null, 1]);
});

test('an edit that has nothing to edit is thrown, and the connection is closed', async t => {
  const server = async (socket: Socket) => {
    const { peer, says } = listening(socket, new MisbehavingPeer(terminating));
    await says(new Uint8Array(), 'ClientHello');
    socket.write(peer.send(without('CertificateRequest')));
  };
  await assert.rejects(
    against(t, { ...initiating, second: without('CertificateVerify') }, server),
    /^RangeError: CertificateVerify is no step of this flight, which is ClientKeyExchange/,
  );
});

test('a misbehaviour is a conversation: of its role, in its flight, with what it needs', async t => {
  const misbehaviour: Misbehaviour = {
    ...{ name: 'something behind the flight', rule: 'a rule', clause: 'ours', message: 1, code: null },
    ...{ edit: followedBy(), options: { suites: ['TLS_ECDHE_ECDSA_WITH_AES_128_CCM'] } },
  };
  const { edit } = misbehaviour;
  const presharedKey = { identity: 'a', key: labPresharedKey };
  const own = {
    credential: cae1,
    presharedKey,
    suites: ['TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8'],
    patience: 5_000,
  };
  const suites = misbehaviour.options?.suites;
  const common = { suites, patience: 5_000 };
  for (const [message, role, where] of [
    [1, 'initiating', 'first'],
    [2, 'terminating', 'first'],
    [3, 'initiating', 'second'],
    [4, 'terminating', 'second'],
  ] as const) {
    const has = { credential: cae1, presharedKey: null };
    const expected = { ...common, ...has, role, [where]: edit };
    assert.deepEqual(conversationOf({ ...misbehaviour, message }, own), expected);
  }
  const psk: Misbehaviour = { ...misbehaviour, by: 'psk' };
  assert.deepEqual(conversationOf(psk, own), {
    ...common,
    credential: null,
    presharedKey,
    role: 'initiating',
    first: edit,
  });
  assert.throws(
    () => conversationOf(misbehaviour, { presharedKey }),
    /^RangeError: credential: there is none/,
  );
  assert.throws(() => conversationOf(psk, { credential: cae1 }), /^RangeError: presharedKey: there is none/);

  const { outcome } = await withTerminating(
    t,
    conversationOf({ ...misbehaviour, edit: instead('ClientHello', 'ServerHello') }, own),
  );
  assert.equal(outcome.alert?.name, 'unexpected_message');
});

function short({ end, finished, flights }: Outcome) {
  return [end, finished, flights];
}

/** One bit of the last byte. */
function wrong(message: Uint8Array): Uint8Array {
  return Uint8Array.from(message).with(-1, (message.at(-1) ?? 0) ^ 1);
}

async function withTerminating(t: TestContext, options: Conversation) {
  let other: string | null = null;
  const outcome = await against(t, options, async socket => {
    other = await endingOf(async () => (await terminateOver(socket, terminatingEnd()))?.data.close());
  });
  return { outcome, other };
}

async function withInitiating(t: TestContext, options: Conversation, closes = true) {
  let other: string | null = null;
  const outcome = await against(t, options, async socket => {
    other = await endingOf(async () => {
      const { data } = await initiateOver(socket, initiatingEnd());
      if (closes) data.close();
    });
  });
  return { outcome, other };
}

async function endingOf(handshake: () => Promise<void>): Promise<string> {
  try {
    await handshake();
    return 'a key';
  } catch (error) {
    if (error instanceof E2EKeyError) return error.code;
    throw error;
  }
}

/** The misbehaving peer with what is on the other end of a connection. */
async function against(
  t: TestContext,
  options: Conversation,
  other: (socket: Socket) => Promise<void>,
): Promise<Outcome> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const ours = connect(address.port, '127.0.0.1');
  const [theirs] = await accepted;
  theirs.on('error', () => undefined);
  t.after(() => theirs.destroy());
  const [outcome] = await within(Promise.all([converse(ours, options), other(theirs)]), 'the conversation');
  return outcome;
}

/** The other end said by hand: `says` sends and waits until such a message has come. */
function listening(socket: Socket, peer: MisbehavingPeer) {
  const chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  const says = async (bytes: Uint8Array, until: string) => {
    socket.write(bytes);
    while (!peer.received.includes(until)) {
      const { value, done } = await chunks.next();
      assert.ok(!done, `no ${until} came`);
      peer.receive(value);
    }
  };
  return { peer, says };
}
