// Files as other programs write them (test/vectors/credentials/) are opened, or refused in a sentence; a changed byte never
// makes another credential of one.
import assert from 'node:assert/strict';
import { createPublicKey, X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { verifySignature } from '../../src/crypto/signatures.ts';
import { credentials, type FileCredential } from '../../src/endpoint/credentials.ts';
import { E2EKeyError } from '../../src/errors.ts';
import { type Made, makers, materialOf, password } from './credential-makers.ts';
import { refusal } from './lab.ts';

const folder = new URL('../vectors/credentials/', import.meta.url);
const recorded = (name: string) => readFileSync(new URL(name, folder));
const entries = Object.entries(makers);
const pkcs12 = entries.filter(([name]) => name.endsWith('.p12'));

test('every recorded file has its maker, and every maker its file', () => {
  const files = readdirSync(folder).filter(name => name !== 'README.md');
  assert.deepEqual(files.toSorted(), Object.keys(makers).toSorted());
});

for (const [name, made] of entries)
  test(`${name} ${made.refused === undefined ? 'opens' : 'is refused'}`, () => {
    if (made.refused !== undefined) {
      assert.throws(() => open(name, made), refusal('OPTION_INVALID', made.refused));
      return;
    }
    const { chain, key } = materialOf(made.subject);
    const credential = open(name, made);
    const [own = ''] = credential.chain;
    assert.ok(new X509Certificate(own).publicKey.equals(createPublicKey(key)));
    assert.equal(credential.chain.length, made.certificates || chain.length);
    if (made.certificates !== 1) assert.deepEqual(credential.chain.map(Buffer.from), chain);
    const about =
      name === 'openssl-leaf.p12' ? /^the certificate of the issuer/ : /^certificate 4 .* left out$/;
    if (['openssl-leaf.p12', 'keytool-trusted.p12'].includes(name)) {
      assert.equal(credential.warnings.length, 1);
      assert.match(credential.warnings[0] ?? '', about);
    } else assert.deepEqual(credential.warnings, []);
  });

test('a wrong password is refused: with a MAC it cannot be told from a damaged file, and the sentence says so', () => {
  // Those of GnuTLS, of old Java and our own have so many iterations that the rest takes the time.
  const quick = pkcs12.filter(([name]) => /^(?:openssl|forge|keytool-p256)/.test(name));
  for (const [name, made] of quick.filter(([, { password: own }]) => own === password))
    for (const wrong of ['other', `${password} `, password.toUpperCase(), undefined, ''])
      assert.throws(
        () => open(name, made, wrong),
        refusal(
          'OPTION_INVALID',
          wrong ? /does not fit the MAC .*damaged: nobody can tell/ : /needs a password/,
        ),
        `${name} ${wrong}`,
      );
});

test('an encrypted private key without password, or with a wrong one, is refused', () => {
  for (const [name, made] of entries.filter(
    ([, each]) => each.certificates === 0 && each.password === password,
  )) {
    if (made.refused !== undefined) continue;
    assert.throws(() => open(name, made, 'other'), refusal('OPTION_INVALID', /password does not open/), name);
    assert.throws(() => open(name, made, undefined), refusal('OPTION_INVALID', /no password is given/), name);
  }
});

test('no password and the empty one are tried for each other, which are two in PKCS #12 (RFC 7292 B.1)', () => {
  const empty = makers['openssl-empty-password.p12'];
  assert.ok(empty !== undefined);
  for (const given of ['', undefined])
    assert.equal(open('openssl-empty-password.p12', empty, given).chain.length, 2);
});

test('a password is not believed to protect a file without a MAC', () => {
  const made = makers['openssl-plain.p12'];
  assert.ok(made !== undefined);
  assert.throws(() => open('openssl-plain.p12', made, password), refusal('OPTION_INVALID', /has no MAC/));
});

test('a file that ends early is refused', () => {
  for (const name of [
    'openssl-p256.p12',
    'openssl-plain.p12',
    'sec1.der',
    'pkcs8-aes256.der',
    'pkcs8-aes256.pem',
  ]) {
    const made = makers[name];
    assert.ok(made !== undefined);
    const whole = recorded(name);
    const lengths = Array.from({ length: 60 }, (_, index) => Math.floor((index * whole.length) / 60));
    for (const length of lengths)
      assert.throws(
        () => openBytes(whole.subarray(0, length), made, made.password),
        refusal('OPTION_INVALID'),
        `${name} ${length}`,
      );
  }
});

/** Few iterations, since there are thousands of files. */
for (const name of [
  'openssl-one-iteration.p12',
  'openssl-plain.p12',
  'openssl-plain-mac.p12',
  'pkcs8.der',
  'pkcs8-one-iteration.der',
  'sec1.der',
  'pkcs1.der',
])
  test(`of ${name} with one byte changed comes the same credential or a refusal`, async () => {
    const made = makers[name];
    assert.ok(made !== undefined);
    const { key } = materialOf(made.subject);
    const honest = open(name, made);
    const bytes = recorded(name);
    // Each RSA key that can be read is tried, which takes long.
    const step = made.subject === 'rsa2048' ? 7 : 1;
    for (let index = 0; index < bytes.length; index += step) {
      const changed = Buffer.from(bytes);
      changed[index] = (changed[index] ?? 0) ^ (1 << (index % 8));
      const credential = openedOrRefused(changed, made);
      if (credential === null) continue;
      const { publicKey } = new X509Certificate(credential.chain[0] ?? '');
      assert.ok(publicKey.equals(createPublicKey(key)), `byte ${index}`);
      assert.ok(isUnchanged(name, credential, honest) || credential.warnings.length > 0, `byte ${index}`);
      const [scheme = 0] = credential.schemes;
      const signature = await credential.signer.sign(scheme, probe);
      verifySignature('the probe', { scheme, signature }, publicKey, probe);
    }
  });

test('in BER, as Java and NSS write it, a file opens as in DER (RFC 7292 3)', () => {
  for (const name of ['openssl-one-iteration.p12', 'openssl-plain.p12', 'ours-p256.p12']) {
    const made = makers[name];
    assert.ok(made !== undefined);
    const inBer = indefinite(recorded(name));
    assert.ok(inBer.includes(Buffer.of(0x30, 0x80)) && inBer.includes(Buffer.of(0x24, 0x80)));
    assert.deepEqual(openBytes(inBer, made, made.password).chain, open(name, made).chain);
  }
});

test('nothing of a password is in a refusal', () => {
  for (const [name, made] of entries.filter(([each]) => each.startsWith('openssl'))) {
    const bytes = Buffer.from(recorded(name));
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    try {
      openBytes(bytes, made, 'a password of somebody');
    } catch (error) {
      assert.ok(error instanceof E2EKeyError);
      assert.doesNotMatch(error.message, /of somebody/);
    }
  }
});

const probe = Buffer.from('bytes');

/** Without a MAC a certificate of an authority can be another, if nobody is above it who signed it. */
function isUnchanged(name: string, one: FileCredential, other: FileCredential): boolean {
  const compared = name === 'openssl-plain.p12' ? 1 : 16;
  const [ours, theirs] = [one, other].map(({ chain }) =>
    Buffer.concat(chain.slice(0, compared)).toString('hex'),
  );
  return ours === theirs;
}

function open(name: string, made: Made, ...given: readonly (string | undefined)[]): FileCredential {
  return openBytes(recorded(name), made, given.length === 0 ? made.password : given[0]);
}

/** A private key alone is the second of two files. */
function openBytes(bytes: Uint8Array, made: Made, given: string | undefined): FileCredential {
  const options = given === undefined ? {} : { password: given };
  return made.certificates > 0
    ? credentials.fromFile(bytes, options)
    : credentials.fromFile(readFileSync(materialOf(made.subject).chainFile), { ...options, key: bytes });
}

function openedOrRefused(bytes: Uint8Array, made: Made): FileCredential | null {
  try {
    return openBytes(bytes, made, made.password);
  } catch (error) {
    assert.ok(error instanceof E2EKeyError && error.code === 'OPTION_INVALID', String(error));
    return null;
  }
}

/** The same with indefinite lengths, the outermost OCTET STRING in pieces; what is in it is signed by the MAC. */
function indefinite(der: Buffer): Buffer {
  const [identifier = 0, first = 0] = der;
  const header = first < 0x80 ? 2 : 2 + (first & 0x7f);
  const content = der.subarray(header);
  const end = Buffer.of(0, 0);
  if (identifier === 0x04 && content.length > 64) {
    const pieces = [content.subarray(0, 40), content.subarray(40)].map(piece => primitive(0x04, piece));
    return Buffer.concat([Buffer.of(0x24, 0x80), ...pieces, end]);
  }
  if ((identifier & 0x20) === 0) return der;
  return Buffer.concat([Buffer.of(identifier, 0x80), ...childrenOf(content).map(indefinite), end]);
}

function primitive(identifier: number, content: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  return Buffer.concat([Buffer.of(identifier, 0x84), length, content]);
}

function childrenOf(content: Buffer): Buffer[] {
  const children: Buffer[] = [];
  for (let start = 0; start < content.length; ) {
    const first = content[start + 1] ?? 0;
    const octets = first < 0x80 ? 0 : first & 0x7f;
    const length = octets === 0 ? first : content.readUIntBE(start + 2, octets);
    children.push(content.subarray(start, start + 2 + octets + length));
    start += 2 + octets + length;
  }
  return children;
}
