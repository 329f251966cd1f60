// The prime curves in numbers: their parameters (SEC 2 §2.4, §2.5, §2.6) and a published agreement on each
// (RFC 5903 §8).
import assert from 'node:assert/strict';
import { type Ephemeral, type Group, generateEphemeral, groupByName } from '../../src/crypto/key-exchange.ts';

export interface PrimeCurve {
  readonly group: Group;
  /** OpenSSL's name. */
  readonly openssl: string;
  /** Bytes of a coordinate and of a scalar. */
  readonly size: number;
  /** Prime of the field, order of the group, and b of y² = x³ - 3x + b. */
  readonly p: bigint;
  readonly n: bigint;
  readonly b: bigint;
  readonly published: {
    readonly clause: string;
    readonly i: bigint;
    readonly gi: readonly [bigint, bigint];
    readonly r: bigint;
    readonly gr: readonly [bigint, bigint];
    readonly shared: bigint;
  };
  /** Scalars that agree with `ownScalar` on an x coordinate of as many leading zero bytes. */
  readonly leadingZeros: { readonly bytes: number; readonly scalars: readonly bigint[] };
}

export const ownScalar = 0x1234567890abcdefn;

export const primeCurves: readonly PrimeCurve[] = [
  {
    group: named('secp256r1'),
    openssl: 'prime256v1',
    size: 32,
    p: 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n,
    n: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
    b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
    published: {
      clause: 'RFC 5903 §8.1',
      i: 0xc88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433n,
      gi: [
        0xdad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c3772581180n,
        0x5271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3n,
      ],
      r: 0xc6ef9c5d78ae012a011164acb397ce2088685d8f06bf9be0b283ab46476bee53n,
      gr: [
        0xd12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf63n,
        0x56fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872abn,
      ],
      shared: 0xd6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442den,
    },
    leadingZeros: { bytes: 1, scalars: [188n, 337n] },
  },
  {
    group: named('secp384r1'),
    openssl: 'secp384r1',
    size: 48,
    p: 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n,
    n: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
    b: 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
    published: {
      clause: 'RFC 5903 §8.2',
      i: 0x099f3c7034d4a2c699884d73a375a67f7624ef7c6b3c0f160647b67414dce655e35b538041e649ee3faef896783ab194n,
      gi: [
        0x667842d7d180ac2cde6f74f37551f55755c7645c20ef73e31634fe72b4c55ee6de3ac808acb4bdb4c88732aee95f41aan,
        0x9482ed1fc0eeb9cafc4984625ccfc23f65032149e0e144ada024181535a0f38eeb9fcff3c2c947dae69b4c634573a81cn,
      ],
      r: 0x41cb0779b4bdb85d47846725fbec3c9430fab46cc8dc5060855cc9bda0aa2942e0308312916b8ed2960e4bd55a7448fcn,
      gr: [
        0xe558dbef53eecde3d3fccfc1aea08a89a987475d12fd950d83cfa41732bc509d0d1ac43a0336def96fda41d0774a3571n,
        0xdcfbec7aacf3196472169e838430367f66eebe3c6e70c416dd5f0c68759dd1fff83fa40142209dff5eaad96db9e6386cn,
      ],
      shared:
        0x11187331c279962d93d604243fd592cb9d0a926f422e47187521287e7156c5c4d603135569b9e9d09cf5d4a270f59746n,
    },
    leadingZeros: { bytes: 1, scalars: [149n, 418n] },
  },
  {
    group: named('secp521r1'),
    openssl: 'secp521r1',
    size: 66,
    p: 2n ** 521n - 1n,
    n: 0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
    b: 0x51953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00n,
    published: {
      clause: 'RFC 5903 §8.3',
      i: 0x0037ade9319a89f4dabdb3ef411aaccca5123c61acab57b5393dce47608172a095aa85a30fe1c2952c6771d937ba9777f5957b2639bab072462f68c27a57382d4a52n,
      gi: [
        0x0015417e84dbf28c0ad3c278713349dc7df153c897a1891bd98bab4357c9ecbee1e3bf42e00b8e380aeae57c2d107564941885942af5a7f4601723c4195d176ced3en,
        0x017cae20b6641d2eeb695786d8c946146239d099e18e1d5a514c739d7cb4a10ad8a788015ac405d7799dc75e7b7d5b6cf2261a6a7f1507438bf01beb6ca3926f9582n,
      ],
      r: 0x0145ba99a847af43793fdd0e872e7cdfa16be30fdc780f97bccc3f078380201e9c677d600b343757a3bdbf2a3163e4c2f869cca7458aa4a4effc311f5cb151685eb9n,
      gr: [
        0x00d0b3975ac4b799f5bea16d5e13e9af971d5e9b984c9f39728b5e5739735a219b97c356436adc6e95bb0352f6be64a6c2912d4ef2d0433ced2b6171640012d9460fn,
        0x015c68226383956e3bd066e797b623c27ce0eac2f551a10c2c724d9852077b87220b6536c5c408a1d2aebb8e86d678ae49cb57091f4732296579ab44fcd17f0fc56an,
      ],
      shared:
        0x01144c7d79ae6956bc8edb8e7c787c4521cb086fa64407f97894e5e6b2d79b04d1427e73ca4baa240a34786859810c06b3c715a3a8cc3151f2bee417996d19f3ddean,
    },
    leadingZeros: { bytes: 2, scalars: [614n, 643n] },
  },
];

export function bytesOf(value: bigint, size: number): Uint8Array {
  return Buffer.from(value.toString(16).padStart(size * 2, '0'), 'hex');
}

/** An ephemeral from a source that gives these bytes, and how often the source was asked. */
export function drawnFrom(group: Group, draws: readonly bigint[]): readonly [Ephemeral, number] {
  let asked = 0;
  const drawn = generateEphemeral(group, size => {
    assert.equal(size, group.scalarSize);
    return bytesOf(draws[asked++] ?? 0n, size);
  });
  return [drawn, asked];
}

function named(name: string): Group {
  const group = groupByName(name);
  assert.ok(group);
  return group;
}
