// What a step needs of secrets and does not hand on is wiped before the step ends, well or badly.
import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { mock, test } from 'node:test';
import { agree, generateEphemeral, presharedPremasterSecret } from '../../src/crypto/key-exchange.ts';
import { extendedMasterSecret } from '../../src/crypto/key-schedule.ts';
import type { Random } from '../../src/crypto/random.ts';
import { Secret } from '../../src/crypto/secrets.ts';
import { advance } from '../../src/handshake/handshake.ts';
import { type WaitingForMessage3, wipeState } from '../../src/handshake/state.ts';
import { authenticateMessage3 } from '../../src/handshake/terminating.ts';
import { message } from '../../src/wire/messages.ts';
import { edit, find, inRecords, messagesOf } from './flights.ts';
import { kinds } from './kinds.ts';
import {
  answer,
  begin,
  goOn,
  initiatingEnd,
  labPresharedKey,
  p256,
  repeatable,
  runProcedure,
  sent,
  signed,
  terminatingEnd,
  time,
  variants,
} from './lab.ts';
import { refused } from './refused.ts';
import { scriptedInitiating } from './scripted-initiating.ts';
import { scriptedTerminating } from './scripted-terminating.ts';

const [variant] = variants;
assert.ok(variant);

test('the initiating end-point wipes its ephemeral key and the premaster secret once message 2 is read', () => {
  const { draws, random } = observed('initiating');
  const [a, b] = [initiatingEnd({ random }), terminatingEnd()];
  const turn1 = begin(a, variant);
  const turn2 = answer(b, turn1.message);
  const wiped = wipedDuring(() => advance(a.profile, turn1.state, { message: turn2.message, time }));
  const { ephemeral } = turn2.state as WaitingForMessage3;
  const scalar = draws.at(-1) ?? assert.fail();
  const { point } = generateEphemeral(p256, () => scalar);
  const premaster = agree(ephemeral ?? assert.fail(), point);
  assert.deepEqual(wiped, [scalar, premaster.bytes].map(hex));
});

test('the initiating end-point wipes its ephemeral key also where the other one is refused', () => {
  const { draws, random } = observed('initiating');
  const a = initiatingEnd({ random });
  const turn1 = begin(a, variant);
  const { message2 } = scriptedTerminating(turn1.message, {
    parameters: parameters => ({ ...parameters, point: new Uint8Array(65).with(0, 4) }),
  });
  const wiped = wipedDuring(() =>
    refused(() => goOn(a, turn1.state, message2), 'PARAMETER_ILLEGAL', /point/),
  );
  assert.deepEqual(wiped, [draws.at(-1) ?? assert.fail()].map(hex));
});

test('the terminating end-point wipes the premaster secret, and the master secret where Finished is wrong', () => {
  const b = terminatingEnd();
  const flipped = (due: Uint8Array) => Uint8Array.from(due).with(0, (due[0] ?? 0) ^ 1);
  for (const verifyData of [undefined, flipped]) {
    const scripted = scriptedInitiating({ ...(verifyData && { verifyData }) });
    const turn2 = answer(b, scripted.message1);
    assert.ok(turn2.state.waitingFor === 'message 3');
    const { message3 } = scripted.answer(turn2.message);
    const [premaster, masterSecret] = secretsOf(turn2.state, message3);
    const wiped = wipedDuring(() =>
      verifyData
        ? refused(() => goOn(b, turn2.state, message3), 'FINISHED_INVALID', /Finished/)
        : goOn(b, turn2.state, message3),
    );
    assert.deepEqual(wiped, verifyData ? [premaster, masterSecret] : [premaster]);
  }
});

test('a session wipes its master secret when it is closed', () => {
  const [a, b] = [initiatingEnd(), terminatingEnd()];
  const turn1 = begin(a, variant);
  const turn2 = answer(b, turn1.message);
  const turn3 = sent(goOn(a, turn1.state, turn2.message));
  assert.ok(turn2.state.waitingFor === 'message 3');
  const [, masterSecret] = secretsOf(turn2.state, turn3.message);
  const turn4 = goOn(b, turn2.state, turn3.message);
  assert.ok(turn4.kind === 'done');
  assert.deepEqual(
    wipedDuring(() => turn4.session.close()),
    [masterSecret],
  );
});

const presharedKey = kinds.find(({ kind }) => kind === 'pre-shared key') ?? assert.fail();
const presharedKeyAndEcdhe = kinds.find(({ kind }) => kind === 'pre-shared key and ECDHE') ?? assert.fail();

test('with a pre-shared key alone both end-points wipe the premaster secret that was made with it (RFC 4279 §2)', () => {
  const { initiating: a, terminating: b, turn1, turn2 } = runProcedure(presharedKey);
  const premaster = hex(presharedPremasterSecret(labPresharedKey, null).bytes);
  const asked3 = advance(a.profile, turn1.state, { message: turn2.message, time });
  const turn3 = sent(signed(a, asked3));
  const asked4 = advance(b.profile, turn2.state, { message: turn3.message, time });
  for (const [end, asked] of [
    [a, asked3],
    [b, asked4],
  ] as const)
    assert.deepEqual(
      wipedDuring(() => signed(end, asked)),
      [premaster],
    );
});

test('the bytes of a pre-shared key are wiped once the premaster secret is made', () => {
  const copies: Buffer[] = [];
  const presharedSecret = createSecretKey(Buffer.alloc(32, 7));
  const exportKey = presharedSecret.export.bind(presharedSecret) as () => Buffer;
  mock.method(presharedSecret, 'export', () => {
    const copy = exportKey();
    copies.push(copy);
    return copy;
  });
  runProcedure(presharedKey, {
    initiating: { presharedKey: presharedSecret },
    terminating: { presharedKey: presharedSecret },
  });
  assert.equal(copies.length, 2);
  assert.ok(Buffer.concat(copies).every(byte => byte === 0));
});

test('with a pre-shared key and ECDHE both end-points also wipe what ECDHE agreed on (RFC 5489 §2)', () => {
  const { draws, random } = observed('initiating');
  const a = initiatingEnd({ ...presharedKeyAndEcdhe.initiating, random });
  const b = terminatingEnd(presharedKeyAndEcdhe.terminating);
  const turn1 = begin(a, presharedKeyAndEcdhe);
  const turn2 = answer(b, turn1.message);
  const asked3 = advance(a.profile, turn1.state, { message: turn2.message, time });
  const scalarDraw = draws.length;
  const wiped3 = wipedDuring(() => signed(a, asked3));
  const scalar = draws[scalarDraw] ?? assert.fail();
  const { ephemeral } = turn2.state as WaitingForMessage3;
  const agreed = () => agree(ephemeral ?? assert.fail(), generateEphemeral(p256, () => scalar).point);
  const [ecdhe, premaster] = [agreed(), presharedPremasterSecret(labPresharedKey, agreed())].map(
    ({ bytes }) => hex(bytes),
  );
  assert.deepEqual(wiped3, [hex(scalar), ecdhe, premaster]);

  const turn3 = sent(signed(a, asked3));
  const theirs = agree(
    ephemeral ?? assert.fail(),
    find(messagesOf(turn3.message), message.ecdhePskClientKeyExchange).point,
  );
  const asked4 = advance(b.profile, turn2.state, { message: turn3.message, time });
  const wiped4 = wipedDuring(() => signed(b, asked4));
  assert.deepEqual(
    wiped4,
    [theirs, presharedPremasterSecret(labPresharedKey, theirs)].map(({ bytes }) => hex(bytes)),
  );
});

test('the initiating end-point wipes its ephemeral key also where the point beside the hint is refused', () => {
  const { draws, random } = observed('initiating');
  const a = initiatingEnd({ ...presharedKeyAndEcdhe.initiating, random });
  const turn1 = begin(a, presharedKeyAndEcdhe);
  const turn2 = answer(terminatingEnd(presharedKeyAndEcdhe.terminating), turn1.message);
  const spoilt = edit(messagesOf(turn2.message), message.ecdhePskServerKeyExchange, exchange => ({
    ...exchange,
    parameters: { ...exchange.parameters, point: new Uint8Array(65).with(0, 4) },
  }));
  const wiped = wipedDuring(() =>
    refused(() => goOn(a, turn1.state, inRecords(spoilt)), 'PARAMETER_ILLEGAL', /point/),
  );
  assert.deepEqual(wiped, [hex(draws.at(-1) ?? assert.fail())]);
});

for (const variant of [presharedKey, presharedKeyAndEcdhe])
  test(`a wrong pre-shared key leaves no master secret: ${variant.kind}`, () => {
    const a = initiatingEnd({ ...variant.initiating, presharedKey: createSecretKey(Buffer.alloc(32, 1)) });
    const b = terminatingEnd(variant.terminating);
    const turn1 = begin(a, variant);
    const turn2 = answer(b, turn1.message);
    const { message: message3 } = sent(goOn(a, turn1.state, turn2.message));
    const asked4 = advance(b.profile, turn2.state, { message: message3, time });
    const wiped = wipedDuring(() => refused(() => signed(b, asked4), 'RECORD_UNAUTHENTIC', /./));
    const masterSecret = wiped.at(-1) ?? assert.fail();
    assert.equal(masterSecret.length, 2 * 48);
    assert.equal(wiped.length, variant.group === null ? 2 : 3);
  });

for (const variant of kinds)
  test(`every secret whose bytes were used is wiped by whoever had it when all is over: ${variant.kind}`, () => {
    const used = new Set<Secret>();
    const { get } = Object.getOwnPropertyDescriptor(Secret.prototype, 'bytes') ?? {};
    const spy = mock.getter(Secret.prototype, 'bytes', function (this: Secret) {
      used.add(this);
      return get?.call(this);
    });
    try {
      const { turn2, turn3, turn4, end } = runProcedure(variant);
      for (const { state } of [turn2, turn3]) wipeState(state);
      for (const { session } of [turn4, end]) session.close();
    } finally {
      spy.mock.restore();
    }
    assert.ok(used.size >= 4);
    const left = [...used].filter(({ bytes }) => bytes.some(byte => byte !== 0));
    assert.deepEqual(left, []);
  });

/** Premaster and master secret, in hex. */
function secretsOf(state: WaitingForMessage3, message3: Uint8Array): string[] {
  const input = { message: message3, time };
  const { point, transcriptToKeyExchange } = authenticateMessage3(terminatingEnd().profile, state, input);
  const premaster = agree(state.ephemeral ?? assert.fail(), point);
  const { hash } = state.negotiated.suite;
  return [premaster, extendedMasterSecret(hash, premaster.bytes, transcriptToKeyExchange)].map(({ bytes }) =>
    hex(bytes),
  );
}

/** What the secrets that a step wipes were, in hex. */
function wipedDuring(step: () => unknown): string[] {
  const wiped: string[] = [];
  const wipe = Secret.prototype.wipe;
  const spy = mock.method(Secret.prototype, 'wipe', function (this: Secret) {
    wiped.push(hex(this.bytes));
    wipe.call(this);
    assert.ok(this.bytes.every(byte => byte === 0));
  });
  try {
    step();
  } finally {
    spy.mock.restore();
  }
  return wiped;
}

function observed(seed: string): { draws: Uint8Array[]; random: Random } {
  const source = repeatable(seed);
  const draws: Uint8Array[] = [];
  const random = (size: number) => {
    const bytes = source(size);
    draws.push(Uint8Array.from(bytes));
    return bytes;
  };
  return { draws, random };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
