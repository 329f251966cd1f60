// A content that is refused with REQUEST_INVALID and a sentence.
import assert from 'node:assert/strict';
import { E2EKeyError } from '../../../src/errors.ts';

export function refused(read: () => unknown, reason: RegExp, message?: string): void {
  assert.throws(
    read,
    error => error instanceof E2EKeyError && error.code === 'REQUEST_INVALID' && reason.test(error.message),
    message,
  );
}
