// What the CBC suites have of their own: padding, MAC, and that nothing tells which of them was wrong. What holds for
// every suite is in record-protection.test.ts.
import assert from 'node:assert/strict';
import crypto, { createHmac } from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { test } from 'node:test';
import { protect, type RecordProtection, unprotect } from '../../src/crypto/record-protection.ts';
import type { Cbc } from '../../src/crypto/suites.ts';
import { contentType } from '../../src/wire/numbers.ts';
import { withCountedOperations } from './counted-operations.ts';
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
        const options = { padding: new Uint8Array(padding + 1).fill(padding), wrongMac: of.macSize - 1 };
        refuses(protection, 0, plain(sealed(protection, 0, plain(content(size)), options)));
      }
});

test('with encrypt-then-MAC nothing is decrypted before the MAC held (RFC 7366 §3)', t => {
  const decipher = t.mock.method(crypto, 'createDecipheriv');
  syncBuiltinESMExports();
  try {
    for (const { protection, of } of encryptThenMac) {
      decipher.mock.resetCalls();
      refuses(protection, 0, plain(sealed(protection, 0, plain(content(20)), { wrongMac: of.macSize - 1 })));
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

for (const { name, protection, of } of cbcCases) {
  const inside = protection.encryptThenMac ? 0 : of.macSize;
  const outside = of.macSize - inside;
  /** What opening costs, or failing to: one text for every way to cost the same. */
  const costs = (fragments: Iterable<Uint8Array>): readonly string[] =>
    withCountedOperations(count => {
      const seen = new Set<string>();
      for (const fragment of fragments) {
        const { error: _, ...cost } = count(() => unprotect(protection, 0, plain(fragment)));
        seen.add(JSON.stringify(cost));
      }
      return [...seen];
    });
  /** A record of so many blocks inside the encryption; of zeros where it has no room for such a padding. */
  const ofBlocks = (blocks: number, padding: number, wrong: 'padding' | number | null): Uint8Array => {
    const size = blocks * 16 - inside - padding - 1;
    const bytes = new Uint8Array(padding + 1).fill(padding);
    if (wrong === 'padding') bytes[0] = padding ^ 1;
    const forgery = { padding: bytes, ...(typeof wrong === 'number' && { wrongMac: wrong }) };
    if (size >= 0) return sealed(protection, 0, plain(content(size)), forgery);
    const fragment = encrypted(protection, new Uint8Array(blocks * 16).fill(padding));
    return Buffer.concat([fragment, new Uint8Array(outside)]);
  };
  const fewest = Math.ceil((inside + 1) / 16);

  test(`a record costs the same hash calls and blocks whatever its padding says: ${name} (RFC 5246 §6.2.3.2, Lucky 13)`, () => {
    // Every length from one that holds nearly no content to one in which the longest padding fits.
    for (let blocks = fewest; blocks < fewest + 20; blocks++) {
      const paddings = Array.from({ length: 256 }, (_, padding) => padding);
      const wrongMac = paddings.map(padding => ofBlocks(blocks, padding, of.macSize - 1));
      const rightMac = paddings
        .filter(padding => padding < blocks * 16 - inside)
        .flatMap(padding => [ofBlocks(blocks, padding, null), ofBlocks(blocks, padding, 'padding')]);
      // Outside of the encryption the MAC is right or wrong before anybody sees a padding (RFC 7366 §3).
      const [cost, ...others] = costs(protection.encryptThenMac ? wrongMac : [...wrongMac, ...rightMac]);
      assert.deepEqual(others, []);
      if (protection.encryptThenMac) assert.equal(costs(rightMac).length, 1);
      if (!protection.encryptThenMac) assert.match(cost ?? '', /"bytesRead":[1-9]/);
      assert.match(cost ?? '', new RegExp(`"timingSafeEqual of ${of.macSize} bytes"`));
    }
  });

  test(`a MAC costs the same in whatever byte it is wrong: ${name} (RFC 5246 §6.2.3.2)`, () => {
    for (const padding of [0, 1, 15, 16, 63, 64, 127, 128, 254, 255]) {
      const records = Array.from({ length: of.macSize }, (_, at) => ofBlocks(fewest + 16, padding, at));
      for (const fragment of records) refuses(protection, 0, plain(fragment));
      assert.equal(costs(records).length, 1);
    }
  });

  test(`a length that no record has costs what the nearest one does, and is refused with the same message: ${name} (RFC 5246 §6.2.3.2)`, () => {
    const genuine = sealed(protection, 0, plain(content(400)));
    const least = 2 * 16 + of.macSize;
    for (let size = 0; size <= 400; size++) {
      const nearest = Math.max(size - (size % 16), least);
      const whole = ofBlocks((nearest - 16 - outside) / 16, 15, of.macSize - 1);
      const opens = sealed(protection, 0, plain(content(nearest - least)));
      assert.equal(opens.length, nearest);
      const records = [
        new Uint8Array(size),
        content(size),
        genuine.subarray(0, size),
        genuine.subarray(genuine.length - size),
        Buffer.concat([opens, new Uint8Array(Math.max(0, size - nearest))]).subarray(0, size),
      ];
      if (size !== nearest) for (const fragment of records) refuses(protection, 0, plain(fragment));
      else
        assert.deepEqual(
          Buffer.from(unprotect(protection, 0, plain(opens))),
          Buffer.from(content(size - least)),
        );
      const forged = size === nearest ? records.slice(0, -1) : records;
      assert.equal(costs([whole, ...forged]).length, 1, `${size} bytes`);
    }
  });
}

/** Every padding length with which content of this size, with its MAC if that is inside, fills whole blocks. */
function paddingsOf({ encryptThenMac: outside }: RecordProtection, { macSize }: Cbc, size: number): number[] {
  const inside = size + (outside ? 0 : macSize);
  return Array.from({ length: 256 }, (_, padding) => padding).filter(
    padding => (inside + padding + 1) % 16 === 0,
  );
}
