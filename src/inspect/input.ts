// Reads the beginning of a file or of standard input: so much of it as inspecting looks at.
import { createReadStream } from 'node:fs';
import { refuse } from '../errors.ts';

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
    const code = cause instanceof Error && 'code' in cause ? cause.code : null;
    return refuse('OPTION_INVALID', `${file}: ${unreadable.get(code) ?? 'the file cannot be read'}`, {
      cause,
    });
  }
  return Buffer.concat(chunks).subarray(0, most);
}

const unreadable: ReadonlyMap<unknown, string> = new Map([
  ['ENOENT', 'no such file'],
  ['ENOTDIR', 'no such file'],
  ['EISDIR', 'is a directory, not a file'],
  ['EACCES', 'no permission to read the file'],
]);
