import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { onEndSignal } from '../../src/cli/end-signals.ts';
import { within } from '../within.ts';
import { fileOf } from './material.ts';

/** How often we were asked to end, and by which signals this process would have ended itself. */
function watched(t: TestContext) {
  const kill = t.mock.method(process, 'kill', () => true);
  let [now, asked] = [5_000, 0];
  const forget = onEndSignal(
    () => {
      asked += 1;
    },
    () => now,
  );
  t.after(() => {
    now += 1_000;
    forget();
  });
  return {
    forget,
    passing: (milliseconds: number) => {
      now += milliseconds;
    },
    asked: () => asked,
    killed: () => kill.mock.calls.map(({ arguments: words }) => words),
  };
}

test('the first signal asks for an end, and one within the second after it, as npm hands it on, does nothing', t => {
  const { passing, asked, killed } = watched(t);
  process.emit('SIGINT', 'SIGINT');
  assert.equal(asked(), 1);
  process.emit('SIGINT', 'SIGINT');
  passing(999);
  process.emit('SIGTERM', 'SIGTERM');
  assert.equal(asked(), 1);
  assert.deepEqual(killed(), []);
});

test('a later signal ends the process by itself, and is no longer heard here', t => {
  const { passing, asked, killed } = watched(t);
  const before = process.listenerCount('SIGINT');
  process.emit('SIGTERM', 'SIGTERM');
  passing(1_000);
  process.emit('SIGINT', 'SIGINT');
  assert.equal(asked(), 1);
  assert.deepEqual(killed(), [[process.pid, 'SIGINT']]);
  assert.equal(process.listenerCount('SIGINT'), before - 1);
});

test('when all has ended within the second, the signal that is handed on is still heard, and does nothing', t => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const before = process.listenerCount('SIGINT');
  const { forget, passing, killed } = watched(t);
  process.emit('SIGINT', 'SIGINT');
  passing(200);
  forget();
  process.emit('SIGINT', 'SIGINT');
  passing(900);
  process.emit('SIGINT', 'SIGINT');
  assert.deepEqual(killed(), []);
  assert.equal(process.listenerCount('SIGINT'), before + 1);
  t.mock.timers.tick(800);
  assert.equal(process.listenerCount('SIGINT'), before);
});

test('listen that gets a Ctrl-C twice, from the terminal and from npm, ends in good order', async t => {
  const words = ['--port', '0', '--psk-identity', 'x', '--psk-file', fileOf(t, 'psk', '5a'.repeat(32))];
  const main = new URL('../../src/cli/main.ts', import.meta.url).href;
  const script = `import { main } from ${JSON.stringify(main)}; process.exitCode = await main(process.argv.slice(1));`;
  const argv = ['--input-type=module', '--eval', script, '--', 'listen', ...words];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const exit = once(child, 'exit');
  await within(once(child.stdout, 'data'), 'listen to listen');
  child.kill('SIGINT');
  child.kill('SIGTERM');
  assert.deepEqual(await within(exit, 'listen to end'), [0, null]);
});

test('where no signal came, nothing is heard any more', t => {
  const before = process.listenerCount('SIGTERM');
  watched(t).forget();
  assert.equal(process.listenerCount('SIGTERM'), before);
});
