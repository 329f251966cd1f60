// RFC 4279 §2: where unknown identities are hidden, whoever asks with one learns what he learns with a wrong key, by
// what he is told and by what it costs us.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { test } from 'node:test';
import type { Suite } from '../../src/crypto/suites.ts';
import { E2EKeyError } from '../../src/errors.ts';
import { advance } from '../../src/handshake/handshake.ts';
import { clientExtension } from '../../src/wire/extensions.ts';
import type { ClientHello } from '../../src/wire/messages.ts';
import { inRecords, messagesOf } from './flights.ts';
import { beginWith, exported, time } from './lab.ts';
import {
  answered,
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

const suites = [
  'TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256',
  'TLS_PSK_WITH_AES_128_GCM_SHA256',
  'TLS_PSK_WITH_AES_128_CBC_SHA256',
  'TLS_PSK_WITH_AES_128_CCM_8',
].map(suite);

/** Everything that an initiating end-point who is not let in may be. */
const strangers: readonly { rule: string; a?: PartyOptions; b?: PartyOptions }[] = [
  { rule: 'a wrong key', a: { presharedKey: wrongKey } },
  { rule: 'an unknown identity', a: { knows: [knowsPreshared('b', 'terminating', 'nobody')] } },
  {
    rule: 'an unknown identity, with a wrong key',
    a: { knows: [knowsPreshared('b', 'terminating', 'x')], presharedKey: wrongKey },
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
];

/** Without a hash, which would be counted. */
const random = (size: number) => new Uint8Array(size).fill(7);

function withoutIndicator(hello: ClientHello): ClientHello {
  const { type: alpn } = clientExtension.applicationLayerProtocolNegotiation;
  return { ...hello, extensions: hello.extensions.filter(({ type }) => type !== alpn) };
}

/** Message 3 to a terminating end-point that hides, from somebody who did not show the export indicator. */
function attempt({ a, b }: { a?: PartyOptions; b?: PartyOptions }, own: Suite, hide = true) {
  const terminating = terminatingHolder({ suites: [own], hideUnknownPskIdentities: hide, random, ...b });
  const initiating = initiatingHolder({ suites: [own], ...a });
  const turn1 = beginWith(opening(initiating), withoutIndicator);
  const turn2 = answered(terminating, turn1.message);
  const turn3 = read(initiating, turn1.state, turn2.message);
  assert.ok(turn3.kind === 'send');
  return { terminating, turn2, message3: turn3.message };
}

/** Asks for the key, goes on with it, and tells what the other one is told and what was computed meanwhile. */
function lookAt(terminating: Party, state: Parameters<typeof advance>[1], message3: Uint8Array) {
  const turn = advance(terminating.profile, state, { message: message3, time });
  assert.ok(turn.kind === 'need');
  let thrown: unknown;
  const operations = countedOperations(() => {
    try {
      advance(terminating.profile, turn.state, { presharedKey: terminating.presharedKey });
    } catch (error) {
      thrown = error;
    }
  });
  assert.ok(thrown instanceof E2EKeyError);
  const { name, code, message: sentence, alert, rsc, blame, notice, cause } = thrown;
  return {
    told: { name, code, sentence, alert, rsc, blame, notice, cause, keys: Object.keys(thrown) },
    operations,
  };
}

for (const own of suites)
  test(`whoever is not let in is told the same, after the same work, whatever the reason (RFC 4279 §2): ${own.name}`, () => {
    const [wrong, ...others] = strangers.map(stranger => {
      const { terminating, turn2, message3 } = attempt(stranger, own);
      return { rule: stranger.rule, seen: lookAt(terminating, turn2.state, message3) };
    });
    assert.ok(wrong);
    const { code, alert, sentence } = wrong.seen.told;
    assert.deepEqual([code, alert], ['PSK_UNKNOWN', 51]);
    assert.match(sentence, /the pre-shared key or its identity is not the right one/);
    assert.ok(wrong.seen.operations.some(name => name === 'createHmac'));
    assert.equal(wrong.seen.operations.includes('diffieHellman'), own.keyExchange === 'ECDHE_PSK');
    for (const { rule, seen } of others) assert.deepEqual(seen, wrong.seen, rule);
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

/** The names of the functions of node:crypto that were called, in their order; those that only make objects left out. */
function countedOperations(work: () => void): string[] {
  const operations = [
    'createHmac',
    'hash',
    'diffieHellman',
    'createDecipheriv',
    'createCipheriv',
    'timingSafeEqual',
  ];
  const called: string[] = [];
  const library = crypto as unknown as Record<string, (...args: unknown[]) => unknown>;
  const originals = operations.map(name => [name, library[name] ?? assert.fail(name)] as const);
  for (const [name, original] of originals)
    library[name] = (...args) => {
      called.push(name);
      return original(...args);
    };
  syncBuiltinESMExports();
  try {
    work();
  } finally {
    for (const [name, original] of originals) library[name] = original;
    syncBuiltinESMExports();
  }
  return called;
}
