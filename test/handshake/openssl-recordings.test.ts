// Three handshakes between two OpenSSL end-points, recorded with their master secrets (test/vectors/README.md),
// through both of ours.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type PeerEntry, TrustAnchors } from '../../src/certificates/trust.ts';
import { exportKeyingMaterial } from '../../src/crypto/key-schedule.ts';
import { suiteByName } from '../../src/crypto/suites.ts';
import { exportPairwiseE2EKey } from '../../src/keys/pairwise-e2e-key.ts';
import { findExtension } from '../../src/wire/codec.ts';
import { clientExtension, serverExtension } from '../../src/wire/extensions.ts';
import { message } from '../../src/wire/messages.ts';
import { find, messagesOf } from './flights.ts';
import { certificatesOf, initiatingEnd, terminatingEnd, time } from './lab.ts';
import {
  type RecordedHandshake,
  replay,
  replayFinished3,
  replayMessage1,
  replayMessage2,
  replayMessage3,
  secretOf,
} from './recorded-handshake.ts';

interface Recording {
  readonly suite: string;
  readonly clientRandom: string;
  readonly serverRandom: string;
  readonly masterSecret: string;
  readonly label: string;
  readonly ekm: string;
  readonly ekmWithEmptyContext: string;
  readonly pairwiseE2EKeyID: string;
  readonly pairwiseE2EKey: string;
  readonly flightsBase64: readonly { readonly eckm: string }[];
}

const vectors = new URL('../vectors/', import.meta.url);
const text = (file: string) => readFileSync(new URL(file, vectors), 'utf8');
const { vectors: recordings } = JSON.parse(text('openssl-escertke-vectors.json')) as {
  vectors: readonly Recording[];
};
const trust = TrustAnchors.fromCertificates(certificatesOf(text('ca.pem')));
const initiatingEntry: PeerEntry = { entity: '//m2m.example.com/CSE1/Cae01', flavour: 'ae-id', trust };
const terminatingEntry: PeerEntry = {
  entity: '//m2m.example.com/CSE1',
  flavour: 'cse-id',
  identifier: 'cse1.m2m.example.com',
  trust,
};
const ends = {
  initiating: initiatingEnd({ entry: terminatingEntry }),
  terminating: terminatingEnd({ entry: initiatingEntry }),
};

test('there is a recording of each of the three suites', () => {
  assert.equal(new Set(recordings.map(({ suite }) => suite)).size, 3);
});

for (const recording of recordings) {
  const { suite: name, clientRandom, serverRandom, masterSecret } = recording;
  const recorded: RecordedHandshake = {
    flights: recording.flightsBase64.map(({ eckm }) => Buffer.from(eckm, 'base64')),
    masterSecret,
  };
  const suite = suiteByName(name) ?? assert.fail();
  const encryptThenMac = suite.protection.kind === 'cbc';

  test(`message 1 of OpenSSL is accepted: ${name}`, () => {
    const { negotiated } = replayMessage1(recorded, ends);
    assert.deepEqual(negotiated.suite, suite);
    assert.equal(negotiated.encryptThenMac, encryptThenMac);
    assert.equal(hex(negotiated.randoms.client), clientRandom);
  });

  test(`both hellos have extended_master_secret (RFC 7627) and, with CBC, encrypt_then_mac: ${name}`, () => {
    const [message1 = assert.fail(), message2 = assert.fail()] = recorded.flights;
    const hello = find(messagesOf(message1), message.clientHello);
    const chosen = find(messagesOf(message2), message.serverHello);
    assert.ok(findExtension(hello.extensions, clientExtension.extendedMasterSecret));
    assert.ok(findExtension(chosen.extensions, serverExtension.extendedMasterSecret));
    assert.equal(
      findExtension(chosen.extensions, serverExtension.encryptThenMac) !== undefined,
      encryptThenMac,
    );
    assert.equal(chosen.cipherSuite, suite.id);
    assert.equal(hex(chosen.random), serverRandom);
  });

  test(`what message 2 chooses is what was recorded: ${name}`, () => {
    const { negotiated } = replayMessage2(recorded, ends);
    assert.deepEqual(negotiated, {
      suite,
      group: negotiated.group,
      certificateTypes: { initiating: 'x509', terminating: 'x509' },
      extendedMasterSecret: true,
      encryptThenMac,
      exportIndicator: false,
      randoms: { client: bytesOf(clientRandom), server: bytesOf(serverRandom) },
    });
    assert.equal(negotiated.group?.name, 'secp256r1');
  });

  test(`certificate and ServerKeyExchange of message 2 prove the terminating end-point: ${name}`, () => {
    const { by, peer } = replayMessage2(recorded, ends).authentication;
    assert.deepEqual([by, peer.id], ['certificate', 'cse1.m2m.example.com']);
  });

  test(`certificate and CertificateVerify of message 3 prove the initiating end-point: ${name}`, () => {
    const { authentication } = replayMessage3(recorded, ends);
    assert.equal(authentication?.peer.entity, '//m2m.example.com/CSE1/Cae01');
  });

  test(`Finished of message 3 opens and is the one due (RFC 5246 §7.4.9): ${name}`, () => {
    assert.ok(replayFinished3(recorded, replayMessage3(recorded, ends)).finished);
  });

  test(`message 4 ends the procedure in OpenSSL's key, ID and key apart: ${name}`, () => {
    const key = exportPairwiseE2EKey(replay(recorded, ends), {
      now: time,
      lifetime: 1000,
      confirmation: 1000,
    });
    assert.equal(key.id, recording.pairwiseE2EKeyID.toUpperCase());
    assert.equal(key.secret.export().toString('hex'), recording.pairwiseE2EKey);
  });

  test(`the exporter without a context is OpenSSL's, and so is the one with an empty context (RFC 5705 §4): ${name}`, () => {
    const randoms = { client: bytesOf(clientRandom), server: bytesOf(serverRandom) };
    const bytes = (context?: Uint8Array) =>
      hex(exportKeyingMaterial(suite.hash, secretOf(masterSecret), randoms, recording.label, 48, context));
    assert.equal(bytes(), recording.ekm);
    assert.equal(bytes(new Uint8Array()), recording.ekmWithEmptyContext);
  });
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function bytesOf(digits: string): Uint8Array {
  return Uint8Array.from(Buffer.from(digits, 'hex'));
}
