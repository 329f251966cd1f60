// CurveSwap: somebody on the way takes curves out of ClientHello, so that the weakest that both ends have is chosen.
// There is no weak one, and both ends see that their hellos are not the same.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Group, groupByName } from '../../src/crypto/key-exchange.ts';
import { accept } from '../../src/handshake/handshake.ts';
import { findExtension, makeExtension } from '../../src/wire/codec.ts';
import { clientExtension } from '../../src/wire/extensions.ts';
import { message } from '../../src/wire/messages.ts';
import { edit, find, inRecords, messagesOf } from '../handshake/flights.ts';
import { allVariants } from '../handshake/kinds.ts';
import { answer, begin, goOn, initiatingEnd, p256, sent, terminatingEnd } from '../handshake/lab.ts';
import { refused } from '../handshake/refused.ts';

const p384 = groupByName('secp384r1') ?? assert.fail();
const { supportedGroups } = clientExtension;

/** Message 1 with other groups in it. */
function swapped(message1: Uint8Array, groups: readonly number[]): Uint8Array {
  const messages = edit(messagesOf(message1), message.clientHello, hello => ({
    ...hello,
    extensions: hello.extensions.map(extension =>
      extension.type === supportedGroups.type ? makeExtension(supportedGroups, groups) : extension,
    ),
  }));
  return inRecords(messages);
}

function endsWith(kind: string, groups: readonly Group[]) {
  const variant = allVariants.find(each => each.kind === kind && each.group === p256) ?? assert.fail(kind);
  const options = { groups } as const;
  return {
    variant,
    initiating: initiatingEnd({ ...variant.initiating, ...options }),
    terminating: terminatingEnd({ ...variant.terminating, ...options }),
  };
}

const refusals = [
  { kind: 'X.509 certificates', code: 'SIGNATURE_INVALID', sentence: /CertificateVerify/ },
  { kind: 'raw public keys', code: 'SIGNATURE_INVALID', sentence: /CertificateVerify/ },
  { kind: 'pre-shared key and ECDHE', code: 'RECORD_UNAUTHENTIC', sentence: /does not open/ },
] as const;

for (const { kind, code, sentence } of refusals)
  test(`a group taken out of ClientHello on the way ends the procedure with ${kind} (RFC 5246 §7.4.8, §7.4.9)`, () => {
    const { variant, initiating, terminating } = endsWith(kind, [p384, p256]);
    const turn1 = begin(initiating, variant);
    const offered = find(messagesOf(turn1.message), message.clientHello).extensions;
    assert.deepEqual(findExtension(offered, supportedGroups), [p384.id, p256.id]);
    const turn2 = answer(terminating, swapped(turn1.message, [p256.id]));
    const turn3 = sent(goOn(initiating, turn1.state, turn2.message));
    refused(() => goOn(terminating, turn2.state, turn3.message), code, sentence);
  });

test('whoever leaves only weak curves in ClientHello leaves nothing in common (RFC 8422 §5.1.1)', () => {
  const { variant, initiating, terminating } = endsWith('X.509 certificates', [p384, p256]);
  const turn1 = begin(initiating, variant);
  // sect163k1, sect163r2, secp160k1, secp192r1, secp224r1; explicit curves of either kind.
  for (const groups of [[1, 3, 15, 19, 21], [0xff01], [0xff02]])
    refused(
      () => accept(terminating.profile, swapped(turn1.message, groups)),
      'NOTHING_IN_COMMON',
      /supported_groups/,
    );
});
