// RFC 4279 §2: where unknown identities are hidden, whoever asks with one learns what he learns with a wrong key, by
// what he is told and by what it costs us.
import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { test } from 'node:test';
import { maxPskIdentitySize } from '../../src/certificates/peers.ts';
import type { Role } from '../../src/certificates/trust.ts';
import { maxPresharedKeySize } from '../../src/crypto/key-exchange.ts';
import type { Suite } from '../../src/crypto/suites.ts';
import { E2EKeyError } from '../../src/errors.ts';
import { advance } from '../../src/handshake/handshake.ts';
import type { Profile } from '../../src/handshake/profile.ts';
import { clientExtension } from '../../src/wire/extensions.ts';
import { type ClientHello, message } from '../../src/wire/messages.ts';
import { withCountedOperations } from '../crypto/counted-operations.ts';
import { edit, inRecords, messagesOf, protectedPartOf } from './flights.ts';
import { beginWith, exported, time } from './lab.ts';
import {
  answered,
  initiatingHolder,
  knowsPreshared,
  opening,
  type PartyOptions,
  read,
  shakeHands,
  suite,
  terminatingHolder,
  wrongKey,
} from './parties.ts';
import { refused } from './refused.ts';

const suites = [
  'TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256',
  'TLS_PSK_WITH_AES_128_GCM_SHA256',
  'TLS_PSK_WITH_AES_128_CBC_SHA256',
  'TLS_PSK_WITH_AES_128_CCM_8',
].map(suite);

interface Stranger {
  readonly rule: string;
  readonly a?: PartyOptions;
  readonly b?: PartyOptions;
  /** In the place of the one that message 3 names. */
  readonly identity?: Uint8Array;
  /** Bytes of ClientHello.session_id, none if absent. */
  readonly sessionIdSize?: number;
}

/** Everything that an initiating end-point who is not let in may be. */
const strangers: readonly Stranger[] = [
  { rule: 'a wrong key', a: { presharedKey: wrongKey } },
  ...[1, 16, 60, 64, 128, maxPresharedKeySize].map(size => ({
    rule: `a wrong key, where the right one has ${size} bytes`,
    b: { presharedKey: createSecretKey(Buffer.alloc(size, 'another')) },
  })),
  { rule: 'an unknown identity', a: { knows: [knowsPreshared('b', 'terminating', 'an identity.')] } },
  {
    rule: 'an unknown identity, with a wrong key',
    a: { knows: [knowsPreshared('b', 'terminating', 'no identity.')], presharedKey: wrongKey },
  },
  { rule: 'an identity whose key we do not have', b: { presharedKey: null } },
  {
    rule: 'an identity of a peer that may not initiate',
    b: { knows: [knowsPreshared('a', 'terminating')] },
  },
  {
    rule: 'a wrong key of a peer that has to show the export indicator and did not',
    a: { presharedKey: wrongKey },
    b: { knows: [{ ...knowsPreshared('a', 'initiating'), exportIndicator: 'required' }] },
  },
  { rule: 'bytes that are no UTF-8', identity: Buffer.from('the identit\xff', 'latin1') },
];

/** Without a hash, which would be counted. */
const random = (size: number) => new Uint8Array(size).fill(7);

function withoutIndicator(hello: ClientHello): ClientHello {
  const { type: alpn } = clientExtension.applicationLayerProtocolNegotiation;
  return { ...hello, extensions: hello.extensions.filter(({ type }) => type !== alpn) };
}

/** Message 3 to a terminating end-point that hides, from somebody who did not show the export indicator. */
function attempt({ a, b, identity, sessionIdSize = 0 }: Omit<Stranger, 'rule'>, own: Suite, hide = true) {
  const terminating = terminatingHolder({ suites: [own], hideUnknownPskIdentities: hide, random, ...b });
  const initiating = initiatingHolder({ suites: [own], ...a });
  const sessionId = new Uint8Array(sessionIdSize).fill(1);
  const turn1 = beginWith(opening(initiating), hello => ({ ...withoutIndicator(hello), sessionId }));
  const turn2 = answered(terminating, turn1.message);
  const turn3 = read(initiating, turn1.state, turn2.message);
  assert.ok(turn3.kind === 'send');
  const message3 = identity === undefined ? turn3.message : naming(identity, turn3.message, own);
  return { terminating, turn2, message3 };
}

/** The same message 3 with another identity. */
function naming(identity: Uint8Array, message3: Uint8Array, { keyExchange }: Suite): Uint8Array {
  const clear = messagesOf(message3);
  const changed =
    keyExchange === 'PSK'
      ? edit(clear, message.pskClientKeyExchange, () => ({ identity }))
      : edit(clear, message.ecdhePskClientKeyExchange, ({ point }) => ({ identity, point }));
  return Buffer.concat([inRecords(changed), protectedPartOf(message3)]);
}

/** What somebody is told, and what was computed from the arrival of his message 3 on. */
function lookAt(stranger: Stranger, own: Suite) {
  const { terminating, turn2, message3 } = attempt(stranger, own);
  const { presharedKey } = terminating;
  const randomness: number[] = [];
  const profile: Profile = {
    ...terminating.profile,
    random: size => {
      randomness.push(size);
      return random(size);
    },
  };
  return withCountedOperations(count => {
    const { error, ...operations } = count(() => {
      const turn = advance(profile, turn2.state, { message: message3, time });
      assert.ok(turn.kind === 'need');
      advance(profile, turn.state, { presharedKey });
    });
    assert.ok(error instanceof E2EKeyError, String(error));
    const { name, code, message: sentence, alert, rsc, blame, notice, cause } = error;
    const told = { name, code, sentence, alert, rsc, blame, notice, cause, keys: Object.keys(error) };
    return { told, operations: { ...operations, randomness } };
  });
}

for (const own of suites)
  test(`whoever is not let in is told the same, after the same work, whatever the reason (RFC 4279 §2): ${own.name}`, () => {
    const [wrong, ...others] = strangers.map(stranger => ({
      rule: stranger.rule,
      seen: lookAt(stranger, own),
    }));
    assert.ok(wrong);
    const { told, operations } = wrong.seen;
    assert.deepEqual([told.code, told.alert], ['PSK_UNKNOWN', 51]);
    assert.match(told.sentence, /the pre-shared key or its identity is not the right one/);
    assert.ok(operations.hashBlocks > 0 && operations.calls.some(call => call.startsWith('createHmac')));
    assert.ok(operations.calls.includes('createSecretKey of 32 bytes'));
    assert.deepEqual(operations.randomness, [32]);
    assert.equal(operations.calls.includes('diffieHellman'), own.keyExchange === 'ECDHE_PSK');
    for (const { rule, seen } of others) assert.deepEqual(seen, wrong.seen, rule);
  });

for (const own of suites)
  test(`an identity of any length is refused as a known one of that length with a wrong key is (RFC 4279 §2): ${own.name}`, () => {
    for (const size of [1, 2, 50, 255, 256, 1023, 1024]) {
      const named = (letter: string, role: Role) => [knowsPreshared('x', role, letter.repeat(size))];
      const wrong = lookAt(
        {
          rule: 'a wrong key',
          a: { knows: named('i', 'terminating'), presharedKey: wrongKey },
          b: { knows: named('i', 'initiating') },
        },
        own,
      );
      assert.equal(wrong.told.code, 'PSK_UNKNOWN');
      for (const identity of [Buffer.alloc(size, 'j'), Buffer.alloc(size, 0xff)])
        assert.deepEqual(lookAt({ rule: 'unknown', identity }, own), wrong, `${size} bytes`);
    }
  });

test('an identity that is longer than one can be, or has no bytes, is refused as any other that nobody has (RFC 4279 §2, §5.3)', () => {
  for (const own of suites) {
    // What is hashed is as long: the bytes that one identity has more, the other one's hello has.
    const most = { rule: 'as long as it can be', identity: Buffer.alloc(maxPskIdentitySize, 'j') };
    const longer = { rule: 'one byte longer', identity: Buffer.alloc(maxPskIdentitySize + 1, 'j') };
    assert.deepEqual(lookAt(longer, own), lookAt({ ...most, sessionIdSize: 1 }, own));
    const one = { rule: 'one byte', identity: Buffer.alloc(1, 'j') };
    const none = { rule: 'no byte', identity: new Uint8Array() };
    assert.deepEqual(lookAt({ ...none, sessionIdSize: 1 }, own), lookAt(one, own));
  }
});

test('whoever has the right key is let in all the same', () => {
  const { turn4, end } = shakeHands(
    initiatingHolder(),
    terminatingHolder({ hideUnknownPskIdentities: true }),
  );
  assert.deepEqual(exported(end.session), exported(turn4.session));
});

test('whoever has shown the right key is told that the export indicator is missing (TS-0003 Table 8.7.2.2-1)', () => {
  const knows: PartyOptions['knows'] = [
    { ...knowsPreshared('a', 'initiating'), exportIndicator: 'required' },
  ];
  for (const own of suites) {
    const { terminating, turn2, message3 } = attempt({ b: { knows } }, own);
    refused(
      () => read(terminating, turn2.state, message3),
      'EXPORT_INDICATOR_MISSING',
      /missing and required/,
    );
  }
});

test('without the policy a wrong key is told as what it is', () => {
  for (const own of suites) {
    const { terminating, turn2, message3 } = attempt({ a: { presharedKey: wrongKey } }, own, false);
    const error = refused(
      () => read(terminating, turn2.state, message3),
      'RECORD_UNAUTHENTIC',
      /does not open/,
    );
    assert.equal(error.alert, 20);
  }
});

test('a message 3 that is malformed is refused as such, whether its identity is known or not', () => {
  for (const own of suites)
    for (const stranger of strangers) {
      const { terminating, turn2, message3 } = attempt(stranger, own);
      const cut = inRecords(messagesOf(message3));
      refused(
        () => read(terminating, turn2.state, cut),
        'MESSAGE_UNEXPECTED',
        /the flight ends where ChangeCipherSpec is due/,
      );
    }
});

test('a failure of our own is not told as a wrong key', () => {
  const { terminating, turn2, message3 } = attempt({}, suite('TLS_PSK_WITH_AES_128_GCM_SHA256'));
  const broken = { ...terminating.profile, random: () => assert.fail('no randomness') };
  const unknown = { ...terminating, profile: broken, presharedKey: null };
  assert.throws(() => read(unknown, turn2.state, message3), /no randomness/);
});
