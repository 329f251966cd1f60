// CurveBall (CVE-2020-0601): a key whose curve is written out in full, with a base point of the attacker's, under
// which he knows the private key of somebody else's public key. Here a curve is always named.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { validatePath } from '../../src/certificates/index.ts';
import { makeAuthority } from '../../src/testing/certificate-maker.ts';
import { message } from '../../src/wire/messages.ts';
import { inRecords, messagesOf } from '../handshake/flights.ts';
import { begin, goOn, initiatingEnd, sent, time } from '../handshake/lab.ts';
import {
  answered,
  certified,
  knowsCertified,
  knowsRaw,
  opening,
  party,
  raw,
  read,
} from '../handshake/parties.ts';
import { refused } from '../handshake/refused.ts';
import { scriptedTerminating } from '../handshake/scripted-terminating.ts';

/** P-256 with all its numbers in the place of its name (RFC 5480 §2.1.1: specifiedCurve). */
const { privateKey: explicit, publicKey } = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  paramEncoding: 'explicit',
});
const spki = publicKey.export({ format: 'der', type: 'spki' });

test('a curve written out in full is refused in a certificate, of an end-point and of an authority (TS-0003 10.1.1.1, RFC 5480 §2.1.1)', () => {
  assert.ok(spki.length > 200, 'the curve is written out');
  const root = makeAuthority();
  const names = ['dns:cse.example.com'];
  const authority = root.authority({ key: explicit, publicKey: spki });
  const chains = [
    [root.issue({ key: explicit, publicKey: spki, names })],
    [authority.issue({ names }), authority],
  ];
  for (const chain of chains)
    for (const profile of ['onem2m', 'rfc5280'] as const) {
      const presented = chain.map(({ der }) => der);
      const { valid, code, finding } = validatePath(presented, { anchors: [root.der], time, profile });
      assert.deepEqual(
        [valid, code, finding?.field],
        [false, 'CERTIFICATE_UNSUPPORTED', 'subjectPublicKeyInfo'],
      );
    }
});

test('a raw public key on a curve written out in full is refused, also when it is pinned (TS-0003 10.1.2)', () => {
  const pinned = { ...raw('b', explicit), chain: [spki] };
  const a = party('a', { own: [certified('a')], knows: [knowsRaw('b', pinned)] });
  const b = party('b', { own: [{ ...pinned, curve: 23 }], knows: [knowsCertified('a')] });
  const turn1 = opening(a);
  const turn2 = sent(answered(b, turn1.message));
  refused(
    () => read(a, turn1.state, turn2.message),
    'CERTIFICATE_UNSUPPORTED',
    /subjectPublicKeyInfo.*P-256/,
  );
});

test('ServerKeyExchange with a curve written out in full is refused (RFC 8422 §5.4)', () => {
  const end = initiatingEnd();
  const turn1 = begin(end, { encryptThenMac: true });
  const messages = messagesOf(scriptedTerminating(turn1.message).message2);
  // explicit_prime and explicit_char2.
  for (const curveType of [1, 2]) {
    const changed = messages.map(bytes =>
      bytes[0] === message.serverKeyExchange.type ? Uint8Array.from(bytes).with(4, curveType) : bytes,
    );
    assert.notDeepEqual(changed, messages);
    refused(() => goOn(end, turn1.state, inRecords(changed)), 'MESSAGE_MALFORMED', /curveType/);
  }
});
