import assert from 'node:assert/strict';
import { test } from 'node:test';
import { respond } from '../../src/onem2m/primitive.ts';

test('a response repeats identifier, release version and result expiration of its request (TS-0001 8.1.3)', () => {
  const repeated = {
    requestIdentifier: 'r1',
    releaseVersionIndicator: '3',
    resultExpirationTimestamp: '20301231T235959',
  };
  assert.deepEqual(respond({ ...repeated }, 2000), { responseStatusCode: 2000, ...repeated });
  assert.deepEqual(respond({}, 2000), { responseStatusCode: 2000 });
});
