// That the framings do what they say: otherwise the search would try one of them three times.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { messageName } from '../../src/wire/messages.ts';
import { readRecords } from '../../src/wire/records.ts';
import { caseOf } from './cases.ts';
import { bytesOf, emptyFlight, type Framing, framings, say } from './framings.ts';
import { letterOf } from './letters.ts';

/** How many records hold Certificate, ClientKeyExchange, a warning, CertificateVerify, ChangeCipherSpec and Finished. */
const records: Readonly<Record<Framing, number>> = { alone: 6, together: 5, halved: 9 };

for (const framing of Object.keys(framings) as Framing[])
  test(`messages stand in records as the framing says: ${framings[framing]}`, () => {
    const { peer } = caseOf('X.509', 'terminating').start;
    let flight = emptyFlight(peer);
    for (const letter of 'CKwVSF') flight = say(flight, letterOf(letter).step, framing);
    const read = readRecords(bytesOf(flight, framing));
    assert.equal(read.length, records[framing]);
    assert.equal(messageName(read[0]?.fragment[0] ?? 0), 'Certificate');
  });

test('a flight can go on in two ways, and neither knows of the other', () => {
  const { peer } = caseOf('X.509', 'terminating').start;
  const begun = say(emptyFlight(peer), letterOf('C').step, 'together');
  const before = bytesOf(begun, 'together');
  say(begun, letterOf('S').step, 'together');
  assert.deepEqual(bytesOf(begun, 'together'), before);
  const alone = say(emptyFlight(peer), letterOf('C').step, 'alone');
  say(alone, letterOf('S').step, 'alone');
  const [, second] = readRecords(bytesOf(say(alone, letterOf('V').step, 'alone'), 'alone'));
  assert.equal(messageName(second?.fragment[0] ?? 0), 'CertificateVerify');
});
