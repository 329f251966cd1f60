// Reads a file or standard input: so much of it as inspecting looks at.
import {
  closeSync,
  constants,
  createReadStream,
  fstatSync,
  openSync,
  readSync,
  type Stats,
  statSync,
} from 'node:fs';
import { E2EKeyError, refuse } from '../errors.ts';

/**
 * The first `most` bytes of a file, or of standard input for `-`; fewer only where there are no more.
 *
 * @throws E2EKeyError OPTION_INVALID naming the file.
 */
export async function readBeginning(file: string, most: number): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    const stream: AsyncIterable<Buffer> = file === '-' ? process.stdin : createReadStream(file);
    for await (const chunk of stream) {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= most) break;
    }
  } catch (cause) {
    return refuse('OPTION_INVALID', `${file}: ${reasonOf(cause)}`, { cause });
  }
  return Buffer.concat(chunks).subarray(0, most);
}

function reasonOf(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : null;
  return unreadable.get(code) ?? 'the file cannot be read';
}

const unreadable: ReadonlyMap<unknown, string> = new Map([
  ['ENOENT', 'no such file'],
  ['ENOTDIR', 'no such file'],
  ['EISDIR', 'is a directory, not a file'],
  ['EACCES', 'no permission to read the file'],
  ['EPERM', 'no permission to read the file'],
  ['ELOOP', 'a link that leads to itself'],
  ['ENAMETOOLONG', 'the name is too long for a file'],
]);

/** A file's content, or the beginning of it. */
export interface ReadFile {
  readonly bytes: Uint8Array;
  /** Of the whole file, in bytes. */
  readonly size: number;
}

/**
 * The content of a regular file; the first `beginning` bytes where it has more than `most`. Never waits: what is no
 * regular file, as a named pipe, is not read.
 *
 * @throws E2EKeyError OPTION_INVALID naming the file.
 */
export function readRegular(file: string, most: number, beginning: number): ReadFile {
  let descriptor: number | null = null;
  try {
    // Before opening: to open some devices is to do something. Behind it once more: it may be another by then.
    requireRegular(file, statSync(file));
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = fstatSync(descriptor);
    requireRegular(file, stats);
    const bytes = readWhole(descriptor, stats.size > most ? beginning : most + 1);
    return { bytes, size: Math.max(stats.size, bytes.length) };
  } catch (cause) {
    if (cause instanceof E2EKeyError) throw cause;
    return refuse('OPTION_INVALID', `${file}: ${reasonOf(cause)}`, { cause });
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
}

/** Files of the kernel say that they have no size. */
function readWhole(descriptor: number, most: number): Uint8Array {
  const chunks: Buffer[] = [];
  for (let length = 0; length < most; ) {
    const chunk = Buffer.alloc(Math.min(most - length, 1024 * 1024));
    const read = readSync(descriptor, chunk);
    if (read === 0) break;
    chunks.push(chunk.subarray(0, read));
    length += read;
  }
  return Buffer.concat(chunks);
}

function requireRegular(file: string, stats: Stats): void {
  if (stats.isFile()) return;
  const what = stats.isDirectory()
    ? 'is a directory, not a file'
    : stats.isFIFO()
      ? 'is a pipe, which is not waited for; - reads standard input'
      : stats.isSocket()
        ? 'is a socket, not a file'
        : 'is a device, not a file';
  refuse('OPTION_INVALID', `${file}: ${what}`);
}
