import assert from 'node:assert/strict';
import { createSecretKey, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import { agree, generateEphemeral, groups, presharedPremasterSecret } from '../../src/crypto/key-exchange.ts';
import { Secret } from '../../src/crypto/secrets.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const keyOf = (size: number): KeyObject => createSecretKey(new Uint8Array(size).fill(0xaa));

test('with a pre-shared key alone the other secret is as many zeros as the key has bytes (RFC 4279 §2)', () => {
  const key = createSecretKey(Buffer.from('1a2b3c4d', 'hex'));
  assert.equal(hex(presharedPremasterSecret(key, null).bytes), '0004000000000004' + '1a2b3c4d');
  for (const size of [1, 16, 32, 255, 256, 65_535]) {
    const length = size.toString(16).padStart(4, '0');
    const expected = `${length}${'00'.repeat(size)}${length}${'aa'.repeat(size)}`;
    assert.equal(hex(presharedPremasterSecret(keyOf(size), null).bytes), expected);
  }
});

test('with ECDHE the other secret is what was agreed on, of its own length (RFC 5489 §2)', () => {
  for (const size of [1, 32, 48, 66])
    for (const keySize of [1, 16, 300]) {
      const agreed = new Secret(new Uint8Array(size).fill(0xe0));
      const [its, keys] = [size, keySize].map(length => length.toString(16).padStart(4, '0'));
      assert.equal(
        hex(presharedPremasterSecret(keyOf(keySize), agreed).bytes),
        `${its}${'e0'.repeat(size)}${keys}${'aa'.repeat(keySize)}`,
      );
    }
});

test('the zeros with which an agreed secret begins are part of it (RFC 5489 §2, RFC 8422 §5.10)', () => {
  const agreed = new Secret(Uint8Array.of(0, 0, 7));
  assert.equal(hex(presharedPremasterSecret(keyOf(2), agreed).bytes), '0003' + '000007' + '0002' + 'aaaa');
});

test('both sides have the same premaster secret in every group (RFC 5489 §2)', () => {
  for (const group of groups) {
    const [one, other] = [0x31, 0x32].map(byte =>
      generateEphemeral(group, size => new Uint8Array(size).fill(byte)),
    );
    assert.ok(one && other);
    const premaster = presharedPremasterSecret(keyOf(16), agree(one, other.point));
    assert.deepEqual(premaster.bytes, presharedPremasterSecret(keyOf(16), agree(other, one.point)).bytes);
    assert.equal(premaster.bytes.length, 2 + group.scalarSize + 2 + 16);
  }
});

test("the key's own bytes are wiped once they are in the premaster secret, and the key stays a key", t => {
  const key = keyOf(32);
  const exported = t.mock.method(key, 'export');
  const premaster = presharedPremasterSecret(key, null);
  assert.equal(exported.mock.callCount(), 1);
  assert.deepEqual(exported.mock.calls[0]?.result, Buffer.alloc(32));
  assert.equal(hex(premaster.bytes.subarray(-32)), 'aa'.repeat(32));
  t.mock.restoreAll();
  assert.deepEqual(key.export(), Buffer.alloc(32, 0xaa));
});

test('the agreed secret is not used up: its owner wipes it', () => {
  const agreed = new Secret(new Uint8Array(32).fill(5));
  presharedPremasterSecret(keyOf(16), agreed);
  assert.deepEqual(agreed.bytes, new Uint8Array(32).fill(5));
});
