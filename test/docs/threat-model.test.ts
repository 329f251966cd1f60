// The tables of attacks in docs/threat-model.md: each row names tests that are there and mutations that those tests
// catch, or says why there is nothing to remove; and the attacks that people know by name are there. The table of the
// checks, behind them, is held by test/mutation/mutations.test.ts.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { mutations } from '../mutation/mutations.ts';
import { codeOf } from '../mutation/source-code.ts';
import { documentNamed, root } from './documents.ts';

interface Row {
  readonly attack: string;
  readonly tests: readonly { readonly file: string; readonly name: string }[];
  /** Names of mutations. */
  readonly caught: readonly string[];
  /** Why there is nothing to remove. */
  readonly nothing: string | null;
}

const header = '| attack | where it is stopped | the test | the mutation |';
/** Each file is read once: many rows name the same. */
const namesOfFiles = new Map<string, readonly string[]>();
const rows = readRows(documentNamed('docs/threat-model.md').prose);

/** As the literature has them. */
const wellKnown = [
  '3SHAKE',
  'ALPACA',
  'BEAST',
  'BERserk',
  'Bleichenbacher',
  'CRIME',
  'CurveBall',
  'CurveSwap',
  'DROWN',
  'FREAK',
  'Heartbleed',
  'Logjam',
  'Lucky 13',
  'POODLE',
  'RC4',
  'ROBOT',
  'Raccoon',
  'SKIP-TLS',
  'SLOTH',
  'SMACK',
  'Sweet32',
  'alert flood',
  'algorithm confusion',
  'cross-protocol relay',
  'downgrade',
  'dropped message 4',
  'ECDSA malleability',
  'early ChangeCipherSpec',
  'flood of messages 1',
  'forged From',
  'goto fail',
  'HelloRequest flood',
  'hostile certificate bundle',
  'impersonation',
  'invalid curve',
  'key compromise impersonation',
  'key reuse across roles',
  'psychic signature',
  'record-splitting flood',
  'renegotiation',
  'replay of message 1',
  'replay of message 2',
  'replay of message 3',
  'replay of message 4',
  'replay of a request',
  'sealed rows exchanged',
  'selfie',
  'session id',
  'signature stripped',
  'slowloris',
  'stolen database',
  'ticket',
  'triple handshake',
  'unknown key share',
];

test('every attack stands in one row alone', () => {
  assert.equal(new Set(rows.map(({ attack }) => attack)).size, rows.length);
});

test('the attacks that people know by name are in the threat model', () => {
  const attacks = rows.map(({ attack }) => attack.toLowerCase());
  for (const name of wellKnown)
    assert.ok(
      attacks.some(attack => attack.includes(name.toLowerCase())),
      name,
    );
});

for (const { attack, tests, caught, nothing } of rows) {
  test(`a test shows where it is stopped: ${attack}`, () => {
    assert.ok(tests.length > 0);
    for (const { file, name } of tests) {
      assert.ok(existsSync(join(root, file)), file);
      assert.ok(isTested(name, namesOf(file)), `${file}: no test “${name}”`);
    }
  });

  test(`a test of its row fails without the check, or there is none to remove: ${attack}`, () => {
    if (nothing !== null) {
      assert.deepEqual(caught, []);
      assert.ok(nothing.length > 0, 'nothing to remove, and no reason');
    } else assert.ok(caught.length > 0);
    for (const name of caught) {
      const mutation = mutations.find(each => each.name === name);
      assert.ok(mutation, `there is no mutation ${name}`);
      assert.ok(
        tests.some(({ file, name: part }) => file === mutation.test && mutation.caughtBy.includes(part)),
        `${name} is caught by “${mutation.caughtBy}” of ${mutation.test}, which the row does not name`,
      );
    }
  });
}

test('a row is read cell by cell, and what is no such table is none', () => {
  const read = readRows(
    [
      '| attack | why |',
      '|---|---|',
      '| no row | of this table |',
      '',
      header,
      '|---|---|---|---|',
      '| **One.** It comes. | Here. | `test/a.test.ts` “a, b”; `test/c.test.ts` “d” | `e`, `f-g` |',
      '| Two. | There. | `test/a.test.ts` “a” | nothing to remove: it is not there |',
      '',
      '| no row | of | this | `table` |',
    ].join('\n'),
  );
  const a = { file: 'test/a.test.ts', name: 'a' };
  assert.deepEqual(read, [
    {
      attack: '**One.** It comes.',
      tests: [
        { ...a, name: 'a, b' },
        { file: 'test/c.test.ts', name: 'd' },
      ],
      caught: ['e', 'f-g'],
      nothing: null,
    },
    { attack: 'Two.', tests: [a], caught: [], nothing: 'it is not there' },
  ]);
});

test('a test is found by its name, or by that of the case that it is given, and not by what a comment says', () => {
  const namesWith = (name: string) =>
    namesIn(
      [
        "import { test } from 'node:test'; // first things",
        'const cases = [',
        "  ['a case'], // second things",
        '  [/a pattern/],',
        '];',
        '/** third things */',
        `test(${name}, () => {`,
        "  assert.ok(true, 'fourth things');",
        '});',
      ].join('\n'),
    );
  for (const name of [
    "'a rule, and another'",
    '`a rule, and another`',
    `\`\${of('a', 'b')}: a rule, and another\``,
  ])
    assert.ok(isTested('a rule, and another', namesWith(name)), name);
  for (const named of ['a case', 'a pattern']) {
    assert.ok(isTested(named, namesWith(`\`a rule: \${name}\``)));
    assert.ok(isTested(named, namesWith('name')));
    assert.ok(!isTested(named, namesWith("'a rule'")));
  }
  for (const things of ['first things', 'second things', 'third things', 'source', 'assert'])
    for (const name of ["'a rule'", `\`a rule: \${name}\``])
      assert.ok(!isTested(things, namesWith(name)), things);
  assert.ok(!isTested('fourth things', namesWith("'a rule'")));
  assert.deepEqual(namesIn("pattern.test('a rule'); test('another', () => {});"), ['another']);
});

function isTested(part: string, names: readonly string[]): boolean {
  return names.some(name => name.includes(part));
}

function namesOf(file: string): readonly string[] {
  const names = namesOfFiles.get(file) ?? namesIn(readFileSync(join(root, file), 'utf8'));
  namesOfFiles.set(file, names);
  return names;
}

/** Names of tests; where one is computed, everything that it may be made of, which no comment is. */
function namesIn(source: string): readonly string[] {
  const code = codeOf(source);
  const names = [...code.matchAll(/(?<![\w.])test\(/g)].map(({ index, 0: { length } }) => {
    const start = index + length;
    return { start, end: endOfArgument(code, start) };
  });
  const isComputed = names.some(({ start, end }) => !/^\s*"\s*"\s*$/.test(code.slice(start, end)));
  const places = isComputed ? [{ start: 0, end: code.length }] : names;
  return places.flatMap(({ start, end }) => textsOf(source.slice(start, end), code.slice(start, end)));
}

/** What stands in quotation marks and regular expressions: blank in the code, and no comment. */
function textsOf(source: string, code: string): string[] {
  return [...code.matchAll(/\s+/g)]
    .map(({ index, 0: { length } }) => source.slice(index, index + length).trim())
    .filter(text => !/^\/[/*]/.test(text));
}

/** The place of the comma, or of the bracket, behind an argument. */
function endOfArgument(code: string, start: number): number {
  let depth = 0;
  for (let at = start; at < code.length; at++) {
    const character = code[at] ?? '';
    if (depth === 0 && ',)'.includes(character)) return at;
    if ('([{'.includes(character)) depth++;
    if (')]}'.includes(character)) depth--;
  }
  return code.length;
}

/** The rows of all tables of attacks. */
function readRows(prose: string): Row[] {
  return prose.split(`${header}\n`).slice(1).flatMap(readTable);
}

/** From the line below the header to the first that is no row. */
function readTable(text: string): Row[] {
  const [table = ''] = text.split(/\n(?!\|)/);
  return table.split('\n').slice(1).map(readRow);
}

function readRow(line: string): Row {
  const cells = line.split('|').map(cell => cell.trim());
  const [, attack = '', stopped = '', tests = '', mutation = '', ...rest] = cells;
  assert.ok(attack !== '' && stopped !== '' && rest.length === 1, `no row of four cells: ${line}`);
  const [, nothing = null] = /^nothing to remove: (.*)$/.exec(mutation) ?? [];
  return {
    attack,
    tests: [...tests.matchAll(/`(test\/[\w./-]+\.test\.ts)` “([^”]+)”/g)].map(([, file = '', name = '']) => ({
      file,
      name,
    })),
    caught: nothing === null ? [...mutation.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name) : [],
    nothing,
  };
}
