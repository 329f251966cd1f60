import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix, sep } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { importsIn } from './imports.ts';

const src = fileURLToPath(new URL('../../src/', import.meta.url));

/** docs/architecture.md: a folder may import only itself and folders before it. */
const order = [
  'errors',
  'identifiers',
  'wire',
  'crypto',
  'certificates',
  'handshake',
  'keys',
  'endpoint',
  'onem2m',
  'protection',
  'trust-enabler',
  'group',
  'pki',
  'testing',
  'inspect',
  'bench',
  'service',
  'interop',
  'cli',
];
/** Up to here, everything is pure and synchronous. */
const pure = order.slice(0, order.indexOf('keys') + 1);
/** Neither waits for anything nor reaches outside the process. */
const pureModules = ['node:buffer', 'node:crypto', 'node:url', 'node:util'];
/** src/index.ts may show what is in these. */
const library = order.slice(0, order.indexOf('protection') + 1);

const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map(file => file.split(sep).join('/'))
  .filter(file => file.endsWith('.ts'));

test('a folder imports only itself and folders before it', () => {
  assert.ok(files.length > 0);
  assert.deepEqual(
    files.flatMap(file => violations(file, readFileSync(join(src, file), 'utf8'))),
    [],
  );
});

test('a wrong import is found, whether at start, later or for a type', () => {
  assert.deepEqual(
    violations('wire/a.ts', "import { b } from './b.ts';\nimport { c } from '../errors.ts';\n"),
    [],
  );
  for (const statement of [
    "import { c } from '../keys/c.ts';",
    "import type { C } from '../keys/c.ts';",
    "export * from '../keys/c.ts';",
    "const c = () => import('../keys/c.ts');",
  ])
    assert.deepEqual(violations('wire/a.ts', statement), [
      'wire/a.ts imports ../keys/c.ts, which is in a later folder',
    ]);
});

test('what is outside the folders of the order is found', () => {
  for (const specifier of ['../other/c.ts', '../../test/c.ts', '../index.ts'])
    assert.deepEqual(violations('cli/a.ts', `import '${specifier}';`), [
      `cli/a.ts imports ${specifier}, which is in no folder of the order`,
    ]);
  assert.deepEqual(violations('other/a.ts', ''), ['other/a.ts is in no folder of the order']);
  assert.deepEqual(violations('a.ts', ''), ['a.ts is in no folder of the order']);
});

test('a pure folder imports no package and no module that reaches outside, at any time', () => {
  assert.deepEqual(violations('wire/a.ts', "import { createHash } from 'node:crypto';"), []);
  for (const name of ['node:fs', 'fastify'])
    assert.deepEqual(violations('wire/a.ts', `const later = import('${name}');`), [
      `wire/a.ts imports ${name}, but its folder is pure`,
    ]);
  assert.deepEqual(violations('endpoint/a.ts', "import 'node:fs';"), []);
});

test('src/index.ts re-exports, of the library only', () => {
  assert.deepEqual(violations('index.ts', "// What it is.\nexport { a } from './endpoint/a.ts';\n"), []);
  assert.deepEqual(violations('index.ts', "export * from './cli/main.ts';"), [
    'index.ts imports ./cli/main.ts, which is in a later folder',
  ]);
  for (const statement of [
    'export const a = 1;',
    "import { a } from './errors.ts';",
    "const a = import('./errors.ts');",
  ])
    assert.deepEqual(violations('index.ts', statement), ['index.ts does more than re-export']);
});

test('every folder of src is one of the order', { skip: !existsSync(src) }, () => {
  for (const entry of readdirSync(src, { withFileTypes: true }))
    if (entry.isDirectory()) assert.ok(order.includes(entry.name), entry.name);
});

/** What one file does against the order; `file` is its path in src. */
function violations(file: string, source: string): string[] {
  const isIndex = file === 'index.ts';
  const allowed = isIndex ? library : order.slice(0, order.indexOf(folderOf(file)) + 1);
  if (allowed.length === 0) return [`${file} is in no folder of the order`];
  if (isIndex && !onlyReexports(source)) return ['index.ts does more than re-export'];
  return importsIn(source).flatMap(({ specifier }) => {
    if (!specifier.startsWith('.'))
      return pure.includes(folderOf(file)) && !pureModules.includes(specifier)
        ? [`${file} imports ${specifier}, but its folder is pure`]
        : [];
    const folder = folderOf(posix.join(posix.dirname(file), specifier));
    if (allowed.includes(folder)) return [];
    const reason = order.includes(folder) ? 'a later folder' : 'no folder of the order';
    return [`${file} imports ${specifier}, which is in ${reason}`];
  });
}

/** errors.ts is a folder of one file. */
function folderOf(file: string): string {
  return file === 'errors.ts' ? 'errors' : file.includes('/') ? file.slice(0, file.indexOf('/')) : '';
}

function onlyReexports(source: string): boolean {
  const code = source.replace(/(?<=^|\s)(?:\/\*[\s\S]*?\*\/|\/\/.*$)/gm, '');
  return (
    code
      .replace(/^export\s+(?:type\s+)?(?:\*(?:\s+as\s+\w+)?|\{[^{}]*\})\s+from\s+'[^']+';?/gm, '')
      .trim() === ''
  );
}
