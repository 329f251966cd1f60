// A finished procedure as people and programs are told of it: everything about the key but the key.
import type { PairwiseE2EKey } from '../keys/pairwise-e2e-key.ts';

export interface EstablishedReport {
  readonly status: 'established';
  readonly role: PairwiseE2EKey['role'];
  readonly keyId: string;
  readonly keyWithheld: null;
  readonly suite: string;
  readonly group: string;
  readonly extendedMasterSecret: true;
  readonly exportIndicator: boolean;
  readonly peer: PairwiseE2EKey['peer'];
  readonly expires: string;
}

export function establishedReport(key: PairwiseE2EKey): EstablishedReport {
  const { role, id, suite, group, exportIndicator, peer, expires } = key;
  return {
    status: 'established',
    role,
    keyId: id,
    keyWithheld: null,
    suite,
    group,
    // There is no other way to a key here (RFC 7627).
    extendedMasterSecret: true,
    exportIndicator,
    // The identity that the key is bound to; a CSE-ID certificate says only a domain name (TS-0001 6.5.1.1).
    peer: {
      flavour: peer.flavour,
      id: key.entity,
      subject: peer.subject,
      fingerprint: peer.fingerprint,
    },
    expires: expires.toISOString(),
  };
}
