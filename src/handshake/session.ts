// What a finished handshake is: the evidence for it, and the secrets that can be taken out once.
import type { CertifiedPeer, PresharedPeer, Role, VerifiedPeer } from '../certificates/trust.ts';
import { exportKeyingMaterial, trafficKeys, type VerifiedFinished } from '../crypto/key-schedule.ts';
import type { RecordProtection } from '../crypto/record-protection.ts';
import type { Secret } from '../crypto/secrets.ts';
import type { VerifiedSignature } from '../crypto/signatures.ts';
import { usesEphemeralKey, usesPresharedKey } from '../crypto/suites.ts';
import { E2EKeyError } from '../errors.ts';
import type { Negotiated } from './negotiation.ts';

export type { Role } from '../certificates/trust.ts';

/** By what the peer is known; with a pre-shared key, Finished is the only proof that the peer holds it. */
export type Authentication =
  | { readonly by: 'certificate'; readonly peer: CertifiedPeer; readonly signature: VerifiedSignature }
  | { readonly by: 'psk'; readonly peer: PresharedPeer };

/** Why a finished handshake of the lab gives no key. */
export type Withheld = 'no extended master secret' | 'peer not authenticated';

/** Both Finished were verified: records are protected from here on. */
abstract class FinishedHandshake {
  readonly role: Role;
  readonly finished: VerifiedFinished;
  /** IANA's names; `group` is null where the suite has no ephemeral key. */
  readonly suite: string;
  readonly group: string | null;
  /** Whether what was agreed on stays closed when a long-lived key is lost later. */
  readonly forwardSecrecy: boolean;
  readonly exportIndicator: boolean;
  readonly extendedMasterSecret: boolean;
  protected readonly negotiated: Negotiated;
  #masterSecret: Secret | null;

  constructor(role: Role, finished: VerifiedFinished, negotiated: Negotiated, masterSecret: Secret) {
    const { suite, group, exportIndicator, extendedMasterSecret } = negotiated;
    this.role = role;
    this.finished = finished;
    this.suite = suite.name;
    this.group = group?.name ?? null;
    this.forwardSecrecy = usesEphemeralKey(suite);
    this.exportIndicator = exportIndicator;
    this.extendedMasterSecret = extendedMasterSecret;
    this.negotiated = negotiated;
    this.#masterSecret = masterSecret;
  }

  /** The record protection of both directions, for application data over TCP; record 0 each way was Finished. */
  recordProtection(): { readonly write: RecordProtection; readonly read: RecordProtection } {
    const { suite, encryptThenMac, randoms } = this.negotiated;
    const { client, server } = trafficKeys(suite, this.masterSecret, randoms);
    const [write, read] = this.role === 'initiating' ? [client, server] : [server, client];
    return { write: { suite, encryptThenMac, keys: write }, read: { suite, encryptThenMac, keys: read } };
  }

  /** Wipes the master secret: nothing can be taken out any more. */
  close(): void {
    this.#masterSecret?.wipe();
    this.#masterSecret = null;
  }

  protected get masterSecret(): Secret {
    if (this.#masterSecret === null)
      throw new E2EKeyError('INTERNAL', 'the session is closed: its master secret was wiped');
    return this.#masterSecret;
  }
}

/**
 * A handshake that ended well: peer authenticated, its signature or its pre-shared key and its Finished verified,
 * extended master secret used. Only from a Session can a key be exported.
 */
export class Session extends FinishedHandshake {
  readonly by: Authentication['by'];
  readonly peer: VerifiedPeer;
  /** The DER OCSP response that the terminating end-point stapled, as it came; null if there was none. */
  readonly stapledResponse: Uint8Array | null;

  constructor(
    role: Role,
    { authentication, finished }: { authentication: Authentication; finished: VerifiedFinished },
    negotiated: Negotiated,
    masterSecret: Secret,
    stapledResponse: Uint8Array | null = null,
  ) {
    super(role, finished, negotiated, masterSecret);
    // RFC 7627 §5.4: without it somebody else may have the same master secret.
    if (!negotiated.extendedMasterSecret)
      throw new E2EKeyError('INTERNAL', 'a session without extended master secret');
    // Else whoever was only looked up would count as one whose signature was verified.
    if ((authentication.by === 'psk') !== usesPresharedKey(negotiated.suite))
      throw new E2EKeyError('INTERNAL', 'a session with evidence of another kind than its suite');
    this.by = authentication.by;
    this.peer = authentication.peer;
    this.stapledResponse = stapledResponse;
  }

  /** RFC 5705 with an absent context, as TS-0003 10.3.1 uses it. The caller wipes what it gets. */
  export(label: string, size: number): Uint8Array {
    const { suite, randoms } = this.negotiated;
    return exportKeyingMaterial(suite.hash, this.masterSecret, randoms, label, size);
  }
}

/**
 * A handshake of the lab that ended without an authenticated peer or without extended master secret: application data
 * can be exchanged, and there is nothing that a key could be exported with.
 */
export class Connection extends FinishedHandshake {
  /** Null where nobody was authenticated. */
  readonly peer: VerifiedPeer | null;
  readonly withheld: Withheld;

  constructor(
    role: Role,
    { authentication, finished }: { authentication: Authentication | null; finished: VerifiedFinished },
    negotiated: Negotiated,
    masterSecret: Secret,
  ) {
    super(role, finished, negotiated, masterSecret);
    this.peer = authentication?.peer ?? null;
    this.withheld = authentication === null ? 'peer not authenticated' : 'no extended master secret';
  }
}
