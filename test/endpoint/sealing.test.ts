import assert from 'node:assert/strict';
import crypto, { createSecretKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { type TestContext, test } from 'node:test';
import { inspect } from 'node:util';
import {
  createSealer,
  ephemeralSealer,
  readSealingKey,
  type SealedRow,
  type Sealer,
} from '../../src/endpoint/sealing.ts';
import { E2EKeyError, type FaultCode } from '../../src/errors.ts';

const keyBytes = Buffer.alloc(32, 0xa7);
const key = createSecretKey(keyBytes);
const otherKey = createSecretKey(Buffer.alloc(32, 0x5c));
const secret = Buffer.from('the private ephemeral key');
const row: SealedRow = {
  table: 'pending',
  id: '00112233445566778899aabbccddeeff',
  endpoint: '//m2m.example.com/cse-b',
  entity: '//m2m.example.com/cse-a/Cae1',
  waitingFor: 'message 3',
  expires: 1_800_000_000_000,
};

const refusal = (code: FaultCode, words: RegExp) => (error: unknown) =>
  error instanceof E2EKeyError && error.code === code && words.test(error.message);

test('what is sealed opens with the same row', () => {
  const sealer = createSealer({ current: key });
  for (const size of [0, 1, 16, 4096]) {
    const plain = new Uint8Array(size).fill(size);
    const sealed = sealer.seal(row, plain);
    assert.equal(sealed.length, size + 57);
    assert.deepEqual(Uint8Array.from(sealer.open({ ...row }, sealed)), plain);
  }
});

test('what format 1 sealed stays readable', () => {
  const recorded =
    'ATnjwxgkxuGOMitAeVhseqWK1V9Jg5IeshaN11bv+DKhMST4WysF7IPCPv8/fdSHGx3CTtYVpmj7Jud5GO9xJiGtA2PXnRdmrGqgmAmIliek4Q==';
  const opened = createSealer({ current: key }).open(row, Buffer.from(recorded, 'base64'));
  assert.deepEqual(Buffer.from(opened), secret);
});

test('the secret is not in what is sealed, and stays with the caller unchanged', () => {
  const plain = Buffer.from(secret);
  const sealed = createSealer({ current: key }).seal(row, plain);
  assert.equal(Buffer.from(sealed).includes(secret), false);
  assert.deepEqual(plain, secret);
});

test('the same secret is sealed differently each time, all but format and key id', () => {
  const sealer = createSealer({ current: key });
  const [one, two] = [sealer.seal(row, secret), sealer.seal(row, secret)];
  assert.deepEqual(one.subarray(0, 9), two.subarray(0, 9));
  assert.notDeepEqual(one.subarray(9, 41), two.subarray(9, 41));
  assert.notDeepEqual(one.subarray(41, -16), two.subarray(41, -16));
});

test('every row has a key of its own: with the salt of another the ciphertext does not open', () => {
  const sealer = createSealer({ current: key });
  const [one, two] = [sealer.seal(row, secret), sealer.seal(row, secret)];
  const mixed = Buffer.concat([two.subarray(0, 41), one.subarray(41)]);
  assert.throws(() => sealer.open(row, mixed), refusal('STORE_FAILED', /changed or belongs to another row/));
});

test('every flipped bit is refused', () => {
  const sealer = createSealer({ current: key });
  const sealed = sealer.seal(row, secret);
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const flipped = Buffer.from(sealed);
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assert.throws(
      () => sealer.open(row, flipped),
      refusal('STORE_FAILED', /^the sealed part of pending row 0011/),
    );
  }
});

test('every other length is refused', () => {
  const sealer = createSealer({ current: key });
  const sealed = sealer.seal(row, secret);
  for (let length = 0; length < sealed.length; length++)
    assert.throws(
      () => sealer.open(row, sealed.subarray(0, length)),
      refusal('STORE_FAILED', /too short|changed/),
    );
  assert.throws(
    () => sealer.open(row, Buffer.concat([sealed, Buffer.of(0)])),
    refusal('STORE_FAILED', /changed/),
  );
});

test('a secret that stands in another row is refused, whichever field differs', () => {
  const sealer = createSealer({ current: key });
  const sealed = sealer.seal(row, secret);
  const others: SealedRow[] = [
    { ...row, table: 'key' },
    { ...row, table: 'answer' },
    { ...row, id: '00112233445566778899aabbccddeefe' },
    { ...row, endpoint: '//m2m.example.com/cse-c' },
    { ...row, entity: '//m2m.example.com/cse-a/Cae2' },
    { ...row, waitingFor: 'signature over message 2' },
    { ...row, expires: row.expires + 1 },
  ];
  for (const other of others)
    assert.throws(
      () => sealer.open(other, sealed),
      refusal('STORE_FAILED', /changed or belongs to another row/),
    );
});

test('the end of one field cannot become the beginning of the next', () => {
  const sealer = createSealer({ current: key });
  const sealed = sealer.seal({ ...row, endpoint: '//a', entity: '//b' }, secret);
  for (const [endpoint, entity] of [
    ['//a/', '/b'],
    ['//', 'a//b'],
    ['//a//b', ''],
    ['', '//a//b'],
  ] as const)
    assert.throws(
      () => sealer.open({ ...row, endpoint, entity }, sealed),
      refusal('STORE_FAILED', /another row/),
    );
});

test('ill-formed texts that UTF-8 writes alike are different rows', () => {
  const sealer = createSealer({ current: key });
  const sealed = sealer.seal({ ...row, entity: '\ud800' }, secret);
  assert.throws(
    () => sealer.open({ ...row, entity: '\ud801' }, sealed),
    refusal('STORE_FAILED', /another row/),
  );
});

test('after a rotation the previous key still opens and the current one seals', () => {
  const before = createSealer({ current: key }).seal(row, secret);
  const rotated = createSealer({ current: otherKey, previous: [key] });
  assert.deepEqual(Buffer.from(rotated.open(row, before)), secret);
  const after = rotated.seal(row, secret);
  assert.deepEqual(Buffer.from(createSealer({ current: otherKey }).open(row, after)), secret);
});

test('a secret under an unknown sealing key is refused, and the sentence names the key id, not the key', () => {
  const sealed = createSealer({ current: key }).seal(row, secret);
  const id = Buffer.from(sealed.subarray(1, 9)).toString('hex');
  assert.throws(
    () => createSealer({ current: otherKey }).open(row, sealed),
    refusal('STORE_FAILED', new RegExp(`needs sealing key ${id}, which is not configured$`)),
  );
  assert.equal(keyBytes.toString('hex').includes(id), false);
});

test('a secret cannot be relabelled as sealed under another known key', () => {
  const both = createSealer({ current: key, previous: [otherKey] });
  const relabelled = Buffer.from(both.seal(row, secret));
  relabelled.set(createSealer({ current: otherKey }).seal(row, secret).subarray(1, 9), 1);
  assert.throws(() => both.open(row, relabelled), refusal('STORE_FAILED', /changed/));
});

test('only secret keys of 32 bytes seal', () => {
  const wrong: KeyObject[] = [
    createSecretKey(Buffer.alloc(16)),
    createSecretKey(Buffer.alloc(33)),
    generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  ];
  for (const each of wrong) {
    assert.throws(() => createSealer({ current: each }), refusal('OPTION_INVALID', /32 bytes/));
    assert.throws(
      () => createSealer({ current: key, previous: [each] }),
      refusal('OPTION_INVALID', /32 bytes/),
    );
  }
});

test('an ephemeral sealer opens its own and nobody else does', () => {
  const [one, two] = [ephemeralSealer(), ephemeralSealer()];
  const sealed = one.seal(row, secret);
  assert.deepEqual(Buffer.from(one.open(row, sealed)), secret);
  assert.throws(() => two.open(row, sealed), refusal('STORE_FAILED', /not configured/));
});

test('a sealing key is read from 32 bytes or from 64 hex digits with or without a line end', () => {
  const raw = Buffer.from(Array.from({ length: 32 }, (_, i) => i * 8 + 1));
  const hex = raw.toString('hex');
  for (const content of [
    raw,
    ...[hex, hex.toUpperCase(), `${hex}\n`, `${hex}\r\n`].map(text => Buffer.from(text)),
  ]) {
    const before = Buffer.from(content);
    assert.ok(readSealingKey(content).equals(createSecretKey(raw)));
    assert.deepEqual(content, before);
  }
  const endsInLineFeed = Buffer.concat([Buffer.alloc(31, 1), Buffer.of(0x0a)]);
  assert.ok(readSealingKey(endsInLineFeed).equals(createSecretKey(endsInLineFeed)));
});

test('what is no sealing key is refused without being repeated', () => {
  const hex = keyBytes.toString('hex');
  const texts = [
    '',
    '\n',
    hex.slice(1),
    `${hex}a`,
    `${hex}ab`,
    `${hex}\n\n`,
    ` ${hex}`,
    `${hex.slice(2)}0x`,
    `${hex.slice(1)}g`,
  ];
  for (const content of [
    ...texts.map(text => Buffer.from(text)),
    Buffer.alloc(31),
    Buffer.alloc(33),
    Buffer.alloc(64),
  ])
    assert.throws(
      () => readSealingKey(content),
      (error: unknown) =>
        refusal('OPTION_INVALID', /neither 32 bytes nor 64 hex digits/)(error) &&
        !inspect(error).includes('a7a7a7a7'),
    );
});

test('the key of a row is wiped once it has sealed or opened, and so is what did not open', t => {
  const derived: ArrayBuffer[] = [];
  const derive = crypto.hkdfSync;
  t.mock.method(crypto, 'hkdfSync', (...args: Parameters<typeof derive>) => {
    const bytes = derive(...args);
    derived.push(bytes);
    return bytes;
  });
  const opened: Uint8Array[] = [];
  const decipher = crypto.createDecipheriv;
  t.mock.method(crypto, 'createDecipheriv', (...args: Parameters<typeof decipher>) => {
    const made = decipher(...args);
    const update = made.update.bind(made);
    const watched = (data: Uint8Array) => {
      const text = update(data);
      opened.push(text);
      return text;
    };
    return Object.assign(made, { update: watched });
  });
  whilePatched(t);
  const sealer = createSealer({ current: key });
  // Of the id of the sealing key, which is no secret.
  derived.length = 0;
  const sealed = sealer.seal(row, secret);
  sealer.open(row, sealed);
  assert.throws(() => sealer.open({ ...row, id: '0' }, sealed), refusal('STORE_FAILED', /another row/));
  const zeros = Buffer.alloc(32);
  assert.deepEqual(
    derived.map(bytes => Buffer.from(bytes, 0, 32)),
    [zeros, zeros, zeros],
  );
  assert.deepEqual(
    opened.map(text => Buffer.from(text)),
    [secret, Buffer.alloc(secret.length)],
  );
});

test('the digits of a sealing key, and the bytes that they say, are wiped', t => {
  const made: Uint8Array[] = [];
  class Watched extends Uint8Array {
    constructor(...args: [number]) {
      super(...args);
      made.push(this);
    }
  }
  const create = crypto.createSecretKey;
  t.mock.method(crypto, 'createSecretKey', (bytes: Uint8Array) => {
    made.push(bytes);
    return create(bytes);
  });
  whilePatched(t);
  const content = Watched.from(Buffer.from(keyBytes.toString('hex')));
  assert.ok(readSealingKey(content).equals(key));
  const others = made.filter(bytes => bytes.buffer !== content.buffer);
  // The digits, and the key.
  assert.deepEqual(
    others.map(bytes => Buffer.from(bytes)),
    [Buffer.alloc(64), Buffer.alloc(32)],
  );
});

/** Those who import by name see what was replaced, until the end of the test. */
function whilePatched(t: TestContext): void {
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
}

test('a sealer shows no key to util.inspect and JSON', () => {
  const sealers: Sealer[] = [createSealer({ current: key, previous: [otherKey] }), ephemeralSealer()];
  for (const sealer of sealers)
    for (const shown of [inspect(sealer, { depth: 9, showHidden: true }), JSON.stringify(sealer)])
      for (const encoding of ['hex', 'base64', 'latin1'] as const)
        for (const bytes of [keyBytes, otherKey.export()])
          assert.equal(shown.includes(bytes.toString(encoding).slice(0, 8)), false);
});
