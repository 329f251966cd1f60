// The reader of the documents itself: were it blind, the other tests here would find nothing to refuse.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { documents, readDocument } from './documents.ts';

test('headings, links, code blocks and code spans are found, each where it is one', () => {
  const { blocks, anchors, links, spans, prose } = readDocument(
    'a.md',
    [
      '# It is: one!',
      'See [b](b.md#c) and `no [link](d.md)`, `--flag`.',
      '```sh',
      '# no heading [e](e.md) `f`',
      '```',
      '<!-- example: first -->',
      '```ts',
      'const a = 1;',
      '```',
      '## Sealed rows (AES-256)',
      '<!-- begin: by a program -->',
      '[g](g.md) `h`',
      '<!-- end -->',
    ].join('\n'),
  );
  assert.deepEqual([...anchors], ['it-is-one', 'sealed-rows-aes-256']);
  assert.deepEqual(links, ['b.md#c']);
  assert.deepEqual(spans, ['no [link](d.md)', '--flag']);
  assert.deepEqual(blocks, [
    { language: 'sh', code: '# no heading [e](e.md) `f`\n', example: null },
    { language: 'ts', code: 'const a = 1;\n', example: 'first' },
  ]);
  assert.ok(!prose.includes('g.md') && !prose.includes('e.md'));
});

test('the documents that people look for are there', () => {
  const files = documents.map(({ file }) => file);
  for (const name of [
    'README',
    'CONTRIBUTING',
    'SECURITY',
    'CHANGELOG',
    'docs/architecture',
    'docs/protocol',
  ])
    assert.ok(files.includes(`${name}.md`), name);
  for (const name of ['threat-model', 'operations', 'errors', 'interop', 'adr/0001-handshake-as-value'])
    assert.ok(files.includes(`docs/${name}.md`), name);
});
