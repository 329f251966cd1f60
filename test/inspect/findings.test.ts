import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E2EKeyError } from '../../src/errors.ts';
import { refused } from '../../src/inspect/findings.ts';

test('of a refusal, the path of its field and its clause are taken out of the sentence, where it has them', () => {
  const finding = (message: string) => {
    const { field, message: sentence, clause } = refused(new E2EKeyError('INTERNAL', message), 'at', 'RFC 1');
    return [field, sentence, clause];
  };
  assert.deepEqual(finding('a.0.b: wrong, at offset 3'), ['at.a.0.b', 'wrong, at offset 3', 'RFC 1']);
  assert.deepEqual(finding(': wrong (TS-0003 8.7)'), ['at', 'wrong', 'TS-0003 8.7']);
  assert.deepEqual(finding('m2m:seci is wrong (of course)'), [
    'at',
    'm2m:seci is wrong (of course)',
    'RFC 1',
  ]);
  assert.deepEqual(finding('wrong (RFC 1 2), and so'), ['at', 'wrong (RFC 1 2), and so', 'RFC 1']);
});

test('a refusal that says its parts is taken by them, whatever its sentence looks like', () => {
  const path: never[] = [];
  const parts = { field: 'a.0', problem: 'wrong (very)', accepted: 'right', clause: 'X.690 8.1.3', path };
  const refusal = new E2EKeyError(
    'CERTIFICATE_MALFORMED',
    'a.0: wrong (very); accepted: right (X.690 8.1.3)',
    {
      finding: { code: 'CERTIFICATE_MALFORMED', position: null, subject: null, ...parts },
    },
  );
  assert.deepEqual(refused(refusal, 'at', 'RFC 1'), {
    severity: 'error',
    code: 'CERTIFICATE_MALFORMED',
    field: 'at.a.0',
    message: 'wrong (very); accepted: right',
    clause: 'X.690 8.1.3',
  });
});
