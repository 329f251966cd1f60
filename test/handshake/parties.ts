// End-points with any kinds of credentials and of peers, each made for one test, and the procedure between two of them.
// Whoever needs only the certificates of the lab PKI takes those of lab.ts.
import { createPublicKey, createSecretKey, hash, type KeyObject } from 'node:crypto';
import type { CertificatePeer } from '../../src/certificates/peers.ts';
import type { RevocationLists } from '../../src/certificates/revocation-lists.ts';
import { type PeerEntry, Peers, type Role, TrustAnchors } from '../../src/certificates/trust.ts';
import { groups } from '../../src/crypto/key-exchange.ts';
import { schemeFits, signatureSchemes, signWith } from '../../src/crypto/signatures.ts';
import { type Suite, suiteByName, suites } from '../../src/crypto/suites.ts';
import { accept, advance, initiate } from '../../src/handshake/handshake.ts';
import {
  type Credential,
  makeProfile,
  type Profile,
  type ProfileOptions,
} from '../../src/handshake/profile.ts';
import type { State } from '../../src/handshake/state.ts';
import type { Turn } from '../../src/handshake/turn.ts';
import { type Authority, keyFor, makeAuthority } from '../../src/testing/certificate-maker.ts';
import { type Done, done, message4Of, repeatable, type Sent, sent, time } from './lab.ts';

/** A credential and its private key. */
export interface Holding extends Credential {
  readonly key: KeyObject;
}

export interface Party {
  readonly profile: Profile;
  /** In the order of the profile's credentials. */
  readonly keys: readonly KeyObject[];
  readonly presharedKey: KeyObject | null;
}

export interface PartyOptions extends Partial<ProfileOptions> {
  readonly own?: readonly Holding[];
  readonly knows?: readonly PeerEntry[];
  /** Of every identity. */
  readonly presharedKey?: KeyObject | null;
}

/** Its randomness is the same for the same name. */
export function party(
  name: string,
  { own = [], knows = [], presharedKey = null, ...options }: PartyOptions,
): Party {
  const credentials = own.map(({ key: _, ...credential }) => credential);
  const profile = makeProfile({
    credentials,
    peers: new Peers(knows),
    expected: true,
    random: repeatable(name),
    ...options,
  });
  return { profile, keys: own.map(({ key }) => key), presharedKey };
}

const own = { x509: certified, raw } as const;
const knows = { x509: knowsCertified, raw: knowsRaw } as const;
/** As the profile names them, best first. */
export type Kinds = readonly (keyof typeof own)[];

/** A party `a` or `b` that has these credentials and knows the other one by those. */
export function endOf(name: 'a' | 'b', has: Kinds, knowsBy: Kinds, more: PartyOptions = {}): Party {
  const other = name === 'a' ? 'b' : 'a';
  return party(name, {
    own: has.map(kind => own[kind](name)),
    knows: knowsBy.map(kind => knows[kind](other)),
    ...more,
  });
}

/** What an end-point of the lab may use beyond TS-0003 10.1.1. */
export const everything: Partial<ProfileOptions> = {
  suites,
  groups,
  signatureSchemes: signatureSchemes.map(({ id }) => id),
  certificateProfile: 'rfc5280',
};

export function suite(name: string): Suite {
  const found = suiteByName(name);
  if (found === undefined) throw new Error(`there is no suite ${name}`);
  return found;
}

/** Issues the certificates, and says what became of them. */
export const authority: Authority = makeAuthority({ subject: 'authority of the parties' });
const trust = TrustAnchors.fromCertificates([authority.der]);

/** A CSE with a certificate. */
export function certified(name: string, key: KeyObject = keyFor(name)): Holding {
  const { der } = authority.issue({ subject: name, names: [`dns:${name}.example.com`], key });
  return holding('x509', der, key);
}

/** Whoever knows that CSE. */
export function knowsCertified(name: string): CertificatePeer {
  return { entity: entityOf(name), flavour: 'cse-id', identifier: `${name}.example.com`, trust };
}

/** A CSE with a raw public key. */
export function raw(name: string, key: KeyObject = keyFor(name)): Holding {
  return holding('raw', createPublicKey(key).export({ format: 'der', type: 'spki' }), key);
}

/** Whoever has pinned that key. */
export function knowsRaw(name: string, { chain: [spki = new Uint8Array()] } = raw(name)): PeerEntry {
  return {
    entity: entityOf(name),
    flavour: 'raw',
    pin: `ni:///sha-256;${hash('sha256', spki, 'buffer').toString('base64url')}`,
  };
}

/** Whoever holds a pre-shared key with that CSE, which has the role. */
export function knowsPreshared(name: string, role: Role, pskIdentity = 'the identity'): PeerEntry {
  return { entity: entityOf(name), flavour: 'psk', pskIdentity, roles: [role] };
}

export const presharedKey: KeyObject = createSecretKey(Buffer.alloc(32, 'pre-shared'));
export const wrongKey: KeyObject = createSecretKey(Buffer.alloc(32, 'wrong'));

/** Party `a`, which holds a pre-shared key with `b`. */
export function initiatingHolder(options: PartyOptions = {}): Party {
  return party('a', { knows: [knowsPreshared('b', 'terminating')], presharedKey, ...options });
}

/** Party `b`, which holds the same key with `a`. */
export function terminatingHolder(options: PartyOptions = {}): Party {
  return party('b', { knows: [knowsPreshared('a', 'initiating')], presharedKey, ...options });
}

export function entityOf(name: string): string {
  return `//example.com/${name}`;
}

function holding(type: Credential['type'], bytes: Uint8Array, key: KeyObject): Holding {
  const { namedCurve } = key.asymmetricKeyDetails ?? {};
  return {
    type,
    chain: [bytes],
    schemes: signatureSchemes.map(({ id }) => id).filter(id => schemeFits(id, key)),
    curve: groups.find(({ curve }) => curve === namedCurve)?.id ?? null,
    key,
  };
}

/** Message 1. */
export function opening({ profile }: Party): Sent {
  return sent(initiate(profile));
}

/** What a terminating party makes of message 1. */
export function answered(party: Party, message1: Uint8Array): Sent {
  return sent(supplied(party, accept(party.profile, message1)));
}

/** What a party makes of the next message, with these CRLs at hand. */
export function read(
  party: Party,
  state: State,
  message: Uint8Array,
  crls?: RevocationLists,
): ReturnType<typeof supplied> {
  return supplied(
    party,
    advance(party.profile, state, { message, time, ...(crls !== undefined && { crls }) }),
  );
}

/** Goes on until neither a signature nor a pre-shared key is asked for. */
export function supplied(party: Party, turn: Turn): Exclude<Turn, { kind: 'sign' | 'need' }> {
  let next = turn;
  while (next.kind === 'sign' || next.kind === 'need')
    next = advance(party.profile, next.state, supply(party, next));
  return next;
}

function supply({ keys, presharedKey }: Party, turn: Extract<Turn, { kind: 'sign' | 'need' }>) {
  if (turn.kind === 'need') return { presharedKey };
  const key = keys[turn.credential];
  if (key === undefined) throw new Error(`there is no credential ${turn.credential}`);
  return { signature: signWith(key, turn.scheme, turn.bytes) };
}

/** A whole procedure. */
export interface Handshake {
  readonly turn1: Sent;
  readonly turn2: Sent;
  readonly turn3: Sent;
  readonly turn4: Done;
  readonly end: Done;
}

export function shakeHands(initiating: Party, terminating: Party): Handshake {
  const turn1 = opening(initiating);
  const turn2 = answered(terminating, turn1.message);
  const turn3 = sent(read(initiating, turn1.state, turn2.message));
  const turn4 = done(read(terminating, turn2.state, turn3.message));
  const end = done(read(initiating, turn3.state, message4Of(turn4)));
  return { turn1, turn2, turn3, turn4, end };
}
