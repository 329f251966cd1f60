// Who is searched: one of our end-points, of one kind of credential, and the peer that it talks to.
import type { Role } from '../../src/certificates/trust.ts';
import { E2EKeyError } from '../../src/errors.ts';
import { accept } from '../../src/handshake/handshake.ts';
import { type Connection, Session } from '../../src/handshake/session.ts';
import type { State } from '../../src/handshake/state.ts';
import type { MisbehavingPeerOptions } from '../../src/testing/misbehaving/knowledge.ts';
import { MisbehavingPeer } from '../../src/testing/misbehaving/peer.ts';
import { changed, type Step } from '../../src/testing/misbehaving/steps.ts';
import { makeExtension } from '../../src/wire/codec.ts';
import { serverExtension } from '../../src/wire/extensions.ts';
import { message } from '../../src/wire/messages.ts';
import { allVariants, type KindVariant, pskIdentity } from '../handshake/kinds.ts';
import {
  begin,
  cae1,
  cseB,
  cseBEntry,
  type EndOptions,
  type End as EndPoint,
  exported,
  goOn,
  initiatingEnd,
  labPresharedKey,
  repeatable,
  signed,
  terminatingEnd,
} from '../handshake/lab.ts';
import { type Grammar, message1, message2, message3, message4 } from './legal.ts';

/** One of the four messages, which the peer says. */
export type MessageNumber = 1 | 2 | 3 | 4;

export interface Case {
  readonly name: string;
  /** Ours. */
  readonly role: Role;
  /** Before the peer has said anything. */
  readonly start: Position;
  readonly legal: Readonly<Partial<Record<MessageNumber, Grammar>>>;
  /** What letters say here that say something else elsewhere. */
  readonly says?: Readonly<Record<string, Step>>;
  readonly ours: EndPoint;
}

/** Where a handshake stands: what is due is a message of the peer. */
export interface Position {
  readonly message: MessageNumber;
  readonly peer: MisbehavingPeer;
  /** Null before message 1. */
  readonly state: State | null;
}

/** What our end-point made of a flight. */
export type Verdict =
  | { readonly end: 'refused'; readonly error: E2EKeyError }
  /** With another error than one that blames the peer. */
  | { readonly end: 'failed'; readonly problem: string }
  | { readonly end: 'answer'; readonly next: Position }
  | {
      readonly end: 'Session' | 'Connection';
      /** Why both ends do not have the same; null if they do. */
      readonly differs: string | null;
    };

/** `flight`: its bytes, which `peer` has said. */
export function judge(
  { ours }: Case,
  { message, state }: Position,
  peer: MisbehavingPeer,
  flight: Uint8Array,
): Verdict {
  try {
    const turn = state === null ? signed(ours, accept(ours.profile, flight)) : goOn(ours, state, flight);
    const heard = peer.copy();
    if (turn.message !== undefined) heard.receive(turn.message);
    switch (turn.kind) {
      case 'send':
        return {
          end: 'answer',
          next: { message: message === 1 ? 3 : 4, peer: heard, state: turn.state },
        };
      case 'done':
        return { end: 'Session', differs: differenceOf(heard, turn.session, turn.message) };
      case 'withheld':
        return { end: 'Connection', differs: differenceOf(heard, turn.connection, turn.message) };
    }
  } catch (error) {
    if (error instanceof E2EKeyError && error.blame === 'peer') return { end: 'refused', error };
    return { end: 'failed', problem: `failed: ${String(error)}` };
  }
}

function differenceOf(
  peer: MisbehavingPeer,
  finished: Session | Connection,
  message4: Uint8Array | undefined,
): string | null {
  if (message4 !== undefined && peer.finished !== 'right') return 'its Finished is wrong for what was said';
  if (!(finished instanceof Session)) return null;
  return exported(finished).equals(peer.export('EXPORTER-oneM2M-ESCertKE', 48))
    ? null
    : 'the peer has other 48 bytes';
}

const ecdsaGcm = 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256';
const ecdsaCbc = 'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, mac-then-encrypt';

/** Both roles, every kind of credential, AEAD and CBC with both orders of the MAC. */
export const cases: readonly Case[] = [
  ...bothRoles('X.509', variantOf('X.509 certificates', ecdsaGcm)),
  ...bothRoles('X.509, CBC', variantOf('X.509 certificates', ecdsaCbc)),
  ...bothRoles('raw public keys', variantOf('raw public keys', ecdsaGcm)),
  ...bothRoles(
    'ECDHE_PSK, CBC',
    variantOf('pre-shared key and ECDHE', 'TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256, encrypt-then-mac'),
  ),
  ...bothRoles('PSK', variantOf('pre-shared key', 'TLS_PSK_WITH_AES_128_GCM_SHA256')),
  {
    ...initiating('X.509, status', variantOf('X.509 certificates', ecdsaGcm), true),
    // Announces CertificateStatus (RFC 6066 §8).
    says: {
      h: changed(message.serverHello, hello => ({
        ...hello,
        extensions: [...hello.extensions, makeExtension(serverExtension.statusRequest, new Uint8Array())],
      })),
    },
  },
  ...(['request', 'none'] as const).map(asked =>
    terminating(`X.509, client authentication ${asked}`, variantOf('X.509 certificates', ecdsaGcm), asked),
  ),
];

export function caseOf(name: string, role: Role): Case {
  return (
    cases.find(known => known.name === name && known.role === role) ?? missing(`case ${name} as ${role}`)
  );
}

function bothRoles(name: string, variant: KindVariant): readonly Case[] {
  return [terminating(name, variant), initiating(name, variant)];
}

function terminating(
  name: string,
  variant: KindVariant,
  clientAuthentication: 'require' | 'request' | 'none' = 'require',
): Case {
  const ours = terminatingEnd({ ...variant.terminating, clientAuthentication });
  const peer = new MisbehavingPeer(peerOptions('initiating', variant));
  return {
    name,
    role: 'terminating',
    ours,
    start: { message: 1, peer, state: null },
    legal: { 1: message1, 3: message3(variant.suite.keyExchange, clientAuthentication) },
  };
}

function initiating(name: string, variant: KindVariant, requestStatus = false): Case {
  // What its CertificateStatus says is not judged: which sequences are legal is asked here.
  const entry: EndOptions = requestStatus ? { entry: { ...cseBEntry, revocation: 'off' } } : {};
  const ours = initiatingEnd({ ...variant.initiating, ...entry, requestStatus });
  const turn1 = begin(ours, variant);
  const peer = new MisbehavingPeer(peerOptions('terminating', variant));
  peer.receive(turn1.message);
  return {
    name,
    role: 'initiating',
    ours,
    start: { message: 2, peer, state: turn1.state },
    legal: { 2: message2(variant.suite.keyExchange, requestStatus), 4: message4 },
  };
}

function peerOptions(role: Role, variant: KindVariant): MisbehavingPeerOptions {
  const own = (of: EndOptions, otherwise: typeof cae1) => (of.own === undefined ? otherwise : of.own);
  const [near, far] = [own(variant.initiating, cae1), own(variant.terminating, cseB)];
  const [mine, theirs] = role === 'initiating' ? [near, far] : [far, near];
  return {
    role,
    // Also beside a pre-shared key: what it says out of place is right in itself.
    credential: mine ?? (role === 'initiating' ? cae1 : cseB),
    presharedKey: mine === null ? { identity: pskIdentity, key: labPresharedKey } : null,
    suites: [variant.suite.name],
    encryptThenMac: variant.encryptThenMac,
    peerType: theirs?.type ?? 'x509',
    random: repeatable('the peer'),
  };
}

function variantOf(kind: string, suite: string): KindVariant {
  return (
    allVariants.find(variant => variant.kind === kind && variant.name.endsWith(suite)) ??
    missing(`${kind} with ${suite}`)
  );
}

function missing(what: string): never {
  throw new Error(`there is no ${what}`);
}
