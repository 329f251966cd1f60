// What a refusal must be: one row of the fault table, and a sentence that names the field.
import assert from 'node:assert/strict';
import { E2EKeyError, type FaultCode, faultTable } from '../../src/errors.ts';

/** The row that a refusal must be: code, then the alert and the response status code that follow from it. */
export function refused(step: () => unknown, code: FaultCode, sentence: RegExp): E2EKeyError {
  let thrown: unknown;
  try {
    step();
  } catch (error) {
    thrown = error;
  }
  assert.ok(thrown instanceof E2EKeyError, `not refused as ${code}, but ${String(thrown)}`);
  assert.equal(thrown.code, code, thrown.message);
  assert.match(thrown.message, sentence);
  const { alert, rsc } = faultTable[code];
  assert.deepEqual([thrown.alert, thrown.rsc], [alert, rsc]);
  return thrown;
}
