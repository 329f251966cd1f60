// The two profiles in which pairwiseE2EKey is used (TS-0003 8.7.1, 8.4.2).
import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { test } from 'node:test';
import { deriveEndToEndKeys } from '../../src/keys/end-to-end.ts';
import { literalKey, separatedKeys } from '../../src/keys/protection-keys.ts';
import { purposeOf } from '../../src/keys/purpose.ts';
import { hex } from './octets.ts';

/** pairwiseE2EKey and its ID of the handshake with TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8 in test/vectors. */
const key = {
  id: 'A79E043B119AD5175ABEF06C94A1FE4D',
  secret: createSecretKey('e0eb0391ecc6fb345ab6286e6a85f716158cb05bd33a0eed84770057d225efd5', 'hex'),
};

test('separated: pairwiseE2EKey in the place of Kpsa, the 16 bytes of its ID as salt (TS-0003 10.3.6.2)', () => {
  const keys = separatedKeys(key);
  const expected = {
    master: '3db0090d1aa9f2c4868b98e51bc71c62fc5db4dfd84d4c00ec99117ffc121622',
    messageAuthentication: 'dbe9d03153dd1b8a55ee28e9fdfc187e4b788b773a1dc2683c606c64b64ecf15',
    messageConfidentiality: '0102e58d5c4dd8631283607b6cfbfebd01d748afdb4ce6eba50cdfa2a6d54eac',
    attributeAuthenticity: 'c87a0d2edb0de94ebf5fdd3e21bbd8452bf64f5d798c29bd83d6558830670b22',
    attributeConfidentiality: 'fce28194e1ecc59e1427d08c1589e1ecdbcff754511ba74fe9fb3380f6d3eff6',
    keyWrapping: '84bbc16720ac6fc939c14003761c40a186603f58854d64bba441d689df7aecb6',
  };
  assert.deepEqual(
    Object.fromEntries(
      Object.entries(keys).map(([name, value]) => [name, typeof value === 'string' ? value : hex(value)]),
    ),
    { ...expected, id: '88FC2C1B7F8E7FE3AD64EB1538B33AD5' },
  );
});

test('literal: pairwiseESPrimKey is pairwiseE2EKey, and its ID is pairwiseE2EKeyID', () => {
  const { id, esprim } = literalKey(key);
  assert.equal(id, key.id);
  assert.deepEqual(esprim.export(), key.secret.export());
  assert.equal(purposeOf(esprim), 'ESPrim');
});

test('of the two profiles neither knows the ids of the other: a mismatch is an unknown key', () => {
  assert.notEqual(separatedKeys(key).id, literalKey(key).id);
});

test('pairwiseE2EKeyID is compared without regard to case: the same keys and ids in either', () => {
  const lower = { ...key, id: key.id.toLowerCase() };
  assert.equal(literalKey(lower).id, key.id);
  assert.equal(separatedKeys(lower).id, separatedKeys(key).id);
});

test('what is no pairwiseE2EKeyID is refused: with less of it as salt the keys would be others', () => {
  for (const id of [
    '',
    key.id.slice(2),
    `${key.id}00`,
    `${key.id.slice(0, 30)}xy`,
    ` ${key.id}`,
    `${key.id}\n`,
  ])
    for (const profile of [separatedKeys, literalKey])
      assert.throws(() => profile({ ...key, id }), { code: 'OPTION_INVALID', message: /pairwiseE2EKeyID/ });
});

test('a key of the literal profile is no master key: one key, one use', () => {
  const { esprim } = literalKey(key);
  assert.throws(() => separatedKeys({ id: key.id, secret: esprim }), { code: 'KEY_PURPOSE_WRONG' });
  const { master } = deriveEndToEndKeys(key.secret, new Uint8Array());
  assert.throws(() => literalKey({ id: key.id, secret: master }), { code: 'KEY_PURPOSE_WRONG' });
});
