import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type KeyExchange,
  type Suite,
  suiteById,
  suiteByName,
  suites,
  usesEphemeralKey,
  usesPresharedKey,
} from '../../src/crypto/suites.ts';

/** IANA's numbers and names of all that the profiles have. */
const onem2m: readonly (readonly [number, string])[] = [
  [0xc02b, 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'],
  [0xc02c, 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384'],
  [0xc0ac, 'TLS_ECDHE_ECDSA_WITH_AES_128_CCM'],
  [0xc0ad, 'TLS_ECDHE_ECDSA_WITH_AES_256_CCM'],
  [0xc0ae, 'TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8'],
  [0xc0af, 'TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8'],
  [0xc023, 'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256'],
  [0xc024, 'TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384'],
  [0xc037, 'TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256'],
  [0x00a8, 'TLS_PSK_WITH_AES_128_GCM_SHA256'],
  [0x00ae, 'TLS_PSK_WITH_AES_128_CBC_SHA256'],
  [0xc0a8, 'TLS_PSK_WITH_AES_128_CCM_8'],
];
const interop: readonly (readonly [number, string])[] = [
  [0xcca9, 'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256'],
  [0xc02f, 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'],
  [0xc030, 'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384'],
  [0xcca8, 'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256'],
  [0xc027, 'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256'],
  [0xc028, 'TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384'],
];

const inProfile = (wanted: Suite['profile']) =>
  suites.filter(({ profile }) => profile === wanted).map(({ id, name }) => [id, name] as const);

test('each profile has its suites and no other (TS-0003 10.2.2, 10.2.3)', () => {
  assert.deepEqual(inProfile('onem2m'), onem2m);
  assert.deepEqual(inProfile('interop'), interop);
});

test('the mandatory suites are there: with certificates 0xC023 and 0xC0AE (TS-0003 10.2.3), with a pre-shared key 0x00AE and 0xC0A8 (TS-0003 10.2.2)', () => {
  for (const [id, keyExchange] of [
    [0xc023, 'ECDHE_ECDSA'],
    [0xc0ae, 'ECDHE_ECDSA'],
    [0x00ae, 'PSK'],
    [0xc0a8, 'PSK'],
  ] as const) {
    const suite = suiteById(id);
    assert.equal(suite?.keyExchange, keyExchange);
    assert.equal(suite?.profile, 'onem2m');
  }
});

for (const suite of suites)
  test(`every fact of the row is what its name says: ${suite.name}`, () => {
    assert.deepEqual(suite, { ...readName(suite.name), id: suite.id, profile: suite.profile });
  });

test('forward secrecy goes first: 0xC037 before every suite with a pre-shared key alone (RFC 5489 §1)', () => {
  const withPsk = suites.filter(usesPresharedKey);
  const kinds = withPsk.map(({ keyExchange }) => keyExchange);
  assert.ok(kinds.lastIndexOf('ECDHE_PSK') < kinds.indexOf('PSK'));
  assert.equal(withPsk[0]?.id, 0xc037);
});

test('with certificates AEAD goes before CBC (RFC 9325 §4.2)', () => {
  for (const keyExchange of ['ECDHE_ECDSA', 'ECDHE_RSA'] satisfies KeyExchange[]) {
    const kinds = suites.filter(suite => suite.keyExchange === keyExchange).map(row => row.protection.kind);
    assert.deepEqual(kinds, kinds.toSorted());
  }
});

test('a pre-shared key authenticates, and an ephemeral key takes part, where the name says so (RFC 4279 §2, RFC 5489 §2)', () => {
  for (const suite of suites) {
    assert.equal(usesPresharedKey(suite), suite.name.includes('PSK'), suite.name);
    assert.equal(usesEphemeralKey(suite), suite.name.includes('ECDHE'), suite.name);
  }
});

test("a suite is found by its number and by IANA's name", () => {
  for (const [id, name] of [...onem2m, ...interop]) {
    const suite = suiteById(id);
    assert.equal(suite?.name, name);
    assert.equal(suiteByName(name), suite);
  }
  assert.equal(new Set(suites.map(({ id }) => id)).size, suites.length);
  for (const unknown of [0, 0x00ff, 0x1301, 0xc025, 0xffff]) assert.equal(suiteById(unknown), undefined);
  assert.equal(suiteByName('TLS_NULL_WITH_NULL_NULL'), undefined);
  assert.equal(suiteByName(''), undefined);
});

/**
 * What a name says. CBC names its MAC's hash last (RFC 5289 §3.1, RFC 5487 §3); an AEAD name ends with the hash of
 * the PRF, and CCM names none: SHA-256 (RFC 6655 §3). Tags have 16 bytes, 8 for CCM_8 (RFC 6655 §4).
 */
function readName(name: string): Omit<Suite, 'id' | 'profile'> {
  const form =
    /^TLS_((?:ECDHE_)?(?:ECDSA|RSA|PSK))_WITH_(AES_(?:128|256)|CHACHA20)_(\w+?)(?:_SHA(256|384))?$/;
  const [, keyExchange, cipher, mode, bits = '256'] = form.exec(name) ?? [];
  assert.ok(keyExchange && cipher && mode, name);
  const hash = `sha${bits}` as Suite['hash'];
  const keySize = cipher === 'AES_128' ? 16 : 32;
  const aes = `aes-${keySize * 8}` as 'aes-128' | 'aes-256';
  const inRecord = { kind: 'aead', keySize, saltSize: 4, explicitNonceSize: 8 } as const;
  const protections: Readonly<Record<string, Suite['protection']>> = {
    GCM: { ...inRecord, cipher: `${aes}-gcm`, tagSize: 16 },
    CCM: { ...inRecord, cipher: `${aes}-ccm`, tagSize: 16 },
    CCM_8: { ...inRecord, cipher: `${aes}-ccm`, tagSize: 8 },
    // RFC 7905 §2.
    POLY1305: {
      kind: 'aead',
      cipher: 'chacha20-poly1305',
      keySize,
      tagSize: 16,
      saltSize: 12,
      explicitNonceSize: 0,
    },
    CBC: { kind: 'cbc', cipher: `${aes}-cbc`, keySize, mac: hash, macSize: hash === 'sha256' ? 32 : 48 },
  };
  const protection = protections[mode];
  assert.ok(protection, name);
  return { name, keyExchange: keyExchange as KeyExchange, hash, protection };
}
