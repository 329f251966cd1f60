import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { start } from '../../src/interop/program.ts';
import { within } from '../within.ts';

const node = (script: string, timeout?: number) =>
  start(process.execPath, ['-e', script], timeout === undefined ? {} : { timeout });

test('what a program writes is waited for, and it is written to', async t => {
  const program = node(
    "process.stdin.on('data', d => { console.error('got ' + d); process.exit() }); console.log('port 17')",
  );
  t.after(program.stop);
  const [, port] = await program.until(/^port (\d+)$/m);
  assert.equal(port, '17');
  program.write('hello');
  assert.equal(await within(program.output, 'the end'), 'port 17\ngot hello\n');
});

test('a program that cannot be started is CARRIER_FAILED', async () => {
  const program = start('e2ekey-no-such-program', []);
  await assert.rejects(program.output, {
    code: 'CARRIER_FAILED',
    message: /cannot start e2ekey-no-such-program/,
  });
  await assert.rejects(program.until(/x/), { code: 'CARRIER_FAILED' });
});

test('a program that ends without what is waited for says what it wrote', async () => {
  const program = node("console.log('something else')");
  await assert.rejects(within(program.until(/ACCEPT/), 'the end'), {
    code: 'CARRIER_FAILED',
    message: /ended without \/ACCEPT\/; it wrote:\nsomething else/,
  });
});

test('a program that does not end in time is killed: CARRIER_FAILED', async () => {
  await assert.rejects(within(node('setInterval(() => {}, 1000)', 200).output, 'the kill'), {
    code: 'CARRIER_FAILED',
    message: /SIGKILL/,
  });
});

test('a program that writes without end is killed: CARRIER_FAILED', async () => {
  await assert.rejects(within(node("setInterval(() => console.log('x'.repeat(65536)))").output, 'the kill'), {
    code: 'CARRIER_FAILED',
  });
});

test('stop ends a program, and that is no failure', async () => {
  const program = node("console.log('here'); setInterval(() => {}, 1000)");
  await program.until(/here/);
  await within(program.stop(), 'the end');
  assert.equal(await program.output, 'here\n');
});

test('a program is told the end of its input', async () => {
  const program = node(
    "process.stdin.on('data', d => console.log('got ' + d)).on('end', () => process.exit())",
  );
  program.write('hello');
  program.end();
  assert.equal(await within(program.output, 'the end'), 'got hello\n');
});

test('the folder of a program is removed when it has ended, or could not be started', async () => {
  for (const command of [process.execPath, 'e2ekey-no-such-program']) {
    const folder = mkdtempSync(join(tmpdir(), 'e2ekey-program-'));
    writeFileSync(join(folder, 'secret'), 'here');
    const script = `console.log(fs.readFileSync(${JSON.stringify(join(folder, 'secret'))}, 'latin1'))`;
    const program = start(command, ['-e', script], { folder });
    const output = await within(
      program.output.catch(() => null),
      'the end',
    );
    assert.equal(output, command === process.execPath ? 'here\n' : null);
    assert.equal(existsSync(folder), false);
  }
});
