// The prime curves and what holds for every group; X25519 has a file of its own.
import assert from 'node:assert/strict';
import crypto, { createECDH } from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { test } from 'node:test';
import {
  agree,
  type Ephemeral,
  generateEphemeral,
  groupById,
  groupByName,
  groups,
} from '../../src/crypto/key-exchange.ts';
import { Secret } from '../../src/crypto/secrets.ts';
import { E2EKeyError } from '../../src/errors.ts';
import { groupNames } from '../../src/wire/numbers.ts';
import { bytesOf, drawnFrom, ownScalar, primeCurves } from './prime-curves.ts';

test('secp256r1 is the group of oneM2M and the first; three more are for foreign stacks (TS-0003 10.1.1.1, RFC 8422 §5.1.1)', () => {
  assert.deepEqual(
    groups.map(({ id, name, profile }) => [id, name, profile]),
    [
      [23, 'secp256r1', 'onem2m'],
      [29, 'x25519', 'interop'],
      [24, 'secp384r1', 'interop'],
      [25, 'secp521r1', 'interop'],
    ],
  );
});

test("a group is found by its number and by IANA's name", () => {
  for (const group of groups) {
    assert.equal(group.name, groupNames[group.id]);
    assert.equal(groupById(group.id), group);
    assert.equal(groupByName(group.name), group);
  }
  assert.equal(groupById(30), undefined);
  assert.equal(groupByName('prime256v1'), undefined);
  assert.equal(groupByName(''), undefined);
});

for (const { group, openssl, size, p, n, b, published, leadingZeros } of primeCurves) {
  const { name } = group;
  const number = (value: bigint): Uint8Array => bytesOf(value, size);
  const point = (x: bigint, y: bigint): Uint8Array => Buffer.concat([Buffer.of(4), number(x), number(y)]);
  const ephemeral = (scalar: bigint): Ephemeral => drawnFrom(group, [scalar])[0];
  const pointOf = (scalar: bigint): Uint8Array => ephemeral(scalar).point;
  const coordinates = (encoded: Uint8Array): readonly [bigint, bigint] => {
    const digits = Buffer.from(encoded.subarray(1)).toString('hex');
    return [BigInt(`0x${digits.slice(0, 2 * size)}`), BigInt(`0x${digits.slice(2 * size)}`)];
  };
  /** The point at x = 0; p is 3 modulo 4, so that a root of b is this power of it. */
  const rootOfB = power(b, (p + 1n) / 4n, p);

  /** Refused with a message that does not show the scalar. */
  const refuses = (wrong: Uint8Array, message: RegExp): void =>
    assert.throws(
      () => agree(ephemeral(ownScalar), wrong),
      (error: unknown) =>
        error instanceof E2EKeyError &&
        error.code === 'PARAMETER_ILLEGAL' &&
        message.test(error.message) &&
        error.message.includes(name) &&
        !`${error.stack}${error.cause}`.includes('1234567890abcdef'),
      Buffer.from(wrong).toString('hex'),
    );

  /** The same shared secret from an ECDH object. */
  const agreedElsewhere = (own: bigint, peer: Uint8Array): Buffer => {
    const ecdh = createECDH(openssl);
    ecdh.setPrivateKey(number(own));
    return ecdh.computeSecret(peer);
  };

  test(`the published shared secret comes out on both sides: ${name} (${published.clause})`, () => {
    const [initiator, responder] = [ephemeral(published.i), ephemeral(published.r)];
    assert.deepEqual(coordinates(initiator.point), published.gi);
    assert.deepEqual(coordinates(responder.point), published.gr);
    const shared = Buffer.from(number(published.shared));
    assert.deepEqual(Buffer.from(agree(initiator, responder.point).bytes), shared);
    assert.deepEqual(Buffer.from(agree(responder, initiator.point).bytes), shared);
  });

  test(`the agreed secret is as long as the field also where it begins with zeros: ${name} (RFC 8422 §5.10)`, () => {
    const own = ephemeral(ownScalar);
    for (const scalar of leadingZeros.scalars) {
      const { bytes } = agree(own, pointOf(scalar));
      assert.equal(bytes.length, size);
      assert.ok(bytes.subarray(0, leadingZeros.bytes).every(byte => byte === 0));
      assert.deepEqual(Buffer.from(bytes), agreedElsewhere(ownScalar, pointOf(scalar)));
    }
  });

  test(`a point in another form than uncompressed is refused: ${name} (RFC 8422 §5.4.1)`, () => {
    const right = Buffer.from(pointOf(5n));
    const compressed = createECDH(openssl);
    compressed.setPrivateKey(number(5n));
    const y = right.at(-1) ?? 0;
    for (const wrong of [
      compressed.getPublicKey(null, 'compressed'),
      Buffer.concat([Buffer.of(6 + (y & 1)), right.subarray(1)]),
      Buffer.concat([Buffer.of(6 + (~y & 1)), right.subarray(1)]),
      Buffer.of(0),
      new Uint8Array(right.length),
      Buffer.concat([Buffer.of(5), right.subarray(1)]),
    ])
      refuses(wrong, /not an uncompressed point/);
  });

  test(`a point of another length is refused, also where it is one of another curve: ${name} (RFC 8422 §5.4.1)`, () => {
    const right = Buffer.from(pointOf(5n));
    for (const wrong of [
      right.subarray(1),
      right.subarray(0, -1),
      Buffer.concat([right, Buffer.of(0)]),
      Buffer.of(4),
      new Uint8Array(),
      ...groups
        .filter(other => other !== group)
        .map(other => generateEphemeral(other, length => new Uint8Array(length).fill(1)).point),
    ])
      refuses(wrong, /not an uncompressed point/);
  });

  test(`a point that is not on the curve is refused: an invalid curve would give the scalar away: ${name} (RFC 8422 §5.11)`, () => {
    const [x, y] = coordinates(pointOf(5n));
    for (const [wrongX, wrongY] of [
      [x, y + 1n],
      [x + 1n, y],
      [y, x],
      [0n, 0n],
      [x, 0n],
      [1n, 1n],
      // The generator of secp256k1: a point, and of another curve.
      [
        0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798n,
        0x483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8n,
      ],
    ] as const)
      refuses(point(wrongX, wrongY), /is no point on/);
  });

  test(`a coordinate that is not reduced is refused: a point has one encoding: ${name} (SEC 1 §2.3.4)`, () => {
    assert.equal(agree(ephemeral(3n), point(0n, rootOfB)).bytes.length, size);
    refuses(point(p, rootOfB), /is no point on/);
    refuses(point(256n ** BigInt(size) - 1n, rootOfB), /is no point on/);
    refuses(point(0n, p), /is no point on/);
  });

  test(`edge points and scalars agree with another implementation of the interface: ${name} (RFC 8422 §5.10)`, () => {
    for (const peer of [
      point(0n, rootOfB),
      point(0n, p - rootOfB),
      pointOf(1n),
      pointOf(2n),
      pointOf(n - 1n),
      pointOf(n / 2n),
    ])
      for (const own of [1n, 2n, 3n, n - 1n, n - 2n, 2n ** 128n, n / 2n])
        assert.deepEqual(Buffer.from(agree(ephemeral(own), peer).bytes), agreedElsewhere(own, peer));
  });

  test(`a draw that is no scalar in 1…n-1 is drawn again: ${name} (FIPS 186-5 A.2.2)`, () => {
    const ones = 256n ** BigInt(size) - 1n;
    for (const [draws, expected] of [
      [[0n, n, 7n], 7n],
      [[n + 1n, ones, n - 1n], n - 1n],
      [[0n, 0n, 0n, 0n, 0n, 0n, 0n, 1n], 1n],
    ] as const) {
      const [{ scalar: drawn, point: itsPoint }, asked] = drawnFrom(group, draws);
      assert.deepEqual(Buffer.from(drawn.bytes), Buffer.from(number(expected)));
      assert.deepEqual(itsPoint, pointOf(expected));
      assert.equal(asked, draws.length);
    }
  });

  test(`a source that yields no scalar in eight draws is broken, and not asked for ever: ${name}`, () => {
    for (const value of [0n, n]) {
      let asked = 0;
      const stuck = (): Uint8Array => {
        asked++;
        return number(value);
      };
      assert.throws(() => generateEphemeral(group, stuck), RangeError);
      assert.equal(asked, 8);
    }
  });

  test(`an ephemeral has an uncompressed point: ${name} (RFC 8422 §5.4.1)`, () => {
    const { point: own } = ephemeral(0xabcdefn);
    assert.equal(own.length, 1 + 2 * size);
    assert.equal(own[0], 4);
  });
}

test('of a scalar of secp521r1 the first byte has one bit: its order has 521, and a draw of 528 would hardly ever do (FIPS 186-5 A.2.2)', () => {
  const secp521r1 = groupByName('secp521r1');
  assert.ok(secp521r1);
  for (const top of [0xffn, 0xfen, 0x80n, 0x02n, 0x01n]) {
    const [{ scalar }, asked] = drawnFrom(secp521r1, [(top << 520n) | 7n]);
    assert.equal(asked, 1);
    assert.deepEqual(Buffer.from(scalar.bytes), Buffer.from(bytesOf(((top & 1n) << 520n) | 7n, 66)));
  }
});

for (const group of groups) {
  const fixed = (size: number): Uint8Array => new Uint8Array(size).fill(1);

  test(`an ephemeral is a scalar and a point of the sizes that the group says: ${group.name}`, () => {
    const { group: its, scalar, point } = generateEphemeral(group, fixed);
    assert.equal(its, group);
    assert.deepEqual([scalar.bytes.length, point.length], [group.scalarSize, group.pointSize]);
  });

  test(`a source that gives another number of bytes than due is broken: the scalar would be short or foreseeable: ${group.name}`, () => {
    for (const size of [0, 1, group.scalarSize - 1, group.scalarSize + 1, 2 * group.scalarSize])
      assert.throws(
        () => generateEphemeral(group, () => fixed(size)),
        new RangeError(`the source of randomness gave ${size} bytes where ${group.scalarSize} are due`),
      );
  });

  test(`an ephemeral does not change when its source uses its bytes again: ${group.name}`, () => {
    const buffer = fixed(group.scalarSize);
    const { scalar } = generateEphemeral(group, () => buffer);
    buffer.fill(0xff);
    assert.deepEqual(scalar.bytes, fixed(group.scalarSize));
  });

  test(`an ephemeral that was stored as scalar and point agrees on the same secret: ${group.name}`, () => {
    const own = generateEphemeral(group, fixed);
    const peer = generateEphemeral(group, size => new Uint8Array(size).fill(0x55));
    const stored = {
      scalar: Buffer.from(own.scalar.bytes).toString('hex'),
      point: Uint8Array.from(own.point),
    };
    const restored = { group, scalar: new Secret(Buffer.from(stored.scalar, 'hex')), point: stored.point };
    const agreed = agree(restored, peer.point);
    assert.deepEqual(agreed.bytes, agree(own, peer.point).bytes);
    assert.deepEqual(agreed.bytes, agree(peer, own.point).bytes);
    assert.equal(agreed.bytes.length, group.scalarSize);
  });

  test(`the encoding in which OpenSSL takes the scalar is wiped, whatever OpenSSL says: ${group.name}`, t => {
    const own = generateEphemeral(group, fixed);
    const given: Uint8Array[] = [];
    const { createPrivateKey } = crypto;
    let broken = false;
    t.mock.method(crypto, 'createPrivateKey', (input: crypto.PrivateKeyInput) => {
      const { key } = input;
      assert.ok(key instanceof Uint8Array && Buffer.from(key).includes(own.scalar.bytes));
      given.push(key);
      if (broken) throw new Error('it failed');
      return createPrivateKey(input);
    });
    syncBuiltinESMExports();
    try {
      agree(own, own.point);
      broken = true;
      assert.throws(() => agree(own, own.point), { code: 'STORE_FAILED' });
    } finally {
      t.mock.restoreAll();
      syncBuiltinESMExports();
    }
    assert.equal(given.length, 2);
    assert.ok(given.every(bytes => bytes.every(byte => byte === 0)));
    assert.deepEqual(own.scalar.bytes, fixed(group.scalarSize));
  });
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (let square = base, left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

for (const { group } of primeCurves)
  test(`a stored ephemeral key whose point is none of its group is refused: ${group.name} (RFC 8422 §5.4.1)`, () => {
    const [{ scalar, point }] = drawnFrom(group, [ownScalar]);
    const [peer] = drawnFrom(group, [ownScalar + 1n]);
    for (const at of [0, 1])
      assert.throws(
        () =>
          agree({ group, scalar, point: Uint8Array.from(point).with(at, (point[at] ?? 0) ^ 1) }, peer.point),
        { code: 'STORE_FAILED' },
      );
  });
