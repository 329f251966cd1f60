// A CBC record that does not open, where it matters: in the place of Finished, through the whole handshake. Whoever
// sends it learns nothing of the reason, neither by what he is told nor by what it costs (RFC 5246 §6.2.3.2).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trafficKeys } from '../../src/crypto/key-schedule.ts';
import { type RecordProtection, unprotect } from '../../src/crypto/record-protection.ts';
import { E2EKeyError } from '../../src/errors.ts';
import { encode } from '../../src/wire/codec.ts';
import { contentType } from '../../src/wire/numbers.ts';
import { readRecords, TlsRecord } from '../../src/wire/records.ts';
import { withCountedOperations } from '../crypto/counted-operations.ts';
import { sealed } from '../crypto/sealed-records.ts';
import { goOn, message4Of, runProcedure, variants } from './lab.ts';

for (const variant of variants) {
  const { protection: of } = variant.suite;
  if (of.kind !== 'cbc') continue;

  for (const which of ['message 3', 'message 4'] as const)
    test(`wrong padding, wrong MAC and wrong length of Finished in ${which} are told and cost the same: ${variant.name} (RFC 5246 §6.2.3.2)`, () => {
      const last = of.macSize - 1;
      const padding = new Uint8Array(16).fill(15);
      const wrongPadding = { padding: padding.with(0, 14) };
      const seen = new Map<string, { told: unknown; hashed: unknown; cost: unknown }>();
      for (const [kind, change] of [
        ['wrong MAC', finished => finished.sealedAs({ wrongMac: last })],
        ['another wrong MAC', finished => finished.sealedAs({ wrongMac: 0 })],
        ['wrong MAC under a wrong padding', finished => finished.sealedAs({ ...wrongPadding, wrongMac: 0 })],
        ['wrong padding', finished => finished.sealedAs(wrongPadding)],
        ['no whole blocks', finished => Buffer.concat([finished.sealedAs({}), Uint8Array.of(0)])],
        ['no whole blocks either', finished => Buffer.concat([finished.sealedAs({}), new Uint8Array(15)])],
      ] satisfies [string, (finished: ReturnType<typeof finishedOf>) => Uint8Array][])
        seen.set(kind, lookAt(finishedOf(variant, which), change));
      for (const [kind, { told, hashed, cost }] of seen) {
        assert.deepEqual(
          told,
          {
            code: 'RECORD_UNAUTHENTIC',
            sentence: 'a protected record does not open',
            alert: 20,
            rsc: 4106,
            cause: undefined,
          },
          kind,
        );
        assert.deepEqual(hashed, seen.get('wrong MAC')?.hashed, kind);
        // RFC 7366 §3: where the MAC is outside, only whoever can make one gets as far as the padding.
        if (variant.encryptThenMac && kind === 'wrong padding') continue;
        assert.deepEqual(cost, seen.get('wrong MAC')?.cost, kind);
      }
    });
}

type Variant = (typeof variants)[number];

/** A procedure of its own that has come to this message, and the Finished that is due in it. */
function finishedOf(variant: Variant, which: 'message 3' | 'message 4') {
  const { initiating, terminating, turn2, turn3, turn4 } = runProcedure(variant);
  assert.ok(turn3.state.waitingFor === 'message 4');
  const { negotiated, masterSecret } = turn3.state;
  const { client, server } = trafficKeys(negotiated.suite, masterSecret, negotiated.randoms);
  const [end, state, message, keys] =
    which === 'message 3'
      ? [terminating, turn2.state, turn3.message, client]
      : [initiating, turn3.state, message4Of(turn4), server];
  const records = readRecords(message);
  const genuine = records.pop();
  assert.ok(genuine?.type === contentType.handshake);
  const protection: RecordProtection = { suite: variant.suite, encryptThenMac: variant.encryptThenMac, keys };
  const fragment = unprotect(protection, 0, genuine);
  return {
    sealedAs: (forgery: Parameters<typeof sealed>[3]) =>
      sealed(protection, 0, { ...genuine, fragment }, forgery),
    receive: (instead: Uint8Array) =>
      goOn(
        end,
        state,
        Buffer.concat(
          [...records, { ...genuine, fragment: instead }].map(record => encode(TlsRecord, record)),
        ),
      ),
  };
}

function lookAt(finished: ReturnType<typeof finishedOf>, change: (its: typeof finished) => Uint8Array) {
  const wrong = change(finished);
  return withCountedOperations(count => {
    const { error, ...cost } = count(() => finished.receive(wrong));
    assert.ok(error instanceof E2EKeyError);
    const { code, message: sentence, alert, rsc, cause } = error;
    const hashed = [cost.hashBlocks, cost.calls.filter(call => /^(createHmac|createHash|hash) /.test(call))];
    return { told: { code, sentence, alert, rsc, cause }, hashed, cost };
  });
}
