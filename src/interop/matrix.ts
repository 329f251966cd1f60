// The interop matrix: which combinations of suite, group and credential are tried with a foreign TLS stack in either
// role, and what comes of one. Ours is the whole TCP side; theirs is whatever peers/ starts.
import { hash } from 'node:crypto';
import { type CertificateType, type PeerEntry, Peers, type Role } from '../certificates/trust.ts';
import { type Group, groupByName, groups } from '../crypto/key-exchange.ts';
import { type KeyExchange, type Suite, suites, usesEphemeralKey } from '../crypto/suites.ts';
import type { EndpointCredential } from '../endpoint/credentials.ts';
import { asFailure } from '../endpoint/failure.ts';
import { E2EKeyError } from '../errors.ts';
import { makeProfile } from '../handshake/profile.ts';
import type { PairwiseE2EKey } from '../keys/pairwise-e2e-key.ts';
import { alertName } from '../wire/alerts.ts';
import type { TlsEndpoint } from './connection.ts';
import { establishOverTls } from './establish.ts';
import type { ForeignCredential, ForeignHandshake, ForeignOptions, ForeignPeer } from './foreign-peer.ts';
import { listen, type Outcome } from './listener.ts';
import { type KeyKind, keyKinds, type MatrixLab } from './matrix-lab.ts';

/** What both end-points authenticate themselves with: the initiating one first where they differ. */
export type CredentialKind =
  | KeyKind
  | 'raw P-256'
  | 'X.509, raw P-256'
  | 'raw, X.509 P-256'
  | 'pre-shared key';

export interface Cell {
  readonly suite: Suite;
  /** Null where the suite has no ephemeral key. */
  readonly group: Group | null;
  readonly credential: CredentialKind;
  /** RFC 7366; for CBC suites. */
  readonly encryptThenMac: boolean;
}

/** What came of a cell in one role. */
export type Result =
  /** Both ends have the same 48 bytes, and what was meant was negotiated. */
  | { readonly result: 'agreed' }
  | { readonly result: 'refused'; readonly by: 'e2ekey' | 'peer'; readonly alert: string }
  | { readonly result: 'not supported by the peer'; readonly why: string }
  | { readonly result: 'failed'; readonly why: string };

const kindsOf: Readonly<Record<KeyExchange, readonly CredentialKind[]>> = {
  ECDHE_ECDSA: [
    'ECDSA P-256',
    'ECDSA P-384',
    'ECDSA P-521',
    'Ed25519',
    'raw P-256',
    'X.509, raw P-256',
    'raw, X.509 P-256',
  ],
  ECDHE_RSA: ['RSA 2048'],
  PSK: ['pre-shared key'],
  ECDHE_PSK: ['pre-shared key'],
};

/** Every suite with every credential that it takes on P-256, and with the first of these in every group. */
export function cells(): Cell[] {
  return suites.flatMap(suite => {
    const [first, ...others] = kindsOf[suite.keyExchange];
    const combinations = usesEphemeralKey(suite)
      ? [
          ...groups.map(group => ({ group, credential: first })),
          ...others.map(credential => ({ group: groups[0], credential })),
        ]
      : [{ group: null, credential: first }];
    return combinations.flatMap(({ group, credential }) =>
      credential === undefined || group === undefined
        ? []
        : (suite.protection.kind === 'cbc' ? [true, false] : [false]).map(encryptThenMac => ({
            suite,
            group,
            credential,
            encryptThenMac,
          })),
    );
  });
}

/** A cell in one line. */
export function cellName({ suite, group, credential, encryptThenMac }: Cell): string {
  return [suite.name, group?.name, credential, encryptThenMac ? 'encrypt-then-MAC' : null]
    .filter(part => part != null)
    .join(', ');
}

/** The same `count` cells for the same seed, in the order of all. */
export function drawCells(count: number, seed: string): Cell[] {
  const lot = (cell: Cell) => hash('sha256', `${seed} ${cellName(cell)}`);
  const drawn = new Set(
    cells()
      .map(cell => ({ name: cellName(cell), lot: lot(cell) }))
      .sort((one, other) => (one.lot < other.lot ? -1 : 1))
      .slice(0, count)
      .map(({ name }) => name),
  );
  return cells().filter(cell => drawn.has(cellName(cell)));
}

/** Runs one cell; `role` is ours. Never throws for what either end does. */
export async function runCell(peer: ForeignPeer, role: Role, cell: Cell, lab: MatrixLab): Promise<Result> {
  const theirRole = role === 'initiating' ? 'terminating' : 'initiating';
  const options = foreignOptions(cell, theirRole, lab);
  const why = await peer.lacks(theirRole, options);
  if (why !== null) return { result: 'not supported by the peer', why };
  try {
    const { ours, theirs } = await (role === 'initiating' ? initiate : terminate)(
      peer,
      options,
      endpointFor(cell, role, lab),
    );
    return judge(cell, ours, theirs);
  } catch (error) {
    return { result: 'failed', why: asFailure(error).message };
  }
}

type Ours = PairwiseE2EKey | E2EKeyError | string;

const life = 3_600_000;

async function initiate(
  peer: ForeignPeer,
  options: ForeignOptions,
  endpoint: TlsEndpoint,
): Promise<{ ours: Ours; theirs: ForeignHandshake }> {
  const server = await peer.terminate(options);
  try {
    const ours = await establishOverTls({ host: '127.0.0.1', port: server.port }, endpoint, life).then(
      finished => ('secret' in finished ? finished : finished.withheld),
      asFailure,
    );
    return { ours, theirs: await server.handshake };
  } finally {
    await server.stop();
  }
}

async function terminate(
  peer: ForeignPeer,
  options: ForeignOptions,
  endpoint: TlsEndpoint,
): Promise<{ ours: Ours; theirs: ForeignHandshake }> {
  const first = Promise.withResolvers<Outcome>();
  const listener = await listen({
    host: '127.0.0.1',
    port: 0,
    endpoint,
    keyLifetime: life,
    onOutcome: first.resolve,
  });
  try {
    const theirs = await peer.initiate(listener.port, options);
    const unanswered = { error: new E2EKeyError('CARRIER_FAILED', 'nobody came') };
    const outcome = await Promise.race([first.promise, listener.close().then(() => unanswered)]);
    const ours =
      'key' in outcome ? outcome.key : 'error' in outcome ? outcome.error : outcome.connection.withheld;
    return { ours, theirs };
  } finally {
    await listener.close();
  }
}

function judge({ suite, group }: Cell, ours: Ours, theirs: ForeignHandshake): Result {
  if (ours instanceof E2EKeyError) {
    const { alertReceived } = ours.notice;
    if (alertReceived !== null) return { result: 'refused', by: 'peer', alert: alertName(alertReceived) };
    if (ours.alert !== null && ours.blame === 'peer')
      return { result: 'refused', by: 'e2ekey', alert: `${alertName(ours.alert)}: ${ours.message}` };
    return { result: 'failed', why: ours.message };
  }
  if (typeof ours === 'string') return { result: 'failed', why: `no key: ${ours}` };
  const exported = `${ours.id.toLowerCase()}${ours.secret.export().toString('hex')}`;
  if (theirs.exported !== exported) return { result: 'failed', why: 'the exported bytes differ' };
  if (ours.suite !== suite.name || ours.group !== (group?.name ?? null))
    return { result: 'failed', why: `${ours.suite} with ${ours.group} was negotiated` };
  return { result: 'agreed' };
}

/** The types of both Certificate messages, and the kind of key in them. */
function credentialsOf(credential: Exclude<CredentialKind, 'pre-shared key'>): {
  readonly key: KeyKind;
  readonly initiating: CertificateType;
  readonly terminating: CertificateType;
} {
  switch (credential) {
    case 'raw P-256':
      return { key: 'ECDSA P-256', initiating: 'raw', terminating: 'raw' };
    case 'X.509, raw P-256':
      return { key: 'ECDSA P-256', initiating: 'x509', terminating: 'raw' };
    case 'raw, X.509 P-256':
      return { key: 'ECDSA P-256', initiating: 'raw', terminating: 'x509' };
    default:
      return { key: credential, initiating: 'x509', terminating: 'x509' };
  }
}

/** The group that is meant, and that of the certificates, for which the list stands as well (RFC 8422 §5.1). */
function offeredGroups({ group, credential }: Cell): Group[] {
  if (group === null) return [];
  const curve = credential === 'pre-shared key' ? null : keyKinds[credentialsOf(credential).key];
  const ofKey = curve === null ? undefined : groupByName(curve);
  return ofKey === undefined || ofKey === group ? [group] : [group, ofKey];
}

function endpointFor(cell: Cell, role: Role, lab: MatrixLab): TlsEndpoint {
  const theirRole = role === 'initiating' ? 'terminating' : 'initiating';
  let own: EndpointCredential[] = [];
  let peer: PeerEntry;
  if (cell.credential === 'pre-shared key')
    peer = { entity: null, flavour: 'psk', pskIdentity: lab.presharedKey.identity, roles: [theirRole] };
  else {
    const types = credentialsOf(cell.credential);
    const { x509, raw, pin } = lab.credential(types.key);
    own = [types[role] === 'raw' ? raw : x509];
    peer =
      types[theirRole] === 'raw'
        ? { entity: null, flavour: 'raw', pin }
        : { entity: null, flavour: 'any', trust: lab.trust };
  }
  const profile = makeProfile({
    credentials: own,
    peers: new Peers([peer]),
    suites: [cell.suite],
    groups: cell.group === null ? groups : offeredGroups(cell),
    signatureSchemes: lab.signatureSchemes,
    certificateProfile: 'rfc5280',
    pskIdentityHint: 'interop',
  });
  const supplies = { credentials: own, presharedKey: () => lab.presharedKey.key };
  return { profile, supplies, clock: () => new Date(), timeout: 10_000 };
}

function foreignOptions(cell: Cell, role: Role, lab: MatrixLab): ForeignOptions {
  const ourRole = role === 'initiating' ? 'terminating' : 'initiating';
  const common = {
    suites: [cell.suite.name],
    ...(cell.group !== null && { groups: offeredGroups(cell).map(({ name }) => name) }),
    encryptThenMac: cell.encryptThenMac,
  };
  if (cell.credential === 'pre-shared key') {
    const { identity, secret } = lab.presharedKey;
    return { ...common, credential: { kind: 'psk', identity, secret }, trust: null };
  }
  const types = credentialsOf(cell.credential);
  const { files } = lab.credential(types.key);
  const credential: ForeignCredential =
    types[role] === 'raw'
      ? { kind: 'raw', publicKey: files.publicKey, key: files.key }
      : { kind: 'x509', certificate: files.certificate, key: files.key };
  return { ...common, credential, trust: types[ourRole] === 'raw' ? 'raw' : { anchors: lab.anchors } };
}
