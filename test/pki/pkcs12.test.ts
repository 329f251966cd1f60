// PKCS #12 files that we write: what others need to open them, and what is refused.
import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { contextConstructed, contextPrimitive, type DerReader, readDer } from '../../src/certificates/der.ts';
import { credentials } from '../../src/endpoint/credentials.ts';
import { E2EKeyError } from '../../src/errors.ts';
import { writePkcs12 } from '../../src/pki/pkcs12.ts';
import { keyFor, makeAuthority, otherKey } from '../../src/testing/certificate-maker.ts';

const password = 'lab password';
const root = makeAuthority();
const intermediate = root.authority();
const issued = (key: KeyObject) => {
  const leaf = intermediate.issue({ key, subject: 'leaf' });
  return { key, chain: [leaf, intermediate].map(({ der }) => new X509Certificate(der)) };
};
const p256 = issued(keyFor('leaf'));

for (const [name, key] of Object.entries({
  'P-256': p256.key,
  'P-384': otherKey('P-384'),
  'P-521': otherKey('P-521'),
  Ed25519: otherKey('Ed25519'),
  RSA: otherKey(2048),
}))
  test(`a chain with a key of ${name} is read back`, async () => {
    const { chain } = issued(key);
    const file = await writePkcs12({ chain, key, password, name: 'leaf' });
    const credential = credentials.fromFile(file, { password });
    assert.deepEqual(
      credential.chain.map(der => Buffer.from(der)),
      chain.map(({ raw }) => raw),
    );
    assert.deepEqual(credential.warnings, []);
  });

test('a file has nothing in the clear but its name', async () => {
  const file = Buffer.from(await writePkcs12({ ...p256, password, name: 'leaf' }));
  const { d = '' } = p256.key.export({ format: 'jwk' });
  for (const secret of [Buffer.from(d, 'base64url'), Buffer.from(password), p256.chain[0]?.raw.subarray(-40)])
    assert.ok(!file.includes(secret ?? ''));
  assert.ok(file.includes(Buffer.from('leaf', 'utf16le').swap16()));
});

test('a file is DER, whole, and so is what is in it: small readers read nothing else', async () => {
  const written = await writePkcs12({ ...p256, password });
  const read = <T>(der: Uint8Array, fields: (reader: DerReader) => T) =>
    readDer(der, 'PFX', whole => whole.sequence('', fields));
  const contentInfo = <T>(name: string, fields: DerReader, content: (reader: DerReader) => T) =>
    fields.sequence(name, info => {
      info.objectIdentifier('contentType');
      return info.constructed(contextConstructed(0), 'content', content);
    });
  const authSafe = read(written, fields => {
    assert.equal(fields.smallInteger('version'), 3);
    const octets = contentInfo('authSafe', fields, content => content.octetString(''));
    fields.any('macData');
    return octets;
  });
  read(authSafe, infos => {
    contentInfo('key', infos, content => content.octetString(''));
    contentInfo('certificates', infos, content =>
      content.sequence('', encrypted => {
        encrypted.smallInteger('version');
        encrypted.sequence('encryptedContentInfo', info => {
          info.objectIdentifier('contentType');
          info.any('contentEncryptionAlgorithm');
          info.octetString('encryptedContent', contextPrimitive(0));
        });
      }),
    );
  });
});

test('salts and IVs are new each time', async () => {
  const file = async () => Buffer.from(await writePkcs12({ ...p256, password }));
  const [one, other] = [await file(), await file()];
  const pieces = Array.from({ length: Math.floor(one.length / 16) }, (_, index) =>
    one.subarray(index * 16, index * 16 + 16),
  );
  const kept = pieces.filter(piece => other.includes(piece));
  assert.ok(kept.length < pieces.length / 2, `${kept.length} of ${pieces.length}`);
});

test('the key and its certificate have the same localKeyId, others none (RFC 2985 §5.5.2)', async () => {
  const file = Buffer.from(await writePkcs12({ ...p256, password }));
  const localKeyId = Buffer.from('06092a864886f70d010915', 'hex');
  assert.equal(
    file.indexOf(localKeyId),
    file.lastIndexOf(localKeyId),
    'the second one is in what is encrypted',
  );
  assert.ok(file.includes(localKeyId));
});

for (const [name, wrong, words] of [
  ['an empty password', { password: '' }, /^password: not 1 to 512 printable ASCII characters$/],
  ['a password with other characters', { password: 'pässword' }, /^password: /],
  ['a password of more than 512 characters', { password: 'x'.repeat(513) }, /^password: /],
  [
    'a name with other characters',
    { password, name: 'CSE–B' },
    /^name: not 1 to 512 printable ASCII characters$/,
  ],
  ['no certificate', { password, chain: [] }, /^the private key is not that of the first certificate$/],
  ['the certificate of another key', { password, key: otherKey('P-384') }, /^the private key is not that/],
  ['a key of another kind', { password, key: otherKey('Ed25519') }, /^the private key is not that/],
  ['the public key', { password, key: createPublicKey(p256.key) }, /^the private key is not that/],
] as const)
  test(`${name} is refused`, async () => {
    await assert.rejects(writePkcs12({ ...p256, ...wrong }), (error: unknown) => {
      assert.ok(error instanceof E2EKeyError && error.code === 'OPTION_INVALID');
      assert.match(error.message, words);
      return true;
    });
  });

test('a key that was refused does not stand in the way of the next one', async () => {
  await assert.rejects(writePkcs12({ ...p256, password, key: otherKey('Ed25519') }), E2EKeyError);
  const pem = p256.key.export({ format: 'pem', type: 'pkcs8' });
  assert.ok(createPrivateKey(pem).equals(p256.key));
});
