import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exitCodes, failureDocument, foreseen } from '../../src/cli/failure.ts';
import { E2EKeyError } from '../../src/errors.ts';

test('the exit code says whose fault it is: 1 peer, 2 caller, 3 path, 4 own', () => {
  const codes = ['IDENTITY_MISMATCH', 'OPTION_INVALID', 'CARRIER_FAILED', 'STORE_FAILED'] as const;
  assert.deepEqual(
    codes.map(code => exitCodes[new E2EKeyError(code, 'x').blame]),
    [1, 2, 3, 4],
  );
});

test('an alert that we made for the peer is reported as sent', () => {
  const error = new E2EKeyError('CERTIFICATE_EXPIRED', 'the certificate expired');
  error.notice = { record: new Uint8Array([21, 3, 3, 0, 2, 2, 45]), alertReceived: null, rscReceived: null };
  assert.deepEqual(failureDocument(error, 'initiating', { id: 'x' }), {
    error: {
      code: 'CERTIFICATE_EXPIRED',
      message: 'the certificate expired',
      alert: { sent: 'certificate_expired', received: null },
      rsc: 4106,
      role: 'initiating',
      peer: { id: 'x' },
    },
  });
});

test('no alert is reported as sent where no alert record was made', () => {
  const error = new E2EKeyError('CERTIFICATE_EXPIRED', 'the certificate expired');
  assert.deepEqual(alertOf(failureDocument(error, 'terminating', null)), { sent: null, received: null });
});

test("the peer's alert and the response status code that brought it are reported", () => {
  const error = new E2EKeyError('ALERT_RECEIVED', 'the other end-point refused');
  error.notice = { record: null, alertReceived: 48, rscReceived: 4106 };
  const document = failureDocument(error, 'initiating', null);
  assert.deepEqual(alertOf(document), { sent: null, received: 'unknown_ca' });
  assert.equal((document as { error: { rsc: number } }).error.rsc, 4106);
});

test('an unforeseen error becomes INTERNAL, its message stays out and its cause is kept', () => {
  const cause = new TypeError('something that may be a secret');
  const error = foreseen(cause);
  assert.equal(error.code, 'INTERNAL');
  assert.doesNotMatch(error.message, /secret/);
  assert.equal(error.cause, cause);
  assert.equal(foreseen(error), error);
});

function alertOf(document: object): unknown {
  return (document as { error: { alert: unknown } }).error.alert;
}
