// Raw public keys in the place of certificates (RFC 7250; TS-0003 8.7.2.2): whose key is taken. Which type is offered and
// chosen is in certificate-types.test.ts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Role } from '../../src/certificates/trust.ts';
import type { FaultCode } from '../../src/errors.ts';
import { message } from '../../src/wire/messages.ts';
import { edit, inRecords, messagesOf, protectedPartOf } from './flights.ts';
import { exported } from './lab.ts';
import {
  answered,
  certified,
  endOf,
  entityOf,
  type Holding,
  knowsRaw,
  opening,
  type Party,
  party,
  raw,
  read,
  shakeHands,
} from './parties.ts';
import { refused } from './refused.ts';

for (const initiating of ['x509', 'raw'] as const)
  for (const terminating of ['x509', 'raw'] as const)
    test(`an initiating end-point with ${initiating} and a terminating one with ${terminating} end in one key (RFC 7250 §4)`, () => {
      const { turn4, end: last } = shakeHands(
        endOf('a', [initiating], [terminating]),
        endOf('b', [terminating], [initiating]),
      );
      assert.deepEqual(exported(last.session), exported(turn4.session));
      assert.equal(last.session.peer.entity, entityOf('b'));
      assert.equal(turn4.session.peer.entity, entityOf('a'));
      assert.equal(last.session.peer.flavour === 'raw', terminating === 'raw');
      assert.equal(turn4.session.peer.flavour === 'raw', initiating === 'raw');
    });

const spki = ({ chain: [bytes = assert.fail()] }: Holding) => bytes;
const chainOf = (holding: Holding) => ({ certificates: holding.chain });

const presented: readonly { rule: string; bytes: Uint8Array; code: FaultCode; sentence: RegExp }[] = [
  {
    rule: 'the key of somebody whom nobody here knows',
    bytes: spki(raw('stranger')),
    code: 'IDENTITY_MISMATCH',
    sentence: /is not that of the expected peer/,
  },
  { rule: 'no key', bytes: new Uint8Array(), code: 'PEER_CERTIFICATE_MISSING', sentence: /./ },
  {
    rule: 'bytes that are no key',
    bytes: Uint8Array.of(0x30, 3, 1, 2, 3),
    code: 'CERTIFICATE_MALFORMED',
    sentence: /subjectPublicKeyInfo/,
  },
  {
    rule: 'a certificate',
    bytes: spki(certified('a')),
    code: 'CERTIFICATE_MALFORMED',
    sentence: /subjectPublicKeyInfo/,
  },
  {
    rule: 'a key and one byte',
    bytes: Buffer.concat([spki(raw('a')), Buffer.of(0)]),
    code: 'CERTIFICATE_MALFORMED',
    sentence: /subjectPublicKeyInfo/,
  },
];

for (const { rule, bytes, code, sentence } of presented)
  test(`a raw public key is refused in either role: ${rule} (RFC 7250 §3; TS-0003 8.1.2.5)`, () => {
    const [a, b] = [endOf('a', ['raw'], ['raw']), endOf('b', ['raw'], ['raw'])];
    const other = () => ({ subjectPublicKeyInfo: bytes });
    const { turn1, turn2, turn3 } = shakeHands(a, b);
    const message2 = edit(messagesOf(turn2.message), message.rawPublicKeyCertificate, other);
    refused(() => read(a, turn1.state, inRecords(message2)), code, sentence);
    const message3 = edit(messagesOf(turn3.message), message.rawPublicKeyCertificate, other);
    const flight = Buffer.concat([inRecords(message3), protectedPartOf(turn3.message)]);
    refused(() => read(b, turn2.state, flight), code, sentence);
  });

test('no raw public key, and no CertificateVerify, is how whoever has none says so (RFC 7250 §3; RFC 5246 §7.4.6)', () => {
  for (const [clientAuthentication, code, sentence] of [
    ['require', 'PEER_CERTIFICATE_MISSING', /sent none/],
    // Read to its end; Finished is of the message 3 that held a key.
    ['request', 'RECORD_UNAUTHENTIC', /does not open/],
  ] as const) {
    const b = endOf('b', ['raw'], ['raw'], { clientAuthentication });
    const { turn2, turn3 } = shakeHands(endOf('a', ['raw'], ['raw']), b);
    const messages = edit(messagesOf(turn3.message), message.rawPublicKeyCertificate, () => ({
      subjectPublicKeyInfo: new Uint8Array(),
    }));
    const message3 = Buffer.concat([inRecords(messages.slice(0, 2)), protectedPartOf(turn3.message)]);
    refused(() => read(b, turn2.state, message3), code, sentence);
  }
});

test('a chain is no raw public key, and a raw public key no chain (RFC 7250 §3)', () => {
  const rawEnds = [endOf('a', ['raw'], ['raw']), endOf('b', ['raw'], ['raw'])] as const;
  const x509Ends = [endOf('a', ['x509'], ['x509']), endOf('b', ['x509'], ['x509'])] as const;
  const chain = edit(messagesOf(shakeHands(...x509Ends).turn2.message), message.certificate, () =>
    chainOf(certified('b')),
  );
  const key = messagesOf(shakeHands(...rawEnds).turn2.message);
  const [, itsChain = assert.fail()] = chain;
  const [, itsKey = assert.fail()] = key;
  for (const [[a, b], instead, code] of [
    [rawEnds, itsChain, 'CERTIFICATE_MALFORMED'],
    [x509Ends, itsKey, 'MESSAGE_MALFORMED'],
  ] as const) {
    const turn1 = opening(a);
    const message2 = messagesOf(answered(b, turn1.message).message).with(1, instead);
    refused(() => read(a, turn1.state, inRecords(message2)), code, /./);
  }
});

test('a pin of another key than the one presented is refused (TS-0003 8.1.2.5)', () => {
  const a = party('a', { own: [raw('a')], knows: [knowsRaw('b', raw('another key of b'))] });
  const b = endOf('b', ['raw'], ['raw']);
  const turn1 = opening(a);
  const { message: message2 } = answered(b, turn1.message);
  refused(() => read(a, turn1.state, message2), 'IDENTITY_MISMATCH', /is not that of the expected peer/);
});

test('a pinned key is taken only in a role that its entry allows (TS-0003 8.1.2)', () => {
  const knowing = (other: 'a' | 'b', role: Role) => {
    const entry = knowsRaw(other);
    assert.ok(entry.flavour === 'raw');
    return { knows: [{ ...entry, roles: [role] }] };
  };
  const [a, b] = [endOf('a', ['raw'], ['raw']), endOf('b', ['raw'], ['raw'])];
  const { turn1, turn2, turn3 } = shakeHands(a, b);
  for (const { knows, step } of [
    {
      knows: endOf('a', ['raw'], [], knowing('b', 'initiating')),
      step: (end: Party) => read(end, turn1.state, turn2.message),
    },
    {
      knows: endOf('b', ['raw'], [], knowing('a', 'terminating')),
      step: (end: Party) => read(end, turn2.state, turn3.message),
    },
  ])
    refused(() => step(knows), 'PEER_NOT_ALLOWED', /may not be the (initiating|terminating) end-point/);
  shakeHands(
    endOf('a', ['raw'], [], knowing('b', 'terminating')),
    endOf('b', ['raw'], [], knowing('a', 'initiating')),
  );
});

test('whoever presents a pinned key without holding it is refused (RFC 7250 §4.4)', () => {
  const thief: Holding = { ...raw('a'), key: raw('thief').key };
  const a = party('a', { own: [thief], knows: [knowsRaw('b')] });
  const b = endOf('b', ['raw'], ['raw']);
  const turn1 = opening(a);
  const turn2 = answered(b, turn1.message);
  const turn3 = read(a, turn1.state, turn2.message);
  assert.ok(turn3.kind === 'send');
  refused(() => read(b, turn2.state, turn3.message), 'SIGNATURE_INVALID', /CertificateVerify/);
});

test('of several pinned peers the one is meant whose key it is', () => {
  const b = party('b', {
    own: [raw('b')],
    knows: ['c', 'a', 'd'].map(name => knowsRaw(name)),
    expected: false,
  });
  const { turn4 } = shakeHands(endOf('a', ['raw'], ['raw']), b);
  assert.equal(turn4.session.peer.entity, entityOf('a'));
});
