import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs, { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { error } from '../../src/inspect/findings.ts';
import { inspectFile, maxFileSize } from '../../src/inspect/inspect.ts';
import { inspectOperands } from '../../src/inspect/run.ts';
import { findingText } from '../../src/inspect/text.ts';
import { certificatePem, makeAuthority } from '../../src/testing/certificate-maker.ts';
import { time } from './material.ts';

const scratch = mkdtempSync(join(tmpdir(), 'e2ekey-'));
after(() => rmSync(scratch, { recursive: true }));
const pem = certificatePem(makeAuthority({ nameConstraints: { permitted: ['dns:example.com'] } }).der);

/** A folder with these files, of which a name may be in folders. */
function folderOf(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(scratch, 'x'));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

const run = (...operands: readonly string[]) => inspectOperands(operands, { time, password: null });
const isPosix = process.platform !== 'win32';

test('a folder is inspected with its folders, by names, without what begins with a dot', async () => {
  const folder = folderOf({
    'b.pem': pem,
    'a/c.pem': pem,
    'a/.hidden': pem,
    '.git/config': 'x',
    'z.pem': pem,
  });
  const { files, passedOver, folder: named } = await run(folder);
  assert.equal(named, folder);
  assert.deepEqual(
    files.map(({ file, kind }) => [file, kind]),
    [
      ['a/c.pem', 'certificate'],
      ['b.pem', 'certificate'],
      ['z.pem', 'certificate'],
    ],
  );
  assert.deepEqual(passedOver, ['.git: begins with a dot', 'a/.hidden: begins with a dot']);
});

test('files and folders in one run keep the names that they were given', async () => {
  const folder = folderOf({ 'b.pem': pem });
  const file = join(folderOf({ 'a.pem': pem }), 'a.pem');
  const { files, folder: named } = await run(file, `${folder}/`);
  assert.equal(named, null);
  assert.deepEqual(
    files.map(each => each.file),
    [file, `${folder}/b.pem`],
  );
});

test('folders are looked at four deep, and a thousand files of them', async () => {
  const deep = folderOf({ '1/2/3/4/in.pem': pem, '1/2/3/4/5/out.pem': pem });
  const { files, passedOver } = await run(deep);
  assert.deepEqual(
    files.map(({ file }) => file),
    ['1/2/3/4/in.pem'],
  );
  assert.deepEqual(passedOver, ['1/2/3/4/5: more than 4 folders deep']);
  const many = folderOf(Object.fromEntries(Array.from({ length: 1001 }, (_, index) => [`f${index}`, ''])));
  const all = await run(many);
  assert.equal(all.files.length, 1000);
  assert.deepEqual(all.passedOver, ['f999: more than 1000 files']);
});

test('a link to itself and a name that is too long are files that cannot be read, and end no run that found them', {
  skip: !isPosix,
}, async () => {
  const folder = folderOf({ 'a.pem': pem });
  symlinkSync('self', join(folder, 'self'));
  symlinkSync('x'.repeat(300), join(folder, 'long'));
  const { files, passedOver } = await run(folder);
  assert.deepEqual(files.map(({ file, kind, findings }) => [file, kind, findings[0]?.message]).slice(1), [
    ['long', 'unreadable', 'the name is too long for a file'],
    ['self', 'unreadable', 'a link that leads to itself'],
  ]);
  assert.deepEqual(passedOver, []);
  await assert.rejects(run(join(folder, 'self')), {
    code: 'OPTION_INVALID',
    message: `${join(folder, 'self')}: a link that leads to itself`,
  });
});

test('a folder within that cannot be read is passed over; one that is named ends the run', async t => {
  const folder = folderOf({ 'a.pem': pem, 'within/b.pem': pem, 'z.pem': pem });
  const { readdirSync } = fs;
  const closed = new Set([join(folder, 'within')]);
  t.mock.method(fs, 'readdirSync', (path: string, options: { withFileTypes: true }) => {
    if (closed.has(path)) throw Object.assign(new Error('no permission'), { code: 'EACCES' });
    return readdirSync(path, options);
  });
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
  const { files, passedOver } = await run(folder);
  assert.deepEqual(
    files.map(({ file }) => file),
    ['a.pem', 'z.pem'],
  );
  assert.deepEqual(passedOver, ['within: the folder cannot be read']);
  closed.add(folder);
  await assert.rejects(run(folder), {
    code: 'OPTION_INVALID',
    message: `${folder}: the folder cannot be read`,
  });
});

test('a link is followed to a file, and not to a folder, which may be the one it stands in', {
  skip: !isPosix,
}, async () => {
  const folder = folderOf({ 'a.pem': pem });
  symlinkSync(join(folder, 'a.pem'), join(folder, 'b.pem'));
  symlinkSync(folder, join(folder, 'loop'));
  symlinkSync(join(folder, 'nowhere'), join(folder, 'dead'));
  const { files, passedOver } = await run(folder);
  assert.deepEqual(
    files.map(({ file, kind }) => `${file} ${kind}`),
    ['a.pem certificate', 'b.pem certificate', 'dead unreadable'],
  );
  assert.equal(files[2]?.findings[0]?.message, 'no such file');
  assert.deepEqual(passedOver, ['loop: a link to a folder']);
});

test('pipes, sockets and devices are not opened, named or found, so that nothing is waited for', {
  skip: !isPosix,
}, async t => {
  const folder = folderOf({});
  const made = spawnSync('mkfifo', [join(folder, 'pipe')]);
  if (made.status !== 0) return t.skip('no mkfifo');
  const server = createServer().listen(join(folder, 'socket'));
  t.after(() => server.close());
  await new Promise(resolve => server.once('listening', resolve));
  const { files } = await run(folder);
  assert.deepEqual(
    files.map(({ file, kind, findings }) => [file, kind, findings[0]?.severity, findings[0]?.message]),
    [
      ['pipe', 'unreadable', 'error', 'is a pipe, which is not waited for; - reads standard input'],
      ['socket', 'unreadable', 'error', 'is a socket, not a file'],
    ],
  );
  const pipe = join(folder, 'pipe');
  await assert.rejects(run(pipe), {
    code: 'OPTION_INVALID',
    message: `${pipe}: is a pipe, which is not waited for; - reads standard input`,
  });
  await assert.rejects(run('/dev/null'), {
    code: 'OPTION_INVALID',
    message: '/dev/null: is a device, not a file',
  });
});

test('of a huge file the beginning is read, and said', async () => {
  const folder = folderOf({ 'huge.pem': pem, 'huge.gz': Buffer.from('1f8b', 'hex'), 'largest.pem': pem });
  truncateSync(join(folder, 'huge.pem'), 1024 ** 4);
  truncateSync(join(folder, 'huge.gz'), maxFileSize + 1);
  truncateSync(join(folder, 'largest.pem'), maxFileSize);
  const { files } = await run(folder);
  assert.match(
    files[0]?.findings[0]?.message ?? '',
    /^not recognised: 6291457 bytes, where .* it begins as: compressed with gzip/,
  );
  assert.match(
    files[1]?.findings[0]?.message ?? '',
    /^not recognised: 1099511627776 bytes, where .*; what it begins as is never that long$/,
  );
  assert.equal(files[2]?.kind, 'certificate');
});

test('text for people is a note where it stands in a folder, and an error where it was named', async () => {
  const folder = folderOf({ README: 'These are the keys of the lab.' });
  const severity = async (...operands: readonly string[]) =>
    (await run(...operands)).files[0]?.findings[0]?.severity;
  assert.equal(await severity(folder), 'note');
  assert.equal(await severity(join(folder, 'README')), 'error');
});

test('an empty folder has nothing in it, and one that is not there is named', async () => {
  const folder = folderOf({});
  assert.deepEqual((await run(folder)).files, []);
  const missing = join(folder, 'missing');
  await assert.rejects(run(missing), { code: 'OPTION_INVALID', message: `${missing}: no such file` });
});

test('what nobody but us demands is said without a clause, and of too much input the size is not invented', () => {
  const unread = findingText(error(null, 'file', 'no such file', 'our own'));
  assert.equal(unread, 'error: file: no such file');
  const content = { name: '-', bytes: Buffer.alloc(maxFileSize + 1, 'A'), size: null };
  const { report } = inspectFile(content, { time, password: null });
  assert.match(report.findings[0]?.message ?? '', /^not recognised: more than 6291456 bytes, where/);
});
