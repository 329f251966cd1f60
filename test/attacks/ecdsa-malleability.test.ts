// ECDSA malleability: of a signature (r, s) anybody makes (r, n-s), which verifies as well. It gets no key, no message
// and no second try out of either end-point.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { der, integer } from '../../src/testing/certificate-maker.ts';
import { message, type Signed } from '../../src/wire/messages.ts';
import { begin, cae1, complete, refusal, terminatingEndpoint } from '../endpoint/lab.ts';
import { edit, inRecords, messagesOf, protectedPartOf } from '../handshake/flights.ts';

/** SEC 2 §2.4.2: the order of secp256r1. */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** The other form of an ECDSA signature in DER. */
function otherForm({ scheme, signature }: Signed): Signed {
  const rSize = signature[3] ?? 0;
  const numberAt = (offset: number) =>
    BigInt(
      `0x${Buffer.from(signature).toString('hex', offset + 2, offset + 2 + (signature[offset + 1] ?? 0))}`,
    );
  const [r, s] = [numberAt(2), numberAt(4 + rSize)];
  return { scheme, signature: der(0x30, integer(r), integer(order - s)) };
}

function withOtherCertificateVerify(message3: Uint8Array): Uint8Array {
  const messages = edit(messagesOf(message3), message.certificateVerify, ({ signed }) => ({
    signed: otherForm(signed),
  }));
  return Buffer.concat([inRecords(messages), protectedPartOf(message3)]);
}

test('the other form of the signature in message 3 verifies and ends without a key: Finished covers it (RFC 5246 §7.4.9)', async t => {
  const endpoint = terminatingEndpoint(t);
  const procedure = begin();
  const message3 = procedure.message3(await endpoint.answer(cae1, procedure.message1));
  await assert.rejects(
    endpoint.answer(cae1, withOtherCertificateVerify(message3)),
    refusal('FINISHED_INVALID'),
  );
  assert.deepEqual(await endpoint.keys(), []);
});

test('the other form of an answered message 3 is no repeat of it: no message 4, and one key', async t => {
  const endpoint = terminatingEndpoint(t);
  const procedure = begin();
  const message3 = procedure.message3(await endpoint.answer(cae1, procedure.message1));
  procedure.finish(await endpoint.answer(cae1, message3));
  await assert.rejects(
    endpoint.answer(cae1, withOtherCertificateVerify(message3)),
    refusal('PENDING_UNKNOWN'),
  );
  assert.equal((await endpoint.keys()).length, 1);
});

test('the other form of the signature in message 2 verifies, and message 3 then fits nothing (RFC 5246 §7.4.8)', async t => {
  const endpoint = terminatingEndpoint(t);
  const procedure = begin();
  const message2 = edit(
    messagesOf(await endpoint.answer(cae1, procedure.message1)),
    message.serverKeyExchange,
    ({ parameters, signed }) => ({ parameters, signed: otherForm(signed) }),
  );
  const message3 = procedure.message3(inRecords(message2));
  await assert.rejects(endpoint.answer(cae1, message3), refusal('SIGNATURE_INVALID', /CertificateVerify/));
  assert.deepEqual(await endpoint.keys(), []);
  await complete(endpoint);
});
