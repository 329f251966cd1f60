import assert from 'node:assert/strict';
import crypto, { createHash, createHmac } from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { test } from 'node:test';
import {
  exportKeyingMaterial,
  extendedMasterSecret,
  hashTranscript,
  plainMasterSecret,
  trafficKeys,
  verifyData,
  verifyFinished,
  withTrafficKeys,
} from '../../src/crypto/key-schedule.ts';
import { unprotect } from '../../src/crypto/record-protection.ts';
import { Secret } from '../../src/crypto/secrets.ts';
import { type PrfHash, type Suite, suiteByName, suites } from '../../src/crypto/suites.ts';
import { contentType } from '../../src/wire/numbers.ts';
import { readRecords } from '../../src/wire/records.ts';
import {
  type RecordedHandshake,
  rawPublicKeyHandshake,
  recordedHandshakes,
} from '../wire/recorded-handshakes.ts';
import { withCountedOperations } from './counted-operations.ts';

const masterSecret = () => new Secret(Uint8Array.from({ length: 48 }, (_, at) => at));
const randoms = { client: new Uint8Array(32).fill(0xc1), server: new Uint8Array(32).fill(0x5e) };
const label = 'EXPORTER-oneM2M-ESCertKE';

test('the master secret is bound to the transcript up to ClientKeyExchange (RFC 7627 §4)', () => {
  const premaster = new Uint8Array(32).fill(3);
  const transcript = Buffer.from('ClientHello to ClientKeyExchange');
  for (const hash of ['sha256', 'sha384'] as const) {
    const seed = [Buffer.from('extended master secret'), createHash(hash).update(transcript).digest()];
    assert.deepEqual(
      Buffer.from(extendedMasterSecret(hash, premaster, transcript).bytes),
      pHash(hash, premaster, Buffer.concat(seed), 48),
    );
  }
  const other = extendedMasterSecret('sha256', premaster, Buffer.from('another transcript'));
  assert.notDeepEqual(other.bytes, extendedMasterSecret('sha256', premaster, transcript).bytes);
});

test("without that extension it is made of the randoms, the client's first (RFC 5246 §8.1)", () => {
  const premaster = new Uint8Array(32).fill(3);
  for (const hash of ['sha256', 'sha384'] as const) {
    const seed = Buffer.concat([Buffer.from('master secret'), randoms.client, randoms.server]);
    const plain = plainMasterSecret(hash, premaster, randoms).bytes;
    assert.equal(plain.length, 48);
    assert.deepEqual(Buffer.from(plain), pHash(hash, premaster, seed, 48));
    assert.notDeepEqual(plain, extendedMasterSecret(hash, premaster, seed.subarray(13)).bytes);
  }
  const exchanged = { client: randoms.server, server: randoms.client };
  assert.notDeepEqual(
    plainMasterSecret('sha256', premaster, exchanged).bytes,
    plainMasterSecret('sha256', premaster, randoms).bytes,
  );
});

/** Lengths of premaster secrets around the blocks of both hashes, up to that of a pre-shared key of 512 bytes. */
const premasterSizes = [1, 32, 48, 55, 56, 63, 64, 65, 66, 111, 112, 127, 128, 129, 1027, 1028];

test('a premaster secret of any length is the key of an HMAC as it is (RFC 2104 §2, RFC 5246 §5)', () => {
  const transcript = Buffer.from('ClientHello to ClientKeyExchange');
  for (const hash of ['sha256', 'sha384'] as const)
    for (const size of [...premasterSizes, 1029, 2000, 131_074]) {
      const premaster = new Uint8Array(size).fill(3);
      const seed = [Buffer.from('extended master secret'), createHash(hash).update(transcript).digest()];
      const expected = pHash(hash, premaster, Buffer.concat(seed), 48);
      assert.deepEqual(Buffer.from(extendedMasterSecret(hash, premaster, transcript).bytes), expected);
      assert.ok(
        premaster.every(byte => byte === 3),
        'its owner wipes it',
      );
    }
});

test('a master secret costs the same hash calls and blocks whatever the length of its premaster secret: it would tell that of a pre-shared key (RFC 4279 §2)', () => {
  for (const hash of ['sha256', 'sha384'] as const)
    withCountedOperations(count => {
      for (const make of [
        (premaster: Uint8Array) => extendedMasterSecret(hash, premaster, Buffer.from('transcript')),
        (premaster: Uint8Array) => plainMasterSecret(hash, premaster, randoms),
      ]) {
        const [cost, ...others] = premasterSizes.map(size => count(() => make(new Uint8Array(size))));
        assert.equal(cost?.error, undefined);
        for (const other of others) assert.deepEqual(other, cost);
      }
    });
});

test('what stands for the premaster secret on the way to the master secret is wiped', t => {
  const [keys, hashed]: [Uint8Array[], Uint8Array[]] = [[], []];
  const { createHmac: originalHmac, hash: originalHash } = crypto;
  t.mock.method(crypto, 'createHmac', (name: string, key: Uint8Array) => {
    keys.push(key);
    return originalHmac(name, key);
  });
  const premaster = new Uint8Array(100).fill(3);
  t.mock.method(crypto, 'hash', (name: string, data: Uint8Array) => {
    const result = originalHash(name, data, 'buffer');
    if (data === premaster) hashed.push(result);
    return result;
  });
  syncBuiltinESMExports();
  try {
    extendedMasterSecret('sha256', premaster, Buffer.from('transcript'));
  } finally {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  }
  assert.ok(keys.length > 0 && hashed.length > 0);
  assert.ok([...keys, ...hashed].every(bytes => bytes.every(byte => byte === 0)));
});

test('the key block that the traffic keys are cut from is wiped', t => {
  const slice = t.mock.method(Uint8Array.prototype, 'slice');
  trafficKeys(suites[0] ?? assert.fail(), masterSecret(), randoms);
  const blocks = slice.mock.calls.map(call => call.this);
  t.mock.restoreAll();
  assert.ok(blocks.length > 0);
  for (const block of blocks) assert.ok(block instanceof Uint8Array && block.every(byte => byte === 0));
});

test('the key block is cut in the order of RFC 5246 §6.3, its seed the server random first', () => {
  for (const suite of suites) {
    const { protection } = suite;
    const [mac, salt] = protection.kind === 'cbc' ? [protection.macSize, 0] : [0, protection.saltSize];
    const size = 2 * (mac + protection.keySize + salt);
    const seed = Buffer.concat([Buffer.from('key expansion'), randoms.server, randoms.client]);
    const block = pHash(suite.hash, masterSecret().bytes, seed, size);
    const { client, server } = trafficKeys(suite, masterSecret(), randoms);
    const parts = [client.mac, server.mac, client.key, server.key, client.salt, server.salt];
    assert.deepEqual(
      parts.map(({ length }) => length),
      [mac, mac, protection.keySize, protection.keySize, salt, salt],
    );
    assert.deepEqual(Buffer.concat(parts), block, suite.name);
  }
});

test('traffic keys are wiped after their use, whatever happens there', () => {
  for (const suite of suites) {
    let used: Uint8Array[] = [];
    const remember = (keys: ReturnType<typeof trafficKeys>) => {
      used = [keys.client, keys.server].flatMap(({ mac, key, salt }) => [mac, key, salt]);
      return 'result';
    };
    assert.equal(withTrafficKeys(suite, masterSecret(), randoms, remember), 'result');
    assert.ok(used.length === 6 && used.every(bytes => bytes.every(byte => byte === 0)));
    used = [];
    assert.throws(() =>
      withTrafficKeys(suite, masterSecret(), randoms, keys => {
        remember(keys);
        throw new Error('it failed');
      }),
    );
    assert.ok(used.length === 6 && used.every(bytes => bytes.every(byte => byte === 0)));
  }
});

for (const recorded of [...recordedHandshakes, rawPublicKeyHandshake]) {
  const { stack } = recorded;
  const suite = suiteByName(recorded.suite);
  assert.ok(suite);

  test(`both Finished that ${stack} sent open with our traffic keys and hold our verify_data: ${suite.name} (RFC 5246 §6.3, §7.4.9)`, () => {
    const transcript = clearHandshake(recorded);
    const client = openFinished(recorded, suite, 'client');
    const beforeClient = Buffer.concat([transcript]);
    assert.deepEqual(client, finished(verifyData(suite.hash, secretOf(recorded), 'client', beforeClient)));
    const server = openFinished(recorded, suite, 'server');
    const beforeServer = Buffer.concat([transcript, client]);
    assert.deepEqual(server, finished(verifyData(suite.hash, secretOf(recorded), 'server', beforeServer)));
  });

  test(`the keys of one direction do not open the other: ${stack}, ${suite.name} (RFC 5246 §6.3)`, () => {
    const { client, server } = trafficKeys(suite, secretOf(recorded), randomsOf(recorded));
    for (const [sender, keys] of [
      ['client', server],
      ['server', client],
    ] as const)
      assert.throws(
        () => unprotect({ suite, encryptThenMac: usesEtm(suite), keys }, 0, finishedRecord(recorded, sender)),
        {
          code: 'RECORD_UNAUTHENTIC',
        },
      );
  });

  test(`the 48 exported bytes are those that ${stack} exported: ${suite.name} (RFC 5705 §4, TS-0003 10.3.1)`, () => {
    const exported = (context?: Uint8Array): Buffer =>
      Buffer.from(
        exportKeyingMaterial(suite.hash, secretOf(recorded), randomsOf(recorded), label, 48, context),
      );
    const { ekm, ekmWithEmptyContext } = recorded;
    assert.deepEqual(exported(), ekm);
    assert.notDeepEqual(exported(), exported(new Uint8Array()));
    if (ekmWithEmptyContext !== null) assert.deepEqual(exported(new Uint8Array()), ekmWithEmptyContext);
  });
}

test('a context is exported behind its length of two bytes (RFC 5705 §4)', () => {
  for (const size of [1, 255, 256, 65_535]) {
    const context = new Uint8Array(size).fill(9);
    const length = Buffer.from([size >> 8, size & 0xff]);
    const seed = Buffer.concat([Buffer.from(label), randoms.client, randoms.server, length, context]);
    assert.deepEqual(
      Buffer.from(exportKeyingMaterial('sha256', masterSecret(), randoms, label, 48, context)),
      pHash('sha256', masterSecret().bytes, seed, 48),
    );
  }
});

test('a context of more than 65535 bytes has no length and is refused (RFC 5705 §4)', () => {
  const context = new Uint8Array(65_536);
  assert.throws(
    () => exportKeyingMaterial('sha256', masterSecret(), randoms, label, 48, context),
    RangeError,
  );
});

test('nothing is exported under a label that the handshake uses itself (RFC 5705 §4, RFC 7627 §4)', () => {
  for (const reserved of [
    'client finished',
    'server finished',
    'master secret',
    'extended master secret',
    'key expansion',
  ])
    assert.throws(
      () => exportKeyingMaterial('sha256', masterSecret(), randoms, reserved, 48),
      new RangeError(`the label "${reserved}" is the handshake's own`),
    );
});

test('verify_data depends on the sender, the transcript and the master secret (RFC 5246 §7.4.9)', () => {
  const transcript = Buffer.from('transcript');
  const due = verifyData('sha256', masterSecret(), 'client', transcript);
  assert.equal(due.length, 12);
  const seed = Buffer.concat([Buffer.from('client finished'), hashTranscript('sha256', transcript)]);
  assert.deepEqual(Buffer.from(due), pHash('sha256', masterSecret().bytes, seed, 12));
  for (const other of [
    verifyData('sha256', masterSecret(), 'server', transcript),
    verifyData('sha256', masterSecret(), 'client', Buffer.from('transcripT')),
    verifyData('sha384', masterSecret(), 'client', transcript),
    verifyData('sha256', new Secret(new Uint8Array(48)), 'client', transcript),
  ])
    assert.notDeepEqual(other, due);
});

test('a Finished is verified only when all of its 12 bytes are those due (RFC 5246 §7.4.9)', () => {
  const due = verifyData('sha256', masterSecret(), 'client', Buffer.from('transcript'));
  assert.ok(verifyFinished(Uint8Array.from(due), due));
  for (let bit = 0; bit < 96; bit++) {
    const wrong = Uint8Array.from(due);
    wrong[bit >> 3] = (wrong[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assert.equal(verifyFinished(wrong, due), undefined);
  }
  assert.equal(verifyFinished(due.subarray(0, 11), due), undefined);
  assert.equal(verifyFinished(new Uint8Array(), due), undefined);
});

/** P_hash of RFC 5246 §5, written down once more. */
function pHash(hash: PrfHash, secret: Uint8Array, seed: Uint8Array, size: number): Buffer {
  let output = Buffer.alloc(0);
  for (let a = Buffer.from(seed); output.length < size; ) {
    a = createHmac(hash, secret).update(a).digest();
    output = Buffer.concat([output, createHmac(hash, secret).update(a).update(seed).digest()]);
  }
  return output.subarray(0, size);
}

function secretOf({ masterSecret: bytes }: RecordedHandshake): Secret {
  return new Secret(Uint8Array.from(bytes));
}

function randomsOf({ clientRandom: client, serverRandom: server }: RecordedHandshake) {
  return { client, server };
}

/** The recording of the CBC suite is with encrypt-then-mac (test/vectors/README.md). */
function usesEtm({ protection }: Suite): boolean {
  return protection.kind === 'cbc';
}

/** ClientHello to CertificateVerify, without records. */
function clearHandshake({ flights }: RecordedHandshake): Uint8Array {
  const clear = flights.slice(0, 3).flatMap(flight => {
    const records = readRecords(flight);
    const changed = records.findIndex(({ type }) => type === contentType.changeCipherSpec);
    return changed < 0 ? records : records.slice(0, changed);
  });
  return Buffer.concat(clear.map(({ fragment }) => fragment));
}

function finishedRecord({ flights }: RecordedHandshake, sender: 'client' | 'server') {
  const record = readRecords(flights[sender === 'client' ? 2 : 3] ?? new Uint8Array()).at(-1);
  assert.ok(record);
  return record;
}

function openFinished(recorded: RecordedHandshake, suite: Suite, sender: 'client' | 'server'): Buffer {
  const keys = trafficKeys(suite, secretOf(recorded), randomsOf(recorded))[sender];
  return Buffer.from(
    unprotect({ suite, encryptThenMac: usesEtm(suite), keys }, 0, finishedRecord(recorded, sender)),
  );
}

/** A Finished message with its header. */
function finished(data: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(20, 0, 0, 12), data]);
}
