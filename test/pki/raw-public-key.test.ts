import assert from 'node:assert/strict';
import { createHash, createPublicKey } from 'node:crypto';
import { test } from 'node:test';
import { keyObjection } from '../../src/certificates/algorithms.ts';
import { parseRawPublicKey } from '../../src/certificates/raw-public-key.ts';
import { keyTypes } from '../../src/pki/key-type.ts';
import { issueRawPublicKey } from '../../src/pki/raw-public-key.ts';

const id = '//m2m.example.com/cse-a/Cae1';

test('a raw public key comes with its private key and the identifier to pin it by (RFC 7250, TS-0003 10.1.2)', () => {
  const { publicKey, key, publicKeyIdentifier, fingerprint, ...more } = issueRawPublicKey({
    id,
    keyType: 'p256',
  });
  assert.ok(createPublicKey(key).equals(publicKey));
  const digest = createHash('sha256').update(publicKey.export({ type: 'spki', format: 'der' }));
  assert.equal(publicKeyIdentifier, `ni:///sha-256;${digest.copy().digest('base64url')}`);
  assert.equal(fingerprint, digest.digest('hex'));
  assert.deepEqual(more, { id, warnings: [] });
});

test('every type of key is one that some certificate profile takes, with a warning where onem2m does not (TS-0003 10.1.1.1)', () => {
  for (const keyType of keyTypes) {
    const { publicKey, warnings } = issueRawPublicKey({ id, keyType });
    const raw = parseRawPublicKey(publicKey.export({ type: 'spki', format: 'der' }));
    assert.equal(keyObjection(raw, 'rfc5280'), null);
    if (keyType === 'p256') assert.deepEqual(warnings, []);
    else {
      assert.equal(warnings.length, 1);
      assert.match(
        warnings[0] ?? '',
        /^end-points refuse this key under the oneM2M certificate profile: a key of/,
      );
    }
  }
});

test('the identity is an absolute AE-ID or CSE-ID, and comes back with its host in lower case (TS-0001 7.2)', () => {
  const idOf = (text: string) => issueRawPublicKey({ id: text, keyType: 'p256' }).id;
  assert.equal(idOf('//M2M.Example.com/cse-a/Cae1'), '//m2m.example.com/cse-a/Cae1');
  assert.equal(idOf('//m2m.example.com/cse-a'), '//m2m.example.com/cse-a');
  assert.equal(idOf('//m2m.example.com/Sae1'), '//m2m.example.com/Sae1');
  for (const other of [
    '',
    'Cae1',
    '/cse-a',
    '/cse-a/Cae1',
    'cse.example.com',
    'm2m://m2m.example.com/cse-a',
    '//m2m.example.com',
  ])
    assert.throws(() => idOf(other), {
      code: 'OPTION_INVALID',
      message: /is no absolute AE-ID or CSE-ID such as/,
    });
});
