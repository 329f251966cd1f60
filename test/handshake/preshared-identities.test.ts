// Pre-shared keys (RFC 4279, RFC 5489; TS-0003 10.2.2): who is let in, in both roles. What somebody learns who is
// not, where that is to be hidden, is in hidden-identities.test.ts.
import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { test } from 'node:test';
import { trafficKeys } from '../../src/crypto/key-schedule.ts';
import { E2EKeyError, type FaultCode } from '../../src/errors.ts';
import { FlightWriter } from '../../src/handshake/flight.ts';
import { advance } from '../../src/handshake/handshake.ts';
import { clientExtension, serverExtension } from '../../src/wire/extensions.ts';
import { type ClientHello, message } from '../../src/wire/messages.ts';
import { edit, inRecords, messagesOf, protectedPartOf } from './flights.ts';
import { beginWith, time } from './lab.ts';
import {
  answered,
  endOf,
  initiatingHolder,
  knowsPreshared,
  opening,
  type Party,
  type PartyOptions,
  read,
  shakeHands,
  suite,
  terminatingHolder,
  wrongKey,
} from './parties.ts';
import { refused } from './refused.ts';

const [ecdhePsk, pskCbc, pskGcm] = [
  'TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256',
  'TLS_PSK_WITH_AES_128_CBC_SHA256',
  'TLS_PSK_WITH_AES_128_GCM_SHA256',
].map(suite);
assert.ok(ecdhePsk && pskCbc && pskGcm);
const both = [ecdhePsk, pskGcm];
const { applicationLayerProtocolNegotiation: alpn } = clientExtension;

/** Message 3 of whoever says to be this, with this key. */
function message3To(b: Party, a: Party, change = (hello: ClientHello) => hello) {
  const turn1 = beginWith(opening(a), change);
  const turn2 = answered(b, turn1.message);
  const turn3 = read(a, turn1.state, turn2.message);
  assert.ok(turn3.kind === 'send');
  return () => read(b, turn2.state, turn3.message);
}

const notLetIn: readonly {
  rule: string;
  a?: PartyOptions;
  b?: PartyOptions;
  change?: (hello: ClientHello) => ClientHello;
  code: FaultCode;
  sentence: RegExp;
}[] = [
  {
    rule: 'an identity that is in no entry',
    a: { knows: [knowsPreshared('b', 'terminating', 'another identity')] },
    code: 'PSK_UNKNOWN',
    sentence: /no peer has a pre-shared key of this identity/,
  },
  {
    rule: 'an identity whose key we do not have',
    b: { presharedKey: null },
    code: 'PSK_UNKNOWN',
    sentence: /psk_identity: there is no pre-shared key of it/,
  },
  {
    rule: 'an identity of a peer that may not initiate (RFC 9257 §4.1)',
    b: { knows: [knowsPreshared('a', 'terminating')] },
    code: 'PEER_NOT_ALLOWED',
    sentence: /may not be the initiating end-point/,
  },
  {
    rule: 'a wrong key',
    a: { presharedKey: wrongKey },
    code: 'RECORD_UNAUTHENTIC',
    sentence: /does not open/,
  },
  {
    rule: 'a peer whose entry asks for the export indicator, which is missing (TS-0003 Table 8.7.2.2-1)',
    b: { knows: [{ ...knowsPreshared('a', 'initiating'), exportIndicator: 'required' }] },
    change: ({ extensions, ...hello }) => ({
      ...hello,
      extensions: extensions.filter(({ type }) => type !== alpn.type),
    }),
    code: 'EXPORT_INDICATOR_MISSING',
    sentence: /missing and required/,
  },
];

for (const own of both)
  for (const { rule, a = {}, b = {}, change, code, sentence } of notLetIn)
    test(`message 3 is refused with ${code}: ${rule}: ${own.name}`, () => {
      const terminatingEnd = terminatingHolder({ suites: [own], ...b });
      const initiatingEnd = initiatingHolder({ suites: [own], ...a });
      const read3 = message3To(terminatingEnd, initiatingEnd, change);
      refused(read3, code, sentence);
    });

test('the unknown identity is told as unknown_psk_identity (RFC 4279 §2)', () => {
  const a = initiatingHolder({ knows: [knowsPreshared('b', 'terminating', 'nobody')] });
  assert.equal(refused(message3To(terminatingHolder(), a), 'PSK_UNKNOWN', /./).alert, 115);
});

test('bytes that are no UTF-8 are the identity of nobody, not of whom they could be read as (RFC 4279 §5.1)', () => {
  const identity = '\ufffd';
  const b = terminatingHolder({ suites: [pskGcm], knows: [knowsPreshared('a', 'initiating', identity)] });
  const a = initiatingHolder({ suites: [pskGcm], knows: [knowsPreshared('b', 'terminating', identity)] });
  const { turn2, turn3 } = shakeHands(a, b);
  const changed = edit(messagesOf(turn3.message), message.pskClientKeyExchange, () => ({
    identity: Uint8Array.of(0xff),
  }));
  const message3 = Buffer.concat([inRecords(changed), protectedPartOf(turn3.message)]);
  refused(() => read(b, turn2.state, message3), 'PSK_UNKNOWN', /no peer has/);
  const turn = advance({ ...b.profile, hideUnknownPskIdentities: true }, turn2.state, {
    message: message3,
    time,
  });
  assert.ok(turn.kind === 'need');
  assert.equal(turn.what.pskIdentity, '');
});

test('nobody is asked for the key of an identity that is in no entry, or longer than one can be (RFC 4279 §2)', () => {
  const [a, b] = [initiatingHolder({ suites: [pskGcm] }), terminatingHolder({ suites: [pskGcm] })];
  const { turn2, turn3 } = shakeHands(a, b);
  const naming = (identity: Uint8Array) => {
    const changed = edit(messagesOf(turn3.message), message.pskClientKeyExchange, () => ({ identity }));
    return Buffer.concat([inRecords(changed), protectedPartOf(turn3.message)]);
  };
  const stranger = naming(Buffer.from('../etc/passwd'));
  refused(() => advance(b.profile, turn2.state, { message: stranger, time }), 'PSK_UNKNOWN', /no peer has/);
  // Hidden, everybody is asked about alike; but no further than an identity can go.
  const hiding = { ...b.profile, hideUnknownPskIdentities: true };
  const long = advance(hiding, turn2.state, { message: naming(Buffer.alloc(1025, 97)), time });
  assert.ok(long.kind === 'need');
  assert.equal(long.what.pskIdentity, '');
});

test('the key that stands for one that nobody has is not one that could be guessed (RFC 4279 §2)', () => {
  const zeros = createSecretKey(new Uint8Array(32));
  for (const own of both) {
    const b = terminatingHolder({ suites: [own], presharedKey: null, hideUnknownPskIdentities: true });
    const a = initiatingHolder({ suites: [own], presharedKey: zeros });
    assert.equal(thrownBy(message3To(b, a)).code, 'PSK_UNKNOWN');
  }
});

test('a wrong Finished under the right key is told no other than a wrong key, where identities are hidden', () => {
  for (const own of both) {
    const b = terminatingHolder({ suites: [own], hideUnknownPskIdentities: true });
    const { turn2, turn3 } = shakeHands(initiatingHolder({ suites: [own] }), b);
    assert.ok(turn3.state.waitingFor === 'message 4');
    const { masterSecret, negotiated } = turn3.state;
    const { suite: agreed, encryptThenMac, randoms } = negotiated;
    const { client: keys } = trafficKeys(agreed, masterSecret, randoms);
    const finished = new FlightWriter(new Uint8Array()).protected(
      message.finished,
      { verifyData: new Uint8Array(12) },
      { suite: agreed, encryptThenMac, keys },
      b.profile.random,
    );
    const message3 = Buffer.concat([inRecords(messagesOf(turn3.message)), finished]);
    const { code, alert } = thrownBy(() => read(b, turn2.state, message3));
    assert.deepEqual([code, alert], ['PSK_UNKNOWN', 51]);
  }
});

test('the initiating end-point has the pre-shared key that it offered', () => {
  const [a, b] = [initiatingHolder({ suites: [pskGcm] }), terminatingHolder({ suites: [pskGcm] })];
  const turn1 = opening(a);
  const { message: message2 } = answered(b, turn1.message);
  const another = endOf('a', ['x509'], ['x509']);
  refused(() => read(another, turn1.state, message2), 'INTERNAL', /was offered and is not there/);
});

test('nobody is asked for the key of a peer that may not initiate (RFC 9257 §4.1)', () => {
  const { turn2, turn3 } = shakeHands(initiatingHolder(), terminatingHolder());
  const b = terminatingHolder({ knows: [knowsPreshared('a', 'terminating')] });
  const input = { message: turn3.message, time };
  refused(
    () => advance(b.profile, turn2.state, input),
    'PEER_NOT_ALLOWED',
    /may not be the initiating end-point/,
  );
  // Hidden, that would tell that it is known.
  const hiding = { ...b.profile, hideUnknownPskIdentities: true };
  assert.equal(advance(hiding, turn2.state, input).kind, 'need');
});

test('an identity with a byte order mark is not the one without it: identities are bytes (RFC 4279 §5.1)', () => {
  const [a, b] = [initiatingHolder({ suites: [pskGcm] }), terminatingHolder({ suites: [pskGcm] })];
  const { turn2, turn3 } = shakeHands(a, b);
  const changed = edit(messagesOf(turn3.message), message.pskClientKeyExchange, () => ({
    identity: Buffer.from('\ufeffthe identity'),
  }));
  const message3 = Buffer.concat([inRecords(changed), protectedPartOf(turn3.message)]);
  refused(() => read(b, turn2.state, message3), 'PSK_UNKNOWN', /no peer has/);
});

test('the initiating end-point looks for the indicator that its peer has to show (TS-0003 Table 8.7.2.2-1)', () => {
  const a = initiatingHolder({
    knows: [{ ...knowsPreshared('b', 'terminating'), exportIndicator: 'required' }],
  });
  const turn1 = opening(a);
  const { type } = serverExtension.applicationLayerProtocolNegotiation;
  const message2 = edit(
    messagesOf(answered(terminatingHolder(), turn1.message).message),
    message.serverHello,
    hello => ({
      ...hello,
      extensions: hello.extensions.filter(extension => extension.type !== type),
    }),
  );
  refused(
    () => read(a, turn1.state, inRecords(message2)),
    'EXPORT_INDICATOR_MISSING',
    /missing and required/,
  );
});

test('the initiating end-point refuses to use a key in the role of its peer (RFC 9257 §4.1)', () => {
  const a = initiatingHolder({ knows: [knowsPreshared('b', 'initiating')] });
  const turn1 = opening(a);
  const { message: message2 } = answered(terminatingHolder(), turn1.message);
  refused(() => read(a, turn1.state, message2), 'PEER_NOT_ALLOWED', /may not be the terminating end-point/);
});

test('a wrong key of the terminating end-point shows in Finished, before anything is exported (RFC 4279 §2)', () => {
  const a = initiatingHolder();
  const turn1 = opening(a);
  const turn2 = answered(terminatingHolder(), turn1.message);
  const turn3 = read(a, turn1.state, turn2.message);
  assert.ok(turn3.kind === 'send');
  const other = shakeHands(
    initiatingHolder({ presharedKey: wrongKey }),
    terminatingHolder({ presharedKey: wrongKey }),
  );
  const message4 = other.turn4.message ?? assert.fail();
  refused(() => read(a, turn3.state, message4), 'RECORD_UNAUTHENTIC', /does not open/);
});

function thrownBy(step: () => unknown): E2EKeyError {
  try {
    step();
  } catch (error) {
    if (error instanceof E2EKeyError) return error;
  }
  return assert.fail('not refused');
}
