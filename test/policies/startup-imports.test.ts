import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { importsIn } from './imports.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Each takes tens to hundreds of milliseconds to load, or is needed by few: loaded where it is used. */
const heavy = [
  '@peculiar/webcrypto',
  '@peculiar/x509',
  'asn1js',
  'coap',
  'fastify',
  'jose',
  'mqtt',
  'node-forge',
  'node:sqlite',
  'pg',
  'pkijs',
  'reflect-metadata',
  'ws',
];

for (const entry of ['src/cli/main.ts', 'src/index.ts']) {
  const absent = !existsSync(join(root, entry));
  test(`${entry} loads no heavy package at start`, { skip: absent && `there is no ${entry}` }, () => {
    assert.deepEqual(heavyPaths(entry, readSource), []);
  });
}

test('the imports are really followed', () => {
  const files = [...pathsFrom('src/cli/main.ts', readSource).keys()];
  for (const file of ['src/errors.ts', 'src/wire/alerts.ts', 'src/cli/commands.ts', 'node:fs'])
    assert.ok(files.includes(file), file);
  assert.ok(!files.includes('src/cli/pki-init.ts'));
});

test('a heavy package is found behind other files, with the way to it, unless it is loaded later', () => {
  const files: Record<string, string> = {
    'src/a.ts': "import './b/c.ts';\nimport type { X } from 'ws';\nconst d = () => import('./d.ts');\n",
    'src/b/c.ts': "export * from '../e.ts';\n",
    'src/d.ts': "import 'pg';\n",
    'src/e.ts': "import { open } from 'fastify/plugin';\nimport '../src/a.ts';\n",
  };
  const found = heavyPaths('src/a.ts', file => files[file] ?? '');
  assert.deepEqual(found, ['src/a.ts → src/b/c.ts → src/e.ts → fastify/plugin']);
});

function heavyPaths(entry: string, read: (file: string) => string): string[] {
  return [...pathsFrom(entry, read)]
    .filter(([file]) => heavy.some(name => file === name || file.startsWith(`${name}/`)))
    .map(([, path]) => path.join(' → '));
}

/** All that is loaded together with `entry`, each with the files through which it is reached. */
function pathsFrom(entry: string, read: (file: string) => string): Map<string, readonly string[]> {
  const paths = new Map<string, readonly string[]>([[entry, [entry]]]);
  // A Map also yields what is added while it is walked.
  for (const [file, path] of paths) {
    if (!file.endsWith('.ts')) continue;
    for (const { specifier, atStart } of importsIn(read(file))) {
      const target = specifier.startsWith('.') ? posix.join(posix.dirname(file), specifier) : specifier;
      if (atStart && !paths.has(target)) paths.set(target, [...path, target]);
    }
  }
  return paths;
}

function readSource(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}
