// What a password opens, and what is said without one, for PKCS#12 files and encrypted keys; with files that other makers
// wrote (folder/) and with structures of our own that no maker would write.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { FilePassword } from '../../src/endpoint/password-encryption.ts';
import { inspectFile } from '../../src/inspect/inspect.ts';
import { inspectOpening, maxRunIterations, RunPassword } from '../../src/inspect/opening.ts';
import { formatReport } from '../../src/inspect/text.ts';
import { writePkcs12 } from '../../src/pki/pkcs12.ts';
import {
  der,
  integer,
  makeAuthority,
  nothing,
  objectIdentifier,
  octetString,
  sequence,
} from '../../src/testing/certificate-maker.ts';
import { fileOf, time } from './material.ts';

const file = (name: string) => fileOf(`test/inspect/folder/${name}`);

function inspected(bytes: Uint8Array, password: string | null) {
  const opens = password === null ? null : new FilePassword(password);
  return inspectFile({ name: 'FILE', bytes, size: bytes.length }, { time, password: opens }).report;
}

const found = (bytes: Uint8Array, password: string | null = null) =>
  inspected(bytes, password).findings.map(({ severity, field }) => `${severity} ${field}`);

test('without a password a PKCS#12 file shows how it is authenticated and encrypted, and nothing is opened', () => {
  const modern = inspected(file('cse-b.p12'), null);
  assert.ok(modern.kind === 'pkcs12');
  assert.match(modern.pkcs12?.mac?.name ?? '', /^HMAC with SHA-256$/);
  assert.ok(modern.pkcs12?.parts.some(({ encryption }) => encryption?.name.startsWith('PBES2, PBKDF2 with')));
  assert.deepEqual(found(file('cse-b.p12')), ['note pkcs12']);
  const old = inspected(file('old.p12'), null);
  assert.ok(old.kind === 'pkcs12');
  assert.equal(old.pkcs12?.mac?.name, 'HMAC with SHA-1');
  assert.equal(old.pkcs12?.parts[0]?.encryption?.name, 'pbeWithSHAAnd40BitRC2-CBC');
  assert.equal(old.pkcs12?.parts[1]?.bags?.[0]?.encryption?.name, 'pbeWithSHAAnd3-KeyTripleDES-CBC');
  assert.deepEqual(found(file('old.p12')), ['warning pkcs12.parts.0', 'note pkcs12']);
  assert.equal(old.opened, null);
});

test('a wrong password is an error, for PKCS#12 and for keys, and opens nothing', () => {
  for (const name of ['cse-b.p12', 'old.p12'])
    assert.ok(found(file(name), 'wrong').includes('error pkcs12'), name);
  for (const name of ['locked.key', 'old.key'])
    assert.deepEqual(found(file(name), 'wrong'), ['error privateKeys.0']);
});

test('a key in a PKCS#12 file is judged as any other, and so are its certificates (TS-0003 10.1.1.1)', async () => {
  const root = makeAuthority({ subject: 'rsa root' });
  const leaf = root.issue({ subject: 'no names' });
  const bytes = await writePkcs12({ chain: [new X509Certificate(leaf.der)], key: leaf.key, password: 'x' });
  assert.deepEqual(found(bytes, 'x'), ['error certificates.0.subjectAltName']);
});

const data = '1.2.840.113549.1.7.1';
const content = (bytes: Uint8Array) => sequence(objectIdentifier(data), der(0xa0, octetString(bytes)));
const mac = (iterations: number) =>
  sequence(
    sequence(sequence(objectIdentifier('2.16.840.1.101.3.4.2.1'), nothing), octetString(Buffer.alloc(32))),
    octetString(Buffer.alloc(8)),
    integer(iterations),
  );
const pfx = (safe: Uint8Array, ...more: readonly Uint8Array[]) =>
  sequence(integer(3), content(safe), ...more);

test('a PKCS#12 file without MAC, with a weak one and with a key in the clear is warned of (RFC 7292 4.2.1, 5.1; RFC 8018 4.2)', () => {
  const empty = sequence();
  assert.deepEqual(found(pfx(empty)), ['warning pkcs12.macData', 'note pkcs12']);
  assert.deepEqual(found(pfx(empty, mac(999))), ['warning pkcs12.macData', 'note pkcs12']);
  assert.deepEqual(found(pfx(empty, mac(1000))), ['note pkcs12']);
  const { key } = makeAuthority();
  const bag = sequence(
    objectIdentifier('1.2.840.113549.1.12.10.1.1'),
    der(0xa0, key.export({ format: 'der', type: 'pkcs8' })),
  );
  const clear = pfx(sequence(content(sequence(bag))), mac(2048));
  assert.deepEqual(found(clear), ['warning pkcs12.parts.0', 'note pkcs12']);
  const shown = JSON.stringify(inspected(clear, null)) + formatReport(inspected(clear, null));
  assert.ok(!shown.includes(key.export({ format: 'jwk' }).d?.slice(0, 12) ?? ''));
});

test('a PKCS#12 file in BER, as Java writes it, is read like one in DER (RFC 7292 4)', () => {
  const safe = sequence();
  const pieces = der(0x24, octetString(safe.subarray(0, 1)), octetString(safe.subarray(1)));
  const end = Buffer.of(0, 0);
  const indefinite = Buffer.concat([
    Buffer.of(0x30, 0x80),
    integer(3),
    Buffer.of(0x30, 0x80),
    objectIdentifier(data),
    Buffer.of(0xa0, 0x80),
    pieces,
    end,
    end,
    mac(2048),
    end,
  ]);
  assert.deepEqual(found(indefinite), ['note pkcs12']);
});

test('a PKCS#12 file that is cut off, nested without end or above 1 MiB is an error', () => {
  const bytes = file('cse-b.p12');
  assert.deepEqual(found(bytes.subarray(0, 300)), ['error pkcs12']);
  const nested = Buffer.concat([
    Buffer.from('30800201033080', 'hex'),
    Buffer.alloc(100_000, Buffer.from('3080', 'hex')),
  ]);
  assert.deepEqual(found(nested), ['error pkcs12']);
  const large = Buffer.concat([pfx(sequence()), Buffer.alloc(1024 * 1024)]);
  assert.match(inspected(large, null).findings[0]?.message ?? '', /at most 1048576 are looked at/);
});

test('broken encryption is warned of by its name, of keys as of files (RFC 8018 5)', () => {
  const encrypted = (id: string, iterations: number) =>
    sequence(
      sequence(objectIdentifier(id), sequence(octetString(Buffer.alloc(8)), integer(iterations))),
      octetString(Buffer.alloc(64)),
    );
  const des = '1.2.840.113549.1.5.3';
  const tripleDes = '1.2.840.113549.1.12.1.3';
  assert.deepEqual(found(encrypted(des, 2048)), [
    'note privateKeys.0',
    'error privateKeys.0',
    'warning privateKeys.0',
  ]);
  assert.deepEqual(found(encrypted(tripleDes, 2048)), ['note privateKeys.0']);
  assert.deepEqual(found(encrypted(tripleDes, 500)), ['note privateKeys.0', 'warning privateKeys.0']);
});

test('what no password opens is an error without one: an algorithm, a MAC that is absent (RFC 8018 5, RFC 7292 5.1)', () => {
  const rc4 = sequence(
    objectIdentifier('1.2.840.113549.1.12.1.1'),
    sequence(octetString(Buffer.alloc(8)), integer(2048)),
  );
  const key = sequence(rc4, octetString(Buffer.alloc(64)));
  assert.deepEqual(found(key), ['note privateKeys.0', 'error privateKeys.0']);
  assert.match(
    inspected(key, null).findings[1]?.message ?? '',
    /^SHA-1 and RC4 with 128 bits \(1\.2\.840\.113549\.1\.12\.1\.1\) is not opened; openssl/,
  );
  const bag = sequence(objectIdentifier('1.2.840.113549.1.12.10.1.2'), der(0xa0, key));
  const safe = sequence(content(sequence(bag)));
  assert.deepEqual(found(pfx(safe, mac(2048))), ['error pkcs12.parts.0', 'note pkcs12']);
  assert.deepEqual(found(pfx(safe)), ['error pkcs12.macData', 'error pkcs12.parts.0', 'note pkcs12']);
  const md5 = sequence(
    sequence(sequence(objectIdentifier('1.2.840.113549.2.5'), nothing), octetString(Buffer.alloc(16))),
    octetString(Buffer.alloc(8)),
    integer(2048),
  );
  assert.deepEqual(found(pfx(sequence(), md5)), ['error pkcs12.macData', 'note pkcs12']);
  assert.deepEqual(found(pfx(sequence(), md5), 'x'), ['error pkcs12.macData']);
});

const kdf = (iterations: number) =>
  sequence(
    objectIdentifier('1.2.840.113549.1.5.12'),
    sequence(octetString(Buffer.alloc(8)), integer(iterations)),
  );
const scheme = sequence(objectIdentifier('2.16.840.1.101.3.4.1.42'), octetString(Buffer.alloc(16)));
const busyKey = (iterations: number) =>
  sequence(
    sequence(objectIdentifier('1.2.840.113549.1.5.13'), sequence(kdf(iterations), scheme)),
    octetString(Buffer.alloc(64)),
  );

test('the key derivations of one run are bounded over all files, and what is beyond is shown unopened', () => {
  const password = new RunPassword('the password of the lab');
  const open = (bytes: Uint8Array) =>
    inspectOpening({ name: 'FILE', bytes, size: bytes.length }, time, password, false).report;
  const half = busyKey(maxRunIterations / 2 - 2048);
  const severities = (bytes: Uint8Array) =>
    open(bytes).findings.map(({ severity, field }) => `${severity} ${field}`);
  assert.deepEqual(severities(half), ['error privateKeys.0']);
  assert.deepEqual(severities(half), ['error privateKeys.0']);
  const beyond = open(half);
  assert.deepEqual(
    beyond.findings.map(({ severity }) => severity),
    ['note', 'note'],
  );
  assert.match(beyond.findings[1]?.message ?? '', /^not opened: .* more than 10000000 iterations/);
  assert.ok(
    beyond.kind === 'private-key' &&
      beyond.privateKeys[0]?.encryption?.iterations === maxRunIterations / 2 - 2048,
  );
  // What is left serves for others.
  const small = open(file('locked.key'));
  assert.ok(small.kind === 'private-key' && small.privateKeys[0]?.publicKey?.key === 'P-256');
});

test('a file of a folder that has another password than the given is a warning; one that is named an error', () => {
  const open = (name: string, isFound: boolean, text = 'wrong') => {
    const bytes = file(name);
    const content = { name, bytes, size: bytes.length };
    return inspectOpening(content, time, new RunPassword(text), isFound).report;
  };
  for (const name of ['cse-b.p12', 'old.p12', 'locked.key', 'old.key']) {
    const severities = open(name, true).findings.map(({ severity }) => severity);
    assert.ok(severities.includes('warning') && !severities.includes('error'), name);
    assert.match(open(name, true).findings.at(-1)?.message ?? '', /^not opened: .*password/, name);
    assert.ok(
      open(name, false).findings.some(({ severity }) => severity === 'error'),
      name,
    );
    const right = open(name, true, 'the password of the lab').findings;
    assert.ok(!right.some(({ message }) => message.startsWith('not opened')), name);
  }
  // What is broken is broken with any password.
  const broken = file('cse-b.p12').subarray(0, 300);
  const content = { name: 'x', bytes: broken, size: broken.length };
  assert.equal(
    inspectOpening(content, time, new RunPassword('x'), true).report.findings[0]?.severity,
    'error',
  );
});
