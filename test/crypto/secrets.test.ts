import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { test } from 'node:test';
import { format, inspect } from 'node:util';
import { equalInConstantTime, Secret, wipe } from '../../src/crypto/secrets.ts';

const marker = Buffer.from('a-secret-that-nobody-may-see-001');

test('no printer shows the bytes of a secret, nor those of a secret inside something else', () => {
  const secret = new Secret(Uint8Array.from(marker));
  const holders = [
    secret,
    { masterSecret: secret },
    [secret],
    new Map([['key', secret]]),
    new Error('x', { cause: secret }),
  ];
  const options = {
    showHidden: true,
    depth: null,
    getters: true,
    maxArrayLength: null,
    maxStringLength: null,
  };
  for (const holder of holders)
    for (const text of [
      inspect(holder),
      inspect(holder, options),
      inspect(holder, { ...options, customInspect: false }),
      format('%s %o %O %j', holder, holder, holder, holder),
      JSON.stringify(holder),
      JSON.stringify({ ...holder }),
      String(holder),
      `${holder}`,
      JSON.stringify(structuredClone(holder)),
      JSON.stringify(Object.getOwnPropertyDescriptors(holder)),
    ])
      for (const shown of forms(marker)) assert.ok(!text.includes(shown), text);
});

test('a secret says that it is one', () => {
  const secret = new Secret(Uint8Array.from(marker));
  assert.equal(inspect({ secret }), '{ secret: [secret] }');
  assert.equal(JSON.stringify({ secret }), '{"secret":"[secret]"}');
});

test('wiping a secret wipes the very bytes, and not those of its copy', () => {
  const bytes = Uint8Array.from(marker);
  const secret = new Secret(bytes);
  const copy = secret.copy();
  secret.wipe();
  assert.ok(bytes.every(byte => byte === 0));
  assert.deepEqual(Buffer.from(copy.bytes), marker);
  copy.wipe();
  assert.ok(copy.bytes.every(byte => byte === 0));
});

test('a wiped secret is not copied: the copy would be a secret that everybody has', () => {
  const secret = new Secret(Uint8Array.from(marker));
  secret.wipe();
  assert.throws(() => secret.copy(), { code: 'INTERNAL', message: /wiped/ });
});

test('several secrets are wiped at once', () => {
  const [one, two] = [Uint8Array.of(1, 2), Uint8Array.of(3)];
  wipe(one, two);
  assert.deepEqual([...one, ...two], [0, 0, 0]);
});

test('bytes are equal when all of them are', () => {
  assert.ok(equalInConstantTime(Uint8Array.of(), Uint8Array.of()));
  assert.ok(equalInConstantTime(Uint8Array.of(1, 2), Buffer.of(1, 2)));
  for (const other of [Uint8Array.of(1), Uint8Array.of(1, 2, 3), Uint8Array.of(1, 3), Uint8Array.of(0, 2)])
    assert.ok(!equalInConstantTime(Uint8Array.of(1, 2), other));
});

test('MACs and verify_data are compared in constant time', t => {
  const compare = t.mock.method(crypto, 'timingSafeEqual');
  syncBuiltinESMExports();
  try {
    equalInConstantTime(Uint8Array.of(1, 2), Uint8Array.of(1, 3));
    assert.equal(compare.mock.callCount(), 1);
  } finally {
    compare.mock.restore();
    syncBuiltinESMExports();
  }
});

/** The ways in which bytes end up in a log. */
function forms(bytes: Buffer): string[] {
  const decimal = [...bytes.subarray(0, 8)].join(',');
  const spaced = [...bytes.subarray(0, 8)].map(byte => byte.toString(16).padStart(2, '0')).join(' ');
  const hex = bytes.toString('hex');
  return [
    bytes.toString('latin1'),
    hex,
    hex.toUpperCase(),
    bytes.toString('base64url'),
    decimal,
    decimal.replaceAll(',', ', '),
    spaced,
  ];
}
