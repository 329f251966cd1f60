// The scripted end-points that the refusals are provoked with are right where nothing else is told: with both of
// them the procedure ends in one key. Without this, a refusal might have another reason than the one tested.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { suites } from '../../src/crypto/suites.ts';
import { answer, begin, done, exported, goOn, initiatingEnd, sent, terminatingEnd } from './lab.ts';
import { scriptedInitiating } from './scripted-initiating.ts';
import { scriptedTerminating } from './scripted-terminating.ts';

for (const suite of suites.filter(({ keyExchange }) => keyExchange === 'ECDHE_ECDSA')) {
  test(`an untold scripted terminating end-point is accepted: ${suite.name}`, () => {
    const end = initiatingEnd({ suites: [suite] });
    const turn1 = begin(end, { encryptThenMac: true });
    const scripted = scriptedTerminating(turn1.message, { suite });
    const turn3 = sent(goOn(end, turn1.state, scripted.message2));
    const { message4, exported: theirs } = scripted.answer(turn3.message);
    assert.deepEqual(exported(done(goOn(end, turn3.state, message4)).session), Buffer.from(theirs));
  });

  test(`an untold scripted initiating end-point is accepted: ${suite.name}`, () => {
    const end = terminatingEnd({ suites: [suite] });
    const scripted = scriptedInitiating();
    const turn2 = answer(end, scripted.message1);
    const { message3, exported: theirs } = scripted.answer(turn2.message);
    assert.deepEqual(exported(done(goOn(end, turn2.state, message3)).session), Buffer.from(theirs));
  });
}
