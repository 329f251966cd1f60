// The kinds of credential that two end-points of the lab can have (TS-0003 8.7.2.2 B), each as what both are
// configured with. Knows no test.
import { createPublicKey, createSecretKey, hash, type KeyObject } from 'node:crypto';
import { type PeerEntry, Peers } from '../../src/certificates/trust.ts';
import { type Suite, suites, usesPresharedKey } from '../../src/crypto/suites.ts';
import { credentials, type EndpointCredential } from '../../src/endpoint/credentials.ts';
import { type DigestAlgorithm, niUri } from '../../src/identifiers/public-key-identifier.ts';
import {
  begin,
  cae1,
  cae2,
  credentialOf,
  cseB,
  keyOf,
  type LabOptions,
  type Procedure,
  type ProcedureOptions,
  peer,
} from './lab.ts';

export interface Kind {
  readonly name: string;
  readonly by: 'certificate' | 'psk';
  /** What the initiating end-point is known by at the terminating one, and the other way round. */
  readonly cae1: PeerEntry;
  readonly cseB: PeerEntry;
  /** For `initiatingEndpoint` and `terminatingEndpoint` of the lab. */
  readonly initiating: LabOptions;
  readonly terminating: LabOptions;
  /** For `begin` of the lab. */
  readonly procedure: ProcedureOptions;
}

/** SubjectPublicKeyInfo of the key in certs/NAME.key. */
export function publicKeyInfoOf(name: string): Uint8Array {
  return createPublicKey(keyOf(name)).export({ format: 'der', type: 'spki' });
}

export function pinOf(name: string, algorithm?: DigestAlgorithm): string {
  return niUri(hash('sha256', publicKeyInfoOf(name), 'buffer'), algorithm);
}

/** The key in certs/NAME.key, without its certificate. */
export function rawCredentialOf(name: string): EndpointCredential {
  return credentials.fromRawKey(keyOf(name));
}

export const rawPeer = {
  cae1: { entity: cae1, flavour: 'raw', pin: pinOf('cae1') },
  cae2: { entity: cae2, flavour: 'raw', pin: pinOf('cae2') },
  cseB: { entity: cseB, flavour: 'raw', pin: pinOf('cse-b') },
} as const satisfies Record<string, PeerEntry>;

/** Of the key that Cae1 and cse-b have in common. */
export const pskIdentity = 'KpsaId-Cae1';
export const presharedKey: KeyObject = createSecretKey(Buffer.from('the pre-shared key of the lab...'));
export const presharedKeys = (identity: string): KeyObject | null =>
  identity === pskIdentity ? presharedKey : null;

export const pskPeer = {
  cae1: { entity: cae1, flavour: 'psk', pskIdentity, roles: ['initiating'] },
  cseB: { entity: cseB, flavour: 'psk', pskIdentity, roles: ['terminating'] },
} as const satisfies Record<string, PeerEntry>;

const chain = { entries: peer, credentialOf };
const raw = { entries: rawPeer, credentialOf: rawCredentialOf };

export const x509 = certificates('X.509', chain, chain);
export const rawPublicKeys = certificates('raw public keys', raw, raw);
export const presharedKinds = suites.filter(usesPresharedKey).map(preshared);

export const kinds: readonly Kind[] = [
  x509,
  rawPublicKeys,
  certificates('raw public key with X.509', raw, chain),
  certificates('X.509 with raw public key', chain, raw),
  ...presharedKinds,
];

/** Begins a procedure as Cae1 with cse-b, both with credentials of this kind, or as the options say. */
export function beginWith(kind: Kind, options: ProcedureOptions = {}): Procedure {
  return begin({ ...kind.procedure, ...options });
}

type Side = typeof chain | typeof raw;

function certificates(name: string, initiating: Side, terminating: Side): Kind {
  const entries = { cae1: initiating.entries.cae1, cseB: terminating.entries.cseB };
  const credential = initiating.credentialOf('cae1');
  return {
    name,
    by: 'certificate',
    ...entries,
    initiating: { credential, peers: [entries.cseB] },
    terminating: { credential: terminating.credentialOf('cse-b'), peers: [entries.cae1] },
    procedure: { credential, peers: new Peers([entries.cseB]) },
  };
}

function preshared(suite: Suite): Kind {
  const common = { credential: [], presharedKey: presharedKeys, suites: [suite] };
  return {
    name: suite.name,
    by: 'psk',
    ...pskPeer,
    initiating: { ...common, peers: [pskPeer.cseB] },
    terminating: { ...common, peers: [pskPeer.cae1] },
    procedure: { presharedKey, peers: new Peers([pskPeer.cseB]), suites: [suite] },
  };
}
