// pairwiseE2EKey: what remains when the E2EKey procedure is over (TS-0003 8.7.2.2 C.2, 10.3.1), and its life.
import type { KeyObject } from 'node:crypto';
import type { VerifiedPeer } from '../certificates/trust.ts';
import { wipe } from '../crypto/secrets.ts';
import type { Role, Session } from '../handshake/session.ts';
import { exportedSize, exporterKeys, exporterLabels } from './exporter.ts';

/**
 * Both ends never know at once that a procedure succeeded: when message 4 is lost, only the terminating
 * end-point has the key. So it holds the key `unconfirmed`, and its first successful use makes it `active`; a
 * new key supersedes the one before when it becomes active, not earlier.
 */
export type KeyState = 'unconfirmed' | 'active' | 'superseded' | 'revoked' | 'expired';

/** Whom the key is shared with, as the certificate, the pin or the pre-shared key said. */
export type KeyPeer = Pick<VerifiedPeer, 'flavour' | 'id' | 'subject' | 'fingerprint' | 'statusBy'>;

/** A key that two end-points share with nobody in between. */
export interface PairwiseE2EKey {
  /** pairwiseE2EKeyID: 32 upper-case hex digits, compared case-insensitively. */
  readonly id: string;
  /** pairwiseE2EKey: 32 bytes. */
  readonly secret: KeyObject;
  /** The other end-point in absolute form: the identity that the key is bound to. */
  readonly entity: string;
  /** Our own role in the procedure. */
  readonly role: Role;
  readonly peer: KeyPeer;
  /** The certificates on the peer's path, by which a later CRL can revoke the key; none without a certificate. */
  readonly path: VerifiedPeer['path'];
  /** What authenticated the two end-points: certificates (raw public keys too) or a pre-shared key. */
  readonly by: Session['by'];
  /** False where the key is not safer than the pre-shared key it was made with: whoever learns that has both. */
  readonly forwardSecrecy: boolean;
  readonly suite: string;
  /** Null where the suite has no ephemeral key. */
  readonly group: string | null;
  /** Both hellos carried the indicator to export pairwiseE2EKey. */
  readonly exportIndicator: boolean;
  readonly state: KeyState;
  readonly created: Date;
  /** An unconfirmed key expires if it is not used by then, and is forgotten. */
  readonly confirmBy: Date;
  readonly expires: Date;
}

export interface KeyLife {
  readonly now: Date;
  /** How long a key serves at most, in milliseconds. */
  readonly lifetime: number;
  /** How long an unconfirmed key waits for its first use, in milliseconds. */
  readonly confirmation: number;
}

/**
 * Exports pairwiseE2EKey and its ID, and closes the session: the master secret is wiped, so this can be done
 * once. The key ends with its lifetime or with the first certificate on the peer's path, if there is one, whichever is
 * earlier.
 */
export function exportPairwiseE2EKey(
  session: Session,
  { now, lifetime, confirmation }: KeyLife,
): PairwiseE2EKey {
  const exportedSecret = session.export(exporterLabels.pairwiseE2EKey, exportedSize);
  session.close();
  const { text: id, key: secret } = exporterKeys(exportedSecret, { key: 'pairwiseE2EKey' });
  wipe(exportedSecret);
  const { flavour, id: name, subject, fingerprint, statusBy, path } = session.peer;
  return {
    id,
    secret,
    entity: session.peer.entity,
    role: session.role,
    peer: { flavour, id: name, subject, fingerprint, statusBy },
    path,
    by: session.by,
    forwardSecrecy: session.forwardSecrecy,
    suite: session.suite,
    group: session.group,
    exportIndicator: session.exportIndicator,
    // Message 4 has proven to the initiating end-point that the other side has the key.
    state: session.role === 'initiating' ? 'active' : 'unconfirmed',
    created: now,
    confirmBy: new Date(now.getTime() + confirmation),
    expires: new Date(Math.min(now.getTime() + lifetime, session.peer.validUntil?.getTime() ?? Infinity)),
  };
}
