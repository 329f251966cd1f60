// A handshake with raw public keys both ways (RFC 7250) between two GnuTLS end-points, recorded with its master
// secret (test/vectors/README.md), through both of ours, with everything that GnuTLS wrote after it.
import assert from 'node:assert/strict';
import { createPublicKey, hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { PeerEntry } from '../../src/certificates/trust.ts';
import { unprotect } from '../../src/crypto/record-protection.ts';
import { E2EKeyError } from '../../src/errors.ts';
import { type DigestAlgorithm, niUri } from '../../src/identifiers/public-key-identifier.ts';
import { exportPairwiseE2EKey } from '../../src/keys/pairwise-e2e-key.ts';
import { annotate } from '../../src/wire/annotate.ts';
import { findExtension } from '../../src/wire/codec.ts';
import { clientExtension, serverExtension } from '../../src/wire/extensions.ts';
import { message } from '../../src/wire/messages.ts';
import { certificateType, contentType } from '../../src/wire/numbers.ts';
import { readRecords } from '../../src/wire/records.ts';
import { edit, find, inRecords, messagesOf, protectedPartOf } from './flights.ts';
import { rawOf } from './kinds.ts';
import { cae1, cae1Entry, cseB, cseBEntry, exported, initiatingEnd, terminatingEnd, time } from './lab.ts';
import {
  type RecordedEnds,
  type RecordedHandshake,
  replay,
  replayFinished3,
  replayMessage1,
  replayMessage2,
  replayMessage3,
} from './recorded-handshake.ts';
import { refused } from './refused.ts';

interface Recording {
  readonly suite: string;
  readonly clientRandom: string;
  readonly serverRandom: string;
  readonly masterSecret: string;
  readonly ekm: string;
}

const vectors = new URL('../vectors/', import.meta.url);
const text = (file: string) => readFileSync(new URL(file, vectors), 'utf8');
const recording = JSON.parse(text('gnutls-rpk-vector.json')) as Recording;
const travelled = JSON.parse(text('rpk-flights.json')) as readonly { from: 'C' | 'S'; b64: string }[];
const all = travelled.map(({ b64 }) => Buffer.from(b64, 'base64'));
const recorded: RecordedHandshake = { flights: all.slice(0, 4), masterSecret: recording.masterSecret };
const [message1 = assert.fail(), message2 = assert.fail(), message3 = assert.fail()] = recorded.flights;

const publicKeyOf = (name: string) =>
  createPublicKey(text(`${name}.pub.pem`)).export({ format: 'der', type: 'spki' });
const [initiatingKey, terminatingKey] = [publicKeyOf('init'), publicKeyOf('term')];

function pinned({ entity }: PeerEntry, key: Uint8Array, algorithm: DigestAlgorithm = 'sha-256'): PeerEntry {
  return { entity, flavour: 'raw', pin: niUri(hash('sha256', key, 'buffer'), algorithm) };
}

/** Our end-points in the places of the recorded ones: each knows the other by its pin. */
function endsWith(algorithm: DigestAlgorithm = 'sha-256', swapped = false): RecordedEnds {
  const [ofInitiating, ofTerminating] = swapped
    ? [terminatingKey, initiatingKey]
    : [initiatingKey, terminatingKey];
  return {
    initiating: initiatingEnd({ own: rawOf(cae1), entry: pinned(cseBEntry, ofTerminating, algorithm) }),
    terminating: terminatingEnd({ own: rawOf(cseB), entry: pinned(cae1Entry, ofInitiating, algorithm) }),
  };
}

const ends = endsWith();

test('the recorded flights are the four messages and a close_notify each way', () => {
  assert.deepEqual(
    travelled.map(({ from }) => from),
    ['C', 'S', 'C', 'S', 'C', 'S'],
  );
  assert.deepEqual(
    recorded.flights.map(flight => annotate(flight).messages),
    [
      ['ClientHello'],
      ['ServerHello', 'Certificate', 'ServerKeyExchange', 'CertificateRequest', 'ServerHelloDone'],
      ['Certificate', 'ClientKeyExchange', 'CertificateVerify', '[ChangeCipherSpec]', 'Finished (protected)'],
      ['[ChangeCipherSpec]', 'Finished (protected)'],
    ],
  );
});

test('message 1 of GnuTLS, which offers raw public keys alone, is accepted (RFC 7250 §4.1)', () => {
  const { extensions } = find(messagesOf(message1), message.clientHello);
  const raw = [certificateType.rawPublicKey];
  assert.deepEqual(findExtension(extensions, clientExtension.clientCertificateType), raw);
  assert.deepEqual(findExtension(extensions, clientExtension.serverCertificateType), raw);
  const { negotiated } = replayMessage1(recorded, ends);
  assert.equal(negotiated.suite.name, recording.suite);
  assert.deepEqual(negotiated.certificateTypes, { initiating: 'raw', terminating: 'raw' });
  assert.equal(hex(negotiated.randoms.client), recording.clientRandom);
});

test('an end-point with an X.509 certificate alone has nothing for that message 1 (RFC 7250 §4.2)', () => {
  const terminating = terminatingEnd({ entry: pinned(cae1Entry, initiatingKey) });
  refused(
    () => replayMessage1(recorded, { ...ends, terminating }),
    'CERTIFICATE_UNSUPPORTED',
    /server_certificate_type/,
  );
  const knowing = terminatingEnd({ own: rawOf(cseB) });
  refused(
    () => replayMessage1(recorded, { ...ends, terminating: knowing }),
    'CERTIFICATE_UNSUPPORTED',
    /client_certificate_type/,
  );
});

test('message 2 of GnuTLS chooses raw public keys both ways (RFC 7250 §4.2)', () => {
  const { extensions } = find(messagesOf(message2), message.serverHello);
  assert.equal(
    findExtension(extensions, serverExtension.clientCertificateType),
    certificateType.rawPublicKey,
  );
  assert.equal(
    findExtension(extensions, serverExtension.serverCertificateType),
    certificateType.rawPublicKey,
  );
  const { negotiated } = replayMessage2(recorded, ends);
  assert.deepEqual(negotiated.certificateTypes, { initiating: 'raw', terminating: 'raw' });
  assert.equal(negotiated.suite.name, recording.suite);
  assert.equal(negotiated.group?.name, 'secp256r1');
  assert.equal(negotiated.extendedMasterSecret, true);
  assert.equal(hex(negotiated.randoms.server), recording.serverRandom);
});

for (const algorithm of ['sha-256', 'sha-256-128', 'sha-256-120'] as const)
  test(`the raw public keys are those that are pinned, and their holders signed (TS-0003 10.1.2): ${algorithm}`, () => {
    const pins = endsWith(algorithm);
    const { authentication: ofTerminating } = replayMessage2(recorded, pins);
    const { authentication: ofInitiating } = replayMessage3(recorded, pins);
    for (const [authentication, entity, key] of [
      [ofTerminating, cseBEntry.entity, terminatingKey],
      [ofInitiating, cae1Entry.entity, initiatingKey],
    ] as const) {
      assert.equal(authentication?.by, 'certificate');
      assert.deepEqual([authentication.peer.flavour, authentication.peer.entity], ['raw', entity]);
      assert.equal(authentication.peer.fingerprint, hash('sha256', key));
    }
  });

test('with the pins the wrong way round both ends are refused (TS-0003 8.1.2.5)', () => {
  const swapped = endsWith('sha-256', true);
  refused(() => replayMessage2(recorded, swapped), 'IDENTITY_MISMATCH', /subjectPublicKeyInfo/);
  const { initiating } = ends;
  refused(
    () => replayMessage3(recorded, { ...swapped, initiating }),
    'IDENTITY_MISMATCH',
    /subjectPublicKeyInfo/,
  );
});

test('neither signature holds for another handshake (RFC 8422 §5.4, RFC 5246 §7.4.8)', () => {
  const [hello = assert.fail()] = messagesOf(message1);
  const otherRandom = inRecords([Uint8Array.from(hello).with(10, (hello[10] ?? 0) ^ 1)]);
  const otherHello: RecordedHandshake = { ...recorded, flights: [otherRandom, message2, message3] };
  refused(() => replayMessage2(otherHello, ends), 'SIGNATURE_INVALID', /ServerKeyExchange/);
  const otherPoint = edit(messagesOf(message3), message.clientKeyExchange, ({ point }) => ({
    point: Uint8Array.from(point).with(9, (point[9] ?? 0) ^ 1),
  }));
  const otherExchange = Buffer.concat([inRecords(otherPoint), protectedPartOf(message3)]);
  refused(
    () => replayMessage3({ ...recorded, flights: [message1, message2, otherExchange] }, ends),
    'SIGNATURE_INVALID',
    /CertificateVerify/,
  );
});

test('Finished of message 3 opens and is the one due (RFC 5246 §7.4.9)', () => {
  assert.ok(replayFinished3(recorded, replayMessage3(recorded, ends)).finished);
});

test('Finished of message 3 does not open with another master secret', () => {
  const masterSecret = recording.masterSecret.replace(/^./, digit => (digit === '0' ? '1' : '0'));
  const other: RecordedHandshake = { ...recorded, masterSecret };
  refused(() => replayFinished3(other, replayMessage3(other, ends)), 'RECORD_UNAUTHENTIC', /./);
});

test("message 4 ends the procedure in GnuTLS's 48 bytes (TS-0003 Table 10.3.1-1)", () => {
  const session = replay(recorded, ends);
  assert.equal(exported(session).toString('hex'), recording.ekm);
  assert.deepEqual(
    [session.by, session.forwardSecrecy, session.suite, session.group],
    ['certificate', true, recording.suite, 'secp256r1'],
  );
  const key = exportPairwiseE2EKey(session, { now: time, lifetime: 1000, confirmation: 1000 });
  assert.equal(key.id, recording.ekm.slice(0, 32).toUpperCase());
  assert.equal(key.secret.export().toString('hex'), recording.ekm.slice(32));
  assert.equal(key.entity, cseBEntry.entity);
});

test('what GnuTLS wrote after the handshake opens with the keys of the session: close_notify both ways', () => {
  const { read, write } = replay(recorded, ends).recordProtection();
  for (const [flight, protection] of [
    [all[4], write],
    [all[5], read],
  ] as const) {
    const [record = assert.fail(), ...others] = readRecords(flight ?? assert.fail());
    assert.deepEqual([record.type, others.length], [contentType.alert, 0]);
    // Record 0 was Finished. warning(1), close_notify(0).
    assert.deepEqual(Buffer.from(unprotect(protection, 1, record)), Buffer.of(1, 0));
    assert.throws(() => unprotect(protection, 2, record), E2EKeyError);
  }
});

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
