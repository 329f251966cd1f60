// The examples of RFC 7515 to 7520 that need more than one key, or are outside the profile as a whole; those of one key
// are in test/protection/esdata.
import assert from 'node:assert/strict';
import { createCipheriv, createPrivateKey, createPublicKey, type webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { compactDecrypt } from 'jose';
import { parseRawPublicKey } from '../../../src/certificates/raw-public-key.ts';
import type { CredentialName } from '../../../src/protection/esdata/credentials.ts';
import { decrypt } from '../../../src/protection/esdata/encryption.ts';
import { verify } from '../../../src/protection/esdata/signature.ts';
import { refusal } from '../../endpoint/lab.ts';
import { recordings } from './recordings.ts';

interface Example {
  readonly source: string;
  readonly object: string;
  readonly payload: string;
  readonly keys?: readonly (webcrypto.JsonWebKey & { readonly kid?: string })[];
}

interface Agreement {
  readonly source: string;
  readonly ephemeral: webcrypto.JsonWebKey;
  readonly static: webcrypto.JsonWebKey;
  readonly enc: 'A128GCM';
  readonly apu: string;
  readonly apv: string;
  /** What both sides agree on. */
  readonly derived: string;
}

const { objects, agreement } = JSON.parse(readFileSync(new URL('rfc-examples.json', recordings), 'utf8')) as {
  readonly objects: readonly Example[];
  readonly agreement: Agreement;
};

for (const { source, object, payload, keys = [] } of objects.filter(({ keys }) => keys !== undefined))
  test(`the signatures of ${source} hold, each under its own key`, async () => {
    const certificates = keys.map(({ kid, ...key }) => {
      const spki = createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'der' });
      return { kid, certificate: parseRawPublicKey(spki) };
    });
    const verified = await verify(
      object,
      ({ kid }: CredentialName) => certificates.find(each => each.kid === kid) ?? null,
    );
    assert.equal(Buffer.from(verified.payload).toString(), payload);
    assert.deepEqual(verified.credentials, certificates);
  });

for (const [source, why] of [
  ['RFC 7515 §E', 'alg is none, and crit names what nobody knows'],
  ['RFC 7516 §A.1', 'RSA-OAEP with SHA-1'],
  ['RFC 7516 §A.2', 'RSAES-PKCS1-v1_5'],
  ['RFC 7516 §A.3', 'A128CBC-HS256'],
  ['RFC 7516 §A.4', 'A128CBC-HS256, and a shared unprotected header'],
  ['RFC 7516 §A.5', 'A128CBC-HS256, and a shared unprotected header'],
  ['RFC 7520 §6', 'RSA-OAEP with SHA-1'],
] as const)
  test(`${source} is outside the profile, and no key is looked for: ${why} (TS-0003 8.5.3)`, async () => {
    const { object } =
      objects.find(each => each.source === source) ?? assert.fail('there is no such example');
    const search = () => assert.fail('a key was looked for');
    const open = source === 'RFC 7515 §E' ? verify(object, search) : decrypt(object, search);
    await assert.rejects(open, refusal('ESDATA_UNSUPPORTED'));
  });

test(`the agreement of ${agreement.source} is jose's; without key wrap it is refused (TS-0003 Table 8.5.3.2-3)`, async () => {
  const { ephemeral: epk, static: key, enc, apu, apv, derived } = agreement;
  const header = Buffer.from(JSON.stringify({ alg: 'ECDH-ES', enc, epk, apu, apv })).toString('base64url');
  const iv = Buffer.alloc(12);
  const cipher = createCipheriv('aes-128-gcm', Buffer.from(derived, 'base64url'), iv);
  cipher.setAAD(Buffer.from(header));
  const ciphertext = Buffer.concat([cipher.update('agreed'), cipher.final()]);
  const parts = [iv, ciphertext, cipher.getAuthTag()].map(part => part.toString('base64url'));
  const object = [header, '', ...parts].join('.');

  const privateKey = createPrivateKey({ key, format: 'jwk' });
  assert.equal(Buffer.from((await compactDecrypt(object, privateKey)).plaintext).toString(), 'agreed');
  await assert.rejects(
    decrypt(object, () => assert.fail('a key was looked for')),
    refusal('ESDATA_UNSUPPORTED'),
  );
});
