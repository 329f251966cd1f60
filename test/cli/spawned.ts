// A command line in a process of its own, from source.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { within } from '../within.ts';

export interface Spawned {
  /** The next line of standard output, as JSON. */
  line(): Promise<Record<string, unknown>>;
  /** Sends SIGTERM; resolves with exit code and signal. */
  end(): Promise<unknown[]>;
  /** Nobody reads what it prints any more. */
  deafen(): void;
}

export function spawned(t: TestContext, ...argv: readonly string[]): Spawned {
  const main = new URL('../../src/cli/main.ts', import.meta.url).href;
  const script = `import(${JSON.stringify(main)}).then(async ({ main }) => { process.exitCode = await main(process.argv.slice(1)); })`;
  const child = spawn(process.execPath, ['-e', script, '--', ...argv], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  const exit = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async line() {
      const { value } = await within(lines.next(), `a line of ${argv[0]}`);
      return JSON.parse(String(value)) as Record<string, unknown>;
    },
    end() {
      child.kill('SIGTERM');
      return within(exit, `${argv[0]} to end`);
    },
    deafen: () => void child.stdout.destroy(),
  };
}
