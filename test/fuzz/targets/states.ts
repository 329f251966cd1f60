// Stored states of every pause and every kind of credential: what was not stored by us is STORE_FAILED, what decodes
// encodes again to the same bytes, and going on from it with what the honest peer sends ends in a turn or a code.
// The peer in a state, and the seal around it, are targets of their own. What the evidence in a state says is taken
// at its word (src/handshake/state.ts), so a Session may come out.
import { createSecretKey } from 'node:crypto';
import { decodePeer, encodePeer } from '../../../src/certificates/trust.ts';
import { createSealer, type SealedRow } from '../../../src/endpoint/sealing.ts';
import { E2EKeyError } from '../../../src/errors.ts';
import { advance } from '../../../src/handshake/handshake.ts';
import { decodeState, encodeState, type State } from '../../../src/handshake/state.ts';
import type { Input } from '../../../src/handshake/turn.ts';
import type { Codec, Shape } from '../../../src/wire/codec.ts';
import { opaque, struct, uint8, uint16, uint24, variant, vector } from '../../../src/wire/codec.ts';
import { labPresharedKey } from '../../handshake/lab.ts';
import { leaf, Part } from '../part.ts';
import { type Target, Violation } from '../target.ts';
import { textPart } from '../text-parts.ts';
import { drawnPart, shapePart } from '../wire-parts.ts';
import { procedures, type RecordedProcedure } from './procedures.ts';

const bytes24 = vector(3, 0, 0xffffff);
const negotiated = struct('Negotiated', '', {
  suite: uint16,
  group: uint16,
  types: opaque(2),
  flags: opaque(3),
  randoms: opaque(64),
});
const ephemeral = struct('Ephemeral', '', {
  group: uint16,
  scalar: vector(1, 0, 0xff),
  point: vector(1, 0, 0xff),
});
const signing = struct('Signing', '', { credential: uint16, scheme: uint16 });
const masterSecret = opaque(48);
const authenticated = { negotiated, masterSecret, peer: bytes24, stapledResponse: bytes24 };
const of = (fields: Readonly<Record<string, Codec<unknown>>>) =>
  struct('state', '', { transcript: bytes24, ...fields });

/** How a stored state is laid out, as far as it takes to change it in the right places. */
const storedState: Shape = struct('StoredState', '', {
  version: uint8,
  state: variant({
    0: of({}),
    1: of({ start: uint24, ...authenticated, signing }),
    2: of(authenticated),
    3: of({ start: uint24, negotiated, ephemeral, signing }),
    4: of({ negotiated, ephemeral }),
    5: of({ negotiated, peer: bytes24, point: bytes24 }),
    6: of({ negotiated, ephemeral, received: bytes24 }),
  }),
}).shape;

const encodedStates = procedures.flatMap(({ pauses }) => pauses).map(encodeState);

/** @throws Error if a state is laid out otherwise. */
function statePart(bytes: Uint8Array): Part {
  const part = shapePart(storedState, bytes);
  if (part === null) throw new Error('a stored state has another layout than the fuzzer knows');
  return part;
}

const stateParts = encodedStates.map(statePart);

/**
 * Our own mistakes that a changed state may come to: decodeState reads suite, peer and ephemeral key each by itself, and
 * going on stops where they do not fit each other.
 */
const stopped: ReadonlySet<string> = new Set([
  'a session with evidence of another kind than its suite',
  'a state without its ephemeral key',
]);

const stateTargets: readonly Target[] = procedures.map(procedure => ({
  name: `stored states: ${procedure.variant.name}`,
  group: 'states',
  weight: 3,
  seeds: procedure.pauses.map(state => statePart(encodeState(state))),
  spares: stateParts,
  draw: draw => drawnPart(storedState, draw),
  // What comes of going on with a state that was changed: any other code.
  refuses: ({ code, message }) => code !== 'INTERNAL' || stopped.has(message),
  take: bytes => {
    const state = storeFailedOr(() => decodeState(bytes));
    if (Buffer.compare(encodeState(state), bytes) !== 0)
      throw new Violation('what was decoded encodes to other bytes than it came from');
    const { initiating, terminating } = procedure;
    const { profile } = roleOf[state.waitingFor] === 'initiating' ? initiating : terminating;
    return `${state.waitingFor}: ${advance(profile, state, inputFor(state, procedure)).kind}`;
  },
}));

const peers = new Map(
  procedures
    .flatMap(({ pauses }) => pauses)
    .flatMap(state =>
      'authentication' in state ? [state.authentication.peer] : 'peer' in state ? [state.peer] : [],
    )
    .map(peer => [Buffer.from(encodePeer(peer)).toString(), peer]),
);

const peerTarget: Target = {
  name: 'stored peers: decodePeer',
  group: 'states',
  weight: 12,
  seeds: [...peers.keys()].map(textPart),
  refuses: ({ code }) => code === 'STORE_FAILED',
  take: bytes => {
    const peer = decodePeer(bytes);
    if (Buffer.compare(encodePeer(peer), bytes) !== 0)
      throw new Violation('what was decoded encodes to other bytes than it came from');
    return `a peer of flavour ${peer.flavour}`;
  },
};

const row: SealedRow = {
  table: 'pending',
  id: '7',
  endpoint: '//m2m.example.com/cse-b',
  entity: '//m2m.example.com/cse-a/Cae1',
  waitingFor: 'message 3',
  expires: 1_800_000_000_000,
};
const sealer = createSealer({ current: createSecretKey(Buffer.alloc(32, 0x4b)) });
/** `sealer.seal` of 16 zero bytes for the row; each seal draws a salt, and the inputs have to be the same again. */
const sealed = Buffer.from(
  '01e0a33979b4e4da62a597c3479a64bb3d747bd17c1b1798b97dd9b9245200b8b344604e3c03295f5f7c9b740347097cd4a522d019cfcb197a7fc42cc3ea2f8d7e1af49e8ad79cd628',
  'hex',
);

const sealedTarget: Target = {
  name: 'sealed rows: open',
  group: 'states',
  weight: 6,
  seeds: [sealedPart(sealed)],
  refuses: ({ code }) => code === 'STORE_FAILED',
  take: bytes => {
    sealer.open(row, bytes);
    if (Buffer.compare(bytes, sealed) !== 0) throw new Violation('a sealed row opened that was changed');
    return 'opened';
  },
};

export const storedTargets: readonly Target[] = [...stateTargets, peerTarget, sealedTarget];

/** Format, id of the sealing key, salt, ciphertext and tag (src/endpoint/sealing.ts). */
function sealedPart(bytes: Uint8Array): Part {
  const borders = [0, 1, 9, 41, bytes.length - 16, bytes.length];
  const inside = borders.slice(1).map((end, index) => leaf('sealed', bytes.subarray(borders[index], end)));
  return new Part({ kind: 'whole', inside });
}

/** Going on may end in any code, so that the one of the decoder is held here. */
function storeFailedOr<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof E2EKeyError) || error.code === 'STORE_FAILED') throw error;
    throw new Violation(`${error.code} of a decoder: ${error.message}`, { cause: error });
  }
}

const roleOf: Readonly<Record<State['waitingFor'], 'initiating' | 'terminating'>> = {
  'message 2': 'initiating',
  'signature over message 3': 'initiating',
  'pre-shared key for message 3': 'initiating',
  'message 4': 'initiating',
  'signature over message 2': 'terminating',
  'message 3': 'terminating',
  'pre-shared key for message 4': 'terminating',
};

/** What the honest peer, our signer or our key store has for the pause. */
function inputFor({ waitingFor }: State, { messages, time }: RecordedProcedure): Input {
  switch (waitingFor) {
    case 'message 2':
      return { message: messages[1], time };
    case 'message 3':
      return { message: messages[2], time };
    case 'message 4':
      return { message: messages[3], time };
    case 'signature over message 2':
    case 'signature over message 3':
      return { signature: Buffer.alloc(70, 0x30) };
    default:
      return { presharedKey: labPresharedKey };
  }
}
