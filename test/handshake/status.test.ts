// The stapled OCSP response (RFC 6066 §8): asked for, answered, sent between Certificate and ServerKeyExchange, and handed
// on as it came. What it says is judged in revocation.test.ts; the peers here look at nothing, so that any bytes will do.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CertificatePeer } from '../../src/certificates/peers.ts';
import type { FaultCode } from '../../src/errors.ts';
import { decodeState, encodeState } from '../../src/handshake/state.ts';
import { findExtension, makeExtension } from '../../src/wire/codec.ts';
import { clientExtension, serverExtension } from '../../src/wire/extensions.ts';
import { encodeMessage, message, messageName, type ServerHello } from '../../src/wire/messages.ts';
import { find, inRecords, messagesOf } from './flights.ts';
import { begin, cseBEntry, done, goOn, initiatingEnd, message4Of, sent } from './lab.ts';
import {
  answered,
  certified,
  type Holding,
  knowsCertified,
  knowsRaw,
  opening,
  type PartyOptions,
  party,
  raw,
  read,
  shakeHands,
} from './parties.ts';
import { refused } from './refused.ts';
import { scriptedTerminating, type TerminatingScript } from './scripted-terminating.ts';

const staple = Uint8Array.of(0x30, 3, 10, 1, 6);
const stapled: Holding = { ...certified('b'), staple };

const unjudged: CertificatePeer = { ...knowsCertified('b'), revocation: 'off' };
const initiating = (options: PartyOptions = {}) =>
  party('a', { own: [certified('a')], knows: [unjudged], requestStatus: true, ...options });
const terminating = (own: Holding = stapled) => party('b', { own: [own], knows: [knowsCertified('a')] });

const { statusRequest } = clientExtension;
const withStatus =
  'ServerHello Certificate CertificateStatus ServerKeyExchange CertificateRequest ServerHelloDone';
const withoutStatus = withStatus.replace('CertificateStatus ', '');
const typesOf = (flight: Uint8Array) =>
  messagesOf(flight)
    .map(([type = -1]) => messageName(type))
    .join(' ');

test('the initiating end-point asks if its profile says so, for OCSP from anybody (RFC 6066 §8)', () => {
  const asked = (requestStatus: boolean) => {
    const hello = find(messagesOf(opening(initiating({ requestStatus })).message), message.clientHello);
    return findExtension(hello.extensions, statusRequest);
  };
  assert.equal(asked(false), undefined);
  assert.deepEqual(asked(true), {
    statusType: 1,
    responderIds: [],
    requestExtensions: Buffer.alloc(0),
  });
});

test('without a word in the profile it asks where the entry of a terminating peer names a policy but off', () => {
  const asks = (...knows: readonly CertificatePeer[]) => {
    const end = party('a', { own: [certified('a')], knows });
    const hello = find(messagesOf(opening(end).message), message.clientHello);
    return findExtension(hello.extensions, statusRequest) !== undefined;
  };
  const entry = knowsCertified('b');
  assert.ok(!asks(entry));
  assert.ok(!asks(unjudged));
  assert.ok(asks({ ...entry, revocation: 'when-available' }));
  assert.ok(asks({ ...entry, revocation: 'required' }));
  assert.ok(!asks({ ...entry, revocation: 'required', roles: ['initiating'] }));
  assert.ok(asks(unjudged, { ...knowsCertified('c'), revocation: 'required' }));
});

test('what was asked for and is stapled comes after Certificate, and is handed on as it came', () => {
  const { turn2, turn4, end } = shakeHands(initiating(), terminating());
  assert.equal(typesOf(turn2.message), withStatus);
  assert.deepEqual(Buffer.from(end.session.stapledResponse ?? []), Buffer.from(staple));
  assert.equal(turn4.session.stapledResponse, null);
});

test('the stapled response is of no buffer of the caller, and outlives every pause', () => {
  const [a, b] = [initiating(), terminating()];
  const turn1 = opening(a);
  const turn2 = answered(b, turn1.message);
  const received = Uint8Array.from(turn2.message);
  const turn3 = sent(read(a, turn1.state, received));
  received.fill(0);
  const turn4 = done(read(b, turn2.state, turn3.message));
  const restored = decodeState(encodeState(turn3.state));
  const { session } = done(read(a, restored, message4Of(turn4)));
  assert.deepEqual(Buffer.from(session.stapledResponse ?? []), Buffer.from(staple));
});

test('nothing is stapled unless it is asked for, and there is something (RFC 6066 §8)', () => {
  for (const [a, b] of [
    [initiating({ requestStatus: false }), terminating()],
    [initiating(), terminating(certified('b'))],
  ] as const) {
    const { turn2, end } = shakeHands(a, b);
    assert.equal(typesOf(turn2.message), withoutStatus);
    const { extensions } = find(messagesOf(turn2.message), message.serverHello);
    assert.equal(findExtension(extensions, serverExtension.statusRequest), undefined);
    assert.equal(end.session.stapledResponse, null);
  }
});

test('the staple is that of the credential that was chosen', () => {
  const b = party('b', { own: [raw('b'), stapled], knows: [knowsCertified('a')] });
  const { end } = shakeHands(initiating(), b);
  assert.deepEqual(Buffer.from(end.session.stapledResponse ?? []), Buffer.from(staple));
  const byKey = initiating({ knows: [knowsRaw('b')] });
  assert.equal(shakeHands(byKey, b).end.session.stapledResponse, null);
});

const answersStatus = (hello: ServerHello): ServerHello => ({
  ...hello,
  extensions: [...hello.extensions, makeExtension(serverExtension.statusRequest, new Uint8Array())],
});
const status = encodeMessage(message.certificateStatus, { statusType: 1, response: staple });
const at =
  (place: number, bytes = status) =>
  (messages: Uint8Array[]) =>
    messages.toSpliced(place, 0, bytes);

test('an answer that nothing follows is no error (RFC 6066 §8)', () => {
  for (const [script, response] of [
    [{ serverHello: answersStatus }, null],
    [{ serverHello: answersStatus, messages: at(2) }, staple],
  ] as const) {
    const end = initiatingEnd({ requestStatus: true, entry: { ...cseBEntry, revocation: 'off' } });
    const turn1 = begin(end, { encryptThenMac: true });
    const scripted = scriptedTerminating(turn1.message, script);
    const turn3 = sent(goOn(end, turn1.state, scripted.message2));
    const { session } = done(goOn(end, turn3.state, scripted.answer(turn3.message).message4));
    assert.deepEqual(session.stapledResponse && Uint8Array.from(session.stapledResponse), response);
  }
});

const refusals: readonly {
  rule: string;
  script: TerminatingScript;
  requestStatus?: boolean;
  code: FaultCode;
  sentence: RegExp;
}[] = [
  {
    rule: 'a response that ServerHello did not speak of',
    script: { messages: at(2) },
    code: 'MESSAGE_UNEXPECTED',
    sentence: /CertificateStatus where ServerKeyExchange is due/,
  },
  {
    rule: 'a response that nobody asked for',
    script: { messages: at(2) },
    requestStatus: false,
    code: 'MESSAGE_UNEXPECTED',
    sentence: /CertificateStatus where ServerKeyExchange is due/,
  },
  {
    rule: 'an answer to what was not asked',
    script: { serverHello: answersStatus, messages: at(2) },
    requestStatus: false,
    code: 'EXTENSION_UNSOLICITED',
    sentence: /extension 5/,
  },
  {
    rule: 'two responses',
    script: { serverHello: answersStatus, messages: messages => at(2)(at(2)(messages)) },
    code: 'MESSAGE_UNEXPECTED',
    sentence: /CertificateStatus where ServerKeyExchange is due/,
  },
  {
    rule: 'a response before the certificate',
    script: { serverHello: answersStatus, messages: at(1) },
    code: 'MESSAGE_UNEXPECTED',
    sentence: /CertificateStatus where Certificate is due/,
  },
  {
    rule: 'a response of another kind than OCSP',
    script: { serverHello: answersStatus, messages: at(2, Uint8Array.from(status).with(4, 2)) },
    code: 'MESSAGE_MALFORMED',
    sentence: /CertificateStatus\.statusType/,
  },
  {
    rule: 'an empty response',
    script: { serverHello: answersStatus, messages: at(2, Uint8Array.of(22, 0, 0, 4, 1, 0, 0, 0)) },
    code: 'MESSAGE_MALFORMED',
    sentence: /CertificateStatus\.response/,
  },
];

for (const { rule, script, requestStatus = true, code, sentence } of refusals)
  test(`message 2 is refused with ${code}: ${rule} (RFC 6066 §8)`, () => {
    const end = initiatingEnd({ requestStatus });
    const turn1 = begin(end, { encryptThenMac: true });
    const { message2 } = scriptedTerminating(turn1.message, script);
    refused(() => goOn(end, turn1.state, message2), code, sentence);
  });

test('a request of another type than ocsp is passed over, and a raw public key has no status (RFC 6066 §8)', () => {
  const turn1 = opening(initiating());
  const hello = find(messagesOf(turn1.message), message.clientHello);
  // What stands behind the type 200 has a form of its own.
  const other = makeExtension(statusRequest, Uint8Array.of(200, 9, 9));
  const extensions = hello.extensions.map(extension => (extension.type === other.type ? other : extension));
  const changed = inRecords([encodeMessage(message.clientHello, { ...hello, extensions })]);
  assert.equal(typesOf(answered(terminating(), changed).message), withoutStatus);

  const knows = [knowsRaw('b')];
  const rawly = answered(terminating({ ...raw('b'), staple }), opening(initiating({ knows })).message);
  assert.equal(typesOf(rawly.message), withoutStatus);
});
