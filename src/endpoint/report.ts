// A finished procedure as people and programs are told of it: everything about the key but the key.
import type { Connection, Withheld } from '../handshake/session.ts';
import type { PairwiseE2EKey } from '../keys/pairwise-e2e-key.ts';

type ReportedPeer = Omit<PairwiseE2EKey['peer'], 'statusBy'>;

export interface EstablishedReport {
  readonly status: 'established';
  readonly role: PairwiseE2EKey['role'];
  readonly keyId: string | null;
  /** Why there is no key; only with a profile of the lab. */
  readonly keyWithheld: Withheld | null;
  /** What authenticated the peer; null where nothing did. */
  readonly by: PairwiseE2EKey['by'] | null;
  readonly forwardSecrecy: boolean;
  readonly suite: string;
  readonly group: string | null;
  readonly extendedMasterSecret: boolean;
  readonly exportIndicator: boolean;
  readonly peer: ReportedPeer | null;
  /** What said that the peer's certificate is not revoked; null where nothing did. */
  readonly statusBy: PairwiseE2EKey['peer']['statusBy'];
  readonly expires: string | null;
}

export function establishedReport(key: PairwiseE2EKey): EstablishedReport {
  const { role, id, by, forwardSecrecy, suite, group, exportIndicator, peer, expires } = key;
  return {
    status: 'established',
    role,
    keyId: id,
    keyWithheld: null,
    by,
    forwardSecrecy,
    suite,
    group,
    // There is no other way to a key (RFC 7627).
    extendedMasterSecret: true,
    exportIndicator,
    peer: peerReport(peer, key.entity),
    statusBy: peer.statusBy,
    expires: expires.toISOString(),
  };
}

/** A handshake of the lab that gave no key. */
export function withheldReport(connection: Connection): EstablishedReport {
  const { role, withheld, forwardSecrecy, suite, group, extendedMasterSecret, exportIndicator, peer } =
    connection;
  return {
    status: 'established',
    role,
    keyId: null,
    keyWithheld: withheld,
    by: peer && (peer.flavour === 'psk' ? 'psk' : 'certificate'),
    forwardSecrecy,
    suite,
    group,
    extendedMasterSecret,
    exportIndicator,
    peer: peer && peerReport(peer, peer.entity),
    statusBy: peer?.statusBy ?? null,
    expires: null,
  };
}

/** With the identity that keys are bound to: a CSE-ID certificate says only a domain name (TS-0001 6.5.1.1). */
function peerReport({ flavour, subject, fingerprint }: PairwiseE2EKey['peer'], entity: string): ReportedPeer {
  return { flavour, id: entity, subject, fingerprint };
}
