import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { run } from './run.ts';

test('demo shows four messages, equal key IDs and a protected primitive, and leaves nothing behind', {
  timeout: 30_000,
}, async t => {
  const folder = temporaryFolder(t);
  const { code, stdout, stderr } = await run('demo', '--json');
  assert.equal(code, 0, stderr);
  const { status, initiatingKeyId, terminatingKeyId, messages, exchange } = JSON.parse(stdout);
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
  const { sent, opened, answer, seen, traces } = exchange;
  assert.deepEqual(opened, { from: ae, ...sent, state: 'active' });
  assert.deepEqual(answer, { responseStatusCode: 2001, text: sent.text });
  assert.deepEqual(
    seen.map(({ from, to, content }: Record<string, unknown>) => [from, to, sitIn(content)]),
    [
      [ae, cse, 3],
      [cse, ae, 4],
      [ae, cse, 5],
      [cse, ae, 5],
    ],
  );
  assert.deepEqual(traces, []);
  assert.ok(!JSON.stringify(seen).includes(sent.text));
  assert.deepEqual(readdirSync(folder), []);
});

function sitIn(content: unknown): unknown {
  return (content as { 'm2m:seci': { sit: unknown } })['m2m:seci'].sit;
}

test("demo has nothing to do with the settings of an operator's service", { timeout: 30_000 }, async t => {
  temporaryFolder(t);
  setForTest(t, 'E2EKEY_ID', 'nonsense');
  const { code, stdout, stderr } = await run('demo');
  assert.equal(code, 0, stderr);
  assert.equal(stdout.match(/^message [1-4] {2}\/\/.* bytes$/gm)?.length, 4);
  assert.match(
    stdout,
    /^Both ends agree \(TLS_ECDHE_ECDSA_\w+\)\. The transit CSE saw all four messages and has no key\.$/m,
  );
  assert.match(stdout, /^ {4}\S+ → \S+ {2}\{"m2m:seci":\{"sit":5,"epo":"eyJ[\w-]+… \d+ characters$/m);
  assert.match(stdout, /\nThe transit CSE could read none of it: not as it is, nor in base64 or hex\.\n$/);
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
