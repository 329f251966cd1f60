import assert from 'node:assert/strict';
import crypto, { createCipheriv, createHmac, type Hash, type Hmac } from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { test } from 'node:test';
import { protect, type RecordProtection, unprotect } from '../../src/crypto/record-protection.ts';
import { type Suite, suites } from '../../src/crypto/suites.ts';
import { E2EKeyError } from '../../src/errors.ts';
import { contentType, tls12 } from '../../src/wire/numbers.ts';
import { maxPlaintext, type TlsRecord } from '../../src/wire/records.ts';

interface Case {
  readonly name: string;
  readonly protection: RecordProtection;
}

/** The three suites, the CBC one with the MAC inside and outside of the encryption. */
const cases: readonly Case[] = (suites as readonly Suite[]).flatMap(suite => {
  const keys = {
    mac: new Uint8Array(suite.protection.kind === 'cbc' ? 32 : 0).fill(0x11),
    key: new Uint8Array(16).fill(0x22),
    salt: new Uint8Array(suite.protection.kind === 'aead' ? 4 : 0).fill(0x33),
  };
  if (suite.protection.kind === 'aead')
    return [{ name: suite.name, protection: { suite, encryptThenMac: false, keys } }];
  return [
    { name: `${suite.name}, MAC then encrypt`, protection: { suite, encryptThenMac: false, keys } },
    { name: `${suite.name}, encrypt then MAC`, protection: { suite, encryptThenMac: true, keys } },
  ];
});
const [, , macThenEncrypt, encryptThenMac] = cases.map(({ protection }) => protection);
assert.ok(macThenEncrypt && encryptThenMac);

const fixed = (size: number): Uint8Array => new Uint8Array(size).fill(0x44);
const content = (size: number): Uint8Array => Uint8Array.from({ length: size }, (_, at) => (at * 7) & 0xff);
const plain = (fragment: Uint8Array): TlsRecord => ({
  type: contentType.handshake,
  version: tls12,
  fragment,
});
const sizes = [0, 1, 15, 16, 17, 31, 32, 33, 47, 48, 49, 255, 256, 1000];

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
        const expected = sealed(protection, sequence, plain(fragment), {});
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
    const record = { ...plain(fragment), fragment: sealed(protection, 0, plain(fragment), {}) };
    assert.throws(() => unprotect(protection, 0, record), { code: 'RECORD_OVERFLOW' });
    assert.throws(() => protect(protection, 0, plain(fragment), fixed), RangeError);
  });
}

test('the explicit nonce is the sequence number: no nonce is used twice under one key (RFC 5288 §3)', () => {
  for (const { protection } of cases.slice(0, 2)) {
    assert.equal(protection.suite.protection.kind, 'aead');
    for (const [sequence, expected] of [
      [0, '0000000000000000'],
      [1, '0000000000000001'],
      [2 ** 40 + 5, '0000010000000005'],
    ] as const) {
      const { fragment } = protect(protection, sequence, plain(content(3)), fixed);
      assert.equal(Buffer.from(fragment.subarray(0, 8)).toString('hex'), expected);
    }
  }
});

test("a peer's explicit nonce may be any, its sequence number may not (RFC 5288 §3)", () => {
  for (const { protection } of cases.slice(0, 2)) {
    const fragment = sealed(protection, 3, plain(content(20)), {
      explicitNonce: Buffer.from('0807060504030201', 'hex'),
    });
    assert.deepEqual(Buffer.from(unprotect(protection, 3, plain(fragment))), Buffer.from(content(20)));
    refuses(protection, 4, plain(fragment));
  }
});

test('a CBC record begins with a fresh block from the source of randomness (RFC 5246 §6.2.3.2)', () => {
  for (const protection of [macThenEncrypt, encryptThenMac]) {
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
  for (const protection of [macThenEncrypt, encryptThenMac])
    for (const size of [0, 5, 16, 300])
      for (const padding of paddingsOf(protection, size)) {
        const fragment = sealed(protection, 0, plain(content(size)), {
          padding: new Uint8Array(padding + 1).fill(padding),
        });
        assert.deepEqual(Buffer.from(unprotect(protection, 0, plain(fragment))), Buffer.from(content(size)));
      }
});

test('each byte of the padding is checked, under a right MAC and with the same message (RFC 5246 §6.2.3.2, POODLE)', () => {
  for (const protection of [macThenEncrypt, encryptThenMac])
    for (const size of [0, 5, 300])
      for (const padding of paddingsOf(protection, size))
        for (let at = 0; at < padding; at++) {
          const wrong = new Uint8Array(padding + 1).fill(padding);
          wrong[at] = padding ^ 1;
          refuses(protection, 0, plain(sealed(protection, 0, plain(content(size)), { padding: wrong })));
        }
});

test('a padding length that no padding follows is refused, also where the MAC is right without it (RFC 5246 §6.2.3.2)', () => {
  for (const protection of [macThenEncrypt, encryptThenMac])
    for (let claimed = 1; claimed < 256; claimed++) {
      const record = plain(new Uint8Array(15 + (protection === macThenEncrypt ? 0 : 32)));
      refuses(protection, 0, plain(sealed(protection, 0, record, { padding: Uint8Array.of(claimed) })));
    }
});

test('a ciphertext that is not an IV and whole blocks is refused, also under a right MAC (RFC 7366 §3)', () => {
  const { keys } = encryptThenMac;
  const whole = encrypted(encryptThenMac, new Uint8Array(32).fill(15));
  for (const size of [0, 1, 15, 16, 17, 31, 33, 40, 47]) {
    const head = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, contentType.handshake, 3, 3, 0, size]);
    const ciphertext = whole.subarray(0, size);
    const mac = createHmac('sha256', keys.mac).update(head).update(ciphertext).digest();
    refuses(encryptThenMac, 0, plain(Buffer.concat([ciphertext, mac])));
  }
});

test('a padding longer than the record is refused with the same message (RFC 5246 §6.2.3.2)', () => {
  for (const protection of [macThenEncrypt, encryptThenMac]) {
    const size = protection === macThenEncrypt ? 7 : 39;
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
  for (const protection of [macThenEncrypt, encryptThenMac])
    for (const size of [0, 5, 300])
      for (const padding of paddingsOf(protection, size)) {
        const options = { padding: new Uint8Array(padding + 1).fill(padding), wrongMac: true };
        refuses(protection, 0, plain(sealed(protection, 0, plain(content(size)), options)));
      }
});

test('with encrypt-then-MAC nothing is decrypted before the MAC held (RFC 7366 §3)', t => {
  const decipher = t.mock.method(crypto, 'createDecipheriv');
  syncBuiltinESMExports();
  try {
    refuses(encryptThenMac, 0, plain(sealed(encryptThenMac, 0, plain(content(20)), { wrongMac: true })));
    assert.equal(decipher.mock.callCount(), 0);
    unprotect(encryptThenMac, 0, plain(sealed(encryptThenMac, 0, plain(content(20)), {})));
    assert.equal(decipher.mock.callCount(), 1);
  } finally {
    decipher.mock.restore();
    syncBuiltinESMExports();
  }
});

test('a record with the MAC inside costs the same hash calls and blocks whatever its padding says (RFC 5246 §6.2.3.2, Lucky 13)', t => {
  const cost = countHashBlocks(t.mock);
  try {
    // Every length from one that holds nearly no content to one in which the longest padding fits.
    for (let blocks = 3; blocks <= 22; blocks++) {
      const seen = new Map<string, string>();
      for (let padding = 0; padding < 256; padding++)
        for (const kind of ['good', 'wrong padding', 'wrong MAC'] as const) {
          const size = blocks * 16 - 32 - padding - 1;
          const bytes = new Uint8Array(padding + 1).fill(padding);
          if (kind === 'wrong padding') bytes[0] = padding ^ 1;
          const fragment =
            size >= 0
              ? sealed(macThenEncrypt, 0, plain(content(size)), {
                  padding: bytes,
                  wrongMac: kind === 'wrong MAC',
                })
              : encrypted(macThenEncrypt, new Uint8Array(blocks * 16).fill(padding));
          const spent = cost(() => {
            try {
              unprotect(macThenEncrypt, 0, plain(fragment));
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

function refuses(protection: RecordProtection, sequence: number, record: TlsRecord): void {
  try {
    unprotect(protection, sequence, record);
  } catch (error) {
    assert.ok(error instanceof E2EKeyError, String(error));
    const { code, message, cause } = error;
    assert.deepEqual(
      [code, message, cause],
      ['RECORD_UNAUTHENTIC', 'a protected record does not open', undefined],
    );
    return;
  }
  assert.fail('it opened');
}

/** Every padding length with which content of this size, with its MAC if that is inside, fills whole blocks. */
function paddingsOf(protection: RecordProtection, size: number): number[] {
  const inside = size + (protection.encryptThenMac ? 0 : 32);
  return Array.from({ length: 256 }, (_, padding) => padding).filter(
    padding => (inside + padding + 1) % 16 === 0,
  );
}

interface Forgery {
  readonly explicitNonce?: Uint8Array;
  readonly padding?: Uint8Array;
  readonly wrongMac?: boolean;
}

/** GenericAEADCipher and GenericBlockCipher of RFC 5246 §6.2.3 and RFC 7366 §3, written down once more. */
function sealed(protection: RecordProtection, sequence: number, record: TlsRecord, forgery: Forgery): Buffer {
  const { suite, keys } = protection;
  const { type, version, fragment } = record;
  const head = (size: number): Buffer => {
    const bytes = Buffer.alloc(13);
    bytes.writeBigUInt64BE(BigInt(sequence));
    bytes.writeUInt8(type, 8);
    bytes.writeUInt16BE(version, 9);
    bytes.writeUInt16BE(size, 11);
    return bytes;
  };
  if (suite.protection.kind === 'aead') {
    const { cipher: name, tagSize } = suite.protection;
    const explicit = forgery.explicitNonce ?? head(0).subarray(0, 8);
    const cipher = createCipheriv(name as 'aes-128-ccm', keys.key, Buffer.concat([keys.salt, explicit]), {
      authTagLength: tagSize,
    });
    cipher.setAAD(head(fragment.length), { plaintextLength: fragment.length });
    const ciphertext = cipher.update(fragment);
    cipher.final();
    return Buffer.concat([explicit, ciphertext, cipher.getAuthTag()]);
  }
  const mac = (bytes: Uint8Array): Buffer => {
    const right = createHmac('sha256', keys.mac)
      .update(Buffer.concat([head(bytes.length), bytes]))
      .digest();
    if (forgery.wrongMac) right.writeUInt8(right.readUInt8(31) ^ 1, 31);
    return right;
  };
  const inside = protection.encryptThenMac ? fragment : Buffer.concat([fragment, mac(fragment)]);
  const last = 15 - (inside.length % 16);
  const ciphertext = encrypted(
    protection,
    Buffer.concat([inside, forgery.padding ?? new Uint8Array(last + 1).fill(last)]),
  );
  return protection.encryptThenMac ? Buffer.concat([ciphertext, mac(ciphertext)]) : ciphertext;
}

function encrypted({ keys }: RecordProtection, padded: Uint8Array): Buffer {
  const iv = fixed(16);
  const cipher = createCipheriv('aes-128-cbc', keys.key, iv).setAutoPadding(false);
  return Buffer.concat([iv, cipher.update(padded), cipher.final()]);
}

/** Counts what `use` hashes: calls, and compression function calls of SHA-256 (FIPS 180-4 §5.1.1). */
function countHashBlocks(mock: import('node:test').MockTracker): (use: () => void) => string {
  let calls = 0;
  let blocks = 0;
  const observed = <H extends Hash | Hmac>(hash: H, before: number, after: number): H => {
    let size = before;
    const { update, digest } = hash;
    calls++;
    hash.update = ((bytes: Uint8Array) => {
      size += bytes.length;
      return Reflect.apply(update, hash, [bytes]);
    }) as typeof hash.update;
    hash.digest = (() => {
      blocks += Math.ceil((size + 9) / 64) + after;
      return Reflect.apply(digest, hash, []);
    }) as typeof hash.digest;
    return hash;
  };
  const original = { createHash: crypto.createHash, createHmac: crypto.createHmac };
  mock.method(crypto, 'createHash', (name: string) => observed(original.createHash(name), 0, 0));
  // The key's block before the inner hash; key's block and inner hash in the outer one.
  mock.method(crypto, 'createHmac', (name: string, key: Uint8Array) =>
    observed(original.createHmac(name, key), 64, 2),
  );
  syncBuiltinESMExports();
  return use => {
    [calls, blocks] = [0, 0];
    use();
    return `${calls} calls, ${blocks} blocks`;
  };
}
