// docs/inspect.md shows a run that there is, and names every kind of file. After a wanted change of the run:
// E2EKEY_UPDATE_GOLDEN=1 node --test test/inspect/document.test.ts.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { plain } from '../../src/inspect/emphasis.ts';
import { formatOverview } from '../../src/inspect/overview-text.ts';
import { inspectOperands } from '../../src/inspect/run.ts';
import { folder, time } from './material.ts';

const document = new URL('../../docs/inspect.md', import.meta.url);
const scratch = mkdtempSync(join(tmpdir(), 'e2ekey-'));
after(() => rmSync(scratch, { recursive: true }));

const names = [
  'cae3.pem',
  'cut.der',
  'intermediate.crl',
  'intermediate.pem',
  'north.key',
  'north.pem',
  'server.crt',
  'south.key',
  'south.pem',
];

test('the run in docs/inspect.md is what is shown', async () => {
  for (const name of names) cpSync(new URL(name, folder), join(scratch, name));
  const overview = await inspectOperands([scratch], { time, password: null });
  const shown = formatOverview({ ...overview, folder: 'lab' }, plain);
  const text = readFileSync(document, 'utf8');
  const [, before = '', run = '', behind = ''] =
    /^([\s\S]*<!-- run -->\n```text\n)([\s\S]*?)(\n```\n[\s\S]*)$/.exec(text) ?? [];
  if (process.env.E2EKEY_UPDATE_GOLDEN === '1') writeFileSync(document, `${before}${shown}${behind}`);
  else assert.equal(run, shown);
});

test('docs/inspect.md names every kind of file', async () => {
  const text = readFileSync(document, 'utf8');
  const { files } = await inspectOperands([fileURLToPath(folder)], { time, password: null });
  for (const { kind } of files) assert.ok(text.includes(`\`${kind}\``), kind);
});
