// Whether the initiating end-point has to authenticate itself: always, for a key (TS-0003 8.7.2.2); a profile of the lab
// may ask without insisting, or not ask, and then ends without a key.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Profile } from '../../src/handshake/profile.ts';
import { authenticateMessage3 } from '../../src/handshake/terminating.ts';
import { encodeMessage, message } from '../../src/wire/messages.ts';
import { messagesOf } from './flights.ts';
import { answer, begin, cae1, done, exported, goOn, initiatingEnd, terminatingEnd, time } from './lab.ts';
import { answered, initiatingHolder, opening, read, terminatingHolder } from './parties.ts';
import { refused } from './refused.ts';
import { type InitiatingScript, scriptedInitiating } from './scripted-initiating.ts';

/** Reads the message 3 of such an initiating end-point; it has or has not a certificate, as it is asked. */
function readMessage3(clientAuthentication: Profile['clientAuthentication'], script: InitiatingScript) {
  const end = terminatingEnd({ clientAuthentication });
  const scripted = scriptedInitiating(script);
  const turn2 = answer(end, scripted.message1);
  return goOn(end, turn2.state, scripted.answer(turn2.message).message3);
}

const whole = encodeMessage(message.certificate, { certificates: cae1.chain });
const empty = encodeMessage(message.certificate, { certificates: [] });
const verify = encodeMessage(message.certificateVerify, {
  signed: { scheme: 0x0403, signature: new Uint8Array(70) },
});

test('require: whoever has no certificate is refused, and who has one ends in a key (RFC 5246 §7.4.6)', () => {
  refused(() => readMessage3('require', { own: null }), 'PEER_CERTIFICATE_MISSING', /sent none/);
  assert.equal(readMessage3('require', {}).kind, 'done');
});

test('request: whoever has no certificate ends without a key, and who has one with a key', () => {
  const turn = readMessage3('request', { own: null });
  assert.ok(turn.kind === 'withheld');
  assert.equal(turn.connection.withheld, 'peer not authenticated');
  assert.equal(turn.connection.peer, null);
  const { session } = done(readMessage3('request', {}));
  assert.equal(session.peer.entity, '//m2m.example.com/cse-a/Cae1');
});

test('none: no certificate is asked for, and there is no key (RFC 5246 §7.4.4)', () => {
  const { message1 } = scriptedInitiating();
  const messages = messagesOf(answer(terminatingEnd({ clientAuthentication: 'none' }), message1).message);
  assert.ok(messages.every(([type]) => type !== message.certificateRequest.type));
  const turn = readMessage3('none', {});
  assert.ok(turn.kind === 'withheld');
  assert.equal(turn.connection.withheld, 'peer not authenticated');
});

test('a certificate that is presented is judged, whether it had to be or not', () => {
  refused(
    () => readMessage3('request', { signs: bytes => bytes.subarray(1) }),
    'SIGNATURE_INVALID',
    /CertificateVerify/,
  );
  refused(
    () => readMessage3('request', { own: { ...cae1, chain: cae1.chain.slice(0, 1) } }),
    'CERTIFICATE_UNTRUSTED',
    /./,
  );
});

test('Certificate is due where it was asked for, and nowhere else (RFC 5246 §7.4.6)', () => {
  for (const clientAuthentication of ['require', 'request'] as const)
    refused(
      () => readMessage3(clientAuthentication, { messages: messages => messages.slice(1) }),
      'MESSAGE_UNEXPECTED',
      /ClientKeyExchange where Certificate is due/,
    );
  for (const unasked of [whole, empty])
    refused(
      () => readMessage3('none', { messages: messages => [unasked, ...messages] }),
      'MESSAGE_UNEXPECTED',
      /Certificate where ClientKeyExchange is due/,
    );
});

test('CertificateVerify is due after a certificate, and nowhere else (RFC 5246 §7.4.8)', () => {
  for (const clientAuthentication of ['require', 'request'] as const)
    refused(
      () => readMessage3(clientAuthentication, { messages: messages => messages.slice(0, 2) }),
      'MESSAGE_UNEXPECTED',
      /where CertificateVerify is due/,
    );
  for (const clientAuthentication of ['request', 'none'] as const)
    refused(
      () => readMessage3(clientAuthentication, { own: null, messages: messages => [...messages, verify] }),
      'MESSAGE_UNEXPECTED',
      /not preceded by ChangeCipherSpec/,
    );
});

test('an initiating end-point is not content with not being asked (TS-0003 8.7.2.2: mutual authentication)', () => {
  const [a, b] = [initiatingEnd(), terminatingEnd({ clientAuthentication: 'none' })];
  const turn1 = begin(a, { encryptThenMac: true });
  const { message: message2 } = answer(b, turn1.message);
  refused(
    () => goOn(a, turn1.state, message2),
    'MESSAGE_UNEXPECTED',
    /ServerHelloDone where CertificateRequest is due: .* both have to be authenticated/,
  );
});

test('with a pre-shared key the setting plays no part, and nothing is authenticated before Finished (RFC 4279 §2)', () => {
  const [a, b] = [initiatingHolder(), terminatingHolder({ clientAuthentication: 'none' })];
  const turn1 = opening(a);
  const turn2 = answered(b, turn1.message);
  const turn3 = read(a, turn1.state, turn2.message);
  assert.ok(turn3.kind === 'send' && turn2.state.waitingFor === 'message 3');
  const { state } = turn2;
  refused(
    () => authenticateMessage3(b.profile, state, { message: turn3.message, time }),
    'INTERNAL',
    /no public operations/,
  );
  const turn4 = done(read(b, state, turn3.message));
  const { session } = done(read(a, turn3.state, turn4.message ?? assert.fail()));
  assert.deepEqual(exported(session), exported(turn4.session));
});
