// The end-point that a configuration describes, with its store open: credentials, peers and secrets from their files.
// Knows no request and no carrier.
import type { KeyObject } from 'node:crypto';
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
import { refuse } from '../errors.ts';
import type { PairwiseE2EKey } from '../keys/pairwise-e2e-key.ts';
import type { CredentialConfig, PeerConfig, ServiceConfig } from './config.ts';
import { naming, readBytes, readText } from './files.ts';

/** @throws E2EKeyError OPTION_INVALID naming the setting. */
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

function openCredential({ certificate, key }: CredentialConfig): EndpointCredential {
  if (certificate === undefined)
    return naming(`credential (${key})`, () =>
      credentials.fromRawKey(privateKeyFromPem(readText('credential.key', key))),
    );
  return naming(`credential (${certificate}, ${key})`, () =>
    credentials.fromPem(readText('credential.certificate', certificate), readText('credential.key', key)),
  );
}

function openPeers(peers: readonly PeerConfig[]): { peers: PeerEntry[]; presharedKey: PresharedKeys } {
  const anchors = new Map<string, TrustAnchors>();
  const keys = new Map<string, KeyObject>();
  const entries = peers.map((peer): PeerEntry => {
    if (peer.flavour === 'raw') return peer;
    if (peer.flavour === 'psk') {
      const { pskFile, ...entry } = peer;
      const key = naming(`peers.pskFile (${pskFile})`, () => presharedKeyFromHex(readText('file', pskFile)));
      keys.set(peer.pskIdentity, key);
      return entry;
    }
    // One TrustAnchors for one file: what is proven for one peer's chain serves the next.
    const trust =
      anchors.get(peer.trust) ??
      naming(`peers.trust (${peer.trust})`, () =>
        TrustAnchors.fromCertificates(certificatesFromPem(readText('file', peer.trust))),
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
  const sealWith = naming(`seal (${seal})`, () => readSealingKey(readBytes('file', seal)));
  return naming('store', () => sqlite(store.slice('sqlite:'.length), { sealWith }));
}
