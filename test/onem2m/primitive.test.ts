import assert from 'node:assert/strict';
import { test } from 'node:test';
import { debugOf, respond } from '../../src/onem2m/primitive.ts';

test('a response repeats identifier, release version and result expiration of its request (TS-0001 8.1.3)', () => {
  const repeated = {
    requestIdentifier: 'r1',
    releaseVersionIndicator: '3',
    resultExpirationTimestamp: '20301231T235959',
  };
  assert.deepEqual(respond({ ...repeated }, 2000), { responseStatusCode: 2000, ...repeated });
  assert.deepEqual(respond({}, 2000), { responseStatusCode: 2000 });
});

test('the m2m:dbg of a response is text of at most 512 characters without control characters, or null', () => {
  const debugIn = (content: unknown) => debugOf({ content });
  assert.equal(debugIn({ 'm2m:dbg': 'BAD_REQUEST: no' }), 'BAD_REQUEST: no');
  assert.equal(debugIn({ 'm2m:dbg': `a\n${'x'.repeat(600)}` }), `a ${'x'.repeat(510)}`);
  for (const content of [undefined, null, 'm2m:dbg', [], {}, { 'm2m:dbg': 7 }, { 'm2m:dbg': { a: 1 } }])
    assert.equal(debugIn(content), null, JSON.stringify(content));
});
