// What may be protected and opened with which credential: purpose, algorithm, key usage, life and name.
import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { test } from 'node:test';
import type { KeyPurpose } from '../../../src/keys/purpose.ts';
import { chosenOf } from '../../../src/protection/esdata/algorithms.ts';
import type { DirectKey, MicKey } from '../../../src/protection/esdata/credentials.ts';
import { decrypt, encrypt } from '../../../src/protection/esdata/encryption.ts';
import { KeyUses } from '../../../src/protection/esdata/key-uses.ts';
import { signThenEncrypt } from '../../../src/protection/esdata/nested.ts';
import { sign, verify } from '../../../src/protection/esdata/signature.ts';
import { keyUsage } from '../../../src/testing/certificate-maker.ts';
import {
  certified,
  direct,
  headerOf,
  mic,
  ownEncryption,
  ownSignature,
  payload,
  privateKey,
  publicOf,
  raw,
  refused,
  secret,
  time,
  wrapping,
} from './lab.ts';

const options = { time };
const purposes: readonly KeyPurpose[] = [
  'ESPrim',
  'message authentication',
  'ESData MIC',
  'ESData encryption',
  'ESData key wrap',
  'data authenticity',
  'data confidentiality',
  'derivation',
];
/** Of one purpose for the type checker, of another at run time. */
const disguised = <C extends DirectKey | MicKey>(credential: C, purpose: KeyPurpose): C => ({
  ...credential,
  key: secret(purpose, 32, 1),
});

test('a key for one purpose protects and opens nothing in another, whatever bytes it has (TS-0003 Table 12.3.2.1-1)', async () => {
  const key = direct(32, 1);
  const made = await encrypt(payload, [key], options);
  const signed = await sign(payload, [mic(32, 1)], options);
  for (const purpose of purposes) {
    const encrypts = purpose === 'ESData encryption' || purpose === 'ESData key wrap';
    const wrong = disguised(key, purpose);
    if (!encrypts) {
      await refused('KEY_PURPOSE_WRONG', () => encrypt(payload, [wrong], options), `is for ${purpose}`);
      await refused('KEY_PURPOSE_WRONG', () => decrypt(made, [wrong], options), `is for ${purpose}`);
    }
    if (purpose === 'ESData key wrap')
      await refused('ESDATA_ALGORITHM_UNFIT', () => decrypt(made, [wrong], options), 'alg is dir');
    if (purpose === 'ESData MIC') continue;
    const wrongMic = disguised(mic(32, 1), purpose);
    await refused('KEY_PURPOSE_WRONG', () => sign(payload, [wrongMic], options), `is for ${purpose}`);
    await refused('KEY_PURPOSE_WRONG', () => verify(signed, [wrongMic], options), `is for ${purpose}`);
  }
});

test('a key without a purpose is none for ESData', async () => {
  const { privateKey: key } = ownEncryption('P-256');
  const without = { ...direct(), key: createPublicKey(key) } as unknown as DirectKey;
  await refused('KEY_PURPOSE_WRONG', () => encrypt(payload, [without], options), 'without a purpose');
});

test('the size of a shared key fits its use: 16, 24 or 32 bytes for AES (TS-0003 8.5.3.2)', async () => {
  for (const size of [17, 31, 33, 48, 64]) {
    await refused('ESDATA_ALGORITHM_UNFIT', () => encrypt(payload, [direct(size)], options), `not ${size}`);
    await refused('ESDATA_ALGORITHM_UNFIT', () => encrypt(payload, [wrapping(size)], options), `not ${size}`);
  }
});

test('a key for MICs is as long as the hash, or longer (RFC 7518 §3.2)', async () => {
  for (const [size, alg] of [
    [32, 'HS256'],
    [47, 'HS256'],
    [48, 'HS384'],
    [63, 'HS384'],
    [64, 'HS512'],
    [100, 'HS512'],
  ] as const)
    assert.equal(headerOf(await sign(payload, [mic(size)], options)).alg, alg);
  await refused('ESDATA_ALGORITHM_UNFIT', () => sign(payload, [mic(31)], options), 'HS256 needs a key of 32');
  const chosen = (size: number, alg: 'HS256' | 'HS384' | 'HS512') =>
    sign(payload, [{ ...mic(size), alg }], options);
  assert.equal(headerOf(await chosen(64, 'HS256')).alg, 'HS256');
  await refused('ESDATA_ALGORITHM_UNFIT', () => chosen(47, 'HS384'), 'HS384 needs a key of 48');
  await refused('ESDATA_ALGORITHM_UNFIT', () => chosen(48, 'HS512'), 'HS512 needs a key of 64');
});

test('an RSA key of fewer than 2048 bits is neither encrypted to nor believed (RFC 7518 §3.3, §4.3)', async () => {
  const small = raw(privateKey('RSA-1024'));
  await refused('ESDATA_ALGORITHM_UNFIT', () => encrypt(payload, [publicOf(small)], options), '1024 bits');
  await refused('ESDATA_ALGORITHM_UNFIT', () => sign(payload, [small], options), '1024 bits');
  const signed = await sign(payload, [ownSignature('RSA')], options);
  await refused('ESDATA_ALGORITHM_UNFIT', () => verify(signed, () => publicOf(small), options), '1024 bits');
});

test('a key on another curve is none of ESData (TS-0003 Table 8.5.3.2-3, Table 8.5.3.3-2)', async () => {
  const other = raw(privateKey('secp256k1'));
  await refused('ESDATA_ALGORITHM_UNFIT', () => encrypt(payload, [publicOf(other)], options), 'secp256k1');
  await refused('ESDATA_ALGORITHM_UNFIT', () => sign(payload, [other], options), 'secp256k1');
});

test('what the caller chose fits the key (TS-0003 8.5.3)', async () => {
  const target = (alg: 'RSA-OAEP-256' | 'ECDH-ES+A128KW') => publicOf({ ...ownEncryption('P-256'), alg });
  await refused(
    'ESDATA_ALGORITHM_UNFIT',
    () => encrypt(payload, [target('RSA-OAEP-256')], options),
    'does not fit',
  );
  const signer = { ...ownSignature('P-256'), alg: 'ES384' as const };
  await refused('ESDATA_ALGORITHM_UNFIT', () => sign(payload, [signer], options), 'ES384 does not fit');
  await refused(
    'ESDATA_ALGORITHM_UNFIT',
    () => encrypt(payload, [direct()], { time, enc: 'A128GCM' }),
    'enc',
  );
  assert.equal(chosenOf(['ES256'], undefined), 'ES256');
});

test('a verifier who allows one of the RSA algorithms refuses the others (RFC 8725 §3.1)', async () => {
  const signed = await sign(payload, [ownSignature('RSA', 'RS512')], options);
  const only = publicOf(ownSignature('RSA', 'RS256'));
  await refused('ESDATA_ALGORITHM_UNFIT', () => verify(signed, [only], options), 'used with RS256');
});

test('public keys for verifying signatures are not encrypted to (TS-0003 8.5.2.2.4.1)', async () => {
  const ec = certified(privateKey('P-256'), { extensions: [keyUsage('digitalSignature')] });
  await refused('KEY_PURPOSE_WRONG', () => encrypt(payload, [publicOf(ec)], options), 'keyAgreement');
  const rsa = certified(privateKey('RSA'), { extensions: [keyUsage('digitalSignature', 'keyAgreement')] });
  await refused('KEY_PURPOSE_WRONG', () => encrypt(payload, [publicOf(rsa)], options), 'keyEncipherment');
  const none = certified(privateKey('P-256'), { extensions: [] });
  await refused('KEY_PURPOSE_WRONG', () => encrypt(payload, [publicOf(none)], options), 'keyAgreement');
});

test('a certificate for key management signs nothing, and nobody believes that it did (RFC 5280 4.2.1.3)', async () => {
  const only = certified(privateKey('P-256'), { extensions: [keyUsage('keyAgreement')] });
  await refused('KEY_PURPOSE_WRONG', () => sign(payload, [only], options), 'digitalSignature');
  const signed = await sign(payload, [certified(privateKey('P-256'))], options);
  await refused('KEY_PURPOSE_WRONG', () => verify(signed, () => publicOf(only), options), 'digitalSignature');
});

test('a private key that is not the certificate’s is a mistake of the caller', async () => {
  const mixed = { ...ownSignature('P-256'), privateKey: privateKey('P-256', 2) };
  await refused('OPTION_INVALID', () => sign(payload, [mixed], options), 'not that of the certificate');
  const made = await encrypt(payload, [publicOf(ownEncryption('P-256'))], options);
  await refused(
    'OPTION_INVALID',
    () => decrypt(made, [mixed as never], options),
    'not that of the certificate',
  );
  const publicKey = createPublicKey(privateKey('P-256'));
  const half = { ...ownSignature('P-256'), privateKey: publicKey };
  await refused('OPTION_INVALID', () => sign(payload, [half], options), 'no private KeyObject');
});

test('a key protects and opens nothing from its end on (TS-0003 8.5.2.2.2)', async () => {
  const second = (milliseconds: number) => new Date(time.getTime() + milliseconds);
  const living = { expires: second(1) };
  const ended = { expires: time };
  const encrypted = await encrypt(payload, [{ ...direct(), ...living }], options);
  await decrypt(encrypted, [{ ...direct(), ...living }], options);
  await refused(
    'KEY_EXPIRED',
    () => encrypt(payload, [{ ...direct(), ...ended }], options),
    'ended at 2027-06-01',
  );
  await refused('KEY_EXPIRED', () => decrypt(encrypted, [{ ...direct(), ...ended }], options));
  // What was stored earlier opens at the time at which it was.
  await decrypt(encrypted, [{ ...direct(), ...ended }], { time: second(-1) });
  const signed = await sign(payload, [{ ...mic(), ...living }], options);
  await refused('KEY_EXPIRED', () => sign(payload, [{ ...mic(), ...ended }], options));
  await refused('KEY_EXPIRED', () => verify(signed, [{ ...mic(), ...ended }], options));
  await refused('KEY_EXPIRED', () => verify(signed, [{ ...mic(), ...living }], { time: second(1) }));
});

test('a certificate is used until its notAfter, that second included (RFC 5280 4.1.2.5)', async () => {
  const own = certified(privateKey('P-256'), {
    extensions: [keyUsage('digitalSignature', 'keyAgreement')],
    notAfter: time,
  });
  const later = { time: new Date(time.getTime() + 1000) };
  const encrypted = await encrypt(payload, [publicOf(own)], options);
  await refused('KEY_EXPIRED', () => encrypt(payload, [publicOf(own)], later), 'the certificate ended');
  await refused('KEY_EXPIRED', () => decrypt(encrypted, [own], later));
  const signed = await sign(payload, [own], options);
  await refused('KEY_EXPIRED', () => verify(signed, [publicOf(own)], later));
});

test('a Credential-ID is of the type of its credential (TS-0003 Table 12.3.2.1-1)', async () => {
  for (const id of ['13-x', '15-x', '16-x', '41-x'])
    await refused('OPTION_INVALID', () => encrypt(payload, [{ ...direct(), id }], options), 'id');
  for (const id of ['14-x', '16-x'])
    await refused('OPTION_INVALID', () => encrypt(payload, [{ ...wrapping(), id }], options), 'id');
  for (const id of ['14-x', '15-x'])
    await refused('OPTION_INVALID', () => sign(payload, [{ ...mic(), id }], options), 'id');
  const target = publicOf(ownEncryption('P-256'));
  for (const id of ['14-x', '34-x', '51-x'])
    await refused('OPTION_INVALID', () => encrypt(payload, [{ ...target, id }], options), 'id');
  for (const id of ['41-x', '16-x'])
    await refused('OPTION_INVALID', () => sign(payload, [{ ...ownSignature('P-256'), id }], options), 'id');
  await refused(
    'OPTION_INVALID',
    () => encrypt(payload, [{ ...direct(), id: 'AB' }], options),
    'Credential-ID',
  );
  for (const type of [41, 42, 43, 44, 45]) await encrypt(payload, [{ ...target, id: `${type}-x` }], options);
});

test('every name that a header and a credential have in common is the same (RFC 7515 §4.1.4, §4.1.8)', async () => {
  const own = { ...ownSignature('P-256'), id: '54-//m2m.example.com/cse-b/Cae1' };
  const envelope = await sign(payload, [own], options);
  const { certificate } = own;
  await verify(envelope, [{ certificate, id: own.id }], options);
  await refused('KEY_UNKNOWN', () => verify(envelope, [{ certificate, id: '54-other' }], options));
  const otherCertificate = certified(privateKey('P-256', 2)).certificate;
  await refused('KEY_UNKNOWN', () =>
    verify(envelope, [{ certificate: otherCertificate, id: own.id }], options),
  );
});

test('a key that encrypts directly is used 2^31 times by each of two ends, and no more than it may be (TS-0003 8.5.2.2.1)', async () => {
  const uses = new KeyUses({ count: 2 ** 31 - 1 });
  const key = { ...direct(), uses };
  await encrypt(payload, [key], options);
  assert.equal(uses.count, 2 ** 31);
  await refused('KEY_EXHAUSTED', () => encrypt(payload, [key], options), '2147483648 times');
  assert.equal(uses.count, 2 ** 31);
});

test('what is refused before it is encrypted is no use; wrapped keys are new each time and not counted (TS-0003 8.5.2.2.1)', async () => {
  const uses = new KeyUses({ limit: 1 });
  const key = { ...direct(), uses };
  await refused('OPTION_INVALID', () => encrypt(payload, [{ ...key, id: '13-x' }], options));
  await refused('OPTION_INVALID', () => encrypt(payload, [key], { time, contentType: '' }));
  assert.equal(uses.count, 0);
  await encrypt(payload, [wrapping()], options);
});

test('a count or limit is a whole number from 0 to 2^32 (TS-0003 8.5.2.2.1)', async () => {
  for (const options of [
    { count: -1 },
    { count: 0.5 },
    { limit: 2 ** 32 + 1 },
    { limit: Number.NaN },
    { count: '1' as unknown as number },
  ])
    await refused('OPTION_INVALID', () => new KeyUses(options), '0 to 2^32');
  assert.equal(new KeyUses({ limit: 2 ** 32 }).limit, 2 ** 32);
});

test('compact has one recipient or signature; direct encryption has one key (TS-0003 8.5.2.2.1, RFC 7516 §7.1)', async () => {
  const compact = { time, serialization: 'compact' } as const;
  await refused(
    'OPTION_INVALID',
    () => encrypt(payload, [wrapping(), wrapping(16)], compact),
    'serialization',
  );
  await refused('OPTION_INVALID', () => sign(payload, [mic(), mic(48)], compact), 'serialization');
  await refused(
    'OPTION_INVALID',
    () => encrypt(payload, [wrapping(), direct()], options),
    'the only recipient',
  );
  await refused(
    'OPTION_INVALID',
    () => encrypt(payload, [direct(), wrapping()], options),
    'the only recipient',
  );
  await refused('OPTION_INVALID', () => encrypt(payload, [wrapping()], { ...compact, aad: payload }), 'aad');
  await refused('OPTION_INVALID', () => encrypt(payload, [], options), 'no recipients');
  await refused('OPTION_INVALID', () => sign(payload, [], options), 'no signers');
  const xml = { time, serialization: 'XML' as never };
  await refused('OPTION_INVALID', () => encrypt(payload, [direct()], xml), 'compact and JSON are possible');
  const seventeen = Array.from({ length: 17 }, (_, index) => wrapping(32, index));
  await refused('OPTION_INVALID', () => encrypt(payload, seventeen, options), 'at most 16');
  const signers = Array.from({ length: 17 }, (_, index) => mic(32, index));
  await refused('OPTION_INVALID', () => sign(payload, signers, options), 'at most 16');
});

test('nothing is made that would not be opened: its length and its media type are those that are read (our bound)', async () => {
  const large = Buffer.alloc(800 * 1024);
  const both = [
    (bytes: Uint8Array, more: object) => encrypt(bytes, [direct()], { time, ...more }),
    (bytes: Uint8Array, more: object) => encrypt(bytes, [wrapping(), wrapping(16)], { time, ...more }),
    (bytes: Uint8Array, more: object) => sign(bytes, [mic()], { time, ...more }),
    (bytes: Uint8Array, more: object) => sign(bytes, [mic(), mic(48)], { time, ...more }),
  ];
  for (const make of both) {
    await refused('OPTION_INVALID', () => make(large, {}), 'too large');
    for (const contentType of ['', 'c'.repeat(521)])
      await refused('OPTION_INVALID', () => make(payload, { contentType }), 'contentType');
    await make(payload, { contentType: 'c'.repeat(520) });
  }
});

test('the first recipient whose credential is there opens, or nothing does (TS-0003 8.5.2.2.1 D.3)', async () => {
  const envelope = await encrypt(payload, [wrapping(16), wrapping(32)], options);
  const wrong = { ...wrapping(16), key: wrapping(16, 9).key };
  await refused('ESDATA_UNAUTHENTIC', () => decrypt(envelope, [wrong, wrapping(32)], options));
});

test('all signatures of those who are known hold, and those that are demanded are there (TS-0003 8.5.2.3.1 C)', async () => {
  const envelope = await sign(payload, [mic(), mic(48)], options);
  const wrong = { ...mic(48), key: mic(48, 9).key };
  await refused('ESDATA_UNAUTHENTIC', () => verify(envelope, [mic(), wrong], options));
  await refused('ESDATA_UNAUTHENTIC', () => verify(envelope, [mic()], { time, demanded: [mic(48).id] }));
  await verify(envelope, [mic(), mic(48)], { time, demanded: [mic(48).id, mic().id] });
});

test('whoever signs for the inside has a certificate: a MIC is refused (TS-0003 8.5.2.4)', async () => {
  await refused(
    'KEY_PURPOSE_WRONG',
    () => signThenEncrypt(payload, [mic() as never], [direct()], options),
    'MIC',
  );
});
