// Credential files of the programs on this machine open here, made anew; and those that we write open there.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { credentials } from '../../src/endpoint/credentials.ts';
import { writePkcs12 } from '../../src/pki/pkcs12.ts';
import { makers, materialOf, type Program, password, type Subject } from '../endpoint/credential-makers.ts';
import { refusal } from '../endpoint/lab.ts';
import { needed } from './needed.ts';

const folder = mkdtempSync(join(tmpdir(), 'e2ekey-'));
after(() => rmSync(folder, { recursive: true }));

/** How each says its version. */
const versions = { openssl: 'version', keytool: '-help', certtool: '--version' } as const;
const programs = new Map<Program, { skip: string | false; timeout: number }>([
  ['none', { skip: false, timeout: 30_000 }],
]);
for (const [name, word] of Object.entries(versions)) {
  const isThere = spawnSync(name, [word]).error === undefined;
  const options = await needed({ name, version: async () => (isThere ? name : null) });
  programs.set(name as Program, { ...options, timeout: 30_000 });
}
const optionsOf = (program: Program) => programs.get(program) ?? { skip: program };

for (const [name, { subject, program, certificates, password: own, refused, make }] of Object.entries(makers))
  test(
    `${name}, made now, ${refused === undefined ? 'opens' : 'is refused'}`,
    optionsOf(program),
    async () => {
      const file = join(folder, name);
      const material = materialOf(subject);
      await make(file, material);
      const bytes = readFileSync(file);
      const options = own === undefined ? {} : { password: own };
      const open = () =>
        certificates > 0
          ? credentials.fromFile(bytes, options)
          : credentials.fromFile(readFileSync(material.chainFile), { ...options, key: bytes });
      if (refused !== undefined) return assert.throws(open, refusal('OPTION_INVALID', refused));
      const { publicKey } = new X509Certificate(open().chain[0] ?? '');
      assert.ok(publicKey.equals(createPublicKey(material.key)));
    },
  );

const subjects: readonly Subject[] = ['p256', 'p384', 'p521', 'ed25519', 'rsa2048'];
const written = async (subject: Subject, name = 'cae1') => {
  const { chain, key } = materialOf(subject);
  const file = join(folder, `${subject}-${name}.p12`);
  const certificates = chain.map(der => new X509Certificate(der));
  writeFileSync(file, await writePkcs12({ chain: certificates, key, password, name }));
  return file;
};

for (const subject of subjects) {
  test(`openssl pkcs12 opens our file of ${subject}, with key and chain`, optionsOf('openssl'), async () => {
    const words = ['pkcs12', '-in', await written(subject), '-passin', `pass:${password}`, '-nodes'];
    const text = execFileSync('openssl', words, { encoding: 'utf8' });
    const { chain, key } = materialOf(subject);
    assert.ok(createPrivateKey(text).equals(key));
    assert.equal(text.match(/BEGIN CERTIFICATE/g)?.length, chain.length);
    assert.match(text, /friendlyName: cae1/);
    const { status, stderr } = spawnSync('openssl', [
      ...words.slice(0, 3),
      '-passin',
      'pass:other',
      '-nodes',
    ]);
    assert.notEqual(status, 0);
    assert.match(String(stderr), /invalid password|mac verify/i);
  });

  // Java knows Ed25519 since 15, and its tool no key that it cannot name.
  test(
    `keytool lists our file of ${subject} as a private key with its chain`,
    optionsOf('keytool'),
    async () => {
      const words = [
        '-list',
        '-v',
        '-keystore',
        await written(subject),
        '-storetype',
        'PKCS12',
        '-storepass',
        password,
      ];
      const text = execFileSync('keytool', words, { encoding: 'utf8' });
      assert.match(text, /Alias name: cae1/);
      assert.match(text, /Entry type: PrivateKeyEntry/);
      assert.match(text, /Certificate chain length: 2/);
      const { chain } = materialOf(subject);
      assert.ok(text.includes(new X509Certificate(chain[0] ?? '').fingerprint256));
    },
  );

  test(`certtool opens our file of ${subject}, with key and chain`, optionsOf('certtool'), async () => {
    const words = ['--p12-info', '--inder', '--infile', await written(subject), '--password', password];
    const { status, stdout, stderr } = spawnSync('certtool', words, { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    assert.doesNotMatch(stderr, /error/i);
    assert.equal(stdout.match(/BEGIN CERTIFICATE/g)?.length, 2);
    assert.match(stdout, /BEGIN (?:ENCRYPTED )?PRIVATE KEY/);
  });
}
