// What holds for all derivations: nothing that differs gives the same key, bytes and KeyObject give the same.
import assert from 'node:assert/strict';
import { createSecretKey, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { deriveContentKeys, deriveDataKeys } from '../../src/keys/data.ts';
import { deriveEndToEndKeys } from '../../src/keys/end-to-end.ts';
import { deriveKm, deriveKpsa, deriveUsageConstrainedKey } from '../../src/keys/enrolment.ts';
import { deriveGroupKey } from '../../src/keys/group.ts';
import { runs } from '../properties/arbitrary.ts';
import { hex, range } from './octets.ts';

const octets = (size: number) => fc.uint8Array({ minLength: size, maxLength: size });
const material = fc.uint8Array({ minLength: 16, maxLength: 48 });
const salt = octets(16);

test('all keys of one material differ: end-to-end, data, content, enrolment and group', () => {
  fc.assert(
    fc.property(material, salt, octets(16), (secret, ofSalt, random) => {
      const all = [
        ...keysOf(deriveEndToEndKeys(secret, ofSalt)),
        // With the same salt the two master keys are one; the labels keep apart what follows from it.
        ...keysOf(deriveDataKeys(secret, ofSalt)).slice(1),
        ...(['container', 'contentInstance'] as const).flatMap(level => [
          ...keysOf(deriveContentKeys(deriveDataKeys(secret, ofSalt), { level, name: 'a', nonce: random })),
          ...keysOf(
            deriveContentKeys(deriveDataKeys(secret, ofSalt), {
              level,
              name: 'a',
              creationTime: '20261123T130000',
            }),
          ),
        ]),
        hex(deriveKm(secret, 'a.example.com')),
        hex(deriveKpsa(secret, 'a.example.com')),
        ...([12, 13, 14, 15, 22, 23, 24, 25] as const).map(suid =>
          hex(deriveUsageConstrainedKey(secret, suid, 'a.example.com')),
        ),
        hex(deriveGroupKey(secret, 'a.example.com', random)),
        hex(secret),
      ];
      assert.equal(new Set(all).size, all.length);
    }),
    runs,
  );
});

test('another salt of the same size gives other keys, and another id', () => {
  fc.assert(
    fc.property(material, salt, salt, (secret, one, other) => {
      fc.pre(hex(one) !== hex(other));
      const [first, second] = [one, other].map(each => deriveEndToEndKeys(secret, each));
      assert.ok(first !== undefined && second !== undefined && first.id !== second.id);
      const all = [first, second].flatMap(keysOf);
      assert.equal(new Set(all).size, all.length);
    }),
    runs,
  );
});

test('another material gives other keys, and another id', () => {
  fc.assert(
    fc.property(material, material, salt, (one, other, ofSalt) => {
      fc.pre(hex(one) !== hex(other));
      const all = [one, other].flatMap(each => keysOf(deriveEndToEndKeys(each, ofSalt)));
      assert.equal(new Set(all).size, all.length);
      assert.notEqual(deriveEndToEndKeys(one, ofSalt).id, deriveEndToEndKeys(other, ofSalt).id);
    }),
    runs,
  );
});

test('SHA-256 and SHA-512 give other keys, none of which begins like another', () => {
  fc.assert(
    fc.property(material, salt, (secret, ofSalt) => {
      const all = (['sha256', 'sha512'] as const).flatMap(hash =>
        keysOf(deriveEndToEndKeys(secret, ofSalt, { hash })),
      );
      assert.equal(new Set(all.map(key => key.slice(0, 32))).size, all.length);
    }),
    runs,
  );
});

test('bytes and KeyObject give the same keys', () => {
  fc.assert(
    fc.property(material, salt, octets(16), (secret, ofSalt, random) => {
      const derivations: ((from: Uint8Array | KeyObject) => readonly string[])[] = [
        from => keysOf(deriveEndToEndKeys(from, ofSalt)),
        from => keysOf(deriveDataKeys(from, ofSalt)),
        from => [
          hex(deriveKm(from, 'a')),
          hex(deriveKpsa(from, 'a')),
          hex(deriveUsageConstrainedKey(from, 23, 'a')),
        ],
        from => [hex(deriveGroupKey(from, 'a', random))],
      ];
      for (const derive of derivations) assert.deepEqual(derive(createSecretKey(secret)), derive(secret));
    }),
    runs,
  );
});

test('an identifier or Rand that differs gives another key', () => {
  const name = fc.string({ minLength: 1, maxLength: 8, unit: fc.constantFrom('a', 'B', '1', '-', '.') });
  const other = fc.tuple(name, octets(16));
  fc.assert(
    fc.property(other, other, ([id, rand], [secondId, secondRand]) => {
      const secret = range(0, 32);
      const [same, sameRand] = [id === secondId, hex(rand) === hex(secondRand)];
      assert.equal(hex(deriveKm(secret, id)) === hex(deriveKm(secret, secondId)), same);
      assert.equal(hex(deriveKpsa(secret, id)) === hex(deriveKpsa(secret, secondId)), same);
      assert.equal(
        hex(deriveGroupKey(secret, id, rand)) === hex(deriveGroupKey(secret, secondId, secondRand)),
        same && sameRand,
      );
    }),
    runs,
  );
});

function keysOf(keys: object): readonly string[] {
  return Object.entries(keys as Record<string, string | KeyObject>).flatMap(([, key]) =>
    typeof key === 'string' ? [] : [hex(key)],
  );
}
