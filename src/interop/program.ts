// Another program as a child process, bounded in time and output, and gone when we go. Knows no program.
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { E2EKeyError, refuse } from '../errors.ts';

export interface Program {
  /** What it has written to either stream, once it has ended. */
  readonly output: Promise<string>;
  /** The first match in what it writes; CARRIER_FAILED if it ends without one. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
  write(text: string): void;
  /** Ends its standard input, behind what was written. */
  end(): void;
  /** Kills it, and waits until it is gone. */
  stop(): Promise<void>;
}

export interface ProgramOptions {
  /** On top of our own. */
  readonly environment?: Readonly<Record<string, string>>;
  /** How long it may run, in milliseconds; 20 seconds if absent, of which one handshake needs a fraction. */
  readonly timeout?: number;
  /** Its own folder, with the files that it is to read: removed when it has ended. */
  readonly folder?: string;
}

/** In bytes: more than any handshake makes a stack write, whatever it is told to show; of 4096 records, 400 bytes each. */
export const longestOutput = 4 * 1024 * 1024;

/**
 * Starts a program. Its standard input stays open until `end`.
 *
 * @throws E2EKeyError CARRIER_FAILED by `output` and `until` when it cannot be started or had to be killed.
 */
export function start(command: string, parameters: readonly string[], options: ProgramOptions = {}): Program {
  const { environment, timeout = 20_000, folder } = options;
  const child = spawn(command, parameters, {
    env: { ...process.env, ...environment },
    timeout,
    killSignal: 'SIGKILL',
  });
  const end = Promise.withResolvers<string>();
  // Whoever waits has the error; nobody has to wait.
  end.promise.catch(() => undefined);
  const watchers = new Set<() => void>();
  let written = '';
  let stopped = false;
  const take = (chunk: Buffer) => {
    written += chunk.toString('latin1');
    if (written.length > longestOutput) child.kill('SIGKILL');
    for (const watch of watchers) watch();
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  // It may end before it has read what we write; its end says so.
  child.stdin.on('error', () => undefined);
  const tidy = () => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  };
  child.once('error', cause => {
    tidy();
    end.reject(new E2EKeyError('CARRIER_FAILED', `cannot start ${command}: ${cause.message}`, { cause }));
  });
  child.once('close', (_code, signal) => {
    tidy();
    if (signal === null || stopped) end.resolve(written);
    else
      end.reject(
        new E2EKeyError(
          'CARRIER_FAILED',
          `${command} was ended by ${signal}; it wrote:\n${written.slice(-4096)}`,
        ),
      );
  });
  const killWithUs = () => {
    child.kill('SIGKILL');
    tidy();
  };
  process.once('exit', killWithUs);
  child.once('close', () => process.off('exit', killWithUs));
  return {
    output: end.promise,
    async until(pattern) {
      const found = Promise.withResolvers<RegExpExecArray>();
      const watch = () => {
        const match = pattern.exec(written);
        if (match) found.resolve(match);
      };
      watchers.add(watch);
      watch();
      const without = end.promise.then(() =>
        refuse('CARRIER_FAILED', `${command} ended without ${pattern}; it wrote:\n${written.slice(-4096)}`),
      );
      try {
        return await Promise.race([found.promise, without]);
      } finally {
        watchers.delete(watch);
      }
    },
    write: text => void child.stdin.write(text),
    end: () => void child.stdin.end(),
    async stop() {
      stopped = true;
      child.kill('SIGKILL');
      await end.promise.catch(() => undefined);
    },
  };
}
