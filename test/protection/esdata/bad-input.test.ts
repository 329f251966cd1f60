// What is no ESData Envelope of the profile, each with its own code, and before any key is looked for.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import type { FaultCode } from '../../../src/errors.ts';
import { keyFor } from '../../../src/keys/purpose.ts';
import { decrypt, encrypt } from '../../../src/protection/esdata/encryption.ts';
import { sign, verify } from '../../../src/protection/esdata/signature.ts';
import {
  direct,
  mic,
  ownEncryption,
  payload,
  publicOf,
  refused,
  secret,
  time,
  withHeader,
  wrapping,
} from './lab.ts';

const jwe = await encrypt(payload, [wrapping()], { time });
const jws = await sign(payload, [mic()], { time });
const agreed = await encrypt(payload, [publicOf(ownEncryption('P-256'))], { time });
const flatJwe = JSON.parse(await encrypt(payload, [wrapping()], { time, serialization: 'JSON' }));
const flatJws = JSON.parse(await sign(payload, [mic()], { time, serialization: 'JSON' }));
const generalJwe = JSON.parse(await encrypt(payload, [wrapping(), wrapping(16)], { time }));
const generalJws = JSON.parse(await sign(payload, [mic(), mic(48)], { time }));

type Row = readonly [what: string, code: FaultCode, envelope: string, text?: string | RegExp];

const header = (change: (members: Record<string, unknown>) => object) => withHeader(jwe, change);
const signedHeader = (change: (members: Record<string, unknown>) => object) => withHeader(jws, change);
const agreedHeader = (change: (members: Record<string, unknown>) => object) => withHeader(agreed, change);
const epk = (change: object) =>
  agreedHeader(members => ({ ...members, epk: { ...(members.epk as object), ...change } }));
const replaced = (compact: string, part: number, text: string) =>
  compact.split('.').with(part, text).join('.');
const encoded = (size: number) => Buffer.alloc(size).toString('base64url');
const other384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' });

const encryptedRows: readonly Row[] = [
  ['nothing', 'ESDATA_MALFORMED', ''],
  ['a JWS', 'ESDATA_MALFORMED', jws, '5 parts'],
  ['a part too many', 'ESDATA_MALFORMED', `${jwe}.AAAA`, '5 parts'],
  ['a part too few', 'ESDATA_MALFORMED', jwe.slice(0, jwe.lastIndexOf('.')), '5 parts'],
  ['more than 1 MiB', 'ESDATA_MALFORMED', 'A'.repeat(1024 * 1024 + 1), '1048576'],
  [
    'a header that is too long',
    'ESDATA_MALFORMED',
    header(members => ({ ...members, kid: 'k'.repeat(9000) })),
    '8192',
  ],
  [
    'a header in padded base64',
    'ESDATA_MALFORMED',
    replaced(jwe, 0, `${jwe.split('.')[0]}==`),
    'protected header',
  ],
  ['a header that is no JSON', 'ESDATA_MALFORMED', withHeader(jwe, '{"alg":'), 'protected header'],
  ['a header that is a list', 'ESDATA_MALFORMED', withHeader(jwe, '[]'), 'protected header'],
  [
    'alg twice in the header',
    'ESDATA_MALFORMED',
    withHeader(jwe, '{"alg":"A256KW","alg":"dir","enc":"A256GCM"}'),
    '"alg" twice',
  ],
  ['no alg', 'ESDATA_UNSUPPORTED', header(({ alg: _, ...others }) => others), 'alg is missing'],
  ['alg none', 'ESDATA_UNSUPPORTED', header(members => ({ ...members, alg: 'none' })), 'alg is "none"'],
  [
    'alg that is no text',
    'ESDATA_UNSUPPORTED',
    header(members => ({ ...members, alg: ['dir'] })),
    'alg is ["dir"]',
  ],
  ['alg that every object has', 'ESDATA_UNSUPPORTED', header(members => ({ ...members, alg: 'toString' }))],
  ...['RSA1_5', 'RSA-OAEP', 'ECDH-ES', 'A256GCMKW', 'PBES2-HS256+A128KW', 'HS256'].map(
    (alg): Row => [
      `alg ${alg}`,
      'ESDATA_UNSUPPORTED',
      header(members => ({ ...members, alg })),
      `alg is "${alg}"`,
    ],
  ),
  ['no enc', 'ESDATA_UNSUPPORTED', header(({ enc: _, ...others }) => others), 'enc is missing'],
  ...['A128CBC-HS256', 'none', 'toString'].map(
    (enc): Row => [
      `enc ${enc}`,
      'ESDATA_UNSUPPORTED',
      header(members => ({ ...members, enc })),
      `enc is "${enc}"`,
    ],
  ),
  ...['crit', 'zip', 'b64', 'jku', 'x5u', 'jwk', 'x5c', 'x5t', 'p2c', 'iv', 'cpa', 'atr', '__proto__'].map(
    (name): Row => [
      `the header parameter ${name}`,
      'ESDATA_UNSUPPORTED',
      withHeader(jwe, `{"alg":"A256KW","enc":"A256GCM",${JSON.stringify(name)}:1}`),
      `"${name}" in the protected header`,
    ],
  ),
  ['kid that is no text', 'ESDATA_MALFORMED', header(members => ({ ...members, kid: 1 })), 'kid'],
  ['an empty kid', 'ESDATA_MALFORMED', header(members => ({ ...members, kid: '' })), 'kid'],
  [
    'a kid that is too long',
    'ESDATA_MALFORMED',
    header(members => ({ ...members, kid: 'k'.repeat(521) })),
    'kid',
  ],
  ['cty that is no text', 'ESDATA_MALFORMED', header(members => ({ ...members, cty: {} })), 'cty'],
  ['typ that is no text', 'ESDATA_MALFORMED', header(members => ({ ...members, typ: {} })), 'typ'],
  [
    'x5t#S256 of another length',
    'ESDATA_MALFORMED',
    header(members => ({ ...members, 'x5t#S256': encoded(20) })),
    'x5t#S256 has 20 bytes',
  ],
  [
    'an initialisation vector of 16 bytes',
    'ESDATA_MALFORMED',
    replaced(jwe, 2, encoded(16)),
    'iv has 16 bytes',
  ],
  ['no initialisation vector', 'ESDATA_MALFORMED', replaced(jwe, 2, ''), 'iv has 0 bytes'],
  ['a tag of 12 bytes', 'ESDATA_MALFORMED', replaced(jwe, 4, encoded(12)), 'tag has 12 bytes'],
  ['no tag', 'ESDATA_MALFORMED', replaced(jwe, 4, ''), 'tag has 0 bytes'],
  ['a ciphertext in the other base64', 'ESDATA_MALFORMED', replaced(jwe, 3, '+/+/'), 'ciphertext'],
  ['an encrypted key with stray bits', 'ESDATA_MALFORMED', replaced(jwe, 1, 'AB'), 'encrypted_key'],
  ['no encrypted key', 'ESDATA_MALFORMED', replaced(jwe, 1, ''), 'is not empty with A256KW'],
  [
    'an encrypted key with dir',
    'ESDATA_MALFORMED',
    header(members => ({ ...members, alg: 'dir' })),
    'is empty with dir',
  ],
  [
    'epk without a key agreement',
    'ESDATA_MALFORMED',
    header(members => ({ ...members, epk: {} })),
    'epk is there',
  ],
  [
    'a key agreement without epk',
    'ESDATA_MALFORMED',
    agreedHeader(({ epk: _, ...others }) => others),
    'epk is missing',
  ],
  ['epk that is a text', 'ESDATA_MALFORMED', agreedHeader(members => ({ ...members, epk: 'P-256' })), 'epk'],
  ['epk on another curve', 'ESDATA_UNSUPPORTED', epk({ crv: 'secp256k1' }), 'none of P-256'],
  ['epk on a curve that is a list', 'ESDATA_UNSUPPORTED', epk({ crv: ['P-256'] }), 'none of P-256'],
  ['epk of another kind', 'ESDATA_UNSUPPORTED', epk({ kty: 'OKP', crv: 'X25519' }), 'none of P-256'],
  ['epk of a kind that its members are not', 'ESDATA_UNSUPPORTED', epk({ kty: 'oct' }), 'none of P-256'],
  ['epk with a private key', 'ESDATA_MALFORMED', epk({ d: encoded(32) }), 'other members'],
  ['epk.x that is too short', 'ESDATA_MALFORMED', epk({ x: encoded(31) }), 'epk.x has 31 bytes'],
  ['epk.y that is missing', 'ESDATA_MALFORMED', epk({ y: null }), 'epk.y'],
  ['epk off its curve', 'ESDATA_MALFORMED', epk({ x: encoded(32), y: encoded(32) }), 'no point on P-256'],
  [
    'epk of coordinates of a larger curve',
    'ESDATA_MALFORMED',
    epk({ x: other384.x, y: other384.y }),
    'epk.x has 48',
  ],
  [
    'apu that is no base64url',
    'ESDATA_MALFORMED',
    agreedHeader(members => ({ ...members, apu: '=' })),
    'apu',
  ],
  ['apv that is no text', 'ESDATA_MALFORMED', agreedHeader(members => ({ ...members, apv: 1 })), 'apv'],
  [
    'apv that is too long',
    'ESDATA_MALFORMED',
    agreedHeader(members => ({ ...members, apv: encoded(600) })),
    'apv',
  ],
  ['JSON that ends too early', 'ESDATA_MALFORMED', JSON.stringify(flatJwe).slice(0, -1), 'Envelope'],
  [
    'iv twice',
    'ESDATA_MALFORMED',
    JSON.stringify(flatJwe).replace('{', `{"iv":"${encoded(12)}",`),
    '"iv" twice',
  ],
  [
    'a member that nobody knows',
    'ESDATA_UNSUPPORTED',
    JSON.stringify({ ...flatJwe, more: 1 }),
    '"more" in the JWE',
  ],
  [
    'a shared unprotected header',
    'ESDATA_UNSUPPORTED',
    JSON.stringify({ ...flatJwe, unprotected: { kid: 'x' } }),
    '"unprotected"',
  ],
  [
    'no protected header',
    'ESDATA_MALFORMED',
    JSON.stringify({ ...flatJwe, protected: undefined }),
    'protected',
  ],
  ['an empty aad', 'ESDATA_MALFORMED', JSON.stringify({ ...flatJwe, aad: '' }), 'aad'],
  [
    'a ciphertext that is no text',
    'ESDATA_MALFORMED',
    JSON.stringify({ ...flatJwe, ciphertext: 1 }),
    'ciphertext',
  ],
  [
    'a parameter in both headers',
    'ESDATA_MALFORMED',
    JSON.stringify({ ...flatJwe, header: { alg: 'A256KW' } }),
    'alg stands in',
  ],
  [
    'enc in the unprotected header',
    'ESDATA_UNSUPPORTED',
    JSON.stringify({ ...flatJwe, header: { enc: 'A256GCM' } }),
    '"enc" in the unprotected header',
  ],
  [
    'an unprotected header that is a list',
    'ESDATA_MALFORMED',
    JSON.stringify({ ...flatJwe, header: [] }),
    'header',
  ],
  ['no recipients', 'ESDATA_MALFORMED', JSON.stringify({ ...generalJwe, recipients: [] }), 'recipients'],
  [
    'recipients that are no list',
    'ESDATA_MALFORMED',
    JSON.stringify({ ...generalJwe, recipients: {} }),
    'recipients',
  ],
  [
    'a recipient that is a text',
    'ESDATA_MALFORMED',
    JSON.stringify({ ...generalJwe, recipients: ['x'] }),
    'recipients',
  ],
  [
    'seventeen recipients',
    'ESDATA_MALFORMED',
    JSON.stringify({ ...generalJwe, recipients: Array(17).fill(generalJwe.recipients[0]) }),
    '1 to 16',
  ],
  [
    'a recipient with a member that nobody knows',
    'ESDATA_UNSUPPORTED',
    JSON.stringify({ ...generalJwe, recipients: [{ ...generalJwe.recipients[0], more: 1 }] }),
    '"more" in the recipient',
  ],
  [
    'flattened and general at once',
    'ESDATA_UNSUPPORTED',
    JSON.stringify({ ...generalJwe, encrypted_key: 'AAAA' }),
    '"encrypted_key"',
  ],
  [
    'direct encryption for one of two',
    'ESDATA_MALFORMED',
    JSON.stringify({ ...generalJwe, recipients: [{ header: { alg: 'dir' } }, generalJwe.recipients[0]] }),
    'one recipient',
  ],
];

const signedRows: readonly Row[] = [
  ['a JWE', 'ESDATA_MALFORMED', jwe, '3 parts'],
  ['more than 1 MiB', 'ESDATA_MALFORMED', 'A'.repeat(1024 * 1024 + 1), '1048576'],
  ['a part too few', 'ESDATA_MALFORMED', jws.slice(0, jws.lastIndexOf('.')), '3 parts'],
  [
    'alg twice in the header',
    'ESDATA_MALFORMED',
    withHeader(jws, '{"alg":"HS256","alg":"none"}'),
    '"alg" twice',
  ],
  ...['none', 'None', 'PS256', 'EdDSA', 'dir', 'toString'].map(
    (alg): Row => [
      `alg ${alg}`,
      'ESDATA_UNSUPPORTED',
      signedHeader(members => ({ ...members, alg })),
      `alg is "${alg}"`,
    ],
  ),
  ['no alg', 'ESDATA_UNSUPPORTED', signedHeader(({ alg: _, ...others }) => others), 'alg is missing'],
  ...['crit', 'b64', 'jku', 'x5u', 'jwk', 'x5c', 'epk', 'enc', 'cpa', 'atr', '__proto__'].map(
    (name): Row => [
      `the header parameter ${name}`,
      'ESDATA_UNSUPPORTED',
      withHeader(jws, `{"alg":"HS256",${JSON.stringify(name)}:1}`),
      `"${name}" in the protected header`,
    ],
  ),
  ['a payload with stray bits', 'ESDATA_MALFORMED', replaced(jws, 1, 'AB'), 'payload'],
  ['a signature in the other base64', 'ESDATA_MALFORMED', replaced(jws, 2, '+/+/'), 'signature'],
  [
    'a member that nobody knows',
    'ESDATA_UNSUPPORTED',
    JSON.stringify({ ...flatJws, more: 1 }),
    '"more" in the JWS',
  ],
  ['no payload', 'ESDATA_MALFORMED', JSON.stringify({ ...flatJws, payload: undefined }), 'payload'],
  [
    'alg in the unprotected header',
    'ESDATA_UNSUPPORTED',
    JSON.stringify({
      ...flatJws,
      protected: Buffer.from('{}').toString('base64url'),
      header: { alg: 'HS256' },
    }),
    '"alg" in the unprotected header',
  ],
  ['no signatures', 'ESDATA_MALFORMED', JSON.stringify({ ...generalJws, signatures: [] }), 'signatures'],
  [
    'seventeen signatures',
    'ESDATA_MALFORMED',
    JSON.stringify({ ...generalJws, signatures: Array(17).fill(generalJws.signatures[0]) }),
    '1 to 16',
  ],
  [
    'a signature with a member that nobody knows',
    'ESDATA_UNSUPPORTED',
    JSON.stringify({ ...generalJws, signatures: [{ ...generalJws.signatures[0], more: 1 }] }),
    '"more" in the signature',
  ],
  [
    'two signatures that differ in cty',
    'ESDATA_MALFORMED',
    JSON.stringify({
      ...generalJws,
      signatures: [
        generalJws.signatures[0],
        {
          ...generalJws.signatures[1],
          protected: Buffer.from('{"alg":"HS384","cty":"json"}').toString('base64url'),
        },
      ],
    }),
    'differ',
  ],
];

const unasked = () => assert.fail('a key was looked for');

for (const [what, code, envelope, text] of encryptedRows)
  test(`decrypt refuses ${what} (TS-0003 8.5.3.2)`, async () => {
    await refused(code, () => decrypt(envelope, unasked, { time }), text);
  });

for (const [what, code, envelope, text] of signedRows)
  test(`verify refuses ${what} (TS-0003 8.5.3.3)`, async () => {
    await refused(code, () => verify(envelope, unasked, { time }), text);
  });

test('sixteen recipients and sixteen signatures are taken (our bound)', async () => {
  const recipients = Array.from({ length: 16 }, (_, index) => wrapping(32, index + 1));
  const envelope = await encrypt(payload, recipients, { time });
  assert.deepEqual(Buffer.from((await decrypt(envelope, recipients.slice(-1), { time })).payload), payload);
  const signers = Array.from({ length: 16 }, (_, index) => mic(32, index + 1));
  const signed = await sign(payload, signers, { time });
  assert.equal((await verify(signed, signers, { time })).credentials.length, 16);
});

test('what is not for a key, or by one, that is there has an unknown key (TS-0003 8.5.2.2.1 D.3)', async () => {
  await refused('KEY_UNKNOWN', () => decrypt(jwe, [], { time }));
  await refused('KEY_UNKNOWN', () => decrypt(jwe, [wrapping(16), direct()], { time }));
  await refused('KEY_UNKNOWN', () => verify(jws, [], { time }));
  await refused('KEY_UNKNOWN', () => verify(jws, [mic(48)], { time }));
  await refused('KEY_UNKNOWN', () => verify(jws, () => null, { time }));
  // An Envelope that names nobody is none of a list's.
  await refused('KEY_UNKNOWN', () =>
    verify(
      signedHeader(({ kid: _, ...others }) => others),
      [mic()],
      { time },
    ),
  );
});

test('the key decides the algorithm, and a header that says another is refused (RFC 8725 §3.1)', async () => {
  const unfit = (what: () => unknown, text: string) => refused('ESDATA_ALGORITHM_UNFIT', what, text);
  // A MIC with the bytes of a public key, where a signature is due.
  const ecdsa = ownEncryption('P-256');
  const der = ecdsa.certificate.publicKey.export({ format: 'der', type: 'spki' });
  const forged = await sign(payload, [{ id: mic().id, key: keyFor('ESData MIC', der), alg: 'HS256' }], {
    time,
  });
  await unfit(
    () => verify(forged, () => publicOf({ ...ecdsa, alg: 'ES256' as const }), { time }),
    'alg is HS256',
  );
  await unfit(() => verify(jws, () => mic(48), { time }), 'alg is HS256; the key is used with HS384');
  await unfit(() => decrypt(jwe, () => wrapping(16), { time }), 'alg is A256KW; the key is used with A128KW');
  await unfit(() => decrypt(jwe, () => direct(), { time }), 'alg is A256KW; the key is used with dir');
  await unfit(() => decrypt(agreed, () => ownEncryption('RSA'), { time }), 'used with RSA-OAEP-256');
  await unfit(
    () => decrypt(agreed, () => ownEncryption('P-384'), { time }),
    'epk is on P-256; the key is on P-384',
  );
  await unfit(() => decrypt(agreed, () => ownEncryption('P-256', 'ECDH-ES+A128KW'), { time }), 'A128KW');
  const short = await encrypt(payload, [direct(16)], { time });
  await unfit(
    () => decrypt(short, () => direct(), { time }),
    'enc is A128GCM; the key encrypts with A256GCM',
  );
});

test('nothing of a key is in a message (SECURITY.md)', async () => {
  const { message } = await refused('ESDATA_ALGORITHM_UNFIT', () =>
    decrypt(jwe, () => ({ id: '15-x', key: secret('ESData key wrap', 20, 0x41) }), { time }),
  );
  assert.ok(!message.includes('AAAA') && !message.includes('4141'));
});
