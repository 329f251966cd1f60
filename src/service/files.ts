// The files that settings name, and how what is wrong with one is said: with the setting before it. Knows no setting.
import { readFileSync } from 'node:fs';
import { E2EKeyError, refuse } from '../errors.ts';

/** Whatever cannot be opened at the start is the caller's to mend: the setting that names it is said. */
export function naming<T>(setting: string, open: () => T): T {
  try {
    return open();
  } catch (cause) {
    const reason = cause instanceof E2EKeyError ? cause.message : 'cannot be used';
    return refuse('OPTION_INVALID', `${setting}: ${reason}`, { cause });
  }
}

/** @throws E2EKeyError OPTION_INVALID naming setting and file. */
export function readText(setting: string, file: string): string {
  return readBytes(setting, file).toString('utf8');
}

/** @throws E2EKeyError OPTION_INVALID naming setting and file. */
export function readBytes(setting: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new E2EKeyError('OPTION_INVALID', `${setting}: ${file} cannot be read`, { cause });
  }
}
