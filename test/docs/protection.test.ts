// The objects in docs/protection.md against those that are made today. After a change of the objects:
// E2EKEY_UPDATE_OBJECTS=1 node --test test/docs/protection.test.ts
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { documentNamed, root } from './documents.ts';
import { objectTables } from './object-tables.ts';
import { protectedObjects } from './protected-objects.ts';

const file = 'docs/protection.md';
const begin = '<!-- begin: written by E2EKEY_UPDATE_OBJECTS=1 node --test test/docs/protection.test.ts -->';
const end = '<!-- end -->';

test('the objects in docs/protection.md are those that are made', async t => {
  const { text } = documentNamed(file);
  const [before = '', inside, ...others] = text.split(begin);
  const [, after, ...rest] = inside?.split(end) ?? [];
  assert.ok(after !== undefined && others.length + rest.length === 0, `${begin} and ${end}, once each`);
  const written = `${before}${begin}\n\n${objectTables(await protectedObjects(t))}\n\n${end}${after}`;
  if (process.env.E2EKEY_UPDATE_OBJECTS === '1') writeFileSync(join(root, file), written);
  else assert.ok(text === written, 'the objects are old; write them as the first comment of this file says');
});

test('each choice that the standard leaves open stands with what the texts say, its reason, and where it is made', () => {
  const [, section = ''] = documentNamed(file).text.split('\n## What the standard leaves open\n');
  const rows = section.split('\n').filter(line => line.startsWith('| ') && !line.startsWith('| open |'));
  assert.ok(rows.length > 30, `${rows.length} choices`);
  for (const row of rows) {
    const [open, texts, choice, where, ...others] = row.slice(1, -1).split(' | ');
    assert.ok([open, texts, choice].every(cell => cell?.trim()) && others.length === 0, row);
    assert.match(where ?? '', /^\[[\w.-]+\.ts\]\(\.\.\/src\/[\w/.-]+\.ts\)/, row);
  }
});
