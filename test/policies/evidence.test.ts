// Evidence is made by the verification that it stands for. One function makes it of nothing, for what a stored handshake
// had verified before: nobody else may have it.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const src = fileURLToPath(new URL('../../src/', import.meta.url));
const sources = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map(file => file.split(sep).join('/'))
  .filter(file => file.endsWith('.ts'))
  .map(file => ({ file, source: readFileSync(join(src, file), 'utf8') }));

test('a signature counts as verified before storage in src/handshake/state.ts alone', () => {
  const naming = sources.filter(({ source }) => source.includes('verifiedBeforeStorage'));
  assert.deepEqual(naming.map(({ file }) => file).toSorted(), ['crypto/signatures.ts', 'handshake/state.ts']);
});

test('nobody has the makers of evidence without naming them', () => {
  // What is taken under a name of its own cannot be looked for by name.
  const whole =
    /^(?:import|export)\s+\*[^;'"`]*\bfrom\s+'[^']*\/signatures\.ts'|\bimport\(\s*'[^']*\/signatures\.ts'/m;
  assert.deepEqual(
    sources.filter(({ source }) => whole.test(source)).map(({ file }) => file),
    [],
  );
  for (const statement of [
    "export * from './signatures.ts';",
    "import * as all from '../crypto/signatures.ts';",
    "const all = await import('../crypto/signatures.ts');",
  ])
    assert.match(statement, whole);
});
