// A key made on the command line lasts: establish, protect and unprotect, each a process of its own, with the service at the
// other end.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { asCae1, cae1, configFile, cseB, sqliteStore } from '../service/lab.ts';
import { json } from './protection-lab.ts';
import { run } from './run.ts';
import { spawned } from './spawned.ts';

const main = new URL('../../src/cli/main.ts', import.meta.url).href;
const script = `import { main } from ${JSON.stringify(main)}; process.exitCode = await main(process.argv.slice(1));`;

/** A whole command line with its standard input. */
function commandLine(input: string | Uint8Array, ...argv: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', script, '--', ...argv],
    { input, timeout: 60_000 },
  );
  return { status, stdout, stderr: stderr.toString() };
}

test('establish, protect, unprotect: three commands, and the other end is serve', {
  timeout: 120_000,
}, async t => {
  const { file: config, folder } = configFile(t, sqliteStore);
  const service = spawned(t, 'serve', '--config', config, '--json');
  const { port } = await service.line();
  const own = ['--store', `sqlite:${join(folder, 'cae1.db')}`, '--seal', join(folder, 'seal.key')];
  const target = `http://127.0.0.1:${port}`;
  const made = commandLine('', 'establish', target, ...asCae1, ...own, '--json');
  assert.equal(made.status, 0, made.stderr);
  const { keyId } = JSON.parse(made.stdout.toString()) as { keyId: string };
  assert.equal((await service.line()).keyId, keyId);

  const plain = Buffer.from([0, 255, 10, 13, 0]);
  const object = commandLine(plain, 'protect', '-', ...own, '--origin', cae1, '--entity', cseB);
  assert.equal(object.status, 0, object.stderr);
  // Under the service's hands: it has the store open.
  const opened = commandLine(object.stdout, 'unprotect', '-', '--config', config);
  assert.equal(opened.status, 0, opened.stderr);
  assert.deepEqual(opened.stdout, plain);
  assert.match(
    opened.stderr,
    new RegExp(`^opened: ESData, encryption, A256GCM, dir, key ${keyId} of ${cae1}\\n$`),
  );
  // Which made the key active there.
  const back = commandLine(plain, 'protect', '-', '--config', config, '--entity', cae1);
  assert.equal(back.status, 0, back.stderr);
  assert.deepEqual(commandLine(back.stdout, 'unprotect', '-', ...own, '--origin', cae1).stdout, plain);
  assert.deepEqual(await service.end(), [0, null]);
});

for (const [name, options, says] of [
  ['a store for a tls target', ['tls://127.0.0.1:1', '--store', 'sqlite:x'], /--store is for http targets/],
  ['a seal alone', ['http://127.0.0.1:1', ...asCae1, '--seal', 'x'], /--seal is for --store/],
  ['a store without its seal', ['http://127.0.0.1:1', ...asCae1, '--store', 'sqlite:x'], /--seal is missing/],
  ['another kind of store', ['http://127.0.0.1:1', ...asCae1, '--store', 'x'], /--store must be sqlite:FILE/],
] as const)
  test(`establish: exit 2 and a sentence: ${name}`, async () => {
    const { code, stderr } = await run('establish', ...options);
    assert.equal(code, 2);
    assert.match(stderr, says);
  });

test('the configuration of a service with a store in memory has no keys for others, and says what --store would', async t => {
  const { file: config } = configFile(t);
  const inMemory = await json('protect', config, '--config', config, '--entity', cae1);
  assert.match(
    inMemory.document.error?.message ?? '',
    /store is memory:, where no other process finds a key/,
  );
  const { file: other } = configFile(t, sqliteStore);
  const twice = await json('protect', other, '--config', other, '--origin', cae1, '--entity', cae1);
  assert.match(twice.document.error?.message ?? '', /--origin does not go with --config/);
  const missing = await json('protect', other, '--config', other, '--entity', cae1);
  assert.match(missing.document.error?.message ?? '', /store sqlite:\S+: no such file/);
  for (const { code, document } of [inMemory, twice, missing])
    assert.deepEqual([code, document.error?.code], [2, 'OPTION_INVALID']);
});
