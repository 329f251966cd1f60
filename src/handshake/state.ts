// What a handshake waits for, and how that is stored. One variant per pause; nothing optional inside any of
// them. The transcript is kept as bytes and hashed on demand: a hash object cannot be stored.
import { decodePeer, encodePeer, type VerifiedPeer } from '../certificates/trust.ts';
import { Secret } from '../crypto/secrets.ts';
import { type VerifiedSignature, verifiedBeforeStorage } from '../crypto/signatures.ts';
import { suiteById } from '../crypto/suites.ts';
import { E2EKeyError, refuse } from '../errors.ts';
import {
  type Codec,
  decode,
  encode,
  mapped,
  oneOf,
  opaque,
  struct,
  uint16,
  uint24,
  variant,
  vector,
} from '../wire/codec.ts';
import type { Negotiated } from './negotiation.ts';

/** The initiating end-point has sent message 1. */
export interface WaitingForMessage2 {
  readonly waitingFor: 'message 2';
  /** ClientHello. */
  readonly transcript: Uint8Array;
}

/** The initiating end-point has authenticated the peer and asks for its own CertificateVerify. */
export interface WaitingForSignature3 {
  readonly waitingFor: 'signature over message 3';
  /** ClientHello to ClientKeyExchange. */
  readonly transcript: Uint8Array;
  /** Offset in the transcript where message 3 begins. */
  readonly start: number;
  readonly negotiated: Negotiated;
  readonly masterSecret: Secret;
  readonly peer: VerifiedPeer;
  readonly signature: VerifiedSignature;
  readonly scheme: number;
}

/** The initiating end-point has sent message 3. */
export interface WaitingForMessage4 {
  readonly waitingFor: 'message 4';
  /** ClientHello to our own Finished. */
  readonly transcript: Uint8Array;
  readonly negotiated: Negotiated;
  readonly masterSecret: Secret;
  readonly peer: VerifiedPeer;
  readonly signature: VerifiedSignature;
}

/** The terminating end-point has chosen and asks for the signature in ServerKeyExchange. */
export interface WaitingForSignature2 {
  readonly waitingFor: 'signature over message 2';
  /** ClientHello to Certificate. */
  readonly transcript: Uint8Array;
  /** Offset in the transcript where message 2 begins. */
  readonly start: number;
  readonly negotiated: Negotiated;
  /** Our ephemeral private key, 32 bytes, and its point. */
  readonly scalar: Secret;
  readonly point: Uint8Array;
  readonly scheme: number;
}

/** The terminating end-point has sent message 2. */
export interface WaitingForMessage3 {
  readonly waitingFor: 'message 3';
  /** ClientHello to ServerHelloDone. */
  readonly transcript: Uint8Array;
  readonly negotiated: Negotiated;
  /** Our ephemeral key, as in message 2. */
  readonly scalar: Secret;
  readonly point: Uint8Array;
}

export type State =
  | WaitingForMessage2
  | WaitingForSignature3
  | WaitingForMessage4
  | WaitingForSignature2
  | WaitingForMessage3;

const formatVersion = 1;

/**
 * A state as bytes, format version first; about 2 kB. They hold secrets in the clear: seal them before they
 * are stored anywhere.
 */
export function encodeState(state: State): Uint8Array {
  const tag = tags.indexOf(state.waitingFor);
  return encode(StoredState, { version: formatVersion, state: { tag, value: state } as StoredVariant });
}

/**
 * The reverse of `encodeState`, for bytes that were sealed by us: the evidence in them (verified peer, verified
 * signature) is taken at its word.
 *
 * @throws E2EKeyError STORE_FAILED for anything that `encodeState` did not make.
 */
export function decodeState(bytes: Uint8Array): State {
  const { state } = decode(StoredState, bytes, { fault: 'STORE_FAILED' });
  const waitingFor = tags[state.tag] ?? refuse('STORE_FAILED', 'a stored state waits for nothing known');
  return { waitingFor, ...state.value } as State;
}

/** Wipes the secrets of a state that is not gone on from. */
export function wipeState(state: State): void {
  if ('masterSecret' in state) state.masterSecret.wipe();
  if ('scalar' in state) state.scalar.wipe();
}

const tags: readonly State['waitingFor'][] = [
  'message 2',
  'signature over message 3',
  'message 4',
  'signature over message 2',
  'message 3',
];

/** Copies: the decoded bytes are a view into a buffer that its owner wipes. */
const secret = (size: number): Codec<Secret> =>
  mapped(
    opaque(size),
    bytes => new Secret(Uint8Array.from(bytes)),
    ({ bytes }) => bytes,
  );
const flag: Codec<boolean> = mapped(
  oneOf(1, [0, 1]),
  value => value === 1,
  value => (value ? 1 : 0),
);
const bytes24: Codec<Uint8Array> = mapped(
  vector(3, 0, 0xffffff),
  bytes => Uint8Array.from(bytes),
  bytes => bytes,
);

const StoredNegotiated = struct('Negotiated', 'our own', {
  suite: uint16,
  encryptThenMac: flag,
  exportIndicator: flag,
  client: opaque(32),
  server: opaque(32),
});

const negotiated: Codec<Negotiated> = mapped(
  StoredNegotiated,
  ({ suite: id, encryptThenMac, exportIndicator, client, server }) => ({
    suite:
      suiteById(id) ?? refuse('STORE_FAILED', `a stored state uses the unknown suite 0x${id.toString(16)}`),
    encryptThenMac,
    exportIndicator,
    randoms: { client: Uint8Array.from(client), server: Uint8Array.from(server) },
  }),
  ({ suite, encryptThenMac, exportIndicator, randoms }) => ({
    suite: suite.id,
    encryptThenMac,
    exportIndicator,
    ...randoms,
  }),
);

const peer: Codec<VerifiedPeer> = mapped(vector(3, 1, 0xffffff), decodePeer, encodePeer);

/** Nothing is stored for it: that the state was stored says that the signature had been verified. */
const signature: Codec<VerifiedSignature> = mapped(opaque(0), verifiedBeforeStorage, () => new Uint8Array());

const point: Codec<Uint8Array> = mapped(
  opaque(65),
  bytes => Uint8Array.from(bytes),
  bytes => bytes,
);

const StoredVariant = variant({
  0: struct('WaitingForMessage2', 'our own', { transcript: bytes24 }),
  1: struct('WaitingForSignature3', 'our own', {
    transcript: bytes24,
    start: uint24,
    negotiated,
    masterSecret: secret(48),
    peer,
    signature,
    scheme: uint16,
  }),
  2: struct('WaitingForMessage4', 'our own', {
    transcript: bytes24,
    negotiated,
    masterSecret: secret(48),
    peer,
    signature,
  }),
  3: struct('WaitingForSignature2', 'our own', {
    transcript: bytes24,
    start: uint24,
    negotiated,
    scalar: secret(32),
    point,
    scheme: uint16,
  }),
  4: struct('WaitingForMessage3', 'our own', { transcript: bytes24, negotiated, scalar: secret(32), point }),
});
type StoredVariant = ReturnType<(typeof StoredVariant)['read']>;

const StoredState = struct('StoredState', 'our own', {
  version: oneOf(1, [formatVersion]),
  state: StoredVariant,
});

/** For a step that was handed a state of the other role, or an input that the state does not wait for. */
export function wrongInput(state: State, input: string): never {
  throw new E2EKeyError('INTERNAL', `a handshake that waits for ${state.waitingFor} was given ${input}`);
}
