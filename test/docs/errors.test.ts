// docs/errors.md against the fault table.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exitCodes } from '../../src/cli/failure.ts';
import { type FaultCode, faultTable } from '../../src/errors.ts';
import { httpStatus, responseStatuses } from '../../src/onem2m/response-status-code.ts';
import { alertName } from '../../src/wire/alerts.ts';
import { documentNamed } from './documents.ts';

/** Of each entry its code, its line of numbers and its text. */
const entries = documentNamed('docs/errors.md')
  .text.split(/^## /m)
  .slice(1)
  .map(entry => {
    const [code = '', numbers = '', ...text] = entry.split('\n');
    return { code, numbers, text: text.join('\n').trim() };
  });

test('every fault code has its entry, in the order of the table, and there is no other', () => {
  assert.deepEqual(
    entries.map(({ code }) => code),
    Object.keys(faultTable),
  );
});

test('every entry has the alert, response status code, blame and exit code of its row, and says something', () => {
  for (const { code, numbers, text } of entries) {
    assert.equal(numbers, numbersOf(code as FaultCode), code);
    assert.ok(text.length > 40, code);
  }
});

function numbersOf(code: FaultCode): string {
  const { alert, rsc, blame } = faultTable[code];
  const name = Object.entries(responseStatuses).find(([, status]) => status.rsc === rsc)?.[0];
  return [
    alert === null ? 'no alert' : `alert ${alertName(alert)} ${alert}`,
    rsc === null ? 'no RSC' : `RSC ${rsc} ${name}, HTTP ${httpStatus(rsc)}`,
    `blame ${blame}`,
    `exit code ${exitCodes[blame]}`,
  ].join(' · ');
}
