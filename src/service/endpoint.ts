// The end-point that a configuration describes, with its store open: credentials, peers and secrets from their files.
// Knows no request and no carrier.
import type { KeyObject } from 'node:crypto';
import { type PeerEntry, TrustAnchors } from '../certificates/trust.ts';
import { certificatesFromPem, credentials, type EndpointCredential } from '../endpoint/credentials.ts';
import { crlsFrom } from '../endpoint/crl-bytes.ts';
import { Endpoint } from '../endpoint/endpoint.ts';
import { presharedKeyFromHex } from '../endpoint/preshared-key.ts';
import type { RevocationOptions } from '../endpoint/revocation.ts';
import type { RevocationEvent } from '../endpoint/revocation-event.ts';
import { readSealingKey } from '../endpoint/sealing.ts';
import { memory, type SealedStore, sqlite } from '../endpoint/stores.ts';
import type { PresharedKeys } from '../endpoint/supplying.ts';
import { refuse } from '../errors.ts';
import type { PairwiseE2EKey } from '../keys/pairwise-e2e-key.ts';
import type { CredentialConfig, PeerConfig, RevocationConfig, ServiceConfig } from './config.ts';
import { naming, readBytes, readText } from './files.ts';

export interface EndpointEvents {
  readonly onKey: (key: PairwiseE2EKey) => void;
  /** What happens to CRLs, to our own OCSP responses, and to keys because of them. */
  readonly onRevocation: (event: RevocationEvent) => void;
  /** A sentence about our own credential, which peers may refuse. */
  readonly onWarning: (sentence: string) => void;
}

/** @throws E2EKeyError OPTION_INVALID naming the setting. */
export function openEndpoint(
  config: ServiceConfig,
  { onKey, onRevocation, onWarning }: EndpointEvents,
): Endpoint {
  const { id, requireExportIndicator, hideUnknownPskIdentities } = config;
  const { connections: _, ...limits } = config.limits;
  const { request: __, ...times } = config.times;
  const milliseconds = Object.fromEntries(Object.entries(times).map(([name, value]) => [name, value * 1000]));
  const credential = config.credential.map(one => openCredential(one, onWarning));
  const { peers, presharedKey } = openPeers(config.peers);
  const revocation = { ...openRevocation(config.revocation), onEvent: onRevocation };
  const store = openStore(config);
  return new Endpoint({
    id,
    credential,
    presharedKey,
    hideUnknownPskIdentities,
    peers,
    revocation,
    store,
    limits,
    times: milliseconds,
    requireExportIndicator,
    onKey,
  });
}

function openCredential(
  { certificate, key, passwordFile, staple }: CredentialConfig,
  onWarning: (sentence: string) => void,
): EndpointCredential {
  const files = [certificate, key].filter(file => file !== undefined);
  const setting = `credential (${files.join(', ')})`;
  return naming(setting, () => {
    const [first = new Uint8Array(0), second] = [
      ...(certificate === undefined ? [] : [readBytes('credential.certificate', certificate)]),
      ...(key === undefined ? [] : [readBytes('credential.key', key)]),
    ];
    const { warnings, ...own } = credentials.fromFile(first, {
      ...(second !== undefined && { key: second }),
      ...(certificate === undefined && { as: 'raw' }),
      ...(passwordFile !== undefined && { password: firstLine('credential.passwordFile', passwordFile) }),
    });
    for (const warning of warnings) onWarning(`${setting}: ${warning}`);
    return staple === undefined ? own : { ...own, staple: readBytes('credential.staple', staple) };
  });
}

/** Issuers' certificates and lists; what is wrong with a list is said with its setting by the end-point. */
function openRevocation({ issuers, crls, ownStatus }: RevocationConfig): RevocationOptions {
  const listsIn = (setting: string, file: string) =>
    naming(`revocation.${setting} (${file})`, () => crlsFrom(readBytes('file', file)));
  return {
    issuers: issuers.map(({ certificate, crl, url }, index) => ({
      certificate: onlyCertificate(`revocation.issuers.${index}.certificate`, certificate),
      ...(crl !== undefined && { crls: listsIn(`issuers.${index}.crl`, crl) }),
      ...(url !== undefined && { url }),
    })),
    crls: crls.flatMap((file, index) => listsIn(`crls.${index}`, file)),
    ...(ownStatus !== undefined && {
      ownStatus: {
        url: ownStatus.url,
        ...(ownStatus.issuer !== undefined && {
          issuer: onlyCertificate('revocation.ownStatus.issuer', ownStatus.issuer),
        }),
      },
    }),
  };
}

/** Of a chain, nobody could say whose lists are meant. */
function onlyCertificate(setting: string, file: string): Uint8Array {
  return naming(`${setting} (${file})`, () => {
    const [certificate, second] = certificatesFromPem(readText('file', file));
    return certificate !== undefined && second === undefined
      ? certificate
      : refuse('OPTION_INVALID', 'several certificates, where one is due');
  });
}

function firstLine(setting: string, file: string): string {
  const [line = ''] = readText(setting, file).split(/\r?\n/, 1);
  return line === '' ? refuse('OPTION_INVALID', `${setting}: the first line of ${file} is empty`) : line;
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
