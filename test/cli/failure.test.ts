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

test('a certificate at fault is reported in parts, whatever length the names in it have', () => {
  const step = {
    subject: 's'.repeat(16_000),
    issuer: 'i'.repeat(16_000),
    serialNumber: '01',
    fingerprint: '00'.repeat(32),
    notBefore: new Date('2026-01-01T00:00:00Z'),
    notAfter: new Date('2027-01-01T00:00:00Z'),
  };
  const finding = {
    code: 'CERTIFICATE_EXPIRED',
    position: 0,
    subject: 'CN=x',
    field: 'validity',
    problem: 'no longer valid',
    accepted: 'something else',
    clause: 'RFC 5280 6.1.3 (a)(2)',
  } as const;
  const error = new E2EKeyError('CERTIFICATE_EXPIRED', 'x', { finding: { ...finding, path: [step] } });
  const document = failureDocument(error, 'terminating', null) as { error: { finding: unknown } };
  const path = [{ ...step, subject: `${'s'.repeat(120)}…`, issuer: `${'i'.repeat(120)}…` }];
  assert.deepEqual(document.error.finding, { ...finding, path });
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
