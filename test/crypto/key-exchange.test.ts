import assert from 'node:assert/strict';
import { createECDH } from 'node:crypto';
import { test } from 'node:test';
import { type Ephemeral, generateEphemeral, premasterSecret } from '../../src/crypto/key-exchange.ts';
import { E2EKeyError } from '../../src/errors.ts';

/** Order of the group and prime of the field of secp256r1 (SEC 2 §2.4.2). */
const n = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const p = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;

const hex = (digits: string): Uint8Array => Buffer.from(digits, 'hex');
const number = (value: bigint): Uint8Array => hex(value.toString(16).padStart(64, '0'));
const point = (x: bigint, y: bigint): Uint8Array => Buffer.concat([Buffer.of(4), number(x), number(y)]);
const pointOf = (value: bigint): Uint8Array => sourceOf(value)[0].point;

test('the published shared secret comes out on both sides (RFC 5903 §8.1)', () => {
  const i = 0xc88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433n;
  const r = 0xc6ef9c5d78ae012a011164acb397ce2088685d8f06bf9be0b283ab46476bee53n;
  const [initiator, responder] = [sourceOf(i)[0], sourceOf(r)[0]];
  assert.deepEqual(
    Buffer.from(initiator.point),
    Buffer.from(
      point(
        0xdad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c3772581180n,
        0x5271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3n,
      ),
    ),
  );
  const shared = hex('d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de');
  assert.deepEqual(Buffer.from(premasterSecret(initiator, responder.point).bytes), shared);
  assert.deepEqual(Buffer.from(premasterSecret(ephemeral(r), initiator.point).bytes), shared);
});

test('the premaster secret has 32 bytes also where they begin with zeros (RFC 8422 §5.10)', () => {
  const own = 0x1234567890abcdefn;
  const beginsWithZero: Uint8Array[] = [];
  for (let other = 1n; beginsWithZero.length < 3; other++) {
    const { bytes } = premasterSecret(ephemeral(own), pointOf(other));
    assert.equal(bytes.length, 32);
    if (bytes[0] !== 0) continue;
    beginsWithZero.push(bytes);
    assert.deepEqual(Buffer.from(bytes), agreedElsewhere(own, pointOf(other)));
  }
});

test('a point in another form than uncompressed is refused (RFC 8422 §5.4.1)', () => {
  const right = Buffer.from(pointOf(5n));
  const compressed = createECDH('prime256v1');
  compressed.setPrivateKey(number(5n));
  const y = right.at(-1) ?? 0;
  const hybrid = Buffer.concat([Buffer.of(6 + (y & 1)), right.subarray(1)]);
  for (const wrong of [
    compressed.getPublicKey(null, 'compressed'),
    hybrid,
    Buffer.concat([Buffer.of(6 + (~y & 1)), right.subarray(1)]),
    Buffer.of(0),
    new Uint8Array(65),
    Buffer.concat([Buffer.of(5), right.subarray(1)]),
    right.subarray(1),
    right.subarray(0, 64),
    Buffer.concat([right, Buffer.of(0)]),
    Buffer.of(4),
    new Uint8Array(),
  ])
    refuses(wrong, /not an uncompressed point/);
});

test('a point that is not on the curve is refused: an invalid curve would give the scalar away (RFC 8422 §5.11)', () => {
  const [x, y] = coordinates(pointOf(5n));
  // The generator of secp256k1: a point, and of another curve.
  const elsewhere = [
    0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798n,
    0x483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8n,
  ] as const;
  for (const [wrongX, wrongY] of [
    [x, y + 1n],
    [x + 1n, y],
    [y, x],
    [0n, 0n],
    [x, 0n],
    [1n, 1n],
    elsewhere,
  ] as const)
    refuses(point(wrongX, wrongY), /no point on secp256r1/);
});

test('a coordinate that is not reduced is refused: a point has one encoding (SEC 1 §2.3.4)', () => {
  // x = 0 is on the curve, with y = sqrt(b).
  const y = 0x66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4n;
  assert.equal(premasterSecret(ephemeral(3n), point(0n, y)).bytes.length, 32);
  refuses(point(p, y), /no point on secp256r1/);
  refuses(point(2n ** 256n - 1n, y), /no point on secp256r1/);
  refuses(point(0n, p), /no point on secp256r1/);
});

test('edge points and scalars agree with another implementation of the interface (RFC 8422 §5.10)', () => {
  const y = 0x66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4n;
  for (const peer of [
    point(0n, y),
    point(0n, p - y),
    pointOf(1n),
    pointOf(2n),
    pointOf(n - 1n),
    pointOf(n / 2n),
  ])
    for (const own of [1n, 2n, 3n, n - 1n, n - 2n, 2n ** 128n, n / 2n])
      assert.deepEqual(Buffer.from(premasterSecret(ephemeral(own), peer).bytes), agreedElsewhere(own, peer));
});

test('a draw that is no scalar in 1…n-1 is drawn again (FIPS 186-5 A.2.2)', () => {
  for (const [draws, expected] of [
    [[0n, n, 7n], 7n],
    [[n + 1n, 2n ** 256n - 1n, n - 1n], n - 1n],
    [[0n, 0n, 0n, 0n, 0n, 0n, 0n, 1n], 1n],
  ] as const) {
    const [{ scalar: drawn, point: itsPoint }, asked] = sourceOf(...draws);
    assert.deepEqual(Buffer.from(drawn.bytes), Buffer.from(number(expected)));
    assert.deepEqual(itsPoint, pointOf(expected));
    assert.equal(asked, draws.length);
  }
});

test('a source that yields no scalar in eight draws is broken, and not asked for ever', () => {
  for (const value of [0n, n, 2n ** 256n - 1n]) {
    let asked = 0;
    const stuck = (): Uint8Array => {
      asked++;
      return number(value);
    };
    assert.throws(() => generateEphemeral(stuck), RangeError);
    assert.equal(asked, 8);
  }
});

test('a source that gives another number of bytes than 32 is broken: the scalar would be short or foreseeable', () => {
  for (const size of [0, 1, 31, 33, 64])
    assert.throws(() => generateEphemeral(() => new Uint8Array(size).fill(1)), RangeError);
});

test('an ephemeral does not change when its source uses its bytes again', () => {
  const buffer = number(9n);
  const { scalar } = generateEphemeral(() => buffer);
  buffer.fill(0xff);
  assert.deepEqual(Buffer.from(scalar.bytes), Buffer.from(number(9n)));
});

test('an ephemeral is a scalar of 32 bytes and an uncompressed point of 65 (RFC 8422 §5.4.1)', () => {
  const { scalar, point: own } = ephemeral(0xabcdefn);
  assert.equal(scalar.bytes.length, 32);
  assert.equal(own.length, 65);
  assert.equal(own[0], 4);
});

/** Refused with a message that does not show the scalar. */
function refuses(wrong: Uint8Array, message: RegExp): void {
  assert.throws(
    () => premasterSecret(ephemeral(0x1234567890abcdefn), wrong),
    (error: unknown) =>
      error instanceof E2EKeyError &&
      error.code === 'PARAMETER_ILLEGAL' &&
      message.test(error.message) &&
      !`${error.stack}${error.cause}`.includes('1234567890abcdef'),
    Buffer.from(wrong).toString('hex'),
  );
}

const ephemeral = (scalar: bigint): Ephemeral => sourceOf(scalar)[0];

/** An ephemeral from a source that gives these numbers, and how often the source was asked. */
function sourceOf(...draws: readonly bigint[]): readonly [Ephemeral, number] {
  let asked = 0;
  const drawn = generateEphemeral(size => {
    assert.equal(size, 32);
    return number(draws[asked++] ?? 0n);
  });
  return [drawn, asked];
}

function coordinates(encoded: Uint8Array): readonly [bigint, bigint] {
  const digits = Buffer.from(encoded).toString('hex');
  return [BigInt(`0x${digits.slice(2, 66)}`), BigInt(`0x${digits.slice(66)}`)];
}

/** The same shared secret from an ECDH object. */
function agreedElsewhere(own: bigint, peer: Uint8Array): Buffer {
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(number(own));
  return ecdh.computeSecret(peer);
}
