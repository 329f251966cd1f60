// The list of mutations does not rot: every place is still there, and the table in the threat model is the list.
// That each named test fails without its check is shown by scripts/mutation.ts, which takes minutes.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Mutation, mutate, sample } from './mutation.ts';
import { mutations } from './mutations.ts';
import { threatModel, withThreatTable } from './threat-table.ts';

const project = join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(project, file), 'utf8');

test('every check of the list stands in its source exactly once', () => {
  for (const mutation of mutations) assert.doesNotThrow(() => mutate(read(mutation.file), mutation));
});

test('every mutation has a name of its own and a test file that exists', () => {
  assert.equal(new Set(mutations.map(({ name }) => name)).size, mutations.length);
  for (const { name, test: file } of mutations) {
    assert.match(name, /^[a-z0-9]+(-[a-z0-9]+)*$/);
    assert.ok(existsSync(join(project, file)), `${name}: ${file}`);
  }
});

test('the table in the threat model is the list', () => {
  const document = read(threatModel);
  assert.ok(
    withThreatTable(document, mutations) === document,
    `${threatModel} is not up to date: node scripts/mutation.ts --write`,
  );
});

const mutation: Mutation = {
  name: 'size',
  file: 'src/bound.ts',
  find: 'if («size > most») refuse(',
  replace: 'false',
  attack: 'an attack',
  clause: 'a clause',
  test: 'test/bound.test.ts',
  caughtBy: 'a | test',
};

test('what is between the marks is replaced, however the source is broken into lines', () => {
  assert.equal(mutate('x; if (size > most) refuse(y);', mutation), 'x; if (false) refuse(y);');
  assert.equal(
    mutate('if (\n  size >\n  most\n)\n  refuse(\n    y);', mutation),
    'if (\n  false\n)\n  refuse(\n    y);',
  );
});

test('two words do not run together, and a part of a word is not the word', () => {
  const other = { ...mutation, find: 'return good' };
  assert.equal(mutate('return  good;', other), 'false;');
  for (const part of ['returngood;', 'return goods;', 'noreturn good;'])
    assert.throws(() => mutate(part, other), /stands 0 times/);
  assert.throws(() => mutate('if (size > mostly) refuse(', mutation), /stands 0 times/);
});

test('a check that stands nowhere, or twice, is not taken out', () => {
  assert.throws(
    () => mutate('nothing', mutation),
    /^Error: size: find stands 0 times in src\/bound\.ts, not once$/,
  );
  const once = 'if (size > most) refuse(y);';
  assert.throws(() => mutate(`${once} ${once}`, mutation), /stands 2 times/);
  assert.throws(() => mutate(once, { ...mutation, find: '«size' }), /one « and one » or none/);
  assert.throws(() => mutate(once, { ...mutation, replace: 'size > most' }), /replace changes nothing/);
});

test('a seed always draws the same sample, and another seed another one', () => {
  const names = (seed: string) => sample(mutations, 10, seed).map(({ name }) => name);
  assert.equal(new Set(names('1')).size, 10);
  assert.deepEqual(names('1'), names('1'));
  assert.notDeepEqual(names('1'), names('2'));
});

test('the table stands between its two marks and touches nothing else', () => {
  const [begin, end] = ['<!-- begin: written by `node scripts/mutation.ts --write` -->', '<!-- end -->'];
  const document = withThreatTable(`before\n${begin}\nold\n${end}\nafter\n`, [mutation]);
  assert.ok(document.startsWith(`before\n${begin}\n`) && document.endsWith(`${end}\nafter\n`));
  assert.ok(!document.includes('old'));
  assert.match(
    document,
    /\| an attack \(`size`\) \| a clause \| `src\/bound\.ts` \| `test\/bound\.test\.ts`: a \\\| test \|/,
  );
  assert.throws(() => withThreatTable('no marks', [mutation]), /once each/);
});
