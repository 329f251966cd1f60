// Three handshakes between two OpenSSL end-points, recorded with their master secrets (test/vectors/README.md),
// through the readers of the real handshake. Their ephemeral private keys are not known, so nobody can be asked
// to agree on the master secret once more; everything before and after that is checked here.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type PeerEntry, Peers, TrustAnchors, verifyPeer } from '../../src/certificates/trust.ts';
import {
  exportKeyingMaterial,
  verifyData,
  verifyFinished,
  withTrafficKeys,
} from '../../src/crypto/key-schedule.ts';
import { Secret } from '../../src/crypto/secrets.ts';
import { verifySignature } from '../../src/crypto/signatures.ts';
import { suiteByName } from '../../src/crypto/suites.ts';
import { FlightReader } from '../../src/handshake/flight.ts';
import { accept, advance } from '../../src/handshake/handshake.ts';
import type { Negotiated } from '../../src/handshake/negotiation.ts';
import type { WaitingForMessage3, WaitingForMessage4 } from '../../src/handshake/state.ts';
import { authenticateMessage3 } from '../../src/handshake/terminating.ts';
import { exportPairwiseE2EKey } from '../../src/keys/pairwise-e2e-key.ts';
import { encode, findExtension } from '../../src/wire/codec.ts';
import { clientExtension, serverExtension } from '../../src/wire/extensions.ts';
import { EcdheParameters, message } from '../../src/wire/messages.ts';
import { certificatesOf, initiatingEnd, terminatingEnd, time } from './lab.ts';

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

test('there is a recording of each of the three suites', () => {
  assert.equal(new Set(recordings.map(({ suite }) => suite)).size, 3);
});

for (const recording of recordings) {
  const { suite: name } = recording;
  const flights = recording.flightsBase64.map(({ eckm }) => Buffer.from(eckm, 'base64'));
  const [message1, message2, message3, message4] = flights;
  assert.ok(message1 && message2 && message3 && message4);
  const suite = suiteByName(name);
  assert.ok(suite);
  const masterSecret = () => new Secret(Buffer.from(recording.masterSecret, 'hex'));
  const negotiated: Negotiated = {
    suite,
    encryptThenMac: suite.protection.kind === 'cbc',
    exportIndicator: false,
    randoms: {
      client: Buffer.from(recording.clientRandom, 'hex'),
      server: Buffer.from(recording.serverRandom, 'hex'),
    },
  };

  const readMessage2 = () => {
    const first = new FlightReader(message1, new Uint8Array());
    const hello = first.expect(message.clientHello);
    first.end();
    const flight = new FlightReader(message2, first.transcript);
    const chosen = flight.expect(message.serverHello);
    const { certificates } = flight.expect(message.certificate);
    const { parameters, signed } = flight.expect(message.serverKeyExchange);
    flight.expect(message.certificateRequest);
    flight.expect(message.serverHelloDone);
    flight.end();
    const { peer, publicKey } = verifyPeer(certificates, {
      peers: new Peers([terminatingEntry]),
      role: 'terminating',
      time,
      expected: true,
      certificateProfile: 'onem2m',
    });
    const { client, server } = negotiated.randoms;
    const bytes = Buffer.concat([client, server, encode(EcdheParameters, parameters)]);
    const signature = verifySignature('ServerKeyExchange', signed, publicKey, bytes);
    return { hello, chosen, evidence: { peer, signature }, transcript: flight.transcript };
  };

  const readMessage3 = () => {
    const { transcript } = readMessage2();
    // The ephemeral key is not the recorded one: authentication does without it, and nothing here uses it.
    const state: WaitingForMessage3 = {
      waitingFor: 'message 3',
      transcript,
      negotiated,
      scalar: new Secret(new Uint8Array(32).fill(1)),
      point: new Uint8Array(65),
    };
    const { profile } = terminatingEnd({ entry: initiatingEntry });
    const authenticated = authenticateMessage3(profile, state, { message: message3, time });
    const { peer, flight } = authenticated;
    const due = verifyData(suite.hash, masterSecret(), 'client', flight.transcript);
    const { encryptThenMac, randoms } = negotiated;
    const claimed = withTrafficKeys(suite, masterSecret(), randoms, ({ client: keys }) =>
      flight.expectProtected(message.finished, { suite: suite, encryptThenMac, keys }),
    );
    flight.end();
    return { peer, finished: verifyFinished(claimed.verifyData, due), transcript: flight.transcript };
  };

  test(`message 1 of OpenSSL is accepted: ${name}`, () => {
    const turn = accept(terminatingEnd({ entry: initiatingEntry }).profile, message1);
    assert.ok(turn.kind === 'sign' && turn.state.waitingFor === 'signature over message 2');
    assert.deepEqual(turn.state.negotiated.suite, suite);
    assert.equal(turn.state.negotiated.encryptThenMac, negotiated.encryptThenMac);
    assert.equal(hex(turn.state.negotiated.randoms.client), recording.clientRandom);
  });

  test(`both hellos have extended_master_secret (RFC 7627) and, with CBC, encrypt_then_mac: ${name}`, () => {
    const { hello, chosen } = readMessage2();
    assert.ok(findExtension(hello.extensions, clientExtension.extendedMasterSecret));
    assert.ok(findExtension(chosen.extensions, serverExtension.extendedMasterSecret));
    const encryptThenMac = findExtension(chosen.extensions, serverExtension.encryptThenMac);
    assert.equal(encryptThenMac !== undefined, negotiated.encryptThenMac);
    assert.equal(chosen.cipherSuite, suite.id);
    assert.equal(hex(chosen.random), recording.serverRandom);
  });

  test(`certificate and ServerKeyExchange of message 2 prove the terminating end-point: ${name}`, () => {
    const { evidence } = readMessage2();
    assert.equal(evidence.peer.id, 'cse1.m2m.example.com');
  });

  test(`certificate and CertificateVerify of message 3 prove the initiating end-point: ${name}`, () => {
    const { peer } = readMessage3();
    assert.equal(peer.entity, '//m2m.example.com/CSE1/Cae01');
  });

  test(`Finished of message 3 opens and is the one due (RFC 5246 §7.4.9): ${name}`, () => {
    assert.ok(readMessage3().finished);
  });

  test(`message 4 ends the procedure in OpenSSL's key, ID and key apart: ${name}`, () => {
    const { peer, signature } = readMessage2().evidence;
    const { transcript } = readMessage3();
    const state: WaitingForMessage4 = {
      waitingFor: 'message 4',
      transcript,
      negotiated,
      masterSecret: masterSecret(),
      peer,
      signature,
    };
    const turn = advance(initiatingEnd({ entry: terminatingEntry }).profile, state, {
      message: message4,
      time,
    });
    assert.ok(turn.kind === 'done');
    const key = exportPairwiseE2EKey(turn.session, { now: time, lifetime: 1000, confirmation: 1000 });
    assert.equal(key.id, recording.pairwiseE2EKeyID.toUpperCase());
    assert.equal(key.secret.export().toString('hex'), recording.pairwiseE2EKey);
  });

  test(`the exporter without a context is OpenSSL's, and so is the one with an empty context (RFC 5705 §4): ${name}`, () => {
    const { randoms } = negotiated;
    const bytes = (context?: Uint8Array) =>
      Buffer.from(exportKeyingMaterial(suite.hash, masterSecret(), randoms, recording.label, 48, context));
    assert.equal(bytes().toString('hex'), recording.ekm);
    assert.equal(bytes(new Uint8Array()).toString('hex'), recording.ekmWithEmptyContext);
  });
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
