// Bounds on what a slow or dead signer lets into hand.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { begin, cae1, cae2, credentialOf, peer, refusal, terminatingEndpoint, watched } from './lab.ts';

test('a signer that never answers is SIGNER_FAILED when the lease is over', async t => {
  const { credential } = watched('cse-b', () => new Promise(() => undefined));
  const endpoint = terminatingEndpoint(t, { credential, times: { lease: 20 } });
  await assert.rejects(endpoint.answer(cae1, begin().message1), refusal('SIGNER_FAILED'));
});

test('no more requests come into hand than handshakes may be pending, however slow the signer is', async t => {
  const signing = Promise.withResolvers<void>();
  const { credential, asked } = watched('cse-b', () => signing.promise);
  const limits = { perEndpoint: 1, perHop: 1, perOriginator: 1 };
  const endpoint = terminatingEndpoint(t, { credential, limits, peers: [peer.cae1, peer.cae2] });
  const first = endpoint.answer(cae1, begin().message1);
  await assert.rejects(endpoint.answer(cae2, begin({ credential: credentialOf('cae2') }).message1), refusal('TOO_MANY_PENDING'));
  signing.resolve();
  await first;
  assert.equal(asked(), 1);
});
