// What a finished handshake is: the evidence for it, and the secrets that can be taken out once.
import type { VerifiedPeer } from '../certificates/trust.ts';
import { exportKeyingMaterial, trafficKeys, type VerifiedFinished } from '../crypto/key-schedule.ts';
import type { RecordProtection } from '../crypto/record-protection.ts';
import type { Secret } from '../crypto/secrets.ts';
import type { VerifiedSignature } from '../crypto/signatures.ts';
import { E2EKeyError } from '../errors.ts';
import type { Negotiated } from './negotiation.ts';

/** The two end-points of TS-0003 8.7.2.1. */
export type Role = 'initiating' | 'terminating';

/** Everything that has to be proven before a key may be exported; each has one maker. */
export interface Evidence {
  readonly peer: VerifiedPeer;
  readonly signature: VerifiedSignature;
  readonly finished: VerifiedFinished;
}

/**
 * A handshake that ended well: peer authenticated, its signature and its Finished verified, extended master
 * secret used. Only from a Session can a key be exported.
 */
export class Session implements Evidence {
  readonly by = 'certificate';
  readonly role: Role;
  readonly peer: VerifiedPeer;
  readonly signature: VerifiedSignature;
  readonly finished: VerifiedFinished;
  readonly suite: string;
  readonly group = 'secp256r1';
  readonly exportIndicator: boolean;
  readonly #negotiated: Negotiated;
  #masterSecret: Secret | null;

  constructor(
    role: Role,
    { peer, signature, finished }: Evidence,
    negotiated: Negotiated,
    masterSecret: Secret,
  ) {
    this.role = role;
    this.peer = peer;
    this.signature = signature;
    this.finished = finished;
    this.suite = negotiated.suite.name;
    this.exportIndicator = negotiated.exportIndicator;
    this.#negotiated = negotiated;
    this.#masterSecret = masterSecret;
  }

  /** RFC 5705 with an absent context, as TS-0003 10.3.1 uses it. The caller wipes what it gets. */
  export(label: string, size: number): Uint8Array {
    const { suite, randoms } = this.#negotiated;
    return exportKeyingMaterial(suite.hash, this.#secret(), randoms, label, size);
  }

  /** The record protection of both directions, for application data over TCP; record 0 each way was Finished. */
  recordProtection(): { readonly write: RecordProtection; readonly read: RecordProtection } {
    const { suite, encryptThenMac, randoms } = this.#negotiated;
    const { client, server } = trafficKeys(suite, this.#secret(), randoms);
    const [write, read] = this.role === 'initiating' ? [client, server] : [server, client];
    return { write: { suite, encryptThenMac, keys: write }, read: { suite, encryptThenMac, keys: read } };
  }

  /** Wipes the master secret: nothing can be exported any more. */
  close(): void {
    this.#masterSecret?.wipe();
    this.#masterSecret = null;
  }

  #secret(): Secret {
    if (this.#masterSecret === null)
      throw new E2EKeyError('INTERNAL', 'the session is closed: its master secret was wiped');
    return this.#masterSecret;
  }
}
