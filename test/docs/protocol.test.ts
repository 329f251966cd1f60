// The tables of docs/protocol.md against the tables of the sources. After a change of the misbehaviours:
// E2EKEY_UPDATE_STATES=1 node --test test/docs/protocol.test.ts
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { groups } from '../../src/crypto/key-exchange.ts';
import { signatureSchemes } from '../../src/crypto/signatures.ts';
import { suites } from '../../src/crypto/suites.ts';
import { type FaultCode, faultTable } from '../../src/errors.ts';
import { misbehaviours } from '../../src/testing/misbehaving/misbehaviours.ts';
import { alertName } from '../../src/wire/alerts.ts';
import { protocol, withStatesTable } from '../testing/misbehaving/states-table.ts';
import { documentNamed, root } from './documents.ts';

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

test('what each state accepts is written from the misbehaviours that are tried', () => {
  const file = join(root, protocol);
  const { text } = documentNamed(protocol);
  const written = withStatesTable(text, misbehaviours);
  if (process.env.E2EKEY_UPDATE_STATES === '1') writeFileSync(file, written);
  else assert.ok(text === written, 'the tables are old; write them as the first comment of this file says');
});

test('no line of what each state accepts, and of what comes after the handshake, is without a test', () => {
  const lines = ['What each state accepts', 'Over TCP'].flatMap(linesOfTables);
  assert.ok(lines.length > 150, `${lines.length} lines`);
  for (const line of lines) {
    const cell = cellsOf(line).at(-1) ?? '';
    const [, linked] = /^\[\d+ ways?\]\(\.\.\/(test\/[\w./-]+\.test\.ts)\)$/.exec(cell) ?? [];
    const named = [...cell.matchAll(/`(test\/[\w./-]+\.ts)` “([^”]+)”/g)];
    assert.ok(linked !== undefined || named.length > 0, `no test: ${line}`);
    if (linked !== undefined) readFileSync(join(root, linked));
    for (const [, file = '', name = ''] of named)
      assert.ok(
        testsIn(readFileSync(join(root, file), 'utf8')).some(test => test.includes(name)),
        `${file}: no test “${name}”`,
      );
  }
});

test('the alert of each line is that of its code', () => {
  for (const line of ['What each state accepts', 'Over TCP'].flatMap(linesOfTables)) {
    const cells = cellsOf(line);
    const [answer = '', alert = ''] = cells.length === 6 ? cells.slice(2) : cells.slice(1);
    for (const [, code = ''] of answer.matchAll(/`([A-Z_]+)`/g)) {
      const number = faultTable[code as FaultCode].alert;
      assert.ok(alert.includes(number === null ? '–' : `${alertName(number)} (${number})`), line);
    }
  }
});

test('a test is found by its name, or by that of its case, and not by a comment or by what it says when it fails', () => {
  const source = `
    // 'a comment' and "another"
    test('a rule', () => assert.ok(true, 'a sentence'));
    test(\`a rule of it\`, t => {});
    const cases = [{ name: 'a case' }, { rule: "another's case" }, ['a third', 'what it is']];`;
  assert.deepEqual(testsIn(source), ['a rule', 'a rule of it', 'a case', "another's case", 'a third']);
});

/** The names of tests, and of the cases that tests are made of: where they are lists, the first in each. */
function testsIn(source: string): string[] {
  const named = /(?<![\w.])(?:test\(|(?:name|rule): |\[)\s*(?:'([^'\n]+)'|"([^"\n]+)"|`([^`]+)`)/g;
  return [...source.matchAll(named)].flatMap(([, ...texts]) => texts.filter(text => text !== undefined));
}

/** The lines of all tables between a heading and the next of its rank, without their heads. */
function linesOfTables(heading: string): string[] {
  const { text } = documentNamed(protocol);
  const [, section = ''] = text.split(`\n## ${heading}\n`);
  const lines = (section.split('\n## ')[0] ?? '').split('\n');
  return lines.filter(
    (line, index) => line.startsWith('|') && !/^\|-/.test(line) && !/^\|-/.test(lines[index + 1] ?? ''),
  );
}

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
