// What the documents refer to is there: links and their anchors, files, tests by file and name, npm scripts.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { test } from 'node:test';
import { documents, root } from './documents.ts';

const { scripts, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
  exports: Record<string, string>;
};

for (const document of documents) {
  const { file, links, spans, blocks, prose } = document;

  test(`the links of ${file} lead to files and headings that are there`, () => {
    for (const link of links) {
      if (/^https?:/.test(link)) continue;
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? file : posix.join(posix.dirname(file), path);
      assert.ok(existsSync(join(root, target)), `${link}: there is no ${target}`);
      if (anchor === undefined) continue;
      const other = documents.find(each => each.file === target);
      assert.ok(other?.anchors.has(anchor), `${link}: ${target} has no such heading`);
    }
  });

  test(`the files that ${file} names are there`, () => {
    for (const span of spans.filter(isPath)) assert.ok(existsSync(join(root, span)), span);
    for (const match of blocks
      .map(commandsOf)
      .join('\n')
      .matchAll(/\b(?:src|test|scripts|certs|docs)\/[\w./-]+/g))
      assert.ok(existsSync(join(root, match[0])), match[0]);
  });

  test(`the tests that ${file} names are there`, () => {
    for (const [, testFile = '', name = ''] of prose.matchAll(/`(test\/[\w./-]+\.test\.ts)` “([^”]+)”/g))
      assert.ok(readFileSync(join(root, testFile), 'utf8').includes(name), `${testFile}: no test “${name}”`);
  });

  test(`the npm scripts and package entries that ${file} names are there`, () => {
    const code = [...spans, ...blocks.map(commandsOf)].join('\n');
    for (const [, name = ''] of code.matchAll(/npm run ([\w:-]+)/g))
      assert.ok(name in scripts, `npm run ${name}`);
    if (/npm test/.test(code)) assert.ok('test' in scripts);
    for (const [, entry = ''] of code.matchAll(/^e2ekey(\/[\w-]+)$/gm))
      assert.ok(`.${entry}` in exports, `e2ekey${entry}`);
  });
}

test('every decision has context, decision and consequences, and a number of its own', () => {
  const decisions = documents.filter(({ file }) => file.startsWith('docs/adr/'));
  for (const [index, { file, text, anchors }] of decisions
    .toSorted((a, b) => (a.file < b.file ? -1 : 1))
    .entries()) {
    const number = String(index + 1).padStart(4, '0');
    assert.ok(file.startsWith(`docs/adr/${number}-`), file);
    assert.ok(text.startsWith(`# ${number}: `), file);
    assert.deepEqual([...anchors].slice(1), ['context', 'decision', 'consequences'], file);
  }
});

test('the documents name no path of one machine and no host of a registry', () => {
  for (const { file, text } of documents)
    assert.doesNotMatch(text, /(?<![\w./*])\/(?:home|root|tmp|work|Users)\/|\bregistry\.\w/, file);
});

/** A code span that names a file or folder of the project. */
function isPath(span: string): boolean {
  return /^(?:\.?(?:src|test|docs|scripts|certs|bin|ci)\/|package\.json$|tsconfig)[\w./-]*$/.test(span);
}

function commandsOf({ language, code }: { language: string; code: string }): string {
  return language === 'sh' ? code : '';
}
