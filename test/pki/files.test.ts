import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createAuthority, issueAuthority } from '../../src/pki/authority.ts';
import {
  readIntermediate,
  readRoot,
  writeAuthority,
  writeLeaf,
  writeRawPublicKey,
  writeSubordinate,
} from '../../src/pki/files.ts';
import { issueLeaf } from '../../src/pki/leaf.ts';
import { issueRawPublicKey } from '../../src/pki/raw-public-key.ts';
import { makeAuthority } from '../../src/testing/certificate-maker.ts';

const folder = mkdtempSync(join(tmpdir(), 'e2ekey-'));
after(() => rmSync(folder, { recursive: true }));

const validity = { notBefore: new Date('2030-01-01T00:00:00Z'), notAfter: new Date('2031-01-01T00:00:00Z') };
const authority = await createAuthority({
  name: 'lab',
  domains: ['example.com'],
  uriConstraints: false,
  validity,
});
const leaf = await issueLeaf(authority.intermediate, {
  flavour: 'cse-id',
  id: 'cse.example.com',
  uriScheme: null,
  validity,
});
const further = await issueAuthority(authority.root, { subject: { rollover: 'p256' }, validity });
assert.ok(further.key !== null);
const below = await issueAuthority(
  { ...further, key: further.key },
  { subject: { name: 'below', keyType: 'p256' }, validity },
);

test('the intermediate that was written is read again, without need of the root', () => {
  const directory = join(folder, 'lab');
  writeAuthority(directory, authority);
  for (const name of ['root.pem', 'root.key']) rmSync(join(directory, name));
  const { certificate, key } = readIntermediate(directory);
  assert.equal(certificate.fingerprint256, authority.intermediate.certificate.fingerprint256);
  assert.ok(key.equals(authority.intermediate.key));
});

test('the root that was written is read again; nothing is presented above what it issues', () => {
  const directory = join(folder, 'root');
  writeAuthority(directory, authority);
  const { certificate, key, chain } = readRoot(directory);
  assert.equal(certificate.fingerprint256, authority.root.certificate.fingerprint256);
  assert.ok(key.equals(authority.root.key));
  assert.deepEqual(chain, []);
});

test('a further authority is written and read with all that stands above it, without the root', t => {
  const before = process.umask(0);
  t.after(() => process.umask(before));
  const directory = join(folder, 'new', 'below');
  writeSubordinate(directory, below);
  assert.deepEqual(readdirSync(directory).sort(), ['intermediate.key', 'intermediate.pem']);
  assert.equal(statSync(join(directory, 'intermediate.key')).mode & 0o777, 0o600);
  const { certificate, key, chain } = readIntermediate(directory);
  assert.deepEqual(
    chain.map(({ fingerprint256 }) => fingerprint256),
    [below, further].map(each => each.certificate.fingerprint256),
  );
  assert.equal(certificate, chain[0]);
  assert.ok(below.key !== null && key.equals(below.key));
  assert.throws(() => writeSubordinate(directory, below), {
    code: 'OPTION_INVALID',
    message: /intermediate\.pem: exists already and is not overwritten/,
  });
});

test('of an authority without key the certificates alone are written, and nothing can be issued from there', () => {
  const directory = join(folder, 'keyless');
  writeSubordinate(directory, { ...below, key: null });
  assert.deepEqual(readdirSync(directory), ['intermediate.pem']);
  assert.throws(() => readIntermediate(directory), {
    code: 'OPTION_INVALID',
    message: /intermediate\.key: not a file of a lab authority/,
  });
});

test('more certificates than can be presented, or one that cannot be read, are refused by file', () => {
  const directory = mkdtempSync(join(folder, 'many-'));
  writeSubordinate(directory, below);
  const path = join(directory, 'intermediate.pem');
  const refused = { code: 'OPTION_INVALID', message: /intermediate\.pem: not a file of a lab authority/ };
  const certificate = below.certificate.toString();
  writeFileSync(path, certificate.repeat(15));
  assert.equal(readIntermediate(directory).chain.length, 15);
  // Node.js reads this one, and no peer that keeps to RFC 5280 4.1.2.2.
  const ofLongSerial = makeAuthority({ serial: Buffer.alloc(21, 1) }).der;
  const unreadable = new X509Certificate(ofLongSerial).toString();
  for (const text of [certificate.repeat(16), `${certificate}${unreadable}`, '']) {
    writeFileSync(path, text);
    assert.throws(() => readIntermediate(directory), refused);
  }
});

const raw = issueRawPublicKey({ id: '//example.com/cse', keyType: 'p256' });

test('private keys can be read by their owner only, whatever the umask', t => {
  const before = process.umask(0);
  t.after(() => process.umask(before));
  writeLeaf(join(folder, 'open'), leaf);
  writeRawPublicKey(join(folder, 'open-raw'), raw);
  for (const name of ['open.key', 'open-raw.key'])
    assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600);
});

test('a raw public key is written as PUBLIC KEY, its private key as PRIVATE KEY (RFC 7468 §10, §13)', () => {
  const prefix = join(folder, 'raw');
  writeRawPublicKey(prefix, raw);
  const [publicPem, privatePem] = [`${prefix}.pem`, `${prefix}.key`].map(path => readFileSync(path, 'utf8'));
  assert.match(publicPem ?? '', /^-----BEGIN PUBLIC KEY-----\n[^-]+-----END PUBLIC KEY-----\n$/);
  assert.ok(createPublicKey(publicPem ?? '').equals(raw.publicKey));
  assert.ok(createPrivateKey(privatePem ?? '').equals(raw.key));
});

test('a raw public key overwrites nothing and leaves nothing behind', () => {
  const directory = mkdtempSync(join(folder, 'kept-'));
  writeFileSync(join(directory, 'raw.key'), 'precious');
  assert.throws(() => writeRawPublicKey(join(directory, 'raw'), raw), {
    code: 'OPTION_INVALID',
    message: /raw\.key: exists already and is not overwritten/,
  });
  assert.deepEqual(readdirSync(directory), ['raw.key']);
  assert.equal(readFileSync(join(directory, 'raw.key'), 'utf8'), 'precious');
});

test('a symbolic link in the place of a file is not followed, and nothing is left behind', () => {
  const directory = mkdtempSync(join(folder, 'link-'));
  const elsewhere = join(folder, 'elsewhere');
  symlinkSync(elsewhere, join(directory, 'cse.key'));
  assert.throws(() => writeLeaf(join(directory, 'cse'), leaf), {
    code: 'OPTION_INVALID',
    message: /cse\.key: exists already/,
  });
  assert.deepEqual(readdirSync(directory), ['cse.key']);
  assert.ok(!readdirSync(folder).includes('elsewhere'));
});

test('a folder that holds other things than an authority is refused, by file', () => {
  const directory = mkdtempSync(join(folder, 'wrong-'));
  writeAuthority(directory, authority);
  copyFileSync(join(directory, 'root.key'), join(directory, 'intermediate.key'));
  assert.throws(() => readIntermediate(directory), {
    code: 'OPTION_INVALID',
    message: /intermediate\.key: not the private key of .*intermediate\.pem$/,
  });
  writeFileSync(join(directory, 'intermediate.pem'), 'no certificate');
  assert.throws(() => readIntermediate(directory), {
    code: 'OPTION_INVALID',
    message: /intermediate\.pem: not a file of a lab authority/,
  });
});
