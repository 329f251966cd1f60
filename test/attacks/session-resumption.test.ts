// Handshakes that go on from another one (triple handshake, 3SHAKE; tickets and session ids that are those of somebody
// else). Here every handshake is a full one: nothing of another one is offered, taken up or remembered.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeMessage, message } from '../../src/wire/messages.ts';
import { find, inRecords, messagesOf, record } from '../handshake/flights.ts';
import { kinds } from '../handshake/kinds.ts';
import {
  answer,
  begin,
  goOn,
  initiatingEnd,
  message4Of,
  runProcedure,
  terminatingEnd,
  variants,
} from '../handshake/lab.ts';
import { refused } from '../handshake/refused.ts';
import { scriptedInitiating } from '../handshake/scripted-initiating.ts';
import { scriptedTerminating } from '../handshake/scripted-terminating.ts';

/** session_ticket, pre_shared_key, early_data and psk_key_exchange_modes. */
const resuming = [35, 41, 42, 45];

test('message 1 names no session to resume, with any kind of credential (RFC 5246 §7.4.1.2, RFC 5077 §3.2)', () => {
  for (const { initiating } of kinds) {
    const { message: message1 } = begin(initiatingEnd(initiating), { encryptThenMac: true });
    const { sessionId, extensions } = find(messagesOf(message1), message.clientHello);
    assert.equal(sessionId.length, 0);
    for (const { type } of extensions) assert.ok(!resuming.includes(type), `extension ${type}`);
  }
});

test('a session that message 1 names is not resumed: message 2 is whole and names none (RFC 5246 §7.4.1.3)', () => {
  const { message1 } = scriptedInitiating({
    clientHello: hello => ({
      ...hello,
      sessionId: new Uint8Array(32).fill(1),
      extensions: [...hello.extensions, { type: 35, data: new Uint8Array(64).fill(2) }],
    }),
  });
  const received = messagesOf(answer(terminatingEnd(), message1).message);
  const { sessionId, extensions } = find(received, message.serverHello);
  assert.equal(sessionId.length, 0);
  for (const { type } of extensions) assert.ok(!resuming.includes(type), `extension ${type}`);
  assert.deepEqual(
    received.map(([type]) => type),
    [2, 11, 12, 13, 14],
  );
});

test('an abbreviated handshake is refused where message 2 is due, whatever session it names (RFC 5246 §7.3 figure 2)', () => {
  for (const size of [0, 1, 32]) {
    const end = initiatingEnd();
    const turn1 = begin(end, { encryptThenMac: true });
    const { message2 } = scriptedTerminating(turn1.message, {
      serverHello: hello => ({ ...hello, sessionId: new Uint8Array(size).fill(1) }),
      messages: ([serverHello = assert.fail()]) => [serverHello],
    });
    const finished = inRecords([encodeMessage(message.finished, { verifyData: new Uint8Array(12) })]);
    const abbreviated = Buffer.concat([message2, record('changeCipherSpec', Uint8Array.of(1)), finished]);
    refused(() => goOn(end, turn1.state, abbreviated), 'MESSAGE_UNEXPECTED', /where Certificate is due/);
  }
});

test('a ticket is refused in message 4, in whatever place (RFC 5077 §3.3)', () => {
  const [variant = assert.fail()] = variants;
  const { initiating, turn3, turn4 } = runProcedure(variant);
  const ticket = inRecords([Uint8Array.of(4, 0, 0, 6, 0, 0, 0, 0, 0, 0)]);
  const message4 = message4Of(turn4);
  for (const received of [Buffer.concat([ticket, message4]), Buffer.concat([message4, ticket])])
    refused(() => goOn(initiating, turn3.state, received), 'MESSAGE_UNEXPECTED', / preceded | left over /);
});
