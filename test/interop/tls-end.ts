// The end-points of the lab as ends of a TCP connection. Knows no test.
import assert from 'node:assert/strict';
import { Peers } from '../../src/certificates/trust.ts';
import { makeProfile, type ProfileOptions } from '../../src/handshake/profile.ts';
import { Connection } from '../../src/handshake/session.ts';
import type { TlsEndpoint } from '../../src/interop/connection.ts';
import type { PairwiseE2EKey } from '../../src/keys/pairwise-e2e-key.ts';
import { type Kind, x509 } from '../endpoint/kinds.ts';
import type { LabOptions } from '../endpoint/lab.ts';

export interface TlsEndOptions extends Partial<Omit<TlsEndpoint, 'profile' | 'supplies'>> {
  /** How it differs from that of an Endpoint with the same options. */
  readonly profile?: Partial<ProfileOptions>;
}

/** What an Endpoint would be made with, on a connection. */
export function tlsEnd(options: LabOptions, { profile, ...also }: TlsEndOptions = {}): TlsEndpoint {
  const { credential = [], peers = [], suites, random } = options;
  const { requireExportIndicator = false, hideUnknownPskIdentities = false } = options;
  const credentials = 'signer' in credential ? [credential] : credential;
  return {
    profile: makeProfile({
      credentials,
      peers: new Peers(peers),
      expected: true,
      ...(suites && { suites }),
      ...(random && { random }),
      requireExportIndicator,
      hideUnknownPskIdentities,
      ...profile,
    }),
    supplies: { credentials, presharedKey: options.presharedKey ?? null },
    clock: () => new Date(),
    timeout: 5_000,
    ...also,
  };
}

/** Cae1, who knows cse-b. */
export const initiatingEnd = (also?: TlsEndOptions, kind: Kind = x509): TlsEndpoint =>
  tlsEnd(kind.initiating, also);

/** cse-b, which knows Cae1. */
export const terminatingEnd = (also?: TlsEndOptions, kind: Kind = x509): TlsEndpoint =>
  tlsEnd(kind.terminating, also);

export function keyIn(finished: PairwiseE2EKey | Connection): PairwiseE2EKey {
  assert.ok(!(finished instanceof Connection), 'there is no key');
  return finished;
}
