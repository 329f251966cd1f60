// Ke2e_master and what follows from it (TS-0003 10.3.6). The vectors were made by another program.
import assert from 'node:assert/strict';
import { createHmac, createSecretKey } from 'node:crypto';
import { test } from 'node:test';
import { deriveEndToEndKeys } from '../../src/keys/end-to-end.ts';
import { keyFor, purposeOf } from '../../src/keys/purpose.ts';
import { hex, isWiped, range, secretsMadeIn } from './octets.ts';

const kpsa = range(0, 32);
const salt = range(0x20, 32);

test('the chain with SHA-256: each block has the one before, a label of its own and its number (TS-0003 10.3.6.2)', () => {
  const keys = deriveEndToEndKeys(kpsa, salt);
  assert.deepEqual(
    { ...hexOf(keys), id: keys.id },
    {
      master: 'a27b86e7a70a029cba778d6f738d952696d6d8361b95103dd84ae9df6af063af',
      messageAuthentication: '8a09df3fa0c93ad60af82cc93cc1c8328f9587167f53e51ee92040a2865a6ed0',
      messageConfidentiality: '0cd4c0ae6238fbf54111f3d55517b16ac5affbfa5ab479d0f70d49bab2986283',
      attributeAuthenticity: '04c46aef2ed0f7a662f69d7386982223b71db0515182b33fd78367d241c51828',
      attributeConfidentiality: '2c79dba3d6d258b7b021e3f08bf76285fafd40c613003f43081d58ee8c8341be',
      keyWrapping: 'd35758e94f9b541130ca1278801da94a185ad3bfd8b0d4fefc3626b838e705e0',
      id: 'B0F601F471E3AC1C84C737A6440560DB',
    },
  );
});

test('the chain with SHA-512: keys of 64 bytes, those for AES their leftmost 32 (TS-0003 Table 9.2.3.3-1)', () => {
  const keys = deriveEndToEndKeys(kpsa, salt, { hash: 'sha512' });
  assert.deepEqual(
    { ...hexOf(keys), id: keys.id },
    {
      master:
        '9297f97e0fdeab723fecc446393b98cbd7ab57c83381d36630ca620cecbd46eda5a166682f203c314447c89cc87096911c6bf76cab8380152c88abb3d77cb8fa',
      messageAuthentication:
        '01e381fb40867d914a3836b792ccdc59168b9d169c8d46277c04d1f90cbf0e3038d3f13b4387e873e5cab091753464a8ca6655206eccd83e55e7e666e339fb72',
      messageConfidentiality:
        '8cfe980d952a644fadba6a8d17869180d242e1ab8bbeba7513fb8ccc61b4adc65eade1afb85dfcca84572f41e90caa6969bd37f3d309386f18d68c50836cc72c',
      attributeAuthenticity:
        'db88289d7b3d27590140a1709b70f3fa632945c69c8085861c0ef907b9caa71c3e9d442a5a788df0d4faf6c3eb40aa5863b713b6e537e89af0a9932d5a5bb705',
      attributeConfidentiality: '2c5a15e075ac30c49ea6fd574e09cb6fcc64da5ec215801e94de759a6954de00',
      keyWrapping: 'e52fd6e553d32618e3dff87dbbb7505f81f4a4f086911c91386b432199007840',
      id: 'A54AA7D0415196BBDDFD3485432B507E',
    },
  );
});

// RFC 5869 Appendix A: A.1 with a salt, A.3 without; A.2's material and salt are longer than a block.
const extractions = [
  {
    name: 'A.1',
    ikm: '0b'.repeat(22),
    salt: '000102030405060708090a0b0c',
    prk: '077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5',
  },
  {
    name: 'A.2',
    ikm: hex(range(0, 80)),
    salt: hex(range(0x60, 80)),
    prk: '06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244',
  },
  {
    name: 'A.3',
    ikm: '0b'.repeat(22),
    salt: '',
    prk: '19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04',
  },
];
for (const { name, ikm, salt: of, prk } of extractions)
  test(`the master key is the pseudorandom key of HKDF-Extract: the salt is the key of the HMAC (RFC 5869 ${name})`, () => {
    const { master } = deriveEndToEndKeys(Buffer.from(ikm, 'hex'), Buffer.from(of, 'hex'));
    assert.equal(hex(master), prk);
  });

test('an absent salt is HashLen zeros (RFC 5869 §2.2)', () => {
  for (const [hash, size] of [
    ['sha256', 32],
    ['sha512', 64],
  ] as const)
    assert.deepEqual(
      hexOf(deriveEndToEndKeys(kpsa, new Uint8Array(), { hash })),
      hexOf(deriveEndToEndKeys(kpsa, new Uint8Array(size), { hash })),
    );
});

test('T(2) and what follows is not what HKDF-Expand makes: that has one info for all blocks (RFC 5869 §2.3)', () => {
  const { master, messageAuthentication, messageConfidentiality } = deriveEndToEndKeys(kpsa, salt);
  const block = (...input: (string | Uint8Array)[]) => {
    const hmac = createHmac('sha256', master);
    for (const part of input) hmac.update(part);
    return hmac.digest('hex');
  };
  const label = 'E2E Message Authentication Key';
  assert.equal(hex(messageAuthentication), block(label, Uint8Array.of(1)));
  assert.notEqual(
    hex(messageConfidentiality),
    block(messageAuthentication.export(), label, Uint8Array.of(2)),
  );
});

test('the id is upper-case hex of an HMAC under the master key, and the beginning of no key', () => {
  const keys = deriveEndToEndKeys(kpsa, salt);
  assert.match(keys.id, /^[0-9A-F]{32}$/);
  for (const key of Object.values(hexOf(keys))) assert.ok(!key.startsWith(keys.id.toLowerCase()));
});

test('each key has its purpose', () => {
  const { id: _, ...keys } = deriveEndToEndKeys(kpsa, salt);
  assert.deepEqual(
    Object.entries(keys).map(([name, key]) => [name, purposeOf(key)]),
    [
      ['master', 'derivation'],
      ['messageAuthentication', 'message authentication'],
      ['messageConfidentiality', 'ESPrim'],
      ['attributeAuthenticity', 'ESData MIC'],
      ['attributeConfidentiality', 'ESData encryption'],
      ['keyWrapping', 'ESData key wrap'],
    ],
  );
});

test('a key that protects something is no material; a master key and a key without purpose are', () => {
  const keys = deriveEndToEndKeys(kpsa, salt);
  assert.throws(() => deriveEndToEndKeys(keys.messageConfidentiality, salt), { code: 'KEY_PURPOSE_WRONG' });
  assert.throws(() => deriveEndToEndKeys(keys.keyWrapping, salt), { code: 'KEY_PURPOSE_WRONG' });
  const expected = deriveEndToEndKeys(kpsa, salt).id;
  assert.equal(deriveEndToEndKeys(keyFor('derivation', kpsa), salt).id, expected);
  assert.equal(deriveEndToEndKeys(createSecretKey(kpsa), salt).id, expected);
});

test('material of less than 16 bytes is refused', () => {
  assert.throws(() => deriveEndToEndKeys(range(0, 15), salt), {
    code: 'OPTION_INVALID',
    message: /15 bytes/,
  });
  assert.equal(deriveEndToEndKeys(range(0, 16), salt).id.length, 32);
});

test('what is secret on the way is wiped, the material of the caller and the salt are as they were', t => {
  const [material, ofSalt] = [Uint8Array.from(kpsa), Uint8Array.from(salt)];
  const key = createSecretKey(kpsa);
  let id = '';
  const made = secretsMadeIn(t, () => {
    deriveEndToEndKeys(material, ofSalt, { hash: 'sha512' });
    id = deriveEndToEndKeys(key, ofSalt).id;
  });
  const ids = made.filter(octets => octets.length === 32 && hex(octets).startsWith(id.toLowerCase()));
  assert.equal(ids.length, 1);
  const secrets = made.filter(octets => !isWiped(octets));
  // Two ids, which are HMACs too and no secrets, are left.
  assert.equal(secrets.length, 2);
  // For each: the material, the master key, five blocks and the id; for a key its bytes once more.
  assert.equal(made.length, 8 + 9);
  assert.deepEqual([material, ofSalt], [kpsa, salt]);
  assert.deepEqual(new Uint8Array(key.export()), kpsa);
});

function hexOf({ id: _, ...keys }: ReturnType<typeof deriveEndToEndKeys>): Record<string, string> {
  return Object.fromEntries(Object.entries(keys).map(([name, key]) => [name, hex(key)]));
}
