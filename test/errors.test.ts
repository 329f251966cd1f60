import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Blame, E2EKeyError, type FaultCode, faultTable, refuse } from '../src/errors.ts';

/** code → who is to blame, alert that is sent, Response Status Code that answers (docs/errors.md). */
const due: Record<FaultCode, readonly [Blame, number | null, number | null]> = {
  MESSAGE_MALFORMED: ['peer', 50, 4102],
  MESSAGE_TOO_LARGE: ['peer', null, 4102],
  RECORD_OVERFLOW: ['peer', 22, 4102],
  MESSAGE_UNEXPECTED: ['peer', 10, 4102],
  PARAMETER_ILLEGAL: ['peer', 47, 4102],
  EXTENSION_UNSOLICITED: ['peer', 110, 4102],
  RENEGOTIATION_INFO_INVALID: ['peer', 40, 4102],
  RECORD_UNAUTHENTIC: ['peer', 20, 4106],
  SIGNATURE_INVALID: ['peer', 51, 4106],
  FINISHED_INVALID: ['peer', 51, 4106],
  NOTHING_IN_COMMON: ['peer', 40, 5207],
  NO_APPLICATION_PROTOCOL: ['peer', 120, 5207],
  EXTENDED_MASTER_SECRET_MISSING: ['peer', 40, 5207],
  EXPORT_INDICATOR_MISSING: ['peer', 120, 5207],
  VERSION_UNSUPPORTED: ['peer', 70, 5001],
  PEER_CERTIFICATE_MISSING: ['peer', 40, 4106],
  CERTIFICATE_MALFORMED: ['peer', 42, 4106],
  CERTIFICATE_EXPIRED: ['peer', 45, 4106],
  CERTIFICATE_REVOKED: ['peer', 44, 4106],
  CERTIFICATE_UNTRUSTED: ['peer', 48, 4106],
  CERTIFICATE_UNSUPPORTED: ['peer', 43, 4106],
  CERTIFICATE_STATUS_UNKNOWN: ['peer', 46, 4106],
  STATUS_RESPONSE_BAD: ['peer', 113, 4106],
  IDENTITY_MISMATCH: ['peer', 42, 4106],
  PEER_NOT_ALLOWED: ['peer', 49, 4103],
  PSK_UNKNOWN: ['peer', 115, 4106],
  PENDING_UNKNOWN: ['peer', 10, 4000],
  TOO_MANY_PENDING: ['peer', null, 4105],
  REQUEST_INVALID: ['peer', null, 4000],
  REQUEST_EXPIRED: ['path', null, 4008],
  ALERT_RECEIVED: ['peer', null, null],
  ESPRIM_MALFORMED: ['peer', null, 4000],
  ESPRIM_UNSUPPORTED_OPTION: ['peer', null, 4111],
  ESPRIM_UNKNOWN_KEY_ID: ['peer', null, 4112],
  ESPRIM_UNKNOWN_ORIG_RAND_ID: ['peer', null, 4113],
  ESPRIM_UNKNOWN_RECV_RAND_ID: ['peer', null, 4114],
  ESPRIM_BAD_MAC: ['peer', null, 4115],
  ESPRIM_IMPERSONATION_ERROR: ['peer', null, 4116],
  ESPRIM_REPLAYED: ['peer', null, 4105],
  ESPRIM_MISDIRECTED: ['peer', null, 5210],
  ESPRIM_DECRYPTION_ERROR: ['peer', null, 5210],
  ESPRIM_ENCRYPTION_ERROR: ['own', null, 5211],
  TOO_MANY_SESSIONS: ['peer', null, 4105],
  KEY_UNKNOWN: ['caller', null, null],
  KEY_UNCONFIRMED: ['caller', null, null],
  KEY_EXPIRED: ['peer', null, 4112],
  KEY_REVOKED: ['peer', null, 4112],
  KEY_EXHAUSTED: ['peer', null, 4112],
  KEY_PURPOSE_WRONG: ['caller', null, null],
  ESDATA_MALFORMED: ['peer', null, null],
  ESDATA_UNSUPPORTED: ['peer', null, null],
  ESDATA_ALGORITHM_UNFIT: ['peer', null, null],
  ESDATA_UNAUTHENTIC: ['peer', null, null],
  CARRIER_FAILED: ['path', null, 5103],
  SIGNER_FAILED: ['own', 80, 5000],
  STORE_FAILED: ['own', 80, 5000],
  INTERNAL: ['own', 80, 5000],
  OPTION_INVALID: ['caller', null, null],
};

test('every fault has the blame, alert (RFC 5246 §7.2) and Response Status Code (TS-0004 6.6.3) that are due', () => {
  const table = Object.fromEntries(
    Object.entries(faultTable).map(([code, { blame, alert, rsc }]) => [code, [blame, alert, rsc]]),
  );
  assert.deepEqual(table, due);
});

test('a failure of our own is of the 5000 class and never blames the originator (TS-0004 6.6.3)', () => {
  for (const [code, { blame, rsc }] of Object.entries(faultTable)) {
    if (blame === 'own') assert.ok(rsc !== null && rsc >= 5000, code);
    else assert.notEqual(rsc, 5000, code);
  }
});

test('an error knows its row of the fault table', () => {
  for (const code of Object.keys(faultTable) as FaultCode[]) {
    const error = new E2EKeyError(code, 'a reason');
    assert.deepEqual([error.blame, error.alert, error.rsc], due[code]);
    assert.ok(error instanceof Error);
    assert.deepEqual([error.name, error.code, error.message], ['E2EKeyError', code, 'a reason']);
    assert.deepEqual(error.notice, { record: null, alertReceived: null, rscReceived: null });
  }
});

test('an error may have another alert than its row: PSK_UNKNOWN has two (RFC 4279 §2)', () => {
  const hidden = new E2EKeyError('PSK_UNKNOWN', 'a reason', { alert: 51 });
  assert.deepEqual([hidden.alert, hidden.blame, hidden.rsc], [51, 'peer', 4106]);
  assert.equal(new E2EKeyError('PSK_UNKNOWN', 'a reason').alert, 115);
});

test('a refusal throws its row and keeps its cause', () => {
  const cause = new Error('below');
  assert.throws(
    () => refuse('STORE_FAILED', 'a reason', { cause }),
    (error: unknown) =>
      error instanceof E2EKeyError && error.code === 'STORE_FAILED' && error.cause === cause,
  );
});
