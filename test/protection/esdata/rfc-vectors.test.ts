// The examples of RFC 7515 and RFC 7520: those within the profile open, those outside it are refused. RFC 7516 Appendix A
// has none within it, and RFC 7518 Appendix C is a key agreement without key wrap, which is outside.
import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, type webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { FaultCode } from '../../../src/errors.ts';
import { keyFor } from '../../../src/keys/purpose.ts';
import type { MacAlgorithm } from '../../../src/protection/esdata/algorithms.ts';
import type {
  DecryptionCredential,
  VerificationCredential,
} from '../../../src/protection/esdata/credentials.ts';
import { decrypt } from '../../../src/protection/esdata/encryption.ts';
import { verify } from '../../../src/protection/esdata/signature.ts';
import { raw, refused, time } from './lab.ts';

interface Example {
  readonly source: string;
  readonly kind: 'JWS' | 'JWE';
  readonly object: string;
}
interface Within extends Example {
  readonly alg?: string;
  readonly key: webcrypto.JsonWebKey;
  readonly payload: string;
  readonly aad?: string;
}
interface Outside extends Example {
  readonly code: FaultCode;
  readonly why: string;
}

const { within, outside } = JSON.parse(
  readFileSync(new URL('../../vectors/jose-rfc.json', import.meta.url), 'utf8'),
) as { readonly within: readonly Within[]; readonly outside: readonly Outside[] };

for (const example of within)
  test(`the example of ${example.source} opens`, async () => {
    // The examples have names that are no Credential-IDs, or none: the search answers for the key.
    const { payload, aad } =
      example.kind === 'JWS'
        ? { ...(await verify(example.object, () => verificationKey(example), { time })), aad: null }
        : await decrypt(example.object, () => decryptionKey(example), { time });
    assert.equal(Buffer.from(payload).toString(), example.payload);
    assert.equal(aad === null ? undefined : Buffer.from(aad).toString(), example.aad);
  });

for (const { source, kind, object, code, why } of outside)
  test(`the example of ${source} is refused: ${why} (TS-0003 8.5.3)`, async () => {
    const search = () => assert.fail('a key was looked for');
    await refused(code, () => (kind === 'JWS' ? verify(object, search) : decrypt(object, search)));
  });

function verificationKey({ key, alg }: Within): VerificationCredential {
  if (key.kty === 'oct') {
    const material = Buffer.from(key.k ?? '', 'base64url');
    return { id: '16-example', key: keyFor('ESData MIC', material), alg: alg as MacAlgorithm };
  }
  return { certificate: raw(createPublicKey({ key, format: 'jwk' })).certificate };
}

function decryptionKey({ key, object }: Within): DecryptionCredential {
  if (key.kty !== 'oct') return raw(createPrivateKey({ key, format: 'jwk' }));
  const material = Buffer.from(key.k ?? '', 'base64url');
  const encoded = object.startsWith('{') ? JSON.parse(object).protected : object.split('.')[0];
  const { alg } = JSON.parse(Buffer.from(encoded, 'base64url').toString());
  return alg === 'dir'
    ? { id: '14-example', key: keyFor('ESData encryption', material) }
    : { id: '15-example', key: keyFor('ESData key wrap', material) };
}
