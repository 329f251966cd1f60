// What a step needs of secrets and does not hand on is wiped before the step ends, well or badly.
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { generateEphemeral, premasterSecret } from '../../src/crypto/key-exchange.ts';
import { extendedMasterSecret } from '../../src/crypto/key-schedule.ts';
import type { Random } from '../../src/crypto/random.ts';
import { Secret } from '../../src/crypto/secrets.ts';
import { advance } from '../../src/handshake/handshake.ts';
import type { WaitingForMessage3 } from '../../src/handshake/state.ts';
import { authenticateMessage3 } from '../../src/handshake/terminating.ts';
import { message } from '../../src/wire/messages.ts';
import { find, messagesOf } from './flights.ts';
import {
  answer,
  begin,
  goOn,
  initiatingEnd,
  repeatable,
  sent,
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
  const scalar = draws.at(-1) ?? assert.fail();
  const { point } = find(messagesOf(turn2.message), message.serverKeyExchange).parameters;
  const premaster = premasterSecret(
    generateEphemeral(() => scalar),
    point,
  );
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

/** Premaster and master secret, in hex. */
function secretsOf(state: WaitingForMessage3, message3: Uint8Array): string[] {
  const input = { message: message3, time };
  const { point, transcriptToKeyExchange } = authenticateMessage3(terminatingEnd().profile, state, input);
  const premaster = premasterSecret(state, point);
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
