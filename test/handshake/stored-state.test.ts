// A state as bytes: what comes back, what is refused, and that nothing but `encodeState` shows its secrets.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import type { PresharedPeer } from '../../src/certificates/trust.ts';
import { groupByName } from '../../src/crypto/key-exchange.ts';
import { Secret } from '../../src/crypto/secrets.ts';
import { E2EKeyError } from '../../src/errors.ts';
import { accept, advance } from '../../src/handshake/handshake.ts';
import {
  decodeState,
  encodeState,
  type State,
  type WaitingForPresharedKey3,
  wipeState,
} from '../../src/handshake/state.ts';
import type { Turn } from '../../src/handshake/turn.ts';
import { allVariants, kinds } from './kinds.ts';
import { repeatable, runProcedure, time, type Variant } from './lab.ts';
import { refused } from './refused.ts';

/** One turn that ends at each pause. */
function turnsOf(variant: Variant): readonly (Turn & { readonly state: State })[] {
  const { initiating, terminating, turn1, turn2, turn3 } = runProcedure(variant);
  const asked2 = accept(terminating.profile, turn1.message);
  const asked3 = advance(initiating.profile, turn1.state, { message: turn2.message, time });
  const asked4 = advance(terminating.profile, turn2.state, { message: turn3.message, time });
  return [turn1, asked2, turn2, asked3, turn3, asked4].flatMap(turn =>
    turn.kind === 'done' || turn.kind === 'withheld' ? [] : [turn],
  );
}

const all = allVariants.flatMap(variant => turnsOf(variant).map(turn => ({ turn, variant })));
const kindNamed = (name: string) => kinds.find(({ kind }) => kind === name) ?? assert.fail(name);
/** Together they stop at every pause there is, with and without an ephemeral key. */
const certificates = kindNamed('X.509 certificates');
const presharedKey = kindNamed('pre-shared key');
const presharedKeyAndEcdhe = kindNamed('pre-shared key and ECDHE with a hint');
const thorough = [certificates, presharedKey, presharedKeyAndEcdhe];

test('the states that are looked at are all that there are', () => {
  const pauses = thorough.flatMap(variant => turnsOf(variant).map(({ state }) => state.waitingFor));
  assert.deepEqual(new Set(pauses).size, 7);
});

for (const { turn, variant } of all)
  test(`a state that waits for ${turn.state.waitingFor} is the same after storage: ${variant.name}`, () => {
    const bytes = encodeState(turn.state);
    const back = decodeState(bytes);
    assert.equal(back.waitingFor, turn.state.waitingFor);
    assert.deepEqual(encodeState(back), bytes);
    assert.deepEqual(secretsOf(back), secretsOf(turn.state));
    if ('negotiated' in back && 'negotiated' in turn.state)
      assert.deepEqual(back.negotiated, turn.state.negotiated);
    if ('peer' in back && 'peer' in turn.state) assert.deepEqual(back.peer, turn.state.peer);
    if ('authentication' in back && 'authentication' in turn.state) {
      const { by, peer } = turn.state.authentication;
      assert.deepEqual([back.authentication.by, back.authentication.peer], [by, peer]);
    }
    if ('signing' in back && 'signing' in turn.state) assert.deepEqual(back.signing, turn.state.signing);
  });

for (const { state, kind } of thorough.flatMap(variant =>
  turnsOf(variant).map(({ state }) => ({ state, kind: variant.kind })),
)) {
  const bytes = encodeState(state);
  const name = `a stored state that waits for ${state.waitingFor} (${kind})`;

  test(`${name} is refused when it is cut, at every byte`, () => {
    for (let size = 0; size < bytes.length; size++)
      refused(() => decodeState(bytes.subarray(0, size)), 'STORE_FAILED', /./);
  });

  test(`${name} is refused with one byte more`, () => {
    refused(() => decodeState(Buffer.concat([bytes, Uint8Array.of(0)])), 'STORE_FAILED', /left over/);
  });

  test(`${name} is refused in another format version`, () => {
    for (const version of [0, 1, 3, 255])
      refused(() => decodeState(Uint8Array.from(bytes).with(0, version)), 'STORE_FAILED', /version/);
  });

  test(`${name} is refused under an unknown tag`, () => {
    for (const tag of [7, 8, 255])
      refused(() => decodeState(Uint8Array.from(bytes).with(1, tag)), 'STORE_FAILED', /./);
  });

  test(`${name}, when a byte of it changes, is refused as STORE_FAILED or is another state; it never does harm`, () => {
    const random = repeatable(name);
    const runs = Number(process.env.E2EKEY_RUNS ?? 500);
    for (let run = 0; run < runs; run++) {
      const [high = 0, low = 0, change = 1] = random(3);
      const at = (high * 256 + low) % bytes.length;
      const changed = Uint8Array.from(bytes).with(at, (bytes[at] ?? 0) ^ (change || 1));
      try {
        assert.deepEqual(encodeState(decodeState(changed)), Buffer.from(changed));
      } catch (error) {
        assert.ok(
          error instanceof E2EKeyError && error.code === 'STORE_FAILED',
          `byte ${at}: ${String(error)}`,
        );
      }
    }
  });

  test(`${name} has secrets of its own: the bytes may be wiped`, () => {
    const copy = Uint8Array.from(bytes);
    const back = decodeState(copy);
    copy.fill(0);
    assert.deepEqual(encodeState(back), bytes);
  });
}

test('random bytes are no state', () => {
  const random = repeatable('no state');
  for (let size = 0; size < 300; size++)
    assert.throws(
      () => decodeState(random(size)),
      (error: unknown) => error instanceof E2EKeyError && error.code === 'STORE_FAILED',
    );
});

/** The bytes of a state, with what the fields that follow its transcript are changed to. */
function changed(state: State, change: (afterTranscript: Buffer) => void): Uint8Array {
  const bytes = Buffer.from(encodeState(state));
  const header = 2;
  const lengthSize = 3;
  change(bytes.subarray(header + lengthSize + state.transcript.length));
  return bytes;
}

function isWaitingForPresharedKey3(state: State): state is WaitingForPresharedKey3 {
  return state.waitingFor === 'pre-shared key for message 3';
}

function waitingForMessage3(variant: Variant): State {
  const { state } = runProcedure(variant).turn2;
  assert.equal(state.waitingFor, 'message 3');
  return state;
}

/** Suite, group, both certificate types, three flags, both randoms. */
const negotiatedSize = 2 + 2 + 2 + 3 + 64;

test('a stored state of a suite that nobody here knows is refused', () => {
  const bytes = changed(waitingForMessage3(certificates), fields => fields.writeUInt16BE(0xc0ff));
  refused(() => decodeState(bytes), 'STORE_FAILED', /unknown suite 0xc0ff/);
});

test('a stored state of a group that nobody here knows is refused', () => {
  const negotiatedGroup = changed(waitingForMessage3(certificates), fields => fields.writeUInt16BE(26, 2));
  const ephemeralGroup = changed(waitingForMessage3(certificates), fields =>
    fields.writeUInt16BE(26, negotiatedSize),
  );
  for (const bytes of [negotiatedGroup, ephemeralGroup])
    refused(() => decodeState(bytes), 'STORE_FAILED', /unknown group 26/);
});

test('a stored state with another certificate type than X.509 and raw is refused', () => {
  for (const at of [4, 5]) {
    const bytes = changed(waitingForMessage3(certificates), fields => fields.writeUInt8(2, at));
    refused(() => decodeState(bytes), 'STORE_FAILED', /./);
  }
});

test('a stored ephemeral key of another size than its group has is refused (RFC 8422 §5.4.1)', () => {
  const state = waitingForMessage3(certificates);
  assert.ok('ephemeral' in state && state.ephemeral);
  const { group, scalar, point } = state.ephemeral;
  for (const wrong of [
    { group, scalar: new Secret(scalar.bytes.slice(1)), point },
    { group, scalar: new Secret(Buffer.concat([scalar.bytes, scalar.bytes])), point },
    { group, scalar, point: point.subarray(1) },
    { group, scalar, point: new Uint8Array() },
    { group: groupByName('secp384r1') ?? assert.fail(), scalar, point },
  ])
    refused(
      () => decodeState(encodeState({ ...state, ephemeral: wrong })),
      'STORE_FAILED',
      /not one of its group/,
    );
});

test('a stored ephemeral key without a group, or a group without one, is refused', () => {
  for (const [variant, id] of [
    [certificates, 0],
    [presharedKey, 23],
  ] as const) {
    const bytes = changed(waitingForMessage3(variant), fields => fields.writeUInt16BE(id, negotiatedSize));
    refused(() => decodeState(bytes), 'STORE_FAILED', /not one of its group/);
  }
});

test('a state that waits for the signature over message 2 is refused without its ephemeral key', () => {
  const state = waitingForMessage3(presharedKey);
  const bytes = encodeState(state);
  const transcriptEnd = 5 + state.transcript.length;
  const [start, signing] = [Uint8Array.of(0, 0, 0), Uint8Array.of(0, 0, 4, 3)];
  const without = Buffer.concat([
    bytes.subarray(0, 1),
    Uint8Array.of(3),
    bytes.subarray(2, transcriptEnd),
    start,
    bytes.subarray(transcriptEnd),
    signing,
  ]);
  refused(() => decodeState(without), 'STORE_FAILED', /lacks its ephemeral key/);
});

test('a state that waits for the pre-shared key of message 3 is refused with a peer that has a certificate', () => {
  const { turn3 } = runProcedure(certificates);
  assert.ok(turn3.state.waitingFor === 'message 4');
  const { peer } = turn3.state.authentication;
  for (const variant of [presharedKey, presharedKeyAndEcdhe]) {
    const state =
      turnsOf(variant)
        .map(turn => turn.state)
        .find(isWaitingForPresharedKey3) ?? assert.fail();
    const bytes = encodeState({ ...state, peer: peer as PresharedPeer });
    refused(() => decodeState(bytes), 'STORE_FAILED', /peer with a certificate where one with a key is due/);
  }
});

test('a wiped state holds only zeros', () => {
  for (const variant of thorough)
    for (const { state } of turnsOf(variant)) {
      wipeState(state);
      for (const secret of secretsOf(state)) assert.ok(secret.every(byte => byte === 0));
    }
});

for (const { turn, variant } of all)
  test(`neither inspect nor JSON shows a secret of the turn that waits for ${turn.state.waitingFor}: ${variant.name}`, () => {
    const encoded = Buffer.from(encodeState(turn.state));
    for (const secret of secretsOf(turn.state)) {
      assert.ok(encoded.includes(secret), 'the test knows the secrets that are stored');
      hides(turn, secret);
    }
  });

for (const variant of allVariants)
  test(`neither inspect nor JSON shows the master secret of a session: ${variant.name}`, () => {
    const { turn3, turn4, end } = runProcedure(variant);
    const [masterSecret] = secretsOf(turn3.state);
    assert.ok(masterSecret);
    for (const turn of [turn4, end]) hides(turn, masterSecret);
  });

function secretsOf(state: State): Uint8Array[] {
  const secrets = [
    ...('masterSecret' in state ? [state.masterSecret] : []),
    ...('ephemeral' in state && state.ephemeral ? [state.ephemeral.scalar] : []),
  ];
  return secrets.map(({ bytes }) => bytes);
}

/** Raw, hex, base64, and as a list of numbers. */
function hides(value: unknown, secret: Uint8Array): void {
  const bytes = Buffer.from(secret);
  const forms = [
    bytes.toString('latin1'),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    bytes.toString('hex').replace(/../g, '$& ').trim(),
    bytes.toString('base64'),
    bytes.toString('base64url'),
    bytes.join(','),
    bytes.join(', '),
  ].map(form => form.slice(0, 40));
  const shown = inspect(value, {
    depth: null,
    showHidden: true,
    maxArrayLength: null,
    breakLength: Infinity,
  });
  // JSON writes a Uint8Array as {"0":1,"1":2}: its values in their order.
  const numbers = JSON.stringify(value).replace(/"\d+":/g, '');
  for (const text of [shown, JSON.stringify(value), numbers, `${value}`])
    for (const form of forms) assert.ok(!text.includes(form), 'a secret is shown');
}
