// Every alg × enc × serialization of the profile, made and opened.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ContentEncryption } from '../../../src/protection/esdata/algorithms.ts';
import type {
  DecryptionCredential,
  EncryptionCredential,
  SigningCredential,
  VerificationCredential,
} from '../../../src/protection/esdata/credentials.ts';
import { decrypt, encrypt, type Serialization } from '../../../src/protection/esdata/encryption.ts';
import { decryptThenVerify, signThenEncrypt } from '../../../src/protection/esdata/nested.ts';
import { sign, verify } from '../../../src/protection/esdata/signature.ts';
import {
  direct,
  headerOf,
  mic,
  ownEncryption,
  ownSignature,
  payload,
  privateKey,
  publicOf,
  raw,
  time,
  wrapping,
} from './lab.ts';

const serializations: readonly Serialization[] = ['compact', 'JSON'];
const encryptions: readonly ContentEncryption[] = ['A128GCM', 'A192GCM', 'A256GCM'];
const curves = ['P-256', 'P-384', 'P-521'] as const;

/** By `alg` and, where it is the key that decides, by `enc`. */
const keyManagement: readonly {
  readonly alg: string;
  readonly enc?: ContentEncryption;
  readonly forWhom: EncryptionCredential;
  readonly own: DecryptionCredential;
}[] = [
  ...([16, 24, 32] as const).map((size, index) => ({
    alg: 'dir',
    enc: encryptions[index] ?? 'A128GCM',
    forWhom: direct(size),
    own: direct(size),
  })),
  ...([16, 24, 32] as const).map(size => ({
    alg: `A${size * 8}KW`,
    forWhom: wrapping(size),
    own: wrapping(size),
  })),
  { alg: 'RSA-OAEP-256', forWhom: publicOf(ownEncryption('RSA')), own: ownEncryption('RSA') },
  ...(['ECDH-ES+A128KW', 'ECDH-ES+A192KW', 'ECDH-ES+A256KW'] as const).flatMap(alg =>
    curves.map(curve => ({
      alg,
      forWhom: publicOf(ownEncryption(curve, alg)),
      own: ownEncryption(curve),
    })),
  ),
];

for (const { alg, enc: only, forWhom, own } of keyManagement)
  for (const enc of only === undefined ? encryptions : [only])
    test(`${alg} with ${enc}${'certificate' in own ? ` for ${own.certificate.publicKey.asymmetricKeyDetails?.namedCurve ?? 'RSA'}` : ''} opens, compact and JSON (TS-0003 8.5.3.2)`, async () => {
      for (const serialization of serializations) {
        const options = { serialization, time, ...(only === undefined && { enc }) };
        const envelope = await encrypt(payload, [forWhom], options);
        const header =
          serialization === 'compact' ? headerOf(envelope) : headerOf(JSON.parse(envelope).protected);
        assert.deepEqual([header.alg, header.enc], [alg, enc]);
        const opened = await decrypt(envelope, [own], { time });
        assert.deepEqual(Buffer.from(opened.payload), payload);
        assert.equal(opened.credential, own);
        assert.deepEqual([opened.aad, opened.contentType], [null, null]);
      }
    });

const signing: readonly {
  readonly alg: string;
  readonly signer: SigningCredential;
  readonly verifier: VerificationCredential;
}[] = [
  ...(
    [
      [32, 'HS256'],
      [48, 'HS384'],
      [64, 'HS512'],
    ] as const
  ).map(([size, alg]) => ({ alg, signer: mic(size), verifier: mic(size) })),
  ...(['RS256', 'RS384', 'RS512'] as const).map(alg => ({
    alg,
    signer: ownSignature('RSA', alg),
    verifier: publicOf(ownSignature('RSA')),
  })),
  ...(
    [
      ['P-256', 'ES256'],
      ['P-384', 'ES384'],
      ['P-521', 'ES512'],
    ] as const
  ).map(([curve, alg]) => ({
    alg,
    signer: ownSignature(curve),
    verifier: publicOf(ownSignature(curve)),
  })),
];

for (const { alg, signer, verifier } of signing)
  test(`${alg} holds, compact and JSON (TS-0003 8.5.3.3)`, async () => {
    for (const serialization of serializations) {
      const envelope = await sign(payload, [signer], { serialization, time, contentType: 'json' });
      const header =
        serialization === 'compact' ? headerOf(envelope) : headerOf(JSON.parse(envelope).protected);
      assert.equal(header.alg, alg);
      const verified = await verify(envelope, [verifier], { time });
      assert.deepEqual(verified.payload, payload);
      assert.deepEqual(verified.credentials, [verifier]);
      assert.equal(verified.contentType, 'json');
    }
  });

test('any payload comes out as it went in, the empty one too (TS-0003 8.5.2)', async () => {
  const own = ownSignature('P-256');
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 300 }),
      fc.constantFrom(...serializations),
      async (bytes, serialization) => {
        const options = { serialization, time };
        const encrypted = await decrypt(await encrypt(bytes, [direct()], options), [direct()], { time });
        assert.deepEqual(Buffer.from(encrypted.payload), Buffer.from(bytes));
        const signed = await verify(await sign(bytes, [mic()], options), [mic()], { time });
        assert.deepEqual(Buffer.from(signed.payload), Buffer.from(bytes));
        const nested = await signThenEncrypt(bytes, [own], [wrapping()], options);
        const both = await decryptThenVerify(nested, [wrapping()], [publicOf(own)], { time });
        assert.deepEqual(Buffer.from(both.payload), Buffer.from(bytes));
      },
    ),
    { seed: 7, numRuns: 20 },
  );
});

test('several recipients share one content encryption key, and each opens with his own credential (TS-0003 8.5.2.2.1 B)', async () => {
  const agreement = ownEncryption('P-256');
  const transport = ownEncryption('RSA');
  const envelope = await encrypt(payload, [wrapping(16), publicOf(agreement), publicOf(transport)], {
    time,
    aad: Buffer.from('beside it'),
    contentType: 'application/json',
  });
  const { recipients, ...shared } = JSON.parse(envelope);
  assert.deepEqual(
    recipients.map(({ header }: { header: { alg: string } }) => header.alg),
    ['A128KW', 'ECDH-ES+A256KW', 'RSA-OAEP-256'],
  );
  assert.deepEqual(headerOf(shared.protected), { enc: 'A256GCM', cty: 'application/json' });
  for (const own of [wrapping(16), agreement, transport]) {
    const opened = await decrypt(envelope, [direct(), own], { time });
    assert.deepEqual(Buffer.from(opened.payload), payload);
    assert.equal(opened.credential, own);
    assert.equal(opened.contentType, 'application/json');
    assert.equal(opened.aad?.toString(), 'beside it');
  }
});

test('several signers sign one payload, and every one that is known is verified (TS-0003 8.5.2.3.1 C)', async () => {
  const signers = [mic(), ownSignature('P-256'), ownSignature('RSA')] as const;
  const envelope = await sign(payload, signers, { time });
  const known = [publicOf(signers[2]), mic()];
  const verified = await verify(envelope, known, { time });
  assert.deepEqual(verified.credentials, [known[1], known[0]]);
});

test('raw public keys encrypt and verify, named by their public key identifiers (TS-0003 8.5.2.2.4.1, Table 12.3.2.1-1)', async () => {
  const own = raw(privateKey('P-256'));
  const encrypted = await encrypt(payload, [publicOf(own)], { time });
  assert.match(String(headerOf(encrypted).kid), /^41-ni:\/\/\/sha-256;[\w-]{43}$/);
  assert.deepEqual(Buffer.from((await decrypt(encrypted, [own], { time })).payload), payload);
  const signed = await sign(payload, [own], { time });
  assert.match(String(headerOf(signed).kid), /^51-ni:\/\/\/sha-256;[\w-]{43}$/);
  assert.deepEqual((await verify(signed, [publicOf(own)], { time })).payload, payload);
});

test('a certificate is named by its SHA-256, and by a Credential-ID where there is one (RFC 7515 §4.1.8)', async () => {
  const own = { ...ownSignature('P-256'), id: '54-//m2m.example.com/cse-b/Cae1' };
  const fingerprint = 'fingerprint' in own.certificate ? own.certificate.fingerprint : '';
  const envelope = await sign(payload, [own], { time });
  assert.deepEqual(headerOf(envelope), {
    alg: 'ES256',
    kid: own.id,
    'x5t#S256': Buffer.from(fingerprint, 'hex').toString('base64url'),
  });
  const { credentials } = await verify(envelope, [{ certificate: own.certificate }], { time });
  assert.equal(credentials.length, 1);
});

test('a search finds credentials by the names of the header, however it keeps them (TS-0003 8.5.2.2.1 D.2)', async () => {
  const asked: unknown[] = [];
  const opened = await decrypt(
    await encrypt(payload, [direct()], { time }),
    async name => {
      asked.push(name);
      return direct();
    },
    { time },
  );
  assert.deepEqual(Buffer.from(opened.payload), payload);
  assert.deepEqual(asked, [{ kid: direct().id, x5tS256: null }]);
});
