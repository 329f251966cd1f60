// The whole E2EKey procedure, both ends in one process, beside node:tls over in-memory streams doing the same
// work: a full TLS 1.2 handshake, both ends authenticated and their identities matched, and on both sides a key
// with its ID, whom it is shared with, and until when it serves.
import { constants, createSecretKey, type KeyObject } from 'node:crypto';
import { Duplex } from 'node:stream';
import { connect, createSecureContext, createServer, type TLSSocket } from 'node:tls';
import { type PeerEntry, Peers } from '../certificates/trust.ts';
import type { Suite } from '../crypto/suites.ts';
import type { Carrier } from '../endpoint/carrier.ts';
import { credentials, type EndpointCredential, trust } from '../endpoint/credentials.ts';
import { Endpoint } from '../endpoint/endpoint.ts';
import type { EndpointOptions } from '../endpoint/settings.ts';
import { memory, type SealedStore } from '../endpoint/stores.ts';
import { accept, advance, initiate } from '../handshake/handshake.ts';
import { makeProfile, type Profile } from '../handshake/profile.ts';
import type { Turn } from '../handshake/turn.ts';
import { exportPairwiseE2EKey } from '../keys/pairwise-e2e-key.ts';
import { opensslSuiteName } from '../testing/openssl-suite-name.ts';

/** One end-point of the benchmark in PEM: chain (own certificate first) and key. */
export interface BenchCredential {
  readonly entity: string;
  readonly flavour: 'ae-id' | 'cse-id';
  readonly identifier: string;
  readonly chainPem: string;
  readonly keyPem: string;
}

export interface BenchLab {
  readonly initiating: BenchCredential;
  readonly terminating: BenchCredential;
  readonly rootPem: string;
}

/** One whole procedure; throws unless both ends hold the same key. */
export type Procedure = () => Promise<void>;

/** The pure core, signing at once. */
export function coreProcedure(lab: BenchLab, suite: Suite): Procedure {
  const [a, b] = ends(lab);
  const profile = (own: EndpointCredential, peer: PeerEntry) =>
    makeProfile({ credentials: [own], peers: new Peers([peer]), expected: true, suites: [suite] });
  const [initiating, terminating] = [profile(a.credential, b.entry), profile(b.credential, a.entry)];
  const life = { now: new Date(), lifetime: 3_600_000, confirmation: 600_000 };
  return async () => {
    const time = life.now;
    const first = signed(initiating, a.credential, initiate(initiating));
    const second = signed(terminating, b.credential, accept(terminating, first.message));
    const third = signed(
      initiating,
      a.credential,
      advance(initiating, first.state, { message: second.message, time }),
    );
    const last = advance(terminating, second.state, { message: third.message, time });
    if (last.kind !== 'done' || !last.message) throw new Error('message 3 did not lead to message 4');
    const end = advance(initiating, third.state, { message: last.message, time });
    if (end.kind !== 'done') throw new Error('message 4 did not end the procedure');
    if (exportPairwiseE2EKey(end.session, life).id !== exportPairwiseE2EKey(last.session, life).id)
      throw new Error('two keys');
  };
}

/** Two Endpoints with stores in memory: peers, sealing, repeats and key life included. */
export function endpointProcedure(lab: BenchLab, suite: Suite): Procedure {
  const { initiating, terminating } = twoEndpoints(lab, { suites: [suite] });
  const carrier = within(terminating);
  return async () => {
    const key = await initiating.establish(terminating.id, carrier);
    if ((await terminating.key(key.id)) === null) throw new Error('two keys');
  };
}

type Ends<End> = Readonly<Record<'initiating' | 'terminating', End>>;

/** Two Endpoints that have made a key with each other, each with a store of its own. */
export async function endpointsWithKey(
  lab: BenchLab,
  storeOf: (end: keyof Ends<unknown>) => SealedStore,
): Promise<Ends<Endpoint>> {
  const made = twoEndpoints(lab, {}, storeOf);
  await made.initiating.establish(made.terminating.id, within(made.terminating));
  return made;
}

function twoEndpoints(
  lab: BenchLab,
  options: Pick<EndpointOptions, 'suites'>,
  storeOf: (end: keyof Ends<unknown>) => SealedStore = memory,
): Ends<Endpoint> {
  const [a, b] = ends(lab);
  const make = (own: End, peer: End, store: SealedStore) =>
    new Endpoint({
      id: own.entry.entity ?? '',
      credential: own.credential,
      peers: [peer.entry],
      store,
      ...options,
    });
  return { initiating: make(a, b, storeOf('initiating')), terminating: make(b, a, storeOf('terminating')) };
}

/** Takes messages to an Endpoint in the same process. */
function within(terminating: Endpoint): Carrier {
  return {
    deliver: async ({ from, procedure, message }) => ({
      message: await terminating.answer({ hop: 'bench', claimed: from, procedure }, message),
      rsc: null,
      debug: null,
    }),
  };
}

/** node:tls (OpenSSL) over two joined in-memory streams; server and contexts made once, as the chains above are seen once. */
export function nodeTlsProcedure(lab: BenchLab, suite: Suite): Procedure {
  const common = {
    ca: lab.rootPem,
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.2',
    ciphers: `${opensslSuiteName(suite.name)}:@SECLEVEL=0`,
    ecdhCurve: 'prime256v1',
    // No session tickets: the procedure never resumes.
    secureOptions: constants.SSL_OP_NO_TICKET,
  } as const;
  const { initiating, terminating } = lab;
  const client = createSecureContext({ ...common, cert: initiating.chainPem, key: initiating.keyPem });
  const server = createServer({
    ...common,
    cert: terminating.chainPem,
    key: terminating.keyPem,
    requestCert: true,
    rejectUnauthorized: true,
  });
  return async () => {
    const [near, far] = joinedStreams();
    const served = new Promise<TlsKey>((resolve, reject) => {
      server.once('secureConnection', socket => resolve(keyOf(socket, `URI:${initiating.identifier}`)));
      server.once('tlsClientError', reject);
    });
    // As node documents it for streams that are no sockets.
    server.emit('connection', far);
    const calling = connect({ socket: near, secureContext: client, servername: terminating.identifier });
    const called = new Promise<TlsKey>((resolve, reject) => {
      calling.on('secureConnect', () => resolve(keyOf(calling, `DNS:${terminating.identifier}`)));
      calling.on('error', reject);
    });
    const [one, other] = await Promise.all([called, served]);
    if (one.id !== other.id) throw new Error('two keys');
    server.removeAllListeners('tlsClientError');
    calling.destroy();
    other.socket.destroy();
  };
}

/** What a PairwiseE2EKey says as well: with whom, until when, and the key itself. */
interface TlsKey {
  readonly id: string;
  readonly secret: KeyObject;
  readonly subject: string;
  readonly fingerprint: string;
  readonly expires: number;
  readonly socket: TLSSocket;
}

function keyOf(socket: TLSSocket, name: string): TlsKey {
  const leaf = socket.getPeerCertificate(true);
  if (leaf.subjectaltname !== name) throw new Error(`another end-point: ${leaf.subjectaltname}`);
  let expires = Date.parse(leaf.valid_to);
  for (
    let at = leaf;
    at.issuerCertificate !== undefined && at.issuerCertificate !== at;
    at = at.issuerCertificate
  )
    expires = Math.min(expires, Date.parse(at.issuerCertificate.valid_to));
  // The types of node's API want a context; oneM2M has none (TS-0003 10.3.1).
  const exporter = socket as unknown as { exportKeyingMaterial(size: number, label: string): Buffer };
  const exported = exporter.exportKeyingMaterial(48, 'EXPORTER-oneM2M-ESCertKE');
  return {
    id: exported.toString('hex', 0, 16),
    secret: createSecretKey(exported.subarray(16)),
    subject: String(leaf.subject.CN),
    fingerprint: leaf.fingerprint256,
    expires,
    socket,
  };
}

function ends({ initiating, terminating, rootPem }: BenchLab) {
  const anchors = trust.anchors(rootPem);
  return [initiating, terminating].map(({ entity, flavour, identifier, chainPem, keyPem }) => ({
    credential: credentials.fromPem(chainPem, keyPem),
    entry: { entity, flavour, identifier, trust: anchors } satisfies PeerEntry,
  })) as [End, End];
}

interface End {
  readonly credential: EndpointCredential;
  readonly entry: PeerEntry;
}

function signed(
  profile: Profile,
  { signer }: EndpointCredential,
  turn: Turn,
): Extract<Turn, { kind: 'send' }> {
  let next = turn;
  while (next.kind === 'sign') {
    const signature = signer.sign(next.scheme, next.bytes);
    if (signature instanceof Promise) throw new Error('the benchmark signs at once');
    next = advance(profile, next.state, { signature });
  }
  if (next.kind !== 'send') throw new Error('a message was due');
  return next;
}

/** What is written to one end is read from the other. */
function joinedStreams(): [Duplex, Duplex] {
  const make = (other: () => Duplex) =>
    new Duplex({
      read() {},
      write(chunk, _encoding, done) {
        other().push(chunk);
        done();
      },
      final(done) {
        other().push(null);
        done();
      },
    });
  const near: Duplex = make(() => far);
  const far: Duplex = make(() => near);
  return [near, far];
}
