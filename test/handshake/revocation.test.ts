// What is known of the peer's revocation when its certificate comes: a stapled response and CRLs in message 2, CRLs in
// message 3 (RFC 5280 6.3.3, RFC 6066 §8). All that they can say: test/certificates/revocation.test.ts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RevocationPolicy } from '../../src/certificates/revocation.ts';
import { RevocationLists } from '../../src/certificates/revocation-lists.ts';
import { authenticateMessage3 } from '../../src/handshake/terminating.ts';
import { keyFor } from '../../src/testing/certificate-maker.ts';
import { makeCrl, makeOcspResponse, type OcspResponseOptions } from '../../src/testing/status-maker.ts';
import { alertName } from '../../src/wire/alerts.ts';
import { done, message4Of, sent, time } from './lab.ts';
import {
  answered,
  authority,
  certified,
  type Holding,
  knowsCertified,
  knowsRaw,
  opening,
  type Party,
  party,
  raw,
  read,
} from './parties.ts';
import { refused } from './refused.ts';

const [a, b] = [certified('a'), certified('b')];
const signerOf = ({ chain: [der = new Uint8Array()], key }: Holding) => ({ der, key });
const responseFor = (holding: Holding, options: Partial<OcspResponseOptions> = {}) =>
  makeOcspResponse({ issuer: authority, certificate: signerOf(holding), ...options });
const listOf = (...revoked: readonly Holding[]) =>
  RevocationLists.fromDer([
    makeCrl({ issuer: authority, entries: revoked.map(holding => ({ serial: signerOf(holding) })) }),
  ]);
const past = { thisUpdate: new Date('2026-02-01T00:00:00Z'), nextUpdate: new Date('2026-03-01T00:00:00Z') };
const oldList = RevocationLists.fromDer([makeCrl({ issuer: authority, ...past })]);

const initiating = (revocation: RevocationPolicy = 'required') =>
  party('a', { own: [a], knows: [{ ...knowsCertified('b'), revocation }] });
const terminating = (staple?: Uint8Array, revocation: RevocationPolicy = 'required') =>
  party('b', {
    own: [staple === undefined ? b : { ...b, staple }],
    knows: [{ ...knowsCertified('a'), revocation }],
  });

/** Message 2 of `b`, as `a` reads it. */
function readMessage2(of: Party, by: Party, crls?: RevocationLists) {
  const { message, state } = opening(of);
  return read(of, state, answered(by, message).message, crls);
}

/** Message 3 of `a`, whose peer is not judged, as `b` is to read it. */
function message3For(by: Party) {
  const of = initiating('off');
  const turn1 = opening(of);
  const turn2 = answered(by, turn1.message);
  const turn3 = sent(read(of, turn1.state, turn2.message));
  return { of, turn2, turn3 };
}

const inMessage2 = [
  ['good, by what is stapled', responseFor(b), undefined, 'ocsp'],
  ['good, by a CRL', undefined, listOf(), 'crl'],
  ['good, by both', responseFor(b), listOf(a), 'ocsp'],
  ['revoked, by what is stapled', responseFor(b, { status: 'revoked' }), listOf(), 'CERTIFICATE_REVOKED'],
  ['revoked, by a CRL', responseFor(b), listOf(b), 'CERTIFICATE_REVOKED'],
  ['revoked, by a CRL alone', undefined, listOf(b), 'CERTIFICATE_REVOKED'],
  ['a CRL that is out of date', undefined, oldList, 'CERTIFICATE_STATUS_UNKNOWN'],
  ['a response that is out of date', responseFor(b, past), listOf(), 'STATUS_RESPONSE_BAD'],
  ['a response for another certificate', responseFor(a), undefined, 'STATUS_RESPONSE_BAD'],
  ['a response by nobody', responseFor(b, { key: keyFor('nobody') }), undefined, 'STATUS_RESPONSE_BAD'],
  ['a response without an answer', responseFor(b, { responseStatus: 3 }), undefined, 'STATUS_RESPONSE_BAD'],
  ['bytes that are no response', Uint8Array.of(0), undefined, 'STATUS_RESPONSE_BAD'],
  [
    'a responder that does not know it',
    responseFor(b, { status: 'unknown' }),
    undefined,
    'CERTIFICATE_STATUS_UNKNOWN',
  ],
] as const;

const alerts = {
  CERTIFICATE_REVOKED: 'certificate_revoked',
  CERTIFICATE_STATUS_UNKNOWN: 'certificate_unknown',
  STATUS_RESPONSE_BAD: 'bad_certificate_status_response',
} as const;

function refusedFor(step: () => unknown, code: keyof typeof alerts): void {
  const error = refused(step, code, /RFC (?:5280|6960)|X\.690/);
  assert.equal(alertName(error.alert ?? 0), alerts[code]);
  assert.equal(error.rsc, 4106);
  assert.equal(error.finding?.position, 0);
}

for (const [what, staple, crls, expected] of inMessage2)
  for (const policy of ['required', 'when-available'] as const)
    test(`message 2 under ${policy}: ${what} (RFC 6066 §8, RFC 5280 6.3.3)`, () => {
      const step = () => readMessage2(initiating(policy), terminating(staple), crls);
      if (expected === 'ocsp' || expected === 'crl') assert.equal(step().kind, 'send');
      else refusedFor(step, expected);
    });

test('message 2 without anything at hand: refused under required, and under no other policy', () => {
  refusedFor(() => readMessage2(initiating(), terminating()), 'CERTIFICATE_STATUS_UNKNOWN');
  for (const policy of ['when-available', 'off'] as const)
    assert.equal(readMessage2(initiating(policy), terminating()).kind, 'send');
});

test('message 2 under off: nothing is looked at', () => {
  const ofOff = party('a', {
    own: [a],
    knows: [{ ...knowsCertified('b'), revocation: 'off' }],
    requestStatus: true,
  });
  for (const [, staple, crls] of inMessage2)
    assert.equal(readMessage2(ofOff, terminating(staple), crls).kind, 'send');
});

const inMessage3 = [
  ['good', listOf(), null],
  ['revoked', listOf(a), 'CERTIFICATE_REVOKED'],
  ['a CRL that is out of date', oldList, 'CERTIFICATE_STATUS_UNKNOWN'],
  ['nothing at hand', undefined, 'CERTIFICATE_STATUS_UNKNOWN'],
] as const;

for (const [what, crls, expected] of inMessage3)
  test(`message 3 under required: ${what} (RFC 5280 6.3.3)`, () => {
    const by = terminating();
    const { turn2, turn3 } = message3For(by);
    const steps = [
      () => read(by, turn2.state, turn3.message, crls),
      () => {
        assert.ok(turn2.state.waitingFor === 'message 3');
        const input = { message: turn3.message, time, ...(crls !== undefined && { crls }) };
        return authenticateMessage3(by.profile, turn2.state, input);
      },
    ];
    for (const step of steps) {
      if (expected === null) step();
      else refusedFor(step, expected);
    }
  });

test('message 3 under when-available and off: what is at hand counts, or nothing does', () => {
  for (const [policy, crls, code] of [
    ['when-available', undefined, null],
    ['when-available', listOf(a), 'CERTIFICATE_REVOKED'],
    ['when-available', oldList, 'CERTIFICATE_STATUS_UNKNOWN'],
    ['off', listOf(a), null],
    ['off', oldList, null],
  ] as const) {
    const by = terminating(undefined, policy);
    const { turn2, turn3 } = message3For(by);
    const step = () => read(by, turn2.state, turn3.message, crls);
    if (code === null) assert.equal(step().kind, 'done');
    else refusedFor(step, code);
  }
});

test('a session says what said that the peer is not revoked', () => {
  const of = initiating();
  const by = terminating(responseFor(b));
  const turn1 = opening(of);
  const turn2 = answered(by, turn1.message);
  const turn3 = sent(read(of, turn1.state, turn2.message, listOf()));
  const turn4 = done(read(by, turn2.state, turn3.message, listOf()));
  const end = done(read(of, turn3.state, message4Of(turn4)));
  assert.deepEqual([end.session.peer.statusBy, turn4.session.peer.statusBy], ['ocsp', 'crl']);
});

test('a raw public key has no status, whatever is at hand (RFC 7250 §3)', () => {
  const of = party('a', { own: [raw('a')], knows: [knowsRaw('b')] });
  const by = party('b', { own: [raw('b')], knows: [knowsRaw('a')] });
  const turn1 = opening(of);
  const turn2 = answered(by, turn1.message);
  const turn3 = sent(read(of, turn1.state, turn2.message, oldList));
  assert.equal(done(read(by, turn2.state, turn3.message, oldList)).session.peer.statusBy, null);
});
