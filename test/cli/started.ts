// A command line that runs in this process and is watched while it runs: `listen`, `serve`.
import type { TestContext } from 'node:test';
import { main } from '../../src/cli/main.ts';
import { within } from '../within.ts';

export interface Started {
  /** The next line of standard output, as JSON. */
  line(): Promise<Record<string, unknown>>;
  /** What stands on standard output beyond the lines that were taken. */
  readonly rest: () => readonly string[];
  readonly stderr: () => string;
  /** The exit code. */
  readonly code: Promise<number>;
}

/** Ends with the test, as by SIGTERM. */
export function start(t: TestContext, ...argv: readonly string[]): Started {
  const lines: string[] = [];
  let stderr = '';
  let arrived = Promise.withResolvers<void>();
  const stdout = {
    write(text: string) {
      lines.push(...text.split('\n').filter(line => line !== ''));
      arrived.resolve();
      arrived = Promise.withResolvers();
    },
  };
  const stream = {
    write(text: string) {
      stderr += text;
    },
  };
  let ended = false;
  const code = main(argv, { stdout, stderr: stream }).finally(() => {
    ended = true;
  });
  t.after(async () => {
    if (!ended) process.emit('SIGTERM');
    await within(code, `${argv[0]} to end`);
  });
  return {
    async line() {
      while (lines.length === 0) {
        await within(Promise.race([arrived.promise, code]), `a line of ${argv[0]}: ${stderr}`);
        if (ended && lines.length === 0)
          throw new Error(`${argv[0]} has ended without another line: ${stderr}`);
      }
      return JSON.parse(lines.shift() ?? '') as Record<string, unknown>;
    },
    rest: () => lines,
    stderr: () => stderr,
    code,
  };
}
