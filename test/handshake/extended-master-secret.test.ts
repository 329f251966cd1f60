// Extended master secret (RFC 7627): required where a key is to come of it. A profile of the lab finishes the handshake
// with the master secret of RFC 5246 §8.1, and exports nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findExtension } from '../../src/wire/codec.ts';
import { clientExtension, serverExtension } from '../../src/wire/extensions.ts';
import { type ClientHello, message, type ServerHello } from '../../src/wire/messages.ts';
import { find, messagesOf } from './flights.ts';
import { answer, begin, done, goOn, initiatingEnd, sent, terminatingEnd } from './lab.ts';
import { scriptedInitiating } from './scripted-initiating.ts';
import { scriptedTerminating } from './scripted-terminating.ts';

const { type } = clientExtension.extendedMasterSecret;
const without = <T extends ClientHello | ServerHello>(hello: T): T => ({
  ...hello,
  extensions: hello.extensions.filter(extension => extension.type !== type),
});
const optional = { extendedMasterSecret: 'optional' } as const;

test('without it a profile of the lab ends without a key: terminating (RFC 7627 §5.2)', () => {
  const end = terminatingEnd(optional);
  const scripted = scriptedInitiating({ clientHello: without });
  const turn2 = answer(end, scripted.message1);
  const { extensions } = find(messagesOf(turn2.message), message.serverHello);
  assert.equal(findExtension(extensions, serverExtension.extendedMasterSecret), undefined);
  const turn = goOn(end, turn2.state, scripted.answer(turn2.message).message3);
  assert.ok(turn.kind === 'withheld' && turn.message);
  assert.equal(turn.connection.withheld, 'no extended master secret');
  assert.equal(turn.connection.extendedMasterSecret, false);
  assert.equal(turn.connection.peer?.entity, '//m2m.example.com/cse-a/Cae1');
});

test('without it a profile of the lab ends without a key: initiating (RFC 7627 §5.2)', () => {
  const end = initiatingEnd(optional);
  const turn1 = begin(end, { encryptThenMac: true });
  const scripted = scriptedTerminating(turn1.message, { serverHello: without });
  const turn3 = sent(goOn(end, turn1.state, scripted.message2));
  const turn = goOn(end, turn3.state, scripted.answer(turn3.message).message4);
  assert.ok(turn.kind === 'withheld');
  assert.equal(turn.connection.withheld, 'no extended master secret');
  assert.equal(turn.connection.extendedMasterSecret, false);
  assert.equal(turn.connection.peer?.entity, '//m2m.example.com/cse-b');
});

test('with it a profile of the lab ends in a key as any other does (RFC 7627 §5.2)', () => {
  const [a, b] = [initiatingEnd(optional), terminatingEnd(optional)];
  const turn1 = begin(a, { encryptThenMac: true });
  const turn2 = answer(b, turn1.message);
  const turn3 = sent(goOn(a, turn1.state, turn2.message));
  const turn4 = done(goOn(b, turn2.state, turn3.message));
  const { session } = done(goOn(a, turn3.state, turn4.message ?? assert.fail()));
  assert.deepEqual([session.extendedMasterSecret, turn4.session.extendedMasterSecret], [true, true]);
});
