// What a handshake waits for, and how that is stored. One variant per pause; nothing optional inside any of
// them. The transcript is kept as bytes and hashed on demand: a hash object cannot be stored.
import {
  type CertificateType,
  decodePeer,
  encodePeer,
  type PresharedPeer,
  type VerifiedPeer,
} from '../certificates/trust.ts';
import { type Ephemeral, type Group, groupById } from '../crypto/key-exchange.ts';
import { Secret } from '../crypto/secrets.ts';
import { verifiedBeforeStorage } from '../crypto/signatures.ts';
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
import type { Negotiated, Signing } from './negotiation.ts';
import type { Authentication } from './session.ts';

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
  readonly authentication: Authentication;
  readonly stapledResponse: Uint8Array | null;
  readonly signing: Signing;
}

/** The initiating end-point has read message 2 and asks for the pre-shared key of the identity that it will send. */
export interface WaitingForPresharedKey3 {
  readonly waitingFor: 'pre-shared key for message 3';
  /** ClientHello to ServerHelloDone. */
  readonly transcript: Uint8Array;
  readonly negotiated: Negotiated;
  readonly peer: PresharedPeer;
  /** The terminating end-point's ephemeral public key; empty without one. */
  readonly point: Uint8Array;
}

/** The initiating end-point has sent message 3. */
export interface WaitingForMessage4 {
  readonly waitingFor: 'message 4';
  /** ClientHello to our own Finished. */
  readonly transcript: Uint8Array;
  readonly negotiated: Negotiated;
  readonly masterSecret: Secret;
  readonly authentication: Authentication;
  readonly stapledResponse: Uint8Array | null;
}

/** The terminating end-point has chosen and asks for the signature in ServerKeyExchange. */
export interface WaitingForSignature2 {
  readonly waitingFor: 'signature over message 2';
  /** ClientHello to Certificate, or to CertificateStatus. */
  readonly transcript: Uint8Array;
  /** Offset in the transcript where message 2 begins. */
  readonly start: number;
  readonly negotiated: Negotiated;
  readonly ephemeral: Ephemeral;
  readonly signing: Signing;
}

/** The terminating end-point has sent message 2. */
export interface WaitingForMessage3 {
  readonly waitingFor: 'message 3';
  /** ClientHello to ServerHelloDone. */
  readonly transcript: Uint8Array;
  readonly negotiated: Negotiated;
  /** As in message 2; null with a pre-shared key alone. */
  readonly ephemeral: Ephemeral | null;
}

/** The terminating end-point has read the identity in message 3 and asks for its pre-shared key. */
export interface WaitingForPresharedKey4 extends Omit<WaitingForMessage3, 'waitingFor'> {
  readonly waitingFor: 'pre-shared key for message 4';
  /** Message 3, to be read with the key. */
  readonly received: Uint8Array;
}

export type State =
  | WaitingForMessage2
  | WaitingForSignature3
  | WaitingForPresharedKey3
  | WaitingForMessage4
  | WaitingForSignature2
  | WaitingForMessage3
  | WaitingForPresharedKey4;

const formatVersion = 2;

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
  return { waitingFor: tags[state.tag], ...state.value } as State;
}

/** Wipes the secrets of a state that is not gone on from. */
export function wipeState(state: State): void {
  if ('masterSecret' in state) state.masterSecret.wipe();
  if ('ephemeral' in state) state.ephemeral?.scalar.wipe();
}

const tags: readonly State['waitingFor'][] = [
  'message 2',
  'signature over message 3',
  'message 4',
  'signature over message 2',
  'message 3',
  'pre-shared key for message 3',
  'pre-shared key for message 4',
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

/** Bytes that were empty are absent. */
const optional24: Codec<Uint8Array | null> = mapped(
  bytes24,
  bytes => (bytes.length === 0 ? null : bytes),
  bytes => bytes ?? new Uint8Array(),
);

const certificateType: Codec<CertificateType> = mapped(
  oneOf(1, [0, 1]),
  value => (value === 1 ? 'raw' : 'x509'),
  value => (value === 'raw' ? 1 : 0),
);

/** 0 is none. */
const group: Codec<Group | null> = mapped(
  uint16,
  id =>
    id === 0
      ? null
      : (groupById(id) ?? refuse('STORE_FAILED', `a stored state uses the unknown group ${id}`)),
  value => value?.id ?? 0,
);

const StoredNegotiated = struct('Negotiated', 'our own', {
  suite: uint16,
  group,
  initiating: certificateType,
  terminating: certificateType,
  extendedMasterSecret: flag,
  encryptThenMac: flag,
  exportIndicator: flag,
  client: opaque(32),
  server: opaque(32),
});

const negotiated: Codec<Negotiated> = mapped(
  StoredNegotiated,
  ({ suite: id, initiating, terminating, client, server, ...rest }) => ({
    ...rest,
    suite:
      suiteById(id) ?? refuse('STORE_FAILED', `a stored state uses the unknown suite 0x${id.toString(16)}`),
    certificateTypes: { initiating, terminating },
    randoms: { client: Uint8Array.from(client), server: Uint8Array.from(server) },
  }),
  ({ suite, certificateTypes, randoms, ...rest }) => ({
    ...rest,
    suite: suite.id,
    ...certificateTypes,
    ...randoms,
  }),
);

const peer: Codec<VerifiedPeer> = mapped(vector(3, 1, 0xffffff), decodePeer, encodePeer);

/** Nothing is stored for a signature: that the state was stored says that it had been verified. */
const authentication: Codec<Authentication> = mapped(
  peer,
  stored =>
    stored.flavour === 'psk'
      ? { by: 'psk', peer: stored }
      : { by: 'certificate', peer: stored, signature: verifiedBeforeStorage() },
  ({ peer: of }) => of,
);
const presharedPeer: Codec<PresharedPeer> = mapped(
  peer,
  stored =>
    stored.flavour === 'psk'
      ? stored
      : refuse('STORE_FAILED', 'a stored state has a peer with a certificate where one with a key is due'),
  of => of,
);

const StoredEphemeral = struct('Ephemeral', 'our own', {
  group,
  scalar: vector(1, 0, 0xff),
  point: vector(1, 0, 0xff),
});
const optionalEphemeral: Codec<Ephemeral | null> = mapped(
  StoredEphemeral,
  ({ group: of, scalar, point }) => {
    if (scalar.length !== (of?.scalarSize ?? 0) || point.length !== (of?.pointSize ?? 0))
      return refuse('STORE_FAILED', 'the ephemeral key in a stored state is not one of its group');
    return of && { group: of, scalar: new Secret(Uint8Array.from(scalar)), point: Uint8Array.from(point) };
  },
  value =>
    value === null
      ? { group: null, scalar: new Uint8Array(), point: new Uint8Array() }
      : { ...value, scalar: value.scalar.bytes },
);
const ephemeral: Codec<Ephemeral> = mapped(
  optionalEphemeral,
  value => value ?? refuse('STORE_FAILED', 'a stored state lacks its ephemeral key'),
  value => value,
);

const signing: Codec<Signing> = struct('Signing', 'our own', { credential: uint16, scheme: uint16 });

const StoredVariant = variant({
  0: struct('WaitingForMessage2', 'our own', { transcript: bytes24 }),
  1: struct('WaitingForSignature3', 'our own', {
    transcript: bytes24,
    start: uint24,
    negotiated,
    masterSecret: secret(48),
    authentication,
    stapledResponse: optional24,
    signing,
  }),
  2: struct('WaitingForMessage4', 'our own', {
    transcript: bytes24,
    negotiated,
    masterSecret: secret(48),
    authentication,
    stapledResponse: optional24,
  }),
  3: struct('WaitingForSignature2', 'our own', {
    transcript: bytes24,
    start: uint24,
    negotiated,
    ephemeral,
    signing,
  }),
  4: struct('WaitingForMessage3', 'our own', {
    transcript: bytes24,
    negotiated,
    ephemeral: optionalEphemeral,
  }),
  5: struct('WaitingForPresharedKey3', 'our own', {
    transcript: bytes24,
    negotiated,
    peer: presharedPeer,
    point: bytes24,
  }),
  6: struct('WaitingForPresharedKey4', 'our own', {
    transcript: bytes24,
    negotiated,
    ephemeral: optionalEphemeral,
    received: bytes24,
  }),
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
