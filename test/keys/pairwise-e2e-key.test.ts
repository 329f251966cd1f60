// pairwiseE2EKey out of a finished handshake (TS-0003 8.7.2.2 C.2, 10.3.1): its two parts, its peer and its life.
import assert from 'node:assert/strict';
import { hash, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { usesEphemeralKey, usesPresharedKey } from '../../src/crypto/suites.ts';
import { E2EKeyError } from '../../src/errors.ts';
import { exportPairwiseE2EKey, type KeyLife } from '../../src/keys/pairwise-e2e-key.ts';
import { allVariants, kinds, pskIdentity } from '../handshake/kinds.ts';
import { cae1, cseB, exported, runProcedure, time } from '../handshake/lab.ts';

const life: KeyLife = { now: time, lifetime: 86_400_000, confirmation: 600_000 };
const [variant] = kinds;
assert.ok(variant);
const kindNamed = (name: string) => kinds.find(({ kind }) => kind === name) ?? assert.fail(name);

for (const each of allVariants) {
  test(`the first 16 bytes are pairwiseE2EKeyID, the last 32 pairwiseE2EKey (TS-0003 Table 10.3.1-1): ${each.name}`, () => {
    const { turn4, end } = runProcedure(each);
    const bytes = exported(end.session);
    for (const { session } of [turn4, end]) {
      const key = exportPairwiseE2EKey(session, life);
      assert.equal(key.id, bytes.subarray(0, 16).toString('hex').toUpperCase());
      assert.deepEqual(key.secret.export(), bytes.subarray(16));
      assert.equal(key.secret.type, 'secret');
    }
  });

  test(`a key says how it was made, and whether it outlives the loss of a long-lived key: ${each.name}`, () => {
    const { turn4, end } = runProcedure(each);
    for (const { session } of [turn4, end]) {
      const { by, suite, group, forwardSecrecy } = exportPairwiseE2EKey(session, life);
      assert.deepEqual(
        { by, suite, group, forwardSecrecy },
        {
          by: usesPresharedKey(each.suite) ? 'psk' : 'certificate',
          suite: each.suite.name,
          group: each.group?.name ?? null,
          forwardSecrecy: usesEphemeralKey(each.suite),
        },
      );
    }
  });
}

test('a key can be exported once: the session is closed by it', () => {
  const { end } = runProcedure(variant);
  exportPairwiseE2EKey(end.session, life);
  assert.throws(
    () => exportPairwiseE2EKey(end.session, life),
    (error: unknown) => error instanceof E2EKeyError && error.code === 'INTERNAL',
  );
});

test('message 4 makes the key active for the initiating end-point; the terminating one does not know yet', () => {
  const { turn4, end } = runProcedure(variant);
  const [initiating, terminating] = [end, turn4].map(({ session }) => exportPairwiseE2EKey(session, life));
  assert.deepEqual([initiating?.role, initiating?.state], ['initiating', 'active']);
  assert.deepEqual([terminating?.role, terminating?.state], ['terminating', 'unconfirmed']);
});

test('a key is bound to the identity in absolute form, and tells the certificate that vouched for it', () => {
  const { turn4, end } = runProcedure(variant);
  const ofCse = exportPairwiseE2EKey(end.session, life);
  assert.equal(ofCse.entity, '//m2m.example.com/cse-b');
  assert.deepEqual(
    { ...ofCse.peer, subject: '' },
    {
      flavour: 'cse-id',
      id: 'cse-b.m2m.example.com',
      subject: '',
      fingerprint: fingerprint(cseB.chain[0]),
      statusBy: null,
    },
  );
  const ofAe = exportPairwiseE2EKey(turn4.session, life);
  assert.equal(ofAe.entity, '//m2m.example.com/cse-a/Cae1');
  assert.deepEqual([ofAe.peer.flavour, ofAe.peer.fingerprint], ['ae-id', fingerprint(cae1.chain[0])]);
  assert.deepEqual([ofAe.suite, ofAe.group, ofAe.exportIndicator], [variant.suite.name, 'secp256r1', true]);
});

test('a key lives as long as it is told, and waits for its first use as long as it is told', () => {
  const { turn4 } = runProcedure(variant);
  const key = exportPairwiseE2EKey(turn4.session, life);
  assert.deepEqual(key.created, time);
  assert.deepEqual(key.confirmBy, new Date(time.getTime() + 600_000));
  assert.deepEqual(key.expires, new Date(time.getTime() + 86_400_000));
});

test('a key made with a raw public key tells the pin and its digest, and nothing of a certificate', () => {
  const raw = kindNamed('raw public keys');
  const { end } = runProcedure(raw);
  const [{ own }, { entry }] = [raw.terminating, raw.initiating];
  assert.ok(own && entry?.flavour === 'raw');
  const key = exportPairwiseE2EKey(end.session, life);
  assert.equal(key.entity, '//m2m.example.com/cse-b');
  assert.deepEqual(key.peer, {
    flavour: 'raw',
    id: entry.pin,
    subject: null,
    fingerprint: hash('sha256', own.chain[0] ?? assert.fail()),
    statusBy: null,
  });
});

test('a key made with a pre-shared key tells its identity alone', () => {
  const { turn4 } = runProcedure(kindNamed('pre-shared key'));
  const key = exportPairwiseE2EKey(turn4.session, life);
  assert.equal(key.entity, '//m2m.example.com/cse-a/Cae1');
  assert.deepEqual(key.peer, {
    flavour: 'psk',
    id: pskIdentity,
    subject: null,
    fingerprint: null,
    statusBy: null,
  });
  assert.deepEqual(key.path, []);
});

test('where no certificate ends by itself, a key lives as long as it is told', () => {
  for (const kind of ['raw public keys', 'pre-shared key']) {
    const { end } = runProcedure(kindNamed(kind));
    const lifetime = 8e13;
    const { expires } = exportPairwiseE2EKey(end.session, { ...life, lifetime });
    assert.deepEqual(expires, new Date(time.getTime() + lifetime), kind);
  }
});

test("a key ends no later than the first certificate on the peer's path", () => {
  const { end } = runProcedure(variant);
  const key = exportPairwiseE2EKey(end.session, { ...life, lifetime: 1e13 });
  const ends = cseB.chain.map(bytes => new X509Certificate(bytes).validToDate.getTime());
  assert.deepEqual(key.expires, new Date(Math.min(...ends)));
});

for (const each of kinds)
  test(`neither util.inspect nor JSON.stringify shows the key: ${each.kind}`, () => {
    const { end } = runProcedure(each);
    const secret = exported(end.session).subarray(16);
    const key = exportPairwiseE2EKey(end.session, life);
    for (const shown of [inspect(key, { depth: null, showHidden: true }), JSON.stringify(key)]) {
      assert.doesNotMatch(shown, new RegExp(secret.toString('hex'), 'i'));
      assert.ok(!shown.includes(secret.toString('base64')) && !shown.includes(secret.toString('latin1')));
    }
  });

function fingerprint(certificate: Uint8Array | undefined): string {
  assert.ok(certificate);
  return new X509Certificate(certificate).fingerprint256.replaceAll(':', '').toLowerCase();
}
