// Reads a file that an option names, whole: only a regular one, for whose end nobody waits, or a descriptor that whoever
// started this process has opened for it. Knows nothing of what is in it.
import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats, statSync } from 'node:fs';
import { E2EKeyError, refuse } from '../errors.ts';
import { codeOf } from './standard-output.ts';

/**
 * All bytes of a file that an option names.
 *
 * @throws E2EKeyError OPTION_INVALID naming option and file.
 */
export function readBytes(option: string, file: string): Buffer {
  return about(option, file, () => (ownDescriptor.test(file) ? readFileSync(file) : readRegular(file)));
}

/** Standard input, and what a shell makes of `<(…)`: who has opened them wants them to be waited for. */
const ownDescriptor = /^\/(?:dev\/(?:stdin|fd\/\d+)|proc\/self\/fd\/\d+)$/;

function readRegular(file: string): Buffer {
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    requireRegular(fstatSync(descriptor));
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** A named pipe that nobody writes into would be waited for without end; a device may have none. */
function requireRegular(stats: Stats): void {
  if (!stats.isFile() && !stats.isDirectory()) refuse('OPTION_INVALID', 'is no regular file');
}

/**
 * The same for a file that somebody else opens; one that is not there is for him to miss.
 *
 * @throws E2EKeyError OPTION_INVALID naming option and file.
 */
export function refuseIrregular(option: string, file: string): void {
  if (ownDescriptor.test(file)) return;
  about(option, file, () => {
    const stats = statSync(file, { throwIfNoEntry: false });
    if (stats !== undefined) requireRegular(stats);
  });
}

function about<T>(option: string, file: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const reason = cause instanceof E2EKeyError ? cause.message : unreadableBy(cause);
    return refuse('OPTION_INVALID', `${option} ${file}: ${reason}`, { cause });
  }
}

/** Why a file cannot be read, by the error of node:fs. */
export function unreadableBy(error: unknown): string {
  return unreadable.get(codeOf(error)) ?? 'the file cannot be read';
}

const unreadable: ReadonlyMap<unknown, string> = new Map([
  ['ENOENT', 'no such file'],
  ['ENOTDIR', 'no such file'],
  ['EISDIR', 'is a directory, not a file'],
  ['EACCES', 'no permission to read the file'],
  // A socket cannot be opened, and a device may have nothing behind it.
  ['ENXIO', 'is no regular file'],
]);
