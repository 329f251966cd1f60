// Pre-shared keys (RFC 4279, RFC 5489; TS-0003 10.2.2): when they are offered and chosen, and what messages 2 and 3
// hold. Who is let in is in preshared-identities.test.ts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupByName } from '../../src/crypto/key-exchange.ts';
import { suites } from '../../src/crypto/suites.ts';
import { accept, advance, initiate } from '../../src/handshake/handshake.ts';
import { clientExtension, serverExtension } from '../../src/wire/extensions.ts';
import { encodeMessage, type HandshakeMessage, message, messageName } from '../../src/wire/messages.ts';
import { edit, find, inRecords, messagesOf, protectedPartOf } from './flights.ts';
import { exported, time } from './lab.ts';
import {
  answered,
  certified,
  entityOf,
  initiatingHolder,
  knowsCertified,
  knowsPreshared,
  opening,
  type Party,
  party,
  read,
  shakeHands,
  suite,
  terminatingHolder,
} from './parties.ts';
import { refused } from './refused.ts';

const [ecdhePsk, pskCbc, pskGcm] = [
  'TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256',
  'TLS_PSK_WITH_AES_128_CBC_SHA256',
  'TLS_PSK_WITH_AES_128_GCM_SHA256',
].map(suite);
assert.ok(ecdhePsk && pskCbc && pskGcm);
const both = [ecdhePsk, pskGcm];
const withPresharedKey = suites.filter(({ keyExchange }) => keyExchange.endsWith('PSK')).map(({ id }) => id);
const helloOf = (of: Party) => find(messagesOf(opening(of).message), message.clientHello);
const typesOf = (messages: readonly Uint8Array[]) => messages.map(([type = -1]) => messageName(type));

test('suites with pre-shared keys are offered to a peer with a pre-shared key, and no others beside them', () => {
  const a = initiatingHolder({
    own: [certified('a')],
    knows: [knowsPreshared('b', 'terminating'), knowsCertified('c')],
  });
  assert.deepEqual(helloOf(a).cipherSuites, withPresharedKey);
  const other = party('a', { own: [certified('a')], knows: [knowsCertified('b')] });
  assert.ok(helloOf(other).cipherSuites.every(id => !withPresharedKey.includes(id)));
});

test('ClientHello with pre-shared keys asks for no signatures, and for groups only with ECDHE (RFC 8422 §4)', () => {
  const { signatureAlgorithms, supportedGroups, ecPointFormats } = clientExtension;
  const has = (of: Party, { type }: { type: number }) =>
    helloOf(of).extensions.some(extension => extension.type === type);
  assert.equal(has(initiatingHolder(), signatureAlgorithms), false);
  for (const extension of [supportedGroups, ecPointFormats]) {
    assert.equal(has(initiatingHolder(), extension), true);
    assert.equal(has(initiatingHolder({ suites: [pskGcm] }), extension), false);
  }
});

test('suites that are none for the peer are refused before anything is sent', () => {
  const certificates = suite('TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256');
  refused(
    () => initiate(initiatingHolder({ suites: [certificates] }).profile),
    'OPTION_INVALID',
    /suites: none of them is for a pre-shared key/,
  );
  const other = party('a', { own: [certified('a')], knows: [knowsCertified('b')], suites: [pskGcm] });
  refused(() => initiate(other.profile), 'OPTION_INVALID', /suites: none of them is for certificates/);
});

for (const { name, group, own } of [
  { name: ecdhePsk.name, group: 'secp256r1', own: ecdhePsk },
  { name: pskGcm.name, group: null, own: pskGcm },
  { name: pskCbc.name, group: null, own: pskCbc },
])
  test(`both ends export the same key, and the session says by what: ${name}`, () => {
    const { turn1, turn2, turn3, turn4, end } = shakeHands(
      initiatingHolder({ suites: [own] }),
      terminatingHolder({ suites: [own] }),
    );
    assert.deepEqual(exported(end.session), exported(turn4.session));
    for (const [{ session }, peer] of [
      [end, 'b'],
      [turn4, 'a'],
    ] as const) {
      const { by, suite: agreed, forwardSecrecy, stapledResponse } = session;
      assert.deepEqual(
        { by, agreed, group: session.group, forwardSecrecy, stapledResponse },
        { by: 'psk', agreed: name, group, forwardSecrecy: group !== null, stapledResponse: null },
      );
      assert.equal(session.peer.entity, entityOf(peer));
    }
    const flights = [turn1, turn2, turn3].map(turn => typesOf(messagesOf(turn.message)));
    assert.deepEqual(flights, [
      ['ClientHello'],
      ['ServerHello', ...(group === null ? [] : ['ServerKeyExchange']), 'ServerHelloDone'],
      ['ClientKeyExchange'],
    ]);
  });

test('a terminating end-point with both kinds of peers serves either, in its own order', () => {
  const b = terminatingHolder({
    own: [certified('b')],
    knows: [knowsPreshared('a', 'initiating'), knowsCertified('c')],
    expected: false,
  });
  assert.equal(shakeHands(initiatingHolder(), b).turn4.session.peer.entity, entityOf('a'));
  const c = party('c', { own: [certified('c')], knows: [knowsCertified('b')] });
  assert.equal(shakeHands(c, b).turn4.session.peer.entity, entityOf('c'));
});

test('a suite for which the terminating end-point has nothing is passed over (RFC 4279 §2)', () => {
  const b = party('b', { own: [certified('b')], knows: [knowsCertified('c')] });
  const { message: message1 } = opening(initiatingHolder());
  refused(() => accept(b.profile, message1), 'NOTHING_IN_COMMON', /ClientHello\.cipherSuites/);
  const c = party('c', { own: [certified('c')], knows: [knowsCertified('b')] });
  const { message: itsMessage1 } = opening(c);
  refused(
    () => accept(terminatingHolder().profile, itsMessage1),
    'NOTHING_IN_COMMON',
    /ClientHello\.cipherSuites/,
  );
});

test('ECDHE with a pre-shared key needs a group in common, and gives way to a suite without (RFC 5489 §2)', () => {
  const { message: message1 } = opening(initiatingHolder());
  const groups = [groupByName('secp384r1') ?? assert.fail()];
  const { message: message2 } = answered(terminatingHolder({ suites: both, groups }), message1);
  assert.equal(find(messagesOf(message2), message.serverHello).cipherSuite, pskGcm.id);
  refused(
    () => accept(terminatingHolder({ suites: [ecdhePsk], groups }).profile, message1),
    'NOTHING_IN_COMMON',
    /ClientHello\.supported_groups has none of secp384r1/,
  );
});

test('ServerHello answers no ec_point_formats where the suite has no ephemeral key (RFC 8422 §5.2)', () => {
  const { message: message1 } = opening(initiatingHolder());
  for (const [own, expected] of [
    [ecdhePsk, true],
    [pskGcm, false],
  ] as const) {
    const { message: message2 } = answered(terminatingHolder({ suites: [own] }), message1);
    const { extensions } = find(messagesOf(message2), message.serverHello);
    const { type } = serverExtension.ecPointFormats;
    assert.equal(
      extensions.some(extension => extension.type === type),
      expected,
    );
  }
});

for (const own of both)
  test(`psk_identity_hint goes to everybody, and its absence is no hint (RFC 4279 §5.2): ${own.name}`, () => {
    for (const [pskIdentityHint, identityHint] of [
      ['', null],
      ['which of them?', 'which of them?'],
      ['ä'.repeat(512), 'ä'.repeat(512)],
    ] as const) {
      const a = initiatingHolder({ suites: [own] });
      const turn1 = opening(a);
      const turn2 = answered(terminatingHolder({ suites: [own], pskIdentityHint }), turn1.message);
      const turn = advance(a.profile, turn1.state, { message: turn2.message, time });
      assert.ok(turn.kind === 'need');
      assert.deepEqual(turn.what, { pskIdentity: 'the identity', identityHint });
    }
  });

for (const own of both)
  test(`a hint that cannot be understood is passed over (RFC 4279 §5.2): ${own.name}`, () => {
    const a = initiatingHolder({ suites: [own] });
    const turn1 = opening(a);
    const { message: message2 } = answered(
      terminatingHolder({ suites: [own], pskIdentityHint: 'x' }),
      turn1.message,
    );
    for (const [bytes, expected] of [
      [Uint8Array.of(0xff), null],
      [Uint8Array.of(0x61, 0xc3), null],
      [Buffer.alloc(1024, 'a'), 'a'.repeat(1024)],
      [Buffer.alloc(1025, 'a'), null],
      [Buffer.from('\ufeffx'), '\ufeffx'],
    ] as const) {
      const identityHint = bytes;
      const messages = messagesOf(message2);
      const changed =
        own.keyExchange === 'PSK'
          ? edit(messages, message.pskServerKeyExchange, () => ({ identityHint }))
          : edit(messages, message.ecdhePskServerKeyExchange, value => ({ ...value, identityHint }));
      const turn = advance(a.profile, turn1.state, { message: inRecords(changed), time });
      assert.ok(turn.kind === 'need');
      assert.equal(turn.what.identityHint, expected);
    }
  });

test('a key that the initiating end-point does not have is said to be missing, and nothing is sent', () => {
  const a = initiatingHolder({ presharedKey: null });
  const turn1 = opening(a);
  const turn2 = answered(terminatingHolder(), turn1.message);
  refused(
    () => read(a, turn1.state, turn2.message),
    'OPTION_INVALID',
    /there is no pre-shared key of the identity "the identity"/,
  );
});

/** Messages that belong to certificates. */
const foreign: readonly Uint8Array[] = [
  whole(message.certificate, { certificates: [] }),
  whole(message.certificateStatus, { statusType: 1, response: Uint8Array.of(1) }),
  whole(message.certificateRequest, { certificateTypes: [64], signatureSchemes: [0x0403], authorities: [] }),
  whole(message.certificateVerify, { signed: { scheme: 0x0403, signature: Uint8Array.of(1) } }),
];

for (const own of both)
  test(`messages of certificates are due nowhere with a pre-shared key (RFC 4279 §2): ${own.name}`, () => {
    const [a, b] = [initiatingHolder({ suites: [own] }), terminatingHolder({ suites: [own] })];
    const { turn1, turn2, turn3 } = shakeHands(a, b);
    const [two, three] = [messagesOf(turn2.message), messagesOf(turn3.message)];
    for (const bytes of foreign) {
      for (let place = 0; place <= two.length; place++) {
        const message2 = inRecords(two.toSpliced(place, 0, bytes));
        refused(() => read(a, turn1.state, message2), 'MESSAGE_UNEXPECTED', / where | left over /);
      }
      for (let place = 0; place <= three.length; place++) {
        const clear = inRecords(three.toSpliced(place, 0, bytes));
        const message3 = Buffer.concat([clear, protectedPartOf(turn3.message)]);
        refused(() => read(b, turn2.state, message3), 'MESSAGE_UNEXPECTED', / where | not preceded /);
      }
    }
  });

test('ServerKeyExchange is due with ECDHE, and comes once (RFC 5489 §2)', () => {
  const [a, b] = [initiatingHolder({ suites: [ecdhePsk] }), terminatingHolder({ suites: [ecdhePsk] })];
  const { turn1, turn2 } = shakeHands(a, b);
  const [hello, exchange, helloDone] = messagesOf(turn2.message);
  assert.ok(hello && exchange && helloDone);
  for (const messages of [
    [hello, helloDone],
    [hello, exchange, exchange, helloDone],
    [hello, helloDone, exchange],
  ])
    refused(() => read(a, turn1.state, inRecords(messages)), 'MESSAGE_UNEXPECTED', / where | left over /);
});

test('the parameters of ECDHE with a pre-shared key are checked as others are (RFC 8422 §5.4, §5.11)', () => {
  const [a, b] = [initiatingHolder({ suites: [ecdhePsk] }), terminatingHolder({ suites: [ecdhePsk] })];
  const { turn1, turn2, turn3 } = shakeHands(a, b);
  const other = (change: { group?: number; point?: Uint8Array }) =>
    inRecords(
      edit(messagesOf(turn2.message), message.ecdhePskServerKeyExchange, value => ({
        ...value,
        parameters: { ...value.parameters, ...change },
      })),
    );
  refused(
    () => read(a, turn1.state, other({ group: 24 })),
    'PARAMETER_ILLEGAL',
    /group 24, which was not offered/,
  );
  const points = [new Uint8Array(65).with(0, 4), new Uint8Array(64), new Uint8Array(33).with(0, 2)];
  for (const point of points) {
    refused(() => read(a, turn1.state, other({ point })), 'PARAMETER_ILLEGAL', /ephemeral public key/);
    const clear = edit(messagesOf(turn3.message), message.ecdhePskClientKeyExchange, value => ({
      ...value,
      point,
    }));
    const message3 = Buffer.concat([inRecords(clear), protectedPartOf(turn3.message)]);
    refused(() => read(b, turn2.state, message3), 'PARAMETER_ILLEGAL', /ephemeral public key/);
  }
});

function whole<T>(kind: HandshakeMessage<T>, value: T): Uint8Array {
  return encodeMessage(kind, value);
}
