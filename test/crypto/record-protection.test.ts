// What holds for every way in which a suite protects records; AEAD and CBC have files of their own.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { protect, unprotect } from '../../src/crypto/record-protection.ts';
import { suites } from '../../src/crypto/suites.ts';
import { contentType, tls12 } from '../../src/wire/numbers.ts';
import { maxPlaintext } from '../../src/wire/records.ts';
import { aeadCases, cbcCases, content, fixed, plain, refuses, sealed } from './sealed-records.ts';

const cases = [...aeadCases, ...cbcCases];
const sizes = [0, 1, 15, 16, 17, 31, 32, 33, 47, 48, 49, 255, 256, 1000];

test('the records of every suite are under test here', () => {
  const tested = new Set(cases.map(({ of }) => of));
  for (const { name, protection } of suites) assert.ok(tested.has(protection), name);
  assert.equal(cases.length, 11);
});

test('a record is larger than its fragment by nonce, tag, IV, MAC and padding alone (RFC 5246 §6.2.3)', () => {
  for (const { name, protection, of } of cases)
    for (const size of [...sizes, maxPlaintext]) {
      const { fragment } = protect(protection, 0, plain(content(size)), fixed);
      const inside = of.kind === 'cbc' && !protection.encryptThenMac ? size + of.macSize : size;
      const expected =
        of.kind === 'aead'
          ? of.explicitNonceSize + size + of.tagSize
          : 16 + (Math.floor(inside / 16) + 1) * 16 + (protection.encryptThenMac ? of.macSize : 0);
      assert.equal(fragment.length, expected, name);
    }
});

for (const { name, protection } of cases) {
  test(`what was protected opens again: ${name} (RFC 5246 §6.2.3)`, () => {
    for (const size of [...sizes, maxPlaintext])
      for (const sequence of [0, 1, 2 ** 32, 2 ** 53 - 1]) {
        const record = protect(protection, sequence, plain(content(size)), fixed);
        assert.deepEqual([record.type, record.version], [contentType.handshake, tls12]);
        assert.deepEqual(Buffer.from(unprotect(protection, sequence, record)), Buffer.from(content(size)));
      }
  });

  test(`the record is the one that the RFCs' formulas give: ${name}`, () => {
    for (const size of sizes)
      for (const sequence of [0, 1, 0x0102030405]) {
        const fragment = content(size);
        const expected = sealed(protection, sequence, plain(fragment));
        assert.deepEqual(
          Buffer.from(protect(protection, sequence, plain(fragment), fixed).fragment),
          expected,
        );
      }
  });

  test(`a bit changed anywhere is refused with one and the same message: ${name} (RFC 5246 §6.2.3)`, () => {
    for (const size of [0, 16, 40]) {
      const record = protect(protection, 5, plain(content(size)), fixed);
      for (let bit = 0; bit < record.fragment.length * 8; bit++) {
        const fragment = Uint8Array.from(record.fragment);
        fragment[bit >> 3] = (fragment[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        refuses(protection, 5, { ...record, fragment });
      }
      for (let bit = 0; bit < 8; bit++) refuses(protection, 5, { ...record, type: record.type ^ (1 << bit) });
      for (let bit = 0; bit < 16; bit++)
        refuses(protection, 5, { ...record, version: record.version ^ (1 << bit) });
      for (let bit = 0; bit < 53; bit++) {
        const value = 2 ** bit;
        refuses(protection, Math.floor(5 / value) % 2 === 0 ? 5 + value : 5 - value, record);
      }
    }
  });

  test(`a record that is too short or too long is refused with the same message: ${name}`, () => {
    const record = protect(protection, 0, plain(content(40)), fixed);
    for (let size = 0; size < record.fragment.length; size++) {
      refuses(protection, 0, { ...record, fragment: record.fragment.subarray(0, size) });
      refuses(protection, 0, {
        ...record,
        fragment: record.fragment.subarray(record.fragment.length - size),
      });
    }
    for (let more = 1; more <= 32; more++)
      refuses(protection, 0, { ...record, fragment: Buffer.concat([record.fragment, new Uint8Array(more)]) });
    for (const size of sizes) refuses(protection, 0, { ...record, fragment: new Uint8Array(size) });
  });

  test(`other keys do not open it: ${name}`, () => {
    const record = protect(protection, 0, plain(content(16)), fixed);
    for (const part of ['mac', 'key', 'salt'] as const) {
      const changed = Uint8Array.from(protection.keys[part]);
      if (changed.length === 0) continue;
      changed[0] = (changed[0] ?? 0) ^ 1;
      refuses({ ...protection, keys: { ...protection.keys, [part]: changed } }, 0, record);
    }
  });

  test(`a genuine record of more than 2^14 bytes is refused as such, and none is made: ${name} (RFC 5246 §6.2.3)`, () => {
    const fragment = content(maxPlaintext + 1);
    const record = { ...plain(fragment), fragment: sealed(protection, 0, plain(fragment)) };
    assert.throws(() => unprotect(protection, 0, record), { code: 'RECORD_OVERFLOW' });
    assert.throws(() => protect(protection, 0, plain(fragment), fixed), RangeError);
  });
}
