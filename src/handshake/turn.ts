// What goes into a step of the handshake and what comes out of it.
import type { VerifiedPeer } from '../certificates/trust.ts';
import type { VerifiedSignature } from '../crypto/signatures.ts';
import type { FlightReader } from './flight.ts';
import type { Session } from './session.ts';
import type { State, WaitingForMessage3 } from './state.ts';

/** What a step answers. */
export type Turn =
  /** Deliver `message` (one E2EKey Message, at most 64 KiB) and keep `state` until the answer comes. */
  | { readonly kind: 'send'; readonly message: Uint8Array; readonly state: State }
  /** Sign `bytes` (unhashed) with our certificate's key under `scheme`, and go on with the signature. */
  | { readonly kind: 'sign'; readonly scheme: number; readonly bytes: Uint8Array; readonly state: State }
  /** The handshake is over; `message` is message 4, at the terminating end-point. */
  | { readonly kind: 'done'; readonly message?: Uint8Array; readonly session: Session };

/** The next E2EKey Message of the peer. */
export interface MessageInput {
  readonly message: Uint8Array;
  /** For the validity of certificates. */
  readonly time: Date;
  /** For message 3: what `authenticateMessage3` said of the same state and message, so that it is not done twice. */
  readonly authenticated?: AuthenticatedMessage3;
}

/** What the turn `sign` asked for: the signature in the form of TLS (ECDSA in DER). */
export interface SignatureInput {
  readonly signature: Uint8Array;
}

export type Input = MessageInput | SignatureInput;

/** Message 3 as far as public operations lead: its sender is authenticated, our ephemeral key is not yet used. */
export interface AuthenticatedMessage3 {
  readonly state: WaitingForMessage3;
  readonly received: Uint8Array;
  readonly peer: VerifiedPeer;
  readonly signature: VerifiedSignature;
  /** ClientKeyExchange's point. */
  readonly point: Uint8Array;
  /** ClientHello to ClientKeyExchange, which extended master secret is made from. */
  readonly transcriptToKeyExchange: Uint8Array;
  /** Where Finished is read from; used up by the step that reads it. */
  readonly flight: FlightReader;
}
