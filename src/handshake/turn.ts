// What goes into a step of the handshake and what comes out of it.
import type { KeyObject } from 'node:crypto';
import type { RevocationLists } from '../certificates/revocation-lists.ts';
import type { FlightReader } from './flight.ts';
import type { Authentication, Connection, Session } from './session.ts';
import type { State, WaitingForMessage3 } from './state.ts';

/** What a step answers. */
export type Turn =
  /** Deliver `message` (one E2EKey Message, at most 64 KiB) and keep `state` until the answer comes. */
  | { readonly kind: 'send'; readonly message: Uint8Array; readonly state: State }
  /**
   * Sign `bytes` (unhashed) under `scheme` with the key of `credential`, an index into the profile's credentials, and
   * go on with the signature.
   */
  | {
      readonly kind: 'sign';
      readonly credential: number;
      readonly scheme: number;
      readonly bytes: Uint8Array;
      readonly state: State;
    }
  /** Go on with the pre-shared key of this identity, or with null if there is none. */
  | {
      readonly kind: 'need';
      readonly what: {
        readonly pskIdentity: string;
        /** What the terminating end-point said about which key it means (RFC 4279 §5.2); null if nothing. */
        readonly identityHint: string | null;
      };
      readonly state: State;
    }
  /** The handshake is over; `message` is message 4, at the terminating end-point. */
  | { readonly kind: 'done'; readonly message?: Uint8Array; readonly session: Session }
  /** The same, and there is no key to be had from it; only with a profile of the lab. */
  | { readonly kind: 'withheld'; readonly message?: Uint8Array; readonly connection: Connection };

/** The next E2EKey Message of the peer. */
export interface MessageInput {
  readonly message: Uint8Array;
  /** For the validity of certificates. */
  readonly time: Date;
  /** The CRLs at hand; none if absent. */
  readonly crls?: RevocationLists;
  /** For message 3: what `authenticateMessage3` said of the same state and message, so that it is not done twice. */
  readonly authenticated?: AuthenticatedMessage3;
}

/** What the turn `sign` asked for: the signature in the form of TLS (ECDSA in DER). */
export interface SignatureInput {
  readonly signature: Uint8Array;
}

/** What the turn `need` asked for: a secret KeyObject of 1 to 65,535 bytes. */
export interface PresharedKeyInput {
  readonly presharedKey: KeyObject | null;
}

export type Input = MessageInput | SignatureInput | PresharedKeyInput;

/** Message 3 as far as public operations lead: its sender is authenticated, our ephemeral key is not yet used. */
export interface AuthenticatedMessage3 {
  readonly state: WaitingForMessage3;
  readonly received: Uint8Array;
  /** Null where the profile lets a peer go without certificate. */
  readonly authentication: Authentication | null;
  /** ClientKeyExchange's point. */
  readonly point: Uint8Array;
  /** ClientHello to ClientKeyExchange, which extended master secret is made from. */
  readonly transcriptToKeyExchange: Uint8Array;
  /** Where Finished is read from; used up by the step that reads it. */
  readonly flight: FlightReader;
}
