// Runs a command line in this process and keeps what it wrote.
import { main } from '../../src/cli/main.ts';

export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export async function run(...argv: readonly string[]): Promise<Run> {
  const { code, stdout, stderr } = await runRaw(...argv);
  return { code, stdout: stdout.toString(), stderr };
}

/** The same with standard output as it is. */
export async function runRaw(
  ...argv: readonly string[]
): Promise<{ readonly code: number; readonly stdout: Buffer; readonly stderr: string }> {
  const written = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  const stream = (name: 'stdout' | 'stderr') => ({
    write: (text: string | Uint8Array) => {
      written[name].push(Buffer.from(text));
    },
  });
  const code = await main(argv, { stdout: stream('stdout'), stderr: stream('stderr') });
  return { code, stdout: Buffer.concat(written.stdout), stderr: Buffer.concat(written.stderr).toString() };
}
