// Heartbleed: an answer as long as the question says it is, with whatever stands behind it in memory. Here there is
// no heartbeat to answer, and a length that lies is refused with a sentence of numbers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accept } from '../../src/handshake/handshake.ts';
import { message } from '../../src/wire/messages.ts';
import { find, messagesOf } from '../handshake/flights.ts';
import {
  answer,
  begin,
  goOn,
  initiatingEnd,
  runProcedure,
  terminatingEnd,
  variants,
} from '../handshake/lab.ts';
import { refused } from '../handshake/refused.ts';
import { scriptedInitiating } from '../handshake/scripted-initiating.ts';
import { scriptedTerminating } from '../handshake/scripted-terminating.ts';

const heartbeat = { type: 15, data: Uint8Array.of(1) };
/** A HeartbeatMessage that claims 16 KiB, in a record of content type 24 (RFC 6520 §4). */
const lie = Uint8Array.of(24, 3, 3, 0, 3, 1, 0x40, 0);

test('a heartbeat is refused at every pause (RFC 6520)', () => {
  const [variant = assert.fail()] = variants;
  const { initiating, terminating, turn1, turn2, turn3 } = runProcedure(variant);
  const pauses = [
    () => accept(terminating.profile, lie),
    () => goOn(initiating, turn1.state, Buffer.concat([lie, turn2.message])),
    () => goOn(terminating, turn2.state, Buffer.concat([turn3.message, lie])),
    () => goOn(initiating, turn3.state, lie),
  ];
  for (const read of pauses) refused(read, 'MESSAGE_UNEXPECTED', /unknown content type 24/);
});

test('heartbeat is neither offered nor answered, and refused where it is answered unasked (RFC 6520 §2)', () => {
  const end = initiatingEnd();
  const turn1 = begin(end, { encryptThenMac: true });
  const offered = find(messagesOf(turn1.message), message.clientHello).extensions;
  assert.ok(!offered.some(({ type }) => type === heartbeat.type));

  const { message1 } = scriptedInitiating({
    clientHello: hello => ({ ...hello, extensions: [...hello.extensions, heartbeat] }),
  });
  const answered = messagesOf(answer(terminatingEnd(), message1).message);
  assert.ok(!find(answered, message.serverHello).extensions.some(({ type }) => type === heartbeat.type));

  const { message2 } = scriptedTerminating(turn1.message, {
    serverHello: hello => ({ ...hello, extensions: [...hello.extensions, heartbeat] }),
  });
  refused(() => goOn(end, turn1.state, message2), 'EXTENSION_UNSOLICITED', /extension 15/);
});
