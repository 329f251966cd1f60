// A Session needs evidence that only a verification can make. These are tests of types: `tsc` fails when one of
// the expected errors is none any more.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { VerifiedPeer } from '../../src/certificates/trust.ts';
import { type VerifiedFinished, verifyFinished } from '../../src/crypto/key-schedule.ts';
import type { VerifiedSignature } from '../../src/crypto/signatures.ts';
import { accept, advance } from '../../src/handshake/handshake.ts';
import { type Authentication, type Connection, Session } from '../../src/handshake/session.ts';
import { exportPairwiseE2EKey } from '../../src/keys/pairwise-e2e-key.ts';
import { kinds } from './kinds.ts';
import { runProcedure, time, variants } from './lab.ts';
import { refused } from './refused.ts';

const plainPeer = {
  entity: '//m2m.example.com/cse-b',
  flavour: 'cse-id',
  id: 'cse-b.m2m.example.com',
  subject: 'CN=cse-b',
  fingerprint: '00'.repeat(32),
  validUntil: new Date(0),
  path: [],
  exportIndicatorRequired: false,
} as const;

test('evidence cannot be written down as an object: only verification makes it', () => {
  // @ts-expect-error a peer that nobody verified
  const peer: VerifiedPeer = plainPeer;
  // @ts-expect-error a signature that nobody verified
  const signature: VerifiedSignature = {};
  // @ts-expect-error a Finished that nobody verified
  const finished: VerifiedFinished = {};
  // @ts-expect-error a comparison that may have failed
  const compared: VerifiedFinished = verifyFinished(new Uint8Array(12), new Uint8Array(12));
  // @ts-expect-error a certificate without proof that the peer holds its key
  const authentication: Authentication = { by: 'certificate', peer };
  assert.ok([peer, signature, finished, compared, authentication].every(value => typeof value === 'object'));
});

test('a Session cannot be written down as an object, and only a Session is exported from', () => {
  const { end } = runProcedure(variants[0] ?? assert.fail());
  const { by, role, peer, stapledResponse, finished, suite, group, forwardSecrecy } = end.session;
  const { exportIndicator, extendedMasterSecret } = end.session;
  const negotiated = { suite, group, forwardSecrecy, exportIndicator, extendedMasterSecret };
  const fields = { by, role, peer, stapledResponse, finished, ...negotiated };
  const methods = {
    export: () => new Uint8Array(48),
    recordProtection: () => assert.fail(),
    close: () => {},
  };
  // @ts-expect-error all that can be seen of a Session is not a Session
  const session: Session = { ...fields, ...methods };
  const life = { now: new Date(0), lifetime: 1, confirmation: 1 };
  // @ts-expect-error a key comes from a Session only
  const exporting = () => exportPairwiseE2EKey({ ...fields, ...methods }, life);
  assert.deepEqual([typeof session, typeof exporting], ['object', 'function']);
});

test('a Session takes all of its evidence', () => {
  const { turn3, end } = runProcedure(variants[0] ?? assert.fail());
  assert.ok(turn3.state.waitingFor === 'message 4');
  const { negotiated, masterSecret, authentication } = turn3.state;
  const { finished } = end.session;
  const makers = [
    // @ts-expect-error no Finished
    () => new Session('initiating', { authentication }, negotiated, masterSecret),
    // @ts-expect-error nobody authenticated
    () => new Session('initiating', { finished }, negotiated, masterSecret),
    // @ts-expect-error nobody authenticated, as a Connection may have it
    () => new Session('initiating', { authentication: null, finished }, negotiated, masterSecret),
  ];
  assert.equal(makers.length, 3);
});

test('there is no Session without extended master secret, however a program comes by one (RFC 7627 §5.4)', () => {
  const { turn3, end } = runProcedure(variants[0] ?? assert.fail());
  assert.ok(turn3.state.waitingFor === 'message 4');
  const { masterSecret, authentication } = turn3.state;
  const negotiated = { ...turn3.state.negotiated, extendedMasterSecret: false };
  const evidence = { authentication, finished: end.session.finished };
  refused(() => new Session('initiating', evidence, negotiated, masterSecret), 'INTERNAL', /extended master/);
});

test('there is no Session whose evidence is of another kind than its suite (RFC 4279 §2)', () => {
  const [byCertificate, byPsk] = ['X.509 certificates', 'pre-shared key'].map(name => {
    const { turn3, end } = runProcedure(kinds.find(({ kind }) => kind === name) ?? assert.fail(name));
    assert.ok(turn3.state.waitingFor === 'message 4');
    return { ...turn3.state, finished: end.session.finished };
  });
  assert.ok(byCertificate && byPsk);
  for (const [one, other] of [
    [byCertificate, byPsk],
    [byPsk, byCertificate],
  ] as const) {
    const { authentication, finished } = one;
    const { negotiated, masterSecret } = other;
    refused(
      () => new Session('initiating', { authentication, finished }, negotiated, masterSecret),
      'INTERNAL',
      /evidence of another kind than its suite/,
    );
  }
});

test('a state without the ephemeral key that its suite needs is our own mistake, and leads nowhere', () => {
  const { terminating, turn2, turn3 } = runProcedure(variants[0] ?? assert.fail());
  assert.ok(turn2.state.waitingFor === 'message 3');
  const state = { ...turn2.state, ephemeral: null };
  const input = { message: turn3.message, time };
  refused(() => advance(terminating.profile, state, input), 'INTERNAL', /without its ephemeral key/);
});

test('a profile that a program made with an empty credential presents nothing', () => {
  const { terminating, turn1 } = runProcedure(variants[0] ?? assert.fail());
  const credentials = terminating.profile.credentials.map(credential => ({ ...credential, chain: [] }));
  const profile = { ...terminating.profile, credentials };
  refused(() => accept(profile, turn1.message), 'INTERNAL', /the profile has no credential 0/);
});

test('a Connection is not a Session: it exports nothing, and no key comes from it', () => {
  const connectionOnly = (connection: Connection) => {
    // @ts-expect-error a handshake that gives no key
    const session: Session = connection;
    // @ts-expect-error nothing is exported from it
    return [session, connection.export];
  };
  const exporting = (connection: Connection) =>
    // @ts-expect-error a key comes from a Session only
    exportPairwiseE2EKey(connection, { now: new Date(0), lifetime: 1, confirmation: 1 });
  assert.deepEqual([typeof connectionOnly, typeof exporting], ['function', 'function']);
});

test('a Finished that is not the one due gives no evidence', () => {
  const due = new Uint8Array(12).fill(1);
  assert.equal(verifyFinished(new Uint8Array(12), due), undefined);
  assert.equal(verifyFinished(due.subarray(0, 11), due), undefined);
  assert.equal(verifyFinished(new Uint8Array(), due), undefined);
  assert.notEqual(verifyFinished(Uint8Array.from(due), due), undefined);
});
