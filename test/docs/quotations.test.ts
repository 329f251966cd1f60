// Sources that the documents quote, as ```typescript and ```diff blocks: the first line names the file, and the others
// stand in it, in their order. Of a diff this is the file as it is with it; … stands for what is left out.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Block, documents, root } from './documents.ts';

for (const { file, blocks } of documents)
  for (const block of blocks.filter(({ language }) => ['typescript', 'diff'].includes(language))) {
    const [named = '', ...lines] = linesOf(block);
    const source = named.replace(/^\/\/ /, '');
    test(`${file} quotes ${source} as it is`, () => {
      const there = filled(readFileSync(join(root, source), 'utf8').split('\n'));
      let next = 0;
      let elsewhere = true;
      for (const line of filled(lines)) {
        if (line.trim() !== '…') {
          const at = there.indexOf(line, next);
          assert.ok(elsewhere ? at !== -1 : at === next, line);
          next = at + 1;
        }
        elsewhere = line.trim() === '…';
      }
    });
  }

function filled(lines: readonly string[]): string[] {
  return lines.filter(line => line.trim() !== '');
}

function linesOf({ language, code }: Block): string[] {
  const lines = code.trimEnd().split('\n');
  return language === 'diff' ? lines.filter(line => !line.startsWith('-')).map(line => line.slice(1)) : lines;
}
