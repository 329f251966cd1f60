// The tables of docs/protocol.md against the tables of the sources.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groups } from '../../src/crypto/key-exchange.ts';
import { signatureSchemes } from '../../src/crypto/signatures.ts';
import { suites } from '../../src/crypto/suites.ts';
import { documentNamed } from './documents.ts';

test('docs/protocol.md has every suite, group and signature scheme, in order, with its profile', () => {
  assert.deepEqual(
    rowsOf('suite'),
    suites.map(({ id, name, profile }) => [`\`${name}\``, `0x${hex(id)}`, profile]),
  );
  assert.deepEqual(
    rowsOf('group'),
    groups.map(({ name, profile }) => [`\`${name}\``, profile]),
  );
  assert.deepEqual(
    rowsOf('signature scheme'),
    signatureSchemes.map(({ name, profile }) => [`\`${name}\``, profile]),
  );
});

/** The cells of the table whose first column is called so, up to the column `profile`. */
function rowsOf(first: string): string[][] {
  const lines = documentNamed('docs/protocol.md').text.split('\n');
  const start = lines.findIndex(line => line.startsWith(`| ${first} |`) && cellsOf(line).includes('profile'));
  assert.notEqual(start, -1, first);
  const width = cellsOf(lines[start] ?? '').indexOf('profile') + 1;
  const rest = lines.slice(start + 2);
  return rest
    .slice(
      0,
      rest.findIndex(line => !line.startsWith('|')),
    )
    .map(line => cellsOf(line).slice(0, width));
}

function cellsOf(line: string): string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map(cell => cell.trim());
}

function hex(id: number): string {
  return id.toString(16).toUpperCase().padStart(4, '0');
}
