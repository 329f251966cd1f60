// Runs a program of examples/ as a newcomer does, from the sources.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { within } from '../within.ts';

const hooks = new URL('from-source.ts', import.meta.url).href;

export interface Example {
  readonly process: ChildProcess;
  /** The next line that it prints. */
  line(): Promise<string>;
  /** All further lines, once it has ended of itself, with code 0 and nothing on stderr. */
  rest(): Promise<string[]>;
}

export function runExample(t: TestContext, name: string, ...args: string[]): Example {
  const file = fileURLToPath(new URL(`../../examples/${name}.ts`, import.meta.url));
  const child = spawn(process.execPath, ['--no-warnings', '--import', hooks, file, ...args]);
  t.after(() => child.kill('SIGKILL'));
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', text => {
    complaint += text;
  });
  const ended = once(child, 'close');
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const line = async () => {
    const { value, done } = await within(lines.next(), `a line of ${name}`);
    if (done) throw new Error(`${name} has ended: ${complaint}`);
    return value;
  };
  return {
    process: child,
    line,
    async rest() {
      const rest: string[] = [];
      for (;;) {
        const { value, done } = await within(lines.next(), `the end of ${name}`);
        if (done) break;
        rest.push(value);
      }
      const [code] = await within(ended, `the end of ${name}`);
      if (code !== 0 || complaint !== '') throw new Error(`${name} ended with ${code}: ${complaint}`);
      return rest;
    },
  };
}
