// What an endpoint is made with, its defaults and their reasons.
import { type PeerEntry, Peers } from '../certificates/trust.ts';
import { type Random, systemRandom } from '../crypto/random.ts';
import { type Suite, suiteById, usesPresharedKey } from '../crypto/suites.ts';
import { refuse } from '../errors.ts';
import { makeProfile, type Profile } from '../handshake/profile.ts';
import { isDomainName, toAbsolute } from '../identifiers/entity.ts';
import type { PairwiseE2EKey } from '../keys/pairwise-e2e-key.ts';
import { checkOwn, type EndpointCredential } from './credentials.ts';
import { KeyRing } from './key-ring.ts';
import { OwnStaples } from './own-staples.ts';
import { Revocation, type RevocationOptions } from './revocation.ts';
import type { PendingLimits } from './store.ts';
import { memory, type SealedStore } from './stores.ts';
import type { PresharedKeys, Supplies } from './supplying.ts';

export interface EndpointOptions {
  /** Our own identity: Absolute-CSE-ID or Absolute-AE-ID (TS-0001 7.2). */
  readonly id: string;
  /** Ours, best first; may be absent where all peers have pre-shared keys. */
  readonly credential?: EndpointCredential | readonly EndpointCredential[];
  /** The pre-shared keys of the peers that have a `pskIdentity`. */
  readonly presharedKey?: PresharedKeys;
  /** Answer an unknown `psk_identity` as a wrong key is answered (RFC 4279 §2); false if absent. */
  readonly hideUnknownPskIdentities?: boolean;
  /** Whom we make keys with, in either role; nobody else (TS-0003 8.1.2.4). */
  readonly peers: readonly PeerEntry[];
  /** `memory()` if absent. */
  readonly store?: SealedStore;
  /** Called with every new key, before message 4 is answered or `establish` resolves. */
  readonly onKey?: (key: PairwiseE2EKey) => void | Promise<void>;
  /** Suites, best first; TS-0003 10.2's and what is as good if absent. */
  readonly suites?: readonly Suite[];
  readonly requireExportIndicator?: boolean;
  /**
   * CRLs and OCSP responses: where they come from. With it every terminating peer is asked for a stapled response;
   * what has to be known of a peer stands in its entry.
   */
  readonly revocation?: RevocationOptions;
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
  /** How long one delivery waits for its answer before the message is sent again. */
  readonly delivery: number;
  /** The first pause between two deliveries of one message; doubles. */
  readonly retransmission: number;
  /** How long the answer to a request may take, our signer's part most of all, before another process takes it over. */
  readonly lease: number;
}

const defaultTimes: Times = {
  pending: 60_000,
  confirmation: 600_000,
  keyLifetime: 30 * 86_400_000,
  procedure: 30_000,
  delivery: 8_000,
  retransmission: 250,
  lease: 10_000,
};

/** Beyond any use, and far from the end of what a Date can hold. */
const longestTime = 100 * 365 * 86_400_000;
/** What a timer of Node can hold: about 24 days. */
const longestWait = 2 ** 31 - 1;
const waits: readonly string[] = [
  'procedure',
  'delivery',
  'retransmission',
  'lease',
] satisfies (keyof Times)[];

// About 2 kB each, sealed: 20 MB of pending handshakes at most for an endpoint. A message 3 costs at most
// `perOriginator` signature verifications, or with pre-shared keys as many key agreements, for bytes that anybody may send.
const defaultLimits: PendingLimits = { perEndpoint: 10_000, perHop: 1_000, perOriginator: 8 };

export interface Settings {
  readonly id: string;
  readonly supplies: Supplies;
  readonly peers: Peers;
  /** Those who may be the initiating end-point, for carriers that know no From. */
  readonly anybody: Peers;
  readonly sealed: SealedStore;
  readonly keys: KeyRing;
  /** Null where nothing is known of it but what peers staple. */
  readonly revocation: Revocation | null;
  readonly onKey: (key: PairwiseE2EKey) => void | Promise<void>;
  readonly times: Times;
  readonly limits: PendingLimits;
  readonly clock: () => Date;
  readonly random: Random;
  /** The profile for a set of peers at this moment; `expected` when exactly one peer is meant. */
  readonly profileFor: (peers: Peers, expected: boolean, serverName: string | null) => Profile;
  /**
   * Host name for server_name (RFC 6066 §3): that of a certificate name of the peer, else of its absolute identifier;
   * null if neither has one.
   */
  readonly serverNameOf: (entity: string) => string | null;
}

/** @throws E2EKeyError OPTION_INVALID naming the option. */
export function makeSettings(options: EndpointOptions): Settings {
  const {
    credential = [],
    presharedKey = null,
    hideUnknownPskIdentities = false,
    store = memory(),
    onKey = () => {},
    clock = () => new Date(),
    random = systemRandom,
    requireExportIndicator = false,
  } = options;
  const id = ownIdentity(options.id);
  const peers = new Peers(options.peers);
  // A key needs the identity that it is bound to (TS-0003 8.7.2.2 B); only an AE-ID certificate brings it along.
  const unbound = options.peers.findIndex(({ entity, flavour }) => entity === null && flavour !== 'ae-id');
  if (unbound !== -1)
    refuse('OPTION_INVALID', `peers.${unbound}.entity: is missing; only ae-id certificates name the entity`);
  const credentials = 'signer' in credential ? [credential] : credential;
  if (peers.pskIdentities.length > 0 && presharedKey === null)
    refuse('OPTION_INVALID', 'presharedKey: is missing; there are peers with a pskIdentity');
  if (peers.certificateTypes.length > 0 && credentials.length === 0)
    refuse('OPTION_INVALID', 'credential: is missing; there are peers without a pskIdentity');
  if (options.peers.some(entry => entityOf(entry) === id))
    refuse('OPTION_INVALID', `peers: ${id} is this end-point itself`);
  const times = positive('times', { ...defaultTimes, ...options.times });
  for (const [name, value] of Object.entries(times))
    if (value > (waits.includes(name) ? longestWait : longestTime))
      refuse('OPTION_INVALID', `times.${name}: ${value} milliseconds are too long`);
  const limits = positive('limits', { ...defaultLimits, ...options.limits });
  const offered = options.suites && { suites: knownSuites(options.suites) };
  const staples = new OwnStaples(credentials);
  const profileFor = (among: Peers, expected: boolean, serverName: string | null) =>
    makeProfile({
      credentials: staples.current(clock()),
      peers: among,
      expected,
      serverName,
      random,
      requireExportIndicator,
      hideUnknownPskIdentities,
      ...offered,
      ...(options.revocation && { requestStatus: true }),
    });
  checkOwn(credentials, peers, 'onem2m');
  // What a profile refuses is refused now, not when the first request comes.
  const profile = profileFor(peers, false, null);
  for (const [kind, needed] of [
    ['a pre-shared key', peers.pskIdentities.length > 0],
    ['certificates', peers.certificateTypes.length > 0],
  ] as const)
    if (needed && !profile.suites.some(suite => usesPresharedKey(suite) === (kind === 'a pre-shared key')))
      refuse('OPTION_INVALID', `suites: none of them is for ${kind}, which there are peers with`);
  // Of several the first entry's.
  const hosts = new Map(options.peers.toReversed().flatMap(certificateHost));
  const serverNameOf = (entity: string) => hosts.get(entity) ?? hostOf(entity);
  const keys = new KeyRing(id, store);
  const isExempt = (entity: string) => isExemptFromRevocation(options.peers, entity);
  const surroundings = {
    endpoint: id,
    credentials,
    staples,
    keys,
    store: store.store,
    clock,
    random,
    isExempt,
  };
  return {
    id,
    supplies: { credentials, presharedKey },
    peers,
    anybody: peers.inRole('initiating'),
    sealed: store,
    keys,
    revocation: options.revocation ? new Revocation(options.revocation, surroundings) : null,
    onKey,
    times,
    limits,
    clock,
    random,
    profileFor,
    serverNameOf,
  };
}

function ownIdentity(id: string): string {
  try {
    return toAbsolute(id, id);
  } catch (cause) {
    return refuse(
      'OPTION_INVALID',
      `id: ${JSON.stringify(id)} is no absolute CSE-ID or AE-ID (TS-0001 7.2)`,
      {
        cause,
      },
    );
  }
}

/** Does every entry that makes keys with this entity say that revocation is not looked at? */
function isExemptFromRevocation(entries: readonly PeerEntry[], entity: string): boolean {
  const own = entries.filter(entry => entityOf(entry) === entity);
  const fitting = own.length > 0 ? own : entries.filter(entry => entityOf(entry) === null);
  return fitting.length > 0 && fitting.every(entry => 'revocation' in entry && entry.revocation === 'off');
}

/** Whom an entry names, in absolute form; null if it leaves that to the certificate. */
function entityOf(entry: PeerEntry): string | null {
  const named = entry.entity ?? (entry.flavour === 'ae-id' ? (entry.identifier ?? null) : null);
  return named === null ? null : toAbsolute(named, named);
}

/** The host part of what the certificate of a terminating end-point says; none where that is no host's name. */
function certificateHost(entry: PeerEntry): [entity: string | null, host: string][] {
  const { roles = ['terminating'] } = entry;
  if (!roles.includes('terminating') || !('identifier' in entry)) return [];
  const host = hostOf(entry.identifier ?? '');
  return host === null ? [] : [[entityOf(entry), host]];
}

/** A suite of somebody else's making could not be read back from a stored handshake; those of the lab are for it. */
function knownSuites(wanted: readonly Suite[]): readonly Suite[] {
  for (const { id, name } of wanted) {
    const known = suiteById(id);
    if (known?.name !== name) refuse('OPTION_INVALID', `suites: ${name} is not known here`);
    if (known.profile !== 'onem2m') refuse('OPTION_INVALID', `suites: ${name} is not in the profile onem2m`);
  }
  return wanted;
}

function positive<T extends Times | PendingLimits>(option: string, values: T): T {
  for (const [name, value] of Object.entries(values) as [string, number][])
    if (!Number.isSafeInteger(value) || value <= 0)
      refuse('OPTION_INVALID', `${option}.${name}: ${value} is no positive whole number`);
  return values;
}

function hostOf(identifier: string): string | null {
  const host = identifier.startsWith('//') ? identifier.slice(2).split('/')[0] : identifier;
  // RFC 6066 §3: no addresses.
  return host?.includes('.') && isDomainName(host) && !/^[0-9.]+$/.test(host) ? host : null;
}
