// Ephemeral Diffie-Hellman (RFC 8422 §5): the groups as data, a fresh key pair for each handshake, the other side's
// point checked, and the premaster secrets that are made with pre-shared keys (RFC 4279, RFC 5489).
import { createECDH, createPrivateKey, createPublicKey, diffieHellman, type KeyObject } from 'node:crypto';
import { refuse } from '../errors.ts';
import { groupNames, secp256r1, secp384r1, secp521r1, x25519 } from '../wire/numbers.ts';
import type { Random } from './random.ts';
import { Secret, wipe } from './secrets.ts';

export interface Group {
  /** NamedCurve number (IANA). */
  readonly id: number;
  readonly name: string;
  /** `onem2m`: TS-0003 10.1.1.1; `interop`: for foreign TLS stacks in the lab. */
  readonly profile: 'onem2m' | 'interop';
  /** Bytes of a private key. */
  readonly scalarSize: number;
  /** Bytes of a public key on the wire: 0x04 and both coordinates (RFC 8422 §5.4.1), for X25519 one coordinate. */
  readonly pointSize: number;
  /** OpenSSL's name of a curve that has points in uncompressed form; null for X25519. */
  readonly curve: string | null;
  /** The bits of a scalar's first byte that may be set: the order of secp521r1 has 521 bits. */
  readonly firstByte: number;
  /** The DER around a key, in which OpenSSL takes it. */
  readonly der: KeyDer;
}

/** PrivateKeyInfo (RFC 5208 §5) is `privateHead` and the scalar; for a curve, `privateMiddle` and the point follow. */
interface KeyDer {
  readonly privateHead: Uint8Array;
  readonly privateMiddle: Uint8Array;
  /** SubjectPublicKeyInfo is `publicHead` and the point. */
  readonly publicHead: Uint8Array;
}

const nothing = new Uint8Array();

/** Best first. */
export const groups: readonly Group[] = [
  curve(secp256r1, 'onem2m', 'prime256v1', 32, 0xff, '06082a8648ce3d030107'),
  {
    id: x25519,
    name: groupNames[x25519] ?? '',
    profile: 'interop',
    scalarSize: 32,
    pointSize: 32,
    curve: null,
    firstByte: 0xff,
    // RFC 8410 §3, §7.
    der: {
      privateHead: Buffer.from('302e020100300506032b656e04220420', 'hex'),
      privateMiddle: nothing,
      publicHead: Buffer.from('302a300506032b656e032100', 'hex'),
    },
  },
  curve(secp384r1, 'interop', 'secp384r1', 48, 0xff, '06052b81040022'),
  curve(secp521r1, 'interop', 'secp521r1', 66, 0x01, '06052b81040023'),
];

const byId = new Map(groups.map(group => [group.id, group]));

export function groupById(id: number): Group | undefined {
  return byId.get(id);
}

export function groupByName(name: string): Group | undefined {
  return groups.find(group => group.name === name);
}

/** A key pair for one handshake. */
export interface Ephemeral {
  readonly group: Group;
  /** The private scalar, `group.scalarSize` bytes: storable between message 2 and message 3. */
  readonly scalar: Secret;
  /** What the other side gets, `group.pointSize` bytes. */
  readonly point: Uint8Array;
}

/**
 * A scalar drawn from `random` by rejection (the chance of a second draw is 2^-32 at most), and its point.
 *
 * @throws RangeError when the source of randomness is broken: another number of bytes than asked for, or no
 * scalar in 1…n-1 in eight draws.
 */
export function generateEphemeral(group: Group, random: Random): Ephemeral {
  for (let draw = 0; draw < 8; draw++) {
    const scalar = Uint8Array.from(random(group.scalarSize));
    if (scalar.length !== group.scalarSize)
      throw new RangeError(
        `the source of randomness gave ${scalar.length} bytes where ${group.scalarSize} are due`,
      );
    scalar[0] = (scalar[0] ?? 0) & group.firstByte;
    const point = pointOf(group, scalar);
    if (point !== null) return { group, scalar: new Secret(scalar), point };
  }
  throw new RangeError('the source of randomness yields no private key');
}

/** Null for a scalar that is none. */
function pointOf(group: Group, scalar: Uint8Array): Uint8Array | null {
  if (group.curve === null) {
    // RFC 7748 §5: every 32 bytes are a scalar.
    const spki = createPublicKey(privateKeyOf(group, scalar, nothing)).export({
      format: 'der',
      type: 'spki',
    });
    return Uint8Array.from(spki.subarray(-group.pointSize));
  }
  const ecdh = createECDH(group.curve);
  try {
    ecdh.setPrivateKey(scalar);
  } catch {
    return null;
  }
  return ecdh.getPublicKey();
}

/**
 * The agreed secret: the x coordinate, always as long as the field with its leading zeros (RFC 8422 §5.10). With
 * certificates it is the premaster secret.
 *
 * @throws E2EKeyError PARAMETER_ILLEGAL for a point in another form than uncompressed or off the curve (invalid-curve
 * attacks), and for an X25519 key that leads to zeros whatever ours is (RFC 8422 §5.11); STORE_FAILED where our own
 * point, which may come from a stored state, is none of the group.
 */
export function agree({ group, scalar, point }: Ephemeral, peerPoint: Uint8Array): Secret {
  scalar.requireWhole();
  const publicKey = readPoint(group, peerPoint);
  // Through KeyObjects OpenSSL agrees in a quarter less time than ECDH objects take; with the point, in less still.
  const privateKey = privateKeyOf(group, scalar.bytes, point);
  try {
    return new Secret(diffieHellman({ privateKey, publicKey }));
  } catch (cause) {
    return refuse(
      'PARAMETER_ILLEGAL',
      `the ephemeral public key for ${group.name} leads to no secret (RFC 8422 §5.11)`,
      { cause },
    );
  }
}

function privateKeyOf({ name, der, curve }: Group, scalar: Uint8Array, point: Uint8Array): KeyObject {
  const tail = curve === null ? [] : [der.privateMiddle, point];
  const secretDer = Buffer.concat([der.privateHead, scalar, ...tail]);
  try {
    return createPrivateKey({ key: secretDer, format: 'der', type: 'pkcs8' });
  } catch (cause) {
    // Ours were made with their point: only what was stored in between can be another.
    return refuse('STORE_FAILED', `the stored ephemeral key is none of ${name}`, { cause });
  } finally {
    wipe(secretDer);
  }
}

function readPoint({ name, curve, pointSize, der }: Group, point: Uint8Array): KeyObject {
  if (point.length !== pointSize || (curve !== null && point[0] !== 4))
    return refuse(
      'PARAMETER_ILLEGAL',
      `the ephemeral public key is not ${curve === null ? `${pointSize} bytes for` : 'an uncompressed point of'} ${name} (RFC 8422 §5.4.1)`,
    );
  try {
    return createPublicKey({ key: Buffer.concat([der.publicHead, point]), format: 'der', type: 'spki' });
  } catch (cause) {
    return refuse('PARAMETER_ILLEGAL', `the ephemeral public key is no point on ${name} (RFC 8422 §5.11)`, {
      cause,
    });
  }
}

/** RFC 4279 §5.3 asks for 64 bytes; longer ones make nothing safer. */
export const maxPresharedKeySize = 512;

/**
 * The premaster secret of a pre-shared key (RFC 4279 §2): `other_secret` and the key, each behind its length. The
 * other secret is what ECDHE agreed on (RFC 5489 §2), or as many zeros as the key has bytes.
 *
 * @param presharedKey a secret KeyObject, 1 to 65,535 bytes.
 */
export function presharedPremasterSecret(presharedKey: KeyObject, agreed: Secret | null): Secret {
  const presharedSecret = presharedKey.export();
  const other = agreed?.bytes ?? new Uint8Array(presharedSecret.length);
  const premaster = Buffer.concat([
    uint16(other.length),
    other,
    uint16(presharedSecret.length),
    presharedSecret,
  ]);
  wipe(presharedSecret);
  return new Secret(premaster);
}

function uint16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff);
}

/** A prime curve (RFC 8422 §5.1.1): ECPrivateKey (RFC 5915 §3) and id-ecPublicKey with its name (RFC 5480 §2). */
function curve(
  id: number,
  profile: Group['profile'],
  name: string,
  size: number,
  firstByte: number,
  curveOid: string,
): Group {
  const pointSize = 1 + 2 * size;
  const algorithm = tagged(0x30, Buffer.from(`06072a8648ce3d0201${curveOid}`, 'hex'));
  const bitString = Buffer.concat([tagAndSize(0x03, 1 + pointSize), Buffer.of(0)]);
  const privateMiddle = Buffer.concat([tagAndSize(0xa1, bitString.length + pointSize), bitString]);
  const secretHead = Buffer.concat([Buffer.of(2, 1, 1), tagAndSize(0x04, size)]);
  const ecPrivateKey = secretHead.length + size + privateMiddle.length + pointSize;
  const ecPrivateKeyHead = tagAndSize(0x30, ecPrivateKey);
  const octetString = tagAndSize(0x04, ecPrivateKeyHead.length + ecPrivateKey);
  const info = [Buffer.of(2, 1, 0), algorithm, octetString, ecPrivateKeyHead, secretHead];
  const infoSize = Buffer.concat(info).length + size + privateMiddle.length + pointSize;
  return {
    id,
    name: groupNames[id] ?? '',
    profile,
    scalarSize: size,
    pointSize,
    curve: name,
    firstByte,
    der: {
      privateHead: Buffer.concat([tagAndSize(0x30, infoSize), ...info]),
      privateMiddle,
      publicHead: Buffer.concat([
        tagAndSize(0x30, algorithm.length + bitString.length + pointSize),
        algorithm,
        bitString,
      ]),
    },
  };
}

function tagged(tag: number, content: Uint8Array): Buffer {
  return Buffer.concat([tagAndSize(tag, content.length), content]);
}

/** DER (X.690 10.1): the shortest form of the length. */
function tagAndSize(tag: number, size: number): Buffer {
  return size < 0x80
    ? Buffer.of(tag, size)
    : size < 0x100
      ? Buffer.of(tag, 0x81, size)
      : Buffer.of(tag, 0x82, size >> 8, size & 0xff);
}
