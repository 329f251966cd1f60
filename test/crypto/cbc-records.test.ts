// What the CBC suites have of their own: padding, MAC, and that nothing tells which of them was wrong. What holds for
// every suite is in record-protection.test.ts.
import assert from 'node:assert/strict';
import crypto, { createHmac, type Hash, type Hmac } from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { type MockTracker, test } from 'node:test';
import { protect, type RecordProtection, unprotect } from '../../src/crypto/record-protection.ts';
import type { Cbc } from '../../src/crypto/suites.ts';
import { E2EKeyError } from '../../src/errors.ts';
import { contentType } from '../../src/wire/numbers.ts';
import { cbcCases, content, encrypted, plain, refuses, sealed } from './sealed-records.ts';

const encryptThenMac = cbcCases.filter(({ protection }) => protection.encryptThenMac);
const macThenEncrypt = cbcCases.filter(({ protection }) => !protection.encryptThenMac);

test('CBC comes with SHA-256 and SHA-384, the MAC inside and outside of the encryption (RFC 5246 §6.2.3.2, RFC 7366)', () => {
  for (const cases of [encryptThenMac, macThenEncrypt])
    assert.deepEqual(
      cases.map(({ of }) => [of.mac, of.macSize, of.keySize]),
      [
        ['sha256', 32, 16],
        ['sha384', 48, 32],
      ],
    );
});

test('a CBC record begins with a fresh block from the source of randomness (RFC 5246 §6.2.3.2)', () => {
  for (const { protection } of cbcCases) {
    const asked: number[] = [];
    const { fragment } = protect(protection, 0, plain(content(3)), size => {
      asked.push(size);
      return new Uint8Array(size).fill(0x99);
    });
    assert.deepEqual(asked, [16]);
    assert.deepEqual(Buffer.from(fragment.subarray(0, 16)), Buffer.alloc(16, 0x99));
  }
});

test('every padding that fills up the blocks is legal, up to 255 bytes (RFC 5246 §6.2.3.2)', () => {
  for (const { protection, of } of cbcCases)
    for (const size of [0, 5, 16, 300])
      for (const padding of paddingsOf(protection, of, size)) {
        const fragment = sealed(protection, 0, plain(content(size)), {
          padding: new Uint8Array(padding + 1).fill(padding),
        });
        assert.deepEqual(Buffer.from(unprotect(protection, 0, plain(fragment))), Buffer.from(content(size)));
      }
});

test('each byte of the padding is checked, under a right MAC and with the same message (RFC 5246 §6.2.3.2, POODLE)', () => {
  for (const { protection, of } of cbcCases)
    for (const size of [0, 5, 300])
      for (const padding of paddingsOf(protection, of, size))
        for (let at = 0; at < padding; at++) {
          const wrong = new Uint8Array(padding + 1).fill(padding);
          wrong[at] = padding ^ 1;
          refuses(protection, 0, plain(sealed(protection, 0, plain(content(size)), { padding: wrong })));
        }
});

test('a padding length that no padding follows is refused, also where the MAC is right without it (RFC 5246 §6.2.3.2)', () => {
  for (const { protection } of cbcCases)
    for (let claimed = 1; claimed < 256; claimed++) {
      const record = plain(new Uint8Array(15 + (protection.encryptThenMac ? 32 : 0)));
      refuses(protection, 0, plain(sealed(protection, 0, record, { padding: Uint8Array.of(claimed) })));
    }
});

test('a ciphertext that is not an IV and whole blocks is refused, also under a right MAC (RFC 7366 §3)', () => {
  for (const { protection, of } of encryptThenMac) {
    const whole = encrypted(protection, new Uint8Array(32).fill(15));
    for (const size of [0, 1, 15, 16, 17, 31, 33, 40, 47]) {
      const head = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, contentType.handshake, 3, 3, 0, size]);
      const ciphertext = whole.subarray(0, size);
      const mac = createHmac(of.mac, protection.keys.mac).update(head).update(ciphertext).digest();
      refuses(protection, 0, plain(Buffer.concat([ciphertext, mac])));
    }
  }
});

test('a padding longer than the record is refused with the same message (RFC 5246 §6.2.3.2)', () => {
  for (const { protection } of cbcCases) {
    const size = protection.encryptThenMac ? 39 : 7;
    // Contents that are all the same byte look like a padding as long as the record, and longer.
    for (const claimed of [48, 49, 63, 64, 255]) {
      const record = plain(new Uint8Array(size).fill(claimed));
      refuses(
        protection,
        0,
        plain(sealed(protection, 0, record, { padding: new Uint8Array(9).fill(claimed) })),
      );
    }
  }
});

test('a wrong MAC is refused whatever the padding is (RFC 5246 §6.2.3.2)', () => {
  for (const { protection, of } of cbcCases)
    for (const size of [0, 5, 300])
      for (const padding of paddingsOf(protection, of, size)) {
        const options = { padding: new Uint8Array(padding + 1).fill(padding), wrongMac: true };
        refuses(protection, 0, plain(sealed(protection, 0, plain(content(size)), options)));
      }
});

test('with encrypt-then-MAC nothing is decrypted before the MAC held (RFC 7366 §3)', t => {
  const decipher = t.mock.method(crypto, 'createDecipheriv');
  syncBuiltinESMExports();
  try {
    for (const { protection } of encryptThenMac) {
      decipher.mock.resetCalls();
      refuses(protection, 0, plain(sealed(protection, 0, plain(content(20)), { wrongMac: true })));
      assert.equal(decipher.mock.callCount(), 0);
      unprotect(protection, 0, plain(sealed(protection, 0, plain(content(20)))));
      assert.equal(decipher.mock.callCount(), 1);
    }
  } finally {
    decipher.mock.restore();
    syncBuiltinESMExports();
  }
});

test('encrypt-then-MAC and MAC-then-encrypt do not open each other (RFC 7366 §3)', () => {
  for (const { protection } of cbcCases)
    for (const size of [0, 15, 16, 100])
      refuses(
        { ...protection, encryptThenMac: !protection.encryptThenMac },
        0,
        plain(sealed(protection, 0, plain(content(size)))),
      );
});

for (const { name, protection, of } of macThenEncrypt)
  test(`a record costs the same hash calls and blocks whatever its padding says: ${name} (RFC 5246 §6.2.3.2, Lucky 13)`, t => {
    const cost = countHashBlocks(t.mock);
    try {
      // Every length from one that holds nearly no content to one in which the longest padding fits.
      const fewest = Math.ceil((of.macSize + 1) / 16);
      for (let blocks = fewest; blocks < fewest + 20; blocks++) {
        const seen = new Map<string, string>();
        for (let padding = 0; padding < 256; padding++)
          for (const kind of ['good', 'wrong padding', 'wrong MAC'] as const) {
            const size = blocks * 16 - of.macSize - padding - 1;
            const bytes = new Uint8Array(padding + 1).fill(padding);
            if (kind === 'wrong padding') bytes[0] = padding ^ 1;
            const fragment =
              size >= 0
                ? sealed(protection, 0, plain(content(size)), {
                    padding: bytes,
                    wrongMac: kind === 'wrong MAC',
                  })
                : encrypted(protection, new Uint8Array(blocks * 16).fill(padding));
            const spent = cost(() => {
              try {
                unprotect(protection, 0, plain(fragment));
              } catch (error) {
                assert.ok(error instanceof E2EKeyError);
              }
            });
            seen.set(spent, `${kind}, ${padding} bytes`);
          }
        assert.equal(seen.size, 1, JSON.stringify([...seen]));
        assert.match([...seen.keys()][0] ?? '', /^2 calls, [1-9]\d* blocks$/);
      }
    } finally {
      t.mock.restoreAll();
      syncBuiltinESMExports();
    }
  });

/** Every padding length with which content of this size, with its MAC if that is inside, fills whole blocks. */
function paddingsOf({ encryptThenMac: outside }: RecordProtection, { macSize }: Cbc, size: number): number[] {
  const inside = size + (outside ? 0 : macSize);
  return Array.from({ length: 256 }, (_, padding) => padding).filter(
    padding => (inside + padding + 1) % 16 === 0,
  );
}

/** What a hash takes in at a time, and what it adds to its input at least (FIPS 180-4 §5.1.1, §5.1.2). */
const hashShapes = new Map([
  ['sha256', { block: 64, added: 1 + 8 }],
  ['sha384', { block: 128, added: 1 + 16 }],
]);

/** Counts what `use` hashes: calls, and calls of the compression function. */
function countHashBlocks(mock: MockTracker): (use: () => void) => string {
  let calls = 0;
  let blocks = 0;
  const observed = <H extends Hash | Hmac>(name: string, hash: H, isHmac: boolean): H => {
    const shape = hashShapes.get(name);
    assert.ok(shape);
    // The key's block before the inner hash; key's block and inner hash in the outer one.
    let size = isHmac ? shape.block : 0;
    const { update, digest } = hash;
    calls++;
    hash.update = ((bytes: Uint8Array) => {
      size += bytes.length;
      return Reflect.apply(update, hash, [bytes]);
    }) as typeof hash.update;
    hash.digest = (() => {
      blocks += Math.ceil((size + shape.added) / shape.block) + (isHmac ? 2 : 0);
      return Reflect.apply(digest, hash, []);
    }) as typeof hash.digest;
    return hash;
  };
  const { createHash, createHmac } = crypto;
  mock.method(crypto, 'createHash', (name: string) => observed(name, createHash(name), false));
  mock.method(crypto, 'createHmac', (name: string, key: Uint8Array) =>
    observed(name, createHmac(name, key), true),
  );
  syncBuiltinESMExports();
  return use => {
    [calls, blocks] = [0, 0];
    use();
    return `${calls} calls, ${blocks} blocks`;
  };
}
