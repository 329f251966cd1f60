// The forms of a credential file, and what no program should write: refused before it costs time or memory.
import assert from 'node:assert/strict';
import {
  createCipheriv,
  createHash,
  createHmac,
  createPublicKey,
  type KeyObject,
  pbkdf2Sync,
} from 'node:crypto';
import { test } from 'node:test';
import { credentials, type FileOptions } from '../../src/endpoint/credentials.ts';
import { FilePassword } from '../../src/endpoint/password-encryption.ts';
import { encryptedPrivateKey } from '../../src/endpoint/private-key.ts';
import {
  certificatePem,
  der,
  integer,
  makeAuthority,
  nothing,
  objectIdentifier,
  octetString,
  otherKey,
  sequence,
} from '../../src/testing/certificate-maker.ts';
import { refusal } from './lab.ts';
import { bagOf, contentInfo, data, pfx, pkcs12Of } from './pkcs12-maker.ts';

const root = makeAuthority();
const leaf = root.issue({ subject: 'leaf' });
const chainPem = Buffer.from(certificatePem(leaf.der));
const emptyPassword = '';
const salt = octetString(Buffer.alloc(8));
const oid = {
  sha1Des3: '1.2.840.113549.1.12.1.3',
  sha1Rc4: '1.2.840.113549.1.12.1.1',
  pbes2: '1.2.840.113549.1.5.13',
  pbkdf2: '1.2.840.113549.1.5.12',
  scrypt: '1.3.6.1.4.1.11591.4.11',
  aes256: '2.16.840.1.101.3.4.1.42',
  sha256: '2.16.840.1.101.3.4.2.1',
} as const;

const algorithm = (id: string, ...parameters: readonly Uint8Array[]) =>
  sequence(objectIdentifier(id), ...parameters);
const encryptedKey = (encryption: Uint8Array) => sequence(encryption, octetString(Buffer.alloc(16)));
const pbes2 = (derivation: Uint8Array) =>
  encryptedKey(
    algorithm(oid.pbes2, sequence(derivation, algorithm(oid.aes256, octetString(Buffer.alloc(16))))),
  );
const macData = (id: string, iterations: number, mac = Buffer.alloc(32)) =>
  sequence(sequence(algorithm(id, nothing), octetString(mac)), salt, integer(iterations));

const openKey = (key: Uint8Array) => credentials.fromFile(chainPem, { key, password: 'secret' });
const open = (file: Uint8Array, options: FileOptions = {}) => credentials.fromFile(file, options);

for (const [name, file, words] of [
  ['an empty file', Buffer.of(), /^the file is none that is read here: PEM, DER/],
  ['any text', Buffer.from('no credential at all'), /^the file is none that is read here/],
  ['a SEQUENCE of eleven', sequence(...Array.from({ length: 11 }, () => integer(0))), /more than 10 items/],
  [
    'an encrypted private key without parameters',
    encryptedKey(algorithm(oid.pbes2, integer(1))),
    /^EncryptedPrivateKeyInfo\.encryptionAlgorithm\.parameters: /,
  ],
  ['a SEQUENCE of something else', sequence(integer(7)), /^the file is none that is read here/],
  [
    'a Java key store of the old type',
    Buffer.from('feedfeed00000002', 'hex'),
    /^the file is a Java key store of type JKS, .*keytool -importkeystore -deststoretype PKCS12/,
  ],
  ['a JCEKS key store', Buffer.from('cececece00000002', 'hex'), /type JCEKS/],
  [
    'more than 1 MiB',
    Buffer.alloc(1024 * 1024 + 1, 0x30),
    /^1048577 bytes; a credential has at most 1048576$/,
  ],
  [
    'octets behind the last element',
    Buffer.concat([leaf.der, Buffer.of(0)]),
    /cut off or damaged: 1 octets too many/,
  ],
  [
    'an element longer than the file',
    leaf.der.slice(0, 100),
    /cut off or damaged: an element that is longer/,
  ],
  ['lengths of five octets', Buffer.from('308500000000010000', 'hex'), /cut off or damaged/],
  ['a tag number above 30', sequence(Buffer.of(0x1f, 1, 0)), /cut off or damaged: no element/],
  [
    'an indefinite length of a primitive element',
    sequence(Buffer.of(4, 0x80, 0, 0)),
    /indefinite length of a primitive/,
  ],
  ['a thousand levels', nested(1000), /nested deeper than 32/],
  ['JSON that is cut off', Buffer.from('{"kty":"EC"'), /^the file begins as JSON, and is none$/],
  ['x5c that is no list', Buffer.from('{"kty":"EC","x5c":"MII=","d":"AA"}'), /^x5c: no list/],
  [
    'a JWK Set',
    Buffer.from('{"keys":[]}'),
    /^there is no private key in it; there is a JWK Set, of which one JWK/,
  ],
] as const)
  test(`${name} is refused`, () => {
    assert.throws(() => open(file), refusal('OPTION_INVALID', words));
  });

for (const [name, key, words] of [
  [
    'a block of OpenSSH',
    pemOf('OPENSSH PRIVATE KEY', Buffer.alloc(9)),
    /block OPENSSH PRIVATE KEY is none that is read here; .*ssh-keygen/,
  ],
  [
    'a block without END line',
    Buffer.from('-----BEGIN PRIVATE KEY-----\nAAAA\n'),
    /the private key: the block PRIVATE KEY has no END line/,
  ],
  [
    'a block that is not base64',
    Buffer.from('-----BEGIN PRIVATE KEY-----\n?\n-----END PRIVATE KEY-----'),
    /the private key: the block PRIVATE KEY is not base64/,
  ],
  [
    'a block that is no key',
    pemOf('PRIVATE KEY', sequence(integer(0))),
    /the private key is malformed, or of an unknown kind/,
  ],
  [
    'RC4',
    encryptedKey(algorithm(oid.sha1Rc4, sequence(salt, integer(1)))),
    /encryptionAlgorithm: SHA-1 and RC4 with 128 bits \(1\.2\.840\.113549\.1\.12\.1\.1\) is not opened/,
  ],
  [
    'an unknown encryption',
    encryptedKey(algorithm('1.2.3.4')),
    /an unknown algorithm \(1\.2\.3\.4\) is not opened/,
  ],
  [
    'an unknown key derivation',
    pbes2(algorithm('1.2.3.4')),
    /keyDerivationFunc: an unknown algorithm \(1\.2\.3\.4\)/,
  ],
  [
    'an unknown cipher',
    encryptedKey(algorithm(oid.pbes2, sequence(pbkdf2(1), algorithm('2.16.840.1.101.3.4.1.46', sequence())))),
    /encryptionScheme: AES-256-GCM \(2\.16\.840\.1\.101\.3\.4\.1\.46\) is not opened/,
  ],
  [
    'an unknown pseudorandom function',
    pbes2(algorithm(oid.pbkdf2, sequence(salt, integer(1), algorithm('1.2.3.4', nothing)))),
    /prf: an unknown algorithm/,
  ],
  ['two billion iterations', pbes2(pbkdf2(2_000_000_000)), /take more than 10000000 iterations together/],
  [
    'two billion iterations of the old kind',
    encryptedKey(algorithm(oid.sha1Des3, sequence(salt, integer(2_000_000_000)))),
    /take more than 10000000 iterations together/,
  ],
  ['scrypt with 128 MiB', pbes2(scrypt(2 ** 17, 8, 1)), /scrypt with N = 131072, r = 8, p = 1 is not opened/],
  [
    'scrypt with a thousand lanes',
    pbes2(scrypt(2 ** 14, 8, 1024)),
    /scrypt with N = 16384, r = 8, p = 1024 is not/,
  ],
  ['scrypt that cannot be', pbes2(scrypt(3, 8, 1)), /scrypt with N = 3, r = 8, p = 1 is not opened/],
] as const)
  test(`a private key with ${name} is refused`, () => {
    const start = performance.now();
    assert.throws(() => openKey(key), refusal('OPTION_INVALID', words));
    assert.ok(performance.now() - start < 1000);
  });

for (const [name, file, words] of [
  [
    'a signature in the place of the MAC',
    sequence(integer(3), contentInfo('1.2.840.113549.1.7.2', sequence())),
    /authSafe: a signature instead of a MAC \(public-key integrity mode\), and nothing here says whose signature would do \(RFC 7292 3\.1\)$/,
  ],
  [
    'content that is encrypted for a public key',
    pfx([contentInfo('1.2.840.113549.1.7.3', sequence())]),
    /AuthenticatedSafe\.0: content of type 1\.2\.840\.113549\.1\.7\.3, which a password does not open/,
  ],
  [
    'a MAC with MD5',
    pfx([], macData('1.2.840.113549.2.5', 1)),
    /digestAlgorithm: MD5 \(1\.2\.840\.113549\.2\.5\)/,
  ],
  ['a PBMAC1', pfx([], macData('1.2.840.113549.1.5.14', 1)), /PBMAC1 \(1\.2\.840\.113549\.1\.5\.14\)/],
  [
    'two billion iterations of the MAC',
    pfx([], macData(oid.sha256, 2 ** 31 - 1)),
    /more than 10000000 iterations/,
  ],
  ['an empty MAC', pfx([], macData(oid.sha256, 1, Buffer.of())), /does not fit the MAC|needs a password/],
  [
    'a key encrypted without a MAC',
    pkcs12Of([bagOf.shroudedKey(pbes2(pbkdf2(1)))]),
    /is encrypted and has no MAC/,
  ],
  [
    'certificates encrypted without a MAC',
    pfx([encryptedData(pbkdf2(1), emptyPassword)]),
    /is encrypted and has no MAC/,
  ],
  ['more than 512 bags', pkcs12Of(Array.from({ length: 513 }, () => bagOf.crl)), /more than 512 items/],
  ['bags in bags in bags', pkcs12Of([nestedBags(12)]), /nested deeper/],
] as const)
  test(`a PKCS #12 file with ${name} is refused`, () => {
    const start = performance.now();
    assert.throws(() => open(file), refusal('OPTION_INVALID', words));
    assert.ok(performance.now() - start < 1000);
  });

test('the steps of scrypt in a file are counted together, with its iterations', () => {
  const key = pbes2(scrypt(2 ** 14, 8, 1));
  const password = new FilePassword('secret');
  password.spend(10_000_000 - 2 ** 14 * 8);
  assert.throws(() => encryptedPrivateKey(key, password), refusal('OPTION_INVALID', /password does not/));
  assert.throws(
    () => encryptedPrivateKey(key, password),
    refusal('OPTION_INVALID', /more than 10000000 iterations/),
  );
});

test('iterations that show only behind a first decryption are bounded as well', () => {
  const inner = bagOf.shroudedKey(pbes2(pbkdf2(2_000_000_000)));
  const file = withMac([data(sequence(inner))], 'secret');
  const start = performance.now();
  assert.throws(
    () => open(file, { password: 'secret' }),
    refusal('OPTION_INVALID', /more than 10000000 iterations/),
  );
  assert.ok(performance.now() - start < 1000);
});

test('what is encrypted with another password than that of the MAC is refused', () => {
  const file = withMac([encryptedData(pbkdf2(1))], 'secret');
  assert.throws(
    () => open(file, { password: 'secret' }),
    refusal('OPTION_INVALID', /encrypted with another password than that of its MAC, or damaged$/),
  );
});

test('bags may stand in bags (RFC 7292 4.2.6)', () => {
  const file = pkcs12Of([
    bagOf.safeContents(bagOf.key(leaf.key), bagOf.safeContents(bagOf.certificate(leaf))),
  ]);
  assert.equal(open(file).chain.length, 1);
});

test('the caller keeps his bytes', () => {
  const file = pkcs12Of([bagOf.key(leaf.key), bagOf.certificate(leaf)]);
  const before = Buffer.from(file);
  open(file);
  assert.deepEqual(Buffer.from(file), before);
});

for (const kind of ['P-256', 'P-384', 'P-521', 'Ed25519', 2048] as const)
  test(`a JWK of ${kind} has its chain in x5c (RFC 7517 §4.7)`, () => {
    const key = kind === 'P-256' ? leaf.key : otherKey(kind);
    const own = root.issue({ key });
    const jwk = {
      ...key.export({ format: 'jwk' }),
      x5c: [own.der, root.der].map(each => Buffer.from(each).toString('base64')),
    };
    const { chain, warnings } = open(Buffer.from(`\uFEFF ${JSON.stringify(jwk)}\n`));
    assert.deepEqual(
      chain.map(each => Buffer.from(each)),
      [own.der, root.der].map(each => Buffer.from(each)),
    );
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? '', /certificate 2 \(CN=root\) is a root/);
  });

test('a JWK is a key of a second file, and a raw public key where that is said', () => {
  const jwk = Buffer.from(JSON.stringify(leaf.key.export({ format: 'jwk' })));
  assert.equal(credentials.fromFile(chainPem, { key: jwk }).type, 'x509');
  assert.equal(open(jwk, { as: 'raw' }).type, 'raw');
  assert.throws(() => open(jwk), refusal('OPTION_INVALID', /^there is no certificate in it$/));
});

test('certificates of x5c are base64, and a public JWK is no private key', () => {
  const jwk = leaf.key.export({ format: 'jwk' });
  for (const wrong of ['????', 7, Buffer.from(leaf.der).toString('base64url')])
    assert.throws(
      () => open(Buffer.from(JSON.stringify({ ...jwk, x5c: [wrong] }))),
      refusal('OPTION_INVALID', /^x5c\.0: no certificate in base64/),
    );
  const publicJwk = createPublicKey(leaf.key).export({ format: 'jwk' });
  assert.throws(
    () => credentials.fromFile(chainPem, { key: Buffer.from(JSON.stringify(publicJwk)) }),
    refusal('OPTION_INVALID', /there is no private key in it$/),
  );
});

test('a certificate in DER has its key in a second file', () => {
  for (const key of [derOf(leaf.key, 'pkcs8'), derOf(leaf.key, 'sec1')])
    assert.equal(credentials.fromFile(leaf.der, { key }).chain.length, 1);
});

function pbkdf2(iterations: number): Uint8Array {
  return algorithm(oid.pbkdf2, sequence(salt, integer(iterations)));
}

function scrypt(N: number, r: number, p: number): Uint8Array {
  return algorithm(oid.scrypt, sequence(salt, integer(N), integer(r), integer(p)));
}

/** SafeContents that a password opens, if one is given. */
function encryptedData(derivation: Uint8Array, password = 'somebody else'): Uint8Array {
  const iv = Buffer.alloc(16);
  const cipher = createCipheriv('aes-256-cbc', pbkdf2Sync(password, Buffer.alloc(8), 1, 32, 'sha1'), iv);
  const encrypted = Buffer.concat([cipher.update(sequence()), cipher.final()]);
  const encryption = algorithm(oid.pbes2, sequence(derivation, algorithm(oid.aes256, octetString(iv))));
  const info = sequence(objectIdentifier('1.2.840.113549.1.7.1'), encryption, der(0x80, encrypted));
  return contentInfo('1.2.840.113549.1.7.6', sequence(integer(0), info));
}

function withMac(safes: readonly Uint8Array[], password: string): Uint8Array {
  const mac = createHmac('sha256', macKey(password))
    .update(sequence(...safes))
    .digest();
  return pfx(safes, macData(oid.sha256, 1, mac));
}

/** RFC 7292 B.2 with SHA-256, one iteration and a salt of eight zero octets, for a key of one block. */
function macKey(password: string): Buffer {
  const bmp = Buffer.from(`${password}\0`, 'utf16le').swap16();
  const block = 64;
  const repeated = Buffer.alloc(Math.ceil(bmp.length / block) * block, bmp);
  return createHash('sha256')
    .update(Buffer.alloc(block, 3))
    .update(Buffer.alloc(block))
    .update(repeated)
    .digest();
}

function nested(levels: number): Uint8Array {
  let inner: Uint8Array = nothing;
  for (let level = 0; level < levels; level++) inner = sequence(inner);
  return inner;
}

function nestedBags(levels: number): Uint8Array {
  let inner: Uint8Array = bagOf.crl;
  for (let level = 0; level < levels; level++) inner = bagOf.safeContents(inner);
  return inner;
}

function pemOf(label: string, content: Uint8Array): Buffer {
  return Buffer.from(
    `-----BEGIN ${label}-----\n${Buffer.from(content).toString('base64')}\n-----END ${label}-----\n`,
  );
}

function derOf(key: KeyObject, type: 'pkcs8' | 'sec1'): Uint8Array {
  return key.export({ format: 'der', type });
}
