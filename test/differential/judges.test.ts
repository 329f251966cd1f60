// The judges that need nothing but Node: they answer, also where what they ask does not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyFor, makeAuthority } from '../../src/testing/certificate-maker.ts';
import type { Question } from './cases.ts';
import { nodeJudge } from './judges/node-crypto.ts';
import { ourFinding } from './judges/ours.ts';
import { pkijsJudge } from './judges/pkijs.ts';

const root = makeAuthority({ subject: 'root' });
const intermediate = root.authority({ subject: 'intermediate' });
const fromBelow = intermediate.authority({ subject: 'root' });
const right: Question = {
  leaf: intermediate.issue().der,
  intermediates: [intermediate.der],
  anchor: root.der,
  time: new Date('2026-06-01T00:00:00Z'),
  purpose: 'any',
  presented: false,
};
const forged: Question = {
  ...right,
  anchor: makeAuthority({ subject: 'root', key: keyFor('another root') }).der,
};
const circle: Question = { ...right, intermediates: [intermediate.der, fromBelow.der] };

test('we and node:crypto find the right path, also beside a circle, and refuse another root', async () => {
  for (const question of [right, circle]) {
    assert.equal(ourFinding(question), null);
    assert.equal(ourFinding({ ...question, presented: true }), null);
    assert.equal((await nodeJudge.judge(question)).accepts, true);
  }
  assert.equal(ourFinding(forged)?.field, 'signatureValue');
  assert.equal((await nodeJudge.judge(forged)).accepts, false);
  const unreadable = { ...right, leaf: Uint8Array.of(0x30) };
  assert.equal((await nodeJudge.judge(unreadable)).accepts, false);
});

test('node:crypto is asked about the validity, both ends included', async () => {
  for (const [time, accepts] of [
    ['2025-12-31T23:59:59Z', false],
    ['2026-01-01T00:00:00Z', true],
    ['2126-01-01T00:00:00Z', true],
    ['2126-01-01T00:00:01Z', false],
  ] as const)
    assert.equal((await nodeJudge.judge({ ...right, time: new Date(time) })).accepts, accepts, time);
});

test('pkijs is stopped where it goes round in a circle, and answers the next question', async () => {
  const judge = pkijsJudge();
  try {
    // Asked all at once they are answered one after the other.
    const opinions = await Promise.all([right, circle, right, forged].map(judge.judge));
    assert.deepEqual(
      opinions.map(({ accepts }) => accepts),
      [true, false, true, false],
    );
    assert.match(opinions[1]?.reason ?? '', /^no answer/);
  } finally {
    await judge.end();
  }
});
