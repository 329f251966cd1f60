import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agree, type Ephemeral, generateEphemeral, groupByName } from '../../src/crypto/key-exchange.ts';
import { E2EKeyError } from '../../src/errors.ts';

const x25519 = groupByName('x25519');
assert.ok(x25519);
const group = x25519;

const hex = (digits: string): Uint8Array => Buffer.from(digits, 'hex');
const ephemeral = (scalar: Uint8Array): Ephemeral => generateEphemeral(group, () => scalar);

const alice = '77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a';
const bob = '5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb';

test('the published shared secret comes out on both sides (RFC 7748 §6.1)', () => {
  const [a, b] = [ephemeral(hex(alice)), ephemeral(hex(bob))];
  assert.deepEqual(
    Buffer.from(a.point),
    hex('8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a'),
  );
  assert.deepEqual(
    Buffer.from(b.point),
    hex('de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f'),
  );
  const shared = hex('4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742');
  assert.deepEqual(Buffer.from(agree(a, b.point).bytes), shared);
  assert.deepEqual(Buffer.from(agree(b, a.point).bytes), shared);
});

test('the agreed secret has 32 bytes also where it begins or ends with zeros (RFC 8422 §5.10)', () => {
  const own = ephemeral(hex('1234567890abcdef'.padStart(48, '0').padEnd(64, '0')));
  const seen = new Set<string>();
  for (let at = 1; at < 1000; at++) {
    const other = ephemeral(hex(at.toString(16).padStart(32, '0').padEnd(64, '0')));
    const { bytes } = agree(own, other.point);
    assert.equal(bytes.length, 32);
    if (bytes[0] === 0) seen.add('begins');
    if (bytes[31] === 0) seen.add('ends');
    if (seen.size === 2) return;
  }
  assert.fail('no such secret came up');
});

test('a key of another length than 32 bytes is refused, also the point of a curve (RFC 8422 §5.4.1)', () => {
  const { point } = ephemeral(hex(bob));
  const p256 = groupByName('secp256r1');
  assert.ok(p256);
  for (const wrong of [
    point.subarray(1),
    point.subarray(0, 31),
    Buffer.concat([point, Buffer.of(0)]),
    Buffer.concat([Buffer.of(4), point]),
    new Uint8Array(),
    generateEphemeral(p256, size => new Uint8Array(size).fill(1)).point,
  ])
    refuses(wrong, /^the ephemeral public key is not 32 bytes for x25519 \(RFC 8422 §5\.4\.1\)$/);
});

test('a key of small order is refused: its secret is zeros, whatever our scalar is (RFC 7748 §6.1, RFC 8422 §5.11)', () => {
  // The u coordinates of order 1, 2, 4 and 8, and those that are one of them modulo 2^255 - 19.
  for (const smallOrder of [
    '0000000000000000000000000000000000000000000000000000000000000000',
    '0100000000000000000000000000000000000000000000000000000000000000',
    'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
    '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  ]) {
    refuses(hex(smallOrder), /^the ephemeral public key for x25519 leads to no secret \(RFC 8422 §5\.11\)$/);
    // The highest bit does not count (RFC 7748 §5).
    const masked = hex(smallOrder);
    masked[31] = (masked[31] ?? 0) | 0x80;
    refuses(masked, /leads to no secret/);
  }
});

test('the highest bit of a key does not count, and a key need not be reduced (RFC 7748 §5)', () => {
  const own = ephemeral(hex(alice));
  const { point } = ephemeral(hex(bob));
  const highBit = Uint8Array.from(point);
  highBit[31] = (highBit[31] ?? 0) | 0x80;
  assert.deepEqual(agree(own, highBit).bytes, agree(own, point).bytes);
  const two = hex(`02${'00'.repeat(31)}`);
  const twoAndTheField = hex(`ef${'ff'.repeat(30)}7f`);
  assert.deepEqual(agree(own, twoAndTheField).bytes, agree(own, two).bytes);
});

test('a scalar that was wiped agrees with nobody: zeros are a scalar that everybody has (RFC 7748 §5)', () => {
  const { point } = ephemeral(hex(bob));
  const own = ephemeral(hex(alice));
  own.scalar.wipe();
  assert.throws(() => agree(own, point), { code: 'INTERNAL', message: /wiped/ });
});

test('every 32 bytes are a scalar, of which five bits are set by the algorithm (RFC 7748 §5)', () => {
  for (const value of [0, 0xff]) {
    const drawn = new Uint8Array(32).fill(value);
    let asked = 0;
    const own = generateEphemeral(group, () => {
      asked++;
      return drawn;
    });
    assert.equal(asked, 1);
    const clamped = Uint8Array.from(drawn);
    clamped[0] = value & 0xf8;
    clamped[31] = (value & 0x7f) | 0x40;
    assert.deepEqual(own.point, ephemeral(clamped).point);
    assert.deepEqual(own.scalar.bytes, drawn);
  }
});

/** Refused with a message that does not show the scalar. */
function refuses(wrong: Uint8Array, message: RegExp): void {
  assert.throws(
    () => agree(ephemeral(hex(alice)), wrong),
    (error: unknown) =>
      error instanceof E2EKeyError &&
      error.code === 'PARAMETER_ILLEGAL' &&
      message.test(error.message) &&
      !`${error.stack}${error.cause}`.includes(alice.slice(0, 16)),
    Buffer.from(wrong).toString('hex'),
  );
}
