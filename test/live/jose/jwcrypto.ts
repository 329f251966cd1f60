// The end-point in Python (peer.py) as a child process: asked line by line, bounded in time, gone when we go. Knows no
// object.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('peer.py', import.meta.url));

/** Another Python may come before the one that Debian's python3-jwcrypto is for. */
const interpreters = ['python3', '/usr/bin/python3'];

interface Interpreter {
  readonly command: string;
  readonly version: string;
}

export const jwcrypto = {
  name: 'python3-jwcrypto',
  /** Null where it is not on this machine. */
  version: async () => interpreter()?.version ?? null,
};

/** Looked for once, and only where it is needed. */
let found: Interpreter | null | undefined;

function interpreter(): Interpreter | null {
  if (found !== undefined) return found;
  const program = 'import importlib.metadata, jwcrypto; print(importlib.metadata.version("jwcrypto"))';
  found = null;
  for (const command of interpreters) {
    const { status, stdout } = spawnSync(command, ['-B', '-c', program], {
      encoding: 'utf8',
      timeout: 10_000,
    });
    if (status !== 0) continue;
    found = { command, version: stdout.trim() };
    break;
  }
  return found;
}

export interface Peer {
  /** @throws Refusal when the end-point in Python raised something. */
  ask(what: string, parameters?: object): Promise<unknown>;
  stop(): void;
}

/** What the end-point in Python raised. */
export class Refusal extends Error {}

/** How long it may run, in milliseconds; all tests of a file need a tenth. */
const longest = 60_000;

export function startPeer(): Peer {
  const command = interpreter()?.command;
  if (command === undefined) throw new Error(`${jwcrypto.name} is not on this machine`);
  const child = spawn(command, ['-B', script], { timeout: longest, killSignal: 'SIGKILL' });
  const waiting: PromiseWithResolvers<unknown>[] = [];
  createInterface(child.stdout).on('line', line => {
    const { ok, refused } = JSON.parse(line) as { readonly ok?: unknown; readonly refused?: string };
    if (refused === undefined) waiting.shift()?.resolve(ok);
    else waiting.shift()?.reject(new Refusal(refused));
  });
  const errors = textOf(child);
  child.once('error', cause => waiting.splice(0).forEach(each => void each.reject(cause)));
  child.once('close', () => {
    for (const each of waiting.splice(0))
      each.reject(new Error(`the end-point in Python ended: ${errors()}`));
  });
  const kill = () => void child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('close', () => process.off('exit', kill));
  return {
    ask(what, parameters = {}) {
      const answer = Promise.withResolvers<unknown>();
      waiting.push(answer);
      child.stdin.write(`${JSON.stringify({ do: what, ...parameters })}\n`);
      return answer.promise;
    },
    stop: () => void child.stdin.end(),
  };
}

function textOf({ stderr }: ChildProcess): () => string {
  let text = '';
  stderr?.on('data', (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-4096);
  });
  return () => text;
}
