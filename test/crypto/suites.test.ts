import assert from 'node:assert/strict';
import { test } from 'node:test';
import { suiteById, suiteByName, suites } from '../../src/crypto/suites.ts';
import { cipherSuiteNames } from '../../src/wire/numbers.ts';

test('the two suites that are mandatory are there, and the one that every stack has (TS-0003 10.2.3)', () => {
  assert.deepEqual(
    suites.map(({ id }) => id),
    [0xc02b, 0xc0ae, 0xc023],
  );
});

test("a suite is found by its number and by IANA's name", () => {
  for (const suite of suites) {
    assert.equal(suite.name, cipherSuiteNames[suite.id]);
    assert.equal(suiteById(suite.id), suite);
    assert.equal(suiteByName(suite.name), suite);
  }
  assert.equal(suiteById(0xc024), undefined);
  assert.equal(suiteByName('TLS_NULL_WITH_NULL_NULL'), undefined);
});

test('tags are as long as their suites say: 16 bytes, and 8 for CCM_8 (RFC 5288 §3, RFC 6655 §4)', () => {
  const tags = suites.map(({ protection }) =>
    protection.kind === 'aead' ? protection.tagSize : protection.macSize,
  );
  assert.deepEqual(tags, [16, 8, 32]);
});
