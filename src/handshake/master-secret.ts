// Which master secret a handshake has: bound to the handshake (RFC 7627 §4), or for a peer of the lab without that
// extension the one of RFC 5246 §8.1, from which session.ts exports nothing.
import { extendedMasterSecret, plainMasterSecret } from '../crypto/key-schedule.ts';
import type { Secret } from '../crypto/secrets.ts';
import type { Negotiated } from './negotiation.ts';

/** Uses the premaster secret up. `transcript`: ClientHello to ClientKeyExchange. */
export function masterSecretOf(
  { extendedMasterSecret: extended, suite, randoms }: Negotiated,
  premaster: Secret,
  transcript: Uint8Array,
): Secret {
  try {
    return extended
      ? extendedMasterSecret(suite.hash, premaster.bytes, transcript)
      : plainMasterSecret(suite.hash, premaster.bytes, randoms);
  } finally {
    premaster.wipe();
  }
}
