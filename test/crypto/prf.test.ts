import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { test } from 'node:test';
import { prf } from '../../src/crypto/prf.ts';
import type { PrfHash } from '../../src/crypto/suites.ts';

const { vectors } = JSON.parse(readFileSync(new URL('../vectors/prf.json', import.meta.url), 'utf8')) as {
  vectors: { hash: PrfHash; secret: string; seed: string; label: string; output: string }[];
};

for (const { hash, secret, seed, label, output } of vectors) {
  const run = (size: number): string =>
    Buffer.from(prf(hash, Buffer.from(secret, 'hex'), label, Buffer.from(seed, 'hex'), size)).toString('hex');

  test(`the PRF with P_${hash} gives the published bytes (RFC 5246 §5)`, () => {
    assert.equal(run(output.length / 2), output);
  });

  test(`a shorter output of P_${hash} is the beginning of a longer one, at any size (RFC 5246 §5)`, () => {
    for (let size = 0; size <= output.length / 2; size++) assert.equal(run(size), output.slice(0, size * 2));
  });
}

test('secret, label and seed are not changed', () => {
  const [secret, seed] = [new Uint8Array(48).fill(1), new Uint8Array(64).fill(2)];
  prf('sha256', secret, 'label', seed, 48);
  assert.ok(secret.every(byte => byte === 1) && seed.every(byte => byte === 2));
});

test('what the PRF makes on the way is wiped: its last block goes on beyond the output', t => {
  const made: Uint8Array[] = [];
  const { createHmac } = crypto;
  t.mock.method(crypto, 'createHmac', (hash: string, key: Uint8Array) => {
    const hmac = createHmac(hash, key);
    const { digest } = hmac;
    hmac.digest = (() => {
      const bytes: Buffer = Reflect.apply(digest, hmac, []);
      made.push(bytes);
      return bytes;
    }) as typeof hmac.digest;
    return hmac;
  });
  syncBuiltinESMExports();
  try {
    prf('sha256', new Uint8Array(48).fill(1), 'label', new Uint8Array(64), 100);
  } finally {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  }
  assert.equal(made.length, 2 * 4);
  assert.ok(made.every(bytes => bytes.every(byte => byte === 0)));
});
