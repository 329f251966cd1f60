import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { run } from './run.ts';

test('demo shows four messages and equal key IDs, and leaves nothing behind', {
  timeout: 30_000,
}, async t => {
  const folder = temporaryFolder(t);
  const { code, stdout, stderr } = await run('demo', '--json');
  assert.equal(code, 0, stderr);
  const { status, initiatingKeyId, terminatingKeyId, messages } = JSON.parse(stdout);
  assert.equal(status, 'agreed');
  assert.match(initiatingKeyId, /^[0-9A-F]{32}$/);
  assert.equal(initiatingKeyId, terminatingKeyId);
  const [ae, cse] = ['//m2m.example.com/cse-a/Cae1', '//m2m.example.com/cse-b'];
  assert.deepEqual(
    messages.map(({ ordinal, from, to, messages }: Record<string, unknown>) => [ordinal, from, to, messages]),
    [
      [1, ae, cse, ['ClientHello']],
      [
        2,
        cse,
        ae,
        ['ServerHello', 'Certificate', 'ServerKeyExchange', 'CertificateRequest', 'ServerHelloDone'],
      ],
      [
        3,
        ae,
        cse,
        [
          'Certificate',
          'ClientKeyExchange',
          'CertificateVerify',
          '[ChangeCipherSpec]',
          'Finished (protected)',
        ],
      ],
      [4, cse, ae, ['[ChangeCipherSpec]', 'Finished (protected)']],
    ],
  );
  assert.deepEqual(readdirSync(folder), []);
});

test("demo has nothing to do with the settings of an operator's service", { timeout: 30_000 }, async t => {
  temporaryFolder(t);
  setForTest(t, 'E2EKEY_ID', 'nonsense');
  const { code, stdout, stderr } = await run('demo');
  assert.equal(code, 0, stderr);
  assert.equal(stdout.match(/^message [1-4] {2}\/\/.* bytes$/gm)?.length, 4);
  assert.match(
    stdout,
    /Both ends agree \(TLS_ECDHE_ECDSA_\w+\)\. The transit CSE saw all four messages and has no key\.\n$/,
  );
});

/** What os.tmpdir() names while the test runs. */
function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'e2ekey-test-'));
  setForTest(t, 'TMPDIR', folder);
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function setForTest(t: TestContext, name: string, value: string): void {
  const before = process.env[name];
  process.env[name] = value;
  t.after(() => {
    if (before === undefined) delete process.env[name];
    else process.env[name] = before;
  });
}
