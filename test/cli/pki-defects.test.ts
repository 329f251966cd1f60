import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { defects } from '../../src/testing/defects.ts';
import { run } from './run.ts';

const folder = mkdtempSync(join(tmpdir(), 'e2ekey-'));
after(() => rmSync(folder, { recursive: true }));
const at = ['--time', '2026-12-01'];
const few = ['--only', 'expired', '--only', 'root-expired', '--only', 'intermediate-missing'];

interface Index {
  readonly flavour: string;
  readonly id: string;
  readonly role: string;
  readonly right: Files;
  readonly defects: readonly (Files & Record<'name' | 'about' | 'clause' | 'code' | 'alert', string>)[];
}

interface Files {
  readonly certificate: string;
  readonly key: string;
  readonly trust: string;
}

test('pki defects writes every kind, with an index that says what each is and which alert answers it', async () => {
  const out = join(folder, 'new', 'all');
  const { code, stderr } = await run('pki', 'defects', '--out', out);
  assert.equal(code, 0, stderr);
  const index = indexIn(out);
  assert.deepEqual(
    index.defects.map(({ name }) => name),
    defects.map(({ name }) => name),
  );
  const named = [index.right, ...index.defects].flatMap(({ certificate, key, trust }) => [
    certificate,
    key,
    trust,
  ]);
  assert.deepEqual(readdirSync(out).sort(), [...new Set(['index.json', ...named])].sort());
  const { right, ...whose } = index;
  assert.deepEqual(right, { certificate: 'right.pem', key: 'right.key', trust: 'root.pem' });
  assert.deepEqual(
    { ...whose, defects: whose.defects.slice(0, 1) },
    {
      flavour: 'ae-id',
      id: '//m2m.example.com/cse-a/Cae1',
      role: 'initiating',
      defects: [
        {
          name: 'expired',
          about: "The end-point's certificate ended with 2025.",
          code: 'CERTIFICATE_EXPIRED',
          position: 0,
          field: 'validity',
          clause: 'RFC 5280 6.1.3 (a)(2)',
          alert: 'certificate_expired',
          certificate: 'expired.pem',
          key: 'expired.key',
          trust: 'root.pem',
        },
      ],
    },
  );
});

for (const [flavour, id, role] of [
  ['ae-id', '//example.org/cse-a/Cx', 'initiating'],
  ['cse-id', 'cse-x.example.org', 'terminating'],
] as const)
  test(`the ${flavour} chain without defect is valid and the others are refused by their codes`, async () => {
    const out = join(folder, flavour);
    const made = await run(
      'pki',
      'defects',
      '--out',
      out,
      ...few,
      '--flavour',
      flavour,
      '--id',
      id,
      '--json',
    );
    assert.equal(made.code, 0, made.stderr);
    const index = indexIn(out);
    assert.deepEqual(JSON.parse(made.stdout), {
      status: 'created',
      flavour,
      id,
      role,
      index: join(out, 'index.json'),
      defects: ['expired', 'root-expired', 'intermediate-missing'],
    });
    const verdict = async ({ certificate, trust }: Files) => {
      const files = [join(out, certificate), '--trust', join(out, trust)];
      const { stdout } = await run('verify', ...files, ...at, '--expect', id, '--purpose', role, '--json');
      return JSON.parse(stdout) as { valid: boolean; code?: string };
    };
    assert.equal((await verdict(index.right)).valid, true);
    for (const row of index.defects) assert.equal((await verdict(row)).code, row.code, row.name);
    assert.deepEqual(
      index.defects.map(({ trust }) => trust),
      ['root.pem', 'root-expired.root.pem', 'root.pem'],
    );
  });

test('private keys are those of the leaves, readable by their owner only, and not printed', async () => {
  const out = join(folder, 'keys');
  const { stdout, stderr } = await run('pki', 'defects', '--out', out, '--only', 'expired', '--json');
  assert.doesNotMatch(stdout + stderr, /PRIVATE/);
  for (const name of ['right', 'expired']) {
    assert.equal(statSync(join(out, `${name}.key`)).mode & 0o777, 0o600);
    const key = createPrivateKey(readFileSync(join(out, `${name}.key`)));
    assert.ok(new X509Certificate(readFileSync(join(out, `${name}.pem`))).checkPrivateKey(key));
  }
});

test('each call has keys of its own', async () => {
  const roots = ['one', 'two'].map(name => join(folder, name));
  for (const out of roots) await run('pki', 'defects', '--out', out, '--only', 'expired');
  const [one, two] = roots.map(out => new X509Certificate(readFileSync(join(out, 'root.pem'))));
  assert.ok(one !== undefined && two?.publicKey.equals(one.publicKey) === false);
});

test('pki defects does not overwrite: exit 2, and nothing else is left', async () => {
  const out = mkdtempSync(join(folder, 'leftover-'));
  writeFileSync(join(out, 'expired.key'), 'precious');
  const { code, stderr } = await run('pki', 'defects', '--out', out, ...few);
  assert.equal(code, 2);
  assert.match(stderr, /expired\.key: exists already and is not overwritten/);
  assert.deepEqual(readdirSync(out), ['expired.key']);
  assert.equal(readFileSync(join(out, 'expired.key'), 'utf8'), 'precious');
});

test('--only given twice with one name makes it once', async () => {
  const out = join(folder, 'twice');
  const { code } = await run('pki', 'defects', '--out', out, '--only', 'expired', '--only', 'expired');
  assert.equal(code, 0);
  assert.equal(indexIn(out).defects.length, 1);
});

test('--list shows the kinds and makes nothing', async () => {
  const { code, stdout } = await run('pki', 'defects', '--list');
  assert.equal(code, 0);
  assert.equal(stdout, `${defects.map(({ name, about }) => `${name}: ${about}`).join('\n')}\n`);
  const one = await run('pki', 'defects', '--list', '--only', 'version-1', '--json');
  assert.deepEqual(JSON.parse(one.stdout), {
    defects: [
      {
        name: 'version-1',
        about: 'The version is left out, which means 1, although there are extensions.',
        code: 'CERTIFICATE_UNSUPPORTED',
        position: 0,
        field: 'certificate_list.0.tbsCertificate.version',
        clause: 'RFC 5280 4.1.2.1',
        alert: 'unsupported_certificate',
      },
    ],
  });
});

test('what cannot be followed is refused with exit 2, naming the option', async () => {
  const out = ['--out', join(folder, 'never')];
  for (const [argv, message] of [
    [[], /--out is missing/],
    [[...out, '--only', 'expierd'], /--only expierd: no kind of defect; did you mean expired\?/],
    [[...out, '--id', '//example.org/cse-a'], /id .* is no absolute AE-ID/],
    [[...out, '--flavour', 'cse-id', '--id', 'two words'], /id .* is no domain name/],
    [[...out, '--flavour', 'device'], /--flavour must be ae-id or cse-id/],
  ] as const) {
    const { code, stderr } = await run('pki', 'defects', ...argv);
    assert.equal(code, 2);
    assert.match(stderr, message);
  }
  assert.ok(!readdirSync(folder).includes('never'));
});

function indexIn(out: string): Index {
  return JSON.parse(readFileSync(join(out, 'index.json'), 'utf8')) as Index;
}
