import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  readCertificate,
  readCertificates,
  readCredentials,
  readPresharedKey,
} from '../../src/cli/credential-files.ts';
import { readBytes, refuseIrregular } from '../../src/cli/input-file.ts';
import { readServiceConfig } from '../../src/cli/key-store.ts';
import { E2EKeyError } from '../../src/errors.ts';

const certs = fileURLToPath(new URL('../../certs/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'e2ekey-'));
after(() => rmSync(folder, { recursive: true }));

const cae1 = readFileSync(`${certs}cae1.pem`, 'utf8');
const cae1Key = readFileSync(`${certs}cae1.key`, 'utf8');
const cae1PublicKey = createPublicKey(cae1Key).export({ type: 'spki', format: 'pem' }).toString();

test('a credential is the chain in DER, leaf first, and the key of its leaf', () => {
  const [credential, ...more] = readCredentials([`${certs}cae1.pem`], [`${certs}cae1.key`], undefined);
  assert.equal(more.length, 0);
  const names = credential?.chain?.map(der => new X509Certificate(der).subject);
  assert.deepEqual(names, ['CN=//m2m.example.com/cse-a/Cae1', 'CN=e2ekey test intermediate']);
  assert.ok(credential?.key.equals(createPrivateKey(cae1Key)));
});

test('several credentials and keys belong together by their order', () => {
  const names = ['cae1', 'cse-b'];
  const credentials = readCredentials(
    names.map(name => `${certs}${name}.pem`),
    names.map(name => `${certs}${name}.key`),
    undefined,
  );
  assert.equal(credentials.length, 2);
  const swapped = [`${certs}cse-b.key`, `${certs}cae1.key`];
  refused(
    () => readCredentials([`${certs}cae1.pem`, `${certs}cse-b.pem`], swapped, undefined),
    /belongs to none of these/,
  );
});

test('a private key may stand in the file of its chain, before it or after it', () => {
  for (const text of [cae1 + cae1Key, cae1Key + cae1]) {
    const [credential] = readCredentials([file('both.pem', text)], [], undefined);
    assert.equal(credential?.chain?.length, 2);
    assert.ok(credential?.key.equals(createPrivateKey(cae1Key)));
  }
});

test('an encrypted private key opens with the first line of the password file', () => {
  for (const key of encryptedKeys('lab password')) {
    const password = file('password', 'lab password\nsomething else\n');
    const [credential] = readCredentials([`${certs}cae1.pem`], [key], password);
    assert.ok(credential?.key.equals(createPrivateKey(cae1Key)));
  }
});

test('an encrypted private key without password, or with a wrong or empty one, is refused', () => {
  for (const key of encryptedKeys('lab password')) {
    const read = (password?: string) => readCredentials([`${certs}cae1.pem`], [key], password);
    refused(() => read(), /^--key .*: the private key is encrypted, and no password is given$/);
    refused(
      () => read(file('wrong', 'other')),
      /^--key .*: the password does not open the private key, or the key is damaged$/,
    );
    refused(() => read(file('empty', '\nlab password')), /--password-file .*: the first line is empty$/);
  }
});

const recorded = (name: string) => fileURLToPath(new URL(`../vectors/credentials/${name}`, import.meta.url));

test('PKCS #12, DER and JWK are read as PEM is, with the same password file', () => {
  const password = file('password', 'lab password\n');
  const jwk = file('jwk.json', JSON.stringify(createPrivateKey(cae1Key).export({ format: 'jwk' })));
  for (const [files, keys, length] of [
    [[recorded('openssl-p256.p12')], [], 2],
    [[recorded('keytool-p256.p12')], [], 2],
    [[file('leaf.der', new X509Certificate(cae1).raw)], [recorded('pkcs8-aes256.der')], 1],
    [[`${certs}cae1.pem`], [jwk], 2],
    [[`${certs}cae1.pem`], [recorded('openssl-leaf.p12')], 2],
  ] as const) {
    const [credential] = readCredentials(files, keys, password);
    assert.equal(credential?.chain?.length, length);
    assert.ok(credential?.key.equals(createPrivateKey(cae1Key)));
  }
});

test('what peers may refuse comes with the credential, in sentences', () => {
  const [credential] = readCredentials([recorded('openssl-leaf.p12')], [], file('password', 'lab password'));
  assert.equal(credential?.warnings.length, 1);
  assert.match(credential?.warnings[0] ?? '', /^the certificate of the issuer of certificate 1/);
});

test('a PKCS #12 file without its password, or with another one, is refused by name', () => {
  const name = recorded('openssl-p256.p12');
  refused(
    () => readCredentials([name], [], undefined),
    /^--credential .*p256\.p12: the PKCS #12 file needs a password/,
  );
  refused(
    () => readCredentials([name], [], file('wrong', 'other')),
    /^--credential .*p256\.p12: the password does not fit/,
  );
});

test("the first certificate or public key of another's file is read in every form, its key not looked at", () => {
  const der = new X509Certificate(cae1).raw;
  const spki = createPublicKey(cae1Key).export({ type: 'spki', format: 'der' });
  for (const [name, expected] of [
    [`${certs}cae1.pem`, der],
    [file('cert.der', der), der],
    [file('both.pem', encryptedText() + cae1), der],
    [file('raw.pem', cae1PublicKey), spki],
    [file('raw.der', spki), spki],
  ] as const)
    assert.deepEqual(Buffer.from(readCertificate('--to', name).der), expected);
  refused(
    () => readCertificate('--to', `${certs}cae1.key`),
    /^--to .*: there is neither a certificate nor a public key in it$/,
  );
});

test('a private key that does not belong to the leaf is refused', () => {
  const read = () => readCredentials([`${certs}cae1.pem`], [`${certs}cae2.key`], undefined);
  const words =
    /^--credential .*cae1\.pem, --key .*cae2\.key: the private key belongs to none of these: certificate 1 \(/;
  refused(read, words);
  const reversed = [...(cae1.match(/-----BEGIN[\s\S]*?-----END.*\n/g) ?? [])].reverse().join('');
  const leafLast = file('leaf-last.pem', reversed);
  refused(
    () => readCredentials([leafLast], [`${certs}cae1.key`], undefined),
    /leaf-last\.pem, --key .*: the private key fits certificate 2 \(.*\), and not certificate 1 \(.*\); the chain has to begin with it$/,
  );
});

test('a public key is no private key', () => {
  const spki = createPublicKey(cae1Key).export({ type: 'spki', format: 'pem' });
  const read = () => readCredentials([`${certs}cae1.pem`], [file('public.pem', spki)], undefined);
  refused(read, /^--key .*: there is no private key in it$/);
});

test('a raw public key is its private key alone, which stands beside it or in the same file (RFC 7250)', () => {
  const name = file('raw.pem', cae1PublicKey);
  for (const [files, keys] of [
    [[name], [`${certs}cae1.key`]],
    [[file('raw-both.pem', cae1PublicKey + cae1Key)], []],
  ] as const) {
    const [credential] = readCredentials(files, keys, undefined);
    assert.equal(credential?.chain, null);
    assert.ok(credential?.key.equals(createPrivateKey(cae1Key)));
  }
  const [withCertificate] = readCredentials([file('all.pem', cae1PublicKey + cae1 + cae1Key)], [], undefined);
  assert.equal(withCertificate?.chain?.length, 2);
});

test('a private key that is not that of the raw public key, and a broken one, are refused', () => {
  const read = (text: string, key = 'cae1') =>
    readCredentials([file('raw.pem', text)], [`${certs}${key}.key`], undefined);
  refused(
    () => read(cae1PublicKey, 'cae2'),
    /raw\.pem, --key .*cae2\.key: the private key does not belong to the public key$/,
  );
  const [begin, end] = ['-----BEGIN PUBLIC KEY-----', '-----END PUBLIC KEY-----\n'];
  refused(
    () => read(`${begin}\nMAA=\n${end}`),
    /^--credential .*raw\.pem, --key .*: the private key does not belong to the public key$/,
  );
  refused(
    () => read(`${begin}\nM*A=\n${end}`),
    /^--credential .*: the public key: the block PUBLIC KEY is not base64$/,
  );
});

test('a pre-shared key is the first line of its file, 1 to 512 bytes in hex', () => {
  for (const [text, hex] of [
    ['5a', '5a'],
    ['00FFab\r\nsecond line', '00ffab'],
    ['c3'.repeat(512), 'c3'.repeat(512)],
  ] as const)
    assert.equal(readPresharedKey(file('psk', text)).export().toString('hex'), hex);
});

for (const [name, text] of Object.entries({
  'nothing at all': '',
  'an empty first line': '\n5a5a',
  'half a byte': '5a5',
  'more than 512 bytes': 'c3'.repeat(513),
  'another alphabet': 'not hex!',
  'white space': '5a 5a',
}))
  test(`a file of a pre-shared key with ${name} is refused, and nothing of it is repeated`, () => {
    const read = () => readPresharedKey(file('psk', text));
    refused(read, /^--psk-file .*psk: the first line is not 1 to 512 bytes in hex$/);
  });

test('a file of a pre-shared key that is not there is refused by name', () => {
  refused(() => readPresharedKey(join(folder, 'missing')), /^--psk-file .*missing: no such file$/);
});

test('more keys than credentials are refused', () => {
  const read = () => readCredentials([], [`${certs}cae1.key`], undefined);
  refused(read, /^--key is given 1 times for 0 of --credential$/);
});

test('files that cannot be read, and files that hold something else, are refused by name', () => {
  const read = (name: string) => () => readCertificates('--trust', [name]);
  refused(read(join(folder, 'missing')), /^--trust .*missing: no such file$/);
  refused(read(join(certs, 'root.pem', 'x')), /^--trust .*: no such file$/);
  refused(read(folder), /^--trust .*: is a directory, not a file$/);
  refused(
    read(file('text', 'no certificate at all\n')),
    /^--trust .*text: there is no certificate in it, neither in DER nor in PEM; e2ekey inspect FILE says what it is$/,
  );
  refused(read(file('cut.pem', cae1.slice(0, 300))), /^--trust .*: certificate 1: .* has no END line$/);
  refused(
    read(`${certs}root.key`),
    /^--trust .*: there is no certificate in it, .*; it is PEM of a private key; e2ekey/,
  );
  refused(read(file('end', cae1.replace('END CERTIFICATE', 'END X'))), /certificate 1: .* has no END line$/);
});

test('a file that may be of another kind altogether is refused with a way to find out which', () => {
  const pem = (label: string) => `-----BEGIN ${label}-----\nMAA=\n-----END ${label}-----\n`;
  const pkcs7 = Buffer.from('300b06092a864886f70d010702', 'hex');
  const hint = /; e2ekey inspect FILE says what it is$/;
  for (const [name, content] of [
    ['utf-16.pem', Buffer.from(`\uFEFF${cae1}${cae1Key}`, 'utf16le')],
    ['chain.p7b', pkcs7],
    ['chain.p7c', pem('PKCS7')],
    ['id_ecdsa', pem('OPENSSH PRIVATE KEY')],
    ['page.html', '<html>404</html>'],
    ['other.der', Buffer.from('3003020109', 'hex')],
    ['nothing', ''],
  ] as const) {
    const other = file(name, content);
    refused(() => readCredentials([other], [], undefined), hint);
    refused(() => readCredentials([`${certs}cae1.pem`], [other], undefined), hint);
    refused(() => readCertificate('--recipient', other), hint);
  }
  for (const known of [[`${certs}cae1.pem`], [recorded('openssl-p256.p12')], [file('jwk', '{}')]])
    assert.throws(() => readCredentials(known, [], undefined), { message: /^(?:(?!e2ekey inspect).)*$/s });
});

test('a named pipe, a device or a socket is not read, and nobody is waited for', async () => {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const socket = join(folder, 'socket');
  const server = createServer().listen(socket);
  await once(server, 'listening');
  const sentence = /^--\S+ .*: is no regular file$/;
  for (const other of [pipe, socket, '/dev/zero', '/dev/null']) {
    refused(() => readBytes('--crl', other), sentence);
    refused(() => refuseIrregular('--config', other), sentence);
  }
  server.close();
  for (const read of [
    () => readCredentials([pipe], [], undefined),
    () => readCredentials([`${certs}cae1.pem`], [`${certs}cae1.key`], pipe),
    () => readCertificates('--trust', [pipe]),
    () => readPresharedKey(pipe),
    () => readServiceConfig(pipe),
  ])
    refused(read, sentence);
});

test('what the shell opens for us is read: standard input, and the pipe of <(…)', () => {
  const script = `import { readBytes } from ${JSON.stringify(new URL('../../src/cli/input-file.ts', import.meta.url).href)}; process.stdout.write(readBytes('--x', process.argv[1]));`;
  for (const name of ['/dev/stdin', '/dev/fd/0', '/proc/self/fd/0']) {
    const words = ['-c', 'printf "lab password" | "$@"', 'sh', process.execPath, '--input-type=module'];
    const options = { timeout: 60_000 };
    assert.equal(
      execFileSync('sh', [...words, '--eval', script, '--', name], options).toString(),
      'lab password',
    );
  }
});

test('a private key that is nobody’s here is mentioned', () => {
  const other = readFileSync(`${certs}cae2.key`, 'utf8');
  const warningsOf = (text: string) =>
    readCredentials([file('keys.pem', text)], [], undefined)[0]?.warnings ?? assert.fail();
  assert.deepEqual(warningsOf(cae1 + cae1Key + cae1Key), []);
  assert.deepEqual(warningsOf(cae1 + other + cae1Key), ['there is another private key as well, not used']);
});

test('what is not base64 is refused instead of skipped (RFC 7468 §3)', () => {
  for (const [from, to] of [
    [/^MII/m, 'MI*I'],
    [/^MII/m, 'MI'],
    [/^MII/m, 'M_II'],
  ] as const) {
    const name = file('base64.pem', cae1.replace(from, to));
    refused(() => readCertificates('--trust', [name]), /certificate 1: the block CERTIFICATE is not base64$/);
  }
});

test('a leaf that is no certificate is refused', () => {
  const pem = `-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n`;
  const read = () => readCredentials([file('empty.pem', pem)], [`${certs}cae1.key`], undefined);
  refused(read, /^--credential .*empty\.pem, --key .*: the first certificate cannot be read: /);
});

test('a key that is no key is refused', () => {
  const pem = `-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n`;
  const read = () => readCredentials([`${certs}cae1.pem`], [file('empty.key', pem)], undefined);
  refused(read, /^--key .*: the private key is malformed, or of an unknown kind$/);
});

test('all certificates of all files are read in order, with any line ends and whatever stands between', () => {
  const crlf = file('crlf.pem', `subject=x\r\n${cae1.replaceAll('\n', '\r\n')}trailing text`);
  const ders = readCertificates('--trust', [`${certs}root.pem`, crlf]);
  assert.deepEqual(
    ders.map(der => new X509Certificate(der).subject),
    ['CN=e2ekey test root', 'CN=//m2m.example.com/cse-a/Cae1', 'CN=e2ekey test intermediate'],
  );
});

test('a file in DER is one certificate, and PEM is none whatever stands before it', () => {
  const root = new X509Certificate(readFileSync(`${certs}root.pem`)).raw;
  assert.deepEqual(readCertificates('--trust', [file('root.der', root)]), [root]);
  // 0 is the octet that DER begins with.
  const [der] = readCertificates('--trust', [file('zero.pem', `0 ${cae1}`.replace('0 -', '0\n-'))]);
  assert.equal(new X509Certificate(der ?? '').subject, 'CN=//m2m.example.com/cse-a/Cae1');
});

function encryptedText(): string {
  return readFileSync(encryptedKeys('lab password')[0] ?? '', 'utf8');
}

/** As PKCS#8, and in the form of RFC 1421 that OpenSSL wrote before. */
function encryptedKeys(passphrase: string): string[] {
  const key = createPrivateKey(cae1Key);
  const options = { format: 'pem', cipher: 'aes-128-cbc', passphrase } as const;
  return [
    file('pkcs8.key', key.export({ ...options, type: 'pkcs8' })),
    file('sec1.key', key.export({ ...options, type: 'sec1' })),
  ];
}

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function refused(read: () => unknown, sentence: RegExp): void {
  assert.throws(read, error => {
    assert.ok(error instanceof E2EKeyError, String(error));
    assert.equal(error.code, 'OPTION_INVALID');
    assert.match(error.message, sentence);
    assert.doesNotMatch(error.message, /lab password/);
    return true;
  });
}
