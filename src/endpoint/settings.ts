// What an endpoint is made with, its defaults and their reasons.
import { randomBytes } from 'node:crypto';
import { type PeerEntry, Peers } from '../certificates/trust.ts';
import type { Random } from '../crypto/key-exchange.ts';
import { type Suite, suites } from '../crypto/suites.ts';
import { E2EKeyError } from '../errors.ts';
import { makeProfile, type Profile } from '../handshake/profile.ts';
import { isDomainName, toAbsolute } from '../identifiers/entity.ts';
import type { PairwiseE2EKey } from '../keys/pairwise-e2e-key.ts';
import type { EndpointCredential } from './credentials.ts';
import type { PendingLimits } from './store.ts';
import { memory, type SealedStore } from './stores.ts';

export interface EndpointOptions {
  /** Our own identity: Absolute-CSE-ID or Absolute-AE-ID (TS-0001 7.2). */
  readonly id: string;
  readonly credential: EndpointCredential;
  /** Whom we make keys with, in either role; nobody else (TS-0003 8.1.2.4). */
  readonly peers: readonly PeerEntry[];
  /** `memory()` if absent. */
  readonly store?: SealedStore;
  /** Called with every new key, before message 4 is answered or `establish` resolves. */
  readonly onKey?: (key: PairwiseE2EKey) => void | Promise<void>;
  /** Suites, best first; TS-0003 10.2.3's if absent. */
  readonly suites?: readonly Suite[];
  readonly requireExportIndicator?: boolean;
  readonly times?: Partial<Times>;
  readonly limits?: Partial<PendingLimits>;
  readonly clock?: () => Date;
  readonly random?: Random;
}

/** All in milliseconds. */
export interface Times {
  /** How long message 3 may come after message 2. Short: each pending handshake holds an ephemeral key. */
  readonly pending: number;
  /** How long an unconfirmed key waits for its first use, and a repeated message 3 gets its answer. */
  readonly confirmation: number;
  /** How long a key serves at most; TS-0003 8.4.2 leaves it open. */
  readonly keyLifetime: number;
  /** How long `establish` takes at most for the whole procedure. */
  readonly procedure: number;
  /** How long another process may take to answer a request before we take it over. */
  readonly lease: number;
}

const defaultTimes: Times = {
  pending: 60_000,
  confirmation: 600_000,
  keyLifetime: 30 * 86_400_000,
  procedure: 30_000,
  lease: 10_000,
};

// About 2 kB each, sealed: 20 MB of pending handshakes at most for an endpoint. A message 3 costs at most
// `perOriginator` signature verifications, for bytes that anybody may send.
const defaultLimits: PendingLimits = { perEndpoint: 10_000, perHop: 1_000, perOriginator: 8 };

export interface Settings {
  readonly id: string;
  readonly credential: EndpointCredential;
  readonly peers: Peers;
  readonly sealed: SealedStore;
  readonly onKey: (key: PairwiseE2EKey) => void | Promise<void>;
  readonly times: Times;
  readonly limits: PendingLimits;
  readonly clock: () => Date;
  readonly random: Random;
  /** The profile for a set of peers; `expected` when exactly one peer is meant. */
  readonly profileFor: (peers: Peers, expected: boolean, serverName: string | null) => Profile;
  /**
   * Host name for server_name (RFC 6066 §3): that of the peer's certificate name or of its absolute identifier;
   * null if it has none.
   */
  readonly serverNameOf: (entity: string) => string | null;
}

/** @throws E2EKeyError OPTION_INVALID naming the option. */
export function makeSettings(options: EndpointOptions): Settings {
  const { credential, store = memory(), onKey = () => {}, clock = () => new Date(), random = randomBytes } = options;
  const id = ownIdentity(options.id);
  if (options.peers.some(({ entity }) => entity !== null && toAbsolute(entity, id) === id))
    throw new E2EKeyError('OPTION_INVALID', `peers: ${id} is this endpoint itself`);
  const times = positive('times', { ...defaultTimes, ...options.times });
  const limits = positive('limits', { ...defaultLimits, ...options.limits });
  const profileFor = (peers: Peers, expected: boolean, serverName: string | null) =>
    makeProfile({
      credential,
      peers,
      expected,
      serverName,
      random,
      suites: options.suites ?? suites,
      requireExportIndicator: options.requireExportIndicator ?? false,
    });
  const certificateNames = new Map(options.peers.map(({ entity, identifier }) => [entity, identifier ?? entity]));
  const serverNameOf = (entity: string) => hostOf(certificateNames.get(entity) ?? entity);
  const peers = new Peers(options.peers);
  return { id, credential, peers, sealed: store, onKey, times, limits, clock, random, profileFor, serverNameOf };
}

function ownIdentity(id: string): string {
  try {
    return toAbsolute(id.startsWith('//') ? id : '', id);
  } catch (cause) {
    throw new E2EKeyError('OPTION_INVALID', `id: ${JSON.stringify(id)} is no absolute CSE-ID or AE-ID (TS-0001 7.2)`, { cause });
  }
}

function positive<T extends Times | PendingLimits>(option: string, values: T): T {
  for (const [name, value] of Object.entries(values) as [string, number][])
    if (!Number.isSafeInteger(value) || value <= 0)
      throw new E2EKeyError('OPTION_INVALID', `${option}.${name}: ${value} is no positive whole number`);
  return values;
}

function hostOf(identifier: string): string | null {
  const host = identifier.startsWith('//') ? identifier.slice(2).split('/')[0] : identifier;
  // RFC 6066 §3: no addresses.
  return host !== undefined && host.includes('.') && isDomainName(host) && !/^[0-9.]+$/.test(host) ? host : null;
}
