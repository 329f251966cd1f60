// The bytes of message 1: its records, and one ClientHello in them. What ClientHello says is in client-hello.test.ts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accept } from '../../src/handshake/handshake.ts';
import { message } from '../../src/wire/messages.ts';
import { edit, inRecords, messagesOf, record } from './flights.ts';
import { answer, terminatingEnd } from './lab.ts';
import { refused } from './refused.ts';
import { scriptedInitiating } from './scripted-initiating.ts';

test('the record version of ClientHello does not matter (RFC 5246 E.1), its content type and major version do', () => {
  const end = terminatingEnd();
  const [hello] = messagesOf(scriptedInitiating().message1);
  assert.ok(hello);
  for (const version of [0x0300, 0x0301, 0x0302, 0x0303, 0x0304, 0x03ff])
    answer(end, record('handshake', hello, version));
  for (const version of [0x0200, 0x0403, 0xfefd])
    refused(() => accept(end.profile, record('handshake', hello, version)), 'MESSAGE_MALFORMED', /version/);
});

test('a ClientHello that says one extension twice is refused (RFC 5246 §7.4.1.4)', () => {
  const empty = new Uint8Array();
  const { message1 } = scriptedInitiating({
    clientHello: hello => ({
      ...hello,
      extensions: [
        { type: 0x7a7a, data: empty },
        { type: 0x7b7b, data: empty },
      ],
    }),
  });
  const twice = Buffer.from(Buffer.from(message1).toString('hex').replace('7b7b', '7a7a'), 'hex');
  refused(() => accept(terminatingEnd().profile, twice), 'MESSAGE_MALFORMED', /stands twice/);
});

test('message 1 is one ClientHello and nothing else', () => {
  const { profile } = terminatingEnd();
  const { message1 } = scriptedInitiating();
  const [hello] = messagesOf(message1);
  assert.ok(hello);
  const more = Buffer.concat([hello, hello]);
  refused(
    () => accept(profile, inRecords([hello, hello])),
    'MESSAGE_UNEXPECTED',
    /left over after the flight/,
  );
  refused(() => accept(profile, inRecords([more])), 'MESSAGE_UNEXPECTED', /left over after the flight/);
  const other = edit(
    messagesOf(answer(terminatingEnd(), message1).message),
    message.serverHello,
    value => value,
  );
  refused(
    () => accept(profile, inRecords(other)),
    'MESSAGE_UNEXPECTED',
    /ServerHello where ClientHello is due/,
  );
});
