import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { commands } from '../../src/cli/commands.ts';
import { main } from '../../src/cli/main.ts';
import { type OptionTable, universalOptions } from '../../src/cli/options.ts';
import { run } from './run.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

test('--version prints the version of package.json', async () => {
  assert.deepEqual(await run('--version'), { code: 0, stdout: `${version}\n`, stderr: '' });
  assert.deepEqual(await run('--version', '--json'), {
    code: 0,
    stdout: `{"version":"${version}"}\n`,
    stderr: '',
  });
});

test('--help lists every command with its line', async () => {
  const { code, stdout, stderr } = await run('--help');
  assert.equal(code, 0);
  assert.equal(stderr, '');
  for (const [name, { about }] of commands) assert.match(stdout, new RegExp(`^ {2}${name} +${about}$`, 'm'));
  assert.deepEqual(JSON.parse((await run('--help', '--json')).stdout), { help: stdout.trimEnd() });
});

test('--help after the first word of a group lists that group alone', async () => {
  const { code, stdout } = await run('pki', '--help');
  assert.equal(code, 0);
  assert.match(stdout, /^Usage: e2ekey pki COMMAND/);
  const listed = stdout.match(/^ {2}(?!--)\S.*$/gm) ?? [];
  assert.equal(listed.length, [...commands.keys()].filter(name => name.startsWith('pki ')).length);
});

for (const [name, { load }] of commands) {
  test(`e2ekey ${name} --help names every argument, within 80 columns`, async () => {
    const { code, stdout, stderr } = await run(...name.split(' '), '--help');
    assert.equal(code, 0);
    assert.equal(stderr, '');
    const { command } = await load();
    const table: OptionTable = { ...command.options, ...universalOptions };
    for (const [long, option] of Object.entries(table))
      assert.ok(stdout.includes(option.type === 'operand' ? `  ${option.placeholder}` : `  --${long}`), long);
    for (const line of stdout.split('\n').slice(1)) assert.ok(line.length <= 80, line);
  });

  test(`e2ekey ${name} declares no option that every command has, and lets only the last operand repeat`, async () => {
    const { command } = await load();
    for (const long of Object.keys(universalOptions)) assert.ok(!Object.hasOwn(command.options, long));
    const operands = Object.values(command.options).filter(option => option.type === 'operand');
    for (const operand of operands.slice(0, -1)) assert.ok(operand.repeatable !== true);
  });
}

test('help says what no --revocation comes to, in its first sentence, and what a --password-file opens', async () => {
  const aboutOf = async (name: string, option: string) => {
    const table: OptionTable = (await commands.get(name)?.load())?.command.options ?? {};
    return table[option]?.about ?? assert.fail(`${name} --${option}`);
  };
  for (const name of ['establish', 'listen'])
    assert.match(
      await aboutOf(name, 'revocation'),
      /^Default [^.]*; without --crl no OCSP response is asked for, /,
    );
  for (const name of ['establish', 'listen', 'protect', 'unprotect'])
    assert.match(await aboutOf(name, 'password-file'), /opens encrypted private keys and PKCS #12 files/);
  for (const name of ['protect', 'unprotect']) assert.doesNotMatch((await run(name, '--help')).stdout, /PEM/);
});

test('help asked for after -- is an operand, not a request for help', async () => {
  const { code, stderr } = await run('pki', 'init', '--', 'a', '--help');
  assert.equal(code, 2);
  assert.match(stderr, /unexpected argument "--help"/);
});

const refusals: readonly [argv: string[], sentence: RegExp][] = [
  [[], /no command is given \(see e2ekey --help\)$/m],
  [['pki'], /no command is given \(see e2ekey pki --help\)$/m],
  [['pkii'], /unknown command "pkii"; did you mean pki\? \(see e2ekey --help\)$/m],
  [['pki', 'inti', 'x'], /unknown command "pki inti"; did you mean pki init\?/],
  [['xyzzy'], /unknown command "xyzzy" \(see/],
  [['xyzzy', '--help'], /unknown command "xyzzy"/],
  [['constructor'], /unknown command "constructor"/],
  [['--verzion'], /unknown option --verzion; did you mean --version\?/],
  [
    ['pki', 'issue', 'x', '--idd', '4'],
    /unknown option --idd; did you mean --id\? \(see e2ekey pki issue --help\)$/m,
  ],
];

for (const [argv, sentence] of refusals) {
  test(`"e2ekey ${argv.join(' ')}" ends with 2 and one sentence that points to --help`, async () => {
    const { code, stdout, stderr } = await run(...argv);
    assert.equal(code, 2);
    assert.equal(stdout, '');
    assert.match(stderr, sentence);
    assert.equal(stderr.trimEnd().split('\n').length, 1);
  });
}

for (const argv of [
  ['pki', 'issue', 'x', '--idd', '--json'],
  ['--json', 'xyzzy'],
]) {
  test(`"e2ekey ${argv.join(' ')}" prints the error document and nothing else on standard output`, async () => {
    const { code, stdout } = await run(...argv);
    assert.equal(code, 2);
    const document = JSON.parse(stdout) as { error: { message: string } };
    assert.equal(typeof document.error.message, 'string');
    assert.deepEqual(document, {
      error: {
        code: 'OPTION_INVALID',
        message: document.error.message,
        alert: { sent: null, received: null },
        rsc: null,
        role: null,
        peer: null,
      },
    });
  });
}

test('an error that nobody foresaw ends with 4 and shows neither its message nor its stack', async () => {
  let stderr = '';
  const stdout = {
    write: () => {
      throw new Error('the hidden cause');
    },
  };
  const code = await main(['--version'], { stdout, stderr: { write: text => (stderr += text) } });
  assert.equal(code, 4);
  assert.match(stderr, /^e2ekey: INTERNAL: /);
  assert.doesNotMatch(stderr, /hidden|main\.ts/);
});

test('E2EKEY_DEBUG=1 shows the stack of the error that nobody foresaw', async t => {
  const before = process.env.E2EKEY_DEBUG;
  t.after(() => {
    if (before === undefined) delete process.env.E2EKEY_DEBUG;
    else process.env.E2EKEY_DEBUG = before;
  });
  process.env.E2EKEY_DEBUG = '1';
  let stderr = '';
  const stdout = {
    write: () => {
      throw new Error('the hidden cause');
    },
  };
  assert.equal(await main(['--version'], { stdout, stderr: { write: text => (stderr += text) } }), 4);
  assert.match(stderr, /Error: the hidden cause\n +at /);
});

test('a reader that goes away ends nothing: a service goes on without its lines', async () => {
  const entry = new URL('../../src/cli/main.ts', import.meta.url).href;
  // The child waits for its standard input to end, by when the reader of its standard output has gone.
  const script = `
    const { main } = await import(${JSON.stringify(entry)});
    for await (const _ of process.stdin);
    process.exitCode = await main(['--version']);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
  let stderr = '';
  child.stderr.on('data', chunk => {
    stderr += chunk;
  });
  child.stdout.destroy();
  child.stdin.end();
  const [code] = await once(child, 'close');
  assert.equal(stderr, '');
  assert.equal(code, 0);
});

for (const [code, sentence] of [
  ['ENOSPC', /^e2ekey: standard output: there is no space left; what was written there is not whole\n$/],
  ['EIO', /^e2ekey: standard output: cannot be written; what/],
  ['EPIPE', /^$/],
] as const)
  test(`standard output that ends with ${code} is ${code === 'EPIPE' ? 'as good as read' : 'exit code 4 and a sentence'}`, async () => {
    let stderr = '';
    const stdout = { write: () => true, failure: async () => Object.assign(new Error(), { code }) };
    const streams = { stdout, stderr: { write: (text: string) => (stderr += text) } };
    assert.equal(await main(['--version'], streams), code === 'EPIPE' ? 0 : 4);
    assert.match(stderr, sentence);
  });

test('a service ends with its own exit code, whoever gets its lines', async () => {
  for (const [name, { load }] of commands)
    assert.equal((await load()).command.serves ?? false, name === 'serve' || name === 'listen', name);
});

test('a file that is full in the middle of the output is exit code 4', {
  skip: process.platform === 'win32',
}, async t => {
  const entry = new URL('../../src/cli/main.ts', import.meta.url).href;
  const script = `const { main } = await import(${JSON.stringify(entry)}); process.exitCode = await main(['protect', '--help']);`;
  const folder = mkdtempSync(join(tmpdir(), 'e2ekey-main-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const shell = 'out=$1; shift; ulimit -f 1; exec "$@" > "$out"';
  const words = [join(folder, 'out'), process.execPath, '--input-type=module', '-e', script];
  const { status, stderr } = spawnSync('sh', ['-c', shell, 'sh', ...words], { encoding: 'utf8' });
  assert.match(stderr, /^e2ekey: standard output: no file may be that long; /);
  assert.equal(status, 4);
});

test('a device that takes nothing is exit code 4', { skip: !existsSync('/dev/full') }, () => {
  const entry = new URL('../../src/cli/main.ts', import.meta.url).href;
  const script = `const { main } = await import(${JSON.stringify(entry)}); process.exitCode = await main(['--version']);`;
  const full = openSync('/dev/full', 'w');
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', full, 'pipe'],
    encoding: 'utf8',
  });
  closeSync(full);
  assert.match(stderr, /^e2ekey: standard output: there is no space left; /);
  assert.equal(status, 4);
});
