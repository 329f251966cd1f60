// A state as bytes: what comes back, what is refused, and that nothing but `encodeState` shows its secrets.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { E2EKeyError } from '../../src/errors.ts';
import { accept, advance } from '../../src/handshake/handshake.ts';
import { decodeState, encodeState, type State, wipeState } from '../../src/handshake/state.ts';
import type { Turn } from '../../src/handshake/turn.ts';
import { repeatable, runProcedure, time, variants } from './lab.ts';
import { refused } from './refused.ts';

/** One turn that ends at each pause. */
function turnsOf(variant: (typeof variants)[number]): readonly (Turn & { readonly state: State })[] {
  const { initiating, terminating, turn1, turn2, turn3 } = runProcedure(variant);
  const asked2 = accept(terminating.profile, turn1.message);
  const asked3 = advance(initiating.profile, turn1.state, { message: turn2.message, time });
  assert.ok(asked2.kind === 'sign' && asked3.kind === 'sign');
  return [turn1, asked2, turn2, asked3, turn3];
}

const all = variants.flatMap(variant => turnsOf(variant).map(turn => ({ turn, variant })));
const [first] = variants;
assert.ok(first);

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
  });

for (const { state } of turnsOf(first)) {
  const bytes = encodeState(state);
  const name = `a stored state that waits for ${state.waitingFor}`;

  test(`${name} is refused when it is cut, at every byte`, () => {
    for (let size = 0; size < bytes.length; size++)
      refused(() => decodeState(bytes.subarray(0, size)), 'STORE_FAILED', /./);
  });

  test(`${name} is refused with one byte more`, () => {
    refused(() => decodeState(Buffer.concat([bytes, Uint8Array.of(0)])), 'STORE_FAILED', /left over/);
  });

  test(`${name} is refused in another format version`, () => {
    for (const version of [0, 2, 255])
      refused(() => decodeState(Uint8Array.from(bytes).with(0, version)), 'STORE_FAILED', /version/);
  });

  test(`${name} is refused under an unknown tag`, () => {
    for (const tag of [5, 6, 255])
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

test('a stored state of a suite that nobody here knows is refused', () => {
  const { state } = turnsOf(first).at(2) ?? assert.fail();
  assert.ok(state.waitingFor === 'message 3');
  const bytes = Buffer.from(encodeState(state));
  bytes.writeUInt16BE(0xc02c, 2 + 3 + state.transcript.length);
  refused(() => decodeState(bytes), 'STORE_FAILED', /unknown suite 0xc02c/);
});

test('a wiped state holds only zeros', () => {
  for (const { state } of turnsOf(first)) {
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

for (const variant of variants)
  test(`neither inspect nor JSON shows the master secret of a session: ${variant.name}`, () => {
    const { turn3, turn4, end } = runProcedure(variant);
    const [masterSecret] = secretsOf(turn3.state);
    assert.ok(masterSecret);
    for (const turn of [turn4, end]) hides(turn, masterSecret);
  });

function secretsOf(state: State): Uint8Array[] {
  const secrets = [
    ...('masterSecret' in state ? [state.masterSecret] : []),
    ...('scalar' in state ? [state.scalar] : []),
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
