// How an end-point that gives up says so: as the other stack expects it at that pause (RFC 5246 §7.2.2).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trafficKeys } from '../../src/crypto/key-schedule.ts';
import { unprotect } from '../../src/crypto/record-protection.ts';
import { alertRecordFor } from '../../src/handshake/alert.ts';
import { readRecords } from '../../src/wire/records.ts';
import { repeatable, runProcedure, variants } from './lab.ts';

const random = repeatable('alert');
const inTheClear = Buffer.from('15030300020228', 'hex');

for (const variant of variants) {
  test(`an alert goes in the clear until ChangeCipherSpec was sent: ${variant.name}`, () => {
    const { turn1, turn2 } = runProcedure(variant);
    for (const state of [null, turn1.state, turn2.state])
      assert.deepEqual(Buffer.from(alertRecordFor(state, 40, random)), inTheClear);
  });

  test(`after it, an alert is record 1 under the initiating end-point's keys (RFC 5246 §6.1): ${variant.name}`, () => {
    const { state } = runProcedure(variant).turn3;
    assert.ok(state.waitingFor === 'message 4');
    const { suite, encryptThenMac, randoms } = state.negotiated;
    const { client: keys } = trafficKeys(suite, state.masterSecret, randoms);
    const [record, ...more] = readRecords(alertRecordFor(state, 51, random));
    assert.ok(record && more.length === 0);
    assert.equal(record.type, 21);
    const open = (sequence: number) => unprotect({ suite, encryptThenMac, keys }, sequence, record);
    assert.deepEqual([...open(1)], [2, 51]);
    assert.throws(() => open(0));
  });
}
