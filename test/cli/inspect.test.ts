import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
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

test('inspect shows each file, in the order given, with exit 0 if no finding is an error', async () => {
  const { code, stdout, stderr } = await run('inspect', lab('cae1.pem'), alert, lab('root.pem'), ...at);
  assert.equal(code, 0);
  assert.equal(stderr, '');
  assert.deepEqual(stdout.match(/^\S+: .*$/gm), [
    `${lab('cae1.pem')}: 2 certificates (PEM)`,
    `${alert}: alert of an E2EKey procedure, 7 bytes (base64)`,
    `${lab('root.pem')}: certificate (PEM)`,
  ]);
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
    files[1]?.findings.map(({ code }) => code),
    ['CERTIFICATE_EXPIRED'],
  );
  const unknown = await run('inspect', junk, alert, ...at);
  assert.equal(unknown.code, 1);
  assert.match(unknown.stdout, /^\S+junk\.pem: not recognised$/m);
  assert.match(unknown.stdout, /^\S+alert: alert/m);
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
  const directory = await run('inspect', folder);
  assert.equal(directory.code, 2);
  assert.match(directory.stderr, /is a directory, not a file/);
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
  const large = await inspectInput(false, Buffer.alloc(3 * 1024 * 1024, 'A'));
  assert.equal(large.code, 1);
  assert.equal(large.document.files[0]?.kind, 'not-recognised');
});
