// The command lines of scripts/: --help explains and runs nothing, and a wrong word is named and ends the run before it
// begins, since some of the runs take long and write into docs/.
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readCommandLine, type Script } from '../../scripts/options.ts';
import { refuse } from '../../src/errors.ts';

const scripts = fileURLToPath(new URL('../../scripts/', import.meta.url));
const names = readdirSync(scripts).filter(name => name.endsWith('.ts') && name !== 'options.ts');

suite('scripts', { concurrency: 2 }, () => {
  for (const name of names) {
    // With both, so that one start of the process shows that nothing is run behind --help.
    test(`${name} --help prints what it does, its options, exit codes and an example, whatever else is said`, async () => {
      const { code, stdout, stderr } = await run(process.execPath, [
        join(scripts, name),
        '--nonsense',
        '--help',
      ]);
      assert.deepEqual([code, stderr], [0, '']);
      assert.match(stdout, new RegExp(`^usage: node scripts/${name} .*\\[--help\\]\n\n[^]+\noptions:\n`));
      assert.match(stdout, new RegExp(`\nexit codes:\n  0  [^]+\n  2  [^]+\nexample: node scripts/${name}`));
    });

    test(`${name} names an option that it does not know, and those that there are`, async () => {
      const { code, stdout, stderr } = await run(process.execPath, [join(scripts, name), '--nonsense']);
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, /^unknown option --nonsense\nusage: node .*\[--help\]\n$/);
    });
  }

  for (const [words, says] of [
    [['fuzz.ts', '--inputs', '99999999999999999999999'], /^--inputs must be a whole number from 1 to /],
    [['fuzz.ts', '--seed', ''], /^--seed needs a value\n/],
    [['fuzz.ts', '--only', 'records', ''], /^--only: no target begins with ""; there are declarations; /],
    [['fuzz.ts', '--grow', '--only', 'records'], /^--grow goes with no other option\n/],
    [['fuzz.ts', '--write', '--only', 'records'], /^--write: the figures are of every target\n/],
    [['misbehaviours.ts', '--only', 'zzzz'], /^--only: no misbehaviour has "zzzz" in its name or rule/],
    [
      ['misbehaviours.ts', '--stacks', 'other'],
      /^--stacks: there is no stack "other", only OpenSSL and GnuTLS\n/,
    ],
    [
      ['mutation.ts', 'reader-take-bounds'],
      /^--only: .* "reader-take-bounds"; did you mean reader-take-bound\?\n/,
    ],
    [['mutation.ts', '--seed', '2'], /^--seed is for --sample, which is absent\n/],
  ] as const)
    test(`${words.join(' ')} is refused`, async () => {
      const [name, ...rest] = words;
      const { code, stdout, stderr } = await run(process.execPath, [join(scripts, name), ...rest]);
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, says);
    });

  test('fuzz.ts --only gives the inputs to what is chosen, and leaves no files', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'e2ekey-scripts-'));
    try {
      const words = ['--json', '--inputs', '60', '--only', 'credential files: pre-shared keys'];
      const { code, stdout } = await run(process.execPath, [join(scripts, 'fuzz.ts'), ...words], {
        TMPDIR: folder,
        TEMP: folder,
      });
      assert.equal(code, 0);
      const { targets, findings } = JSON.parse(stdout);
      assert.deepEqual(
        targets.map(({ target, inputs }: { target: string; inputs: number }) => [target, inputs]),
        [['credential files: pre-shared keys', 60]],
      );
      assert.deepEqual([findings, readdirSync(folder)], [[], []]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

const script: Script<{ file: { type: 'operand'; placeholder: 'FILE'; about: 'A file.' } }, string> = {
  file: 'example.ts',
  about: 'Does nothing.',
  options: { file: { type: 'operand', placeholder: 'FILE', about: 'A file.' } },
  choose: ({ file }) => (file === 'wrong' ? refuse('OPTION_INVALID', 'FILE is wrong') : file),
  exitCodes: { 0: 'done' },
  example: 'FILE',
};

test('a command line is what it chooses, a usage, or a sentence and the options', () => {
  const wrong = (says: string) => ({ wrong: `${says}\nusage: node scripts/example.ts FILE [--help]` });
  assert.deepEqual(readCommandLine(script, ['a']), { chosen: 'a' });
  assert.deepEqual(readCommandLine(script, ['wrong']), wrong('FILE is wrong'));
  assert.deepEqual(readCommandLine(script, []), wrong('FILE is missing'));
  assert.deepEqual(readCommandLine(script, ['a', 'b']), wrong('unexpected argument "b"'));
  assert.ok('help' in readCommandLine(script, ['a', '-h']));
});

test('an error that is not about the command line is not taken for one', () => {
  const choose = () => {
    throw new TypeError('a mistake');
  };
  assert.throws(() => readCommandLine({ ...script, choose }, ['a']), TypeError);
});

const noBash = spawnSync('bash', ['-c', 'exit 0']).status !== 0 && 'there is no bash';

test('scripts/evidence takes one run and nothing else, and --help runs nothing', {
  skip: noBash,
}, async () => {
  // A copy, whose runs only say that they were started.
  const folder = mkdtempSync(join(tmpdir(), 'e2ekey-scripts-'));
  try {
    mkdirSync(join(folder, 'scripts'));
    cpSync(join(scripts, 'evidence'), join(folder, 'scripts', 'evidence'));
    const kinds = ['interop', 'mutation', 'differential', 'misbehaviours', 'fuzz', 'search', 'carriers'];
    for (const kind of kinds)
      writeFileSync(join(folder, 'scripts', `${kind}.ts`), 'console.log(process.argv.slice(2).join())');
    const evidence = (...words: string[]) => run('bash', [join(folder, 'scripts', 'evidence'), ...words]);
    for (const kind of kinds)
      assert.deepEqual(await evidence(kind), { code: 0, stdout: '--write\n', stderr: '' });
    for (const [words, says] of [
      [[], 'RUN is missing'],
      [['search', 'anything'], 'unexpected word "anything": there is one RUN and nothing else'],
      [['nothing'], 'there is no run "nothing"'],
    ] as const) {
      const { code, stdout, stderr } = await evidence(...words);
      assert.deepEqual([code, stdout], [2, '']);
      assert.ok(stderr.startsWith(`${says}\n\nusage: scripts/evidence RUN\n`), stderr);
    }
    for (const words of [['--help'], ['-h'], ['search', '--help']]) {
      const { code, stdout, stderr } = await evidence(...words);
      assert.deepEqual([code, stderr], [0, '']);
      for (const kind of ['bench', ...kinds]) assert.match(stdout, new RegExp(`^ {2}${kind} .*; docs/`, 'm'));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(
  command: string,
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const options = { env: { ...process.env, ...environment }, timeout: 60_000 };
  return new Promise((resolve, reject) => {
    const child = execFile(command, words, options, (error, stdout, stderr) => {
      if (child.exitCode === null) reject(error);
      else resolve({ code: child.exitCode, stdout, stderr });
    });
  });
}
