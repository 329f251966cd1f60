import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { run } from './run.ts';

const folder = mkdtempSync(join(tmpdir(), 'e2ekey-'));
after(() => rmSync(folder, { recursive: true }));
const at = ['--time', '2026-12-01'];

const lab = (name: string): string => fileURLToPath(new URL(`../../certs/${name}`, import.meta.url));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const alert = file('alert', 'FQMDAAICKA==');
const junk = file('junk.pem', 'junk');

interface Document {
  readonly files: readonly {
    readonly file: string;
    readonly kind: string;
    readonly findings: readonly {
      readonly severity: string;
      readonly code?: string;
      readonly clause: string;
    }[];
  }[];
}

// The runner of the tests sets FORCE_COLOR where it has a terminal itself.
delete process.env.FORCE_COLOR;
process.env.NO_COLOR = '1';

test('inspect --details shows each file, in the order given, with exit 0 if no finding is an error', async () => {
  const { code, stdout, stderr } = await run(
    'inspect',
    lab('cae1.pem'),
    alert,
    lab('root.pem'),
    ...at,
    '--details',
  );
  assert.equal(code, 0);
  assert.equal(stderr, '');
  assert.deepEqual(stdout.match(/^\S+: .*$/gm), [
    `${lab('cae1.pem')}: 2 certificates (PEM)`,
    `${alert}: alert of an E2EKey procedure, 7 bytes (base64)`,
    `${lab('root.pem')}: certificate (PEM)`,
  ]);
  assert.match(stdout, /^ {4}subject {5}CN=e2ekey test intermediate$/m);
});

test('of several files inspect shows a line each, what belongs together, and what to fix first', async () => {
  const { code, stdout } = await run(
    'inspect',
    lab('cae1.pem'),
    lab('root.pem'),
    lab('cae1-expired.pem'),
    ...at,
  );
  assert.equal(code, 1);
  assert.match(stdout, /^3 files: 1 in order, 1 with warnings, 1 with errors$/m);
  assert.match(stdout, /^✓ \S+cae1\.pem {2,}2 certificates \(PEM\): CN=/m);
  assert.match(stdout, /^! \S+root\.pem /m);
  assert.match(stdout, /^✗ \S+cae1-expired\.pem .*\n {4}error: certificate 1, validity: no longer valid/m);
  assert.match(stdout, /^What belongs together\n {2}CN=.* ← CN=/m);
  assert.match(stdout, /^Fix first\n {3}1\. \S+cae1-expired\.pem: certificate 1, validity: no longer valid/m);
});

test('inspect of a folder names its files from there, and has the same as JSON', async () => {
  const folder = fileURLToPath(new URL('../../certs/', import.meta.url));
  const shown = await run('inspect', folder, ...at);
  assert.equal(shown.code, 1);
  assert.match(shown.stdout, /: 16 files: /);
  assert.match(shown.stdout, /^✓ cae1\.key {2,}private key \(PEM\): PKCS#8, P-256$/m);
  const { stdout } = await run('inspect', folder, ...at, '--json');
  const document = JSON.parse(stdout) as Document & {
    folder: string;
    fixFirst: { file: string }[];
    together: unknown[];
  };
  assert.equal(document.folder, folder);
  assert.equal(document.files.length, 16);
  assert.deepEqual(
    document.fixFirst.map(({ file: name }) => name),
    ['cae1-expired.pem'],
  );
  assert.ok(document.together.length > 10);
});

test('inspect --password-file opens what is encrypted; a file without a password is said', async () => {
  const locked = fileURLToPath(new URL('../inspect/folder/locked.key', import.meta.url));
  const password = file('password', 'the password of the lab\nsecond line\n');
  const opened = await run('inspect', locked, '--password-file', password);
  assert.match(opened.stdout, /^ {2}key {9}P-256$/m);
  const closed = await run('inspect', locked);
  assert.doesNotMatch(closed.stdout, /P-256/);
  const empty = await run('inspect', locked, '--password-file', file('empty', '\nx'));
  assert.equal(empty.code, 2);
  assert.match(empty.stderr, /--password-file \S+empty: the first line is empty/);
});

test('inspect colours on a terminal, and where FORCE_COLOR says so; never as JSON or against NO_COLOR', async t => {
  t.after(() => {
    delete process.env.FORCE_COLOR;
    process.env.NO_COLOR = '1';
  });
  const controlSequence = '\u001b';
  const expired = lab('cae1-expired.pem');
  const plain = await run('inspect', expired, ...at);
  assert.ok(!plain.stdout.includes(controlSequence));
  delete process.env.NO_COLOR;
  process.env.FORCE_COLOR = '1';
  const coloured = await run('inspect', expired, ...at);
  assert.ok(coloured.stdout.includes(`${controlSequence}[31m  error: certificate 1, validity`));
  assert.equal(stripVTControlCharacters(coloured.stdout), plain.stdout);
  const folder = await run('inspect', expired, lab('root.pem'), ...at);
  assert.ok(folder.stdout.includes(`${controlSequence}[31m✗${controlSequence}`));
  const json = await run('inspect', expired, ...at, '--json');
  assert.ok(!json.stdout.includes(controlSequence));
});

test('inspect --json prints one document with all files', async () => {
  const { code, stdout, stderr } = await run(
    'inspect',
    lab('root.pem'),
    lab('cae1.key'),
    alert,
    '--json',
    ...at,
  );
  assert.equal(code, 0);
  assert.equal(stderr, '');
  const { files } = JSON.parse(stdout) as Document;
  assert.deepEqual(
    files.map(({ file, kind }) => [file, kind]),
    [
      [lab('root.pem'), 'certificate'],
      [lab('cae1.key'), 'private-key'],
      [alert, 'message'],
    ],
  );
  assert.deepEqual(
    files[0]?.findings.map(({ severity, clause }) => [severity, clause]),
    [['warning', 'TS-0003 8.1.2.2']],
  );
});

test('inspect ends with 1 if one of the files has an error or is not recognised, and shows the others', async () => {
  const expired = await run('inspect', alert, lab('cae1-expired.pem'), '--json', ...at);
  assert.equal(expired.code, 1);
  const { files } = JSON.parse(expired.stdout) as Document;
  assert.equal(files.length, 2);
  assert.deepEqual(
    files[1]?.findings.flatMap(({ code }) => code ?? []),
    ['CERTIFICATE_EXPIRED'],
  );
  const unknown = await run('inspect', junk, alert, ...at);
  assert.equal(unknown.code, 1);
  assert.match(unknown.stdout, /^✗ \S+junk\.pem {2,}not recognised$/m);
  assert.match(unknown.stdout, /^✓ \S+alert {2,}alert/m);
});

test('inspect --time decides what is valid', async () => {
  const { code } = await run('inspect', lab('cae1-expired.pem'), '--time', '2026-01-01T12:00:00Z');
  assert.equal(code, 0);
});

test('inspect ends with 2 for a file that cannot be read, naming it', async () => {
  const missing = await run('inspect', alert, join(folder, 'missing'), '--json');
  assert.equal(missing.code, 2);
  const { error } = JSON.parse(missing.stdout) as { error: { code: string; message: string } };
  assert.equal(error.code, 'OPTION_INVALID');
  assert.equal(error.message, `${join(folder, 'missing')}: no such file`);
});

test('inspect needs a FILE', async () => {
  const { code, stderr } = await run('inspect');
  assert.equal(code, 2);
  assert.match(stderr, /FILE is missing/);
});

test('inspect prints no control character that a file holds', async () => {
  const primitive = { to: '\u001b[2J\u202e', pc: { 'm2m:seci': { sit: 6, eckm: 'FQMDAAICKA==' } } };
  const { stdout } = await run('inspect', file('escape', JSON.stringify(primitive)));
  assert.doesNotMatch(stdout, /[^\P{C}\n]/u);
});

test('inspect - reads standard input, and no more of it than it looks at', { timeout: 60_000 }, async () => {
  const main = new URL('../../src/cli/main.ts', import.meta.url).href;
  const script = `import { main } from ${JSON.stringify(main)}; process.exitCode = await main(['inspect', '-', '--json']);`;
  const inspectInput = async (ends: boolean, ...chunks: readonly (string | Uint8Array)[]) => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script]);
    // A reader that has seen enough closes the pipe while we write.
    child.stdin.on('error', () => {});
    const ended = new Promise<number | null>(resolve => child.on('close', resolve));
    for (const chunk of chunks) child.stdin.write(chunk);
    if (ends) child.stdin.end();
    const stdout = await text(child.stdout);
    return { code: await ended, document: JSON.parse(stdout) as Document };
  };
  const { code, document } = await inspectInput(true, 'FQMDAA', 'ICKA==');
  assert.equal(code, 0);
  assert.deepEqual(
    document.files.map(({ file, kind }) => [file, kind]),
    [['-', 'message']],
  );
  const large = await inspectInput(false, Buffer.alloc(8 * 1024 * 1024, 'A'));
  assert.equal(large.code, 1);
  assert.equal(large.document.files[0]?.kind, 'not-recognised');
});

test('inspect of a folder of sixty files takes less than two seconds of a process', {
  timeout: 60_000,
}, async () => {
  const sixty = fileURLToPath(new URL('../inspect/folder/', import.meta.url));
  const main = new URL('../../src/cli/main.ts', import.meta.url).href;
  const script = `import { main } from ${JSON.stringify(main)}; await main(['inspect', ${JSON.stringify(sixty)}, '--time', '2026-12-01', '--json']); console.error(process.cpuUsage().user + process.cpuUsage().system);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script]);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  assert.equal((JSON.parse(stdout) as Document).files.length, 59);
  // Of the processor, since other tests run beside this one; in microseconds.
  assert.ok(Number(stderr) < 2_000_000, stderr);
});
