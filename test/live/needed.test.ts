// What happens to the live tests where the stack is not installed.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const liveTests = fileURLToPath(new URL('openssl.test.ts', import.meta.url));

test('without the stack its tests are skipped, and say so', () => {
  const { status, stdout } = runWithout({});
  assert.equal(status, 0, stdout);
  assert.match(stdout, /SKIP OpenSSL is not on this machine/i);
  assert.match(stdout, /^# pass 0$/m);
});

for (const required of [{ CI: 'true' }, { E2EKEY_REQUIRE_PEERS: '1' }] as const)
  test(`with ${Object.entries(required).join().replace(',', '=')} its absence fails`, () => {
    const { status, stdout } = runWithout(required);
    assert.equal(status, 1);
    assert.match(stdout, /^not ok .* OpenSSL is there$/m);
    assert.match(stdout, /^# fail 1$/m);
  });

function runWithout(environment: Readonly<Record<string, string>>) {
  const { NODE_TEST_CONTEXT: _, CI: __, E2EKEY_REQUIRE_PEERS: ___, ...env } = process.env;
  const argv = ['--test', '--test-reporter=tap', liveTests];
  return spawnSync(process.execPath, argv, {
    env: { ...env, PATH: '', ...environment },
    encoding: 'utf8',
    timeout: 20_000,
  });
}
