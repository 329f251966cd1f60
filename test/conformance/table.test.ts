// docs/conformance.md against the tests beside this one: no row names a test that is not there, and no test stands in
// no row.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('./', import.meta.url));
const document = readFileSync(new URL('../../docs/conformance.md', import.meta.url), 'utf8');

/** Names of the tests, by file; `it` and nested tests are not used here. */
const tests = new Map(
  readdirSync(folder)
    .filter(file => file.endsWith('.test.ts') && file !== 'table.test.ts')
    .map(file => {
      const source = readFileSync(`${folder}${file}`, 'utf8');
      const names = [...source.matchAll(/^test\('([^']+)', /gm)].map(match => match[1] ?? '');
      return [file, { names, calls: source.match(/\btest\(/g)?.length ?? 0 }];
    }),
);

/** Whom a clause binds where it is checked, and where it is not ours to check. */
const checked = ['validator', 'originator', 'receiver', 'both'];
const elsewhere = ['issuer', 'others'];

interface Row {
  readonly file: string;
  readonly line: string;
  readonly clauses: readonly string[];
  readonly rule: string;
  /** A word of `checked`, of `elsewhere`, or `deviation`. */
  readonly binds: string;
  readonly reason: string;
  readonly tests: readonly string[];
}

/** A section says in its first line which file holds its tests. */
const rows: readonly Row[] = document
  .split(/^## /m)
  .slice(1)
  .flatMap(section => {
    const file = /`test\/conformance\/([\w.-]+)`/.exec(section)?.[1];
    if (file === undefined) return [];
    const lines = section.split('\n').filter(line => line.startsWith('|'));
    return lines.slice(2).map(line => {
      const [clauses = '', rule = '', whom = '', named = ''] = line.slice(1, -1).split(' | ');
      const [, binds = '', reason = ''] = /^(\w+)(?:: (.+))?$/.exec(whom.trim()) ?? [];
      return {
        file,
        line,
        clauses: clauses.trim().split('; '),
        rule: rule.trim(),
        binds,
        reason,
        tests: [...named.matchAll(/“([^”]+)”/g)].map(match => match[1] ?? ''),
      };
    });
  });

test('every file with tests has its section, and every test is written so that it can be found', () => {
  assert.ok(tests.size > 0);
  assert.deepEqual([...new Set(rows.map(({ file }) => file))].toSorted(), [...tests.keys()].toSorted());
  for (const [file, { names, calls }] of tests) {
    assert.equal(names.length, calls, file);
    assert.equal(new Set(names).size, names.length, file);
  }
});

test('every test that the table names is there, under a clause of its row', () => {
  for (const { file, line, clauses, tests: named } of rows)
    for (const name of named) {
      assert.ok(tests.get(file)?.names.includes(name), `${file} has no test “${name}”`);
      assert.ok(
        clauses.some(clause => name.startsWith(`${clause}: `)),
        line,
      );
    }
});

test('every test stands in the table', () => {
  for (const [file, { names }] of tests) {
    const named = new Set(rows.filter(row => row.file === file).flatMap(row => row.tests));
    assert.deepEqual(
      names.filter(name => !named.has(name)),
      [],
      file,
    );
  }
});

test('what is checked has a test, and what is not has a reason', () => {
  for (const { line, rule, binds, reason, tests: named } of rows) {
    assert.ok(rule.length > 0, line);
    assert.ok([...checked, ...elsewhere, 'deviation'].includes(binds), line);
    if (checked.includes(binds)) assert.ok(named.length > 0, line);
    else assert.ok(reason.length > 0, line);
    if (elsewhere.includes(binds)) assert.equal(named.length, 0, line);
  }
});
