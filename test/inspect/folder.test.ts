// A folder as somebody has it: sixty files, right, broken, swapped and huge, against test/inspect/golden. After a wanted
// change: E2EKEY_UPDATE_GOLDEN=1 node --test test/inspect/folder.test.ts, and read the difference.
import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { plain } from '../../src/inspect/emphasis.ts';
import { maxFileSize } from '../../src/inspect/inspect.ts';
import { formatDetails, formatOverview } from '../../src/inspect/overview-text.ts';
import { inspectOperands } from '../../src/inspect/run.ts';
import { keyFor } from '../../src/testing/certificate-maker.ts';
import { fileOf, folder, time } from './material.ts';

const scratch = mkdtempSync(join(tmpdir(), 'e2ekey-'));
after(() => rmSync(scratch, { recursive: true }));
cpSync(fileURLToPath(folder), scratch, { recursive: true });
writeFileSync(join(scratch, 'huge.crt'), Buffer.alloc(maxFileSize + 1024 * 1024, 'MIIB'));

const closed = await inspectOperands([scratch], { time, password: null });
const opened = await inspectOperands([scratch], { time, password: 'the password of the lab' });
const named = { ...closed, folder: 'FOLDER' };

function golden(name: string, shown: string): void {
  const snapshot = new URL(`./golden/${name}`, import.meta.url);
  if (process.env.E2EKEY_UPDATE_GOLDEN === '1') writeFileSync(snapshot, shown);
  assert.equal(shown, readFileSync(snapshot, 'utf8'));
}

test('a folder of sixty files is shown as it was agreed, with what belongs together and what to fix first', () => {
  assert.equal(closed.files.length, 60);
  golden('folder.txt', `${formatOverview(named, plain)}\n`);
});

test('the same as JSON, one file a line', () => {
  const { files, ...rest } = named;
  const lines = [...files, rest].map(part => JSON.stringify(part));
  golden('folder.jsonl', `${lines.join('\n')}\n`);
});

test('with the password, encrypted keys and PKCS#12 files show what they hold, and their own is found beside them', () => {
  const report = (name: string) => opened.files.find(({ file }) => file === name);
  for (const name of ['cse-b.p12', 'old.p12']) {
    const file = report(name);
    assert.ok(file?.kind === 'pkcs12', name);
    assert.equal(file.opened?.certificates[0]?.subject, 'CN=cse-b.m2m.example.com');
    assert.equal(file.opened?.privateKeys.length, 1);
    assert.ok(
      opened.together.some(
        ({ relation, files }) => relation === 'key' && files[0] === name && files.includes('cse-b.pem'),
      ),
    );
  }
  for (const name of ['locked.key', 'old.key']) {
    const file = report(name);
    assert.ok(file?.kind === 'private-key');
    assert.equal(file.privateKeys[0]?.publicKey?.key, 'P-256', name);
  }
});

test('nothing of any private key and no password is in any report, as text or JSON, raw, hex or base64', () => {
  const keys = readdirSync(fileURLToPath(new URL('../../certs/', import.meta.url)))
    .filter(name => name.endsWith('.key'))
    .map(name => createPrivateKey(Buffer.from(fileOf(`certs/${name}`))));
  const made = ['gateway', 'sensor', 'Cae3', 'Cae4', 'Cnorth', 'Csouth', 'lost', 'locked', 'old'].map(keyFor);
  const secrets = [...keys, ...made].map(key =>
    Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url'),
  );
  assert.ok(secrets.length >= 14 && secrets.every(({ length }) => length === 32));
  const shown = [closed, opened].flatMap(overview => [
    JSON.stringify(overview),
    formatOverview(overview, plain),
    formatDetails(overview, plain),
  ]);
  for (const text of shown) {
    assert.ok(!text.includes('the password of the lab'));
    for (const secret of secrets) {
      assert.ok(!Buffer.from(text, 'utf8').includes(secret));
      for (const form of ['hex', 'base64', 'base64url', 'latin1'] as const) {
        const written = secret.toString(form);
        for (let start = 0; start + 12 <= written.length; start++)
          assert.ok(!text.includes(written.slice(start, start + 12)), `${form} in a report`);
      }
    }
  }
});

test('whoever looks at a folder is told of each file with an error once, revoked and swapped ones first', () => {
  const withErrors = closed.files.filter(({ findings }) =>
    findings.some(({ severity }) => severity === 'error'),
  );
  assert.deepEqual(
    closed.fixFirst.map(({ file }) => file).toSorted(),
    withErrors.map(({ file }) => file).toSorted(),
  );
  assert.deepEqual(
    closed.fixFirst.slice(0, 4).map(({ file }) => file),
    ['cae3.pem', 'combined.pem', 'north.key', 'south.key'],
  );
});
