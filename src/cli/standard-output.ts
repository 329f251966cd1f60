// The streams of this process, and whether what was written on standard output has arrived there. Knows no command and
// nothing of what is written.
import { fstatSync, writeFileSync } from 'node:fs';
import type { Streams } from './output.ts';

export function processStreams(): Streams {
  const { fd } = process.stdout;
  return {
    stdout: fstatSync(fd).isFile() ? fileOutput(fd) : streamOutput(process.stdout),
    stderr: process.stderr,
  };
}

/** A sentence on why not all was written; null where it was, or where the reader has gone (`| head`), who wants no more. */
export function lossOf(failure: unknown): string | null {
  const code = codeOf(failure);
  if (failure === null || code === 'EPIPE') return null;
  return `standard output: ${unwritable.get(code) ?? 'cannot be written'}; what was written there is not whole`;
}

/** Why a file cannot be written, by the code of the error. */
export const unwritable: ReadonlyMap<unknown, string> = new Map([
  ['ENOSPC', 'there is no space left'],
  ['EDQUOT', 'there is no space left'],
  ['EFBIG', 'no file may be that long'],
  ['ENOENT', 'no such folder'],
  ['ENOTDIR', 'no such folder'],
  ['EACCES', 'no permission to write there'],
  ['EPERM', 'no permission to write there'],
  ['EROFS', 'nothing can be written there'],
]);

/** Of an error of node:fs; null for any other. */
export function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : null;
}

/** The stream that Node.js has for a file drops, without an error, what an almost full disk has no room for. */
function fileOutput(descriptor: number): Streams['stdout'] {
  let failure: unknown = null;
  return {
    write(content) {
      try {
        writeFileSync(descriptor, content);
      } catch (error) {
        failure ??= error;
      }
    },
    failure: async () => failure,
  };
}

/** Pipes, terminals, devices. An error ends nothing here: a service goes on without its lines. */
function streamOutput(stream: NodeJS.WriteStream): Streams['stdout'] {
  let failure: unknown = null;
  stream.on('error', error => {
    failure ??= error;
  });
  return {
    write: content => stream.write(content),
    failure: () => new Promise(resolve => stream.write('', last => resolve(failure ?? last ?? null))),
  };
}
