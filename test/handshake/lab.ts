// Both end-points of the procedure from the lab PKI in certs/, with a fixed clock and repeatable randomness, and
// the four messages between them. Signs at once; knows no wrong message (those are in scripted-*.ts). End-points with
// other credentials are in kinds.ts.
import { createPrivateKey, createSecretKey, hash, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { CertificatePeer } from '../../src/certificates/peers.ts';
import { type PeerEntry, Peers, TrustAnchors } from '../../src/certificates/trust.ts';
import { type Group, groupById } from '../../src/crypto/key-exchange.ts';
import type { Random } from '../../src/crypto/random.ts';
import { signWith } from '../../src/crypto/signatures.ts';
import { type Suite, suiteByName, suites } from '../../src/crypto/suites.ts';
import { FlightWriter } from '../../src/handshake/flight.ts';
import { accept, advance, initiate } from '../../src/handshake/handshake.ts';
import {
  type Credential,
  makeProfile,
  type Profile,
  type ProfileOptions,
} from '../../src/handshake/profile.ts';
import type { Session } from '../../src/handshake/session.ts';
import type { State, WaitingForMessage2 } from '../../src/handshake/state.ts';
import type { Turn } from '../../src/handshake/turn.ts';
import { decode } from '../../src/wire/codec.ts';
import { clientExtension } from '../../src/wire/extensions.ts';
import { ClientHello, handshakeHeaderSize, message } from '../../src/wire/messages.ts';
import { ecdsaSha256, secp256r1 } from '../../src/wire/numbers.ts';

/** Within the validity of the certificates in certs/. */
export const time = new Date('2027-01-01T00:00:00Z');

/** A chain in DER, own certificate first, and its key; X.509 with P-256 where nothing else is said. */
export interface LabCredential extends Pick<Credential, 'chain'>, Partial<Omit<Credential, 'chain'>> {
  readonly key: KeyObject;
}

const certs = new URL('../../certs/', import.meta.url);
const text = (file: string) => readFileSync(new URL(file, certs), 'utf8');

/** DER certificates of a PEM text. */
export function certificatesOf(pem: string): Uint8Array[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map(block => new X509Certificate(block).raw);
}

/** An end-point of certs/, by the name of its files. */
export function labCredential(name: string): LabCredential {
  return { chain: certificatesOf(text(`${name}.pem`)), key: createPrivateKey(text(`${name}.key`)) };
}

export const labTrust: TrustAnchors = TrustAnchors.fromCertificates(certificatesOf(text('root.pem')));

/** The initiating AE and the terminating CSE. */
export const cae1: LabCredential = labCredential('cae1');
export const cseB: LabCredential = labCredential('cse-b');

export const cae1Entry: CertificatePeer = {
  entity: '//m2m.example.com/cse-a/Cae1',
  flavour: 'ae-id',
  trust: labTrust,
};
export const cseBEntry: CertificatePeer = {
  entity: '//m2m.example.com/cse-b',
  flavour: 'cse-id',
  identifier: 'cse-b.m2m.example.com',
  trust: labTrust,
};

/** What the scripted end-points use: the group of TS-0003 10.1.1.1, and the suite that every TLS stack has. */
export const p256: Group = groupById(secp256r1) ?? missing();
export const gcm: Suite = suiteByName('TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256') ?? missing();

function missing(): never {
  throw new Error('the lab is not complete');
}

/** Bytes that look random and are the same for the same seed: SHA-256 of seed and counter. */
export function repeatable(seed: string): Random {
  let counter = 0;
  let left = Buffer.alloc(0);
  return size => {
    while (left.length < size) left = Buffer.concat([left, hash('sha256', `${seed} ${counter++}`, 'buffer')]);
    const bytes = left.subarray(0, size);
    left = left.subarray(size);
    return Uint8Array.from(bytes);
  };
}

/** Makes a signature over unhashed bytes. */
export type Sign = (scheme: number, bytes: Uint8Array) => Uint8Array;

/** What both end-points have where they have a pre-shared key. */
export const labPresharedKey: KeyObject = createSecretKey(
  hash('sha256', 'the pre-shared key of the lab', 'buffer'),
);

/** One end-point: its side of the procedure, its signer and its pre-shared key. */
export interface End {
  readonly profile: Profile;
  readonly sign: Sign;
  /** Whatever the identity is. */
  readonly presharedKey: KeyObject | null;
}

export type EndOptions = Partial<ProfileOptions> & {
  /** Null for none. */
  readonly own?: LabCredential | null;
  readonly entry?: PeerEntry;
  readonly presharedKey?: KeyObject | null;
};

/** The initiating end-point: Cae1, who knows CSE B. */
export function initiatingEnd(options: EndOptions = {}): End {
  return makeEnd({ own: cae1, entry: cseBEntry, random: repeatable('initiating'), ...options });
}

/** The terminating end-point: CSE B, which knows Cae1. */
export function terminatingEnd(options: EndOptions = {}): End {
  return makeEnd({ own: cseB, entry: cae1Entry, random: repeatable('terminating'), ...options });
}

function makeEnd({
  own,
  entry,
  presharedKey = labPresharedKey,
  ...options
}: EndOptions & { readonly own: LabCredential | null; readonly entry: PeerEntry }): End {
  const profile = makeProfile({
    credentials: own === null ? [] : [credentialOf(own)],
    peers: new Peers([entry]),
    expected: true,
    ...options,
  });
  const sign: Sign = (scheme, bytes) => {
    if (own === null) throw new Error('an end-point without credential signs nothing');
    return signWith(own.key, scheme, bytes);
  };
  return { profile, sign, presharedKey };
}

function credentialOf({ key: _, ...credential }: LabCredential): Credential {
  return { type: 'x509', schemes: [ecdsaSha256], curve: secp256r1, ...credential };
}

/** What two end-points may agree on, and what they have for it. */
export interface Variant {
  readonly name: string;
  readonly suite: Suite;
  readonly encryptThenMac: boolean;
  readonly initiating: EndOptions;
  readonly terminating: EndOptions;
}

/** CBC has both orders of MAC and encryption. */
export function variantsOf(
  suite: Suite,
  ends: Partial<Pick<Variant, 'initiating' | 'terminating'>> = {},
): readonly Variant[] {
  const suites = [suite];
  const rest = {
    suite,
    initiating: { suites, ...ends.initiating },
    terminating: { suites, ...ends.terminating },
  };
  return suite.protection.kind === 'cbc'
    ? [
        { name: `${suite.name}, encrypt-then-mac`, encryptThenMac: true, ...rest },
        { name: `${suite.name}, mac-then-encrypt`, encryptThenMac: false, ...rest },
      ]
    : [{ name: suite.name, encryptThenMac: false, ...rest }];
}

/** Every suite of the profile onem2m for X.509 certificates. */
export const variants: readonly Variant[] = suites
  .filter(({ keyExchange, profile }) => keyExchange === 'ECDHE_ECDSA' && profile === 'onem2m')
  .flatMap(suite => variantsOf(suite));

export type Sent = Extract<Turn, { kind: 'send' }>;
export type Done = Extract<Turn, { kind: 'done' }>;

/** Message 1 of a variant. */
export function begin(end: End, { encryptThenMac }: Pick<Variant, 'encryptThenMac'>): Sent {
  const turn = sent(initiate(end.profile));
  return encryptThenMac ? turn : beginWith(turn, withoutEncryptThenMac);
}

function withoutEncryptThenMac(hello: ClientHello): ClientHello {
  const extensions = hello.extensions.filter(({ type }) => type !== clientExtension.encryptThenMac.type);
  return { ...hello, extensions };
}

/** As if the initiating end-point had offered this instead. */
export function beginWith(turn: Sent, change: (hello: ClientHello) => ClientHello): Sent {
  const hello = decode(ClientHello, turn.state.transcript.subarray(handshakeHeaderSize));
  const flight = new FlightWriter(new Uint8Array());
  flight.add(message.clientHello, change(hello));
  const state: WaitingForMessage2 = { waitingFor: 'message 2', transcript: flight.transcript };
  return { kind: 'send', message: flight.clear(), state };
}

/** Goes on until neither a signature nor a pre-shared key is asked for. */
export function signed(end: End, turn: Turn): Exclude<Turn, { kind: 'sign' | 'need' }> {
  const { profile, presharedKey } = end;
  let next = turn;
  for (;;) {
    if (next.kind === 'sign')
      next = advance(profile, next.state, { signature: end.sign(next.scheme, next.bytes) });
    else if (next.kind === 'need') next = advance(profile, next.state, { presharedKey });
    else return next;
  }
}

/** A turn that has a message for the peer and waits for another. */
export function sent(turn: Turn): Sent {
  if (turn.kind !== 'send') throw new Error(`the turn is ${turn.kind}`);
  return turn;
}

export function done(turn: Turn): Done {
  if (turn.kind !== 'done') throw new Error(`the turn is ${turn.kind}`);
  return turn;
}

/** The terminating end-point's answer to message 1. */
export function answer(end: End, message1: Uint8Array): Sent {
  return sent(signed(end, accept(end.profile, message1)));
}

/** What an end-point makes of the next message. */
export function goOn(end: End, state: State, received: Uint8Array): Exclude<Turn, { kind: 'sign' | 'need' }> {
  return signed(end, advance(end.profile, state, { message: received, time }));
}

/** A whole procedure, with everything that an end-point had in hand on the way. */
export interface Procedure {
  readonly initiating: End;
  readonly terminating: End;
  readonly turn1: Sent;
  readonly turn2: Sent;
  readonly turn3: Sent;
  readonly turn4: Done;
  readonly end: Done;
}

type Ends = Pick<Variant, 'initiating' | 'terminating'>;

export function runProcedure(
  { suite, encryptThenMac, ...ends }: Pick<Variant, 'suite' | 'encryptThenMac'> & Partial<Ends>,
  { initiating, terminating }: Partial<Ends> = {},
): Procedure {
  const suites = [suite];
  const a = initiatingEnd({ suites, ...ends.initiating, ...initiating });
  const b = terminatingEnd({ suites, ...ends.terminating, ...terminating });
  const turn1 = begin(a, { encryptThenMac });
  const turn2 = answer(b, turn1.message);
  const turn3 = sent(goOn(a, turn1.state, turn2.message));
  const turn4 = done(goOn(b, turn2.state, turn3.message));
  const end = done(goOn(a, turn3.state, message4Of(turn4)));
  return { initiating: a, terminating: b, turn1, turn2, turn3, turn4, end };
}

export function message4Of({ message: message4 }: Done): Uint8Array {
  if (message4 === undefined) throw new Error('there is no message 4');
  return message4;
}

/** The 48 bytes of TS-0003 Table 10.3.1-1. */
export function exported(session: Session): Buffer {
  return Buffer.from(session.export('EXPORTER-oneM2M-ESCertKE', 48));
}
