// What the package shows to the outside, name by name, against test/policies/public-surface.txt. After a wanted
// change: E2EKEY_UPDATE_SURFACE=1 node --test test/policies/public-surface.test.ts
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const snapshot = join(root, 'test/policies/public-surface.txt');
const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  exports: Record<string, string>;
};

/** Subpath and source of every entry that package.json names and that is there. */
const entries = Object.entries(exports)
  .map(([subpath, built]) => ({
    subpath: posix.join('e2ekey', subpath),
    file: built.replace(/^\.\/dist\/(.*)\.js$/, 'src/$1.ts'),
  }))
  .filter(({ file }) => existsSync(join(root, file)));

interface Surface {
  readonly values: ReadonlySet<string>;
  readonly types: ReadonlySet<string>;
}

test('the public surface is the one that was agreed', () => {
  const lines = entries.flatMap(({ subpath, file }) => {
    const { values, types } = surfaceOf(file, readSource);
    return [
      ...[...values].map(name => `${subpath} value ${name}`),
      ...[...types].map(name => `${subpath} type ${name}`),
    ];
  });
  const surface = `${lines.sort().join('\n')}\n`;
  if (process.env.E2EKEY_UPDATE_SURFACE === '1') writeFileSync(snapshot, surface);
  assert.ok(existsSync(snapshot), 'there is no snapshot; make it as the first comment of this file says');
  assert.equal(surface, readFileSync(snapshot, 'utf8'));
});

for (const { subpath, file } of entries) {
  test(`the values that the source of ${subpath} exports are those that it has at run time`, async () => {
    const loaded = (await import(pathToFileURL(join(root, file)).href)) as Record<string, unknown>;
    assert.deepEqual([...surfaceOf(file, readSource).values].sort(), Object.keys(loaded).sort());
  });
}

test('every form of export is read, with what is a type', () => {
  const files: Record<string, string> = {
    'src/index.ts': `// export const no = 1;
export * from './a/b.ts';
export * as space from './c.ts';
export {
  one,
  type Two,
  three as four,
} from './c.ts';
export type { Five, Six as Seven } from './c.ts';
export type * from './d.ts';
`,
    'src/a/b.ts': `export const eight = 1;
export async function nine() {}
export function* ten() {}
export abstract class Eleven {}
export interface Twelve {}
export type Thirteen<T> = T;
const inner = 1;
export { inner as fourteen };
export default inner;
`,
    'src/d.ts': 'export class Fifteen {}\n',
  };
  const { values, types } = surfaceOf('src/index.ts', file => files[file] ?? '');
  assert.deepEqual([...values].sort(), [
    'Eleven',
    'eight',
    'four',
    'fourteen',
    'nine',
    'one',
    'space',
    'ten',
  ]);
  assert.deepEqual([...types].sort(), ['Fifteen', 'Five', 'Seven', 'Thirteen', 'Twelve', 'Two']);
});

/** Reads the exported names out of the source; relies on the formatter's layout, as imports.ts does. */
function surfaceOf(file: string, read: (file: string) => string): Surface {
  const code = read(file).replace(/(?<=^|\s)(?:\/\*[\s\S]*?\*\/|\/\/.*$)/gm, '');
  const values = new Set<string>();
  const types = new Set<string>();
  for (const [, kind = '', name = ''] of code.matchAll(declaration))
    (kind === 'type' || kind === 'interface' ? types : values).add(name);
  for (const [, allTypes, names = ''] of code.matchAll(/^export\s+(type\s+)?\{([^{}]*)\}/gm))
    for (const item of names.split(',').flatMap(text => text.trim() || [])) {
      const name = item.split(/\s+/).at(-1) ?? '';
      (allTypes !== undefined || item.startsWith('type ') ? types : values).add(name);
    }
  for (const [, allTypes, name, specifier = ''] of code.matchAll(
    /^export\s+(type\s+)?\*(?:\s+as\s+(\w+))?\s+from\s+'([^']+)'/gm,
  )) {
    if (name !== undefined) {
      (allTypes === undefined ? values : types).add(name);
      continue;
    }
    const inner = surfaceOf(posix.join(posix.dirname(file), specifier), read);
    for (const value of inner.values) (allTypes === undefined ? values : types).add(value);
    for (const type of inner.types) types.add(type);
  }
  return { values, types };
}

const declaration =
  /^export\s+(?:declare\s+)?(?:abstract\s+|async\s+)?(const|let|class|function\*?|interface|type)\s+([A-Za-z_$][\w$]*)/gm;

function readSource(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}
