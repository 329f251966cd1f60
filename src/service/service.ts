// The process that an operator runs: one end-point, its store, and the oneM2M side over HTTP.
import type { KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import { type PeerEntry, TrustAnchors } from '../certificates/trust.ts';
import {
  certificatesFromPem,
  credentials,
  type EndpointCredential,
  privateKeyFromPem,
} from '../endpoint/credentials.ts';
import { Endpoint } from '../endpoint/endpoint.ts';
import { presharedKeyFromHex } from '../endpoint/preshared-key.ts';
import { readSealingKey } from '../endpoint/sealing.ts';
import { memory, type SealedStore, sqlite } from '../endpoint/stores.ts';
import type { PresharedKeys } from '../endpoint/supplying.ts';
import { E2EKeyError, refuse } from '../errors.ts';
import type { PairwiseE2EKey } from '../keys/pairwise-e2e-key.ts';
import { e2eKeyPlugin } from '../onem2m/fastify.ts';
import { writeResponse } from '../onem2m/http-binding.ts';
import { refuseOther } from '../onem2m/other-requests.ts';
import type { CredentialConfig, PeerConfig, ServiceConfig } from './config.ts';

export interface Service {
  readonly host: string;
  readonly port: number;
  /** Takes no new requests, finishes those in hand, closes the store. */
  close(): Promise<void>;
}

export interface ServiceEvents {
  readonly onKey: (key: PairwiseE2EKey) => void;
  readonly onRefusal: (error: E2EKeyError) => void;
}

/** How often what has expired is forgotten, in milliseconds. */
const sweepInterval = 60_000;
/** How long `close` waits for requests in hand, in milliseconds; what has not arrived by then is cut off. */
const closingTime = 5_000;

/** The end-point that a configuration describes, its store open; nothing listens yet. */
export function openEndpoint(config: ServiceConfig, onKey: (key: PairwiseE2EKey) => void): Endpoint {
  const { id, requireExportIndicator, hideUnknownPskIdentities } = config;
  const { connections: _, ...limits } = config.limits;
  const { request: __, ...times } = config.times;
  const milliseconds = Object.fromEntries(Object.entries(times).map(([name, value]) => [name, value * 1000]));
  const credential = config.credential.map(openCredential);
  const { peers, presharedKey } = openPeers(config.peers);
  const store = openStore(config);
  return new Endpoint({
    id,
    credential,
    presharedKey,
    hideUnknownPskIdentities,
    peers,
    store,
    limits,
    times: milliseconds,
    requireExportIndicator,
    onKey,
  });
}

/** @throws E2EKeyError OPTION_INVALID when the address cannot be listened on. */
export async function startService(
  config: ServiceConfig,
  { onKey, onRefusal }: ServiceEvents,
): Promise<Service> {
  const endpoint = openEndpoint(config, onKey);
  const app = fastify({
    logger: false,
    forceCloseConnections: 'idle',
    requestTimeout: config.times.request * 1000,
    // Node looks for late requests only so often.
    http: { connectionsCheckingInterval: 1000 },
    frameworkErrors: (_error, request, reply) => refuseOtherRequest(request, reply),
  });
  // Of the two times Node takes the longer one for the whole request, and its own for the head is a minute.
  app.server.headersTimeout = app.server.requestTimeout;
  app.server.maxConnections = config.limits.connections;
  const refuseOtherRequest = ({ method, url, headers }: FastifyRequest, reply: FastifyReply) => {
    const response = writeResponse(refuseOther([endpoint.id], { method, path: url, headers }));
    return reply
      .code(response.status)
      .headers(response.headers)
      .send(response.body ?? undefined);
  };
  // Before the body is read: what is refused anyway is not worth a byte of it.
  app.addHook('onRequest', async (request, reply) => {
    if (request.is404) return refuseOtherRequest(request, reply);
  });
  let closing = false;
  // A connection that is kept alive would keep the server from closing.
  app.addHook('onSend', async (_request, reply) => {
    if (closing) reply.header('Connection', 'close');
  });
  const reporting = {
    answer: (...request: Parameters<Endpoint['answer']>) =>
      endpoint.answer(...request).catch(error => {
        if (error instanceof E2EKeyError) onRefusal(error);
        throw error;
      }),
  };
  await app.register(e2eKeyPlugin, { endpoint: reporting, targets: [endpoint.id] });
  const { host } = config.listen;
  try {
    await app.listen(config.listen);
  } catch (cause) {
    await endpoint.close();
    throw new E2EKeyError('OPTION_INVALID', `listen: cannot listen on ${host} port ${config.listen.port}`, {
      cause,
    });
  }
  const sweeping = setInterval(() => void endpoint.sweep().catch(error => onRefusal(error)), sweepInterval);
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : config.listen.port;
  return {
    host,
    port,
    close: async () => {
      clearInterval(sweeping);
      closing = true;
      const timer = setTimeout(() => app.server.closeAllConnections(), closingTime);
      await app.close();
      clearTimeout(timer);
      await endpoint.close();
    },
  };
}

function openCredential({ certificate, key }: CredentialConfig): EndpointCredential {
  if (certificate === undefined)
    return naming(`credential (${key})`, () =>
      credentials.fromRawKey(privateKeyFromPem(read('credential.key', key))),
    );
  return naming(`credential (${certificate}, ${key})`, () =>
    credentials.fromPem(read('credential.certificate', certificate), read('credential.key', key)),
  );
}

function openPeers(peers: readonly PeerConfig[]): { peers: PeerEntry[]; presharedKey: PresharedKeys } {
  const anchors = new Map<string, TrustAnchors>();
  const keys = new Map<string, KeyObject>();
  const entries = peers.map((peer): PeerEntry => {
    if (peer.flavour === 'raw') return peer;
    if (peer.flavour === 'psk') {
      const { pskFile, ...entry } = peer;
      const key = naming(`peers.pskFile (${pskFile})`, () => presharedKeyFromHex(read('file', pskFile)));
      keys.set(peer.pskIdentity, key);
      return entry;
    }
    // One TrustAnchors for one file: what is proven for one peer's chain serves the next.
    const trust =
      anchors.get(peer.trust) ??
      naming(`peers.trust (${peer.trust})`, () =>
        TrustAnchors.fromCertificates(certificatesFromPem(read('file', peer.trust))),
      );
    anchors.set(peer.trust, trust);
    return { ...peer, trust };
  });
  return { peers: entries, presharedKey: identity => keys.get(identity) ?? null };
}

function openStore({ store, seal }: ServiceConfig): SealedStore {
  if (store === 'memory:') return memory();
  if (seal === undefined)
    return refuse('OPTION_INVALID', 'seal is missing: a database store holds keys only sealed');
  const sealWith = naming(`seal (${seal})`, () => readSealingKey(bytes('file', seal)));
  return naming('store', () => sqlite(store.slice('sqlite:'.length), { sealWith }));
}

/** Whatever cannot be opened at the start is the caller's to mend: the setting that names it is said. */
function naming<T>(setting: string, open: () => T): T {
  try {
    return open();
  } catch (cause) {
    const reason = cause instanceof E2EKeyError ? cause.message : 'cannot be used';
    return refuse('OPTION_INVALID', `${setting}: ${reason}`, { cause });
  }
}

function read(setting: string, file: string): string {
  return bytes(setting, file).toString('utf8');
}

function bytes(setting: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new E2EKeyError('OPTION_INVALID', `${setting}: ${file} cannot be read`, { cause });
  }
}
