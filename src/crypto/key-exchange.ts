// ECDHE on secp256r1 (RFC 8422 §5): a fresh ephemeral for each handshake, points checked.
import { createECDH, createPrivateKey, createPublicKey, diffieHellman, type KeyObject } from 'node:crypto';
import { refuse } from '../errors.ts';
import type { Random } from './random.ts';
import { Secret, wipe } from './secrets.ts';

const curve = 'prime256v1';
const scalarSize = 32;
const pointSize = 65;

/** A key pair for one handshake. */
export interface Ephemeral {
  /** The private scalar, 32 bytes: storable between message 2 and message 3. */
  readonly scalar: Secret;
  /** The uncompressed point, 65 bytes. */
  readonly point: Uint8Array;
}

/**
 * A scalar drawn from `random` by rejection (the chance of a second draw is 2^-32), and its point.
 * @throws RangeError when the source of randomness is broken: another number of bytes than asked for, or no
 * scalar in 1…n-1 in eight draws.
 */
export function generateEphemeral(random: Random): Ephemeral {
  const ecdh = createECDH(curve);
  for (let draw = 0; draw < 8; draw++) {
    const scalar = Uint8Array.from(random(scalarSize));
    if (scalar.length !== scalarSize)
      throw new RangeError(
        `the source of randomness gave ${scalar.length} bytes where ${scalarSize} are due`,
      );
    try {
      ecdh.setPrivateKey(scalar);
    } catch {
      continue;
    }
    return { scalar: new Secret(scalar), point: ecdh.getPublicKey() };
  }
  throw new RangeError('the source of randomness yields no private key');
}

/**
 * The premaster secret: the x coordinate, always 32 bytes with its leading zeros (RFC 8422 §5.10).
 *
 * @throws E2EKeyError PARAMETER_ILLEGAL for a point in another form than uncompressed or off the curve
 * (invalid-curve attacks), RFC 8422 §5.11.
 */
export function premasterSecret(own: Ephemeral, peerPoint: Uint8Array): Secret {
  const publicKey = readPoint(peerPoint);
  // PKCS #8 with the point in it: through KeyObjects OpenSSL agrees in a quarter less time than ECDH objects take.
  const secretDer = Buffer.concat([privateKeyHead, own.scalar.bytes, privateKeyMiddle, own.point]);
  const privateKey = createPrivateKey({ key: secretDer, format: 'der', type: 'pkcs8' });
  wipe(secretDer);
  return new Secret(diffieHellman({ privateKey, publicKey }));
}

function readPoint(point: Uint8Array): KeyObject {
  if (point.length !== pointSize || point[0] !== 4)
    return refuse(
      'PARAMETER_ILLEGAL',
      'the ephemeral public key is not an uncompressed point of secp256r1 (RFC 8422 §5.4.1)',
    );
  try {
    return createPublicKey({ key: Buffer.concat([publicKeyHead, point]), format: 'der', type: 'spki' });
  } catch (cause) {
    return refuse('PARAMETER_ILLEGAL', 'the ephemeral public key is no point on secp256r1 (RFC 8422 §5.11)', {
      cause,
    });
  }
}

// The DER around a P-256 key: PrivateKeyInfo (RFC 5208 §5) with ECPrivateKey (RFC 5915 §3), and
// SubjectPublicKeyInfo (RFC 5480 §2) with id-ecPublicKey and secp256r1.
const privateKeyHead = Buffer.from(
  '308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420',
  'hex',
);
const privateKeyMiddle = Buffer.from('a144034200', 'hex');
const publicKeyHead = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex');
