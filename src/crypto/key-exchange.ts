// ECDHE on secp256r1 (RFC 8422 §5): a fresh ephemeral for each handshake, points checked.
import { createECDH, type ECDH } from 'node:crypto';
import { refuse } from '../errors.ts';
import { Secret } from './secrets.ts';

/** Bytes of the given number, unpredictable; replaced by a fixed source in golden transcripts. */
export type Random = (size: number) => Uint8Array;

const curve = 'prime256v1';
const scalarSize = 32;
const pointSize = 65;

/** A key pair for one handshake. */
export interface Ephemeral {
  /** The private scalar, 32 bytes: storable between message 2 and message 3. */
  readonly scalar: Secret;
  /** The uncompressed point, 65 bytes. */
  readonly point: Uint8Array;
  /** As `premasterSecret` with this scalar. */
  readonly agree: (peerPoint: Uint8Array) => Secret;
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
    return {
      scalar: new Secret(scalar),
      point: ecdh.getPublicKey(),
      agree: peerPoint => agree(ecdh, peerPoint),
    };
  }
  throw new RangeError('the source of randomness yields no private key');
}

/**
 * The premaster secret: the x coordinate, always 32 bytes with its leading zeros (RFC 8422 §5.10).
 *
 * @throws E2EKeyError PARAMETER_ILLEGAL for a point in another form than uncompressed or off the curve
 * (invalid-curve attacks), RFC 8422 §5.11.
 */
export function premasterSecret(scalar: Secret, peerPoint: Uint8Array): Secret {
  const ecdh = createECDH(curve);
  ecdh.setPrivateKey(scalar.bytes);
  return agree(ecdh, peerPoint);
}

function agree(ecdh: ECDH, peerPoint: Uint8Array): Secret {
  if (peerPoint.length !== pointSize || peerPoint[0] !== 4)
    refuse(
      'PARAMETER_ILLEGAL',
      'the ephemeral public key is not an uncompressed point of secp256r1 (RFC 8422 §5.4.1)',
    );
  try {
    return new Secret(ecdh.computeSecret(peerPoint));
  } catch (cause) {
    return refuse('PARAMETER_ILLEGAL', 'the ephemeral public key is no point on secp256r1 (RFC 8422 §5.11)', {
      cause,
    });
  }
}
