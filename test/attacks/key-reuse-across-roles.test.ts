// One key in both roles: a signature that an end-point makes as the terminating one must not serve as one of the
// initiating one, whose CertificateVerify signs other bytes, and the other way round.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groups } from '../../src/crypto/key-exchange.ts';
import { usesPresharedKey } from '../../src/crypto/suites.ts';
import { message } from '../../src/wire/messages.ts';
import { find, messagesOf } from '../handshake/flights.ts';
import { allVariants } from '../handshake/kinds.ts';
import {
  answer,
  begin,
  cae1,
  cae1Entry,
  cseB,
  cseBEntry,
  goOn,
  initiatingEnd,
  runProcedure,
  sent,
  terminatingEnd,
} from '../handshake/lab.ts';
import { refused } from '../handshake/refused.ts';
import { scriptedInitiating } from '../handshake/scripted-initiating.ts';
import { scriptedTerminating } from '../handshake/scripted-terminating.ts';

test("the signature of an end-point's ServerKeyExchange is none of its CertificateVerify", () => {
  const asked = answer(terminatingEnd(), scriptedInitiating().message1);
  const { signed } = find(messagesOf(asked.message), message.serverKeyExchange);

  const judge = terminatingEnd({ entry: cseBEntry });
  const between = scriptedInitiating({ own: cseB, signed: () => signed });
  const turn2 = answer(judge, between.message1);
  const { message3 } = between.answer(turn2.message);
  refused(() => goOn(judge, turn2.state, message3), 'SIGNATURE_INVALID', /CertificateVerify/);
});

test("the signature of an end-point's CertificateVerify is none of its ServerKeyExchange", () => {
  const signer = initiatingEnd();
  const asked = begin(signer, { encryptThenMac: true });
  const turn3 = sent(goOn(signer, asked.state, scriptedTerminating(asked.message).message2));
  const { signed } = find(messagesOf(turn3.message), message.certificateVerify);

  const judge = initiatingEnd({ own: cseB, entry: cae1Entry });
  const turn1 = begin(judge, { encryptThenMac: true });
  const { message2 } = scriptedTerminating(turn1.message, { own: cae1, signed: () => signed });
  refused(() => goOn(judge, turn1.state, message2), 'SIGNATURE_INVALID', /ServerKeyExchange/);
});

test('ServerKeyExchange signs fewer bytes than any CertificateVerify, so that none is the other (RFC 5246 §7.4.3, §7.4.8)', () => {
  // Whoever chooses the randoms chooses most of what ServerKeyExchange signs: two of them, four bytes and a point.
  const most = 64 + 4 + Math.max(...groups.map(({ pointSize }) => pointSize));
  for (const variant of allVariants.filter(({ suite }) => !usesPresharedKey(suite))) {
    const { turn1, turn2, turn3 } = runProcedure(variant);
    const messages = [turn1, turn2, turn3].flatMap(turn => messagesOf(turn.message));
    const signed = messages.slice(0, -1).reduce((size, { length }) => size + length, 0);
    assert.ok(signed > most, `${variant.name}: ${signed}`);
  }
});
