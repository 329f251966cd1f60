// The command lines in the documents use only commands and options that there are, and the README's command lines
// are read without a complaint.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command } from '../../src/cli/command.ts';
import { commands } from '../../src/cli/commands.ts';
import { parseOptions, universalOptions } from '../../src/cli/options.ts';
import { documents } from './documents.ts';

const loaded = new Map<string, Command>();
for (const [name, { load }] of commands) loaded.set(name, (await load()).command);

const everyOption = new Set([
  'version',
  ...Object.keys(universalOptions),
  ...[...loaded.values()].flatMap(({ options }) => Object.keys(options)),
]);
/** Options of other programs that the documents speak of. */
const foreignOptions = ['only', 'write'];

for (const { file, spans, blocks } of documents) {
  const lines = [
    ...spans,
    ...blocks.flatMap(({ language, code }) => (language === 'sh' ? joined(code).split('\n') : [])),
  ];

  test(`the e2ekey command lines of ${file} name commands and options that there are`, () => {
    for (const line of lines) {
      const words = wordsAfterE2ekey(line);
      if (words === null || words[0]?.startsWith('--')) continue;
      const name = [words.slice(0, 2).join(' '), words[0] ?? ''].find(each => loaded.has(each));
      assert.ok(name !== undefined, `${line}: no such command`);
      const { options } = loaded.get(name) ?? assert.fail();
      for (const word of words.filter(each => each.startsWith('--')))
        assert.ok(word.slice(2) in { ...options, ...universalOptions }, `${line}: ${name} has no ${word}`);
    }
  });

  test(`the options that ${file} names alone are options of some command`, () => {
    for (const span of spans) {
      const [, name] = /^--([a-z-]+)(?: [A-Z]+)?$/.exec(span) ?? [];
      if (name !== undefined && !foreignOptions.includes(name)) assert.ok(everyOption.has(name), span);
    }
  });
}

test("the README's command lines have everything that their commands ask for", () => {
  const readme = documents.find(({ file }) => file === 'README.md') ?? assert.fail();
  const lines = readme.blocks.flatMap(({ language, code }) =>
    language === 'sh' ? joined(code).split('\n').map(wordsAfterE2ekey) : [],
  );
  const used = lines.flatMap(words => {
    if (words === null) return [];
    const name =
      [words.slice(0, 2).join(' '), words[0] ?? ''].find(each => loaded.has(each)) ?? assert.fail();
    const { options } = loaded.get(name) ?? assert.fail();
    parseOptions({ ...options, ...universalOptions }, words.slice(name.split(' ').length));
    return [name];
  });
  assert.deepEqual(
    new Set(used),
    new Set([
      'pki init',
      'pki issue',
      'pki authority',
      'pki defects',
      'pki revoke',
      'pki crl',
      'pki ocsp',
      'listen',
      'serve',
      'establish',
      'verify',
      'protect',
      'unprotect',
      'inspect',
    ]),
  );
});

/** Lines that end in a backslash go on in the next one; comments end a line. */
function joined(code: string): string {
  return code.replace(/\\\n\s*/g, ' ').replace(/\s#.*$/gm, '');
}

/** The words after `e2ekey` in a command line; null where it is not called. */
function wordsAfterE2ekey(line: string): string[] | null {
  const [, rest] = /(?:^|\| |&& )(?:npx )?e2ekey ([^|&]+)/.exec(line) ?? [];
  return rest === undefined ? null : rest.trim().split(/\s+/);
}
