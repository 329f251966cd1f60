import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { validatePath } from '../../src/certificates/index.ts';
import { pemBlocks } from '../../src/certificates/pem.ts';
import { run } from './run.ts';

const folder = mkdtempSync(join(tmpdir(), 'e2ekey-'));
after(() => rmSync(folder, { recursive: true }));

const at = (...names: readonly string[]) => join(folder, ...names);
const [lab, other] = [at('lab'), at('other')];
const domain = ['--domain', 'm2m.example.com'];
for (const argv of [
  [lab, ...domain, '--path-length', '2', '--device', '0.2.481.1.100'],
  [other, ...domain, '--name', 'other'],
])
  assert.equal((await run('pki', 'init', ...argv)).code, 0);

async function authority(...argv: readonly string[]): Promise<void> {
  const { code, stderr } = await run('pki', 'authority', ...argv);
  assert.deepEqual([code, stderr], [0, '']);
}

const certificatesIn = (file: string) =>
  pemBlocks(readFileSync(file, 'utf8')).map(({ der }) => der ?? assert.fail('no certificate'));

let issued = 0;

/** The subjects of the path from what is issued in a folder up to the lab's root. */
async function pathFrom(directory: string): Promise<string[]> {
  const out = at(`leaf-${issued++}`);
  const argv = ['--flavour', 'cse-id', '--id', 'cse-b.m2m.example.com', '--out', out];
  assert.equal((await run('pki', 'issue', directory, ...argv)).code, 0);
  const anchors = certificatesIn(join(lab, 'root.pem'));
  const { path, reason } = validatePath(certificatesIn(`${out}.pem`), { anchors, time: new Date() });
  assert.equal(reason, undefined);
  return path.map(({ subject }) => subject);
}

const [leaf, labIntermediate, labRoot] = [
  'CN=cse-b.m2m.example.com',
  'CN=e2ekey lab intermediate',
  'CN=e2ekey lab root',
];

test('pki authority makes one authority below the other, and pki issue writes the whole chain', async () => {
  await authority(lab, '--name', 'b', '--out', at('b'), '--path-length', '1');
  await authority(at('b'), '--name', 'c', '--out', at('new', 'c'));
  assert.deepEqual(readdirSync(at('new', 'c')).sort(), ['intermediate.key', 'intermediate.pem']);
  assert.equal(statSync(at('new', 'c', 'intermediate.key')).mode & 0o777, 0o600);
  assert.deepEqual(await pathFrom(at('new', 'c')), [leaf, 'CN=c', 'CN=b', labIntermediate, labRoot]);
});

test('pki authority --json prints one document; whom it may name is as above it where it is not said', async () => {
  const argv = ['--name', 'd', '--out', at('d'), '--node', '1.2.3', '--key-type', 'p384', '--json'];
  const life = ['--not-before', '2030-01-01', '--not-after', '2040-01-01'];
  const { code, stdout, stderr } = await run('pki', 'authority', lab, ...argv, ...life);
  assert.equal(code, 0);
  const { warnings, ...document } = JSON.parse(stdout) as { warnings: string[] };
  assert.deepEqual(document, {
    status: 'created',
    intermediate: { certificate: at('d', 'intermediate.pem'), key: at('d', 'intermediate.key') },
    subject: 'CN=d',
    issuer: labIntermediate,
    certificates: 2,
    domains: ['m2m.example.com'],
    uriConstraints: false,
    devices: ['0.2.481.1.100'],
    nodes: ['1.2.3'],
    notBefore: '2030-01-01T00:00:00.000Z',
    notAfter: '2040-01-01T00:00:00.000Z',
  });
  assert.equal(warnings.length, 1);
  assert.equal(stderr, `warning: ${warnings[0]}\n`);
});

test('pki authority --rollover gives its issuer a new key, --issuer says which (RFC 5280 3.2)', async () => {
  await authority(lab, '--rollover', '--issuer', 'root', '--out', at('rolled'));
  await authority(at('rolled'), '--name', 'e', '--out', at('e'), ...domain);
  assert.deepEqual(await pathFrom(at('e')), [leaf, 'CN=e', labRoot, labRoot]);
});

test('pki authority --cross certifies another authority, whose chains then lead to this root (RFC 5280 3.2)', async () => {
  const files = (name: string) => [
    '--cross',
    join(other, `${name}.pem`),
    '--key',
    join(other, `${name}.key`),
  ];
  await authority(lab, ...files('root'), '--out', at('crossed-root'));
  await authority(at('crossed-root'), ...files('intermediate'), '--out', at('crossed'));
  assert.deepEqual(await pathFrom(at('crossed')), [
    leaf,
    'CN=other intermediate',
    'CN=other root',
    labIntermediate,
    labRoot,
  ]);
});

test('pki authority --cross without --key writes the certificate alone', async () => {
  const argv = ['--cross', join(other, 'root.pem'), '--out', at('keyless'), '--json'];
  const { code, stdout } = await run('pki', 'authority', lab, ...argv);
  assert.equal(code, 0);
  const { intermediate } = JSON.parse(stdout) as { intermediate: { key: string | null } };
  assert.equal(intermediate.key, null);
  assert.deepEqual(readdirSync(at('keyless')), ['intermediate.pem']);
});

test('pki authority --cross on one of ours issues it again with another validity', async () => {
  const files = ['--cross', join(lab, 'intermediate.pem'), '--key', join(lab, 'intermediate.key')];
  const until = ['--not-after', '2100-01-01'];
  await authority(lab, '--issuer', 'root', ...files, '--out', at('again'), ...until);
  const again = new X509Certificate(readFileSync(at('again', 'intermediate.pem')));
  assert.equal(again.validToDate.getUTCFullYear(), 2100);
  assert.ok(
    readFileSync(at('again', 'intermediate.key')).equals(readFileSync(join(lab, 'intermediate.key'))),
  );
  assert.deepEqual(await pathFrom(at('again')), [leaf, labIntermediate, labRoot]);
});

writeFileSync(at('junk.pem'), '-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n');
const base = [lab, '--out', at('never')];
const refusals: readonly [argv: string[], sentence: RegExp][] = [
  [base, /one of --name, --rollover and --cross says/],
  [[...base, '--name', 'x', '--rollover'], /one of --name, --rollover and --cross says/],
  [[...base, '--name', 'x', '--key', join(other, 'root.key')], /--key belongs to --cross/],
  [[...base, '--cross', join(other, 'root.pem'), '--key-type', 'p256'], /--key-type is for a new key/],
  [
    [...base, '--cross', join(other, 'root.pem'), '--key', join(lab, 'root.key')],
    /private key does not belong to the certificate to be crossed/,
  ],
  [
    [...base, '--cross', join(other, 'root.pem'), '--key', join(other, 'root.pem')],
    /--key .*root\.pem: not an unencrypted private key/,
  ],
  [[...base, '--cross', at('junk.pem')], /--cross .*junk\.pem: its first certificate cannot be read: /],
  [[...base, '--cross', at('none.pem')], /--cross .*none\.pem/],
  [
    [other, '--out', at('never'), '--name', 'x'],
    /pathLenConstraint is 0, which allows no authority below it/,
  ],
  [[...base, '--name', 'x', '--path-length', '2'], /one below it can have 1 at most, not 2/],
  [[folder, '--out', at('never'), '--name', 'x'], /intermediate\.pem: not a file of a lab authority/],
  [[...base, '--issuer', 'leaf', '--name', 'x'], /--issuer must be intermediate or root/],
  [[at('b'), '--out', at('never'), '--issuer', 'root', '--name', 'x'], /root\.pem: not a file of a lab/],
];

for (const [argv, sentence] of refusals)
  test(`pki authority, exit 2 and nothing written: ${sentence.source}, ${argv.slice(2).join(' ').replaceAll(folder, '')}`, async () => {
    const { code, stdout, stderr } = await run('pki', 'authority', ...argv);
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, sentence);
    assert.ok(!existsSync(at('never')));
  });

test('pki authority overwrites nothing', async () => {
  const directory = mkdtempSync(at('kept-'));
  writeFileSync(join(directory, 'intermediate.key'), 'precious');
  const { code, stderr } = await run('pki', 'authority', lab, '--name', 'x', '--out', directory);
  assert.equal(code, 2);
  assert.match(stderr, /intermediate\.key: exists already and is not overwritten/);
  assert.deepEqual(readdirSync(directory), ['intermediate.key']);
});
